"""Canonical records as an OMOP database: a minimal CDM 5.4 with the concepts it uses.

Standard concepts are used where `concepts.csv` has them; whatever has none gets a concept of the
vocabulary "sequela" with a number above two thousand million, the range OMOP leaves to local
concepts. Where OMOP demands a date that the records do not have, the cell stays empty: an
invented date would be read as a known one.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.sources.omop_address import Address, parse_address
from sequela.sources.omop_cdm_rows import clinical_rows
from sequela.sources.omop_concept_rows import book_of, concept_rows
from sequela.sources.omop_database import connected, explained, ibis_module
from sequela.sources.omop_losses import Loss, not_held
from sequela.sources.omop_people import MARK, UNTITLED
from sequela.sources.omop_people_rows import Calendar, people_rows
from sequela.sources.omop_tables import cdm_tables

VERSION_5_4 = 756265
"""Concept of "OMOP CDM Version 5.4.0"."""

_POLARS: Mapping[str, Any] = MappingProxyType(
    {"id": pl.Int64, "number": pl.Float64, "date": pl.Date, "text": pl.String}
)
_IBIS = {"id": "int64", "number": "float64", "date": "date", "text": "string"}


@frozen
class Written:
    """What was written.

    Attributes
    ----------
    rows : mapping of str to int
        Rows of each OMOP table.
    losses : tuple of Loss
        What OMOP could not hold, with the number of values.
    """

    rows: Mapping[str, int]
    losses: tuple[Loss, ...]


def write_omop(records: Records, connection: str, *, day_zero: date | None = None) -> Written:
    """Write records into a DuckDB file or a PostgreSQL schema that has no such tables yet.

    Parameters
    ----------
    records : Records
    connection : str
        As for `OmopSource`.
    day_zero : date, optional
        The date that stands for day 0 of the patients whose calendar is not known; the database
        says that it is no real date, and reading it gives days again.

    Raises
    ------
    RecordsError
        Where tables are there already, or the calendar of a patient is unknown and `day_zero`
        is not given.
    UsageError
        Where the connection text names no database.
    """
    address = parse_address(connection)
    calendar = _calendar(records, day_zero)
    book = book_of(records)
    frames = {**people_rows(records, calendar), **clinical_rows(records, calendar, book)}
    frames |= {**concept_rows(book), "cdm_source": _about(records)}
    with connected(address, writing=True) as backend:
        _refuse_to_overwrite(backend, address)
        for name in cdm_tables():
            _create(backend, address, name, frames.get(name, pl.DataFrame()))
    rows = {name: frames[name].height if name in frames else 0 for name in cdm_tables()}
    return Written(MappingProxyType(rows), not_held(records))


def _calendar(records: Records, day_zero: date | None) -> Calendar:
    lost = records.table("patients")["origin_date"].null_count()
    if lost and day_zero is None:
        found = f"{lost} patients have no date for their day 0, and OMOP has no days without dates"
        remedy = "Give day_zero, a date that stands for it; the database will say that it is none."
        raise RecordsError(Problem("patients, column origin_date", found, "a date", remedy))
    return Calendar(day_zero or date(1970, 1, 1))


def _about(records: Records) -> pl.DataFrame:
    stamp = date(1970, 1, 1)  # The same records give the same database on every day.
    return pl.DataFrame(
        {
            "cdm_source_name": [records.title or UNTITLED],
            "cdm_source_abbreviation": [MARK],
            "cdm_holder": [MARK],
            "source_description": [f"{records.kind} records, written by sequela"],
            "source_documentation_reference": [records.citation or None],
            "cdm_etl_reference": [f"{MARK}: {records.kind}"],
            "source_release_date": [stamp],
            "cdm_release_date": [stamp],
            "cdm_version": ["v5.4"],
            "cdm_version_concept_id": [VERSION_5_4],
            "vocabulary_version": [MARK],
        }
    )


def _refuse_to_overwrite(backend: Any, address: Address) -> None:
    with explained(address):
        if address.schema and address.schema not in backend.list_databases():
            backend.create_database(address.schema)
        there = {name.lower() for name in backend.list_tables(database=address.schema or None)}
    taken = sorted(there & set(cdm_tables()))
    if taken:
        found = "there are tables of OMOP already: " + ", ".join(taken)
        raise RecordsError(Problem(address.shown, found, "an empty schema", "Name another file or schema."))


def _create(backend: Any, address: Address, name: str, frame: pl.DataFrame) -> None:
    """Create one table with every column of the data model, and fill it."""
    contents = cdm_tables()[name].columns
    schema = ibis_module().schema({column: _IBIS[content] for column, content in contents.items()})
    strange = set(frame.columns) - set(contents)
    assert not strange, f"{name} has no columns {strange}"
    columns = [
        (pl.col(column) if column in frame.columns else pl.lit(None)).cast(_POLARS[content]).alias(column)
        for column, content in contents.items()
    ]
    with explained(address):
        backend.create_table(name, schema=schema, database=address.schema or None)
        if frame.height:
            backend.insert(name, frame.select(columns).to_arrow(), database=address.schema or None)
