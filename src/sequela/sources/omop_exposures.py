"""Drug exposures of an OMOP database: names, stops, settings by episode, reasons for stopping."""

import polars as pl

from sequela.sources.omop_concepts import ConceptMap, value_of_name
from sequela.sources.omop_database import Database
from sequela.sources.omop_drugs import DrugNames
from sequela.sources.omop_events import Found, number_text
from sequela.sources.omop_partition import Lives, PersonRange, earlier, tally
from sequela.sources.omop_survey import concepts_of, standard

_MORE = {
    "ends": "drug_exposure_end_date",
    "ended": "verbatim_end_date",
    "said": "stop_reason",
    "quantity": "quantity",
    "unit": "dose_unit_source_value",
    "route": "route_source_value",
    "route_concept": "route_concept_id",
}
_PLACE = {"table": "exposures", "file": "drug_exposure"}


def exposures(
    database: Database, part: PersonRange, drugs: DrugNames, settings: pl.DataFrame, lives: Lives
) -> tuple[pl.DataFrame, tuple[pl.DataFrame, ...]]:
    """Return every drug exposure of a range of persons as text columns of the canonical table.

    An end that OMOP demands and that equals the start is no stop, unless the source itself gave
    it (verbatim_end_date). An end after the death is taken as the death: it was reckoned from
    the days of supply.
    """
    rows = database.fetch(part.of(standard(database, "drug_exposure", *_MORE.values())))
    frame = rows.rename({old: new for new, old in _MORE.items() if new != old}).sort("person_id", "id")
    frame = _named(frame, drugs).join(settings, left_on="id", right_on="event_id", how="left", maintain_order="left")
    reasons = {text: value_of_name("stop reason", text) or "other" for text in frame["said"].drop_nulls().unique()}
    reckoned = pl.when(pl.col("ends") != pl.col("day")).then("ends")
    frame = lives.of(frame).with_columns(
        table=pl.lit("drug_exposure"),
        start="day",
        stop=pl.coalesce("ended", reckoned),
        reason_stopped=pl.col("said").replace(reasons),
        dose=pl.when(pl.col("unit").is_not_null()).then(number_text("quantity")),
        route=pl.coalesce("route", _routes(database, frame)),
    )
    outlived = earlier(pl.col("died"), pl.col("stop")) & ~earlier(pl.col("died"), pl.col("start"))
    count = frame.select(outlived.sum()).item()
    shortened = pl.when(outlived).then("died").otherwise("stop").alias("stop")
    meaning = "a course that ends after the death; the death was taken as its stop"
    tallies = [tally(count, {**_PLACE, "column": "stop"}, meaning)]
    return frame.with_columns(shortened), (*tallies, *_unknown_reasons(frame, reasons))


def _named(frame: pl.DataFrame, drugs: DrugNames) -> pl.DataFrame:
    whole = pl.col("written").is_null()
    by_number = drugs.names.filter(whole).select("concept_id", usual="drug").unique("concept_id")
    by_text = drugs.names.filter(~whole).rename({"drug": "here"})
    named = frame.join(by_number, on="concept_id", how="left", maintain_order="left")
    named = named.join(by_text, on=["concept_id", "written"], how="left", maintain_order="left")
    return named.with_columns(drug=pl.coalesce("here", "usual")).drop("here", "usual")


def _routes(database: Database, frame: pl.DataFrame) -> pl.Expr:
    names = concepts_of(database, frame["route_concept"].drop_nulls().unique().to_list())
    routes = {number: concept.name for number, concept in names.items()}
    return pl.col("route_concept").replace_strict(routes, default=None, return_dtype=pl.String)


def _unknown_reasons(frame: pl.DataFrame, reasons: dict[str, str]) -> tuple[pl.DataFrame, ...]:
    strange = [text for text, reason in reasons.items() if reason == "other" and not value_of_name("stop reason", text)]
    counts = dict(frame.filter(pl.col("said").is_in(strange)).group_by("said").len().rows())
    meaning = "a reason for stopping that is not known; it was taken as other"
    return tuple(
        tally(rows, {**_PLACE, "column": "reason_stopped"}, meaning, found=text) for text, rows in counts.items()
    )


def treatment_settings(
    database: Database, part: PersonRange, concepts: ConceptMap, found: Found
) -> tuple[pl.DataFrame, tuple[pl.DataFrame, ...]]:
    """Return the setting of each exposure that belongs to a treatment episode: event_id, setting.

    By the text of the episode, its object, or the metastatic disease it is a part of. Episodes
    that contradict each other leave the setting open.
    """
    empty = pl.DataFrame(schema={"event_id": pl.Int64, "setting": pl.String})
    episodes = found.events.get("episode")
    if episodes is None or "episode_event" not in database.tables or episodes.is_empty():
        return empty, ()
    disease = episodes.filter(becomes="diagnosis").select("id", disease="value").unique("id", keep="first")
    treatments = episodes.filter(becomes="treatment").join(disease, left_on="parent", right_on="id", how="left")
    written = {text: value_of_name("setting", text) for text in treatments["written"].drop_nulls().unique()}
    known = {text: setting for text, setting in written.items() if setting}
    by_text = pl.col("written").replace_strict(known, default=None, return_dtype=pl.String)
    by_object = pl.col("object").replace_strict(concepts.ids("setting"), default=None, return_dtype=pl.String)
    by_disease = pl.when(pl.col("disease") == "metastatic").then(pl.lit("metastatic"))
    decided = treatments.select("id", setting=pl.coalesce(by_text, by_object, by_disease)).drop_nulls()
    links = _links(database, part, concepts).join(decided, left_on="episode_id", right_on="id")
    settled = links.group_by("event_id").agg(pl.col("setting").unique())
    clear = settled.filter(pl.col("setting").list.len() == 1).with_columns(pl.col("setting").list.first())
    meaning = "early and metastatic by two episodes; the setting was left open"
    return clear, (tally(settled.height - clear.height, {**_PLACE, "column": "setting"}, meaning),)


def _links(database: Database, part: PersonRange, concepts: ConceptMap) -> pl.DataFrame:
    """Return episode_id and event_id of the exposures linked to an episode."""
    episodes = part.of(database.tables["episode"]).select("episode_id")
    events = database.tables["episode_event"]
    fields = [number for number, value in concepts.ids("field").items() if value == "drug_exposure"]
    joined = events.filter(events.episode_event_field_concept_id.isin(fields)).join(episodes, "episode_id")
    return database.fetch(joined.select("episode_id", "event_id")).unique()
