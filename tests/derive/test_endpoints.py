"""Endpoints: each event and censoring worked by hand, with the row that decided it."""

import pytest

from sequela.derive.endpoint_files import PROFILES
from sequela.derive.endpoint_times import time_to_event

from ..hand_made import at, records

PATIENTS = [
    {"patient_id": "progressed", "last_contact": 400, "death": 500},
    {"patient_id": "died", "death": 210},
    {"patient_id": "alive", "last_contact": 300},
    {"patient_id": "unseen", "last_contact": 90},
    {"patient_id": "clinical", "death": 200},
    {"patient_id": "same day", "last_contact": 100},
]
ASSESSMENTS = [
    {"patient_id": "progressed", "day": 10, "response": "PD", "basis": "radiologic"},
    {"patient_id": "progressed", "day": 70, "response": "PR", "basis": "radiologic"},
    {"patient_id": "progressed", "day": 130, "response": "PD", "basis": "radiologic"},
    {"patient_id": "progressed", "day": 160, "response": "PD", "basis": "radiologic"},
    {"patient_id": "died", "day": 80, "response": "SD", "basis": "radiologic"},
    {"patient_id": "alive", "day": 75, "response": "SD", "method": "CT"},
    {"patient_id": "alive", "day": 250, "response": "NE", "method": "CT"},
    {"patient_id": "clinical", "day": 60, "response": "PD", "basis": "clinical"},
    {"patient_id": "clinical", "day": 120, "response": "PD", "method": "MRI of the liver"},
    {"patient_id": "same day", "day": 10, "response": "PD", "basis": "radiologic"},
]
EXPECTED = {
    "os": {
        "progressed": (490, True, "patients:2"),
        "died": (200, True, "patients:3"),
        "alive": (290, False, "patients:4"),
        "unseen": (80, False, "patients:5"),
        "clinical": (190, True, "patients:6"),
        "same day": (90, False, "patients:7"),
    },
    "pfs.ema": {
        "progressed": (120, True, "assessments:4"),
        "died": (200, True, "patients:3"),
        "alive": (65, False, "assessments:7"),
        "unseen": (0, False, None),
        "clinical": (50, True, "assessments:9"),
        "same day": (0, False, None),
    },
    "ttp.noda_2019": {
        "progressed": (120, True, "assessments:4"),
        "died": (70, False, "assessments:6"),
        "alive": (65, False, "assessments:7"),
        "unseen": (0, False, None),
        "clinical": (110, True, "assessments:10"),
        "same day": (0, False, None),
    },
}


@pytest.fixture
def bundle():
    return records(patients=PATIENTS, assessments=ASSESSMENTS)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_patient_by_hand(bundle, name):
    zero = at(**{row["patient_id"]: 10 for row in PATIENTS})
    found = time_to_event(bundle, zero, PROFILES[name])
    assert {r["patient_id"]: (r["days"], r["event"], r["row"]) for r in found.to_dicts()} == EXPECTED[name]
    assert {rule.split(" ")[0] for rule in found["rule"]} == {name}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_a_definition_is_printable_and_cited(profile):
    roles = [role for role, _ in profile.definition()]
    assert roles[0] == "starts at" and "event" in roles and "censored at" in roles
    assert profile.reference and profile.label


def test_a_death_on_the_day_of_time_zero_counts_and_a_progression_does_not(bundle):
    assert time_to_event(bundle, at(died=210), PROFILES["os"]).row(0)[2:4] == (0, True)
    assert time_to_event(bundle, at(progressed=130), PROFILES["pfs.ema"]).row(0)[2:4] == (30, True)


def test_moving_a_date_moves_the_time(bundle):
    moved = [dict(row) for row in ASSESSMENTS]
    moved[2]["day"] = 131
    zero = at(progressed=10)
    before = time_to_event(bundle, zero, PROFILES["pfs.ema"])["days"][0]
    after = time_to_event(records(patients=PATIENTS, assessments=moved), zero, PROFILES["pfs.ema"])["days"][0]
    assert after - before == 1
