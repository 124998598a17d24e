"""The difference of two independent estimates, and of two curves at one time."""

import numpy as np

from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.confidence import level_problems
from sequela.stats.distributions import normal_quantile, two_sided_p
from sequela.stats.kaplan_meier import SurvivalCurve, survival_at


@frozen
class Difference:
    """One estimate less another.

    Attributes
    ----------
    value, std_error, low, high : float
        nan where one of the two is not estimable.
    p_value : float
        Two-sided, by the normal distribution; nan where the standard error is zero.
    method : str
        How the limits were made, in words.
    """

    value: float
    std_error: float
    low: float
    high: float
    p_value: float
    method: str


def difference(
    first: float, first_error: float, second: float, second_error: float, level: float, method: str
) -> Difference:
    """Return the difference of two independent estimates with normal limits.

    Klein et al. (2007) doi:10.1002/sim.2864; nan stays nan.
    """
    if problems := level_problems(level):
        raise NotEstimableError(problems)
    value, std_error = float(first - second), float(np.hypot(first_error, second_error))
    half_width = normal_quantile(0.5 + level / 2) * std_error
    p_value = two_sided_p(value / std_error) if std_error > 0 else float("nan")
    return Difference(value, std_error, value - half_width, value + half_width, p_value, method)


def survival_difference(first: SurvivalCurve, second: SurvivalCurve, time: float) -> Difference:
    """Return the first curve less the second at one time, for groups that share no patient.

    Limits are symmetric on the scale of the probability, at the level of the first curve. nan where
    a curve is not estimable then; a curve at one or at zero has no standard error, and the
    difference no limits (R takes a standard error of zero for a curve at one).
    Klein, Logan, Harhoff & Andersen (2007) doi:10.1002/sim.2864 compare this with other scales: with
    few patients it rejects a little too often. Golden: tests/golden/curve_differences.
    """
    a, b = (survival_at(curve, time) for curve in (first, second))
    errors = [float("nan") if read.survival[0] == 1 else float(read.std_error[0]) for read in (a, b)]
    method = f"difference of Kaplan-Meier estimates, {first.variance} variance, normal limits"
    return difference(a.survival[0], errors[0], b.survival[0], errors[1], first.level, method)
