"""The rows of a sheet that hold the names of its columns: one row, or two with groups above the names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import polars as pl

from sequela.frozen import frozen
from sequela.sources.spreadsheet_merges import Merged
from sequela.sources.spreadsheet_words import entries, letters

MOST_ROWS = 12
"""Rows from the first in which the names of the columns are looked for."""

NEARLY_ALL = 0.6
"""Share of the cells of the fullest row that the row of the names fills."""

_FIRST_COLUMNS = 3
_DATE_OR_NUMBER = re.compile(r"[\d.,/: T+-]+|\d{4}年.*")

Cells = Mapping[int, str]
"""The filled cells of one row, by their place."""


@frozen
class Rows:
    """Which rows of a sheet hold names, from 1.

    Attributes
    ----------
    names : int
        The row of the names.
    groups : int
        The row of what several names share, as `First line` above `Drug` and `Start`; 0 where there is none.
    units : int
        The row below the names that holds units and codes; 0 where there is none.
    """

    names: int = 1
    groups: int = 0
    units: int = 0

    @property
    def last(self) -> int:
        """The last row that is no patient's."""
        return max(self.names, self.units)

    @property
    def text(self) -> str:
        """How a map writes the rows of the names."""
        return f"{self.groups}-{self.names}" if self.groups else str(self.names)


@frozen
class Headers:
    """Where the names stand in each sheet of a file.

    Attributes
    ----------
    usual : Rows
    of_sheets : mapping of str to Rows
        By the name of the sheet, where it differs.
    """

    usual: Rows = Rows()
    of_sheets: Mapping[str, Rows] = field(default_factory=dict)

    def of(self, sheet: str) -> Rows:
        """Return the rows of a sheet."""
        return self.of_sheets.get(sheet, self.usual)


FIRST_ROW = Headers()


def found_rows(top: Mapping[int, Cells], merged: Sequence[Merged] = ()) -> Rows:
    """Return which of the first rows of a sheet most likely hold names.

    The row of the names is the first that fills nearly as many cells as any does, so that titles above are passed
    over. A row above it or below it is a second one where it names columns that share a name or have none.
    """
    fullest = max((len(cells) for cells in top.values()), default=0)
    first = next((row for row, cells in top.items() if len(cells) >= NEARLY_ALL * fullest), 1)
    names, groups = first, 0
    if _names_the_unnamed(top.get(first, {}), top.get(first + 1, {}), fullest):
        names, groups = first + 1, first
    elif _groups_names(top.get(first - 1, {}), top.get(first, {}), [one for one in merged if one.top == first - 1]):
        groups = first - 1
    return Rows(names, groups, names + 1 if _holds_units(top.get(names + 1, {})) else 0)


def _are_words(cells: Cells) -> bool:
    return bool(cells) and not any(_DATE_OR_NUMBER.fullmatch(text) for text in cells.values())


def _names_the_unnamed(upper: Cells, lower: Cells, width: int) -> bool:
    """Return whether a row names every column that the row above leaves without a name, and few others."""
    unnamed = set(range(max(lower, default=0) + 1)) - set(upper)
    beside = {place - 1 for place in unnamed}
    told = unnamed and unnamed <= set(lower) and set(lower) <= unnamed | beside
    return bool(told) and _are_words(lower) and len(lower) < width


def _groups_names(upper: Cells, lower: Cells, merged: Sequence[Merged]) -> bool:
    """Return whether a row stands above several names each: merged so, or above names that repeat."""
    several = len(upper) > 1 and len(upper) < len(lower) and _are_words(upper)
    wide = any(one.right > one.left for one in merged)
    small = [letters(name) for name in lower.values()]
    return several and (wide or len(set(small)) < len(small))


def _holds_units(cells: Cells) -> bool:
    """Return whether every filled cell of a row is a unit, a way to write a date, or a list of codes."""
    units = entries("unit")
    told = [any(one.pattern.fullmatch(letters(text)) for one in units) for text in cells.values()]
    return len(told) > 1 and all(told)


def joined_names(groups: Cells, names: Cells, width: int, merged: Sequence[Merged]) -> tuple[list[str], list[str]]:
    """Return the name of each column, with its group before it; and its own name where no other column has it."""
    filled = _filled(groups, names, width, merged)
    found, alone = [], []
    own = [letters(name) for name in names.values()]
    for place in range(width):
        group, name = filled.get(place, ""), names.get(place, "")
        found.append(" ".join(dict.fromkeys(part for part in (group, name) if part)))
        alone.append(name if group and own.count(letters(name)) == 1 else "")
    return found, alone


def _filled(groups: Cells, names: Cells, width: int, merged: Sequence[Merged]) -> dict[int, str]:
    """Return the group of each column: as far as its cell is merged, else up to the next group."""
    wide = {one.left: one.right for one in merged if one.right > one.left}
    filled: dict[int, str] = {}
    places = sorted(groups)
    for place, following in zip(places, [*places, width][1:], strict=True):
        last = wide.get(place, place) if wide else following - 1
        filled |= {at: groups[place] for at in range(place, last + 1) if at == place or at in names}
    return filled


def summary_rows(cells: Sequence[pl.Expr]) -> pl.Expr:
    """Return whether a row sums up others: the first filled of its first cells says total, mean or n = 40."""
    first = pl.coalesce(cells[:_FIRST_COLUMNS]).str.to_lowercase() if cells else pl.lit(None, pl.String)
    patterns = "|".join(f"(?:{one.pattern.pattern})" for one in entries("summary"))
    return first.str.contains(f"^(?:{patterns})$").fill_null(value=False)


def first_rows(header: Sequence[str], frame: pl.DataFrame) -> dict[int, Cells]:
    """Return the filled cells of the first rows of a sheet, by row."""
    rows: dict[int, Cells] = {1: {place: name.strip() for place, name in enumerate(header) if name.strip()}}
    lines: list[dict[str, Any]] = frame.head(MOST_ROWS).to_dicts()
    for line in lines:
        cells = {int(name): " ".join(text.split()) for name, text in line.items() if name != "row" and text}
        rows[line["row"]] = {place: text for place, text in cells.items() if text}
    return rows
