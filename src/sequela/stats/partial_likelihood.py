"""Cox's partial likelihood, its slope and its curvature, in time linear in the patients."""

from collections.abc import Callable
from functools import partial
from types import ModuleType

import numpy as np

from sequela.frozen import frozen
from sequela.stats.exact_ties import subset_sums, tied_sets
from sequela.stats.risk_sets import RiskSets, at_risk_sums, comes_late, exposure_sums, sum_by

PLAIN_NUMBERS = 50_000
"""Covariate values up to which nothing is compiled: rows times covariates."""

FAR_APART = 1e6
"""Where the largest risk is more than so many times the smallest, who comes late is not taken off sums again."""

FAR_BELOW = 200.0
"""Where a log hazard ratio is so far below the largest, the largest of each stratum is taken from its own.

The squares of risks would overflow.
"""


@frozen
class CoxModel:
    """Everything the partial likelihood needs, prepared once.

    Attributes
    ----------
    covariates : float array, shape (n, p)
        Centred, so that sums over risk sets lose no digits.
    weights : float array, shape (n,)
        Case weights, all above zero.
    offset : float array, shape (n,)
        Added to the linear predictor; centred in each stratum.
    sets : RiskSets
    ties : str
        "efron", "breslow" or "exact".
    """

    covariates: np.ndarray
    weights: np.ndarray
    offset: np.ndarray
    sets: RiskSets
    ties: str


@frozen
class LikelihoodPoint:
    """The log partial likelihood at one value of the coefficients.

    Attributes
    ----------
    log_likelihood : float
    score : float array, shape (p,)
        First derivative.
    information : float array, shape (p, p)
        Negative second derivative.
    """

    log_likelihood: float
    score: np.ndarray
    information: np.ndarray


@frozen
class Factors:
    """The factors of the partial likelihood.

    Attributes
    ----------
    cell, fraction, weight : array, shape (m,)
        The cell of each, the share of the tied events already gone, and its weight.
    """

    cell: np.ndarray
    fraction: np.ndarray
    weight: np.ndarray


def factors(model: CoxModel) -> Factors:
    """Return the factors of a likelihood: Efron has one per event, Breslow one per cell.

    Efron (1977) doi:10.1080/01621459.1977.10480613 takes tied events out of the risk set one by
    one, each with the mean of their weights; Breslow (1974) doi:10.2307/2529620 leaves all in.
    Exact ties have one per event that is alone in its cell; the others are sums over subsets, see `exact_ties`.
    """
    sets = model.sets
    events = np.bincount(sets.cell_of_event, minlength=sets.cells)
    weight = np.bincount(sets.cell_of_event, weights=model.weights[sets.event_rows], minlength=sets.cells)
    if model.ties == "breslow":
        return Factors(np.arange(sets.cells), np.zeros(sets.cells), weight)
    if model.ties == "exact":
        alone = np.flatnonzero(events == 1)
        return Factors(alone, np.zeros(alone.size), weight[alone])
    cell = np.repeat(np.arange(sets.cells), events)
    gone = np.arange(cell.size) - np.repeat(np.cumsum(events) - events, events)
    return Factors(cell, gone / events[cell], (weight / events)[cell])


@frozen
class _Sums:
    """Sums over risk sets at one value of the coefficients; see `_sums`."""

    steps: Factors
    risk: np.ndarray
    far_apart: bool
    log_likelihood: float
    expected: np.ndarray
    inverse: np.ndarray
    denominator: np.ndarray


def _sums(model: CoxModel, steps: Factors, coefficients: np.ndarray) -> _Sums:
    """Return each patient's risk and expected events, and each factor's denominator.

    The information needs no p x p matrix per event time: with the expected number of events of
    each patient it is one weighted Gram matrix of the covariates less those of the cell means.
    """
    sets, cells = model.sets, model.sets.cells
    predictor = model.covariates @ coefficients + model.offset
    predictor -= predictor.max()
    if sets.starts.size > 2 and predictor.min() < -FAR_BELOW:
        predictor = within_strata(predictor, sets)
    risk = model.weights * np.exp(predictor)
    tied = np.bincount(sets.cell_of_event, weights=risk[sets.event_rows], minlength=cells)
    far = bool(risk.max() > FAR_APART * risk.min())
    denominator = at_risk_sums(risk, sets, far_apart=far)[steps.cell] - steps.fraction * tied[steps.cell]
    rows = sets.event_rows
    log_likelihood = model.weights[rows] @ predictor[rows] - steps.weight @ np.log(denominator)
    inverse = steps.weight / denominator
    expected = exposure_sums(np.bincount(steps.cell, weights=inverse, minlength=cells), sets, far_apart=far)
    gone = np.bincount(steps.cell, weights=inverse * steps.fraction, minlength=cells)
    expected[rows] -= gone[sets.cell_of_event]
    return _Sums(steps, risk, far, float(log_likelihood), expected, inverse, denominator)


def within_strata(predictor: np.ndarray, sets: RiskSets) -> np.ndarray:
    """Take the largest of its stratum from each predictor; nothing is left of those at risk at no event."""
    stratum = np.searchsorted(sets.starts, sets.last - 1, side="right") - 1
    present = sets.last > sets.first
    most = np.full(sets.starts.size - 1, -np.inf)
    np.maximum.at(most, stratum[present], predictor[present])
    found = np.full_like(predictor, -np.inf)
    found[present] = predictor[present] - most[stratum[present]]
    return found


def likelihood(model: CoxModel) -> Callable[[np.ndarray], LikelihoodPoint]:
    """Return the log partial likelihood with its derivatives as a function of the coefficients.

    What can be prepared is, once. Not finite where the coefficients are so large that a risk set
    vanishes numerically.
    """
    if model.ties == "exact":
        return _exact_likelihood(model)
    plain = partial(_plain_likelihood, model, factors(model))
    if _small(model):
        return plain
    return _unless_far_apart(model, _compiled().likelihood(model), plain)


Likelihood = Callable[[np.ndarray], LikelihoodPoint]


def _unless_far_apart(model: CoxModel, near: Likelihood, far: Likelihood) -> Likelihood:
    """Return `near`, which takes off who comes late, but `far` for coefficients that put risks far apart."""
    if not comes_late(model.sets).any():
        return near
    known = model.offset + np.log(model.weights)
    width, widths = float(np.ptp(known)), np.ptp(model.covariates, axis=0)

    def at(coefficients: np.ndarray) -> LikelihoodPoint:
        most = width + float(np.abs(coefficients) @ widths)
        if not most <= np.log(FAR_APART) and not np.ptp(known + model.covariates @ coefficients) <= np.log(FAR_APART):
            return far(coefficients)
        return near(coefficients)

    return at


def likelihood_at(model: CoxModel, coefficients: np.ndarray) -> LikelihoodPoint:
    """Evaluate the log partial likelihood with its first two derivatives once."""
    return likelihood(model)(coefficients)


def score_residuals(model: CoxModel, coefficients: np.ndarray) -> np.ndarray:
    """Return each patient's contribution to the score, shape (n, p), times the case weight.

    With tied events under Efron each of them is compared with the mean over the tied factors.
    """
    small = _small(model) or (comes_late(model.sets).any() and _far_apart(model, coefficients))
    residuals = _plain_score_residuals if small else _compiled().score_residuals
    return residuals(model, coefficients)


def _far_apart(model: CoxModel, coefficients: np.ndarray) -> bool:
    logs = model.offset + np.log(model.weights) + model.covariates @ coefficients
    return not np.ptp(logs) <= np.log(FAR_APART)


def _small(model: CoxModel) -> bool:
    return model.covariates.size <= PLAIN_NUMBERS


def _compiled() -> ModuleType:
    # numba costs a third of a second to import; only a model that is large enough should pay.
    from sequela.stats import partial_likelihood_compiled  # noqa: PLC0415

    return partial_likelihood_compiled


@np.errstate(all="ignore")
def _plain_likelihood(model: CoxModel, steps: Factors, coefficients: np.ndarray) -> LikelihoodPoint:
    sums = _sums(model, steps, coefficients)
    score = model.covariates.T @ _martingale_weights(model, sums)
    return LikelihoodPoint(sums.log_likelihood, score, _information(model, sums))


def _exact_likelihood(model: CoxModel) -> Callable[[np.ndarray], LikelihoodPoint]:
    """Return the likelihood with exact ties; its time grows with the patients at risk times the tied events."""
    tied, covariates, alone = tied_sets(model.sets), np.ascontiguousarray(model.covariates), factors(model)
    if not tied.events.size:
        return partial(_plain_likelihood, model, alone)
    sums = subset_sums(tied)

    @np.errstate(all="ignore")
    def at(coefficients: np.ndarray) -> LikelihoodPoint:
        point = _plain_likelihood(model, alone, coefficients)
        predictor = covariates @ coefficients + model.offset
        score, information = point.score.copy(), point.information.copy()
        # The events are counted relative to the largest predictor, as in `_sums`.
        subsets = (tied.events, tied.at_risk, tied.offsets)
        logs = sums(covariates, predictor - predictor.max(), subsets, score, information)
        return LikelihoodPoint(point.log_likelihood - float(logs), score, information)

    return at


@np.errstate(all="ignore")
def _plain_score_residuals(model: CoxModel, coefficients: np.ndarray) -> np.ndarray:
    steps = factors(model)
    sums = _sums(model, steps, coefficients)
    sets, cells, rows = model.sets, model.sets.cells, model.sets.event_rows
    at_risk, tied = _weighted_covariates(model, sums)

    def cell_means(factor: np.ndarray) -> np.ndarray:
        """Sum factor times the mean covariates at each factor of the likelihood, by cell."""
        whole = np.bincount(steps.cell, weights=factor / sums.denominator, minlength=cells)
        part = np.bincount(steps.cell, weights=factor * steps.fraction / sums.denominator, minlength=cells)
        return whole[:, None] * at_risk - part[:, None] * tied

    expected = exposure_sums(cell_means(sums.inverse), sets, far_apart=sums.far_apart)
    expected[rows] -= cell_means(sums.inverse * steps.fraction)[sets.cell_of_event]
    residuals = -sums.risk[:, None] * (model.covariates * sums.expected[:, None] - expected)
    number = np.bincount(steps.cell, minlength=cells)
    mean = cell_means(np.ones_like(sums.inverse)) / number[:, None]
    residuals[rows] += model.weights[rows, None] * (model.covariates[rows] - mean[sets.cell_of_event])
    return residuals


def _martingale_weights(model: CoxModel, sums: _Sums) -> np.ndarray:
    """Return weighted observed less expected events, shape (n,)."""
    residuals = -sums.risk * sums.expected
    residuals[model.sets.event_rows] += model.weights[model.sets.event_rows]
    return residuals


def _weighted_covariates(model: CoxModel, sums: _Sums) -> tuple[np.ndarray, np.ndarray]:
    """Return risk-weighted covariate sums over each cell's risk set and over its events, (k, p) each."""
    weighted = sums.risk[:, None] * model.covariates
    tied = sum_by(model.sets.cell_of_event, weighted[model.sets.event_rows], model.sets.cells)
    return at_risk_sums(weighted, model.sets, far_apart=sums.far_apart), tied


def _information(model: CoxModel, sums: _Sums) -> np.ndarray:
    at_risk, tied = _weighted_covariates(model, sums)
    squares = sums.inverse / sums.denominator
    whole, crossed, part = (
        np.bincount(sums.steps.cell, weights=squares * sums.steps.fraction**power, minlength=model.sets.cells)
        for power in (0, 1, 2)
    )
    gram = model.covariates.T @ (model.covariates * (sums.risk * sums.expected)[:, None])
    cross = at_risk.T @ (tied * crossed[:, None])
    means = at_risk.T @ (at_risk * whole[:, None]) - cross - cross.T + tied.T @ (tied * part[:, None])
    return gram - means
