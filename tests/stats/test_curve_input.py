"""Weights, starts and horizons that are none; a risk set that dies out."""

from fractions import Fraction

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats.conditional_survival import conditional_survival, first_reliable_time, reliable_curve
from sequela.stats.differences import survival_difference
from sequela.stats.kaplan_meier import kaplan_meier, kaplan_meier_by_stratum, quantile, survival_at
from sequela.stats.nelson_aalen import nelson_aalen
from sequela.stats.pseudo_values import survival_pseudo_values
from sequela.stats.restricted_mean import restricted_mean, restricted_mean_difference
from sequela.stats.reverse_kaplan_meier import reverse_kaplan_meier
from tests.golden.tolerances import SUMMATION

NAN, INFINITE = float("nan"), float("inf")


def near(value):
    return pytest.approx(float(value), rel=SUMMATION)


@pytest.mark.parametrize("weights", [[1, -1], [1, NAN], [1, INFINITE], [1], [["a", "b"]], ["a", 1], [0, 0]])
@pytest.mark.parametrize("estimator", [kaplan_meier, reverse_kaplan_meier])
def test_weights_that_are_none(estimator, weights):
    with pytest.raises(NotEstimableError, match="weight"):
        estimator([1, 2], [1, 0], weights=weights)


def test_options_and_columns_that_are_none():
    with pytest.raises(NotEstimableError, match="Greenwood, robust"):
        kaplan_meier([1, 2], [1, 0], variance="jackknife")
    with pytest.raises(NotEstimableError, match="cluster: 1 rows for 2 patients"):
        kaplan_meier([1, 2], [1, 0], cluster=[1])
    with pytest.raises(NotEstimableError, match="strata: 3 rows for 2 patients"):
        kaplan_meier_by_stratum([1, 2, 3], [1, 2], [1, 0])
    with pytest.raises(NotEstimableError, match="strata: 1 codes are missing"):
        kaplan_meier_by_stratum(["a", None], [1, 2], [1, 0])
    with pytest.raises(NotEstimableError, match="log, plain"):
        nelson_aalen(kaplan_meier([1, 2], [1, 0]), interval="log-log")


def test_a_weighted_curve_by_hand():
    """Weights 2, 1, 1: a third of the weight left at 2 after half went at 1."""
    curve = kaplan_meier([1, 2, 3], [1, 1, 0], weights=[2, 1, 1])
    assert curve.exposed.tolist() == [4, 2, 1]
    assert curve.at_risk.tolist() == [3, 2, 1]
    assert curve.survival.tolist() == [0.5, 0.25, 0.25]
    moved = [Fraction(1, 2) * 2 * (Fraction(1, 2) - Fraction(2, 8)), -Fraction(1, 2) * Fraction(2, 8)]
    assert curve.std_error[0] == near((moved[0] ** 2 + 2 * moved[1] ** 2) ** 0.5)
    assert nelson_aalen(curve).hazard.tolist() == [0.5, 1.0, 1.0]


def test_a_risk_set_that_dies_out_is_named_and_survived():
    """Two are watched from 0 and die; eight more enter at 5."""
    time, event = [1, 2, *range(8, 18)], [1, 1, *[1, 0] * 5]
    entry = [0, 0] + [5] * 10
    curve = kaplan_meier(time, event, entry=entry)
    assert curve.survival[-1] == 0 and curve.died_out == 2 and quantile(curve).value == 1.5
    start = first_reliable_time(time, entry)
    assert start == 5
    later = conditional_survival(curve, start)
    assert (later.start, later.at_risk[0], later.survival[0]) == (5, 10, near(0.9))
    assert np.isnan(later.died_out) and np.isnan(survival_at(later, 3).survival[0])
    assert survival_at(later, 5.5).survival[0] == 1
    assert restricted_mean(later, 9).value == near(3 + 0.9)
    assert np.isnan(kaplan_meier([1, 2], [1, 1]).died_out)


def test_too_few_at_risk_at_any_time():
    with pytest.raises(NotEstimableError, match="never more than 2 of 3 patients at risk at once; expected 10"):
        first_reliable_time([1, 2, 3], [0, 0, 2])


def test_a_curve_that_an_emptied_risk_set_took_to_zero_begins_where_it_is_reliable():
    time, entry = np.array([1.0, *range(3, 15)]), np.array([0.0, *[2.0] * 12])
    curve = reliable_curve(time, np.ones(13), entry)
    assert (curve.start, curve.survival[0]) == (2, near(11 / 12))
    assert quantile(curve).value == 8.5 and quantile(curve).method.endswith("of those event-free at 2")
    # Twelve watched from the origin are enough, but they die out too, before the others enter.
    many = reliable_curve([*range(1, 13), *(20 + time)], np.ones(25), [*np.zeros(12), *(20 + entry)])
    assert many.start == 22 and many.survival[0] == near(11 / 12)
    whole = reliable_curve(time[1:], np.ones(12), entry[1:])
    assert whole.start == 0 and "event-free" not in quantile(whole).method
    with pytest.raises(NotEstimableError, match="at risk at once"):
        reliable_curve([1, 3, 4], [1, 1, 1], [0, 2, 2])


def test_who_enters_after_all_others_have_gone_leaves_the_curve_as_it_was():
    time = np.arange(1.0, 13)
    found = reliable_curve([*time, 30], np.ones(13), [*np.zeros(12), 20])
    assert (found.start, found.died_out) == (0, 12)
    assert found.survival[:12].tolist() == kaplan_meier(time, np.ones(12)).survival.tolist()


def test_the_share_of_a_large_cohort_counts():
    time, entry = np.full(400, 50.0), np.repeat([0.0, 3.0, 9.0], [15, 100, 285])
    assert first_reliable_time(time, entry) == 3


@pytest.mark.parametrize("start", [9, -1, NAN, INFINITE])
def test_conditions_nobody_meets(start):
    with pytest.raises(NotEstimableError, match="before the last follow-up, 4"):
        conditional_survival(kaplan_meier([1, 4], [1, 0]), start)


def test_an_event_at_the_start_is_over():
    curve = conditional_survival(kaplan_meier([1, 2, 3, 4], [1, 1, 1, 0]), 2)
    assert curve.time.tolist() == [3, 4]
    assert curve.survival.tolist() == [0.5, 0.5]
    with pytest.raises(NotEstimableError, match="from 2 on"):
        conditional_survival(curve, 1)


def test_differences_of_what_is_not_there():
    short, long = kaplan_meier([1, 2, 3], [1, 0, 0]), kaplan_meier([1, 8], [0, 1])
    nothing = survival_difference(short, long, 5)
    assert np.isnan([nothing.value, nothing.std_error, nothing.low, nothing.p_value]).all()
    both = survival_difference(long, long, 0.5)
    assert both.value == 0 and np.isnan([both.std_error, both.low, both.p_value]).all()
    early = restricted_mean(long, 3)
    assert early.value == 3 and np.isnan([early.std_error, early.low]).all()
    with pytest.raises(NotEstimableError, match="one horizon"):
        restricted_mean_difference(restricted_mean(short, 2), restricted_mean(long, 3))
    with pytest.raises(NotEstimableError, match="confidence level"):
        restricted_mean_difference(restricted_mean(short, 2), restricted_mean(long, 2), level=95)


def test_a_difference_by_hand():
    """1/2 less 3/4 of four patients each."""
    first = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0])
    second = kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0])
    found = survival_difference(first, second, 2)
    assert found.value == -0.25
    assert found.std_error == near((0.5 * 0.5 / 4 + 0.75 * 0.25 / 4) ** 0.5)
    assert found.low == near(-0.25 - 1.959963984540054 * found.std_error)


def test_a_month_written_with_fewer_digits_is_the_same_month():
    months, event = np.array([100, 200, 300, 363, 400]) / 30.4375, [1, 1, 0, 1, 0]
    rounded, above = float(f"{months[3]:.14g}"), np.nextafter(months[-1], np.inf)
    assert rounded != months[3]
    same = survival_pseudo_values(months, event, months[3])
    np.testing.assert_allclose(survival_pseudo_values(months, event, rounded), same, rtol=SUMMATION)
    curve = kaplan_meier(months, event)
    assert survival_at(curve, [rounded]).survival == survival_at(curve, [months[3]]).survival
    assert restricted_mean(curve, above).value == near(restricted_mean(curve, months[-1]).value)


def test_a_slope_at_time_zero_has_no_limits():
    found = quantile(kaplan_meier([0, 0, 0, 5], [1, 1, 1, 0]), dialect="SPSS")
    assert found.value == 0 and np.isnan(found.low) and np.isnan(found.high)


@pytest.mark.filterwarnings("error")
def test_limits_of_what_is_hardly_known_are_all_there_is():
    curve = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0], weights=[1e-9, 1e5, 1e5, 1e-9])
    hazard = nelson_aalen(kaplan_meier([1, 2], [1, 0], weights=[1e-9, 1e5], variance="Greenwood"))
    assert 0 <= curve.low[0] <= curve.high[0] <= 1
    assert hazard.low[0] == 0 and hazard.high[0] == INFINITE
