"""The cells of a spreadsheet as text: workbooks, text tables, and the files of SPSS, Stata and SAS."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.sources.delimited import read_delimited
from sequela.sources.header import folded
from sequela.sources.sheet import RAGGED_SCHEMA, Sheet

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
TEXTS = (".csv", ".tsv", ".txt")
STATISTICAL = {
    ".sav": "read_sav",
    ".zsav": "read_sav",
    ".por": "read_por",
    ".dta": "read_dta",
    ".sas7bdat": "read_sas7bdat",
    ".xpt": "read_xport",
}
HIGHEST_HEADER = 10
"""Rows under the first in which the names of the columns are looked for."""

NEARLY_ALL = 0.6
"""Share of the cells of the fullest row that the row of the names fills."""

READABLE = (*WORKBOOKS, *TEXTS, *STATISTICAL)


@frozen
class NamedSheet:
    """One sheet with the names of its columns.

    Attributes
    ----------
    file : str
        What quarantine and origins call it: the file, and the sheet where there are several.
    places : mapping of str to int
        Place of each column by its name, and by its label where the file has labels.
    headers : tuple of str
        Names in order; empty where a column has none.
    labels : tuple of str
    sheet : Sheet
        `frame` without the rows that are wholly empty.
    twice : frozenset of str
        Names that more than one column has.
    """

    file: str
    places: Mapping[str, int]
    headers: tuple[str, ...]
    labels: tuple[str, ...]
    sheet: Sheet
    twice: frozenset[str]


def read_sheets(path: Path, header: int, known: Collection[str] = ()) -> dict[str, NamedSheet]:
    """Read every sheet of a file that holds cells, by its name ("" where a file has one sheet without a name).

    `header` is the row of the names, counted from 1; `known` are headers by which the separator of a
    text table is told.

    Raises
    ------
    RecordsError
        Where the file cannot be read as a spreadsheet.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise RecordsError(Problem(path.name, "there is no such file", "a spreadsheet", "Check the name and folder."))
    if suffix in WORKBOOKS:
        return _workbook(path, header)
    if suffix in STATISTICAL:
        return {"": _statistical(path, STATISTICAL[suffix])}
    if suffix in TEXTS:
        return {"": _named(path.name, read_delimited(path, {folded(name) for name in known}), header)}
    raise RecordsError(
        Problem(
            path.name, "this kind of file cannot be read as a spreadsheet", ", ".join(READABLE), "Save it as .xlsx."
        )
    )


def header_row(path: Path) -> int:
    """Return the row that most likely holds the names of the columns, counted from 1.

    It is the first that fills nearly as many cells as any of the first rows does, so that titles above the names
    are passed over; of a file of SPSS, Stata or SAS it is always the first.

    Raises
    ------
    RecordsError
        Where the file cannot be read as a spreadsheet.
    """
    sheets = read_sheets(path, 1)
    widest = max(sheets.values(), key=lambda one: len(one.headers))
    rows = {1: sum(bool(name) for name in widest.headers)}
    for row in widest.sheet.frame.head(HIGHEST_HEADER).iter_rows(named=True):
        rows[row["row"]] = sum(value is not None for name, value in row.items() if name != "row")
    return next(row for row, filled in rows.items() if filled >= NEARLY_ALL * max(rows.values()))


def _workbook(path: Path, header: int) -> dict[str, NamedSheet]:
    fastexcel = import_module("fastexcel")
    try:
        book = fastexcel.read_excel(path)
        frames = {name: _strings(book, name) for name in book.sheet_names}
    except (fastexcel.FastExcelError, OSError) as error:
        found = f"the workbook cannot be opened ({type(error).__name__})"
        remedy = "Open it in the program that made it and save it again, without a password."
        raise RecordsError(Problem(path.name, found, "a workbook", remedy)) from None
    filled = {name: frame for name, frame in frames.items() if frame.height >= header}
    if not filled:
        raise RecordsError(Problem(path.name, "no sheet holds cells", "a header row and rows under it"))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    several = len(filled) > 1
    return {
        name: _named(f"{path.name} ({name})" if several else path.name, _sheet(frame, sha256), header)
        for name, frame in filled.items()
    }


def _strings(book: Any, name: str) -> pl.DataFrame:
    # From the first row and column on, so that rows are numbered as the program shows them.
    frame: pl.DataFrame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    return frame.rename({old: str(place) for place, old in enumerate(frame.columns)})


def _sheet(frame: pl.DataFrame, sha256: str) -> Sheet:
    """Return rows of a workbook as a sheet whose header is its first row."""
    midnight = pl.all().str.replace(r"^(\d{4}-\d{2}-\d{2}) 00:00:00$", "$1")
    header = tuple(cell or "" for cell in frame.row(0))
    rows = frame.slice(1).with_columns(midnight)
    numbered = rows.with_columns(pl.Series("row", range(2, frame.height + 1), dtype=pl.Int32))
    return Sheet(header, numbered, pl.DataFrame(schema=RAGGED_SCHEMA), sha256)


def _named(file: str, sheet: Sheet, header: int, labels: tuple[str, ...] = ()) -> NamedSheet:
    if header > 1:
        sheet = _lowered(file, sheet, header)
    cells = [pl.col(str(place)) for place in range(len(sheet.header))]
    cleaned = sheet.frame.with_columns(cell.str.strip_chars() for cell in cells)
    cleaned = cleaned.with_columns(pl.when(cell != "").then(cell) for cell in cells)
    full = cleaned.filter(~pl.all_horizontal(cell.is_null() for cell in cells)) if cells else cleaned
    headers = tuple(" ".join(name.split()) for name in sheet.header)
    places: dict[str, int] = {}
    twice: set[str] = set()
    for place, name in enumerate(headers):
        if name and name in places:
            twice.add(name)
        elif name:
            places[name] = place
    for place, label in enumerate(labels):
        places.setdefault(label, place)
    return NamedSheet(file, places, headers, labels, replace(sheet, frame=full), frozenset(twice))


def _lowered(file: str, sheet: Sheet, header: int) -> Sheet:
    """Return a sheet whose names stand in a lower row than the first."""
    found = sheet.frame.filter(row=header)
    if found.is_empty():
        raise RecordsError(Problem(file, f"row {header} is not there", "the row with the names of the columns"))
    names = tuple(found[str(place)][0] or "" for place in range(len(sheet.header)))
    return replace(sheet, header=names, frame=sheet.frame.filter(pl.col("row") > header))


def _statistical(path: Path, reader: str) -> NamedSheet:
    try:
        pyreadstat = import_module("pyreadstat")
    except ImportError:
        remedy = "Install it: pip install 'sequela[spss]'. Or save the file as .xlsx or .csv."
        raise RecordsError(Problem(path.name, "reading this file needs pyreadstat", "", remedy)) from None
    try:
        frame, about = getattr(pyreadstat, reader)(str(path), output_format="polars")
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        found = f"the file cannot be read ({type(error).__name__})"
        raise RecordsError(Problem(path.name, found, "a file of SPSS, Stata or SAS", "Save it as .xlsx.")) from None
    values = about.variable_value_labels
    columns = [
        _as_text(frame[name], values.get(name, {})).alias(str(place)) for place, name in enumerate(frame.columns)
    ]
    rows = pl.DataFrame(columns).with_columns(pl.Series("row", range(2, frame.height + 2), dtype=pl.Int32))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    sheet = Sheet(tuple(frame.columns), rows, pl.DataFrame(schema=RAGGED_SCHEMA), sha256)
    labels = tuple(label or "" for label in about.column_labels)
    return _named(path.name, sheet, 1, labels)


def _as_text(column: pl.Series, labels: Mapping[Any, str]) -> pl.Series:
    """Return values as text: what a label names by its label, whole numbers without a point, dates as dates."""
    texts = [_written(value, labels) for value in column.to_list()]
    return pl.Series(column.name, texts, dtype=pl.String)


def _written(value: Any, labels: Mapping[Any, str]) -> str | None:
    if value is None or value != value:
        return None
    if value in labels:
        return labels[value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat().replace("T", " ").removesuffix(" 00:00:00")
    return str(value)
