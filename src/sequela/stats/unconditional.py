"""Exact tail probabilities of two proportions, largest over the proportion that nobody asked about."""

import numpy as np

from sequela.stats.distributions import log_gamma

POINTS, ZOOMS = 301, 4
"""Points of the arcsine scale at which the unknown proportion is tried, and how often the summit is magnified."""

TINY = 1e-300
"""Stands for a proportion of 0, whose logarithm is taken times a count of 0."""


def largest_probability(chosen: np.ndarray, difference: float = 0.0) -> float:
    """Return the largest probability of a set of tables over all pairs of proportions with a difference.

    Parameters
    ----------
    chosen : bool array, shape (n_x + 1, n_y + 1)
        True for the tables of the set, by the counts of x and of y.
    difference : float
        Proportion of x less that of y, between -1 and 1.
    """
    lowest, highest = max(0.0, -difference), min(1.0, 1.0 - difference)
    first, last = np.arcsin(np.sqrt(lowest)), np.arcsin(np.sqrt(highest))
    angles = np.linspace(first, last, POINTS)
    best = 0.0
    for _ in range(ZOOMS):
        of_y = np.clip(np.sin(angles) ** 2, lowest, highest)
        found = _probability(chosen, np.clip(of_y + difference, 0.0, 1.0), of_y)
        summit, step = int(np.argmax(found)), angles[1] - angles[0]
        best = max(best, float(found[summit]))
        angles = np.linspace(max(angles[summit] - step, first), min(angles[summit] + step, last), POINTS // 10)
    return min(1.0, best)


def _probability(chosen: np.ndarray, share_x: np.ndarray, share_y: np.ndarray) -> np.ndarray:
    rows, columns = (_binomial(size - 1, share) for size, share in zip(chosen.shape, (share_x, share_y), strict=True))
    return ((rows @ chosen.astype(float)) * columns).sum(axis=1)


def _binomial(n: int, share: np.ndarray) -> np.ndarray:
    """Return the probability of 0 to n, shape (shares, n + 1)."""
    count = np.arange(n + 1)
    ways = log_gamma(n + 1) - log_gamma(count + 1) - log_gamma(n - count + 1)
    yes, no = np.log(np.maximum(share, TINY)), np.log1p(-np.minimum(share, 1 - np.finfo(float).epsneg))
    return np.exp(ways + np.outer(yes, count) + np.outer(no, n - count))
