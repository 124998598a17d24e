"""Text tables as people and programs write them: separators, quotation marks, encodings, ragged rows."""

import codecs
import csv
import hashlib
import io
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.sources.header import folded
from sequela.sources.regular import count_regular_rows, read_regular, whole_lines
from sequela.sources.sheet import RAGGED_SCHEMA, Block, OpenSheet, Sheet

BLOCK = 1 << 20
ROWS_AT_ONCE = 50_000
SEPARATORS = (",", ";", "\t", "|")
_SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive", "Save the sheet as CSV UTF-8."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save the sheet as CSV UTF-8."),
    (b"\x1f\x8b", "a gzip archive", "Unpack the file first."),
    (b"PAR1", "a Parquet file", "Rename it to end in .parquet."),
    (b"%PDF", "a PDF file", "Give the table as CSV UTF-8."),
)
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_delimited(path: Path, known: Collection[str]) -> Sheet:
    """Read a whole text table; as `open_delimited`.

    Raises
    ------
    RecordsError
        Where the file is empty, is no text, or a quotation mark is never closed.
    """
    return open_delimited(path, known).whole()


def open_delimited(path: Path, known: Collection[str]) -> OpenSheet:
    """Open a text table; rows of another length than the header are set apart.

    `known` are the headers by which the separator is told, as `header.folded` writes them.

    UTF-8 (with or without its mark), UTF-16 and Windows-1252; fields separated by comma, semicolon,
    tab or bar; quotation marks around fields that hold separators or line ends.

    Raises
    ------
    RecordsError
        Where the file is empty or is no text; from the blocks, where a quotation mark is never closed.
    """
    sha256, encoding, ended = _examine(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
    separator = find_separator(first, known)
    header = _header(path, encoding, separator)
    width = len(header)
    if encoding == "utf-8-sig" and count_regular_rows(path, separator, width):
        return OpenSheet(header, sha256, partial(_regular, path, separator, width), (), ended)
    odd = (("the file is not UTF-8; it was read as Windows-1252", "Save it as CSV UTF-8."),)
    notices = odd if encoding == "cp1252" else ()
    return OpenSheet(header, sha256, partial(_careful, path, encoding, separator, width), notices, ended)


def _regular(path: Path, separator: str, width: int) -> Iterator[Block]:
    """Yield the rows of a file that was found regular, some megabytes at a time."""
    row = 2
    for text in whole_lines(path):
        frame = read_regular(text, separator, width)
        if frame is None:
            rows = list(csv.reader(io.StringIO(text.decode(), newline=""), delimiter=separator))
            yield _sort_by_length(rows, width, row)
            row += len(rows)
        else:
            numbers = pl.int_range(row, row + frame.height, dtype=pl.Int32).alias("row")
            yield Block(frame.with_columns(numbers), pl.DataFrame(schema=RAGGED_SCHEMA))
            row += frame.height


def _careful(path: Path, encoding: str, separator: str, width: int) -> Iterator[Block]:
    """Yield the rows of any file, read cell by cell."""
    for first_row, rows in islice(_chunks(path, encoding, separator), 1, None):
        yield _sort_by_length(rows, width, first_row)


def find_separator(first_line: str, known: Collection[str]) -> str:
    """Return the separator by which the first line holds most known headers."""

    def columns(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([first_line], delimiter=separator), [])
        return sum(folded(cell) in known for cell in cells), len(cells)

    return max(SEPARATORS, key=columns)


def _examine(path: Path) -> tuple[str, str, bool]:
    """Return the hash of a file, its encoding, and whether its last line has a line end."""
    digest, tail = hashlib.sha256(), b""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    cp1252 = codecs.getincrementaldecoder("cp1252")()
    possible = {"utf-8-sig": utf8, "cp1252": cp1252}
    with path.open("rb") as file:
        head = file.read(8)
        file.seek(0)
        _refuse_other_formats(path.name, head)
        wide = next((name for mark, name in _UTF16.items() if head.startswith(mark)), "")
        possible = {wide: codecs.getincrementaldecoder(wide)()} if wide else possible
        while block := file.read(BLOCK):
            digest.update(block)
            tail = block[-2:]
            if not wide and b"\x00" in block:
                possible = {}
            possible = {name: decoder for name, decoder in possible.items() if _decodes(decoder, block)}
    possible = {name: decoder for name, decoder in possible.items() if _decodes(decoder, b"", final=True)}
    if not possible:
        raise RecordsError(Problem(path.name, "the file is not text", "a table in UTF-8", "Save it as CSV UTF-8."))
    # Two bytes, because a line end in UTF-16 has two.
    return digest.hexdigest(), next(iter(possible)), b"\n" in tail or b"\r" in tail


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_other_formats(name: str, head: bytes) -> None:
    if not head:
        remedy = "Delete the file, or write the header."
        raise RecordsError(Problem(name, "the file is empty", "a header row", remedy))
    for signature, what, remedy in _SIGNATURES:
        if head.startswith(signature):
            raise RecordsError(Problem(name, f"the file is {what}", "a text table", remedy))


Chunks = Iterator[tuple[int, list[list[str]]]]


def _header(path: Path, encoding: str, separator: str) -> tuple[str, ...]:
    _, first = next(_chunks(path, encoding, separator))
    return tuple(first[0])


def _chunks(path: Path, encoding: str, separator: str) -> Chunks:
    """Yield the header alone, then rows by the ten thousand, each time with the number of the first row."""
    with path.open(encoding=encoding, newline="") as file:
        lines = _Remembered(file)
        rows = lines.followed(csv.reader(lines, delimiter=separator))
        row, size = 1, 1
        try:
            while chunk := list(islice(rows, size)):
                yield row, chunk
                row, size = row + len(chunk), ROWS_AT_ONCE
            next(csv.reader(lines.last, delimiter=separator, strict=True), None)
        except csv.Error as error:
            huge = "field larger" in str(error)
            raise RecordsError(_endless(path.name) if huge else _unclosed(path.name)) from None


class _Remembered:
    """Lines of a file, with those of the record that was read last."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.last: list[str] = []
        self.current: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.current.append(line)
            yield line

    def followed(self, rows: Iterable[list[str]]) -> Iterator[list[str]]:
        for row in rows:
            self.last, self.current = self.current, []
            yield row


def _unclosed(name: str) -> Problem:
    return Problem(
        name,
        "a quotation mark opens a cell and is never closed, so that the rows after it cannot be told apart",
        "quotation marks in pairs",
        "Close it, or write a quotation mark inside a cell twice.",
    )


def _endless(name: str) -> Problem:
    return Problem(
        name,
        f"a cell holds more than {csv.field_size_limit()} characters, as if a quotation mark were never closed",
        "quotation marks in pairs",
        "Close it, or write a quotation mark inside a cell twice.",
    )


def _sort_by_length(rows: list[list[str]], width: int, first_row: int) -> Block:
    """Return rows as long as the header as columns, and the others apart.

    An empty line is a row of empty cells; empty cells beyond the header are dropped.
    """
    numbers: Iterable[int] = range(first_row, first_row + len(rows))
    ragged: dict[str, list] = {"row": [], "fields": [], "cells": []}
    if any(len(row) != width for row in rows):
        numbers, rows, ragged = _set_apart(rows, width, first_row)
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    frame = pl.DataFrame({str(place): pl.Series(cells, dtype=pl.String) for place, cells in enumerate(columns)})
    numbered = frame.with_columns(pl.Series("row", list(numbers), dtype=pl.Int32))
    return Block(numbered, pl.DataFrame(ragged, schema=RAGGED_SCHEMA))


def _set_apart(rows: list[list[str]], width: int, first_row: int) -> tuple[list[int], list[list[str]], dict[str, list]]:
    numbers, whole = [], []
    ragged: dict[str, list] = {"row": [], "fields": [], "cells": []}
    for number, row in enumerate(rows, first_row):
        if len(row) > width and not "".join(row[width:]).strip():
            del row[width:]
        if not "".join(row).strip():
            row = [""] * width
        if len(row) == width:
            numbers.append(number)
            whole.append(row)
        else:
            for name, value in (("row", number), ("fields", len(row)), ("cells", row)):
                ragged[name].append(value)
    return numbers, whole, ragged
