"""Survival had everyone been in each group: a Cox model's curves averaged over the patients as they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import numbers
from sequela.stats.confidence import level_problems
from sequela.stats.cox_residuals import influence
from sequela.stats.distributions import normal_quantile
from sequela.stats.fitted_risks import FittedRisks
from sequela.stats.survival_limits import survival_limits


@frozen
class StandardisedSurvival:
    """Average survival under each scenario, and how much it differs from that under the first.

    Attributes
    ----------
    time : float array, shape (m,)
    survival, std_error, low, high : float array, shape (s, m)
        One row per scenario; limits symmetric for log(-log) of the survival.
    difference, difference_std_error, difference_low, difference_high : float array, shape (s, m)
        Less the survival under the first scenario, whose own row is zero; limits symmetric.
    level : float
    """

    time: np.ndarray
    survival: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    difference: np.ndarray
    difference_std_error: np.ndarray
    difference_low: np.ndarray
    difference_high: np.ndarray
    level: float


def standardised_survival(
    risks: FittedRisks, scenarios: Sequence[ArrayLike], times: ArrayLike, level: float = 0.95
) -> StandardisedSurvival:
    """Average the predicted survival of all patients, their covariates set as each scenario says (g-computation).

    The standard error is that of the influence function: it takes in that the coefficients, the baseline hazard
    and the patients themselves are a sample. It is the exact derivative by the patients' weights, with ties too,
    where R's `riskRegression::ate` gives other errors (equal without ties). It describes patients like these if the
    model holds and nothing else tells the groups apart. An offset stays what it is. Ties are those of the fit.
    Ozenne et al. (2020), Biometrical Journal. No missing values. Golden: tests/golden/standardised_survival.

    Parameters
    ----------
    risks : FittedRisks
        Of a model without strata.
    scenarios : sequence of float arrays, shape (n, p) each
        The covariates of the patients of `risks`, in the order of its rows, as the scenario sets them.
    times : float array, shape (m,)
    level : float

    Raises
    ------
    NotEstimableError
        Strata, scenarios of another shape, or a time beyond the last event at which anybody is at risk.
    """
    at = np.atleast_1d(numbers("times", times))
    columns = [numbers("scenarios", scenario) for scenario in scenarios]
    columns = [scenario[:, None] if scenario.ndim == 1 else scenario for scenario in columns]
    problems = level_problems(level)
    if risks.sets.starts.size > 2:
        problems.append(Problem("strata", "several baseline hazards", "a model without strata"))
    if any(scenario.shape != risks.covariates.shape for scenario in columns):
        problems.append(Problem("scenarios", "another shape than the covariates", f"{risks.covariates.shape}"))
    if np.isnan(at).any() or (at < 0).any() or (at > risks.data.time.max()).any():
        problems.append(Problem("times", "a time before 0 or after the last patient", "times under observation"))
    if problems:
        raise NotEstimableError(problems)
    moved = influence(risks)
    found = [[_at(risks, scenario - risks.means, moved, float(time)) for time in at] for scenario in columns]
    survival = np.array([[value for value, _ in line] for line in found])
    of_patient = np.array([[effect for _, effect in line] for line in found])
    std_error = np.sqrt((of_patient**2).sum(axis=2))
    low, high = survival_limits(survival, std_error, "log-log", level)
    difference = survival - survival[0]
    between = np.sqrt(((of_patient - of_patient[0]) ** 2).sum(axis=2))
    width = normal_quantile(0.5 + level / 2) * between
    return StandardisedSurvival(
        at, survival, std_error, low, high, difference, between, difference - width, difference + width, level
    )


def _at(risks: FittedRisks, columns: np.ndarray, moved: np.ndarray, time: float) -> tuple[float, np.ndarray]:
    """Return the average survival at one time, and how much each patient moves it to first order, shape (n,)."""
    past = (risks.cell_time <= time)[risks.step_cell]
    hazard = float(risks.inverse[past].sum())
    ratio = np.exp(columns @ risks.fit.coefficients + risks.offset)
    each = np.exp(-hazard * ratio)
    share = risks.weights / risks.weights.sum()
    average = float(share @ each)
    by_hazard = -float(share @ (each * ratio))
    by_coefficient = -hazard * ((share * each * ratio) @ columns)
    own = _of_hazard(risks, moved, past)
    return average, share * (each - average) + moved @ by_coefficient + by_hazard * own


def _of_hazard(risks: FittedRisks, moved: np.ndarray, past: np.ndarray) -> np.ndarray:
    """Return how much each patient moves the baseline hazard up to a time, shape (n,)."""
    inverse = np.where(past, risks.inverse, 0.0)
    own = -risks.risk * risks.exposure(inverse / risks.denominator)
    steps = np.bincount(risks.step_cell)
    mean = risks.by_cell(np.where(past, 1 / risks.denominator, 0.0)) / steps
    rows = risks.sets.event_rows
    own[rows] += risks.weights[rows] * mean[risks.sets.cell_of_event]
    return own - moved @ risks.mean_sums(inverse).sum(axis=0)
