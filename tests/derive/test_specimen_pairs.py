"""A marker in two specimens of one patient: which two, and what stays unknown."""

import pytest

from sequela.derive.baseline import covariate_named
from sequela.derive.covariate import DEFAULT_DEFINITIONS
from sequela.derive.specimen_pairs import (
    FIRST_AND_LATEST,
    PAIRED,
    PRIMARY_AND_METASTASIS,
    is_metastasis,
    is_primary,
    specimen_pairs,
)

from ..hand_made import at, records


def taken(*rows):
    names = ("patient_id", "day", "marker", "value", "specimen")
    return records(biomarkers=[dict(zip(names, row, strict=False)) for row in rows])


def pairs(bundle, days, between, name="her2"):
    found = specimen_pairs(bundle, days, covariate_named(name), DEFAULT_DEFINITIONS, between)
    return [(row["before"], row["after"], row["row_before"], row["row_after"]) for row in found.iter_rows(named=True)]


def test_the_first_that_tells_it_and_the_latest_after_it():
    bundle = taken(
        ("a", None, "HER2", "not done"), ("a", 0, "HER2", "3+"), ("a", 50, "HER2", "1+"), ("a", 90, "HER2", "3+")
    )  # fmt: skip
    assert pairs(bundle, at(a=60), FIRST_AND_LATEST) == [("positive", "negative", "biomarkers:3", "biomarkers:4")]
    assert pairs(bundle, at(a=90), FIRST_AND_LATEST)[0][1] == "positive"
    assert pairs(bundle, at(a=10), FIRST_AND_LATEST)[0][:2] == ("positive", None)
    undated = taken(("a", None, "HER2", "3+"), ("a", 0, "HER2", "0"))
    assert pairs(undated, at(a=5), FIRST_AND_LATEST)[0][:2] == ("positive", "negative")


def test_a_subtype_needs_each_of_its_markers_twice():
    later = [("a", 30, "ER", "0"), ("a", 30, "PgR", "0")]
    bundle = taken(("a", 0, "HER2", "3+"), ("a", 10, "ER", "90"), ("a", 20, "HER2", "0"), *later)
    assert pairs(bundle, at(a=25), FIRST_AND_LATEST, "subtype")[0][:2] == ("HR+/HER2+", None)
    assert pairs(bundle, at(a=30), FIRST_AND_LATEST, "subtype")[0][:2] == ("HR+/HER2+", "triple negative")


def test_up_to_a_day_and_after_it():
    bundle = taken(("a", 0, "HER2", "3+"), ("a", 50, "HER2", "0"), ("b", 10, "HER2", "3+"), ("b", 60, "HER2", "3+"))
    assert pairs(bundle, at(a=99, b=99), at(a=49, b=60)) == [
        ("positive", "negative", "biomarkers:2", "biomarkers:3"),
        ("positive", None, "biomarkers:5", None),
    ]
    assert pairs(bundle, at(a=99, b=99), at(b=10))[0] == (None, None, None, None)


def test_primary_and_metastasis_whatever_their_days():
    bundle = taken(
        ("a", 50, "HER2", "3+", "primary tumour"),
        ("a", 0, "HER2", "0", "liver"),
        ("a", 60, "HER2", "3+", "axillary lymph node"),
        ("b", 0, "HER2", "3+", "Primary"),
        ("b", 9, "HER2", "1+", None),
    )
    found = pairs(bundle, at(a=70, b=70), PRIMARY_AND_METASTASIS)
    assert found == [("positive", "negative", "biomarkers:2", "biomarkers:3"), ("positive", None, "biomarkers:5", None)]


@pytest.mark.parametrize(
    ("specimen", "primary", "metastasis"),
    [
        ("primary", True, False),
        ("Primary breast tumour", True, False),
        ("metastasis", False, True),
        ("Metastatic lymph node", False, True),
        ("lymph node", False, False),
        ("liver", False, True),
        ("skin", False, True),
        ("breast", False, False),
        ("local recurrence", False, False),
        ("chest wall recurrence", False, False),
        ("block 7", False, False),
    ],
)
def test_what_a_specimen_is_called(specimen, primary, metastasis):
    assert (is_primary(specimen), is_metastasis(specimen)) == (primary, metastasis)


def test_every_covariate_that_is_offered_can_be_derived():
    bundle = taken(("a", 0, "HER2", "3+"), ("a", 0, "ER", "90"), ("a", 0, "Ki-67", "30"))
    for name in PAIRED:
        assert pairs(bundle, at(a=5), FIRST_AND_LATEST, name)[0][1] is None
