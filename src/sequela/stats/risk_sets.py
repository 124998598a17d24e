"""Who is at risk at each event time: the bookkeeping shared by log-rank and Cox."""

from dataclasses import dataclass

import numpy as np

from sequela.stats.follow_up import FollowUp


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Event cells, one per stratum and distinct event time, and each patient's stretch of them.

    Attributes
    ----------
    cells : int
        Number of cells k, ordered by stratum and then time.
    first, last : int array, shape (n,)
        The patient is at risk in the cells first <= cell < last; equal where in none.
    starts : int array, shape (s + 1,)
        First cell of each stratum that has events, then k.
    cell_of_event : int array, shape (d,)
        Cell of each event.
    event_rows : int array, shape (d,)
        Row of each event.
    """

    cells: int
    first: np.ndarray
    last: np.ndarray
    starts: np.ndarray
    cell_of_event: np.ndarray
    event_rows: np.ndarray


def risk_sets(data: FollowUp, strata: np.ndarray | None = None) -> RiskSets:
    """Find each patient's risk sets with one sort.

    A patient is at risk at an event time t of the own stratum when entry < t <= time.
    `strata` holds any sortable codes, shape (n,). Everything after this is linear in n.
    """
    n = data.time.size
    stratum = np.zeros(n, dtype=np.int64) if strata is None else np.unique(strata, return_inverse=True)[1]
    both = data.time if data.entry is None else np.concatenate([data.time, data.entry])
    distinct, rank = np.unique(both, return_inverse=True)
    origin = stratum * distinct.size
    key = origin + rank[:n]
    cells = np.unique(key[data.event])
    last = np.searchsorted(cells, key, side="right")
    if data.entry is None:
        first = np.searchsorted(cells, origin, side="left")
    else:
        first = np.searchsorted(cells, origin + rank[n:], side="right")
    starts = np.flatnonzero(np.diff(cells // distinct.size, prepend=-1))
    rows = np.flatnonzero(data.event)
    return RiskSets(cells.size, first, last, np.append(starts, cells.size), last[rows] - 1, rows)


def sums_up_to(values: np.ndarray) -> np.ndarray:
    """Accumulate cell values, shape (k,) or (k, p), with a zero row in front.

    The difference of two entries of one stratum is the sum of the cells between them.
    """
    sums = np.zeros((values.shape[0] + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=sums[1:])
    return sums


def at_risk_sums(values: np.ndarray, sets: RiskSets) -> np.ndarray:
    """Sum patients' values over each cell's risk set.

    `values` has shape (n,) or (n, p); the result (k,) or (k, p). Sums run from the last cell of a
    stratum backwards, so that what remains near the end is not the difference of large numbers.
    """
    present = sets.last > sets.first
    late = present & (sets.first > stratum_starts(sets))
    change = sum_by(sets.last[present] - 1, values[present], sets.cells)
    if late.any():
        change -= sum_by(sets.first[late] - 1, values[late], sets.cells)
    sums = np.empty_like(change)
    for start, stop in zip(sets.starts[:-1], sets.starts[1:], strict=True):
        sums[start:stop] = np.cumsum(change[start:stop][::-1], axis=0)[::-1]
    return sums


def stratum_starts(sets: RiskSets) -> np.ndarray:
    """Return the first cell of each patient's stratum, shape (n,); meaningless where at risk in none."""
    return sets.starts[np.searchsorted(sets.starts, sets.last - 1, side="right") - 1]


def sum_by(index: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Sum values, shape (n,) or (n, p), over rows with the same index."""
    if values.ndim == 1:
        return np.bincount(index, weights=values, minlength=size)
    columns = [np.bincount(index, weights=column, minlength=size) for column in values.T]
    return np.stack(columns, axis=1) if columns else np.zeros((size, 0))
