"""Rank tests of two or more groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from sequela.errors import NotEstimableError, Problem
from sequela.stats.chi_square import chi_square_test

EXACT_BELOW = 50
"""With "auto", both groups smaller than this and no ties give the exact distribution (R's rule)."""


@dataclass(frozen=True, slots=True)
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
    """

    statistic: float
    z: float
    p_value: float
    exact: bool
    continuity: bool
    n_x: int
    n_y: int
    missing: int


@dataclass(frozen=True, slots=True)
class KruskalWallis:
    """The result of a Kruskal-Wallis test.

    Attributes
    ----------
    chi_square : float
    degrees_of_freedom : int
    p_value : float
    sizes : tuple of int
        Values used per group.
    missing : int
        Values left out.
    """

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    sizes: tuple[int, ...]
    missing: int


def wilcoxon_rank_sum(x: ArrayLike, y: ArrayLike, *, continuity: bool = True, exact: bool | str = "auto") -> RankSum:
    """Compare two independent samples by the rank sum of the first.

    Missing values are left out and counted. Ties take the mean of their ranks and reduce the
    variance of the normal approximation. The defaults give R's `wilcox.test`;
    `continuity=False, exact=False` gives the asymptotic p-value of SPSS.
    Wilcoxon (1945) doi:10.2307/3001968; Mann & Whitney (1947) doi:10.1214/aoms/1177730491.
    Golden: tests/golden/wilcoxon.

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
        A sample without values, all values equal, or `exact=True` with ties.
    """
    samples = [_sample(name, values) for name, values in (("x", x), ("y", y))]
    missing = sum(np.size(values) for values in (x, y)) - sum(sample.size for sample in samples)
    ranks, ties = _ranks(np.concatenate(samples))
    n, m = (sample.size for sample in samples)
    statistic = float(ranks[:n].sum() - n * (n + 1) / 2)
    tied = bool((ties > 1).any())
    if exact is True and tied:
        raise NotEstimableError(
            Problem("exact", "tied values", "values all different", 'Use exact="auto" for the normal approximation.')
        )
    if exact is True or (exact == "auto" and not tied and max(n, m) < EXACT_BELOW):
        return RankSum(statistic, float("nan"), _exact_p_value(statistic, n, m), True, False, n, m, missing)
    difference = statistic - n * m / 2
    correction = np.sign(difference) / 2 if continuity else 0.0
    z = float((difference - correction) / _standard_deviation(n, m, ties))
    p_value = min(1.0, 2 * float(ndtr(-abs(z))))
    return RankSum(statistic, z, p_value, False, continuity, n, m, missing)


def kruskal_wallis(values: ArrayLike, group: ArrayLike) -> KruskalWallis:
    """Compare two or more independent samples by their mean ranks, corrected for ties.

    Missing values are left out and counted; a group without values takes no part.
    Kruskal & Wallis (1952) doi:10.1080/01621459.1952.10483441. Golden: tests/golden/wilcoxon.

    Parameters
    ----------
    values : float array, shape (n,)
    group : array of codes, shape (n,)

    Raises
    ------
    NotEstimableError
        Fewer than two groups with values, or all values equal.
    """
    column, codes = np.asarray(values, dtype=float), np.asarray(group)
    if column.shape != codes.shape or column.ndim != 1:
        raise NotEstimableError(
            Problem("group", f"{codes.shape} codes for {column.shape} values", "one code per value")
        )
    known = ~np.isnan(column)
    groups, index = np.unique(codes[known], return_inverse=True)
    if groups.size < 2:
        raise NotEstimableError(Problem("group", f"{groups.size} groups with values", "two or more groups"))
    ranks, ties = _ranks(column[known])
    n, sizes = ranks.size, np.bincount(index)
    between = float((np.bincount(index, weights=ranks) ** 2 / sizes).sum())
    statistic = (12 * between / (n * (n + 1)) - 3 * (n + 1)) / (1 - float((ties**3 - ties).sum()) / (n**3 - n))
    test = chi_square_test(statistic, groups.size - 1)
    return KruskalWallis(
        test.chi_square, test.degrees_of_freedom, test.p_value, tuple(sizes.tolist()), int((~known).sum())
    )


def _sample(name: str, values: ArrayLike) -> np.ndarray:
    sample = np.asarray(values, dtype=float).ravel()
    sample = sample[~np.isnan(sample)]
    if sample.size == 0:
        raise NotEstimableError(Problem(name, "no values", "at least one value", "Print the counts without a test."))
    return sample


def _ranks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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


def _exact_p_value(statistic: float, n: int, m: int) -> float:
    """Double the smaller tail of the exact distribution.

    Counts the ways to choose n of the ranks 1 to n + m by their sum, adding one rank at a time.
    """
    ways = np.zeros((n + 1, n * m + n * (n + 1) // 2 + 1))
    ways[0, 0] = 1
    for rank in range(1, n + m + 1):
        for chosen in range(min(rank, n), 0, -1):
            ways[chosen, rank:] += ways[chosen - 1, : ways.shape[1] - rank]
    counts = ways[n, n * (n + 1) // 2 :]
    smaller = int(min(statistic, n * m - statistic))
    return min(1.0, 2 * float(counts[: smaller + 1].sum() / counts.sum()))
