"""The largest of several weighted log-rank tests, with a p-value that knows they are correlated."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.distributions import two_sided_p
from sequela.stats.group_cells import (
    GroupCells,
    Roles,
    group_cells,
    group_sums,
    hypergeometric_covariance,
    is_robust,
    score_influence,
)
from sequela.stats.multivariate_normal import probability_within
from sequela.stats.weightings import Weighting, fleming_harrington

DEFAULT_WEIGHTINGS = tuple(fleming_harrington(rho, gamma) for rho, gamma in ((0, 0), (1, 0), (0, 1), (1, 1)))
"""No weight, early, late, and in the middle."""

BLIND = 1e-12
"""One less a probability says nothing below; the p-value is then Bonferroni's, which is never too small."""


@frozen
class MaxCombo:
    """The result of a MaxCombo test.

    Attributes
    ----------
    statistic : float
        The largest |z|.
    p_value : float
        Two-sided: the chance of so large a |z| among all of them, were there no difference.
    z : float array, shape (m,)
        Above zero where the second group, in the order of its code, has more events than expected.
    correlation : float array, shape (m, m)
    weightings : tuple of Weighting
    largest : Weighting
        The one with the largest |z|; a description, not a choice to be tested again.
    """

    statistic: float
    p_value: float
    z: np.ndarray
    correlation: np.ndarray
    weightings: tuple[Weighting, ...]
    largest: Weighting


def max_combo(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    roles: Roles = Roles(),  # noqa: B008 - frozen
    weightings: Sequence[Weighting] = DEFAULT_WEIGHTINGS,
) -> MaxCombo:
    """Compare two groups where nobody knows when the curves will part, as with crossing or late effects.

    Under no difference the weighted tests are jointly normal; their covariance is the hypergeometric one, or that
    of the score residuals where there are weights or clusters. Significance does not say in which direction:
    curves that cross may be called different either way. Lin et al., Statistics in Biopharmaceutical Research
    2020; Karrison, Stata Journal 2016. Ties and missing values as in `log_rank`. Golden: tests/golden/max_combo.

    Parameters
    ----------
    time, event, group : array, shape (n,)
    roles : Roles
        Entry, strata, case weights and clusters, each of shape (n,).
    weightings : sequence of Weighting

    Raises
    ------
    NotEstimableError
        Other than two groups, no weighting, or a weighting under which nothing is compared.
    """
    cells = group_cells(time, event, group, roles)
    if cells.groups.size != 2 or not weightings:
        found = f"{cells.groups.size} groups, {len(weightings)} weightings"
        raise NotEstimableError(Problem("group", found, "two groups and one weighting or more", "Compare pairs."))
    difference, covariance = _statistics(cells, weightings)
    spread = np.sqrt(np.diag(covariance))
    if not (spread > 0).all():
        raise NotEstimableError(
            Problem("group", "no event at which two groups are at risk counts", "groups observed over the same time")
        )
    z, correlation = difference / spread, covariance / np.outer(spread, spread)
    strongest = int(np.argmax(np.abs(z)))
    statistic = float(abs(z[strongest]))
    alone = two_sided_p(statistic)
    p_value = most = min(1.0, alone * z.size)
    if alone > BLIND:
        p_value = float(np.clip(1 - probability_within(correlation, statistic), alone, most))
    return MaxCombo(statistic, p_value, z, correlation, tuple(weightings), weightings[strongest])


def _statistics(cells: GroupCells, weightings: Sequence[Weighting]) -> tuple[np.ndarray, np.ndarray]:
    """Return observed less expected of the second group, shape (m,), and its covariance (m, m)."""
    sums = [group_sums(cells, weighting) for weighting in weightings]
    difference = np.array([float(item.observed[1] - item.expected[1]) for item in sums])
    if is_robust(cells):
        moved = np.stack([score_influence(cells, item.cell_weight)[:, 1] for item in sums], axis=1)
        return difference, moved.T @ moved
    covariance = [[hypergeometric_covariance(cells, a.cell_weight, b.cell_weight)[1, 1] for b in sums] for a in sums]
    return difference, np.array(covariance)
