"""Addresses in the files a person gave, for rows that were rebuilt on the way."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from sequela.records.bundle import NOTICE_SCHEMA, QUARANTINE_SCHEMA, Records


def readdressed(records: Records, origins: pl.DataFrame, noticed: pl.DataFrame) -> Records:
    """Return the records with quarantine and notices that point to the files given.

    `origins` holds table, row, file, file_row, the rows of each table together and numbered from 2 without
    a gap; `noticed` are notices that already carry such addresses and come first.
    """

    def moved(frame: pl.DataFrame, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
        place = frame["table"].replace_strict(_begins(origins), default=None, return_dtype=pl.Int64) + frame["row"] - 2
        found = frame.with_columns(
            pl.coalesce(origins["file"].gather(place).alias("file.origin"), "file").alias("file"),
            pl.coalesce(origins["file_row"].gather(place).alias("file_row"), "row").alias("row"),
        )
        return found.select(pl.col(name).cast(kind) for name, kind in schema.items())

    notices = pl.concat([noticed, moved(records.notices, NOTICE_SCHEMA)])
    return replace(records, quarantine=moved(records.quarantine, QUARANTINE_SCHEMA), notices=notices)


def _begins(origins: pl.DataFrame) -> dict[str, int]:
    """Return at which line of the origins each table begins."""
    tables = origins["table"].rle().struct.unnest()
    return dict(zip(tables["value"], (tables["len"].cum_sum() - tables["len"]).to_list(), strict=True))


def numbered_as_written(records: Records, origins: pl.DataFrame) -> pl.DataFrame:
    """Return the origins of the rows kept, numbered as `write_records` numbers them."""
    written = np.zeros(origins.height, dtype=np.int32)
    for name, begin in _begins(origins).items():
        rows = records.table(name)["row"].to_numpy()
        written[begin + rows - 2] = np.arange(2, len(rows) + 2)
    found = origins.with_columns(row=pl.Series(written)).filter(pl.col("row") > 0)
    return found.select("table", "row", "file", "file_row")
