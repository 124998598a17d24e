"""P-values of printed counts and means: recomputed under every usual test, with the one that matches named."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sequela.evidence.check_counts import count_rows, is_unknown
from sequela.evidence.count_tests import (
    EXACT,
    FISHER,
    HABITS,
    MID_P,
    NAMED,
    ORDERED,
    PEARSON,
    RATIO,
    TESTS,
    YATES,
    habitual,
    is_sparse,
    matching,
    p_values,
)
from sequela.evidence.misprints import Counted, proposal
from sequela.evidence.paper_findings import CONTRADICTION, UNCLEAR, UNLIKELY, Finding, agrees, not_checked
from sequela.evidence.paper_tables import CountRow, PaperTables, Table
from sequela.evidence.printed_cells import PRINTED, Cell
from sequela.evidence.printed_places import cells_at, row_of
from sequela.evidence.rounding import rounded
from sequela.frozen import frozen

USUAL = (PEARSON, YATES, FISHER, MID_P, RATIO)
"""Named in a finding; the others only where they match."""
MOST_CELLS = 40
"""Larger tables are tested, but their misprints are not searched for; nor those of more than two rows under Fisher."""
DRAWN, DRAWN_ERRORS = 2000, 3
"""Tables that programs draw for a p-value at least, and how many standard errors off it may be."""
NOT_SIGNIFICANT = ("ns", "n.s.", "not significant")
AGREED = 3
"""As many p-values of a table by one habit, and three times as many as others, make it the table's habit."""
QUICK = tuple(name for name in TESTS if name not in EXACT)

Counts = tuple[tuple[int, ...], ...]


@frozen
class Tested:
    """A row of counts with its printed p-value and every p-value its counts give.

    Attributes
    ----------
    variants : mapping of str to counts
        What was done with patients whose value is unknown, to the table that leaves.
    values : mapping of str to mapping of str to float
        Variant to test to p-value.
    """

    table: Table
    row: CountRow
    printed: Cell
    variants: Mapping[str, Counts]
    values: Mapping[str, Mapping[str, float]]

    @property
    def matches(self) -> tuple[tuple[str, str], ...]:
        """Variant and test of each p-value that can be printed so."""
        return tuple((kind, name) for kind, found in self.values.items() for name in matching(found, self.printed))

    @property
    def where(self) -> str:
        """The place in words."""
        return f"{self.table.name}, {self.row.name}, p"


@frozen
class Habit:
    """How the authors of a table seem to have chosen their test.

    Attributes
    ----------
    name : str
        One of `HABITS`.
    explained, matched, tested : int
        P-values it explains, that some test explains, and that were printed.
    """

    name: str
    explained: int
    matched: int
    tested: int

    @property
    def holds(self) -> bool:
        """Whether it explains every p-value of the table."""
        return self.explained == self.tested

    @property
    def is_settled(self) -> bool:
        """Whether it explains so many that another test would be an exception."""
        return self.explained >= AGREED and self.explained >= 3 * (self.matched - self.explained)


def p_values_of_counts(paper: PaperTables) -> Iterator[Finding]:
    """CC-05: a printed p-value is that of some usual test of the printed counts."""
    for table in paper.tables:
        tested = []
        for row in (row for other, row in count_rows(paper) if other is table and row.p is not None):
            made = _tested(table, row, paper.significant)
            if isinstance(made, Finding):
                yield made
            else:
                tested.append(made)
        habit = _habit(tested)
        if not habit.holds:
            tested = [_with_exact_tests(item) for item in tested]
            habit = _habit(tested)
        for item in tested:
            yield _judged(paper, item, habit)


def _tested(table: Table, row: CountRow, significant: float) -> Tested | Finding:
    printed, where = _as_bound(row.p or Cell(""), significant), f"{table.name}, {row.name}, p"
    if printed.state != PRINTED or printed.value is None:
        return not_checked("CC-05", where, printed.text or "-", "no p-value is printed as a number")
    if len(table.columns) < 2:
        return not_checked("CC-05", where, printed.text, "one column of counts")
    counts = {level: [cell.count for cell in cells] for level, cells in row.levels.items()}
    if any(count is None for line in counts.values() for count in line):
        return not_checked("CC-05", where, printed.text, "a count is not printed")
    if len(counts) > 1 and not row.exclusive:
        return not_checked("CC-05", where, printed.text, "one p-value for levels that overlap")
    whole = {level: tuple(count or 0 for count in line) for level, line in counts.items()}
    variants = _variants(table, row, whole)
    if not variants:
        return not_checked("CC-05", where, printed.text, "the size of a column is not printed")
    names = tuple(TESTS) if set(NAMED.get(row.test, ())) & set(EXACT) else QUICK
    return Tested(table, row, printed, variants, {name: p_values(lines, names) for name, lines in variants.items()})


def _as_bound(cell: Cell, significant: float) -> Cell:
    """Return "NS" as a p-value above the level below which the paper calls one significant."""
    if cell.text.strip().lower() not in NOT_SIGNIFICANT:
        return cell
    return replace(cell, state=PRINTED, bound=">", value=rounded(f"{significant:g}"))


def _with_exact_tests(item: Tested) -> Tested:
    """Return a row with Fisher's tests as well, which take long for large tables."""
    values = {name: {**item.values[name], **p_values(lines, EXACT)} for name, lines in item.variants.items()}
    return replace(item, values=values)


def _sizes(table: Table, row: CountRow) -> tuple[int | None, ...]:
    if row.of:
        return row.of
    return tuple(column.size for column in table.columns)


def _variants(table: Table, row: CountRow, counts: Mapping[str, tuple[int, ...]]) -> dict[str, Counts]:
    """Return the table without patients of unknown value, and with them as a level of their own."""
    sizes = _sizes(table, row)
    if len(counts) == 1:
        ((_, yes),) = counts.items()
        if any(size is None or size < count for size, count in zip(sizes, yes, strict=True)):
            return {}
        return {"": (yes, tuple((size or 0) - count for size, count in zip(sizes, yes, strict=True)))}
    known = tuple(line for level, line in counts.items() if not is_unknown(level))
    found = {"": known}
    if len(known) < len(counts):
        found[" with the unknown as a level"] = tuple(counts.values())
    elif all(size is not None for size in sizes):
        sums = [sum(line) for line in zip(*known, strict=True)]
        rest = tuple((size or 0) - total for size, total in zip(sizes, sums, strict=True))
        if min(rest) >= 0 and max(rest) > 0:
            found[" with the unknown as a level"] = (*known, rest)
    return found


def _habit(tested: list[Tested]) -> Habit:
    """Return the habit that explains most p-values of a table that any test explains."""
    matched = [item for item in tested if item.matches]
    counted = {name: sum(_explains(name, item) for item in matched) for name in HABITS}
    best = max(counted, key=lambda name: counted[name])
    return Habit(best, counted[best], len(matched), len(tested))


def _explains(habit: str, item: Tested) -> bool:
    for kind, values in item.values.items():
        counts = item.variants[kind]
        tests = habitual(habit, values, sparse=is_sparse(counts), larger=_is_larger(counts))
        if matching({name: values[name] for name in tests}, item.printed):
            return True
    return False


def _is_larger(counts: Counts) -> bool:
    return len(counts) > 2 or len(counts[0]) > 2


def _judged(paper: PaperTables, item: Tested, habit: Habit) -> Finding:
    main = item.values[""]
    shown = {name: main[name] for name in USUAL if name in main}
    words = ", ".join(f"{name} {_digits(value, item.printed)}" for name, value in shown.items()) or "no test possible"
    words += "".join(
        f";{kind} {PEARSON} {_digits(values[PEARSON], item.printed)}"
        for kind, values in item.values.items()
        if kind and PEARSON in values and any(map(is_unknown, item.row.levels))
    )
    if not shown:
        return not_checked("CC-05", item.where, item.printed.text, "no test of these counts is possible")
    if item.matches:
        return _matched(item, habit, words)
    if _truncated(item.printed, main):
        return Finding("CC-05", item.where, item.printed.text, f"{words}; cut off, not rounded", UNCLEAR)
    if item.printed.text.strip().lower() in NOT_SIGNIFICANT:
        reason = f"every test is below {paper.significant:g}: {words}"
        return Finding("CC-05", item.where, item.printed.text, reason, UNLIKELY, "print the p-value")
    if item.row.cut:
        reason = f"no test of these counts gives it: {words}; a test of the numbers behind the levels might"
        return Finding("CC-05", item.where, item.printed.text, reason, UNCLEAR)
    if _by_simulation(item):
        reason = f"no test of these counts gives it: {words}; Fisher's test by simulation might"
        return Finding("CC-05", item.where, item.printed.text, reason, UNCLEAR)
    if any(FISHER not in values for values in item.values.values()):
        reason = f"no test computed here gives it: {words}; Fisher's test is not computed for this shape"
        return Finding("CC-05", item.where, item.printed.text, reason, UNCLEAR)
    return _contradicted(paper, item, habit, words)


def _digits(value: float, printed: Cell) -> str:
    decimals = max(4, printed.value.decimals if printed.value else 4)
    return f"{value:.{decimals}f}"


def _by_simulation(item: Tested) -> bool:
    """Tell whether Fisher's test of a sparse table larger than two by two, drawn and not counted, can have given it."""
    for kind, values in item.values.items():
        counts, value = item.variants[kind], values.get(FISHER, float("nan"))
        if _is_larger(counts) and is_sparse(counts) and value == value:
            slack = DRAWN_ERRORS * math.sqrt(value * (1 - value) / DRAWN)
            if item.printed.ends[0] <= value + slack and value - slack <= item.printed.ends[1]:
                return True
    return False


def _matched(item: Tested, habit: Habit, words: str) -> Finding:
    names = [name + kind for kind, name in item.matches]
    tests = {name for _, name in item.matches}
    named = NAMED.get(item.row.test, ())
    exact = bool(tests & {FISHER, MID_P, YATES}) and is_sparse(item.variants[""])
    by_row = exact or bool(tests & set(ORDERED))
    computed = {name for values in item.values.values() for name in values}
    if named and computed & set(named) and not tests & set(named) and not exact:
        reason = f"{words}: {names[0]}, not the {item.row.test} test the paper names"
        return Finding("CC-05", item.where, item.printed.text, reason, UNCLEAR)
    if not named and habit.is_settled and not _explains(habit.name, item) and not by_row:
        reason = f"{words}: {names[0]}, while the table's other p-values are {habit.name}"
        return Finding("CC-05", item.where, item.printed.text, reason, UNCLEAR)
    return agrees("CC-05", item.where, item.printed.text, f"{' and '.join(names)}: {words}")


def _truncated(printed: Cell, values: Mapping[str, float]) -> bool:
    if printed.value is None or printed.bound:
        return False
    unit = 10.0**-printed.value.decimals
    return any(printed.value.value <= value < printed.value.value + unit for value in values.values())


def _contradicted(paper: PaperTables, item: Tested, habit: Habit, words: str) -> Finding:
    main = item.values[""]
    counts = item.variants[""]
    usual = habitual(habit.name, main, sparse=is_sparse(counts), larger=_is_larger(counts)) if habit.is_settled else ()
    tests = usual[:1] or NAMED.get(item.row.test, (PEARSON,))
    first = next((name for name in (*tests, *USUAL) if name in main), "")
    own = f"p {item.printed.shown(main[first])} ({first})" if first else ""
    table = _counted(paper, item)
    slow = sum(map(len, table.counts)) > MOST_CELLS or (bool(set(tests) & set(EXACT)) and len(table.counts) > 2)
    edit = own if slow else proposal(table, item.printed, tests, own)
    crosses = _crosses(item.printed, main[first], paper.significant) if first else ""
    return Finding("CC-05", item.where, item.printed.text, f"no test gives it: {words}{crosses}", CONTRADICTION, edit)


def _crosses(printed: Cell, value: float, significant: float) -> str:
    low, high = printed.ends
    apart = (low >= significant and value < significant) or (high < significant <= value)
    return f"; the other side of {significant:g}" if apart else ""


def _counted(paper: PaperTables, item: Tested) -> Counted:
    """Return the table for the search of misprints, with what else was printed about its counts."""
    counts, columns = item.variants[""], tuple(column.name for column in item.table.columns)
    levels = tuple(level for level in item.row.levels if not is_unknown(level))
    single = len(item.row.levels) == 1
    percents = tuple(item.row.levels[level] for level in levels)
    if single:
        levels, percents = (levels[0], "the others"), (percents[0], tuple(Cell("") for _ in columns))
    sizes = _sizes(item.table, item.row)
    sums = tuple(sum(line) for line in zip(*counts, strict=True))
    closed = any(total == size for total, size in zip(sums, sizes, strict=True))
    ends = tuple(size if closed or single else None for size in sizes)
    of = tuple(size if size == total or closed else total for size, total in zip(sizes, sums, strict=True))
    excess, transfer = _excess(paper, item, levels)
    return Counted(levels, columns, counts, percents, of, ends, excess, transfer)


def _excess(paper: PaperTables, item: Tested, levels: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the patients that overlapping sets move between two levels of this row, and the levels."""
    for union in paper.unions:
        if not union.one or row_of(paper, union.neither) is not item.row or row_of(paper, union.one) is not item.row:
            continue
        either, both, neither = (
            [cell.count or 0 for _, cell in cells_at(paper, address)]
            for address in (union.either[0], union.both, union.neither)
        )
        others = [cell.count or 0 for _, cell in cells_at(paper, union.either[1])]
        sizes = [column.size or 0 for column in item.table.columns]
        excess = tuple(a + b - c - (n - d) for a, b, c, d, n in zip(either, others, both, neither, sizes, strict=True))
        if any(excess):
            return excess, (levels.index(union.neither[2]), levels.index(union.one[2]))
    return (), ()
