"""Counts and percentages of printed tables: sums, shares, whole patients, overlapping sets, copied cells."""

import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from sequela.evidence.consistency import possible_counts, rounded_shares
from sequela.evidence.paper_findings import CONTRADICTION, UNCLEAR, UNLIKELY, Finding, agrees, not_checked
from sequela.evidence.paper_tables import Column, CountRow, PaperTables, Table, Union
from sequela.evidence.printed_cells import ABSENT, Cell
from sequela.evidence.printed_places import cells_at, shown, table_of
from sequela.frozen import frozen

UNKNOWN = ("unknown", "missing", "not known", "not available", "not assessed", "not evaluable", "not reported")
ROUNDED, TRUNCATED = "rounded", "truncated"
SHOWN = 3
"""Possible counts that are listed."""
LEAST_COPIED = 10
"""Rows with fewer patients than this are often alike by chance."""
BY_CHANCE = 0.002
"""Pairs of levels over possible pairs of counts: above this, equal rows are no surprise."""


@frozen
class Share:
    """A count with its percentage.

    Attributes
    ----------
    of : int
        The denominator that explains most of its column.
    fits, fits_otherwise : bool
        Under the table's way of rounding; under the other one.
    """

    row: CountRow
    level: str
    column: Column
    cell: Cell
    of: int
    fits: bool
    fits_otherwise: bool


def is_unknown(level: str) -> bool:
    """Tell whether a level is that of patients whose value is not known."""
    return level.strip().lower().startswith(UNKNOWN)


def count_rows(paper: PaperTables) -> Iterator[tuple[Table, CountRow]]:
    """Yield every row of counts with its table."""
    for table in paper.tables:
        for row in table.rows:
            if isinstance(row, CountRow):
                yield table, row


def place_of(table: Table, row: CountRow, level: str, column: Column) -> str:
    """Return where a cell stands, in words; a row of one count has no level of its own."""
    return ", ".join((table.name, row.name, *(() if level == row.name else (level,)), column.name))


def row_sums(paper: PaperTables) -> Iterator[Finding]:
    """CC-01: exclusive levels add up to the column, groups to everyone, a column of a group to that group."""
    yield from _groups(paper)
    for table, row in count_rows(paper):
        if not row.exclusive:
            continue
        for index, column in enumerate(table.columns):
            cells = [cells[index] for cells in row.levels.values()]
            counts = [cell.count for cell in cells if cell.count is not None]
            size = row.of[index] if row.of else column.size
            if size is not None and len(counts) == len(cells):
                yield _row_sum(table, row, index, counts, size)
            elif size is not None and any(cell.bound for cell in cells):
                yield _bounded_sum(f"{table.name}, {row.name}, {column.name}", row, cells, size)


def totals(paper: PaperTables) -> Iterator[Finding]:
    """CC-01: the column of everyone is the sum of the other columns, cell by cell."""
    for everyone in (table for table in paper.tables if table.total):
        table = next(other for other in paper.tables if other.name == everyone.name and not other.total)
        column = everyone.columns[0]
        sizes = [other.size for other in table.columns]
        if column.size is not None and None not in sizes:
            parts = [size or 0 for size in sizes]
            yield _total(f"{table.name}, {column.name}", str(column.size), column.size, parts)
        for row, whole in zip(table.rows, everyone.rows, strict=True):
            if isinstance(row, CountRow) and isinstance(whole, CountRow):
                for level, cells in row.levels.items():
                    cell, counts = whole.levels[level][0], [other.count for other in cells]
                    if cell.count is not None and None not in counts:
                        where = place_of(table, row, level, column)
                        yield _total(where, cell.text, cell.count, [count or 0 for count in counts])


def _total(where: str, printed: str, total: int, parts: list[int]) -> Finding:
    words, found = " + ".join(map(str, parts)), sum(parts)
    if found == total:
        return agrees("CC-01", where, printed, f"{words} = {found}")
    return Finding("CC-01", where, printed, f"{words} = {found}", CONTRADICTION, f"{found}, or another column")


def _groups(paper: PaperTables) -> Iterator[Finding]:
    sizes = paper.groups
    if sizes and paper.patients is not None and paper.groups_are_everyone:
        words = " + ".join(map(str, sizes.values()))
        total = sum(sizes.values())
        yield _compared("CC-01", "groups", str(paper.patients), f"{words} = {total}", total == paper.patients)
    for table in paper.tables:
        for column in table.columns:
            if column.name in sizes and column.size is not None:
                same = column.size == sizes[column.name]
                words = f"group {column.name} has {sizes[column.name]} patients"
                yield _compared("CC-01", f"{table.name}, column {column.name}", str(column.size), words, same)


def _compared(check: str, where: str, printed: str, words: str, same: bool) -> Finding:
    return agrees(check, where, printed, words) if same else Finding(check, where, printed, words, CONTRADICTION)


def _row_sum(table: Table, row: CountRow, index: int, counts: list[int], size: int) -> Finding:
    where, total = f"{table.name}, {row.name}, {table.columns[index].name}", sum(counts)
    words = f"{' + '.join(map(str, counts))} = {total}"
    if len(counts) == 1 or total == size:
        fits = total <= size
        words = f"{words}, of {size}" if len(counts) > 1 else f"{total} of {size}"
        return _compared("CC-01", where, f"N = {size}", words, fits)
    if total > size and _each_fits(table, row, index):
        words += "; nothing else is against it, as where levels overlap"
        return Finding("CC-01", where, f"N = {size}", words, UNCLEAR, "say whether a patient can be in several levels")
    closed = row.complete or any(map(is_unknown, row.levels))
    grade = CONTRADICTION if total > size or closed else _incomplete(table, row, index)
    if not grade:
        return not_checked("CC-01", where, f"N = {size}", f"{words}, {size - total} of {size} in no level")
    return Finding("CC-01", where, f"N = {size}", words, grade, _completed(row, index, counts, size))


def _bounded_sum(where: str, row: CountRow, cells: list[Cell], size: int) -> Finding:
    """Compare levels of which some are printed as "<5" with their column: between the fewest and the most."""
    spans = [cell.span for cell in cells]
    if any(span is None for span in spans):
        return not_checked("CC-01", where, f"N = {size}", "a count is not printed")
    low, high = (sum(span[end] for span in spans if span) for end in (0, 1))
    words = f"{' + '.join(cell.bound + cell.value.text for cell in cells if cell.value)} is {low} to {high}"
    closed = row.complete or any(map(is_unknown, row.levels))
    if low > size or (high < size and closed):
        return Finding("CC-01", where, f"N = {size}", words, CONTRADICTION)
    if high < size and len(cells) > 1:
        return not_checked("CC-01", where, f"N = {size}", f"{words}, some of {size} in no level")
    return agrees("CC-01", where, f"N = {size}", words)


def _each_fits(table: Table, row: CountRow, index: int) -> bool:
    """Tell whether nothing but their sum is against two or more counts: percentages fit, others exceed it as well.

    Without percentages, levels that exceed every other column too, or that have none beside, may overlap.
    """
    size = row.of[index] if row.of else table.columns[index].size
    cells = [cells[index] for cells in row.levels.values()]
    printed = [cell for cell in cells if cell.second is not None]
    others = [column for column in range(len(table.columns)) if column != index]
    if len(printed) < len(cells) and any(_column_sum(row, other) == table.columns[other].size for other in others):
        return False
    closed = row.complete or any(map(is_unknown, row.levels))
    return len(cells) > 1 and not closed and all(_rules(cell.count or 0, size or 0, cell) for cell in printed)


def _incomplete(table: Table, row: CountRow, index: int) -> str:
    """Grade levels that miss patients: unlikely where no denominator fits and every other column is whole."""
    others = [column for column in table.columns if column is not table.columns[index]]
    whole = [
        _column_sum(row, other) == table.columns[other].size for other in range(len(table.columns)) if other != index
    ]
    shares = _row_shares(table, row, way_of_rounding(table))
    misfit = any(not share.fits for share in shares if share.column is table.columns[index])
    return UNLIKELY if others and all(whole) and misfit else ""


def _column_sum(row: CountRow, index: int) -> int:
    return sum(cells[index].count or 0 for cells in row.levels.values())


def _completed(row: CountRow, index: int, counts: list[int], size: int) -> str:
    """Name the level that would close the sum: the one whose percentage does not fit, where one stands out."""
    gap, found = size - sum(counts), []
    for (level, cells), count in zip(row.levels.items(), counts, strict=True):
        percent = cells[index].second
        fits = percent is not None and _rules(count, size, cells[index])
        if count + gap >= 0 and not fits:
            found.append(f"{level} {count + gap} instead of {count}")
    return found[0] if len(found) == 1 else ""


def _rules(count: int, size: int, cell: Cell) -> frozenset[str]:
    """Return which of rounding and truncation turn k/N into the printed percentage."""
    if size <= 0 or cell.second is None:
        return frozenset()
    printed, results = Decimal(cell.second.text), rounded_shares(count, size, cell.second.decimals)
    matching = {name for name, value in results.items() if value == printed}
    rounds = {ROUNDED} if matching & {"half up", "half even"} else set()
    return frozenset(rounds | ({TRUNCATED} if TRUNCATED in matching else set()))


def _shares(table: Table, row: CountRow, index: int, way: str) -> list[Share]:
    """Return the percentages of a row in one column under the denominator that explains most of them."""
    column = table.columns[index]
    printed = [(level, cells[index]) for level, cells in row.levels.items()]
    printed = [(level, cell) for level, cell in printed if cell.count is not None and cell.second is not None]
    best: list[Share] = []
    for size in _denominators(row, index, column, [cell for _, cell in printed]):
        found = [_share(row, level, column, cell, (size, way)) for level, cell in printed]
        if not best or sum(not s.fits for s in found) < sum(not s.fits for s in best):
            best = found
    return best


def _share(row: CountRow, level: str, column: Column, cell: Cell, under: tuple[int, str]) -> Share:
    size, way = cell.of or under[0], under[1]
    rules = _rules(cell.count or 0, size, cell)
    return Share(row, level, column, cell, size, way in rules, bool(rules - {way}))


def _denominators(row: CountRow, index: int, column: Column, cells: list[Cell]) -> list[int]:
    if row.of:
        return [row.of[index]]
    sizes = [column.size] if column.size else []
    total = _column_sum(row, index)
    unknown = sum(cells[index].count or 0 for level, cells in row.levels.items() if is_unknown(level))
    if row.exclusive and len(row.levels) > 1:
        sizes += [total, total - unknown]
    return [size for size in dict.fromkeys(sizes) if size] or [cell.of for cell in cells if cell.of][:1]


def way_of_rounding(table: Table) -> str:
    """Return whether percentages of a table are rounded or truncated: what explains more of them."""
    misfits = {
        way: sum(
            not share.fits for row in table.rows if isinstance(row, CountRow) for share in _row_shares(table, row, way)
        )
        for way in (ROUNDED, TRUNCATED)
    }
    return min(misfits, key=lambda way: misfits[way])


def percentages(paper: PaperTables) -> Iterator[Finding]:
    """CC-02: each percentage is k/N, rounded; or truncated, where the table truncates throughout."""
    for table in paper.tables:
        way = way_of_rounding(table)
        for row in table.rows:
            if isinstance(row, CountRow):
                for share in _row_shares(table, row, way):
                    yield _percentage(table, share, way)


def _row_shares(table: Table, row: CountRow, way: str) -> list[Share]:
    """Return the percentages of a row; of the row where that explains what columns do not."""
    down = [share for index in range(len(table.columns)) for share in _shares(table, row, index, way)]
    if row.of or all(share.fits for share in down) or (len(table.columns) < 2 and not table.total):
        return down
    sizes = {level: sum(cell.count or 0 for cell in cells) for level, cells in row.levels.items()}
    across = [_share(row, s.level, s.column, s.cell, (sizes[s.level], way)) for s in down]
    return across if across and all(share.fits for share in across) else down


def _percentage(table: Table, share: Share, way: str) -> Finding:
    where = place_of(table, share.row, share.level, share.column)
    count, percent = share.cell.count or 0, share.cell.second
    rule = TRUNCATED if way == TRUNCATED else "half up"
    exact = rounded_shares(count, share.of, percent.decimals)[rule] if percent and share.of else ""
    words = f"{count}/{share.of} = {exact}%"
    if share.fits:
        return agrees("CC-02", where, share.cell.text, words)
    if share.fits_otherwise:
        other = "truncated, where the table rounds" if way == ROUNDED else "rounded, where the table truncates"
        forced = way == ROUNDED and _adds_to_hundred(table, share)
        words += f"; {other}" + ("; perhaps made to add up to 100" if forced else "")
        return Finding("CC-02", where, share.cell.text, words, UNLIKELY if forced else CONTRADICTION, f"{exact}%")
    return Finding("CC-02", where, share.cell.text, words, CONTRADICTION, _mended(share, str(exact)))


def _adds_to_hundred(table: Table, share: Share) -> bool:
    index = table.columns.index(share.column)
    percents = [cells[index].second for cells in share.row.levels.values()]
    return len(percents) > 1 and sum(Decimal(p.text) if p else Decimal(0) for p in percents) == 100


def _mended(share: Share, exact: str) -> str:
    """Name the counts that have the printed percentage, and the percentage that the count has."""
    closing = _closing(share)
    if closing is not None and share.cell.second is not None:
        percent = rounded_shares(closing, share.of, share.cell.second.decimals)["half up"]
        return f"{closing} ({percent}%), which closes the column, or {exact}%"
    counts = possible_counts(share.of, share.cell.second.text, SHOWN + 1) if share.cell.second else ()
    listed = " or ".join(map(str, counts[:SHOWN])) + (" or …" if len(counts) > SHOWN else "")
    return (f"{listed} of {share.of}, or " if counts else "") + f"{exact}%"


def _closing(share: Share) -> int | None:
    """Return the count that would close the column, where the levels add up to another sum and none is unknown."""
    index = next((k for level in share.row.levels.values() for k, cell in enumerate(level) if cell is share.cell), None)
    if index is None or len(share.row.levels) < 2 or not share.row.exclusive or any(map(is_unknown, share.row.levels)):
        return None
    gap = share.of - _column_sum(share.row, index)
    count = (share.cell.count or 0) + gap
    return count if gap and 0 <= count <= share.of else None


def whole_patients(paper: PaperTables) -> Iterator[Finding]:
    """CC-03: a percentage without a count is reached by some whole number of patients."""
    for table, row in count_rows(paper):
        for level, cells in row.levels.items():
            for index, (column, cell) in enumerate(zip(table.columns, cells, strict=True)):
                where = place_of(table, row, level, column)
                size = cell.of or (row.of[index] if row.of else column.size)
                if cell.marks:
                    yield not_checked("CC-22", where, cell.text, f"the footnote {cell.marks} is not taken into account")
                if cell.unread:
                    words = f"{cell.unread} stands in the place of a percentage"
                    yield not_checked("CC-02", where, cell.text, words)
                if cell.value is None and cell.second is not None:
                    yield percentage_of(where, cell, size)
                elif cell.state == ABSENT:
                    yield not_checked("CC-03", where, cell.text or "nothing", "nothing is printed there")


def percentage_of(where: str, cell: Cell, size: int | None) -> Finding:
    """Ask whether some whole number of `size` patients has a printed percentage."""
    percent = cell.second.text if cell.second else cell.text
    if not size:
        return not_checked("CC-03", where, cell.text, "a percentage without a count, of an unknown number of patients")
    counts = possible_counts(size, percent, SHOWN)
    below = int(float(percent) * size / 100)
    near = [k for k in (below, below + 1) if 0 <= k <= size]
    decimals = cell.second.decimals if cell.second else 0
    if not counts:
        counts = tuple(k for k in near if rounded_shares(k, size, decimals)["truncated"] == Decimal(percent))
    if counts:
        return agrees("CC-03", where, cell.text, f"{' or '.join(map(str, counts))} of {size}")
    shares = [rounded_shares(k, size, decimals)["half up"] for k in near]
    words = ", ".join(f"{k}/{size} = {share}%" for k, share in zip(near, shares, strict=True))
    proposal = " or ".join(f"{share}%" for share in shares) + ", or another number of patients"
    return Finding("CC-03", where, cell.text, f"no whole number of {size} patients: {words}", CONTRADICTION, proposal)


def unions(paper: PaperTables) -> Iterator[Finding]:
    """CC-06: those with a, and with b, less those with both, are those who are not without either."""
    for union in paper.unions:
        columns = table_of(paper, union.both).columns
        for index, column in enumerate(columns):
            yield from _union(paper, union, index, column)


def _union(paper: PaperTables, union: Union, index: int, column: Column) -> Iterator[Finding]:
    where = f"{union.where}, {column.name}"
    addresses = (*union.either, union.both, union.neither)
    counts = [cells_at(paper, address)[index][1].count for address in addresses]
    if column.size is None or any(count is None for count in counts):
        yield not_checked("CC-06", where, shown(union.both), "a count or the size of the column is not printed")
        return
    a, b, both, neither = (count or 0 for count in counts)
    either, rest = a + b - both, column.size - neither
    words = f"one or both: {a} + {b} - {both} = {either}; all but neither: {column.size} - {neither} = {rest}"
    if both > min(a, b):
        words = f"{both} have both, more than the {min(a, b)} who have one of them"
        yield Finding("CC-06", where, str(both), words, CONTRADICTION)
    elif either == rest:
        yield agrees("CC-06", where, str(neither), words)
    else:
        proposal = f"{neither - (either - rest)} with neither" if neither >= either - rest else ""
        if union.one and proposal:
            proposal += f" and {a + b - 2 * both} with one of them"
        yield Finding("CC-06", where, str(neither), words, CONTRADICTION, proposal)


def copied_cells(paper: PaperTables) -> Iterator[Finding]:
    """CC-07: a cell that fits no denominator stands elsewhere in the table, where it fits; two rows are alike."""
    for table in paper.tables:
        rows = [row for row in table.rows if isinstance(row, CountRow)]
        way = way_of_rounding(table)
        shares = [share for row in rows for share in _row_shares(table, row, way)]
        if shares and all(share.fits for share in shares):
            yield agrees("CC-07", table.name, f"{len(shares)} cells", "each fits its own row and column")
        for wrong in (share for share in shares if not share.fits and not share.fits_otherwise):
            for right in shares:
                if right.fits and _alike(wrong.cell, right.cell):
                    where = place_of(table, wrong.row, wrong.level, wrong.column)
                    place = f"{right.row.name}, {right.level}, {right.column.name}"
                    words = f"{_quotient(wrong)}; the same cell stands under {place}, where {_quotient(right)}"
                    yield Finding("CC-07", where, wrong.cell.text, words, UNLIKELY, "copied from there")
        related = {address[1:3] for union in paper.unions for address in (*union.either, union.both, union.neither)}
        yield from _equal_rows(table, rows, related)


def _quotient(share: Share) -> str:
    decimals = share.cell.second.decimals if share.cell.second else 0
    count = share.cell.count or 0
    return f"{count}/{share.of} = {rounded_shares(count, share.of, decimals)['half up']}%" if share.of else f"{count}/0"


def _alike(first: Cell, second: Cell) -> bool:
    same = first.second and second.second and first.second.text == second.second.text
    return bool(same) and first.count == second.count


def _equal_rows(table: Table, rows: list[CountRow], related: set[tuple[str, ...]]) -> Iterator[Finding]:
    """Find levels of unrelated rows with the same counts in every column, where chance would hardly make them so."""
    lines = [(row, level, tuple(cell.count for cell in cells)) for row in rows for level, cells in row.levels.items()]
    chance = math.comb(len(lines), 2) / math.prod(column.size or 1 for column in table.columns)
    for first, second in combinations(lines, 2):
        counts = [count for count in first[2] if count is not None]
        known = len(counts) == len(first[2]) and len(counts) > 1 and min(counts) >= LEAST_COPIED
        if first[0] is second[0] or first[2] != second[2] or not known or chance > BY_CHANCE:
            continue
        if not {(first[0].name, first[1]), (second[0].name, second[1])} & related:
            where = f"{table.name}, {second[0].name}, {second[1]}"
            words = f"the counts of {first[0].name}, {first[1]}, in all {len(counts)} columns"
            yield Finding("CC-07", where, " | ".join(map(str, counts)), words, UNCLEAR)
