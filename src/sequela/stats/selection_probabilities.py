"""A hazard ratio freed of patients with and without the event having come into the cohort in unlike shares.

Selection probabilities: Greenland (1996), Int J Epidemiol 25:1107; draws: Fox, MacLehose & Lash (2021), Applying
Quantitative Bias Analysis.
"""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import numbers
from sequela.stats.hidden_confounder import SimulatedRatio

LEAST_DRAWS = 100
"""Draws that must be possible, given how many of a group came, for an interval of them."""


@frozen
class Chosen:
    """How patients of a group and of the reference came into the cohort; many draws.

    Attributes
    ----------
    group, reference : float array, shape (m,)
        How many times as likely those were to come who have the event by a day, as those who have not; above 0.
    group_share, reference_share : float array, shape (m,)
        Of all who might have come, who did; nan where nobody counted.
    """

    group: np.ndarray
    reference: np.ndarray
    group_share: np.ndarray
    reference_share: np.ndarray


def risk_of_everybody(risk: ArrayLike, chosen: ArrayLike) -> np.ndarray:
    """Return the risk among all who might have come, of the risk among those who did.

    r / (r + c (1 - r)), c how many times as likely those with the event were to come. No missing values.
    Greenland (1996), Int J Epidemiol 25:1107.

    Raises
    ------
    NotEstimableError
        A risk that is not between 0 and 1, or a ratio that is not positive.
    """
    seen, times = numbers("risk", risk), numbers("chosen", chosen)
    if not ((seen > 0) & (seen < 1)).all() or not ((times > 0) & np.isfinite(times)).all():
        found = "a risk that is not between 0 and 1, or no positive ratio"
        raise NotEstimableError(Problem("selection probabilities", found, "risks between 0 and 1, finite ratios"))
    found_risk: np.ndarray = seen / (seen + times * (1 - seen))
    return found_risk


def possible(share: ArrayLike, risk: ArrayLike, chosen: ArrayLike) -> np.ndarray:
    """Return whether a share of all came if those with the event were so many times as likely to; nan share: yes.

    Neither kind can have come more often than always (Greenland 1996). No other missing values.
    """
    came, seen, times = np.broadcast_arrays(numbers("share", share), numbers("risk", risk), numbers("chosen", chosen))
    everybody = risk_of_everybody(seen, times)
    often = np.maximum(came * seen / everybody, came * (1 - seen) / (1 - everybody))
    fits: np.ndarray = np.isnan(came) | (often <= 1)
    return fits


def selection_factor(risk: tuple[float, float], group: ArrayLike, reference: ArrayLike) -> np.ndarray:
    """Return by how much the choice multiplies the ratio of cumulative hazards up to a day.

    -log(1 - r) of those who came over the same of everybody (`risk_of_everybody`), group over reference; under
    proportional hazards the factor of the hazard ratio. Greenland (1996). No missing values.

    Parameters
    ----------
    risk : (float, float)
        Of the event by the day among those who came, of the group and of the reference.
    group, reference : array_like
        As in `Chosen`.
    """
    moved = [
        np.log1p(-seen) / np.log1p(-risk_of_everybody(seen, times))
        for seen, times in zip(risk, (group, reference), strict=True)
    ]
    factor: np.ndarray = moved[0] / moved[1]
    return factor


def choice_that_explains(hazard_ratio: float, risk: float) -> float:
    """Return how many times as likely those of the group with the event must come to make a hazard ratio from 1.

    The reference is not chosen; the odds of those who came over the odds at the hazard of everybody. Greenland (1996),
    Int J Epidemiol 25:1107.

    Raises
    ------
    NotEstimableError
        A ratio that is not positive and finite, or a risk that is not between 0 and 1.
    """
    if not 0 < hazard_ratio < np.inf or not 0 < risk < 1:
        found = f"a ratio of {hazard_ratio:g} and a risk of {risk:g}"
        raise NotEstimableError(Problem("selection probabilities", found, "a positive ratio and a risk within 0 and 1"))
    everybody = -np.expm1(np.log1p(-risk) / hazard_ratio)
    return float(risk / (1 - risk) * (1 - everybody) / everybody)


def freed_of_selection(
    log_ratio: float, std_error: float, risk: tuple[float, float], drawn: Chosen, rng: np.random.Generator
) -> SimulatedRatio:
    """Return a hazard ratio freed of the choice of patients, as median and 2.5th and 97.5th percentile of the draws.

    Each draw takes the estimate with its normal error and divides it by `selection_factor`; draws that the counted
    shares make impossible are left out. No missing values but shares. Fox, MacLehose & Lash (2021).

    Raises
    ------
    NotEstimableError
        A missing number, or fewer than a hundred possible draws.
    """
    if not (np.isfinite(log_ratio) and 0 <= std_error < np.inf):
        found = f"a log ratio of {log_ratio:g} with error {std_error:g}"
        raise NotEstimableError(Problem("log_ratio", found, "a finite estimate with its standard error"))
    fits = possible(drawn.group_share, risk[0], drawn.group) & possible(drawn.reference_share, risk[1], drawn.reference)
    if fits.sum() < LEAST_DRAWS:
        found = f"{int(fits.sum())} draws fit the shares that came"
        raise NotEstimableError(Problem("selection probabilities", found, f"at least {LEAST_DRAWS}"))
    factor = np.log(selection_factor(risk, drawn.group[fits], drawn.reference[fits]))
    noisy = log_ratio + std_error * rng.standard_normal(factor.size)
    value, low, high = (float(np.exp(x)) for x in np.quantile(noisy - factor, [0.5, 0.025, 0.975]))
    alone = [float(np.exp(log_ratio - x)) for x in np.quantile(factor, [0.975, 0.025])]
    return SimulatedRatio(value, low, high, alone[0], alone[1], int(fits.sum()))
