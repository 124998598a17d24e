"""Restricted mean survival time: the mean event-free time up to a horizon."""

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.differences import Difference, difference
from sequela.stats.distributions import normal_quantile
from sequela.stats.follow_up import TIE_TOLERANCE
from sequela.stats.influence import own_influence, total_influence
from sequela.stats.kaplan_meier import SurvivalCurve, survival_influence


@frozen
class RestrictedMean:
    """The area under a survival curve up to a horizon.

    Attributes
    ----------
    horizon, value, std_error, low, high : float
        In the unit of time of the curve; limits symmetric, at the level of the curve. Before the
        first event nothing tells how uncertain the mean is: nan, where R prints zero.
    """

    horizon: float
    value: float
    std_error: float
    low: float
    high: float


def restricted_mean(curve: SurvivalCurve, horizon: float) -> RestrictedMean:
    """Integrate a survival curve from its start to a horizon, with the variance of the curve.

    Compares groups without assuming proportional hazards. The variance sums each event's share
    of Greenwood's formula times the squared area still to come, as R's `survfit` prints it; of a
    robust curve it sums each patient's influence on the area, as R's `residuals(type = "rmst")`.
    Irwin (1949) doi:10.1017/S0022172400014443; Royston & Parmar (2013)
    doi:10.1186/1471-2288-13-152. Golden: tests/golden/restricted_mean, tests/golden/weighted_curve.

    Raises
    ------
    NotEstimableError
        A horizon that is not above the start, or beyond the last patient while the curve is above zero.
    """
    value, to_come, before = _areas(curve, horizon)
    std_error = _std_error(curve, to_come) if (curve.leaving[before] > 0).any() else float("nan")
    half_width = normal_quantile(0.5 + curve.level / 2) * std_error
    return RestrictedMean(float(horizon), value, std_error, value - half_width, value + half_width)


def restricted_mean_influence(curve: SurvivalCurve, horizon: float) -> np.ndarray:
    """Return how much each patient moves the restricted mean, to first order, times the weight: shape (n,).

    The infinitesimal jackknife, patients in the order given; R's `residuals(type = "rmst")`. Ties and missing values as
    in `kaplan_meier`. Golden: tests/golden/resampled_curves.

    Raises
    ------
    NotEstimableError
        As `restricted_mean`; a curve without a robust variance, which does not know its patients.
    """
    if curve.patients is None:
        raise NotEstimableError(Problem("curve", "no robust variance", 'a curve made with variance="robust"'))
    to_come = _areas(curve, horizon)[1]
    at_event, at_risk = survival_influence(curve.exposed, curve.leaving, (curve.survival > 0).astype(float))
    return -own_influence(curve.patients, at_event * to_come, at_risk * to_come)


def restricted_mean_difference(first: RestrictedMean, second: RestrictedMean, level: float = 0.95) -> Difference:
    """Return the first mean less the second, of groups that share no patient, to one horizon.

    Royston & Parmar (2013) doi:10.1186/1471-2288-13-152.
    """
    _check_horizons(first, second)
    method = f"difference of restricted means up to {first.horizon:g}, normal limits"
    return difference(first.value, first.std_error, second.value, second.std_error, level, method)


def restricted_mean_ratio(first: RestrictedMean, second: RestrictedMean, level: float = 0.95) -> Difference:
    """Return the first mean over the second; limits and standard error on the logarithmic scale.

    `std_error` is that of the logarithm. Royston & Parmar (2013) doi:10.1186/1471-2288-13-152.
    """
    _check_horizons(first, second)
    relative = [mean.std_error / mean.value for mean in (first, second)]
    method = f"ratio of restricted means up to {first.horizon:g}, limits on the log scale"
    logs = difference(np.log(first.value), relative[0], np.log(second.value), relative[1], level, method)
    value, low, high = (float(np.exp(number)) for number in (logs.value, logs.low, logs.high))
    return Difference(value, logs.std_error, low, high, logs.p_value, method)


def _areas(curve: SurvivalCurve, horizon: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the area up to a horizon that the curve reaches, that to come after each time, and the times before it."""
    last = float(curve.time[-1])
    if not curve.start < horizon < np.inf or (horizon > last + TIE_TOLERANCE and curve.survival[-1] > 0):
        raise NotEstimableError(
            Problem(
                "horizon",
                f"{horizon}",
                f"a time above {curve.start:g} and up to the last follow-up, {last:g}",
                "Choose a horizon that every group reaches.",
            )
        )
    before = curve.time < horizon
    edges = np.concatenate([[curve.start], curve.time[before], [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], curve.survival[before]])
    to_come = np.zeros(curve.time.size)
    to_come[before] = np.cumsum(areas[::-1])[::-1][1:]
    return float(areas.sum()), to_come, before


def _std_error(curve: SurvivalCurve, to_come: np.ndarray) -> float:
    staying = curve.survival > 0
    if curve.patients is not None:
        at_event, at_risk = survival_influence(curve.exposed, curve.leaving, staying.astype(float))
        return total_influence(curve.patients, at_event * to_come, at_risk * to_come)
    stay = np.where(staying, curve.exposed - curve.leaving, 1.0)
    return float(np.sqrt(np.sum(np.where(staying, curve.leaving / (curve.exposed * stay), 0.0) * to_come**2)))


def _check_horizons(first: RestrictedMean, second: RestrictedMean) -> None:
    if first.horizon != second.horizon:
        raise NotEstimableError(
            Problem("horizon", f"{first.horizon:g} and {second.horizon:g}", "one horizon for both groups")
        )
