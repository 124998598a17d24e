"""What a concept of OMOP means here: by its number, by its code, or by its name.

`concepts/concepts.csv` holds single concepts, `concepts/names.csv` patterns of names, so that
the hundred concepts of metastases in a hundred organs need no list of numbers: the organ is
found by the vocabulary of organs. What neither knows is counted and listed, never guessed.
"""

import csv
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.records.markers import marker
from sequela.records.organs import organ
from sequela.sources.omop_tables import CONCEPTS

COLUMNS = ("concept_id", "vocabulary_id", "concept_code", "concept_name", "domain_id", "becomes", "value", "organ")
BECOMES = {
    "condition": ("diagnosis", "metastasis", "regional nodes"),
    "procedure": ("procedure",),
    "measurement": ("biomarker", "performance", "response", "stage", "histology", "metastasis", "regional nodes"),
    "episode": ("diagnosis", "response", "treatment"),
}
"""What a concept of each kind of table can become."""

OWN_VOCABULARY = "sequela"
"""Vocabulary of the concepts that `omop_write` adds; their code is their meaning, as `own_code` writes it."""

_PARTS = re.compile(r"\s+and(?:/or)?\s+|\s*[,;(/]\s*", re.IGNORECASE)
_OF = re.compile(r"\s+of\s+", re.IGNORECASE)
_BESIDE = re.compile(r"\b(female|male|structure|region|parenchyma|part)s?\b", re.IGNORECASE)


@frozen
class Meaning:
    """What rows of a concept become.

    Attributes
    ----------
    becomes : str
        See `BECOMES`; also setting, sex, operator, result, field for what is no event.
    value : str
        Kind of diagnosis or procedure, marker, response, grade; may be empty.
    organ : str
        Canonical organ, or the organ as written where it is not known; may be empty.
    """

    becomes: str
    value: str = ""
    organ: str = ""


@frozen
class Concept:
    """One row of the vocabulary."""

    concept_id: int
    name: str
    vocabulary: str = ""
    code: str = ""


@frozen
class ConceptMap:
    """Single concepts with what they mean.

    Attributes
    ----------
    by_id : mapping of int to Meaning
    by_code : mapping of (vocabulary, code) to Meaning
    names : mapping of int to str
        Name of each concept that has a number.
    """

    by_id: Mapping[int, Meaning]
    by_code: Mapping[tuple[str, str], Meaning]
    names: Mapping[int, str]

    def exact(self, concept: Concept) -> Meaning | None:
        """Return what the concept means by its number or its code."""
        if concept.vocabulary == OWN_VOCABULARY:
            return _own_meaning(concept.code)
        return self.by_id.get(concept.concept_id) or self.by_code.get((concept.vocabulary, concept.code))

    def meaning(self, where: str, concept: Concept) -> Meaning | None:
        """Return what rows of the concept become in a kind of table, None where it is not known."""
        found = self.exact(concept) or meaning_of_name(where, concept.name)
        return found if found and found.becomes in BECOMES[where] else None

    def ids(self, becomes: str) -> dict[int, str]:
        """Return the numbers of all concepts that become one thing, with their values."""
        return {number: meaning.value for number, meaning in self.by_id.items() if meaning.becomes == becomes}

    def number_of(self, becomes: str, value: str) -> int:
        """Return the number of the first concept with a meaning, 0 where there is none."""
        return next((n for n, m in self.by_id.items() if (m.becomes, m.value) == (becomes, value)), 0)


def own_code(meaning: Meaning) -> str:
    """Return a meaning as the code of a concept of our own vocabulary."""
    return json.dumps([meaning.becomes, meaning.value, meaning.organ], ensure_ascii=False)


def _own_meaning(code: str) -> Meaning | None:
    try:
        return Meaning(*json.loads(code))
    except (ValueError, TypeError):
        return None


def concept_map(more: Path | None = None) -> ConceptMap:
    """Return the concepts that come with the program, and those of a file of one's own before them.

    Raises
    ------
    RecordsError
        Where the file cannot be read.
    """
    rows = list(_own()) if more is None else [*_own(), *_read(more)]
    numbered = [row for row in rows if row["concept_id"]]
    coded = [row for row in rows if row["concept_code"]]
    return ConceptMap(
        MappingProxyType({int(row["concept_id"]): _meaning(row) for row in numbered}),
        MappingProxyType({(row["vocabulary_id"], row["concept_code"]): _meaning(row) for row in coded}),
        MappingProxyType({int(row["concept_id"]): row["concept_name"] for row in numbered}),
    )


@cache
def _own() -> tuple[dict[str, str], ...]:
    with (CONCEPTS / "concepts.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [{name: (row.get(name) or "").strip() for name in COLUMNS} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error):
        problem = Problem(path.name, "the file of concepts cannot be read", "a CSV with " + ", ".join(COLUMNS))
        raise RecordsError(problem) from None
    problems = [
        Problem(f"{path.name}:{line}", found, expected)
        for line, row in enumerate(rows, start=2)
        for found, expected in _wrong(row)
    ]
    if problems:
        raise RecordsError(problems)
    return rows


def _wrong(row: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    known = {name for names in BECOMES.values() for name in names} | {"setting", "sex", "operator", "result", "field"}
    if row["becomes"] not in known:
        yield f"becomes is {row['becomes']!r}", "one of: " + ", ".join(sorted(known))
    if row["concept_id"] and not row["concept_id"].isdecimal():
        yield "concept_id is not a number", "a whole number, or vocabulary_id and concept_code"
    if not row["concept_id"] and not (row["vocabulary_id"] and row["concept_code"]):
        yield "the concept has neither number nor code", "concept_id, or vocabulary_id and concept_code"


def _meaning(row: Mapping[str, str]) -> Meaning:
    return Meaning(row["becomes"], row["value"], row["organ"])


@cache
def _patterns(where: str) -> tuple[tuple[re.Pattern[str], Meaning], ...]:
    with (CONCEPTS / "names.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["where"] == where]
    return tuple((re.compile(row["pattern"], re.IGNORECASE), _meaning(row)) for row in rows)


def meaning_of_name(where: str, name: str) -> Meaning | None:
    """Return what a name means in a kind of table, by the first pattern that fits all of it."""
    plain = " ".join(name.split())
    for pattern, meaning in _patterns(where):
        match = pattern.fullmatch(plain)
        if match:
            groups = match.groupdict()
            where_it_is = meaning.organ or _organ(groups.get("organ") or "")
            found = Meaning(meaning.becomes, meaning.value or groups.get("value") or "", where_it_is)
            return found if found.becomes or found.value else None
    if where == "measurement" and "[" not in name:
        # A name with brackets is a laboratory code: serum HER2 is not the receptor of a tumour.
        known = marker(name)
        return Meaning("biomarker", known) if known else None
    return None


def value_of_name(where: str, name: str) -> str:
    """Return the canonical word for a response, a reason for stopping or a setting; empty if unknown."""
    found = meaning_of_name(where, name)
    return found.value if found else ""


def _organ(text: str) -> str:
    """Return the canonical organ of what a name says, by its first part, then by its last; else the text."""
    parts = _PARTS.split(text)
    tries = [text, *parts, *(_OF.split(part)[-1] for part in parts)]
    tries += [_BESIDE.sub(" ", one).strip() for one in tries]
    return next((known for one in tries if one and (known := organ(one))), text.strip())
