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
"""Strata are read together until they have so many rows, so that parts of tiles are few."""

_RULES: dict[str, Any] = {"cache": True, "_nrt": False, "no_cfunc_wrapper": True}


class Rows(NamedTuple):
    """Rows at risk at one event time or more, by stratum and last event time, censored before dying.

    Strata that are read together are a block. Within a block cells are counted from its first; places are those of
    sums: first of the cells, as many as the largest block has, one behind them, then of the cells whose ties count,
    and one of which nobody asks. What is said to be "in the block" below is counted so.

    Attributes
    ----------
    order : int array, shape (m,)
        Which row of the model each is.
    columns : float array, shape (ceil(m / TILE), p, TILE)
        Covariates, as many rows together as are read together.
    offset : float array, shape (m,); empty where there is none
    cell, first : int array, shape (m,)
        Last cell of each row in the block; last cell before it is at risk, the place behind the cells where there is
        none. `first` is None where nobody is at risk only after the first cell of the stratum.
    dies : float array, shape (m,)
        1 for an event.
    place : int array, shape (m,)
        Place of the sum that ends with a row: that of its cell, or of its tied events. Where nobody comes late the
        first row of a cell ends its sum.
    begin : int array, shape (k + 1,)
        First row of each cell, then m.
    dying : int array, shape (k,)
        First event of each cell.
    starts : int array, shape (s + 1,)
        First cell of each stratum, then k.
    blocks : int array, shape (b + 1,)
        First stratum of each block, then s.
    tied : int array, shape (k,)
        Place of the sum over tied events; the last one where ties do not count.
    tied_cells : int array, shape (t,)
        Cells whose ties count.
    behind, before : int array, shape (t,)
        Where nobody comes late: places of the running sums behind the tied events of such a cell, and before them.
    ties : int array, shape (s + 1,)
        First of these cells in each stratum, then t.
    sizes : int array, shape (3,)
        Rows, cells, and cells whose ties count, of the largest block.
    """

    order: np.ndarray
    columns: np.ndarray
    offset: np.ndarray
    cell: np.ndarray
    first: np.ndarray | None
    dies: np.ndarray
    place: np.ndarray
    begin: np.ndarray
    dying: np.ndarray
    starts: np.ndarray
    blocks: np.ndarray
    tied: np.ndarray
    tied_cells: np.ndarray
    behind: np.ndarray
    before: np.ndarray
    ties: np.ndarray
    sizes: np.ndarray


def sorted_rows(model: CoxModel, *, all_tied: bool = False) -> Rows:
    """Bring the rows of a model into order; `all_tied` makes room for ties in cells of one event."""
    sets, n = model.sets, model.weights.size
    events = np.zeros(n, dtype=np.int8)
    events[sets.event_rows] = 1
    edges = np.zeros(2 * sets.cells + 1, dtype=np.int64)
    order = np.empty(n, dtype=np.int64)
    order = order[: _sort(sets.first, sets.last, events, (edges, np.empty_like(edges)), order)]
    columns = np.empty((-(-order.size // TILE), model.covariates.shape[1], TILE))
    _gather(np.ascontiguousarray(model.covariates), order, columns)
    begin, dying = edges[::2].copy(), edges[1::2].copy()
    least = (1 if all_tied else 2) if model.ties == "efron" else n + 1
    tied_cells = np.flatnonzero(begin[1:] - dying >= least)
    blocks, ties = _blocks(begin[sets.starts]), np.searchsorted(tied_cells, sets.starts)
    within, ties_within = sets.starts[blocks], ties[blocks]
    sizes = np.array([np.diff(edges_of).max() for edges_of in (begin[within], within, ties_within)])
    origin = np.repeat(within[:-1], np.diff(within))
    tied = np.full(sets.cells, sizes[1] + 1 + sizes[2])
    tied[tied_cells] = sizes[1] + 1 + np.arange(tied_cells.size) - np.repeat(ties_within[:-1], np.diff(ties_within))
    own, ends = tied_cells - origin[tied_cells], np.isin(tied_cells + 1, sets.starts)
    first = _first(sets, order, origin, sizes[1])
    cell, dies, place = (np.empty(order.size, dtype=kind) for kind in (np.uint32, np.float64, np.uint32))
    _describe(edges, origin, tied, sizes[1:], first.size > 0, (cell, dies, place))
    return Rows(
        order=order,
        columns=columns,
        offset=model.offset[order] if model.offset.any() else np.empty(0),
        cell=cell,
        first=first if first.size else None,
        dies=dies,
        place=place,
        begin=begin,
        dying=dying,
        starts=sets.starts,
        blocks=blocks,
        tied=tied,
        tied_cells=tied_cells,
        behind=np.where(dying[tied_cells] == begin[tied_cells], own, tied[tied_cells]).astype(np.uint32),
        before=np.where(ends, sizes[1], own + 1).astype(np.uint32),
        ties=ties,
        sizes=sizes,
    )


def _blocks(begin: np.ndarray) -> np.ndarray:
    """Join strata, given by their first rows, until they have `TOGETHER` rows."""
    last = begin.size - 1
    blocks = [0]
    while blocks[-1] < last:
        blocks.append(min(int(np.searchsorted(begin, begin[blocks[-1]] + TOGETHER)), last))
    return np.array(blocks)


def _first(sets: RiskSets, order: np.ndarray, origin: np.ndarray, none: int) -> np.ndarray:
    """Return the last cell in the block before each row is at risk; empty where nobody comes late."""
    opens = np.zeros(sets.cells + 1, dtype=bool)
    opens[sets.starts] = True
    if opens[sets.first].all():
        return np.empty(0, dtype=np.uint32)
    first = sets.first[order]
    return np.where(opens[first], none, first - 1 - origin[first - 1]).astype(np.uint32)


@njit(**_RULES)
def _describe(edges, origin, tied, sizes, late, found):  # type: ignore[no-untyped-def]
    """Fill each sorted row's cell, 1 for an event, and the place of its sum."""
    cell, dies, place = found
    nowhere = sizes[0] + 1 + sizes[1]
    for c in range(origin.size):
        begin, dying, own = edges[2 * c], edges[2 * c + 1], c - origin[c]
        apart = tied[c] if not late or tied[c] != nowhere else own
        for i in range(begin, edges[2 * c + 2]):
            cell[i] = own
            dies[i] = 1.0 if i >= dying else 0.0
            place[i] = apart if i >= dying else own
        if not late:
            place[begin] = own


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
    # A column at a time: the first brings all rows of a tile near, many of them at once, the others find them there.
    for tile in range(columns.shape[0]):
        rows = order[tile * columns.shape[2] : (tile + 1) * columns.shape[2]]
        for j in range(columns.shape[1]):
            column = columns[tile, j]
            for i in range(rows.size):
                column[i] = covariates[rows[i], j]
