"""Pooling of studies: common effect and random effects, intervals, prediction, one study left out."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from sequela.errors import NotEstimableError, Problem
from sequela.evidence.effects import normal_quantile
from sequela.evidence.heterogeneity import COMMON, METHODS, REML, Heterogeneity, heterogeneity
from sequela.frozen import frozen

HARTUNG_KNAPP, NORMAL = "Hartung-Knapp", "normal"
INTERVALS = (HARTUNG_KNAPP, NORMAL)
GUARDED = "Hartung-Knapp, standard error held at that of the common effect"


@frozen
class Pooled:
    """Several studies as one number, on the scale of the effects.

    Attributes
    ----------
    value, std_error, low, high : float
    prediction_low, prediction_high : float
        Where the effect of a new study would lie; nan with fewer than three studies and for a
        common effect.
    weights : float array, shape (k,)
        Share of each study; they sum to one.
    heterogeneity : Heterogeneity
    method : str
        One of `METHODS`.
    interval : str
        How the interval was made, in words.
    level : float
    """

    value: float
    std_error: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    weights: np.ndarray
    heterogeneity: Heterogeneity
    method: str
    interval: str
    level: float


def pool(
    effects: ArrayLike,
    std_errors: ArrayLike,
    *,
    method: str = REML,
    interval: str = HARTUNG_KNAPP,
    level: float = 0.95,
) -> Pooled:
    """Pool studies by the inverse of their variances.

    Random effects: weight 1 / (variance + tau2). Hartung-Knapp: the variance of the mean is
    estimated from the studies' spread and the quantile is Student's with k - 1 degrees of
    freedom, Hartung & Knapp (2001) doi:10.1002/sim.1009; where that standard error falls below
    the one of a common effect (studies closer to each other than chance allows), the latter is
    kept. Prediction: Student's with k - 2 degrees of freedom, variance tau2 + standard error
    squared, Higgins, Thompson & Spiegelhalter (2009) doi:10.1111/j.1467-985X.2008.00552.x.
    Golden: tests/golden/meta_analysis. No missing values.

    Parameters
    ----------
    effects, std_errors : float array, shape (k,)
        One number per study, on a scale on which it is about normal.
    method : str
        One of `METHODS`.
    interval : str
        One of `INTERVALS`; a common effect always has the normal one.
    level : float

    Raises
    ------
    NotEstimableError
        Fewer than two studies, a standard error that is not above zero, an unknown method.
    """
    values, variances = checked_studies(effects, std_errors)
    _check_choices(method, interval)
    width = normal_quantile(level)
    spread = heterogeneity(values, variances, method, level)
    weights = 1 / (variances + spread.tau2)
    total = float(weights.sum())
    value, plain = float(weights @ values) / total, float(1 / np.sqrt(total))
    std_error, words = plain, NORMAL
    if method != COMMON and interval == HARTUNG_KNAPP:
        std_error, words = _hartung_knapp(values, variances, weights, value)
        width = float(stdtrit(values.size - 1, 0.5 + level / 2))
    reach = _prediction_reach(spread.tau2, plain, values.size, level) if method != COMMON else float("nan")
    limits = (value - width * std_error, value + width * std_error, value - reach, value + reach)
    return Pooled(value, std_error, *limits, weights / total, spread, method, words, level)


def leave_one_out(
    effects: ArrayLike,
    std_errors: ArrayLike,
    *,
    method: str = REML,
    interval: str = HARTUNG_KNAPP,
    level: float = 0.95,
) -> tuple[Pooled, ...]:
    """Pool without the first study, then without the second, and so on; empty with fewer than three."""
    values, variances = checked_studies(effects, std_errors)
    if values.size < 3:
        return ()
    kept = [np.arange(values.size) != left for left in range(values.size)]
    errors = np.sqrt(variances)
    return tuple(pool(values[k], errors[k], method=method, interval=interval, level=level) for k in kept)


def checked_studies(effects: ArrayLike, std_errors: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return effects and variances as arrays; refuse what cannot be pooled, all problems at once."""
    values, errors = np.asarray(effects, dtype=float), np.asarray(std_errors, dtype=float)
    problems = []
    if values.ndim != 1 or values.shape != errors.shape:
        raise NotEstimableError(Problem("studies", f"{values.shape} and {errors.shape}", "two lists of one length"))
    if values.size < 2:
        problems.append(Problem("studies", f"{values.size}", "at least two", "One study is its own answer."))
    if not np.isfinite(values).all():
        problems.append(Problem("effects", "a number that is missing or infinite", "one finite number per study"))
    if not (np.isfinite(errors) & (errors > 0)).all():
        problems.append(Problem("standard errors", "one that is not above zero", "finite numbers above zero"))
    if problems:
        raise NotEstimableError(problems)
    return values, errors**2


def _check_choices(method: str, interval: str) -> None:
    chosen = (("method", method, METHODS), ("interval", interval, INTERVALS))
    problems = [Problem(name, f"{value!r}", " | ".join(known)) for name, value, known in chosen if value not in known]
    if problems:
        raise NotEstimableError(problems)


def _hartung_knapp(values: np.ndarray, variances: np.ndarray, weights: np.ndarray, value: float) -> tuple[float, str]:
    """Return the standard error of Hartung and Knapp, or the one of a common effect where that is larger."""
    factor = float(weights @ (values - value) ** 2) / (values.size - 1)
    std_error = float(np.sqrt(factor / weights.sum()))
    least = float(1 / np.sqrt((1 / variances).sum()))
    return (std_error, HARTUNG_KNAPP) if std_error >= least else (least, GUARDED)


def _prediction_reach(tau2: float, std_error: float, studies: int, level: float) -> float:
    if studies < 3:
        return float("nan")
    return float(stdtrit(studies - 2, 0.5 + level / 2)) * float(np.sqrt(tau2 + std_error**2))
