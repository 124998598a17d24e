"""Two strategies compared in the same patients: clone, censor when the strategy is left, weight for it.

Hernan & Robins (2016), doi:10.1093/aje/kwv254; Maringe et al. (2020), doi:10.1093/ije/dyaa057.
"""

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, numbers
from sequela.stats.cox import cox
from sequela.stats.logistic import logistic

TRUNCATED_WEIGHT = 0.99
"""Quantile of the weights of a strategy at which they are cut, under every design."""


@frozen
class Eligible:
    """Patients at time zero, one entry each; times count from it, in one unit.

    Attributes
    ----------
    time : float array, shape (n,)
        To the event or the end of follow-up, above 0.
    event : bool array, shape (n,)
    started : float array, shape (n,)
        When the treatment began, 0 or later; inf for never. A start after `time` is none.
    covariates : float array, shape (n, p)
        Known at time zero; p may be 0.
    grace : float
        Time within which the first strategy starts the treatment, above 0.
    """

    time: np.ndarray
    event: np.ndarray
    started: np.ndarray
    covariates: np.ndarray
    grace: float

    def __post_init__(self) -> None:
        n = self.time.size
        columns = {"event": self.event, "started": self.started, "covariates": self.covariates}
        problems = columns_of_equal_length(n, **columns)
        time, started = (numbers("target trial", column) for column in (self.time, self.started))
        fine = (
            np.isfinite(time).all() and (time > 0).all() and np.isfinite(numbers("covariates", self.covariates)).all()
        )
        if not (n and fine and (started >= 0).all() and self.grace > 0):
            found = "missing numbers, times not above 0, or starts before time zero"
            problems.append(Problem("target trial", found, "patients followed from time zero on"))
        if self.event.dtype != bool:
            problems.append(Problem("event", "values that are not true or false", "true for an event, else false"))
        if problems:
            raise NotEstimableError(problems)

    def rows(self, chosen: np.ndarray) -> "Eligible":
        """Return these patients, some of them repeatedly."""
        return Eligible(
            self.time[chosen], self.event[chosen], self.started[chosen], self.covariates[chosen], self.grace
        )


@frozen
class Clones:
    """One strategy: how long each patient followed it, and how she is weighted.

    Attributes
    ----------
    time : float array, shape (n,)
        To the event, the end of follow-up, or the day the strategy was left.
    event : bool array, shape (n,)
    censored : bool array, shape (n,)
        Censored because the strategy was left.
    change : float array, shape (k,)
        Times from which on the weights of a row of `weights` hold, ascending, the first 0.
    weights : float array, shape (k, n)
        Inverse probability of still following the strategy.
    """

    time: np.ndarray
    event: np.ndarray
    censored: np.ndarray
    change: np.ndarray
    weights: np.ndarray


@frozen
class StrategyCurve:
    """Event-free probability under a strategy, a right-continuous step function.

    Attributes
    ----------
    time, survival : float array, shape (m,)
        At each distinct time of an event among those who follow the strategy.
    """

    time: np.ndarray
    survival: np.ndarray

    def at(self, when: float) -> float:
        """Return the probability of being event-free after `when`."""
        return float(np.concatenate([[1.0], self.survival])[np.searchsorted(self.time, when, side="right")])

    def mean_until(self, horizon: float) -> float:
        """Return the restricted mean time: the area under the curve up to the horizon."""
        inside = self.time < horizon
        edges = np.concatenate([[0.0], self.time[inside], [horizon]])
        return float((np.diff(edges) * np.concatenate([[1.0], self.survival[inside]])).sum())


def clones_that_start(patients: Eligible) -> Clones:
    """Return the clones of 'start within the grace period'.

    Who has not started by its end, still at risk, is censored there; an event before it counts under both
    strategies. From the end of the grace period on, who had started weighs the inverse of the probability of
    having started by then given the covariates, among those still at risk (logistic regression). A start on the
    last day of the grace period is in time. Hernan & Robins (2016) doi:10.1093/aje/kwv254.
    """
    started = patients.started <= np.minimum(patients.grace, patients.time)
    at_risk = patients.time > patients.grace
    left = at_risk & ~started
    time = np.where(left, patients.grace, patients.time)
    stays = _share_that_start(patients, at_risk, started)
    weights = np.ones((2, time.size))
    weights[1] = np.where(at_risk & started, 1 / stays, 1.0)
    weights[1, at_risk & started] = _cut(weights[1, at_risk & started])
    return Clones(time, patients.event & ~left, left, np.array([0.0, patients.grace]), weights)


def _share_that_start(patients: Eligible, at_risk: np.ndarray, started: np.ndarray) -> np.ndarray:
    share = np.ones(patients.time.size)
    if not (at_risk & started).any():
        found = "nobody who is at risk after the grace period had started"
        raise NotEstimableError(Problem("target trial", found, "patients who follow the strategy"))
    if (at_risk & ~started).any():
        if patients.covariates.shape[1]:
            share[at_risk] = logistic(started[at_risk], patients.covariates[at_risk]).fitted
        else:
            share[at_risk] = started[at_risk].mean()
    return share


def clones_that_do_not(patients: Eligible) -> Clones:
    """Return the clones of 'do not start within the grace period'.

    Who starts within it is censored on that day, an event of the same day first. The others weigh the inverse of
    the probability of not having started so far: Breslow's baseline of a Cox model of starting on the covariates.
    From the end of the grace period on, anyone may start. Hernan & Robins (2016) doi:10.1093/aje/kwv254.
    """
    left = (patients.started <= patients.grace) & (patients.started <= patients.time)
    left &= ~(patients.event & (patients.started == patients.time))
    time = np.where(left, patients.started, patients.time)
    until = np.minimum(np.where(left, patients.started, patients.time), patients.grace)
    scores = np.exp(_log_ratio(patients, left, until))
    change, hazard = _hazard_of_starting(scores, left, until)
    weights = np.exp(np.concatenate([[0.0], hazard])[:, None] * scores[None, :])
    weights = np.minimum(weights, np.quantile(weights[-1], TRUNCATED_WEIGHT))
    return Clones(time, patients.event & ~left, left, np.concatenate([[0.0], change]), weights)


def _log_ratio(patients: Eligible, left: np.ndarray, until: np.ndarray) -> np.ndarray:
    """Return each patient's log hazard ratio of starting."""
    if not left.any() or not patients.covariates.shape[1]:
        return np.zeros(until.size)
    # Only the order of times matters; a start on the day of time zero is a time like any other.
    fit = cox(until + 1.0, left, patients.covariates, ties="breslow")
    return patients.covariates @ fit.coefficients


def _hazard_of_starting(score: np.ndarray, left: np.ndarray, until: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the times of starting and Breslow's cumulative baseline hazard just after each."""
    change, count = np.unique(until[left], return_counts=True)
    order = np.argsort(until)
    behind = np.cumsum(score[order][::-1])[::-1]
    # At risk of starting on a day: who has neither left nor had the event or the end of follow-up before it.
    first = np.searchsorted(until[order], change, side="left")
    return change, np.cumsum(count / behind[first])


def strategy_curve(clones: Clones) -> StrategyCurve:
    """Return the weighted Kaplan-Meier curve of those who follow the strategy.

    A weight changes just after its time: an event on the day on which others leave still counts with the weights
    of before. Maringe et al. (2020) doi:10.1093/ije/dyaa057.

    Raises
    ------
    NotEstimableError
        Where nobody follows the strategy.
    """
    times = np.unique(clones.time[clones.event])
    row = np.searchsorted(clones.change, times, side="left") - 1
    row = np.maximum(row, 0)
    order = np.argsort(clones.time, kind="stable")
    behind = np.cumsum(clones.weights[:, order][:, ::-1], axis=1)[:, ::-1]
    at_risk = behind[row, np.searchsorted(clones.time[order], times, side="left")]
    who = np.flatnonzero(clones.event)
    place = np.searchsorted(times, clones.time[who])
    happened = np.bincount(place, clones.weights[row[place], who], times.size)
    return StrategyCurve(times, np.cumprod(1 - happened / at_risk))


def _cut(weights: np.ndarray) -> np.ndarray:
    return np.minimum(weights, np.quantile(weights, TRUNCATED_WEIGHT))
