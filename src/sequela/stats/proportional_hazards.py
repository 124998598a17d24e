"""Test of proportional hazards: whether coefficients change over time."""

from collections.abc import Sequence

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.chi_square import ChiSquareTest, chi_square_test
from sequela.stats.cox_residuals import schoenfeld_residuals
from sequela.stats.fitted_risks import FittedRisks
from sequela.stats.follow_up import FollowUp
from sequela.stats.kaplan_meier import kaplan_meier

TRANSFORMS = ("km", "rank", "identity", "log")
"""How time enters: one less the Kaplan-Meier curve just before it (R's default), its rank, itself, its logarithm."""

SINGULAR = 1e-10
"""Share of its information that a coefficient must keep, given the others, for its change to be told."""


@frozen
class ProportionalHazardsTest:
    """Whether the log hazard ratios change with a function of time.

    Attributes
    ----------
    terms : tuple of ChiSquareTest
        One per term, in the order asked.
    overall : ChiSquareTest
        All terms together.
    transform : str
        Of `TRANSFORMS`.
    correlations : float array, shape (p,)
        Of each covariate's scaled Schoenfeld residuals with the function of time: above zero where
        its log hazard ratio rises. nan where all events share one time.
    """

    terms: tuple[ChiSquareTest, ...]
    overall: ChiSquareTest
    transform: str
    correlations: np.ndarray


def proportional_hazards_test(
    risks: FittedRisks, terms: Sequence[Sequence[int]] | None = None, transform: str = "km"
) -> ProportionalHazardsTest:
    """Test each term, and all, by the score test of an added covariate x times g(time).

    The score test of R's `cox.zph` since survival 3.0, not the correlation of scaled Schoenfeld
    residuals of earlier versions and of other programs, which takes the variance of the
    covariates to be the same at every event. g is made of all patients' times, without weights
    and across strata, centred at its mean over events, as R does. Grambsch & Therneau (1994),
    Biometrika. Golden: tests/golden/proportional_hazards.

    Parameters
    ----------
    risks : FittedRisks
        Of `fitted_risks`.
    terms : sequence of sequences of int
        Columns tested together, as those of one categorical covariate; by default each column alone.
    transform : {"km", "rank", "identity", "log"}

    Raises
    ------
    NotEstimableError
        An unknown transform, the logarithm of a time of 0, or too few event times to tell a change.
    """
    number = risks.fit.coefficients.size
    columns = [[index] for index in range(number)] if terms is None else [list(term) for term in terms]
    of_time = _transformed(risks.data, transform)
    of_cell = np.zeros(risks.sets.cells)
    of_cell[risks.sets.cell_of_event] = of_time[risks.sets.event_rows] - of_time[risks.data.event].mean()
    score, information = _slope_over_time(risks, of_cell)
    tests = tuple(_score_test(score, information, term, number) for term in columns)
    overall = _score_test(score, information, list(range(number)), number)
    return ProportionalHazardsTest(tests, overall, transform, _correlations(risks, of_cell))


def _correlations(risks: FittedRisks, of_cell: np.ndarray) -> np.ndarray:
    at = of_cell[np.sort(risks.sets.cell_of_event)]
    at = at - at.mean()
    scaled = schoenfeld_residuals(risks).scaled
    scaled = scaled - scaled.mean(axis=0)
    with np.errstate(invalid="ignore"):
        return at @ scaled / (np.sqrt(at @ at) * np.sqrt(np.sum(scaled**2, axis=0)))


def _transformed(data: FollowUp, transform: str) -> np.ndarray:
    """Return g of each patient's time, shape (n,)."""
    if transform == "identity":
        return data.time
    if transform == "rank":
        _, index, count = np.unique(data.time, return_inverse=True, return_counts=True)
        return (np.cumsum(count) - (count - 1) / 2)[index]
    if transform == "log":
        if (data.time <= 0).any():
            raise NotEstimableError(Problem("time", "a time of 0", "times above 0", "Use another transform."))
        return np.log(data.time)
    if transform == "km":
        curve = kaplan_meier(data.time, data.event, entry=data.entry)
        before = np.searchsorted(curve.time, data.time, side="left")
        return 1 - np.concatenate([[1.0], curve.survival])[before]
    expected = ", ".join(f'"{name}"' for name in TRANSFORMS)
    raise NotEstimableError(Problem("transform", f"{transform!r}", expected))


def _slope_over_time(risks: FittedRisks, of_cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the score of x g(t), shape (p,), and the information of x and x g(t) together, (2p, 2p)."""
    factor = of_cell[risks.step_cell]
    rows = risks.sets.event_rows
    residual = -risks.risk * risks.exposure(risks.inverse * factor)
    residual[rows] += risks.weights[rows] * of_cell[risks.sets.cell_of_event]
    plain, mixed, square = (_information(risks, risks.inverse * factor**power) for power in (0, 1, 2))
    return risks.covariates.T @ residual, np.block([[plain, mixed], [mixed, square]])


def _information(risks: FittedRisks, inverse: np.ndarray) -> np.ndarray:
    """Sum the covariance of the covariates at each factor, times the factor's value in `inverse`; (p, p).

    One weighted Gram matrix less those of the means, so that no p x p matrix is kept per event time.
    """
    at_risk, tied = risks.covariate_sums()
    squares = inverse / risks.denominator
    whole, crossed, part = (risks.by_cell(squares * risks.step_fraction**power) for power in (0, 1, 2))
    exposed = risks.risk * risks.exposure(inverse)
    cross = at_risk.T @ (tied * crossed[:, None])
    means = at_risk.T @ (at_risk * whole[:, None]) - cross - cross.T + tied.T @ (tied * part[:, None])
    return risks.covariates.T @ (risks.covariates * exposed[:, None]) - means


def _score_test(score: np.ndarray, information: np.ndarray, term: list[int], number: int) -> ChiSquareTest:
    """Test the slopes of a term, the coefficients of all covariates left free."""
    slopes = [number + index for index in term]
    kept = [*range(number), *slopes]
    part = information[np.ix_(kept, kept)]
    unit = 1 / np.sqrt(np.maximum(np.diag(part), np.finfo(float).tiny))
    scaled = part * np.outer(unit, unit)
    if np.linalg.eigvalsh(scaled)[0] <= SINGULAR:
        raise NotEstimableError(
            Problem("event", "too few event times to tell a change over time", "events at several times")
        )
    padded = np.concatenate([np.zeros(number), score[term]]) * unit
    return chi_square_test(float(padded @ np.linalg.solve(scaled, padded)), len(term))
