"""Dates that a spreadsheet shows as numbers: days counted from 1900, or from 1904 in old files of a Mac."""

import re
import zipfile
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from sequela.sources.spreadsheet_cells import NamedSheet
from sequela.sources.spreadsheet_contents import filled_cells
from sequela.sources.spreadsheet_roles import names_a_birth, names_a_day

_DAY_0 = date(1899, 12, 30)
"""Day 0 of days from 1 March 1900 on; before it, spreadsheets count a 29 February 1900 that never was."""

_DAY_0_OF_1904 = date(1904, 1, 1)
_EARLIEST, _LATEST = 25_000, 60_000
"""Numbers (1968 to 2064) that a column of days must hold, so that days counted from a diagnosis are not meant."""

_SERIAL = r"^\d{1,5}(?:\.\d+)?$"
_OF_1904 = re.compile(rb'<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"')


def serial_columns(sheet: NamedSheet) -> tuple[str, ...]:
    """Return the columns whose names say a day and whose cells are all numbers of the years 1968 to 2064.

    Births may be earlier, where another column is one.
    """
    named = [(name, sheet.sheet.frame[str(place)]) for place, name in enumerate(sheet.headers) if name]
    days = [name for name, cells in named if names_a_day(name) and _all_between(cells, _EARLIEST)]
    births = [name for name, cells in named if names_a_birth(name) and name not in days and _all_between(cells, 61)]
    return (*days, *births) if days else ()


def _all_between(column: pl.Series, low: int) -> bool:
    cells = filled_cells(column)
    numbers = cells.filter(cells.str.contains(_SERIAL)).cast(pl.Float64)
    return 0 < numbers.len() == cells.len() and bool(numbers.is_between(low, _LATEST).all())


def with_serial_dates(sheet: NamedSheet, columns: Collection[str], *, from_1904: bool) -> NamedSheet:
    """Return a sheet in which the numbers of some columns are dates; the time of day is left out, text stays."""
    day_0 = pl.lit(_DAY_0_OF_1904 if from_1904 else _DAY_0)
    cells = [pl.col(str(sheet.places[name])) for name in columns if name in sheet.places]
    frame = sheet.sheet.frame.with_columns(_dated(cell, day_0) for cell in cells)
    return replace(sheet, sheet=replace(sheet.sheet, frame=frame))


def _dated(cell: pl.Expr, day_0: pl.Expr) -> pl.Expr:
    days = cell.cast(pl.Float64, strict=False).floor().cast(pl.Int64)
    written = (day_0 + pl.duration(days=days)).dt.to_string("%Y-%m-%d")
    return pl.when(cell.str.contains(_SERIAL)).then(written).otherwise(cell).alias(cell.meta.output_name())


def counts_from_1904(path: Path) -> bool:
    """Return whether a workbook says that its days are counted from 1904."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as book:
        return "xl/workbook.xml" in book.namelist() and bool(_OF_1904.search(book.read("xl/workbook.xml")))
