"""Addresses in the files a person gave, for rows that were rebuilt on the way."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from sequela.records.bundle import NOTICE_SCHEMA, QUARANTINE_SCHEMA, Records


def readdressed(records: Records, origins: pl.DataFrame, noticed: pl.DataFrame) -> Records:
    """Return the records with quarantine and notices that point to the files given.

    `origins` holds table, row, file, file_row; `noticed` are notices that already carry such addresses
    and come first.
    """

    def moved(frame: pl.DataFrame, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
        found = frame.join(origins, on=["table", "row"], how="left", maintain_order="left", suffix=".origin")
        found = found.with_columns(
            pl.coalesce("file.origin", "file").alias("file"), pl.coalesce("file_row", "row").alias("row")
        )
        return found.select(pl.col(name).cast(kind) for name, kind in schema.items())

    notices = pl.concat([noticed, moved(records.notices, NOTICE_SCHEMA)])
    return replace(records, quarantine=moved(records.quarantine, QUARANTINE_SCHEMA), notices=notices)


def numbered_as_written(records: Records, origins: pl.DataFrame) -> pl.DataFrame:
    """Return the origins of the rows kept, numbered as `write_records` numbers them."""
    written = pl.concat(
        [
            pl.DataFrame({"row": table["row"], "written": range(2, table.height + 2)}).select(
                pl.lit(name).alias("table"), pl.col("row").cast(pl.Int32), pl.col("written").cast(pl.Int32)
            )
            for name, table in records.tables.items()
        ]
    )
    found = origins.join(written, on=["table", "row"], how="inner", maintain_order="left")
    return found.select("table", pl.col("written").alias("row"), "file", "file_row")
