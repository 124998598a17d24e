"""Parquet tables, read as the text a CSV would hold, so that one set of rules judges both."""

import hashlib
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.sources.delimited import BLOCK, RAGGED_SCHEMA, Sheet

_NESTED = (pl.List, pl.Array, pl.Struct, pl.Object, pl.Binary)


def read_parquet(path: Path) -> Sheet:
    """Read a Parquet file; rows are numbered as a spreadsheet would, from 2.

    Dates become ISO dates, the time of day is dropped, whole floats lose their `.0`.

    Raises
    ------
    RecordsError
        Where the file is no Parquet file, or a column holds lists or bytes.
    """
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        found = "the file cannot be read as Parquet"
        raise RecordsError(Problem(path.name, found, "a Parquet file", "Write it again, or give a CSV.")) from error
    nested = [name for name, kind in frame.schema.items() if isinstance(kind, _NESTED)]
    if nested:
        raise RecordsError(
            Problem(path.name, f"column {name!r} holds {frame.schema[name]}", "text, numbers or dates", "Flatten it.")
            for name in nested
        )
    texts = [_text(frame[name]).alias(str(place)) for place, name in enumerate(frame.columns)]
    numbered = pl.DataFrame(texts).with_columns(pl.int_range(2, frame.height + 2, dtype=pl.Int32).alias("row"))
    return Sheet(tuple(frame.columns), numbered, pl.DataFrame(schema=RAGGED_SCHEMA), _hash(path))


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
