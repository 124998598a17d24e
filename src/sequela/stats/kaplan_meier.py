"""Kaplan-Meier estimate of the survival function."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """A right-continuous step function.

    Attributes
    ----------
    time : float array, shape (k,)
        Distinct times at which a patient left (event or censoring), ascending.
    at_risk : int array, shape (k,)
        Patients under observation just before each time.
    events, censored : int array, shape (k,)
        Events and censorings at each time.
    survival : float array, shape (k,)
        Probability of being event-free just after each time.
    std_error : float array, shape (k,)
        Greenwood standard error of `survival`; nan where `survival` is zero.
    low, high : float array, shape (k,)
        Pointwise confidence limits.
    interval : str
        The transformation of the limits: "log-log", "log", "plain".
    level : float
        Confidence level.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    interval: str
    level: float
