"""From a reconstructed cohort to canonical records of kind "reconstructed".

Day 0 of every patient is the diagnosis of metastatic disease. No calendar date is printed, and none is invented.
"""

import numpy as np
import polars as pl

from sequela.evidence.patients import Rows
from sequela.evidence.reconstruct import NEVER_EVIDENCE
from sequela.evidence.sequence_courses import TAXANE_DAYS, course_of, level_of, stretches_of, write_course
from sequela.evidence.sequence_reconstruct import SequenceReconstruction
from sequela.evidence.solution import patient_names
from sequela.records.bundle import Kind, Records
from sequela.records.dates import DAYS_PER_MONTH

INVENTED_OF_SEQUENCES = (
    "Invented, and printed nowhere: the days from diagnosis to the index drug, the organs within the printed margins, "
    "which patients of a group share which characteristics, drugs beyond those that define the groups, endocrine "
    "maintenance, holidays, early "
    "treatment beyond the printed counts, percentages of stained cells, HER2 assays, centres, last contacts. "
    "No calendar date was printed, so none is recorded."
)
MARKERS = {
    "both": (("ER", "90"), ("PgR", "60")),
    "ER only": (("ER", "80"), ("PgR", "0")),
    "PgR only": (("ER", "0"), ("PgR", "20")),
    "neither": (("ER", "0"), ("PgR", "0")),
}
KI67 = {"low": "15", "high": "40"}
"""Percentages of stained cells that stand for a printed level; invented."""
EARLY_RELAPSE = 150
"""Days before diagnosis within which early trastuzumab ended where the index drug was the first line."""
YEAR = 365


def records_of_sequences(found: SequenceReconstruction) -> Records:
    """Write reconstructed patients as records; what the paper did not print is invented and named so."""
    rows, rng = Rows(), np.random.default_rng(found.invention)
    drugs = np.random.default_rng([found.invention, 1])
    for i, name in enumerate(patient_names(found.cohort.group.size)):
        _person(rows, found, name, i, rng)
        _tumour(rows, found, name, i, rng)
        stretches = stretches_of(found, i, rng)
        write_course(rows, name, stretches, course_of(found, i, stretches, drugs), found.printed.index_drug)
    citation = f"{NEVER_EVIDENCE} {INVENTED_OF_SEQUENCES} Printed in: {found.printed.citation}"
    title = f"RECONSTRUCTED, never evidence: {found.printed.title}"
    return Records(rows.frames(), Kind.RECONSTRUCTED, title=title, citation=citation)


def patients_of_sequences(found: SequenceReconstruction) -> pl.DataFrame:
    """Return one row per patient: group, index line, characteristics, days of each clock with their events."""
    columns: dict[str, object] = {
        "patient_id": patient_names(found.cohort.group.size),
        "group": [found.cohort.groups[g] for g in found.cohort.group],
        "index_line": found.lines.index_line,
    }
    for item in found.printed.categorical:
        names = list(item.totals)
        columns[item.name] = [names[level] for level in found.levels[item.name]]
    for name, values in found.quantities.items():
        columns[name] = pl.Series(values).fill_nan(None).cast(pl.Int32)
    columns |= {
        "days_to_line_1": found.lines.start.astype(int),
        "days_to_index": found.life.wait.astype(int),
        "days_of_line_1": found.first.after.astype(int),
        "progression_1": found.first.event,
        "days_of_line_2": found.second.after.astype(int),
        "progression_2": found.second.event,
        "days_to_end": (found.life.wait + found.life.after).astype(int),
        "death": found.life.event,
    }
    return pl.DataFrame(columns)


def _quantity(found: SequenceReconstruction, name: str, i: int) -> float:
    return float(found.quantities[name][i]) if name in found.quantities else float("nan")


def _person(rows: Rows, found: SequenceReconstruction, name: str, i: int, rng: np.random.Generator) -> None:
    end = int(found.life.wait[i] + found.life.after[i])
    age = _quantity(found, "age", i)
    centres = found.printed.assumed.centres
    rows.add(
        "patients",
        patient_id=name,
        age_at_origin=None if np.isnan(age) else age,
        centre=f"centre-{i % centres + 1:02d}" if centres > 1 else None,
        last_contact=end,
        death=end if found.life.event[i] else None,
    )
    early = level_of(found, "early", i)
    rows.add("diagnoses", patient_id=name, day=0, kind="metastatic")
    if early in ("", "metastatic"):
        rows.add("diagnoses", patient_id=name, day=0, kind="primary")
        return
    months = _quantity(found, "disease_free_interval", i)
    known = not np.isnan(months)
    surgery = -round(months * DAYS_PER_MONTH) if known else -int(rng.integers(400, 2500))
    rows.add("diagnoses", patient_id=name, day=surgery - int(rng.integers(30, 240)), kind="primary")
    if known:
        rows.add("procedures", patient_id=name, day=surgery, kind="surgery", organ="breast")
    _early(rows, name, early, surgery, bool(found.lines.index_line[i] == 1), rng)


def _early(rows: Rows, name: str, early: str, surgery: int, relapsed_early: bool, rng: np.random.Generator) -> None:
    """Write what was given with curative intent; it ends before the diagnosis of metastatic disease."""
    if early == "none":
        return
    start = surgery + 30 if surgery < -YEAR else surgery - 150
    rows.add(
        "exposures", patient_id=name, drug="docetaxel", start=start, stop=start + TAXANE_DAYS, setting="early",
        reason_stopped="completed",
    )  # fmt: skip
    if early != "trastuzumab":
        return
    stop = min(start + YEAR, -1)
    if relapsed_early:
        stop = -int(rng.integers(1, EARLY_RELAPSE))
        start = min(start, stop - TAXANE_DAYS)
    rows.add(
        "exposures", patient_id=name, drug="trastuzumab", start=start, stop=stop, setting="early",
        reason_stopped="completed" if stop - start >= YEAR else None,
    )  # fmt: skip


def _tumour(rows: Rows, found: SequenceReconstruction, name: str, i: int, rng: np.random.Generator) -> None:
    day = next(row["day"] for row in reversed(rows.tables["diagnoses"]) if row["kind"] == "primary")
    results = [*MARKERS.get(level_of(found, "receptors", i), ()), ("HER2 IHC", "3+")]
    results += [("Ki-67", KI67[level])] if (level := level_of(found, "ki67", i)) in KI67 else []
    results += [("grade", grade)] if (grade := level_of(found, "grade", i)) not in ("", "unknown") else []
    for marker, value in results:
        unit = "%" if marker in ("ER", "PgR", "Ki-67") else None
        rows.add("biomarkers", patient_id=name, day=day, marker=marker, value=value, unit=unit, specimen="primary")
    for organ in filter(None, level_of(found, "organs", i).split(", ")):
        rows.add("metastases", patient_id=name, day=0, organ=organ)
