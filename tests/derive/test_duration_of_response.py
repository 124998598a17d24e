"""Duration of response: one choice of what a response is, the same for the endpoint and for the best response."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.derive.best_response import ResponseRules
from sequela.derive.endpoint_files import PROFILES, changed
from sequela.derive.endpoint_times import time_to_event
from sequela.derive.response import best_response

from ..hand_made import at, records

PATIENTS = [{"patient_id": "A", "last_contact": 900}]
GIVEN = [{"patient_id": "A", "drug": "T-DM1", "start": 0, "stop": 400}]
NOBODY = pl.DataFrame(schema={"patient_id": pl.String, "day": pl.Int32})


def course(text, **more):
    """Return the records of one patient from a course such as `40 PR, 100 SD`."""
    seen = [{"patient_id": "A", "day": int(day), "response": what} for day, what in map(str.split, text.split(", "))]
    return records(patients=PATIENTS, assessments=seen, exposures=[*GIVEN, *more.get("drugs", [])])


def lasted(of, endpoint="dor", **settings):
    profile = changed(PROFILES[endpoint], settings, endpoint) if settings else PROFILES[endpoint]
    found = time_to_event(of, at(A=0), profile).row(0, named=True)
    return found["start"], found["days"], found["outcome"], found["row"]


@pytest.mark.parametrize(
    ("text", "unconfirmed", "confirmed"),
    [
        # One response, never seen again: 40 to 160, or none.
        ("40 PR, 100 SD, 160 PD", (40, 120, "event", "assessments:4"), (None, None, "not reached", None)),
        # Seen again after 60 days: both the same.
        ("40 PR, 100 PR, 160 PD", (40, 120, "event", "assessments:4"), (40, 120, "event", "assessments:4")),
        # Seen again after 20 days, which confirm nothing; after 80 days the third does.
        (
            "40 PR, 60 PR, 120 CR, 150 SD",
            (40, 110, "censored", "assessments:5"),
            (40, 110, "censored", "assessments:5"),
        ),
        # The first is lost in between; the second is confirmed, and the clock starts there.
        (
            "40 PR, 80 SD, 120 PR, 160 PR, 200 PD",
            (40, 160, "event", "assessments:6"),
            (120, 80, "event", "assessments:6"),
        ),
        # Two results of one day: the worse counts, so the response is that of day 100.
        ("40 PR, 40 SD, 100 PR, 200 PD", (100, 100, "event", "assessments:5"), (None, None, "not reached", None)),
    ],
)
def test_by_hand(text, unconfirmed, confirmed):
    assert lasted(course(text)) == unconfirmed
    assert lasted(course(text), "dor.confirmed") == confirmed
    assert lasted(course(text), "dor", start="first confirmed response") == confirmed


def test_how_long_a_confirmation_takes_can_be_changed():
    of = course("40 PR, 60 PR, 120 PD")
    assert lasted(of, "dor.confirmed")[2] == "not reached"
    assert lasted(of, "dor.confirmed", confirmation_days=14) == (40, 80, "event", "assessments:4")


def test_a_confirmation_under_the_next_line_is_none():
    of = course("40 PR, 100 PR, 160 PD", drugs=[{"patient_id": "A", "drug": "lapatinib", "start": 60, "stop": 300}])
    assert lasted(of)[1] == 120 and lasted(of, "dor.confirmed")[2] == "not reached"


visits = st.lists(
    st.tuples(st.integers(1, 300), st.sampled_from(["CR", "PR", "SD", "PD", "NE", "NON-CR/NON-PD"])),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=50)
@given(visits, st.booleans())
def test_the_endpoint_and_the_best_response_are_one(seen, confirmed):
    of = records(
        patients=PATIENTS,
        assessments=[{"patient_id": "A", "day": day, "response": what} for day, what in seen],
        exposures=GIVEN,
    )
    start, days, outcome, _ = lasted(of, "dor.confirmed" if confirmed else "dor")
    best = best_response(of, at(A=0), NOBODY, ResponseRules(confirmed=confirmed)).row(0, named=True)
    assert (start, days) == (best["response_days"], best["lasted_days"])
    assert {"event": True, "censored": False, "not reached": None}[outcome] == best["lasted_event"]
    assert best["responded"] == (outcome != "not reached")
