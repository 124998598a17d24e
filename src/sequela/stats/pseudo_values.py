"""Pseudo-values: what each patient adds to a survival curve, as an outcome of an ordinary regression.

Andersen, Klein & Rosthoj (2003), Biometrika 90:15; by the infinitesimal jackknife, as R's `survival::pseudo`.
"""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.stats.follow_up import TIE_TOLERANCE, follow_up
from sequela.stats.kaplan_meier import SurvivalCurve, kaplan_meier, survival_influence
from sequela.stats.restricted_mean import restricted_mean
from sequela.stats.risk_sets import sums_up_to


def survival_pseudo_values(time: ArrayLike, event: ArrayLike, at: float) -> np.ndarray:
    """Return a value per patient, shape (n,), whose mean is the Kaplan-Meier estimate at a time.

    Without censoring before `at` it is 1 for who is still free of the event and 0 for who is not. Given
    covariates its mean is the probability of being event-free, where censoring depends on none of them. No
    missing values. Ties as in `kaplan_meier`. Andersen, Klein & Rosthoj (2003), Biometrika 90:15; R's
    `survival::pseudo`. Golden: tests/golden/pseudo_values.

    Raises
    ------
    NotEstimableError
        Data that `kaplan_meier` refuses, or a time beyond the last patient while the curve is above zero.
    """
    curve, place, happened = _curve(time, event, at)
    reached = curve.time <= at + TIE_TOLERANCE
    height = float(curve.survival[reached][-1]) if reached.any() else 1.0
    return height - place.size * height * _moved(curve, place, happened, reached.astype(float))


def mean_pseudo_values(time: ArrayLike, event: ArrayLike, horizon: float) -> np.ndarray:
    """Return a value per patient, shape (n,), whose mean is the restricted mean time up to a horizon.

    Without censoring it is the patient's own time, cut at the horizon. Otherwise as `survival_pseudo_values`.
    Ties as in `kaplan_meier`, no missing values. Andersen, Klein & Rosthoj (2003), Biometrika 90:15; R's
    `survival::pseudo`.
    """
    curve, place, happened = _curve(time, event, horizon)
    before = curve.time < horizon
    edges = np.concatenate([curve.time[before], [horizon]])
    areas = np.diff(edges) * curve.survival[before]
    to_come = np.zeros(curve.time.size)
    to_come[before] = np.cumsum(areas[::-1])[::-1]
    return restricted_mean(curve, horizon).value - place.size * _moved(curve, place, happened, to_come)


def _curve(time: ArrayLike, event: ArrayLike, at: float) -> tuple[SurvivalCurve, np.ndarray, np.ndarray]:
    """Return the curve, the step at which each patient leaves it, and whether with the event."""
    data = follow_up(time, event)
    curve = kaplan_meier(data.time, data.event)
    if not at > 0 or (at > curve.time[-1] + TIE_TOLERANCE and curve.survival[-1] > 0):
        found = f"a time of {at:g}"
        raise NotEstimableError(Problem("pseudo-values", found, f"a time above 0 and up to {curve.time[-1]:g}"))
    return curve, np.searchsorted(curve.time, data.time), data.event


def _moved(curve: SurvivalCurve, place: np.ndarray, happened: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return how much each patient moves the sum over the steps of a share, shape (k,), of minus the log survival."""
    staying = (curve.survival > 0).astype(float)
    at_event, at_risk = (part * share for part in survival_influence(curve.exposed, curve.leaving, staying))
    return np.where(happened, at_event[place], 0.0) - sums_up_to(at_risk)[place + 1]
