"""Which cells of a workbook are merged: a merged cell holds its text once, and means all the cells it covers."""

import re
import zipfile
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import polars as pl

from sequela.frozen import frozen

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


@frozen
class Merged:
    """One merged cell.

    Attributes
    ----------
    top, bottom : int
        Rows, from 1, both included.
    left, right : int
        Places of columns, from 0, both included.
    """

    top: int
    bottom: int
    left: int
    right: int


def merged_cells(path: Path) -> dict[str, tuple[Merged, ...]]:
    """Return the merged cells of each sheet of an .xlsx file by its name; nothing of any other kind of file."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as book:
        parts = set(book.namelist())
        if "xl/workbook.xml" not in parts:
            return {}
        targets = _targets(book) if "xl/_rels/workbook.xml.rels" in parts else {}
        sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
        places = {sheet.get("name", ""): targets.get(sheet.get(f"{_OFFICE}id", ""), "") for sheet in sheets}
        return {name: _merged(book.read(part)) for name, part in places.items() if part in parts}


def _targets(book: zipfile.ZipFile) -> dict[str, str]:
    relations = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    parts = {one.get("Id", ""): one.get("Target", "").removeprefix("/xl/") for one in relations}
    return {name: str(PurePosixPath("xl") / part) for name, part in parts.items()}


def _merged(part: bytes) -> tuple[Merged, ...]:
    # Searched and not parsed: a large sheet has millions of cells before its few merged ones.
    found = (match.groups() for match in _MERGED.finditer(part))
    return tuple(Merged(int(top), int(bottom), _place(left), _place(right)) for left, top, right, bottom in found)


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1


def filled_down(frame: pl.DataFrame, merged: tuple[Merged, ...], below: int) -> pl.DataFrame:
    """Return rows in which a cell merged over several rows below the names stands in each of them.

    `frame` has the columns "0", "1", … and `row`. What is merged sideways stays in its first column: one word over
    three columns is no date of each.
    """
    tall = [one for one in merged if one.bottom > one.top > below and one.left == one.right]
    for place in sorted({one.left for one in tall} & {int(name) for name in frame.columns if name != "row"}):
        cells = dict(zip(frame["row"], frame[str(place)], strict=True))
        given = {
            row: cells.get(one.top) for one in tall if one.left == place for row in range(one.top + 1, one.bottom + 1)
        }
        column = [given.get(row) if text is None else text for row, text in cells.items()]
        frame = frame.with_columns(pl.Series(str(place), column, dtype=pl.String))
    return frame
