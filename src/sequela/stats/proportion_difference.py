"""Differences of two independent proportions with their intervals, and Barnard's test."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import numbers
from sequela.stats.confidence import level_problems
from sequela.stats.distributions import normal_quantile
from sequela.stats.proportions import wilson_interval
from sequela.stats.unconditional import largest_probability

AS_EXTREME = 1e-9
"""Statistics that differ by less are equal; tables that tie do so by rounding alone."""
MOST_TABLES = 50_000
"""Pairs of counts above which the exact distribution is not computed."""
STEPS, HALVINGS = 60, 30
"""Differences tried on the way in to an exact limit, and how often the limit is then bracketed more closely."""


@frozen
class ProportionDifference:
    """A difference of two proportions, x less y, with its interval.

    Attributes
    ----------
    value, low, high : float
        Between -1 and 1.
    level : float
    method : str
    """

    value: float
    low: float
    high: float
    level: float
    method: str


@frozen
class BarnardTest:
    """The result of Barnard's test.

    Attributes
    ----------
    statistic : float
        z with the pooled proportion, first column less second.
    p_value : float
        Two-sided.
    """

    statistic: float
    p_value: float


def wald_difference(count_x: int, n_x: int, count_y: int, n_y: int, level: float = 0.95) -> ProportionDifference:
    """Return the difference plus and minus its estimated standard error, cut at -1 and 1.

    Much too short for few patients or extreme proportions, without width where both are 0 or 1; R's
    `prop.test(correct = FALSE)`. Golden: tests/golden/proportion_difference.
    """
    x, y = _shares(count_x, n_x, count_y, n_y, level)
    half_width = normal_quantile(0.5 + level / 2) * float(np.sqrt(x * (1 - x) / n_x + y * (1 - y) / n_y))
    return ProportionDifference(x - y, max(x - y - half_width, -1.0), min(x - y + half_width, 1.0), level, "Wald")


def newcombe_difference(count_x: int, n_x: int, count_y: int, n_y: int, level: float = 0.95) -> ProportionDifference:
    """Return the interval made of the two Wilson intervals, without continuity correction.

    Newcombe (1998) Stat Med 17:873-90, method 10. Golden: tests/golden/proportion_difference.
    """
    _shares(count_x, n_x, count_y, n_y, level)
    x, y = wilson_interval(count_x, n_x, level), wilson_interval(count_y, n_y, level)
    value = x.value - y.value
    low = value - float(np.hypot(x.value - x.low, y.high - y.value))
    high = value + float(np.hypot(x.high - x.value, y.value - y.low))
    return ProportionDifference(value, low, high, level, "Newcombe, from Wilson's intervals")


def miettinen_nurminen_difference(
    count_x: int, n_x: int, count_y: int, n_y: int, level: float = 0.95
) -> ProportionDifference:
    """Return the differences that the score test does not reject, its variance times N / (N - 1).

    Both proportions are estimated under each difference. Defined also where both are 0 or 1.
    Miettinen & Nurminen (1985) doi:10.1002/sim.4780040211. Golden: tests/golden/proportion_difference.
    """
    x, y = _shares(count_x, n_x, count_y, n_y, level)
    total = n_x + n_y
    z = normal_quantile(0.5 + level / 2) * float(np.sqrt(total / (total - 1)))
    ends = []
    for sign in (1, -1):
        inside, outside = x - y, float(-sign)
        for _ in range(2 * HALVINGS):
            middle = (inside + outside) / 2
            kept = sign * float(score_statistic(x, n_x, y, n_y, middle)) <= z
            inside, outside = (middle, outside) if kept else (inside, middle)
        ends.append((inside + outside) / 2)
    return ProportionDifference(x - y, ends[0], ends[1], level, "score, Miettinen-Nurminen")


def exact_difference(count_x: int, n_x: int, count_y: int, n_y: int, level: float = 0.95) -> ProportionDifference:
    """Return the differences that neither of two exact one-sided score tests rejects, each at half the error.

    Unconditional: the p-value of a difference is its largest over all pairs of proportions that far apart, tables
    ordered by the score statistic. Where p-values go up and down, the outermost difference that is kept
    is the limit. Chan & Zhang (1999), Biometrics 55:1202; SAS's
    `EXACT RISKDIFF(METHOD=SCORE)`. Golden: tests/golden/proportion_difference.

    Raises
    ------
    NotEstimableError
        No patients, counts outside 0 to n, or more than 50,000 pairs of counts.
    """
    x, y = _shares(count_x, n_x, count_y, n_y, level)
    _check_size(n_x, n_y)
    low = _exact_limit((count_x, n_x), (count_y, n_y), (1 - level) / 2)
    # Turned round, the upper limit is the lower one.
    high = -_exact_limit((count_y, n_y), (count_x, n_x), (1 - level) / 2)
    return ProportionDifference(x - y, low, high, level, "exact, unconditional, ordered by the score")


def barnard_exact(table: ArrayLike) -> BarnardTest:
    """Test a 2 x 2 table by Barnard's exact test, two-sided; columns are the groups, their sizes fixed.

    Tables are ordered by the size of z with the pooled proportion (Suissa & Shuster 1985, doi:10.2307/2981892),
    and the p-value is the largest over all common proportions; Barnard (1947) doi:10.1093/biomet/34.1-2.123 built his
    own order. Less conservative than Fisher's. Two proportions of 0, or of 1, give a p-value of 1. Missing values
    have no place in the table. Golden: tests/golden/proportion_difference.

    Raises
    ------
    NotEstimableError
        Not 2 x 2, a group without patients, counts that are not counts, or more than 50,000 pairs of counts.
    """
    counts = numbers("table", table)
    if counts.shape != (2, 2) or not (np.isfinite(counts).all() and (counts == np.round(counts)).all()):
        raise NotEstimableError(Problem("table", "not a 2 x 2 table of counts", "2 x 2, whole numbers from 0 on"))
    (a, b), (n_x, n_y) = counts[0].astype(int).tolist(), counts.sum(axis=0).astype(int).tolist()
    x, y = _shares(a, n_x, b, n_y, 0.95)
    _check_size(n_x, n_y)
    seen = float(score_statistic(x, n_x, y, n_y, 0.0))
    every = score_statistic(*_grid(n_x, n_y), 0.0)
    return BarnardTest(seen, largest_probability(np.abs(every) >= abs(seen) - AS_EXTREME))


def score_statistic(share_x: ArrayLike, n_x: int, share_y: ArrayLike, n_y: int, difference: float) -> np.ndarray:
    """Return z of a difference, its variance from the likeliest proportions that far apart.

    Those proportions are a root of a cubic: Farrington & Manning (1990) doi:10.1002/sim.4780091208.
    Zero where the shares are that far apart; infinite where only another difference explains them.
    """
    x, y = np.asarray(share_x, dtype=float), np.asarray(share_y, dtype=float)
    theta = n_y / n_x
    a = 1 + theta
    b = -(1 + theta + x + theta * y + difference * (theta + 2))
    c = difference**2 + difference * (2 * x + theta + 1) + x + theta * y
    d = -x * difference * (1 + difference)
    centre = b / (3 * a)
    v = centre**3 - b * c / (6 * a**2) + d / (2 * a)
    u = np.where(v < 0, -1.0, 1.0) * np.sqrt(np.maximum(centre**2 - c / (3 * a), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = (np.pi + np.arccos(np.clip(np.where(u == 0, 0.0, v / u**3), -1.0, 1.0))) / 3
        likeliest = np.clip(2 * u * np.cos(angle) - centre, max(0.0, difference), min(1.0, 1.0 + difference))
        other = np.clip(likeliest - difference, 0.0, 1.0)
        error = np.sqrt(likeliest * (1 - likeliest) / n_x + other * (1 - other) / n_y)
        apart = x - y - difference
        return np.where(np.abs(apart) < AS_EXTREME, 0.0, apart / error)


def _exact_limit(x: tuple[int, int], y: tuple[int, int], tail: float) -> float:
    """Return the least difference whose one-sided p-value, of counts as large in x, exceeds the tail."""
    (count_x, n_x), (count_y, n_y) = x, y

    def kept(difference: float) -> bool:
        every = score_statistic(*_grid(n_x, n_y), difference)
        return largest_probability(every >= every[count_x, count_y] - AS_EXTREME, difference) > tail

    value = count_x / n_x - count_y / n_y
    if kept(-1.0):
        return -1.0
    tried = np.linspace(-1.0, value, STEPS)
    reached = next(place for place, difference in enumerate(tried) if place == STEPS - 1 or kept(float(difference)))
    outside, inside = float(tried[reached - 1]), float(tried[reached])
    for _ in range(HALVINGS):
        middle = (outside + inside) / 2
        outside, inside = (outside, middle) if kept(middle) else (middle, inside)
    return (outside + inside) / 2


def _grid(n_x: int, n_y: int) -> tuple[np.ndarray, int, np.ndarray, int]:
    return (np.arange(n_x + 1) / n_x)[:, None], n_x, (np.arange(n_y + 1) / n_y)[None, :], n_y


def _shares(count_x: int, n_x: int, count_y: int, n_y: int, level: float) -> tuple[float, float]:
    problems = level_problems(level)
    for name, count, n in (("x", count_x, n_x), ("y", count_y, n_y)):
        if n < 1:
            problems.append(Problem(name, f"{n} patients", "at least one patient"))
        elif not 0 <= count <= n or count != int(count) or n != int(n):
            problems.append(Problem(name, f"{count} of {n}", "a whole number from 0 to n"))
    if problems:
        raise NotEstimableError(problems)
    return count_x / n_x, count_y / n_y


def _check_size(n_x: int, n_y: int) -> None:
    if (n_x + 1) * (n_y + 1) > MOST_TABLES:
        raise NotEstimableError(
            Problem("groups", f"{n_x} and {n_y} patients", f"at most {MOST_TABLES} pairs of counts", "Use the score.")
        )
