"""Harrell's C: how often a model orders two patients as their events came."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import category_codes, columns_of_equal_length, finite_column, numbered, weight_column
from sequela.stats.confidence import level_problems
from sequela.stats.distributions import normal_quantile
from sequela.stats.follow_up import FollowUp, follow_up, patients


@frozen
class Concordance:
    """The share of comparable pairs in which the patient with the higher risk had the event first.

    Attributes
    ----------
    value, std_error, low, high : float
        1 is perfect order, 0.5 none; limits symmetric, within 0 and 1.
    concordant, discordant, tied : float
        Comparable pairs (weighted): in order, out of order, of equal risk, which count one half.
    level : float
    """

    value: float
    std_error: float
    low: float
    high: float
    concordant: float
    discordant: float
    tied: float
    level: float


@frozen
class _Counts:
    """For each patient, weighted: those he is comparable with, by how the risks lie; shape (n,) each."""

    concordant: np.ndarray
    discordant: np.ndarray
    tied: np.ndarray

    def __add__(self, other: "_Counts") -> "_Counts":
        return _Counts(self.concordant + other.concordant, self.discordant + other.discordant, self.tied + other.tied)


def concordance(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Concordance:
    """Count the pairs of patients that a score of risk orders as their events came.

    A pair is comparable where one had the event at t while the other was under observation (entry
    < t) and went on without it: a censoring at t counts as later, another event at t is not
    compared. Pairs are made within strata. The standard error is the infinitesimal jackknife, as in
    R's `concordance` (its `timewt = "n"`). O(n log n): ranks are counted by halves, all patients at
    once. Harrell et al. (1982), JAMA 247:2543-6. Golden: tests/golden/concordance.

    Parameters
    ----------
    time, event, entry : array, shape (n,)
        See `FollowUp`.
    risk : float array, shape (n,)
        Higher for who is expected to have the event sooner, as the linear predictor of a Cox model.
    strata : array of codes, shape (n,)
    weights : float array, shape (n,)
        Case weights; a patient of weight zero is left out.
    cluster : array of codes, shape (n,)
        Patients who resemble each other: what leaving them out does is added up before it is squared. Pairs
        within a cluster count like any other.
    level : float

    Raises
    ------
    NotEstimableError
        A risk that is not finite, no comparable pair, or only one cluster, whose standard error would be zero.
    """
    data = follow_up(time, event, entry)
    n = data.time.size
    score = finite_column("risk", risk)
    weight = np.ones(n) if weights is None else weight_column(weights)
    blocks = np.zeros(n) if strata is None else category_codes("strata", strata)
    clusters = None if cluster is None else category_codes("cluster", cluster)
    problems = columns_of_equal_length(n, risk=score, weights=weight, strata=blocks, cluster=clusters)
    problems += level_problems(level)
    if problems:
        raise NotEstimableError(problems)
    counts = _Counts(np.zeros(n), np.zeros(n), np.zeros(n))
    for block in np.unique(blocks):
        rows = np.flatnonzero((blocks == block) & (weight > 0))
        if rows.size:
            found = _stratum(patients(data, rows), score[rows], weight[rows])
            for whole, part in zip(_columns(counts), _columns(found), strict=True):
                whole[rows] = part
    return _summed(counts, weight, None if clusters is None else _numbered(clusters, weight > 0), level)


def _numbered(clusters: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return clusters as whole numbers; those who do not count need none."""
    index, count = numbered(clusters)
    if count < 2 or (counted.any() and np.ptp(index[counted]) == 0):
        raise NotEstimableError(Problem("cluster", "one cluster", "two clusters or more", "Leave the clusters out."))
    return index


def _columns(counts: _Counts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return counts.concordant, counts.discordant, counts.tied


def _summed(counts: _Counts, weight: np.ndarray, cluster: np.ndarray | None, level: float) -> Concordance:
    """Add up the pairs, each of which both its patients have counted."""
    concordant, discordant, tied = (float(weight @ column) / 2 for column in _columns(counts))
    pairs = concordant + discordant + tied
    if not pairs > 0:
        raise NotEstimableError(
            Problem("event", "no two patients can be compared", "an event while others are under observation")
        )
    value = (concordant + tied / 2) / pairs
    # What leaving a patient out, to first order, does to the share.
    own = counts.concordant + counts.tied / 2 - value * (counts.concordant + counts.discordant + counts.tied)
    moved = weight * own if cluster is None else np.bincount(cluster, weights=weight * own)
    std_error = float(np.sqrt(np.sum(moved**2))) / pairs
    half_width = normal_quantile(0.5 + level / 2) * std_error
    low, high = max(value - half_width, 0.0), min(value + half_width, 1.0)
    return Concordance(value, std_error, low, high, concordant, discordant, tied, level)


def _stratum(data: FollowUp, score: np.ndarray, weight: np.ndarray) -> _Counts:
    """Count each patient's pairs: as the one with the event, and as the one who went on."""
    rank = np.unique(score, return_inverse=True)[1]
    # At a tie events come before censorings, and events are not compared with each other.
    code = 2 * np.unique(data.time, return_inverse=True)[1] + ~data.event
    return _as_event(data, rank, weight, code) + _as_other(data, rank, weight, code)


def _as_event(data: FollowUp, rank: np.ndarray, weight: np.ndarray, code: np.ndarray) -> _Counts:
    """Count, for each event, those under observation who went on: all who end later, less who enter later."""
    n, rows = rank.size, np.flatnonzero(data.event)
    order = np.argsort(code, kind="stable")
    gone = np.searchsorted(code[order], code[rows], side="right")
    found = _counted(rank[order], weight[order], (gone, np.full(rows.size, n)), rank[rows])
    if data.entry is not None:
        order = np.argsort(data.entry, kind="stable")
        entered = np.searchsorted(data.entry[order], data.time[rows], side="left")
        found = found - _counted(rank[order], weight[order], (entered, np.full(rows.size, n)), rank[rows])
    below, equal, above = (np.zeros(n) for _ in range(3))
    below[rows], equal[rows], above[rows] = found
    return _Counts(below, above, equal)


def _as_other(data: FollowUp, rank: np.ndarray, weight: np.ndarray, code: np.ndarray) -> _Counts:
    """Count, for each patient, the events that came while he was under observation and went on."""
    rows = np.flatnonzero(data.event)
    rows = rows[np.argsort(code[rows], kind="stable")]
    until = np.searchsorted(code[rows], code, side="left")
    since = np.zeros_like(until)
    if data.entry is not None:
        since = np.minimum(np.searchsorted(data.time[rows], data.entry, side="right"), until)
    below, equal, above = _counted(rank[rows], weight[rows], (since, until), rank)
    return _Counts(above, below, equal)


def _counted(rank: np.ndarray, weight: np.ndarray, span: tuple[np.ndarray, np.ndarray], than: np.ndarray) -> np.ndarray:
    """Sum the weights at places start <= place < stop of lower, equal and higher rank; shape (3, queries)."""
    sums = np.concatenate([[0.0], np.cumsum(weight)])
    total = sums[span[1]] - sums[span[0]]
    below, up_to = (_sum_below(rank, weight, span, bound) for bound in (than, than + 1))
    return np.stack([below, up_to - below, total - up_to])


def _sum_below(
    rank: np.ndarray, weight: np.ndarray, span: tuple[np.ndarray, np.ndarray], bound: np.ndarray
) -> np.ndarray:
    """Sum the weights at places start <= place < stop with a rank below the bound, one for each query.

    From the highest binary digit of the ranks to the lowest: the places are parted by the digit, in order; a query
    whose bound has a one there takes all its zeros and goes on among its ones, another goes on among its zeros.
    """
    start, stop = span
    total = np.zeros(bound.size)
    highest = int(max(rank.max(initial=0), bound.max(initial=0)))
    for digit in range(highest.bit_length() - 1, -1, -1):
        zero = (rank >> digit) & 1 == 0
        zeros = np.concatenate([[0], np.cumsum(zero)])
        sums = np.concatenate([[0.0], np.cumsum(np.where(zero, weight, 0.0))])
        ones = (bound >> digit) & 1 == 1
        total += np.where(ones, sums[stop] - sums[start], 0.0)
        start, stop = (np.where(ones, zeros[-1] + place - zeros[place], zeros[place]) for place in (start, stop))
        order = np.concatenate([np.flatnonzero(zero), np.flatnonzero(~zero)])
        rank, weight = rank[order], weight[order]
    return total
