"""Cox's proportional hazards regression."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.chi_square import ChiSquareTest, chi_square_test
from sequela.stats.columns import numbered
from sequela.stats.confidence import level_problems
from sequela.stats.cox_columns import Roles, check_information, prepared, spread
from sequela.stats.distributions import normal_quantile, two_sided_ps
from sequela.stats.follow_up import follow_up
from sequela.stats.newton import RELATIVE_CONVERGENCE, Maximum, climb, maximise, newton_step
from sequela.stats.partial_likelihood import CoxModel, LikelihoodPoint, likelihood, score_residuals
from sequela.stats.risk_sets import sum_by

VANISHED = 1e3
"""Beside a coefficient that diverges, one with a larger standard error has lost its information to it.

In log hazard per root mean square of the covariate.
"""

VANISHING = 1e-20
"""Share of the variance of the model at or below which a robust one is made of rounding errors alone."""

SINGULAR = 1e-12
"""Smallest eigenvalue of correlated estimates at or below which some of them are the same: rounding leaves 1e-16."""


@frozen
class CoxFit:
    """A fitted proportional hazards model.

    Attributes
    ----------
    coefficients, std_errors : float array, shape (p,)
        Log hazard ratios per unit of each covariate; the standard error is nan where it diverges, and where the
        scores of the clusters vanish but for rounding, which R prints as a standard error.
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
        "efron", "breslow" or "exact".
    converged : bool
        False only where a coefficient diverges.
    diverging : bool array, shape (p,)
        Coefficients without a finite estimate: the likelihood keeps rising as they grow, as when
        every event lies in one group; or those of which nothing is known beside such a one. The
        number in `coefficients` is then only where the search stopped; print the sign and a
        profile likelihood interval, never the number.
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


@frozen
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


@frozen
class WaldTest:
    """Each coefficient divided by its standard error.

    Attributes
    ----------
    z, p_value : float array, shape (p,)
    """

    z: np.ndarray
    p_value: np.ndarray


class Columns(TypedDict, total=False):
    """Columns beside the covariates, one value per row; see `cox`."""

    strata: ArrayLike | None
    weights: ArrayLike | None
    offset: ArrayLike | None
    cluster: ArrayLike | None


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    ties: str = "efron",
    **columns: Unpack[Columns],
) -> CoxFit:
    """Fit log hazard ratios by maximum partial likelihood.

    A patient is at risk at t when entry < t <= time; near-ties are one time; no missing values.
    Newton with step halving, started at zero, stops as R's `coxph` does, so that results agree
    with it beyond printing. A covariate that changes with time takes several rows per patient,
    each from its own entry to its own time, the event in the last.
    Cox (1972) doi:10.1111/j.2517-6161.1972.tb00899.x; ties see `factors`; clustered variance
    Lin & Wei (1989) doi:10.1080/01621459.1989.10478874.
    Golden: tests/golden/cox, tests/golden/cox_fuzz.

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
    offset : float array, shape (n,)
        Log hazard ratios that are known and added to the linear predictor.
    cluster : array of codes, shape (n,)
        Asks for the clustered variance; `numpy.arange(n)` gives the plain robust one. Two at least: scores
        add up to zero, so that one cluster would have a standard error of zero (R prints its rounding error).
    ties : {"efron", "breslow", "exact"}
        Exact ties are those of truly discrete times, without case weights or clusters: SAS's
        `TIES=DISCRETE`, not its `TIES=EXACT`.

    Raises
    ------
    NotEstimableError
        No events, exact ties with weights or clusters, only one cluster, a covariate that is constant, tells nothing
        at any event time or is a linear combination of others, input that is not finite, or no
        maximum found.
    """
    return _fit(*prepared(follow_up(time, event, entry), covariates, Roles(**columns), ties))


def wald_interval(fit: CoxFit, level: float = 0.95) -> CoefficientInterval:
    """Return limits a normal quantile of standard errors away; nan where the coefficient diverges.

    As R's `summary.coxph`.
    """
    if problems := level_problems(level):
        raise NotEstimableError(problems)
    half_width = np.where(fit.diverging, np.nan, normal_quantile(0.5 + level / 2) * fit.std_errors)
    method = "Wald, robust standard error" if fit.robust else "Wald"
    return CoefficientInterval(fit.coefficients - half_width, fit.coefficients + half_width, level, method)


def wald_test(fit: CoxFit) -> WaldTest:
    """Test each coefficient being zero, two-sided; nan where it diverges.

    As R's `summary.coxph`.
    """
    z = np.where(fit.diverging, np.nan, fit.coefficients / fit.std_errors)
    return WaldTest(z, two_sided_ps(z))


def joint_wald_test(fit: CoxFit, indices: ArrayLike | None = None) -> ChiSquareTest:
    """Test that the coefficients at `indices` (default: all) are zero together.

    Uses the robust covariance where there is one. Not computable where one of them diverges, nor where there
    are so few clusters that their covariance is singular: R's `summary.coxph`, which prints this test of all
    coefficients, gives rounding errors there, and leaves coefficients out whose variances lie far apart.
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
    covariance = fit.covariance[np.ix_(chosen, chosen)]
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = 1 / np.sqrt(np.diag(covariance))
    scaled = covariance * np.outer(unit, unit)
    if np.isnan(fit.std_errors[chosen]).any() or np.linalg.eigvalsh(scaled)[0] <= SINGULAR:
        raise NotEstimableError(
            Problem(
                "covariance",
                f"fewer than {chosen.size} independent directions",
                "more clusters than coefficients tested together",
                "Test fewer coefficients together, or fit the model without clusters.",
            )
        )
    part = fit.coefficients[chosen] * unit
    return chi_square_test(float(part @ np.linalg.solve(scaled, part)), chosen.size)


def likelihood_ratio_test(fit: CoxFit, indices: ArrayLike | None = None) -> ChiSquareTest:
    """Test the covariates at `indices` (default: all) by refitting without them.

    Valid where a coefficient diverges. Not after case weights or clustering. As R's `anova` of two nested fits to
    the same patients.
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
    """Test that all coefficients are zero by the slope of the likelihood there.

    As R's `summary.coxph`; of a group, without ties, the log-rank test of Mantel (1966).
    """
    return chi_square_test(fit.score_statistic, fit.coefficients.size)


def _fit(model: CoxModel, clusters: np.ndarray | None) -> CoxFit:
    origin, at = np.zeros(model.covariates.shape[1]), likelihood(model)
    null, scale = at(origin), spread(model)
    if not (np.isfinite(null.log_likelihood) and np.isfinite(null.information).all()):
        raise NotEstimableError(
            Problem(
                "offset or weights",
                "patients beside whom the risk of others vanishes",
                "log hazard ratios within some hundreds of each other",
            )
        )
    check_information(model, null.information, scale)
    best = climb(at, origin, null)
    diverging = _diverging(at, best, scale)
    if not (best.converged or diverging.any()):
        raise NotEstimableError(
            Problem("covariates", f"no maximum after {best.iterations} steps", "", "Use fewer covariates.")
        )
    inverse = _inverse(best.point.information)
    if diverging.any():
        diverging |= np.sqrt(np.abs(np.diag(inverse))) * scale > VANISHED
    covariance = inverse if clusters is None else _clustered(model, best.coefficients, inverse, clusters)
    variances = np.where(np.diag(covariance) > VANISHING * np.diag(inverse), np.diag(covariance), np.nan)
    return CoxFit(
        coefficients=best.coefficients,
        std_errors=np.sqrt(np.where(diverging, np.nan, variances)),
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
    """Invert on the scale of unit information, whatever the units of measurement; nan where it is not known."""
    if not np.isfinite(information).all():
        return np.full_like(information, np.nan)
    diagonal = np.diag(information)
    unit = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    return np.linalg.pinv(information * np.outer(unit, unit), hermitian=True) * np.outer(unit, unit)


def _clustered(model: CoxModel, coefficients: np.ndarray, inverse: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    index, count = numbered(clusters)
    if count < 2:
        raise NotEstimableError(
            Problem("cluster", "one cluster", "two clusters or more", "Fit the model without clusters.")
        )
    residuals = score_residuals(model, coefficients)
    influence = (residuals if count == clusters.size else sum_by(index, residuals, count)) @ inverse
    return influence.T @ influence


def _diverging(at: Callable[[np.ndarray], LikelihoodPoint], best: Maximum, scale: np.ndarray) -> np.ndarray:
    """Find coefficients that would go on growing.

    At a proper maximum the next Newton step is negligible, and the one after it more so; on a
    likelihood that rises for ever, steps stay as long as they were. Steps are in standard
    deviations of the covariate, `scale`; the thresholds are those of the warning in R's `coxph`.
    """
    step = newton_step(best.point)
    length = np.abs(step) * scale
    suspect = ~(length <= RELATIVE_CONVERGENCE) & ~(
        length <= np.sqrt(RELATIVE_CONVERGENCE) * np.abs(best.coefficients) * scale
    )
    if not suspect.any() or not np.isfinite(step).all():
        return suspect
    next_step = newton_step(at(best.coefficients + step))
    return suspect & ~(np.abs(next_step) * scale <= 0.1 * length)


def _indices(fit: CoxFit, indices: ArrayLike | None) -> np.ndarray:
    if indices is None:
        return np.arange(fit.coefficients.size)
    return np.unique(np.arange(fit.coefficients.size)[np.atleast_1d(np.asarray(indices, dtype=int))])
