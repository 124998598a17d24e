"""The same patients in several sheets: which column names them, and numbers written with zeros before them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import polars as pl

from sequela.errors import Problem, StudyError
from sequela.sources.spreadsheet_cells import NamedSheet
from sequela.sources.spreadsheet_contents import filled_cells

SAME = 0.9
"""Share of a column's different cells that are patients of another sheet, from which it names patients."""

COVERED = 0.8
"""Share of the other sheet's patients that it must name, so that a column of small numbers does not."""

_ZEROS = r"^0+(\d)"


def column_of_patients(sheet: NamedSheet, patients: pl.Series) -> str:
    """Return the column whose cells are the patients of another sheet, the fullest of several; "" where none is."""
    known = set(_bare(patients))
    found = {}
    for place, name in enumerate(sheet.headers):
        cells = set(_bare(sheet.sheet.frame[str(place)])) if name else set()
        shared = cells & known
        if cells and len(shared) >= SAME * len(cells) and len(shared) >= COVERED * len(known):
            found[name] = len(shared)
    return max(found, key=lambda name: found[name], default="")


def zeros_part(columns: Iterable[pl.Series]) -> bool:
    """Return whether sheets write the same numbers with zeros before them and without, and mean the same by them."""
    sets = [set(filled_cells(column).to_list()) for column in columns]
    main, *others = sets or [set()]
    missed = [(cells - main, set(_bare_texts(cells - main)) <= set(_bare_texts(main))) for cells in others]
    unlike = any(left and found for left, found in missed)
    return unlike and all(len(set(_bare_texts(cells))) == len(cells) for cells in sets)


def without_zeros(sheets: Mapping[str, NamedSheet], columns: Mapping[str, str], where: str) -> dict[str, NamedSheet]:
    """Return sheets whose patients are written without zeros before their numbers.

    Raises
    ------
    StudyError
        Where two patients of one sheet differ by such zeros only.
    """
    made = dict(sheets)
    for name, column in columns.items():
        place = str(sheets[name].places[column])
        cells = sheets[name].sheet.frame[place]
        bare = cells.str.replace(_ZEROS, "${1}")
        if bare.n_unique() != cells.n_unique():
            found = f"patients of {column!r} differ by zeros before their number only"
            raise StudyError(Problem(where, found, "patients that stay apart", "Write each patient in one way."))
        frame = sheets[name].sheet.frame.with_columns(bare.alias(place))
        made[name] = replace(sheets[name], sheet=replace(sheets[name].sheet, frame=frame))
    return made


def _bare(column: pl.Series) -> list[str]:
    return filled_cells(column).str.replace(_ZEROS, "${1}").unique().to_list()


def _bare_texts(cells: Iterable[str]) -> list[str]:
    return pl.Series(list(cells), dtype=pl.String).str.replace(_ZEROS, "${1}").to_list()
