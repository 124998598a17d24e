"""From a reconstruction to canonical records of kind "reconstructed", so that the whole pipeline can run on them.

Day 0 of every patient is the start of the index drug.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from sequela.errors import Problem, StudyError
from sequela.evidence.courses import Course, Drugs, Past, deal_partners, past_of
from sequela.evidence.printed import Printed
from sequela.evidence.reconstruct import NEVER_EVIDENCE, Reconstruction
from sequela.evidence.solution import Solution, patient_names
from sequela.evidence.template import History, Other, Template, template_of
from sequela.frozen import frozen
from sequela.records.bundle import Kind, Records
from sequela.records.schema import TABLES

INVENTED = (
    "Invented, and printed nowhere: every date, the data cut-off, the order and the days of earlier courses, "
    "partner drugs beyond the printed numbers, organs within the printed sites, percentages of stained cells, "
    "HER2 assays, the schedule of assessments, last contacts, the patients outside the study. "
    "No deaths were printed, so none are recorded."
)
FIRST_EVALUABLE = 43
STABLE_LEAD = 7
"""Stable disease is last seen at least this many days before progression, invented."""
LAST_SEEN = (30, 400)
"""Days between which a patient is followed beyond the last assessment, invented."""
HISTORY_YEARS = (365, 2500)
"""Days from primary to metastatic disease where it was not metastatic from the start, invented."""


@dataclass(slots=True)
class Rows:
    """Rows of the canonical tables while they are being written."""

    tables: dict[str, list[dict]] = field(default_factory=dict)

    def add(self, table: str, **row: object) -> None:
        """Add a row to a table; columns that are left out stay empty."""
        self.tables.setdefault(table, []).append(row)

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the tables in canonical order and types, rows numbered as in a written file."""
        found = {}
        for name, rows in self.tables.items():
            types = TABLES[name].empty().schema
            full = [{**dict.fromkeys(types), **row, "row": i + 2} for i, row in enumerate(rows)]
            found[name] = pl.DataFrame(full, schema=types)
        return found


def records_from(reconstruction: Reconstruction, rng: np.random.Generator | None = None) -> Records:
    """Write reconstructed patients as records; what the paper did not print is invented and named so.

    rng : another source of what is invented (dates, partners, last contacts), to see what hangs
    on it; by default the reconstruction's own.

    Raises
    ------
    StudyError
        Where the printed file has no `records` section.
    """
    printed, solution = reconstruction.printed, reconstruction.solution
    template = template_of(printed)
    if template is None:
        problem = Problem(printed.file, "no 'records' section", "how patients become records", "Add one.")
        raise StudyError(problem)
    rows, rng = Rows(), rng or np.random.default_rng(reconstruction.invention)
    pasts = _pasts(printed, solution, template, rng)
    still = _still_treated(printed, solution, template)
    eligible = [i for i, past in enumerate(pasts) if all(course.setting != "early" for course in past.courses)]
    de_novo = set(rng.choice(eligible, min(template.de_novo, len(eligible)), replace=False).tolist())
    names = patient_names(solution.group.size + sum(other.patients for other in template.others))
    for i in range(solution.group.size):
        patient = _Patient(names[i], i, pasts[i], i in still, i in de_novo)
        _write_patient(rows, printed, solution, template, patient, rng)
    _write_others(rows, template, names[solution.group.size :], rng)
    citation = f"{NEVER_EVIDENCE} {INVENTED} Printed in: {printed.citation}"
    title = f"RECONSTRUCTED, never evidence: {printed.title}"
    return Records(rows.frames(), Kind.RECONSTRUCTED, title=title, citation=citation)


@frozen
class _Patient:
    """One patient to be written: id, place in the solution, past, still treated at the cut-off, de novo."""

    name: str
    index: int
    past: Past
    still_treated: bool
    de_novo: bool


def _value(printed: Printed, solution: Solution, name: str, i: int) -> int:
    """Return a continuous covariate of one patient in whole units; 0 where he has none."""
    places = [k for k, item in enumerate(printed.continuous) if item.name == name]
    if not places or np.isnan(solution.values[places[0], i]):
        return 0
    return int(solution.values[places[0], i])


def _level(printed: Printed, solution: Solution, name: str, i: int) -> str:
    place = next(k for k, item in enumerate(printed.categorical) if item.name == name)
    return printed.categorical[place].levels[int(solution.levels[place, i])]


def _pasts(printed: Printed, solution: Solution, template: Template, rng: np.random.Generator) -> list[Past]:
    pasts = [Past((), (), -30)] * solution.group.size
    for g, name in enumerate(printed.groups):
        members = np.flatnonzero(solution.group == g)
        history = template.histories.get(name)
        if history is not None:
            for i, drugs in zip(members, _drugs(printed, solution, template, history, members, rng), strict=True):
                pasts[i] = past_of(history, drugs)
    return pasts


def _drugs(
    printed: Printed,
    solution: Solution,
    template: Template,
    history: History,
    members: np.ndarray,
    rng: np.random.Generator,
) -> list[Drugs]:
    """Deal partners to the patients of a group; durations and lines are theirs already."""
    days = {
        drug: np.array([_value(printed, solution, drug, i) if drug else 0 for i in members])
        for drug in {history.backbone, history.added, history.replaced_by}
    }
    backbone, added, replaced = days[history.backbone], days[history.added], days[history.replaced_by]
    lines = np.array([_value(printed, solution, template.regimens, i) for i in members])
    first = deal_partners(history.first_partners, list(range(members.size)), rng)
    last = deal_partners(history.added_partners, list(range(members.size)), rng)
    return [
        Drugs(int(backbone[k]), int(added[k]), int(replaced[k]), int(lines[k]), first.get(k, ""), last.get(k, ""))
        for k in range(members.size)
    ]


def _still_treated(printed: Printed, solution: Solution, template: Template) -> set[int]:
    """Return the patients who never stopped: the censored with the longest time."""
    if not printed.stopped:
        return set(np.flatnonzero(~solution.event).tolist())
    number = max(0, sum(printed.sizes) - sum(printed.stopped.values()))
    censored = np.flatnonzero(~solution.event)
    return set(censored[np.argsort(-solution.days[censored], kind="stable")][:number].tolist())


def _write_patient(
    rows: Rows,
    printed: Printed,
    solution: Solution,
    template: Template,
    patient: _Patient,
    rng: np.random.Generator,
) -> None:
    i, days = patient.index, int(solution.days[patient.index])
    origin = _origin(template, patient, days, rng)
    end = (template.cut_off - origin).days
    beyond = end if patient.still_treated else min(end, days + int(rng.integers(*LAST_SEEN)))
    age = _value(printed, solution, template.age, i) if template.age else None
    rows.add("patients", patient_id=patient.name, origin_date=origin, age_at_origin=age, last_contact=beyond)
    _write_disease(rows, printed, solution, template, patient, rng)
    for course in patient.past.courses:
        _write_course(rows, patient.name, course)
    reason = _reason(printed, solution, patient)
    last = end if patient.still_treated else max(days - 1, 0)
    stop = last // template.cycle_days * template.cycle_days
    _write_course(rows, patient.name, Course(template.index_drug, 0, stop, "metastatic", reason))
    for day in patient.past.progressions:
        rows.add("assessments", patient_id=patient.name, day=day, method="CT", response="PD", basis="radiologic")
    _write_assessments(rows, printed, solution, template, patient)
    if template.performance:
        ecog = int(_level(printed, solution, template.performance, i))
        rows.add("performance", patient_id=patient.name, day=0, ecog=ecog)


def _origin(template: Template, patient: _Patient, days: int, rng: np.random.Generator) -> date:
    """Return a start of the index drug inside the window, after every drug was there and before the cut-off."""
    first, last = template.starts[0], min(template.starts[1], template.cut_off - timedelta(days=days))
    if patient.still_treated:
        first = max(first, template.cut_off - timedelta(days=days + template.assessment_days))
    for course in patient.past.courses:
        if course.drug in template.available:
            first = max(first, template.available[course.drug] - timedelta(days=course.start))
    span = max(0, (last - first).days)
    return first + timedelta(days=int(rng.integers(0, span + 1)))


def _reason(printed: Printed, solution: Solution, patient: _Patient) -> str | None:
    """Return why the index drug was stopped; the printed reasons other than progression in order of patients."""
    if patient.still_treated:
        return None
    if solution.event[patient.index]:
        return "progression"
    others = [reason for reason, count in printed.stopped.items() if reason != "progression" for _ in range(count)]
    censored = np.flatnonzero(~solution.event)
    number = max(0, sum(printed.sizes) - sum(printed.stopped.values()))
    stopped = sorted(censored[np.argsort(-solution.days[censored], kind="stable")][number:].tolist())
    place = stopped.index(patient.index) if patient.index in stopped else 0
    return others[place] if place < len(others) else "unknown"


def _write_course(rows: Rows, name: str, course: Course) -> None:
    rows.add(
        "exposures",
        patient_id=name,
        drug=course.drug,
        start=course.start,
        stop=course.stop,
        setting=course.setting,
        reason_stopped=course.reason,
    )


def _write_disease(
    rows: Rows,
    printed: Printed,
    solution: Solution,
    template: Template,
    patient: _Patient,
    rng: np.random.Generator,
) -> None:
    metastatic = patient.past.metastatic
    earliest = min([metastatic, *(course.start - 30 for course in patient.past.courses)])
    primary = metastatic if patient.de_novo else min(earliest, metastatic - int(rng.integers(*HISTORY_YEARS)))
    rows.add("diagnoses", patient_id=patient.name, day=primary, kind="primary", stage="IV" if patient.de_novo else None)
    rows.add("diagnoses", patient_id=patient.name, day=metastatic, kind="metastatic")
    for name, choices in template.organs.items():
        sets = choices[_level(printed, solution, name, patient.index)]
        for organ in sets[patient.index % len(sets)]:
            rows.add("metastases", patient_id=patient.name, day=metastatic, organ=organ)
    results = [choices[_level(printed, solution, name, patient.index)] for name, choices in template.markers.items()]
    for alternatives in (*results, template.everyone_has):
        chosen = alternatives[patient.index % len(alternatives)] if alternatives else {}
        for marker, value in chosen.items():
            rows.add("biomarkers", patient_id=patient.name, day=primary, marker=marker, value=value, specimen="primary")


def _write_assessments(rows: Rows, printed: Printed, solution: Solution, template: Template, patient: _Patient) -> None:
    """Write assessments from which best response, its duration, and the end of observation follow."""
    days, event = int(solution.days[patient.index]), bool(solution.event[patient.index])
    best = "SD"
    if printed.response:
        best = printed.response.levels[int(solution.response[patient.index])]
    seen: list[tuple[int, str]] = []
    if best != "PD":
        day = max(FIRST_EVALUABLE, min(template.assessment_days, days - STABLE_LEAD))
        while day <= days - STABLE_LEAD:
            seen.append((day, "SD"))
            day += template.assessment_days
        if best != "SD" and seen:
            seen = [(day, "SD" if k == 0 and len(seen) > 1 else best) for k, (day, _) in enumerate(seen)]
    seen.append((days, "PD" if event else ("SD" if not seen else seen[-1][1])))
    for day, response in seen:
        rows.add("assessments", patient_id=patient.name, day=day, method="CT", response=response, basis="radiologic")


def _write_others(rows: Rows, template: Template, names: list[str], rng: np.random.Generator) -> None:
    """Write the patients who received the index drug but are outside the study."""
    queue = iter(names)
    for other in template.others:
        for _ in range(other.patients):
            _write_other(rows, template, other, next(queue), rng)


def _write_other(rows: Rows, template: Template, other: Other, name: str, rng: np.random.Generator) -> None:
    origin = other.starts[0] + timedelta(days=int(rng.integers(0, (other.starts[1] - other.starts[0]).days + 1)))
    days = min(int(rng.integers(60, 300)), (template.cut_off - origin).days)
    rows.add(
        "patients", patient_id=name, origin_date=origin, age_at_origin=int(rng.integers(40, 70)), last_contact=days + 60
    )
    first = min(start for _, start, _ in other.courses) - 30
    rows.add("diagnoses", patient_id=name, day=first, kind="primary", stage="IV")
    rows.add("diagnoses", patient_id=name, day=first, kind="metastatic")
    rows.add("metastases", patient_id=name, day=first, organ="liver")
    for results in template.everyone_has[:1]:
        for marker, value in results.items():
            rows.add("biomarkers", patient_id=name, day=first, marker=marker, value=value, specimen="primary")
    for drug, start, stop in other.courses:
        _write_course(rows, name, Course(drug, start, stop, "metastatic", "progression"))
        rows.add("assessments", patient_id=name, day=stop, method="CT", response="PD", basis="radiologic")
    stop = (days - 1) // template.cycle_days * template.cycle_days
    _write_course(rows, name, Course(template.index_drug, 0, stop, "metastatic", "progression"))
    rows.add("performance", patient_id=name, day=0, ecog=1)
    rows.add("assessments", patient_id=name, day=days, method="CT", response="PD", basis="radiologic")
