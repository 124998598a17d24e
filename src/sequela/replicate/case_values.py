"""Printed quantities of a case report, looked up in the transcribed records or counted on its calendar."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import polars as pl

from sequela.derive.response_by_line import responses_by_line
from sequela.errors import StudyError
from sequela.records.dates import DAYS_PER_MONTH
from sequela.records.schema import TABLES
from sequela.replicate.material import Computed, Material

DAYS_PER_WEEK = 7
REGIONAL = ("breast", "chest wall", "lymph node")
"""Organs whose disease is not metastatic by itself (AJCC 7: the breast, its chest wall, its nodes)."""


def _patient_rows(material: Material, table: str, where: Mapping[str, Any]) -> pl.DataFrame:
    """Return the rows of a table whose columns have the given values."""
    columns = TABLES[table].columns
    unknown = set(where) - {column.name for column in columns}
    if unknown:
        raise StudyError(f"{material.paper.name}: {table} has no column {', '.join(sorted(unknown))}")
    return material.records.table(table).filter([pl.col(name) == value for name, value in where.items()])


def _day(material: Material, patient: str, point: Mapping[str, Any]) -> int:
    """Return the day a point names: `table`, `column`, `pick` (first or last), and column values."""
    where = {"patient_id": patient} | {k: v for k, v in point.items() if k not in ("table", "column", "pick")}
    days = _patient_rows(material, point["table"], where)[point["column"]].drop_nulls().sort()
    if days.is_empty():
        raise StudyError(f"{material.paper.name}: no day for {dict(point)} of {patient}")
    return int(days[-1] if point.get("pick") == "last" else days[0])


def interval(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return the time between two points of a patient's history.

    Keys `patient`, `from`, `to` and `unit` (days, weeks or months of 30.4375 days).
    """
    days = _day(material, given["patient"], given["to"]) - _day(material, given["patient"], given["from"])
    divisor = {"days": 1.0, "weeks": DAYS_PER_WEEK, "months": DAYS_PER_MONTH}[given["unit"]]
    length = days / divisor
    return Computed((length,), note=f"{days} days are {length:.1f} {given['unit']}", within_paper=True)


def cycles(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return how long a number of cycles lasts, with the cycle length of the drug vocabulary.

    Keys `drug`, `cycles` and `unit` (weeks or months).
    """
    length = material.records.drugs.ingredient(given["drug"]).cycle_days
    if not length:
        raise StudyError(f"{material.paper.name}: the vocabulary knows no cycle length of {given['drug']}")
    days = int(given["cycles"]) * length
    divisor = {"weeks": DAYS_PER_WEEK, "months": DAYS_PER_MONTH}[given["unit"]]
    note = f"{given['cycles']} cycles of {length} days are {days} days, {days / divisor:.1f} {given['unit']}"
    return Computed((days / divisor,), note=note)


def progressed_under(material: Material, drug: str) -> Computed:
    """Return how many patients stopped a drug for progression."""
    rows = _patient_rows(material, "exposures", {"drug": drug, "reason_stopped": "progression"})
    patients = material.records.table("patients")["patient_id"]
    stopped = rows["patient_id"].unique().sort()
    note = f"{drug} was stopped for progression by {', '.join(stopped) or 'nobody'}"
    return Computed((len(stopped), len(patients)), note=note, within_paper=True)


def marker_class(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return a patient's marker and on which side of a cut-off it lies.

    Keys `patient`, `marker` and `cutoff`; below the cut-off is low.
    """
    rows = _patient_rows(material, "biomarkers", {"patient_id": given["patient"], "marker": given["marker"]})
    if len(rows) != 1:
        raise StudyError(f"{material.paper.name}: {len(rows)} results of {given['marker']}; expected 1")
    value = rows["value"][0]
    side = "low" if float(value) < given["cutoff"] else "high"
    sign = "<" if side == "low" else ">="
    return Computed((f"{value} ({sign}{given['cutoff']} -> {side})",), within_paper=True)


def stage_at_presentation(material: Material, patient: str) -> Computed:
    """Return M1 where a lesion outside breast, chest wall and nodes was present by the first therapy, else M0."""
    first = _day(material, patient, {"table": "exposures", "column": "start"})
    lesions = _patient_rows(material, "lesions", {"patient_id": patient}).select("patient_id", "lesion_id", "organ")
    seen = material.records.table("measurements").filter((pl.col("state") == "present") & (pl.col("day") <= first))
    distant = lesions.join(seen, on=["patient_id", "lesion_id"]).filter(~pl.col("organ").is_in(REGIONAL))
    names = ", ".join(distant["lesion_id"].unique().sort())
    found = _day(material, patient, {"table": "diagnoses", "column": "day", "kind": "metastatic"})
    if distant.is_empty():
        return Computed(("M0",), note="no lesion outside the region of the breast", within_paper=True)
    note = f"{names} present on day {first}, {found - first} days before metastatic disease is named"
    return Computed(("M1",), note=note, within_paper=True)


def response_by_site(material: Material, given: Mapping[str, Any]) -> Computed:
    """Return the response of a whole patient at the last visit of a line, read from lesions, site by site in the note.

    Keys `patient` and `line` (number of the palliative line).
    """
    chosen = (pl.col("patient_id") == given["patient"]) & (pl.col("line") == given["line"])
    found = responses_by_line(material.records)
    visits = found.visits.filter(chosen)
    if visits.is_empty():
        raise StudyError(f"{material.paper.name}: no lesion of {given['patient']} was followed in line {given['line']}")
    last = visits.row(-1, named=True)
    sites = found.sites.filter(chosen & (pl.col("time_point") == last["time_point"]))
    said = ", ".join(f"{site} {response}" for site, response in sites.select("site", "overall").iter_rows())
    note = f"{said} on day {last['day']}; overall {last['overall']} by {last['rule']}"
    return Computed(
        (last["overall"],), note=f"{note}, {last['trigger']}" if last["trigger"] else note, within_paper=True
    )


def courses_given(material: Material, given: Mapping[str, Any]) -> Computed:
    """Tell whether a number of courses can have been given within printed weeks.

    Keys `weeks`, `courses`, and the printed `of` courses in `lasting` weeks that give the length
    of one course. The first course is given at the start, so `courses` need `courses - 1` lengths.
    """
    length = Fraction(given["lasting"], given["of"])
    needed = (given["courses"] - 1) * length
    note = f"{given['of']} courses in {given['lasting']} weeks make one every {float(length):g} weeks, so course "
    note += f"{given['courses']} is given {float(needed):g} weeks after the first"
    holds = needed <= given["weeks"]
    note += "" if holds else f", not within {given['weeks']}"
    return Computed((float(needed),), note=note, holds=holds, within_paper=True)
