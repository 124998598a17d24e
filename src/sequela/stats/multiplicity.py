"""p-values of a family of comparisons, adjusted for its size."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem


def holm(p_values: ArrayLike) -> np.ndarray:
    """Adjust p-values so that the chance of any false claim in the family stays at the level.

    Holm, Scandinavian Journal of Statistics 1979; never weaker than Bonferroni. A comparison that could
    not be tested (nan) stays nan and still counts in the family: it was meant to be made.

    Parameters
    ----------
    p_values : float array, shape (m,)

    Returns
    -------
    float array, shape (m,)
    """
    raw = np.asarray(p_values, dtype=float)
    if raw.ndim != 1 or ((raw < 0) | (raw > 1)).any():
        raise NotEstimableError(Problem("p_values", "not a list of probabilities", "numbers between 0 and 1"))
    known = np.flatnonzero(~np.isnan(raw))
    order = known[np.argsort(raw[known], kind="stable")]
    adjusted = np.full(raw.size, np.nan)
    stepped = raw[order] * (raw.size - np.arange(order.size))
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted
