"""Strategies over time by weighting: a marginal structural model of starting within a grace period or never.

Robins, Hernan & Brumback (2000), Epidemiology 11:550; strategies with a grace period: Cain et al. (2010), Int J
Biostat 6(2):18.
"""

from dataclasses import replace

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.clone_censor_weight import TRUNCATED_WEIGHT
from sequela.stats.pooled_logistic import (
    IntervalFollowUp,
    PooledFit,
    PooledModel,
    event_free,
    follow_up_by_interval,
    pooled_logistic,
)
from sequela.stats.sequential_trials import curve_of_time
from sequela.stats.treatment_over_time import PatientsOverTime, starting_model, waited


@frozen
class FollowedStrategy:
    """One strategy: while each patient follows it, and what she weighs.

    Attributes
    ----------
    follow : IntervalFollowUp
        Shares of intervals while the strategy is followed, without weights.
    weights : float array, shape (n, k)
        Stabilised: probability of following the strategy so far in everyone, over the same given the patient's
        covariates over time. Before they are cut.
    left : bool array, shape (n,)
        Stopped following the strategy, and was censored then.
    """

    follow: IntervalFollowUp
    weights: np.ndarray
    left: np.ndarray


@frozen
class StructuralEffect:
    """What the marginal structural model says of both strategies.

    Attributes
    ----------
    start, never : float array, shape (k,)
        Event-free probability at the end of each interval under each strategy.
    strategies : tuple of FollowedStrategy
        Start, never.
    follow : IntervalFollowUp
        Sums of cut weights over patients, which is all the model asks for: of start and of never, first the intervals
        with the event and then those without.
    fit : PooledFit
    """

    start: np.ndarray
    never: np.ndarray
    strategies: tuple[FollowedStrategy, FollowedStrategy]
    follow: IntervalFollowUp
    fit: PooledFit


def strategies_followed(
    patients: PatientsOverTime, grace: int, intervals: int, person_weight: np.ndarray
) -> tuple[FollowedStrategy, FollowedStrategy]:
    """Return who follows 'start within `grace` intervals' and 'never start', how long, and with what weights.

    Who has not started when the grace period ends leaves the first strategy then; who starts leaves the second, an
    event of the same time first. Within the grace period both starting and waiting follow the first; in its last
    interval who still waits must start by its end, so those who start in it weigh the inverse of its probability, the
    others 1 (Cain 2010). Never having started weighs the inverse of the product of not starting, of the interval itself
    for the share after which, on average, others start in it. Weights are stabilised by
    the share of patients at risk who follow, interval by interval. No missing values. Cain et al. (2010), Int J
    Biostat 6(2):18.

    Raises
    ------
    NotEstimableError
        A grace period that is none or not within follow-up, or `starting_model` without an answer.
    """
    if not 0 < grace < intervals or intervals > patients.reach:
        found = f"a grace period of {grace} of {intervals} intervals, covariates known for {patients.reach}"
        raise NotEstimableError(Problem("strategies over time", found, "a grace period within follow-up"))
    model = starting_model(patients, intervals, person_weight)
    hazards = np.column_stack(
        [model.at(k, patients.baseline, np.nan_to_num(patients.changing[:, k])) for k in range(intervals)]
    )
    return (
        _who_start(patients, grace, intervals, hazards, person_weight),
        _who_never_do(patients, intervals, hazards, person_weight),
    )


def marginal_structural(
    patients: PatientsOverTime,
    grace: int,
    intervals: int,
    person_weight: np.ndarray,
    start: np.ndarray | None = None,
) -> StructuralEffect:
    """Compare both strategies by a weighted pooled logistic regression on strategy, follow-up and their products.

    Weights are cut at their 99th percentile within each strategy. Robins, Hernan & Brumback (2000), Epidemiology
    11:550. Golden: tests/golden/strategies_over_time.

    Parameters
    ----------
    patients : PatientsOverTime
    grace, intervals : int
    person_weight : float array, shape (n,)
        How often each patient counts, none missing.
    start : float array
        Coefficients to begin from.

    Raises
    ------
    NotEstimableError
        As `strategies_followed` and `pooled_logistic`.
    """
    strategies = strategies_followed(patients, grace, intervals, person_weight)
    weights = [_cut(item, person_weight) * person_weight[:, None] for item in strategies]
    follow = _summed(strategies, weights)
    counted = patients.event & (patients.time <= intervals)
    basis = curve_of_time(np.arange(intervals) + 0.5, patients.time[counted], int(counted.sum()))
    model = PooledModel(np.array([True, True, False, False]), np.zeros((4, 0)), basis, products=True)
    fit = pooled_logistic(follow, model, None, start)
    curves = [event_free(fit, arm)[0] for arm in (True, False)]
    return StructuralEffect(curves[0], curves[1], strategies, follow, fit)


def structural_ratio(effect: StructuralEffect) -> float:
    """Return the log odds ratio of the strategies per interval, one for all of follow-up, start over never.

    No missing values; its error comes from fitting everything again, weights too. Robins, Hernan & Brumback (2000),
    Epidemiology 11:550.
    """
    return float(pooled_logistic(effect.follow, replace(effect.fit.model, products=False)).coefficients[1])


def _summed(strategies: tuple[FollowedStrategy, FollowedStrategy], weights: list[np.ndarray]) -> IntervalFollowUp:
    """Return the sums over patients whom the model takes for alike."""
    sums = [
        (item.follow.weight * weight * (item.follow.event == yes)).sum(axis=0)
        for item, weight in zip(strategies, weights, strict=True)
        for yes in (True, False)
    ]
    happened = np.array([True, False, True, False])
    return IntervalFollowUp(np.array(sums), np.repeat(happened[:, None], len(sums[0]), axis=1))


def _who_start(
    patients: PatientsOverTime, grace: int, intervals: int, hazards: np.ndarray, person_weight: np.ndarray
) -> FollowedStrategy:
    in_time = patients.started < grace
    left = (patients.time > grace) & ~in_time
    until = np.where(left, float(grace), patients.time)
    follow = follow_up_by_interval(until, patients.event & ~left, intervals)
    there = (patients.time > grace) * person_weight
    share = (there * in_time).sum() / max(there.sum(), 1e-300)
    pressed = in_time & (patients.started >= grace - 1)
    after = np.where(pressed, share / np.where(pressed, hazards[:, grace - 1], 1.0), share)
    weights = np.where(np.arange(intervals) < grace, 1.0, after[:, None])
    return FollowedStrategy(follow, weights, left)


def _who_never_do(
    patients: PatientsOverTime, intervals: int, hazards: np.ndarray, person_weight: np.ndarray
) -> FollowedStrategy:
    left = (patients.started <= patients.time) & ~(patients.event & (patients.started == patients.time))
    until = np.where(left, patients.started, patients.time)
    # Who starts on the day of time zero follows for no time at all.
    follow = follow_up_by_interval(np.maximum(until, 1e-9), patients.event & ~left, intervals)
    nothing = until <= 0
    follow = IntervalFollowUp(np.where(nothing[:, None], 0.0, follow.weight), follow.event & ~nothing[:, None])
    number = np.arange(intervals)
    at_risk = (patients.time[:, None] > number) & (patients.started[:, None] >= number)
    starts = at_risk & (patients.started[:, None] < number + 1) & (patients.started <= patients.time)[:, None]
    share = np.where(starts, 1.0, np.clip(patients.time[:, None] - number, 0.0, 1.0)) * at_risk
    risk = (share * person_weight[:, None]).sum(axis=0)
    marginal = (starts * person_weight[:, None]).sum(axis=0) / np.maximum(risk, 1e-300)
    so_far = np.cumprod(np.where(at_risk, (1 - marginal) / np.maximum(1 - hazards, 1e-300), 1.0), axis=1)
    before = np.column_stack([np.ones(left.size), so_far[:, :-1]])
    # Within an interval those who start leave after the share that is waited: the rest of it lacks them.
    first, later = waited(patients.started, patients.time)
    lacks = 1 - np.where(number == 0, first, later)
    return FollowedStrategy(follow, before * (1 - marginal * lacks) / np.maximum(1 - hazards * lacks, 1e-300), left)


def _cut(item: FollowedStrategy, person_weight: np.ndarray) -> np.ndarray:
    counted = (item.follow.weight > 0) & (person_weight[:, None] > 0)
    return np.minimum(item.weights, np.quantile(item.weights[counted], TRUNCATED_WEIGHT))
