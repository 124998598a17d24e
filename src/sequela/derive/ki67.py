"""Ki-67 of the latest specimen: its number, and on which side of a cut-off it lies."""

import polars as pl

from sequela.derive.percent import percent
from sequela.derive.specimens import latest
from sequela.frozen import frozen
from sequela.records.bundle import Records


@frozen
class ShareRule:
    """A share of cells above which a marker is high, per cent."""

    high_above: float
    citation: str

    @property
    def levels(self) -> tuple[str, str]:
        """The two sides, in words."""
        return f"<= {self.high_above:g}", f"> {self.high_above:g}"

    def classify(self, text: str) -> str | None:
        """Return the side on which a share as written lies; None where a range or a bound leaves it open."""
        share = percent(text)
        if share is None or share.low <= self.high_above < share.high:
            return None
        return self.levels[share.low > self.high_above]

    def sentence(self) -> str:
        """Return the rule in words."""
        return f"above {self.high_above:g} % or not ({self.citation})"


SEPHER_KI67 = ShareRule(20.0, "Bon 2020, doi:10.1186/s13046-020-01797-3")


def ki67_at(records: Records, at: pl.DataFrame) -> pl.DataFrame:
    """Return the latest Ki-67 up to a day, per cent; null where it is a range, a bound or no number.

    Returns
    -------
    DataFrame
        patient_id, value (Float64), row (`biomarkers:12`).
    """
    rows = _latest(records, at)
    values = [_single(text) for text in rows["value"]]
    return rows.select("patient_id", pl.Series("value", values, dtype=pl.Float64), "row")


def sepher_ki67_at(records: Records, at: pl.DataFrame, rule: ShareRule = SEPHER_KI67) -> pl.DataFrame:
    """Return on which side of the cut-off the latest Ki-67 lies: patient_id, value, row."""
    rows = _latest(records, at)
    values = [rule.classify(text) for text in rows["value"]]
    return rows.select("patient_id", pl.Series("value", values, dtype=pl.String), "row")


def _latest(records: Records, at: pl.DataFrame) -> pl.DataFrame:
    measured = records.table("biomarkers").filter(pl.col("marker") == "Ki-67")
    texts = measured["value"].unique()
    shares = [text for text in texts if percent(text) is not None]
    rows = latest(at.select("patient_id", "day"), measured.filter(pl.col("value").is_in(shares)))
    return rows.with_columns(pl.format("biomarkers:{}", "row").alias("row"))


def _single(text: str) -> float | None:
    share = percent(text)
    return share.low if share is not None and share.low == share.high else None
