"""Every endpoint that comes with the program, on patients whose dates are worked by hand.

Time zero is day 100 for everybody. Each expected value is (days, outcome, rule, row of the day, row of the cause).
"""

import pytest

from sequela.derive.endpoint_files import PROFILES, changed
from sequela.derive.endpoint_times import time_to_event
from sequela.records.bundle import Kind, Records

from ..hand_made import at
from .histories import given, table

ZERO = 100
RAD, CLIN = {"basis": "radiologic"}, {"basis": "clinical"}

# patient: (patients row, exposures, assessments); the drugs of a line end with a reason or not at all.
WARD = {
    # Progression on imaging on day 170, then another drug, progression again and a third drug.
    "three lines": (
        {"death": 700},
        [
            given("T-DM1", 100, 165),
            given("lapatinib", 185, 290),
            given("capecitabine", 185, 290),
            given("vinorelbine", 330, 400),
        ],
        [(90, "SD", RAD), (160, "SD", RAD), (170, "PD", RAD), (190, "PD", RAD), (300, "PD", CLIN)],
    ),
    # Stopped for toxicity on day 180, another drug on day 200 without progression, clinical progression on day 260.
    "toxicity": (
        {"last_contact": 500},
        [given("T-DM1", 100, 180, reason="toxicity"), given("lapatinib", 200, 400)],
        [(95, "SD", RAD), (150, "PR", RAD), (195, "PR", CLIN), (260, "PD", CLIN)],
    ),
    # Progression on imaging long after the last image: 250 days.
    "gap": ({"last_contact": 500}, [given("T-DM1", 100, 420)], [(100, "SD", RAD), (150, "SD", RAD), (400, "PD", RAD)]),
    # The physician stopped for progression; nobody wrote an assessment.
    "claim": (
        {"last_contact": 350},
        [given("T-DM1", 100, 230, reason="progression")],
        [(80, "SD", RAD), (200, "SD", RAD)],
    ),
    # Died on day 190 without any assessment after the start.
    "early death": ({"death": 190}, [given("T-DM1", 100, 163)], [(99, "SD", RAD)]),
    # Still on treatment when the records end; the only progression is from the first two weeks. No baseline.
    "under way": ({"last_contact": 320}, [given("T-DM1", 100, 310)], [(110, "PD", CLIN), (270, "SD", RAD)]),
}


def bundle(ward=WARD):
    tables = {"patients": [], "exposures": [], "assessments": [], "diagnoses": []}
    for name, (about, drugs, seen) in ward.items():
        one = {"patient_id": name}
        tables["patients"].append(one | about)
        tables["exposures"] += [one | drug for drug in drugs]
        tables["assessments"] += [one | {"day": day, "response": what} | basis for day, what, basis in seen]
        tables["diagnoses"].append(one | {"day": 95, "kind": "metastatic"})
    return Records({name: table(name, rows) for name, rows in tables.items()}, kind=Kind.TRANSCRIBED)


ROW = {}
for _number, _key in enumerate(((name, day) for name, (_, _, seen) in WARD.items() for day, _, _ in seen), start=2):
    ROW[_key] = f"assessments:{_number}"
DRUG = {}
for _number, _key in enumerate(
    ((name, drug["drug"]) for name, (_, drugs, _) in WARD.items() for drug in drugs), start=2
):
    DRUG[_key] = f"exposures:{_number}"
PERSON = {name: f"patients:{number}" for number, name in enumerate(WARD, start=2)}


def event(days, rule, row):
    return (days, "event", rule, row, row)


def censored(days, rule, row=None, cause=None):
    return (days, "censored", rule, row, cause)


EXPECTED = {
    "os": {
        "three lines": event(600, "E1", PERSON["three lines"]),
        "toxicity": censored(400, "C1", PERSON["toxicity"]),
        "early death": event(90, "E1", PERSON["early death"]),
    },
    "pfs.ema": {
        "three lines": event(70, "E1", ROW["three lines", 170]),
        "toxicity": event(160, "E1", ROW["toxicity", 260]),
        "gap": event(300, "E1", ROW["gap", 400]),
        "claim": censored(100, "C1", ROW["claim", 200]),
        "early death": event(90, "E2", PERSON["early death"]),
        "under way": event(10, "E1", ROW["under way", 110]),
    },
    "pfs.fda_a": {
        "three lines": event(70, "E1", ROW["three lines", 170]),
        # The image of day 150 is the last before the new drug of day 200; the one of day 195 was no image.
        "toxicity": censored(50, "C2", ROW["toxicity", 150], DRUG["toxicity", "lapatinib"]),
        "gap": censored(50, "C3", ROW["gap", 150], ROW["gap", 400]),
        "claim": censored(100, "C4", ROW["claim", 200]),
        "early death": event(90, "E2", PERSON["early death"]),
        "under way": censored(0, "C1"),
    },
    "pfs.fda_b": {
        # Day 70 is 14 days before the visit of day 84, which it belongs to.
        "three lines": event(84, "E1", ROW["three lines", 170]),
        # Day 50 lies between the visits of days 0 and 84.
        "toxicity": censored(0, "C2", ROW["toxicity", 150], DRUG["toxicity", "lapatinib"]),
        "gap": censored(0, "C3", ROW["gap", 150], ROW["gap", 400]),
        "claim": censored(84, "C4", ROW["claim", 200]),
        "early death": event(90, "E2", PERSON["early death"]),
        "under way": censored(0, "C1"),
    },
    "pfs.fda_c": {
        "three lines": event(84, "E1", ROW["three lines", 170]),
        # The assessment of day 95 after the start is the last before the new drug and belongs to the visit of day 84.
        "toxicity": censored(84, "C2", ROW["toxicity", 195], DRUG["toxicity", "lapatinib"]),
        # Day 300 is past the window of the visit of day 252, so the next one, of day 336.
        "gap": event(336, "E1", ROW["gap", 400]),
        "claim": event(130, "E2", DRUG["claim", "T-DM1"]),
        "early death": event(90, "E3", PERSON["early death"]),
        "under way": censored(0, "C1"),
    },
    "rwpfs": {
        "three lines": event(70, "E1", ROW["three lines", 170]),
        "toxicity": event(160, "E2", ROW["toxicity", 260]),
        "claim": censored(100, "C1", ROW["claim", 200]),
        "early death": event(90, "E4", PERSON["early death"]),
        "under way": censored(170, "C1", ROW["under way", 270]),
    },
    "ttp": {
        "three lines": event(70, "E1", ROW["three lines", 170]),
        "claim": censored(100, "C1", ROW["claim", 200]),
        "early death": (90, "competing", "O1", PERSON["early death"], PERSON["early death"]),
    },
    "ttp.noda_2019": {
        "three lines": event(70, "E1", ROW["three lines", 170]),
        "toxicity": censored(160, "C1", ROW["toxicity", 260]),
        "early death": censored(0, "C2"),
    },
    "ttnt": {
        # Two drugs of one day: the row is that of the first in the alphabet.
        "three lines": event(85, "E1", DRUG["three lines", "capecitabine"]),
        "toxicity": event(100, "E1", DRUG["toxicity", "lapatinib"]),
        "claim": censored(250, "C1", PERSON["claim"]),
        "early death": event(90, "E2", PERSON["early death"]),
        "under way": censored(220, "C1", PERSON["under way"]),
    },
    "ttd": {
        "three lines": event(65, "E1", DRUG["three lines", "T-DM1"]),
        "toxicity": event(80, "E1", DRUG["toxicity", "T-DM1"]),
        # 80 days from the last administration to the last contact: not yet a gap of 120.
        "gap": censored(320, "C1", DRUG["gap", "T-DM1"]),
        # 120 days from the last administration to the last contact.
        "claim": event(130, "E1", DRUG["claim", "T-DM1"]),
        "early death": event(63, "E1", DRUG["early death", "T-DM1"]),
        "under way": censored(210, "C1", DRUG["under way", "T-DM1"]),
    },
    "ttf": {
        "three lines": event(70, "E1", ROW["three lines", 170]),
        "toxicity": event(80, "E3", DRUG["toxicity", "T-DM1"]),
        "claim": censored(130, "C1", DRUG["claim", "T-DM1"]),
        "early death": event(90, "E2", PERSON["early death"]),
    },
    "ttf.sepher_2020": {
        "toxicity": event(80, "E2", DRUG["toxicity", "T-DM1"]),
        "claim": censored(250, "C1", PERSON["claim"]),
        "early death": event(90, "E3", PERSON["early death"]),
        "under way": event(10, "E1", ROW["under way", 110]),
    },
    "pfs2.ema": {
        # The one after 5 days of the next line is the first progression, written down late; the second is of day 300.
        "three lines": event(200, "E1", ROW["three lines", 300]),
        "toxicity": event(160, "E1", ROW["toxicity", 260]),
        "gap": censored(300, "C1", ROW["gap", 400]),
        "claim": censored(100, "C1", ROW["claim", 200]),
        "early death": event(90, "E4", PERSON["early death"]),
    },
    "dor": {
        # Responded on day 150; the clinical progression of day 260 ends it.
        "toxicity": event(110, "E1", ROW["toxicity", 260]),
    },
    "dor.confirmed": {
        # The response of day 195, 45 days later and before the next line, confirms that of day 150.
        "toxicity": event(110, "E1", ROW["toxicity", 260]),
    },
    "pfs_line_1": {
        "three lines": event(70, "E1", ROW["three lines", 170]),
        "toxicity": censored(95, "C1", ROW["toxicity", 195], DRUG["toxicity", "lapatinib"]),
        "claim": censored(100, "C2", ROW["claim", 200]),
        "under way": censored(170, "C2", ROW["under way", 270]),
    },
    "pfs_line_2": {
        "three lines": event(115, "E1", ROW["three lines", 300]),
        "toxicity": event(60, "E1", ROW["toxicity", 260]),
        "claim": (None, "not reached", None, None, None),
    },
}


def values(records, endpoint, zero=None):
    found = time_to_event(records, at(**dict.fromkeys(WARD, ZERO)) if zero is None else zero, endpoint)
    return {
        row["patient_id"]: (
            row["days"],
            row["outcome"],
            row["rule"].rpartition(" ")[2] if row["rule"] else None,
            row["row"],
            row["cause"],
        )
        for row in found.to_dicts()
    }


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_value_by_hand(name):
    found = values(bundle(), PROFILES[name])
    assert {patient: found[patient] for patient in EXPECTED[name]} == EXPECTED[name]


def test_every_endpoint_is_worked_by_hand():
    assert set(PROFILES) - set(EXPECTED) == {"ttf.sepher_2020_literal"}, "worked below, with a calendar"


def test_pfs_of_the_second_line_is_not_the_pfs2_of_the_ema():
    assert EXPECTED["pfs_line_2"]["three lines"] != EXPECTED["pfs2.ema"]["three lines"]
    assert PROFILES["pfs_line_2"].start == "line 2" and PROFILES["pfs2.ema"].start == "time zero"


def test_a_new_therapy_may_be_an_event_or_be_ignored():
    as_event = values(bundle(), changed(PROFILES["pfs.fda_c"], {"next_line": "event"}))
    assert as_event["toxicity"] == event(100, "E4", DRUG["toxicity", "lapatinib"])
    ignored = values(bundle(), changed(PROFILES["pfs.fda_a"], {"next_line": "ignored"}))
    assert ignored["toxicity"] == censored(50, "C3", ROW["toxicity", 150])
    loose = values(bundle(), changed(PROFILES["pfs.fda_a"], {"missed_days": 250}))
    assert loose["gap"] == event(300, "E1", ROW["gap", 400])
    strict = values(bundle(), changed(PROFILES["pfs.fda_a"], {"missed_days": 249}))
    assert strict["gap"] == censored(50, "C3", ROW["gap", 150], ROW["gap", 400])
