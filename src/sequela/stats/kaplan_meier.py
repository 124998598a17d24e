"""Kaplan-Meier estimate of the survival function."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import category_codes, columns_of_equal_length, weight_column
from sequela.stats.distributions import normal_quantile
from sequela.stats.follow_up import TIE_TOLERANCE, FollowUp, distinct_times, follow_up, patients
from sequela.stats.influence import CurvePatients, running_influence
from sequela.stats.stretches import held_at
from sequela.stats.survival_limits import AT_ONE, check_interval, survival_limits

SPSS_HALF_WIDTH = 0.05
"""How far on either side of the percentile SPSS looks for the slope of the curve."""

VARIANCES = ("Greenwood", "robust")
"""The standard errors a curve may have."""


@frozen
class SurvivalCurve:
    """A right-continuous step function.

    Attributes
    ----------
    time : float array, shape (k,)
        Distinct times at which a patient left (event or censoring), ascending.
    at_risk : int array, shape (k,)
        Patients under observation just before each time.
    events, censored : int array, shape (k,)
        Events and censorings at each time.
    survival : float array, shape (k,)
        Probability of being event-free just after each time, given that at `start`.
    std_error : float array, shape (k,)
        Standard error of `survival`; nan where `survival` is zero.
    low, high : float array, shape (k,)
        Pointwise confidence limits; nan where the transformation has none (`survival` zero,
        and for "log-log", "logit" and "arcsine" also one).
    interval : str
        The transformation of the limits, one of `INTERVALS`.
    level : float
        Confidence level.
    exposed, leaving : float array, shape (k,)
        Weight of those who risked the event and of those who had it: `at_risk` and `events`
        where patients have no weights and the curve is not reversed.
    variance : str
        How `std_error` was made: "Greenwood" or "robust".
    start : float
        The curve is conditional on being event-free at this time; 0 for everyone from the origin.
    died_out : float
        Time at which everyone at risk had the event while others had still to enter, so that the
        curve is zero for good whatever they do; nan where that did not happen.
    reverse : bool
        Whether censoring was waited for instead of the event.
    patients : CurvePatients or None
        Who moved the curve, where the variance is robust.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    interval: str
    level: float
    exposed: np.ndarray
    leaving: np.ndarray
    variance: str = "Greenwood"
    start: float = 0.0
    died_out: float = float("nan")
    reverse: bool = False
    patients: CurvePatients | None = None


@frozen
class SurvivalProbability:
    """The curve read at chosen times.

    Attributes
    ----------
    time, survival, std_error, low, high : float array, shape (m,)
        nan beyond the last observed time, unless the curve has reached zero.
    """

    time: np.ndarray
    survival: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray


@frozen
class Quantile:
    """The time by which a share of patients had the event.

    Attributes
    ----------
    value, low, high : float
        nan where the curve or its limit does not come down far enough.
    method : str
        How the interval was made, in words.
    """

    value: float
    low: float
    high: float
    method: str


@frozen
class CurveOptions:
    """How a curve is estimated; see `kaplan_meier`. `reverse` makes censoring the event."""

    interval: str = "log-log"
    level: float = 0.95
    variance: str | None = None
    reverse: bool = False


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    variance: str | None = None,
    interval: str = "log-log",
    level: float = 0.95,
) -> SurvivalCurve:
    """Estimate survival by the product-limit method, with delayed entry and weights.

    A patient is at risk at t when entry < t <= time; at a tie, events come before censorings;
    near-ties are one time (see `follow_up`). No missing values. Where delayed entry lets the
    risk set die out early, the estimate is zero from there on, as the estimator says; `died_out`
    names the day, `first_reliable_time` and `conditional_survival` the remedy.
    Kaplan & Meier (1958) doi:10.1080/01621459.1958.10501452; Greenwood (1926); limits on the
    log-log scale after Kalbfleisch & Prentice; robust variance by the infinitesimal jackknife, as
    R's `survfit` has it. Golden: tests/golden/kaplan_meier, tests/golden/weighted_curve.

    Parameters
    ----------
    time, event, entry : array, shape (n,)
        See `FollowUp`.
    weights : float array, shape (n,)
        Case weights; a patient of weight zero is left out.
    cluster : array of codes, shape (n,)
        Patients who are not independent, such as matched pairs or the rows of one patient.
    variance : {None, "Greenwood", "robust"}
        None: robust where weights or clusters are given. "Greenwood" takes a weight for a number
        of like patients (R does so whenever all weights are whole).
    interval : {"log-log", "log", "plain", "logit", "arcsine"}
        Scale on which the limits are symmetric.
    level : float
        Confidence level.

    Raises
    ------
    NotEstimableError
        Data that `follow_up` refuses, weights that are none, or no patient of weight above zero.
    """
    return product_limit(
        follow_up(time, event, entry), CurveOptions(interval, level, variance), weights=weights, cluster=cluster
    )


def kaplan_meier_by_stratum(
    strata: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    interval: str = "log-log",
    level: float = 0.95,
) -> dict[Any, SurvivalCurve]:
    """Estimate a curve for each stratum, by its code, ascending.

    The strata share nothing but their near-ties, which are resolved over all patients, as R does: two strata
    never differ because of a rounding. See `kaplan_meier`. No missing values. Kaplan & Meier (1958)
    doi:10.1080/01621459.1958.10501452.
    """
    data = follow_up(time, event, entry)
    codes = category_codes("strata", strata)
    weight = None if weights is None else weight_column(weights)
    clusters = None if cluster is None else category_codes("cluster", cluster)
    problems = columns_of_equal_length(data.time.size, strata=codes, weights=weight, cluster=clusters)
    if problems:
        raise NotEstimableError(problems)
    curves = {}
    for code in _distinct(codes):
        of = codes == code
        curves[code] = product_limit(
            patients(data, of),
            CurveOptions(interval, level),
            weights=None if weight is None else weight[of],
            cluster=None if clusters is None else clusters[of],
        )
    return curves


def product_limit(
    data: FollowUp, options: CurveOptions, *, weights: ArrayLike | None = None, cluster: ArrayLike | None = None
) -> SurvivalCurve:
    """Estimate the curve of follow-up already checked; see `kaplan_meier`.

    Under `reverse` patients with the event leave before those censored at the same time.
    """
    check_interval(options.interval, options.level)
    variance = _variance(options.variance, weights is not None or cluster is not None)
    data, weight, clusters = _weighted(data, weights, cluster)
    times, place = distinct_times(data)
    events = np.bincount(place[data.event], minlength=times.size)
    left = np.bincount(place, minlength=times.size)
    first = None if data.entry is None else np.searchsorted(times, data.entry, side="right")
    at_risk = present(left, None if first is None else np.bincount(first, minlength=times.size))
    leaving, exposed = (left - events, at_risk - events) if options.reverse else (events, at_risk)
    people = None
    if weight is not None or variance == "robust":
        weight = np.ones(data.time.size) if weight is None else weight
        first = np.zeros(data.time.size, dtype=np.int64) if first is None else first
        last = place + 1 - (data.event if options.reverse else 0)
        people = moving(CurvePatients(first, last, data.event ^ options.reverse, weight, clusters))
        leaving, exposed = _weighted_counts(people, times.size)
    steps = CurveSteps(times, at_risk, events, left - events, exposed, leaving)
    return curve_of_steps(steps, people if variance == "robust" else None, options, 0.0)


@frozen
class CurveSteps:
    """The counts behind a curve, each of shape (k,); see `SurvivalCurve`."""

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    exposed: np.ndarray
    leaving: np.ndarray


def curve_of_steps(
    steps: CurveSteps, people: CurvePatients | None, options: CurveOptions, start: float
) -> SurvivalCurve:
    """Estimate the curve of counts, beginning at one at `start`; robust where people are given."""
    leaving, exposed = steps.leaving, steps.exposed
    last_one = (steps.censored == steps.at_risk - steps.events) if options.reverse else steps.events == steps.at_risk
    with np.errstate(divide="ignore", invalid="ignore"):
        staying = np.where(last_one & (leaving > 0), 0.0, 1 - np.where(leaving > 0, leaving / exposed, 0.0))
        survival = np.cumprod(staying)
        if people is None:
            spread = np.where(leaving > 0, leaving / (exposed * (exposed - leaving)), 0.0)
            relative = np.sqrt(np.cumsum(spread))
        else:
            relative = running_influence(people, *survival_influence(exposed, leaving, staying))
        std_error = np.where(survival > 0, survival * relative, np.nan)
    low, high = survival_limits(survival, std_error, options.interval, options.level)
    return SurvivalCurve(
        *(steps.time, steps.at_risk, steps.events, steps.censored, survival, std_error, low, high),
        *(options.interval, options.level, exposed, leaving, "Greenwood" if people is None else "robust", start),
        *(_died_out(steps.time, survival), options.reverse, people),
    )


def survival_influence(exposed: np.ndarray, leaving: np.ndarray, staying: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how an event, and each step at risk, moves minus the logarithm of survival; shape (k,) both.

    Zero where everyone at risk leaves: the curve is zero from there and has no logarithm.
    """
    some = staying > 0
    stay = np.where(some, exposed - leaving, 1.0)
    at_event = np.where(some, 1 / stay, 0.0)
    return at_event, np.where(some & (leaving > 0), leaving / (exposed * stay), 0.0)


def survival_at(curve: SurvivalCurve, times: ArrayLike) -> SurvivalProbability:
    """Read the curve and its limits at chosen times.

    Before the first time in the curve survival is one, and before the start of a conditional curve nan. Beyond
    the last time it is nan, unless the curve has reached zero: no estimate is carried past the last patient. As
    R's `summary` of a `survfit` at times, but for the limits before the first time on the scales that have none
    where the curve is one: R prints one for both.
    """
    moments = np.atleast_1d(np.asarray(times, dtype=float))
    if np.isnan(moments).any() or (moments < 0).any():
        raise NotEstimableError(Problem("times", "a missing or negative time", "times from 0 on"))
    step = np.searchsorted(curve.time, moments + TIE_TOLERANCE, side="right")
    beyond = (moments > curve.time[-1] + TIE_TOLERANCE) & (curve.survival[-1] > 0)
    beyond |= moments < curve.start - TIE_TOLERANCE
    start = AT_ONE.get(curve.interval, np.nan)
    columns = ((1.0, curve.survival), (0.0, curve.std_error), (start, curve.low), (start, curve.high))
    read = [np.where(beyond, np.nan, np.concatenate([[first], column])[step]) for first, column in columns]
    return SurvivalProbability(moments, *read)


def quantile(curve: SurvivalCurve, p: float = 0.5, *, dialect: str = "R") -> Quantile:
    """Return the time by which a share `p` of the patients had the event; 0.5 is the median.

    "R" (default): the interval inverts the pointwise limits of the curve (Brookmeyer & Crowley
    1982, doi:10.2307/2530286); where the curve is flat at exactly 1 - p (within the tolerance of
    R's `quantile.survfit`, sqrt of machine epsilon) the middle of the flat stretch is taken, also where it is the last
    and rounding leaves the curve a hair above (R gives none there).
    "SAS": the same, but no time where the curve touches 1 - p and never falls below it.
    "SPSS": the first time at which the curve is at most 1 - p, plus and minus a normal quantile
    times SE(S) / f, f the slope between the percentiles 0.05 to either side (Collett, Modelling
    Survival Data in Medical Research, section 2.4). Its lower limit may be negative.
    Of a conditional curve the method says from when.
    """
    if not 0 < p < 1:
        raise NotEstimableError(Problem("p", f"{p}", "a share between 0 and 1"))
    found = _quantile(curve, p, dialect)
    return replace(found, method=f"{found.method}, of those event-free at {curve.start:g}") if curve.start else found


def _quantile(curve: SurvivalCurve, p: float, dialect: str) -> Quantile:
    if dialect == "SPSS":
        return _spss_quantile(curve, p)
    if dialect not in ("R", "SAS"):
        raise NotEstimableError(Problem("dialect", f"{dialect!r}", '"R", "SAS" or "SPSS"'))
    value, low, high = (_crossing(curve.time, column, p) for column in (curve.survival, curve.low, curve.high))
    method = f"Brookmeyer-Crowley, {curve.interval}"
    if dialect == "SAS":
        method += ", as SAS"
        if np.nanmin(curve.survival) >= 1 - p - TIE_TOLERANCE:
            value = float("nan")
    return Quantile(value, low, high, method)


def _variance(asked: str | None, weighted: bool) -> str:
    if asked is None:
        return "robust" if weighted else "Greenwood"
    if asked not in VARIANCES:
        raise NotEstimableError(Problem("variance", f"{asked!r}", f"one of {', '.join(VARIANCES)}"))
    return asked


def _distinct(codes: np.ndarray) -> Iterable[Any]:
    return np.unique(codes).tolist()


def _weighted(
    data: FollowUp, weights: ArrayLike | None, cluster: ArrayLike | None
) -> tuple[FollowUp, np.ndarray | None, np.ndarray | None]:
    """Check weights and clusters, and leave patients of weight zero out."""
    weight = None if weights is None else weight_column(weights)
    codes = None if cluster is None else category_codes("cluster", cluster)
    problems = columns_of_equal_length(data.time.size, weights=weight, cluster=codes)
    if not problems and weight is not None and not weight.any():
        problems.append(Problem("weights", "all weights are zero", "at least one patient with a weight above zero"))
    if problems:
        raise NotEstimableError(problems)
    if weight is not None and not weight.all():
        kept = weight > 0
        data, weight, codes = patients(data, kept), weight[kept], None if codes is None else codes[kept]
    return data, weight, None if codes is None else np.unique(codes, return_inverse=True)[1]


def present(left: np.ndarray, entered: np.ndarray | None) -> np.ndarray:
    """Count who is under observation at each step: those still to leave less those still to enter."""
    to_leave = np.cumsum(left[::-1])[::-1]
    if entered is None:
        return to_leave
    still_to_enter = entered.sum() - np.cumsum(entered)[: left.size]
    return to_leave - still_to_enter


def moving(people: CurvePatients) -> CurvePatients:
    """Leave out those who are at risk at no step."""
    at_risk = people.last > people.first
    cluster = None if people.cluster is None else people.cluster[at_risk]
    return CurvePatients(
        people.first[at_risk], people.last[at_risk], people.event[at_risk], people.weight[at_risk], cluster
    )


def _weighted_counts(people: CurvePatients, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the weight that leaves with the event and the weight at risk at each step."""
    step = people.last - 1
    leaving = np.bincount(step[people.event], weights=people.weight[people.event], minlength=steps)
    if people.first.any():
        return leaving, held_at(people.first, people.last, people.weight, steps)
    ends = np.bincount(step, weights=people.weight, minlength=steps)
    return leaving, np.cumsum(ends[::-1])[::-1]


def _died_out(time: np.ndarray, survival: np.ndarray) -> float:
    zero = np.flatnonzero(survival == 0)
    return float(time[zero[0]]) if zero.size and zero[0] < time.size - 1 else float("nan")


def _crossing(time: np.ndarray, curve: np.ndarray, p: float) -> float:
    """Return where a curve comes down to 1 - p; nan where it does not.

    A limit need not fall steadily, so points are ordered by height, as R does.
    """
    known = ~np.isnan(curve)
    fallen, first = np.unique(np.concatenate([[0.0], 1 - curve[known]]), return_index=True)
    times = np.concatenate([[0.0], time[known]])[first]
    touches = np.searchsorted(fallen, p - TIE_TOLERANCE, side="left")
    passes = np.searchsorted(fallen, p + TIE_TOLERANCE, side="left")
    if touches == fallen.size:
        return float("nan")
    end = times[passes] if passes < fallen.size else time[-1]
    return float(times[touches] + end) / 2


def _spss_quantile(curve: SurvivalCurve, p: float) -> Quantile:
    method = "SPSS: estimate and normal quantile times standard error"
    time = np.concatenate([[0.0], curve.time[curve.events > 0]])
    survival = np.concatenate([[1.0], curve.survival[curve.events > 0]])
    std_error = np.concatenate([[0.0], curve.std_error[curve.events > 0]])
    reached = np.flatnonzero(survival <= 1 - p + TIE_TOLERANCE)
    if reached.size == 0:
        return Quantile(float("nan"), float("nan"), float("nan"), method)
    value = float(time[reached[0]])
    above = np.flatnonzero(survival >= 1 - p + SPSS_HALF_WIDTH - TIE_TOLERANCE)
    below = np.flatnonzero(survival <= 1 - p - SPSS_HALF_WIDTH + TIE_TOLERANCE)
    if above.size == 0 or below.size == 0 or time[above[-1]] == time[below[0]]:
        return Quantile(value, float("nan"), float("nan"), method)
    upper, lower = above[-1], below[0]
    slope = (survival[upper] - survival[lower]) / (time[lower] - time[upper])
    half_width = float(normal_quantile(0.5 + curve.level / 2) * std_error[reached[0]] / slope)
    return Quantile(value, value - half_width, value + half_width, method)
