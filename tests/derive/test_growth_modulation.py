"""The growth modulation index on patients worked by hand."""

import pytest

from sequela.derive.endpoint_files import PROFILES, changed
from sequela.derive.growth_modulation import NO_EARLIER, NOT_OBSERVED, growth_modulation
from sequela.records.bundle import Kind, Records

from ..hand_made import at
from .histories import given, table

RAD = {"basis": "radiologic"}
# First line from day 0, second from day 200; the first progression is on day 190, unless said otherwise.
WARD = {
    # 190 days, then 95 (progression on day 295): exactly a half.
    "halved": ({"last_contact": 500}, [(190, "PD"), (295, "PD")]),
    # 190 days, then 380: exactly two.
    "doubled": ({"last_contact": 700}, [(190, "PD"), (580, "PD")]),
    # 190 days, then stable to day 485: at least 1.5.
    "still held": ({"last_contact": 500}, [(190, "PD"), (485, "SD")]),
    # The first line was left without progression.
    "never seen": ({"last_contact": 500}, [(150, "SD"), (295, "PD")]),
    # Died on the second line after 285 days: one and a half.
    "died": ({"death": 485}, [(190, "PD")]),
}


def bundle(only_second=()):
    tables = {"patients": [], "exposures": [], "assessments": [], "diagnoses": []}
    for name, (about, seen) in WARD.items():
        one = {"patient_id": name}
        tables["patients"].append(one | about)
        drugs = [given("docetaxel", 0, 180), given("T-DM1", 200, 440)][name in only_second :]
        tables["exposures"] += [one | drug for drug in drugs]
        tables["assessments"] += [one | {"day": day, "response": what} | RAD for day, what in seen]
        tables["diagnoses"].append(one | {"day": -5, "kind": "metastatic"})
    return Records({name: table(name, rows) for name, rows in tables.items()}, kind=Kind.TRANSCRIBED)


def found(records, **how):
    rows = growth_modulation(records, at(**dict.fromkeys(WARD, 200)), **how)
    return {row["patient_id"]: row for row in rows.to_dicts()}


@pytest.mark.parametrize(
    ("patient", "earlier", "days", "index", "event"),
    [
        ("halved", 190, 95, 0.5, True),
        ("doubled", 190, 380, 2.0, True),
        ("still held", 190, 285, 1.5, False),
        ("died", 190, 285, 1.5, True),
    ],
)
def test_each_index_is_later_by_earlier(patient, earlier, days, index, event):
    value = found(bundle())[patient]
    assert (value["earlier_days"], value["days"], value["index"], value["event"]) == (earlier, days, index, event)
    assert value["earlier_row"].startswith("assessments:")


def test_an_index_needs_an_observed_earlier_time_and_an_earlier_line():
    unseen = found(bundle())["never seen"]
    assert (unseen["index"], unseen["outcome"], unseen["reason"]) == (None, "not decidable", NOT_OBSERVED)
    first = found(bundle(only_second=("halved",)))["halved"]
    assert (first["index"], first["outcome"], first["reason"]) == (None, "not reached", NO_EARLIER)


def test_both_lines_are_measured_by_the_same_endpoint():
    # Counted to the next line, the first lasts 200 days.
    value = found(bundle(), endpoint=changed(PROFILES["ttnt"], {"death": "ignored"}))["halved"]
    assert (value["earlier_days"], value["days"], value["event"]) == (200, 300, False)
