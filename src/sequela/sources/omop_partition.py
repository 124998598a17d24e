"""Patients a few thousand at a time: ranges of person_id, and rows that remember their patient."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import NOTICE_SCHEMA

TALLY_SCHEMA = {**{name: kind for name, kind in NOTICE_SCHEMA.items() if name != "row"}, "rows": pl.Int64}
"""Notices that count rows: the same notice of two partitions is one notice with the sum."""


@frozen
class PersonRange:
    """Persons from `low` on and below `high`; None is no limit.

    The ranges of a database leave nobody out: rows of persons whom the table person lacks belong
    to the range around their number, rows without a number to the first.
    """

    low: int | None
    high: int | None

    def of(self, rows: Any) -> Any:
        """Return the rows of the persons in the range."""
        if self.low is not None:
            rows = rows.filter(rows.person_id >= self.low)
        if self.high is not None:
            below = rows.person_id < self.high
            rows = rows.filter(below | rows.person_id.isnull() if self.low is None else below)
        return rows


def ranges(ids: pl.Series, size: int) -> tuple[PersonRange, ...]:
    """Return ranges that hold `size` persons each, the last one fewer; at least one range."""
    starts = ids.drop_nulls().unique().sort().gather_every(size).to_list()
    edges = [None, *starts[1:], None]
    return tuple(PersonRange(low, high) for low, high in pairwise(edges))


@frozen
class Lives:
    """What the rows of a partition need to know about their patients.

    Attributes
    ----------
    people : DataFrame
        person_id, patient_id, born (first date the birth can mean), died, day_zero (date that
        stands for day 0 where the calendar is unknown).
    """

    people: pl.DataFrame

    def of(self, events: pl.DataFrame) -> pl.DataFrame:
        """Return the events with patient_id, born, died and day_zero of their person."""
        joined = events.join(self.people, on="person_id", how="left", maintain_order="left")
        stranger = pl.format("person_id {}", "person_id")
        return joined.with_columns(patient_id=pl.coalesce("patient_id", stranger))


def earlier(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """Return whether the first of two texts is a date before the second; false where one is no full date."""
    full = r"^\d{4}-\d{2}-\d{2}"
    return (first.str.contains(full) & second.str.contains(full) & (first < second)).fill_null(False)


def tally(count: int, place: Mapping[str, str], meaning: str, remedy: str = "", found: str = "") -> pl.DataFrame:
    """Return one counting notice, or none where the count is 0; `place` has table, file and column."""
    line = (place["table"], place["file"], place.get("column", ""), found, meaning, remedy, count)
    return pl.DataFrame([line] if count else [], schema=TALLY_SCHEMA, orient="row")


def notices_of(tallies: list[pl.DataFrame]) -> pl.DataFrame:
    """Return counting notices as notices, each with its sum."""
    names = [name for name in TALLY_SCHEMA if name != "rows"]
    counted = pl.concat([pl.DataFrame(schema=TALLY_SCHEMA), *tallies]).group_by(names).agg(pl.col("rows").sum())
    rows = pl.format("{} {}", "rows", pl.when(pl.col("rows") == 1).then(pl.lit("row")).otherwise(pl.lit("rows")))
    written = pl.when(pl.col("found") == "").then(rows).otherwise(pl.format("{}: {}", "found", rows))
    ranked = counted.with_columns(found=written, row=pl.lit(None, pl.Int32)).sort("file", "meaning", "found")
    return ranked.select(list(NOTICE_SCHEMA))


def earliest_first(events: pl.DataFrame, key: list[str]) -> tuple[pl.DataFrame, int]:
    """Return the earliest row of each key, in the order the rows had, and how many repeats it leaves out.

    Rows without a day give way to rows with one; ties go to the smaller `id`.
    """
    if events.is_empty():
        return events, 0
    ranked = events.with_row_index("place").sort("day", "id", nulls_last=True)
    first = ranked.unique(key, keep="first", maintain_order=True).sort("place").drop("place")
    return first, events.height - first.height
