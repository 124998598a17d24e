"""Percentiles expanded where few patients decide: by hand, against R, and in studies of a few who weigh most."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats.bootstrap_limits import degrees_of_freedom, drawn_counts, expanded_limits, percentile_limits
from sequela.stats.distributions import normal_cdf, student_quantile
from tests.golden.read import number, numbers, rows
from tests.golden.tolerances import SUMMATION

MEANS = numbers(rows("expanded_percentiles", "data"), "means")
LEFT = numbers(rows("expanded_percentiles", "left_out"), "left")


def test_degrees_of_freedom_and_limits_are_those_of_r():
    freedom = degrees_of_freedom(LEFT)
    for row in rows("expanded_percentiles", "expected"):
        if row["statistic"] == "freedom":
            found = freedom
        else:
            found = getattr(expanded_limits(MEANS, freedom, number(row["level"])), row["statistic"])
        assert found == pytest.approx(number(row["value"]), rel=SUMMATION), row


def test_three_patients_by_hand():
    """2, -1 and -1: squares 4, 1, 1, fourth powers 16, 1, 1; three times 36 over 18, less 2, is 4."""
    assert degrees_of_freedom([7, 4, 4]) == pytest.approx(4, rel=SUMMATION)
    assert degrees_of_freedom([70, 40, np.nan, 40]) == pytest.approx(4, rel=SUMMATION)


def test_patients_who_count_alike_are_three_times_as_many_less_two_and_one_who_decides_is_one():
    # Influences of one size on both sides; influences of a normal distribution give about as many as there are.
    assert degrees_of_freedom([1, -1] * 5) == pytest.approx(28, rel=SUMMATION)
    many = np.random.default_rng(2).standard_normal(20_000)
    assert degrees_of_freedom(many) == pytest.approx(20_000, rel=0.05)
    assert degrees_of_freedom([1000, *np.linspace(-1, 1, 50)]) < 1.2
    assert degrees_of_freedom([3, 3, 3]) == degrees_of_freedom([]) == np.inf


def test_limits_lie_further_out_the_fewer_decide_and_with_many_are_the_percentiles():
    widths = [expanded_limits(MEANS, freedom).high - expanded_limits(MEANS, freedom).low for freedom in (2, 5, 20, 1e7)]
    assert widths == sorted(widths, reverse=True) and widths[0] > widths[-1]
    plain = percentile_limits(MEANS)
    assert (expanded_limits(MEANS, 1e9).low, expanded_limits(MEANS, 1e9).high) == (plain.low, plain.high)
    assert expanded_limits(MEANS, np.inf) == plain


def test_of_a_mean_they_are_students_interval():
    """Normal samples of the spread that a bootstrap gives a mean of n: the variance less one part in n."""
    n, level = 6, 0.95
    grid = (np.arange(1, 200_000) / 200_000)[:, None]
    places = np.sqrt(2) * _inverse_error(2 * grid[:, 0] - 1) * np.sqrt((n - 1) / n)
    found = expanded_limits(places, n - 1, level)
    assert found.high == pytest.approx(float(student_quantile(0.975, n - 1)), rel=0.002)
    assert found.low == pytest.approx(-found.high, rel=0.002)
    assert float(normal_cdf(found.high)) > 0.975


def test_fewer_than_one_degree_of_freedom_is_refused():
    for freedom in (0.5, np.nan):
        with pytest.raises(NotEstimableError):
            expanded_limits(MEANS, freedom)


def test_a_mean_that_eight_of_eighty_decide_is_covered_as_often_as_is_said():
    """Eight patients weigh thirty times as much as the others: percentiles hold the truth too seldom."""
    rng, weight = np.random.default_rng(8), np.repeat([30.0, 1.0], [8, 72])
    counts = drawn_counts(rng, 80, 400)
    plain = wide = 0
    for _ in range(300):
        values = rng.standard_normal(80)
        samples = counts @ (weight * values) / (counts @ weight)
        left = (weight @ values - weight * values) / (weight.sum() - weight)
        limits = percentile_limits(samples), expanded_limits(samples, degrees_of_freedom(left))
        plain += limits[0].low <= 0 <= limits[0].high
        wide += limits[1].low <= 0 <= limits[1].high
    assert plain / 300 < 0.92 < wide / 300 < 0.98


def _inverse_error(x):
    from scipy.special import erfinv

    return erfinv(x)
