"""How far studies differ beyond chance: Q, I2 and the variance between studies."""

import numpy as np
from scipy.special import chdtrc, chdtri

from sequela.evidence.roots import root
from sequela.frozen import frozen

REML, PAULE_MANDEL, DERSIMONIAN_LAIRD, COMMON = "REML", "Paule-Mandel", "DerSimonian-Laird", "common effect"
METHODS = (REML, PAULE_MANDEL, DERSIMONIAN_LAIRD, COMMON)
"""Estimators of the variance between studies; "common effect" holds it at zero."""

PRECISION = 1e-16
"""Of a root."""
STEPS = 60
"""Points at which the restricted likelihood is looked at before its summit is sought."""


@frozen
class Heterogeneity:
    """What the studies say about each other.

    Attributes
    ----------
    q, degrees_of_freedom, p_value : float, int, float
        Cochran's test that all studies estimate one number.
    i2 : float
        Share of the variation that is not chance, (Q - df) / Q, at least 0: Higgins & Thompson
        (2002) doi:10.1002/sim.1186.
    tau2 : float
        Variance between studies, on the log scale.
    low, high : float
        Its interval by Q-profile; both zero where the studies differ less than chance allows, so
        that every variance is rejected.
    """

    q: float
    degrees_of_freedom: int
    p_value: float
    i2: float
    tau2: float
    low: float
    high: float


def heterogeneity(effects: np.ndarray, variances: np.ndarray, method: str, level: float) -> Heterogeneity:
    """Describe how studies differ; see `between_variance` and `q_profile`."""
    q, df = generalised_q(effects, variances), effects.size - 1
    i2 = max(0.0, (q - df) / q) if q > 0 else 0.0
    low, high = q_profile(effects, variances, level)
    return Heterogeneity(q, df, float(chdtrc(df, q)), i2, between_variance(effects, variances, method), low, high)


def generalised_q(effects: np.ndarray, variances: np.ndarray, tau2: float = 0.0) -> float:
    """Return the weighted sum of squares around the weighted mean; with `tau2` zero it is Cochran's Q."""
    weights = 1 / (variances + tau2)
    return float(weights @ (effects - weights @ effects / weights.sum()) ** 2)


def between_variance(effects: np.ndarray, variances: np.ndarray, method: str = REML) -> float:
    """Estimate the variance between studies, at least zero.

    REML: the highest restricted likelihood, Viechtbauer (2005) doi:10.3102/10769986030003261.
    Paule-Mandel: the variance at which the generalised Q equals its degrees of freedom, Paule &
    Mandel (1982). DerSimonian-Laird: by moments, doi:10.1016/0197-2456(86)90046-2.
    Golden: tests/golden/meta_analysis.

    Parameters
    ----------
    effects, variances : float array, shape (k,)
        At least two studies; variances above zero.
    method : str
        One of `METHODS`.
    """
    if method == COMMON:
        return 0.0
    if method == DERSIMONIAN_LAIRD:
        weights = 1 / variances
        scale = weights.sum() - weights @ weights / weights.sum()
        return max(0.0, (generalised_q(effects, variances) - (effects.size - 1)) / float(scale))
    if method == PAULE_MANDEL:
        return _variance_at(effects, variances, effects.size - 1)
    return _highest_restricted_likelihood(effects, variances)


def q_profile(effects: np.ndarray, variances: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Return the variances between studies that Cochran's test does not reject.

    Viechtbauer (2007) doi:10.1002/sim.2514. Golden: tests/golden/meta_analysis.
    """
    tail, df = (1 - level) / 2, effects.size - 1
    most, least = float(chdtri(df, tail)), float(chdtri(df, 1 - tail))
    if generalised_q(effects, variances) < least:
        return 0.0, 0.0
    return _variance_at(effects, variances, most), _variance_at(effects, variances, least)


def _variance_at(effects: np.ndarray, variances: np.ndarray, target: float) -> float:
    """Return the variance between studies at which the generalised Q, which only falls, equals a target."""

    def excess(tau2: float) -> float:
        return generalised_q(effects, variances, tau2) - target

    if excess(0.0) <= 0:
        return 0.0
    # Q is at most the plain sum of squares over tau2.
    most = float(((effects - effects.mean()) ** 2).sum()) / target * 1.01
    return root(excess, 0.0, most, precision=PRECISION)


def _highest_restricted_likelihood(effects: np.ndarray, variances: np.ndarray) -> float:
    """Look at the whole range first: the likelihood may have two summits."""
    spread = float(((effects - effects.mean()) ** 2).sum())
    if spread == 0:
        return 0.0
    grid = np.concatenate([[0.0], np.geomspace(1e-9 * spread, 2 * spread, STEPS)])
    heights = [_restricted_likelihood(effects, variances, tau2) for tau2 in grid]
    best = int(np.argmax(heights))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, STEPS)]

    def slope(tau2: float) -> float:
        return _restricted_slope(effects, variances, tau2)

    if slope(low) <= 0:
        return float(low)
    return root(slope, float(low), float(high), precision=PRECISION)


def _restricted_likelihood(effects: np.ndarray, variances: np.ndarray, tau2: float) -> float:
    total = variances + tau2
    squares = generalised_q(effects, variances, tau2)
    return -0.5 * float(np.log(total).sum() + np.log((1 / total).sum()) + squares)


def _restricted_slope(effects: np.ndarray, variances: np.ndarray, tau2: float) -> float:
    weights = 1 / (variances + tau2)
    around = effects - weights @ effects / weights.sum()
    return 0.5 * float(weights**2 @ around**2 - weights.sum() + weights @ weights / weights.sum())
