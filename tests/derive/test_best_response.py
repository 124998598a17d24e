"""Best overall response against the published reference cases, table 3 of RECIST 1.1, and a second reading by hand."""

import datetime
import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.derive import best_response
from sequela.derive.best_response import READINGS, ResponseRules, best_overall

START = {
    "1": "2020-01-01",
    "2": "2019-12-12",
    "3": "2019-11-11",
    "4": "2019-12-30",
    "5": "2020-01-01",
    "6": "2020-02-02",
    "7": "2020-02-02",
    "8": "2020-04-01",
    "9": "2020-02-01",
}
SEEN = {
    "1": "2020-01-01 PR, 2020-02-01 CR, 2020-02-16 NE, 2020-03-01 CR, 2020-04-01 SD",
    "2": "2020-01-01 SD, 2020-02-01 PR, 2020-03-01 SD, 2020-03-13 CR",
    "3": "2019-11-12 CR, 2019-12-02 CR, 2020-01-01 SD",
    "4": "2020-01-01 PR, 2020-03-01 SD, 2020-04-01 SD, 2020-05-01 PR, 2020-05-15 NON-CR/NON-PD",
    "5": "2020-01-01 PR, 2020-01-10 SD, 2020-01-20 PR, 2020-05-15 NON-CR/NON-PD",
    "6": "2020-02-06 PR, 2020-02-16 CR, 2020-03-30 PR",
    "7": "2020-02-06 PR, 2020-02-16 CR, 2020-04-01 NE",
    "9": "2020-02-16 PD, 2020-03-06 SD",
}
"""The subjects of admiralonco's test of confirmed best overall response."""

FIRST = ResponseRules(confirmed=True, stable_days=28, missing_as_not_evaluable=False)
SECOND = ResponseRules(
    confirmed=True, stable_days=28, confirmation_days=14, not_evaluable_between=0, stable_between=True
)


SCHEMA = {"patient_id": pl.String, "day": pl.Int32, "response": pl.String, "row": pl.String}


def number(text):
    return (datetime.date.fromisoformat(text) - datetime.date(2020, 1, 1)).days


def frame(seen):
    rows = [
        (patient, number(part.split()[0]), part.split()[1], f"assessments:{patient}-{part.split()[0]}")
        for patient, text in seen.items()
        for part in text.split(", ")
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def starts(start=START):
    return pl.DataFrame(
        {"patient_id": list(start), "day": [number(day) for day in start.values()]},
        schema={"patient_id": pl.String, "day": pl.Int32},
    )


def reference(rules, seen=SEEN):
    found = best_overall(frame(seen), starts(), rules)
    return {
        name: (best, row and row.rpartition("-2")[2])
        for name, best, row in found.select("patient_id", "best", "row").rows()
    }


def test_the_first_reference_set():
    assert reference(FIRST) == {
        "1": ("CR", "020-02-01"),
        "2": ("SD", "020-02-01"),
        "3": ("SD", "020-01-01"),
        "4": ("SD", "020-03-01"),
        "5": ("NON-CR/NON-PD", "020-05-15"),
        "6": ("SD", "020-03-30"),
        "7": ("NE", "020-02-06"),
        "8": ("MISSING", None),
        "9": ("PD", "020-02-16"),
    }


def test_the_second_reference_set():
    assert reference(SECOND, {**SEEN, "7": "2020-04-02 ND"}) == {
        "1": ("PR", "020-01-01"),
        "2": ("PR", "020-02-01"),
        "3": ("CR", "019-11-12"),
        "4": ("SD", "020-03-01"),
        "5": ("PR", "020-01-01"),
        "6": ("SD", "020-03-30"),
        "7": ("ND", "020-04-02"),
        "8": ("NE", None),
        "9": ("PD", "020-02-16"),
    }


def best(*visits, **changes):
    """Return the confirmed best response of visits given as (day, response), time zero on day 0."""
    rows = [("a", day, response, str(day)) for day, response in visits]
    seen = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    at = pl.DataFrame({"patient_id": ["a"], "day": [0]}, schema={"patient_id": pl.String, "day": pl.Int32})
    return best_overall(seen, at, ResponseRules(**{"confirmed": True, **changes})).row(0, named=True)["best"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # RECIST 1.1, table 3, visits on days 60 and 90: the shortest stable disease is reached
        ("CR", "CR", "CR"),
        ("CR", "PR", "SD"),
        ("CR", "SD", "SD"),
        ("CR", "PD", "SD"),
        ("CR", "NE", "SD"),
        ("PR", "CR", "PR"),
        ("PR", "PR", "PR"),
        ("PR", "SD", "SD"),
        ("PR", "PD", "SD"),
        ("PR", "NE", "SD"),
        ("NE", "NE", "NE"),
        ("NE", "CR", "SD"),
        ("SD", "PD", "SD"),
    ],
)
def test_table_3(first, second, expected):
    assert best((60, first), (90, second)) == expected


@pytest.mark.parametrize("first", ["CR", "PR", "SD"])
def test_without_the_shortest_stable_disease(first):
    assert best((30, first), (60, "PD")) == "PD"
    assert best((30, first), (60, "NE")) == "NE"
    assert best((41, first)) == "NE"
    assert best((42, first)) == "SD"


def test_four_weeks_are_28_days():
    assert best((60, "PR"), (87, "PR")) == "SD"
    assert best((60, "PR"), (88, "PR")) == "PR"


@pytest.mark.parametrize(
    ("reading", "confirmed", "unconfirmed"),
    [("as recorded", "SD", "CR"), ("as progression", "SD", "CR"), ("as partial", "PR", "PR")],
)
def test_a_partial_response_after_a_complete_one_has_named_readings(reading, confirmed, unconfirmed):
    visits = (60, "CR"), (120, "PR")
    assert best(*visits, complete_then_partial=reading) == confirmed
    assert best(*visits, complete_then_partial=reading, confirmed=False) == unconfirmed
    assert reading in READINGS


def test_read_as_progression_it_ends_the_series():
    visits = (20, "CR"), (60, "PR"), (120, "PR")
    assert best(*visits, complete_then_partial="as progression") == "PD"
    assert best(*visits) == "PR"


def test_of_two_responses_on_one_day_the_worse_counts():
    assert best((60, "CR"), (60, "PD"), confirmed=False) == "PD"
    assert best((60, "CR"), (60, "NE"), confirmed=False) == "CR"
    assert best((60, "PD"), (60, "CR"), confirmed=False) == "PD"


def test_disputed_patients_are_named():
    found = best_overall(frame(SEEN), starts(), FIRST)
    assert found.filter("disputed")["patient_id"].to_list() == ["6"]


def slow(visits, rules):
    """Read the specification one assessment at a time; the second witness."""
    kept, zero = [], 0
    for day, response in sorted(visits):
        kept.append((day, response))
        if response == "PD":
            break
    found = []
    for i, (day, response) in enumerate(kept):
        partners = {"CR": ("CR",), "PR": ("CR", "PR")}.get(response, ())
        later = next(
            (
                j
                for j in range(i + 1, len(kept))
                if kept[j][1] in partners and kept[j][0] >= day + rules.confirmation_days
            ),
            None,
        )
        if later is not None:
            between = [what for _, what in kept[i + 1 : later + 1]]
            known = {"CR": {"CR", "NE"}, "PR": {"CR", "PR", "SD", "NE"}}[response]
            ok = set(between) <= known and between.count("NE") <= rules.not_evaluable_between
            if response == "PR":
                ok &= between.count("SD") <= int(rules.stable_between)
                ok &= not ("CR" in between and "PR" in between[between.index("CR") :])
            if ok:
                found.append(response)
        if response in ("CR", "PR", "SD"):
            found.append("SD" if day - zero >= rules.stable_days else "NE")
        elif response == "NON-CR/NON-PD":
            found.append(response if day - zero >= rules.stable_days else "NE")
        else:
            found.append(response)
    order = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")
    return min(found, key=order.index) if found else "NE"


VISITS = st.dictionaries(
    st.integers(1, 200), st.sampled_from(["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]), max_size=8
)


@settings(max_examples=150, deadline=None)
@given(st.lists(VISITS, min_size=1, max_size=6), st.sampled_from([14, 28]), st.integers(0, 2), st.booleans())
def test_a_cohort_is_read_as_each_patient_alone_by_hand(people, distance, most, stable):
    rules = ResponseRules(confirmed=True, confirmation_days=distance, not_evaluable_between=most, stable_between=stable)
    names = [f"p{i}" for i in range(len(people))]
    rows = [(n, day, what, f"r{day}") for n, visits in zip(names, people, strict=True) for day, what in visits.items()]
    seen = pl.DataFrame(rows, schema=SCHEMA, orient="row").sample(fraction=1, shuffle=True, seed=1)
    at = pl.DataFrame({"patient_id": names, "day": [0] * len(names)}, schema={"patient_id": pl.String, "day": pl.Int32})
    found = best_overall(seen, at, rules)["best"].to_list()
    assert found == [slow(visits.items(), rules) for visits in people]


@pytest.mark.parametrize("name", ["_next", "_allowed", "_partial_after_complete", "_until_progression"])
def test_the_reference_sets_have_teeth(monkeypatch, name):
    """Each part of the reading, broken, is noticed by a reference set or by table 3."""
    original = getattr(best_response, name)
    broken = {
        "_next": lambda patient, day, among, distance: original(patient, day, among, distance + 10_000),
        "_allowed": lambda response, place, known, most: place >= 0,
        "_partial_after_complete": lambda is_cr, is_pr, place: is_cr & False,
        "_until_progression": lambda rows: rows,
    }[name]
    monkeypatch.setattr(best_response, name, broken)
    with pytest.raises(AssertionError):
        for check in (test_the_first_reference_set, test_the_second_reference_set):
            check()
        for visits, expected in CASES_AFTER_PROGRESSION:
            assert best(*visits) == expected


CASES_AFTER_PROGRESSION = [(((60, "PD"), (90, "PR"), (120, "PR")), "PD")]


def test_what_follows_progression_does_not_count():
    for visits, expected in CASES_AFTER_PROGRESSION:
        assert best(*visits) == expected


def test_every_pair_of_responses_gives_a_known_answer():
    for pair in itertools.product(["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"], repeat=2):
        assert best((60, pair[0]), (120, pair[1])) in best_response.ORDER
