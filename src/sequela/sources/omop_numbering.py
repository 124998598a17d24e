"""The number of a row: the primary key it has in OMOP, so that every value can be traced there."""

from collections.abc import Mapping

import polars as pl

from sequela.frozen import frozen
from sequela.sources.omop_database import Database
from sequela.sources.omop_tables import EVENT_TABLES

HIGHEST = 2**31 - 1


@frozen
class Numbering:
    """How the rows of one canonical table are numbered.

    Attributes
    ----------
    offsets : mapping of str to int
        Added to the primary key, by OMOP table; empty where the keys are too large or not unique:
        then rows are counted from 2 in the order of person, table and key.
    name : str
        What stands as the file of the table: "condition_occurrence, episode + 10000".
    """

    offsets: Mapping[str, int]
    name: str

    def number(self, rows: pl.DataFrame, before: int) -> pl.DataFrame:
        """Return the rows with `row`; `before` rows of earlier partitions have been counted."""
        if not self.offsets:
            counted = pl.int_range(before + 2, before + 2 + pl.len(), dtype=pl.Int32)
            return rows.with_columns(row=counted)
        offset = pl.col("table").replace_strict(dict(self.offsets), default=0, return_dtype=pl.Int64)
        return rows.with_columns(row=(pl.col("id") + offset).cast(pl.Int32))


def number_rows(database: Database, tables: tuple[str, ...], sizes: Mapping[str, tuple[int, bool]]) -> Numbering:
    """Return how rows of some OMOP tables are numbered; `sizes` are those of `key_sizes`."""
    there = [table for table in tables if table in database.tables]
    offsets: dict[str, int] = {}
    offset = 0
    for table in there:
        largest, usable = sizes[table]
        if not usable or offset + largest > HIGHEST:
            return Numbering({}, ", ".join(there) + " (counted)")
        offsets[table] = offset
        offset = 10 ** len(str(offset + largest))
    named = [f"{table} + {offsets[table]}" if offsets[table] else table for table in there]
    return Numbering(offsets, ", ".join(named))


def key_sizes(database: Database) -> dict[str, tuple[int, bool]]:
    """Return the largest primary key of each table, and whether the keys are unique and positive."""
    keys = {"person": "person_id"} | {event.table: event.key for event in EVENT_TABLES.values()}
    sizes = {}
    for table, name in keys.items():
        if table in database.tables:
            rows = database.tables[table]
            key = rows[name]
            asked = rows.aggregate(rows=rows.count(), different=key.nunique(), least=key.min(), most=key.max())
            count, different, least, most = database.fetch(asked).row(0)
            sizes[table] = (most or 0, count == different and (least is None or least > 0))
    return sizes
