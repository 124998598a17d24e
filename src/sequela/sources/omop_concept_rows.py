"""The concepts that written records need: standard ones by number, our own for the rest."""

from collections.abc import Mapping

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.sources.omop_concepts import OWN_VOCABULARY, ConceptMap, Meaning, concept_map, own_code
from sequela.sources.omop_events import FIELDS

FIRST_LOCAL = 2_000_000_001
"""Where the numbers begin that OMOP leaves to local concepts."""

_PHRASES = {
    ("diagnosis", "primary"): "Malignant neoplasm",
    ("diagnosis", "recurrence"): "Recurrent malignant neoplasm",
    ("diagnosis", "metastatic"): "Metastatic disease",
    ("metastasis", ""): "Secondary malignant neoplasm",
    ("response", ""): "Tumour response",
}
_DOMAINS = {"diagnosis": "Condition", "metastasis": "Condition", "procedure": "Procedure", "field": "Metadata"}


@frozen
class ConceptBook:
    """Number of every concept that the records need.

    Attributes
    ----------
    concepts : ConceptMap
        The standard ones.
    local : mapping of Meaning to int
        Our own, by what they mean.
    drugs : mapping of str to tuple of int
        Per known drug: its own number, then those of its ingredients.
    drug_names : mapping of int to str
    """

    concepts: ConceptMap
    local: Mapping[Meaning, int]
    drugs: Mapping[str, tuple[int, ...]]
    drug_names: Mapping[int, str]

    def number(self, meaning: Meaning) -> int:
        """Return the number of the concept that means this."""
        return self.local.get(meaning) or _standard(self.concepts, meaning)


def _standard(concepts: ConceptMap, meaning: Meaning) -> int:
    return next((number for number, known in concepts.by_id.items() if known == meaning), 0)


def book_of(records: Records) -> ConceptBook:
    """Return the concepts that the records need, numbered in alphabetical order."""
    concepts = concept_map()
    wanted = sorted(
        {meaning for meaning in _meanings(records) if not _standard(concepts, meaning)},
        key=lambda meaning: (meaning.becomes, meaning.value, meaning.organ),
    )
    local = {meaning: number for number, meaning in enumerate(wanted, start=FIRST_LOCAL)}
    known = {drug: parts for drug in _drugs(records) if (parts := records.drugs.resolve(drug))}
    ingredients = sorted({part for parts in known.values() for part in parts})
    first = FIRST_LOCAL + len(local)
    single = {name: number for number, name in enumerate(ingredients, start=first)}
    combined = [drug for drug in sorted(known) if drug not in single]
    number_of = single | {drug: number for number, drug in enumerate(combined, start=first + len(single))}
    drugs = {drug: (number_of[drug], *(single[part] for part in parts)) for drug, parts in known.items()}
    return ConceptBook(concepts, local, drugs, {number: name for name, number in number_of.items()})


def _drugs(records: Records) -> list[str]:
    return records.table("exposures")["drug"].drop_nulls().unique().sort().to_list()


def _meanings(records: Records) -> set[Meaning]:
    """Return what the events of the records mean."""
    found = {Meaning("stage"), Meaning("histology"), Meaning("field", "specimen")}
    found |= {
        Meaning("diagnosis", kind, organ or "") for kind, organ in _distinct(records, "diagnoses", "kind", "organ")
    }
    found |= {
        Meaning("procedure", kind, organ or "") for kind, organ in _distinct(records, "procedures", "kind", "organ")
    }
    found |= {Meaning("metastasis", "", organ) for (organ,) in _distinct(records, "metastases", "organ")}
    found |= {Meaning("response", "", organ or "") for (organ,) in _distinct(records, "assessments", "organ")}
    found |= {Meaning("biomarker", marker) for (marker,) in _distinct(records, "biomarkers", "marker")}
    return found


def _distinct(records: Records, table: str, *columns: str) -> list[tuple]:
    return records.table(table).select(columns).unique().rows()


def concept_rows(book: ConceptBook) -> dict[str, pl.DataFrame]:
    """Return the rows of concept and concept_ancestor."""
    names = {number: name for number, name in book.concepts.names.items() if number}
    rows = [(0, "No matching concept", "Metadata", "None", "Undefined", "No matching concept")]
    rows += [(number, name, "Metadata", "None", "Undefined", str(number)) for number, name in names.items()]
    rows += [
        (
            number,
            _name(meaning),
            _DOMAINS.get(meaning.becomes, "Measurement"),
            OWN_VOCABULARY,
            "Local",
            own_code(meaning),
        )
        for meaning, number in book.local.items()
    ]
    parts = {number: parts for number, *parts in book.drugs.values()}
    ingredients = {part for own in parts.values() for part in own}
    rows += [
        (number, name, "Drug", OWN_VOCABULARY, "Ingredient" if number in ingredients else "Clinical Drug", name)
        for number, name in book.drug_names.items()
    ]
    columns = ("concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id", "concept_code")
    ancestors = {(part, number) for number, own in parts.items() for part in own}
    ancestors |= {(number, number) for number in book.drug_names}
    return {
        "concept": pl.DataFrame(rows, schema=columns, orient="row").with_columns(
            standard_concept=pl.lit(None, pl.String)
        ),
        "concept_ancestor": pl.DataFrame(
            [(above, below, int(above != below), int(above != below)) for above, below in sorted(ancestors)],
            schema=(
                *("ancestor_concept_id", "descendant_concept_id"),
                *("min_levels_of_separation", "max_levels_of_separation"),
            ),
            orient="row",
        ),
    }


def _name(meaning: Meaning) -> str:
    if meaning.becomes == "field":
        return FIELDS[meaning.value]
    phrase = _PHRASES.get((meaning.becomes, meaning.value)) or meaning.value or meaning.becomes
    return f"{phrase} of {meaning.organ}" if meaning.organ else phrase
