"""The order in which lines are folded: administrations by patient, day and drug."""

import numpy as np
from numpy.typing import NDArray

from sequela.derive.line_columns import NONE, ROW, Rows

Given = tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.uint32]]
"""Patient, start and name of each exposure; `NONE` for a missing start."""

Beside = tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int8]]
"""Stop, setting and reason of each exposure; `NONE` or -1 where missing."""

Parts = tuple[NDArray[np.int64], NDArray[np.int32]]
"""Offsets and ingredients: name k stands for `ingredients[offsets[k]:offsets[k + 1]]`."""


def sorted_rows(given: Given, beside: Beside, parts: Parts, patients: int) -> Rows:
    """Return one row per ingredient of each dated exposure, sorted by patient, start and drug, then by the rest.

    Parameters
    ----------
    given : patient, start, name
        Codes and days of each row of the unsorted table.
    beside : stop, setting, reason
    parts : offsets, ingredients
    patients : int
        Number of patient codes.
    """
    (patient, start, name), (stop, setting, reason), (offsets, ingredients) = given, beside, parts
    dated = np.flatnonzero(start != NONE)
    first, number = offsets[name[dated]], np.diff(offsets)[name[dated]]
    source = np.repeat(dated, number)
    within = np.arange(len(source)) - np.repeat(np.cumsum(number) - number, number)
    drug = ingredients[np.repeat(first, number) + within]
    until, course = np.maximum(start, stop), stop != NONE
    # What a row says comes before where it stands, so that the order of the table decides nothing.
    said = (name, course, reason, until, -setting)
    order = np.lexsort((*(column[source] for column in said), drug, start[source], patient[source]))
    source, drug = source[order], drug[order]
    rows = room_for(len(source), patients)
    rows.source[:], rows.table["drug"] = source, drug
    columns = {"start": start, "stop": until, "course": course, "setting": setting, "reason": reason, "written": name}
    for column, values in columns.items():
        rows.table[column] = values[source]
    rows.offsets[:] = np.searchsorted(patient[source], np.arange(patients + 1))
    return rows


def room_for(n: int, patients: int) -> Rows:
    """Return room for so many rows and patients."""
    return Rows(np.empty(n, ROW), np.empty(n, np.int32), np.empty(patients + 1, np.int64))
