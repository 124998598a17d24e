"""Log-rank test of small groups by re-drawing who is in which group."""

from collections.abc import Iterator
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.group_cells import GroupCells, Roles, group_cells, group_sums
from sequela.stats.risk_sets import sums_up_to
from sequela.stats.weightings import LOG_RANK, Weighting

MOST_ENUMERATED = 200_000
"""Every assignment is counted up to so many; beyond, assignments are drawn."""

RELATIVE_TIE = 1e-9
"""Statistics this close, of the largest possible, are equal: they are sums in another order."""


@frozen
class PermutationTest:
    """The result of a permutation test.

    Attributes
    ----------
    statistic : float
        The scores' quadratic form, as a chi-square; its size is only compared with other assignments.
    p_value : float
        Two-sided. Drawn assignments count the observed one, so that it is never zero.
    assignments : int
        Enumerated or drawn.
    exact : bool
    monte_carlo_error : float
        Standard error of a drawn p-value; 0 where exact.
    method : str
    """

    statistic: float
    p_value: float
    assignments: int
    exact: bool
    monte_carlo_error: float
    method: str


def permutation_log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    weighting: Weighting = LOG_RANK,
    generator: np.random.Generator | None = None,
    draws: int = 9999,
) -> PermutationTest:
    """Compare groups too small for the chi-square distribution.

    Each patient's score is the own event less the pooled hazard lived through, each event time weighted; the sums
    of the scores by group are the weighted observed less expected events. The groups are re-drawn within strata,
    all assignments alike. That is right where the groups were followed equally long: with unequal censoring it
    tests that too (Neuhaus, Annals of Statistics 1993), which is why delayed entry is not taken. Ties and missing
    values as in `log_rank`. Golden: tests/golden/permutation_log_rank.

    Parameters
    ----------
    time, event, group, strata : array, shape (n,)
    weighting : Weighting
    generator : numpy Generator
        Needed where there are more than `MOST_ENUMERATED` assignments.
    draws : int
        Assignments drawn then.

    Raises
    ------
    NotEstimableError
        As `log_rank`; also where every assignment gives one statistic, or a generator is missing.
    """
    cells = group_cells(time, event, group, Roles(strata=strata))
    scores = _scores(cells, weighting)
    stratum = np.zeros(scores.size, dtype=np.int64) if cells.stratum is None else cells.stratum
    blocks = [np.flatnonzero(stratum == block) for block in range(int(stratum.max()) + 1)]
    sizes = [np.bincount(cells.group[rows], minlength=cells.groups.size) for rows in blocks]
    inverse = _inverse_covariance([scores[rows] for rows in blocks], sizes)
    observed = _form(np.bincount(cells.group, weights=scores)[None, 1:], inverse)[0]
    number = int(np.prod([float(_assignments(size)) for size in sizes]).clip(max=2.0**62))
    if number <= MOST_ENUMERATED:
        sums = np.zeros((1, cells.groups.size))
        for rows, size in zip(blocks, sizes, strict=True):
            sums = (sums[:, None, :] + _enumerated(scores[rows], size)[None, :, :]).reshape(-1, size.size)
        found = _form(sums[:, 1:], inverse)
        extreme = float(np.mean(found >= observed - RELATIVE_TIE * found.max()))
        name = f"{weighting.name}, exact permutation of {number} assignments"
        return PermutationTest(observed, extreme, number, True, 0.0, name)
    if generator is None or draws < 1:
        raise NotEstimableError(
            Problem("generator", f"{number} assignments and no generator", "a numpy Generator and a number of draws")
        )
    found = np.array([_form(sums[None, 1:], inverse)[0] for sums in _drawn(cells, scores, blocks, generator, draws)])
    extreme = (1 + float(np.sum(found >= observed - RELATIVE_TIE * max(found.max(), observed)))) / (draws + 1)
    error = float(np.sqrt(extreme * (1 - extreme) / draws))
    return PermutationTest(observed, extreme, draws, False, error, f"{weighting.name}, {draws} permutations drawn")


def _scores(cells: GroupCells, weighting: Weighting) -> np.ndarray:
    weight = group_sums(cells, weighting).cell_weight
    hazard = sums_up_to(weight * cells.events.sum(axis=1) / cells.at_risk.sum(axis=1))
    scores = hazard[cells.sets.first] - hazard[cells.sets.last]
    scores[cells.sets.event_rows] += weight[cells.sets.cell_of_event]
    return scores


def _inverse_covariance(scores: list[np.ndarray], sizes: list[np.ndarray]) -> np.ndarray:
    """Return the inverse covariance of the group sums, first group left out, over all assignments."""
    covariance = np.zeros((sizes[0].size, sizes[0].size))
    for part, size in zip(scores, sizes, strict=True):
        if part.size > 1:
            spread = float(np.var(part)) / (part.size - 1)
            covariance += spread * (part.size * np.diag(size) - np.outer(size, size))
    kept = covariance[1:, 1:]
    if np.linalg.matrix_rank(kept, hermitian=True) < kept.shape[0]:
        raise NotEstimableError(
            Problem("group", "every assignment gives the same statistic", "patients who differ in their follow-up")
        )
    return np.asarray(np.linalg.inv(kept))


def _form(sums: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("ij,jk,ik->i", sums, inverse, sums))


def _assignments(sizes: np.ndarray) -> int:
    """Count the ways to fill groups of these sizes."""
    number, left = 1, int(sizes.sum())
    for size in sizes:
        number *= comb(left, int(size))
        left -= int(size)
    return number


def _enumerated(scores: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the sums of the scores by group, shape (assignments, g), of every assignment."""
    if sizes.size == 1:
        return np.array([[scores.sum()]])
    chosen = np.array(list(combinations(range(scores.size), int(sizes[0]))), dtype=np.int64)
    first = scores[chosen].sum(axis=1)
    if sizes.size == 2:
        return np.column_stack([first, scores.sum() - first])
    parts = []
    for rows, total in zip(chosen, first, strict=True):
        rest = _enumerated(np.delete(scores, rows), sizes[1:])
        parts.append(np.column_stack([np.full(len(rest), total), rest]))
    return np.concatenate(parts)


def _drawn(
    cells: GroupCells, scores: np.ndarray, blocks: list[np.ndarray], generator: np.random.Generator, draws: int
) -> Iterator[np.ndarray]:
    for _ in range(draws):
        mixed = np.empty_like(scores)
        for rows in blocks:
            mixed[rows] = generator.permutation(scores[rows])
        yield np.bincount(cells.group, weights=mixed, minlength=cells.groups.size)
