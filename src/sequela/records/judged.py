"""Parts of the patients, each judged by itself, joined to one bundle as if they had been judged together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import (
    IMPUTATION_SCHEMA,
    INCOMPLETE_SCHEMA,
    NOTICE_SCHEMA,
    QUARANTINE_SCHEMA,
    SourceFile,
)
from sequela.records.drugs import DrugVocabulary
from sequela.records.normalise import suggest_names
from sequela.records.origins import TimeSeen
from sequela.records.partitions import sorted_table
from sequela.records.schema import TABLES

Frames = Mapping[str, pl.DataFrame]


@frozen
class Judged:
    """What was found of some patients. The mappings go from the names of tables to frames.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        Canonical rows, in the order of the file; by patient where there are other parts.
    sources : tuple of SourceFile
        Counted in these patients' rows alone.
    quarantine, imputations : mapping of str to DataFrame
        By row.
    noticed_before, notices : mapping of str to DataFrame
        What was noticed before the rows were judged, and while they were.
    incomplete : DataFrame
        By patient.
    seen : TimeSeen
    leans_on_others : bool
        Whether what a number means was told from `seen`.
    """

    tables: Frames
    sources: tuple[SourceFile, ...]
    quarantine: Frames
    imputations: Frames
    noticed_before: Frames
    notices: Frames
    incomplete: pl.DataFrame
    seen: TimeSeen
    leans_on_others: bool


def by_patient(part: Judged) -> Judged:
    """Return a part with its tables by patient, each patient's rows in the order of the file."""
    return replace(part, tables={name: sorted_table(table) for name, table in part.tables.items()})


def join_tables(parts: Sequence[Judged]) -> dict[str, pl.DataFrame]:
    """Return the canonical tables under one another, without a copy."""
    if len(parts) == 1:
        return dict(parts[0].tables)
    return {
        name: pl.concat([part.tables[name] for part in parts]).with_columns(pl.col("patient_id").set_sorted())
        for name in parts[0].tables
    }


def join_sources(parts: Sequence[Judged]) -> tuple[SourceFile, ...]:
    """Return the files with the rows of all parts counted."""
    return tuple(
        replace(
            same[0],
            rows_read=sum(one.rows_read for one in same),
            rows_kept=sum(one.rows_kept for one in same),
            rows_quarantined=sum(one.rows_quarantined for one in same),
        )
        for same in zip(*(part.sources for part in parts), strict=True)
    )


def join_quarantine(parts: Sequence[Judged]) -> pl.DataFrame:
    """Return the refused rows, by table and row."""
    if not any(frame.height for part in parts for frame in part.quarantine.values()):
        return pl.DataFrame(schema=QUARANTINE_SCHEMA)
    frames = [_of_table([part.quarantine for part in parts], name).sort("row") for name in _given(parts)]
    return pl.concat([pl.DataFrame(schema=QUARANTINE_SCHEMA), *frames])


def join_imputations(parts: Sequence[Judged]) -> pl.DataFrame:
    """Return the partial dates, by table, row and column."""
    if not any(frame.height for part in parts for frame in part.imputations.values()):
        return pl.DataFrame(schema=IMPUTATION_SCHEMA)
    frames = [
        _of_table([part.imputations for part in parts], name).sort("row", _place(name), maintain_order=True)
        for name in _given(parts)
    ]
    return pl.concat([pl.DataFrame(schema=IMPUTATION_SCHEMA), *frames])


def join_notices(parts: Sequence[Judged], drugs: DrugVocabulary) -> pl.DataFrame:
    """Return the notices, by table: those from before, then those on rows, by column and row."""
    frames = []
    for name in _given(parts):
        frames.append(_of_table([part.noticed_before for part in parts], name))
        found = _of_table([part.notices for part in parts], name)
        if found.height:
            frames.append(suggest_names(found.sort(_place(name), "row", maintain_order=True), drugs))
    return pl.concat([pl.DataFrame(schema=NOTICE_SCHEMA), *frames])


def join_incomplete(parts: Sequence[Judged]) -> pl.DataFrame:
    """Return the kept patients who lost rows, by patient and table."""
    return pl.concat([pl.DataFrame(schema=INCOMPLETE_SCHEMA), *(part.incomplete for part in parts)])


def _given(parts: Sequence[Judged]) -> list[str]:
    return [name for name in TABLES if name in parts[0].tables]


def _of_table(frames: Sequence[Frames], name: str) -> pl.DataFrame:
    return pl.concat([frame[name] for frame in frames])


def _place(table: str) -> pl.Expr:
    """Return the place of a line's column in its table."""
    order = {column: place for place, column in enumerate(TABLES[table].names)}
    return pl.col("column").replace_strict(order, return_dtype=pl.Int32)
