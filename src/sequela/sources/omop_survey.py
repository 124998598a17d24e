"""Which concepts a table holds, how often, and what they become: asked of the database once."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import NOTICE_SCHEMA
from sequela.sources.omop_concepts import Concept, ConceptMap, Meaning
from sequela.sources.omop_database import Database, ibis_module
from sequela.sources.omop_tables import EVENT_TABLES

KIND = {
    "condition_occurrence": "condition",
    "procedure_occurrence": "procedure",
    "measurement": "measurement",
    "observation": "measurement",
    "episode": "episode",
}
KEYS: dict[str, type[pl.DataType]] = {"concept_id": pl.Int64, "written": pl.String}
MEANINGS: dict[str, type[pl.DataType]] = {**KEYS, "becomes": pl.String, "value": pl.String, "organ": pl.String}
REGIONAL = "regional nodes"
OWN_NOTE = "sequela: "
UNKNOWN = (
    "a concept that is read as nothing here",
    "Nothing, unless it belongs here: then list it in a file of concepts (?concepts=FILE).",
)
NODES = (
    "lymph nodes that may be regional; they are not read as metastases",
    "List the concept as a metastasis in a file of concepts (?concepts=FILE) if the nodes are distant.",
)


@frozen
class Survey:
    """What the concepts of one table become.

    Attributes
    ----------
    meanings : DataFrame
        concept_id, written (null: whatever the source wrote), becomes, value, organ.
    notices : DataFrame
        One line per concept whose rows are not read, with their number.
    """

    meanings: pl.DataFrame
    notices: pl.DataFrame


def standard(database: Database, table: str, *more: str) -> Any:
    """Return the rows of a table of events: id, person_id, concept_id, written, day, and further columns.

    The concept is the standard one, or that of the source where there is none (0), else 0.
    """
    ibis = ibis_module()
    event = EVENT_TABLES[table]
    rows = database.tables[table]
    zero = ibis.literal(0, "int64")
    chosen = ibis.coalesce(rows[event.concept].nullif(zero), rows[event.source_concept].nullif(zero), zero)
    named = {"id": event.key, "person_id": "person_id", "written": event.written, "day": event.day}
    columns = {new: rows[old] for new, old in named.items()} | {name: rows[name] for name in more}
    return rows.select(concept_id=chosen, **columns)


def count_concepts(database: Database, table: str) -> pl.DataFrame:
    """Return concept_id and rows, by concept."""
    rows = standard(database, table)
    return database.fetch(rows.group_by("concept_id").aggregate(rows=rows.count())).sort("concept_id")


def count_written(database: Database, table: str, concepts: list[int]) -> pl.DataFrame:
    """Return concept_id, written and rows for some concepts, by what the source wrote."""
    rows = standard(database, table)
    if len(concepts) > 5_000:
        # So many numbers do not fit into one question; the rest is told apart here.
        counted = database.fetch(rows.group_by(["concept_id", "written"]).aggregate(rows=rows.count()))
        return counted.filter(pl.col("concept_id").is_in(concepts)).sort("concept_id", "written")
    chosen = rows.filter(rows.concept_id.isin(concepts)) if concepts else rows.limit(0)
    counted = chosen.group_by(["concept_id", "written"]).aggregate(rows=chosen.count())
    return database.fetch(counted).sort("concept_id", "written")


def concepts_of(database: Database, ids: list[int]) -> dict[int, Concept]:
    """Return the vocabulary's rows for some concepts; those it lacks are absent."""
    rows = database.among("concept", "concept_id", [number for number in ids if number])
    columns = rows.select("concept_id", "concept_name", "vocabulary_id", "concept_code")
    return {line[0]: Concept(line[0], *(part or "" for part in line[1:])) for line in columns.rows()}


def survey(database: Database, concepts: ConceptMap, table: str) -> Survey:
    """Ask a table for its concepts and say what each becomes.

    A concept is known by its number, its code, its name, its ancestors, and at last by the text
    of the source.
    """
    if table not in database.tables:
        return Survey(pl.DataFrame(schema=MEANINGS), pl.DataFrame(schema=NOTICE_SCHEMA))
    counted = count_concepts(database, table)
    named = concepts_of(database, counted["concept_id"].to_list())
    found = {number: concepts.meaning(KIND[table], concept) for number, concept in named.items()}
    known = {number: meaning for number, meaning in found.items() if meaning}
    if table == "condition_occurrence":
        known |= _by_ancestors(database, concepts, [number for number in named if number not in known])
    unknown = [number for number in counted["concept_id"] if number not in known]
    written = count_written(database, table, unknown)
    by_text = {
        (number, text): meaning
        for number, text, _ in written.rows()
        if text and (meaning := concepts.meaning(KIND[table], Concept(0, text)))
    }
    rows = [(number, None, *_row(meaning)) for number, meaning in known.items()]
    rows += [(*key, *_row(meaning)) for key, meaning in by_text.items()]
    meanings = pl.DataFrame(rows, schema=MEANINGS, orient="row")
    names = {number: concept.name for number, concept in named.items()}
    lost = [line for line in written.rows() if (line[0], line[1]) not in by_text and not _noted(line[1])]
    near = pl.col("becomes") == REGIONAL
    nodes = _rows_of(meanings.filter(near), counted, written)
    notices = [_unread(table, lost, names, UNKNOWN), _unread(table, nodes, names, NODES)]
    return Survey(meanings.filter(~near), pl.concat(notices))


def _noted(text: str | None) -> bool:
    return bool(text) and str(text).startswith(OWN_NOTE)


def _rows_of(meanings: pl.DataFrame, counted: pl.DataFrame, written: pl.DataFrame) -> list[tuple[int, str | None, int]]:
    """Return concept_id, written and rows of some meanings."""
    by_number, by_text = dict(counted.rows()), {line[:2]: line[2] for line in written.rows()}
    keys = meanings.select("concept_id", "written").rows()
    return [(number, text, by_number[number] if text is None else by_text[number, text]) for number, text in keys]


def _row(meaning: Meaning) -> tuple[str | None, ...]:
    return meaning.becomes, meaning.value or None, meaning.organ or None


def _by_ancestors(database: Database, concepts: ConceptMap, ids: list[int]) -> dict[int, Meaning]:
    """Return the meaning of conditions below a known kind of tumour; metastatic before primary.

    Only the general ones count: what lies below a tumour of the breast is no more than malignant.
    """
    if "concept_ancestor" not in database.tables:
        return {}
    general = {n: m for n, m in concepts.by_id.items() if m.becomes == "diagnosis" and not m.organ}
    above = database.among("concept_ancestor", "descendant_concept_id", ids)
    pairs = above.select("descendant_concept_id", "ancestor_concept_id").rows()
    found: dict[int, Meaning] = {}
    for below, ancestor in sorted(pairs):
        meaning = general.get(ancestor)
        if meaning and found.get(below, Meaning("", "primary")).value == "primary":
            found[below] = meaning
    return found


def _unread(
    table: str, lost: list[tuple[int, str | None, int]], names: Mapping[int, str], words: tuple[str, str]
) -> pl.DataFrame:
    """Return one notice per concept whose rows are not read, the most frequent first."""
    counts: dict[str, int] = {}
    for number, text, rows in lost:
        label = f"{number} {names.get(number, '(not in the vocabulary)')}" if number else f"0 {text or '(no text)'}"
        counts[label] = counts.get(label, 0) + rows
    column = EVENT_TABLES[table].concept
    lines = [
        ("", table, None, column, f"{label}: {rows} {'row' if rows == 1 else 'rows'}", *words)
        for label, rows in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    return pl.DataFrame(lines, schema=NOTICE_SCHEMA, orient="row")
