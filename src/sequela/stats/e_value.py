"""How strong an unmeasured confounder, or what chose the patients, would have to be to explain a ratio away.

Confounding: VanderWeele & Ding (2017), doi:10.7326/M16-2607. Selection: Smith & VanderWeele (2019), Epidemiology
30:509.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import numbers


@frozen
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


def selection_bound(outcome: tuple[float, float], selection: tuple[float, float]) -> float:
    """Return the factor by which the choice of patients can move a risk ratio of everybody at most.

    Smith & VanderWeele (2019), Epidemiology 30:509. Something not measured goes with the outcome, and with who is
    chosen, in each group; the factor is the product of the bounding factors of both groups.

    Parameters
    ----------
    outcome : (float, float)
        In the group and in the reference: largest over smallest risk of the outcome by what was not measured.
    selection : (float, float)
        In the group: by how much a value of it is commoner among the chosen than among the others, at most; in the
        reference: among the others than among the chosen. (For a ratio below 1 the other way round.)

    Raises
    ------
    NotEstimableError
        A ratio that is missing, infinite or not positive.
    """
    return bounding_factor(selection[0], outcome[0]) * bounding_factor(selection[1], outcome[1])


def selection_e_value(ratio: float, low: float, high: float) -> EValue:
    """Return how strong all four ratios of `selection_bound` must be, if alike, to explain a risk ratio of everybody.

    R + sqrt(R (R - 1)) with R the square root of the ratio: half of the choice is made in each group. Smith &
    VanderWeele (2019), Epidemiology 30:509. If the question is of the chosen alone, it is the E-value itself. Golden:
    tests/golden/selection_bound.

    Raises
    ------
    NotEstimableError
        Where a number is missing or not positive, or the interval does not contain the ratio.
    """
    e_value(ratio, low, high)
    return e_value(*(math.sqrt(number) for number in (ratio, low, high)))


def selection_that_explains(ratio: float, outcome: float) -> float:
    """Return how much commoner, with the same strength in both groups, what goes with the outcome so must be.

    The `selection` of `selection_bound`, alike in both groups, at which the bound is the ratio, for an `outcome` alike
    in both groups; inf where none suffices, since the outcome alone bounds what any choice can do. Smith & VanderWeele
    (2019), Epidemiology 30:509. Golden: tests/golden/selection_bound.

    Raises
    ------
    NotEstimableError
        A ratio that is missing, infinite or not positive.
    """
    if not all(0 < number < math.inf for number in (ratio, outcome)):
        found = f"ratios of {ratio:g} and {outcome:g}"
        raise NotEstimableError(Problem("selection bound", found, "positive, finite ratios"))
    needed, tied = math.sqrt(max(ratio, 1 / ratio)), max(outcome, 1 / outcome)
    if needed == 1:
        return 1.0
    return needed * (tied - 1) / (tied - needed) if tied > needed else math.inf


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


def risk_ratios_of_hazard_ratios(hazard_ratios: ArrayLike) -> np.ndarray:
    """Return `risk_ratio_of_hazard_ratio` of many, shape (m,): VanderWeele & Ding (2017); a missing one is refused."""
    ratios = numbers("hazard ratios", hazard_ratios)
    if not (ratios >= 0).all():
        raise NotEstimableError(Problem("hazard ratios", "a ratio that is missing or negative", "ratios from 0 on"))
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(ratios)
        found = (1 - 0.5**root) / (1 - 0.5 ** (1 / root))
    return np.where((ratios == 0) | np.isinf(ratios), ratios, found)


def _e_value(ratio: float) -> float:
    risk = ratio if ratio >= 1 else 1 / ratio
    return risk + math.sqrt(risk * (risk - 1))
