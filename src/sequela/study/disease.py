"""Markers and metastases as criteria: the latest result, the organs known."""

import math
import re

import polars as pl

from sequela.derive.biomarkers import COMPOSED, EQUIVOCAL, receptor_status, stated
from sequela.derive.cd8_foxp3 import HIGH, LOW
from sequela.derive.her2 import LEVELS
from sequela.records.markers import marker
from sequela.records.organs import organ
from sequela.study.grammar import Biomarker, Site
from sequela.study.history import FAR_FUTURE, Context
from sequela.study.names import VISCERAL_SITE
from sequela.study.phrases import Comparison, comparison

SPOKEN = {name: name for name in COMPOSED} | {"hormone receptor": "hormone_receptor", "hr": "hormone_receptor"}
"""Statuses made of more than one result, as they are written."""
LEVELLED = {"HER2": ("her2_low", LEVELS[:-1]), "CD8/FOXP3": ("cd8_foxp3", (LOW, HIGH))}
"""Markers whose results also have levels: `HER2 low`, `CD8/FOXP3 low`."""

_RANGE = re.compile(r"[\d.]+ to [\d.]+")
_NUMBER = re.compile(r"([<>])?=?\s*(\d+(?:[.,]\d+)?)(?:\s*-\s*(\d+(?:[.,]\d+)?))?\s*%?")


def biomarker(criterion: Biomarker, context: Context) -> pl.DataFrame:
    """Evaluate a marker: one of the results asked for suffices; without any result it is undecided."""
    name = SPOKEN.get(criterion.biomarker.lower()) or marker(criterion.biomarker) or criterion.biomarker
    at = _asked(criterion.at, context)
    answers = pl.concat(_one_result(name, wanted, at, context) for wanted in criterion.result)
    rows = answers.sort("patient_id", "day", nulls_last=False)
    return rows.group_by("patient_id", maintain_order=True).agg(
        pl.col("holds").any(ignore_nulls=False),
        pl.col("day").filter(pl.col("holds")).first(),
        pl.col("row").filter(pl.col("holds")).first(),
    )


def _asked(at: str, context: Context) -> pl.DataFrame:
    day = pl.lit(FAR_FUTURE, dtype=pl.Int32) if at == "any time" else pl.col("day")
    return context.at.select("patient_id", day.alias("day"))


def _one_result(name: str, wanted: str, at: pl.DataFrame, context: Context) -> pl.DataFrame:
    word = stated(wanted.replace("wild-type", "wild type"))
    status, levels = LEVELLED.get(name, ("", ()))
    if wanted.lower() in levels:
        return _status(status, wanted, at, context)
    if word is not None or name in COMPOSED:
        return _status(name, word or wanted, at, context)
    if wanted[0] in "<>≤≥" or _RANGE.fullmatch(wanted):
        return _number(name, comparison(wanted), at, context)
    return _text(name, wanted, at, context)


def _status(name: str, wanted: str, at: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Compare the latest status; an equivocal one decides neither positive nor negative."""
    found = receptor_status(context.records, name, at, context.definitions.her2)
    open_question = (pl.col("status") == EQUIVOCAL) & (wanted != EQUIVOCAL)
    holds = pl.when(~open_question).then(pl.col("status").str.to_lowercase() == wanted.lower())
    return found.select("patient_id", holds.alias("holds"), "day", "row")


def _results(name: str, at: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return every result of a marker up to the day asked for, oldest first; undated ones count as oldest."""
    rows = context.records.table("biomarkers").filter(pl.col("marker").str.to_lowercase() == name.lower())
    known = at.rename({"day": "asked"}).join(rows, on="patient_id", how="inner")
    known = known.filter(pl.col("day").is_null() | (pl.col("day") <= pl.col("asked")))
    return known.sort("patient_id", "day", "row", nulls_last=False)


def _answered(at: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    row = pl.format("biomarkers:{}", "row").alias("row")
    decided = decided.select("patient_id", "holds", "day", row)
    return at.select("patient_id").join(decided, on="patient_id", how="left", maintain_order="left")


def _text(name: str, wanted: str, at: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Say whether any result so far reads as asked: a mutation once found stays found."""
    same = pl.col("value").str.strip_chars().str.to_lowercase() == wanted.strip().lower()
    rows = _results(name, at, context).with_columns(same.alias("holds"))
    rows = rows.sort("holds", descending=True, maintain_order=True)
    return _answered(at, rows.unique("patient_id", keep="first", maintain_order=True))


def _number(name: str, limit: Comparison, at: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Compare the latest number; one written as a range or a bound may leave it undecided."""
    rows = _results(name, at, context).unique("patient_id", keep="last", maintain_order=True)
    answers = [compared(value, limit) for value in rows["value"]]
    return _answered(at, rows.with_columns(pl.Series("holds", answers, dtype=pl.Boolean)))


def compared(value: str, limit: Comparison) -> bool | None:
    """Compare a number as a laboratory writes it (`60 %`, `<1`, `10-20`); None where it does not decide."""
    match = _NUMBER.fullmatch(value.strip())
    if not match:
        return None
    low = high = float(match[2].replace(",", "."))
    if match[3]:
        high = float(match[3].replace(",", "."))
    if match[1] == "<":
        low, high = -math.inf, math.nextafter(high, -math.inf)
    if match[1] == ">":
        low, high = math.nextafter(low, math.inf), math.inf
    at_low, at_high = (bool(pl.select(limit.holds(pl.lit(end))).item()) for end in (low, high))
    wider = limit.operator == "to" and low < limit.limit and high > limit.upper
    return at_low if at_low == at_high and not wider else None


def site(criterion: Site, context: Context) -> pl.DataFrame:
    """Evaluate a metastatic site; a patient without any recorded metastasis is undecided."""
    at = _asked(criterion.at, context)
    wanted = sorted(_organs(criterion, context))
    rows = at.rename({"day": "asked"}).join(context.records.table("metastases"), on="patient_id", how="inner")
    rows = rows.filter(pl.col("day") <= pl.col("asked")).with_columns(pl.col("organ").is_in(wanted).alias("inside"))
    rows = rows.sort("patient_id", "inside", "day", "row", descending=[False, True, False, False])
    inside = pl.col("inside").all() if criterion.only else pl.col("inside").any()
    source = pl.format("metastases:{}", "row")
    decided = rows.group_by("patient_id", maintain_order=True).agg(
        inside.alias("holds"), pl.col("day").filter("inside").first(), source.filter(pl.col("inside")).first()
    )
    decided = decided.with_columns(pl.when("holds").then("day").alias("day"), pl.when("holds").then("row").alias("row"))
    lost = pl.col("patient_id").is_in(context.lost("metastases"))
    unsure = lost & (~pl.col("holds") if not criterion.only else pl.lit(value=True))
    answer = pl.when(~unsure).then("holds").alias("holds")
    answers = at.select("patient_id").join(decided, on="patient_id", how="left", maintain_order="left")
    return answers.select("patient_id", answer, "day", "row")


def _organs(criterion: Site, context: Context) -> frozenset[str]:
    organs: frozenset[str] = frozenset()
    for name in criterion.site:
        found = organ(name)
        organs |= context.definitions.visceral.organs if name.lower() == VISCERAL_SITE else {found or name}
    return organs
