"""One file of one canonical table: its header matched, its rows as text under the columns of the table."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.records.bundle import NOTICE_SCHEMA
from sequela.records.reading import REFUSED_SCHEMA, Reading
from sequela.records.schema import Table
from sequela.sources.delimited import open_delimited
from sequela.sources.header import Header, accepted_headers, read_header
from sequela.sources.parquet import open_parquet
from sequela.sources.sheet import Block, OpenSheet
from sequela.sources.truncation import signs

OPENERS: dict[str, Callable[[Path, Collection[str]], OpenSheet]] = {
    ".csv": open_delimited,
    ".parquet": lambda path, _: open_parquet(path),
}


@frozen
class TableFile:
    """A file whose header fits its table.

    Attributes
    ----------
    name : str
        File name without its folder.
    sheet : OpenSheet
    header : Header
    table : Table
    """

    name: str
    sheet: OpenSheet
    header: Header
    table: Table

    @property
    def given(self) -> list[str]:
        """Columns of the table that the file has, in canonical order."""
        return [name for name in self.table.names if name in self.header.places]

    def reading(self, block: Block) -> Reading:
        """Return a block as rows of text under `row` and the given columns; empty and ragged rows are refused."""
        cells = [pl.col(str(place)) for place in range(len(self.sheet.header))]
        blank = pl.all_horizontal(cell.is_null() | (cell.str.strip_chars() == "") for cell in cells)
        columns = [pl.col(str(self.header.places[name])).alias(name) for name in self.given]
        reading = Reading(
            table=self.table,
            file=self.name,
            sha256=self.sheet.sha256,
            rows_read=block.frame.height + block.ragged.height,
            frame=block.frame.select("row", *columns, blank.alias(".blank")),
            refused=_ragged(self, block.ragged),
        ).refuse("blank_row", pl.col(".blank"))
        return reading.with_frame(reading.frame.drop(".blank"))

    def filled(self, block: Block) -> Iterator[int]:
        """Yield the places without a header that hold values in a block."""
        for place in self.header.unnamed:
            if (block.frame[str(place)].str.strip_chars() != "").any():
                yield place

    def notices(self, rows: int, filled: Collection[int]) -> pl.DataFrame:
        """Return what is odd about a file of so many rows, of which some places without a header are filled."""
        whole = (*self.sheet.notices, *signs(rows, ended=self.sheet.ended))
        lines: list[tuple[str, str, str, str]] = [("", "", meaning, remedy) for meaning, remedy in whole]
        for name, nearest in self.header.unknown:
            known = f"The nearest known column is {nearest}."
            remedy = known if nearest else "Rename it if it is one of the known columns."
            lines.append((name, name, "a column that the table lacks; it was not read", remedy))
        for place in sorted(filled):
            meaning = "a column without a name holds values; it was not read"
            lines.append((f"column {place + 1}", "", meaning, "Give it a name."))
        if not rows:
            lines.append(("", "", "the file has a header and no rows", ""))
        named = [(self.table.name, self.name, None, column, *rest) for column, *rest in lines]
        return pl.DataFrame(named, schema=NOTICE_SCHEMA, orient="row")


def open_table(path: Path, table: Table) -> TableFile:
    """Open one file and match its header with the columns of a table.

    Raises
    ------
    RecordsError
        Where the file or its header cannot be read.
    """
    try:
        sheet = OPENERS[path.suffix.lower()](path, accepted_headers(table))
    except OSError as error:
        found = f"the file cannot be opened ({error.strerror})"
        raise RecordsError(Problem(path.name, found, "a file that can be read", "Check its permissions.")) from error
    header = read_header(path.name, sheet.header, table)
    if header.problems:
        raise RecordsError(header.problems)
    return TableFile(path.name, sheet, header, table)


def _ragged(file: TableFile, ragged: pl.DataFrame) -> pl.DataFrame:
    if ragged.is_empty():
        return pl.DataFrame(schema=REFUSED_SCHEMA)
    patient = pl.col("cells").list.get(file.header.places["patient_id"], null_on_oob=True).str.strip_chars()
    lines = ragged.select(
        "row",
        patient_id=patient,
        column=pl.lit(""),
        rule=pl.lit("field_count"),
        found=pl.concat_str(pl.col("fields").cast(pl.String), pl.lit(" fields")),
        expected=pl.lit(f"{len(file.sheet.header)} fields, as many as the header"),
    )
    return lines.select(pl.col(name).cast(kind) for name, kind in REFUSED_SCHEMA.items())
