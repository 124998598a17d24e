"""From simulated patients to canonical records, with the truth and two studies beside them."""

import datetime
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from sequela.records.bundle import Kind, Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.records.schema import TABLES
from sequela.records.write import write_records
from sequela.scenarios.cohort import NeverTDM1, SimulatedCohort
from sequela.scenarios.worlds import NUMBERS, World

JANUARY_2003 = datetime.date(2003, 1, 1)
INTERIM_LAG = 30
"""Days from first progression to the interim line."""


def records_of(cohort: SimulatedCohort, never: NeverTDM1 | None = None) -> Records:
    """Return the patients as records of kind simulated: everything a registry would hold, and nothing unmeasured.

    Progression is seen on the day it happens and death ends the records; whoever is followed without
    progression is assessed on her last day. With those who never came to T-DM1, performance status is recorded at the
    first line too.
    """
    size = cohort.tdm1.size
    names = np.array([f"{cohort.world.name}-{number:05d}" for number in range(1, size + 1)])
    died = cohort.death <= cohort.end
    last = np.where(died, cohort.death, cohort.end)
    tables: dict[str, dict[str, Any]] = {
        "patients": _patients(cohort, names, died),
        "diagnoses": {"patient_id": names, "day": np.zeros(size, int), "kind": np.full(size, "metastatic")},
        "exposures": _exposures(cohort, names, last),
        "biomarkers": {
            "patient_id": names,
            "day": np.zeros(size, int),
            "marker": np.full(size, "HER2"),
            "value": np.full(size, "positive"),
        },
        "assessments": _assessments(cohort, names, last),
        "performance": _performance(cohort, names, np.minimum(cohort.progression, last)),
    }
    if never is not None:
        at_first = {"patient_id": names, "day": np.zeros(size, int), "ecog": np.where(cohort.frail, 2, 1)}
        tables["performance"] = _joined(tables["performance"], at_first)
        tables = {
            name: _joined(columns, _of_others(cohort.world, never, size)[name]) for name, columns in tables.items()
        }
    frames = {name: _canonical(name, columns) for name, columns in tables.items()}
    return Records(frames, Kind.SIMULATED, title=f"World {cohort.world.name}: {cohort.world.title}")


def write_scenario(cohort: SimulatedCohort, folder: Path, seed: int, never: NeverTDM1 | None = None) -> Path:
    """Write the records, the truth and the studies, and return the folder.

    `records/`, `truth.yaml`, `study.yaml` (the clock starts with T-DM1) and `naive.yaml` (survival from
    the metastatic diagnosis, which no audit lets pass); for the worlds of immortal time and of lines the
    naive study makes that mistake.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_records(records_of(cohort, never), folder / "records")
    starters = cohort.tdm1.size + never.end.size if never is not None else None
    (folder / "truth.yaml").write_text(_truth(cohort.world, cohort.tdm1.size, seed, starters), encoding="utf-8")
    for name, study in studies_of(cohort.world).items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(study, sort_keys=False, width=110), encoding="utf-8")
    return folder


def studies_of(world: World) -> dict[str, dict[str, Any]]:
    """Return the study that asks rightly and the one that makes the mistake of this world, by name."""
    common: dict[str, Any] = {
        "version": 1,
        "title": f"T-DM1 after pertuzumab in world {world.name}",
        "records": "records/",
    }
    after = {"received": "pertuzumab", "before": "first trastuzumab emtansine"}
    groups: dict[str, Any] = {"Pertuzumab": after, "No pertuzumab": "otherwise"}
    analyses = [{"survival": "pfs.ema"}, {"survival": "os"}]
    rest = {"groups": groups, "reference": "No pertuzumab", "analyses": analyses}
    common["availability"] = {
        "trastuzumab emtansine": _month(world.tdm1_available),
        "pertuzumab": _month(world.pertuzumab_available),
    }
    study = {**common, "time_zero": "first trastuzumab emtansine", **rest}
    naive = {
        **common,
        "time_zero": "metastatic diagnosis",
        "population": [{"received": "trastuzumab emtansine"}],
        **rest,
        "analyses": [{"survival": "os"}],
    }
    if world.second_drug:
        added = {"Pertuzumab added": {"received": "pertuzumab"}, "T-DM1 alone": "otherwise"}
        naive = {**study, "groups": added, "reference": "T-DM1 alone"}
        study = {**study, "groups": {}, "reference": ""}
        trial: dict[str, Any] = {"start": "pertuzumab", "endpoint": "pfs.ema", "horizon": 12}
        over_time = {"within": 61, "design": "marginal structural model", "covariates": ["ecog"]}
        trial |= {"within": 90, "landmarks": [3]} if math.isnan(world.status_log_odds) else over_time
        study["analyses"] = [*analyses, {"target_trial": {**trial, "bootstrap": 200}}]
        study = {name: value for name, value in study.items() if value}
    elif world.interim:
        second = [{"line": 2}]
        naive = {**study, "population": second, "lines": {"L09": "same line"}}
        study = {**study, "population": second}
    elif world.frail:
        naive, study = study, {**study, "adjust": ["ecog"]}
    return {"study": study, "naive": naive}


def _of_others(world: World, never: NeverTDM1, before: int) -> dict[str, dict[str, Any]]:
    """Return the tables of those who never came to T-DM1, numbered on."""
    size = never.end.size
    names = np.array([f"{world.name}-{number:05d}" for number in range(before + 1, before + size + 1)])
    day, everyone = np.zeros(size, int), np.ones(size, bool)
    first = np.minimum(never.first_progression, never.end)
    progressed = never.first_progression <= never.end
    second = never.second >= 0
    return {
        "patients": _people(names, never.diagnosed, never.end, never.died),
        "diagnoses": {"patient_id": names, "day": day, "kind": np.full(size, "metastatic")},
        "exposures": _courses(
            names,
            [
                ("trastuzumab", everyone, day, first, progressed),
                ("docetaxel", everyone, day, np.minimum(first, 126), progressed & (first <= 126)),
                ("pertuzumab", never.pertuzumab, day, first, progressed),
                ("lapatinib", second, never.second, never.end, ~everyone),
                ("capecitabine", second, never.second, never.end, ~everyone),
            ],
        ),
        "biomarkers": {
            "patient_id": names,
            "day": day,
            "marker": np.full(size, "HER2"),
            "value": np.full(size, "positive"),
        },
        "assessments": {
            "patient_id": names,
            "day": first,
            "response": np.where(progressed, "PD", "SD"),
            "basis": np.full(size, "radiologic"),
        },
        "performance": {"patient_id": names, "day": day, "ecog": np.where(never.frail, 2, 1)},
    }


def _joined(one: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {name: [*one[name], *more[name]] for name in one}


def _month(months: float) -> datetime.date:
    return JANUARY_2003 + datetime.timedelta(days=round(months * DAYS_PER_MONTH))


def _patients(cohort: SimulatedCohort, names: np.ndarray, died: np.ndarray) -> dict[str, Any]:
    return _people(names, cohort.diagnosed, np.where(died, cohort.death, cohort.end), died)


def _people(names: np.ndarray, diagnosed: np.ndarray, last: np.ndarray, died: np.ndarray) -> dict[str, Any]:
    origin = [JANUARY_2003 + datetime.timedelta(days=int(days)) for days in diagnosed]
    return {
        "patient_id": names,
        "origin_date": origin,
        "sex": np.full(names.size, "female"),
        "last_contact": [None if dead else int(end) for dead, end in zip(died, last, strict=True)],
        "death": [int(day) if dead else None for dead, day in zip(died, last, strict=True)],
    }


def _exposures(cohort: SimulatedCohort, names: np.ndarray, last: np.ndarray) -> dict[str, Any]:
    first, started = cohort.first_progression, np.zeros(names.size, int)
    everyone = np.ones(names.size, bool)
    progressed = cohort.progression <= last
    tdm1_stop = np.minimum(cohort.progression, last)
    interim = (cohort.interim, first + INTERIM_LAG, cohort.tdm1 - 1, everyone)
    courses = [
        ("trastuzumab", everyone, started, first, everyone),
        ("docetaxel", everyone, started, np.minimum(first, 126), first <= 126),
        ("pertuzumab", cohort.pertuzumab, started, first, everyone),
        ("trastuzumab", *interim),
        ("capecitabine", *interim),
        ("trastuzumab emtansine", everyone, cohort.tdm1, tdm1_stop, progressed),
        ("pertuzumab", cohort.added >= 0, cohort.added, tdm1_stop, progressed),
    ]
    return _courses(names, courses)


def _courses(names: np.ndarray, courses: list[tuple[str, Any, Any, Any, Any]]) -> dict[str, Any]:
    """Return the rows of courses: drug, who was given it, from when, until when, whether it ended at progression."""
    columns: dict[str, list[Any]] = {name: [] for name in ("patient_id", "drug", "start", "stop", "reason_stopped")}
    for drug, given, start, stop, at_progression in courses:
        columns["patient_id"] += list(names[given])
        columns["drug"] += [drug] * int(given.sum())
        columns["start"] += start[given].tolist()
        columns["stop"] += stop[given].tolist()
        columns["reason_stopped"] += ["progression" if yes else None for yes in at_progression[given]]
    return columns


def _assessments(cohort: SimulatedCohort, names: np.ndarray, last: np.ndarray) -> dict[str, Any]:
    progressed = cohort.progression <= last
    second = np.where(progressed, cohort.progression, last)
    size = names.size
    return {
        "patient_id": np.concatenate([names, names]),
        "day": np.concatenate([cohort.first_progression, second]),
        "response": np.concatenate([np.full(size, "PD"), np.where(progressed, "PD", "SD")]),
        "basis": np.full(2 * size, "radiologic"),
    }


def _performance(cohort: SimulatedCohort, names: np.ndarray, last: np.ndarray) -> dict[str, Any]:
    """Return performance status at the start of T-DM1, and at visits every month where the world has them."""
    if not cohort.status.shape[1]:
        return {"patient_id": names, "day": cohort.tdm1, "ecog": np.where(cohort.frail, 2, 1)}
    days = cohort.tdm1[:, None] + np.floor(np.arange(cohort.status.shape[1]) * DAYS_PER_MONTH).astype(int)
    seen = (cohort.status > 0) & (days < last[:, None])
    patient, _ = np.nonzero(seen)
    return {"patient_id": names[patient], "day": days[seen], "ecog": cohort.status[seen]}


def _canonical(name: str, columns: dict[str, Any]) -> pl.DataFrame:
    empty = TABLES[name].empty()
    frame = pl.DataFrame({column: pl.Series(values) for column, values in columns.items()})
    frame = frame.sort("patient_id", maintain_order=True)
    frame = frame.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int32).alias("row"))
    return frame.select(
        (pl.col(column) if column in frame.columns else pl.lit(None)).cast(kind).alias(column)
        for column, kind in empty.schema.items()
    )


def _truth(world: World, n: int, seed: int, starters: int | None) -> str:
    content = {
        "world": world.name,
        "title": world.title,
        "truth": world.truth,
        "hazard_ratio_of_progression_on_tdm1": round(world.hazard_ratio, 6),
        "unmeasured": world.unmeasured,
        "patients": n,
        **({"patients_who_started_a_first_line": starters} if starters else {}),
        "seed": seed,
        "numbers": {name: float(getattr(world, name)) for name in NUMBERS},
    }
    return yaml.safe_dump(content, sort_keys=False, width=110)
