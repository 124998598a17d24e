"""The partial likelihood of many rows, compiled.

Rows are sorted once by stratum and the last event time at which they are at risk; each evaluation then reads them
twice and allocates nothing. Sums over risk sets come from the first reading, slope and curvature from the second:
with the number of events that each row may expect, the information is one weighted Gram matrix of the rows less one
of the event times, so no matrix is carried from time to time. Both readings of some strata follow each other, so that
the second finds their rows near the processor. The numbers are those of `partial_likelihood`, which serves small data
without compilation. Importing this module imports numba, so it is imported where there is enough to do.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from sequela.stats.partial_likelihood import CoxModel, LikelihoodPoint
from sequela.stats.sorted_rows import TILE, Rows, sorted_rows

SMALL, LARGE = 1e-200, 1e200
"""Between these a product has room for one factor more."""

FAR = 300.0
"""Linear predictors beyond this are brought back to 0 by shifting those of the stratum, before exp overflows."""

_RULES: dict[str, Any] = {"fastmath": {"reassoc", "contract", "nsz"}, "error_model": "numpy", "_nrt": False}
_INNER: dict[str, Any] = {**_RULES, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_OUTER: dict[str, Any] = {**_RULES, "cache": True}


class Sample(NamedTuple):
    """How often each row counts.

    Attributes
    ----------
    weight : float array, shape (m,)
    deaths : int array, shape (k,)
        Tied events of each cell.
    lost : float array, shape (k,)
        Their total weight.
    """

    weight: np.ndarray
    deaths: np.ndarray
    lost: np.ndarray


class Work(NamedTuple):
    """Scratch: sums over risk sets and over tied events, and what cells make of them.

    Attributes
    ----------
    risk : float array, shape (m,)
    sums : float array, shape (p + 2, k + t + 2)
        Of risks first, then of risks times each covariate, over the risk set of each cell and over the events of
        each cell whose ties count; see `Rows.place`. The last row is for columns that there are not.
    hazard : float array, shape (k + 1,)
        Cumulative within the stratum; 0 behind the last cell.
    step, gone : float array, shape (k,)
        What a cell adds to the hazard, and what of it passes by those who die in it.
    squares : float array, shape (3, k)
        Sums over the factors of a cell: of the square of its step, times its fraction gone, and times that again.
    tile : float array, shape (3, TILE)
    running : float array, shape (p + 2,)
    """

    risk: np.ndarray
    sums: np.ndarray
    hazard: np.ndarray
    step: np.ndarray
    gone: np.ndarray
    squares: np.ndarray
    tile: np.ndarray
    running: np.ndarray


def likelihood(model: CoxModel) -> Callable[[np.ndarray], LikelihoodPoint]:
    """Sort the rows of a model and return its log partial likelihood as a function of the coefficients."""
    rows = sorted_rows(model)
    sample, work = sample_of(model, rows), work_for(rows)

    def at(coefficients: np.ndarray) -> LikelihoodPoint:
        p = rows.columns.shape[1]
        score, information = np.empty(p), np.empty((p, p))
        value = evaluate(rows, sample, work, np.asarray(coefficients, dtype=float), score, information)
        return LikelihoodPoint(float(value), score, information)

    return at


def score_residuals(model: CoxModel, coefficients: np.ndarray) -> np.ndarray:
    """Return what `partial_likelihood.score_residuals` returns."""
    rows = sorted_rows(model)
    sample, work = sample_of(model, rows), work_for(rows)
    p = rows.columns.shape[1]
    read_once(rows, sample, work, np.asarray(coefficients, dtype=float))
    residuals = np.zeros((model.weights.size, p))
    means, gone = np.empty((p, rows.tied.size)), np.empty((p, work.sums.shape[1]))
    _mean_covariates(rows, sample, work, means, gone)
    _residuals(rows, sample, work, (means, gone), residuals)
    return residuals


def sample_of(model: CoxModel, rows: Rows) -> Sample:
    """Return every row counting as its weight says."""
    k = rows.tied.size
    sample = Sample(model.weights[rows.order], np.empty(k, dtype=np.int64), np.empty(k))
    count_events(rows, sample, np.ones(rows.order.size))
    return sample


def work_for(rows: Rows) -> Work:
    """Return scratch for rows."""
    p, k, t = rows.columns.shape[1], rows.tied.size, rows.tied_cells.size
    return Work(
        risk=np.empty(rows.order.size),
        sums=np.zeros((p + 2, k + t + 2)),
        hazard=np.zeros(k + 1),
        step=np.empty(k),
        gone=np.empty(k),
        squares=np.empty((3, k)),
        tile=np.empty((3, TILE)),
        running=np.empty(p + 2),
    )


@njit(**_OUTER)
def count_events(rows, sample, counts):  # type: ignore[no-untyped-def]
    """Fill what a sample says of events; rows count so many times, whole numbers, each with its weight.

    counts : float array, shape (m,). `sample.weight` already holds weight times count.
    """
    for c in range(rows.tied.size):
        deaths, lost = 0, 0.0
        for i in range(rows.dying[c], rows.begin[c + 1]):
            deaths += int(counts[i])
            lost += sample.weight[i]
        sample.deaths[c], sample.lost[c] = deaths, lost


@njit(**_OUTER)
def evaluate(rows, sample, work, coefficients, score, information):  # type: ignore[no-untyped-def]
    """Return the log partial likelihood; fill its score and its information."""
    value = 0.0
    score[:] = 0.0
    information[:, :] = 0.0
    for block in range(rows.blocks.size - 1):
        low, high = rows.blocks[block], rows.blocks[block + 1]
        for s in range(low, high):
            value += _first_reading(rows, sample, work, coefficients, rows.starts[s], rows.starts[s + 1])
        _second_reading(rows, sample, work, rows.starts[low], rows.starts[high], score, information)
    for j in range(score.size):
        for i in range(j):
            information[i, j] = information[j, i]
    return value


@njit(**_OUTER)
def read_once(rows, sample, work, coefficients):  # type: ignore[no-untyped-def]
    """Fill the sums over risk sets and the hazards."""
    for s in range(rows.starts.size - 1):
        _first_reading(rows, sample, work, coefficients, rows.starts[s], rows.starts[s + 1])


@njit(**_INNER)
def _first_reading(rows, sample, work, coefficients, begin, end):  # type: ignore[no-untyped-def]
    """Fill sums over risk sets and hazards of a stratum's cells; return its log partial likelihood."""
    value, outside = _sum_risk_sets(rows, sample, work, coefficients, begin, end, 0.0)
    if outside:
        top = _largest(rows, work, coefficients, rows.begin[begin], rows.begin[end])
        if abs(top) < np.inf:
            value, _ = _sum_risk_sets(rows, sample, work, coefficients, begin, end, top)
    return value - _weigh_cells(rows, sample, work, begin, end)


@njit(**_INNER)
def _sum_risk_sets(rows, sample, work, coefficients, begin, end, shift):  # type: ignore[no-untyped-def]
    """Sum risks, and risks times covariates, over risk sets.

    Return the weighted sum of linear predictors of events, and whether predictors are far from 0.
    """
    if rows.late:
        return _sum_changes(rows, sample, work, coefficients, begin, end, shift)
    return _sum_from_the_end(rows, sample, work, coefficients, begin, end, shift)


@njit(**_INNER)
def _sum_from_the_end(rows, sample, work, coefficients, begin, end, shift):  # type: ignore[no-untyped-def]
    """Keep one running sum per column, left behind at each cell and where its tied events have joined."""
    first, high = rows.begin[begin], rows.begin[end]
    value, above, within = 0.0, 0, 0
    work.running[:] = 0.0
    while high > first:
        tile = (high - 1) // TILE
        low = max(tile * TILE, first)
        events, more, near = _risks(rows, sample, work, coefficients, low, high, shift)
        value, above, within = value + events, above + more, within + near
        risk, place, total = work.risk[low:high], rows.place[low:high], work.running[0]
        for i in range(high - low - 1, -1, -1):
            total += risk[i]
            work.sums[0, place[i]] = total
        work.running[0] = total
        for j in range(0, coefficients.size, 4):
            _run_four(work, risk, place, rows.columns[tile], low - tile * TILE, j)
        high = low
    _part_ties(rows, work, begin, end)
    return value, above > 0 or within == 0


@njit(**_INNER)
def _run_four(work, risk, place, columns, begin, j):  # type: ignore[no-untyped-def]
    """Do so for four covariates, whose sums do not wait for each other."""
    n, p = risk.size, columns.shape[0]
    b, c, d = min(j + 1, p), min(j + 2, p), min(j + 3, p)
    one, two = columns[j, begin : begin + n], columns[min(b, p - 1), begin : begin + n]
    three, four = columns[min(c, p - 1), begin : begin + n], columns[min(d, p - 1), begin : begin + n]
    sums, running = work.sums, work.running
    to_one, to_two, to_three, to_four = sums[j + 1], sums[b + 1], sums[c + 1], sums[d + 1]
    w, x, y, z = running[j + 1], running[b + 1], running[c + 1], running[d + 1]
    for i in range(n - 1, -1, -1):
        w += risk[i] * one[i]
        x += risk[i] * two[i]
        y += risk[i] * three[i]
        z += risk[i] * four[i]
        to_one[place[i]] = w
        to_two[place[i]] = x
        to_three[place[i]] = y
        to_four[place[i]] = z
    running[d + 1], running[c + 1], running[b + 1], running[j + 1] = z, y, x, w


@njit(**_INNER)
def _part_ties(rows, work, begin, end):  # type: ignore[no-untyped-def]
    """Take from the running sum behind the tied events of a cell that before them."""
    k = rows.tied.size
    low, high = np.searchsorted(rows.tied_cells, begin), np.searchsorted(rows.tied_cells, end)
    for j in range(work.sums.shape[0] - 1):
        sums = work.sums[j]
        for t in range(low, high):
            c = rows.tied_cells[t]
            behind = c if rows.dying[c] == rows.begin[c] else k + 1 + t
            sums[k + 1 + t] = sums[behind] - (sums[c + 1] if c + 1 < end else 0.0)


@njit(**_INNER)
def _sum_changes(rows, sample, work, coefficients, begin, end, shift):  # type: ignore[no-untyped-def]
    """Add each row to its last cell, take it from the last cell before its entry, and accumulate."""
    k, low, last = rows.tied.size, rows.begin[begin], rows.begin[end]
    from_tie, to_tie = np.searchsorted(rows.tied_cells, begin), np.searchsorted(rows.tied_cells, end)
    work.sums[:, begin:end] = 0.0
    work.sums[:, k + 1 + from_tie : k + 1 + to_tie] = 0.0
    value, above, within = 0.0, 0, 0
    while low < last:
        tile = low // TILE
        high = min(tile * TILE + TILE, last)
        events, more, near = _risks(rows, sample, work, coefficients, low, high, shift)
        value, above, within = value + events, above + more, within + near
        risk, place, before = work.risk[low:high], rows.place[low:high], rows.first[low:high]
        for i in range(high - low):
            work.sums[0, place[i]] += risk[i]
            work.sums[0, before[i]] -= risk[i]
        for j in range(0, coefficients.size, 4):
            _change_four(work, risk, place, before, rows.columns[tile], low - tile * TILE, j)
        low = high
    for j in range(work.sums.shape[0] - 1):
        total, sums = 0.0, work.sums[j]
        for c in range(end - 1, begin - 1, -1):
            total += sums[c] + sums[rows.tied[c]]
            sums[c] = total
    return value, above > 0 or within == 0


@njit(**_INNER)
def _change_four(work, risk, place, before, columns, begin, j):  # type: ignore[no-untyped-def]
    """Do so for four covariates; columns that there are not go to the last row of sums."""
    n, p = risk.size, columns.shape[0]
    b, c, d = min(j + 1, p), min(j + 2, p), min(j + 3, p)
    one, two = columns[j, begin : begin + n], columns[min(b, p - 1), begin : begin + n]
    three, four = columns[min(c, p - 1), begin : begin + n], columns[min(d, p - 1), begin : begin + n]
    sums = work.sums
    to_one, to_two, to_three, to_four = sums[j + 1], sums[b + 1], sums[c + 1], sums[d + 1]
    for i in range(n):
        w, x, y, z = risk[i] * one[i], risk[i] * two[i], risk[i] * three[i], risk[i] * four[i]
        to_one[place[i]] += w
        to_two[place[i]] += x
        to_three[place[i]] += y
        to_four[place[i]] += z
        to_one[before[i]] -= w
        to_two[before[i]] -= x
        to_three[before[i]] -= y
        to_four[before[i]] -= z


@njit(**_INNER)
def _risks(rows, sample, work, coefficients, low, high, shift):  # type: ignore[no-untyped-def]
    """Fill the weighted risks of a part of a tile.

    Return the weighted sum of linear predictors of events, and how many predictors are far above 0, or not far below.
    """
    _predictors(rows, work, coefficients, low, high, shift)
    risk, weight, dies = work.risk[low:high], sample.weight[low:high], rows.dies[low:high]
    value, above, within = 0.0, 0, 0
    for i in range(high - low):
        value += dies[i] * weight[i] * risk[i]
        above += 0 if risk[i] <= FAR else 1
        within += 1 if risk[i] >= -FAR else 0
    for i in range(high - low):
        risk[i] = weight[i] * math.exp(risk[i])
    return value, above, within


@njit(**_INNER)
def _predictors(rows, work, coefficients, low, high, shift):  # type: ignore[no-untyped-def]
    """Fill the linear predictors of a part of a tile in the place of their risks."""
    tile, n = low // TILE, high - low
    columns, begin, risk = rows.columns[tile], low - tile * TILE, work.risk[low:high]
    if rows.offset.size:
        for i in range(n):
            risk[i] = rows.offset[low + i] - shift
    else:
        risk[:] = -shift
    p = coefficients.size
    for j in range(0, p - p % 2, 2):
        one, two = columns[j, begin : begin + n], columns[j + 1, begin : begin + n]
        for i in range(n):
            risk[i] += coefficients[j] * one[i] + coefficients[j + 1] * two[i]
    if p % 2:
        last = columns[p - 1, begin : begin + n]
        for i in range(n):
            risk[i] += coefficients[p - 1] * last[i]


@njit(**_INNER)
def _largest(rows, work, coefficients, low, last):  # type: ignore[no-untyped-def]
    """Return the largest linear predictor."""
    top = -np.inf
    while low < last:
        high = min(low // TILE * TILE + TILE, last)
        _predictors(rows, work, coefficients, low, high, 0.0)
        for i in range(low, high):
            top = max(top, work.risk[i])
        low = high
    return top


@njit(**_INNER)
def _weigh_cells(rows, sample, work, begin, end):  # type: ignore[no-untyped-def]
    """Fill what each cell of a stratum adds to the hazard; return the sum of the logs of the denominators."""
    at_risk, tied = work.sums[0], work.sums[0, rows.tied.size + 1 :]
    for c in range(begin, end):
        step = sample.lost[c] / at_risk[c] if sample.lost[c] > 0.0 else 0.0
        work.step[c], work.gone[c], work.squares[0, c] = step, 0.0, step / at_risk[c] if step > 0.0 else 0.0
        work.squares[1, c] = 0.0
        work.squares[2, c] = 0.0
    # One logarithm for many factors of one weight: their product is taken while it stays far from 0 and infinity.
    logs, product, weight, hazard = 0.0, 1.0, 1.0, 0.0
    spare = rows.tied_cells.size
    for c in range(begin, end):
        tie = rows.tied[c] - rows.tied.size - 1
        if tie == spare or sample.deaths[c] < 2:
            if sample.lost[c] > 0.0:
                if sample.lost[c] != weight or not SMALL < product * at_risk[c] < LARGE:
                    logs += weight * math.log(product)
                    product, weight = 1.0, sample.lost[c]
                product *= at_risk[c]
        else:
            logs += _weigh_ties(sample, work, c, tied[tie])
        hazard += work.step[c]
        work.hazard[c] = hazard
    return logs + weight * math.log(product)


@njit(**_INNER)
def _weigh_ties(sample, work, c, tied):  # type: ignore[no-untyped-def]
    """Do so for tied events, which leave the risk set one by one."""
    total, deaths = work.sums[0, c], sample.deaths[c]
    weight, share = sample.lost[c] / deaths, tied / total
    step, gone, whole, crossed, part = 0.0, 0.0, 0.0, 0.0, 0.0
    each = 1.0 / deaths
    for event in range(deaths):
        fraction = event * each
        inverse = 1.0 / (1.0 - fraction * share)
        step += inverse
        gone += fraction * inverse
        whole += inverse * inverse
        crossed += fraction * inverse * inverse
        part += fraction * fraction * inverse * inverse
    # One logarithm for sixteen factors: none is below 1 / deaths, so their product stays far from 0.
    near = 1e-6 < total < 1e6
    factor, logs = total if near else 1.0, 0.0 if near else deaths * math.log(total)
    for begin in range(0, deaths, 16):
        product = 1.0
        for event in range(begin, min(begin + 16, deaths)):
            product *= factor * (1.0 - event * each * share)
        logs += math.log(product)
    per_risk = weight / total
    work.step[c], work.gone[c] = step * per_risk, gone * per_risk
    per_risk /= total
    work.squares[0, c], work.squares[1, c], work.squares[2, c] = whole * per_risk, crossed * per_risk, part * per_risk
    return weight * logs


@njit(**_INNER)
def _second_reading(rows, sample, work, begin, end, score, information):  # type: ignore[no-untyped-def]
    """Add to the score what rows die less what they may expect, and to the information their Gram matrix."""
    low, last, p = rows.begin[begin], rows.begin[end], score.size
    residual, weighted = work.tile[1], work.tile[2]
    while low < last:
        tile = low // TILE
        high, place = min(tile * TILE + TILE, last), low - tile * TILE
        n, columns = high - low, rows.columns[tile]
        events = work.tile[0, :n]
        _expected(rows, sample, work, low, high)
        for j in range(p):
            column = columns[j, place : place + n]
            for i in range(n):
                weighted[i] = events[i] * column[i]
            score[j] += _product(residual[:n], column)
            _add_products(weighted[:n], columns, place, information[j], j + 1, 1.0)
        low = high
    _subtract_cells(rows, work, begin, end, information)


@njit(**_INNER)
def _expected(rows, sample, work, low, high):  # type: ignore[no-untyped-def]
    """Fill the weighted events expected of each row of a part of a tile, and what it dies beyond them."""
    events, residual = work.tile[0], work.tile[1]
    for i in range(low, high):
        cell, dies = rows.cell[i], rows.dies[i]
        hazard = work.hazard[cell] - dies * work.gone[cell]
        if rows.late:
            hazard -= work.hazard[rows.first[i]]
        events[i - low] = work.risk[i] * hazard
        residual[i - low] = dies * sample.weight[i] - work.risk[i] * hazard


@njit(**_INNER)
def _subtract_cells(rows, work, begin, end, information):  # type: ignore[no-untyped-def]
    """Take the Gram matrix of cell means from the information.

    With A over the risk set and T over tied events it is whole A A' - crossed (A T' + T A') + part T T' for each
    cell, which is whole U U' + (part - crossed share) T T' for share = crossed / whole and U = A - share T.
    """
    k, p, weighted = rows.tied.size, information.shape[0], work.tile[2]
    from_tie, to_tie = np.searchsorted(rows.tied_cells, begin), np.searchsorted(rows.tied_cells, end)
    for j in range(p):
        sums = work.sums[j + 1]
        for t in range(from_tie, to_tie):
            c = rows.tied_cells[t]
            if work.squares[1, c] > 0.0:
                sums[c] -= work.squares[1, c] / work.squares[0, c] * sums[k + 1 + t]
    for low in range(begin, end, TILE):
        n = min(low + TILE, end) - low
        squares = work.squares[0, low : low + n]
        for j in range(p):
            sums = work.sums[j + 1, low : low + n]
            for i in range(n):
                weighted[i] = squares[i] * sums[i]
            _add_products(weighted[:n], work.sums[1:], low, information[j], j + 1, -1.0)
    for low in range(from_tie, to_tie, TILE):
        n = min(low + TILE, to_tie) - low
        left = work.tile[0, :n]
        for i in range(n):
            c = rows.tied_cells[low + i]
            crossed = work.squares[1, c]
            left[i] = work.squares[2, c] - (crossed * crossed / work.squares[0, c] if crossed > 0.0 else 0.0)
        for j in range(p):
            sums = work.sums[j + 1, k + 1 + low : k + 1 + low + n]
            for i in range(n):
                weighted[i] = left[i] * sums[i]
            _add_products(weighted[:n], work.sums[1:], k + 1 + low, information[j], j + 1, -1.0)


@njit(**_INNER)
def _add_products(weighted, columns, low, sums, number, sign):  # type: ignore[no-untyped-def]
    """Add to each sum the products of a tile with one column; four columns at a time read it once."""
    n, j = weighted.size, 0
    while j + 4 <= number:
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        one, two = columns[j, low : low + n], columns[j + 1, low : low + n]
        three, four = columns[j + 2, low : low + n], columns[j + 3, low : low + n]
        for i in range(n):
            a += weighted[i] * one[i]
            b += weighted[i] * two[i]
            c += weighted[i] * three[i]
            d += weighted[i] * four[i]
        sums[j] += sign * a
        sums[j + 1] += sign * b
        sums[j + 2] += sign * c
        sums[j + 3] += sign * d
        j += 4
    for other in range(j, number):
        sums[other] += sign * _product(weighted, columns[other, low : low + n])


@njit(**_INNER)
def _product(left, right):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(left.size):
        total += left[i] * right[i]
    return total


@njit(**_OUTER)
def _mean_covariates(rows, sample, work, means, gone):  # type: ignore[no-untyped-def]
    """Fill each cell's mean covariates; turn sums over risk sets into cumulative hazard times means.

    means, shape (p, k): mean over the factors of a cell. gone, shape (p, k + t + 2): what the tied
    events of a cell did not risk, having left, at the place of the cell.
    """
    k = rows.tied.size
    for j in range(means.shape[0]):
        sums = work.sums[j + 1]
        # Rows of untied events have been there.
        sums[sums.size - 1] = 0.0
        for s in range(rows.starts.size - 1):
            total = 0.0
            for c in range(rows.starts[s], rows.starts[s + 1]):
                at_risk, tied = sums[c], sums[rows.tied[c]]
                means[j, c] = (work.step[c] * at_risk - work.gone[c] * tied) / sample.lost[c]
                gone[j, c] = work.squares[1, c] * at_risk - work.squares[2, c] * tied
                total += work.squares[0, c] * at_risk - work.squares[1, c] * tied
                sums[c] = total
        sums[k] = 0.0


@njit(**_OUTER)
def _residuals(rows, sample, work, cells, residuals):  # type: ignore[no-untyped-def]
    means, gone = cells
    for i in range(rows.order.size):
        cell, row, tile = rows.cell[i], residuals[rows.order[i]], rows.columns[i // TILE]
        first = rows.first[i] if rows.late else rows.tied.size
        hazard = work.hazard[cell] - work.hazard[first]
        if rows.dies[i] > 0:
            hazard -= work.gone[cell]
        for j in range(row.size):
            x = tile[j, i % TILE]
            left = work.sums[j + 1, cell] - work.sums[j + 1, first]
            if rows.dies[i] > 0:
                left -= gone[j, cell]
                row[j] += sample.weight[i] * (x - means[j, cell])
            row[j] -= work.risk[i] * (x * hazard - left)


@njit(**_OUTER)
def evaluate_samples(rows, sample, work, weight, counts, coefficients, found):  # type: ignore[no-untyped-def]
    """Evaluate samples of the rows, shape (r, m) of counts, each at its own coefficients, shape (r, p).

    found : arrays of shape (r,), (r, p), (r, p, p) for the log-likelihoods, scores and informations.
    """
    values, scores, informations = found
    for r in range(values.size):
        for i in range(weight.size):
            sample.weight[i] = weight[i] * counts[r, i]
        count_events(rows, sample, counts[r])
        values[r] = evaluate(rows, sample, work, coefficients[r], scores[r], informations[r])
