"""Survival of those who are event-free at a time, and from when a curve under delayed entry can be read."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.stats.follow_up import TIE_TOLERANCE, follow_up
from sequela.stats.influence import CurvePatients
from sequela.stats.kaplan_meier import CurveOptions, CurveSteps, SurvivalCurve, curve_of_steps, kaplan_meier, moving

RELIABLE_NUMBER, RELIABLE_SHARE = 10, 0.05
"""Under delayed entry a curve is read from where this many patients, and this share of all, are at risk."""


def conditional_survival(curve: SurvivalCurve, start: float) -> SurvivalCurve:
    """Return the curve of those who are event-free at `start`: S(t | start) = S(t) / S(start).

    Times stay counted from the origin; the curve begins at one at `start`, with standard errors
    and limits of its own. Made from the risk sets after `start`, so that it is defined also where
    delayed entry let the curve die out before (`first_reliable_time`). R: `survfit(start.time=)`,
    which counts an event at `start` itself; here it is over. Golden: tests/golden/conditional_survival.

    Raises
    ------
    NotEstimableError
        A start before that of the curve, or nobody under observation after it.
    """
    after = curve.time > start + TIE_TOLERANCE
    if not (start >= curve.start and after.any()):
        raise NotEstimableError(
            Problem(
                "start",
                f"{start}",
                f"a time from {curve.start:g} on, before the last follow-up, {float(curve.time[-1]):g}",
                "Choose an earlier time.",
            )
        )
    columns = (curve.time, curve.at_risk, curve.events, curve.censored, curve.exposed, curve.leaving)
    steps, people, gone = CurveSteps(*(column[after] for column in columns)), None, int(np.sum(~after))
    if curve.patients is not None:
        them = curve.patients
        first, last = np.maximum(them.first - gone, 0), np.maximum(them.last - gone, 0)
        people = moving(CurvePatients(first, last, them.event, them.weight, them.cluster))
    return curve_of_steps(steps, people, CurveOptions(curve.interval, curve.level, reverse=curve.reverse), float(start))


def reliable_curve(
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    *,
    weights: ArrayLike | None = None,
    interval: str = "log-log",
    level: float = 0.95,
) -> SurvivalCurve:
    """Return a curve under delayed entry that no emptied early risk set has taken to zero.

    Where everyone at risk had the event while others had still to enter, it is the curve of those
    event-free at the first reliable time of those still to enter, which its `start` names; else that of
    everyone, `start` 0. So it is too where enough were at risk before and never are again: who enters after
    everybody else has gone tells nothing of the curve before.

    Ties, weights and missing values as in `kaplan_meier`; enough are patients, whatever they weigh. Lai & Ying
    (1991), Annals of Statistics 19:417.

    Raises
    ------
    NotEstimableError
        As `kaplan_meier`; where such a risk set emptied and there never are enough patients at risk.
    """
    curve = kaplan_meier(time, event, entry=entry, weights=weights, interval=interval, level=level)
    if entry is None:
        return curve
    ends, enters = np.asarray(time, dtype=float), np.asarray(entry, dtype=float)
    while not np.isnan(curve.died_out):
        later = ends > curve.died_out + TIE_TOLERANCE
        try:
            start = first_reliable_time(ends[later], enters[later])
        except NotEstimableError:
            if first_reliable_time(ends, enters) < curve.died_out:
                return curve
            raise
        curve = conditional_survival(curve, max(curve.died_out, start))
    return curve


def first_reliable_time(time: ArrayLike, entry: ArrayLike) -> float:
    """Return the first time at which enough patients are at risk for a curve to rest on them.

    Under delayed entry the first risk sets hold one or two patients, and one event among them takes the whole
    curve down. Enough are `RELIABLE_NUMBER`, and `RELIABLE_SHARE` of all patients; 0 where that many are watched
    from the origin. Give it to `conditional_survival`. At risk at t when entry < t <= time; near-ties are one
    time, no missing values (see `follow_up`). A house rule; the trouble is that of Lai & Ying (1991), Annals of
    Statistics 19:417.

    Raises
    ------
    NotEstimableError
        Where there never are that many.
    """
    data = follow_up(time, np.zeros(np.shape(time)), entry)
    needed = max(RELIABLE_NUMBER, int(np.ceil(RELIABLE_SHARE * data.time.size)))
    entered = np.sort(data.time if data.entry is None else data.entry)
    still = np.arange(1, entered.size + 1) - np.searchsorted(np.sort(data.time), entered, side="right")
    enough = np.flatnonzero(still >= needed)
    if enough.size == 0:
        raise NotEstimableError(
            Problem(
                "entry",
                f"never more than {int(still.max(initial=0))} of {data.time.size} patients at risk at once",
                f"{needed} of them",
                "Report the patients one by one, or survival from the day each came under observation.",
            )
        )
    return float(entered[enough[0]])
