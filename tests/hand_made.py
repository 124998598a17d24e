"""Records written by hand in a test: tables as lists of rows, typed as the canonical tables are."""

import polars as pl

from sequela.records.bundle import Kind, Records
from sequela.records.schema import TABLES


def records(kind=Kind.SIMULATED, **tables) -> Records:
    """Return a bundle from rows given as mappings; `row` is numbered as in a file, header first."""
    frames = {}
    for name, rows in tables.items():
        empty = TABLES[name].empty()
        numbered = [{"row": position, **row} for position, row in enumerate(rows, start=2)]
        frames[name] = pl.DataFrame(
            [{column: row.get(column) for column in empty.columns} for row in numbered], schema=empty.schema
        )
    return Records(frames, kind)


def at(**days) -> pl.DataFrame:
    """Return patients and the day asked about: at(anna=0, berta=30)."""
    return pl.DataFrame(
        {"patient_id": list(days), "day": list(days.values())}, schema={"patient_id": pl.String, "day": pl.Int32}
    )
