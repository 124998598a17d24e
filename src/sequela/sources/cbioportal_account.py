"""How each file of a study fared: every row read is kept, set aside or quarantined."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from sequela.records.bundle import Records
from sequela.sources.account import Account, FileCount
from sequela.sources.cbioportal_stack import Stack

if TYPE_CHECKING:
    from sequela.sources.cbioportal import Gathered


def account_of(
    records: Records, stacks: Mapping[str, Stack], study: "Gathered", unread: tuple[tuple[str, str], ...]
) -> Account:
    """Count the rows of every file, and list what was decided, not used and not read."""
    origins = pl.concat([stack.origins for stack in stacks.values()])
    refused = records.quarantine.select("file", "row").unique()
    kept = pl.concat(
        [table.select(pl.lit(name).alias("table"), "row") for name, table in records.tables.items() if name in stacks]
    )
    made = origins.join(kept, on=["table", "row"], how="semi")
    files = []
    for file in study.files:
        lost = refused.filter(pl.col("file") == file.name)["row"].n_unique()
        became = dict(made.filter(pl.col("file") == file.name).group_by("table").len().sort("table").iter_rows())
        files.append(FileCount(file.name, file.rows_read, file.rows_read - lost, lost, became))
    unused = tuple(
        (part.file.name, name, why) for part in (*study.clinical, *study.timelines) for name, why in part.unused
    )
    return Account(tuple(files), study.decisions, unused, unread, _numbered(records, origins))


def _numbered(records: Records, origins: pl.DataFrame) -> pl.DataFrame:
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
