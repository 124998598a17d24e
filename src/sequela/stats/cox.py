"""Cox's proportional hazards regression."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from sequela.errors import NotEstimableError, Problem
from sequela.stats.chi_square import ChiSquareTest, chi_square_test
from sequela.stats.columns import category_codes, columns_of_equal_length
from sequela.stats.confidence import level_problems
from sequela.stats.follow_up import FollowUp, follow_up, patients
from sequela.stats.partial_likelihood import CoxModel, LikelihoodPoint, cox_model, likelihood_at, score_residuals
from sequela.stats.risk_sets import risk_sets, sum_by

RELATIVE_CONVERGENCE = 1e-9
"""Newton stops when the log-likelihood changes by no more than this share (R's `coxph.control`)."""

MAX_ITERATIONS = 20

DEPENDENCE_TOLERANCE = float(np.finfo(float).eps ** 0.75)
"""A covariate with less than this share of its information left over is a combination of others."""


@dataclass(frozen=True, slots=True)
class CoxFit:
    """A fitted proportional hazards model.

    Attributes
    ----------
    coefficients, std_errors : float array, shape (p,)
        Log hazard ratios per unit of each covariate; the standard error is nan where it diverges.
    covariance : float array, shape (p, p)
        Clustered (robust) where clusters were given, otherwise `model_covariance`.
    model_covariance : float array, shape (p, p)
        Inverse information.
    log_likelihood, log_likelihood_null : float
        At the coefficients and at zero.
    score_statistic : float
        Score test of all coefficients being zero.
    n, events : int
        Patients and events in the fit; patients of weight zero are not.
    iterations : int
    ties : str
        "efron" or "breslow".
    converged : bool
        False only where a coefficient diverges.
    diverging : bool array, shape (p,)
        Coefficients without a finite estimate: the likelihood keeps rising as they grow, as when
        every event lies in one group. The number in `coefficients` is then only where the search
        stopped; print the sign and a profile likelihood interval, never the number.
    robust : bool
    model : CoxModel
        The prepared data, for refits.
    """

    coefficients: np.ndarray
    std_errors: np.ndarray
    covariance: np.ndarray
    model_covariance: np.ndarray
    log_likelihood: float
    log_likelihood_null: float
    score_statistic: float
    n: int
    events: int
    iterations: int
    ties: str
    converged: bool
    diverging: np.ndarray
    robust: bool
    model: CoxModel


@dataclass(frozen=True, slots=True)
class CoefficientInterval:
    """Confidence limits on the scale of the coefficients; exponentiate for hazard ratios.

    Attributes
    ----------
    low, high : float array
        Shape (p,), or () for a single coefficient.
    level : float
    method : str
    """

    low: np.ndarray
    high: np.ndarray
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class WaldTest:
    """Each coefficient divided by its standard error.

    Attributes
    ----------
    z, p_value : float array, shape (p,)
    """

    z: np.ndarray
    p_value: np.ndarray


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where Newton's method stopped."""

    coefficients: np.ndarray
    point: LikelihoodPoint
    iterations: int
    converged: bool


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    ties: str = "efron",
) -> CoxFit:
    """Fit log hazard ratios by maximum partial likelihood.

    A patient is at risk at t when entry < t <= time; near-ties are one time; no missing values.
    Newton with step halving, started at zero, stops as R's `coxph` does, so that results agree
    with it beyond printing. Cox (1972) doi:10.1111/j.2517-6161.1972.tb00899.x; ties see
    `cox_model`; clustered variance Lin & Wei (1989) doi:10.1080/01621459.1989.10478874.
    Golden: tests/golden/cox.

    Parameters
    ----------
    time, event, entry : array, shape (n,)
        See `FollowUp`.
    covariates : float array, shape (n, p) or (n,)
    strata : array of codes, shape (n,)
        Each stratum has its own baseline hazard.
    weights : float array, shape (n,)
        Case weights. A patient of weight zero is left out. Under Breslow a whole weight equals
        repeating the row; under Efron it does not, because repeated rows are tied.
    cluster : array of codes, shape (n,)
        Asks for the clustered variance; `numpy.arange(n)` gives the plain robust one.
    ties : {"efron", "breslow"}

    Raises
    ------
    NotEstimableError
        No events, a covariate that is constant, tells nothing at any event time or is a linear
        combination of others, input that is not finite, or no maximum found.
    """
    data = follow_up(time, event, entry)
    model, clusters = _prepare(data, covariates, _Roles(strata, weights, cluster), ties)
    return _fit(model, clusters)


def wald_interval(fit: CoxFit, level: float = 0.95) -> CoefficientInterval:
    """Return limits a normal quantile of standard errors away; nan where the coefficient diverges."""
    if problems := level_problems(level):
        raise NotEstimableError(problems)
    half_width = np.where(fit.diverging, np.nan, ndtri(0.5 + level / 2) * fit.std_errors)
    method = "Wald, robust standard error" if fit.robust else "Wald"
    return CoefficientInterval(fit.coefficients - half_width, fit.coefficients + half_width, level, method)


def wald_test(fit: CoxFit) -> WaldTest:
    """Test each coefficient being zero, two-sided; nan where it diverges."""
    z = np.where(fit.diverging, np.nan, fit.coefficients / fit.std_errors)
    return WaldTest(z, 2 * ndtr(-np.abs(z)))


def joint_wald_test(fit: CoxFit, indices: ArrayLike | None = None) -> ChiSquareTest:
    """Test that the coefficients at `indices` (default: all) are zero together.

    Uses the robust covariance where there is one. Not computable where one of them diverges.
    """
    chosen = _indices(fit, indices)
    if fit.diverging[chosen].any():
        raise NotEstimableError(
            Problem(
                "coefficients",
                f"{int(fit.diverging[chosen].sum())} without a finite estimate",
                "events in every group",
                "Use the likelihood ratio test.",
            )
        )
    part = fit.coefficients[chosen]
    statistic = part @ np.linalg.solve(fit.covariance[np.ix_(chosen, chosen)], part)
    return chi_square_test(statistic, chosen.size)


def likelihood_ratio_test(fit: CoxFit, indices: ArrayLike | None = None) -> ChiSquareTest:
    """Test the covariates at `indices` (default: all) by refitting without them.

    Valid where a coefficient diverges. Not after case weights or clustering.
    """
    if fit.robust:
        raise NotEstimableError(
            Problem("fit", "a clustered variance", "a model fitted without clusters", "Use joint_wald_test.")
        )
    chosen = _indices(fit, indices)
    others = np.setdiff1d(np.arange(fit.coefficients.size), chosen)
    smaller = fit.log_likelihood_null
    if others.size:
        model = replace(fit.model, covariates=fit.model.covariates[:, others])
        smaller = maximise(model, np.zeros(others.size)).point.log_likelihood
    return chi_square_test(2 * (fit.log_likelihood - smaller), chosen.size)


def score_test(fit: CoxFit) -> ChiSquareTest:
    """Test that all coefficients are zero by the slope of the likelihood there."""
    return chi_square_test(fit.score_statistic, fit.coefficients.size)


def maximise(model: CoxModel, start: np.ndarray) -> Maximum:
    """Climb the log partial likelihood by Newton's method, halving steps that lead down.

    The order of the checks is that of R's `coxfit6`, so that the last step taken is the same.
    """
    coefficients, point = start, likelihood_at(model, start)
    proposal, halvings = coefficients + newton_step(point), 0
    for iteration in range(1, MAX_ITERATIONS + 1):
        candidate = likelihood_at(model, proposal)
        gain = candidate.log_likelihood - point.log_likelihood
        if halvings == 0 and abs(gain) <= RELATIVE_CONVERGENCE * abs(candidate.log_likelihood):
            return Maximum(proposal, candidate, iteration, True)
        if np.isfinite(gain) and gain >= 0:
            coefficients, point, halvings = proposal, candidate, 0
            proposal = coefficients + newton_step(point)
        else:
            halvings += 1
            proposal = (proposal + halvings * coefficients) / (halvings + 1)
        if not np.isfinite(proposal).all():
            return Maximum(coefficients, point, iteration, False)
    return Maximum(coefficients, point, MAX_ITERATIONS, False)


def newton_step(point: LikelihoodPoint) -> np.ndarray:
    """Return information to the minus one times score; nan where there is no information left."""
    try:
        return np.linalg.solve(point.information, point.score)
    except np.linalg.LinAlgError:
        return np.full(point.score.size, np.nan)


@dataclass(frozen=True, slots=True)
class _Roles:
    """What columns beside the covariates stand for; None where not used."""

    strata: ArrayLike | None
    weights: ArrayLike | None
    cluster: ArrayLike | None


def _prepare(data: FollowUp, covariates: ArrayLike, roles: _Roles, ties: str) -> tuple[CoxModel, np.ndarray | None]:
    """Check every column and return the model with its clusters, patients of weight zero left out."""
    n = data.time.size
    columns = _covariate_matrix(covariates)
    weights = np.ones(n) if roles.weights is None else _weight_column(roles.weights)
    strata = None if roles.strata is None else category_codes("strata", roles.strata)
    clusters = None if roles.cluster is None else category_codes("cluster", roles.cluster)
    problems = columns_of_equal_length(n, covariates=columns, weights=weights, strata=strata, cluster=clusters)
    if ties not in ("efron", "breslow"):
        problems.append(Problem("ties", f"{ties!r}", '"efron" or "breslow"'))
    if not problems and not np.any(data.event & (weights > 0)):
        problems.append(Problem("event", "no events", "at least one event", "Report the curves without a model."))
    if problems:
        raise NotEstimableError(problems)
    kept = weights > 0
    columns, weights = columns[kept], weights[kept]
    sets = risk_sets(patients(data, kept), None if strata is None else strata[kept])
    centred = np.asfortranarray(columns - np.average(columns, axis=0, weights=weights))
    model = cox_model(centred, weights, np.zeros(weights.size), sets, ties)
    return model, None if clusters is None else clusters[kept]


def _fit(model: CoxModel, clusters: np.ndarray | None) -> CoxFit:
    origin = np.zeros(model.covariates.shape[1])
    null = likelihood_at(model, origin)
    _check_information(model, null.information)
    best = maximise(model, origin)
    diverging = _diverging(model, best)
    if not (best.converged or diverging.any()):
        raise NotEstimableError(
            Problem("covariates", f"no maximum after {MAX_ITERATIONS} steps", "", "Use fewer covariates.")
        )
    inverse = _inverse(best.point.information)
    covariance = inverse if clusters is None else _clustered(model, best.coefficients, inverse, clusters)
    variances = np.diag(covariance)
    return CoxFit(
        coefficients=best.coefficients,
        std_errors=np.sqrt(np.where(diverging | (variances < 0), np.nan, variances)),
        covariance=covariance,
        model_covariance=inverse,
        log_likelihood=best.point.log_likelihood,
        log_likelihood_null=null.log_likelihood,
        score_statistic=float(null.score @ newton_step(null)),
        n=model.weights.size,
        events=model.sets.event_rows.size,
        iterations=best.iterations,
        ties=model.ties,
        converged=best.converged,
        diverging=diverging,
        robust=clusters is not None,
        model=model,
    )


def _inverse(information: np.ndarray) -> np.ndarray:
    """Invert on the scale of unit information, so that units of measurement do not matter."""
    diagonal = np.diag(information)
    unit = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    return np.linalg.pinv(information * np.outer(unit, unit), hermitian=True) * np.outer(unit, unit)


def _clustered(model: CoxModel, coefficients: np.ndarray, inverse: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    _, index = np.unique(clusters, return_inverse=True)
    influence = sum_by(index, score_residuals(model, coefficients) @ inverse, int(index.max()) + 1)
    return influence.T @ influence


def _diverging(model: CoxModel, best: Maximum) -> np.ndarray:
    """Find coefficients that would go on growing.

    At a proper maximum the next Newton step is negligible, and the one after it more so; on a
    likelihood that rises for ever, steps stay as long as they were. Steps are in standard
    deviations of the covariate; the thresholds are those of the warning in R's `coxph`.
    """
    scale = model.covariates.std(axis=0)
    step = newton_step(best.point)
    length = np.abs(step) * scale
    suspect = ~(length <= RELATIVE_CONVERGENCE) & ~(
        length <= np.sqrt(RELATIVE_CONVERGENCE) * np.abs(best.coefficients) * scale
    )
    if not suspect.any() or not np.isfinite(step).all():
        return suspect
    next_step = newton_step(likelihood_at(model, best.coefficients + step))
    return suspect & ~(np.abs(next_step) * scale <= 0.1 * length)


def _check_information(model: CoxModel, information: np.ndarray) -> None:
    """Refuse covariates whose coefficient the data cannot tell at all."""
    spread = np.ptp(model.covariates, axis=0)
    weight = float(model.step_weight.sum())
    problems = []
    independent: list[int] = []
    for column in range(information.shape[0]):
        left = information[column, column]
        if spread[column] == 0:
            problems.append(_column_problem(column, "constant"))
        elif left <= DEPENDENCE_TOLERANCE * weight * spread[column] ** 2:
            problems.append(_column_problem(column, "constant among the patients at risk at every event"))
        else:
            known = information[np.ix_(independent, independent)]
            shared = information[independent, column]
            if left - shared @ np.linalg.solve(known, shared) <= DEPENDENCE_TOLERANCE * left:
                problems.append(_column_problem(column, "a linear combination of earlier covariates"))
            else:
                independent.append(column)
    if problems:
        raise NotEstimableError(problems)


def _column_problem(column: int, found: str) -> Problem:
    return Problem(f"covariates, column {column + 1}", found, "a covariate that varies by itself", "Leave it out.")


def _covariate_matrix(covariates: ArrayLike) -> np.ndarray:
    try:
        columns = np.asarray(covariates, dtype=float)
    except (TypeError, ValueError):
        raise NotEstimableError(Problem("covariates", "values that are not numbers", "numbers")) from None
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or columns.shape[1] == 0:
        raise NotEstimableError(
            Problem("covariates", f"an array of shape {columns.shape}", "one row per patient, one column per covariate")
        )
    if not np.isfinite(columns).all():
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


def _weight_column(weights: ArrayLike) -> np.ndarray:
    try:
        column = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        raise NotEstimableError(Problem("weights", "values that are not numbers", "numbers from 0 on")) from None
    if column.ndim != 1 or not np.isfinite(column).all() or (column < 0).any():
        raise NotEstimableError(
            Problem("weights", "a missing, infinite or negative weight", "one weight from 0 on per patient")
        )
    return column


def _indices(fit: CoxFit, indices: ArrayLike | None) -> np.ndarray:
    if indices is None:
        return np.arange(fit.coefficients.size)
    return np.unique(np.arange(fit.coefficients.size)[np.atleast_1d(np.asarray(indices, dtype=int))])
