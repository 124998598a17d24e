"""A clock that starts before the event that put a patient in the cohort is found, and only that."""

import pytest

from sequela.study.cohort import build_cohort
from tests.hand_made import records

from .studies import flagship_records, patients, study

GROUPS = {"P": "received pertuzumab before first trastuzumab emtansine", "T": "otherwise"}


def test_survival_from_metastatic_diagnosis_among_those_who_reached_the_drug():
    # Day 0 is the metastatic diagnosis; T-DM1 starts at 300 and 100; everyone is followed to day 1000.
    of = patients(
        metastatic=0,
        p=[("pertuzumab", 10), ("T-DM1", 300)],
        t=[("docetaxel", 10), ("T-DM1", 100)],
        never=[("docetaxel", 5)],
    )
    asked = study(["received trastuzumab emtansine"], GROUPS, time_zero="metastatic diagnosis")
    cohort = build_cohort(asked, of)
    assert cohort.guard.late == 2
    assert cohort.guard.guaranteed_share == (("P", 0.3), ("T", 0.1))
    assert cohort.guard.reason == (
        "First trastuzumab emtansine, which defines cohort entry, lies after time zero (metastatic diagnosis) "
        "in 2 of 2 patients; 30% of the follow-up of P and 10% of the follow-up of T were guaranteed "
        "(no death possible). A comparison from metastatic diagnosis is not valid. "
        "Set 'time_zero: first trastuzumab emtansine'."
    )
    assert cohort.patients.select("patient_id", "entry").rows() == [("p", 300), ("t", 100)]


def test_the_remedy_stops_the_clock_from_being_late():
    of = patients(metastatic=0, p=[("pertuzumab", 10), ("T-DM1", 300)], t=[("docetaxel", 10), ("T-DM1", 100)])
    asked = study(["metastatic", "received trastuzumab emtansine"], GROUPS)
    cohort = build_cohort(asked, of)
    assert cohort.guard.late == 0 and cohort.guard.reason == ""
    assert cohort.guard.guaranteed_share == (("P", 0.0), ("T", 0.0))
    assert cohort.patients["entry"].to_list() == cohort.patients["time_zero"].to_list()


def test_a_group_defined_by_its_future():
    of = patients(p=[("T-DM1", 0), ("pertuzumab", 200)], t=[("T-DM1", 0)])
    cohort = build_cohort(study(groups={"P": "received pertuzumab", "T": "otherwise"}), of)
    assert cohort.guard.late == 1
    assert cohort.guard.guaranteed_share == (("P", 0.2), ("T", 0.0))
    assert "What decides 'received pertuzumab', which defines cohort entry" in cohort.guard.reason
    assert "Ask in the groups only for what was known at time zero" in cohort.guard.reason


def test_observation_that_begins_after_time_zero():
    rows = [
        {"patient_id": "a", "observed_from": 250, "death": 500},
        {"patient_id": "b", "observed_from": -5, "last_contact": 500},
    ]
    of = records(patients=rows, exposures=[{"patient_id": name, "drug": "T-DM1", "start": 0} for name in "ab"])
    guard = build_cohort(study(), of).guard
    assert guard.late == 1 and guard.guaranteed_share == (("All patients", 0.25),)
    assert guard.reason == (
        "The first day under observation, which defines cohort entry, lies after time zero "
        "(first trastuzumab emtansine) in 1 of 2 patients; 25% of the follow-up of All patients was guaranteed "
        "(no death possible). A comparison from first trastuzumab emtansine is not valid. "
        "Add 'observed at time zero' to the population."
    )
    cohort = build_cohort(study(["observed at time zero"]), of)
    assert cohort.guard.late == 0 and cohort.patients["patient_id"].to_list() == ["b"]


@pytest.mark.parametrize(
    ("criterion", "late"),
    [
        ("HER2 positive at any time", 1),
        ("liver metastasis at any time", 1),
        ("metastatic at any time", 1),
        ({"received": "docetaxel", "after": "time zero"}, 1),
        ({"received": "docetaxel", "within": "60 days of time zero"}, 1),
        ({"any": ["received trastuzumab before time zero", "received docetaxel"]}, 0),
        ({"all": ["received trastuzumab before time zero", "received docetaxel"]}, 1),
        ({"not": {"not": "received docetaxel"}}, 1),
        ("received trastuzumab", 0),
        ({"not": "received letrozole"}, 0),
    ],
)
def test_what_was_learnt_after_time_zero_makes_it_late(criterion, late):
    of = records(
        patients=[{"patient_id": "a", "last_contact": 500}],
        exposures=[
            {"patient_id": "a", "drug": "trastuzumab", "start": -30},
            {"patient_id": "a", "drug": "T-DM1", "start": 0},
            {"patient_id": "a", "drug": "docetaxel", "start": 40},
        ],
        biomarkers=[{"patient_id": "a", "day": 9, "marker": "HER2", "value": "positive"}],
        metastases=[{"patient_id": "a", "day": 9, "organ": "liver"}],
    )
    assert build_cohort(study([criterion]), of).guard.late == late


def test_the_flagship_from_metastatic_diagnosis_is_late_for_everyone():
    asked = study(["received trastuzumab emtansine"], time_zero="metastatic diagnosis")
    cohort = build_cohort(asked, flagship_records())
    assert cohort.guard.late == 52


def test_the_reason_names_the_criterion_that_is_late():
    of = patients(a=[("T-DM1", 0), ("docetaxel", 50)], b=[("T-DM1", 0), ("docetaxel", 100)])
    population = ["received trastuzumab emtansine", {"received": ["docetaxel"], "after": "time zero"}]
    assert build_cohort(study(population), of).guard.reason.startswith("First docetaxel, which defines cohort entry")


def test_follow_up_ends_at_death_and_entry_is_not_beyond_it():
    rows = [{"patient_id": "a", "last_contact": 300, "death": 400}]
    given = [{"patient_id": "a", "drug": "T-DM1", "start": 0}, {"patient_id": "a", "drug": "docetaxel", "start": 100}]
    guard = build_cohort(study(["received docetaxel"]), records(patients=rows, exposures=given)).guard
    assert guard.guaranteed_share == (("All patients", 0.25),)


def test_follow_up_of_nothing_guarantees_nothing():
    of = records(
        patients=[{"patient_id": "a", "last_contact": 0}],
        exposures=[
            {"patient_id": "a", "drug": "T-DM1", "start": 0},
            {"patient_id": "a", "drug": "docetaxel", "start": 9},
        ],
    )
    guard = build_cohort(study(["received docetaxel"]), of).guard
    assert guard.late == 1 and guard.guaranteed_share == (("All patients", 0.0),)


def test_groups_come_in_the_order_of_the_study():
    of = patients(a=[("T-DM1", 0), ("docetaxel", 5)], z=[("pertuzumab", -9), ("T-DM1", 0), ("docetaxel", 10)])
    guard = build_cohort(study(["received docetaxel"], {"P": "received pertuzumab", "T": "otherwise"}), of).guard
    assert [group for group, _ in guard.guaranteed_share] == ["P", "T"]
    assert "1% of the follow-up of P and 0% of the follow-up of T" in guard.reason
