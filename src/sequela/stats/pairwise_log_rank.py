"""Every two groups compared, with p-values adjusted for the number of comparisons."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.columns import category_codes
from sequela.stats.group_cells import Roles, group_cells
from sequela.stats.log_rank import log_rank
from sequela.stats.multiplicity import holm
from sequela.stats.weightings import LOG_RANK, Weighting


@frozen
class PairwiseTest:
    """Two groups of a family.

    Attributes
    ----------
    first, second : code
        The groups, in their order.
    p_value : float
        Of the two alone; nan where not computable.
    adjusted_p_value : float
        By Holm's method over the family.
    family : int
        Comparisons in the family, those not computable among them.
    reason : str
        Why it is not computable; empty where it is.
    """

    first: Any
    second: Any
    p_value: float
    adjusted_p_value: float
    family: int
    reason: str = ""


def pairwise(group: ArrayLike, compare: Callable[[np.ndarray], float]) -> tuple[PairwiseTest, ...]:
    """Compare every two groups by a test on their patients alone; adjust by Holm's method.

    `compare` is given the rows of the two, bool of shape (n,), and returns a p-value or raises
    `NotEstimableError`. No missing group. Holm, Scandinavian Journal of Statistics 1979.
    """
    codes = category_codes("group", group)
    pairs = []
    for first, second in combinations(np.unique(codes).tolist(), 2):
        try:
            pairs.append(PairwiseTest(first, second, compare((codes == first) | (codes == second)), np.nan, 0))
        except NotEstimableError as problem:
            pairs.append(PairwiseTest(first, second, np.nan, np.nan, 0, str(problem)))
    adjusted = holm([pair.p_value for pair in pairs])
    return tuple(
        replace(pair, adjusted_p_value=float(p), family=len(pairs)) for pair, p in zip(pairs, adjusted, strict=True)
    )


def pairwise_log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    roles: Roles = Roles(),  # noqa: B008 - frozen
    weighting: Weighting = LOG_RANK,
) -> tuple[PairwiseTest, ...]:
    """Compare every two groups by `log_rank`.

    Survival weightings use the pooled curve of the two, as R's `survdiff` on their rows does. Ties and missing
    values as in `log_rank`.

    Parameters
    ----------
    time, event, group : array, shape (n,)
    roles : Roles
        Entry, strata, case weights and clusters, each of shape (n,).

    Raises
    ------
    NotEstimableError
        What `log_rank` refuses of all groups together; what it refuses of a pair is the `reason` of the pair.
    """
    group_cells(time, event, group, roles)
    columns = (np.asarray(time), np.asarray(event), np.asarray(group))
    others = {name: getattr(roles, name) for name in ("entry", "strata", "weights", "cluster")}
    given = {name: np.asarray(column) for name, column in others.items() if column is not None}

    def compare(rows: np.ndarray) -> float:
        chosen: dict[str, Any] = {name: column[rows] for name, column in given.items()}
        return log_rank(*(column[rows] for column in columns), **chosen, weighting=weighting).p_value

    return pairwise(group, compare)
