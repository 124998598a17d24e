"""Laws of endpoints on random patients, and the engine against the same rules written a second time."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequela.derive.endpoint_files import PROFILES, changed
from sequela.derive.endpoint_times import time_to_event
from sequela.derive.lines import lines_of_therapy
from sequela.records.bundle import Kind, Records

from .histories import given as dose
from .histories import table
from .reference_endpoints import reference

BY_CALENDAR = {"ttf.sepher_2020_literal"}
ENDPOINTS = [PROFILES[name] for name in sorted(set(PROFILES) - BY_CALENDAR)] + [
    PROFILES["pfs_line_2"],
    changed(PROFILES["pfs.fda_a"], {"missed_days": 60, "baseline_days": 120}),
    changed(PROFILES["pfs.fda_c"], {"next_line": "event", "baseline_days": 200, "missed_assessments": "censors"}),
    changed(
        PROFILES["ttp"], {"next_line": "competing", "toxicity_stop": "censors", "end": "last_radiologic_assessment"}
    ),
]
BUSIEST = [PROFILES[name] for name in ("pfs.fda_b", "pfs2.ema", "ttf", "dor", "pfs_line_2")]
DRUGS = ("T-DM1", "lapatinib", "capecitabine", "vinorelbine", "trastuzumab")
LAST = 700

assessments = st.lists(
    st.tuples(
        st.integers(-40, LAST),
        st.sampled_from(["CR", "PR", "SD", "SD", "PD", "NE", None]),
        st.sampled_from(["radiologic", "clinical", None]),
        st.sampled_from(["CT", None]),
        st.sampled_from([None, None, "skin"]),
    ),
    max_size=7,
)
courses = st.lists(
    st.tuples(
        st.sampled_from(DRUGS),
        st.integers(0, LAST - 200),
        st.integers(0, 150),
        st.sampled_from([None, None, "progression", "toxicity", "patient choice", "completed"]),
    ),
    max_size=4,
)
patients = st.tuples(assessments, courses, st.integers(-5, LAST), st.booleans())
wards = st.lists(patients, min_size=1, max_size=6)
quick = settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def bundle(ward, shift=0):
    """Return the records; nothing lies after the last day of a patient."""
    tables = {"patients": [], "exposures": [], "assessments": [], "diagnoses": []}
    for number, (seen, given_, end, died) in enumerate(ward):
        one = {"patient_id": f"P{number}"}
        tables["patients"].append(one | ({"death": end + shift} if died else {"last_contact": end + shift}))
        tables["diagnoses"].append(one | {"day": -10 + shift, "kind": "metastatic"})
        for day, response, basis, method, organ in seen:
            if day <= end:
                row = {"day": day + shift, "response": response, "basis": basis, "method": method, "organ": organ}
                tables["assessments"].append(one | row)
        for drug, start, length, reason in given_:
            if start <= end:
                stop = min(start + length, end)
                tables["exposures"].append(one | dose(drug, start + shift, stop + shift, reason=reason))
    return Records({name: table(name, rows) for name, rows in tables.items()}, kind=Kind.SIMULATED)


def zeros(ward, shift=0):
    """Return time zero: the first drug, else day 0."""
    days = [min((c[1] for c in given_ if c[1] <= end), default=0) for _, given_, end, _ in ward]
    names = [f"P{number}" for number in range(len(ward))]
    return pl.DataFrame({"patient_id": names, "day": days}, schema={"patient_id": pl.String, "day": pl.Int32}).select(
        "patient_id", pl.col("day") + shift
    )


def values(ward, endpoint, shift=0):
    found = time_to_event(bundle(ward, shift), zeros(ward, shift), endpoint)
    return {row["patient_id"]: row for row in found.to_dicts()}


def crowd(seed, number=400):
    """Return random patients: dense assessments, drugs stopped for every reason, half of them dead at the end."""
    rng = np.random.default_rng(seed)

    def pick(*choices):
        return choices[rng.integers(len(choices))]

    def one():
        reasons = (None, None, "progression", "toxicity", "patient choice", "completed")
        first = int(rng.integers(0, 150))
        starts = [first, *(first + rng.integers(10, 300, rng.integers(0, 4)))]
        drugs = [(pick(*DRUGS), int(day), int(rng.integers(0, 150)), pick(*reasons)) for day in starts]
        days = [*rng.integers(-40, LAST, rng.integers(0, 6)), *(first + rng.integers(-30, 200, rng.integers(0, 4)))]
        seen = []
        for day in days:
            what, basis = pick("CR", "PR", "SD", "PD", "NE", None), pick("radiologic", "radiologic", "clinical", None)
            seen.append((int(day), what, basis, pick("CT", None), pick(None, None, "skin")))
        return seen, drugs, int(rng.integers(first - 2, LAST)), bool(rng.random() < 0.5)

    return [one() for _ in range(number)]


@pytest.fixture(scope="module")
def everyone():
    ward = crowd(20)
    records = bundle(ward)
    return records, zeros(ward), lines_of_therapy(records).to_dicts()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_the_engine_is_the_rules_written_a_second_time(endpoint, everyone):
    records, at, lines = everyone
    expected = reference(records, dict(at.iter_rows()), endpoint, lines)
    found = {
        row["patient_id"]: (
            row["start"],
            row["days"],
            row["outcome"],
            row["rule"].rpartition(" ")[2] if row["rule"] else None,
        )
        for row in time_to_event(records, at, endpoint).to_dicts()
    }
    assert found == expected


def test_the_crowd_reaches_every_rule(everyone):
    records, at, _ = everyone
    for endpoint in ENDPOINTS:
        fired = set(time_to_event(records, at, endpoint)["rule"].drop_nulls().str.split(" ").list.last())
        *others, at_start = (rule.id for rule in endpoint.rules())
        # A last contact, and a last dose of a line under way, are always known; an assessment may be missing.
        may_be_missing = (
            {at_start} if endpoint.end.startswith("last") and endpoint.end.endswith("assessment") else set()
        )
        # What confirms a response lies after it, so that something always does.
        if endpoint.start == "first confirmed response":
            may_be_missing = set()
        assert fired == {*others} | may_be_missing, endpoint.name


@quick
@given(ward=wards)
def test_nobody_is_free_of_progression_longer_than_alive(ward):
    os, pfs, ttp = (values(ward, PROFILES[name]) for name in ("os", "pfs.ema", "ttp"))
    for name, value in os.items():
        if value["days"] is None:
            continue
        assert pfs[name]["days"] <= value["days"]
        assert pfs[name]["event"] or not value["event"]
        # Every event of TTP is one of PFS on the same day; what PFS has more is deaths.
        if ttp[name]["event"]:
            assert pfs[name]["event"] and pfs[name]["days"] == ttp[name]["days"]
        else:
            assert not pfs[name]["event"] or ttp[name]["outcome"] == "competing"
        assert ttp[name]["days"] == pfs[name]["days"]


@quick
@given(ward=wards, more=st.integers(1, 400))
def test_longer_follow_up_never_shortens_a_time_and_changes_no_event(ward, more):
    cut, longer = [], []
    for seen, drugs, end, died in ward:
        known = [look for look in seen if look[0] <= end]
        given_ = [(drug, day, min(length, end - day), why) for drug, day, length, why in drugs if day <= end]
        cut.append((known, given_, end, died))
        look = (end + more, "SD", "radiologic", "CT", None)
        longer.append(cut[-1] if died else ([*known, look], given_, end + more, died))
    for endpoint in (PROFILES[name] for name in ("os", "pfs.ema", "pfs.fda_a", "pfs.fda_b", "rwpfs", "ttp", "ttnt")):
        before, after = values(cut, endpoint), values(longer, endpoint)
        for name, value in before.items():
            if value["days"] is not None and after[name]["days"] is not None:
                assert after[name]["days"] >= value["days"]
                if value["event"]:
                    assert (after[name]["days"], after[name]["rule"]) == (value["days"], value["rule"])


@quick
@given(ward=wards, shift=st.integers(-3000, 3000))
def test_moving_all_dates_moves_no_time(ward, shift):
    for endpoint in BUSIEST:
        kept = ("days", "event", "outcome", "rule", "row", "cause")
        first, second = values(ward, endpoint), values(ward, endpoint, shift)
        assert {n: [v[k] for k in kept] for n, v in first.items()} == {
            n: [v[k] for k in kept] for n, v in second.items()
        }


@quick
@given(ward=wards, random=st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(ward, random):
    records, at = bundle(ward), zeros(ward)
    mixed = {}
    for name, frame in records.tables.items():
        order = list(range(frame.height))
        random.shuffle(order)
        mixed[name] = frame[order] if order else frame
    for endpoint in BUSIEST:
        again = time_to_event(replace(records, tables=mixed), at, endpoint)
        assert again.equals(time_to_event(records, at, endpoint))


@quick
@given(ward=wards)
def test_a_longer_gap_loses_no_event(ward):
    narrow, wide = (
        values(ward, changed(PROFILES["pfs.fda_a"], {"missed_days": days, "baseline_days": 2000})) for days in (60, 200)
    )
    for name, value in narrow.items():
        if value["event"]:
            assert (wide[name]["event"], wide[name]["days"]) == (True, value["days"])
