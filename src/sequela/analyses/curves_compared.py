"""Two strategies' curves compared at a horizon, with a bootstrap of patients in which everything is fitted again."""

from collections.abc import Callable, Iterable

import numpy as np

from sequela.analyses.results import Estimate, WeightCheck
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.stats.bootstrap_limits import degrees_of_freedom, expanded_limits
from sequela.stats.pooled_logistic import PooledFit
from sequela.stats.propensity import effective_sample_size
from sequela.stats.sequential_trials import at_horizon

FAILED_SHARE = 0.05
"""Share of bootstrap samples without an answer beyond which no interval is printed (house rule)."""

NORMAL = 1.959963984540054

PARTS = 100
"""Parts of patients that are left out in turn to see how few decide; where there are fewer, each patient."""

Contrasts = np.ndarray
"""Event-free share and mean time of the first and of the second strategy, and both differences; times in intervals."""
Compare = Callable[[np.ndarray], np.ndarray]


def contrasts(first: np.ndarray, second: np.ndarray, horizon: float) -> Contrasts:
    """Return what is compared of two curves given at the ends of intervals, shape (6,)."""
    (share, mean), (other, shorter) = (at_horizon(curve, horizon) for curve in (first, second))
    return np.array([share, mean, other, shorter, share - other, mean - shorter])


@frozen
class MadeAgain:
    """What other sets of patients say: samples of them, and all but a few.

    Attributes
    ----------
    samples : float array, shape (s, ...)
        Contrasts of each bootstrap sample that has an answer.
    left_out : float array, shape (g, ...)
        Contrasts with each patient left out, or each of `PARTS` parts where there are more of them.
    asked : int
        Bootstrap samples that were drawn.
    """

    samples: np.ndarray
    left_out: np.ndarray
    asked: int

    @property
    def failed(self) -> int:
        """Return how many samples had no answer."""
        return self.asked - len(self.samples)

    def at(self, place: int) -> "MadeAgain":
        """Return the same of one comparison, or of one contrast of it."""
        return self.of(lambda found: found[:, place])

    def of(self, number: Callable[[np.ndarray], np.ndarray]) -> "MadeAgain":
        """Return the same of what is made of the contrasts."""
        return MadeAgain(number(self.samples), number(self.left_out), self.asked)


def made_again(
    patients: int, compare: Compare, size: int, rng: np.random.Generator, shape: tuple[int, ...]
) -> MadeAgain:
    """Return what samples of patients say, and what all but a few do; `compare` gets rows of patients."""
    left = left_out(patients, compare, shape)
    return MadeAgain(drawn_again(patients, compare, size, rng, shape), left, size)


def drawn_again(
    patients: int, compare: Compare, size: int, rng: np.random.Generator, shape: tuple[int, ...]
) -> np.ndarray:
    """Return what bootstrap samples of patients say, one of `shape` each that has an answer; `compare` gets rows."""
    return _answers(compare, (rng.integers(0, patients, patients) for _ in range(size)), shape)


def left_out(patients: int, compare: Compare, shape: tuple[int, ...]) -> np.ndarray:
    """Return what all patients but one say, or all but one of `PARTS` parts; as `drawn_again`."""
    parts = min(patients, PARTS)
    place = np.arange(patients) % parts
    return _answers(compare, (np.flatnonzero(place != part) for part in range(parts)), shape)


def _answers(compare: Compare, sets: Iterable[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    found = []
    for rows in sets:
        try:
            found.append(compare(rows))
        except NotEstimableError:
            continue
    return np.array(found).reshape(-1, *shape)


def estimates(point: Contrasts, again: MadeAgain, days: float, method: str) -> list[Estimate]:
    """Return the six contrasts with limits, times in days; no interval where too many samples failed."""
    units = np.array([1.0, days, 1.0, days, 1.0, days])
    scaled = again.of(lambda found: found[:, : units.size] * units)
    return [with_limits(value, scaled.at(place), method) for place, value in enumerate(point * units)]


def with_limits(value: float, again: MadeAgain, method: str) -> Estimate:
    """Return an estimate with percentiles of its samples, expanded where few patients decide.

    No interval where too many of the samples failed. `again` holds one number of each sample.
    """
    if again.failed > FAILED_SHARE * again.asked:
        why = f"{method}; no interval, {again.failed} of {again.asked} samples had no answer"
        return Estimate(float(value), np.nan, np.nan, why)
    freedom = degrees_of_freedom(again.left_out)
    limits = expanded_limits(again.samples, freedom)
    how = f"{method}; {limits.used} bootstrap samples of patients, percentiles"
    if np.isfinite(freedom):
        how += f" expanded as for {equal_patients(again):.0f} patients"
    return Estimate(float(value), limits.low, limits.high, how)


def equal_patients(again: MadeAgain) -> float:
    """Return of how many patients who count alike a mean would be as uncertain; infinite where nobody moves it."""
    return degrees_of_freedom(again.left_out) + 1


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


def risk_ratio(point: Contrasts, again: MadeAgain, method: str) -> Estimate:
    """Return the ratio of the shares with the event by the horizon, with limits."""
    return with_limits(float(event_ratio(point)), again.of(event_ratio), method)


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
