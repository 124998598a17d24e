"""Who is at risk at each event time: the bookkeeping shared by log-rank and Cox."""

from collections.abc import Callable

import numpy as np

from sequela.frozen import frozen
from sequela.stats.columns import numbered
from sequela.stats.follow_up import FollowUp, whole
from sequela.stats.stretches import held_at, total_over

WIDEST_TABLE = 8
"""Times are counted in a table of at most so many places per patient, and sorted beyond."""


@frozen
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
    """Find each patient's risk sets: times in whole days are counted, other times sorted once.

    A patient is at risk at an event time t of the own stratum when entry < t <= time.
    `strata` holds any sortable codes, shape (n,). Everything after this is linear in n.
    """
    n, rows = data.time.size, np.flatnonzero(data.event)
    rank, width = _ranks(data)
    stratum, blocks = (None, 1) if strata is None else numbered(strata)
    key = rank[:n] if stratum is None else stratum * width + rank[:n]
    cells, cells_up_to = _cells(key[rows], blocks * width, n)
    last = cells_up_to(key)
    if data.entry is not None:
        first = cells_up_to(rank[n:] if stratum is None else stratum * width + rank[n:])
    elif stratum is None:
        first = np.zeros(n, dtype=np.int64)
    else:
        first = cells_up_to(np.arange(blocks) * width - 1)[stratum]
    starts = np.flatnonzero(np.diff(cells // width, prepend=-1))
    return RiskSets(cells.size, first, last, np.append(starts, cells.size), last[rows] - 1, rows)


def _ranks(data: FollowUp) -> tuple[np.ndarray, int]:
    """Return whole numbers from 0 on in the order of the times, then the entries, and one more than the largest."""
    if data.rank is not None:
        return data.rank, int(data.rank.max()) + 1
    times = data.time if data.entry is None else np.concatenate([data.time, data.entry])
    least, most = times.min(), times.max()
    if most - least <= WIDEST_TABLE * times.size and whole(times):
        return (times - least).astype(np.int64), int(most - least) + 1
    distinct, rank = np.unique(times, return_inverse=True)
    return rank, distinct.size


def _cells(events: np.ndarray, size: int, n: int) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Return the distinct keys of events, and a function that counts those up to a key."""
    if size > WIDEST_TABLE * n:
        cells = np.unique(events)
        return cells, lambda key: np.searchsorted(cells, key, side="right")
    happens = np.zeros(size + 1, dtype=np.int64)
    happens[events] = 1
    # The place behind the last key is never an event; key -1, before everything, must count none.
    up_to = np.cumsum(happens)
    up_to[-1] = 0
    return np.flatnonzero(happens), lambda key: up_to[key]


def sums_up_to(values: np.ndarray) -> np.ndarray:
    """Accumulate cell values, shape (k,) or (k, p), with a zero row in front.

    The difference of two entries of one stratum is the sum of the cells between them.
    """
    sums = np.zeros((values.shape[0] + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=sums[1:])
    return sums


def exposure_sums(values: np.ndarray, sets: RiskSets, *, far_apart: bool = False) -> np.ndarray:
    """Sum cell values, shape (k,) or (k, p), over the cells at which each patient is at risk; (n,) or (n, p).

    Each stratum is added up by itself: a hazard that is large in one would take the digits of another. For values
    that lie `far_apart` nothing is taken off again where somebody comes late.
    """
    if far_apart and comes_late(sets).any():
        return _by_column(lambda column: total_over(sets.first, sets.last, column), values)
    if sets.starts.size <= 2:
        total = sums_up_to(values)
        return total[sets.last] - total[sets.first]
    sums = np.empty_like(values)
    for start, stop in zip(sets.starts[:-1], sets.starts[1:], strict=True):
        np.cumsum(values[start:stop], axis=0, out=sums[start:stop])
    present, late = sets.last > sets.first, comes_late(sets)
    found = np.zeros((sets.first.size, *values.shape[1:]))
    found[present] = sums[sets.last[present] - 1]
    if late.any():
        found[late] -= sums[sets.first[late] - 1]
    return found


def at_risk_sums(values: np.ndarray, sets: RiskSets, *, far_apart: bool = False) -> np.ndarray:
    """Sum patients' values over each cell's risk set.

    `values` has shape (n,) or (n, p); the result (k,) or (k, p). Sums run from the last cell of a
    stratum backwards, so that what remains near the end is not the difference of large numbers. Who comes late is
    taken off before the entry, unless values lie `far_apart`: then nothing is taken off, which takes longer.
    """
    late = comes_late(sets)
    if far_apart and late.any():
        return _by_column(lambda column: held_at(sets.first, sets.last, column, sets.cells), values)
    present = sets.last > sets.first
    change = sum_by(sets.last[present] - 1, values[present], sets.cells)
    if late.any():
        change -= sum_by(sets.first[late] - 1, values[late], sets.cells)
    sums = np.empty_like(change)
    for start, stop in zip(sets.starts[:-1], sets.starts[1:], strict=True):
        sums[start:stop] = np.cumsum(change[start:stop][::-1], axis=0)[::-1]
    return sums


def comes_late(sets: RiskSets) -> np.ndarray:
    """Return whether each patient misses a cell of the stratum by coming late, bool of shape (n,)."""
    late: np.ndarray = (sets.last > sets.first) & (sets.first > stratum_starts(sets))
    return late


def _by_column(sums: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
    if values.ndim == 1:
        return sums(values)
    return np.stack([sums(column) for column in values.T], axis=1)


def stratum_starts(sets: RiskSets) -> np.ndarray:
    """Return the first cell of each patient's stratum, shape (n,); meaningless where at risk in none."""
    return sets.starts[np.searchsorted(sets.starts, sets.last - 1, side="right") - 1]


def sum_by(index: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Sum values, shape (n,) or (n, p), over rows with the same index."""
    if values.ndim == 1:
        return np.bincount(index, weights=values, minlength=size)
    columns = [np.bincount(index, weights=column, minlength=size) for column in values.T]
    return np.stack(columns, axis=1) if columns else np.zeros((size, 0))
