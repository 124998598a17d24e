"""Profile likelihood intervals for the coefficients of Cox's regression."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.confidence import level_problems
from sequela.stats.cox import CoefficientInterval, CoxFit
from sequela.stats.distributions import chi_square_value
from sequela.stats.newton import maximise
from sequela.stats.partial_likelihood import CoxModel, likelihood_at

FARTHEST = 50.0
"""A limit more than this many units of log hazard per standard deviation away is infinite."""

LONGEST_STEP = 5.0
"""In units of log hazard per standard deviation of the covariate."""

MAX_STEPS = 100

PRECISION = 1e-10
"""The search for a limit ends when it moves by less than this, in the same units."""


def profile_likelihood_interval(fit: CoxFit, index: int = 0, level: float = 0.95) -> CoefficientInterval:
    """Return the coefficients that the likelihood ratio test does not reject.

    The limit lies where twice the loss of log-likelihood, the other coefficients refitted,
    equals the chi-square quantile of one degree of freedom. Better than Wald with few events,
    and defined where the estimate is infinite: that limit is then infinite, the other is not.
    The profile is concave and its slope is the score at the refit, so Newton steps taken from
    outside approach each limit from one side. Venzon & Moolgavkar (1988) doi:10.2307/2347496.
    Golden: tests/golden/cox_profile. Not after case weights or clustering.

    Parameters
    ----------
    fit : CoxFit
    index : int
        Which coefficient.
    level : float

    Raises
    ------
    NotEstimableError
        An index that does not exist, or a robust fit, whose likelihood is not one.
    """
    problems = level_problems(level)
    if not -fit.coefficients.size <= index < fit.coefficients.size:
        problems.append(Problem("index", f"{index}", f"a coefficient from 0 to {fit.coefficients.size - 1}"))
    if fit.robust:
        problems.append(Problem("fit", "a clustered variance", "a model fitted without clusters", "Use wald_interval."))
    if problems:
        raise NotEstimableError(problems)
    column = index % fit.coefficients.size
    target = fit.log_likelihood - chi_square_value(1 - level, 1) / 2
    low, high = (_limit(fit, column, side, target) for side in (-1, 1))
    return CoefficientInterval(np.asarray(low), np.asarray(high), level, "profile likelihood")


@frozen
class ProfilePoint:
    """The best log-likelihood at a fixed coefficient, its slope, and the other coefficients."""

    log_likelihood: float
    slope: float
    others: np.ndarray


@frozen
class Profile:
    """A likelihood of one coefficient, the others refitted from where they were.

    Attributes
    ----------
    at : function of the coefficient and the others to start from
    centre : float
        The estimate.
    unit : float
        One log hazard per standard deviation of the covariate.
    where : str
        What a message calls it.
    """

    at: Callable[[float, np.ndarray], ProfilePoint]
    centre: float
    unit: float
    where: str


def limit(profile: Profile, begin: float, others: np.ndarray, side: int, target: float) -> float:
    """Walk from `begin`, on one side of the estimate, to where the log-likelihood is `target`."""
    value, unit = begin, profile.unit
    for _ in range(MAX_STEPS):
        point = profile.at(value, others)
        others = point.others
        step = abs((target - point.log_likelihood) / point.slope) if point.slope else np.inf
        # A likelihood that says nothing has a slope of rounding errors, whose sign would lead astray.
        outward = side if point.log_likelihood > target else -side
        step = outward * min(step, LONGEST_STEP * unit)
        value += step
        if abs(step) <= PRECISION * unit:
            return value
        if not abs(value - profile.centre) <= FARTHEST * unit:
            return float(side * np.inf)
    raise NotEstimableError(
        Problem(profile.where, "a profile likelihood too rough to follow", "", "Use wald_interval.")
    )


def _limit(fit: CoxFit, column: int, side: int, target: float) -> float:
    """Find the limit on one side."""
    unit = 1 / float(fit.model.covariates[:, column].std())
    centre = float(fit.coefficients[column])
    begin = 0.0
    if not fit.diverging[column]:
        begin = centre + side * min(2 * float(fit.model_covariance[column, column]) ** 0.5, LONGEST_STEP * unit)
    elif np.sign(centre) == side:
        return float(side * np.inf)
    profile = Profile(partial(_profile, fit.model, column), centre, unit, f"covariates, column {column + 1}")
    return limit(profile, begin, np.delete(fit.coefficients, column), side, target)


def _profile(model: CoxModel, column: int, value: float, start: np.ndarray) -> ProfilePoint:
    """Refit the other coefficients with one held at `value`."""
    rest = np.delete(np.arange(model.covariates.shape[1]), column)
    held = replace(
        model, covariates=model.covariates[:, rest], offset=model.offset + value * model.covariates[:, column]
    )
    best = maximise(held, start) if rest.size else None
    others = best.coefficients if best else start
    whole = likelihood_at(model, np.insert(others, column, value))
    return ProfilePoint(whole.log_likelihood, float(whole.score[column]), others)
