"""Response to each line as printed tables: everybody in a row each, one patient visit by visit with the rules."""

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import polars as pl

from sequela.derive.recist_rules import CHECKS, RECIST_1_1, RecistRules, rule_in_words
from sequela.derive.response_by_line import LineResponses
from sequela.errors import Problem, RecordsError
from sequela.records.bundle import Records
from sequela.report.display_table import DisplayTable, Row

NO_LESIONS = "The records hold no lesion, so nothing can be read by RECIST."


def overview_table(found: LineResponses, records: Records) -> DisplayTable:
    """Print each patient and line: best response, progression and by what, checks that failed."""
    checks = found.checks.group_by("patient_id", "line").agg(pl.col("check").unique().sort().str.join(", "))
    rows = found.lines.join(checks, on=["patient_id", "line"], how="left", maintain_order="left")
    days = _Days(records)
    shown = tuple(
        _cells(
            row["patient_id"],
            row["line"] if row["line"] > 0 else "–",
            row["regimen"],
            days(row["patient_id"], row["time_zero"]),
            row["visits"],
            row["best"],
            row["confirmed"],
            days(row["patient_id"], row["progression"]),
            row["trigger"],
            row["check"],
        )
        for row in rows.iter_rows(named=True)
    )
    columns = ("patient", "line", "regimen", "time zero", "visits", "best", "confirmed", "progression", "by", "checks")
    named = [rule for rule in (*found.lines["trigger"].drop_nulls(), *found.checks["check"])]
    notes = _explained(dict.fromkeys(sorted(named))) if shown else (NO_LESIONS,)
    return DisplayTable("response", "Response to each line, read from lesions by RECIST 1.1", columns, shown, notes)


def patient_tables(
    found: LineResponses, records: Records, patient_id: str, rules: RecistRules = RECIST_1_1
) -> tuple[DisplayTable, ...]:
    """Print one patient's lines: the lesions as followed, the visits with their rules, the checks that failed.

    Raises
    ------
    RecordsError
        Where the records do not know the patient, or no lesion of his.
    """
    if records.table("patients").filter(pl.col("patient_id") == patient_id).is_empty():
        raise RecordsError(Problem("patients", "no patient of this id", "", "Look the id up in the patients table."))
    own = found.of(patient_id)
    if own.lines.is_empty():
        raise RecordsError(Problem("lesions", "the patient has no measured lesion", remedy="See docs/response.md."))
    days = _Days(records)
    tables: list[DisplayTable] = []
    for line in own.lines.iter_rows(named=True):
        chosen = pl.col("line") == line["line"]
        name = f"Line {line['line']}: {line['regimen']}" if line["line"] > 0 else line["regimen"].capitalize()
        name += f", time zero {days(patient_id, line['time_zero'])}"
        tables += [
            _lesions(name, own.lesions.filter(chosen), days),
            _visits(name, line, own.visits.filter(chosen), days),
        ]
        tables += _sites(name, own.sites.filter(chosen), own.disagreement.filter(chosen), days)
        checks = own.checks.filter(chosen)
        tables += [_checks(name, checks, days, rules)] if checks.height else []
    return tuple(tables)


class _Days:
    """Writes a patient's day as a calendar date, or as a day where the date of day 0 is not known."""

    def __init__(self, records: Records) -> None:
        self.origins = dict(records.table("patients").select("patient_id", "origin_date").iter_rows())

    def __call__(self, patient_id: str, day: int | None) -> str:
        if day is None:
            return ""
        origin = self.origins.get(patient_id)
        return (origin + timedelta(days=day)).isoformat() if origin else f"day {day}"


def _cells(*values: Any) -> Row:
    return Row(tuple("" if value is None else _text(value) for value in values))


def _text(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.1f}".removesuffix(".0")
    return str(value)


def _lesions(name: str, lesions: pl.DataFrame, days: _Days) -> DisplayTable:
    rows = tuple(
        _cells(
            row["lesion_id"],
            row["organ"],
            row["role"],
            row["followed"],
            days(row["patient_id"], row["base_day"]),
            row["base_mm"],
            f"measurements:{row['base_row']}" if row["base_row"] else "",
        )
        for row in lesions.iter_rows(named=True)
    )
    columns = ("lesion", "organ", "called", "followed as", "baseline", "mm", "row")
    return DisplayTable("lesions", f"{name}: lesions at baseline", columns, rows)


def _visits(name: str, line: Mapping[str, Any], visits: pl.DataFrame, days: _Days) -> DisplayTable:
    rows = tuple(
        _cells(
            row["time_point"],
            days(row["patient_id"], row["day"]),
            row["sum_mm"],
            row["nadir_mm"],
            "" if row["change_percent"] is None else f"{row['change_percent']:+.0f} %",
            row["target"],
            row["non_target"],
            "yes" if row["new"] else "no",
            row["overall"],
            ", ".join(part for part in (row["rule"], row["trigger"]) if part),
            ", ".join(row["rows"] or ()).replace(", measurements:", ", "),
        )
        for row in visits.iter_rows(named=True)
    )
    columns = ("visit", "day", "sum", "nadir", "change", "target", "non-target", "new", "overall", "rules", "rows")
    fired = [
        rule
        for row in visits.iter_rows(named=True)
        for rule in (row["rule"], row["trigger"], row["target_rule"])
        if rule
    ]
    notes = [f"Best response {line['best']}; confirmed {line['confirmed']}."]
    if line["progression"] is not None:
        notes.append(f"Progression {days(line['patient_id'], line['progression'])} ({line['trigger']}).")
    return DisplayTable("visits", f"{name}: visits", columns, rows, (*notes, *_explained(dict.fromkeys(sorted(fired)))))


def _sites(name: str, sites: pl.DataFrame, disagreement: pl.DataFrame, days: _Days) -> list[DisplayTable]:
    """Print each site at each visit where there is more than one, and what disagreed."""
    names = sites["site"].unique(maintain_order=True).to_list()
    if len(names) < 2:
        return []
    state = {(row["time_point"], row["site"]): _state(row) for row in sites.iter_rows(named=True)}
    visits = sites.select("patient_id", "time_point", "last").unique(maintain_order=True).sort("time_point")
    rows = tuple(
        _cells(number, days(patient, day), *(state.get((number, site), "") for site in names))
        for patient, number, day in visits.iter_rows()
    )
    notes = []
    for row in disagreement.iter_rows(named=True):
        if row["strict"]:
            worse, better = ", ".join(row["progressing"]), ", ".join(row["responding"])
            notes.append(f"Visit {row['time_point']}: progression in {worse}, response in {better}.")
        if row["confined"]:
            text = f"Progression is confined to {worse}; a change of treatment would abandon the response in {better}."
            notes.append(text)
        if row["spread"] is not None:
            far = "reach" if row["soft"] else "do not reach"
            text = f"Visit {row['time_point']}: the log ratios of the sites' sums to their baselines lie "
            notes.append(f"{text}{row['spread']:.2f} apart and {far} the soft limit; index {row['index']:.2f}.")
    return [DisplayTable("sites", f"{name}: by site", ("visit", "day", *names), rows, tuple(notes))]


def _state(row: Mapping[str, Any]) -> str:
    return row["overall"] if row["sum_mm"] is None else f"{row['overall']} ({_text(row['sum_mm'])} mm)"


def _checks(name: str, checks: pl.DataFrame, days: _Days, rules: RecistRules) -> DisplayTable:
    rows = tuple(
        _cells(
            row["check"],
            CHECKS[row["check"]].grade,
            row["lesion_id"],
            days(row["patient_id"], row["day"]),
            row["row"],
            *CHECKS[row["check"]].said(rules),
        )
        for row in checks.iter_rows(named=True)
    )
    columns = ("id", "grade", "lesion", "day", "row", "what is wrong", "read as")
    return DisplayTable("checks", f"{name}: what to look at", columns, rows)


def _explained(rules: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{rule}: {rule_in_words(rule)}" for rule in rules)
