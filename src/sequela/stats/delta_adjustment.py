"""What if the patients who were lost fared worse than those who stayed: hazards after loss times a factor.

Jackson et al. (2014), Statistics in Medicine 33:4681.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, numbers
from sequela.stats.distributions import normal_quantile
from sequela.stats.follow_up import follow_up
from sequela.stats.kaplan_meier import kaplan_meier
from sequela.stats.two_group_ratio import event_times, two_group_ratio


@frozen
class AdjustedRatio:
    """A hazard ratio over several completions of the data.

    Attributes
    ----------
    delta : float
        The factor of the hazard after loss.
    value, low, high : float
        Hazard ratio with its interval, within and between completions.
    imputations : int
    """

    delta: float
    value: float
    low: float
    high: float
    imputations: int


@frozen
class Loss:
    """Patients, who of them was lost, and until when he could have been followed.

    Attributes
    ----------
    time : float array, shape (n,)
    event : bool array, shape (n,)
    exposed : bool array, shape (n,)
        The group whose hazard is compared.
    lost : bool array, shape (n,)
        Censored before the records closed.
    until : float array, shape (n,)
        When follow-up would have ended without the loss; at least `time`.
    """

    time: np.ndarray
    event: np.ndarray
    exposed: np.ndarray
    lost: np.ndarray
    until: np.ndarray

    def __post_init__(self) -> None:
        n = self.time.size
        problems = columns_of_equal_length(n, event=self.event, exposed=self.exposed, lost=self.lost, until=self.until)
        if not problems and not (numbers("until", self.until) >= numbers("time", self.time)).all():
            problems.append(Problem("until", "an end before the loss, or none", "follow-up that could have gone on"))
        if any(column.dtype != bool for column in (self.event, self.exposed, self.lost)):
            problems.append(Problem("event, exposed, lost", "values that are not true or false", "true or false"))
        if problems:
            raise NotEstimableError(problems)


def delta_adjusted_ratio(
    loss: Loss, delta: ArrayLike, rng: np.random.Generator, imputations: int = 20, level: float = 0.95
) -> AdjustedRatio:
    """Return the hazard ratio with the lost patients' later course drawn from their group's curve.

    A patient lost at c has an event at the first time at which his group's Kaplan-Meier curve S falls to S(c)
    u**(1/delta) or below, u uniform; none where the curve ends above it or he could not have been followed so
    long. The interval follows Rubin's rules with a normal quantile. Jackson et al. (2014), Statistics in Medicine
    33:4681.

    Parameters
    ----------
    loss : Loss
    delta : float or float array, shape (n,)
        Factor of each patient's hazard after loss; above 0. The largest is reported.
    rng : numpy.random.Generator

    Raises
    ------
    NotEstimableError
        Where a factor is not above 0, or a completed data set has no finite hazard ratio.
    """
    factor = np.broadcast_to(np.asarray(delta, dtype=float), loss.time.shape)
    if not (factor > 0).all() or imputations < 2:
        raise NotEstimableError(
            Problem("delta", "a factor not above 0, or one imputation", "factors above 0, 2 or more")
        )
    curves = [kaplan_meier(loss.time[loss.exposed == side], loss.event[loss.exposed == side]) for side in (False, True)]
    estimates, variances, exposed = [], [], loss.exposed.astype(float)
    for _ in range(imputations):
        time, event = loss.time.copy(), loss.event.copy()
        for side, curve in zip((False, True), curves, strict=True):
            chosen = np.flatnonzero(loss.lost & (loss.exposed == side))
            drawn = rng.random(chosen.size)
            later = _later(curve.time, curve.survival, loss.time[chosen], drawn ** (1 / factor[chosen]))
            time[chosen] = np.minimum(later, loss.until[chosen])
            event[chosen] = later <= loss.until[chosen]
        fit = two_group_ratio(event_times(follow_up(time, event)), exposed, 1 - exposed)
        estimates.append(fit.log_ratio)
        variances.append(fit.variance)
    middle = float(np.mean(estimates))
    spread = math.sqrt(float(np.mean(variances)) + (1 + 1 / imputations) * float(np.var(estimates, ddof=1)))
    half = normal_quantile(0.5 + level / 2) * spread
    return AdjustedRatio(
        float(factor.max()), math.exp(middle), math.exp(middle - half), math.exp(middle + half), imputations
    )


def _later(times: np.ndarray, survival: np.ndarray, lost_at: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the first time at which the curve has fallen to this share of its height at the loss; inf for never."""
    steps = np.concatenate([[1.0], survival])
    height = steps[np.searchsorted(times, lost_at, side="right")]
    found = np.searchsorted(-survival, -height * share, side="left")
    return np.where(found < times.size, np.append(times, np.inf)[np.minimum(found, times.size)], np.inf)
