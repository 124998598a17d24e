"""What a Cox model is fitted to, checked: covariates, weights, strata, clusters, an offset."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import category_codes, columns_of_equal_length, numbered
from sequela.stats.follow_up import FollowUp, patients
from sequela.stats.partial_likelihood import CoxModel
from sequela.stats.risk_sets import risk_sets

DEPENDENCE_TOLERANCE = float(np.finfo(float).eps ** 0.75)
"""A covariate with less than this share of its information left over is a combination of others."""

ABREAST = 64
"""So many rows of a matrix are taken as one: numpy begins anew at every row, which takes longer than a short row."""

TIES = ("efron", "breslow", "exact")


@frozen
class Roles:
    """What columns beside the covariates stand for; None where not used."""

    strata: ArrayLike | None = None
    weights: ArrayLike | None = None
    offset: ArrayLike | None = None
    cluster: ArrayLike | None = None


def prepared(data: FollowUp, covariates: ArrayLike, roles: Roles, ties: str) -> tuple[CoxModel, np.ndarray | None]:
    """Check every column and return the model with its clusters, rows of weight zero left out."""
    n = data.time.size
    columns = covariate_matrix(covariates)
    weights = np.ones(n) if roles.weights is None else _weights(roles.weights)
    offset = np.zeros(n) if roles.offset is None else _offset(roles.offset)
    strata = None if roles.strata is None else category_codes("strata", roles.strata)
    clusters = None if roles.cluster is None else category_codes("cluster", roles.cluster)
    problems = columns_of_equal_length(
        n, covariates=columns, weights=weights, offset=offset, strata=strata, cluster=clusters
    )
    if ties not in TIES:
        problems.append(Problem("ties", f"{ties!r}", " or ".join(f'"{name}"' for name in TIES)))
    if ties == "exact" and (clusters is not None or not np.isin(weights, (0.0, 1.0)).all()):
        problems.append(
            Problem(
                "ties", '"exact" with case weights or clusters', '"efron" or "breslow"', "Subsets cannot be weighted."
            )
        )
    if not problems and not np.any(data.event & (weights > 0)):
        problems.append(Problem("event", "no events", "at least one event", "Report the curves without a model."))
    if problems:
        raise NotEstimableError(problems)
    kept = weights > 0
    if not kept.all():
        data, columns, weights, offset = patients(data, kept), columns[kept], weights[kept], offset[kept]
        strata, clusters = (None if codes is None else codes[kept] for codes in (strata, clusters))
    centred = _centred(columns, weights @ columns / weights.sum())
    offset = _centred_offset(offset, weights, strata)
    return CoxModel(centred, weights, offset, risk_sets(data, strata), ties), clusters


def _centred_offset(offset: np.ndarray, weights: np.ndarray, strata: np.ndarray | None) -> np.ndarray:
    """Take the mean of its stratum from each offset, which the likelihood does not know, so that no risk overflows."""
    if not offset.any():
        return offset
    index, count = (np.zeros(offset.size, dtype=np.int64), 1) if strata is None else numbered(strata)
    mean = np.bincount(index, weights * offset, count) / np.bincount(index, weights, count)
    centred: np.ndarray = offset - mean[index]
    return centred


def check_information(model: CoxModel, information: np.ndarray, scale: np.ndarray) -> None:
    """Refuse covariates whose coefficient the data cannot tell at all.

    `information` is that at coefficients of zero, `scale` the spread of the covariates.
    """
    weight = float(model.weights[model.sets.event_rows].sum())
    squares = scale**2
    problems = []
    independent: list[int] = []
    for column in range(information.shape[0]):
        left = information[column, column]
        if left <= DEPENDENCE_TOLERANCE * weight * squares[column]:
            constant = np.ptp(model.covariates[:, column]) == 0
            problems.append(
                _column_problem(
                    column, "constant" if constant else "constant among the patients at risk at every event"
                )
            )
            continue
        known = information[np.ix_(independent, independent)]
        shared = information[independent, column]
        if left - shared @ np.linalg.solve(known, shared) <= DEPENDENCE_TOLERANCE * left:
            problems.append(_column_problem(column, "a linear combination of earlier covariates"))
        else:
            independent.append(column)
    if problems:
        raise NotEstimableError(problems)


def spread(model: CoxModel) -> np.ndarray:
    """Return the root mean square of each centred covariate, shape (p,)."""
    n, p = model.covariates.shape
    rest = n % ABREAST
    abreast, left = model.covariates[: n - rest].reshape(-1, ABREAST * p), model.covariates[n - rest :]
    squares = np.einsum("ij,ij->j", abreast, abreast).reshape(ABREAST, p).sum(axis=0)
    return np.sqrt((squares + np.einsum("ij,ij->j", left, left)) / n)


def _centred(columns: np.ndarray, means: np.ndarray) -> np.ndarray:
    n, p = columns.shape
    whole = n - n % ABREAST
    centred = np.empty((n, p))
    wide = centred[:whole].reshape(-1, ABREAST * p)
    np.subtract(columns[:whole].reshape(wide.shape), np.tile(means, ABREAST), out=wide)
    np.subtract(columns[whole:], means, out=centred[whole:])
    return centred


def _column_problem(column: int, found: str) -> Problem:
    return Problem(f"covariates, column {column + 1}", found, "a covariate that varies by itself", "Leave it out.")


def covariate_matrix(covariates: ArrayLike) -> np.ndarray:
    """Return covariates as numbers, one row per patient and one column each; refuse what is not finite."""
    try:
        columns = np.asarray(covariates, dtype=float)
    except (TypeError, ValueError):
        raise NotEstimableError(Problem("covariates", "values that are not numbers", "numbers")) from None
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or columns.shape[1] == 0:
        raise NotEstimableError(
            Problem("covariates", f"an array of shape {columns.shape}", "one row per patient, one column per covariate")
        )
    # The sum is finite where all are, and takes a tenth of the time; where it is not, look closer.
    if not np.isfinite(columns.sum()) and not np.isfinite(columns).all():
        rows = int((~np.isfinite(columns)).any(axis=1).sum())
        raise NotEstimableError(
            Problem(
                "covariates",
                f"{rows} patients with a missing or infinite covariate",
                "finite numbers",
                "Leave these patients out and count them.",
            )
        )
    return columns


def _weights(weights: ArrayLike) -> np.ndarray:
    try:
        column = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        raise NotEstimableError(Problem("weights", "values that are not numbers", "numbers from 0 on")) from None
    if column.ndim != 1 or not np.isfinite(column).all() or (column < 0).any():
        raise NotEstimableError(
            Problem("weights", "a missing, infinite or negative weight", "one weight from 0 on per patient")
        )
    return column


def _offset(offset: ArrayLike) -> np.ndarray:
    try:
        column = np.asarray(offset, dtype=float)
    except (TypeError, ValueError):
        raise NotEstimableError(Problem("offset", "values that are not numbers", "log hazard ratios")) from None
    if column.ndim != 1 or not np.isfinite(column).all():
        raise NotEstimableError(
            Problem("offset", "a missing or infinite value", "one finite log hazard ratio per patient")
        )
    return column
