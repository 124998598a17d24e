"""Confidence limits of a survival probability on the scale of a transformation."""

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.stats.confidence import level_problems
from sequela.stats.distributions import expit, logit, normal_quantile

INTERVALS = ("log-log", "log", "plain", "logit", "arcsine")
"""The transformations that limits may rest on; "log-log" is the default."""

AT_ONE = {"log": 1.0, "plain": 1.0}
"""Where the curve is one: the limit of those transformations that have one there."""


def check_interval(interval: str, level: float) -> None:
    """Refuse an interval or a level that is not known.

    Scales are those of R's `survfit`.
    """
    problems = []
    if interval not in INTERVALS:
        problems.append(Problem("interval", f"{interval!r}", f"one of {', '.join(INTERVALS)}"))
    problems += level_problems(level)
    if problems:
        raise NotEstimableError(problems)


def survival_limits(
    survival: np.ndarray, std_error: np.ndarray, interval: str, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return pointwise limits, symmetric on the scale named by `interval`, within 0 and 1.

    Arrays of shape (k,). nan where the scale has no such point: survival zero, and for "log-log",
    "logit" and "arcsine" also survival one. As R's `survfit` (`conf.type`), whose "arcsin" is
    "arcsine". Borgan & Liestoel, Scandinavian Journal of Statistics 1990, compare the scales.
    """
    width = normal_quantile(0.5 + level / 2) * std_error
    inside = np.where((survival > 0) & (survival < 1), survival, np.nan)
    # A factor beyond the largest number there is means limits at 0 and 1.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if interval == "plain":
            low, high = survival - width, survival + width
        elif interval == "log":
            factor = np.exp(width / survival)
            low, high = survival / factor, survival * factor
        elif interval == "logit":
            half = width / (inside * (1 - inside))
            low, high = expit(logit(inside) - half), expit(logit(inside) + half)
        elif interval == "arcsine":
            angle, half = np.arcsin(np.sqrt(inside)), width / (2 * np.sqrt(inside * (1 - inside)))
            low, high = np.sin(np.maximum(angle - half, 0)) ** 2, np.sin(np.minimum(angle + half, np.pi / 2)) ** 2
        else:
            factor = np.exp(width / (inside * np.log(inside)))
            low, high = inside ** (1 / factor), inside**factor
    return np.maximum(low, 0.0), np.minimum(high, 1.0)
