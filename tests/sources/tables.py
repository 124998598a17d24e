"""Small folders of records for the tests, written as a person would write them."""

from pathlib import Path

import polars as pl

from sequela.records.bundle import Records
from sequela.sources.folder import FolderSource

PATIENTS = """\
    patient_id,birth_date,sex,last_contact,death
    001,1960-05-01,female,2020-01-01,
    002,1961-06-02,female,,2019-07-01
"""
EXPOSURES = """\
    patient_id,drug,start,stop,setting
    001,Herceptin,2018-01-10,2018-06-10,metastatic
    002,Kadcyla,2018-02-01,2019-01-01,metastatic
"""


def text(table: str) -> str:
    """Take the margin off a table typed with one."""
    return "".join(line.strip(" ") + "\n" for line in table.strip("\n").splitlines() if line.strip(" "))


def write(folder: Path, **tables: str | bytes | pl.DataFrame) -> Path:
    """Write tables: text as CSV, bytes as they are, frames as Parquet."""
    folder.mkdir(exist_ok=True)
    for name, table in {"patients": PATIENTS, **tables}.items():
        if isinstance(table, pl.DataFrame):
            (folder / f"{name}.csv").unlink(missing_ok=True)
            table.write_parquet(folder / f"{name}.parquet")
        else:
            (folder / f"{name}.csv").write_bytes(table if isinstance(table, bytes) else text(table).encode())
    return folder


def read(folder: Path, **tables: str | bytes | pl.DataFrame) -> Records:
    """Write tables and read them back; the law of rows holds in every test."""
    records = FolderSource(write(folder, **tables)).read()
    hold_the_law(records)
    return records


def hold_the_law(records: Records) -> None:
    for source in records.sources:
        quarantined = records.quarantine.filter(pl.col("table") == source.table)
        assert source.rows_read == source.rows_kept + source.rows_quarantined
        assert source.rows_kept == records.table(source.table).height
        assert source.rows_quarantined == quarantined.height
        rows = pl.concat([records.table(source.table)["row"], quarantined["row"]])
        assert sorted(rows) == list(range(2, source.rows_read + 2))


def refused(records: Records) -> list[tuple[str, str, str | None]]:
    """Return address, rule and value of each refused row."""
    lines = records.quarantine.select(pl.concat_str("table", pl.lit(":"), "row"), "rule", "found")
    return [tuple(line) for line in lines.rows()]
