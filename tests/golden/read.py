"""Read a golden folder: the data a witness was given and the numbers it returned."""

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def rows(name, file):
    """Return the rows of a file as dictionaries of text."""
    with open(HERE / name / f"{file}.csv", newline="") as lines:
        return list(csv.DictReader(lines))


def number(text):
    return float("nan") if text in ("", "NA") else float(text)


def numbers(table, column):
    return np.array([number(row[column]) for row in table])


def parts(table, *keys):
    """Return the rows with each combination of values of `keys`, by that combination."""
    found = {}
    for row in table:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


SMALLEST = 1e-3
"""Numbers smaller than this, which nobody prints in full, are compared as if they were this large."""


def differs(value, witness, tolerance):
    """Whether a number is not its witness; missing agrees with missing, infinite with infinite."""
    if np.isnan(witness) or np.isnan(value):
        return not (np.isnan(witness) and np.isnan(value))
    if np.isinf(witness) or np.isinf(value):
        return value != witness
    return abs(value - witness) > tolerance * max(SMALLEST, abs(witness))
