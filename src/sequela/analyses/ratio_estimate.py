"""A coefficient of a model with its limits, as a hazard ratio."""

import numpy as np

from sequela.analyses.results import Estimate
from sequela.stats.cox import CoefficientInterval


def ratio_estimate(coefficients: np.ndarray, limits: CoefficientInterval, place: int, method: str) -> Estimate:
    """Return the hazard ratio of the coefficient at `place` with its limits; `method` says how they were made."""
    value, low, high = (float(np.exp(column[place])) for column in (coefficients, limits.low, limits.high))
    return Estimate(value, low, high, method)
