"""Patients as rows of OMOP: person, care_site, observation_period, death, and our notes."""

from datetime import date

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.sources.omop_concepts import concept_map
from sequela.sources.omop_people import DAY_ZERO, INCOMPLETE, PLACEHOLDER

UNTYPED = 0
"""Type concept of every row: the records do not say how each one came to be."""


@frozen
class Calendar:
    """Which date a day is.

    Attributes
    ----------
    day_zero : date
        Stands for day 0 where `origin_date` is not known.
    """

    day_zero: date

    def dated(self, records: Records, table: str) -> pl.DataFrame:
        """Return a canonical table with person_id, and its days as dates."""
        persons = numbered(records).select("patient_id", "person_id", origin=self._origin())
        rows = records.table(table).join(persons, on="patient_id", how="inner", maintain_order="left")
        days = [name for name, kind in rows.schema.items() if name in _DAYS and kind == pl.Int32]
        dates = [(pl.col("origin") + pl.duration(days=pl.col(name))).cast(pl.Date).alias(name) for name in days]
        return rows.with_columns(dates)

    def _origin(self) -> pl.Expr:
        return pl.col("origin_date").fill_null(pl.lit(self.day_zero))


_DAYS = ("day", "start", "stop", "birth_day", "observed_from", "last_contact", "death")


def numbered(records: Records) -> pl.DataFrame:
    """Return the patients with person_id, counted from 1 in the order of the table."""
    return (
        records.table("patients").with_row_index("person_id", offset=1).with_columns(pl.col("person_id").cast(pl.Int64))
    )


def people_rows(records: Records, calendar: Calendar) -> dict[str, pl.DataFrame]:
    """Return the rows of the tables that describe persons."""
    people = calendar.dated(records, "patients").with_columns(placeholder=pl.col("origin_date").is_null())
    sites = people["centre"].drop_nulls().unique().sort()
    site_of = {site: number for number, site in enumerate(sites, start=1)}
    concepts = concept_map()
    sex_of = {value: number for number, value in concepts.ids("sex").items()}
    birth = pl.col("birth_day")
    person = people.select(
        "person_id",
        gender_concept_id=pl.col("sex").replace_strict(sex_of, default=0, return_dtype=pl.Int64),
        year_of_birth=birth.dt.year(),
        month_of_birth=birth.dt.month(),
        day_of_birth=birth.dt.day(),
        race_concept_id=pl.lit(0),
        ethnicity_concept_id=pl.lit(0),
        care_site_id=pl.col("centre").replace_strict(site_of, default=None, return_dtype=pl.Int64),
        person_source_value="patient_id",
        gender_source_value="sex",
    )
    seen = people.filter(pl.col("observed_from").is_not_null() | pl.col("last_contact").is_not_null())
    return {
        "person": person,
        "care_site": pl.DataFrame({"care_site_id": list(site_of.values()), "care_site_name": list(site_of)}),
        "observation_period": seen.select(
            "person_id",
            observation_period_id="person_id",
            observation_period_start_date="observed_from",
            observation_period_end_date="last_contact",
            period_type_concept_id=pl.lit(UNTYPED),
        ),
        "death": people.filter(pl.col("death").is_not_null()).select(
            "person_id", death_date="death", death_type_concept_id=pl.lit(UNTYPED)
        ),
        "observation": _notes(records, people),
    }


def _notes(records: Records, people: pl.DataFrame) -> pl.DataFrame:
    """Return what OMOP has no field for: day 0, the age on it, and where rows were refused."""
    zero = people.select(
        "person_id",
        observation_date="origin",
        value_as_number="age_at_origin",
        value_as_string=pl.when("placeholder").then(pl.lit(PLACEHOLDER)),
        observation_source_value=pl.lit(DAY_ZERO),
    )
    lost = records.incomplete.join(people.select("patient_id", "person_id", "origin"), on="patient_id").select(
        "person_id",
        observation_date="origin",
        value_as_string="table",
        observation_source_value=pl.lit(INCOMPLETE),
    )
    notes = pl.concat([zero, lost], how="diagonal").with_row_index("observation_id", offset=1)
    return notes.with_columns(observation_concept_id=pl.lit(0), observation_type_concept_id=pl.lit(UNTYPED))
