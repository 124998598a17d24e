"""HER2 before and after a day or a drug: loss, gain, unchanged, and positive by hybridisation alone."""

import polars as pl
import pytest

from sequela.derive.baseline import covariate_named
from sequela.derive.covariate import DEFAULT_DEFINITIONS
from sequela.derive.her2_conversion import CONVERSIONS, first_and_latest, first_given, her2_conversion
from sequela.derive.her2_guidelines import HER2_GUIDELINES

from ..hand_made import at, records

PAIRS = [
    ("3+", "0", "loss", "lower"),
    ("3+", "FISH not amplified", "loss", None),
    ("1+", "3+", "gain", "higher"),
    ("negative", "positive", "gain", None),
    ("3+", "IHC 2+ / FISH amp", "unchanged", "lower"),
    ("0", "1+", "unchanged", "higher"),
    ("3+", "3+", "unchanged", "same"),
    ("3+", "IHC 1+ / FISH amp", "positive, discordant", "lower"),
    ("IHC 2+ / FISH amp", "IHC 0 / FISH amp", "positive, discordant", "lower"),
    ("3+", "2+", None, "lower"),
    ("2+", "0", None, "lower"),
    ("3+", "not done", None, None),
    ("positve", "0", None, None),
    ("0/1+", "0", "unchanged", None),
]


def biopsies(*rows):
    names = ("patient_id", "day", "value")
    return [{"marker": "HER2", **dict(zip(names, row, strict=True))} for row in rows]


@pytest.mark.parametrize(("before", "after", "conversion", "staining"), PAIRS)
def test_two_biopsies(before, after, conversion, staining):
    bundle = records(biomarkers=biopsies(("a", 0, before), ("a", 100, after)))
    found = her2_conversion(bundle, at(a=50), at(a=200)).row(0, named=True)
    assert (found["conversion"], found["staining"]) == (conversion, staining)
    assert conversion is None or conversion in CONVERSIONS
    latest = first_and_latest(bundle, at(a=200))["conversion"].item()
    assert latest == conversion


def test_the_day_itself_is_before_and_nothing_later_is_seen():
    bundle = records(biomarkers=biopsies(("a", None, "0"), ("a", 50, "3+"), ("a", 51, "0"), ("a", 90, "3+")))
    found = her2_conversion(bundle, at(a=50), at(a=89)).row(0, named=True)
    assert (found["conversion"], found["row_before"], found["row_after"]) == ("loss", "biomarkers:3", "biomarkers:4")
    assert her2_conversion(bundle, at(a=50), at(a=90))["conversion"].item() == "unchanged"
    assert her2_conversion(bundle, at(a=49), at(a=90))["conversion"].item() == "gain"  # the undated one is before
    assert her2_conversion(bundle, at(a=50), at(a=50))["conversion"].item() is None
    assert first_and_latest(bundle, at(a=51))["conversion"].item() == "unchanged"


def test_every_patient_asked_about_is_answered_once_in_order():
    bundle = records(biomarkers=biopsies(("b", 0, "3+"), ("b", 9, "0"), ("a", 0, "3+")))
    found = her2_conversion(bundle, at(a=5, b=5), at(c=10, b=10, a=10))
    assert found.select("patient_id", "conversion").rows() == [("c", None), ("b", "loss"), ("a", None)]


def test_a_guideline_can_make_the_difference():
    """Ratio 2.4 with 3.5 copies and IHC 2+ is positive in 2013 and negative in 2018."""
    bundle = records(biomarkers=biopsies(("a", 0, "3+"), ("a", 9, "IHC 2+ FISH ratio 2.4 copies 3.5")))
    by = {name: first_and_latest(bundle, at(a=9), rule)["conversion"].item() for name, rule in HER2_GUIDELINES.items()}
    assert by == dict(asco_cap_2007="unchanged", asco_cap_2013="unchanged", asco_cap_2018="loss", asco_cap_2023="loss")


TREATED = records(
    patients=[{"patient_id": name, "last_contact": 900} for name in "abcd"],
    exposures=[
        {"patient_id": "a", "drug": "pertuzumab", "start": 10, "stop": 100, "setting": "metastatic"},
        {"patient_id": "b", "drug": "trastuzumab", "start": 10, "stop": 100, "setting": "metastatic"},
        {"patient_id": "c", "drug": "pertuzumab", "start": None, "setting": "early"},
        {"patient_id": "c", "drug": "pertuzumab", "start": 20, "setting": "metastatic"},
        {"patient_id": "d", "drug": "pertuzumab", "start": 200, "setting": "metastatic"},
    ],
    biomarkers=[row for name in "abcd" for row in biopsies((name, 0, "3+"), (name, 150, "IHC 1+"))],
)


def test_the_first_day_of_a_drug_is_unknown_where_a_course_has_none():
    found = first_given(TREATED, pl.col("ingredient") == "pertuzumab")
    assert sorted(found.rows()) == [("a", 10), ("c", None), ("d", 200)]


def test_the_covariates():
    days = at(a=300, b=300, c=300, d=300)
    since = covariate_named("her2_conversion since Perjeta")
    assert since.derive(TREATED, days, DEFAULT_DEFINITIONS).rows() == [
        ("a", "loss", "biomarkers:3"),
        ("b", None, None),
        ("c", None, None),
        ("d", None, None),
    ]
    ever = covariate_named("her2_conversion").derive(TREATED, days, DEFAULT_DEFINITIONS)
    assert ever["value"].to_list() == ["loss"] * 4
    any_antibody = covariate_named("her2_conversion since HER2 antibody").derive(TREATED, days, DEFAULT_DEFINITIONS)
    assert any_antibody["value"].to_list() == ["loss", "loss", None, None]
    assert covariate_named("her2_conversion since Wundermab") is None
    assert "ASCO/CAP 2013" in since.meaning(DEFAULT_DEFINITIONS)
