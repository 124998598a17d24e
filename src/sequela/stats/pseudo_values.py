"""Pseudo-values: what each patient adds to a survival curve, as an outcome of an ordinary regression.

Andersen, Klein & Rosthoj (2003), Biometrika 90:15; by the infinitesimal jackknife, as R's `survival::pseudo`.
"""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
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
    curve = _curve(time, event, at)
    reached = curve.time <= at
    height = float(curve.survival[reached][-1]) if reached.any() else 1.0
    moved = _moved(curve, reached.astype(float))
    return height - moved.size * height * moved


def mean_pseudo_values(time: ArrayLike, event: ArrayLike, horizon: float) -> np.ndarray:
    """Return a value per patient, shape (n,), whose mean is the restricted mean time up to a horizon.

    Without censoring it is the patient's own time, cut at the horizon. Otherwise as `survival_pseudo_values`.
    Ties as in `kaplan_meier`, no missing values. Andersen, Klein & Rosthoj (2003), Biometrika 90:15; R's
    `survival::pseudo`.
    """
    curve = _curve(time, event, horizon)
    before = curve.time < horizon
    edges = np.concatenate([curve.time[before], [horizon]])
    areas = np.diff(edges) * curve.survival[before]
    to_come = np.zeros(curve.time.size)
    to_come[before] = np.cumsum(areas[::-1])[::-1]
    moved = _moved(curve, to_come)
    return restricted_mean(curve, horizon).value - moved.size * moved


def _curve(time: ArrayLike, event: ArrayLike, at: float) -> SurvivalCurve:
    curve = kaplan_meier(time, event, variance="robust")
    if not at > 0 or (at > curve.time[-1] and curve.survival[-1] > 0):
        found = f"a time of {at:g}"
        raise NotEstimableError(Problem("pseudo-values", found, f"a time above 0 and up to {curve.time[-1]:g}"))
    return curve


def _moved(curve: SurvivalCurve, share: np.ndarray) -> np.ndarray:
    """Return how much each patient moves the sum over the steps of a share, shape (k,), of minus the log survival."""
    people = curve.patients
    if people is None:
        raise TypeError("a curve without its patients")
    staying = (curve.survival > 0).astype(float)
    at_event, at_risk = (part * share for part in survival_influence(curve.exposed, curve.leaving, staying))
    own = np.where(people.event, at_event[people.last - 1], 0.0)
    return own - sums_up_to(at_risk)[people.last]
