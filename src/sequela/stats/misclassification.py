"""A hazard ratio where some of the exposed stand in the records as unexposed, or some of the others as exposed.

Each patient who may be of either kind is a mixture of both, weighted by how well either explains what happened to
her (EM, Dempster, Laird & Rubin 1977); the interval draws who was exposed (multiple imputation, Rubin 1987).
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import yes_or_no
from sequela.stats.distributions import normal_quantile
from sequela.stats.follow_up import follow_up
from sequela.stats.two_group_ratio import EventTimes, event_times, two_group_ratio

MOST_STEPS, CLOSE_ENOUGH = 200, 1e-5
"""Steps of the EM algorithm, and the change of the log hazard ratio at which it stops: far below any interval."""


@frozen
class CorrectedRatio:
    """A hazard ratio of the truly exposed against the truly unexposed.

    Attributes
    ----------
    sensitivity : float
        Share of the exposed who are recorded as such.
    value, low, high : float
    expected : float
        Patients recorded as unexposed who are expected to have been exposed.
    """

    sensitivity: float
    value: float
    low: float
    high: float
    expected: float


def corrected_ratio(
    time: ArrayLike,
    event: ArrayLike,
    exposed: ArrayLike,
    sensitivity: float,
    rng: np.random.Generator,
    *,
    specificity: float = 1.0,
    entry: ArrayLike | None = None,
    draws: int = 10,
) -> CorrectedRatio:
    """Return the hazard ratio if only a share of the exposed was recorded, and a share of the others not as exposed.

    The recording does not depend on the outcome. Breslow ties; a patient is at risk at t when entry < t <= time;
    no missing values. Shares of 1 change nothing. Dempster, Laird & Rubin (1977), J R Stat Soc B 39:1; Rubin
    (1987), Multiple Imputation for Nonresponse in Surveys.

    Parameters
    ----------
    time, event, exposed, entry : array, shape (n,)
    sensitivity : float
        Share of the exposed who are recorded; above 0 and at most 1.
    rng : numpy.random.Generator
    specificity : float
        Share of the unexposed who are not recorded as exposed; above 1 less `sensitivity` and at most 1.
    draws : int
        Imputations for the interval, at least 2.

    Raises
    ------
    NotEstimableError
        Where a share is impossible, everyone or nobody would be exposed, or there is no hazard ratio.
    """
    data = follow_up(time, event, entry)
    recorded = yes_or_no("exposed", exposed)
    if recorded.shape != data.time.shape:
        raise NotEstimableError(Problem("exposed", f"{recorded.size} values", f"one for each of {data.time.size}"))
    if not (0 < sensitivity <= 1 and 1 - sensitivity < specificity <= 1) or draws < 2:
        found = f"sensitivity {sensitivity:g}, specificity {specificity:g}, {draws} draws"
        expected = "shares above 0 and at most 1, above 1 together, 2 draws or more"
        raise NotEstimableError(Problem("misclassification", found, expected))
    rows = _Rows(event_times(data), np.asarray(data.event, dtype=bool), recorded)
    log_ratio, probability = _expected(rows, _prior(recorded, sensitivity, specificity))
    spread = _spread(rows, probability, rng, draws)
    half = normal_quantile(0.975) * spread
    with np.errstate(over="ignore"):  # a limit beyond all numbers is none
        limits = (math.exp(log_ratio - half), float(np.exp(log_ratio + half)))
    return CorrectedRatio(sensitivity, math.exp(log_ratio), *limits, float(probability[~recorded].sum()))


def _prior(recorded: np.ndarray, sensitivity: float, specificity: float) -> np.ndarray:
    """Return how likely each patient was exposed by her record alone: m = s E + (1 - t)(n - E) solved for E."""
    n, m = recorded.size, int(recorded.sum())
    exposed = (m - (1 - specificity) * n) / (sensitivity + specificity - 1)
    unrecorded = exposed * (1 - sensitivity)
    if unrecorded >= n - m:
        found = f"{n - m} patients recorded as unexposed, {unrecorded:.0f} of whom would be exposed"
        raise NotEstimableError(Problem("misclassification", found, "some who were not", "Assume a larger share."))
    if exposed <= 0:
        found = f"{m} patients recorded as exposed, all of whom would be recorded by mistake"
        raise NotEstimableError(Problem("misclassification", found, "some who were", "Assume a larger specificity."))
    found_prior: np.ndarray = np.where(recorded, exposed * sensitivity / max(m, 1), unrecorded / (n - m))
    return found_prior


@frozen
class _Rows:
    times: EventTimes
    event: np.ndarray
    recorded: np.ndarray

    def log_ratio(self, probability: np.ndarray) -> float:
        """Return the log hazard ratio where each patient is exposed with a probability."""
        return two_group_ratio(self.times, probability, 1 - probability, "breslow").log_ratio

    def cumulative_hazard(self, log_ratio: float, probability: np.ndarray) -> np.ndarray:
        """Return the baseline hazard each patient went through, by Breslow's estimator."""
        times, risk = self.times, probability * math.exp(log_ratio) + 1 - probability
        steps = np.concatenate([[0.0], np.cumsum(times.count / times.at_risk(risk))])
        return steps[times.leaving] - (0.0 if times.entering is None else steps[times.entering])


def _expected(rows: _Rows, prior: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the log hazard ratio, and the probability that each patient was exposed."""
    probability = prior
    log_ratio = rows.log_ratio(np.where(rows.recorded, 1.0, 0.0))
    for _ in range(MOST_STEPS):
        hazard = rows.cumulative_hazard(log_ratio, probability)
        likelihood = np.exp(np.clip(rows.event * log_ratio - hazard * math.expm1(log_ratio), -50, 50))
        both = prior * likelihood
        probability = both / (both + 1 - prior)
        before, log_ratio = log_ratio, rows.log_ratio(probability)
        if abs(log_ratio - before) < CLOSE_ENOUGH:
            return log_ratio, probability
    raise NotEstimableError(Problem("misclassification", "no stable estimate", "more events, or a larger share"))


def _spread(rows: _Rows, probability: np.ndarray, rng: np.random.Generator, draws: int) -> float:
    """Return the standard error over imputations of who was exposed, by Rubin's rules."""
    estimates, variances = [], []
    for _ in range(draws):
        drawn = (rng.random(probability.size) < probability).astype(float)
        fit = two_group_ratio(rows.times, drawn, 1 - drawn, "breslow")
        estimates.append(fit.log_ratio)
        variances.append(fit.variance)
    return math.sqrt(float(np.mean(variances)) + (1 + 1 / draws) * float(np.var(estimates, ddof=1)))
