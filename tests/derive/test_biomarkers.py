"""Receptors on a date: each row of the ASCO/CAP 2013 table, and what may not be guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.derive.biomarkers import her2, hybridisation, ihc_score, receptor_from_percent, receptor_status, stated

from ..hand_made import at, records

# Wolff 2013, figures 1 and 2: every branch, with its cut-offs on both sides.
HYBRIDISATION = [
    (2.0, None, "positive"),
    (1.99, None, "negative"),
    (2.4, 3.5, "positive"),
    (1.9, 6.0, "positive"),
    (1.9, 5.9, "equivocal"),
    (1.9, 4.0, "equivocal"),
    (1.9, 3.9, "negative"),
    (None, 6.0, "positive"),
    (None, 4.0, "equivocal"),
    (None, 3.9, "negative"),
    (None, None, None),
]


@pytest.mark.parametrize(("ratio", "copies", "expected"), HYBRIDISATION)
def test_hybridisation(ratio, copies, expected):
    assert hybridisation(ratio, copies, None) == expected


def test_a_word_counts_only_where_there_is_no_number():
    assert hybridisation(None, None, "positive") == "positive"
    assert hybridisation(1.2, 3.0, "positive") == "negative"


@pytest.mark.parametrize(
    ("ihc", "ish", "word", "expected"),
    [
        (3, None, None, "positive"),
        (3, "negative", None, "positive"),
        (2, "positive", None, "positive"),
        (2, "negative", None, "negative"),
        (2, "equivocal", None, "equivocal"),
        (2, None, None, "equivocal"),
        (1, None, None, "negative"),
        (0, "negative", None, "negative"),
        (0, "positive", None, "positive"),
        (None, "positive", None, "positive"),
        (None, None, "positive", "positive"),
        (None, None, None, None),
    ],
)
def test_her2_of_one_specimen(ihc, ish, word, expected):
    assert her2(ihc, ish, word)[0] == expected


def test_hybridisation_against_weak_staining_is_named_discordant():
    assert her2(1, "positive", None) == ("positive", "HER2 ISH positive, IHC discordant")


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("3+", 3),
        ("3", 3),
        ("IHC 2+", 2),
        ("score 0", 0),
        (" 1 + ", 1),
        ("4+", None),
        ("-", None),
        ("equivocal", 2),
        ("positive", None),
    ],
)
def test_ihc_scores(text, score):
    assert ihc_score(text) == score


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90 %", "positive"),
        ("1%", "positive"),
        ("<1", "negative"),
        ("0", "negative"),
        ("0,5 %", "negative"),
        ("1-10%", "positive"),
        ("positive", "positive"),
        ("NEG", "negative"),
        ("120", None),
        ("not done", None),
        ("-", None),
    ],
)
def test_hormone_receptors_are_positive_from_one_per_cent(text, expected):
    assert receptor_from_percent(text) == expected


@given(st.text(max_size=12))
def test_no_text_is_read_as_a_status_by_accident(text):
    known = {"positive", "negative", "equivocal", None}
    assert stated(text) in known and receptor_from_percent(text) in known


def biomarker(patient, day, marker, value):
    return {"patient_id": patient, "day": day, "marker": marker, "value": value}


def test_the_latest_specimen_on_or_before_the_day_decides():
    bundle = records(
        biomarkers=[
            biomarker("a", 0, "HER2 IHC", "1+"),
            biomarker("a", 100, "HER2 IHC", "2+"),
            biomarker("a", 100, "HER2 ISH ratio", "2,4"),
            biomarker("a", 101, "HER2 IHC", "0"),
        ]
    )

    def status(day):
        return receptor_status(bundle, "HER2", at(a=day)).row(0, named=True)

    assert status(99) == {
        "patient_id": "a",
        "status": "negative",
        "day": 0,
        "row": "biomarkers:2",
        "rule": "HER2 IHC 1",
    }
    assert (status(100)["status"], status(100)["rule"], status(100)["row"]) == (
        "positive",
        "HER2 ISH positive",
        "biomarkers:4",
    )
    assert status(101)["status"] == "negative"
    assert status(-1)["status"] is None


def test_a_result_without_a_date_is_the_oldest():
    bundle = records(biomarkers=[biomarker("a", None, "ER", "positive"), biomarker("a", 5, "ER", "0%")])
    assert receptor_status(bundle, "ER", at(a=4))["status"].to_list() == ["positive"]
    assert receptor_status(bundle, "ER", at(a=5))["status"].to_list() == ["negative"]


@pytest.mark.parametrize(
    ("er", "pgr", "both", "expected"),
    [
        ("positive", None, None, "positive"),
        ("negative", "5%", None, "positive"),
        ("negative", "negative", None, "negative"),
        ("negative", None, None, None),
        (None, None, "negative", "negative"),
        ("negative", None, "positive", "positive"),
        (None, None, None, None),
    ],
)
def test_hormone_receptor_status_needs_both_to_be_negative(er, pgr, both, expected):
    rows = [biomarker("a", 0, m, v) for m, v in (("ER", er), ("PgR", pgr), ("hormone receptor", both)) if v]
    assert receptor_status(records(biomarkers=rows), "hormone_receptor", at(a=0))["status"].to_list() == [expected]


@pytest.mark.parametrize(
    ("er", "her2_value", "expected"),
    [
        ("positive", "3+", "HR+/HER2+"),
        ("negative", "positive", "HR-/HER2+"),
        ("positive", "0", "HR+/HER2-"),
        ("negative", "1+", "triple negative"),
        ("positive", "2+", None),
    ],
)
def test_subtype(er, her2_value, expected):
    rows = [biomarker("a", 0, "ER", er), biomarker("a", 0, "PgR", "negative"), biomarker("a", 0, "HER2", her2_value)]
    assert receptor_status(records(biomarkers=rows), "subtype", at(a=0))["status"].to_list() == [expected]


def test_every_patient_asked_about_is_answered_once_in_order():
    bundle = records(biomarkers=[biomarker("b", 0, "HER2", "positive")])
    found = receptor_status(bundle, "HER2", at(c=0, b=0, a=0))
    assert found["patient_id"].to_list() == ["c", "b", "a"]
    assert found["status"].to_list() == [None, "positive", None]
