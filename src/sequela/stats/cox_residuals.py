"""Residuals of a Cox model: where single patients and single event times pull it."""

import numpy as np

from sequela.frozen import frozen
from sequela.stats.fitted_risks import FittedRisks
from sequela.stats.risk_sets import exposure_sums


@frozen
class SchoenfeldResiduals:
    """Covariates of those with an event less what was expected of those at risk.

    Attributes
    ----------
    rows : int array, shape (d,)
        Where each event stands in the arrays given; by stratum, then time, then row.
    time : float array, shape (d,)
    residual : float array, shape (d, p)
    scaled : float array, shape (d, p)
        Times the model covariance and the number of events, plus the coefficients: about what
        each coefficient was at that time.
    """

    rows: np.ndarray
    time: np.ndarray
    residual: np.ndarray
    scaled: np.ndarray


def martingale_residuals(risks: FittedRisks) -> np.ndarray:
    """Return observed less expected events of each patient, shape (n,), not weighted.

    Near 1: an event long before the model expected it; far below 0: none when several were.
    Barlow & Prentice (1988); R's `residuals.coxph`. Golden: tests/golden/cox_residuals.
    """
    return risks.data.event - _expected(risks)


def deviance_residuals(risks: FittedRisks) -> np.ndarray:
    """Return the martingale residuals made symmetric about zero, shape (n,).

    Therneau, Grambsch & Fleming (1990), Biometrika. Golden: tests/golden/cox_residuals.
    """
    event, expected = risks.data.event.astype(float), _expected(risks)
    # The logarithm of the events expected, not of 1 less a residual that is nearly 1.
    inside = event - expected + event * np.log(np.where(event > 0, expected, 1.0))
    return np.sign(event - expected) * np.sqrt(np.maximum(-2 * inside, 0.0))


def _expected(risks: FittedRisks) -> np.ndarray:
    return np.exp(risks.predictor) * risks.exposure(risks.inverse)


def schoenfeld_residuals(risks: FittedRisks) -> SchoenfeldResiduals:
    """Return one residual per event, not weighted; tied events under Efron share the mean over their factors.

    Schoenfeld (1982), Biometrika; scaled after Grambsch & Therneau (1994), Biometrika, as R's
    `residuals(type = "scaledsch")`. Golden: tests/golden/cox_residuals.
    """
    sets, fit = risks.sets, risks.fit
    residual = risks.covariates[sets.event_rows] - risks.means_at_events()[sets.cell_of_event]
    order = np.lexsort((sets.event_rows, sets.cell_of_event))
    residual, rows = residual[order], sets.event_rows[order]
    scaled = fit.events * (residual @ fit.model_covariance) + fit.coefficients
    return SchoenfeldResiduals(risks.rows[rows], risks.data.time[rows], residual, scaled)


def score_residuals(risks: FittedRisks) -> np.ndarray:
    """Return each patient's share of the slope of the likelihood, shape (n, p), not weighted.

    Therneau, Grambsch & Fleming (1990), Biometrika. Golden: tests/golden/cox_residuals.
    """
    sets, rows = risks.sets, risks.sets.event_rows
    expected = exposure_sums(risks.mean_sums(risks.inverse), sets, far_apart=True)
    expected[rows] -= risks.mean_sums(risks.inverse * risks.step_fraction)[sets.cell_of_event]
    hazard = risks.exposure(risks.inverse)
    residual = -np.exp(risks.predictor)[:, None] * (risks.covariates * hazard[:, None] - expected)
    residual[rows] += risks.covariates[rows] - risks.means_at_events()[sets.cell_of_event]
    return residual


def influence(risks: FittedRisks) -> np.ndarray:
    """Return about how much each patient moves each coefficient (dfbeta), shape (n, p), weighted.

    Each coefficient less what it would be without the patient, to first order: score residual
    times weight times model covariance. R's `residuals(type = "dfbeta")`.
    Golden: tests/golden/cox_residuals.
    """
    return risks.weights[:, None] * score_residuals(risks) @ risks.fit.model_covariance
