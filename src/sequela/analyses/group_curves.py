"""The curve of each group with its median, follow-up and heights, and what must be said of the curves."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from sequela.analyses.characteristics import EVERYONE
from sequela.analyses.comparisons import GroupTimes
from sequela.analyses.conventions import Conventions
from sequela.analyses.results import Estimate, SurvivalGroup, SurvivalSoFar
from sequela.analyses.wording import counted
from sequela.errors import NotEstimableError
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.conditional_survival import conditional_survival, first_reliable_time, reliable_curve
from sequela.stats.kaplan_meier import SurvivalCurve, quantile, survival_at
from sequela.stats.reverse_kaplan_meier import reverse_kaplan_meier

UNEQUAL_FOLLOW_UP = 1.25
"""Ratio of the medians of follow-up beyond which groups were not followed equally long (methods, B.4)."""


def group_curves(
    data: GroupTimes, conventions: Conventions, months: tuple[float, ...], survived: tuple[float, ...] = ()
) -> list[SurvivalGroup]:
    """Return the curve of each group in the order of the study, then that of everyone.

    It is read at `months`, and at those of them that lie later once more for the patients who `survived` so many.
    Under delayed entry follow-up is counted from entry, and a curve that an emptied early risk set took to zero is
    that of those event-free at its `start`.

    Raises
    ------
    NotEstimableError
        Where such a curve never has enough patients at risk.
    """
    names = (*enumerate(data.cohort.groups), (-1, EVERYONE))
    members = [data.of(data.codes == place if place >= 0 else data.codes >= 0) for place, _ in names]
    groups = [_group(name, those, conventions, months) for (_, name), those in zip(names, members, strict=True)]
    if not survived:
        return groups
    return [
        replace(group, so_far=tuple(_so_far(group.curve, those, month, months) for month in survived))
        for group, those in zip(groups, members, strict=True)
    ]


def curve_cautions(groups: Iterable[SurvivalGroup]) -> list[str]:
    """Say of which groups the curve is thin, starts late, or was followed unlike the other."""
    found = list(groups)
    cautions = [f"{g.name} is a group of one patient." for g in found if g.n == 1]
    cautions += [f"{g.name} has no events." for g in found if not g.events]
    cautions += [said for g in found for said in _of_entry(g)]
    follow_up = [g.follow_up.value for g in found]
    if len(follow_up) == 2 and np.isfinite(follow_up).all() and min(follow_up) > 0:
        ratio = follow_up[0] / follow_up[1]
        if not 1 / UNEQUAL_FOLLOW_UP <= ratio <= UNEQUAL_FOLLOW_UP:
            cautions.append(
                "The groups were not followed equally long: reverse Kaplan-Meier medians of "
                + " and ".join(f"{g.follow_up.value / DAYS_PER_MONTH:.1f} months ({g.name})" for g in found)
                + "."
            )
    return cautions


def came_too_late(name: str, entries: tuple[float, ...], time: np.ndarray, survival: np.ndarray) -> tuple[str, ...]:
    """Say how many came into the cohort only when nobody was left in the curve of their group; nothing where none."""
    over = time[survival <= 0]
    number = int((np.asarray(entries) >= over[0]).sum()) if over.size else 0
    if not number:
        return ()
    return (
        f"{counted(number, 'patient')} of {name} came into the cohort only after everyone else at risk had had an "
        "event: no curve tells anything of them.",
    )


def _of_entry(group: SurvivalGroup) -> Iterator[str]:
    """Say what delayed entry does to the begin of a curve (Lai & Ying 1991)."""
    curve = group.curve
    yield from came_too_late(group.name, group.entries, curve.time, curve.survival)
    if curve.start:
        yield (
            f"The curve of {group.name} is that of patients event-free at {curve.start / DAYS_PER_MONTH:.1f} months: "
            "before, everyone at risk had the event while others had still to come into the cohort."
        )
    elif group.entries:
        early = int(curve.events[curve.time <= group.reliable_from].sum())
        if early:
            yield (
                f"The curve of {group.name} starts on few patients: {counted(early, 'event')} up to "
                f"{group.reliable_from / DAYS_PER_MONTH:.1f} months, before enough of them had come into the cohort. "
                "Its height later on, and its median, rest on these."
            )


def _group(name: str, data: GroupTimes, conventions: Conventions, months: tuple[float, ...]) -> SurvivalGroup:
    days, event, entry = data.days, data.event, data.entry
    curve = reliable_curve(days, event, entry, weights=data.weights, interval=conventions.interval)
    median = quantile(curve, 0.5, dialect=conventions.median)
    observed = days if entry is None else days - entry
    censoring = reverse_kaplan_meier(observed, event, weights=data.weights, interval=conventions.interval)
    followed = quantile(censoring, 0.5)
    since = "" if entry is None else " from entry"
    return SurvivalGroup(
        name=name,
        n=len(days),
        events=int(event.sum()),
        curve=curve,
        median=Estimate(median.value, median.low, median.high, median.method),
        follow_up=Estimate(
            followed.value, followed.low, followed.high, f"reverse Kaplan-Meier{since}, {followed.method}"
        ),
        censoring_times=tuple(float(t) for t in np.sort(days[~event])),
        observed_time=(float(np.median(observed)), float(observed.min()), float(observed.max())),
        milestones=_heights(curve, months, float(days.max())),
        entries=() if entry is None else tuple(float(t) for t in np.sort(entry)),
        reliable_from=0.0 if entry is None else _reliable_from(days, entry),
        weight=None if data.weights is None else _weight(data.weights),
    )


def _weight(weights: np.ndarray) -> tuple[float, float]:
    total = float(weights.sum())
    return total, total**2 / float((weights**2).sum())


def _so_far(curve: SurvivalCurve, data: GroupTimes, month: float, months: tuple[float, ...]) -> SurvivalSoFar:
    """Read the curve again for the patients event-free at a time, from the risk sets after it."""
    day = month * DAYS_PER_MONTH
    there = data.days > day
    n = int((there if data.entry is None else there & (data.entry <= day)).sum())
    try:
        later = conditional_survival(curve, day)
    except NotEstimableError as problem:
        return SurvivalSoFar(day, n, reason=str(problem))
    after = tuple(item for item in months if item > month)
    return SurvivalSoFar(day, n, _heights(later, after, float(data.days.max())))


def _reliable_from(days: np.ndarray, entry: np.ndarray) -> float:
    try:
        return first_reliable_time(days, entry)
    except NotEstimableError:
        return float(days.max())


def _heights(curve: SurvivalCurve, months: tuple[float, ...], longest: float) -> tuple[tuple[float, Estimate], ...]:
    """Read the curve at those months up to which someone was followed."""
    days = [month * DAYS_PER_MONTH for month in months if curve.start <= month * DAYS_PER_MONTH <= longest]
    if not days:
        return ()
    read = survival_at(curve, days)
    columns = zip(read.time, read.survival, read.low, read.high, strict=True)
    since = f", of those event-free at {curve.start:g} days" if curve.start else ""
    method = f"Kaplan-Meier, {curve.interval}{since}"
    return tuple((float(t), Estimate(float(s), float(low), float(high), method)) for t, s, low, high in columns)
