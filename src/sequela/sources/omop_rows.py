"""One partition of an OMOP database as text columns of the canonical tables."""

from collections.abc import Mapping

import polars as pl

from sequela.frozen import frozen
from sequela.records.schema import TABLES, Table
from sequela.sources.omop_concepts import ConceptMap
from sequela.sources.omop_database import Database
from sequela.sources.omop_drugs import DrugNames
from sequela.sources.omop_events import (
    assessments,
    biomarkers,
    diagnoses,
    metastases,
    performance,
    procedures,
    read_events,
    read_words,
)
from sequela.sources.omop_exposures import exposures, treatment_settings
from sequela.sources.omop_partition import PersonRange, earlier
from sequela.sources.omop_people import read_people
from sequela.sources.omop_survey import Survey


@frozen
class Rows:
    """The rows of one partition, before they are judged.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        By canonical table: its columns as text, id and table (the address in OMOP), and the flag
        `unborn`: before the birth.
    incomplete : DataFrame
        patient_id, table.
    tallies : tuple of DataFrame
    """

    tables: Mapping[str, pl.DataFrame]
    incomplete: pl.DataFrame
    tallies: tuple[pl.DataFrame, ...]


def read_rows(
    database: Database,
    part: PersonRange,
    concepts: ConceptMap,
    surveys: Mapping[str, Survey],
    drugs: DrugNames,
    naming: tuple[str, bool],
) -> Rows:
    """Read one range of persons; `naming` is the column that names them, and whether we wrote it."""
    named_by, own = naming
    people = read_people(database, part, concepts, named_by, own)
    found = read_events(database, part, surveys)
    words = read_words(database, concepts, found)
    settings, setting_notes = treatment_settings(database, part, concepts, found)
    given, given_notes = exposures(database, part, drugs, settings, people.lives)
    first, first_notes = diagnoses(found, words, own)
    spread, spread_notes = metastases(found, own)
    events = {
        "diagnoses": first,
        "procedures": procedures(found),
        "biomarkers": biomarkers(database, found, words),
        "metastases": spread,
        "assessments": assessments(found, words),
        "performance": performance(found, words),
    }
    lived = {"exposures": given, **{name: people.lives.of(frame) for name, frame in events.items()}}
    patients = people.patients.with_columns(table=pl.lit("person"))
    tables = {"patients": _canonical(patients, TABLES["patients"])}
    tables |= {name: _canonical(frame, TABLES[name]) for name, frame in lived.items()}
    tallies = (*people.tallies, *setting_notes, *given_notes, *first_notes, *spread_notes)
    return Rows({name: tables[name] for name in TABLES if name in tables}, people.incomplete, tallies)


def _canonical(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return the columns of a canonical table as text; those that OMOP does not have are null."""
    columns = [
        pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, pl.String).alias(name)
        for name in table.names
    ]
    day = table.day_columns[0].name
    unborn = pl.col("unborn") if table.name == "patients" else earlier(pl.col(day), pl.col("born"))
    flags = [unborn.alias("unborn")]
    if "undated" in frame.columns:
        flags.append(pl.col("undated").fill_null(False))
    # In the order of the persons, so that partitions follow one another as one table.
    ordered = frame.sort("person_id", "table", "id", maintain_order=True)
    return _counted_from_day_zero(ordered.select("id", "table", *columns, *flags, "day_zero"), table).drop("day_zero")


def _counted_from_day_zero(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return days instead of dates for patients whose day 0 stands for no date of the calendar."""
    zero = pl.col("day_zero").str.to_date(strict=False)
    if frame["day_zero"].null_count() == frame.height:
        return frame
    counted = [
        pl.when(zero.is_not_null())
        .then((pl.col(column.name).str.to_date(strict=False) - zero).dt.total_days().cast(pl.String))
        .otherwise(column.name)
        .alias(column.name)
        for column in table.day_columns
    ]
    return frame.with_columns(counted)
