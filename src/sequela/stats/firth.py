"""Firth's penalised Cox regression: finite hazard ratios where all events lie in one group.

The likelihood is penalised by half the log of the determinant of the information, which takes
most of the bias of few events away and keeps every coefficient finite.
"""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.chi_square import ChiSquareTest, chi_square_test
from sequela.stats.confidence import level_problems
from sequela.stats.cox import CoefficientInterval, CoxFit
from sequela.stats.cox_columns import spread
from sequela.stats.distributions import chi_square_value
from sequela.stats.partial_likelihood import CoxModel, LikelihoodPoint, factors, likelihood_at
from sequela.stats.profile_likelihood import Profile, ProfilePoint, limit
from sequela.stats.risk_sets import at_risk_sums, sum_by

MAX_STEPS = 100

LONGEST_STEP = 2.0
"""In units of log hazard per root mean square of the covariate."""

PRECISION = 1e-9
"""The search ends when a step is shorter than this, in the same units."""


@frozen
class FirthFit:
    """A penalised proportional hazards model.

    Attributes
    ----------
    coefficients, std_errors : float array, shape (p,)
        Log hazard ratios, and standard errors from the information at them.
    covariance : float array, shape (p, p)
    log_likelihood, log_likelihood_null : float
        Penalised, at the coefficients and at zero.
    n, events : int
    ties : str
    model : CoxModel
    """

    coefficients: np.ndarray
    std_errors: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    log_likelihood_null: float
    n: int
    events: int
    ties: str
    model: CoxModel


def firth(fit: CoxFit) -> FirthFit:
    """Fit a Cox model again with Firth's penalty.

    Firth (1993) doi:10.1093/biomet/80.1.27; Heinze & Schemper (2001)
    doi:10.1111/j.0006-341X.2001.00114.x, whose R package `coxphf` has Breslow's ties only.
    Golden: tests/golden/firth. Meant for small data: time grows with the covariates squared.

    Raises
    ------
    NotEstimableError
        Case weights, clusters or exact ties, for which the penalty is not defined here; no maximum.
    """
    problems = []
    if fit.robust or (fit.model.weights != 1).any():
        problems.append(
            Problem("fit", "case weights or a clustered variance", "a model without them", "Fit the model again.")
        )
    if fit.ties == "exact":
        problems.append(Problem("fit", "exact ties", '"efron" or "breslow"', "Fit the model again."))
    if problems:
        raise NotEstimableError(problems)
    p = fit.coefficients.size
    null = penalised_at(fit.model, np.zeros(p))
    coefficients, point = _climb(fit.model, np.zeros(p), np.arange(p))
    covariance = np.linalg.inv(point.information)
    return FirthFit(
        coefficients=coefficients,
        std_errors=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        log_likelihood=point.log_likelihood,
        log_likelihood_null=null.log_likelihood,
        n=fit.n,
        events=fit.events,
        ties=fit.ties,
        model=fit.model,
    )


def firth_test(fit: FirthFit, indices: ArrayLike | None = None) -> ChiSquareTest:
    """Test that the coefficients at `indices` (default: all) are zero, by the penalised likelihood ratio.

    The penalty of the smaller model is that of the whole one with these coefficients at zero. Heinze & Schemper
    (2001), Biometrics 57:114.
    """
    every = np.arange(fit.coefficients.size)
    chosen = every if indices is None else np.unique(every[np.atleast_1d(np.asarray(indices, dtype=int))])
    start = fit.coefficients.copy()
    start[chosen] = 0
    _, smaller = _climb(fit.model, start, np.setdiff1d(every, chosen))
    return chi_square_test(2 * (fit.log_likelihood - smaller.log_likelihood), chosen.size)


def firth_interval(fit: FirthFit, index: int = 0, level: float = 0.95) -> CoefficientInterval:
    """Return the values of a coefficient that the penalised likelihood ratio test does not reject.

    Heinze & Schemper (2001), Biometrics 57:114.

    Raises
    ------
    NotEstimableError
        An index or a level that does not exist, or a profile too rough to follow.
    """
    problems = level_problems(level)
    if not -fit.coefficients.size <= index < fit.coefficients.size:
        problems.append(Problem("index", f"{index}", f"a coefficient from 0 to {fit.coefficients.size - 1}"))
    if problems:
        raise NotEstimableError(problems)
    column = index % fit.coefficients.size
    rest = np.delete(np.arange(fit.coefficients.size), column)

    def at(value: float, others: np.ndarray) -> ProfilePoint:
        coefficients, point = _climb(fit.model, np.insert(others, column, value), rest)
        return ProfilePoint(point.log_likelihood, float(point.score[column]), coefficients[rest])

    target = fit.log_likelihood - chi_square_value(1 - level, 1) / 2
    unit = 1 / float(spread(fit.model)[column])
    profile = Profile(at, float(fit.coefficients[column]), unit, f"covariates, column {column + 1}")
    width = 2 * float(fit.std_errors[column])
    low, high = (
        limit(profile, profile.centre + side * width, fit.coefficients[rest], side, target) for side in (-1, 1)
    )
    return CoefficientInterval(np.asarray(low), np.asarray(high), level, "penalised profile likelihood")


@np.errstate(all="ignore")
def penalised_at(model: CoxModel, coefficients: np.ndarray) -> LikelihoodPoint:
    """Evaluate the penalised log-likelihood and its slope; the information is that of the likelihood.

    The slope of the penalty is half the trace of the inverse information times its derivative,
    which is a sum of third central moments of the covariates over the risk sets.
    """
    point = likelihood_at(model, coefficients)
    sign, determinant = np.linalg.slogdet(point.information)
    if sign <= 0 or not np.isfinite(determinant):
        return LikelihoodPoint(-np.inf, np.full_like(point.score, np.nan), point.information)
    score = point.score + _third_moments(model, coefficients, np.linalg.inv(point.information)) / 2
    return LikelihoodPoint(point.log_likelihood + float(determinant) / 2, score, point.information)


def _third_moments(model: CoxModel, coefficients: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Sum the third central moments over the factors of the likelihood, two of three indices closed with `inverse`."""
    x, (n, p) = model.covariates, model.covariates.shape
    predictor = x @ coefficients + model.offset
    risk = model.weights * np.exp(predictor - predictor.max())
    size = np.einsum("ia,ab,ib->i", x, inverse, x)[:, None]
    values = np.hstack([np.ones((n, 1)), size, x, size * x, (x[:, :, None] * x[:, None, :]).reshape(n, p * p)])
    values *= risk[:, None]
    sets, steps = model.sets, factors(model)
    tied = sum_by(sets.cell_of_event, values[sets.event_rows], sets.cells)
    sums = at_risk_sums(values, sets)[steps.cell] - steps.fraction[:, None] * tied[steps.cell]
    sums /= sums[:, :1]
    mean, sizes, sized = sums[:, 2 : 2 + p], sums[:, 1:2], sums[:, 2 + p : 2 + 2 * p]
    squares = sums[:, 2 + 2 * p :].reshape(-1, p, p)
    turned = mean @ inverse
    moments = sized - mean * sizes - 2 * np.einsum("sab,sb->sa", squares, turned)
    moments += 2 * np.sum(mean * turned, axis=1, keepdims=True) * mean
    return steps.weight @ moments


def _climb(model: CoxModel, start: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, LikelihoodPoint]:
    """Climb in the free coefficients; the curvature is the information, corrected by the slopes seen (BFGS)."""
    coefficients, point = start, penalised_at(model, start)
    if not free.size:
        return coefficients, point
    unit = spread(model)[free]
    bend = point.information[np.ix_(free, free)]
    for _ in range(MAX_STEPS):
        step = np.linalg.solve(bend, point.score[free])
        longest = float(np.max(np.abs(step) * unit))
        if longest <= PRECISION:
            return coefficients, point
        step *= min(1.0, LONGEST_STEP / longest)
        moved = _uphill(model, coefficients, point, free, step)
        if moved is None:
            break
        proposal, found = moved
        taken, change = (proposal - coefficients)[free], (point.score - found.score)[free]
        if taken @ change > 0:
            bent = bend @ taken
            bend = bend + np.outer(change, change) / (taken @ change) - np.outer(bent, bent) / (taken @ bent)
        coefficients, point = proposal, found
    raise NotEstimableError(
        Problem("covariates", "no maximum of the penalised likelihood", "", "Use fewer covariates.")
    )


def _uphill(
    model: CoxModel, coefficients: np.ndarray, point: LikelihoodPoint, free: np.ndarray, step: np.ndarray
) -> tuple[np.ndarray, LikelihoodPoint] | None:
    """Take the step, or the longest of its halves that does not lead down; None where all do."""
    slack = 1e-12 * abs(point.log_likelihood)
    for halvings in range(40):
        proposal = coefficients.copy()
        proposal[free] += step / 2**halvings
        found = penalised_at(model, proposal)
        if found.log_likelihood >= point.log_likelihood - slack:
            return proposal, found
    return None
