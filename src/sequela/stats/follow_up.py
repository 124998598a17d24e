"""Follow-up times of patients, checked once, with near-ties resolved."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length

TIE_TOLERANCE = float(np.sqrt(np.finfo(float).eps))
"""Two times closer than this, absolutely or relative to the mean time, are one time."""

WIDEST_COUNT = 4
"""Whole times are counted where the largest is below this many times the number of patients."""


@frozen
class FollowUp:
    """Who was watched from when to when, and how it ended.

    Attributes
    ----------
    time : float array, shape (n,)
        End of follow-up; finite and not negative.
    event : bool array, shape (n,)
        Whether the follow-up ended with the event; otherwise it was censored.
    entry : float array, shape (n,), or None
        Start of observation, exclusive: a patient is at risk at t when entry < t <= time.
        None: everyone is watched from the origin, an event at time 0 included.
    rank : int array, shape (n,) or with entries (2 n,), or None
        Whole numbers from 0 on in the order of the times, then the entries, where they had to be
        sorted; None where all are whole numbers, which are as good.
    """

    time: np.ndarray
    event: np.ndarray
    entry: np.ndarray | None = None
    rank: np.ndarray | None = None


def follow_up(time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None) -> FollowUp:
    """Check follow-up times and make times that differ by rounding only equal.

    Near-ties are resolved as R's `aeqSurv` does: sorted distinct times whose gap is at most
    sqrt(machine epsilon), absolutely or relative to their mean, form a chain and take its
    first value. Months made from days are otherwise tied or not by accident.

    Raises
    ------
    NotEstimableError
        With every problem at once: no patients, unequal lengths, missing, infinite or negative
        times, an event that is neither 0 nor 1, an entry that is not before the end. Nothing is
        left out silently; the caller leaves patients out and counts them.
    """
    problems: list[Problem] = []
    times = _times("time", time, problems)
    events = _events(event, problems)
    entries = None if entry is None else _times("entry", entry, problems)
    if not problems:
        problems += _lengths(times, event=events, entry=entries)
    if not problems and entries is not None:
        late = int(np.sum(entries >= times))
        if late:
            problems.append(
                Problem(
                    "entry",
                    f"{late} of {times.size} patients enter at or after the end of their follow-up",
                    "entry before the end of follow-up",
                    "Leave these patients out and count them, or set time zero earlier.",
                )
            )
    if problems:
        raise NotEstimableError(problems)
    return _without_near_ties(times, events, entries)


def whole(times: np.ndarray) -> bool:
    """Return whether every time is a whole number."""
    return bool((times == np.floor(times)).all())


def patients(data: FollowUp, kept: np.ndarray) -> FollowUp:
    """Return the patients at which the bool array `kept`, shape (n,), is true."""
    entry = None if data.entry is None else data.entry[kept]
    rank = None if data.rank is None else data.rank.reshape(-1, data.time.size)[:, kept].ravel()
    return FollowUp(data.time[kept], data.event[kept], entry, rank)


def distinct_times(data: FollowUp) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct times, ascending, and the place of each patient's time among them.

    Whole numbers that are not spread far, such as days, are counted instead of sorted; what was sorted once is not
    sorted again.
    """
    values = data.time
    if data.rank is not None:
        rank = data.rank[: values.size]
        present = np.bincount(rank) > 0
        place = (np.cumsum(present) - 1)[rank]
        distinct = np.empty(int(present.sum()))
        distinct[place] = values
        return distinct, place
    if values.max() < WIDEST_COUNT * values.size and whole(values):
        days = values.astype(np.int64)
        present = np.bincount(days) > 0
        return np.flatnonzero(present).astype(float), (np.cumsum(present) - 1)[days]
    distinct, place = np.unique(values, return_inverse=True)
    return distinct, place


def _lengths(times: np.ndarray, **columns: np.ndarray | None) -> list[Problem]:
    if times.size == 0:
        return [Problem("time", "no patients", "at least one patient", "Loosen the criteria of the study.")]
    return columns_of_equal_length(times.size, **columns)


def _times(name: str, values: ArrayLike, problems: list[Problem]) -> np.ndarray:
    try:
        times = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        problems.append(Problem(name, "values that are not numbers", "times as numbers"))
        return np.empty(0)
    if times.ndim != 1:
        problems.append(Problem(name, f"an array of {times.ndim} dimensions", "one number per patient"))
        return np.empty(0)
    for found, wrong in (
        ("missing", np.isnan(times)),
        ("infinite", np.isinf(times)),
        ("negative", times < 0),
    ):
        if wrong.any():
            problems.append(
                Problem(
                    name,
                    f"{int(wrong.sum())} of {times.size} times are {found}",
                    "finite times from 0 on",
                    "Leave these patients out and count them.",
                )
            )
    return times


def _events(values: ArrayLike, problems: list[Problem]) -> np.ndarray:
    if isinstance(values, np.ndarray) and values.dtype == bool and values.ndim == 1:
        return values
    try:
        events = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        problems.append(Problem("event", "values that are not numbers", "true or 1 for an event, false or 0 otherwise"))
        return np.empty(0, dtype=bool)
    if events.ndim != 1:
        problems.append(Problem("event", f"an array of {events.ndim} dimensions", "one value per patient"))
        return np.empty(0, dtype=bool)
    wrong = (events != 0) & (events != 1)
    if wrong.any():
        problems.append(
            Problem(
                "event",
                f"{int(wrong.sum())} of {events.size} values are neither 0 nor 1",
                "true or 1 for an event, false or 0 for a censoring",
                "Leave patients with an unknown end out and count them.",
            )
        )
        return np.zeros(events.size, dtype=bool)
    return events.astype(bool)


def _without_near_ties(time: np.ndarray, event: np.ndarray, entry: np.ndarray | None) -> FollowUp:
    if TIE_TOLERANCE * time.max() < 1 / 2 and whole(time) and (entry is None or whole(entry)):
        return FollowUp(time, event, entry)
    distinct, rank = np.unique(time if entry is None else np.concatenate([time, entry]), return_inverse=True)
    tied = np.diff(distinct, prepend=-np.inf) <= TIE_TOLERANCE * max(1.0, float(np.mean(distinct)))
    if not tied.any():
        return FollowUp(time, event, entry, rank)
    rank = (np.cumsum(~tied) - 1)[rank]
    times = distinct[~tied][rank]
    merged = FollowUp(times[: time.size], event, None if entry is None else times[time.size :], rank)
    if merged.entry is not None and np.any(merged.entry >= merged.time):
        raise NotEstimableError(
            Problem(
                "entry",
                f"{int(np.sum(merged.entry >= merged.time))} patients are watched for no longer than a rounding error",
                "entry before the end of follow-up",
                "Give times in whole days.",
            )
        )
    return merged
