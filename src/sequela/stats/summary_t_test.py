"""Tests of two and more means from means, standard deviations and sizes."""

from collections.abc import Sequence

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.distributions import f_tail, student_cdf


@frozen
class TTest:
    """The result of a t-test.

    Attributes
    ----------
    statistic : float
        Difference of the means, first less second, over its standard error.
    degrees_of_freedom : float
    p_value : float
        Two-sided.
    """

    statistic: float
    degrees_of_freedom: float
    p_value: float


@frozen
class OneWay:
    """Several means compared.

    Attributes
    ----------
    statistic : float
        F.
    between, within : float
        Degrees of freedom.
    p_value : float
    """

    statistic: float
    between: float
    within: float
    p_value: float


def one_way_from_summary(
    means: Sequence[float], deviations: Sequence[float], sizes: Sequence[int], *, equal_variance: bool
) -> OneWay:
    """Compare two or more means of which only the summary is known.

    With `equal_variance` the analysis of variance (Fisher 1925), otherwise Welch's test (1951),
    doi:10.1093/biomet/38.3-4.330. Golden: tests/golden/mean_tests.

    Raises
    ------
    NotEstimableError
        Fewer than two samples, fewer than two values in one, a number that is missing, or no
        deviation: in any sample for the analysis of variance, in each of them for Welch's test.
    """
    n, mean, s = (np.array(numbers, dtype=float) for numbers in (sizes, means, deviations))
    groups = n.size
    known = np.isfinite([*mean, *s]).all() and groups > 1 and n.min() >= 2 and s.min() >= 0
    if not known or (s.max() == 0 if equal_variance else s.min() == 0):
        found = f"means {tuple(means)}, deviations {tuple(deviations)}, sizes {tuple(sizes)}"
        raise NotEstimableError(Problem("summary", found, "2 samples; a mean, a deviation and 2 values or more each"))
    weight = n if equal_variance else n / s**2
    spread = (weight * (mean - (weight * mean).sum() / weight.sum()) ** 2).sum() / (groups - 1)
    if equal_variance:
        within = float(n.sum()) - groups
        statistic = spread / (((n - 1) * s**2).sum() / within)
    else:
        off = ((1 - weight / weight.sum()) ** 2 / (n - 1)).sum() / (groups**2 - 1)
        statistic, within = spread / (1 + 2 * (groups - 2) * off), 1 / (3 * off)
    return OneWay(float(statistic), groups - 1.0, float(within), f_tail(float(statistic), groups - 1, float(within)))


def t_test_from_summary(
    means: Sequence[float], deviations: Sequence[float], sizes: Sequence[int], *, equal_variance: bool
) -> TTest:
    """Compare two means of which only the summary is known.

    With `equal_variance` the variance is pooled (Student 1908), otherwise each sample keeps its own
    (Welch 1947, Satterthwaite's degrees of freedom). Golden: tests/golden/summary_t_test.

    Parameters
    ----------
    means, deviations, sizes : pair
        Standard deviations with n - 1.

    Raises
    ------
    NotEstimableError
        Fewer than two values in a sample, a number that is missing or infinite, a negative deviation,
        or no deviation at all.
    """
    n, s = np.array(sizes, dtype=float), np.array(deviations, dtype=float)
    if not (np.isfinite([*means, *s]).all() and n.min() >= 2 and s.min() >= 0 and s.max() > 0):
        raise NotEstimableError(
            Problem(
                "summary",
                f"sizes {tuple(sizes)}, deviations {tuple(deviations)}",
                "2 values, a mean and a deviation each",
            )
        )
    if equal_variance:
        degrees = n.sum() - 2
        variance = ((n - 1) * s**2).sum() / degrees * (1 / n).sum()
    else:
        parts = s**2 / n
        variance = parts.sum()
        degrees = variance**2 / (parts**2 / (n - 1)).sum()
    statistic = float((means[0] - means[1]) / np.sqrt(variance))
    return TTest(statistic, float(degrees), min(1.0, 2 * float(student_cdf(-abs(statistic), degrees))))
