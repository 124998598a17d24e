"""Records in the common data model of OMOP, version 5.4, on DuckDB or PostgreSQL.

The tables are asked twice: once as a whole for the concepts they hold, then a few thousand
patients at a time for the rows of the concepts that mean something, so that memory is bounded
by the partition. Both engines are asked the same expressions.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.records.bundle import (
    IMPUTATION_SCHEMA,
    INCOMPLETE_SCHEMA,
    NOTICE_SCHEMA,
    QUARANTINE_SCHEMA,
    Kind,
    Records,
    SourceFile,
)
from sequela.records.drugs import default_vocabulary
from sequela.records.reading import Reading
from sequela.records.schema import TABLES
from sequela.records.validate import Provenance, validate
from sequela.sources.omop_address import Address, parse_address
from sequela.sources.omop_concepts import ConceptMap, concept_map
from sequela.sources.omop_database import Database, connected, open_database
from sequela.sources.omop_drugs import DrugNames, name_drugs
from sequela.sources.omop_numbering import Numbering, key_sizes, number_rows
from sequela.sources.omop_partition import notices_of, ranges
from sequela.sources.omop_people import MARK, UNTITLED
from sequela.sources.omop_rows import Rows, read_rows
from sequela.sources.omop_survey import KIND, Survey, survey

ORIGINS: dict[str, tuple[str, ...]] = {
    "patients": ("person",),
    "diagnoses": ("condition_occurrence", "episode"),
    "exposures": ("drug_exposure",),
    "procedures": ("procedure_occurrence",),
    "biomarkers": ("measurement", "observation"),
    "metastases": ("condition_occurrence", "measurement", "observation"),
    "assessments": ("measurement", "observation", "episode"),
    "performance": ("measurement", "observation"),
}
"""The OMOP tables from which each canonical table is made. OMOP has no lesions of RECIST."""

_BECOMES = {
    "diagnoses": "diagnosis",
    "procedures": "procedure",
    "biomarkers": "biomarker",
    "metastases": "metastasis",
    "assessments": "response",
    "performance": "performance",
}
PATIENTS_AT_ONCE = 20_000


@frozen
class OmopSource:
    """Records in an OMOP database.

    Attributes
    ----------
    connection : str
        The path of a DuckDB file, or postgresql://user@host/database?schema=cdm; see `omop_address`.
    patients_at_once : int
        Patients of a partition; no result depends on it.
    """

    connection: str = field(repr=False)
    patients_at_once: int = PATIENTS_AT_ONCE

    def read(self) -> Records:
        """Read the whole database.

        Raises
        ------
        UsageError
            Where the connection text names no database, or the extra `omop` is not installed.
        RecordsError
            Where nothing answers, or tables and columns are missing: all of them at once.
        """
        with self._opened() as (database, plan):
            parts = list(_partitions(database, plan, self.patients_at_once))
        return _joined(parts, plan)

    def partitions(self) -> Iterator[Records]:
        """Read the database a few thousand patients at a time; each part is complete for its patients.

        The union of the parts is what `read` returns, apart from notices on the database as a
        whole, which stand in the first part.

        Raises
        ------
        UsageError, RecordsError
            As `read`.
        """
        with self._opened() as (database, plan):
            for place, part in enumerate(_partitions(database, plan, self.patients_at_once)):
                yield _joined([part], replace(plan, notices=plan.notices if place == 0 else plan.notices.clear()))

    @contextmanager
    def _opened(self) -> Iterator[tuple[Database, "_Plan"]]:
        address = parse_address(self.connection)
        concepts = concept_map(Path(address.concepts) if address.concepts else None)
        with connected(address) as backend:
            database = open_database(backend, address)
            yield database, _plan(database, address, concepts)


@frozen
class _Plan:
    """What is known of the database before the first patient is read."""

    concepts: ConceptMap
    provenance: Provenance
    named_by: str
    own: bool
    drugs: DrugNames
    surveys: Mapping[str, Survey]
    numberings: Mapping[str, Numbering]
    notices: pl.DataFrame


@frozen
class _Part:
    """One partition: its records, and what it counted."""

    records: Records
    tallies: tuple[pl.DataFrame, ...]
    texts: Mapping[str, bytes]


def _plan(database: Database, address: Address, concepts: ConceptMap) -> _Plan:
    about, own = _about(database)
    named_by = address.patients or ("person_source_value" if own else "person_id")
    if named_by == "person_source_value":
        _check_names(database)
    drugs = name_drugs(database, default_vocabulary())
    surveys = {table: survey(database, concepts, table) for table in KIND}
    sizes = key_sizes(database)
    return _Plan(
        concepts=concepts,
        provenance=replace(about, drugs=drugs.vocabulary),
        named_by=named_by,
        own=own,
        drugs=drugs,
        surveys=surveys,
        numberings={name: number_rows(database, _giving(name, surveys), sizes) for name in ORIGINS},
        notices=pl.concat([_lacking(database), drugs.notices, *(found.notices for found in surveys.values())]),
    )


def _giving(name: str, surveys: Mapping[str, Survey]) -> tuple[str, ...]:
    """Return the OMOP tables that hold concepts of a canonical table; the usual one where none does."""
    if name not in _BECOMES:
        return ORIGINS[name]
    there = tuple(table for table in ORIGINS[name] if _BECOMES[name] in surveys[table].meanings["becomes"])
    return there or ORIGINS[name][:1]


def _about(database: Database) -> tuple[Provenance, bool]:
    """Return what the database says of itself, and whether this program wrote it."""
    if "cdm_source" not in database.tables:
        return Provenance(time="dates"), False
    rows = database.fetch(database.tables["cdm_source"]).sort(pl.all())
    if rows.height != 1:
        return Provenance(time="dates"), False
    row = rows.row(0, named=True)
    title = row["cdm_source_name"] or ""
    mark, _, kind = (row["cdm_etl_reference"] or "").partition(": ")
    if mark != MARK or kind not in tuple(Kind):
        return Provenance(title=title, time="dates"), False
    citation = row["source_documentation_reference"] or ""
    return Provenance(Kind(kind), "" if title == UNTITLED else title, citation, "days"), True


def _check_names(database: Database) -> None:
    persons = database.tables["person"]
    names = persons.person_source_value
    lost_names = persons.count(where=names.isnull())
    asked = persons.aggregate(rows=names.count(), different=names.nunique(), lost=lost_names)
    rows, different, lost = database.fetch(asked).row(0)
    if lost or rows != different:
        found = f"person_source_value is missing {lost} times and repeated {rows - different} times"
        remedy = "Name the patients by person_id: ?patients=person_id."
        raise RecordsError(Problem(f"{database.address.shown}, table person", found, "a name for each person", remedy))


def _lacking(database: Database) -> pl.DataFrame:
    """Return a notice for every optional table that is absent."""
    lines = [
        ("", name, None, "", name, "a table that the database lacks; nothing was read from it", "")
        for name, kind in database.lacking
        if kind == "table"
    ]
    if database.fetch(database.tables["person"].count().as_table()).item() == 0:
        lines.append(("patients", "person", None, "", "person", "the table has no rows", ""))
    return pl.DataFrame(lines, schema=NOTICE_SCHEMA, orient="row")


def _partitions(database: Database, plan: _Plan, size: int) -> Iterator[_Part]:
    ids = database.fetch(database.tables["person"].select("person_id"))["person_id"]
    counted = dict.fromkeys(ORIGINS, 0)
    for part in ranges(ids, max(1, size)):
        rows = read_rows(database, part, plan.concepts, plan.surveys, plan.drugs, (plan.named_by, plan.own))
        yield _validated(rows, plan, counted)
        counted = {name: counted[name] + rows.tables[name].height for name in counted}


def _validated(rows: Rows, plan: _Plan, counted: Mapping[str, int]) -> _Part:
    readings, texts = {}, {}
    for name, frame in rows.tables.items():
        numbering = plan.numberings[name]
        numbered = numbering.number(frame, counted[name])
        columns = numbered.select("row", *TABLES[name].names)
        texts[name] = columns.write_csv(include_header=False).encode()
        flags = [flag for flag in ("unborn", "undated") if flag in numbered.columns]
        kept = numbered.select(*columns.columns, *flags)
        reading = Reading(TABLES[name], numbering.name, "", columns.height, kept)
        readings[name] = _refused(reading)
    records = validate(readings, plan.provenance)
    known = records.notices.filter(pl.col("column") != "drug")
    lost = rows.incomplete.join(records.table("patients").select("patient_id"), on="patient_id", how="semi")
    lost = pl.concat([records.incomplete, lost]).unique().sort("patient_id", "table")
    return _Part(replace(records, notices=known, incomplete=lost), rows.tallies, texts)


def _refused(reading: Reading) -> Reading:
    """Refuse what OMOP alone can hold: a death without a date, and rows before the birth."""
    if "undated" in reading.frame.columns:
        reading = reading.refuse("missing_value", pl.col("undated"), "death")
    column = "death" if reading.table.name == "patients" else reading.table.day_columns[0].name
    reading = reading.refuse("before_birth", pl.col("unborn"), column)
    return reading.with_frame(reading.frame.drop("unborn", "undated", strict=False))


def _joined(parts: list[_Part], plan: _Plan) -> Records:
    """Return the partitions as one bundle, tables in the order of the patients."""
    records = [part.records for part in parts]
    joined = {name: pl.concat([one.table(name) for one in records]) for name in TABLES}
    notices = [plan.notices, notices_of([line for part in parts for line in part.tallies])]
    return replace(
        records[0],
        tables=joined,
        sources=tuple(_source(name, parts, plan) for name in ORIGINS),
        quarantine=_by_table([one.quarantine for one in records], QUARANTINE_SCHEMA),
        imputations=_by_table([one.imputations for one in records], IMPUTATION_SCHEMA),
        notices=pl.concat([*notices, _by_table([one.notices for one in records], NOTICE_SCHEMA)]),
        incomplete=pl.concat([pl.DataFrame(schema=INCOMPLETE_SCHEMA), *(one.incomplete for one in records)]).sort(
            "patient_id", "table"
        ),
    )


def _by_table(frames: list[pl.DataFrame], schema: Mapping[str, Any]) -> pl.DataFrame:
    order = {name: place for place, name in enumerate(TABLES)}
    place = pl.col("table").replace_strict(order, default=len(order), return_dtype=pl.Int32)
    return pl.concat([pl.DataFrame(schema=schema), *frames]).sort(place, "row", "column", maintain_order=True)


def _source(table: str, parts: list[_Part], plan: _Plan) -> SourceFile:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.texts[table])
    sources = [source for part in parts for source in part.records.sources if source.table == table]
    read, kept = sum(one.rows_read for one in sources), sum(one.rows_kept for one in sources)
    name = plan.numberings[table].name
    return SourceFile(table, name, digest.hexdigest(), read, kept, read - kept)
