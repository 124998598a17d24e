"""Two strategies' curves compared at a horizon, with a bootstrap of patients in which everything is fitted again."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from sequela.analyses.results import Estimate, WeightCheck
from sequela.errors import NotEstimableError
from sequela.stats.pooled_logistic import PooledFit
from sequela.stats.propensity import effective_sample_size
from sequela.stats.sequential_trials import at_horizon

FAILED_SHARE = 0.05
"""Share of bootstrap samples without an answer beyond which no interval is printed (house rule)."""

NORMAL = 1.959963984540054

Answer = TypeVar("Answer")
Contrasts = np.ndarray
"""Event-free share and mean time of the first and of the second strategy, and both differences; times in intervals."""


def contrasts(first: np.ndarray, second: np.ndarray, horizon: float) -> Contrasts:
    """Return what is compared of two curves given at the ends of intervals, shape (6,)."""
    (share, mean), (other, shorter) = (at_horizon(curve, horizon) for curve in (first, second))
    return np.array([share, mean, other, shorter, share - other, mean - shorter])


def resampled(
    patients: int, compare: Callable[[np.ndarray], list[Contrasts]], size: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Return the contrasts of samples of patients, shape (samples, comparisons, 6), and how many had no answer.

    `compare` gets how often each patient is in the sample.
    """

    def counted(rows: np.ndarray) -> list[Contrasts]:
        return compare(np.bincount(rows, minlength=patients).astype(float))

    found, failed = drawn_again(patients, counted, size, rng)
    return (np.array(found) if found else np.zeros((0, 2, 6))), failed


def drawn_again(
    patients: int, compare: Callable[[np.ndarray], Answer], size: int, rng: np.random.Generator
) -> tuple[list[Answer], int]:
    """Return the answers of samples of patients, and how many had none; `compare` gets the rows that were drawn."""
    found, failed = [], 0
    for _ in range(size):
        try:
            found.append(compare(rng.integers(0, patients, patients)))
        except NotEstimableError:
            failed += 1
    return found, failed


def estimates(point: Contrasts, samples: np.ndarray, days: float, asked: int, method: str) -> list[Estimate]:
    """Return the six contrasts with percentiles of the samples, times in days; no interval where too many failed."""
    units = np.array([1.0, days, 1.0, days, 1.0, days])
    how = (method, f"{method}; {samples.shape[0]} bootstrap samples of patients")
    columns = zip(point * units, (samples * units).T, strict=True)
    return [with_percentiles(value, sample, asked, *how) for value, sample in columns]


def with_percentiles(value: float, sample: np.ndarray, asked: int, method: str, drawn: str) -> Estimate:
    """Return an estimate with percentiles of its samples; no interval where too many of those asked for failed.

    `method` says how it was made where there is no interval, `drawn` where there is one.
    """
    failed = asked - sample.size
    if failed > FAILED_SHARE * asked:
        why = f"{method}; no interval, {failed} of {asked} samples had no answer"
        return Estimate(float(value), np.nan, np.nan, why)
    low, high = np.quantile(sample, [0.025, 0.975])
    return Estimate(float(value), float(low), float(high), f"{drawn}, percentiles")


def event_ratio(contrasts: np.ndarray) -> np.ndarray:
    """Return the ratio of the shares with the event by the horizon, first strategy over second; nan where none has it.

    Parameters
    ----------
    contrasts : float array, shape (..., 6)
        Event-free share and mean of the first strategy and of the second, and both differences.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found: np.ndarray = (1 - contrasts[..., 0]) / (1 - contrasts[..., 2])
    return found


def risk_ratio(point: Contrasts, samples: np.ndarray, asked: int, method: str) -> Estimate:
    """Return the ratio of the shares with the event by the horizon, with percentiles of the samples."""
    drawn = f"{method}; {samples.shape[0]} bootstrap samples of patients"
    return with_percentiles(float(event_ratio(point)), event_ratio(samples), asked, method, drawn)


def odds_ratio(fitted: Callable[[], PooledFit]) -> Estimate:
    """Return the odds ratio of the event per interval of the second coefficient, with its robust Wald interval."""
    method = "pooled logistic regression, odds per interval, Wald, robust to entries of one patient"
    try:
        fit = fitted()
    except NotEstimableError as problem:
        return Estimate(np.nan, np.nan, np.nan, f"not estimable: {problem}")
    value, error = float(fit.coefficients[1]), float(np.sqrt(fit.covariance[1, 1]))
    low, high = (float(np.exp(value + z * error)) for z in (-NORMAL, NORMAL))
    return Estimate(float(np.exp(value)), low, high, method)


def weight_check(weights: np.ndarray) -> WeightCheck:
    """Return how even weights are, one for each patient or entry and interval that is followed."""
    return WeightCheck(float(weights.mean()), float(weights.max()), effective_sample_size(weights) / weights.size)
