"""Every two groups compared, with p-values adjusted for the number of comparisons."""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError
from sequela.stats.columns import category_codes
from sequela.stats.group_cells import Roles
from sequela.stats.log_rank import log_rank
from sequela.stats.multiplicity import holm
from sequela.stats.weightings import LOG_RANK, Weighting


@dataclass(frozen=True, slots=True)
class PairwiseTest:
    """Two groups of a family.

    Attributes
    ----------
    first, second : code
        The groups, in their order.
    chi_square, p_value : float
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
    chi_square: float
    p_value: float
    adjusted_p_value: float
    family: int
    reason: str = ""


def pairwise_log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    roles: Roles = Roles(),  # noqa: B008 - frozen
    weighting: Weighting = LOG_RANK,
) -> tuple[PairwiseTest, ...]:
    """Compare every two groups by `log_rank` on their patients alone; adjust by Holm's method.

    Survival weightings use the pooled curve of the two, as R's `survdiff` on their rows does.

    Parameters
    ----------
    time, event, group : array, shape (n,)
    roles : Roles
        Entry, strata, case weights and clusters, each of shape (n,).
    """
    codes = category_codes("group", group)
    pairs = []
    for first, second in combinations(np.unique(codes).tolist(), 2):
        chosen = (codes == first) | (codes == second)
        columns = {
            name: None if (column := getattr(roles, name)) is None else np.asarray(column)[chosen]
            for name in ("entry", "strata", "weights", "cluster")
        }
        try:
            test = log_rank(
                np.asarray(time)[chosen], np.asarray(event)[chosen], codes[chosen], **columns, weighting=weighting
            )
            pairs.append(PairwiseTest(first, second, test.chi_square, test.p_value, np.nan, 0))
        except NotEstimableError as problem:
            pairs.append(PairwiseTest(first, second, np.nan, np.nan, np.nan, 0, str(problem)))
    adjusted = holm([pair.p_value for pair in pairs])
    return tuple(
        replace(pair, adjusted_p_value=float(p), family=len(pairs)) for pair, p in zip(pairs, adjusted, strict=True)
    )
