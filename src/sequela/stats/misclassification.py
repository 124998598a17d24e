"""A hazard ratio where some of the exposed stand in the records as unexposed.

Each patient recorded as unexposed is a mixture of both kinds, weighted by how well either explains what happened to
her (EM, Dempster, Laird & Rubin 1977); the interval draws who was exposed (multiple imputation, Rubin 1987).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.stats.columns import yes_or_no
from sequela.stats.distributions import normal_quantile
from sequela.stats.follow_up import follow_up
from sequela.stats.two_group_ratio import EventTimes, event_times, two_group_ratio

MOST_STEPS, CLOSE_ENOUGH = 200, 1e-5
"""Steps of the EM algorithm, and the change of the log hazard ratio at which it stops: far below any interval."""


@dataclass(frozen=True, slots=True)
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
    entry: ArrayLike | None = None,
    draws: int = 10,
    level: float = 0.95,
) -> CorrectedRatio:
    """Return the hazard ratio if only a share of the exposed was recorded, and no unexposed patient as exposed.

    The recording does not depend on the outcome. Breslow ties; a patient is at risk at t when entry < t <= time;
    no missing values. A share of 1 changes nothing. Dempster, Laird & Rubin (1977), J R Stat Soc B 39:1; Rubin
    (1987), Multiple Imputation for Nonresponse in Surveys.

    Parameters
    ----------
    time, event, exposed, entry : array, shape (n,)
    sensitivity : float
        Above 0 and at most 1.
    rng : numpy.random.Generator
    draws : int
        Imputations for the interval, at least 2.

    Raises
    ------
    NotEstimableError
        Where the share is impossible, everyone would be exposed, or there is no hazard ratio.
    """
    data = follow_up(time, event, entry)
    recorded = yes_or_no("exposed", exposed)
    if recorded.shape != data.time.shape:
        raise NotEstimableError(Problem("exposed", f"{recorded.size} values", f"one for each of {data.time.size}"))
    if not 0 < sensitivity <= 1 or draws < 2:
        found = f"sensitivity {sensitivity:g}, {draws} draws"
        raise NotEstimableError(Problem("misclassification", found, "a share above 0 and at most 1, 2 draws or more"))
    unrecorded = float(recorded.sum()) * (1 / sensitivity - 1)
    others = int((~recorded).sum())
    if unrecorded >= others:
        found = f"{others} patients recorded as unexposed, {unrecorded:.0f} of whom would be exposed"
        raise NotEstimableError(Problem("misclassification", found, "some who were not", "Assume a larger share."))
    rows = _Rows(event_times(data), np.asarray(data.event, dtype=bool), recorded)
    log_ratio, probability = _expected(rows, unrecorded / others)
    spread = _spread(rows, probability, rng, draws)
    half = normal_quantile(0.5 + level / 2) * spread
    with np.errstate(over="ignore"):  # a limit beyond all numbers is none
        limits = (math.exp(log_ratio - half), float(np.exp(log_ratio + half)))
    return CorrectedRatio(sensitivity, math.exp(log_ratio), *limits, float(probability[~recorded].sum()))


@dataclass(frozen=True, slots=True)
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


def _expected(rows: _Rows, prior: float) -> tuple[float, np.ndarray]:
    """Return the log hazard ratio, and the probability that each patient was exposed."""
    probability = np.where(rows.recorded, 1.0, prior)
    log_ratio = rows.log_ratio(np.where(rows.recorded, 1.0, 0.0))
    for _ in range(MOST_STEPS):
        hazard = rows.cumulative_hazard(log_ratio, probability)
        likelihood = np.exp(np.clip(rows.event * log_ratio - hazard * math.expm1(log_ratio), -50, 50))
        both = prior * likelihood
        probability = np.where(rows.recorded, 1.0, both / (both + 1 - prior))
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
