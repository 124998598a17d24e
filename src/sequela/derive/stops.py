"""Why a drug was stopped, one answer for each spell of it, as known on a day.

A spell is a drug given without a pause longer than a holiday. Its reason is linked as the
reason of a line is: progression documented shortly before, else the reason recorded with the
drug, else what ended the line it was given to the end of, else progression shortly after.
Nothing dated after the day asked about is used.
"""

from dataclasses import replace

import polars as pl

from sequela.derive.administrations import administrations
from sequela.derive.lines import ASSUMED, lines_of_therapy
from sequela.derive.rules import (
    BREAST,
    HOLIDAY_DAYS,
    PROGRESSION_AFTER_DAYS,
    PROGRESSION_BEFORE_DAYS,
    LineRules,
)
from sequela.records.bundle import Records
from sequela.records.schema import REASONS_STOPPED

PROGRESSION, ASSUMED_PROGRESSION, UNKNOWN, NOT_STOPPED = (
    "progression",
    "assumed progression",
    "unknown",
    "not stopped",
)
STOPPED = (PROGRESSION, ASSUMED_PROGRESSION, "toxicity", "completed", "patient choice", "other disease", "other")
"""Reasons a study may ask for. Progression is assumed where no reason is known and another drug class follows."""

_OF_LINE = {"PD": PROGRESSION, ASSUMED: ASSUMED_PROGRESSION, "data end": UNKNOWN, "death": "other"}
_SPELL = ("patient_id", "ingredient", "early", "spell")


def as_known(records: Records, at: pl.DataFrame) -> Records:
    """Return the patients of `at` with drugs, assessments and procedures only up to their day.

    A course that goes on after the day keeps its stop and loses the reason for it.
    """
    days = at.drop_nulls("day").select("patient_id", pl.col("day").alias("asked"))

    def known(name: str, day: str) -> pl.DataFrame:
        rows = records.table(name).join(days, on="patient_id", how="inner", maintain_order="left")
        return rows.filter(pl.col(day).is_null() | (pl.col(day) <= pl.col("asked")))

    goes_on = pl.col("stop") > pl.col("asked")
    reason = pl.when(~goes_on.fill_null(value=False)).then("reason_stopped").alias("reason_stopped")
    tables = {
        "exposures": known("exposures", "start").with_columns(reason).drop("asked"),
        "assessments": known("assessments", "day").drop("asked"),
        "procedures": known("procedures", "day").drop("asked"),
    }
    return replace(records, tables={**records.tables, **tables})


def reasons_stopped(records: Records, at: pl.DataFrame, rules: LineRules = BREAST) -> pl.DataFrame:
    """Return for every administration up to a day when its spell of the drug ended, and why.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day: what is known up to and including that day.
    rules : LineRules

    Returns
    -------
    DataFrame
        patient_id, ingredient, row (Int32, of the exposures file), until (last day of the spell,
        at most the day asked about), stopped: one of `STOPPED`, "unknown", or "not stopped" where
        the drug is given on the day asked about. An undated early course is "unknown".
    """
    known = as_known(records, at)
    lines = lines_of_therapy(known, rules)
    given = _spells(administrations(known), at, lines)
    ends = _ends(given, rules.days("L02"))
    reasons = _reasons(ends, lines, known, rules.days("L02"))
    found = given.join(reasons, on=_SPELL, how="left", maintain_order="left")
    until = pl.col("until").max().over(_SPELL)
    return found.select("patient_id", "ingredient", "row", until, "stopped")


def _spells(given: pl.DataFrame, at: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the administrations with the spell of the drug they belong to; early and palliative ones apart."""
    member = lines.select("patient_id", pl.col("start").alias("line_start"), pl.col("rows").alias("source"))
    member = member.explode("source").unique(("patient_id", "source"), keep="last", maintain_order=True)
    rows = given.with_columns(
        pl.coalesce("stop", "start").alias("end"), pl.format("exposures:{}", "row").alias("source")
    )
    rows = rows.join(member, on=("patient_id", "source"), how="left", maintain_order="left")
    rows = rows.join(at.select("patient_id", pl.col("day").alias("asked")), on="patient_id", how="left")
    rows = rows.with_columns(pl.col("line_start").is_null().alias("early"))
    rows = rows.sort("patient_id", "ingredient", "early", "start", "end", "row", nulls_last=False)
    drug = ("patient_id", "ingredient", "early")
    pause = pl.col("start") - pl.col("end").cum_max().shift(1).over(drug)
    return rows.with_columns(
        (pause > HOLIDAY_DAYS).fill_null(value=False).cum_sum().over(drug).alias("spell"),
        pl.min_horizontal("end", "asked").alias("until"),
    )


def _ends(given: pl.DataFrame, window: int) -> pl.DataFrame:
    """Return one row per spell: until when, the line it ended in, and the reason recorded with it."""
    order = {name: place for place, name in enumerate(REASONS_STOPPED) if name != UNKNOWN}
    last = (pl.col("end") >= pl.col("end").max() - window).fill_null(value=True)
    weight = pl.col("reason_stopped").replace_strict(order, default=None, return_dtype=pl.Int32)
    goes_on = (pl.col("end") >= pl.col("asked")).any()
    ends = given.group_by(_SPELL, maintain_order=True).agg(
        pl.col("asked").first(),
        pl.col("until").max(),
        pl.col("start").min().alias("begun"),
        goes_on.alias("goes_on"),
        weight.filter(last).min().alias("recorded"),
        pl.col("line_start").sort_by("end", "start", nulls_last=False).last(),
    )
    return ends.with_columns(_named("recorded", order))


def _named(column: str, order: dict[str, int]) -> pl.Expr:
    names = {place: name for name, place in order.items()}
    return pl.col(column).replace_strict(names, default=None, return_dtype=pl.String)


def _reasons(ends: pl.DataFrame, lines: pl.DataFrame, known: Records, window: int) -> pl.DataFrame:
    """Return the reason of each spell."""
    of_line = pl.col("reason_ended").replace(_OF_LINE).alias("line_reason")
    about = lines.select("patient_id", pl.col("start").alias("line_start"), "last_given", of_line)
    spells = ends.join(about, on=("patient_id", "line_start"), how="left", maintain_order="left")
    days = known.table("assessments").filter(pl.col("response") == "PD").select("patient_id", "day")
    spells = spells.join(
        spells.select(*_SPELL, "begun", "until")
        .join(days, on="patient_id", how="inner")
        .group_by(_SPELL)
        .agg(_progressed().alias("before"), _progressed_after().alias("after")),
        on=_SPELL,
        how="left",
        maintain_order="left",
    )
    to_the_end = pl.col("until") >= pl.min_horizontal("last_given", "asked") - window
    last_line = pl.when(to_the_end & (pl.col("line_reason") != UNKNOWN)).then("line_reason")
    reason = (
        pl.when("goes_on")
        .then(pl.lit(NOT_STOPPED))
        .when(pl.col("before").fill_null(value=False))
        .then(pl.lit(PROGRESSION))
        .when(pl.col("recorded").is_not_null())
        .then("recorded")
        .when(last_line.is_not_null() & ~((last_line == ASSUMED_PROGRESSION) & pl.col("after").fill_null(value=False)))
        .then(last_line)
        .when(pl.col("after").fill_null(value=False))
        .then(pl.lit(PROGRESSION))
        .otherwise(pl.lit(UNKNOWN))
    )
    return spells.select(*_SPELL, reason.alias("stopped"))


def _progressed() -> pl.Expr:
    earliest = pl.max_horizontal(pl.col("until") - PROGRESSION_BEFORE_DAYS, pl.col("begun") + 1)
    return pl.col("day").is_between(earliest, pl.col("until")).any()


def _progressed_after() -> pl.Expr:
    gap = pl.col("day") - pl.col("until")
    return ((gap > 0) & (gap <= PROGRESSION_AFTER_DAYS)).any()
