"""The compiled part of the partial likelihood of many rows; `partial_likelihood_compiled` says what is read and when.

All of it is in one file: a compiled function is compiled anew when its own file changes, not when another does.
"""

import math
from typing import Any

import numpy as np
from numba import njit

SMALL, LARGE = 1e-200, 1e200
"""Between these a product has room for one factor more."""

FAR = 300.0
"""Linear predictors beyond this are brought back to 0 by shifting those of the stratum, before exp overflows."""

LOG2_E, LN_2, LN_2_REST = 1.4426950408889634, 0.693145751953125, 1.42860682030941723212e-6
"""Few digits of the logarithm of 2, so that their product with a whole number is exact, and the rest of it."""

TO_WHOLE = 1.5 * 2.0**52
"""What is added to this is rounded to a whole number."""

SERIES = tuple(1.0 / math.factorial(number) for number in range(12, -1, -1))
"""What powers of a number are divided by in the exponential series, from the twelfth power down."""

_RULES: dict[str, Any] = {"fastmath": {"reassoc", "contract", "nsz"}, "error_model": "numpy", "_nrt": False}
_INNER: dict[str, Any] = {**_RULES, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_EXACT: dict[str, Any] = {**_INNER, "fastmath": {"contract"}}
_OUTER: dict[str, Any] = {**_RULES, "cache": True, "no_cfunc_wrapper": True}


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
        value += _first_reading(rows, rows.first, sample, work, coefficients, block)
        _second_reading(rows, sample, work, block, score, information)
        _subtract_cells(rows, work, block, information)
    for j in range(score.size):
        for i in range(j):
            information[i, j] = information[j, i]
    return value


@njit(**_INNER)
def _first_reading(rows, first, sample, work, coefficients, block):  # type: ignore[no-untyped-def]
    """Fill sums over risk sets and hazards of a block; return its log partial likelihood."""
    total, origin = 0.0, rows.starts[rows.blocks[block]]
    for s in range(rows.blocks[block], rows.blocks[block + 1]):
        part, shift, outside = (origin, rows.starts[s], rows.starts[s + 1], s), 0.0, True
        while outside:
            # Where nobody comes late `first` is None, and the other way of summing is not compiled.
            if first is None:
                value, outside = _sum_from_the_end(rows, sample, work, coefficients, part, shift)
            else:
                value, outside = _sum_changes(rows, sample, work, coefficients, part, shift)
            if not outside or shift != 0.0:
                break
            shift = _largest(rows, work, coefficients, part)
            outside = abs(shift) < np.inf
        total += value - _weigh_cells(rows, sample, work, part)
    return total


@njit(**_INNER)
def _sum_from_the_end(rows, sample, work, coefficients, part, shift):  # type: ignore[no-untyped-def]
    """Sum risks, and risks times covariates, over the risk sets of a stratum in which nobody comes late.

    One running sum per column is left behind at each cell and where its tied events have joined.

    part : first cell of the block; first cell of the stratum, and behind its last; number of the stratum.

    Return the weighted sum of linear predictors of events, and whether predictors are far from 0.
    """
    origin, begin, end, s = part
    zero, first, high = rows.begin[origin], rows.begin[begin], rows.begin[end]
    value, above, within, size = 0.0, 0, 0, rows.columns.shape[2]
    work.running[:] = 0.0
    while high > first:
        tile = (high - 1) // size
        low = max(tile * size, first)
        risk, place = work.risk[low - zero : high - zero], rows.place[low:high]
        events, more, near = _risks(rows, sample, risk, coefficients, low, shift)
        value, above, within = value + events, above + more, within + near
        for j in range(-1, coefficients.size, 4):
            _run_four(work, risk, place, rows.columns[tile], low - tile * size, j)
        high = low
    if rows.ties[s] < rows.ties[s + 1]:
        _part_ties(rows, work, rows.ties[s], rows.ties[s + 1])
    return value, above > 0 or within == 0


@njit(**_INNER)
def _run_four(work, risk, place, columns, begin, j):  # type: ignore[no-untyped-def]
    """Do so for four covariates, whose sums do not wait for each other; the one before the first is 1."""
    n, p = risk.size, columns.shape[0]
    b, c, d = min(j + 1, p), min(j + 2, p), min(j + 3, p)
    one, two = columns[max(j, 0), begin : begin + n], columns[min(b, p - 1), begin : begin + n]
    if j < 0:
        one = work.tile[3, :n]
    three, four = columns[min(c, p - 1), begin : begin + n], columns[min(d, p - 1), begin : begin + n]
    sums, running = work.sums, work.running
    to_one, to_two, to_three, to_four = sums[j + 1], sums[b + 1], sums[c + 1], sums[d + 1]
    w, x, y, z = running[j + 1], running[b + 1], running[c + 1], running[d + 1]
    for i in range(n - 1, -1, -1):
        own, at = risk[i], place[i]
        w += own * one[i]
        x += own * two[i]
        y += own * three[i]
        z += own * four[i]
        to_one[at] = w
        to_two[at] = x
        to_three[at] = y
        to_four[at] = z
    running[d + 1], running[c + 1], running[b + 1], running[j + 1] = z, y, x, w


@njit(**_INNER)
def _part_ties(rows, work, low, high):  # type: ignore[no-untyped-def]
    """Take from the running sum behind the tied events of a cell that before them."""
    behind, before, place = rows.behind[low:high], rows.before[low:high], rows.tied[rows.tied_cells[low]]
    for j in range(work.sums.shape[0] - 1):
        sums = work.sums[j]
        for t in range(behind.size):
            sums[place + t] = sums[behind[t]] - sums[before[t]]


@njit(**_INNER)
def _sum_changes(rows, sample, work, coefficients, part, shift):  # type: ignore[no-untyped-def]
    """Do so where some come late: add rows to their last cell, take them from that before their entry, accumulate."""
    origin, begin, end, _ = part
    zero, low, last = rows.begin[origin], rows.begin[begin], rows.begin[end]
    for j in range(work.sums.shape[0] - 1):
        sums = work.sums[j]
        for c in range(begin, end):
            sums[c - origin] = sums[rows.tied[c]] = 0.0
    value, above, within, size = 0.0, 0, 0, rows.columns.shape[2]
    while low < last:
        tile = low // size
        high = min(tile * size + size, last)
        risk, place, before = work.risk[low - zero : high - zero], rows.place[low:high], rows.first[low:high]
        events, more, near = _risks(rows, sample, risk, coefficients, low, shift)
        value, above, within = value + events, above + more, within + near
        for j in range(-1, coefficients.size, 4):
            _change_four(work, risk, (place, before), rows.columns[tile], low - tile * size, j)
        low = high
    for j in range(work.sums.shape[0] - 1):
        total, sums = 0.0, work.sums[j]
        for c in range(end - 1, begin - 1, -1):
            total += sums[c - origin] + sums[rows.tied[c]]
            sums[c - origin] = total
    return value, above > 0 or within == 0


@njit(**_INNER)
def _change_four(work, risk, places, columns, begin, j):  # type: ignore[no-untyped-def]
    """Do so for four covariates; columns that there are not go to the last row of sums."""
    (place, before), n, p = places, risk.size, columns.shape[0]
    b, c, d = min(j + 1, p), min(j + 2, p), min(j + 3, p)
    one, two = columns[max(j, 0), begin : begin + n], columns[min(b, p - 1), begin : begin + n]
    if j < 0:
        one = work.tile[3, :n]
    three, four = columns[min(c, p - 1), begin : begin + n], columns[min(d, p - 1), begin : begin + n]
    to_one, to_two, to_three, to_four = work.sums[j + 1], work.sums[b + 1], work.sums[c + 1], work.sums[d + 1]
    for i in range(n):
        at, gone = place[i], before[i]
        w, x, y, z = risk[i] * one[i], risk[i] * two[i], risk[i] * three[i], risk[i] * four[i]
        to_one[at] += w
        to_two[at] += x
        to_three[at] += y
        to_four[at] += z
        to_one[gone] -= w
        to_two[gone] -= x
        to_three[gone] -= y
        to_four[gone] -= z


@njit(**_INNER)
def _risks(rows, sample, risk, coefficients, low, shift):  # type: ignore[no-untyped-def]
    """Fill the weighted risks of a part of a tile.

    Return the weighted sum of linear predictors of events, and how many predictors are far above 0, or not far below.
    """
    _predictors(rows, risk, coefficients, low, shift)
    weight, dies = sample.weight[low : low + risk.size], rows.dies[low : low + risk.size]
    value, above, within = 0.0, 0, 0
    for i in range(risk.size):
        value += dies[i] * weight[i] * risk[i]
        above += 0 if risk[i] <= FAR else 1
        within += 1 if risk[i] >= -FAR else 0
    for i in range(risk.size):
        risk[i] = weight[i] * exponential(risk[i])
    return value, above, within


@njit(**_EXACT)
def exponential(x):  # type: ignore[no-untyped-def]
    """Return e to the x, good to the last digit but one, in steps a processor takes for several numbers at once.

    Below -700 it stays there; a call of the C library for each number takes four times as long. Two to the nearest
    whole power comes out of the bits of a number, the rest out of the exponential series.
    """
    x = -700.0 if x < -700.0 else x
    x = 709.8 if x > 709.8 else x
    shifted = x * LOG2_E + TO_WHOLE
    power = shifted - TO_WHOLE
    rest = (x - power * LN_2) - power * LN_2_REST
    series = 1.0 / 6227020800.0
    for one in SERIES:
        series = series * rest + one
    bits = np.float64(shifted).view(np.int64)
    return series * np.int64((bits + 1023) << 52).view(np.float64)


@njit(**_INNER)
def _predictors(rows, risk, coefficients, low, shift):  # type: ignore[no-untyped-def]
    """Fill the linear predictors of a part of a tile in the place of their risks."""
    tile, n, p = low // rows.columns.shape[2], risk.size, coefficients.size
    columns, begin = rows.columns[tile], low % rows.columns.shape[2]
    if rows.offset.size:
        for i in range(n):
            risk[i] = rows.offset[low + i] - shift
    else:
        risk[:] = -shift
    for j in range(0, p - 1, 2):
        one, two = columns[j, begin : begin + n], columns[j + 1, begin : begin + n]
        for i in range(n):
            risk[i] += coefficients[j] * one[i] + coefficients[j + 1] * two[i]
    if p % 2:
        last = columns[p - 1, begin : begin + n]
        for i in range(n):
            risk[i] += coefficients[p - 1] * last[i]


@njit(**_INNER)
def _largest(rows, work, coefficients, part):  # type: ignore[no-untyped-def]
    """Return the largest linear predictor of a stratum."""
    origin, begin, end, _ = part
    size, top = rows.columns.shape[2], -np.inf
    zero, low, last = rows.begin[origin], rows.begin[begin], rows.begin[end]
    while low < last:
        high = min(low // size * size + size, last)
        risk = work.risk[low - zero : high - zero]
        _predictors(rows, risk, coefficients, low, 0.0)
        for i in range(risk.size):
            top = max(top, risk[i])
        low = high
    return top


@njit(**_INNER)
def _weigh_cells(rows, sample, work, part):  # type: ignore[no-untyped-def]
    """Fill what each cell of a stratum adds to the hazard; return the sum of the logs of the denominators."""
    origin, begin, end, _ = part
    cells, at_risk = slice(begin - origin, end - origin), work.sums[0, begin - origin : end - origin]
    lost, step, gone, squares = sample.lost[begin:end], work.step[cells], work.gone[cells], work.squares[:, cells]
    for c in range(lost.size):
        step[c] = lost[c] / at_risk[c] if lost[c] > 0.0 else 0.0
        gone[c] = 0.0
        squares[0, c] = step[c] / at_risk[c] if lost[c] > 0.0 else 0.0
        squares[1, c] = 0.0
        squares[2, c] = 0.0
    # One logarithm for many factors of one weight: their product is taken while it stays far from 0 and infinity.
    logs, product, weight, hazard = 0.0, 1.0, 1.0, 0.0
    nowhere = work.sums.shape[1] - 1
    for c in range(begin, end):
        own, place, deaths = c - origin, rows.tied[c], sample.deaths[c]
        if place == nowhere:
            deaths = min(deaths, 1)
        total, each = work.sums[0, own], sample.lost[c] / max(deaths, 1)
        if each != weight and deaths > 0:
            logs += weight * math.log(product)
            product, weight = 1.0, each
        share = 0.0
        if deaths > 1:
            share = work.sums[0, place] / (total * deaths)
            _weigh_ties(work, own, deaths, share, each)
        for event in range(deaths):
            factor = total * (1.0 - event * share)
            if not SMALL < product * factor < LARGE:
                logs += weight * math.log(product)
                product = 1.0
            product *= factor
        hazard += work.step[own]
        work.hazard[own] = hazard
    return logs + weight * math.log(product)


@njit(**_INNER)
def _weigh_ties(work, cell, deaths, share, weight):  # type: ignore[no-untyped-def]
    """Fill so for tied events, which leave the risk set one by one, each with a share of its risk."""
    step, gone, whole, crossed, part = 0.0, 0.0, 0.0, 0.0, 0.0
    total, each = work.sums[0, cell], 1.0 / deaths
    per_risk = weight / total
    for event in range(deaths):
        fraction = event * each
        inverse = 1.0 / (1.0 - event * share)
        step += inverse
        gone += fraction * inverse
        whole += inverse * inverse
        crossed += fraction * inverse * inverse
        part += fraction * fraction * inverse * inverse
    work.step[cell], work.gone[cell] = step * per_risk, gone * per_risk
    per_square = per_risk / total
    work.squares[0, cell], work.squares[1, cell] = whole * per_square, crossed * per_square
    work.squares[2, cell] = part * per_square


@njit(**_INNER)
def _second_reading(rows, sample, work, block, score, information):  # type: ignore[no-untyped-def]
    """Add to the score what rows die less what they may expect, and to the information their Gram matrix."""
    low, last = rows.begin[rows.starts[rows.blocks[block]]], rows.begin[rows.starts[rows.blocks[block + 1]]]
    size, zero, residual, weighted = rows.columns.shape[2], low, work.tile[1], work.tile[2]
    while low < last:
        tile = low // size
        high, place = min(tile * size + size, last), low - tile * size
        n, columns = high - low, rows.columns[tile]
        events = work.tile[0, :n]
        _expected(rows, rows.first, sample, work, zero, low, high)
        for j in range(score.size):
            column = columns[j, place : place + n]
            for i in range(n):
                weighted[i] = events[i] * column[i]
            score[j] += _product(residual[:n], column)
            _add_products(weighted[:n], columns, place, information[j], j + 1, 1.0)
        low = high


@njit(**_INNER)
def _expected(rows, first, sample, work, zero, low, high):  # type: ignore[no-untyped-def]
    """Fill the weighted events expected of each row of a part of a tile, and what it dies beyond them."""
    events, residual, risk = work.tile[0], work.tile[1], work.risk[low - zero : high - zero]
    cells, dies, weight = rows.cell[low:high], rows.dies[low:high], sample.weight[low:high]
    for i in range(risk.size):
        hazard = work.hazard[cells[i]] - dies[i] * work.gone[cells[i]]
        if first is not None:
            hazard -= work.hazard[first[low + i]]
        events[i] = risk[i] * hazard
        residual[i] = dies[i] * weight[i] - events[i]


@njit(**_INNER)
def _subtract_cells(rows, work, block, information):  # type: ignore[no-untyped-def]
    """Take the Gram matrix of cell means from the information.

    With A over the risk set and T over tied events it is whole A A' - crossed (A T' + T A') + part T T' for each
    cell, which is whole U U' + (part - crossed share) T T' for share = crossed / whole and U = A - share T.
    """
    low, high = rows.blocks[block], rows.blocks[block + 1]
    begin, end, ties = rows.starts[low], rows.starts[high], rows.tied_cells[rows.ties[low] : rows.ties[high]]
    sums, places = work.sums[1:], rows.sizes[1] + 1
    size = work.tile.shape[1]
    for low in range(0, ties.size, size):
        cells = ties[low : low + size]
        share, left = work.tile[0, : cells.size], work.tile[1, : cells.size]
        for i in range(cells.size):
            own = cells[i] - begin
            crossed = work.squares[1, own]
            share[i] = crossed / work.squares[0, own] if crossed > 0.0 else 0.0
            left[i] = work.squares[2, own] - crossed * share[i]
        for j in range(information.shape[0]):
            tied = sums[j, places + low : places + low + cells.size]
            for i in range(cells.size):
                sums[j, cells[i] - begin] -= share[i] * tied[i]
        _subtract_products(work, left, sums, places + low, information)
    for low in range(0, end - begin, size):
        _subtract_products(work, work.squares[0, low : min(low + size, end - begin)], sums, low, information)


@njit(**_INNER)
def _subtract_products(work, weight, columns, low, information):  # type: ignore[no-untyped-def]
    """Take a weighted Gram matrix of a part of columns from the information."""
    n, weighted = weight.size, work.tile[2, : weight.size]
    for j in range(information.shape[0]):
        column = columns[j, low : low + n]
        for i in range(n):
            weighted[i] = weight[i] * column[i]
        _add_products(weighted, columns, low, information[j], j + 1, -1.0)


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
def fill_residuals(rows, sample, work, coefficients, cells, residuals):  # type: ignore[no-untyped-def]
    """Fill score residuals; cells is room for means and for what tied events did not risk, shape (p, cells) each."""
    means, gone = cells
    none, size = rows.sizes[1], rows.columns.shape[2]
    for block in range(rows.blocks.size - 1):
        _first_reading(rows, rows.first, sample, work, coefficients, block)
        _mean_covariates(rows, sample, work, block, means, gone)
        begin = rows.begin[rows.starts[rows.blocks[block]]]
        for i in range(begin, rows.begin[rows.starts[rows.blocks[block + 1]]]):
            cell, row, tile = rows.cell[i], residuals[rows.order[i]], rows.columns[i // size]
            first = _cell_before(rows.first, i, none)
            hazard = work.hazard[cell] - work.hazard[first] - rows.dies[i] * work.gone[cell]
            for j in range(row.size):
                x = tile[j, i % size]
                left = work.sums[j + 1, cell] - work.sums[j + 1, first]
                if rows.dies[i] > 0:
                    left -= gone[j, cell]
                    row[j] += sample.weight[i] * (x - means[j, cell])
                row[j] -= work.risk[i - begin] * (x * hazard - left)


@njit(**_INNER)
def _cell_before(first, row, none):  # type: ignore[no-untyped-def]
    """Return the last cell before a row is at risk."""
    if first is None:
        return none
    return first[row]


@njit(**_INNER)
def _mean_covariates(rows, sample, work, block, means, gone):  # type: ignore[no-untyped-def]
    """Fill mean covariates of each cell of a block; turn sums over risk sets into cumulative hazard times means.

    means : over the factors of a cell. gone : what the tied events of a cell did not risk, having left.
    """
    origin = rows.starts[rows.blocks[block]]
    for j in range(means.shape[0]):
        sums = work.sums[j + 1]
        # Other rows have left their sums there.
        sums[sums.size - 1] = sums[rows.sizes[1]] = 0.0
        for s in range(rows.blocks[block], rows.blocks[block + 1]):
            total = 0.0
            for c in range(rows.starts[s], rows.starts[s + 1]):
                own = c - origin
                at_risk, tied = sums[own], sums[rows.tied[c]]
                means[j, own] = (work.step[own] * at_risk - work.gone[own] * tied) / sample.lost[c]
                gone[j, own] = work.squares[1, own] * at_risk - work.squares[2, own] * tied
                total += work.squares[0, own] * at_risk - work.squares[1, own] * tied
                sums[own] = total


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
