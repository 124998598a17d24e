"""What a source can tell about its own files, beyond the records made of them."""

from collections.abc import Mapping
from dataclasses import field

import polars as pl

from sequela.frozen import frozen


@frozen
class FileCount:
    """How the rows of one file of a study fared.

    Attributes
    ----------
    file : str
    rows_read, rows_kept, rows_quarantined : int
        `rows_read == rows_kept + rows_quarantined`. A row is kept where everything made of it was kept.
    became : mapping of str to int
        Kept canonical rows made of the file, by table.
    """

    file: str
    rows_read: int
    rows_kept: int
    rows_quarantined: int
    became: Mapping[str, int]

    def __str__(self) -> str:
        """Return the counts as one line."""
        made = ", ".join(f"{count} {table}" for table, count in self.became.items()) or "no rows of its own"
        counts = f"{self.rows_read} rows read, {self.rows_kept} kept, {self.rows_quarantined} quarantined"
        return f"{self.file}: {counts}; became {made}"


@frozen
class Account:
    """What a source found in the files it was given.

    Attributes
    ----------
    files : tuple of FileCount
    decisions : tuple of str
        What was settled for the study as a whole, one sentence each.
    unused_columns : tuple of (str, str, str)
        File, column, and why it was not used ("" where the map does not know it).
    unread_files : tuple of (str, str)
        File, and why it was not read.
    origins : DataFrame or None
        table, row, file, file_row: where each canonical row stood, as `write_records` numbers them.
    """

    files: tuple[FileCount, ...] = ()
    decisions: tuple[str, ...] = ()
    unused_columns: tuple[tuple[str, str, str], ...] = ()
    unread_files: tuple[tuple[str, str], ...] = ()
    origins: pl.DataFrame | None = field(default=None, repr=False)
