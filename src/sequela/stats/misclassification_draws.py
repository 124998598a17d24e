"""A hazard ratio under many draws of how well exposure was recorded.

Bias analysis of misclassified exposure: Fox, Lash & Greenland (2005), Int J Epidemiol 34:1370.
"""

from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.distributions import normal_quantile
from sequela.stats.hidden_confounder import SimulatedRatio
from sequela.stats.misclassification import corrected_ratio

POINTS = 3
"""Values of each share at which the ratio is computed; draws between them are read from the parabola through them."""


@frozen
class Recording:
    """How exposure was recorded; many draws.

    Attributes
    ----------
    sensitivity, specificity : float array, shape (m,)
        Share of the exposed who are recorded as such, and of the others who are not.
    """

    sensitivity: np.ndarray
    specificity: np.ndarray


def drawn_ratio(
    time: ArrayLike,
    event: ArrayLike,
    exposed: ArrayLike,
    drawn: Recording,
    rng: np.random.Generator,
    *,
    entry: ArrayLike | None = None,
) -> SimulatedRatio:
    """Return the hazard ratio of the truly exposed, as median and 2.5th and 97.5th percentile of the draws.

    `corrected_ratio` at three values of each share, a parabola of its logarithm in both shares between them, and a
    plane of the logarithm of its error; each draw takes the ratio at its shares with that error. No missing values;
    ties, entry and refusals as in `corrected_ratio`. Fox, Lash & Greenland (2005), Int J Epidemiol 34:1370.

    Parameters
    ----------
    time, event, exposed, entry : array, shape (n,)
    drawn : Recording
    rng : numpy.random.Generator

    Raises
    ------
    NotEstimableError
        No draw, shares of unlike number, or no ratio at one of the values.
    """
    shares = [np.atleast_1d(np.asarray(each, dtype=float)) for each in (drawn.sensitivity, drawn.specificity)]
    if not shares[0].size or shares[0].shape != shares[1].shape or not all(np.isfinite(each).all() for each in shares):
        found = f"{shares[0].size} and {shares[1].size} draws"
        raise NotEstimableError(Problem("misclassification", found, "as many finite draws of both shares"))
    values = [np.linspace(each.min(), each.max(), POINTS if np.ptp(each) > 0 else 1) for each in shares]
    grid = np.array(list(product(*values)))
    logs, errors = np.empty(len(grid)), np.empty(len(grid))
    for place, (sensitivity, specificity) in enumerate(grid):
        at = corrected_ratio(time, event, exposed, sensitivity, rng, specificity=specificity, entry=entry)
        logs[place] = np.log(at.value)
        errors[place] = np.log(np.log(at.high / at.low) / (2 * normal_quantile(0.975)))
    if not (np.isfinite(logs).all() and np.isfinite(errors).all()):
        raise NotEstimableError(Problem("misclassification", "a ratio without an interval", "more events"))
    centre, width = grid.mean(axis=0), np.maximum(np.ptp(grid, axis=0), 1e-12)
    wanted = (np.column_stack(shares) - centre) / width
    places = (grid - centre) / width
    ratio = _read(places, logs, wanted, [len(each) for each in values])
    spread = np.exp(_read(places, errors, wanted, [min(len(each), 2) for each in values]))
    noisy = ratio + spread * rng.standard_normal(ratio.size)
    value, low, high = (float(np.exp(x)) for x in np.quantile(noisy, [0.5, 0.025, 0.975]))
    alone = [float(np.exp(x)) for x in np.quantile(ratio, [0.025, 0.975])]
    return SimulatedRatio(value, low, high, alone[0], alone[1], ratio.size)


def _read(places: np.ndarray, heights: np.ndarray, wanted: np.ndarray, terms: list[int]) -> np.ndarray:
    """Return a polynomial through, or nearest to, the heights, at the wanted places; so many powers of each share."""

    def powers(at: np.ndarray) -> np.ndarray:
        return np.column_stack([at[:, 0] ** i * at[:, 1] ** j for i in range(terms[0]) for j in range(terms[1])])

    found: np.ndarray = powers(wanted) @ np.linalg.lstsq(powers(places), heights, rcond=None)[0]
    return found
