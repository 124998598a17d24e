"""Tails and quantiles beside R's, scipy's and exact fractions, and what they make of the ends of their range."""

import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from sequela.stats import distributions
from tests.golden import read
from tests.golden.tolerances import LAST_DIGITS

WITNESSED = {
    "normal_quantile": lambda x, a, b: distributions.normal_quantile(x),
    "two_sided_p": lambda x, a, b: distributions.two_sided_p(x),
    "chi_square_tail": lambda x, a, b: distributions.chi_square_tail(x, a),
    "chi_square_value": lambda x, a, b: distributions.chi_square_value(x, a),
    "beta_quantile": distributions.beta_quantile,
    "log_gamma": lambda x, a, b: float(distributions.log_gamma(x)),
    "expit": lambda x, a, b: float(distributions.expit(x)),
    "logit": lambda x, a, b: float(distributions.logit(x)),
}


def close(value):
    return pytest.approx(value, rel=LAST_DIGITS, abs=0)


@pytest.mark.parametrize("what", WITNESSED)
def test_as_in_r(what):
    rows = [row for row in read.rows("distributions", "expected") if row["what"] == what]
    assert len(rows) >= 5
    for row in rows:
        x, a, b, value = (read.number(row[name]) for name in ("x", "a", "b", "value"))
        assert WITNESSED[what](x, a, b) == close(value), row


@given(st.floats(1e-300, 1, exclude_max=True))
def test_the_normal_quantile_as_in_scipy(p):
    assert distributions.normal_quantile(p) == pytest.approx(float(scipy.special.ndtri(p)), rel=LAST_DIGITS, abs=1e-16)


@given(st.floats(0, 37))
def test_the_normal_tail_as_in_scipy_and_on_both_sides(z):
    assert distributions.two_sided_p(z) == pytest.approx(2 * float(scipy.special.ndtr(-z)), rel=4e-13, abs=0)
    assert distributions.two_sided_p(-z) == distributions.two_sided_p(z)


@given(st.floats(0, 1400), st.integers(1, 70))
def test_the_tail_of_chi_square_as_in_scipy_on_both_sides_of_its_bounds(x, degrees):
    assert distributions.chi_square_tail(x, degrees) == close(float(scipy.special.chdtrc(degrees, x)))


@given(st.integers(1, 200), st.integers(1, 200), st.floats(1e-6, 1 - 1e-6))
def test_the_beta_quantile_as_in_scipy_on_both_sides_of_its_bound(a, b, p):
    assert distributions.beta_quantile(p, a, b) == close(float(scipy.special.betaincinv(a, b, p)))


@pytest.mark.parametrize(("p", "a", "b"), [(0.025, 18, 25), (0.975, 19, 24), (0.05, 1, 43), (0.995, 12, 3)])
def test_the_beta_quantile_solves_the_sum_of_fractions(p, a, b):
    n, x = a + b - 1, Fraction(distributions.beta_quantile(p, a, b))
    share = sum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    slope = a * math.comb(n, a) * x ** (a - 1) * (1 - x) ** (b - 1)
    assert abs(float((share - Fraction(p)) / slope / x)) < 5e-15


def test_small_values_by_hand():
    assert distributions.normal_quantile(0.5) == 0
    assert distributions.two_sided_p(0.0) == 1
    assert distributions.chi_square_tail(3.0, 2) == close(math.exp(-1.5))
    assert distributions.chi_square_tail(3.0, 4) == close(math.exp(-1.5) * 2.5)
    assert distributions.chi_square_tail(0.0, 3) == 1
    assert distributions.beta_quantile(0.3, 1, 1) == close(0.3)
    assert distributions.beta_quantile(0.19, 1, 2) == close(0.1)  # 1 - (9/10)^2
    assert distributions.log_gamma([1, 2, 5, 11]).tolist() == close([0, 0, math.log(24), math.log(3628800)])
    assert distributions.expit([0.0, math.log(3)]).tolist() == close([0.5, 0.75])
    assert distributions.logit([0.5, 0.75]).tolist() == pytest.approx([0, math.log(3)], abs=1e-15)


def test_ends_of_the_range_and_missing_numbers():
    assert distributions.normal_quantile(0) == -math.inf
    assert distributions.normal_quantile(1) == math.inf
    for p in (-0.1, 1.1, math.nan):
        assert math.isnan(distributions.normal_quantile(p))
        assert math.isnan(distributions.beta_quantile(p, 3, 4))
    assert distributions.two_sided_p(math.inf) == 0
    assert math.isnan(distributions.two_sided_p(math.nan))
    assert distributions.chi_square_tail(math.inf, 1) == 0
    assert math.isnan(distributions.chi_square_tail(math.nan, 1))
    assert [distributions.expit(x).tolist() for x in (-math.inf, -800, 800)] == [0, 0, 1]
    assert distributions.logit([0.0, 1.0]).tolist() == [-math.inf, math.inf]
    assert [distributions.beta_quantile(p, 3, 4) for p in (0, 1)] == [0, 1]
    assert distributions.log_gamma([0.0, 2.0]).tolist() == [math.inf, 0]
    assert np.isnan(distributions.log_gamma([math.nan, 2.0])).tolist() == [True, False]


def test_arrays_keep_their_shape_and_long_ones_are_the_same():
    z = np.linspace(-5, 5, 12).reshape(3, 4)
    assert distributions.two_sided_ps(z).shape == z.shape
    assert distributions.two_sided_ps(z)[2, 1] == distributions.two_sided_p(z[2, 1])
    x = np.arange(1.0, distributions.LONGEST_LIST + 2)
    assert distributions.log_gamma(x)[:-1].tolist() == close(distributions.log_gamma(x[:-1]).tolist())
    assert distributions.normal_cdf([0.0, 1.959963984540054]).tolist() == close([0.5, 0.975])


def test_what_is_asked_of_scipy_has_its_arguments_in_their_places():
    # Student's t with one degree of freedom is Cauchy's: P(T <= 1) = 3/4.
    assert float(distributions.student_cdf(1.0, 1)) == close(0.75)
    assert float(distributions.student_quantile(0.75, 1)) == close(1.0)
    # F with 2 and 4: P(F > x) = (1 + x / 2)^-2.
    assert distributions.f_tail(2.0, 2, 4) == close(1 / 4)
    assert distributions.f_quantile(3 / 4, 2, 4) == close(2.0)
    assert distributions.binomial_cdf(1, 4, 0.5) == close(5 / 16)
    # A gamma of shape 1 is exponential.
    assert distributions.gamma_quantile(1 - math.exp(-2), 1.0) == close(2.0)
