"""Probability that correlated normal variables all lie near zero."""

import numpy as np

from sequela.frozen import frozen
from sequela.stats.distributions import normal_cdf

ZERO = 1e-9
"""A variable with less than this share of its variance left over is a combination of others."""

MOST_POINTS = 400_000
"""Points of the grid, over all dimensions but the last."""

MOST_PER_DIMENSION = 240


@frozen
class _Points:
    """A grid over the first dimensions: values (q, r), their probability weights (q,)."""

    values: np.ndarray
    weights: np.ndarray


def probability_within(correlation: np.ndarray, bound: float) -> float:
    """Return P(|Z_1| <= bound, ..., |Z_m| <= bound) of normal Z with mean zero and variance one.

    The variables are written as combinations of r independent ones (pivoted Cholesky), so that those
    which are combinations of others, as Fleming-Harrington statistics are, do no harm. The last
    independent one is integrated in closed form, the others on a Gauss-Legendre grid between the
    limits that the earlier ones leave. Good to about 1e-7 for three independent variables, 1e-4 for four.

    Parameters
    ----------
    correlation : float array, shape (m, m)
    bound : float
        From 0 on.
    """
    factor = _factor(np.asarray(correlation, dtype=float))
    rank = factor.shape[1]
    last = np.array([np.flatnonzero(np.abs(row) > ZERO**0.5).max() for row in factor])
    per_dimension = MOST_PER_DIMENSION if rank < 3 else int(min(MOST_PER_DIMENSION, MOST_POINTS ** (1 / (rank - 1))))
    points = _Points(np.zeros((1, 0)), np.ones(1))
    for dimension in range(rank):
        low, high = _limits(points.values, factor[last == dimension, : dimension + 1], bound)
        if dimension == rank - 1:
            return float(points.weights @ np.maximum(normal_cdf(high) - normal_cdf(low), 0.0))
        points = _refined(points, low, np.maximum(high, low), per_dimension)
    return 1.0


def _factor(correlation: np.ndarray) -> np.ndarray:
    """Return F, shape (m, r), with F F' the correlation; row by row only earlier pivots have a part in it."""
    left = correlation.copy()
    columns: list[np.ndarray] = []
    for _ in range(correlation.shape[0]):
        pivot = int(np.argmax(np.diag(left)))
        if left[pivot, pivot] <= ZERO:
            break
        column = left[:, pivot] / np.sqrt(left[pivot, pivot])
        columns.append(column)
        left = left - np.outer(column, column)
        left[pivot, :] = left[:, pivot] = 0.0
    return np.stack(columns, axis=1)


def _limits(before: np.ndarray, rows: np.ndarray, bound: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where the next independent variable must lie, given the values of those before."""
    known = before @ rows[:, :-1].T
    ends = np.stack([(-bound - known) / rows[:, -1], (bound - known) / rows[:, -1]])
    return ends.min(axis=0).max(axis=1), ends.max(axis=0).min(axis=1)


def _refined(points: _Points, low: np.ndarray, high: np.ndarray, per_dimension: int) -> _Points:
    nodes, shares = _panels(per_dimension)
    width = high - low
    place = low[:, None] + width[:, None] * nodes
    density = np.exp(-(place**2) / 2) / np.sqrt(2 * np.pi)
    weights = points.weights[:, None] * width[:, None] * shares * density
    earlier = np.repeat(points.values, nodes.size, axis=0)
    return _Points(np.column_stack([earlier, place.ravel()]), weights.ravel())


def _panels(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights on [0, 1]: panels of four Gauss-Legendre nodes each."""
    nodes, weights = np.polynomial.legendre.leggauss(4)
    panels = max(1, count // 4)
    starts = np.arange(panels)[:, None]
    return ((starts + (nodes + 1) / 2) / panels).ravel(), np.tile(weights / 2 / panels, panels)
