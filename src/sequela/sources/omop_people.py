"""Who the persons of an OMOP database are, and from when to when they were observed."""

import polars as pl

from sequela.frozen import frozen
from sequela.sources.omop_concepts import ConceptMap
from sequela.sources.omop_database import Database
from sequela.sources.omop_partition import Lives, PersonRange, earlier, tally
from sequela.sources.omop_survey import standard

DAY_ZERO, INCOMPLETE, PLACEHOLDER = "sequela: day 0", "sequela: incomplete", "the calendar is unknown"
"""Texts by which a database that this program wrote says what OMOP has no field for."""

MARK, UNTITLED = "sequela", "untitled"
"""How such a database is marked, in cdm_etl_reference, and what stands there for no title."""

_PLACE = {"table": "patients", "file": "person"}


@frozen
class People:
    """The persons of one partition.

    Attributes
    ----------
    patients : DataFrame
        Columns of the canonical table as text, `id` (person_id), and two flags: `undated`, a
        death without a date, and `unborn`, a death before the birth.
    lives : Lives
    incomplete : DataFrame
        patient_id, table: what an earlier reading refused.
    tallies : tuple of DataFrame
    """

    patients: pl.DataFrame
    lives: Lives
    incomplete: pl.DataFrame
    tallies: tuple[pl.DataFrame, ...]


def read_people(database: Database, part: PersonRange, concepts: ConceptMap, named_by: str, own: bool) -> People:
    """Read the persons of a range, with their observation and death."""
    persons = database.fetch(part.of(database.tables["person"])).sort(pl.all())
    notes = _notes(database, part, own)
    observed, death = _observed(database, part), _death(database, part)
    joined = persons.rename({"person_id": "id"}).with_columns(person_id="id")
    for beside in (observed, death, _centres(database, persons), notes.filter(written=DAY_ZERO)):
        joined = joined.join(beside.drop("written", strict=False), on=_key(beside), how="left", maintain_order="left")
    patients = joined.with_columns(
        patient_id=pl.col(named_by).cast(pl.String),
        sex=_sex(concepts),
        birth_day=_birth(),
        placeholder=(pl.col("note") == PLACEHOLDER).fill_null(False),
        later=earlier(pl.col("death"), pl.col("ended")),
    ).with_columns(born=_first_date(pl.col("birth_day")))
    patients = patients.with_columns(
        last_contact=pl.when("later").then("death").otherwise("ended"),
        unborn=earlier(pl.col("death"), pl.col("born")),
        day_zero=pl.when("placeholder").then("noted"),
        origin_date=pl.when(~pl.col("placeholder")).then("noted"),
    )
    lives = patients.select("person_id", "patient_id", "born", died="death", day_zero="day_zero")
    lost = notes.filter(written=INCOMPLETE).join(lives, on="person_id").select("patient_id", table="note")
    tallies = _tallies(patients)
    return People(patients, Lives(lives.unique("person_id", keep="first")), lost, tallies)


def _key(beside: pl.DataFrame) -> str:
    return "care_site_id" if "care_site_id" in beside.columns else "person_id"


def _observed(database: Database, part: PersonRange) -> pl.DataFrame:
    """Return person_id, observed_from, ended, and whether a later period begins after a gap."""
    periods = database.fetch(part.of(database.tables["observation_period"])).select(
        "person_id", start="observation_period_start_date", end="observation_period_end_date"
    )
    ordered = periods.sort("person_id", "start", "end")
    before = pl.col("end").shift(1).over("person_id").cum_max().over("person_id")
    gap = (pl.col("start").str.to_date(strict=False) - before.str.to_date(strict=False)).dt.total_days() > 1
    marked = ordered.with_columns(gap=gap.fill_null(False))
    return marked.group_by("person_id").agg(
        observed_from=pl.col("start").min(), ended=pl.col("end").max(), gap=pl.col("gap").any()
    )


def _death(database: Database, part: PersonRange) -> pl.DataFrame:
    """Return person_id, death (the earliest date), undated, and whether two dates differ."""
    rows = database.fetch(part.of(database.tables["death"]))
    dated = rows.select("person_id", day=pl.coalesce("death_date", "death_datetime"))
    return dated.group_by("person_id").agg(
        death=pl.col("day").min(),
        undated=pl.col("day").is_null().all(),
        deaths=pl.col("day").drop_nulls().n_unique(),
    )


def _centres(database: Database, persons: pl.DataFrame) -> pl.DataFrame:
    wanted = persons["care_site_id"].drop_nulls().unique().to_list()
    schema = {"care_site_id": pl.Int64, "centre": pl.String}
    if "care_site" not in database.tables:
        return pl.DataFrame({"care_site_id": wanted, "centre": [str(site) for site in wanted]}, schema=schema)
    sites = database.among("care_site", "care_site_id", wanted).sort(pl.all()).unique("care_site_id", keep="first")
    name = pl.coalesce("care_site_name", "care_site_source_value", pl.col("care_site_id").cast(pl.String))
    return sites.select("care_site_id", centre=name)


def _notes(database: Database, part: PersonRange, own: bool) -> pl.DataFrame:
    """Return what this program noted beside the persons when it wrote the database."""
    schema = {"person_id": pl.Int64, "written": pl.String, "noted": pl.String, "note": pl.String}
    schema = {**schema, "age_at_origin": pl.String}
    if not own or "observation" not in database.tables:
        return pl.DataFrame(schema=schema)
    rows = part.of(standard(database, "observation", "value_as_number", "value_as_string"))
    found = database.fetch(rows.filter(rows.written.isin([DAY_ZERO, INCOMPLETE]))).sort("id")
    age = pl.col("value_as_number").cast(pl.String)
    return found.select("person_id", "written", noted="day", note="value_as_string", age_at_origin=age)


def _sex(concepts: ConceptMap) -> pl.Expr:
    by_number = pl.col("gender_concept_id").replace_strict(concepts.ids("sex"), default=None, return_dtype=pl.String)
    letters = {"f": "female", "m": "male", "female": "female", "male": "male"}
    written = pl.col("gender_source_value").str.strip_chars().str.to_lowercase()
    return pl.coalesce(by_number, written.replace_strict(letters, default=None, return_dtype=pl.String))


def _birth() -> pl.Expr:
    """Return the birth as far as it is known: year, month, day."""
    year = pl.col("year_of_birth").cast(pl.String).str.zfill(4)
    month, day = (pl.col(f"{part}_of_birth").cast(pl.String).str.zfill(2) for part in ("month", "day"))
    return (
        pl.when(day.is_not_null() & month.is_not_null())
        .then(pl.format("{}-{}-{}", year, month, day))
        .when(month.is_not_null())
        .then(pl.format("{}-{}", year, month))
        .when(year.is_not_null())
        .then(year)
        .otherwise("birth_datetime")
    )


def _first_date(birth: pl.Expr) -> pl.Expr:
    filled = pl.when(birth.str.len_chars() == 4).then(pl.format("{}-01-01", birth))
    return filled.when(birth.str.len_chars() == 7).then(pl.format("{}-01", birth)).otherwise(birth)


def _tallies(patients: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    count = patients.select(
        gap=pl.col("gap").sum(),
        later=pl.col("later").sum(),
        deaths=(pl.col("deaths") > 1).sum(),
        sex=pl.col("sex").is_null().sum(),
    ).row(0, named=True)
    return (
        tally(
            count["gap"],
            {**_PLACE, "column": "observed_from"},
            "observed with a gap between two periods; the gap counts as observed",
            "Leave these patients out if treatment in the gap would matter.",
        ),
        tally(
            count["later"],
            {**_PLACE, "column": "last_contact"},
            "observed beyond the death; the death was taken as the last contact",
        ),
        tally(count["deaths"], {**_PLACE, "column": "death"}, "two dates of death; the earlier was taken"),
        tally(
            count["sex"], {**_PLACE, "column": "sex"}, "a sex that is not recorded as female or male; it was left empty"
        ),
    )
