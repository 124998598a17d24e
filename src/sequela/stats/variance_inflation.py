"""How far covariates of a model say the same."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.stats.columns import numbers

SAME = 1e-10
"""Share of the variance left by the others below which a term is taken to be determined by them: rounding."""


def variance_inflation(columns: ArrayLike, terms: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """Return the generalised variance inflation factor of each term, its root taken over the term's columns.

    Fox & Monette (1992), J Am Stat Assoc 87:178: det(R11) det(R22) / det(R) of the correlations within the term, among
    the others, and of all. For a term of one column it is 1 / (1 - R squared) of that column on the others.

    Parameters
    ----------
    columns : array_like, shape (n, p)
        Finite, none missing, each with some variation.
    terms : tuple of tuples of int
        The columns of each term.

    Returns
    -------
    float array, shape (number of terms,)
        From 1 on; infinite where the other terms determine one of its columns.

    Raises
    ------
    NotEstimableError
        Where a value is missing, a column is constant, or there are fewer than two rows.
    """
    values = numbers("columns", columns)
    if values.ndim != 2 or values.shape[0] < 2 or not np.isfinite(values).all():
        raise NotEstimableError(Problem("columns", "a missing or infinite value, or too few rows", "a complete table"))
    if values.shape[1] == 0 or not (values.std(axis=0) > 0).all():
        raise NotEstimableError(Problem("columns", "a constant column, or none", "columns that vary"))
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    return np.array([_inflation(scaled, np.array(term)) for term in terms])


def _inflation(scaled: np.ndarray, own: np.ndarray) -> float:
    """Compare the volume of the term's columns with what the others leave of them."""
    others = np.delete(scaled, own, axis=1)
    left = scaled[:, own]
    if others.shape[1]:
        left = left - others @ np.linalg.lstsq(others, left, rcond=None)[0]
    whole, rest = (np.linalg.slogdet(part.T @ part / scaled.shape[0]) for part in (scaled[:, own], left))
    if rest.sign <= 0 or np.linalg.eigvalsh(left.T @ left / scaled.shape[0])[0] < SAME:
        return float("inf")
    return float(np.exp((whole.logabsdet - rest.logabsdet) / own.size))
