"""The partial likelihood of many rows, compiled.

Rows are sorted once by the last event time at which they are at risk; each evaluation then
reads them twice from end to end and allocates nothing. Sums over risk sets come from the first
reading, slope and curvature from the second: with the number of events that each row may
expect, the information is one weighted Gram matrix of the rows less one of the event times, so
no matrix is carried from time to time. The numbers are those of `partial_likelihood`, which
serves small data without compilation. Importing this module imports numba, so it is imported
where there is enough to do.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from sequela.stats.partial_likelihood import CoxModel, LikelihoodPoint
from sequela.stats.sorted_rows import Rows, sorted_rows

TILE = 256
"""Rows taken at a time, so that all their covariates stay near the processor."""

SHORT = 4
"""With fewer rows than this per event time, rows are added one by one, not time by time."""

SMALL, LARGE = 1e-200, 1e200
"""Between these a product has room for one factor more."""

FAR = 300.0
"""A linear predictor beyond this is brought back to 0 by shifting all of them, before exp overflows."""

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
    totals : float array, shape (p + 2,)
        Weighted sums over events: each covariate, the offset, one.
    """

    weight: np.ndarray
    deaths: np.ndarray
    lost: np.ndarray
    totals: np.ndarray


class Work(NamedTuple):
    """Scratch: sums over risk sets and over tied events, and what cells make of them.

    One cell and one group of ties are spare, so that rows without any need no question.
    """

    risk: np.ndarray
    at_risk: np.ndarray
    at_risk_x: np.ndarray
    tied: np.ndarray
    tied_x: np.ndarray
    hazard: np.ndarray
    step: np.ndarray
    gone: np.ndarray
    squares: np.ndarray
    tile: np.ndarray
    block: np.ndarray
    running: np.ndarray


def likelihood(model: CoxModel) -> Callable[[np.ndarray], LikelihoodPoint]:
    """Sort the rows of a model and return its log partial likelihood as a function of the coefficients."""
    rows = sorted_rows(model)
    sample, work = sample_of(model, rows), work_for(rows)

    def at(coefficients: np.ndarray) -> LikelihoodPoint:
        p = rows.columns.shape[0]
        score, information = np.empty(p), np.empty((p, p))
        value = evaluate(rows, sample, work, np.asarray(coefficients, dtype=float), score, information)
        return LikelihoodPoint(float(value), score, information)

    return at


def score_residuals(model: CoxModel, coefficients: np.ndarray) -> np.ndarray:
    """Return what `partial_likelihood.score_residuals` returns."""
    rows = sorted_rows(model)
    sample, work = sample_of(model, rows), work_for(rows)
    p = rows.columns.shape[0]
    evaluate(rows, sample, work, np.asarray(coefficients, dtype=float), np.empty(p), np.empty((p, p)))
    residuals = np.zeros((model.weights.size, p))
    means, gone = np.empty((p, rows.tied.size)), np.empty((p, work.tied.size))
    _mean_covariates(rows, sample, work, means, gone)
    _residuals(rows, sample, work, (means, gone), residuals)
    return residuals


def sample_of(model: CoxModel, rows: Rows) -> Sample:
    """Return every row counting as its weight says."""
    p, k = rows.columns.shape[0], rows.tied.size
    sample = Sample(model.weights[rows.order], np.empty(k, dtype=np.int64), np.empty(k), np.empty(p + 2))
    count_events(rows, sample, np.ones(rows.order.size))
    return sample


def work_for(rows: Rows) -> Work:
    """Return scratch for rows."""
    (p, m), k, t = rows.columns.shape, rows.tied.size, int(rows.tied.max()) + 1
    return Work(
        risk=np.empty(m),
        at_risk=np.empty(k + 1),
        at_risk_x=np.empty((p, k + 1)),
        tied=np.empty(t + 1),
        tied_x=np.empty((p, t + 1)),
        hazard=np.zeros(k + 1),
        step=np.empty(k),
        gone=np.empty(k),
        squares=np.empty((3, k)),
        tile=np.empty((2, TILE)),
        block=np.empty((p, TILE)),
        running=np.empty(p + 1),
    )


@njit(**_OUTER)
def count_events(rows, sample, counts):  # type: ignore[no-untyped-def]
    """Fill what a sample says of events; rows count so many times, whole numbers, each with its weight.

    counts : float array, shape (m,). `sample.weight` already holds weight times count.
    """
    p = rows.columns.shape[0]
    sample.deaths[:] = 0
    sample.lost[:] = 0.0
    sample.totals[:] = 0.0
    for c in range(rows.tied.size):
        for i in range(rows.dying[c], rows.begin[c + 1]):
            sample.deaths[c] += int(counts[i])
            sample.lost[c] += sample.weight[i]
            sample.totals[p] += sample.weight[i] * rows.offset[i]
            sample.totals[p + 1] += sample.weight[i]
    for j in range(p):
        total = 0.0
        for i in range(rows.dies.size):
            total += rows.dies[i] * sample.weight[i] * rows.columns[j, i]
        sample.totals[j] = total


@njit(**_OUTER)
def evaluate(rows, sample, work, coefficients, score, information):  # type: ignore[no-untyped-def]
    """Return the log partial likelihood; fill its score and its information."""
    p = coefficients.size
    shift = 0.0
    top = _sum_risk_sets(rows, sample, work, coefficients, shift)
    if not abs(top) <= FAR and abs(top) < np.inf:
        shift = top
        _sum_risk_sets(rows, sample, work, coefficients, shift)
    value = sample.totals[p] - shift * sample.totals[p + 1] - _weigh_cells(rows, sample, work)
    for j in range(p):
        value += coefficients[j] * sample.totals[j]
        score[j] = sample.totals[j]
    information[:, :] = 0.0
    _second_reading(rows, work, score, information)
    _take_means(rows, work, information)
    for j in range(p):
        for i in range(j):
            information[i, j] = information[j, i]
    return value


@njit(**_INNER)
def _sum_risk_sets(rows, sample, work, coefficients, shift):  # type: ignore[no-untyped-def]
    """Sum risks, and risks times covariates, over risk sets; return the largest linear predictor."""
    work.tied[:] = 0.0
    work.tied_x[:, :] = 0.0
    if not rows.late and rows.cell.size < SHORT * rows.tied.size:
        return _sum_from_the_end(rows, sample, work, coefficients, shift)
    work.at_risk[:] = 0.0
    work.at_risk_x[:, :] = 0.0
    top, m = -np.inf, rows.cell.size
    for low in range(0, m, TILE):
        high = min(low + TILE, m)
        top = max(top, _risks(rows, sample, work, coefficients, low, high, shift))
        values = work.tile[0, : high - low]
        for j in range(-1, coefficients.size):
            sums, ties = _sums_of(work, j)
            _times_column(rows, work.risk[low:high], values, j, low)
            _add_together(rows, values, sums, ties, low)
            if rows.late:
                first = rows.first[low:high]
                for i in range(high - low):
                    sums[first[i]] -= values[i]
    for j in range(-1, coefficients.size):
        _accumulate(rows.starts, _sums_of(work, j)[0])
    return top


@njit(**_INNER)
def _sum_from_the_end(rows, sample, work, coefficients, shift):  # type: ignore[no-untyped-def]
    """Do so for short cells: one running sum per covariate and stratum, left behind at each cell."""
    top = -np.inf
    for s in range(rows.starts.size - 1):
        begin, high = rows.begin[rows.starts[s]], rows.begin[rows.starts[s + 1]]
        work.running[:] = 0.0
        while high > begin:
            low = max(high - TILE, begin)
            top = max(top, _risks(rows, sample, work, coefficients, low, high, shift))
            values, cells = work.tile[0, : high - low], rows.cell[low:high]
            for j in range(-1, coefficients.size):
                sums = _sums_of(work, j)[0]
                _times_column(rows, work.risk[low:high], values, j, low)
                total = work.running[j + 1]
                for i in range(high - low - 1, -1, -1):
                    total += values[i]
                    sums[cells[i]] = total
                work.running[j + 1] = total
            high = low
    for i in range(rows.tying.size):
        work.tied[rows.tie[i]] += work.risk[rows.tying[i]]
    for j in range(0, coefficients.size - 1, 2):
        _add_ties(rows, work, j, j + 1)
    if coefficients.size % 2:
        _add_ties(rows, work, coefficients.size - 1, coefficients.size - 1)
    return top


@njit(**_INNER)
def _sums_of(work, j):  # type: ignore[no-untyped-def]
    """Return the sums over risk sets and ties of a covariate; of the risks before the first."""
    if j < 0:
        return work.at_risk, work.tied
    return work.at_risk_x[j], work.tied_x[j]


@njit(**_INNER)
def _times_column(rows, risk, values, j, low):  # type: ignore[no-untyped-def]
    """Fill risks times a covariate; the risks themselves for the covariate before the first."""
    if j < 0:
        for i in range(values.size):
            values[i] = risk[i]
    else:
        column = rows.columns[j, low : low + values.size]
        for i in range(values.size):
            values[i] = risk[i] * column[i]


@njit(**_INNER)
def _risks(rows, sample, work, coefficients, low, high, shift):  # type: ignore[no-untyped-def]
    """Fill the weighted risks of a tile and return its largest linear predictor."""
    risk, offset, weight, n = work.risk[low:high], rows.offset[low:high], sample.weight[low:high], high - low
    for i in range(n):
        risk[i] = offset[i] - shift
    for j in range(coefficients.size):
        column, coefficient = rows.columns[j, low:high], coefficients[j]
        for i in range(n):
            risk[i] += coefficient * column[i]
    top = -np.inf
    for i in range(n):
        top = max(top, risk[i] + shift)
        risk[i] = weight[i] * math.exp(risk[i])
    return top


@njit(**_INNER)
def _add_ties(rows, work, one, other):  # type: ignore[no-untyped-def]
    """Add up tied events of two covariates, or of one named twice; two sums at a time do not wait for each other."""
    left, right, x, y = work.tied_x[one], work.tied_x[other], rows.columns[one], rows.columns[other]
    twice = one != other
    for place in range(rows.tying.size):
        i, tie = rows.tying[place], rows.tie[place]
        left[tie] += work.risk[i] * x[i]
        if twice:
            right[tie] += work.risk[i] * y[i]


@njit(**_INNER)
def _add_together(rows, values, sums, ties, low):  # type: ignore[no-untyped-def]
    """Add the values of a tile to their cells, and those of tied events to their ties."""
    i, n, cell = 0, values.size, rows.cell[low]
    while i < n:
        dying, stop = min(max(rows.dying[cell] - low, i), n), min(rows.begin[cell + 1] - low, n)
        censored, died = _sum(values[i:dying]), _sum(values[dying:stop])
        sums[cell] += censored + died
        ties[rows.tied[cell]] += died
        i, cell = stop, cell + 1


@njit(**_INNER)
def _sum(values):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(values.size):
        total += values[i]
    return total


@njit(**_INNER)
def _accumulate(starts, sums):  # type: ignore[no-untyped-def]
    """Add up from the last cell of each stratum to the first."""
    for s in range(starts.size - 1):
        total = 0.0
        for c in range(starts[s + 1] - 1, starts[s] - 1, -1):
            total += sums[c]
            sums[c] = total


@njit(**_INNER)
def _weigh_cells(rows, sample, work):  # type: ignore[no-untyped-def]
    """Fill what each cell adds to the hazard; return the sum of the logs of the denominators."""
    # One logarithm for many cells of one weight: their product is taken while it stays far from 0 and infinity.
    logs, product, weight = 0.0, 1.0, 1.0
    for s in range(rows.starts.size - 1):
        hazard = 0.0
        for c in range(rows.starts[s], rows.starts[s + 1]):
            if sample.lost[c] == 0.0:
                work.step[c], work.gone[c] = 0.0, 0.0
                work.squares[:, c] = 0.0
            elif rows.tied[c] < 0 or sample.deaths[c] == 1:
                total = work.at_risk[c]
                if sample.lost[c] != weight or not SMALL < product * total < LARGE:
                    logs += weight * math.log(product)
                    product, weight = 1.0, sample.lost[c]
                product *= total
                work.step[c], work.gone[c] = sample.lost[c] / total, 0.0
                work.squares[0, c] = work.step[c] / total
                work.squares[1, c], work.squares[2, c] = 0.0, 0.0
            else:
                logs += _weigh_ties(sample, work, c, work.tied[rows.tied[c]])
            hazard += work.step[c]
            work.hazard[c] = hazard
    return logs + weight * math.log(product)


@njit(**_INNER)
def _weigh_ties(sample, work, c, tied):  # type: ignore[no-untyped-def]
    """Do so for tied events, which leave the risk set one by one."""
    total, deaths = work.at_risk[c], sample.deaths[c]
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
def _expected(rows, work, low, high, events):  # type: ignore[no-untyped-def]
    """Fill the weighted number of events expected of each row of a tile."""
    for i in range(low, high):
        cell = rows.cell[i]
        hazard = work.hazard[cell] - rows.dies[i] * work.gone[cell]
        if rows.late:
            hazard -= work.hazard[rows.first[i]]
        events[i - low] = work.risk[i] * hazard


@njit(**_INNER)
def _second_reading(rows, work, score, information):  # type: ignore[no-untyped-def]
    """Take expected events from the score; add the Gram matrix of rows, less that of cells."""
    m, k, p = rows.cell.size, rows.tied.size, score.size
    for low in range(0, m, TILE):
        high = min(low + TILE, m)
        events = work.tile[0, : high - low]
        _expected(rows, work, low, high, events)
        for j in range(p):
            weighted = work.tile[1, : high - low]
            column = rows.columns[j, low:high]
            for i in range(high - low):
                weighted[i] = events[i] * column[i]
            score[j] -= _sum(weighted)
            _add_products(weighted, rows.columns, low, information[j], j + 1, 1.0)
    for low in range(0, k, TILE):
        high = min(low + TILE, k)
        for j in range(p):
            weighted = work.tile[1, : high - low]
            squares, sums = work.squares[0, low:high], work.at_risk_x[j, low:high]
            for i in range(high - low):
                weighted[i] = squares[i] * sums[i]
            _add_products(weighted, work.at_risk_x, low, information[j], j + 1, -1.0)


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


@njit(**_INNER)
def _take_means(rows, work, information):  # type: ignore[no-untyped-def]
    """Correct the Gram matrix of cells for tied events that have left.

    With crossed A T' + crossed T A' - part T T' of each tie, which is B T' + T B' for B = crossed A - part / 2 T.
    """
    ties, p = rows.tied_cells.size, information.shape[0]
    for low in range(0, ties, TILE):
        n = min(low + TILE, ties) - low
        cells = rows.tied_cells[low : low + n]
        for j in range(p):
            half, at_risk, tied = work.block[j, :n], work.at_risk_x[j], work.tied_x[j, low : low + n]
            for i in range(n):
                c = cells[i]
                half[i] = work.squares[1, c] * at_risk[c] - 0.5 * work.squares[2, c] * tied[i]
        for j in range(p):
            tied, half = work.tied_x[j, low : low + n], work.block[j, :n]
            for other in range(j + 1):
                information[j, other] += _product(tied, work.block[other, :n])
                information[j, other] += _product(half, work.tied_x[other, low : low + n])


@njit(**_OUTER)
def _mean_covariates(rows, sample, work, means, gone):  # type: ignore[no-untyped-def]
    """Fill each cell's mean covariates; turn sums over risk sets into cumulative hazard times means.

    means, shape (p, k): mean over the factors of a cell. gone, shape (p, ties): what the tied
    events of a cell did not risk, having left.
    """
    for j in range(means.shape[0]):
        for s in range(rows.starts.size - 1):
            total = 0.0
            for c in range(rows.starts[s], rows.starts[s + 1]):
                tie = rows.tied[c]
                at_risk, tied = work.at_risk_x[j, c], work.tied_x[j, tie]
                means[j, c] = (work.step[c] * at_risk - work.gone[c] * tied) / sample.lost[c]
                gone[j, tie] = work.squares[1, c] * at_risk - work.squares[2, c] * tied
                total += work.squares[0, c] * at_risk - work.squares[1, c] * tied
                work.at_risk_x[j, c] = total
        work.at_risk_x[j, rows.tied.size] = 0.0
        gone[j, gone.shape[1] - 1] = 0.0


@njit(**_OUTER)
def _residuals(rows, sample, work, cells, residuals):  # type: ignore[no-untyped-def]
    means, gone = cells
    for i in range(rows.order.size):
        cell, row = rows.cell[i], residuals[rows.order[i]]
        first = rows.first[i] if rows.late else rows.tied.size
        hazard = work.hazard[cell] - work.hazard[first]
        if rows.dies[i] > 0:
            hazard -= work.gone[cell]
        for j in range(row.size):
            x = rows.columns[j, i]
            left = work.at_risk_x[j, cell] - work.at_risk_x[j, first]
            if rows.dies[i] > 0:
                left -= gone[j, rows.tied[cell]]
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
