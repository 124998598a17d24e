"""HER2 before and after: what two biopsies of one patient say together.

`before` is the last specimen taken up to a day, `after` the last one taken later. A status is
not lost because staining became weaker: IHC 0 or 1+ with positive hybridisation is still positive.
"""

import polars as pl

from sequela.derive.administrations import administrations
from sequela.derive.her2 import her2_on_days
from sequela.derive.her2_guidelines import ASCO_CAP_2013, Her2Guideline
from sequela.derive.specimens import known_on
from sequela.records.bundle import Records
from sequela.records.her2_results import NEGATIVE, POSITIVE

UNCHANGED, LOSS, GAIN, DISCORDANT = "unchanged", "loss", "gain", "positive, discordant"
CONVERSIONS: dict[str, str] = {
    UNCHANGED: "positive before and after, or negative before and after",
    LOSS: "positive before, negative after",
    GAIN: "negative before, positive after",
    DISCORDANT: "positive before and after, and after by hybridisation alone: IHC 0 or 1+",
}
"""What can become of a HER2 status; where one of the two is equivocal or not known, nothing can be said."""

_KEPT = ("day", "row", "status", "level", "score", "rule")
_WEAK = ("0", "1+", "0/1+")


def her2_conversion(
    records: Records, since: pl.DataFrame, at: pl.DataFrame, guideline: Her2Guideline = ASCO_CAP_2013
) -> pl.DataFrame:
    """Return what became of HER2 from before a day to after it.

    Parameters
    ----------
    records : Records
    since : DataFrame
        patient_id, day: a specimen up to and including this day is before, a later one after. An undated
        specimen is before. A patient without a day has no conversion.
    at : DataFrame
        patient_id, day: nothing later is looked at.
    guideline : Her2Guideline

    Returns
    -------
    DataFrame
        One row per patient of `at`, in its order: patient_id, conversion (of `CONVERSIONS`, null where
        nothing can be said), staining (lower, same, higher: of the two scores), and day, row
        (`biomarkers:12`), status, level, score and rule of the specimens, `_before` and `_after`.
    """
    known = known_on(at, her2_on_days(records, guideline))
    split = known.join(since.select("patient_id", pl.col("day").alias("since")), on="patient_id", how="inner")
    split = split.filter(pl.col("since").is_not_null())
    is_after = pl.col("day").is_not_null() & (pl.col("day") > pl.col("since"))
    return _compared(at, _last(split.filter(~is_after), "before"), _last(split.filter(is_after), "after"))


def first_and_latest(records: Records, at: pl.DataFrame, guideline: Her2Guideline = ASCO_CAP_2013) -> pl.DataFrame:
    """Return what became of HER2 from the first to the latest specimen known on a day; see `her2_conversion`."""
    known = known_on(at, her2_on_days(records, guideline))
    more = pl.len().over("patient_id") > 1
    first = known.filter(more).group_by("patient_id", maintain_order=True).first()
    return _compared(at, _named(first, "before"), _last(known.filter(more), "after"))


def first_given(records: Records, is_drug: pl.Expr) -> pl.DataFrame:
    """Return the first day of a drug, a class or a modality: patient_id, day; null where a course has no date.

    Parameters
    ----------
    records : Records
    is_drug : Expr
        Over `ingredient`, `drug_class`, `modality` of the administrations.
    """
    given = administrations(records).filter(is_drug)
    undated = pl.col("start").is_null().any()
    day = pl.when(~undated).then(pl.col("start").min())
    return given.group_by("patient_id", maintain_order=True).agg(day.alias("day"))


def _last(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return _named(rows.group_by("patient_id", maintain_order=True).last(), name)


def _named(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    source = pl.format("biomarkers:{}", "row").alias("row")
    return rows.with_columns(source).select("patient_id", pl.col(_KEPT).name.suffix(f"_{name}"))


def _compared(at: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    paired = at.select("patient_id")
    for side in (before, after):
        paired = paired.join(side, on="patient_id", how="left", maintain_order="left")
    positive, negative = _both(POSITIVE), _both(NEGATIVE)
    conversion = (
        pl.when(positive["before"] & negative["after"])
        .then(pl.lit(LOSS))
        .when(negative["before"] & positive["after"])
        .then(pl.lit(GAIN))
        .when(positive["before"] & positive["after"])
        .then(pl.when(pl.col("score_after").is_in(_WEAK)).then(pl.lit(DISCORDANT)).otherwise(pl.lit(UNCHANGED)))
        .when(negative["before"] & negative["after"])
        .then(pl.lit(UNCHANGED))
    )
    return paired.select(
        "patient_id",
        conversion.alias("conversion"),
        _staining().alias("staining"),
        *(f"{name}_{side}" for side in ("before", "after") for name in _KEPT),
    )


def _staining() -> pl.Expr:
    """Return whether the score fell; null where one is not known exactly."""
    before, after = pl.col("score_before"), pl.col("score_after")
    exact = ~before.str.contains("/") & ~after.str.contains("/")
    return (
        pl.when(exact & (after < before))
        .then(pl.lit("lower"))
        .when(exact & (after > before))
        .then(pl.lit("higher"))
        .when(exact & (after == before))
        .then(pl.lit("same"))
    )


def _both(status: str) -> dict[str, pl.Expr]:
    return {side: pl.col(f"status_{side}") == status for side in ("before", "after")}
