"""Cumulative incidence where more than one kind of event can end the follow-up."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, weight_column
from sequela.stats.follow_up import TIE_TOLERANCE, FollowUp, distinct_times, follow_up, patients
from sequela.stats.incidence_variance import IncidenceSteps, incidence_errors
from sequela.stats.influence import CurvePatients
from sequela.stats.kaplan_meier import present
from sequela.stats.stretches import held_at
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
    variance : str
        How `std_error` was made, one of `incidence_variance.VARIANCES`.
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
    variance: str = "delta"

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
    weights: ArrayLike | None = None,
    variance: str | None = None,
    interval: str = "log-log",
    level: float = 0.95,
    causes: ArrayLike | None = None,
) -> CumulativeIncidence:
    """Estimate the probability of each kind of event by Aalen-Johansen, with delayed entry and weights.

    A patient is at risk at t when entry < t <= time; at a tie, events come before censorings. One
    less Kaplan-Meier with the other kinds censored is larger: it is the chance in a world where
    nobody has the others. Limits are symmetric for log(-log) of the incidence, or another
    transformation. Aalen & Johansen (1978), Scand J Stat. Golden: tests/golden/competing_risks,
    tests/golden/incidence_errors.

    Parameters
    ----------
    time, cause, entry : array, shape (n,)
        See `competing_follow_up`.
    weights : float array, shape (n,)
        Case weights; a patient of weight zero is left out.
    variance : {None, "delta", "robust", "Aalen", "cmprsk"}
        None: robust where weights are given, else the delta method's (Greenwood's for several kinds of event; Marubini
        & Valsecchi, Analysing Survival Data, 1995, chapter 10; R's `prodlim` and `etm`). "robust": the infinitesimal
        jackknife of R's `survfit`, equal to it where nobody enters late. "Aalen": of counting processes, as SAS's
        `LIFETEST` documents its default. "cmprsk": the same as R's `cuminc` has it, apart from SAS's with ties only.
        All but "robust" take a weight for a number of like patients.
    interval : str
        Of `survival_limits.INTERVALS`.
    level : float
    causes : int array, shape (c,)
        Kinds of event to give a column to, also where nobody had one; those that occur where not given.

    Raises
    ------
    NotEstimableError
        As `competing_follow_up`; a variance or interval that is not known, weights that are none, events that are not
        among `causes`.
    """
    check_interval(interval, level)
    checked = competing_follow_up(time, cause, entry)
    kinds = checked.causes if causes is None else np.asarray(causes, dtype=np.int64)
    if missed := sorted({int(code) for code in checked.causes} - {int(code) for code in kinds}):
        raise NotEstimableError(Problem("causes", f"events of kind {missed} are not among them", "every kind"))
    checked, weight = _weighted(checked, weights)
    data = checked.data
    times, place = distinct_times(data)
    first = np.zeros(place.size, dtype=np.int64)
    if data.entry is not None:
        first = np.searchsorted(times, data.entry, side="right")
    column = np.full(place.size, -1)
    for number, code in enumerate(kinds):
        column[checked.cause == code] = number
    people = CurvePatients(first, place + 1, data.event, np.ones(place.size) if weight is None else weight, None)
    entered = None if data.entry is None else np.bincount(first, minlength=times.size)
    at_risk = present(np.bincount(place, minlength=times.size), entered)
    events = _leaving(place, column, None, (times.size, kinds.size))
    if weight is None:
        steps = _steps(at_risk.astype(float), at_risk - events.sum(axis=1), events)
    else:
        steps = _weighted_steps(people, column, (times.size, kinds.size))
    asked = variance or ("delta" if weights is None else "robust")
    std_error = incidence_errors(steps, people, column, asked)
    low, high = survival_limits(steps.incidence, std_error, interval, level)
    censored = np.bincount(place[~data.event], minlength=times.size)
    return CumulativeIncidence(
        *(kinds, times, at_risk, events, censored, steps.after, steps.incidence, std_error, low, high),
        *(interval, level, asked),
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


def _weighted(checked: CompetingFollowUp, weights: ArrayLike | None) -> tuple[CompetingFollowUp, np.ndarray | None]:
    """Check the weights, and leave patients of weight zero out."""
    if weights is None:
        return checked, None
    weight = weight_column(weights)
    problems = columns_of_equal_length(checked.cause.size, weights=weight)
    if not problems and not weight.any():
        problems.append(Problem("weights", "all weights are zero", "at least one patient with a weight above zero"))
    if problems:
        raise NotEstimableError(problems)
    kept = weight > 0
    return CompetingFollowUp(patients(checked.data, kept), checked.cause[kept], checked.causes), weight[kept]


def _leaving(place: np.ndarray, column: np.ndarray, weight: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
    """Return how many, or how much weight, have each kind of event at each step."""
    rows = column >= 0
    cell = place[rows] * shape[1] + column[rows]
    return np.bincount(cell, None if weight is None else weight[rows], minlength=shape[0] * shape[1]).reshape(shape)


def _weighted_steps(people: CurvePatients, column: np.ndarray, shape: tuple[int, int]) -> IncidenceSteps:
    exposed = held_at(people.first, people.last, people.weight, shape[0])
    # Those who stay are added up by themselves: nobody is left only where there is nobody.
    staying = held_at(people.first, people.last - (column >= 0), people.weight, shape[0])
    return _steps(exposed, staying, _leaving(people.last - 1, column, people.weight, shape))


def _steps(exposed: np.ndarray, staying: np.ndarray, leaving: np.ndarray) -> IncidenceSteps:
    after = np.cumprod(np.where(leaving.sum(axis=1) > 0, staying / exposed, 1.0))
    before = np.concatenate([[1.0], after[:-1]])
    return IncidenceSteps(exposed, leaving, before, after, np.cumsum((before / exposed)[:, None] * leaving, axis=0))
