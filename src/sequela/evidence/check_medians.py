"""Medians and means: their limits, the whole they are parts of, whole numbers behind them, and tests of means."""

import math
from collections.abc import Iterator

from sequela.evidence.consistency import deviation_possible, mean_possible, mixture_median
from sequela.evidence.paper_findings import CONTRADICTION, UNCLEAR, UNLIKELY, Finding, agrees, not_checked
from sequela.evidence.paper_tables import SYMMETRIC, Medians, NumberRow, PaperTables, Table
from sequela.evidence.printed_cells import PRINTED, WORD, Cell
from sequela.evidence.ratio_intervals import overlap, quantile, shown, z_of

FEWEST_ALIKE = 10
"""As many symmetrical intervals, and nine times as many as others, make symmetry the paper's convention."""
FAR_APART = 4.0
"""Differences of z between a test of medians and a log-rank test that real data hardly reach."""
SKEW_OF_SUMS = 0.25
"""Log units by which the median of a sum differs from the sum of the medians: 0.19 for two equal exponential times."""
CENSORED = 0.25
"""Log units by which censoring takes a Kaplan-Meier median outside those of its strata, at most, in simulations."""


def number_rows(paper: PaperTables) -> Iterator[tuple[Table, NumberRow]]:
    """Yield every row of medians or means with its table."""
    for table in paper.tables:
        for row in table.rows:
            if isinstance(row, NumberRow):
                yield table, row


def cells_of_row(table: Table, row: NumberRow) -> Iterator[tuple[str, Cell, int | None]]:
    """Yield place, cell and number of patients of each column."""
    for index, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
        yield f"{table.name}, {row.name}, {column.name}", cell, row.of[index] if row.of else column.size


def whole_numbers(paper: PaperTables) -> Iterator[Finding]:
    """CC-03 and CC-04: whole numbers of so many patients can have this mean, median and standard deviation."""
    for table, row in number_rows(paper):
        for where, cell, size in cells_of_row(table, row):
            if not row.whole or cell.value is None:
                continue
            if row.kind == "median":
                yield _whole_median(where, cell, size)
            elif not size:
                yield not_checked("CC-03", where, cell.text, "the number of patients is not printed")
            else:
                yield from _whole_mean(where, cell, size, row.spread)


def _whole_median(where: str, cell: Cell, size: int | None) -> Finding:
    doubled = 2 * cell.value.value if cell.value else 0.0
    odd = size is not None and size % 2 == 1
    if doubled != round(doubled):
        return Finding("CC-03", where, cell.text, "no whole number, nor the middle of two", CONTRADICTION)
    if cell.value and cell.value.decimals and odd and doubled % 2 == 1:
        return Finding("CC-03", where, cell.text, f"{size} patients have one in the middle, a whole number", UNLIKELY)
    return agrees("CC-03", where, cell.text, "a whole number, or the middle of two")


def _whole_mean(where: str, cell: Cell, size: int, spread: str) -> Iterator[Finding]:
    if cell.value is None:
        return
    check = mean_possible(size, cell.value.text)
    yield (
        agrees("CC-03", where, cell.text, check.reason)
        if check.holds
        else Finding("CC-03", where, cell.text, check.reason, CONTRADICTION, check.computed)
    )
    if check.holds and spread == "sd" and cell.second is not None and size > 1:
        check = deviation_possible(size, cell.value.text, cell.second.text)
        yield (
            agrees("CC-04", where, cell.text, check.reason)
            if check.holds
            else Finding("CC-04", where, cell.text, check.reason, CONTRADICTION, check.computed)
        )


def wholes_and_parts(paper: PaperTables) -> Iterator[Finding]:
    """CC-14: the median of everyone lies between the medians of the parts, its range is theirs."""
    for table, row in number_rows(paper):
        if row.everyone is not None and row.everyone.value is not None:
            yield from _whole_row(table, row, row.everyone)
    for medians in paper.medians:
        if len(medians.strata) > 1:
            for group, cells in medians.groups.items():
                yield _strata(paper, medians, group, cells)


def _whole_row(table: Table, row: NumberRow, whole: Cell) -> Iterator[Finding]:
    where = f"{table.name}, {row.name}, all"
    if row.kind not in ("median", "mean") or whole.value is None or any(cell.value is None for cell in row.cells):
        yield not_checked("CC-14", where, whole.text, "a number of a column is not printed")
        return
    parts = {column.name: cell.value.text for column, cell in zip(table.columns, row.cells, strict=True) if cell.value}
    check = mixture_median(whole.value.text, parts)
    words = check.reason.partition(";")[0]
    grade = CONTRADICTION
    yield (
        agrees("CC-14", where, whole.text, words) if check.holds else Finding("CC-14", where, whole.text, words, grade)
    )
    if row.spread == "range" and whole.low and whole.high and all(cell.low and cell.high for cell in row.cells):
        lows, highs = [c.low for c in row.cells if c.low], [c.high for c in row.cells if c.high]
        first, last = min(lows, key=lambda n: n.value), max(highs, key=lambda n: n.value)
        same = overlap((first.low, first.high), (whole.low.low, whole.low.high)) and overlap(
            (last.low, last.high), (whole.high.low, whole.high.high)
        )
        words = f"the columns range from {first.text} to {last.text}"
        yield (
            agrees("CC-14", where, whole.text, words)
            if same
            else Finding("CC-14", where, whole.text, words, CONTRADICTION, f"{first.text}-{last.text}")
        )


def _strata(paper: PaperTables, medians: Medians, group: str, cells: tuple[Cell, ...]) -> Finding:
    """Compare a Kaplan-Meier median with those of strata; censoring can take it outside, but seldom does."""
    whole, parts = cells[0], cells[1:]
    where = f"{medians.where}, {medians.endpoint}, {group}, {medians.strata[0]}"
    known = [cell.value for cell in parts if cell.value is not None]
    words = [cell for cell in parts if cell.state == WORD]
    if whole.value is None or not known or len(known) + len(words) < len(parts):
        return not_checked("CC-14", where, whole.text or "-", "a median is not printed as a number")
    low, high = min(n.low for n in known), max(n.high for n in known)
    open_ended = bool(words) and paper.nr != "not reported"
    listed = ", ".join(cell.text for cell in parts)
    text = f"{medians.endpoint} {', '.join(medians.strata[1:])}: {listed}"
    if whole.value.high >= low and (open_ended or whole.value.low <= high):
        return agrees("CC-14", where, whole.text, text)
    edge = low if whole.value.high < low else high
    if abs(math.log(max(whole.value.value, 1e-9) / max(edge, 1e-9))) <= CENSORED:
        return agrees("CC-14", where, whole.text, f"{text}; outside them by no more than censoring can do")
    side = "below" if whole.value.high < low else "above"
    text = f"{whole.value.text} lies {side} the medians of all its strata ({listed})"
    if words and not paper.nr:
        return Finding("CC-14", where, whole.text, f"{text}, if NR means not reached", UNCLEAR, "say what NR means")
    return Finding("CC-14", where, whole.text, text, UNCLEAR if words and not open_ended else UNLIKELY)


def _median_cells(paper: PaperTables, *, intervals: bool) -> list[tuple[str, Cell]]:
    found = []
    for medians in (item for item in paper.medians if (item.spread == "ci") == intervals):
        for group, cells in medians.groups.items():
            for stratum, cell in zip(medians.strata or ("",), cells, strict=True):
                where = ", ".join(part for part in (medians.where, medians.endpoint, group, stratum) if part)
                found.append((where, cell))
    return found


def limits_of_medians(paper: PaperTables) -> Iterator[Finding]:
    """CC-15: limits lie around their number, a time is not negative, and intervals are of one kind."""
    for table, row in number_rows(paper):
        for where, cell, _ in cells_of_row(table, row):
            if cell.low and cell.high and cell.value:
                yield ordered(where, cell, "inside" if row.spread != "ci" else "around")
    for where, cell in _median_cells(paper, intervals=False):
        if cell.value and cell.low and cell.high:
            yield ordered(where, cell, "around")
    given = _median_cells(paper, intervals=True)
    for where, cell in given:
        if (cell.low is None) != (cell.high is None):
            yield open_interval("CC-15", where, cell)
    cells = [(where, cell) for where, cell in given if cell.value and cell.low and cell.high]
    even = [_is_symmetric(cell) for _, cell in cells]
    alike = sum(even) >= FEWEST_ALIKE and sum(even) >= 9 * (len(even) - sum(even))
    symmetric = paper.median_intervals == SYMMETRIC or alike
    for (where, cell), fits in zip(cells, even, strict=True):
        around = ordered(where, cell, "around")
        if around.grade == CONTRADICTION or fits or not symmetric:
            yield _touches_zero(where, cell) if around.grade != CONTRADICTION and fits else around
            continue
        yield _uneven(paper, where, cell, sum(even), len(even))


def ordered(where: str, cell: Cell, how: str) -> Finding:
    """CC-15: compare a number with the limits printed around it."""
    value, low, high = cell.value, cell.low, cell.high
    if value is None or low is None or high is None:
        return not_checked("CC-15", where, cell.text, "no limits are printed")
    words = f"{low.text} <= {value.text} <= {high.text}"
    if low.low <= value.high and value.low <= high.high:
        return agrees("CC-15", where, cell.text, words)
    return Finding("CC-15", where, cell.text, f"not {words}: the limits do not lie {how} it", CONTRADICTION)


def open_interval(check: str, where: str, cell: Cell) -> Finding:
    """Compare a number with the one limit that was reached."""
    value, low, high = cell.value, cell.low, cell.high
    if value is None:
        return not_checked(check, where, cell.text, "a limit without a number between")
    if (low is not None and low.low > value.high) or (high is not None and high.high < value.low):
        limit = low or high
        words = f"{value.text} lies outside its limit {limit.text if limit else ''}"
        return Finding(check, where, cell.text, words, CONTRADICTION)
    return agrees(check, where, cell.text, "one limit; the other was not reached")


def _is_symmetric(cell: Cell) -> bool:
    if cell.value is None or cell.low is None or cell.high is None:
        return False
    below = (cell.value.low - cell.low.high, cell.value.high - cell.low.low)
    above = (cell.high.low - cell.value.high, cell.high.high - cell.value.low)
    return overlap(below, above)


def _touches_zero(where: str, cell: Cell) -> Finding:
    if cell.low is not None and cell.low.low <= 0:
        arm = cell.value.value - cell.low.value if cell.value else 0.0
        words = f"{arm:g} below and {arm:g} above: an interval of equal arms that reaches zero, too wide for a time"
        return Finding("CC-15", where, cell.text, words, UNCLEAR, "limits by Brookmeyer and Crowley")
    return ordered(where, cell, "around")


def _uneven(paper: PaperTables, where: str, cell: Cell, even: int, of: int) -> Finding:
    value, low, high = cell.value, cell.low, cell.high
    if value is None or low is None or high is None:
        return ordered(where, cell, "around")
    why = f"{even} of {of} intervals of the paper are symmetrical"
    if paper.median_intervals == SYMMETRIC and paper.program:
        why = f"{paper.program} prints symmetrical intervals, as {even} of {of} here are"
    words = f"{value.value - low.value:g} below, {high.value - value.value:g} above; {why}"
    ends = low.show(2 * value.value - high.value), high.show(2 * value.value - low.value)
    proposal = f"upper limit {ends[1]}" + (f", or lower limit {ends[0]}" if float(ends[0]) >= 0 else "")
    return Finding("CC-15", where, cell.text, words, UNLIKELY, proposal)


def differences_of_medians(paper: PaperTables) -> Iterator[Finding]:
    """CC-16: two medians with their intervals are about as far apart as the log-rank test says."""
    for medians in paper.medians:
        for pair, p_value in medians.pairs.items():
            cells = [medians.groups[name][0] for name in pair]
            where = f"{medians.where}, {medians.endpoint}, {' against '.join(pair)}"
            if medians.spread != "ci":
                yield not_checked("CC-16", where, p_value.text, f"a {medians.spread} stands there, no interval")
            elif p_value.value is None or any(not (cell.value and cell.low and cell.high) for cell in cells):
                yield not_checked("CC-16", where, p_value.text or "-", "a median or its interval is not printed")
            else:
                yield _difference(where, p_value, cells, paper.level)


def _difference(where: str, printed: Cell, cells: list[Cell], level: float) -> Finding:
    errors = [(c.high.value - c.low.value) / (2 * quantile(level)) for c in cells if c.high and c.low]
    first, second = (cell.value.value for cell in cells if cell.value)
    z = abs(first - second) / max(math.hypot(*errors), 1e-9)
    low, high = z_of(printed)
    apart = max(z - high, low - z, 0.0)
    words = f"the medians differ by z {z:.2f}, the log-rank test says z {shown((low, high))}"
    if apart <= FAR_APART:
        return agrees("CC-16", where, printed.text, words)
    return Finding("CC-16", where, printed.text, words, UNCLEAR)


def clocks(paper: PaperTables) -> Iterator[Finding]:
    """CC-17: a median from an earlier start is about the one from the later start and what lies between."""
    for item in paper.clocks:
        where, cells = f"{item.where}, {item.group}", (item.earlier, item.later, item.between)
        printed = f"{item.earlier.text} and {item.later.text}"
        if any(cell.value is None for cell in cells):
            yield not_checked("CC-17", where, printed, "a median is not printed as a number")
            continue
        earlier, later, between = (cell.value for cell in cells if cell.value)
        total = (later.low + between.low, later.high + between.high)
        low = item.earlier.low.low if item.earlier.low else earlier.low
        high = item.earlier.high.high if item.earlier.high else earlier.high
        words = f"{later.text} + {between.text} = {later.value + between.value:g}"
        words += f", the earlier start has {item.earlier.text}"
        apart = math.log(max(earlier.value, 1e-9) / max(later.value + between.value, 1e-9))
        if overlap(total, (low, high)) or abs(apart) <= SKEW_OF_SUMS:
            yield agrees("CC-17", where, printed, words)
        else:
            yield Finding("CC-17", where, printed, words, UNLIKELY, "say what lies between the two starts")


def medians_and_follow_up(paper: PaperTables) -> Iterator[Finding]:
    """CC-18: a median time is not longer than the longest observed time."""
    for medians in paper.medians:
        for group, longest in medians.longest.items():
            cell = medians.groups[group][0] if group in medians.groups else None
            if cell is None or cell.state != PRINTED or cell.value is None or longest.value is None:
                continue
            where, words = f"{medians.where}, {medians.endpoint}, {group}", f"nobody was observed beyond {longest.text}"
            if cell.value.low > longest.value.high:
                yield Finding("CC-18", where, cell.text, words, CONTRADICTION)
            else:
                yield agrees("CC-18", where, cell.text, words)
