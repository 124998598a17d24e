"""Search for ages, durations and counts whose medians, ranges and rank tests are the printed ones.

All continuous covariates move together, because some are sums of others or never exceed them.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from sequela.evidence.printed import EVERYONE, RANK_TESTS, Continuous, Printed, Summary
from sequela.evidence.search_times import PATIENT_WEIGHT, Schedule, beyond
from sequela.records.dates import DAYS_PER_MONTH

VALUE_SCHEDULE = Schedule(moves=150_000, hot=0.05, cold=1e-4)
LONGEST_DAYS, OLDEST_YEARS, MOST_COUNTED = 3650, 100, 20
_SWAP, _DRAW = 0.2, 0.7


class ValuesProblem(NamedTuple):
    """What the values must meet.

    Attributes
    ----------
    group : int array, shape (n,)
    intervals : float array, shape (covariates, groups + 1, 3, 2)
        Of median, lowest and highest, per group then everyone; nan where not printed.
    p_values : float array, shape (covariates, 2, 2)
        Intervals of the rank sum p-value with and without continuity correction.
    inside : int array, shape (covariates,)
        Covariate never exceeded; -1 for none.
    terms : bool array, shape (covariates, covariates)
        Which covariates a covariate is the sum of.
    low, high : int array, shape (covariates, groups)
        Between which a value may move.
    middle : float array, shape (covariates, groups)
        Around which values are drawn, so that solutions look like samples and not like their limits.
    exact : float array, shape (k, 4)
        Covariate, group, value, and how many patients have exactly that value.
    """

    group: np.ndarray
    intervals: np.ndarray
    p_values: np.ndarray
    inside: np.ndarray
    terms: np.ndarray
    low: np.ndarray
    high: np.ndarray
    middle: np.ndarray
    exact: np.ndarray


def values_problem(printed: Printed) -> ValuesProblem:
    """Build the search problem of the continuous covariates."""
    items, names = printed.continuous, [item.name for item in printed.continuous]
    bounds = np.array([[_bounds(item, group) for group in printed.groups] for item in items])
    intervals = np.array([[_intervals(item, g) for g in (*printed.groups, EVERYONE)] for item in items])
    printed_middle = intervals[:, :-1, 0].mean(axis=2)
    return ValuesProblem(
        group=np.repeat(np.arange(len(printed.sizes)), printed.sizes),
        intervals=intervals,
        p_values=np.array([[_limits(item.p.get(test), "value", 1.0) for test in RANK_TESTS] for item in items]),
        inside=np.array([names.index(item.inside) if item.inside else -1 for item in items]),
        terms=np.array([[name in item.sum_of for name in names] for item in items]),
        low=bounds[:, :, 0],
        high=bounds[:, :, 1],
        middle=np.where(np.isnan(printed_middle), bounds.mean(axis=2), printed_middle),
        exact=np.array(_exact(printed), dtype=float).reshape(-1, 4),
    )


def _exact(printed: Printed) -> list[list[float]]:
    return [
        [v, printed.groups.index(group), value * unit_size(item.unit), count]
        for v, item in enumerate(printed.continuous)
        for group, counts in item.exactly.items()
        for value, count in counts.items()
    ]


def components(problem: ValuesProblem) -> list[np.ndarray]:
    """Return the covariates that hang together by sums and limits, as arrays of indices."""
    size = problem.inside.size
    linked = problem.terms | problem.terms.T | np.eye(size, dtype=bool)
    for v, limit in enumerate(problem.inside):
        if limit >= 0:
            linked[v, limit] = linked[limit, v] = True
    for _ in range(size):
        linked = linked @ linked
    return [np.flatnonzero(row) for row in np.unique(linked, axis=0)]


def part_of(problem: ValuesProblem, chosen: np.ndarray) -> ValuesProblem:
    """Return the problem of some covariates only."""
    place = {int(v): k for k, v in enumerate(chosen)}
    exact = [[place[int(row[0])], *row[1:]] for row in problem.exact if int(row[0]) in place]
    return ValuesProblem(
        problem.group,
        problem.intervals[chosen],
        problem.p_values[chosen],
        np.array([place.get(int(limit), -1) for limit in problem.inside[chosen]]),
        problem.terms[np.ix_(chosen, chosen)],
        problem.low[chosen],
        problem.high[chosen],
        problem.middle[chosen],
        np.array(exact, dtype=float).reshape(-1, 4),
    )


def unit_size(unit: str) -> float:
    """Return how many stored units (days, years, counts) make one printed unit."""
    return DAYS_PER_MONTH if unit == "months" else 1.0


def _limits(summary: Summary | None, part: str, size: float) -> tuple[float, float]:
    number = getattr(summary, part) if summary else None
    return (number.inner[0] * size, number.inner[1] * size) if number else (np.nan, np.nan)


def _intervals(item: Continuous, group: str) -> list[tuple[float, float]]:
    limits = [_limits(item.median.get(group), part, unit_size(item.unit)) for part in ("value", "low", "high")]
    return [_nearest_grid(limits[0]), *limits[1:]]


def _nearest_grid(interval: tuple[float, float]) -> tuple[float, float]:
    """Widen an interval no median of whole units lies in, so that the search can end at the nearest one."""
    first, last = interval
    if math.isnan(first) or math.ceil(2 * first) <= math.floor(2 * last):
        return interval
    middle = (first + last) / 2
    nearest = min(math.floor(2 * middle) / 2, math.ceil(2 * middle) / 2, key=lambda value: abs(value - middle))
    return min(first, nearest), max(last, nearest)


def _bounds(item: Continuous, group: str) -> tuple[int, int]:
    """Return between which whole units a value may lie: its group's range, everyone's, or what is possible."""
    most = {"months": LONGEST_DAYS, "years": OLDEST_YEARS, "count": MOST_COUNTED}[item.unit]
    most = max([most, *(round(2 * summary.value.high * unit_size(item.unit)) for summary in item.median.values())])
    for name in (group, EVERYONE):
        _, low, high = _intervals(item, name)
        if not math.isnan(low[0]):
            return max(0, math.ceil(low[0])), math.floor(high[1])
    return 0, most


@njit(cache=True)
def rank_sum_p(values, second, continuity):  # type: ignore[no-untyped-def]
    """Return the two-sided normal p-value of the rank sum test, variance corrected for ties."""
    order = np.argsort(values)
    n, m = values.shape[0], second.sum()
    statistic, ties, start = 0.0, 0.0, 0
    while start < n:
        stop = start
        while stop < n and values[order[stop]] == values[order[start]]:
            stop += 1
        tied = stop - start
        statistic += second[order[start:stop]].sum() * (start + 1 + stop) / 2
        ties += tied**3 - tied
        start = stop
    difference = abs(statistic - m * (n + 1) / 2)
    if continuity:
        difference = max(0.0, difference - 0.5)
    variance = m * (n - m) / 12 * (n + 1 - ties / (n * (n - 1)))
    return math.erfc(difference / math.sqrt(2 * variance)) if variance > 0 else 1.0


@njit(cache=True)
def _spread_penalty(values, intervals):  # type: ignore[no-untyped-def]
    n = values.shape[0]
    if n == 0:
        return 0.0
    ordered = np.sort(values)
    total = beyond((ordered[(n - 1) // 2] + ordered[n // 2]) / 2, intervals[0, 0], intervals[0, 1])
    total += beyond(ordered[0], intervals[1, 0], intervals[1, 1])
    return total + beyond(ordered[n - 1], intervals[2, 0], intervals[2, 1])


@njit(cache=True)
def _with_sums(values, terms):  # type: ignore[no-untyped-def]
    full = values.copy()
    for v in range(values.shape[0]):
        if terms[v].any():
            full[v] = 0.0
            for u in range(values.shape[0]):
                if terms[v, u]:
                    for i in range(values.shape[1]):
                        full[v, i] += 0.0 if math.isnan(full[u, i]) else full[u, i]
    return full


@njit(cache=True)
def values_penalty(values, problem):  # type: ignore[no-untyped-def]
    """Return how far the values are from what was printed; zero for a solution."""
    full = _with_sums(values, problem.terms)
    groups = problem.intervals.shape[1] - 1
    total = 0.0
    for v in range(full.shape[0]):
        given = ~np.isnan(full[v])
        total += _spread_penalty(full[v][given], problem.intervals[v, groups])
        for g in range(groups):
            total += _spread_penalty(full[v][given & (problem.group == g)], problem.intervals[v, g])
        for test in range(2):
            second = problem.group[given] == 1
            if not math.isnan(problem.p_values[v, test, 0]) and 0 < second.sum() < given.sum():
                p_value = rank_sum_p(full[v][given], second, test == 0)
                total += beyond(p_value, problem.p_values[v, test, 0], problem.p_values[v, test, 1])
        if problem.inside[v] >= 0:
            excess = full[v][given] - full[problem.inside[v]][given]
            total += PATIENT_WEIGHT * (excess > 0).sum() + np.maximum(excess, 0.0).sum() * 1e-3
    for k in range(problem.exact.shape[0]):
        v, g, value, count = problem.exact[k]
        total += PATIENT_WEIGHT * abs(((full[int(v)] == value) & (problem.group == g)).sum() - count)
    return total


@njit(cache=True)
def _draw(rng, low, middle, high):  # type: ignore[no-untyped-def]
    """Draw a whole number, as often below the middle as above, more often near it than far."""
    far = rng.random() ** 3
    value = middle - (middle - low) * far if rng.random() < 0.5 else middle + (high - middle) * far
    return np.rint(value)


@njit(cache=True)
def _anneal(rng, values, free, problem, schedule):  # type: ignore[no-untyped-def]
    """Change the `free` covariates, which are not sums of others; return the best values and their penalty."""
    n = values.shape[1]
    current = values_penalty(values, problem)
    best, kept = current, values.copy()
    for move in range(schedule.moves):
        if best == 0:
            break
        temperature = schedule.hot * (schedule.cold / schedule.hot) ** (move / schedule.moves)
        v, i, j = free[int(rng.random() * free.shape[0])], int(rng.random() * n), int(rng.random() * n)
        old_i, old_j, g, kind = values[v, i], values[v, j], problem.group[i], rng.random()
        if kind < _SWAP and g == problem.group[j]:
            values[v, i], values[v, j] = old_j, old_i
        elif math.isnan(old_i):
            continue
        elif kind < _DRAW:
            values[v, i] = _draw(rng, problem.low[v, g], problem.middle[v, g], problem.high[v, g])
        else:
            moved = old_i + np.rint((rng.random() * 2 - 1) * max(1.0, 0.1 * (problem.high[v, g] - problem.low[v, g])))
            values[v, i] = moved if problem.low[v, g] <= moved <= problem.high[v, g] else old_i
        new = values_penalty(values, problem)
        if new <= current or rng.random() < math.exp((current - new) / temperature):
            current = new
            if new < best:
                best, kept = new, values.copy()
        else:
            values[v, i] = old_i
            if i != j:
                values[v, j] = old_j
    return kept, best


def search_values(
    printed: Printed, rng: np.random.Generator, restarts: int = 1, schedule: Schedule = VALUE_SCHEDULE
) -> tuple[np.ndarray, float]:
    """Anneal the covariates that hang together, component by component, and return the best values.

    Returns
    -------
    values : float array, shape (covariates, n)
        Whole days, years or counts; nan for patients without the covariate.
    penalty : float
        Zero where every printed number is met, or is as near as whole units come.
    """
    values = np.full((len(printed.continuous), sum(printed.sizes)), np.nan)
    if not printed.continuous:
        return values, 0.0
    problem, total = values_problem(printed), 0.0
    for chosen in components(problem):
        part = part_of(problem, chosen)
        lowest = math.inf
        for _ in range(restarts):
            kept, penalty = _search_component(printed, part, chosen, rng, schedule)
            if penalty < lowest:
                values[chosen], lowest = kept, penalty
            if lowest == 0:
                break
        total += lowest
    return values, total


def _search_component(
    printed: Printed, problem: ValuesProblem, chosen: np.ndarray, rng: np.random.Generator, schedule: Schedule
) -> tuple[np.ndarray, float]:
    values = np.full((chosen.size, problem.group.size), np.nan)
    for k, v in enumerate(chosen):
        for g, count in enumerate(printed.continuous[v].given):
            members = rng.permutation(np.flatnonzero(problem.group == g))[:count]
            limits = problem.low[k, g], problem.middle[k, g], problem.high[k, g]
            values[k, members] = [_draw(rng, *limits) for _ in range(count)]
    free = np.flatnonzero(~problem.terms.any(axis=1))
    kept, penalty = _anneal(rng, values, free, problem, schedule)
    return _with_sums(kept, problem.terms), float(penalty)
