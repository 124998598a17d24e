"""Lines divided where maintenance begins, for a rule set that makes maintenance a sub-line (L06).

A sub-line is a part of its line: `1m` has the number 1. Whatever counts lines, or finds one by its
number, reads the lines themselves, so that no sub-line is ever taken for a line of its own.
"""

import polars as pl

from sequela.derive.administrations import administrations
from sequela.derive.rules import BREAST, SUB_LINE, LineRules
from sequela.records.bundle import Records

MAINTENANCE = "maintenance"
"""Why the first part of a line ended: maintenance followed."""

_KEY = ["patient_id", "part"]


def line_parts(records: Records, lines: pl.DataFrame, rules: LineRules = BREAST) -> pl.DataFrame:
    """Return lines with their sub-lines: induction and maintenance apart where L06 says so.

    Parameters
    ----------
    records : Records
    lines : DataFrame
        Of `lines_of_therapy` with the same rules.
    rules : LineRules

    Returns
    -------
    DataFrame
        The columns of `lines` and, after `line`, `part`: "1", or "1" and "1m". By patient and start.
        A part holds the drugs that were given during it, its administrations by the day they
        began, and its own days; induction that maintenance followed ended for "maintenance", and
        what the line ended for ends the maintenance. Under "same line" every line is one part.
    """
    whole = lines.select("patient_id", "line", pl.col("line").cast(pl.String).alias("part"), pl.exclude(_KEY, "line"))
    if rules.value("L06") != SUB_LINE:
        return whole
    divided = whole.filter(pl.col("maintenance").is_not_null())
    parts = pl.concat([_induction(divided), _maintenance(divided)])
    courses = _courses(records)
    parts = _with_rows(_with_drugs(parts, courses), courses).select(whole.columns)
    return pl.concat([whole.filter(pl.col("maintenance").is_null()), parts]).sort("patient_id", "start")


def _induction(divided: pl.DataFrame) -> pl.DataFrame:
    return divided.with_columns(
        (pl.col("maintenance") - 1).alias("stop"),
        (pl.col("maintenance") - 1).alias("last_given"),
        pl.lit(MAINTENANCE).alias("reason_ended"),
        pl.lit(None, pl.Int32).alias("progression"),
    )


def _maintenance(divided: pl.DataFrame) -> pl.DataFrame:
    return divided.with_columns(
        pl.format("{}m", "part").alias("part"),
        pl.col("maintenance").alias("start"),
    )


def _courses(records: Records) -> pl.DataFrame:
    """Return the dated administrations, one row per ingredient, by day."""
    courses = administrations(records).filter(pl.col("start").is_not_null())
    return courses.sort("start", "ingredient", "row").select(
        "patient_id",
        "ingredient",
        "drug_class",
        pl.col("start").alias("begun"),
        pl.max_horizontal("start", "stop").alias("until"),
        pl.format("exposures:{}", "row").alias("source"),
    )


def _with_drugs(parts: pl.DataFrame, courses: pl.DataFrame) -> pl.DataFrame:
    """Put the drugs given during each part in place of those of its line."""
    given = parts.join(courses, on="patient_id", how="inner", maintain_order="left_right")
    inside = (pl.col("begun") <= pl.col("stop")) & (pl.col("until") >= pl.col("start"))
    given = given.filter(inside & pl.col("ingredients").list.contains(pl.col("ingredient")))
    found = given.group_by(_KEY, maintain_order=True).agg(
        pl.col("ingredient").unique().sort(), pl.col("drug_class").unique().sort(), pl.col("until").max()
    )
    parts = parts.join(found, on=_KEY, how="left", maintain_order="left")
    of_line = pl.col("regimen").str.split(" + ").list.set_intersection("ingredient").list.sort()
    sub_line = pl.col("part").str.ends_with("m")
    return parts.with_columns(
        pl.when(sub_line).then("ingredient").otherwise(of_line).list.join(" + ").alias("regimen"),
        pl.col("ingredient").alias("ingredients"),
        pl.col("drug_class").alias("classes"),
        pl.when(sub_line).then("last_given").otherwise(pl.min_horizontal("last_given", "until")).alias("last_given"),
    )


def _with_rows(parts: pl.DataFrame, courses: pl.DataFrame) -> pl.DataFrame:
    """Put the administrations that began during each part in place of those of its line."""
    begun = courses.select("patient_id", "source", "begun").unique(["patient_id", "source"], keep="first")
    listed = parts.select(*_KEY, "maintenance", pl.col("rows").alias("source")).explode("source")
    listed = listed.join(begun, on=["patient_id", "source"], how="left", maintain_order="left")
    own = listed.filter((pl.col("begun") >= pl.col("maintenance")) == pl.col("part").str.ends_with("m"))
    rows = own.group_by(_KEY, maintain_order=True).agg(pl.col("source").alias("own"))
    nothing = pl.lit([], dtype=pl.List(pl.String))
    parts = parts.join(rows, on=_KEY, how="left", maintain_order="left")
    return parts.with_columns(pl.col("own").fill_null(nothing).alias("rows"))
