"""Search for lives that would have printed what a paper printed of a cohort.

Simulated annealing from times drawn around the printed medians (Kirkpatrick 1983,
doi:10.1126/science.220.4598.671). The penalty is the sum, over the printed numbers, of how far the
candidate's number lies outside its rounding interval; zero is a solution.
"""

import math

import numpy as np
from numba import njit

from sequela.evidence.search_times import Schedule
from sequela.evidence.sequence_kernels import penalties
from sequela.evidence.sequence_problem import Cohort, Life, Limits, Targets, same_group

MOVE_WAIT, SHIFT, MOVE_AFTER, FLIP = 0.2, 0.4, 0.7, 0.85
"""Cumulated shares of moves: wait; index drug within a life; time after it; event; the rest exchange two patients."""
SMALL_GROUPS = 0.3
"""Share of moves that draw the group before the patient, so that small groups move as well."""
JUMP = 0.1
"""Share of moves of a line that draw its time afresh."""
WIDTH = 0.5
"""Largest step of a time on the log scale."""
KEPT = 0.6
"""Spread on the log scale within which a time stays near the one it was drawn as, where nothing printed moves it."""


@njit(cache=True)
def _event_at(after, limits, at_cap, i):  # type: ignore[no-untyped-def]
    return after < limits[i, 1] or at_cap[i]


@njit(cache=True)
def _stepped(rng, value, low, high):  # type: ignore[no-untyped-def]
    moved = round(value * math.exp((rng.random() * 2 - 1) * WIDTH * rng.random()))
    return min(max(moved, low), high)


@njit(cache=True)
def _strayed(value, drawn):  # type: ignore[no-untyped-def]
    return math.log(value / drawn) ** 2 / (2 * KEPT * KEPT)


@njit(cache=True)
def _step(rng, time, drawn, limits, i):  # type: ignore[no-untyped-def]
    """Move one time inside its limits; return how much farther from the drawn one it is."""
    before = _strayed(time[i], drawn[i])
    moved = round(time[i] * math.exp((rng.random() * 2 - 1) * WIDTH * rng.random()))
    time[i] = min(max(moved, limits[i, 0]), limits[i, 1])
    return _strayed(time[i], drawn[i]) - before


@njit(cache=True)
def _patient(rng, places):  # type: ignore[no-untyped-def]
    """Draw a patient; now and then from a group drawn first."""
    order, first, _ = places
    if rng.random() < SMALL_GROUPS:
        g = int(rng.random() * (first.shape[0] - 1))
        if first[g + 1] > first[g]:
            return order[first[g] + int(rng.random() * (first[g + 1] - first[g]))]
    return int(rng.random() * order.shape[0])


@njit(cache=True)
def _exchange(rng, life, drawn, problem, i):  # type: ignore[no-untyped-def]
    """Let two patients of a group exchange what followed the index drug, where both have room; return the other."""
    wait, after, event = life
    limits, (order, first, group) = problem
    j = order[first[group[i]] + int(rng.random() * (first[group[i] + 1] - first[group[i]]))]
    if wait[i] + after[j] <= limits[2][i] and wait[j] + after[i] <= limits[2][j]:
        after[i], after[j] = after[j], after[i]
        event[i], event[j] = event[j], event[i]
        drawn[1][i], drawn[1][j] = drawn[1][j], drawn[1][i]
    return j


@njit(cache=True)
def _move_line(rng, life, drawn, problem, i):  # type: ignore[no-untyped-def]
    """Change the time of a line; return how much farther from the drawn time it is."""
    _, after, event = life
    _, limits, _, _, at_cap = problem[0]
    strayed, least, most = 0.0, limits[i, 0], limits[i, 1]
    if rng.random() < JUMP:
        after[i] = most if rng.random() < 0.5 else round(least + rng.random() * (most - least))
        drawn[1][i] = after[i]
    else:
        strayed = _step(rng, after, drawn[1], limits, i)
    event[i] = after[i] < most or at_cap[i]
    return strayed


@njit(cache=True)
def _move(rng, life, drawn, problem):  # type: ignore[no-untyped-def]
    """Change one or two patients; return them and how much farther from the drawn times they are."""
    wait, after, event = life
    wait_limits, after_limits, longest, capped, _ = problem[0]
    i = _patient(rng, problem[1])
    if capped:
        return i, i, _move_line(rng, life, drawn, problem, i)
    kind = rng.random()
    if kind < MOVE_AFTER:
        total = wait[i] + after[i]
        if kind < SHIFT:
            strayed = _step(rng, wait, drawn[0], wait_limits, i)
            if kind >= MOVE_WAIT:
                after[i] = total - wait[i]
        else:
            strayed = _step(rng, after, drawn[1], after_limits, i)
        after[i] = max(after_limits[i, 0], min(after[i], longest[i] - wait[i]))
        return i, i, strayed
    if kind < FLIP:
        event[i] = not event[i]
        return i, i, 0.0
    return i, _exchange(rng, life, drawn, problem, i), 0.0


@njit(cache=True)
def _measure(life, targets, parts, i, j):  # type: ignore[no-untyped-def]
    """Bring the penalties of both clocks up to date; return their sum."""
    wait, after, event = life
    penalties(wait + after, event, targets[0], parts[0], i, j)
    if targets[1][0][0].shape[0]:
        penalties(after, event, targets[1], parts[1], i, j)
    return parts[0].sum() + parts[1].sum()


@njit(cache=True)
def _anneal(rng, life, targets, problem, parts, schedule):  # type: ignore[no-untyped-def]
    wait, after, event = life
    moves, hot, cold = schedule
    drawn = (np.maximum(wait, 1.0), after.copy())
    current = _measure(life, targets, parts, -1, -1)
    best = (wait.copy(), after.copy(), event.copy(), current)
    for step in range(moves):
        if best[3] == 0:
            break
        temperature = hot * (cold / hot) ** (step / moves)
        kept = (wait.copy(), after.copy(), event.copy(), drawn[1].copy(), parts[0].copy(), parts[1].copy())
        i, j, strayed = _move(rng, life, drawn, problem)
        candidate = _measure(life, targets, parts, i, j)
        if candidate <= current - temperature * (math.log(1 - rng.random()) + strayed):
            current = candidate
            if current < best[3]:
                best = (wait.copy(), after.copy(), event.copy(), current)
        else:
            wait[:], after[:], event[:], drawn[1][:], parts[0][:], parts[1][:] = kept
    return best


def search_lives(
    start: Life,
    limits: Limits,
    cohort: Cohort,
    targets: tuple[Targets, Targets],
    rng: np.random.Generator,
    schedule: Schedule,
) -> tuple[Life, float]:
    """Anneal once and return the best candidate with its penalty; 0 is a solution.

    Parameters
    ----------
    start : Life
        Inside the limits.
    limits : Limits
    cohort : Cohort
    targets : (Targets, Targets)
        Of the whole time, and of the time after the index drug.
    rng : numpy.random.Generator
    schedule : Schedule
        Penalties at which the search still moves uphill; moves.
    """
    order, first = same_group(cohort)
    problem = (tuple(limits), (order, first, cohort.group))
    life = (start.wait.astype(float).copy(), start.after.astype(float).copy(), start.event.astype(bool).copy())
    parts = tuple(np.zeros(len(one.medians[2]) + len(one.tests[1]) + len(one.ratios[0]) + 1) for one in targets)
    aims = (tuple(targets[0]), tuple(targets[1]))
    wait, after, event, found = _anneal(rng, life, aims, problem, parts, tuple(schedule))
    return Life(wait, after, event), float(found)
