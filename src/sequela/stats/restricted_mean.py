"""Restricted mean survival time: the mean event-free time up to a horizon."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sequela.errors import NotEstimableError, Problem
from sequela.stats.kaplan_meier import SurvivalCurve


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """The area under a survival curve up to a horizon.

    Attributes
    ----------
    horizon, value, std_error, low, high : float
        In the unit of time of the curve; limits symmetric, at the level of the curve.
    """

    horizon: float
    value: float
    std_error: float
    low: float
    high: float


def restricted_mean(curve: SurvivalCurve, horizon: float) -> RestrictedMean:
    """Integrate a survival curve from 0 to a horizon, with Greenwood's variance.

    Compares groups without assuming proportional hazards. The variance sums each event's share
    of Greenwood's formula times the squared area still to come, as R's `survfit` prints it.
    Irwin (1949) doi:10.1017/S0022172400014443; Royston & Parmar (2013)
    doi:10.1186/1471-2288-13-152. Golden: tests/golden/restricted_mean.

    Raises
    ------
    NotEstimableError
        A horizon that is not above zero, or beyond the last patient while the curve is above zero.
    """
    last = float(curve.time[-1])
    if not 0 < horizon < np.inf or (horizon > last and curve.survival[-1] > 0):
        raise NotEstimableError(
            Problem(
                "horizon",
                f"{horizon}",
                f"a time above 0 and up to the last follow-up, {last:g}",
                "Choose a horizon that every group reaches.",
            )
        )
    before = curve.time < horizon
    edges = np.concatenate([[0.0], curve.time[before], [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], curve.survival[before]])
    to_come = np.cumsum(areas[::-1])[::-1][1:]
    standing = curve.survival[before] > 0
    relative = np.where(standing, curve.std_error[before] / np.where(standing, curve.survival[before], 1.0), np.nan)
    growth = np.diff(relative**2, prepend=0.0)
    std_error = float(np.sqrt(np.sum(np.where(standing, growth * to_come**2, 0.0))))
    value, half_width = float(areas.sum()), float(ndtri(0.5 + curve.level / 2)) * std_error
    return RestrictedMean(float(horizon), value, std_error, value - half_width, value + half_width)
