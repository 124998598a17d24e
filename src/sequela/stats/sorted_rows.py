"""Rows of a Cox model in the order in which the compiled likelihood reads them, sorted once by counting.

Importing this module imports numba.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from sequela.stats.partial_likelihood import CoxModel
from sequela.stats.risk_sets import RiskSets

_RULES: dict[str, Any] = {"cache": True, "_nrt": False}


class Rows(NamedTuple):
    """Rows at risk at one event time or more, by last event time, censored before dying.

    Attributes
    ----------
    order : int array, shape (m,)
        Which row of the model each is.
    columns : float array, shape (p, m)
    offset : float array, shape (m,)
    cell, first : int array, shape (m,)
        Last cell of each row; last cell before it is at risk, k where there is none, empty where
        nobody is at risk only after the first cell of the stratum.
    dies : float array, shape (m,)
        1 for an event.
    begin : int array, shape (k + 1,)
        First row of each cell, then m.
    dying : int array, shape (k,)
        First event of each cell.
    starts : int array, shape (s + 1,)
        First cell of each stratum, then k.
    tied : int array, shape (k,)
        Number among the cells whose ties count, -1 where they do not.
    tied_cells : int array, shape (t,)
        Those cells, by their number.
    tying, tie : int array
        The events of those cells, and the number of each one's cell.
    late : bool
        Whether `first` is filled.
    """

    order: np.ndarray
    columns: np.ndarray
    offset: np.ndarray
    cell: np.ndarray
    first: np.ndarray
    dies: np.ndarray
    begin: np.ndarray
    dying: np.ndarray
    starts: np.ndarray
    tied: np.ndarray
    tied_cells: np.ndarray
    tying: np.ndarray
    tie: np.ndarray
    late: bool


def sorted_rows(model: CoxModel, *, all_tied: bool = False) -> Rows:
    """Bring the rows of a model into order; `all_tied` makes room for ties in cells of one event."""
    sets, n = model.sets, model.weights.size
    events = np.zeros(n, dtype=np.int8)
    events[sets.event_rows] = 1
    edges = np.zeros(2 * sets.cells + 1, dtype=np.int64)
    order = np.empty(n, dtype=np.int64)
    order = order[: _sort(sets.first, sets.last, events, (edges, np.empty_like(edges)), order)]
    columns = np.empty((model.covariates.shape[1], order.size))
    _gather(np.ascontiguousarray(model.covariates), order, columns)
    cell, dies = np.empty(order.size, dtype=np.int32), np.empty(order.size)
    _describe(edges, cell, dies)
    counts = edges[2::2] - edges[1::2]
    tied = counts > (0 if all_tied else 1) if model.ties == "efron" else np.zeros(sets.cells, dtype=bool)
    number = np.where(tied, np.cumsum(tied) - 1, -1)
    tying = np.flatnonzero((dies > 0) & tied[cell]) if tied.any() else np.empty(0, dtype=np.int64)
    first = _first(sets, order, cell)
    return Rows(
        order=order,
        columns=columns,
        offset=model.offset[order] if model.offset.any() else np.zeros(order.size),
        cell=cell,
        first=first,
        dies=dies,
        begin=edges[::2].copy(),
        dying=edges[1::2].copy(),
        starts=sets.starts,
        tied=number,
        tied_cells=np.flatnonzero(tied),
        tying=tying,
        tie=number[cell[tying]],
        late=first.size > 0,
    )


def _first(sets: RiskSets, order: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Return the last cell before each row is at risk, k where there is none; empty where nobody comes late."""
    opens = np.zeros(sets.cells + 1, dtype=bool)
    opens[sets.starts] = True
    if opens[sets.first].all():
        return np.empty(0, dtype=np.int32)
    first = sets.first[order]
    return np.where(opens[first], sets.cells, first - 1).astype(np.int32)


@njit(**_RULES)
def _describe(edges, cell, dies):  # type: ignore[no-untyped-def]
    """Fill each sorted row's cell, and 1 for an event."""
    for c in range(edges.size // 2):
        for i in range(edges[2 * c], edges[2 * c + 2]):
            cell[i] = c
            dies[i] = 1.0 if i >= edges[2 * c + 1] else 0.0


@njit(**_RULES)
def _sort(first, last, events, edges, order):  # type: ignore[no-untyped-def]
    """Sort by counting; fill the first censored and the first dying row of each cell."""
    edges, place = edges
    for i in range(last.size):
        if last[i] > first[i]:
            edges[2 * last[i] - 2 + int(events[i])] += 1
    present = 0
    for e in range(edges.size):
        count = edges[e]
        edges[e] = place[e] = present
        present += count
    for i in range(last.size):
        if last[i] > first[i]:
            key = 2 * last[i] - 2 + int(events[i])
            order[place[key]] = i
            place[key] += 1
    return present


@njit(**_RULES)
def _gather(covariates, order, columns):  # type: ignore[no-untyped-def]
    for i in range(order.size):
        row = covariates[order[i]]
        for j in range(columns.shape[0]):
            columns[j, i] = row[j]
