"""Patients of one centre share a frailty: how much hazards differ between centres, and the ratio within them.

Gamma frailty by penalised partial likelihood: Therneau, Grambsch & Pankratz (2003), J Comput Graph Stat 12:156.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import category_codes, columns_of_equal_length, numbered
from sequela.stats.confidence import level_problems
from sequela.stats.cox import CoefficientInterval, CoxFit
from sequela.stats.distributions import f_quantile, log_gamma, normal_quantile
from sequela.stats.partial_likelihood import CoxModel, LikelihoodPoint, likelihood

LEAST, MOST = 1e-5, 20.0
"""Between which the variance of the frailty is sought; at the least one centre is like another."""
MAX_STEPS, LONGEST_STEP, PRECISION = 50, 2.0, 1e-9
"""Newton steps, the longest of one coefficient, and the length of a step at which they end."""


@frozen
class FrailtyFit:
    """A proportional hazards model with a gamma frailty of mean 1 for each cluster.

    Attributes
    ----------
    coefficients, std_errors : float array, shape (p,)
        Log hazard ratios between patients of one cluster.
    variance : float
        Of the frailty; `LEAST` where clusters do not differ.
    frailties : float array, shape (clusters,)
        In the order of the codes.
    log_likelihood : float
        Integrated over the frailties; at a variance of 0 it is the partial likelihood of the fit.
    """

    coefficients: np.ndarray
    std_errors: np.ndarray
    variance: float
    frailties: np.ndarray
    log_likelihood: float

    @property
    def median_hazard_ratio(self) -> float:
        """Return the median of the larger over the smaller hazard of like patients of two clusters; 1 for none.

        The ratio of two such frailties has an F distribution with 2 / variance degrees of freedom twice.
        """
        if self.variance <= LEAST:
            return 1.0
        return f_quantile(0.75, 2 / self.variance, 2 / self.variance)


def frailty(fit: CoxFit, cluster: ArrayLike, variance: float | None = None) -> FrailtyFit:
    """Fit a Cox model again with a shared gamma frailty.

    The penalised partial likelihood is climbed for each variance of the frailty, and the variance maximises the
    integrated likelihood (Therneau, Grambsch & Pankratz 2003), as R's `coxph` with `frailty(sparse = FALSE)`. R's
    default from six clusters on leaves out what two frailties have in common, which moves standard errors by up to
    a tenth. Ties and entry are those of the fit. No missing cluster.

    Parameters
    ----------
    fit : CoxFit
        Without case weights and without exact ties.
    cluster : array of codes, one per row of the fit
    variance : float or None
        None to estimate it.

    Raises
    ------
    NotEstimableError
        Weights, exact ties, fewer than two clusters, a variance not above 0, or no maximum.
    """
    codes = category_codes("cluster", cluster)
    problems = columns_of_equal_length(fit.n, cluster=codes)
    if (fit.model.weights != 1).any() or fit.ties == "exact":
        problems.append(Problem("fit", "case weights or exact ties", "a model without them", "Fit the model again."))
    if variance is not None and not 0 < variance < np.inf:
        problems.append(Problem("variance", f"{variance:g}", "a variance above 0"))
    if problems:
        raise NotEstimableError(problems)
    index, count = numbered(codes)
    if count < 2:
        raise NotEstimableError(Problem("cluster", f"{count} clusters", "at least two clusters"))
    model = replace(fit.model, covariates=np.hstack([fit.model.covariates, np.eye(count)[index]]))
    events = np.bincount(index[model.sets.event_rows], minlength=count)
    start = np.concatenate([fit.coefficients, np.zeros(count)])
    if not np.isfinite(start).all():
        raise NotEstimableError(Problem("fit", "a coefficient without end", "a model with finite coefficients"))
    if variance is None:
        variance = _most_likely(model, start, events)
    coefficients, penalised, covariance = _climb(model, start, variance, count)
    p = fit.coefficients.size
    if not (np.diag(covariance)[:p] > 0).all():
        raise NotEstimableError(Problem("fit", "a coefficient without end", "a model with finite coefficients"))
    return FrailtyFit(
        coefficients[:p],
        np.sqrt(np.diag(covariance)[:p]),
        float(variance),
        np.exp(coefficients[p:]),
        penalised + _integrated(variance, events),
    )


def frailty_interval(fit: FrailtyFit, level: float = 0.95) -> CoefficientInterval:
    """Return Wald limits of the log hazard ratios within clusters (Therneau, Grambsch & Pankratz 2003)."""
    problems = level_problems(level)
    if problems:
        raise NotEstimableError(problems)
    half = normal_quantile(0.5 + level / 2) * fit.std_errors
    return CoefficientInterval(fit.coefficients - half, fit.coefficients + half, level, "gamma frailty, Wald")


def _most_likely(model: CoxModel, start: np.ndarray, events: np.ndarray) -> float:
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 (a tenth of a second, for clusters alone)

    near = [start]

    def minus(log_variance: float) -> float:
        value = float(np.exp(log_variance))
        near[0], penalised, _ = _climb(model, near[0], value, events.size)
        return -(penalised + _integrated(value, events))

    found = minimize_scalar(minus, bounds=(np.log(LEAST), np.log(MOST)), method="bounded", options={"xatol": 1e-5})
    return LEAST if minus(float(np.log(LEAST))) <= float(found.fun) else float(np.exp(found.x))


def _integrated(variance: float, events: np.ndarray) -> float:
    """Return what turns the penalised likelihood into the one integrated over the frailties."""
    shape = 1 / variance
    each = shape - (shape + events) * np.log(shape + events) + shape * np.log(shape)
    each += log_gamma(shape + events) - log_gamma(shape)
    # With it the value goes to the partial likelihood as the variance goes to 0.
    return float(each.sum() + events.sum())


def _climb(model: CoxModel, start: np.ndarray, variance: float, count: int) -> tuple[np.ndarray, float, np.ndarray]:
    """Return coefficients and log frailties, the penalised log-likelihood, and the inverse of its curvature."""
    at = likelihood(model)
    p = start.size - count
    here, value = start, _penalised(at(start), start, p, variance)
    for _ in range(MAX_STEPS):
        if not (np.isfinite(value[1]).all() and np.isfinite(value[2]).all()):
            break
        step = np.linalg.lstsq(value[2], value[1], rcond=None)[0]
        step *= min(1.0, LONGEST_STEP / max(float(np.max(np.abs(step))), LONGEST_STEP))
        size = 1.0
        proposal = here + step
        found = _penalised(at(proposal), proposal, p, variance)
        while not (np.isfinite(found[0]) and found[0] >= value[0] - 1e-12) and size > 1e-8:
            size /= 2
            proposal = here + size * step
            found = _penalised(at(proposal), proposal, p, variance)
        here, value = proposal, found
        if float(np.max(np.abs(size * step))) < PRECISION:
            return here, value[0], np.linalg.pinv(value[2])
    raise NotEstimableError(Problem("cluster", "no maximum of the penalised likelihood", "", "Use fewer covariates."))


def _penalised(
    point: LikelihoodPoint, here: np.ndarray, p: int, variance: float
) -> tuple[float, np.ndarray, np.ndarray]:
    """Add the log density of the frailties to the partial likelihood: value, slope, curvature."""
    logs = here[p:]
    hazard = np.exp(logs)
    score, information = point.score.copy(), point.information.copy()
    score[p:] += (1 - hazard) / variance
    information[np.arange(p, here.size), np.arange(p, here.size)] += hazard / variance
    return point.log_likelihood + float((logs - hazard).sum()) / variance, score, information
