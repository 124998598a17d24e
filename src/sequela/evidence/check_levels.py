"""Levels cut from a number beside the median of the number: which level holds the middle patient."""

import re
from collections.abc import Iterator
from itertools import pairwise

from sequela.evidence.check_counts import is_unknown
from sequela.evidence.lengths_of_time import DAYS, in_unit
from sequela.evidence.paper_findings import CONTRADICTION, Finding, agrees, not_checked
from sequela.evidence.paper_tables import CountRow, Cut, PaperTables, Table
from sequela.evidence.printed_cells import PRINTED, Cell
from sequela.evidence.printed_places import row_of, table_of
from sequela.evidence.rounding import Rounded
from sequela.frozen import frozen

_NUMBER = r"(\d+(?:\.\d+)?)"
_BELOW = re.compile(rf"(?:<|≤|<=|under|up to|below)\s*{_NUMBER}")
_ABOVE = re.compile(rf"(?:>|≥|>=|over|above|at least)\s*{_NUMBER}|{_NUMBER}\s*(?:\+|or more|and over)")
_BETWEEN = re.compile(rf"{_NUMBER}\s*(?:-|–|to)\s*[<≤]?\s*{_NUMBER}")
_EXACT = re.compile(_NUMBER)


@frozen
class Level:
    """One level with its ends, in the unit of the median."""

    name: str
    low: float
    high: float


def middles_of_levels(paper: PaperTables) -> Iterator[Finding]:
    """CC-28: the median of a number lies in the level that holds the middle patient."""
    for cut in paper.cuts:
        row, table = row_of(paper, cut.levels), table_of(paper, cut.levels)
        levels = _levels(row, cut.unit) if isinstance(row, CountRow) else []
        if not isinstance(row, CountRow) or len(levels) < 2:
            yield not_checked("CC-28", cut.where, ", ".join(cut.levels), "no ascending levels could be read")
            continue
        for index, median in enumerate(cut.medians):
            yield from _column(cut, table, row, levels, index, median)


def _levels(row: CountRow, unit: str) -> list[Level]:
    """Return the levels of a row, ascending; none where one of them is no interval of numbers."""
    found = [level_of(name, unit) for name in row.levels if not is_unknown(name)]
    if any(level is None for level in found):
        return []
    levels = sorted((level for level in found if level is not None), key=lambda level: level.low)
    return levels if all(a.high <= b.low for a, b in pairwise(levels)) else []


def level_of(name: str, unit: str = "") -> Level | None:
    """Read a level such as "< 3 years", "50-64", "≥ 65" or "2"; None where it is no interval of numbers."""
    text = name.lower()
    length = next((word for word in DAYS if re.search(rf"\b{word}s?\b", text)), "")
    factor = in_unit(length, unit) if length and unit else 1.0
    if match := _BETWEEN.search(text):
        return Level(name, factor * float(match[1]), factor * float(match[2]))
    if match := _BELOW.search(text):
        return Level(name, float("-inf"), factor * float(match[1]))
    if match := _ABOVE.search(text):
        return Level(name, factor * float(match[1] or match[2]), float("inf"))
    if match := _EXACT.fullmatch(text.strip()):
        return Level(name, factor * float(match[1]), factor * float(match[1]))
    return None


def _column(cut: Cut, table: Table, row: CountRow, levels: list[Level], index: int, median: Cell) -> Iterator[Finding]:
    where = f"{cut.where}, {table.columns[index].name}"
    counts = [row.levels[level.name][index].count for level in levels]
    known = [count for count in counts if count is not None]
    if median.state != PRINTED or median.value is None or len(known) < len(counts) or not sum(known):
        yield not_checked("CC-28", where, median.text or "-", "the median or a count is not printed as a number")
        return
    for number, (lower, upper) in enumerate(pairwise(levels)):
        yield _boundary(where, median, median.value, (lower, upper), (sum(known[: number + 1]), sum(known)))


def _boundary(
    where: str, printed: Cell, median: Rounded, around: tuple[Level, Level], share: tuple[int, int]
) -> Finding:
    """At least half of all lie at or below the median, and at least half at or above it."""
    (lower, upper), (below, total) = around, share
    words = f"{below} of {total} are {lower.name}"
    wrong = (median.low >= upper.low and 2 * below > total) or (median.high <= lower.high and 2 * below < total)
    if not wrong:
        return agrees("CC-28", where, printed.text, words)
    side = "more" if 2 * below > total else "less"
    return Finding("CC-28", where, printed.text, f"{words}, {side} than half", CONTRADICTION, "one of the two")
