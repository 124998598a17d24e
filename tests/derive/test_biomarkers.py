"""Receptors on a date: the specimen that counts, the statuses made of several, and what may not be guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.derive.biomarkers import COMPOSED, receptor_from_percent, receptor_status, stated
from sequela.derive.her2_guidelines import HER2_GUIDELINES

from ..hand_made import at, records


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90 %", "positive"),
        ("1%", "positive"),
        ("<1", "negative"),
        ("0", "negative"),
        ("0,5 %", "negative"),
        ("0.9", None),
        ("0,5", None),
        ("0.0", "negative"),
        ("1-10%", "positive"),
        ("0-5 %", None),
        ("<10 %", None),
        ("< 1 %", "negative"),
        ("<= 1", None),
        (">= 1", "positive"),
        ("positive", "positive"),
        ("NEG", "negative"),
        ("120", None),
        ("not done", None),
        ("-", None),
    ],
)
def test_hormone_receptors_are_positive_from_one_per_cent(text, expected):
    assert receptor_from_percent(text) == expected


def test_a_part_of_one_is_a_percentage_only_where_its_unit_says_so():
    rows = [{"patient_id": who, "day": 0, "marker": "ER", "value": "0.9", "unit": unit}
            for who, unit in (("a", None), ("b", "%"))]  # fmt: skip
    found = receptor_status(records(biomarkers=rows), "ER", at(a=0, b=0))
    assert found["status"].to_list() == [None, "negative"]


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
        "rule": "ASCO/CAP 2013: IHC 1+",
    }
    assert (status(100)["status"], status(100)["rule"], status(100)["row"]) == (
        "positive",
        "ASCO/CAP 2013: IHC 2+, ISH ratio from 2.0",
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


@pytest.mark.parametrize(
    ("er", "pgr", "expected"),
    [
        ("90 %", "1 %", "ER and PgR positive"),
        ("90 %", "0 %", "ER or PgR positive"),
        ("0", "5", "ER or PgR positive"),
        ("<1", "negative", "ER and PgR negative"),
        ("90 %", None, None),
        (None, "0", None),
        ("90 %", "equivocal", None),
    ],
)
def test_sepher_subtype_counts_the_positive_receptors(er, pgr, expected):
    rows = [biomarker("a", 0, m, v) for m, v in (("ER", er), ("PgR", pgr)) if v]
    assert receptor_status(records(biomarkers=rows), "sepher_subtype", at(a=0))["status"].to_list() == [expected]


def test_her2_low_is_of_the_latest_specimen_even_where_it_is_open():
    bundle = records(biomarkers=[biomarker("a", 0, "HER2 IHC", "1+"), biomarker("a", 9, "HER2", "negative")])
    assert receptor_status(bundle, "her2_low", at(a=8))["status"].item() == "low"
    assert receptor_status(bundle, "her2_low", at(a=9))["status"].item() is None


def test_what_is_not_done_or_not_understood_leaves_the_older_result():
    bundle = records(biomarkers=[biomarker("a", 0, "HER2", "3+"), biomarker("a", 9, "HER2", "not done")])
    assert receptor_status(bundle, "HER2", at(a=9)).row(0)[1:4] == ("positive", 0, "biomarkers:2")


def test_the_guideline_decides_status_and_subtype():
    rows = [("HER2 IHC", "2+"), ("HER2 ISH ratio", "2.4"), ("HER2 copies", "3.5"), ("ER", "0"), ("PgR", "0")]
    bundle = records(biomarkers=[biomarker("a", 0, *row) for row in rows])
    found = {
        name: [
            receptor_status(bundle, what, at(a=0), rule)["status"].item() for what in ("HER2", "subtype", "her2_low")
        ]
        for name, rule in HER2_GUIDELINES.items()
    }
    assert found["asco_cap_2013"] == ["positive", "HR-/HER2+", "positive"]
    assert found["asco_cap_2018"] == found["asco_cap_2023"] == ["negative", "triple negative", "low"]


def test_a_discordant_specimen_names_what_disagrees():
    rows = [biomarker("a", 0, "HER2", "IHC 1+ / FISH amp"), biomarker("b", 0, "HER2", "3+")]
    found = receptor_status(records(biomarkers=rows), "her2_discordant", at(a=0, b=0, c=0))
    assert found.select("status", "rule").rows() == [
        ("yes", "ISH positive with IHC 0 or 1+"),
        ("no", "ASCO/CAP 2013: IHC 3+"),
        (None, None),
    ]


@pytest.mark.parametrize("name", COMPOSED)
def test_nothing_is_derived_from_nothing(name):
    found = receptor_status(records(), name, at(a=0))
    assert found.columns == ["patient_id", "status", "day", "row", "rule"]
    assert found["status"].to_list() == [None]
