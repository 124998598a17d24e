"""Confidence intervals for a proportion."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtri

from sequela.errors import NotEstimableError, Problem
from sequela.stats.confidence import level_problems


@dataclass(frozen=True, slots=True)
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
    low = float(betaincinv(count, n - count + 1, tail)) if count > 0 else 0.0
    high = float(betaincinv(count + 1, n - count, 1 - tail)) if count < n else 1.0
    return Proportion(count / n, low, high, level, "Clopper-Pearson")


def wilson_interval(count: int, n: int, level: float = 0.95) -> Proportion:
    """Return the interval that inverts the score test, without continuity correction.

    Wilson (1927) doi:10.1080/01621459.1927.10502953. Golden: tests/golden/proportions.
    """
    _check(count, n, level)
    z, share = float(ndtri(0.5 + level / 2)), count / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half_width = z * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))) / (1 + z**2 / n)
    return Proportion(share, max(centre - half_width, 0.0), min(centre + half_width, 1.0), level, "Wilson")


def _check(count: int, n: int, level: float) -> None:
    problems = level_problems(level)
    if n < 1:
        problems.append(Problem("n", f"{n} patients", "at least one patient"))
    elif not 0 <= count <= n or count != int(count) or n != int(n):
        problems.append(Problem("count", f"{count} of {n}", "a whole number from 0 to n"))
    if problems:
        raise NotEstimableError(problems)
