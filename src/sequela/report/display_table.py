"""A printed table: one value with columns, rows and notes, written as CSV or HTML."""

import csv
import io
import re

from sequela.frozen import frozen

BYTE_ORDER_MARK = "\ufeff"
"""At the head of each CSV file: without it a spreadsheet program reads its dashes as other signs."""


@frozen
class Row:
    """One row of a printed table.

    Attributes
    ----------
    cells : tuple of str
        As many as the table has columns; the first names the row.
    indent : int
        0 for a quantity, 1 for a level of the quantity above it.
    """

    cells: tuple[str, ...]
    indent: int = 0


@frozen
class DisplayTable:
    """A table as printed: everything is text.

    Attributes
    ----------
    name : str
        Stem of its file.
    title : str
        Its caption.
    columns : tuple of str
    rows : tuple of Row
    notes : tuple of str
        Sentences under the table.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def to_csv(table: DisplayTable, kind: str) -> str:
    """Write a table as CSV text: a header, its rows, and a last column with the kind of the records (`Kind`).

    Notes are not written. Lines end in CR LF (RFC 4180).
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column or "Quantity" for column in table.columns] + ["records"])
    for row in table.rows:
        writer.writerow([*row.cells, str(kind)])
    return text.getvalue()


def slug(text: str) -> str:
    """Return a text as the stem of a file: lower case, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "endpoint"
