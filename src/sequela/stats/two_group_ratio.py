"""The hazard ratio of two weighted groups, from sums over the event times: for thousands of bootstrap samples."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.stats.follow_up import follow_up

MOST_STEPS, CLOSE, RUNS_AWAY = 40, 1e-10, 20.0


def two_group_log_ratio(
    time: ArrayLike, event: ArrayLike, exposed: ArrayLike, weights: ArrayLike, ties: str = "efron"
) -> float:
    """Return the log hazard ratio of the exposed, as `cox` fits it with one column of zeros and ones.

    With two groups the partial likelihood needs only the weight at risk and the weight of the events of each group at
    each event time. No missing values; weights above zero.

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
    data, yes, weight = follow_up(time, event), np.asarray(exposed, dtype=bool), np.asarray(weights, dtype=float)
    when, cell = np.unique(data.time[data.event], return_inverse=True)
    if not when.size:
        raise NotEstimableError(Problem("event", "no events", "at least one event"))
    order = np.argsort(data.time, kind="stable")
    first = np.searchsorted(data.time[order], when, side="left")
    at_risk, leaving = [], []
    for side in (yes, ~yes):
        mine = np.where(side, weight, 0.0)
        at_risk.append(np.cumsum(mine[order][::-1])[::-1][first])
        leaving.append(np.bincount(cell, weights=mine[data.event], minlength=when.size))
    count = np.bincount(cell, minlength=when.size)
    tied = count if ties == "efron" else np.ones_like(count)
    step = np.repeat(np.arange(when.size), tied)
    gone = (np.arange(step.size) - np.repeat(np.cumsum(tied) - tied, tied)) / tied[step]
    share = ((leaving[0] + leaving[1]) / tied)[step]
    risks = [whole[step] - gone * part[step] for whole, part in zip(at_risk, leaving, strict=True)]
    return _root(float(leaving[0].sum()), risks[0], risks[1], share)


def _root(observed: float, risk: np.ndarray, other: np.ndarray, share: np.ndarray) -> float:
    """Find where the expected weight of the events of the exposed is the observed one (Newton)."""
    value = 0.0
    for _ in range(MOST_STEPS):
        chance = risk * np.exp(value) / (risk * np.exp(value) + other)
        information = float((share * chance * (1 - chance)).sum())
        if information <= 0 or abs(value) > RUNS_AWAY:
            break
        step = (observed - float((share * chance).sum())) / information
        value += float(np.clip(step, -2.0, 2.0))
        if abs(step) < CLOSE:
            return value
    raise NotEstimableError(Problem("hazard ratio", "no finite estimate", "events of both groups that overlap"))
