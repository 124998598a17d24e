"""Nelson-Aalen estimate of the cumulative hazard."""

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.distributions import normal_quantile
from sequela.stats.influence import running_influence
from sequela.stats.kaplan_meier import SurvivalCurve

SCALES = ("log", "plain")
"""The scales on which limits of a cumulative hazard may be symmetric."""


@frozen
class CumulativeHazard:
    """A right-continuous step function.

    Attributes
    ----------
    time : float array, shape (k,)
        The times of the curve it was made from.
    hazard, std_error : float array, shape (k,)
        Cumulative hazard just after each time.
    low, high : float array, shape (k,)
        Pointwise limits; on the "log" scale nan where the hazard is zero.
    interval : str
        "log" or "plain".
    level : float
    """

    time: np.ndarray
    hazard: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    interval: str
    level: float


def nelson_aalen(curve: SurvivalCurve, *, interval: str = "log") -> CumulativeHazard:
    """Add up the hazards d / Y behind a survival curve, from its start.

    Uses the risk sets of the curve: delayed entry, weights, its level and whether it is robust. The
    variance is the sum of d / Y^2, or by the infinitesimal jackknife; tied events are one step, as
    in R's `survfit(ctype = 1)`. Unlike survival it goes on after a risk set died out.
    Nelson, Technometrics 1972; Aalen (1978) doi:10.1214/aos/1176344247.
    Golden: tests/golden/weighted_curve.
    """
    if interval not in SCALES:
        raise NotEstimableError(Problem("interval", f"{interval!r}", f"one of {', '.join(SCALES)}"))
    share = np.where(curve.leaving > 0, curve.leaving / np.where(curve.leaving > 0, curve.exposed, 1.0), 0.0)
    at_risk = np.where(curve.leaving > 0, share / np.where(curve.leaving > 0, curve.exposed, 1.0), 0.0)
    if curve.patients is None:
        std_error = np.sqrt(np.cumsum(at_risk))
    else:
        at_event = np.where(curve.leaving > 0, 1 / np.where(curve.leaving > 0, curve.exposed, 1.0), 0.0)
        std_error = running_influence(curve.patients, at_event, at_risk)
    hazard = np.cumsum(share)
    width = normal_quantile(0.5 + curve.level / 2) * std_error
    if interval == "plain":
        low, high = np.maximum(hazard - width, 0.0), hazard + width
    else:
        with np.errstate(over="ignore"):
            factor = np.exp(width / np.where(hazard > 0, hazard, np.nan))
            low, high = hazard / factor, hazard * factor
    return CumulativeHazard(curve.time, hazard, std_error, low, high, interval, curve.level)
