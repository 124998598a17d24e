"""What stands beside the tables: `records.yaml` says what they are, `drugs.csv` adds drug names."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from sequela.errors import Problem, RecordsError
from sequela.records.bundle import Kind
from sequela.records.drug_rows import COLUMNS
from sequela.records.drugs import DrugVocabulary, default_vocabulary
from sequela.records.plain_yaml import plain_yaml
from sequela.records.validate import Provenance
from sequela.sources.delimited import read_delimited

DESCRIPTION, DRUGS = "records.yaml", "drugs.csv"

KEYS = {
    "kind": "observed, transcribed, reconstructed or simulated",
    "title": "what the records are, in one line",
    "source": "where they were published",
    "time": "what bare numbers from 1900 to 2099 mean: `dates` (years) or `days`",
}
"""Every key of `records.yaml`, with its meaning; all may be absent."""

_CHOICES = {"kind": tuple(Kind), "time": ("dates", "days")}


def read_provenance(path: Path) -> tuple[Provenance, list[Problem]]:
    """Read `records.yaml`; without the file, records are observed."""
    if not path.exists():
        return Provenance(), []
    try:
        content = plain_yaml(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}:{mark.line + 1}" if mark else path.name
        return Provenance(), [Problem(where, "the file is not YAML", "lines such as `kind: observed`", "Correct it.")]
    if content is None:
        return Provenance(), []
    if not isinstance(content, dict):
        return Provenance(), [Problem(path.name, "the file holds no keys", "lines such as `kind: observed`")]
    problems = _problems(path.name, content)
    if problems:
        return Provenance(), problems
    return (
        Provenance(
            kind=Kind(content.get("kind", Kind.OBSERVED)),
            title=str(content.get("title", "")),
            citation=str(content.get("source", "")),
            time=content.get("time", ""),
        ),
        [],
    )


def _problems(file: str, content: dict[Any, Any]) -> list[Problem]:
    problems = []
    for key, value in content.items():
        if key not in KEYS:
            near = get_close_matches(str(key), KEYS, n=1)
            remedy = f"Did you mean {near[0]}?" if near else "Remove it."
            problems.append(Problem(file, f"key {key!r} is not known", "one of: " + ", ".join(KEYS), remedy))
        elif key in _CHOICES and value not in _CHOICES[key]:
            choices = "one of: " + ", ".join(_CHOICES[key])
            problems.append(Problem(file, f"{key} is {value!r}", choices, "Correct it."))
        elif not isinstance(value, str):
            problems.append(Problem(file, f"{key} is not a text", KEYS[key], "Put it between quotation marks."))
    return problems


def read_drugs(path: Path) -> tuple[DrugVocabulary, list[Problem]]:
    """Return the built-in vocabulary, extended by `drugs.csv` where the folder has one."""
    vocabulary = default_vocabulary()
    if not path.exists():
        return vocabulary, []
    try:
        sheet = read_delimited(path, COLUMNS)
        if sheet.ragged.height:
            rows = ", ".join(str(row) for row in sheet.ragged["row"].head(5))
            found = f"rows with another number of fields than the header ({rows})"
            return vocabulary, [Problem(path.name, found, f"{len(sheet.header)} fields", "Correct them.")]
        names = {str(place): name for place, name in enumerate(sheet.header)}
        return vocabulary.extended(sheet.frame.drop("row").rename(names)), []
    except RecordsError as error:
        return vocabulary, list(error.problems)
