"""Reads a study file, or says everything that is wrong with it at once."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sequela.errors import Problem, StudyError
from sequela.records.drugs import DrugVocabulary, default_vocabulary
from sequela.sources.description import DRUGS, read_drugs
from sequela.study.contradictions import contradictions
from sequela.study.document import Document, read_document
from sequela.study.grammar import HEADS, Model
from sequela.study.names import Names
from sequela.study.phrases import Refusal, did_you_mean, nearest
from sequela.study.spec import ANALYSES, Accrual, DefinitionChoices, Study

_MODELS: dict[str, type[Model]] = {
    **HEADS,
    **{kind: model for kind, (model, _) in ANALYSES.items()},
    "accrual": Accrual,
    "definitions": DefinitionChoices,
}
_EXPECTED = {
    "list": "a list, each item on a line that starts with '- '",
    "tuple": "a list, each item on a line that starts with '- '",
    "dict": "a mapping, 'name: value' on each line",
    "mapping": "a mapping, 'name: value' on each line",
    "model": "a mapping, 'name: value' on each line",
    "string": "a text",
    "path": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}


def load_study(path: Path, vocabulary: DrugVocabulary | None = None) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    path : Path
    vocabulary : DrugVocabulary, optional
        What drug names are checked against; where none is given, the built-in one with what
        a `drugs.csv` in the folder of the records adds to it.

    Raises
    ------
    StudyError
        With every problem of the file, each at its file and line.
    """
    document = read_document(Path(path))
    known = _vocabulary_beside(document, Path(path)) if vocabulary is None else vocabulary
    names = Names(known, Path(path).parent)
    try:
        study = Study.model_validate(document.value, context=names)
    except ValidationError as error:
        found = [_problem(document, details) for details in _first_causes(error.errors())]
        raise StudyError(_in_order((*document.problems, *found))) from None
    between = [_letter(document.where(place), refusal) for place, refusal in contradictions(study)]
    if document.problems or between:
        raise StudyError(_in_order((*document.problems, *between)))
    return study


def _vocabulary_beside(document: Document, path: Path) -> DrugVocabulary:
    """Return the vocabulary of the records; what is wrong with it is said when the records are read."""
    folder = document.value.get("records")
    if not isinstance(folder, str):
        return default_vocabulary()
    vocabulary, _ = read_drugs(path.parent / folder / DRUGS)
    return vocabulary


def records_folder(study: Study, study_file: Path) -> Path:
    """Return the folder of the records; a relative one is meant from the study file."""
    return Path(study_file).parent / study.records


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    def line(problem: Problem) -> int:
        return int(problem.where.rpartition(":")[2])

    return sorted(dict.fromkeys(problems), key=line)


def _first_causes(errors: list[ErrorDetails]) -> Iterable[ErrorDetails]:
    """Leave out a list that is called empty only because its items were refused."""
    places = [details["loc"] for details in errors]
    for details in errors:
        size = len(details["loc"])
        inside = any(len(place) > size and place[:size] == details["loc"] for place in places)
        if details["type"] != "too_short" or not inside:
            yield details


def _letter(where: str, refusal: Refusal) -> Problem:
    return Problem(where, refusal.found, refusal.expected, refusal.remedy)


def _problem(document: Document, details: ErrorDetails) -> Problem:
    place = tuple(details["loc"])
    where = document.where(place)
    refusal = details.get("ctx", {}).get("error")
    if isinstance(refusal, Refusal):
        return _letter(where, refusal)
    kind = details["type"]
    if kind == "extra_forbidden":
        return _unknown_key(where, place)
    name = next((str(step) for step in reversed(place) if isinstance(step, str) and step != "[key]"), "study")
    if kind == "missing":
        return _missing_key(where, place)
    found = f"'{name}' {_shown(details['input'])}"
    if kind == "literal_error":
        return Problem(where, found, details["ctx"]["expected"])
    if kind == "too_short":
        return Problem(where, f"'{name}' is an empty list", "at least one item")
    expected = _EXPECTED.get(kind.removesuffix("_type").removesuffix("_parsing"), "")
    said = details["msg"].removeprefix("Input should be ")
    return Problem(where, found, expected or f"a value {said}")


def _shown(value: Any) -> str:
    if value is None:
        return "has no value"
    if isinstance(value, Mapping):
        return "is a mapping"
    return "is a list" if isinstance(value, list | tuple) else f"is '{value}'"


def _model_at(place: tuple[str | int, ...]) -> type[Model]:
    """Return the model whose key an error speaks of: the innermost tag above it."""
    names = [step for step in place[:-1] if isinstance(step, str)]
    return next((_MODELS[name] for name in reversed(names) if name in _MODELS), Study)


def _keys(model: type[Model]) -> dict[str, FieldInfo]:
    fields = {str(field.validation_alias or name): field for name, field in model.model_fields.items()}
    fields.pop("kind", None)
    return fields


def _unknown_key(where: str, place: tuple[str | int, ...]) -> Problem:
    key, known = str(place[-1]), _keys(_model_at(place))
    near = nearest(key, known, 1)
    expected = "" if near else f"one of: {', '.join(known)}"
    return Problem(where, f"unknown key '{key}'", expected, did_you_mean(near))


def _missing_key(where: str, place: tuple[str | int, ...]) -> Problem:
    key = str(place[-1])
    meaning = _keys(_model_at(place))[key].description or ""
    return Problem(where, f"the key '{key}' is missing", remedy=f"{key}: {meaning}")
