"""The columns of a study under the names of what they are, and the kind of event of each row of a timeline."""

import re
from dataclasses import replace

import polars as pl

from sequela.frozen import frozen
from sequela.records.drugs import DrugVocabulary
from sequela.sources.cbioportal_entries import TIMELINE_FIELDS, ColumnEntry, Entries, looked_up
from sequela.sources.cbioportal_files import StudyFile

MARKERS = ("marker", "marker at diagnosis")
_JOINED = ("group", "vital status")
_UNKNOWN = "no_place"


@frozen
class MarkerColumn:
    """A column of results: its header, its marker, and whether it is of the primary tumour."""

    header: str
    marker: str
    at_diagnosis: bool


@frozen
class Sorted:
    """A file of a study with its columns under the names of their fields.

    Attributes
    ----------
    file : StudyFile
    frame : DataFrame
        row (Int32), one String column per field of the map (null where the file has none), the
        columns of `markers` under their headers, and for timelines `kind` and `why`, the meaning of the
        entry of the map that told the kind.
    markers : tuple of MarkerColumn
    unused : tuple of (str, str)
        Headers that were not used, each with the reason the map gives or "".
    """

    file: StudyFile
    frame: pl.DataFrame
    markers: tuple[MarkerColumn, ...]
    unused: tuple[tuple[str, str], ...]


def sort_columns(file: StudyFile, entries: Entries, fields: tuple[str, ...]) -> Sorted:
    """Put the columns of a file under the names of their fields.

    Where several columns are the same field, the first filled one in the order of the map counts;
    the groups of a treatment are joined.
    """
    known = {name: entries.column(file.role, name) for name in file.columns}
    order = {id(entry): place for place, entry in enumerate(entries.columns)}
    found = sorted(((name, entry) for name, entry in known.items() if entry), key=lambda pair: order[id(pair[1])])
    by_field: dict[str, list[str]] = {}
    for name, entry in found:
        by_field.setdefault(entry.field, []).append(name)
    columns = [_field(field, by_field.get(field, [])) for field in fields if field not in (*MARKERS, "unused")]
    markers = tuple(_marker(name, entry) for name, entry in found if entry.field in MARKERS)
    kept = [pl.col(marker.header) for marker in markers]
    own = file.frame.select("row", *kept, *(column for column in columns))
    unused = tuple(
        (name, entry.note if entry else "") for name, entry in known.items() if entry is None or entry.field == "unused"
    )
    # What no field takes is not kept: the rows of a file stand in memory once.
    return Sorted(replace(file, frame=file.frame.select("row")), own, markers, unused)


def _marker(name: str, entry: ColumnEntry) -> MarkerColumn:
    return MarkerColumn(name, entry.detail, entry.field == "marker at diagnosis")


def _field(field: str, names: list[str]) -> pl.Expr:
    alias = f"{field}."
    if not names:
        return pl.lit(None, pl.String).alias(alias)
    if field in _JOINED:
        joined = pl.concat_str(names, separator="|", ignore_nulls=True)
        return pl.when(joined != "").then(joined).alias(alias)
    return pl.coalesce(names).alias(alias)


def sort_events(file: StudyFile, entries: Entries, drugs: DrugVocabulary) -> Sorted:
    """Put the columns of a timeline under their fields, and tell the kind of event of every row."""
    columns = sort_columns(file, entries, tuple(TIMELINE_FIELDS))
    markers = [pl.col(marker.header).is_not_null() for marker in columns.markers]
    frame = columns.frame.with_columns(
        pl.col("event.").str.to_lowercase().fill_null("").alias("e"),
        pl.col("group.").str.to_lowercase().fill_null("").alias("g"),
        pl.any_horizontal(pl.lit(value=False), *markers).alias("marked"),
    )
    number: pl.Expr = pl.lit(-1)
    for place, entry in reversed(list(enumerate(entries.events))):
        if entry.file and not re.search(entry.file, file.topic):
            continue
        filled = {"": pl.lit(value=True), "marker": pl.col("marked")}.get(entry.filled)
        when = pl.col(f"{entry.filled}.").is_not_null() if filled is None else filled
        when = when & pl.col("e").str.contains(entry.event) if entry.event else when
        when = when & pl.col("g").str.contains(entry.group) if entry.group else when
        number = pl.when(when).then(pl.lit(place)).otherwise(number)
    kinds = dict(enumerate(entry.kind for entry in entries.events)) | {-1: _UNKNOWN}
    meanings = dict(enumerate(entry.meaning for entry in entries.events)) | {-1: ""}
    frame = _named_drugs(frame, entries, drugs).with_columns(number=number)
    frame = frame.with_columns(
        kind=pl.col("number").replace_strict(kinds, return_dtype=pl.String),
        why=pl.col("number").replace_strict(meanings, return_dtype=pl.String),
    )
    frame = _by_word(frame, entries)
    return Sorted(columns.file, frame.drop("e", "g", "marked", "known", "number"), columns.markers, columns.unused)


def _by_word(frame: pl.DataFrame, entries: Entries) -> pl.DataFrame:
    """Correct the kind of the rows whose cells say that something is not there, or that the patient has died."""
    before, site = (
        looked_up(frame[f"{field}."], entries.meanings(words)).alias(words)
        for field, words in (("treated before", "treated before"), ("tumour site", "no site"))
    )
    # Bare numbers under STATUS are codes of anything; only words say who lives.
    status = looked_up(frame["status."], entries.meanings("alive")).alias("alive")
    frame = frame.with_columns(before, site, status)
    lives = pl.col("kind").is_in(["assessment", _UNKNOWN]) & pl.col("status.").str.contains(r"[A-Za-z]")
    known, kind = pl.col("known"), pl.col("kind")
    changes = (
        # A radioactive drug is a drug, whatever the group; `60 Gy` and `EBRT` under AGENT are none.
        (kind.is_in(["radiotherapy", "surgery"]) & known, "treatment", "a drug"),
        ((kind == "treatment") & (pl.col("treated before") == "no"), "unread", "a note that nothing was given before"),
        ((kind == "site") & pl.col("no site").is_not_null(), "unread", "an image without a tumour site"),
        (lives & (pl.col("alive") == "dead"), "death", "a death"),
        (lives & (pl.col("alive") == "alive"), "follow-up", "a day on which the patient was known alive"),
    )
    for when, other, why in changes:
        when = when.fill_null(value=False)
        frame = frame.with_columns(
            kind=pl.when(when).then(pl.lit(other)).otherwise("kind"),
            why=pl.when(when).then(pl.lit(why)).otherwise("why"),
        )
    return frame.drop("treated before", "no site", "alive")


def _named_drugs(frame: pl.DataFrame, entries: Entries, drugs: DrugVocabulary) -> pl.DataFrame:
    """Add whether the vocabulary knows the drug; give placeholders such as INVESTIGATIVE their name."""
    placeholder = looked_up(frame["drug."], entries.meanings("agent")).alias("placeholder")
    frame = frame.with_columns(placeholder).with_columns(pl.coalesce("placeholder", "drug.").alias("drug."))
    known = [name for name in frame["drug."].drop_nulls().unique() if drugs.resolve(name)]
    return frame.drop("placeholder").with_columns(known=pl.col("drug.").is_in(known).fill_null(value=False))


def without_days(file: StudyFile, entries: Entries) -> tuple[tuple[str, str], ...]:
    """Return what to say of a timeline whose header has no column of days that the map knows."""
    known = [entries.column(file.role, name) for name in file.columns]
    if file.role != "timeline" or any(entry and entry.field == "start" for entry in known):
        return ()
    remedy = "Name the column START_DATE, or add it to the study's own sequela_columns.csv."
    return (("the timeline has no column of days that is known", remedy),)


def unread_topic(file: StudyFile, entries: Entries) -> str:
    """Return why a timeline is not read as a whole, or ""."""
    for entry in entries.events:
        whole = entry.kind == "unread" and entry.file and not (entry.event or entry.group or entry.filled)
        if whole and re.search(entry.file, file.topic):
            return entry.meaning
    return ""
