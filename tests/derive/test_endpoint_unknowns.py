"""What is not known never makes a patient event-free: he has no value, and the reason is kept."""

import datetime
from dataclasses import replace

import polars as pl
import pytest

from sequela.derive.endpoint_files import PROFILES
from sequela.derive.endpoint_parts import DEAD_BEFORE, LOST_ROWS, NO_CALENDAR, NO_LINE, NOT_REACHED
from sequela.derive.endpoint_times import time_to_event
from sequela.records.bundle import INCOMPLETE_SCHEMA

from ..hand_made import at, records

SEEN = [{"patient_id": "p", "day": 50, "response": "SD"}]
GIVEN = [{"patient_id": "p", "drug": "T-DM1", "start": 0, "stop": 80, "setting": "metastatic"}]


def one(endpoint, about=None, day=0, **tables):
    person = {"patient_id": "p", "last_contact": 400} | (about or {})
    return time_to_event(records(patients=[person], **tables), at(p=day), PROFILES[endpoint]).row(0, named=True)


def lost(table):
    bundle = records(patients=[{"patient_id": "p", "last_contact": 400}], assessments=SEEN, exposures=GIVEN)
    gone = pl.DataFrame({"patient_id": ["p"], "table": [table]}, schema=INCOMPLETE_SCHEMA)
    return replace(bundle, incomplete=gone)


@pytest.mark.parametrize(
    ("table", "endpoint", "known"),
    [
        ("assessments", "pfs.ema", False),
        ("assessments", "os", True),
        ("assessments", "ttnt", True),
        ("exposures", "ttnt", False),
        ("exposures", "pfs.fda_a", False),
        ("exposures", "pfs.ema", True),
        ("exposures", "pfs_line_1", False),
        ("biomarkers", "pfs.fda_a", True),
    ],
)
def test_refused_rows_make_what_rests_on_them_undecidable(table, endpoint, known):
    value = time_to_event(lost(table), at(p=0), PROFILES[endpoint]).row(0, named=True)
    assert (value["days"] is not None) is known
    assert (value["outcome"], value["reason"]) == ("not decidable", LOST_ROWS) or known


def test_a_death_before_the_start_contradicts_it():
    value = one("os", {"death": 90, "last_contact": None}, day=100)
    assert (value["days"], value["event"], value["outcome"]) == (None, None, "not decidable")
    assert value["reason"] == DEAD_BEFORE
    assert one("os", {"death": 100, "last_contact": None}, day=100)["days"] == 0


def test_without_a_line_under_way_nothing_is_known_of_the_next():
    assert one("ttnt", assessments=SEEN)["reason"] == NO_LINE
    assert one("pfs.ema", assessments=SEEN)["days"] == 50


def test_a_start_that_is_never_reached_is_counted_apart():
    for endpoint in ("pfs_line_2", "dor"):
        value = one(endpoint, assessments=SEEN, exposures=GIVEN)
        assert (value["outcome"], value["reason"], value["start"]) == ("not reached", NOT_REACHED, None)


def test_loss_to_follow_up_needs_a_calendar():
    assert one("ttf.sepher_2020_literal", assessments=SEEN, exposures=GIVEN)["reason"] == NO_CALENDAR


@pytest.mark.parametrize(("days_before_the_end", "event"), [(183, False), (184, True)])
def test_lost_is_who_was_not_seen_for_half_a_year_before_the_records_end(days_before_the_end, event):
    origin = datetime.date(2015, 1, 1)
    end = origin + datetime.timedelta(days=400 + days_before_the_end - 30)
    people = [
        {"patient_id": "p", "origin_date": origin, "last_contact": 400},
        {"patient_id": "q", "origin_date": end, "death": 30},
    ]
    bundle = records(patients=people, assessments=SEEN, exposures=GIVEN)
    value = time_to_event(bundle, at(p=0), PROFILES["ttf.sepher_2020_literal"]).row(0, named=True)
    assert (value["days"], value["event"]) == (400, event)
    assert value["rule"].endswith("E4" if event else "C1") and value["row"] == "patients:2"


def test_a_response_of_one_organ_or_after_progression_starts_no_duration():
    organ = [{"patient_id": "p", "day": 40, "response": "PR", "organ": "skin"}]
    late = [{"patient_id": "p", "day": 40, "response": "PD"}, {"patient_id": "p", "day": 60, "response": "PR"}]
    for seen in (organ, late):
        assert one("dor", assessments=seen, exposures=GIVEN)["outcome"] == "not reached"
    answered = [{"patient_id": "p", "day": 40, "response": "PR"}, {"patient_id": "p", "day": 130, "response": "PD"}]
    assert one("dor", assessments=answered, exposures=GIVEN)["days"] == 90


def test_an_assessment_that_could_not_be_evaluated_is_neither_a_baseline_nor_a_last_one():
    seen = [{"patient_id": "p", "day": -3, "response": "NE", "basis": "radiologic"}]
    assert one("pfs.fda_a", assessments=seen, exposures=GIVEN)["rule"] == "pfs.fda_a C1"
    baseline = [{"patient_id": "p", "day": -28, "method": "CT"}]
    later = [{"patient_id": "p", "day": day, "response": r, "method": "CT"} for day, r in ((60, "SD"), (90, "NE"))]
    assert one("pfs.fda_a", assessments=baseline + later, exposures=GIVEN)["days"] == 60
    early = [{"patient_id": "p", "day": -29, "method": "CT"}]
    assert one("pfs.fda_a", assessments=early + later, exposures=GIVEN)["days"] == 0


def test_nobody_is_lost_from_the_table():
    empty = records(patients=[]).tables["patients"]
    assert time_to_event(records(patients=[]), at(), PROFILES["pfs.fda_b"]).height == empty.height == 0
