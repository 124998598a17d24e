"""Pooling few studies with a prior on how far they differ, where a variance cannot be estimated."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from sequela.errors import NotEstimableError, Problem
from sequela.evidence.effects import normal_quantile
from sequela.evidence.pooling import checked_studies
from sequela.evidence.roots import root
from sequela.frozen import frozen

SCALE = 0.5
"""Of the half-normal prior on the standard deviation between studies, for logarithms of ratios."""
NODES = 4000
"""Steps of the integral over the standard deviation between studies, from 0 to ten times the scale."""


@frozen
class Posterior:
    """What is believed after the studies.

    Attributes
    ----------
    value, low, high : float
        Median and central interval of the pooled effect.
    prediction_low, prediction_high : float
        Of the effect of a new study.
    tau, tau_low, tau_high : float
        Median and central interval of the standard deviation between studies.
    scale, level : float
    """

    value: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau: float
    tau_low: float
    tau_high: float
    scale: float
    level: float


def posterior(effects: ArrayLike, std_errors: ArrayLike, *, scale: float = SCALE, level: float = 0.95) -> Posterior:
    """Pool with a half-normal prior on the standard deviation between studies and a flat one on the mean.

    Given the deviation the mean is normal, so one integral remains; it is taken by Simpson's rule.
    Roever (2020) doi:10.18637/jss.v093.i06; prior as in Friede and others (2017)
    doi:10.1002/jrsm.1217. Golden: tests/golden/meta_analysis.

    Raises
    ------
    NotEstimableError
        As `pool`; a scale that is not above zero.
    """
    values, variances = checked_studies(effects, std_errors)
    normal_quantile(level)
    if not scale > 0:
        raise NotEstimableError(Problem("scale", f"{scale:g}", "a number above zero"))
    tau = np.linspace(0, 10 * scale, NODES + 1)
    weights = 1 / (variances[:, None] + tau**2)
    total = weights.sum(axis=0)
    mean = (weights * values[:, None]).sum(axis=0) / total
    squares = (weights * (values[:, None] - mean) ** 2).sum(axis=0)
    log_density = 0.5 * (np.log(weights).sum(axis=0) - np.log(total) - squares - (tau / scale) ** 2)
    density = np.exp(log_density - log_density.max()) * _simpson(NODES + 1)
    density /= density.sum()
    lower, upper = (1 - level) / 2, (1 + level) / 2
    known, new = 1 / np.sqrt(total), np.sqrt(1 / total + tau**2)
    spread = np.interp((0.5, lower, upper), _cumulated(log_density, tau), tau)
    return Posterior(
        value=_mixture_quantile(0.5, mean, known, density),
        low=_mixture_quantile(lower, mean, known, density),
        high=_mixture_quantile(upper, mean, known, density),
        prediction_low=_mixture_quantile(lower, mean, new, density),
        prediction_high=_mixture_quantile(upper, mean, new, density),
        tau=float(spread[0]),
        tau_low=float(spread[1]),
        tau_high=float(spread[2]),
        scale=scale,
        level=level,
    )


def _simpson(points: int) -> np.ndarray:
    weights = np.full(points, 2.0)
    weights[1::2] = 4.0
    weights[0] = weights[-1] = 1.0
    return weights


def _cumulated(log_density: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """Return the distribution function at each step, by trapezoids."""
    height = np.exp(log_density - log_density.max())
    area = np.concatenate([[0.0], np.cumsum((height[1:] + height[:-1]) / 2 * np.diff(tau))])
    return area / area[-1]


def _mixture_quantile(p: float, mean: np.ndarray, deviation: np.ndarray, density: np.ndarray) -> float:
    """Return the quantile of a mixture of normals."""
    low, high = float((mean - 40 * deviation).min()), float((mean + 40 * deviation).max())
    return root(lambda x: float(density @ ndtr((x - mean) / deviation)) - p, low, high)
