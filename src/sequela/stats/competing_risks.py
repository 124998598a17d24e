"""Cumulative incidence where more than one kind of event can end the follow-up."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.follow_up import TIE_TOLERANCE, FollowUp, follow_up
from sequela.stats.survival_limits import check_interval, survival_limits

CENSORED = 0
"""The code of an end of follow-up without any event."""


@frozen
class CompetingFollowUp:
    """Follow-up that one of several kinds of event may end.

    Attributes
    ----------
    data : FollowUp
        With any kind of event as the event.
    cause : int array, shape (n,)
        0 for a censoring, the code of the kind of event otherwise.
    causes : int array, shape (c,)
        The codes that occur, ascending.
    """

    data: FollowUp
    cause: np.ndarray
    causes: np.ndarray


@frozen
class CumulativeIncidence:
    """Right-continuous step functions, one per kind of event.

    Attributes
    ----------
    causes : int array, shape (c,)
        Codes of the kinds of event, ascending; the columns below.
    time : float array, shape (k,)
        Distinct times at which a patient left, ascending.
    at_risk : int array, shape (k,)
    events : int array, shape (k, c)
    censored : int array, shape (k,)
    survival : float array, shape (k,)
        Probability of no event of any kind; one less the sum of the incidences.
    incidence : float array, shape (k, c)
        Probability that this kind of event has happened.
    std_error : float array, shape (k, c)
    low, high : float array, shape (k, c)
        Pointwise limits; nan where the transformation has none (incidence 0 or 1).
    interval : str
        The transformation of the limits, of `survival_limits.INTERVALS`.
    level : float
    """

    causes: np.ndarray
    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    incidence: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    interval: str
    level: float

    def column(self, cause: int) -> int:
        """Return the column of a kind of event.

        Raises
        ------
        NotEstimableError
            Where no patient had it.
        """
        found = np.flatnonzero(self.causes == cause)
        if found.size == 0:
            raise _absent(cause, self.causes)
        return int(found[0])


@frozen
class IncidenceProbability:
    """One incidence read at chosen times.

    Attributes
    ----------
    time, incidence, std_error, low, high : float array, shape (m,)
        nan beyond the last observed time, unless nobody was left without an event.
    """

    time: np.ndarray
    incidence: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray


def competing_follow_up(time: ArrayLike, cause: ArrayLike, entry: ArrayLike | None = None) -> CompetingFollowUp:
    """Check follow-up with several kinds of event.

    The conventions are those of `follow_up`, after R's `aeqSurv`.

    Parameters
    ----------
    time, entry : array, shape (n,)
        See `FollowUp`.
    cause : int array, shape (n,)
        0 for a censoring, otherwise the code of the kind of event, from 1 on.

    Raises
    ------
    NotEstimableError
        As `follow_up`; codes that are not whole numbers from 0 on.
    """
    try:
        codes = np.asarray(cause, dtype=float)
    except (TypeError, ValueError):
        raise NotEstimableError(Problem("cause", "values that are not numbers", "codes from 0 on")) from None
    wrong = ~np.isfinite(codes) | (codes < 0) | (codes != np.floor(codes))
    if wrong.any():
        raise NotEstimableError(
            Problem(
                "cause",
                f"{int(wrong.sum())} of {codes.size} values are no code of an event",
                "0 for a censoring, 1, 2 … for kinds of event",
                "Leave patients with an unknown end out and count them.",
            )
        )
    data = follow_up(time, codes > 0, entry)
    whole = codes.astype(np.int64)
    return CompetingFollowUp(data, whole, np.unique(whole[whole > 0]))


def cumulative_incidence(
    time: ArrayLike,
    cause: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    interval: str = "log-log",
    level: float = 0.95,
    causes: ArrayLike | None = None,
) -> CumulativeIncidence:
    """Estimate the probability of each kind of event by Aalen-Johansen, with delayed entry.

    A patient is at risk at t when entry < t <= time; at a tie, events come before censorings. One
    less Kaplan-Meier with the other kinds censored is larger: it is the chance in a world where
    nobody has the others. The variance is the delta method's (Greenwood's for several kinds of
    event), equal to the infinitesimal jackknife of R's `survfit` where nobody enters late; limits
    are symmetric for log(-log) of the incidence, or another transformation. Aalen & Johansen
    (1978), Scand J Stat; variance Marubini & Valsecchi (1995), Analysing Survival Data, chapter 10.
    Golden: tests/golden/competing_risks.

    Parameters
    ----------
    time, cause, entry : array, shape (n,)
        See `competing_follow_up`.
    interval : str
        Of `survival_limits.INTERVALS`.
    level : float
    causes : int array, shape (c,)
        Kinds of event to give a column to, also where nobody had one; those that occur where not given.
    """
    check_interval(interval, level)
    checked = competing_follow_up(time, cause, entry)
    data, kinds = checked.data, checked.causes if causes is None else np.asarray(causes, dtype=np.int64)
    if missed := sorted({int(code) for code in checked.causes} - {int(code) for code in kinds}):
        raise NotEstimableError(Problem("causes", f"events of kind {missed} are not among them", "every kind"))
    times, index = np.unique(data.time, return_inverse=True)
    events = np.column_stack(
        [np.bincount(index[checked.cause == code], minlength=times.size) for code in kinds]
        or [np.zeros((times.size, 0), dtype=np.int64)]
    )
    censored = np.bincount(index[~data.event], minlength=times.size)
    at_risk = _at_risk(data, times)
    total = events.sum(axis=1)
    survival = np.cumprod(1 - total / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.cumsum((before / at_risk)[:, None] * events, axis=0)
    std_error = _std_error(events, at_risk, before, incidence)
    low, high = survival_limits(incidence, std_error, interval, level)
    return CumulativeIncidence(
        kinds, times, at_risk, events, censored, survival, incidence, std_error, low, high, interval, level
    )


def incidence_at(curve: CumulativeIncidence, cause: int, times: ArrayLike) -> IncidenceProbability:
    """Read one incidence and its limits at chosen times.

    Before the first time it is zero. Beyond the last one it is nan, unless nobody was left. As R's `summary` of a
    `survfit` at times; Aalen & Johansen (1978), Scand J Stat.
    """
    moments = np.atleast_1d(np.asarray(times, dtype=float))
    if np.isnan(moments).any() or (moments < 0).any():
        raise NotEstimableError(Problem("times", "a missing or negative time", "times from 0 on"))
    column = curve.column(cause)
    step = np.searchsorted(curve.time, moments + TIE_TOLERANCE, side="right")
    beyond = (moments > curve.time[-1] + TIE_TOLERANCE) & (curve.survival[-1] > TIE_TOLERANCE)
    columns = ((0.0, curve.incidence), (0.0, curve.std_error), (np.nan, curve.low), (np.nan, curve.high))
    read = [np.where(beyond, np.nan, np.concatenate([[first], of[:, column]])[step]) for first, of in columns]
    return IncidenceProbability(moments, *read)


def _absent(cause: int, causes: np.ndarray) -> NotEstimableError:
    return NotEstimableError(
        Problem("cause", f"no event of kind {cause}", f"one of: {', '.join(str(code) for code in causes)}")
    )


def _at_risk(data: FollowUp, times: np.ndarray) -> np.ndarray:
    """Count entry < t <= time at each time, shape (k,)."""
    present = data.time.size - np.searchsorted(np.sort(data.time), times, side="left")
    if data.entry is None:
        return present
    return present - (data.time.size - np.searchsorted(np.sort(data.entry), times, side="left"))


def _std_error(events: np.ndarray, at_risk: np.ndarray, before: np.ndarray, incidence: np.ndarray) -> np.ndarray:
    """Return the delta-method standard error, shape (k, c), from sums over event times up to each time.

    The square of F(t) - F(s) is multiplied out, so that each time needs running sums only.
    """
    n, total = at_risk[:, None].astype(float), events.sum(axis=1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Where everybody at risk has an event, nothing is left to grow after it.
        leaving = np.where(n > total, total / (n * (n - total)), 0.0)
    own = (before[:, None] ** 2) * events * (n - events) / n**3
    shared = before[:, None] * events / n**2
    here, ones = incidence, np.ones_like(incidence)
    sums = [np.cumsum(term, axis=0) for term in (leaving * ones, leaving * here, leaving * here**2)]
    mixed, mixed_here = np.cumsum(shared, axis=0), np.cumsum(shared * here, axis=0)
    variance = here**2 * sums[0] - 2 * here * sums[1] + sums[2] + np.cumsum(own, axis=0)
    variance -= 2 * (here * mixed - mixed_here)
    return np.sqrt(np.maximum(variance, 0.0))
