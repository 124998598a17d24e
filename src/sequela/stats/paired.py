"""Exact tests of pairs: the sign test and Wilcoxon's signed ranks."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import numbers
from sequela.stats.distributions import binomial_cdf

ROUNDING = 12
"""Decimals of the largest change to which two changes must agree to be tied."""
LARGEST = 1000
"""Pairs up to which all signs of the ranks are counted; more need the normal approximation, which is not here."""


@frozen
class PairedTest:
    """The result of an exact test of pairs.

    Attributes
    ----------
    statistic : float
        Sign test: pairs that fell. Signed ranks: sum of the ranks of the pairs that rose (R's V).
    p_value : float
        Two-sided.
    n : int
        Pairs that changed.
    unchanged : int
        Pairs that did not, which are left out.
    missing : int
        Pairs without one of their values.
    method : str
    """

    statistic: float
    p_value: float
    n: int
    unchanged: int
    missing: int
    method: str


def sign_test(before: ArrayLike, after: ArrayLike) -> PairedTest:
    """Compare pairs by how many fell; two-sided, exact.

    Pairs that did not change are left out, as in R's `binom.test` of those that did. A pair with a missing value
    is left out and counted; a tied pair is one that did not change.

    Raises
    ------
    NotEstimableError
        Where no pair changed, a value is infinite, or the two are not of one length.
    """
    change, unchanged, missing = _changes(before, after)
    fell = int((change < 0).sum())
    fewer = min(fell, len(change) - fell)
    p_value = min(1.0, 2 * binomial_cdf(fewer, len(change), 0.5))
    return PairedTest(fell, p_value, len(change), unchanged, missing, "sign test, exact")


def wilcoxon_signed_rank(before: ArrayLike, after: ArrayLike) -> PairedTest:
    """Compare pairs by the ranks of their changes; two-sided, exact, also with ties.

    Pairs that did not change are left out, ties take the mean of their ranks, and the p-value counts all
    assignments of signs to the ranks that occurred. Changes that differ by rounding alone are tied, as 5.4 - 5.1
    and 0.3: R's `wilcox.test` with `digits.rank = 7`, where its default takes them for two sizes. Wilcoxon 1945,
    doi:10.2307/3001968. A pair with a missing value is left out and counted.

    Raises
    ------
    NotEstimableError
        Where no pair changed, more than a thousand did, or the two are not of one length.
    """
    change, unchanged, missing = _changes(before, after)
    if len(change) > LARGEST:
        raise NotEstimableError(Problem("signed ranks", f"{len(change)} pairs", f"at most {LARGEST}"))
    doubled = _doubled_ranks(np.abs(change))
    statistic = int(doubled[change > 0].sum())
    total = int(doubled.sum())
    ways = np.zeros(total + 1)
    ways[0] = 1.0
    for rank in doubled:
        # Half of all assignments give this rank a plus.
        shifted = np.zeros_like(ways)
        shifted[rank:] = ways[: total + 1 - rank]
        ways = (ways + shifted) / 2
    extreme = min(statistic, total - statistic)
    p_value = min(1.0, 2 * float(ways[: extreme + 1].sum()))
    return PairedTest(statistic / 2, p_value, len(change), unchanged, missing, "Wilcoxon signed rank, exact")


def _changes(before: ArrayLike, after: ArrayLike) -> tuple[np.ndarray, int, int]:
    first, second = numbers("pairs", before), numbers("pairs", after)
    if first.shape != second.shape or first.ndim != 1:
        raise NotEstimableError(Problem("pairs", f"{first.shape} and {second.shape}", "two lists of one length"))
    if np.isinf(first).any() or np.isinf(second).any():
        raise NotEstimableError(Problem("pairs", "an infinite value", "finite values, or missing ones"))
    change = second - first
    known = change[~np.isnan(change)]
    moved = known[known != 0]
    if not len(moved):
        raise NotEstimableError(Problem("pairs", "none changed", "a pair that did"))
    return moved, int((known == 0).sum()), len(change) - len(known)


def _doubled_ranks(size: np.ndarray) -> np.ndarray:
    """Return twice the mid-ranks, which are whole numbers; sizes that differ by rounding alone are tied."""
    _, place, count = np.unique(np.round(size / size.max(), ROUNDING), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (2 * last - count + 1)[place]
