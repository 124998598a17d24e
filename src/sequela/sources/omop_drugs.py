"""Drugs of an OMOP database: the names of their ingredients in the vocabulary, never a list of numbers."""

import re
from collections.abc import Iterable, Mapping

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import NOTICE_SCHEMA
from sequela.records.drugs import JOINER, DrugVocabulary
from sequela.records.names import fold, key
from sequela.sources.omop_concepts import Concept
from sequela.sources.omop_database import Database
from sequela.sources.omop_survey import KEYS, concepts_of, count_concepts, count_written

AGAINST_CANCER = ("L", "V10")
"""ATC groups whose drugs may treat a tumour: one that the vocabulary lacks stays unknown."""

NOT_AGAINST_CANCER = "other medicine"
"""Class of an ingredient that OMOP knows, that has an ATC code, and none of these groups."""


@frozen
class DrugNames:
    """How the drugs of a database are called here.

    Attributes
    ----------
    names : DataFrame
        concept_id, written (null: whatever the source wrote), drug.
    vocabulary : DrugVocabulary
        The built-in one, with the ingredients that are known not to treat a tumour.
    notices : DataFrame
        One line per name that stays unknown.
    """

    names: pl.DataFrame
    vocabulary: DrugVocabulary
    notices: pl.DataFrame


def name_drugs(database: Database, vocabulary: DrugVocabulary) -> DrugNames:
    """Name every drug of the table drug_exposure.

    By the ingredients of its concept, by the name of its concept, by the text of the source; a
    name that stays unknown is kept as it is written, with a notice.
    """
    counted = count_concepts(database, "drug_exposure")
    concepts = concepts_of(database, counted["concept_id"].to_list())
    ingredients = _ingredients(database, concepts)
    extended = _extended(
        database, vocabulary, {name: number for parts in ingredients.values() for number, name in parts}
    )
    called = {number: _call(concept, ingredients.get(number, ()), extended) for number, concept in concepts.items()}
    known = {number: name for number, (name, sure) in called.items() if sure}
    written = count_written(database, "drug_exposure", [n for n in counted["concept_id"] if n not in known])
    by_text = {
        (number, text): (text and extended.canonical(text)) or called.get(number, (text, False))[0]
        for number, text in written.select("concept_id", "written").rows()
    }
    rows = [(number, None, name) for number, name in known.items()]
    rows += [(*pair, name) for pair, name in by_text.items() if name]
    names = pl.DataFrame(rows, schema={**KEYS, "drug": pl.String}, orient="row")
    unknown = _count_unknown(written, by_text, extended)
    return DrugNames(names, extended, _notices(unknown, extended))


def _ingredients(database: Database, concepts: Mapping[int, Concept]) -> dict[int, tuple[tuple[int, str], ...]]:
    """Return the ingredients of each drug concept, number and name, in alphabetical order."""
    if "concept_ancestor" not in database.tables:
        return {}
    above = database.among("concept_ancestor", "descendant_concept_id", concepts)
    candidates = database.among("concept", "concept_id", above["ancestor_concept_id"].unique().to_list())
    single = candidates.filter(pl.col("concept_class_id") == "Ingredient").select("concept_id", "concept_name")
    pairs = above.join(single, left_on="ancestor_concept_id", right_on="concept_id")
    found: dict[int, set[tuple[int, str]]] = {}
    for drug, number, name in pairs.select("descendant_concept_id", "ancestor_concept_id", "concept_name").rows():
        found.setdefault(drug, set()).add((number, name))
    return {drug: tuple(sorted(parts, key=lambda part: part[1])) for drug, parts in found.items()}


def _call(concept: Concept, parts: tuple[tuple[int, str], ...], vocabulary: DrugVocabulary) -> tuple[str, bool]:
    """Return the name of a drug concept, and whether the vocabulary knows it."""
    names = [_plain(name) if _plain(name) in vocabulary.ingredients else name for _, name in parts]
    tries = [JOINER.join(names), " / ".join(name for _, name in parts), concept.name]
    sure = next((known for one in tries if one and (known := vocabulary.canonical(one))), None)
    return (sure, True) if sure else (JOINER.join(names) or concept.name, False)


def _plain(name: str) -> str:
    """Return an ingredient's name without the signs by which combinations are written."""
    return " ".join(re.sub(r"[^\w\s-]+|\band\b", " ", fold(name)).split())


def _extended(database: Database, vocabulary: DrugVocabulary, numbers: Mapping[str, int]) -> DrugVocabulary:
    """Add the ingredients that are unknown here, and of which the ATC says that they treat no tumour."""
    unknown = {name: number for name, number in numbers.items() if vocabulary.canonical(name) is None}
    groups = _groups(database, unknown.values())
    harmless = {
        _plain(name): number
        for name, number in sorted(unknown.items())
        if groups.get(number) and not any(code.startswith(AGAINST_CANCER) for code in groups[number])
    }
    rows = [
        {"name": name, "class": NOT_AGAINST_CANCER, "modality": "supportive", "source": f"OMOP concept {number}"}
        for name, number in harmless.items()
        if name and key(name) not in vocabulary.names and vocabulary.resolve(name) is None
    ]
    return vocabulary.extended(rows, where="concept") if rows else vocabulary


def _groups(database: Database, ids: Iterable[int]) -> dict[int, set[str]]:
    """Return the ATC codes above each ingredient."""
    if "concept_ancestor" not in database.tables:
        return {}
    above = database.among("concept_ancestor", "descendant_concept_id", ids)
    concepts = database.among("concept", "concept_id", above["ancestor_concept_id"].unique().to_list())
    atc = concepts.filter(pl.col("vocabulary_id") == "ATC").select("concept_id", "concept_code")
    pairs = above.join(atc, left_on="ancestor_concept_id", right_on="concept_id")
    found: dict[int, set[str]] = {}
    for number, code in pairs.select("descendant_concept_id", "concept_code").rows():
        found.setdefault(number, set()).add(code)
    return found


def _count_unknown(
    written: pl.DataFrame, by_text: Mapping[tuple[int, str | None], str | None], vocabulary: DrugVocabulary
) -> dict[str, int]:
    counts: dict[str, int] = {}
    for number, text, rows in written.rows():
        name = by_text[number, text]
        if name and vocabulary.canonical(name) is None:
            counts[name] = counts.get(name, 0) + rows
    return counts


def _notices(counts: Mapping[str, int], vocabulary: DrugVocabulary) -> pl.DataFrame:
    lines: list[tuple[str, str, None, str, str, str, str]] = []
    for name, rows in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        near = vocabulary.candidates(name) if len(lines) < MOST_SUGGESTIONS else ()
        remedy = (f"Nearest: {', '.join(near)}. " if near else "") + "Correct the source, or map it to an ingredient."
        found = f"{name}: {rows} {'row' if rows == 1 else 'rows'}"
        meaning = "a drug that the vocabulary lacks; it is kept as written"
        lines.append(("exposures", "drug_exposure", None, "drug", found, meaning, remedy))
    return pl.DataFrame(lines, schema=NOTICE_SCHEMA, orient="row")


MOST_SUGGESTIONS = 200
"""Unknown names that get suggestions, the most frequent first."""
