"""Wilcoxon rank sum test of two groups."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import numbers
from sequela.stats.distributions import two_sided_p

EXACT_BELOW = 50
"""With "auto", both groups smaller than this and no ties give the exact distribution (R's rule)."""
MOST_SUMS = 20_000_000
"""Rank sums, times the size of the smaller sample, above which the exact distribution is not counted."""


@frozen
class RankSum:
    """The result of a Wilcoxon rank sum test.

    Attributes
    ----------
    statistic : float
        Pairs in which the value of x is the larger, ties counting one half (R's W, the
        Mann-Whitney U of x).
    z : float
        Standardised statistic, corrected for continuity where asked; nan for the exact test.
    p_value : float
        Two-sided.
    exact : bool
    continuity : bool
        Whether z was corrected; False for the exact test.
    n_x, n_y : int
        Values used.
    missing : int
        Values left out.
    method : str
        In words.
    """

    statistic: float
    z: float
    p_value: float
    exact: bool
    continuity: bool
    n_x: int
    n_y: int
    missing: int
    method: str


def wilcoxon_rank_sum(x: ArrayLike, y: ArrayLike, *, continuity: bool = True, exact: bool | str = "auto") -> RankSum:
    """Compare two independent samples by the rank sum of the first.

    Missing values are left out and counted. Ties take the mean of their ranks and reduce the
    variance of the normal approximation; the exact distribution is that of the ranks that occurred, ties
    and all, and its p-value counts rank sums at least as far from their mean. The defaults give R's `wilcox.test`;
    `continuity=False, exact=False` gives the asymptotic p-value of SPSS, `exact=True` that of
    `coin::wilcox_test(distribution = "exact")`.
    Wilcoxon (1945) doi:10.2307/3001968; Mann & Whitney (1947) doi:10.1214/aoms/1177730491.
    Golden: tests/golden/ranks.

    Parameters
    ----------
    x, y : float array
    continuity : bool
        Move the statistic one half towards its mean before the normal approximation.
    exact : {"auto", True, False}
        "auto": where both samples are smaller than 50 and there are no ties.

    Raises
    ------
    NotEstimableError
        A sample without values, all values equal, or `exact=True` with samples too large to count.
    """
    samples = [sample(name, values) for name, values in (("x", x), ("y", y))]
    missing = sum(np.size(np.asarray(values)) for values in (x, y)) - sum(known.size for known in samples)
    ranks, ties = mean_ranks(np.concatenate(samples))
    n, m = (known.size for known in samples)
    statistic = float(ranks[:n].sum() - n * (n + 1) / 2)
    tied = bool((ties > 1).any())
    if exact is True or (exact == "auto" and not tied and max(n, m) < EXACT_BELOW):
        return RankSum(
            statistic,
            float("nan"),
            _exact_p_value(ranks, n),
            True,
            False,
            n,
            m,
            missing,
            f"Wilcoxon rank sum test, exact{' with ties' if tied else ''}",
        )
    difference = statistic - n * m / 2
    correction = np.sign(difference) / 2 if continuity else 0.0
    z = float((difference - correction) / _standard_deviation(n, m, ties))
    p_value = min(1.0, two_sided_p(z))
    method = f"Wilcoxon rank sum test, {'with' if continuity else 'without'} continuity correction"
    return RankSum(statistic, z, p_value, False, continuity, n, m, missing, method)


def sample(name: str, values: ArrayLike) -> np.ndarray:
    """Return the values that are known; refuse a sample without any."""
    known = numbers(name, values).ravel()
    known = known[~np.isnan(known)]
    if known.size == 0:
        raise NotEstimableError(Problem(name, "no values", "at least one value", "Print the counts without a test."))
    return known


def mean_ranks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean ranks from 1 and how often each distinct value occurs; refuse a single value."""
    distinct, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    if distinct.size < 2:
        raise NotEstimableError(
            Problem("values", "all values are equal", "values that differ", "Print the value without a test.")
        )
    last = np.cumsum(counts)
    return ((last - counts + 1 + last) / 2)[index], counts.astype(float)


def _standard_deviation(n: int, m: int, ties: np.ndarray) -> float:
    total = n + m
    return float(np.sqrt(n * m / 12 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))))


def _exact_p_value(ranks: np.ndarray, n: int) -> float:
    """Return the share of the ways to choose n of the ranks whose sum is at least as far from its mean as that seen.

    Ways are counted by their sum, in half ranks, adding one rank at a time.
    """
    doubled = np.round(2 * ranks).astype(int)
    seen, total = int(doubled[:n].sum()), int(doubled.sum())
    size = min(n, doubled.size - n)
    if size * total > MOST_SUMS:
        raise NotEstimableError(
            Problem("exact", f"{n} and {doubled.size - n} values", "smaller samples", "Use exact=False.")
        )
    if size < n:
        seen = total - seen
    highest = int(np.sort(doubled)[-size:].sum())
    ways = np.zeros((size + 1, highest + 1))
    ways[0, 0] = 1
    for place, rank in enumerate(doubled.tolist(), 1):
        for chosen in range(min(place, size), 0, -1):
            ways[chosen, rank:] += ways[chosen - 1, : highest + 1 - rank]
    # The mean is total * size / N: compare in whole numbers.
    far = np.abs(np.arange(highest + 1) * doubled.size - total * size) >= abs(seen * doubled.size - total * size)
    return min(1.0, float(ways[size, far].sum() / ways[size].sum()))
