"""Which column of a file is which column of a canonical table."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from sequela.errors import Problem
from sequela.frozen import frozen
from sequela.records.schema import Table

MISSPELT = 0.8
"""Likeness from which an unknown header is taken for a misspelt one; 1 is equality."""


TELLING = {
    ("patients", "death"): r"death|dead|decease|died|dying|exitus|vital|alive|living|surviv|status|(^|_)os(_|$)|event",
    ("assessments", "response"): r"respon|progress|recist|result|status|outcome|evaluation|(^|_)(pd|pfs|orr|bor)(_|$)",
    ("exposures", "reason_stopped"): r"reason|discontinu|end_?cause|why",
}
"""Headers that may say what an absent column of a table would, and that nobody must pass over in silence."""


@frozen
class Header:
    """What the first row of a file says.

    Attributes
    ----------
    places : dict of str to int
        Place of each canonical column that the file has.
    unknown : tuple of (str, str)
        Headers that are no column of the table, each with the nearest column or "".
    unnamed : tuple of int
        Places without a header.
    problems : tuple of Problem
        What makes the file unreadable.
    """

    places: dict[str, int]
    unknown: tuple[tuple[str, str], ...]
    unnamed: tuple[int, ...]
    problems: tuple[Problem, ...]


def folded(name: str) -> str:
    """Return a header in small letters with underscores: `Patient ID` is `patient_id`."""
    return "_".join(name.strip().lower().replace("-", " ").replace("_", " ").split())


def accepted_headers(table: Table) -> dict[str, str]:
    """Return every header that the table accepts, with the column it names."""
    own = {column.name: column.name for column in table.columns}
    return {also: column.name for column in table.columns for also in column.also} | own


def read_header(file: str, cells: Sequence[str], table: Table) -> Header:
    """Match the header of a file with the columns of a table.

    A misspelt column is a problem, not a notice, and so is one that may stand for an absent column of
    `TELLING`: deaths or progressions that go unread would make everybody alive or free of progression.
    """
    accepted = accepted_headers(table)
    places: dict[str, list[int]] = {}
    others: list[str] = []
    for place, cell in enumerate(cells):
        column = accepted.get(folded(cell))
        if column:
            places.setdefault(column, []).append(place)
        elif cell.strip():
            others.append(cell.strip())
    if not places:
        return Header({}, (), (), (_no_header(file, table),))
    missing = [column.name for column in table.columns if column.required and column.name not in places]
    nearest = [(name, _nearest(name, accepted)) for name in others]
    misspelt = [
        (name, column) for name, column in nearest if column and column not in places and _alike(name, accepted)
    ]
    named = {column for _, column in misspelt}
    telling = [(name, column) for name, column in _telling(table, others) if column not in {*places, *named}]
    problems = [
        *_repeated(file, cells, places),
        *(_misspelt(file, name, column) for name, column in misspelt),
        *(_perhaps(file, name, column) for name, column in telling),
        *(_missing(file, column, cells) for column in missing if column not in named),
    ]
    unnamed = tuple(place for place, cell in enumerate(cells) if not cell.strip())
    return Header({name: at[0] for name, at in places.items()}, tuple(nearest), unnamed, tuple(problems))


def _nearest(name: str, accepted: dict[str, str]) -> str:
    close = get_close_matches(folded(name), accepted, n=1, cutoff=0.6)
    return accepted[close[0]] if close else ""


def _alike(name: str, accepted: dict[str, str]) -> bool:
    return bool(get_close_matches(folded(name), accepted, n=1, cutoff=MISSPELT))


def _telling(table: Table, others: list[str]) -> list[tuple[str, str]]:
    """Return the headers that may stand for a column of `TELLING`, each with the column."""
    return [
        (name, column)
        for (of, column), pattern in TELLING.items()
        if of == table.name
        for name in others
        if re.search(pattern, folded(name))
    ]


def _perhaps(file: str, name: str, column: str) -> Problem:
    return Problem(
        f"{file}:1",
        f"column {name!r} may say what the absent column {column} should, and would go unread",
        column,
        f"Write it as {column}; or add an empty column {column} where {name!r} is something else.",
    )


def _no_header(file: str, table: Table) -> Problem:
    # The cells are not shown: a file without a header begins with a patient.
    return Problem(
        f"{file}:1",
        "the first row names none of the known columns",
        "a header with " + ", ".join(column.name for column in table.columns),
        "Put the names of the columns into the first row.",
    )


def _repeated(file: str, cells: Sequence[str], places: dict[str, list[int]]) -> list[Problem]:
    return [
        Problem(
            f"{file}:1",
            f"column {name} is given {len(at)} times ({', '.join(repr(cells[place].strip()) for place in at)})",
            "each column once",
            "Remove or rename all but one.",
        )
        for name, at in places.items()
        if len(at) > 1
    ]


def _misspelt(file: str, name: str, column: str) -> Problem:
    if column.endswith("_mm"):
        # Renaming a column of centimetres would make every lesion a tenth of its size.
        remedy = f"Rename it to {column}; where it holds centimetres, add a column unit that says cm in each row."
        return Problem(f"{file}:1", f"column {name!r} is not known, and {column} is missing", column, remedy)
    return Problem(
        f"{file}:1",
        f"column {name!r} is not known, and {column} is missing",
        column,
        f"Rename it to {column}, or to something unlike it if it is another thing.",
    )


def _missing(file: str, column: str, cells: Sequence[str]) -> Problem:
    return Problem(
        f"{file}:1",
        f"column {column} is missing",
        column,
        "The header has: " + ", ".join(cell.strip() for cell in cells if cell.strip()) + ".",
    )
