"""How each file of a study fared: every row read is kept, set aside or quarantined."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from sequela.records.bundle import Records
from sequela.sources.account import Account, FileCount
from sequela.sources.addresses import numbered_as_written
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
    return Account(tuple(files), study.decisions, unused, unread, numbered_as_written(records, origins))
