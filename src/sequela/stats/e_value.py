"""How strong an unmeasured confounder would have to be to explain a ratio away."""

import math
from dataclasses import dataclass

from sequela.errors import NotEstimableError, Problem


@dataclass(frozen=True, slots=True)
class EValue:
    """The E-value of an estimate and of the limit of its interval nearest to 1.

    Attributes
    ----------
    estimate : float
        Smallest risk ratio that the confounder must have with the exposure and with the outcome,
        each beyond what is adjusted for, to move the estimate to 1. At least 1.
    limit : float
        The same for the limit; 1 where the interval contains 1.
    """

    estimate: float
    limit: float


def e_value(ratio: float, low: float, high: float) -> EValue:
    """Return the E-values of a risk ratio with its interval.

    VanderWeele & Ding (2017) doi:10.7326/M16-2607. Ratios below 1 are inverted first. A hazard
    ratio of a common outcome goes through `risk_ratio_of_hazard_ratio` before.

    Raises
    ------
    NotEstimableError
        Where a number is missing or not positive, or the interval does not contain the ratio.
    """
    if not (0 < low <= ratio <= high) or not math.isfinite(ratio):
        found = f"a ratio of {ratio:g} with limits {low:g} and {high:g}"
        raise NotEstimableError(Problem("ratio", found, "a positive, finite ratio between its limits"))
    if low <= 1 <= high:
        return EValue(_e_value(ratio), 1.0)
    return EValue(_e_value(ratio), _e_value(low if ratio > 1 else high))


def bounding_factor(exposure: float, outcome: float) -> float:
    """Return the factor by which a confounder can move a risk ratio at most.

    Ding & VanderWeele (2016), Epidemiology 27:368: a b / (a + b - 1), with a the risk ratio of the confounder between
    the groups and b that of the outcome with it; ratios below 1 are inverted first. Of two E-values it is the ratio
    they explain.

    Raises
    ------
    NotEstimableError
        A ratio that is missing, infinite or not positive.
    """
    if not all(0 < ratio < math.inf for ratio in (exposure, outcome)):
        found = f"ratios of {exposure:g} and {outcome:g}"
        raise NotEstimableError(Problem("bounding factor", found, "positive, finite ratios"))
    a, b = (max(ratio, 1 / ratio) for ratio in (exposure, outcome))
    return a * b / (a + b - 1)


def risk_ratio_of_hazard_ratio(hazard_ratio: float) -> float:
    """Return the approximate risk ratio of a hazard ratio whose outcome is common (15 % or more).

    (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1 / HR)), VanderWeele & Ding (2017) doi:10.7326/M16-2607. 0 and infinity stay.

    Raises
    ------
    NotEstimableError
        Where the ratio is missing or negative.
    """
    if not hazard_ratio >= 0:
        raise NotEstimableError(Problem("hazard ratio", f"{hazard_ratio:g}", "a ratio from 0 on"))
    if hazard_ratio == 0 or math.isinf(hazard_ratio):
        return hazard_ratio
    root = math.sqrt(hazard_ratio)
    return (1 - 0.5**root) / (1 - 0.5 ** (1 / root))


def _e_value(ratio: float) -> float:
    risk = ratio if ratio >= 1 else 1 / ratio
    return risk + math.sqrt(risk * (risk - 1))
