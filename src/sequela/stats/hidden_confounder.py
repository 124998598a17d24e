"""What a confounder that nobody measured would do to a ratio: by formula, and over many draws of its size.

Schlesselman (1978), Am J Epidemiol 108:3; draws: Fox, MacLehose & Lash (2021), Applying Quantitative Bias Analysis.
"""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import numbers

DRAWS = 10_000


@frozen
class Confounder:
    """A property that a patient has or has not, or many draws of one.

    Attributes
    ----------
    share, reference_share : float array, shape (m,)
        Of the patients who have it, in the group and in the reference; from 0 to 1.
    strength : float array, shape (m,)
        Risk ratio of the event with it against without it; above 0.
    """

    share: np.ndarray
    reference_share: np.ndarray
    strength: np.ndarray

    @property
    def factor(self) -> np.ndarray:
        """Return by how much it multiplies the ratio that is seen, shape (m,)."""
        return confounding_factor(self.share, self.reference_share, self.strength)


@frozen
class SimulatedRatio:
    """A ratio without the confounder: median and 95 % of the draws.

    Attributes
    ----------
    value, low, high : float
        The confounder and chance both drawn.
    systematic_low, systematic_high : float
        The confounder alone drawn, the estimate taken as it is.
    draws : int
    """

    value: float
    low: float
    high: float
    systematic_low: float
    systematic_high: float
    draws: int


def confounding_factor(share: ArrayLike, reference_share: ArrayLike, strength: ArrayLike) -> np.ndarray:
    """Return by how much a confounder multiplies a risk ratio: (p1 (R - 1) + 1) / (p0 (R - 1) + 1).

    Schlesselman (1978). The confounder acts on the risk alike in both groups.

    Parameters
    ----------
    share, reference_share : array_like
        p1 and p0, shares from 0 to 1, none missing.
    strength : array_like
        R, risk ratios above 0, finite.

    Raises
    ------
    NotEstimableError
        Where a number is missing or outside its range.
    """
    ones, others, size = (
        numbers(name, values)
        for name, values in (("share", share), ("reference_share", reference_share), ("strength", strength))
    )
    problems = [
        Problem(name, "a number that is no share", "shares from 0 to 1")
        for name, values in (("share", ones), ("reference_share", others))
        if not ((values >= 0) & (values <= 1)).all()
    ]
    if not ((size > 0) & np.isfinite(size)).all():
        problems.append(Problem("strength", "a number that is no risk ratio", "finite ratios above 0"))
    if problems:
        raise NotEstimableError(problems)
    found: np.ndarray = (ones * (size - 1) + 1) / (others * (size - 1) + 1)
    return found


def share_that_explains(ratio: ArrayLike, reference_share: ArrayLike, strength: ArrayLike) -> np.ndarray:
    """Return the share with the confounder in the group at which it alone makes a risk ratio; nan where none does.

    `confounding_factor` solved for the share (Schlesselman 1978).

    Parameters
    ----------
    ratio : array_like
        Risk ratios above 0, none missing.
    reference_share, strength : array_like
        As there.
    """
    confounding_factor(0.0, reference_share, strength)
    seen, others, size = np.broadcast_arrays(
        numbers("ratio", ratio), numbers("reference_share", reference_share), numbers("strength", strength)
    )
    if not ((seen > 0) & np.isfinite(seen)).all():
        raise NotEstimableError(Problem("ratio", "a missing number, or no ratio", "finite ratios above 0"))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (seen * (others * (size - 1) + 1) - 1) / (size - 1)
        found: np.ndarray = np.where((share >= 0) & (share <= 1), share, np.nan)
    return found


def simulated_ratio(
    log_ratio: float, std_error: float, drawn: Confounder, rng: np.random.Generator, common: bool = False
) -> SimulatedRatio:
    """Return a ratio freed of a confounder, as median and 2.5th and 97.5th percentile of the draws.

    Each draw takes the estimate with its normal error, divides it by the factor of one drawn confounder
    (`confounding_factor`) and keeps the result (Fox, MacLehose & Lash 2021).

    Parameters
    ----------
    log_ratio, std_error : float
        Of the estimate; finite, the error from 0 on. A missing number is refused.
    drawn : Confounder
    rng : numpy.random.Generator
    common : bool
        The ratio is a hazard ratio of a common event: it is turned into a risk ratio, as for the E-value, freed of the
        confounder, and turned back.
    """
    if not (np.isfinite(log_ratio) and 0 <= std_error < np.inf):
        found = f"a log ratio of {log_ratio:g} with error {std_error:g}"
        raise NotEstimableError(Problem("log_ratio", found, "a finite estimate with its standard error"))
    factor = np.log(np.atleast_1d(drawn.factor))
    noisy = log_ratio + std_error * rng.standard_normal(factor.size)
    low, median, high = _freed(noisy, factor, common, [0.025, 0.5, 0.975])
    bias_low, bias_high = _freed(np.full(factor.size, log_ratio), factor, common, [0.025, 0.975])
    return SimulatedRatio(median, low, high, bias_low, bias_high, factor.size)


def _freed(log_ratio: np.ndarray, log_factor: np.ndarray, common: bool, shares: list[float]) -> tuple[float, ...]:
    """Return quantiles of the ratios without the confounder."""
    if not common:
        return tuple(float(x) for x in np.exp(np.quantile(log_ratio - log_factor, shares)))
    log_risk = _log_risk(log_ratio) - log_factor
    # Turning back keeps the order, so that only the draws beside a quantile need it.
    ranks = np.unique([rank for share in shares for rank in _beside(share, log_risk.size)])
    turned = _log_hazard(np.partition(log_risk, ranks)[ranks])
    ordered = turned[np.minimum(np.searchsorted(ranks, np.arange(log_risk.size)), ranks.size - 1)]
    return tuple(float(x) for x in np.exp(np.quantile(ordered, shares)))


def _beside(share: float, size: int) -> range:
    """Return the ranks between which a quantile lies, and one more on either side."""
    place = share * (size - 1)
    return range(max(int(np.floor(place)) - 1, 0), min(int(np.ceil(place)) + 2, size))


def _log_risk(log_hazard: np.ndarray) -> np.ndarray:
    """Turn log hazard ratios of a common event into log risk ratios: VanderWeele & Ding (2017)."""
    root = np.exp(log_hazard / 2)
    found: np.ndarray = np.log(np.expm1(-np.log(2) * root) / np.expm1(-np.log(2) / root))
    return found


def _log_hazard(log_risk: np.ndarray) -> np.ndarray:
    """Turn them back, by halving an interval that holds the answer; the function grows everywhere."""
    low, high = np.full(log_risk.shape, -40.0), np.full(log_risk.shape, 40.0)
    for _ in range(60):
        middle = (low + high) / 2
        above = _log_risk(middle) > log_risk
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2
