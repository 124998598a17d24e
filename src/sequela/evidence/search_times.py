"""Search for event and censoring times that would have printed what the paper printed.

Simulated annealing over whole days and event flags (Kirkpatrick 1983,
doi:10.1126/science.220.4598.671). The penalty is the sum, over the printed numbers, of how far
the candidate's number lies outside the rounding interval, on the log scale; zero is a solution.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from sequela.evidence.kernels import event_table, hazard_ratio_with_limits, log_rank_p, median_with_limits

PATIENT_WEIGHT = 0.3
"""Penalty per patient too many or too few in a count."""
NOT_REACHED = 3.0
"""Penalty where a printed number does not exist for the candidate."""
JUMP, EXCHANGE = 0.08, 0.3
"""Shares of moves that draw a time afresh, and that exchange or flip event flags."""


class TimesProblem(NamedTuple):
    """What the times must meet, as arrays for the compiled search.

    Attributes
    ----------
    group : int array, shape (n,)
    low, high : int array, shape (n,)
        Days between which each patient's time may move.
    curves : float array, shape (groups + 1, 5, 2)
        Intervals of median, its limits, median observed time and events, per group then
        everyone; nan where not printed.
    pairs : int array, shape (comparisons, 2)
        Group and reference.
    ratios : float array, shape (comparisons, 4, 2)
        Intervals of log-rank p, hazard ratio and its limits.
    counts : float array, shape (k, 6)
        Group (-1: everyone), who (0 all, 1 with event, 2 censored), after day, up to day, at
        least, at most.
    transform : int
        Of the limits of the curve: `kernels.LOG_LOG`, `LOG` or `PLAIN`.
    efron, profile : bool
    free_events : bool
        Whether the total number of events may change.
    """

    group: np.ndarray
    low: np.ndarray
    high: np.ndarray
    curves: np.ndarray
    pairs: np.ndarray
    ratios: np.ndarray
    counts: np.ndarray
    transform: int
    efron: bool
    profile: bool
    free_events: bool


class Times(NamedTuple):
    """A candidate: days (int) and events (bool), shape (n,), with its penalty."""

    time: np.ndarray
    event: np.ndarray
    penalty: float


class Schedule(NamedTuple):
    """Annealing: moves, and the temperature at the first and the last."""

    moves: int
    hot: float
    cold: float


TIMES_SCHEDULE = Schedule(moves=200_000, hot=0.05, cold=2e-4)
"""Tuned on forty patients: one random start in eight or so ends in a solution."""


@njit(cache=True)
def beyond(value, low, high):  # type: ignore[no-untyped-def]
    """Return how far a positive value lies outside an interval, on the log scale; 0 for a nan interval."""
    if math.isnan(low):
        return 0.0
    if math.isnan(value) or math.isinf(value):
        return NOT_REACHED
    if value < low:
        return min(NOT_REACHED, math.log(low / max(value, 1e-12)))
    if value > high:
        return min(NOT_REACHED, math.log(value / max(high, 1e-12)))
    return 0.0


@njit(cache=True)
def _outside(number, low, high):  # type: ignore[no-untyped-def]
    if math.isnan(low):
        return 0.0
    return PATIENT_WEIGHT * (max(0.0, low - number) + max(0.0, number - high))


@njit(cache=True)
def _curve_penalty(time, event, intervals, transform):  # type: ignore[no-untyped-def]
    """Return the penalty of one group; its times are ascending."""
    n = time.shape[0]
    total = beyond((time[(n - 1) // 2] + time[n // 2]) / 2, intervals[3, 0], intervals[3, 1])
    total += _outside(event.sum(), intervals[4, 0], intervals[4, 1])
    if not math.isnan(intervals[0, 0]):
        median, low, high = median_with_limits(event_table(time, event, event), transform)
        total += beyond(median, intervals[0, 0], intervals[0, 1])
        total += beyond(low, intervals[1, 0], intervals[1, 1]) + beyond(high, intervals[2, 0], intervals[2, 1])
    return total


@njit(cache=True)
def _count_penalty(time, event, group, counts):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(counts.shape[0]):
        g, who, after, until = counts[k, 0], counts[k, 1], counts[k, 2], counts[k, 3]
        number = 0
        for i in range(time.shape[0]):
            if after < time[i] <= until and (g < 0 or group[i] == g) and (who == 0 or event[i] == (who == 1)):
                number += 1
        total += _outside(number, counts[k, 4], counts[k, 5])
    return total


@njit(cache=True)
def _ratio_penalty(table, intervals, problem):  # type: ignore[no-untyped-def]
    """Return the penalty of one comparison."""
    total = beyond(log_rank_p(table), intervals[0, 0], intervals[0, 1])
    if not math.isnan(intervals[1, 0]):
        ratio, low, high = hazard_ratio_with_limits(table, problem.efron, problem.profile)
        total += beyond(ratio, intervals[1, 0], intervals[1, 1])
        total += beyond(low, intervals[2, 0], intervals[2, 1]) + beyond(high, intervals[3, 0], intervals[3, 1])
    return total


@njit(cache=True)
def penalty(time, event, problem, limit):  # type: ignore[no-untyped-def]
    """Return how far a candidate is from what was printed; zero for a solution.

    Stops adding once above `limit`: such a candidate will not be accepted.
    """
    total = _count_penalty(time, event, problem.group, problem.counts)
    if total > limit:
        return total
    order = np.argsort(time)
    time, event, group = time[order], event[order], problem.group[order]
    groups = problem.curves.shape[0] - 1
    total += _curve_penalty(time, event, problem.curves[groups], problem.transform)
    for g in range(groups):
        if total > limit:
            return total
        member = group == g
        total += _curve_penalty(time[member], event[member], problem.curves[g], problem.transform)
    for c in range(problem.pairs.shape[0]):
        if total > limit:
            return total
        member = (group == problem.pairs[c, 0]) | (group == problem.pairs[c, 1])
        exposed = group[member] == problem.pairs[c, 0]
        total += _ratio_penalty(event_table(time[member], event[member], exposed), problem.ratios[c], problem)
    return total


@njit(cache=True)
def _move(rng, time, event, problem):  # type: ignore[no-untyped-def]
    """Change one time, or the flags of one or two patients, in place."""
    n = time.shape[0]
    i, j = int(rng.random() * n), int(rng.random() * n)
    kind = rng.random()
    if kind < EXCHANGE and (event[i] != event[j] or problem.free_events):
        if problem.free_events and rng.random() < 0.5:
            event[i] = not event[i]
        else:
            event[i], event[j] = event[j], event[i]
    elif kind > 1 - JUMP:
        time[i] = problem.low[i] + int(rng.random() * (problem.high[i] - problem.low[i] + 1))
    else:
        width = max(1.0, time[i] * 0.3 * rng.random() ** 2)
        moved = time[i] + round((rng.random() * 2 - 1) * width)
        time[i] = min(problem.high[i], max(problem.low[i], moved))


@njit(cache=True)
def _anneal(rng, time, event, problem, schedule):  # type: ignore[no-untyped-def]
    current = penalty(time, event, problem, math.inf)
    best, best_time, best_event = current, time.copy(), event.copy()
    for move in range(schedule.moves):
        if best == 0:
            break
        temperature = schedule.hot * (schedule.cold / schedule.hot) ** (move / schedule.moves)
        old_time, old_event = time.copy(), event.copy()
        _move(rng, time, event, problem)
        limit = current - temperature * math.log(1 - rng.random())
        new = penalty(time, event, problem, limit)
        if new <= limit:
            current = new
            if new < best:
                best, best_time, best_event = new, time.copy(), event.copy()
        else:
            time[:], event[:] = old_time, old_event
    return best_time, best_event, best


def search_times(problem: TimesProblem, events: int, rng: np.random.Generator, schedule: Schedule) -> Times:
    """Anneal once from a random start and return the best candidate.

    events : how many patients have the event at the start (and throughout, unless `free_events`).
    """
    n = problem.group.size
    middle = problem.curves[problem.group, 3].mean(axis=1)
    middle = np.where(np.isnan(middle), problem.curves[problem.group, 0].mean(axis=1), middle)
    middle = np.where(np.isnan(middle), (problem.low + problem.high) / 4, middle)
    drawn = rng.exponential(middle / math.log(2))
    time = np.clip(np.rint(drawn).astype(np.int64), problem.low, problem.high)
    event = np.ones(n, dtype=bool)
    event[rng.choice(n, n - events, replace=False)] = False
    return Times(*_anneal(rng, time, event, problem, schedule))
