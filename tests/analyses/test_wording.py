"""How numbers are written: the conventions as vectors."""

import math

import pytest

from sequela.analyses import wording as written
from sequela.analyses.results import Estimate

NAN = math.nan


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, ">0.9"),
        (0.999, ">0.9"),
        (0.9, "0.9"),
        (0.5, "0.5"),
        (0.25, "0.3"),
        (0.2, "0.2"),
        (0.197, "0.2"),
        (0.12, "0.12"),
        (0.10, "0.10"),
        (0.0999, "0.10"),
        (0.06, "0.060"),
        (0.0995, "0.10"),
        (0.0949, "0.095"),
        (0.03, "0.030"),
        (0.002, "0.002"),
        (0.001, "0.001"),
        (0.00099, "<0.001"),
        (0.0, "<0.001"),
        (NAN, "NE"),
    ],
)
def test_p_values_follow_the_vector(p, text):
    assert written.p_value(p) == text


@pytest.mark.parametrize(
    ("p", "text"), [(0.003, "p = 0.003"), (0.0002, "p < 0.001"), (0.97, "p > 0.9"), (NAN, "p not estimable")]
)
def test_p_values_in_sentences(p, text):
    assert written.p_statement(p) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.25, 1, "0.3"),
        (-0.25, 1, "-0.3"),
        (2.675, 2, "2.68"),
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (-0.04, 1, "0.0"),
        (1e-7, 2, "0.00"),
        (1e22, 0, "10000000000000000000000"),
        (math.inf, 2, "infinite"),
        (NAN, 1, "NE"),
    ],
)
def test_halves_are_rounded_away_from_zero(value, decimals, text):
    assert written.rounded(value, decimals) == text


@pytest.mark.parametrize(
    ("count", "total", "decimals", "text"),
    [(13, 18, 0, "13 (72)"), (2, 18, 1, "2 (11.1)"), (1, 8, 0, "1 (13)"), (1, 16, 1, "1 (6.3)"), (0, 0, 1, "0")],
)
def test_counts_with_percentages(count, total, decimals, text):
    assert written.count_percent(count, total, decimals) == text


def test_months_are_days_over_30_4375():
    assert written.months(30.4375 * 2.75) == "2.8"
    assert written.months(NAN) == "NE"


@pytest.mark.parametrize(
    ("value", "text"), [(2.825, "2.83"), (0.001, "<0.01"), (0.005, "0.01"), (4000.0, ">1000"), (NAN, "NE")]
)
def test_ratios_have_two_decimals(value, text):
    assert written.ratio(value) == text


MONTH = 30.4375


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ((2.8, 1.7, 4.8), "2.8 (1.7–4.8)"),
        ((7.8, 5.5, NAN), "7.8 (5.5–NE)"),
        ((NAN, 5.5, NAN), "NR (5.5–NE)"),
        ((NAN, NAN, NAN), "NR"),
        ((7.8, NAN, NAN), "7.8 (NE)"),
        ((7.8, NAN, 9.0), "7.8 (NE–9.0)"),
    ],
)
def test_medians_say_not_reached_and_not_estimable(limits, text):
    assert written.median_months(Estimate(*(MONTH * limit for limit in limits), "log-log")) == text


def test_a_ratio_that_cannot_be_estimated_is_not_called_unreached():
    assert written.with_interval(Estimate(NAN, NAN, NAN, "Wald"), written.ratio) == "NE"
    assert written.worded(Estimate(NAN, NAN, NAN, "Wald"), written.ratio, "95%") == "not estimable"


def test_estimates_inside_sentences():
    estimate = Estimate(2.8 * MONTH, 1.7 * MONTH, NAN, "log-log")
    assert written.worded(estimate, written.months, "95%", "months") == "2.8 months (95% CI 1.7–NE)"
    unreached = Estimate(NAN, 1.7 * MONTH, NAN, "log-log")
    assert written.worded(unreached, written.months, "95%", "months") == "not reached (95% CI 1.7–NE)"


def test_negative_limits_are_joined_by_a_word():
    assert written.interval(-1.0, 2.0, written.ratio) == "-1.00 to 2.00"


@pytest.mark.parametrize(
    ("limits", "median", "text"),
    [((43.0, 73.0), 53.0, "53"), ((43.0, 73.0), 53.5, "53.5"), ((3.5, 32.5), 15.0, "15.0"), ((NAN, NAN), 2.0, "2")],
)
def test_counted_quantities_have_no_decimals(limits, median, text):
    assert written.quantity_writer(limits)(median) == text


def test_standardised_differences():
    assert [written.standardised_difference(v) for v in (0.345, -0.345, NAN, math.inf)] == [
        "0.35",
        "-0.35",
        "–",
        "infinite",
    ]


def test_words_are_joined_as_in_a_sentence():
    assert [written.listed(parts) for parts in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert (written.counted(1, "patient"), written.counted(0, "patient")) == ("1 patient", "0 patients")
    assert written.inside_sentence("Visceral disease") == "visceral disease"
    assert written.inside_sentence("ECOG performance status") == "ECOG performance status"


def test_only_marks_that_occur_are_explained():
    assert written.explained(["7.8 (5.5–NE)"]) == (written.MEANING["NE"],)
    assert written.explained(["NR", "7.8 (5.5–NE)"]) == (written.MEANING["NR"], written.MEANING["NE"])
    assert written.explained(["NERVE"]) == ()
