"""A cohort by hand: twelve patients in two groups, small enough to work every number on paper."""

import polars as pl

from sequela.study.clock import ClockGuard
from sequela.study.cohort import Cohort

from ..hand_made import records

# patient: group, days, died, ECOG (None: never recorded), sex
PATIENTS = {
    "a1": ("A", 10, True, 0, "female"),
    "a2": ("A", 20, True, 1, "female"),
    "a3": ("A", 30, True, 0, "female"),
    "a4": ("A", 40, False, 1, "male"),
    "a5": ("A", 50, True, 0, "female"),
    "a6": ("A", 60, True, None, "female"),
    "b1": ("B", 15, True, 0, "male"),
    "b2": ("B", 45, True, 1, "male"),
    "b3": ("B", 70, False, 0, "male"),
    "b4": ("B", 80, True, 2, "female"),
    "b5": ("B", 90, True, 1, None),
    "b6": ("B", 100, False, 0, "male"),
}


def bundle(patients=PATIENTS):
    """Return the records: time zero is day 0 for everybody."""
    return records(
        patients=[
            {
                "patient_id": name,
                "sex": sex,
                "last_contact": days,
                "death": days if died else None,
                "age_at_origin": 50 + i,
            }
            for i, (name, (_, days, died, _, sex)) in enumerate(patients.items())
        ],
        performance=[
            {"patient_id": name, "day": 0, "ecog": ecog} for name, (*_, ecog, _) in patients.items() if ecog is not None
        ],
        exposures=[
            {"patient_id": name, "drug": "trastuzumab emtansine", "start": 0, "setting": "metastatic"}
            for name in patients
        ],
        assessments=[
            {"patient_id": "a1", "day": 9, "response": "PD"},
            {"patient_id": "b1", "day": 10, "response": "PR"},
        ],
    )


def cohort(patients=PATIENTS, groups=("A", "B"), reference="B"):
    """Return the cohort of those records."""
    frame = pl.DataFrame(
        {
            "patient_id": list(patients),
            "time_zero": [0] * len(patients),
            "group": [values[0] for values in patients.values()],
            "row": [f"exposures:{i}" for i in range(2, 2 + len(patients))],
            "entry": [0] * len(patients),
        },
        schema_overrides={"time_zero": pl.Int32, "entry": pl.Int32},
    )
    return Cohort(frame, groups, reference, (), ClockGuard(0, tuple((g, 0.0) for g in groups), ""))
