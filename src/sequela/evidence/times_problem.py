"""From printed facts to the arrays of the search for times."""

import numpy as np

from sequela.evidence.printed import EVERYONE, Comparison, Conventions, Printed, Summary
from sequela.evidence.search_times import TimesProblem
from sequela.records.dates import DAYS_PER_MONTH

TRANSFORMS = {"log-log": 0, "log": 1, "plain": 2}
LONGEST_DAYS = 3650
"""How far a time may reach where no range was printed; three times the longest printed number if that is more."""
_ALWAYS = 1e9


def times_problem(printed: Printed, conventions: Conventions, still_treated: tuple[int, int] = (0, 0)) -> TimesProblem:
    """Build the search problem under one set of conventions.

    still_treated : patients who never stopped, and the day beyond which they must be followed.
    """
    low, high = _bounds(printed)
    counts = [*_response_counts(printed)]
    if still_treated[0]:
        counts.append([-1, 2, still_treated[1] - 1, _ALWAYS, still_treated[0], _ALWAYS])
    pairs = [[printed.groups.index(name) for name in (item.group, item.reference)] for item in printed.comparisons]
    return TimesProblem(
        group=np.repeat(np.arange(len(printed.sizes)), printed.sizes),
        low=low,
        high=high,
        curves=np.array([_curve(printed, name) for name in (*printed.groups, EVERYONE)]),
        pairs=np.array(pairs, dtype=np.int64).reshape(-1, 2),
        ratios=np.array([_ratio(item) for item in printed.comparisons]).reshape(-1, 4, 2),
        counts=np.array(counts, dtype=float).reshape(-1, 6),
        transform=TRANSFORMS[conventions.median_interval],
        efron=conventions.ties == "efron",
        profile=conventions.hazard_ratio_interval == "profile likelihood",
        free_events=EVERYONE not in printed.events,
    )


def starting_events(printed: Printed) -> int:
    """Return the events to start from: printed (never more than patients), or nine patients in ten."""
    if EVERYONE in printed.events:
        return min(sum(printed.sizes), int(printed.events[EVERYONE].value.value))
    by_group = zip(printed.groups, printed.sizes, strict=True)
    return sum(
        min(n, int(printed.events[g].value.value)) if g in printed.events else round(0.9 * n) for g, n in by_group
    )


def days_interval(summary: Summary | None, part: str = "value") -> tuple[float, float]:
    """Return the days a printed number of months can stand for; nan where not printed."""
    number = getattr(summary, part) if summary else None
    if number is None:
        return np.nan, np.nan
    return number.inner[0] * DAYS_PER_MONTH, number.inner[1] * DAYS_PER_MONTH


def whole_days(interval: tuple[float, float]) -> tuple[int, int]:
    """Return the first and last whole day inside an interval."""
    return int(np.ceil(interval[0])), int(np.floor(interval[1]))


def _bounds(printed: Printed) -> tuple[np.ndarray, np.ndarray]:
    """Return the days each patient may move in; one patient per group stays at either end of a printed range."""
    low, high = [], []
    for name, size in zip(printed.groups, printed.sizes, strict=True):
        observed = printed.observed.get(name)
        shortest, longest = (1, 1), (_longest(printed), _longest(printed))
        if observed and observed.low and observed.high:
            shortest = whole_days(days_interval(observed, "low"))
            longest = whole_days(days_interval(observed, "high"))
        first, last = [shortest[0]] * size, [longest[1]] * size
        if observed and observed.low and size > 1:
            last[0], first[-1] = shortest[1], longest[0]
        low += first
        high += last
    return np.array(low), np.array(high)


def _longest(printed: Printed) -> int:
    summaries = [*printed.median.values(), *printed.observed.values()]
    return max([LONGEST_DAYS, *(round(3 * (item.high or item.value).value * DAYS_PER_MONTH) for item in summaries)])


def _curve(printed: Printed, name: str) -> list[tuple[float, float]]:
    median, events = printed.median.get(name), printed.events.get(name)
    number = (events.value.low, events.value.high) if events else (np.nan, np.nan)
    limits = [days_interval(median, part) for part in ("value", "low", "high")]
    return [*limits, days_interval(printed.observed.get(name)), number]


def _ratio(item: Comparison) -> list[tuple[float, float]]:
    ratio = item.hazard_ratio
    numbers = [item.log_rank_p.value if item.log_rank_p else None]
    numbers += [ratio.value, ratio.low, ratio.high] if ratio else [None] * 3
    return [number.inner if number else (np.nan, np.nan) for number in numbers]


def _response_counts(printed: Printed) -> list[list[float]]:
    """Return the counts by time that best responses imply.

    Progression as best response is an event seen early; nobody else leaves before the first
    assessment; stable disease longer than the printed months, and responders, fill the rest.
    """
    response = printed.response
    if response is None:
        return []
    rows: list[list[float]] = []
    for g in range(len(printed.sizes)):
        count = {level: line[g] for level, line in zip(response.levels, response.counts, strict=True)}
        early = count.get("PD", 0)
        rows.append([g, 1, 0, response.progression_by_day, early, _ALWAYS])
        rows.append([g, 0, 0, response.evaluable_from_day - 1, 0, early])
        rows.append([g, 2, 0, response.evaluable_from_day - 1, 0, 0])
        if response.control:
            responders = sum(count[level] for level in response.responders)
            long = response.control[g] - responders
            rows.append([g, 0, response.control_months * DAYS_PER_MONTH, _ALWAYS, long, long + responders])
    return rows
