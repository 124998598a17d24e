"""Covariates as of time zero, each worked by hand, and never from what came after."""

import pytest

from sequela.derive.baseline import COVARIATES, covariate_named, drug_or_class
from sequela.derive.covariate import DEFAULT_DEFINITIONS
from sequela.records.drugs import default_vocabulary

from ..hand_made import at, records

TRASTUZUMAB_COURSES = [
    {"patient_id": "a", "drug": "trastuzumab", "start": 0, "stop": 100, "setting": "metastatic"},
    {"patient_id": "a", "drug": "docetaxel", "start": 0, "stop": 100, "setting": "metastatic"},
    {"patient_id": "a", "drug": "trastuzumab", "start": 50, "stop": 160, "setting": "metastatic"},
    {"patient_id": "a", "drug": "pertuzumab", "start": 150, "stop": 170, "setting": "metastatic"},
    {"patient_id": "a", "drug": "trastuzumab", "start": 200, "stop": 300, "setting": "metastatic"},
    {"patient_id": "b", "drug": "letrozole", "start": 0, "stop": 400, "setting": "metastatic"},
    {"patient_id": "c", "drug": "unheardofmab", "start": 0, "stop": 50, "setting": "metastatic"},
    {"patient_id": "d", "drug": "pertuzumab", "start": None, "setting": "early"},
]
PATIENTS = [
    {"patient_id": "a", "birth_day": -20000, "sex": "female", "centre": "north", "last_contact": 900},
    {"patient_id": "b", "age_at_origin": 50.5, "last_contact": 900},
    {"patient_id": "c", "last_contact": 900},
    {"patient_id": "d", "last_contact": 900},
]
BUNDLE = records(
    patients=PATIENTS,
    exposures=TRASTUZUMAB_COURSES,
    diagnoses=[
        {"patient_id": "a", "day": -80, "kind": "primary"},
        {"patient_id": "a", "day": 0, "kind": "metastatic"},
        {"patient_id": "b", "day": -91, "kind": "primary"},
        {"patient_id": "b", "day": 0, "kind": "metastatic"},
        {"patient_id": "c", "day": 0, "kind": "metastatic"},
    ],
    performance=[
        {"patient_id": "a", "day": 200, "ecog": 0},
        {"patient_id": "a", "day": 250, "ecog": 1},
        {"patient_id": "a", "day": 260, "ecog": 2},
        {"patient_id": "b", "day": 100, "ecog": 1},
    ],
)
ZERO = at(a=255, b=255, c=255, d=255)


def values(name, days=ZERO, bundle=BUNDLE):
    found = covariate_named(name).derive(bundle, days, DEFAULT_DEFINITIONS)
    assert found["patient_id"].to_list() == days["patient_id"].to_list()
    return found["value"].to_list()


def test_age_is_completed_years_on_the_day():
    assert values("age", at(a=255, b=255, c=255)) == [55.0, 51.0, None]  # 20255/365.25 = 55.46; 50.5 + 0.70
    assert values("age", at(b=182)) == [50.0]
    assert values("age", at(b=183)) == [51.0]  # 50.5 + 183/365.25 = 51.001


def test_performance_status_is_the_last_within_ninety_days():
    assert values("ecog") == ["1", None, None, None]
    assert values("ecog", at(a=260, b=190)) == ["2", "1"]
    assert values("ecog", at(b=191)) == [None]


def test_duration_counts_each_covered_day_once_and_stops_at_time_zero():
    # trastuzumab: 0-160 is 160 days, 200-255 is 55: 215 days. HER2: pertuzumab reaches 170, so 170 + 55 = 225.
    months = 30.4375
    assert values("duration of trastuzumab") == pytest.approx([215 / months, None, None, None], nan_ok=True)
    assert values("duration_of_her2_therapy")[0] == pytest.approx(225 / months)
    assert values("duration of trastuzumab", at(a=120))[0] == pytest.approx(120 / months)


def test_received_before_time_zero_and_not_later():
    assert values("received pertuzumab") == ["yes", "no", None, "yes"]
    assert values("received pertuzumab", at(a=150)) == ["no"]
    assert values("received pertuzumab", at(a=151)) == ["yes"]
    assert values("received HER2 antibody", at(a=1, b=1)) == ["yes", "no"]


def test_an_unknown_drug_is_never_naive():
    assert values("received trastuzumab", at(c=255)) == [None]
    assert values("received trastuzumab", at(c=0)) == ["no"]


def test_de_novo_within_ninety_days_of_the_primary():
    assert values("de_novo") == ["yes", "no", None, None]


def test_prior_lines_begin_before_time_zero():
    assert values("prior_lines", at(a=0, b=1)) == [0.0, 1.0]
    assert values("prior_chemotherapy_lines", at(a=1, b=1)) == [1.0, 0.0]


def test_the_first_line_held_until_its_first_progression_and_no_later_one_counts():
    progressed = [{"patient_id": "a", "day": day, "response": "PD"} for day in (-5, 180, 240)]
    bundle = records(patients=PATIENTS, exposures=TRASTUZUMAB_COURSES, assessments=progressed)
    assert values("first_line_pfs", at(a=255), bundle) == pytest.approx([180 / 30.4375])
    assert values("first_line_pfs", at(a=179, b=300), bundle) == [None, None]


def test_recorded_properties():
    assert values("sex") == ["female", None, None, None]
    assert values("centre") == ["north", None, None, None]


@pytest.mark.parametrize("covariate", COVARIATES.values(), ids=lambda c: c.name)
def test_every_covariate_is_named_defined_and_derivable_for_patients_without_records(covariate):
    assert covariate.label and covariate.definition
    empty = records(patients=PATIENTS)
    assert len(values(covariate.name, ZERO, empty)) == 4


@pytest.mark.parametrize(
    "name", ["recieved trastuzumab", "received", "received nothing at all", "duration of", "hight"]
)
def test_a_name_that_is_none(name):
    assert covariate_named(name) is None


def test_drugs_classes_and_brands():
    vocabulary = default_vocabulary()
    assert drug_or_class("Perjeta", vocabulary) == "pertuzumab"
    assert drug_or_class("her2 ANTIBODY", vocabulary) == "HER2 antibody"
    assert drug_or_class("Kadcyla", vocabulary) == "trastuzumab emtansine"
    assert drug_or_class("Phesgo", vocabulary) is None


def test_the_row_that_gave_the_value_is_named():
    found = covariate_named("ecog").derive(BUNDLE, ZERO, DEFAULT_DEFINITIONS)
    assert found["row"].to_list()[0] == "performance:3"
    found = covariate_named("received pertuzumab").derive(BUNDLE, ZERO, DEFAULT_DEFINITIONS)
    assert found["row"].to_list()[:2] == ["exposures:5", None]
