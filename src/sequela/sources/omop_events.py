"""Events of an OMOP database as rows of the canonical tables: diagnoses, metastases, results, responses.

Every function takes what `Found` holds of one partition and returns text columns of one
canonical table with `id` and `table`, the address of the row in OMOP.
"""

from collections.abc import Mapping

import polars as pl

from sequela.frozen import frozen
from sequela.sources.omop_concepts import ConceptMap, value_of_name
from sequela.sources.omop_database import EMPTY, Database
from sequela.sources.omop_partition import PersonRange, earliest_first, tally
from sequela.sources.omop_survey import MEANINGS, Survey, concepts_of, standard
from sequela.sources.omop_tables import cdm_tables

FIELDS = {"condition_occurrence": "condition_occurrence.condition_occurrence_id", "specimen": "specimen.specimen_id"}
"""Concepts that say to which table a measurement is linked, by their name in the vocabulary."""

_RESULTS = ("value_as_number", "value_as_concept_id", "unit_concept_id", "unit_source_value", "value_source_value")
_MORE = {
    "measurement": {
        **{name: name for name in _RESULTS},
        "operator_concept_id": "operator_concept_id",
        "linked": "measurement_event_id",
        "linked_field": "meas_event_field_concept_id",
    },
    "observation": {
        **{name: name for name in _RESULTS},
        "linked": "observation_event_id",
        "linked_field": "obs_event_field_concept_id",
        "as_text": "value_as_string",
    },
    "episode": {"parent": "episode_parent_id", "object": "episode_object_concept_id"},
}


@frozen
class Found:
    """Events of one partition whose concepts mean something here.

    Attributes
    ----------
    events : mapping of str to DataFrame
        By OMOP table: id, person_id, concept_id, written, day, becomes, value, organ, and what
        else the table says.
    """

    events: Mapping[str, pl.DataFrame]

    def becoming(self, what: str, *tables: str) -> pl.DataFrame:
        """Return the events that become one thing, of the tables named, with the column `table`."""
        frames = [
            frame.filter(pl.col("becomes") == what).with_columns(table=pl.lit(name)).sort("person_id", "id")
            for name, frame in self.events.items()
            if name in tables
        ]
        return pl.concat(frames, how="diagonal_relaxed")


def read_events(database: Database, part: PersonRange, surveys: Mapping[str, Survey]) -> Found:
    """Read the events of a range of persons whose concepts mean something."""
    return Found({table: _read(database, part, table, found.meanings) for table, found in surveys.items()})


def _read(database: Database, part: PersonRange, table: str, meanings: pl.DataFrame) -> pl.DataFrame:
    more = _MORE.get(table, {})
    by_number = meanings.filter(pl.col("written").is_null()).drop("written")
    by_text = meanings.filter(pl.col("written").is_not_null())
    if meanings.is_empty():
        contents = cdm_tables()[table].columns
        columns: dict[str, type[pl.DataType]] = {"id": pl.Int64, "person_id": pl.Int64, "day": pl.String, **MEANINGS}
        return pl.DataFrame(schema=columns | {new: EMPTY[contents[old]] for new, old in more.items()})
    rows = part.of(standard(database, table, *more.values()))
    chosen = rows.concept_id.isin(by_number["concept_id"].to_list())
    if by_text.height:
        chosen = chosen | rows.written.isin(by_text["written"].unique().to_list())
    frame = database.fetch(rows.filter(chosen)).rename({old: new for new, old in more.items() if new != old})
    exact = frame.join(by_number, on="concept_id", how="inner")
    return pl.concat([exact, frame.join(by_text, on=["concept_id", "written"], how="inner")])


@frozen
class Words:
    """Names of concepts that stand as values: results, units, operators, links.

    Attributes
    ----------
    names, results, grades, operators : mapping of int to str
        Names; canonical results; grades of performance; signs such as ">=".
    links : mapping of int to str
        Table to which a field concept points.
    """

    names: Mapping[int, str]
    results: Mapping[int, str]
    grades: Mapping[int, str]
    operators: Mapping[int, str]
    links: Mapping[int, str]


def read_words(database: Database, concepts: ConceptMap, found: Found) -> Words:
    """Look up the concepts that stand as values in the events found."""
    wanted: set[int] = set()
    for frame in found.events.values():
        for column in ("value_as_concept_id", "unit_concept_id", "linked_field"):
            if column in frame.columns:
                wanted.update(frame[column].drop_nulls().unique())
    known = concepts_of(database, sorted(wanted))
    exact = {number: meaning for number, concept in known.items() if (meaning := concepts.exact(concept))}
    tables = {name: table for table, name in FIELDS.items()}
    own = {number: value for number, value in concepts.ids("field").items() if value in FIELDS}
    return Words(
        names={number: concept.name for number, concept in known.items()},
        results=concepts.ids("result"),
        grades={number: meaning.value for number, meaning in exact.items() if meaning.becomes == "performance"},
        operators=concepts.ids("operator"),
        links={**own, **{n: tables[concept.name] for n, concept in known.items() if concept.name in tables}},
    )


def _named(column: str, names: Mapping[int, str]) -> pl.Expr:
    return pl.col(column).replace_strict(dict(names), default=None, return_dtype=pl.String)


def number_text(column: str) -> pl.Expr:
    """Return a number as text, whole numbers without a point."""
    return pl.col(column).cast(pl.Float64).cast(pl.String).str.replace(r"\.0$", "")


def _result(words: Words) -> pl.Expr:
    """Return a result as written: the number, else the concept, else the text of the source."""
    operator = _named("operator_concept_id", words.operators).fill_null("")
    number = pl.concat_str(operator, number_text("value_as_number"))
    concept = pl.coalesce(_named("value_as_concept_id", words.results), _named("value_as_concept_id", words.names))
    nothing = pl.col("value_as_concept_id").fill_null(0) == 0
    return pl.coalesce(number, pl.when(~nothing).then(concept), "as_text", "value_source_value")


def _with_results(events: pl.DataFrame, words: Words) -> pl.DataFrame:
    return events.with_columns(result=_result(words))


def biomarkers(database: Database, found: Found, words: Words) -> pl.DataFrame:
    """Return the results of markers, with the specimen they are linked to."""
    events = _with_results(found.becoming("biomarker", "measurement", "observation"), words)
    unit = pl.coalesce("unit_source_value", _named("unit_concept_id", words.names))
    linked = pl.when(_named("linked_field", words.links) == "specimen").then("linked")
    marked = events.with_columns(unit=unit, specimen_id=linked, marker="value").drop("value")
    return marked.join(_specimens(database, marked), on="specimen_id", how="left", maintain_order="left").rename(
        {"result": "value"}
    )


def _specimens(database: Database, events: pl.DataFrame) -> pl.DataFrame:
    ids = events["specimen_id"].drop_nulls().unique().to_list()
    if "specimen" not in database.tables:
        return pl.DataFrame(schema={"specimen_id": pl.Int64, "specimen": pl.String})
    rows = database.among("specimen", "specimen_id", ids).sort(pl.all()).unique("specimen_id", keep="first")
    said = pl.coalesce("specimen_source_value", "anatomic_site_source_value", "disease_status_source_value")
    return rows.select("specimen_id", specimen=said)


def performance(found: Found, words: Words) -> pl.DataFrame:
    """Return the grades of performance status, from the concept or from the result."""
    events = _with_results(found.becoming("performance", "measurement", "observation"), words)
    digit = pl.col("result").str.extract(r"^\D*(\d)\D*$")
    number = number_text("value_as_number")
    grade = _named("value_as_concept_id", words.grades)
    return events.with_columns(ecog=pl.coalesce("value", number, grade, digit, "result"))


def assessments(found: Found, words: Words) -> pl.DataFrame:
    """Return the responses, from the concept or from the result; of one organ where the concept says so."""
    events = _with_results(found.becoming("response", "measurement", "observation", "episode"), words)
    said = {text: value_of_name("response", text) for text in events["result"].drop_nulls().unique()}
    known = {text: response for text, response in said.items() if response}
    response = pl.coalesce("value", pl.col("result").replace(known))
    return events.with_columns(response=response)


def procedures(found: Found) -> pl.DataFrame:
    """Return surgery and radiotherapy."""
    return found.becoming("procedure", "procedure_occurrence").with_columns(kind="value")


def metastases(found: Found, every_row: bool) -> tuple[pl.DataFrame, tuple[pl.DataFrame, ...]]:
    """Return the organs with metastases, each by the day it was first recorded."""
    events = found.becoming("metastasis", "condition_occurrence", "measurement", "observation")
    if every_row:
        return events, ()
    first, repeats = earliest_first(events, ["person_id", "organ"])
    place = {"table": "metastases", "file": "condition_occurrence"}
    return first, (tally(repeats, place, "a metastasis recorded again; the first record of each organ was taken"),)


def diagnoses(found: Found, words: Words, every_row: bool) -> tuple[pl.DataFrame, tuple[pl.DataFrame, ...]]:
    """Return the diagnoses with the stage and histology linked to them.

    A diagnosis repeated at every visit is one diagnosis, on its first day, unless `every_row`.
    """
    conditions = found.becoming("diagnosis", "condition_occurrence")
    attached = {what: found.becoming(what, "measurement", "observation") for what in ("stage", "histology")}
    tallies = []
    for what, events in attached.items():
        linked = _linked(_with_results(events, words), words)
        known = linked.select("linked", pl.col("result").alias(what)).unique("linked", keep="first")
        conditions = conditions.join(known, left_on="id", right_on="linked", how="left", maintain_order="left")
        place = {"table": "diagnoses", "file": "measurement", "column": what}
        alone = events.height - linked.join(conditions, left_on="linked", right_on="id", how="semi").height
        tallies.append(tally(alone, place, f"a {what} that is linked to no diagnosis; it was not read"))
    events = pl.concat([conditions, found.becoming("diagnosis", "episode")], how="diagonal_relaxed")
    events = events.with_columns(kind="value")
    if every_row:
        return events, tuple(tallies)
    told = _without_echoes(events)
    one = ["person_id", "kind", "organ", "histology"]
    attached_once = told.sort("day", "id", nulls_last=True).with_columns(_told_of(one[:3], "histology"))
    attached_once = attached_once.with_columns(_told_of(one, "stage")).sort("person_id", "table", "id")
    first, _ = earliest_first(attached_once, one)
    place = {"table": "diagnoses", "file": "condition_occurrence"}
    repeated = events.height - first.height
    tallies.append(tally(repeated, place, "a diagnosis recorded again; the first record of each was taken"))
    return first, tuple(tallies)


def _told_of(key: list[str], column: str) -> pl.Expr:
    """Return the column with its gaps filled by the first that is told under the same key."""
    return pl.coalesce(column, pl.col(column).drop_nulls().first().over(key))


def _linked(events: pl.DataFrame, words: Words) -> pl.DataFrame:
    """Return the events linked to a condition."""
    return events.filter(_named("linked_field", words.links) == "condition_occurrence").sort("id")


def _without_echoes(events: pl.DataFrame) -> pl.DataFrame:
    """Leave out the episodes that repeat a kind of diagnosis which the conditions of the person hold."""
    told = events.filter(pl.col("table") == "condition_occurrence").select("person_id", "kind").unique()
    episodes = events.filter(pl.col("table") == "episode").join(told, on=["person_id", "kind"], how="anti")
    return pl.concat([events.filter(pl.col("table") != "episode"), episodes.sort("person_id", "id")])
