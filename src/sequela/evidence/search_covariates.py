"""Search for who has which covariate, so that the adjusted hazard ratio is the printed one.

Times, events and groups stay as found; covariates change hands between patients of the same
group, so that every printed count stays exact.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from sequela.evidence.cox_kernel import first_ratio
from sequela.evidence.search_times import Schedule, beyond


class AdjustedProblem(NamedTuple):
    """One adjusted comparison.

    Attributes
    ----------
    time : int array, shape (n,), descending
    event : bool array, shape (n,)
    group : int array, shape (n,)
        1 for the group, 0 for the reference.
    columns : tuple-free int array, shape (columns,)
        Which covariate each column of the matrix belongs to.
    scores : float array, shape (columns, levels)
        The value of each column for each level of its covariate.
    intervals : float array, shape (3, 2)
        Of the adjusted ratio and its limits.
    efron, profile : bool
    """

    time: np.ndarray
    event: np.ndarray
    group: np.ndarray
    columns: np.ndarray
    scores: np.ndarray
    intervals: np.ndarray
    efron: bool
    profile: bool


@njit(cache=True)
def design(levels, problem):  # type: ignore[no-untyped-def]
    """Return the matrix of the model: group first, then the columns of the covariates."""
    n, columns = levels.shape[1], problem.columns.shape[0]
    matrix = np.empty((n, columns + 1))
    matrix[:, 0] = problem.group
    for c in range(columns):
        for i in range(n):
            matrix[i, c + 1] = problem.scores[c, levels[problem.columns[c], i]]
    return matrix


@njit(cache=True)
def adjusted_penalty(levels, problem):  # type: ignore[no-untyped-def]
    """Return how far the adjusted ratio and its limits lie outside what was printed."""
    found = first_ratio(problem.time, problem.event, design(levels, problem), problem.efron, problem.profile)
    total = 0.0
    for k in range(3):
        total += beyond(found[k], problem.intervals[k, 0], problem.intervals[k, 1])
    return total


@njit(cache=True)
def anneal_levels(rng, levels, problem, schedule):  # type: ignore[no-untyped-def]
    """Exchange levels between patients of a group; return the best assignment and its penalty.

    levels : int array, shape (covariates, n), changed in place.
    """
    n = levels.shape[1]
    current = adjusted_penalty(levels, problem)
    best, kept = current, levels.copy()
    for move in range(schedule.moves):
        if best == 0:
            break
        temperature = schedule.hot * (schedule.cold / schedule.hot) ** (move / schedule.moves)
        row, i, j = int(rng.random() * levels.shape[0]), int(rng.random() * n), int(rng.random() * n)
        if problem.group[i] != problem.group[j] or levels[row, i] == levels[row, j]:
            continue
        levels[row, i], levels[row, j] = levels[row, j], levels[row, i]
        new = adjusted_penalty(levels, problem)
        if new <= current or rng.random() < math.exp((current - new) / temperature):
            current = new
            if new < best:
                best, kept = new, levels.copy()
        else:
            levels[row, i], levels[row, j] = levels[row, j], levels[row, i]
    return kept, best


COVARIATE_SCHEDULE = Schedule(moves=40_000, hot=0.02, cold=5e-4)
