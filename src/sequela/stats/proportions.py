"""Confidence intervals for a proportion."""

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.confidence import level_problems
from sequela.stats.distributions import beta_quantile, normal_quantile


@frozen
class Proportion:
    """A proportion with its interval.

    Attributes
    ----------
    value, low, high : float
        Between 0 and 1.
    level : float
    method : str
    """

    value: float
    low: float
    high: float
    level: float
    method: str


def exact_interval(count: int, n: int, level: float = 0.95) -> Proportion:
    """Return the interval of Clopper & Pearson: both tails of the binomial are kept.

    Clopper & Pearson (1934) doi:10.1093/biomet/26.4.404. None of n: from 0; all of n: to 1.
    Golden: tests/golden/proportions.

    Raises
    ------
    NotEstimableError
        No patients, or a count outside 0 to n.
    """
    _check(count, n, level)
    tail = (1 - level) / 2
    low = beta_quantile(tail, count, n - count + 1) if count > 0 else 0.0
    high = beta_quantile(1 - tail, count + 1, n - count) if count < n else 1.0
    return Proportion(count / n, low, high, level, "Clopper-Pearson")


def wilson_interval(count: int, n: int, level: float = 0.95) -> Proportion:
    """Return the interval that inverts the score test, without continuity correction.

    Wilson (1927) doi:10.1080/01621459.1927.10502953. Golden: tests/golden/proportions.
    """
    _check(count, n, level)
    z, share = normal_quantile(0.5 + level / 2), count / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half_width = z * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))) / (1 + z**2 / n)
    low = 0.0 if count == 0 else max(centre - half_width, 0.0)
    high = 1.0 if count == n else min(centre + half_width, 1.0)
    return Proportion(share, low, high, level, "Wilson")


def wilson_corrected_interval(count: int, n: int, level: float = 0.95) -> Proportion:
    """Return the interval that inverts the score test with continuity correction: R's `prop.test`.

    The correction is 0.5, or the distance from one half of n where that is smaller.
    Golden: tests/golden/proportions.
    """
    _check(count, n, level)
    z, share = normal_quantile(0.5 + level / 2), count / n
    correction = min(0.5, abs(count - n / 2))
    ends = []
    for sign in (-1, 1):
        at = share + sign * correction / n
        spread = z * float(np.sqrt(max(at * (1 - at), 0.0) / n + z**2 / (4 * n**2)))
        ends.append((at + z**2 / (2 * n) + sign * spread) / (1 + z**2 / n))
    low = 0.0 if count == 0 else max(ends[0], 0.0)
    high = 1.0 if count == n else min(ends[1], 1.0)
    return Proportion(share, low, high, level, "Wilson with continuity correction")


def wald_interval(count: int, n: int, level: float = 0.95) -> Proportion:
    """Return the proportion plus and minus its estimated standard error, cut at 0 and 1.

    Much too short for few patients or extreme proportions; here to recognise it in print. Brown, Cai & DasGupta
    (2001) doi:10.1214/ss/1009213286 on why not. Golden: tests/golden/proportions.
    """
    _check(count, n, level)
    share = count / n
    half_width = normal_quantile(0.5 + level / 2) * float(np.sqrt(share * (1 - share) / n))
    return Proportion(share, max(share - half_width, 0.0), min(share + half_width, 1.0), level, "Wald")


def agresti_coull_interval(count: int, n: int, level: float = 0.95) -> Proportion:
    """Return Wald's interval about Wilson's middle, cut at 0 and 1.

    Agresti & Coull (1998) doi:10.1080/00031305.1998.10480550. Golden: tests/golden/proportions.
    """
    _check(count, n, level)
    z = normal_quantile(0.5 + level / 2)
    size = n + z**2
    middle = (count + z**2 / 2) / size
    half_width = z * float(np.sqrt(middle * (1 - middle) / size))
    return Proportion(count / n, max(middle - half_width, 0.0), min(middle + half_width, 1.0), level, "Agresti-Coull")


def _check(count: int, n: int, level: float) -> None:
    problems = level_problems(level)
    if n < 1:
        problems.append(Problem("n", f"{n} patients", "at least one patient"))
    elif not 0 <= count <= n or count != int(count) or n != int(n):
        problems.append(Problem("count", f"{count} of {n}", "a whole number from 0 to n"))
    if problems:
        raise NotEstimableError(problems)
