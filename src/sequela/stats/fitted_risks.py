"""Who is at risk at each event of a fitted Cox model, and how much: what residuals and diagnostics are made of."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, numbers, weight_column
from sequela.stats.cox import CoxFit
from sequela.stats.follow_up import FollowUp, follow_up, patients
from sequela.stats.partial_likelihood import FAR_BELOW, within_strata
from sequela.stats.risk_sets import RiskSets, at_risk_sums, exposure_sums, risk_sets, sum_by

SAME = 1e-9
"""Share of the largest value by which a covariate may differ from that of the fit: rounding of its centre."""


@frozen
class FittedRisks:
    """The rows a Cox model was fitted to, with each one's risk at the coefficients.

    Attributes
    ----------
    fit : CoxFit
    rows : int array, shape (n,)
        Where each patient stands in the arrays given; patients of weight zero are left out.
    data : FollowUp
        Shape (n,).
    covariates : float array, shape (n, p)
        Centred at `means`.
    means : float array, shape (p,)
    weights : float array, shape (n,)
    sets : RiskSets
    cell_time : float array, shape (k,)
        The event time of each cell.
    predictor : float array, shape (n,)
        Log hazard ratio against a patient with the mean covariates and the mean offset;
        where strata lie far apart, against the largest of the stratum.
    risk : float array, shape (n,)
        Weight times hazard ratio.
    step_cell, step_fraction, denominator, inverse : array, shape (m,)
        One factor of the likelihood each (one per event under Efron, one per cell under Breslow):
        its cell, the share of the tied events already gone, the risk still there, and the weight of
        the factor divided by it, which is its step of the baseline hazard.
    """

    fit: CoxFit
    rows: np.ndarray
    data: FollowUp
    covariates: np.ndarray
    means: np.ndarray
    weights: np.ndarray
    sets: RiskSets
    cell_time: np.ndarray
    predictor: np.ndarray
    risk: np.ndarray
    step_cell: np.ndarray
    step_fraction: np.ndarray
    denominator: np.ndarray
    inverse: np.ndarray

    @property
    def offset(self) -> np.ndarray:
        """Return what the predictor has beside the covariates, shape (n,): the offset less its mean."""
        return self.predictor - self.covariates @ self.fit.coefficients

    def by_cell(self, of_step: np.ndarray) -> np.ndarray:
        """Sum values of the factors, shape (m,), over the cells."""
        return np.bincount(self.step_cell, weights=of_step, minlength=self.sets.cells)

    def tied_sums(self, values: np.ndarray) -> np.ndarray:
        """Sum patients' values, shape (n,) or (n, p), over the events of each cell."""
        return sum_by(self.sets.cell_of_event, values[self.sets.event_rows], self.sets.cells)

    def means_at_events(self) -> np.ndarray:
        """Return the mean covariates of those at risk in each cell, shape (k, p), averaged over tied factors."""
        return self.mean_sums(np.ones_like(self.inverse)) / np.bincount(self.step_cell)[:, None]

    def mean_sums(self, factor: np.ndarray) -> np.ndarray:
        """Sum a factor, shape (m,), times the mean covariates at each step over the cells; shape (k, p)."""
        at_risk, tied = self.covariate_sums()
        whole, part = factor / self.denominator, factor * self.step_fraction / self.denominator
        return self.by_cell(whole)[:, None] * at_risk - self.by_cell(part)[:, None] * tied

    def covariate_sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Return risk-weighted covariates summed over each cell's risk set and over its events, (k, p) each."""
        weighted = self.risk[:, None] * self.covariates
        return at_risk_sums(weighted, self.sets, far_apart=True), self.tied_sums(weighted)

    def exposure(self, of_step: np.ndarray) -> np.ndarray:
        """Sum values of the factors, shape (m,), over the factors at which each patient is at risk, shape (n,).

        Under Efron a patient with an event counts for the share of a tied factor that is still there.
        """
        found = exposure_sums(self.by_cell(of_step), self.sets, far_apart=True)
        gone = self.by_cell(of_step * self.step_fraction)
        found[self.sets.event_rows] -= gone[self.sets.cell_of_event]
        return found


def fitted_risks(
    fit: CoxFit,
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> FittedRisks:
    """Prepare the diagnostics of a model from the arrays it was fitted to.

    Ties are those of the fit; no missing values. Therneau & Grambsch (2000), Modeling Survival Data.

    Parameters
    ----------
    fit : CoxFit
    time, event, covariates, entry, strata, weights : array
        As given to `cox`.

    Raises
    ------
    NotEstimableError
        Where the arrays are not those of the fit, or a coefficient has no finite estimate.
    """
    data = follow_up(time, event, entry)
    n = data.time.size
    columns = numbers("covariates", covariates)
    columns = columns[:, None] if columns.ndim == 1 else columns
    given = np.ones(n) if weights is None else weight_column(weights)
    blocks = None if strata is None else np.asarray(strata)
    if problems := columns_of_equal_length(n, covariates=columns, weights=given, strata=blocks):
        raise NotEstimableError(problems)
    rows = np.flatnonzero(given > 0)
    kept = patients(data, rows)
    _check(fit, kept, columns)
    sets = risk_sets(kept, None if blocks is None else blocks[rows])
    _check_same(fit, sets, columns[rows], given[rows])
    return _risks(fit, rows, kept, columns[rows], given[rows], sets)


def _check(fit: CoxFit, data: FollowUp, columns: np.ndarray) -> None:
    found = (data.time.size, int(data.event.sum()), columns.shape[1])
    expected = (fit.n, fit.events, fit.coefficients.size)
    if found != expected:
        words = "{} patients, {} events and {} covariates"
        raise NotEstimableError(
            Problem("fit", words.format(*found), words.format(*expected), "Give the arrays the model was fitted to.")
        )
    if fit.ties == "exact":
        raise NotEstimableError(
            Problem("ties", "exact", '"efron" or "breslow"', "Fit the model with one of these for its diagnostics.")
        )
    if fit.diverging.any():
        raise NotEstimableError(
            Problem(
                "coefficients",
                f"{int(fit.diverging.sum())} without a finite estimate",
                "events in every group",
                "Leave out the covariates that separate the events.",
            )
        )


def _check_same(fit: CoxFit, sets: RiskSets, columns: np.ndarray, weights: np.ndarray) -> None:
    """Refuse arrays of the right length that are not those of the fit: residuals of another model look like any."""
    model = fit.model
    moved = columns - model.covariates
    other = [
        name
        for name, same in (
            ("time, event, entry or strata", _alike(sets, model.sets)),
            ("weights", np.array_equal(weights, model.weights)),
            ("covariates", bool((np.ptp(moved, axis=0) <= SAME * np.abs(columns).max(axis=0)).all())),
        )
        if not same
    ]
    if other:
        raise NotEstimableError(
            [Problem(name, "not what the model was fitted to", "the arrays given to `cox`") for name in other]
        )


def _alike(sets: RiskSets, others: RiskSets) -> bool:
    pairs = ((sets.first, others.first), (sets.last, others.last), (sets.event_rows, others.event_rows))
    return sets.cells == others.cells and all(np.array_equal(one, other) for one, other in pairs)


def _risks(
    fit: CoxFit, rows: np.ndarray, data: FollowUp, columns: np.ndarray, weights: np.ndarray, sets: RiskSets
) -> FittedRisks:
    means = np.average(columns, axis=0, weights=weights)
    centred = columns - means
    # Offsets of some hundreds would overflow the squares of risks were they not centred.
    offset = fit.model.offset - np.average(fit.model.offset, weights=weights)
    predictor = centred @ fit.coefficients + offset
    if sets.starts.size > 2 and np.ptp(predictor) > FAR_BELOW:
        predictor = within_strata(predictor, sets)
    risk = weights * np.exp(predictor)
    events = np.bincount(sets.cell_of_event, minlength=sets.cells)
    weight = np.bincount(sets.cell_of_event, weights=weights[sets.event_rows], minlength=sets.cells)
    if fit.ties == "efron":
        cell: np.ndarray = np.repeat(np.arange(sets.cells), events)
        fraction: np.ndarray = (np.arange(cell.size) - np.repeat(np.cumsum(events) - events, events)) / events[cell]
        weight = (weight / events)[cell]
    else:
        cell, fraction = np.arange(sets.cells), np.zeros(sets.cells)
    tied = np.bincount(sets.cell_of_event, weights=risk[sets.event_rows], minlength=sets.cells)
    denominator = at_risk_sums(risk, sets, far_apart=True)[cell] - fraction * tied[cell]
    times = np.zeros(sets.cells)
    times[sets.cell_of_event] = data.time[sets.event_rows]
    return FittedRisks(
        fit,
        rows,
        data,
        centred,
        means,
        weights,
        sets,
        times,
        predictor,
        risk,
        cell,
        fraction,
        denominator,
        weight / denominator,
    )
