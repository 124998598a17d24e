"""Probability that correlated normal variables all lie near zero."""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from sequela.frozen import frozen
from sequela.stats.distributions import normal_cdf

ZERO = 1e-9
"""A variable with less than this share of its variance left over is a combination of others."""

FARTHEST = 8.5
"""A normal variable lies beyond with a probability of 2e-17, which nothing here can tell from none."""

MOST_POINTS = 1_600
"""Points of the grid over all dimensions but the last two, where there are four or more."""

AT_ONCE = 1_000_000
"""Values computed together, to bound the memory."""

WHOLE = np.array([-6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6])
"""Where the normal distribution is cut into pieces, each nearly a polynomial."""

_NODES, _SHARES = np.polynomial.legendre.leggauss(8)


def probability_within(correlation: np.ndarray, bound: float) -> float:
    """Return P(|Z_1| <= bound, ..., |Z_m| <= bound) of normal Z with mean zero and variance one.

    The variables are written as combinations of r independent ones (pivoted Cholesky), so that those
    which are combinations of others, as Fleming-Harrington statistics are, do no harm. The last
    independent one is integrated in closed form, the others by Gauss and Legendre's rule between the places
    where another of the bounds takes over, so that what is integrated has no kinks. Good to about 1e-12 for up to
    three independent variables, and on a grid of all but the last two to 1e-4 for four.

    Parameters
    ----------
    correlation : float array, shape (m, m)
    bound : float
        From 0 on.
    """
    factor = _factor(np.asarray(correlation, dtype=float))
    factor[np.abs(factor) <= ZERO**0.5] = 0.0
    rank = factor.shape[1]
    if rank == 1:
        return float(normal_cdf(bound) - normal_cdf(-bound))
    if rank == 2:
        return float(_plane(np.zeros((1, factor.shape[0])), factor, bound)[0])
    if rank == 3:
        place, weight = (part[0] for part in _nodes(_corners(factor, bound)[None], -bound, bound))
        known = place[:, None] * factor[:, 0]
        return float((weight * _density(place)) @ _plane(known, factor[:, 1:], bound))
    return _on_a_grid(factor, bound)


def _on_a_grid(factor: np.ndarray, bound: float) -> float:
    rank = factor.shape[1]
    last = np.array([np.flatnonzero(row).max() for row in factor])
    points, per_dimension = _Points(np.zeros((1, 0)), np.ones(1)), int(MOST_POINTS ** (1 / (rank - 2)))
    for dimension in range(rank - 2):
        low, high = _limits(points.values, factor[last == dimension, : dimension + 1], bound)
        points = _refined(points, low, np.maximum(high, low), per_dimension)
    return float(points.weights @ _plane(points.values @ factor[:, :-2].T, factor[:, -2:], bound))


def _plane(known: np.ndarray, rows: np.ndarray, bound: float) -> np.ndarray:
    """Return the probability that |known + rows @ (s, t)| <= bound, of shape (q,) from (q, m) and (m, 2), m above 1."""
    size = max(1, AT_ONCE // (_NODES.size * 30 * rows.shape[0] ** 2))
    parts = [_part(known[begin : begin + size], rows, bound) for begin in range(0, len(known), size)]
    return np.concatenate(parts)


def _part(known: np.ndarray, rows: np.ndarray, bound: float) -> np.ndarray:
    of_s, of_t = rows[:, 0], rows[:, 1]
    flat = (of_t == 0) & (of_s != 0)
    ends = np.stack([(sign * bound - known[:, flat]) / of_s[flat] for sign in (-1, 1)])
    low = np.clip(ends.min(axis=0).max(axis=1, initial=-FARTHEST), None, FARTHEST)
    high = np.clip(ends.max(axis=0).min(axis=1, initial=FARTHEST), low, None)
    steep = of_t != 0
    place, weight = _nodes(_turns(known[:, steep], rows[steep], bound), low, high)
    offset = (known[:, None, steep] + place[:, :, None] * of_s[steep]) / of_t[steep]
    width = np.abs(bound / of_t[steep])
    inside = normal_cdf((width - offset).min(axis=2)) - normal_cdf((-width - offset).max(axis=2))
    return np.asarray((weight * _density(place) * np.maximum(inside, 0.0)).sum(axis=1))


def _turns(known: np.ndarray, rows: np.ndarray, bound: float) -> np.ndarray:
    """Return the values of s at which two bounds of t meet, or one is at a whole number: shape (q, b)."""
    ends = np.concatenate([(sign * bound - known) / rows[:, 1] for sign in (-1, 1)], axis=1)
    slopes = np.tile(rows[:, 0] / rows[:, 1], 2)
    one, other = np.triu_indices(slopes.size, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        meet = (ends[:, one] - ends[:, other]) / (slopes[one] - slopes[other])
        pass_by = (ends[:, :, None] - WHOLE) / slopes[:, None]
    return np.concatenate([meet, pass_by.reshape(len(known), -1)], axis=1)


def _corners(factor: np.ndarray, bound: float) -> np.ndarray:
    """Return the first coordinate where three of the bounding planes meet, or one is a whole number away."""
    planes = np.concatenate([factor, factor])
    sides = np.repeat([bound, -bound], factor.shape[0])
    threes = np.array(list(combinations(range(sides.size), 3)))
    volume = np.abs(np.linalg.det(planes[threes]))
    threes = threes[volume > ZERO]
    meet = np.linalg.solve(planes[threes], sides[threes][:, :, None])[:, 0, 0]
    away = np.sqrt((planes[:, 1:] ** 2).sum(axis=1))[:, None] * WHOLE
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.concatenate([meet, ((sides[:, None] - away) / planes[:, :1]).ravel()])


def _nodes(turns: np.ndarray, low: ArrayLike, high: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights between low and high, by pieces that end at the turns, shape (q, b), or are 1 long."""
    fixed = np.broadcast_to(np.arange(-FARTHEST, FARTHEST + 1), (len(turns), int(2 * FARTHEST) + 1))
    edges = np.concatenate([np.nan_to_num(turns, nan=0.0), fixed], axis=1)
    begin, end = (np.reshape(side, (-1, 1)) * np.ones((len(turns), 1)) for side in (low, high))
    edges = np.sort(np.clip(np.concatenate([begin, edges, end], axis=1), begin, end), axis=1)
    width = np.diff(edges, axis=1)[:, :, None]
    place = edges[:, :-1, None] + width * (_NODES + 1) / 2
    return place.reshape(len(turns), -1), (width * _SHARES / 2).reshape(len(turns), -1)


def _density(value: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-(value**2) / 2) / np.sqrt(2 * np.pi))


@frozen
class _Points:
    """A grid over the first dimensions: values (q, r), their probability weights (q,)."""

    values: np.ndarray
    weights: np.ndarray


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
    weights = points.weights[:, None] * width[:, None] * shares * _density(place)
    earlier = np.repeat(points.values, nodes.size, axis=0)
    return _Points(np.column_stack([earlier, place.ravel()]), weights.ravel())


def _panels(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights on [0, 1]: panels of four Gauss-Legendre nodes each."""
    nodes, weights = np.polynomial.legendre.leggauss(4)
    panels = max(1, count // 4)
    starts = np.arange(panels)[:, None]
    return ((starts + (nodes + 1) / 2) / panels).ravel(), np.tile(weights / 2 / panels, panels)
