"""The sheets of a drafted map: which one holds the patients, and what the others add to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from sequela.sources.spreadsheet_cells import NamedSheet
from sequela.sources.spreadsheet_contents import filled_cells, is_all_different
from sequela.sources.spreadsheet_join import column_of_patients
from sequela.sources.spreadsheet_roles import Role, roles_of

MAIN, MORE_PATIENTS, COPY, MORE_ROWS = "main", "more patients", "copy", "more rows"
"""What a sheet is beside the first: that one, other patients in its columns, its patients again, their rows."""

LIKE = 0.6
"""Share of the names of a sheet of patients that another one of them has as well."""

_OF_PEOPLE = ("birth_day", "sex", "last_contact", "death", "vital_status")
_ENDS = ("last_contact", "death", "vital_status")


def roles_of_sheets(sheets: Mapping[str, NamedSheet]) -> tuple[dict[str, tuple[Role, ...]], str]:
    """Return the roles of all sheets, and the sheet of the patients, whose cells tell the patients of the others."""
    known = {name: roles_of(sheet) for name, sheet in sheets.items()}
    main = _main_sheet(known, sheets)
    patient = next((role for role in known[main] if role.role == "patient"), None)
    if patient is None:
        return known, main
    cells = sheets[main].sheet.frame[str(sheets[main].places[patient.column])]
    for name, roles in known.items():
        column = column_of_patients(sheets[name], cells) if name != main else ""
        if column and not any(role.role == "patient" for role in roles):
            guess = f"its cells are those of {patient.column!r}"
            known[name] = tuple(
                replace(role, role="patient", guess=guess) if role.column == column else role for role in roles
            )
    return known, main


def columns_of_patients(
    sheets: Mapping[str, NamedSheet], known: Mapping[str, Sequence[Role]], main: str, only: str = ""
) -> list[pl.Series]:
    """Return the columns of patients, that of the main sheet first; of one other sheet only where it is named."""
    columns = []
    for name in (main, *([only] if only else [other for other in known if other != main])):
        patient = next((role.column for role in known[name] if role.role == "patient"), "")
        if patient:
            columns.append(sheets[name].sheet.frame[str(sheets[name].places[patient])])
    return columns


def _main_sheet(known: Mapping[str, Sequence[Role]], sheets: Mapping[str, NamedSheet]) -> str:
    """Return the sheet of the patients: most of their columns, and each patient once."""

    def told(name: str) -> tuple[bool, int, bool]:
        patient = next((role for role in known[name] if role.role == "patient"), None)
        if patient is None:
            return False, 0, False
        place = sheets[name].places[patient.column]
        once = is_all_different(sheets[name].sheet.frame[str(place)])
        return True, sum(role.role in _OF_PEOPLE for role in known[name]), once

    return max(known, key=told)


def standing(name: str, main: str, known: Mapping[str, Sequence[Role]], sheets: Mapping[str, NamedSheet]) -> str:
    """Return what a sheet is: MAIN, MORE_PATIENTS, COPY or MORE_ROWS."""
    if name == main:
        return MAIN
    own, first = ({role.column for role in known[one]} for one in (name, main))
    people = any(role.role in _ENDS for role in known[name]) and len(own & first) >= LIKE * len(own | first)
    if not people:
        return MORE_ROWS
    theirs, ours = (set(filled_cells(column)) for column in columns_of_patients(sheets, known, main, only=name))
    return COPY if theirs & ours else MORE_PATIENTS
