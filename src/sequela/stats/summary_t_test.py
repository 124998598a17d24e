"""Student's and Welch's t-test from means, standard deviations and sizes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from sequela.errors import NotEstimableError, Problem


@dataclass(frozen=True, slots=True)
class TTest:
    """The result of a t-test.

    Attributes
    ----------
    statistic : float
        Difference of the means, first less second, over its standard error.
    degrees_of_freedom : float
    p_value : float
        Two-sided.
    """

    statistic: float
    degrees_of_freedom: float
    p_value: float


def t_test_from_summary(
    means: Sequence[float], deviations: Sequence[float], sizes: Sequence[int], *, equal_variance: bool
) -> TTest:
    """Compare two means of which only the summary is known.

    With `equal_variance` the variance is pooled (Student 1908), otherwise each sample keeps its own
    (Welch 1947, Satterthwaite's degrees of freedom). Golden: tests/golden/summary_t_test.

    Parameters
    ----------
    means, deviations, sizes : pair
        Standard deviations with n - 1.

    Raises
    ------
    NotEstimableError
        Fewer than two values in a sample, a number that is missing or infinite, a negative deviation,
        or no deviation at all.
    """
    n, s = np.array(sizes, dtype=float), np.array(deviations, dtype=float)
    if not (np.isfinite([*means, *s]).all() and n.min() >= 2 and s.min() >= 0 and s.max() > 0):
        raise NotEstimableError(
            Problem(
                "summary",
                f"sizes {tuple(sizes)}, deviations {tuple(deviations)}",
                "2 values, a mean and a deviation each",
            )
        )
    if equal_variance:
        degrees = n.sum() - 2
        variance = ((n - 1) * s**2).sum() / degrees * (1 / n).sum()
    else:
        parts = s**2 / n
        variance = parts.sum()
        degrees = variance**2 / (parts**2 / (n - 1)).sum()
    statistic = float((means[0] - means[1]) / np.sqrt(variance))
    return TTest(statistic, float(degrees), min(1.0, 2 * float(stdtr(degrees, -abs(statistic)))))
