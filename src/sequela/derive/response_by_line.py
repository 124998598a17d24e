"""Response to each line of therapy, read from lesions: best response, progression, the visits behind them."""

from collections.abc import Iterator
from dataclasses import fields

import polars as pl

from sequela.derive.best_response import ResponseRules
from sequela.derive.lines import lines_of_therapy
from sequela.derive.recist_assessments import ReadFromLesions, read_from_lesions
from sequela.derive.recist_rules import RECIST_1_1, RecistRules
from sequela.derive.recist_sites import site_responses
from sequela.derive.response import best_response
from sequela.derive.rules import BREAST, LineRules
from sequela.frozen import frozen
from sequela.records.bundle import Records

NO_LINE = "no line recorded"
"""Regimen of a patient without lines; his time zero is the day of his first measurement."""

PLACE = ("patient_id", "line", "regimen", "time_zero")


@frozen
class LineResponses:
    """How each patient with lesions responded to each line.

    Attributes
    ----------
    lines : DataFrame
        patient_id, line (0 where there is none), regimen, time_zero, until (start of the next line), visits,
        best, confirmed (best response without and with confirmation), progression (day), trigger.
    visits : DataFrame
        line, regimen, time_zero, and the columns of `TIME_POINT_COLUMNS`; up to the start of the next line.
    lesions : DataFrame
        line, and the lesions as they were followed (`Followed.lesions`).
    checks : DataFrame
        line, and `CHECK_COLUMNS`.
    sites : DataFrame
        As visits, one row per site; see `SiteResponses.visits`.
    disagreement : DataFrame
        line, and `DISAGREEMENT_COLUMNS`.
    """

    lines: pl.DataFrame
    visits: pl.DataFrame
    lesions: pl.DataFrame
    checks: pl.DataFrame
    sites: pl.DataFrame
    disagreement: pl.DataFrame

    def of(self, patient_id: str) -> "LineResponses":
        """Return those of one patient."""
        chosen = pl.col("patient_id") == patient_id
        return LineResponses(**{item.name: getattr(self, item.name).filter(chosen) for item in fields(self)})


def responses_by_line(
    records: Records, line_rules: LineRules = BREAST, rules: RecistRules = RECIST_1_1, *, strict: bool = False
) -> LineResponses:
    """Read the lesions of every patient from the start of each of his lines.

    Parameters
    ----------
    records : Records
    line_rules : LineRules
    rules : RecistRules
    strict : bool
        As for `time_points`.
    """
    starts = _starts(records, line_rules)
    parts = [_of_line(records, chosen, rules, strict) for chosen in _one_line_each(starts)]
    if not parts:
        parts = [_of_line(records, starts, rules, strict)]
    names = [item.name for item in fields(LineResponses)]
    stacked = {name: pl.concat([getattr(part, name) for part in parts]) for name in names}
    return LineResponses(**{n: table.sort("patient_id", "line", maintain_order=True) for n, table in stacked.items()})


def _starts(records: Records, line_rules: LineRules) -> pl.DataFrame:
    """Return the lines of the patients who have lesions: patient_id, line, regimen, time_zero, until."""
    lost = pl.DataFrame({"patient_id": records.incomplete_patients("lesions")})
    people = pl.concat([records.table("lesions").select("patient_id"), lost]).unique()
    lines = lines_of_therapy(records, line_rules).join(people, on="patient_id", how="semi").sort("patient_id", "start")
    until = pl.col("start").shift(-1).over("patient_id", order_by="start").alias("until")
    lines = lines.select("patient_id", "line", "regimen", pl.col("start").alias("time_zero"), until)
    without = records.table("measurements").join(people, on="patient_id", how="semi")
    without = without.join(lines, on="patient_id", how="anti").group_by("patient_id").agg(pl.col("day").min())
    unlined = without.select(
        "patient_id",
        pl.lit(0, dtype=pl.Int32).alias("line"),
        pl.lit(NO_LINE).alias("regimen"),
        pl.col("day").alias("time_zero"),
        pl.lit(None, dtype=pl.Int32).alias("until"),
    )
    days = [pl.col(name).cast(pl.Int32) for name in ("line", "time_zero", "until")]
    both = pl.concat([lines.with_columns(days), unlined.with_columns(days)])
    return both.sort("patient_id", "time_zero")


def _one_line_each(starts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the first line of every patient, then the second of every patient, and so on."""
    rank = pl.int_range(pl.len()).over("patient_id", order_by="time_zero").alias("rank")
    for _, chosen in starts.with_columns(rank).group_by("rank", maintain_order=True):
        yield chosen.drop("rank")


def _of_line(records: Records, chosen: pl.DataFrame, rules: RecistRules, strict: bool) -> LineResponses:
    at = chosen.select("patient_id", pl.col("time_zero").alias("day"))
    read = read_from_lesions(records, at, rules, strict=strict)
    found = site_responses(read.points, rules)
    visits = _up_to_next(chosen, read.points.table, "first")
    line = chosen.select("patient_id", "line")
    lesions = line.join(read.points.followed.lesions, on="patient_id", how="inner", maintain_order="left_right")
    return LineResponses(
        lines=_summary(chosen, read, visits),
        visits=visits,
        lesions=lesions,
        checks=line.join(read.points.checks, on="patient_id", how="inner", maintain_order="left_right"),
        sites=_up_to_next(chosen, found.visits, "first"),
        disagreement=_up_to_next(chosen, found.disagreement, "day").drop("regimen", "time_zero"),
    )


def _up_to_next(chosen: pl.DataFrame, table: pl.DataFrame, day: str) -> pl.DataFrame:
    """Join the line to its visits, up to the day the next line starts."""
    rows = chosen.join(table, on="patient_id", how="inner", maintain_order="left_right")
    return rows.filter(pl.col("until").is_null() | (pl.col(day) <= pl.col("until"))).drop("until")


def _summary(chosen: pl.DataFrame, read: ReadFromLesions, visits: pl.DataFrame) -> pl.DataFrame:
    at = chosen.select("patient_id", pl.col("time_zero").alias("day"))
    until = chosen.filter(pl.col("until").is_not_null()).select("patient_id", pl.col("until").alias("day"))
    best = best_response(read.records, at, until).select("patient_id", "best")
    confirmed = best_response(read.records, at, until, ResponseRules(confirmed=True))
    worse = visits.filter(pl.col("overall") == "PD").sort("patient_id", "day")
    worse = worse.unique("patient_id", keep="first", maintain_order=True)
    seen = visits.group_by("patient_id").agg(pl.len().cast(pl.Int32).alias("visits"))
    result = chosen.join(seen, on="patient_id", how="left", maintain_order="left")
    result = result.join(best, on="patient_id", how="left", maintain_order="left")
    result = result.join(confirmed.select("patient_id", confirmed="best"), on="patient_id", how="left")
    ends = worse.select("patient_id", pl.col("day").alias("progression"), "trigger")
    result = result.join(ends, on="patient_id", how="left", maintain_order="left")
    return result.with_columns(pl.col("visits").fill_null(0))
