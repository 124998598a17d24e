"""The phrases of the language: what each means, and that it prints as it is read."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.study.phrases import (
    Comparison,
    Moment,
    Refusal,
    Span,
    comparison,
    moment,
    short_criterion,
    span,
    time_zero,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (2, Comparison("=", 2)),
        ("2", Comparison("=", 2)),
        (">= 18", Comparison(">=", 18)),
        ("≤1", Comparison("<=", 1)),
        ("< 2.5", Comparison("<", 2.5)),
        ("2 to 4", Comparison("to", 2, 4)),
        ("2-4", Comparison("to", 2, 4)),
        ("2 or more", Comparison(">=", 2)),
        ("2+", Comparison(">=", 2)),
        ("second", Comparison("=", 2)),
    ],
)
def test_comparisons(written, meant):
    assert comparison(written) == meant
    assert comparison(str(meant)) == meant


@given(st.sampled_from(["<", "<=", "=", ">=", ">"]), st.integers(-5, 5))
def test_a_comparison_says_what_the_sign_says(sign, value):
    sides = {"<": value < 2, "<=": value <= 2, "=": value == 2, ">=": value >= 2, ">": value > 2}
    assert pl.select(Comparison(sign, 2).holds(pl.lit(value))).item() == sides[sign]


def test_a_range_holds_its_ends():
    values = pl.DataFrame({"value": [1, 2, 3, 4, 5, None]})
    held = values.select(Comparison("to", 2, 4).holds(pl.col("value"))).to_series().to_list()
    assert held == [False, True, True, True, False, None]


@pytest.mark.parametrize("written", ["low", True, "", ">", "4 to 2"])
def test_what_is_no_comparison(written):
    with pytest.raises(Refusal):
        comparison(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("time zero", Moment("time zero")),
        ("time_zero", Moment("time zero")),
        ("Metastatic  diagnosis", Moment("metastatic diagnosis")),
        ("first T-DM1", Moment("first drug", drug="T-DM1")),
        ("start of line 2", Moment("start of line", line=2)),
        ("start of the second line", Moment("start of line", line=2)),
        ("start of pertuzumab", Moment("first drug", drug="pertuzumab")),
        ("surgery", Moment("first surgery")),
        ("recurrence", Moment("first recurrence")),
    ],
)
def test_moments(written, meant):
    assert moment(written) == meant
    assert moment(str(meant)) == meant


@pytest.mark.parametrize("written", ["time zero", "accrual", "start of line 0", "yesterday", 7])
def test_what_cannot_be_time_zero(written):
    with pytest.raises(Refusal):
        time_zero(written)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("6 months before time zero", 183),
        ("28 days of metastatic diagnosis", 28),
        ("2 weeks after first pertuzumab", 14),
        ("1 year before time zero", 365),
        ("accrual", 0),
    ],
)
def test_stretches(written, days):
    assert span(written).days == days
    assert str(span(written)) == written


def test_around_is_both_sides():
    assert span("28 days around time zero") == Span(28, "day", "of", Moment("time zero"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("metastatic at time zero", {"metastatic": "time zero"}),
        ("metastatic", {"metastatic": "time zero"}),
        ("HER2 positive", {"biomarker": "HER2", "is": "positive", "at": "time zero"}),
        ("HER2-positive", {"biomarker": "HER2", "is": "positive", "at": "time zero"}),
        ("EGFR mutated at any time", {"biomarker": "EGFR", "is": "mutated", "at": "any time"}),
        ("hormone receptor negative", {"biomarker": "hormone receptor", "is": "negative", "at": "time zero"}),
        ("age >= 18", {"age": ">= 18"}),
        ("ECOG <= 1", {"ecog": "<= 1"}),
        ("line 2", {"line": "2"}),
        ("second line", {"line": "second"}),
        ("female", {"sex": "female"}),
        ("liver metastasis", {"site": "liver", "at": "time zero"}),
        ("visceral metastases at time zero", {"site": "visceral", "at": "time zero"}),
        ("observed at time zero", {"observed": "time zero"}),
        ("under observation at time zero", {"observed": "time zero"}),
        ("not HER2 positive", {"not": "HER2 positive"}),
        ("received trastuzumab", {"received": "trastuzumab"}),
        ("received trastuzumab before time zero", {"received": "trastuzumab", "before": "time zero"}),
        (
            "received pertuzumab within 6 months before time zero",
            {"received": "pertuzumab", "within": "6 months before time zero"},
        ),
        (
            "received a after accrual before time zero",
            {"received": "a", "after": "accrual", "before": "time zero"},
        ),
    ],
)
def test_short_criteria(written, meant):
    assert short_criterion(written) == meant
