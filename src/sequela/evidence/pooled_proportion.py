"""Pooling of proportions by a binomial model with a normal distribution between studies."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, expit, stdtrit, xlogy

from sequela.errors import NotEstimableError, Problem
from sequela.evidence.effects import normal_quantile
from sequela.evidence.roots import root
from sequela.frozen import frozen
from sequela.stats.proportions import exact_interval

MODEL = "binomial-normal model on the logit scale"
EXACT = "Clopper-Pearson of all patients together: no study has both outcomes"
POINTS = 41
"""Of the adaptive Gauss-Hermite quadrature over one study's place."""
LARGEST_TAU = 10.0
"""Standard deviation of logits beyond which studies have no proportion in common."""
GRID = 60
STEP = 1e-4
"""Of the central differences that give the curvature; the error is of the order of its square."""


@frozen
class PooledProportion:
    """Several proportions as one.

    Attributes
    ----------
    value, low, high : float
        Between 0 and 1.
    prediction_low, prediction_high : float
        Where the proportion of a new study would lie; nan with fewer than three studies.
    tau2 : float
        Variance between studies on the logit scale.
    g, degrees_of_freedom, p_value : float, int, float
        Likelihood ratio test that all studies share one proportion.
    level : float
    method : str
    """

    value: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    g: float
    degrees_of_freedom: int
    p_value: float
    level: float
    method: str


def pool_proportions(counts: ArrayLike, totals: ArrayLike, *, level: float = 0.95) -> PooledProportion:
    """Pool proportions without normal approximations inside the studies.

    Each study's logit is normal around the pooled one; counts are binomial; the likelihood is
    integrated by adaptive Gauss-Hermite quadrature and maximised. The interval is Wald's on the
    logit scale, from the observed information. Where all patients or none have the outcome,
    the pooled logit is infinite and the exact interval of the sum is given instead.
    Stijnen, Hamza & Ozdemir (2010) doi:10.1002/sim.4040; why not the double arcsine:
    Schwarzer and others (2019) doi:10.1002/jrsm.1348. Golden: tests/golden/meta_analysis.

    Parameters
    ----------
    counts, totals : int array, shape (k,)
        Patients with the outcome, and all patients.

    Raises
    ------
    NotEstimableError
        Fewer than two studies, or a count outside 0 to its total.
    """
    with_outcome, patients = _checked(counts, totals)
    width = normal_quantile(level)
    g, p_value = _likelihood_ratio(with_outcome, patients)
    if with_outcome.sum() in (0, patients.sum()):
        exact = exact_interval(int(with_outcome.sum()), int(patients.sum()), level)
        nan = float("nan")
        return PooledProportion(
            exact.value, exact.low, exact.high, nan, nan, 0.0, g, patients.size - 1, p_value, level, EXACT
        )
    model = _Model(with_outcome, patients)
    centre, tau = _summit(model)
    std_error = _standard_error(model, centre, tau)
    reach = _prediction_reach(tau**2, std_error, patients.size, level)
    half = width * std_error
    ends = [float(end) for end in expit([centre, centre - half, centre + half, centre - reach, centre + reach])]
    return PooledProportion(
        value=ends[0],
        low=ends[1],
        high=ends[2],
        prediction_low=ends[3],
        prediction_high=ends[4],
        tau2=tau**2,
        g=g,
        degrees_of_freedom=patients.size - 1,
        p_value=p_value,
        level=level,
        method=MODEL,
    )


@frozen
class _Model:
    """Counts and totals, one study each."""

    counts: np.ndarray
    totals: np.ndarray


def _checked(counts: ArrayLike, totals: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    with_outcome, patients = np.asarray(counts, dtype=float), np.asarray(totals, dtype=float)
    if with_outcome.ndim != 1 or with_outcome.shape != patients.shape or patients.size < 2:
        raise NotEstimableError(Problem("studies", f"{with_outcome.shape} counts", "two or more counts and totals"))
    whole = (with_outcome == np.rint(with_outcome)) & (patients == np.rint(patients))
    if not (whole & (patients >= 1) & (with_outcome >= 0) & (with_outcome <= patients)).all():
        raise NotEstimableError(Problem("counts", "one outside 0 to its total", "whole numbers from 0 to the total"))
    return with_outcome, patients


def _likelihood_ratio(counts: np.ndarray, totals: np.ndarray) -> tuple[float, float]:
    def height(x: np.ndarray, n: np.ndarray) -> float:
        return float((xlogy(x, x / n) + xlogy(n - x, (n - x) / n)).sum())

    g = max(0.0, 2 * (height(counts, totals) - height(counts.sum(keepdims=True), totals.sum(keepdims=True))))
    return g, float(chdtrc(counts.size - 1, g))


def _integrals(model: _Model, centre: float, tau: float) -> tuple[float, float, float]:
    """Return the log-likelihood (less a constant) and its slopes along the centre and along tau."""
    place, scale = _modes(model, centre, tau)
    nodes, weights = np.polynomial.hermite.hermgauss(POINTS)
    z = place + np.sqrt(2) * scale * nodes[:, None]
    logit = centre + tau * z
    log_term = model.counts * logit - model.totals * np.logaddexp(0, logit) - z**2 / 2 + nodes[:, None] ** 2
    highest = log_term.max(axis=0)
    terms = weights[:, None] * np.exp(log_term - highest) * scale
    sums = terms.sum(axis=0)
    residual = model.counts - model.totals * expit(logit)
    slopes = (terms * residual).sum(axis=0) / sums, (terms * residual * z).sum(axis=0) / sums
    return float((highest + np.log(sums)).sum()), float(slopes[0].sum()), float(slopes[1].sum())


def _modes(model: _Model, centre: float, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where each study's integrand is highest and how wide it is; Newton steps on a concave function."""
    z = np.zeros(model.counts.size)
    curvature = np.ones(model.counts.size)
    farthest = 2 / max(tau, 1.0)  # a step of more than two logits may overshoot for ever
    for _ in range(200):
        share = expit(centre + tau * z)
        slope = tau * (model.counts - model.totals * share) - z
        curvature = 1 + tau**2 * model.totals * share * (1 - share)
        step = np.clip(slope / curvature, -farthest, farthest)
        z = z + step
        if np.abs(step).max() < 1e-12:
            break
    return z, 1 / np.sqrt(curvature)


def _best_centre(model: _Model, tau: float) -> float:
    """Return the centre with the highest likelihood at one tau; the likelihood is concave in it."""
    reach = 10 * (1 + tau)
    while _integrals(model, -reach, tau)[1] <= 0 or _integrals(model, reach, tau)[1] >= 0:
        reach *= 2
    return root(lambda centre: _integrals(model, centre, tau)[1], -reach, reach)


def _summit(model: _Model) -> tuple[float, float]:
    """Return centre and tau of the highest likelihood; tau is exactly zero where that is best."""
    grid = np.concatenate([[0.0], np.geomspace(1e-3, LARGEST_TAU, GRID)])
    heights = [_integrals(model, _best_centre(model, tau), tau)[0] for tau in grid]
    best = int(np.argmax(heights))
    if best == 0:
        return _best_centre(model, 0.0), 0.0

    def slope(tau: float) -> float:
        return _integrals(model, _best_centre(model, tau), tau)[2]

    if best == GRID:
        found = "proportions too far apart to have one centre"
        raise NotEstimableError(Problem("counts", found, "studies of one kind of patient", "Show them side by side."))
    low, high = float(grid[best - 1] or grid[1] / 10), float(grid[best + 1])
    tau = root(slope, low, high) if slope(low) > 0 > slope(high) else float(grid[best])
    return _best_centre(model, tau), tau


def _standard_error(model: _Model, centre: float, tau: float) -> float:
    """Invert the curvature in both directions; along the centre alone where tau is zero."""

    def slopes(shift_centre: float, shift_tau: float) -> np.ndarray:
        return np.array(_integrals(model, centre + shift_centre, tau + shift_tau)[1:])

    along_centre = (slopes(STEP, 0) - slopes(-STEP, 0)) / (2 * STEP)
    if tau < 10 * STEP:
        return float(1 / np.sqrt(-along_centre[0]))
    along_tau = (slopes(0, STEP) - slopes(0, -STEP)) / (2 * STEP)
    information = -np.array([along_centre, along_tau])
    return float(np.sqrt(np.linalg.inv((information + information.T) / 2)[0, 0]))


def _prediction_reach(tau2: float, std_error: float, studies: int, level: float) -> float:
    if studies < 3:
        return float("nan")
    return float(stdtrit(studies - 2, 0.5 + level / 2)) * float(np.sqrt(tau2 + std_error**2))
