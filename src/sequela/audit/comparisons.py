"""The comparison of a study done in another way, so that the reader sees how far the answer moves."""

import numpy as np

from sequela.analyses.ratio_estimate import ratio_estimate
from sequela.analyses.report_card import AnswerUnder
from sequela.analyses.results import Estimate
from sequela.analyses.wording import months
from sequela.audit.material import Cases, Material, roles
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.conditional_survival import reliable_curve
from sequela.stats.cox import CoxFit, cox, wald_interval
from sequela.stats.kaplan_meier import quantile
from sequela.stats.profile_likelihood import profile_likelihood_interval


@frozen
class FollowedTime:
    """Who is compared, from when to when.

    Attributes
    ----------
    start, stop : float array, shape (m,)
        Days; at risk at t when start < t <= stop. `start` of 0 means from the origin.
    event : bool array, shape (m,)
    exposed : float array, shape (m, number of groups - 1)
        Indicators of the groups other than the reference.
    patients : int
        How many patients the rows stand for.
    cases : Cases or None
        How the study counts them; None where each counts once.
    """

    start: np.ndarray
    stop: np.ndarray
    event: np.ndarray
    exposed: np.ndarray
    patients: int
    cases: Cases | None = None


def as_asked(data: Material) -> FollowedTime:
    """Return everyone as the study file asks: from time zero on, or from entry where it declares delayed entry."""
    start = np.zeros(data.days.size) if data.entry is None else data.entry
    return FollowedTime(start, data.days, data.event, data.indicators(), data.days.size, data.cases)


def with_delayed_entry(data: Material) -> FollowedTime:
    """Return everyone from time zero, at risk only after his entry; who ends at or before it is left out."""
    kept = data.admitted < data.days
    start, stop, event = data.admitted[kept], data.days[kept], data.event[kept]
    return FollowedTime(start, stop, event, data.indicators(kept), int(kept.sum()), cases_of(data, kept))


def from_entry(data: Material) -> FollowedTime:
    """Return everyone with the clock set back to 0 on the day of entry."""
    kept = data.admitted < data.days
    stop = (data.days - data.admitted)[kept]
    start, event = np.zeros(stop.size), data.event[kept]
    return FollowedTime(start, stop, event, data.indicators(kept), stop.size, cases_of(data, kept))


def time_dependent(data: Material) -> FollowedTime:
    """Return everyone in the reference group until the day that puts him into another, then in that one.

    A patient whose follow-up ends at or before that day never leaves the reference; nobody is at
    risk before his entry.
    """
    indicators = data.indicators()
    moves = (data.group_known > 0) & indicators.any(axis=1)
    reached = moves & (data.group_known < data.days)
    start = np.concatenate([data.admitted, np.maximum(data.admitted, data.group_known)[reached]])
    stop = np.concatenate([np.where(moves, np.minimum(data.group_known, data.days), data.days), data.days[reached]])
    event = np.concatenate([data.event & ~reached, data.event[reached]])
    exposed = np.concatenate([np.where(moves[:, None], 0.0, indicators), indicators[reached]])
    kept = stop > start
    patients = int((data.admitted < data.days).sum())
    rows = np.concatenate([np.arange(data.days.size), np.flatnonzero(reached)])[kept]
    return FollowedTime(start[kept], stop[kept], event[kept], exposed[kept], patients, cases_of(data, rows))


def cases_of(data: Material, rows: np.ndarray) -> Cases | None:
    """Return how the study counts some of its patients."""
    return data.cases.of(rows) if data.cases else None


def said_of(data: Material, followed: FollowedTime, label: str) -> str:
    """Return the label of an answer, which says where patients are not counted as the study counts them."""
    return label if data.cases is None or followed.cases is not None else f"{label}, {data.cases.without}"


def part_of(followed: FollowedTime, kept: np.ndarray, more: np.ndarray | None = None) -> FollowedTime:
    """Return the patients kept, with further columns beside the groups where there are any."""
    exposed = followed.exposed if more is None else np.column_stack([followed.exposed, more])
    start, stop, event = followed.start[kept], followed.stop[kept], followed.event[kept]
    cases = followed.cases.of(kept) if followed.cases else None
    return FollowedTime(start, stop, event, exposed[kept], stop.size, cases)


def compared(data: Material, followed: FollowedTime, label: str) -> tuple[AnswerUnder, ...]:
    """Return the hazard ratios of a study that compares groups, the median of one that does not."""
    return (hazard_ratios if len(data.groups) > 1 else medians)(data, followed, label)


def hazard_ratios(
    data: Material, followed: FollowedTime, label: str, strata: np.ndarray | None = None
) -> tuple[AnswerUnder, ...]:
    """Return the hazard ratio of each group against the reference; nan with the reason where there is none."""
    entry = followed.start if followed.start.any() else None
    events = int(followed.event.sum())
    reference = data.result.cohort.reference
    try:
        counted = roles(followed.cases)
        fit = cox(followed.stop, followed.event, followed.exposed, entry=entry, strata=strata, ties="efron", **counted)
        estimates = tuple(estimate_of(fit, index) for index in range(len(data.others)))
    except NotEstimableError as problem:
        nothing = Estimate(np.nan, np.nan, np.nan, f"not estimable: {problem}")
        estimates = (nothing,) * len(data.others)
    return tuple(
        AnswerUnder(said_of(data, followed, label), group, reference, estimate, followed.patients, events)
        for group, estimate in zip(data.others, estimates, strict=True)
    )


def weighted_hazard_ratio(
    data: Material, followed: FollowedTime, weights: np.ndarray, group: str, label: str, method: str
) -> AnswerUnder:
    """Return the hazard ratio of a group against the reference with a weight for each patient.

    Parameters
    ----------
    data : Material
    followed : FollowedTime
        With one indicator, of the group.
    weights : float array, shape (m,)
        Taken as known, and multiplied by those of the study; the variance is robust.
    group, label : str
    method : str
        Which weights, in words.

    Raises
    ------
    NotEstimableError
        No finite estimate.
    """
    entry, counted = followed.start if followed.start.any() else None, roles(followed.cases)
    counted = {"cluster": np.arange(weights.size), **counted, "weights": weights * counted.get("weights", 1.0)}
    fit = cox(followed.stop, followed.event, followed.exposed, entry=entry, ties="efron", **counted)
    if fit.diverging[0]:
        raise NotEstimableError("the weighted hazard ratio has no finite estimate")
    estimate = ratio_estimate(fit.coefficients, wald_interval(fit), 0, method)
    reference = data.result.cohort.reference
    return AnswerUnder(label, group, reference, estimate, followed.patients, int(followed.event.sum()))


def medians(data: Material, followed: FollowedTime, label: str) -> tuple[AnswerUnder, ...]:
    """Return the median time to the event of everyone, for a study that compares nothing."""
    entry = followed.start if followed.start.any() else None
    events = int(followed.event.sum())
    try:
        weights = followed.cases.weights if followed.cases else None
        curve = reliable_curve(followed.stop, followed.event, entry, weights=weights)
        found = quantile(curve, 0.5)
        estimate = Estimate(found.value, found.low, found.high, found.method)
        if curve.start:
            label += f" of those event-free at {months(curve.start)} months, everyone at risk before being gone"
    except NotEstimableError as problem:
        estimate = Estimate(np.nan, np.nan, np.nan, f"not estimable: {problem}")
    return (AnswerUnder(label, data.groups[0], "", estimate, followed.patients, events, "median days"),)


def estimate_of(fit: CoxFit, index: int) -> Estimate:
    """Return a hazard ratio with its Wald interval; profile likelihood where there is no finite estimate."""
    if fit.diverging[index] and fit.robust:
        raise NotEstimableError("the weighted hazard ratio has no finite estimate")
    if fit.diverging[index]:
        limits = profile_likelihood_interval(fit, index)
        value, low, high = np.copysign(np.inf, fit.coefficients[index]), float(limits.low), float(limits.high)
    else:
        limits = wald_interval(fit)
        value, low, high = fit.coefficients[index], float(limits.low[index]), float(limits.high[index])
    return Estimate(float(np.exp(value)), float(np.exp(low)), float(np.exp(high)), f"{limits.method}, Efron ties")
