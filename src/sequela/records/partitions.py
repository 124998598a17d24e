"""Records cut into partitions of whole patients, so that memory is bounded by the partition.

Tables sorted by patient are cut without a copy. What is derived of one patient rests on that
patient's rows alone, so no result depends on where the cuts lie.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import Records

PATIENTS_AT_ONCE = 20_000
"""Patients of a partition: at thirty drug rows each, some hundred megabytes at work."""


@frozen
class PatientRange:
    """Patients from one identifier up to, but not including, another; None for no bound.

    Attributes
    ----------
    first, after : str or None
    """

    first: str | None
    after: str | None

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of these patients; a frame sorted by patient is cut without looking at its rows."""
        column = frame.get_column("patient_id")
        if is_by_patient(frame):
            low = 0 if self.first is None else int(column.search_sorted(self.first, "left"))
            high = len(column) if self.after is None else int(column.search_sorted(self.after, "left"))
            return frame.slice(low, high - low)
        inside = pl.lit(value=True) if self.first is None else pl.col("patient_id") >= self.first
        return frame.filter(inside if self.after is None else inside & (pl.col("patient_id") < self.after))

    def of_records(self, records: Records) -> Records:
        """Return the records of these patients."""
        return replace(records, tables={name: self.of(table) for name, table in records.tables.items()})


def is_by_patient(frame: pl.DataFrame) -> bool:
    """Return whether a frame is known to be sorted by patient."""
    return bool(frame.get_column("patient_id").flags["SORTED_ASC"])


def by_patient(records: Records) -> Records:
    """Return the records with every table sorted by patient, the order of each patient's rows kept."""
    return replace(records, tables={name: sorted_table(table) for name, table in records.tables.items()})


def sorted_table(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table by patient, the order of each patient's rows kept; not copied where it is so already."""
    if is_by_patient(table):
        return table
    if table.get_column("patient_id").is_sorted():
        return table.with_columns(pl.col("patient_id").set_sorted())
    return table.sort("patient_id", maintain_order=True)


def sorted_if_many(records: Records) -> Records:
    """Return the records by patient where there are more patients than one partition holds, else as they are."""
    return by_patient(records) if len(patient_ranges(records)) > 1 else records


def patient_ranges(records: Records) -> tuple[PatientRange, ...]:
    """Return ranges of `PATIENTS_AT_ONCE` patients that cover everybody; one where there are no more patients."""
    edges = edges_of(records.table("patients").get_column("patient_id")).to_list()
    return tuple(PatientRange(first, after) for first, after in pairwise([None, *edges, None]))


def edges_of(names: pl.Series) -> pl.Series:
    """Return the first identifier of every partition but the first, sorted; none where one is enough."""
    if len(names) <= PATIENTS_AT_ONCE:
        return names.clear()
    # The first of each run of equal names: all names once, without sorting again what is sorted.
    ordered = names if names.flags["SORTED_ASC"] else names.sort()
    return ordered.filter(ordered.ne_missing(ordered.shift(1))).gather_every(PATIENTS_AT_ONCE)[1:]


def partitions(records: Records) -> Iterator[tuple[PatientRange, Records]]:
    """Yield ranges of whole patients with their records; the records themselves where one range is enough.

    Quarantine, notices and other lists beside the tables are handed on whole. Tables that are not
    sorted by patient are sorted first, which takes memory of their size: see `by_patient`.
    """
    ranges = patient_ranges(records)
    if len(ranges) == 1:
        yield ranges[0], records
        return
    sorted_records = by_patient(records)
    for span in ranges:
        yield span, span.of_records(sorted_records)
