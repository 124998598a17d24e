"""What a person must know about the records: every problem at once, grouped, with counts and addresses.

Nothing here names a patient: a problem carries the file, the column, the rule and the rows.
"""

from collections.abc import Iterable
from typing import Any

import polars as pl

from sequela.errors import Problem
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.refusals import REFUSALS

ROWS_SHOWN = 5
VALUES_SHOWN = 100


@frozen
class TableCount:
    """How one file fared.

    Attributes
    ----------
    table, file : str
    rows_read, rows_kept, rows_quarantined : int
        `rows_read == rows_kept + rows_quarantined`.
    imputed_dates : int
        Partial dates that were completed, in the rows kept.
    incomplete_patients : int
        Kept patients who lost rows of this table to the quarantine.
    """

    table: str
    file: str
    rows_read: int
    rows_kept: int
    rows_quarantined: int
    imputed_dates: int
    incomplete_patients: int

    def __str__(self) -> str:
        """Return the counts as one line."""
        text = f"{self.file}: {self.rows_read} rows read, {self.rows_kept} kept, {self.rows_quarantined} quarantined"
        if self.imputed_dates:
            dates = "1 partial date" if self.imputed_dates == 1 else f"{self.imputed_dates} partial dates"
            text += f", {dates} completed"
        if self.incomplete_patients:
            people = "1 patient" if self.incomplete_patients == 1 else f"{self.incomplete_patients} patients"
            text += f", {people} with rows missing"
        return text


def summary(records: Records) -> tuple[TableCount, ...]:
    """Return how each file fared, in the order of the tables."""
    imputed = dict(records.imputations.group_by("table").len().rows())
    incomplete = dict(records.incomplete.group_by("table").len().rows())
    return tuple(
        TableCount(
            source.table,
            source.name,
            source.rows_read,
            source.rows_kept,
            source.rows_quarantined,
            imputed.get(source.table, 0),
            incomplete.get(source.table, 0),
        )
        for source in records.sources
    )


def problems(records: Records) -> tuple[Problem, ...]:
    """Return what refused rows, then what was noticed, then what was completed: one problem per kind.

    An unknown drug that is named in a hundred thousand rows is one problem with its count.
    """
    return (*refused(records), *noticed(records), *completed(records))


def refused(records: Records) -> tuple[Problem, ...]:
    """Return the refused rows, one problem per file, rule and column."""
    groups = ("file", "column", "rule", "expected", "remedy")
    order = {name: place for place, name in enumerate(REFUSALS)}
    counted = records.quarantine.group_by(groups, maintain_order=True).agg("row")
    ranked = counted.with_columns(place=pl.col("rule").replace_strict(order, return_dtype=pl.Int32))
    return tuple(
        Problem(
            _where(line["file"], line["column"]),
            f"{_rows(line['row'])} refused: {REFUSALS[line['rule']].meaning}",
            line["expected"],
            line["remedy"],
        )
        for line in ranked.sort("place", maintain_order=True).sort("file", maintain_order=True).iter_rows(named=True)
    )


def noticed(records: Records) -> tuple[Problem, ...]:
    """Return the notices, one problem per file, column, meaning and distinct value, the most frequent first.

    A notice on a patient (a record after the last contact) is counted over patients, without its value.
    After the first hundred values of one kind, one problem counts the others.
    """
    about_a_name = pl.col("row").is_null() | pl.col("column").is_in(("drug", "organ", "marker"))
    shown = pl.when(about_a_name).then("found").otherwise(pl.lit("")).alias("found")
    kind = ("file", "column", "meaning")
    counted = records.notices.with_columns(shown).group_by(*kind, "found", "remedy", maintain_order=True).agg("row")
    ranked = counted.sort(pl.col("row").list.len(), descending=True, maintain_order=True)
    ranked = ranked.with_columns(rank=pl.int_range(pl.len()).over("file", "column", "meaning"))
    first = ranked.filter(pl.col("rank") < VALUES_SHOWN)
    others = ranked.filter(pl.col("rank") >= VALUES_SHOWN).group_by(kind, maintain_order=True)
    counts = others.agg(values=pl.len(), rows=pl.col("row").list.len().sum())
    each = [
        (line["file"], Problem(_where(line["file"], line["column"]), _noticed(line), remedy=line["remedy"]))
        for line in first.iter_rows(named=True)
    ]
    each += [(line["file"], _others(line)) for line in counts.iter_rows(named=True)]
    return tuple(problem for _, problem in sorted(each, key=lambda pair: pair[0]))


def _others(line: dict[str, Any]) -> Problem:
    found = f"{line['meaning']}: {line['values']} other values in {line['rows']} rows"
    return Problem(_where(line["file"], line["column"]), found, remedy="Records.notices lists them all.")


def completed(records: Records) -> tuple[Problem, ...]:
    """Return the partial dates that were completed, one problem per table, column and precision."""
    counted = records.imputations.group_by("table", "column", "precision", maintain_order=True).agg("row")
    taken = {"month": "the 15th was taken", "year": "1 July was taken"}
    return tuple(
        Problem(
            _where(line["table"], line["column"]),
            f"{_rows(line['row'])} with a date known to the {line['precision']} only; {taken[line['precision']]}",
        )
        for line in counted.iter_rows(named=True)
    )


def _where(file: str, column: str) -> str:
    return f"{file}, column {column}" if column else file


def _noticed(line: dict[str, Any]) -> str:
    value = f": {line['found']!r}" if line["found"] and line["found"] not in (line["column"], line["file"]) else ""
    rows = [row for row in line["row"] if row is not None]
    return f"{line['meaning']}{value}" + (f" in {_rows(rows)}" if rows else "")


def _rows(rows: Iterable[int]) -> str:
    listed = sorted(rows)
    shown = ", ".join(str(row) for row in listed[:ROWS_SHOWN])
    more = ", …" if len(listed) > ROWS_SHOWN else ""
    return f"1 row ({shown})" if len(listed) == 1 else f"{len(listed)} rows ({shown}{more})"
