"""Kaplan-Meier estimate of the survival function."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from sequela.errors import NotEstimableError, Problem
from sequela.stats.confidence import level_problems
from sequela.stats.follow_up import TIE_TOLERANCE, FollowUp, follow_up

SPSS_HALF_WIDTH = 0.05
"""How far on either side of the percentile SPSS looks for the slope of the curve."""


@dataclass(frozen=True, slots=True)
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
        Probability of being event-free just after each time.
    std_error : float array, shape (k,)
        Greenwood standard error of `survival`; nan where `survival` is zero.
    low, high : float array, shape (k,)
        Pointwise confidence limits; nan where the transformation has none (`survival` zero,
        and for "log-log" also one).
    interval : str
        The transformation of the limits: "log-log", "log", "plain".
    level : float
        Confidence level.
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    interval: str = "log-log",
    level: float = 0.95,
) -> SurvivalCurve:
    """Estimate survival by the product-limit method, with delayed entry.

    A patient is at risk at t when entry < t <= time; at a tie, events come before censorings;
    near-ties are one time (see `follow_up`). No missing values. Where delayed entry lets the
    risk set die out early, the estimate is zero from there on, as the estimator says.
    Kaplan & Meier (1958) doi:10.1080/01621459.1958.10501452; Greenwood (1926); limits on the
    log-log scale after Kalbfleisch & Prentice. Golden: tests/golden/kaplan_meier.

    Parameters
    ----------
    time, event, entry : array, shape (n,)
        See `FollowUp`.
    interval : {"log-log", "log", "plain"}
        Scale on which the limits are symmetric.
    level : float
        Confidence level.
    """
    return product_limit(follow_up(time, event, entry), interval=interval, level=level)


def product_limit(data: FollowUp, *, interval: str, level: float, reverse: bool = False) -> SurvivalCurve:
    """Estimate the curve of data already checked; `reverse` makes censoring the event.

    Under `reverse` patients with the event leave before those censored at the same time.
    """
    check_interval(interval, level)
    times, index = np.unique(data.time, return_inverse=True)
    events = np.bincount(index[data.event], minlength=times.size)
    censored = np.bincount(index[~data.event], minlength=times.size)
    at_risk = number_at_risk(data.time, times, entry=data.entry)
    leaving, exposed = (censored, at_risk - events) if reverse else (events, at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(np.where(leaving > 0, 1 - leaving / exposed, 1.0))
        hazard_variance = np.where(leaving > 0, leaving / (exposed * (exposed - leaving)), 0.0)
        std_error = survival * np.sqrt(np.cumsum(hazard_variance))
    low, high = _limits(survival, std_error, interval, level)
    return SurvivalCurve(times, at_risk, events, censored, survival, std_error, low, high, interval, level)


def number_at_risk(time: ArrayLike, at: ArrayLike, *, entry: ArrayLike | None = None) -> np.ndarray:
    """Count the patients under observation just before each time in `at`.

    Counts entry < at <= time, so that a patient who leaves at a time is still counted there.

    Returns
    -------
    int array, shape (m,)
    """
    moments = np.asarray(at, dtype=float)
    leaving = np.sort(np.asarray(time, dtype=float))
    present = leaving.size - np.searchsorted(leaving, moments, side="left")
    if entry is not None:
        entering = np.sort(np.asarray(entry, dtype=float))
        present -= entering.size - np.searchsorted(entering, moments, side="left")
    return present


def survival_at(curve: SurvivalCurve, times: ArrayLike) -> SurvivalProbability:
    """Read the curve and its limits at chosen times.

    Before the first time in the curve survival is one. Beyond the last one it is nan, unless
    the curve has reached zero: no estimate is carried past the last patient.
    """
    moments = np.atleast_1d(np.asarray(times, dtype=float))
    if np.isnan(moments).any() or (moments < 0).any():
        raise NotEstimableError(Problem("times", "a missing or negative time", "times from 0 on"))
    step = np.searchsorted(curve.time, moments + TIE_TOLERANCE, side="right")
    beyond = (moments > curve.time[-1] + TIE_TOLERANCE) & (curve.survival[-1] > 0)
    start = np.nan if curve.interval == "log-log" else 1.0
    columns = ((1.0, curve.survival), (0.0, curve.std_error), (start, curve.low), (start, curve.high))
    read = [np.where(beyond, np.nan, np.concatenate([[first], column])[step]) for first, column in columns]
    return SurvivalProbability(moments, *read)


def quantile(curve: SurvivalCurve, p: float = 0.5, *, dialect: str = "R") -> Quantile:
    """Return the time by which a share `p` of the patients had the event; 0.5 is the median.

    "R" (default): the interval inverts the pointwise limits of the curve (Brookmeyer & Crowley
    1982, doi:10.2307/2530286); where the curve is flat at exactly 1 - p (within the tolerance of
    R's `quantile.survfit`, sqrt of machine epsilon) the middle of the flat stretch is taken.
    "SPSS": the first time at which the curve is at most 1 - p, plus and minus a normal quantile
    times SE(S) / f, f the slope between the percentiles 0.05 to either side (Collett, Modelling
    Survival Data in Medical Research, section 2.4). Its lower limit may be negative.
    """
    if not 0 < p < 1:
        raise NotEstimableError(Problem("p", f"{p}", "a share between 0 and 1"))
    if dialect == "SPSS":
        return _spss_quantile(curve, p)
    if dialect != "R":
        raise NotEstimableError(Problem("dialect", f"{dialect!r}", '"R" or "SPSS"'))
    value, low, high = (_crossing(curve.time, column, p) for column in (curve.survival, curve.low, curve.high))
    return Quantile(value, low, high, f"Brookmeyer-Crowley, {curve.interval}")


def check_interval(interval: str, level: float) -> None:
    """Refuse an interval or a level that is not known."""
    problems = []
    if interval not in ("log-log", "log", "plain"):
        problems.append(Problem("interval", f"{interval!r}", '"log-log", "log" or "plain"'))
    problems += level_problems(level)
    if problems:
        raise NotEstimableError(problems)


def _limits(survival: np.ndarray, std_error: np.ndarray, interval: str, level: float) -> tuple[np.ndarray, np.ndarray]:
    width = ndtri(0.5 + level / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        if interval == "plain":
            low, high = survival - width * std_error, survival + width * std_error
        elif interval == "log":
            factor = np.exp(width * std_error / survival)
            low, high = survival / factor, survival * factor
        else:
            inside = np.where(survival < 1, survival, np.nan)
            factor = np.exp(width * std_error / (inside * np.log(inside)))
            low, high = inside ** (1 / factor), inside**factor
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


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
    if above.size == 0 or below.size == 0:
        return Quantile(value, float("nan"), float("nan"), method)
    upper, lower = above[-1], below[0]
    slope = (survival[upper] - survival[lower]) / (time[lower] - time[upper])
    half_width = float(ndtri(0.5 + curve.level / 2) * std_error[reached[0]] / slope)
    return Quantile(value, value - half_width, value + half_width, method)
