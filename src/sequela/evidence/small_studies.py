"""Whether small studies find other effects than large ones, as they do where the dull ones stay unpublished."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from sequela.errors import NotEstimableError, Problem
from sequela.evidence.pooling import checked_studies
from sequela.frozen import frozen

FEWEST = 10
"""With fewer studies the test finds nothing where there is something, and chance looks like something."""


@frozen
class SmallStudies:
    """Egger's regression.

    Attributes
    ----------
    slope, std_error : float
        Change of the effect with the standard error of a study.
    statistic : float
    degrees_of_freedom : int
    p_value : float
        Two-sided.
    """

    slope: float
    std_error: float
    statistic: float
    degrees_of_freedom: int
    p_value: float


def small_study_test(effects: ArrayLike, std_errors: ArrayLike) -> SmallStudies:
    """Regress effects on their standard errors, weighted by the inverse of their variances.

    Student's t with k - 2 degrees of freedom. Egger and others (1997) doi:10.1136/bmj.315.7109.629.
    Golden: tests/golden/meta_analysis.

    Raises
    ------
    NotEstimableError
        Fewer than ten studies, or studies of one size.
    """
    values, variances = checked_studies(effects, std_errors)
    if values.size < FEWEST:
        raise NotEstimableError(Problem("studies", f"{values.size}", f"at least {FEWEST}", "Look at the forest plot."))
    errors, weights = np.sqrt(variances), 1 / variances
    around = errors - weights @ errors / weights.sum()
    spread = float(weights @ around**2)
    if spread <= 1e-12 * float(weights @ errors**2):
        raise NotEstimableError(Problem("studies", "all of one size", "small and large ones"))
    slope = float(weights @ (around * values)) / spread
    residual = values - weights @ values / weights.sum() - slope * around
    df = values.size - 2
    std_error = float(np.sqrt(weights @ residual**2 / df / spread))
    statistic = slope / std_error
    return SmallStudies(slope, std_error, statistic, df, 2 * float(stdtr(df, -abs(statistic))))
