"""Drawing patients with replacement, and limits from what the samples say: percentiles, and bias-corrected ones."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.confidence import level_problems
from sequela.stats.distributions import normal_cdf, normal_quantile, student_quantile

NUMBERS_AT_ONCE = 4_000_000
"""Samples are drawn, and read or fitted, in batches of at most so many counts, to bound the memory."""


@frozen
class BootstrapLimits:
    """Limits of one number from its values in samples.

    Attributes
    ----------
    low, high : float
        May be infinite, where a sample has an infinite value.
    used : int
        Samples with a value.
    method : str
    """

    low: float
    high: float
    used: int
    method: str


def drawn_counts(chance: np.random.Generator, units: int, samples: int) -> np.ndarray:
    """Count how often each unit is drawn, shape (samples, units), as many draws as units.

    Efron (1979) doi:10.1214/aos/1176344552. No missing values, no ties.
    """
    drawn = chance.integers(0, units, (samples, units)) + np.arange(samples)[:, None] * units
    return np.bincount(drawn.ravel(), minlength=samples * units).reshape(samples, units)


def batches(samples: int, patients: int) -> list[int]:
    """Return how many samples of so many patients, one or more, are drawn at once; they add up to all of them."""
    size = max(1, NUMBERS_AT_ONCE // patients)
    return [min(size, samples - begin) for begin in range(0, samples, size)]


def percentile_limits(values: ArrayLike, level: float = 0.95) -> BootstrapLimits:
    """Return the quantiles of the values of samples; samples without a value (nan) are left out.

    Order statistics, not between them: the mean of a number and infinity helps nobody. Ties need no rule.
    Efron (1979) doi:10.1214/aos/1176344552.

    Raises
    ------
    NotEstimableError
        No sample with a value.
    """
    known = _known(values, level)
    return _between(known, (1 - level) / 2, (1 + level) / 2, "bootstrap percentiles")


def degrees_of_freedom(influence: ArrayLike) -> float:
    """Return of how many degrees of freedom a variance is that adds up the squared influence of patients.

    Three times the squared sum of squares over the sum of fourth powers, less 2, of influences less their mean; 1 at
    least. Of patients who count alike about as many as there are, few where a few decide; infinite where nobody does.
    Missing values (nan) are left out. Lipsitz, Ibrahim & Parzen (1999), The Statistician 48:495.

    Parameters
    ----------
    influence : float array, shape (n,)
        How much each patient, or each group of them, moves the estimate, to any common factor above zero.
    """
    moved = np.asarray(influence, dtype=float)
    moved = moved[np.isfinite(moved)]
    if moved.size < 2 or not (spread := moved - moved.mean()).any():
        return float("inf")
    squares = (spread / np.abs(spread).max()) ** 2
    return max(1.0, float(3 * squares.sum() ** 2 / (squares**2).sum() - 2))


def expanded_limits(values: ArrayLike, freedom: float, level: float = 0.95) -> BootstrapLimits:
    """Return percentiles further out than asked for, as a t distribution is wider than a normal one.

    Where few patients decide, samples of them differ less than studies do. With v degrees of freedom the shares are the
    normal distribution's at sqrt((v + 1) / v) times the quantile of t, which for a mean gives Student's interval. Order
    statistics and missing values as in `percentile_limits`. Hesterberg (2015) doi:10.1080/00031305.2015.1089789.

    Parameters
    ----------
    values : float array, shape (r,)
    freedom : float
        1 or above; infinite gives `percentile_limits`. See `degrees_of_freedom`.
    level : float

    Raises
    ------
    NotEstimableError
        No sample with a value, or fewer degrees of freedom than 1.
    """
    known = _known(values, level)
    if not freedom >= 1:
        raise NotEstimableError(Problem("degrees of freedom", f"{freedom:g}", "1 or more"))
    if np.isinf(freedom):
        return percentile_limits(known, level)
    further = np.sqrt((freedom + 1) / freedom) * float(student_quantile((1 + level) / 2, freedom))
    outside = float(normal_cdf(-further))
    return _between(known, outside, 1 - outside, "bootstrap percentiles, expanded")


def bca_limits(values: ArrayLike, estimate: float, influence: ArrayLike, level: float = 0.95) -> BootstrapLimits:
    """Return the percentiles corrected for bias and acceleration (BCa).

    The bias correction counts the values below the estimate, the acceleration is the skewness of the influence:
    sum of cubes over six times the sum of squares to the power 3/2. Order statistics as in `percentile_limits`; a
    value equal to the estimate counts as half below it, where R's `boot.ci` counts it as above. Samples without a value
    (nan) are left out. Efron (1987) doi:10.1080/01621459.1987.10478410. Golden: tests/golden/resampled_curves.

    Parameters
    ----------
    values : float array, shape (r,)
    estimate : float
        Of all patients.
    influence : float array, shape (n,)
        How much each patient, or each cluster, moves the estimate, to any common factor above zero.
    level : float

    Raises
    ------
    NotEstimableError
        No sample with a value, every sample on one side of the estimate, an influence too skewed for the correction, or
        an estimate or influence that is not finite.
    """
    known = _known(values, level)
    moved = np.asarray(influence, dtype=float)
    if not (np.isfinite(estimate) and moved.size and np.isfinite(moved).all() and moved.any()):
        raise NotEstimableError(Problem("influence", "nothing finite that moves the estimate", "finite numbers"))
    below = float(((known < estimate).sum() + (known == estimate).sum() / 2) / known.size)
    if not 0 < below < 1:
        raise NotEstimableError(
            Problem("samples", "every one lies on one side of the estimate", "some on each", "Draw more samples.")
        )
    bias = normal_quantile(below)
    acceleration = float((moved**3).sum() / (6 * (moved**2).sum() ** 1.5))
    shares = []
    for share in ((1 - level) / 2, (1 + level) / 2):
        shifted = bias + normal_quantile(share)
        if acceleration * shifted >= 1:
            raise NotEstimableError(Problem("influence", "too skewed for the correction", "no single patient decides"))
        shares.append(float(normal_cdf(bias + shifted / (1 - acceleration * shifted))))
    return _between(known, shares[0], shares[1], "bootstrap, bias-corrected and accelerated (BCa)")


def _between(known: np.ndarray, low: float, high: float, method: str) -> BootstrapLimits:
    lower = float(np.quantile(known, low, method="lower"))
    upper = float(np.quantile(known, high, method="higher"))
    return BootstrapLimits(lower, upper, known.size, method)


def _known(values: ArrayLike, level: float) -> np.ndarray:
    if problems := level_problems(level):
        raise NotEstimableError(problems)
    try:
        found = np.asarray(values, dtype=float).ravel()
    except (TypeError, ValueError):
        raise NotEstimableError(Problem("samples", "values that are not numbers", "numbers")) from None
    known = found[~np.isnan(found)]
    if not known.size:
        raise NotEstimableError(Problem("samples", "none has an estimate", "one at least", "Estimate less."))
    return known
