"""The smallest misprint of a table of counts that would explain its printed p-value."""

from collections.abc import Iterator, Sequence

import numpy as np

from sequela.evidence.consistency import rounded_shares
from sequela.evidence.count_tests import matching, p_values
from sequela.evidence.printed_cells import Cell
from sequela.frozen import frozen

FARTHEST = 10
"""Largest change of one cell that is tried, besides changes of its digits."""
SETS = 4
"""Fits that overlapping sets are worth, per column: more than the two percentages that must change with them."""
FEW = 2
"""Proposals named; where more fit equally well, none is preferred."""


@frozen
class Counted:
    """A table as printed.

    Attributes
    ----------
    rows, columns : tuple of str
    counts : tuple of tuple of int
        Rows by columns.
    percents : tuple of tuple of Cell
        The printed cells, for their percentages.
    of : tuple of int or None
        Denominator of the percentages per column.
    sizes : tuple of int or None
        Sum each column must have; None where it may miss patients.
    excess : tuple of int
        Patients per column that `transfer` rows have too many and too few.
    transfer : tuple of int
        Row with too many, row with too few; empty where no set arithmetic says so.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    percents: tuple[tuple[Cell, ...], ...]
    of: tuple[int | None, ...]
    sizes: tuple[int | None, ...]
    excess: tuple[int, ...] = ()
    transfer: tuple[int, ...] = ()


@frozen
class Misprint:
    """A change of the printed table.

    Attributes
    ----------
    counts : int array
        The table after it.
    what : str
        In words.
    test : str
        That then gives the printed p-value.
    broken : int
        Printed percentages and sums that then no longer fit, less those that begin to.
    changed : int
        Cells changed.
    size : int
        Patients moved.
    """

    counts: np.ndarray
    what: str
    test: str
    broken: int
    changed: int
    size: int


def smallest_misprints(table: Counted, printed: Cell, tests: Sequence[str]) -> tuple[Misprint, ...]:
    """Return the smallest changes after which one of the tests gives the printed p-value.

    Tried: each cell one to ten more or less, each cell with a digit changed, dropped or doubled or
    two digits exchanged, the cell that closes the sum of its column, one to ten patients moved
    between two rows of a column, two cells, rows or columns exchanged, and the excess that
    overlapping sets have shown. Fewest broken percentages and sums first, then fewest cells, then
    fewest patients; those that are equally small are all returned.
    """
    counts = np.array(table.counts)
    before = _misfits(table, counts)
    found: list[Misprint] = []
    seen: set[bytes] = {counts.tobytes()}
    for what, changed in _changes(table, counts):
        if changed.min() < 0 or changed.tobytes() in seen:
            continue
        seen.add(changed.tobytes())
        names = matching(p_values(changed.tolist(), tests), printed)
        if names:
            moved = np.abs(changed - counts)
            broken = _misfits(table, changed) - before
            found.append(Misprint(changed, what, names[0], broken, int((moved > 0).sum()), int(moved.sum())))
    if not found:
        return ()
    best = min((m.broken, m.changed, m.size) for m in found)
    return tuple(m for m in found if (m.broken, m.changed, m.size) == best)


def _misfits(table: Counted, counts: np.ndarray) -> int:
    """Count the printed percentages, sums and sets that a table does not fit."""
    wrong = sum(size is not None and counts[:, j].sum() != size for j, size in enumerate(table.sizes))
    for i, j in np.ndindex(*counts.shape):
        percent, of = table.percents[i][j].second, table.of[j]
        if percent is not None and of:
            printed = percent.text
            wrong += not any(
                str(v) == printed for v in rounded_shares(int(counts[i, j]), of, percent.decimals).values()
            )
    if table.transfer:
        many, few = table.transfer
        for j, excess in enumerate(table.excess):
            moved = table.counts[many][j] - counts[many, j], counts[few, j] - table.counts[few][j]
            wrong += SETS * (moved != (excess, excess))
    return int(wrong)


def _changes(table: Counted, counts: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    yield from _transfer_of_excess(table, counts)
    for i, j in np.ndindex(*counts.shape):
        for value in _other_values(table, counts, i, j):
            changed = counts.copy()
            changed[i, j] = value
            yield f"{value} instead of {counts[i, j]} in {table.rows[i]}, {table.columns[j]}", changed
    yield from _moves(table, counts)
    yield from _exchanges(table, counts)


def _transfer_of_excess(table: Counted, counts: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    if not table.transfer:
        return
    many, few = table.transfer
    changed = counts.copy()
    changed[many] -= np.array(table.excess)
    changed[few] += np.array(table.excess)
    words = " and ".join(map(str, table.excess))
    cells = ", ".join("/".join(map(str, changed[:, j])) for j in range(counts.shape[1]))
    yield f"{words} patients moved from {table.rows[many]} to {table.rows[few]}, as the sets ask: {cells}", changed


def _other_values(table: Counted, counts: np.ndarray, i: int, j: int) -> list[int]:
    """Return what a cell may have been: near it, one slip of the digits away, or what closes the sum."""
    value, size = int(counts[i, j]), table.sizes[j]
    found = [value + step for far in range(1, FARTHEST + 1) for step in (far, -far)]
    if size is not None:
        found.append(size - int(counts[:, j].sum()) + value)
    most = size if size is not None else 10 * value + 9
    return [other for other in dict.fromkeys((*found, *slips(value))) if 0 <= other <= most and other != value]


def slips(value: int) -> tuple[int, ...]:
    """Return what one slip makes of the digits of a number: exchanged, dropped, doubled or another digit."""
    digits = str(value)
    found = []
    for at, digit in enumerate(digits):
        found += [digits[:at] + other + digits[at + 1 :] for other in "0123456789"]
        found += [digits[:at] + digits[at + 1 :], digits[:at] + 2 * digit + digits[at + 1 :]]
        if at + 1 < len(digits):
            found.append(digits[:at] + digits[at + 1] + digit + digits[at + 2 :])
    kept = (text for text in found if text and (text == "0" or text[0] != "0"))
    return tuple(other for other in dict.fromkeys(map(int, kept)) if other != value)


def _moves(table: Counted, counts: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    rows, columns = counts.shape
    for moved in range(1, FARTHEST + 1):
        for j in range(columns):
            for source in range(rows):
                for target in range(rows):
                    if source != target:
                        changed = counts.copy()
                        changed[source, j] -= moved
                        changed[target, j] += moved
                        yield f"{'/'.join(map(str, changed[:, j]))} in {table.columns[j]}", changed


def _exchanges(table: Counted, counts: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    rows, columns = counts.shape
    for i in range(rows):
        for k in range(i + 1, rows):
            for j in range(columns):
                changed = counts.copy()
                changed[[i, k], j] = changed[[k, i], j]
                yield f"{table.rows[i]} and {table.rows[k]} exchanged in {table.columns[j]}", changed
    for j in range(columns):
        for k in range(j + 1, columns):
            for i in range(rows):
                changed = counts.copy()
                changed[i, [j, k]] = changed[i, [k, j]]
                yield f"{table.columns[j]} and {table.columns[k]} exchanged in {table.rows[i]}", changed


def proposal(table: Counted, printed: Cell, tests: Sequence[str], otherwise: str) -> str:
    """Put the smallest misprints into words; `otherwise` is the p-value the printed counts give.

    A change that breaks printed percentages or sums is named only where the p-value has at least
    three digits, since among hundreds of changes many give any two digits by chance.
    """
    found = smallest_misprints(table, printed, tests)
    digits = len(printed.value.text.replace(".", "").lstrip("0")) if printed.value else 0
    if not found or (found[0].broken >= 0 and digits < 3):
        return otherwise
    if len(found) > FEW:
        return f"{otherwise}; {len(found)} equally small changes of a count would also give {printed.text}"
    words = " or ".join(f"{misprint.what} ({misprint.test} gives {printed.text})" for misprint in found)
    if found[0].broken > 0:
        return f"{words}, against the printed percentages; otherwise {otherwise}"
    return words
