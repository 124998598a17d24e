"""The cells of a spreadsheet as text: workbooks, text tables, and the files of SPSS, Stata and SAS."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
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
from sequela.sources.spreadsheet_header import (
    FIRST_ROW,
    Headers,
    Rows,
    first_rows,
    found_rows,
    joined_names,
    summary_rows,
)
from sequela.sources.spreadsheet_merges import Merged, filled_down, merged_cells

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
READABLE = (*WORKBOOKS, *TEXTS, *STATISTICAL)


@frozen
class NamedSheet:
    """One sheet with the names of its columns.

    Attributes
    ----------
    file : str
        What quarantine and origins call it: the file, and the sheet where there are several.
    places : mapping of str to int
        Place of each column by its name, and by its label where it has one.
    headers : tuple of str
        Names in order; empty where a column has none.
    labels : tuple of str
        Other names: those of the file, and under groups what a column alone is called. Empty where there is none.
    sheet : Sheet
        `frame` without the rows that are wholly empty.
    twice : frozenset of str
        Names that more than one column has.
    notes : tuple of str
        What a row below the names says of each column: its unit, how its dates are written, its codes.
    summaries : DataFrame
        Rows that sum up others, as `frame`.
    """

    file: str
    places: Mapping[str, int]
    headers: tuple[str, ...]
    labels: tuple[str, ...]
    sheet: Sheet
    twice: frozenset[str]
    notes: tuple[str, ...] = ()
    summaries: pl.DataFrame = field(default_factory=pl.DataFrame)


def read_sheets(path: Path, headers: Headers = FIRST_ROW, known: Collection[str] = ()) -> dict[str, NamedSheet]:
    """Read every sheet of a file that holds cells, by its name ("" where a file has one sheet without a name).

    `headers` says in which rows the names stand; `known` are headers by which the separator of a text table is told.

    Raises
    ------
    RecordsError
        Where the file cannot be read as a spreadsheet.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise RecordsError(Problem(path.name, "there is no such file", "a spreadsheet", "Check the name and folder."))
    if suffix in WORKBOOKS:
        return _workbook(path, headers)
    if suffix in STATISTICAL:
        return {"": _statistical(path, STATISTICAL[suffix])}
    if suffix in TEXTS:
        return {"": _named(path.name, read_delimited(path, {folded(name) for name in known}), headers.of(""))}
    raise RecordsError(
        Problem(
            path.name, "this kind of file cannot be read as a spreadsheet", ", ".join(READABLE), "Save it as .xlsx."
        )
    )


def find_headers(path: Path) -> Headers:
    """Return the rows of each sheet that most likely hold the names of its columns, and units below them.

    In a file of SPSS, Stata or SAS the names are always in the first row.

    Raises
    ------
    RecordsError
        Where the file cannot be read as a spreadsheet.
    """
    if path.suffix.lower() in STATISTICAL:
        return FIRST_ROW
    merged = merged_cells(path)
    sheets = read_sheets(path)
    found = {
        name: found_rows(first_rows(sheet.sheet.header, sheet.sheet.frame), merged.get(name, ()))
        for name, sheet in sheets.items()
    }
    widest = max(sheets, key=lambda name: len(sheets[name].headers))
    return Headers(found[widest], {name: rows for name, rows in found.items() if rows != found[widest]})


def _workbook(path: Path, headers: Headers) -> dict[str, NamedSheet]:
    fastexcel = import_module("fastexcel")
    try:
        book = fastexcel.read_excel(path)
        frames = {name: _strings(book, name) for name in book.sheet_names}
    except (fastexcel.FastExcelError, OSError) as error:
        found = f"the workbook cannot be opened ({type(error).__name__})"
        remedy = "Open it in the program that made it and save it again, without a password."
        raise RecordsError(Problem(path.name, found, "a workbook", remedy)) from None
    filled = {name: frame for name, frame in frames.items() if frame.height >= headers.of(name).names}
    if not filled:
        raise RecordsError(Problem(path.name, "no sheet holds cells", "a header row and rows under it"))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    merged, several = merged_cells(path), len(filled) > 1
    named = {}
    for name, frame in filled.items():
        rows, cells = headers.of(name), merged.get(name, ())
        sheet = _sheet(frame, sha256)
        sheet = replace(sheet, frame=filled_down(sheet.frame, cells, rows.last))
        named[name] = _named(f"{path.name} ({name})" if several else path.name, sheet, rows, merged=cells)
    return named


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


def _named(
    file: str, sheet: Sheet, rows: Rows, labels: tuple[str, ...] = (), merged: Sequence[Merged] = ()
) -> NamedSheet:
    notes: tuple[str, ...] = ()
    if rows != Rows():
        sheet, labels, notes = _lowered(file, sheet, rows, merged)
    cells = [pl.col(str(place)) for place in range(len(sheet.header))]
    cleaned = sheet.frame.with_columns(cell.str.strip_chars() for cell in cells)
    cleaned = cleaned.with_columns(pl.when(cell != "").then(cell) for cell in cells)
    full = cleaned.filter(~pl.all_horizontal(cell.is_null() for cell in cells)) if cells else cleaned
    sums = summary_rows(cells)
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
    return NamedSheet(
        file,
        places,
        headers,
        labels,
        replace(sheet, frame=full.filter(~sums)),
        frozenset(twice),
        notes,
        full.filter(sums),
    )


def _lowered(
    file: str, sheet: Sheet, rows: Rows, merged: Sequence[Merged]
) -> tuple[Sheet, tuple[str, ...], tuple[str, ...]]:
    """Return a sheet whose names stand lower than in the first row, the labels of its columns, and their units."""
    width = len(sheet.header)
    found = {1: sheet.header} | {row: _texts(sheet, row) for row in (rows.names, rows.groups, rows.units) if row > 1}
    if not found.get(rows.names):
        raise RecordsError(Problem(file, f"row {rows.names} is not there", "the row with the names of the columns"))
    names = found[rows.names]
    labels: tuple[str, ...] = ()
    if rows.groups:
        upper, lower = (
            {place: " ".join(text.split()) for place, text in enumerate(found[row]) if text.strip()}
            for row in (rows.groups, rows.names)
        )
        joined, alone = joined_names(upper, lower, width, [one for one in merged if one.top == rows.groups])
        names, labels = tuple(joined), tuple(alone)
    notes = found[rows.units] if rows.units else ()
    return replace(sheet, header=names, frame=sheet.frame.filter(pl.col("row") > rows.last)), labels, notes


def _texts(sheet: Sheet, row: int) -> tuple[str, ...]:
    found = sheet.frame.filter(row=row)
    return tuple(found[str(place)][0] or "" for place in range(len(sheet.header))) if found.height else ()


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
    return _named(path.name, sheet, Rows(), labels)


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
