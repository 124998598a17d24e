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
    lost = dict(records.quarantine.group_by("file").agg(pl.col("row").n_unique()).iter_rows())
    written = numbered_as_written(records, origins)
    made = written.group_by("file", "table").len().sort("table")
    files = []
    for file in study.files:
        gone = lost.get(file.name, 0)
        became = dict(made.filter(pl.col("file") == file.name).select("table", "len").iter_rows())
        files.append(FileCount(file.name, file.rows_read, file.rows_read - gone, gone, became))
    unused = tuple(
        (part.file.name, name, why) for part in (*study.clinical, *study.timelines) for name, why in part.unused
    )
    return Account(tuple(files), study.decisions, unused, unread, written)
