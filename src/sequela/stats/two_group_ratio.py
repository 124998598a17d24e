"""The hazard ratio of two weighted groups, from sums over the event times: for thousands of samples."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.follow_up import FollowUp, distinct_times, follow_up, patients

MOST_STEPS, CLOSE, RUNS_AWAY = 40, 1e-10, 20.0


@frozen
class TwoGroupRatio:
    """A log hazard ratio of two groups.

    Attributes
    ----------
    log_ratio : float
        Of the exposed against the others.
    variance : float
        The inverse of the information, as Cox's model has it.
    """

    log_ratio: float
    variance: float


@frozen
class EventTimes:
    """The event times of some patients, found once; who is exposed, and with what weight, may then change.

    Attributes
    ----------
    event_rows : int array, shape (d,)
    cell : int array, shape (d,)
        Place of each event among the distinct event times.
    count : int array, shape (k,)
        Events at each of them.
    leaving, entering : int array, shape (n,)
        Distinct event times after which the patient is no longer, and from which on he is at risk: he is at risk at
        the times entering <= place < leaving.
    """

    event_rows: np.ndarray
    cell: np.ndarray
    count: np.ndarray
    leaving: np.ndarray
    entering: np.ndarray | None

    def at_risk(self, weights: np.ndarray) -> np.ndarray:
        """Return the weight at risk at each event time, shape (k,)."""
        size = self.count.size
        # Who leaves before the first event time is counted in front and dropped.
        sums = np.bincount(self.leaving, weights=weights, minlength=size + 1)
        if self.entering is not None:
            sums = sums - np.bincount(self.entering, weights=weights, minlength=size + 1)
        return np.cumsum(sums[::-1])[::-1][1:]

    def leaving_with_event(self, weights: np.ndarray) -> np.ndarray:
        """Return the weight of the events at each event time, shape (k,)."""
        return np.bincount(self.cell, weights=weights[self.event_rows], minlength=self.count.size)


def event_times(data: FollowUp) -> EventTimes:
    """Find the event times of patients, who are at risk at t when entry < t <= time.

    Raises
    ------
    NotEstimableError
        No events.
    """
    rows = np.flatnonzero(data.event)
    if not rows.size:
        raise NotEstimableError(Problem("event", "no events", "at least one event"))
    when, cell = distinct_times(patients(data, data.event))
    entering = None if data.entry is None else np.searchsorted(when, data.entry, side="right")
    leaving = np.searchsorted(when, data.time, side="right")
    return EventTimes(rows, cell, np.bincount(cell, minlength=when.size), leaving, entering)


def two_group_ratio(times: EventTimes, exposed: np.ndarray, others: np.ndarray, ties: str = "efron") -> TwoGroupRatio:
    """Return the hazard ratio between two weightings of the same patients.

    With two groups the partial likelihood needs only the weight at risk and the weight of the events of each group at
    each event time. As Cox's model with one column of zeros and ones, climbed to its top.

    Parameters
    ----------
    times : EventTimes
    exposed, others : float array, shape (n,)
        Each patient's weight in either group, 0 where not in it. Under Breslow a patient may be in both in part;
        under Efron each event belongs to one group.
    ties : {"efron", "breslow"}

    Raises
    ------
    NotEstimableError
        No event at which both groups are at risk, or no finite estimate.
    """
    risks = [times.at_risk(weights) for weights in (exposed, others)]
    gone = [times.leaving_with_event(weights) for weights in (exposed, others)]
    share = gone[0] + gone[1]
    if ties == "efron" and times.count.max() > 1:
        tied = times.count
        step = np.repeat(np.arange(tied.size), tied)
        part = (np.arange(step.size) - np.repeat(np.cumsum(tied) - tied, tied)) / tied[step]
        risks = [whole[step] - part * left[step] for whole, left in zip(risks, gone, strict=True)]
        share = (share / tied)[step]
    return _root(float(gone[0].sum()), risks[0], risks[1], share)


def two_group_log_ratio(
    time: ArrayLike, event: ArrayLike, exposed: ArrayLike, weights: ArrayLike, ties: str = "efron"
) -> float:
    """Return the log hazard ratio of the exposed, as `two_group_ratio`.

    No missing values; weights above zero.

    Parameters
    ----------
    time, event : array, shape (n,)
        See `FollowUp`; near-ties are one time.
    exposed : bool array, shape (n,)
    weights : float array, shape (n,)
    ties : {"efron", "breslow"}

    Raises
    ------
    NotEstimableError
        No event at which both groups are at risk, or no finite estimate.
    """
    yes, weight = np.asarray(exposed, dtype=bool), np.asarray(weights, dtype=float)
    times = event_times(follow_up(time, event))
    return two_group_ratio(times, np.where(yes, weight, 0.0), np.where(yes, 0.0, weight), ties).log_ratio


def _root(observed: float, risk: np.ndarray, other: np.ndarray, share: np.ndarray) -> TwoGroupRatio:
    """Find where the expected weight of the events of the exposed is the observed one (Newton)."""
    value = 0.0
    for _ in range(MOST_STEPS):
        hazard = risk * np.exp(value)
        chance = hazard / (hazard + other)
        expected = share * chance
        information = float(expected @ (1 - chance))
        if information <= 0 or abs(value) > RUNS_AWAY:
            break
        step = (observed - float(expected.sum())) / information
        value += float(np.clip(step, -2.0, 2.0))
        if abs(step) < CLOSE:
            return TwoGroupRatio(value, 1 / information)
    raise NotEstimableError(Problem("hazard ratio", "no finite estimate", "events of both groups that overlap"))
