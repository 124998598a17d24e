"""Rows of a Cox model in the order in which the compiled likelihood reads them, sorted once by counting.

Importing this module imports numba.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from sequela.stats.partial_likelihood import CoxModel
from sequela.stats.risk_sets import RiskSets

TILE = 256
"""Rows taken at a time, so that all their covariates stay near the processor."""

TOGETHER = 1024
"""Strata are read together until they have so many rows."""

_RULES: dict[str, Any] = {"cache": True, "_nrt": False}


class Rows(NamedTuple):
    """Rows at risk at one event time or more, by last event time, censored before dying.

    Attributes
    ----------
    order : int array, shape (m,)
        Which row of the model each is.
    columns : float array, shape (ceil(m / TILE), p, TILE)
        Covariates, as many rows together as are read together.
    offset : float array, shape (m,); empty where there is none
    cell, first : int array, shape (m,)
        Last cell of each row; last cell before it is at risk, k where there is none, empty where
        nobody is at risk only after the first cell of the stratum.
    dies : float array, shape (m,)
        1 for an event.
    place : int array, shape (m,)
        Where the sum that ends with a row belongs: the number of its cell; for events whose ties count k + 1 and the
        number of their tie; k + t + 1 where nobody asks. Where nobody comes late the first row of a cell ends its sum.
    begin : int array, shape (k + 1,)
        First row of each cell, then m.
    dying : int array, shape (k,)
        First event of each cell.
    starts : int array, shape (s + 1,)
        First cell of each stratum, then k.
    blocks : int array, shape (b + 1,)
        First of some strata that are read together, then s.
    tied : int array, shape (k,)
        Place of the sum over tied events, k + t + 1 where ties do not count.
    tied_cells : int array, shape (t,)
        Cells whose ties count.
    late : bool
        Whether `first` is filled.
    """

    order: np.ndarray
    columns: np.ndarray
    offset: np.ndarray
    cell: np.ndarray
    first: np.ndarray
    dies: np.ndarray
    place: np.ndarray
    begin: np.ndarray
    dying: np.ndarray
    starts: np.ndarray
    blocks: np.ndarray
    tied: np.ndarray
    tied_cells: np.ndarray
    late: bool


def sorted_rows(model: CoxModel, *, all_tied: bool = False) -> Rows:
    """Bring the rows of a model into order; `all_tied` makes room for ties in cells of one event."""
    sets, n, k = model.sets, model.weights.size, model.sets.cells
    events = np.zeros(n, dtype=np.int8)
    events[sets.event_rows] = 1
    edges = np.zeros(2 * k + 1, dtype=np.int64)
    order = np.empty(n, dtype=np.int64)
    order = order[: _sort(sets.first, sets.last, events, (edges, np.empty_like(edges)), order)]
    columns = np.zeros((-(-order.size // TILE), model.covariates.shape[1], TILE))
    _gather(np.ascontiguousarray(model.covariates), order, columns)
    counts = edges[2::2] - edges[1::2]
    tied = counts > (0 if all_tied else 1) if model.ties == "efron" else np.zeros(k, dtype=bool)
    tied_cells = np.flatnonzero(tied)
    place = np.where(tied, k + np.cumsum(tied), k + 1 + tied_cells.size)
    first = _first(sets, order)
    cell, dies = np.empty(order.size, dtype=np.uint32), np.empty(order.size)
    places = np.empty(order.size, dtype=np.uint32)
    _describe(edges, place, k + 1 + tied_cells.size, first.size > 0, (cell, dies, places))
    return Rows(
        order=order,
        columns=columns,
        offset=model.offset[order] if model.offset.any() else np.empty(0),
        cell=cell,
        first=first,
        dies=dies,
        place=places,
        begin=edges[::2].copy(),
        dying=edges[1::2].copy(),
        starts=sets.starts,
        blocks=_blocks(edges[2 * sets.starts]),
        tied=place,
        tied_cells=tied_cells,
        late=first.size > 0,
    )


def _blocks(begin: np.ndarray) -> np.ndarray:
    """Join strata until they have `TOGETHER` rows; the first row of each, then m, is given."""
    last = begin.size - 1
    blocks = [0]
    while blocks[-1] < last:
        blocks.append(min(int(np.searchsorted(begin, begin[blocks[-1]] + TOGETHER)), last))
    return np.array(blocks)


def _first(sets: RiskSets, order: np.ndarray) -> np.ndarray:
    """Return the last cell before each row is at risk, k where there is none; empty where nobody comes late."""
    opens = np.zeros(sets.cells + 1, dtype=bool)
    opens[sets.starts] = True
    if opens[sets.first].all():
        return np.empty(0, dtype=np.uint32)
    first = sets.first[order]
    return np.where(opens[first], sets.cells, first - 1).astype(np.uint32)


@njit(**_RULES)
def _describe(edges, tied, spare, late, found):  # type: ignore[no-untyped-def]
    """Fill each sorted row's cell, 1 for an event, and the place of its sum."""
    cell, dies, place = found
    k = edges.size // 2
    for c in range(k):
        for i in range(edges[2 * c], edges[2 * c + 2]):
            event = i >= edges[2 * c + 1]
            cell[i] = c
            dies[i] = 1.0 if event else 0.0
            place[i] = c
            if event and (i > edges[2 * c] if not late else tied[c] != spare):
                place[i] = tied[c]


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
        row, tile = covariates[order[i]], columns[i // TILE]
        for j in range(tile.shape[0]):
            tile[j, i % TILE] = row[j]
