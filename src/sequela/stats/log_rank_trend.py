"""Test of a trend across ordered groups."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.distributions import two_sided_p
from sequela.stats.log_rank import LogRank


@frozen
class TrendTest:
    """The result of a test of trend.

    Attributes
    ----------
    z : float
        Above zero where events come earlier in groups of higher score.
    p_value : float
        Two-sided.
    scores : float array, shape (g,)
        Of the groups of the test, in its order.
    method : str
    """

    z: float
    p_value: float
    scores: np.ndarray
    method: str


def log_rank_trend(test: LogRank, scores: ArrayLike | None = None) -> TrendTest:
    """Ask whether survival gets worse, or better, from group to group.

    The scored sum of observed less expected over its standard error, of any test made by `log_rank`
    (strata, weighting, delayed entry, weights). Equal steps between the groups in their order where
    no scores are given. Tarone, Biometrika 1975. Golden: tests/golden/weighted_log_rank.

    Raises
    ------
    NotEstimableError
        Scores that are not one finite number per group, or that do not differ where it counts.
    """
    try:
        steps = np.arange(test.groups.size, dtype=float) if scores is None else np.asarray(scores, dtype=float)
    except (TypeError, ValueError):
        steps = np.full(test.groups.size, np.nan)
    if steps.shape != test.groups.shape or not np.isfinite(steps).all():
        raise NotEstimableError(
            Problem("scores", f"{np.size(steps)} scores", f"a finite number for each of {test.groups.size} groups")
        )
    centred = steps - steps.mean()
    variance = centred @ test.variance @ centred
    if not variance > np.finfo(float).eps * np.abs(test.variance).max() * max(1.0, float(centred @ centred)):
        raise NotEstimableError(Problem("scores", "no difference between the groups compared", "scores that differ"))
    z = float(centred @ (test.observed - test.expected) / np.sqrt(variance))
    return TrendTest(z, two_sided_p(z), steps, f"{test.method}, test of trend")
