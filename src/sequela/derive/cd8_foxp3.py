"""The ratio of CD8-positive to FOXP3-positive cells of a specimen, low or high."""

import math
import re

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import Records

LOW, HIGH = "low", "high"
_NUMBER = re.compile(r"(?:ratio )?(\d+(?:\.\d+)?) ?%?")


@frozen
class RatioRule:
    """The cut-off of the CD8/FOXP3 ratio.

    Attributes
    ----------
    low_below : float
        A ratio below it is low.
    without_regulatory : str
        The class where no FOXP3-positive cell was seen and the ratio is infinite.
    citation : str
    """

    low_below: float
    without_regulatory: str
    citation: str

    def classify(self, ratio: float | None) -> str | None:
        """Return low or high; None where there is no ratio."""
        if ratio is None or math.isnan(ratio):
            return None
        if math.isinf(ratio):
            return self.without_regulatory
        return LOW if ratio < self.low_below else HIGH

    def sentence(self) -> str:
        """Return the rule in words."""
        return f"low below {self.low_below:g}, {self.without_regulatory} without FOXP3-positive cells ({self.citation})"


DIECI_2018 = RatioRule(3.0, HIGH, "Dieci 2018, doi:10.1186/s13058-018-1003-1")


def ratio_of(cytotoxic: float, regulatory: float) -> float | None:
    """Return CD8 over FOXP3 of one area, in the same unit; infinite without FOXP3, None where neither was seen."""
    if regulatory == 0:
        return math.inf if cytotoxic > 0 else None
    return cytotoxic / regulatory


def cd8_foxp3_classes(records: Records, rule: RatioRule = DIECI_2018) -> pl.DataFrame:
    """Return the class of every specimen with a ratio, or with both cells counted.

    A ratio as written counts before one computed; CD8 and FOXP3 make one where they were counted on
    the same day, in the same specimen and unit.

    Returns
    -------
    DataFrame
        patient_id, day, row (Int32), ratio (infinite without FOXP3), status (low, high), rule (says
        where the ratio is infinite).
    """
    rows = records.table("biomarkers").filter(pl.col("marker").is_in(["CD8/FOXP3", "CD8", "FOXP3"]))
    numbers = {text: _number(text) for text in rows["value"].unique()}
    rows = rows.with_columns(
        pl.col("value").replace_strict(numbers, default=None, return_dtype=pl.Float64).alias("number")
    ).filter(pl.col("number").is_not_null())
    found = pl.concat([_written(rows), _computed(rows)])
    found = found.filter(pl.col("ratio").is_not_null())
    classes = pl.Series("status", [rule.classify(ratio) for ratio in found["ratio"]], dtype=pl.String)
    said = [f"CD8/FOXP3 {'infinite, no FOXP3' if math.isinf(r) else format(r, '.3g')}" for r in found["ratio"]]
    return found.with_columns(classes, pl.Series("rule", said, dtype=pl.String))


def _number(text: str) -> float | None:
    match = _NUMBER.fullmatch(re.sub(r"(?<=\d),(?=\d)", ".", text.strip().lower()))
    return float(match[1]) if match else None


def _written(rows: pl.DataFrame) -> pl.DataFrame:
    ratios = rows.filter(pl.col("marker") == "CD8/FOXP3")
    return ratios.select("patient_id", "day", "row", pl.col("number").alias("ratio"))


def _computed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the ratios of cells counted in the same specimen; none where one was counted twice, or a ratio stands."""
    keys = ["patient_id", "day", "specimen", "unit"]
    written = rows.filter(pl.col("marker") == "CD8/FOXP3").select("patient_id", "day").unique()
    counted = rows.filter(pl.col("marker") != "CD8/FOXP3").join(
        written, on=["patient_id", "day"], how="anti", nulls_equal=True
    )
    cells = {"cytotoxic": "CD8", "regulatory": "FOXP3"}
    pairs = counted.group_by(keys, maintain_order=True).agg(
        pl.col("row").max(),
        *(pl.col("number").filter(pl.col("marker") == marker).unique().alias(name) for name, marker in cells.items()),
    )
    pairs = pairs.filter((pl.col("cytotoxic").list.len() == 1) & (pl.col("regulatory").list.len() == 1))
    pairs = pairs.with_columns(pl.col(name).list.first() for name in cells)
    ratios = [ratio_of(*pair) for pair in pairs.select("cytotoxic", "regulatory").rows()]
    return pairs.select("patient_id", "day", "row").with_columns(pl.Series("ratio", ratios, dtype=pl.Float64))
