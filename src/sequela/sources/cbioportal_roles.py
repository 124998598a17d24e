"""The columns of a study under the names of what they are, and the kind of event of each row of a timeline."""

import re
from dataclasses import dataclass

import polars as pl

from sequela.records.drugs import DrugVocabulary
from sequela.sources.cbioportal_entries import TIMELINE_FIELDS, ColumnEntry, Entries, looked_up
from sequela.sources.cbioportal_files import StudyFile

MARKERS = ("marker", "marker at diagnosis")
_JOINED = ("group", "vital status")
_UNKNOWN = "no_place"


@dataclass(frozen=True, slots=True)
class MarkerColumn:
    """A column of results: its header, its marker, and whether it is of the primary tumour."""

    header: str
    marker: str
    at_diagnosis: bool


@dataclass(frozen=True, slots=True)
class Sorted:
    """A file of a study with its columns under the names of their fields.

    Attributes
    ----------
    file : StudyFile
    frame : DataFrame
        row (Int32), one String column per field of the map (null where the file has none), the
        columns of `markers` under their headers, and for timelines `kind`.
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
    return Sorted(file, own, markers, unused)


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
    kind: pl.Expr = pl.lit(_UNKNOWN)
    for entry in reversed(entries.events):
        if entry.file and not re.search(entry.file, file.topic):
            continue
        filled = {"": pl.lit(value=True), "marker": pl.col("marked")}.get(entry.filled)
        when = pl.col(f"{entry.filled}.").is_not_null() if filled is None else filled
        when = when & pl.col("e").str.contains(entry.event) if entry.event else when
        when = when & pl.col("g").str.contains(entry.group) if entry.group else when
        kind = pl.when(when).then(pl.lit(entry.kind)).otherwise(kind)
    frame = _named_drugs(frame, entries, drugs).with_columns(kind=kind)
    # A radioactive drug is a drug, whatever the group; `60 Gy` and `EBRT` under AGENT are none.
    is_drug = pl.col("kind").is_in(["radiotherapy", "surgery"]) & pl.col("known")
    frame = frame.with_columns(kind=pl.when(is_drug).then(pl.lit("treatment")).otherwise("kind"))
    return Sorted(file, frame.drop("e", "g", "marked", "known"), columns.markers, columns.unused)


def _named_drugs(frame: pl.DataFrame, entries: Entries, drugs: DrugVocabulary) -> pl.DataFrame:
    """Add whether the vocabulary knows the drug; give placeholders such as INVESTIGATIVE their name."""
    placeholder = looked_up(frame["drug."], entries.meanings("agent")).alias("placeholder")
    frame = frame.with_columns(placeholder).with_columns(pl.coalesce("placeholder", "drug.").alias("drug."))
    known = [name for name in frame["drug."].drop_nulls().unique() if drugs.resolve(name)]
    return frame.drop("placeholder").with_columns(known=pl.col("drug.").is_in(known).fill_null(value=False))


def unread_topic(file: StudyFile, entries: Entries) -> str:
    """Return why a timeline is not read as a whole, or ""."""
    for entry in entries.events:
        whole = entry.kind == "unread" and entry.file and not (entry.event or entry.group or entry.filled)
        if whole and re.search(entry.file, file.topic):
            return entry.meaning
    return ""
