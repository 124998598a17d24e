"""One table on its way from text to canonical rows, with the rows refused so far."""

from collections.abc import Sequence
from dataclasses import field, replace

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import NOTICE_SCHEMA, QUARANTINE_SCHEMA
from sequela.records.refusals import REFUSALS, expected
from sequela.records.schema import Table

REFUSED_SCHEMA = {
    "row": pl.Int32,
    "patient_id": pl.String,
    "column": pl.String,
    "rule": pl.String,
    "found": pl.String,
    "expected": pl.String,
}
"""One line per refused row, with the patient it would have belonged to where that can be read."""


@frozen
class Reading:
    """Rows of one file, some kept and some refused.

    Attributes
    ----------
    table : Table
    file : str
        Name of the file without its folder.
    sha256 : str
        Hash of its bytes.
    rows_read : int
        Rows under the header, empty ones included; always `frame.height + refused.height`.
    frame : DataFrame
        Rows still kept: `row` (Int32, spreadsheet row) and the columns of the table as text
        (String; null where the cell is empty), later joined by typed columns with a dot in their name.
    refused : DataFrame
        See `REFUSED_SCHEMA`.
    notices : DataFrame
        See `NOTICE_SCHEMA`.
    """

    table: Table
    file: str
    sha256: str
    rows_read: int
    frame: pl.DataFrame
    refused: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REFUSED_SCHEMA))
    notices: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NOTICE_SCHEMA))

    def refuse(self, rule: str, when: pl.Expr, column: str = "", found: pl.Expr | None = None) -> "Reading":
        """Move the rows for which `when` is true to the refused ones (null counts as false)."""
        mask = self.frame.select(when.fill_null(False).alias("refuse")).to_series()
        if not mask.any():
            return self
        shown = found if found is not None else pl.col(column) if column else pl.lit(None, pl.String)
        declared = self.table.column(column) if column in self.table.names else None
        lines = self.frame.filter(mask).select(
            "row",
            "patient_id",
            pl.lit(column).alias("column"),
            pl.lit(rule).alias("rule"),
            shown.cast(pl.String).alias("found"),
            pl.lit(expected(rule, declared)).alias("expected"),
        )
        return replace(self, frame=self.frame.filter(~mask), refused=pl.concat([self.refused, lines]))

    def refuse_in_turn(self, faults: Sequence[tuple[str, pl.Expr, str]]) -> "Reading":
        """Refuse rows by several rules (rule, when, column), each for the first of them that speaks against it."""
        spoken = [when.fill_null(False).any().alias(str(place)) for place, (_, when, _) in enumerate(faults)]
        if not spoken or not any(self.frame.select(spoken).row(0)):
            return self
        reading = self
        for rule, when, column in faults:
            reading = reading.refuse(rule, when, column)
        return reading

    def with_frame(self, frame: pl.DataFrame) -> "Reading":
        """Return the reading with another frame of the same rows."""
        return replace(self, frame=frame)

    def notice(self, when: pl.Expr, column: str, found: pl.Expr, meaning: str, remedy: pl.Expr) -> "Reading":
        """Add one notice per row for which `when` is true; the rows stay."""
        noticed = self.frame.filter(when.fill_null(False))
        if noticed.is_empty():
            return self
        lines = noticed.select(
            pl.lit(self.table.name).alias("table"),
            pl.lit(self.file).alias("file"),
            "row",
            pl.lit(column).alias("column"),
            found.cast(pl.String).alias("found"),
            pl.lit(meaning).alias("meaning"),
            remedy.alias("remedy"),
        )
        return replace(self, notices=pl.concat([self.notices, lines]))

    def quarantine(self) -> pl.DataFrame:
        """Return the refused rows as lines of the quarantine, by row."""
        if self.refused.is_empty():
            return pl.DataFrame(schema=QUARANTINE_SCHEMA)
        remedies = {rule.id: rule.remedy for rule in REFUSALS.values()}
        return self.refused.sort("row").select(
            pl.lit(self.table.name).alias("table"),
            pl.lit(self.file).alias("file"),
            "row",
            "column",
            "rule",
            "found",
            "expected",
            pl.col("rule").replace_strict(remedies, return_dtype=pl.String).alias("remedy"),
        )
