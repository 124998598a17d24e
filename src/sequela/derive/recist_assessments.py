"""Assessments made from lesions: what RECIST 1.1 reads at each visit takes the place of what was recorded.

Endpoints and best response then read them as they read recorded ones; `source` names the measurement.
"""

from dataclasses import replace

import polars as pl

from sequela.derive.events import IMAGING
from sequela.derive.recist_lesions import Followed
from sequela.derive.recist_rules import CLINICAL_ORGANS, RECIST_1_1, STRICT, RecistRules
from sequela.derive.recist_time_points import TimePoints, time_points
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.schema import TABLES

BY_HAND = r"(?i)\b(?:calip\w*|clinic\w*|examination|inspection|palpation|photo\w*|ruler)\b"
"""Methods that make a measurement clinical."""


@frozen
class ReadFromLesions:
    """Records whose assessments were made from lesions, and what they were made of.

    Attributes
    ----------
    records : Records
        As given, but for the table assessments: of each patient asked about what was recorded up to time
        zero, the baseline of the lesions (without a response), and one row per visit after it. Column `source`
        names the row it came from: `measurements:12`.
    points : TimePoints
    """

    records: Records
    points: TimePoints


def read_from_lesions(
    records: Records, at: pl.DataFrame, rules: RecistRules = RECIST_1_1, *, strict: bool = False
) -> ReadFromLesions:
    """Replace the recorded assessments by the visits that RECIST 1.1 reads from lesions.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day of time zero.
    rules : RecistRules
    strict : bool
        As for `time_points`.
    """
    points = time_points(records, at, rules, strict=strict)
    return ReadFromLesions(with_visits(records, at, points.followed, points.table), points)


def with_visits(records: Records, at: pl.DataFrame, followed: Followed, table: pl.DataFrame) -> Records:
    """Return the records with the visits of a table of time points as the assessments after time zero.

    Who has no lesion at baseline, or a new one that was never measured, is incomplete in them.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day of time zero.
    followed : Followed
    table : DataFrame
        As `TimePoints.table`, one row per patient and visit.
    """
    zeros = at.select("patient_id", pl.col("day").alias("zero")).unique("patient_id")
    recorded = records.table("assessments").join(zeros, on="patient_id", how="left", maintain_order="left")
    recorded = recorded.filter((pl.col("day") <= pl.col("zero")).fill_null(value=False)).drop("zero")
    recorded = recorded.with_columns(pl.format("assessments:{}", "row").alias("source"))
    made = [_baseline(followed), _visits(table, followed)]
    tables = {**records.tables, "assessments": pl.concat([recorded, *made])}
    others = records.incomplete.filter(pl.col("table") != "assessments")
    return replace(records, tables=tables, incomplete=pl.concat([others, _unknown(at, followed, table)]))


def _unknown(at: pl.DataFrame, followed: Followed, table: pl.DataFrame) -> pl.DataFrame:
    """Return the patients whose progression lesions cannot date: none at baseline, or a new one nobody measured.

    A baseline that the strict reading refuses is none: its visits tell of progression only, never of its absence.
    """
    known = followed.lesions.filter(pl.col("base_day").is_not_null())["patient_id"]
    barred = pl.col("patient_id").is_in(followed.barred["patient_id"].implode())
    refused = pl.col("patient_id").is_in(table.filter(pl.col("rule") == STRICT)["patient_id"].implode())
    without = at.filter(~pl.col("patient_id").is_in(known.implode()) | barred | refused)
    return without.select("patient_id", pl.lit("assessments").alias("table")).unique()


def _baseline(followed: Followed) -> pl.DataFrame:
    """Return the day of each patient's last baseline measurement: the tumour was seen, nothing is compared yet."""
    known = followed.lesions.filter(pl.col("base_seen").is_not_null()).sort("patient_id", "base_day", "base_row")
    last = known.group_by("patient_id", maintain_order=True).last()
    row = pl.format("measurements:{}", "base_row").alias("row")
    table = last.select("patient_id", pl.col("base_day").alias("day"), pl.lit(None, pl.String).alias("overall"), row)
    return _visits(table, followed)


def _visits(table: pl.DataFrame, followed: Followed) -> pl.DataFrame:
    """Return patient_id, day, overall, row as rows of the table assessments."""
    place = followed.sightings.select(
        pl.format("measurements:{}", "row").alias("row"), pl.col("organ").alias("where"), "method"
    )
    rows = table.join(place.unique("row"), on="row", how="left", maintain_order="left")
    basis = pl.when(_clinical()).then(pl.lit("clinical")).otherwise(pl.lit("radiologic"))
    own = TABLES["assessments"].empty().schema
    rows = rows.select(
        "patient_id",
        "day",
        "method",
        pl.col("overall").alias("response"),
        basis.alias("basis"),
        pl.lit(None, dtype=pl.String).alias("organ"),
        pl.col("row").str.extract(r"(\d+)$").cast(pl.Int32).alias("row"),
        pl.col("row").alias("source"),
    )
    return rows.select(*own, "source")


def _clinical() -> pl.Expr:
    """Return whether a measurement was made by hand: so written, or of an organ that is looked at."""
    method = pl.col("method").fill_null("")
    by_eye = pl.col("where").is_in(CLINICAL_ORGANS) & ~method.str.contains(IMAGING)
    return (method.str.contains(BY_HAND) | by_eye).fill_null(value=False)
