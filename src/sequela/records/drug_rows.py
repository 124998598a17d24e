"""Rows of a drug table: reading, checking, and every problem at once."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Protocol

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.records.drug_text import DOUBT, SEPARATOR
from sequela.records.names import fold, key

MODALITIES = (
    "cytotoxic",
    "antibody",
    "ADC",
    "TKI",
    "CDK4/6 inhibitor",
    "PI3K pathway inhibitor",
    "PARP inhibitor",
    "endocrine",
    "ovarian suppression",
    "immunotherapy",
    "radiopharmaceutical",
    "other targeted",
    "supportive",
    "investigational",
)
"""How a drug works, in the coarsest words a study asks about."""
_FOLDED_MODALITIES = {fold(modality): modality for modality in MODALITIES}

KINDS = ("ingredient", "brand", "synonym", "combination", "ambiguous")
COLUMNS = ("name", "kind", "ingredients", "class", "modality", "routes", "cycle_days", "schedule", "source")
_ALSO = {"ingredient": "ingredients", "drug_class": "class", "route": "routes", "drug": "name"}
_OWN_SOURCE = "user's table"
_LONGEST_CYCLE = 400


class Frame(Protocol):
    """What is needed of a data frame: its rows by name."""

    def iter_rows(self, *, named: Literal[True]) -> Iterator[dict[str, Any]]:
        """Yield one mapping a row."""


Rows = Frame | Iterable[Mapping[str, Any]]


@frozen
class Ingredient:
    """One active substance.

    Attributes
    ----------
    name : str
        Canonical name: the international nonproprietary name in English.
    drug_class : str
        Target or chemical class: HER2 antibody, taxane, aromatase inhibitor.
    modality : str
        One of `MODALITIES`.
    cycle_days : int or None
        Days one administration, or one course of tablets, lasts; None where the
        schedule says why there is none.
    routes : tuple of str
        Usual routes.
    source : str
        ATC code, product label or INN list.
    schedule : str
        The schedule the cycle stands for, or why there is none.
    """

    name: str
    drug_class: str
    modality: str
    cycle_days: int | None
    routes: tuple[str, ...]
    source: str
    schedule: str = ""


@frozen
class DrugName:
    """One name under which drugs are written down.

    Attributes
    ----------
    written : str
        As it is spelled in the table.
    kind : str
        One of `KINDS`.
    ingredients : tuple of str
        What it exposes to, sorted; empty where it is ambiguous.
    alternatives : tuple of tuple of str
        The meanings of an ambiguous name; empty otherwise.
    source : str
        Where the name comes from.
    """

    written: str
    kind: str
    ingredients: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    source: str = ""


@frozen
class _Row:
    where: str
    name: str
    kind: str
    meanings: tuple[tuple[str, ...], ...]
    cells: Mapping[str, str]


def _row(where: str, cells: Mapping[str, str]) -> _Row:
    """Return a row with its ingredients taken apart: alternatives by `|`, parts by `+`."""
    name = cells.get("name", "")
    meanings = tuple(
        tuple(sorted({fold(part).strip() for part in meaning.split("+")}))
        for meaning in cells.get("ingredients", "").split("|")
        if meaning.strip()
    )
    return _Row(where, name, fold(cells.get("kind", "")) or _kind(name, meanings), meanings, cells)


def _kind(name: str, meanings: tuple[tuple[str, ...], ...]) -> str:
    """Return the kind of a row that does not say it."""
    if not meanings or meanings == ((fold(name),),):
        return "ingredient"
    if len(meanings) > 1:
        return "ambiguous"
    return "combination" if len(meanings[0]) > 1 else "synonym"


def read_file(path: Path) -> tuple[dict[str, Ingredient], dict[str, DrugName]]:
    """Return the ingredients and names of a drug table in CSV (UTF-8, comma separated).

    Raises
    ------
    RecordsError
        As `read_rows`.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        return read_rows(csv.DictReader(stream), path.name, {}, {})


def read_rows(
    rows: Rows, where: str, ingredients: Mapping[str, Ingredient], names: Mapping[str, DrugName]
) -> tuple[dict[str, Ingredient], dict[str, DrugName]]:
    """Return the known ingredients and names together with those of a table.

    Raises
    ------
    RecordsError
        Every malformed row, every row that contradicts a name already known.
    """
    problems: list[Problem] = []
    table = _cells(rows, where, problems)
    known, named = dict(ingredients), dict(names)
    for row in table:
        if row.kind == "ingredient":
            _add_ingredient(row, known, problems)
    for row in table:
        _add_name(_canonical(row, known, named), known, named, problems)
    if problems:
        raise RecordsError(problems)
    return known, named


def _cells(rows: Rows, where: str, problems: list[Problem]) -> list[_Row]:
    """Return the rows with the canonical column names; the header is row 1."""
    raw = list(rows.iter_rows(named=True) if hasattr(rows, "iter_rows") else rows)
    headers = {column: _column(column) for column in dict.fromkeys(str(column) for cells in raw for column in cells)}
    problems.extend(_unknown_columns(tuple(headers.values()), where) if raw else ())
    table = []
    for number, cells in enumerate(raw, start=2):
        renamed = {headers[str(column)]: _text(cell) for column, cell in cells.items()}
        if any(renamed.values()):
            table.append(_row(f"{where}:{number}", renamed))
    return table


def _text(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def _column(header: str) -> str:
    folded = fold(header).strip().lstrip("\ufeff").replace(" ", "_")
    return _ALSO.get(folded, folded)


def _unknown_columns(columns: tuple[str, ...], where: str) -> Iterator[Problem]:
    expected = ", ".join(COLUMNS)
    if "name" not in columns:
        yield Problem(f"{where}:1", "no column `name`", expected)
    for column in columns:
        if column not in COLUMNS:
            close = get_close_matches(column, COLUMNS, 1)
            remedy = f"Did you mean `{close[0]}`?" if close else "Remove the column."
            yield Problem(f"{where}:1", f"column `{column}` is not known", expected, remedy)


def _add_ingredient(row: _Row, known: dict[str, Ingredient], problems: list[Problem]) -> None:
    new = _ingredient(row, problems)
    if new is None:
        return
    old = known.setdefault(new.name, new)
    if _definition(old) != _definition(new):
        problems.append(
            Problem(
                row.where,
                f"`{new.name}` is already {_definition_text(old)}",
                "the same class, modality and cycle",
                "Give the new ingredient another name, or remove the row.",
            )
        )


def _definition(ingredient: Ingredient) -> tuple[str, str, int | None]:
    return ingredient.drug_class, ingredient.modality, ingredient.cycle_days


def _definition_text(ingredient: Ingredient) -> str:
    return f"{ingredient.drug_class}, {ingredient.modality}, cycle {ingredient.cycle_days} days"


def _ingredient(row: _Row, problems: list[Problem]) -> Ingredient | None:
    before = len(problems)
    name = fold(row.name).strip()
    if SEPARATOR.search(name) or DOUBT.search(name):
        problems.append(Problem(row.where, f"`{row.name}` holds a separator", "a plain name without + / , and"))
    if row.meanings and row.meanings != ((name,),):
        problems.append(Problem(row.where, f"`{row.name}` has other ingredients", "an ingredient is its own"))
    drug_class = row.cells.get("class", "")
    if not drug_class:
        problems.append(
            Problem(
                row.where,
                f"`{row.name}` has no class",
                "a class, as in `HER2 antibody` or `taxane`",
                "Give class and modality for a new ingredient, or name the known ingredient in `ingredient`.",
            )
        )
    modality = _modality(row, problems)
    cycle = _cycle_days(row, problems)
    if len(problems) > before:
        return None
    routes = tuple(part.strip() for part in row.cells.get("routes", "").split(";") if part.strip())
    source = row.cells.get("source") or _OWN_SOURCE
    return Ingredient(name, drug_class, modality, cycle, routes, source, row.cells.get("schedule", ""))


def _modality(row: _Row, problems: list[Problem]) -> str:
    written = row.cells.get("modality", "")
    found = _FOLDED_MODALITIES.get(fold(written))
    if found is None:
        close = get_close_matches(fold(written), MODALITIES, 1)
        remedy = f"Did you mean `{close[0]}`?" if close else ""
        problems.append(Problem(row.where, f"modality `{written}`", ", ".join(MODALITIES), remedy))
    return found or ""


def _cycle_days(row: _Row, problems: list[Problem]) -> int | None:
    written = row.cells.get("cycle_days", "").removesuffix(".0")
    if not written:
        return None
    if not (written.isdecimal() and 1 <= int(written) <= _LONGEST_CYCLE):
        problems.append(Problem(row.where, f"cycle_days `{written}`", f"whole days, 1 to {_LONGEST_CYCLE}, or nothing"))
        return None
    return int(written)


def _add_name(row: _Row, known: Mapping[str, Ingredient], named: dict[str, DrugName], problems: list[Problem]) -> None:
    if not _well_formed(row, known, problems):
        return
    meanings = row.meanings or ((fold(row.name),),)
    source = row.cells.get("source") or _OWN_SOURCE
    if row.kind == "ambiguous":
        new = DrugName(row.name, row.kind, (), meanings, source)
    else:
        new = DrugName(row.name, row.kind, meanings[0], (), source)
    name = key(row.name)
    old = named.get(name)
    local_meaning = old is not None and old.alternatives and new.ingredients
    if old is None or local_meaning:
        named[name] = new
    elif (old.ingredients, old.alternatives) != (new.ingredients, new.alternatives):
        problems.append(
            Problem(
                row.where,
                f"`{row.name}` is already known as {_meaning_text(old)}",
                "one meaning a name",
                "Remove the row, or write the drug out in the records.",
            )
        )


def _canonical(row: _Row, known: Mapping[str, Ingredient], named: Mapping[str, DrugName]) -> _Row:
    """Return the row with brands and synonyms among its ingredients replaced by what they stand for."""
    if all(part in known for meaning in row.meanings for part in meaning):
        return row
    meanings = []
    for meaning in row.meanings:
        parts = [named[key(part)].ingredients if part not in known and key(part) in named else () for part in meaning]
        expanded = {one for part, found in zip(meaning, parts, strict=True) for one in (found or (part,))}
        meanings.append(tuple(sorted(expanded)))
    return replace(row, meanings=tuple(meanings))


def _meaning_text(name: DrugName) -> str:
    if name.alternatives:
        return "ambiguous: " + " or ".join(" + ".join(meaning) for meaning in name.alternatives)
    return " + ".join(name.ingredients)


def _well_formed(row: _Row, known: Mapping[str, Ingredient], problems: list[Problem]) -> bool:
    found = []
    if not key(row.name):
        found.append(Problem(row.where, "no name", "a name with letters"))
    if row.kind not in KINDS:
        found.append(Problem(row.where, f"kind `{row.kind}`", ", ".join(KINDS)))
    if row.kind == "ambiguous" and len(row.meanings) < 2:
        found.append(Problem(row.where, f"`{row.name}` is ambiguous with one meaning", "meanings apart by |"))
    if row.kind not in ("ingredient", "ambiguous") and len(row.meanings) != 1:
        found.append(Problem(row.where, f"`{row.name}` has no ingredient", "ingredients apart by +"))
    if row.kind != "ingredient":
        found.extend(
            _unknown_ingredient(row, part, known) for meaning in row.meanings for part in meaning if part not in known
        )
    problems.extend(found)
    return not found


def _unknown_ingredient(row: _Row, part: str, known: Mapping[str, Ingredient]) -> Problem:
    close = get_close_matches(part, known, 1)
    remedy = f"Did you mean `{close[0]}`?" if close else "Add a row for the ingredient, with class and modality."
    return Problem(row.where, f"`{row.name}`: `{part}` is not a known ingredient", "canonical names", remedy)
