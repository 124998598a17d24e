"""Tails and quantiles of the distributions that tests and intervals are read from.

What a small study asks for is computed here, by the functions of the C library and by finite sums, as exactly as by
scipy (the witness in the tests) and without the seventh of a second that importing `scipy.special` takes; everything
else is asked of scipy.
"""

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

LONGEST_LIST = 4096
"""Numbers of an array up to which they are taken one by one."""

MOST_DEGREES, MOST_CHI_SQUARE = 60, 1000.0
"""Whole degrees of freedom and values up to which the tail of chi-square is a finite sum; further out it underflows."""

MOST_TRIALS = 300
"""Trials up to which limits of a proportion are found from the binomial sum."""

MOST_STEPS, SMALLEST_STEP = 200, 2.0**-52

_NORMAL = NormalDist()
_ROOT_OF_TWO = math.sqrt(2)


def _scipy() -> Any:
    # A seventh of a second to import, and most studies need nothing of it.
    import scipy.special  # noqa: PLC0415

    return scipy.special


def normal_quantile(p: float) -> float:
    """Return the standard normal quantile: Wichura (1988), Applied Statistics 37:477 (AS 241).

    -inf and inf at 0 and 1; nan where p is missing or outside.
    """
    if 0 < p < 1:
        return _NORMAL.inv_cdf(p)
    return {0.0: -math.inf, 1.0: math.inf}.get(float(p), math.nan)


def two_sided_p(z: float) -> float:
    """Return the probability of a standard normal value at least as far from 0; nan where z is missing."""
    return math.erfc(abs(z) / _ROOT_OF_TWO)


def two_sided_ps(z: ArrayLike) -> FloatArray:
    """Return `two_sided_p` of each number, in the shape of the array."""
    values = np.asarray(z, dtype=float)
    return np.array([two_sided_p(one) for one in values.ravel().tolist()]).reshape(values.shape)


def normal_cdf(x: ArrayLike) -> FloatArray:
    """Return the standard normal probability of at most x, for arrays of any length."""
    return np.asarray(_scipy().ndtr(x))


def chi_square_tail(x: float, degrees: float) -> float:
    """Return the probability that chi-square is above x; 1 at 0, nan where x is missing or negative.

    For whole degrees of freedom the finite sums of Abramowitz & Stegun (1964), 26.4.4 and 26.4.5: all terms positive.
    """
    if not (0 <= x <= MOST_CHI_SQUARE and float(degrees).is_integer() and 0 < degrees <= MOST_DEGREES):
        return float(_scipy().chdtrc(degrees, x))
    half = x / 2
    odd = int(degrees) % 2
    term = math.sqrt(half / math.pi) * 2 if odd else 1.0
    found = 0.0
    for place in range(int(degrees) // 2):
        found += term
        term *= half / (place + (1.5 if odd else 1.0))
    return math.exp(-half) * found + (math.erfc(math.sqrt(half)) if odd else 0.0)


def chi_square_value(tail: float, degrees: float) -> float:
    """Return the value above which chi-square lies with that probability."""
    if degrees == 1 and 0 < tail < 1:
        return normal_quantile(tail / 2) ** 2
    return float(_scipy().chdtri(degrees, tail))


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return the quantile of the beta distribution, as exact limits of proportions need it.

    For whole numbers the root of the binomial sum, P(X >= a) = p in a + b - 1 trials, from its smaller side, by
    Newton's steps inside an interval that is halved where a step would leave it.
    """
    whole = float(a).is_integer() and float(b).is_integer() and min(a, b) >= 1 and a + b - 1 <= MOST_TRIALS
    if not (whole and 0 < p < 1):
        return float(_scipy().betaincinv(a, b, p))
    return _binomial_root(p, int(a), int(b))


def _binomial_root(p: float, a: int, b: int) -> float:
    n, upper = a + b - 1, p <= 0.5
    counts = np.arange(a, n + 1) if upper else np.arange(a)
    ways = np.array([float(math.comb(n, k)) for k in counts.tolist()])
    wanted, sign = (p, 1.0) if upper else (1 - p, -1.0)
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(MOST_STEPS):
        surplus = sign * (float(ways @ (x**counts * (1 - x) ** (n - counts))) - wanted)
        low, high = (low, x) if surplus > 0 else (x, high)
        density = a * math.comb(n, a) * x ** (a - 1) * (1 - x) ** (b - 1)
        following = x - surplus / density if density > 0 else math.inf
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= SMALLEST_STEP * x or following in (low, high):
            return following
        x = following
    return x


def log_gamma(x: ArrayLike) -> FloatArray:
    """Return the logarithm of the gamma function of each number; inf at 0, nan where one is missing."""
    values = np.asarray(x, dtype=float)
    if values.size > LONGEST_LIST or not (values > 0).all():
        return np.asarray(_scipy().gammaln(values))
    return np.array([math.lgamma(one) for one in values.ravel().tolist()]).reshape(values.shape)


def expit(x: ArrayLike) -> FloatArray:
    """Return 1 / (1 + exp(-x)), the probability of a log odds."""
    with np.errstate(over="ignore"):
        found: FloatArray = 1 / (1 + np.exp(-np.asarray(x, dtype=float)))
    return found


def logit(p: ArrayLike) -> FloatArray:
    """Return the log odds of a probability; -inf and inf at 0 and 1."""
    share = np.asarray(p, dtype=float)
    with np.errstate(divide="ignore"):
        found: FloatArray = np.log(share) - np.log1p(-share)
    return found


def student_cdf(t: ArrayLike, degrees: ArrayLike) -> FloatArray:
    """Return the probability that Student's t is at most t."""
    return np.asarray(_scipy().stdtr(degrees, t))


def student_quantile(p: ArrayLike, degrees: ArrayLike) -> FloatArray:
    """Return the quantile of Student's t."""
    return np.asarray(_scipy().stdtrit(degrees, p))


def f_tail(x: float, above: float, below: float) -> float:
    """Return the probability that Fisher's F, with degrees of freedom above and below the line, is above x."""
    return float(_scipy().fdtrc(above, below, x))


def f_quantile(p: float, above: float, below: float) -> float:
    """Return the quantile of Fisher's F with degrees of freedom above and below the line."""
    return float(_scipy().fdtri(above, below, p))


def binomial_cdf(count: int, n: int, p: float) -> float:
    """Return the probability of at most `count` of `n`."""
    return float(_scipy().bdtr(count, n, p))


def gamma_quantile(p: float, shape: float) -> float:
    """Return the quantile of the gamma distribution of scale 1."""
    return float(_scipy().gammaincinv(shape, p))
