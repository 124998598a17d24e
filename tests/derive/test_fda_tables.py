"""The three tables of the FDA guidance (2018, appendix 3), situation by situation, each cell worked by hand.

Treatment begins on day 0 after an image of day -5; visits are due every 84 days, and an assessment within 14 days
of a visit belongs to it. Two missed visits are a gap of 2 x 84 + 14 = 182 days.
"""

import pytest

from sequela.derive.endpoint_files import PROFILES, changed
from sequela.derive.endpoint_times import time_to_event

from ..hand_made import at, records

IMAGE = {"basis": "radiologic"}
BASELINE = (-5, "SD", IMAGE)


def one(seen, *, stop=400, reason=None, death=None, next_drug=None):
    """Return the records of patient A: assessments (day, response, basis), the course, the death, a later drug."""
    drugs = [{"patient_id": "A", "drug": "T-DM1", "start": 0, "stop": stop, "reason_stopped": reason}]
    if next_drug is not None:
        drugs.append({"patient_id": "A", "drug": "lapatinib", "start": next_drug, "stop": next_drug + 100})
    visits = [{"patient_id": "A", "day": day, "response": what} | basis for day, what, basis in seen]
    person = {"patient_id": "A", "death": death, "last_contact": None if death else 500}
    known = [{"patient_id": "A", "day": -20, "kind": "metastatic"}]
    return records(patients=[person], exposures=drugs, assessments=visits, diagnoses=known)


SITUATIONS = {
    # name: (records, table A, table B, table C), each (days, event).
    "no baseline assessment": (one([(84, "SD", IMAGE), (168, "PD", IMAGE)]), (0, False), (0, False), (0, False)),
    "progression between visits": (
        one([BASELINE, (84, "SD", IMAGE), (120, "PD", IMAGE)]),
        (120, True),
        (168, True),
        (168, True),
    ),
    "no progression": (
        one([BASELINE, (84, "SD", IMAGE), (170, "SD", IMAGE)]),
        (170, False),
        (168, False),
        (168, False),
    ),
    "stopped for progression that nothing documents": (
        one([BASELINE, (84, "SD", IMAGE)], stop=130, reason="progression"),
        (84, False),
        (84, False),
        (130, True),
    ),
    "clinical progression only": (
        one([BASELINE, (84, "SD", IMAGE), (150, "PD", {"basis": "clinical"})]),
        (84, False),
        (84, False),
        (168, True),
    ),
    "stopped for toxicity": (
        one([BASELINE, (84, "SD", IMAGE), (168, "SD", IMAGE)], stop=100, reason="toxicity"),
        (168, False),
        (168, False),
        (168, False),
    ),
    "another drug before progression": (
        one([BASELINE, (84, "SD", IMAGE), (168, "PD", IMAGE)], stop=90, next_drug=100),
        (84, False),
        (84, False),
        (84, False),
    ),
    "death before the first assessment": (one([BASELINE], stop=50, death=60), (60, True), (60, True), (60, True)),
    "death between visits": (
        one([BASELINE, (84, "SD", IMAGE), (168, "SD", IMAGE)], stop=190, death=200),
        (200, True),
        (200, True),
        (200, True),
    ),
    "death 182 days after the last assessment": (
        one([BASELINE, (84, "SD", IMAGE)], stop=260, death=266),
        (266, True),
        (266, True),
        (266, True),
    ),
    "death after two missed visits": (
        one([BASELINE, (84, "SD", IMAGE)], stop=260, death=267),
        (84, False),
        (84, False),
        (267, True),
    ),
    "progression after two missed visits": (
        one([BASELINE, (84, "SD", IMAGE), (300, "PD", IMAGE)]),
        (84, False),
        (84, False),
        # Past the window of the visit of day 252, so it counts at that of day 336.
        (336, True),
    ),
}


@pytest.mark.parametrize("letter", ["a", "b", "c"])
@pytest.mark.parametrize("name", SITUATIONS)
def test_each_cell(name, letter):
    of, *cells = SITUATIONS[name]
    found = time_to_event(of, at(A=0), PROFILES[f"pfs.fda_{letter}"]).row(0, named=True)
    assert (found["days"], found["event"]) == cells["abc".index(letter)]


def test_another_drug_as_an_event_of_table_c():
    of, *_ = SITUATIONS["another drug before progression"]
    variant = changed(PROFILES["pfs.fda_c"], {"next_line": "event"})
    found = time_to_event(of, at(A=0), variant).row(0, named=True)
    assert (found["days"], found["event"], found["row"]) == (100, True, "exposures:3")


def test_the_ema_counts_them_all():
    expected = {
        "no baseline assessment": (168, True),
        "another drug before progression": (168, True),
        "death after two missed visits": (267, True),
        "progression after two missed visits": (300, True),
        "clinical progression only": (150, True),
        "stopped for toxicity": (168, False),
    }
    for name, cell in expected.items():
        found = time_to_event(SITUATIONS[name][0], at(A=0), PROFILES["pfs.ema"]).row(0, named=True)
        assert (found["days"], found["event"]) == cell, name
