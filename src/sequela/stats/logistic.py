"""Logistic regression by maximum likelihood."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, numbers, weight_column
from sequela.stats.distributions import expit

MOST_STEPS, TOLERANCE = 30, 1e-11
SEPARATED = 1e-8
"""A fitted probability this close to 0 or 1 for a whole outcome means that the covariates tell it apart."""


@frozen
class LogisticFit:
    """A fitted model; the first coefficient is the intercept.

    Attributes
    ----------
    coefficients : float array, shape (p + 1,)
        Log odds ratios.
    covariance : float array, shape (p + 1, p + 1)
        Inverse information.
    fitted : float array, shape (n,)
        Probabilities.
    log_likelihood : float
    n : int
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    fitted: np.ndarray
    log_likelihood: float
    n: int

    @property
    def std_errors(self) -> np.ndarray:
        """Return the standard errors of the coefficients."""
        return np.sqrt(np.diag(self.covariance))


def logistic(outcome: ArrayLike, covariates: ArrayLike, weights: ArrayLike | None = None) -> LogisticFit:
    """Fit the log odds of an outcome as linear in the covariates, with an intercept.

    Newton's method (iteratively reweighted least squares) on covariates scaled to their standard deviation, stopped
    as R's `glm` does but closer. No missing values. Golden: tests/golden/propensity.

    Parameters
    ----------
    outcome : bool array, shape (n,)
    covariates : float array, shape (n, p) or (n,)
    weights : float array, shape (n,)
        Case weights, not negative.

    Raises
    ------
    NotEstimableError
        One outcome only, a missing number, a constant or collinear covariate, or covariates that tell the
        outcomes apart completely (separation), where no estimate exists.
    """
    yes, columns = numbers("outcome", outcome), numbers("covariates", covariates)
    columns = columns[:, None] if columns.ndim == 1 else columns
    weight = np.ones(yes.size) if weights is None else weight_column(weights)
    if problems := columns_of_equal_length(yes.size, covariates=columns, weights=weight):
        raise NotEstimableError(problems)
    _check(yes, columns, weight)
    scale = columns.std(axis=0)
    centre = columns.mean(axis=0)
    design = np.column_stack([np.ones(yes.size), (columns - centre) / scale])
    beta, deviance = np.zeros(design.shape[1]), np.inf
    for _ in range(MOST_STEPS):
        fitted = expit(design @ beta)
        spread = weight * fitted * (1 - fitted)
        information = design.T @ (design * spread[:, None])
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e13:
            raise _separated()
        beta = beta + np.linalg.solve(information, design.T @ (weight * (yes - fitted)))
        last, deviance = deviance, -2 * _log_likelihood(yes, design @ beta, weight)
        if abs(deviance - last) <= TOLERANCE * (abs(deviance) + 0.1):
            break
    else:
        raise _separated()
    fitted = expit(design @ beta)
    if np.where(yes > 0, 1 - fitted, fitted)[weight > 0].max() < SEPARATED:
        raise _separated()
    back = np.zeros((beta.size, beta.size))
    back[0, 0], back[0, 1:] = 1.0, -centre / scale
    back[1:, 1:] = np.diag(1 / scale)
    spread = weight * fitted * (1 - fitted)
    covariance = back @ np.linalg.inv(design.T @ (design * spread[:, None])) @ back.T
    return LogisticFit(back @ beta, covariance, fitted, -deviance / 2, yes.size)


def _log_likelihood(yes: np.ndarray, linear: np.ndarray, weight: np.ndarray) -> float:
    return float((weight * (yes * linear - np.logaddexp(0, linear))).sum())


def _separated() -> NotEstimableError:
    found = "the covariates tell the two outcomes apart"
    return NotEstimableError(Problem("logistic regression", found, "patients of both kinds for every covariate"))


def _rank(columns: np.ndarray) -> int:
    """Return the rank; the triangle of a QR decomposition has the singular values of the columns and few rows."""
    if columns.shape[0] <= columns.shape[1]:
        return int(np.linalg.matrix_rank(columns))
    triangle = np.linalg.qr(columns, mode="r")
    return int(np.linalg.matrix_rank(triangle, rtol=max(columns.shape) * np.finfo(float).eps))


def _check(yes: np.ndarray, columns: np.ndarray, weight: np.ndarray) -> None:
    problems = []
    if not np.isfinite(columns).all() or not np.isfinite(weight).all() or (weight < 0).any():
        problems.append(Problem("covariates and weights", "a missing, infinite or negative value", "finite numbers"))
    if set(np.unique(yes)) != {0.0, 1.0}:
        problems.append(Problem("outcome", "only one outcome, or values that are none", "both outcomes"))
    elif not problems:
        centred = columns - columns.mean(axis=0)
        spread = centred.std(axis=0)
        if (spread <= 1e-12 * (np.abs(columns).max(axis=0) + 1)).any():
            problems.append(Problem("covariates", "a constant column", "columns that vary"))
        elif _rank(centred / spread) < columns.shape[1]:
            problems.append(
                Problem("covariates", "a column that is a sum of others", "columns that each tell something")
            )
    if problems:
        raise NotEstimableError(problems)
