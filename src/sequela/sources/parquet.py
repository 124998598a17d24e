"""Parquet tables, read as the text a CSV would hold, so that one set of rules judges both."""

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.sources.delimited import BLOCK
from sequela.sources.sheet import RAGGED_SCHEMA, Block, OpenSheet

ROWS_AT_ONCE = 500_000
_NESTED = (pl.List, pl.Array, pl.Struct, pl.Object, pl.Binary)


def open_parquet(path: Path) -> OpenSheet:
    """Open a Parquet file; rows are numbered as a spreadsheet would, from 2.

    Dates become ISO dates, the time of day is dropped, whole floats lose their `.0`.

    Raises
    ------
    RecordsError
        Where the file is no Parquet file, or a column holds lists or bytes.
    """
    try:
        schema = pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise RecordsError(_unreadable(path)) from error
    nested = [name for name, kind in schema.items() if isinstance(kind, _NESTED) or kind in _NESTED]
    if nested:
        raise RecordsError(
            Problem(path.name, f"column {name!r} holds {schema[name]}", "text, numbers or dates", "Flatten it.")
            for name in nested
        )
    return OpenSheet(tuple(schema), _hash(path), partial(_blocks, path))


def _unreadable(path: Path) -> Problem:
    found = "the file cannot be read as Parquet"
    return Problem(path.name, found, "a Parquet file", "Write it again, or give a CSV.")


def _blocks(path: Path) -> Iterator[Block]:
    ragged, first = pl.DataFrame(schema=RAGGED_SCHEMA), 2
    try:
        for frame in pl.scan_parquet(path, glob=False).collect_batches(chunk_size=ROWS_AT_ONCE, maintain_order=True):
            texts = [_text(frame[name]).alias(str(place)) for place, name in enumerate(frame.columns)]
            row = pl.int_range(first, first + frame.height, dtype=pl.Int32).alias("row")
            yield Block(pl.DataFrame(texts).with_columns(row), ragged)
            first += frame.height
    except (pl.exceptions.PolarsError, OSError) as error:
        raise RecordsError(_unreadable(path)) from error


def _text(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if kind.is_temporal() and kind not in (pl.Time, pl.Duration):
        return column.cast(pl.Date).dt.strftime("%Y-%m-%d")
    if kind.is_float():
        return column.cast(pl.Float64).cast(pl.String).str.replace(r"\.0$", "")
    return column.cast(pl.String)


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
