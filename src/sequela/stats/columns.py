"""Columns of a data set: as long as each other, complete, codes that are codes."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem


def columns_of_equal_length(n: int, **columns: np.ndarray | None) -> list[Problem]:
    """Return a problem for each column that does not have one row per patient."""
    return [
        Problem(name, f"{column.shape[0]} rows for {n} patients", "one row per patient")
        for name, column in columns.items()
        if column is not None and column.shape[0] != n
    ]


def category_codes(name: str, values: ArrayLike) -> np.ndarray:
    """Check group or stratum codes: one per patient, none missing."""
    codes = np.asarray(values)
    if codes.ndim != 1:
        raise NotEstimableError(Problem(name, f"an array of {codes.ndim} dimensions", "one code per patient"))
    missing = 0
    if codes.dtype.kind == "O":
        missing = sum(code is None or code != code for code in codes)
    elif codes.dtype.kind == "f":
        missing = int(np.isnan(codes).sum())
    if codes.dtype.kind == "O" and not missing and not _comparable(codes):
        raise NotEstimableError(Problem(name, "codes of several kinds, as words and numbers", "codes of one kind"))
    if missing:
        raise NotEstimableError(
            Problem(
                name, f"{missing} codes are missing", "a code per patient", "Leave these patients out and count them."
            )
        )
    return codes


def _comparable(codes: np.ndarray) -> bool:
    try:
        np.unique(codes)
    except TypeError:
        return False
    return True


def numbered(codes: np.ndarray) -> tuple[np.ndarray, int]:
    """Return codes as whole numbers from 0 on, in their order, and how many there are."""
    if codes.dtype.kind in "iu" and codes.size and int(codes.max()) - int(codes.min()) < 2 * codes.size:
        shifted = codes.astype(np.int64) - int(codes.min())
        present = np.bincount(shifted) > 0
        index = shifted if present.all() else (np.cumsum(present) - 1)[shifted]
        return index, int(present.sum())
    distinct, index = np.unique(codes, return_inverse=True)
    return index, distinct.size


def numbers(name: str, values: ArrayLike) -> np.ndarray:
    """Return values as numbers, missing and infinite ones among them; words are refused."""
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise NotEstimableError(Problem(name, "values that are not numbers", "numbers")) from None


def finite_column(name: str, values: ArrayLike) -> np.ndarray:
    """Return one finite number per patient, shape (n,)."""
    column = numbers(name, values)
    if column.ndim != 1 or not np.isfinite(column).all():
        raise NotEstimableError(
            Problem(
                name,
                "a missing or infinite value, or no column",
                "one finite number per patient",
                "Leave these patients out and count them.",
            )
        )
    return column


def yes_or_no(name: str, values: ArrayLike) -> np.ndarray:
    """Return a bool per patient from true and false or 1 and 0, none missing."""
    codes = category_codes(name, values)
    if not np.isin(codes, (0, 1)).all():
        raise NotEstimableError(Problem(name, "a value that is neither 0 nor 1", "1 for yes, 0 for no"))
    return codes.astype(bool)


def weight_column(weights: ArrayLike) -> np.ndarray:
    """Check case weights: one finite number from 0 on per patient."""
    column = numbers("weights", weights)
    if column.ndim != 1 or not np.isfinite(column).all() or (column < 0).any():
        raise NotEstimableError(
            Problem("weights", "a missing, infinite or negative weight", "one weight from 0 on per patient")
        )
    return column
