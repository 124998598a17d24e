"""Diagnoses, drugs, procedures, results and responses as rows of OMOP."""

from collections.abc import Callable

import polars as pl

from sequela.records.bundle import Records
from sequela.sources.omop_concept_rows import ConceptBook
from sequela.sources.omop_concepts import Meaning
from sequela.sources.omop_events import number_text
from sequela.sources.omop_people_rows import UNTYPED, Calendar

AS_GIVEN = "as given"
"""Unit of a dose: the records do not say which."""


def clinical_rows(records: Records, calendar: Calendar, book: ConceptBook) -> dict[str, pl.DataFrame]:
    """Return the rows of the tables of events."""
    diagnoses = _with_ids(calendar.dated(records, "diagnoses"), 1)
    metastases = _with_ids(calendar.dated(records, "metastases"), 1 + diagnoses.height)
    markers = calendar.dated(records, "biomarkers")
    specimens = _with_ids(markers.filter(pl.col("specimen").is_not_null()), 1)
    exposures = _with_ids(calendar.dated(records, "exposures"), 1)
    responses, grades = calendar.dated(records, "assessments"), calendar.dated(records, "performance")
    measured = (
        _biomarkers(markers, specimens, book),
        _responses(responses, book),
        _grades(grades, book),
        *(_attached(diagnoses, what, book) for what in ("stage", "histology")),
    )
    return {
        "condition_occurrence": pl.concat([_diagnoses(diagnoses, book), _metastases(metastases, book)]),
        "drug_exposure": _exposures(exposures, book),
        "procedure_occurrence": _procedures(calendar.dated(records, "procedures"), book),
        "measurement": _measurements(measured),
        "specimen": specimens.select(
            "person_id",
            specimen_id="id",
            specimen_concept_id=pl.lit(0),
            specimen_type_concept_id=pl.lit(UNTYPED),
            specimen_date="day",
            specimen_source_value="specimen",
        ),
        **_episodes(exposures, book),
    }


def _with_ids(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    return frame.with_columns(id=pl.int_range(first, first + pl.len(), dtype=pl.Int64))


def _numbers(frame: pl.DataFrame, book: ConceptBook, meaning: Callable[..., Meaning], *columns: str) -> pl.Series:
    """Return the concept of each row, by what the columns say."""
    return pl.Series([book.number(meaning(*row)) for row in frame.select(columns).iter_rows()], dtype=pl.Int64)


def _diagnoses(frame: pl.DataFrame, book: ConceptBook) -> pl.DataFrame:
    numbers = _numbers(frame, book, lambda kind, organ: Meaning("diagnosis", kind, organ or ""), "kind", "organ")
    return _conditions(frame, numbers, pl.col("kind"))


def _metastases(frame: pl.DataFrame, book: ConceptBook) -> pl.DataFrame:
    numbers = _numbers(frame, book, lambda organ: Meaning("metastasis", "", organ), "organ")
    return _conditions(frame, numbers, pl.format("metastasis: {}", "organ"))


def _conditions(frame: pl.DataFrame, numbers: pl.Series, written: pl.Expr) -> pl.DataFrame:
    return frame.select(
        "person_id",
        condition_occurrence_id="id",
        condition_concept_id=numbers,
        condition_start_date="day",
        condition_type_concept_id=pl.lit(UNTYPED),
        condition_source_value=written,
    )


def _exposures(frame: pl.DataFrame, book: ConceptBook) -> pl.DataFrame:
    number_of = {drug: numbers[0] for drug, numbers in book.drugs.items()}
    return frame.select(
        "person_id",
        drug_exposure_id="id",
        drug_concept_id=pl.col("drug").replace_strict(number_of, default=0, return_dtype=pl.Int64),
        drug_exposure_start_date="start",
        drug_exposure_end_date=pl.coalesce("stop", "start"),
        verbatim_end_date="stop",
        drug_type_concept_id=pl.lit(UNTYPED),
        stop_reason="reason_stopped",
        quantity="dose",
        dose_unit_source_value=pl.when(pl.col("dose").is_not_null()).then(pl.lit(AS_GIVEN)),
        drug_source_value="drug",
        route_source_value="route",
    )


def _procedures(frame: pl.DataFrame, book: ConceptBook) -> pl.DataFrame:
    numbers = _numbers(frame, book, lambda kind, organ: Meaning("procedure", kind, organ or ""), "kind", "organ")
    return _with_ids(frame, 1).select(
        "person_id",
        procedure_occurrence_id="id",
        procedure_concept_id=numbers,
        procedure_date="day",
        procedure_type_concept_id=pl.lit(UNTYPED),
        procedure_source_value="kind",
    )


def _biomarkers(frame: pl.DataFrame, specimens: pl.DataFrame, book: ConceptBook) -> pl.DataFrame:
    numbers = _numbers(frame, book, lambda marker: Meaning("biomarker", marker), "marker")
    results = {value: number for number, value in book.concepts.ids("result").items()}
    linked = frame.join(specimens.select("row", specimen_id="id"), on="row", how="left", maintain_order="left")
    number = pl.col("value").cast(pl.Float64, strict=False)
    parsed = linked.with_columns(number=number).with_columns(
        number=pl.when(pl.col("number").is_finite() & (number_text("number") == pl.col("value"))).then("number")
    )
    return parsed.select(
        "person_id",
        "day",
        concept=numbers,
        number="number",
        result=pl.col("value").replace_strict(results, default=None, return_dtype=pl.Int64),
        text="value",
        unit="unit",
        written="marker",
        linked="specimen_id",
        field=pl.when(pl.col("specimen_id").is_not_null()).then(book.number(Meaning("field", "specimen"))),
    )


def _responses(frame: pl.DataFrame, book: ConceptBook) -> pl.DataFrame:
    numbers = _numbers(frame, book, lambda organ: Meaning("response", "", organ or ""), "organ")
    return frame.select("person_id", "day", concept=numbers, text="response", written=pl.lit("response"))


def _grades(frame: pl.DataFrame, book: ConceptBook) -> pl.DataFrame:
    numbers = _numbers(frame, book, lambda ecog: Meaning("performance", str(ecog)), "ecog")
    number = pl.col("ecog").cast(pl.Float64)
    return frame.select("person_id", "day", concept=numbers, number=number, written=pl.lit("ECOG"))


def _attached(diagnoses: pl.DataFrame, what: str, book: ConceptBook) -> pl.DataFrame:
    """Return the stages or histologies, linked to their diagnosis."""
    field = next(n for n, value in book.concepts.ids("field").items() if value == "condition_occurrence")
    return diagnoses.filter(pl.col(what).is_not_null()).select(
        "person_id",
        "day",
        concept=pl.lit(book.number(Meaning(what)), pl.Int64),
        text=what,
        written=pl.lit(what),
        linked="id",
        field=pl.lit(field, pl.Int64),
    )


def _measurements(frames: tuple[pl.DataFrame, ...]) -> pl.DataFrame:
    return _with_ids(pl.concat(frames, how="diagonal_relaxed"), 1).select(
        "person_id",
        measurement_id="id",
        measurement_concept_id="concept",
        measurement_date="day",
        measurement_type_concept_id=pl.lit(UNTYPED),
        value_as_number="number",
        value_as_concept_id="result",
        measurement_source_value="written",
        unit_source_value="unit",
        value_source_value="text",
        measurement_event_id="linked",
        meas_event_field_concept_id="field",
    )


def _episodes(exposures: pl.DataFrame, book: ConceptBook) -> dict[str, pl.DataFrame]:
    """Return a treatment episode per patient and setting, with the exposures that belong to it."""
    known = exposures.filter(pl.col("setting").is_not_null())
    episodes = _with_ids(
        known.group_by("person_id", "setting", maintain_order=True).agg(
            first=pl.col("start").min(), last=pl.max_horizontal("start", "stop").max()
        ),
        1,
    )
    treatment = book.concepts.number_of("treatment", "")
    field = next(n for n, value in book.concepts.ids("field").items() if value == "drug_exposure")
    linked = known.join(episodes.select("person_id", "setting", episode="id"), on=["person_id", "setting"])
    return {
        "episode": episodes.select(
            "person_id",
            episode_id="id",
            episode_concept_id=pl.lit(treatment),
            episode_start_date="first",
            episode_end_date="last",
            episode_object_concept_id=pl.lit(0),
            episode_type_concept_id=pl.lit(UNTYPED),
            episode_source_value="setting",
        ),
        "episode_event": linked.select(
            episode_id="episode", event_id="id", episode_event_field_concept_id=pl.lit(field, pl.Int64)
        ),
    }
