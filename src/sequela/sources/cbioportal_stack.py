"""The rows that several files make of one canonical table, under one another, each with its address."""

import hashlib
from collections.abc import Sequence

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import NOTICE_SCHEMA
from sequela.records.reading import REFUSED_SCHEMA, Reading
from sequela.records.refusals import expected
from sequela.records.schema import TABLES
from sequela.sources.cbioportal_rows import REFUSED, Candidate, candidate

ROWS_AT_ONCE = 100_000
ORIGINS = {"table": pl.String, "row": pl.Int32, "file": pl.String, "file_row": pl.Int32}


@frozen
class Stack:
    """One canonical table on its way.

    Attributes
    ----------
    reading : Reading
        Rows numbered through from 2.
    origins : DataFrame
        table, row (of the reading), file, file_row.
    notices : DataFrame
        What was noticed on the way, with the addresses of the files.
    """

    reading: Reading
    origins: pl.DataFrame
    notices: pl.DataFrame


def main_table(candidates: Sequence[Candidate]) -> str:
    """Return the table that most rows of a file go to; exposures where none does, for a drug may be lost."""
    sizes: dict[str, int] = {}
    for one in candidates:
        sizes[one.table] = sizes.get(one.table, 0) + one.frame.height
    filled = {name: size for name, size in sizes.items() if size}
    return max(filled, key=lambda name: filled[name]) if filled else "exposures"


def refused_candidate(table: str, file: str, refused: pl.DataFrame) -> Candidate:
    """Return rows that a file gives and that cannot become rows of any table."""
    named = refused.with_columns(
        pl.lit(None, pl.String).alias(name) for name in REFUSED if name not in refused.columns
    ).with_columns(pl.col("column").fill_null(""))
    empty = pl.DataFrame(schema={"row": pl.Int32, **dict.fromkeys(TABLES[table].names, pl.String)})
    return candidate(table, file, empty, named)


def stacked(candidates: Sequence[Candidate]) -> dict[str, Stack]:
    """Return a stack per table that any file feeds, tables in their own order."""
    return {
        name: _stack(name, [one for one in candidates if one.table == name])
        for name in TABLES
        if any(one.table == name for one in candidates)
    }


def _stack(name: str, parts: Sequence[Candidate]) -> Stack:
    frames, refused, origins, notices, number = [], [], [], [], 2
    for part in parts:
        both = pl.concat([part.frame.select("row"), part.refused.select("row")])
        numbers = pl.Series("new", range(number, number + both.height), dtype=pl.Int32)
        number += both.height
        kept, gone = numbers.head(part.frame.height), numbers.tail(part.refused.height)
        frames.append(part.frame.with_columns(kept.alias("row")))
        refused.append(part.refused.with_columns(gone.alias("row")))
        origins.append(
            both.select(
                pl.lit(name).alias("table"), numbers.alias("row"), pl.lit(part.file).alias("file"), file_row="row"
            )
        )
        notices.append(_noticed(name, part))
    lines = pl.concat(refused)
    lines = lines.with_columns(_expected(lines, name))
    files = tuple(dict.fromkeys(part.file for part in parts if part.frame.height or part.refused.height))
    frame = pl.concat(frames)
    reading = Reading(
        table=TABLES[name],
        file=", ".join(files),
        sha256=_hash(frame),
        rows_read=frame.height + lines.height,
        frame=frame,
        refused=lines.select(pl.col(column).cast(kind) for column, kind in REFUSED_SCHEMA.items()),
    )
    return Stack(reading, pl.concat(origins).select(pl.col(c).cast(k) for c, k in ORIGINS.items()), pl.concat(notices))


def _hash(frame: pl.DataFrame) -> str:
    """Return the hash of a frame as CSV, written some rows at a time."""
    digest = hashlib.sha256(frame.clear().write_csv().encode())
    for rows in frame.iter_slices(ROWS_AT_ONCE):
        digest.update(rows.write_csv(include_header=False).encode())
    return digest.hexdigest()


def _expected(lines: pl.DataFrame, table: str) -> pl.Series:
    declared = TABLES[table]
    texts = [
        expected(rule, declared.column(column) if column in declared.names else None)
        for rule, column in lines.select("rule", "column").iter_rows()
    ]
    return pl.Series("expected", texts, dtype=pl.String)


def _noticed(table: str, part: Candidate) -> pl.DataFrame:
    lines = part.notices.with_columns(pl.lit(table).alias("table"), pl.lit(part.file).alias("file"))
    return lines.select(pl.col(name).cast(kind) for name, kind in NOTICE_SCHEMA.items())
