"""Log-rank test of equal survival in two or more groups, and its weighted relatives."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.chi_square import ChiSquareTest, chi_square_test
from sequela.stats.group_cells import (
    GroupCells,
    Roles,
    group_cells,
    group_sums,
    hypergeometric_covariance,
    is_robust,
    score_influence,
)
from sequela.stats.weightings import LOG_RANK, Weighting


@frozen
class LogRank:
    """The result of a log-rank test or of a weighted relative.

    Attributes
    ----------
    chi_square : float
    degrees_of_freedom : int
        Groups ever at risk at an event, less one.
    p_value : float
    groups : array, shape (g,)
        Group codes, ascending; the order of the arrays below.
    observed, expected : float array, shape (g,)
        Events, and events expected were there no difference; each event time weighted.
    variance : float array, shape (g, g)
        Covariance of `observed` less `expected`.
    method : str
        The test by name, and "robust variance" where it has one.
    """

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    groups: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    variance: np.ndarray
    method: str = LOG_RANK.name


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    weighting: Weighting = LOG_RANK,
) -> LogRank:
    """Compare the survival of groups, stratified, weighted and with delayed entry where asked.

    At each distinct event time the events are drawn without replacement from those at risk
    (hypergeometric variance, so tied events count properly); at a tie events come before
    censorings; near-ties are one time. Strata are summed, each with the weighting of its own pooled
    curve. A group never at risk at an event has no expectation and takes no degree of freedom. With
    case weights or clusters the variance is robust (`score_influence`). No missing values.
    Mantel (1966); Peto & Peto (1972) doi:10.2307/2344317; Gehan, Biometrika 1965; Tarone & Ware,
    Biometrika 1977. Golden: tests/golden/log_rank, tests/golden/weighted_log_rank.

    Parameters
    ----------
    time, event, entry : array, shape (n,)
        See `FollowUp`.
    group, strata, cluster : array of codes, shape (n,)
    weights : float array, shape (n,)
        Case weights; a patient of weight zero is left out.
    weighting : Weighting
        How much each event time counts.

    Raises
    ------
    NotEstimableError
        Fewer than two groups, no events, or no event time at which two groups are at risk.
    """
    cells = group_cells(time, event, group, Roles(entry, strata, weights, cluster))
    return log_rank_of(cells, weighting)


def log_rank_of(cells: GroupCells, weighting: Weighting) -> LogRank:
    """Test groups whose cells are counted; see `log_rank`."""
    sums = group_sums(cells, weighting)
    if is_robust(cells):
        moved = score_influence(cells, sums.cell_weight)
        variance, method = moved.T @ moved, f"{weighting.name}, robust variance"
    else:
        variance, method = hypergeometric_covariance(cells, sums.cell_weight, sums.cell_weight), weighting.name
    compared = (sums if weighting == LOG_RANK else group_sums(cells, LOG_RANK)).expected > 0
    test = quadratic_test(sums.observed - sums.expected, variance, compared)
    return LogRank(
        *(test.statistic, test.degrees_of_freedom, test.p_value, cells.groups),
        *(sums.observed, sums.expected, variance, method),
    )


def quadratic_test(difference: np.ndarray, variance: np.ndarray, compared: np.ndarray) -> ChiSquareTest:
    """Test that the differences, shape (g,), of the groups compared are zero, the first of them left out.

    Raises
    ------
    NotEstimableError
        Where the variance says nothing about a difference.
    """
    kept = np.flatnonzero(compared)[1:]
    covariance = variance[np.ix_(kept, kept)]
    if kept.size == 0 or np.linalg.matrix_rank(covariance, hermitian=True) < kept.size:
        raise NotEstimableError(
            Problem("group", "no event at which two groups are at risk counts", "groups observed over the same time")
        )
    return chi_square_test(float(difference[kept] @ np.linalg.solve(covariance, difference[kept])), kept.size)
