"""Fine and Gray's regression of the cumulative incidence."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import category_codes, columns_of_equal_length
from sequela.stats.competing_risks import competing_follow_up
from sequela.stats.confidence import level_problems
from sequela.stats.distributions import normal_quantile, two_sided_ps
from sequela.stats.subdistribution import Subdistribution, subdistribution

TIES = ("efron", "breslow", "crr")
"""How events of one time may be treated; see `fine_gray`."""

MAX_ITERATIONS = 25
RELATIVE_CONVERGENCE = 1e-9
"""Newton stops when the log-likelihood changes by no more than this share, as for Cox's model."""


@frozen
class FineGrayFit:
    """A fitted proportional subdistribution hazards model.

    Attributes
    ----------
    coefficients, std_errors : float array, shape (p,)
        Log subdistribution hazard ratios per unit of each covariate.
    covariance : float array, shape (p, p)
        Sandwich; with the uncertainty of the censoring weights where nobody enters late.
    covariance_known_weights : float array, shape (p, p)
        Sandwich that takes the weights as known: what R's `finegray` with `coxph` prints.
    log_likelihood, log_likelihood_null : float
    n, events, competing : int
        Patients, events of interest, other events.
    iterations : int
    ties : str
    """

    coefficients: np.ndarray
    std_errors: np.ndarray
    covariance: np.ndarray
    covariance_known_weights: np.ndarray
    log_likelihood: float
    log_likelihood_null: float
    n: int
    events: int
    competing: int
    iterations: int
    ties: str


@frozen
class SubdistributionInterval:
    """Wald limits and tests of the coefficients; exponentiate for ratios.

    Attributes
    ----------
    low, high, z, p_value : float array, shape (p,)
    level : float
    """

    low: np.ndarray
    high: np.ndarray
    z: np.ndarray
    p_value: np.ndarray
    level: float


@frozen
class _Point:
    """The log-likelihood at one value of the coefficients, with what its derivatives are made of."""

    log_likelihood: float
    score: np.ndarray
    information: np.ndarray
    risk: np.ndarray
    inverse: np.ndarray
    denominator: np.ndarray


def fine_gray(
    time: ArrayLike,
    cause: ArrayLike,
    covariates: ArrayLike,
    *,
    interest: int = 1,
    entry: ArrayLike | None = None,
    censoring_groups: ArrayLike | None = None,
    ties: str = "efron",
) -> FineGrayFit:
    """Fit log subdistribution hazard ratios, which order the cumulative incidence of one kind of event.

    Those who had another kind of event stay at risk, with the probability of not yet having been
    censored (and, under delayed entry, of having entered) as their weight. A ratio is a summary of
    the incidence: it is no effect on the rate among those still at risk, which the cause-specific
    hazard ratio (`cox` with the other kinds censored) is. Linear in patients at each iteration.
    Fine & Gray (1999) doi:10.1080/01621459.1999.10474144; delayed entry Geskus (2011), Biometrics.
    Golden: tests/golden/fine_gray.

    Parameters
    ----------
    time, cause, entry : array, shape (n,)
        See `competing_follow_up`.
    covariates : float array, shape (n, p) or (n,)
    interest : int
        The kind of event whose incidence is modelled.
    censoring_groups : array of codes, shape (n,)
        Patients among whom censoring is estimated together; all where not given.
    ties : {"efron", "breslow", "crr"}
        "crr": Breslow's, and events tied with a censoring are at risk of it, as in cmprsk's `crr`, whose coefficients
        these are, and whose standard errors but with `censoring_groups` (there its variance is another one than the
        derivative of its estimate). Under the others events leave before censorings, as in R's `finegray`.

    Raises
    ------
    NotEstimableError
        No event of interest, covariates that are not finite, constant or dependent, a coefficient
        without a finite estimate, or weights that do not exist.
    """
    checked = competing_follow_up(time, cause, entry)
    n = checked.cause.size
    columns = _columns(covariates)
    groups = np.zeros(n) if censoring_groups is None else category_codes("censoring_groups", censoring_groups)
    problems = columns_of_equal_length(n, covariates=columns, censoring_groups=groups)
    if interest not in checked.causes:
        problems.append(Problem("cause", f"no event of kind {interest}", "at least one event"))
    if ties not in TIES:
        problems.append(
            Problem("ties", f"{ties!r}", f"one of {', '.join(TIES)}", "Fine and Gray's weights fit no other.")
        )
    if ties == "crr" and entry is not None:
        problems.append(Problem("ties", "crr with delayed entry, which it does not know", "efron or breslow"))
    if problems:
        raise NotEstimableError(problems)
    sets = subdistribution(checked, groups, interest, ties)
    centred = columns - columns.mean(axis=0)
    coefficients, point, null, iterations = _maximise(sets, centred)
    inverse = np.linalg.inv(point.information)
    known = _score_residuals(sets, centred, point)
    estimated = known + _of_weights(sets, centred, point) if entry is None else known
    covariance, plain = (inverse @ (part.T @ part) @ inverse for part in (estimated, known))
    return FineGrayFit(
        coefficients,
        np.sqrt(np.diag(covariance)),
        covariance,
        plain,
        point.log_likelihood,
        null,
        n,
        int((checked.cause == interest).sum()),
        int(((checked.cause > 0) & (checked.cause != interest)).sum()),
        iterations,
        ties,
    )


def subdistribution_interval(fit: FineGrayFit, level: float = 0.95) -> SubdistributionInterval:
    """Return Wald limits and two-sided tests of each coefficient.

    Wald's; Fine & Gray (1999) doi:10.1080/01621459.1999.10474144.
    """
    if problems := level_problems(level):
        raise NotEstimableError(problems)
    half_width = normal_quantile(0.5 + level / 2) * fit.std_errors
    z = fit.coefficients / fit.std_errors
    return SubdistributionInterval(
        fit.coefficients - half_width, fit.coefficients + half_width, z, two_sided_ps(z), level
    )


def _columns(covariates: ArrayLike) -> np.ndarray:
    try:
        columns = np.asarray(covariates, dtype=float)
    except (TypeError, ValueError):
        raise NotEstimableError(Problem("covariates", "values that are not numbers", "numbers")) from None
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or columns.shape[1] == 0 or not np.isfinite(columns).all():
        raise NotEstimableError(
            Problem(
                "covariates",
                "missing or infinite values, or no column",
                "finite numbers, one column per covariate",
                "Leave patients without a value out and count them.",
            )
        )
    return columns


def _maximise(sets: Subdistribution, columns: np.ndarray) -> tuple[np.ndarray, _Point, float, int]:
    """Climb by Newton's method from zero, halving steps that lead down."""
    coefficients = np.zeros(columns.shape[1])
    point = _point(sets, columns, coefficients)
    null = point.log_likelihood
    scale = columns.std(axis=0)
    _check_information(point.information, scale)
    for iteration in range(1, MAX_ITERATIONS + 1):
        step = np.linalg.solve(point.information, point.score)
        proposal = _point(sets, columns, coefficients + step)
        while not proposal.log_likelihood >= point.log_likelihood - 1e-12 * abs(point.log_likelihood):
            step = step / 2
            proposal = _point(sets, columns, coefficients + step)
        gain = proposal.log_likelihood - point.log_likelihood
        coefficients, point = coefficients + step, proposal
        if abs(gain) <= RELATIVE_CONVERGENCE * abs(point.log_likelihood):
            if (np.abs(step) * scale > 1e-3).any():
                break
            return coefficients, point, null, iteration
    raise NotEstimableError(
        Problem(
            "covariates",
            "a coefficient without a finite estimate",
            "events of interest in every group",
            "Leave out the covariate that separates the events, and report the incidences.",
        )
    )


def _check_information(information: np.ndarray, scale: np.ndarray) -> None:
    known = (scale > 0) & (np.diag(information) > 0)
    if known.all():
        unit = 1 / np.sqrt(np.diag(information))
        if np.linalg.eigvalsh(information * np.outer(unit, unit))[0] > 1e-10:
            return
    raise NotEstimableError(
        Problem("covariates", "a constant covariate, or one that others make up", "covariates that vary by themselves")
    )


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _point(sets: Subdistribution, columns: np.ndarray, coefficients: np.ndarray) -> _Point:
    predictor = columns @ coefficients
    predictor = predictor - predictor.max()
    risk = np.exp(predictor)
    denominator = sets.at_steps(sets.sums(risk), sets.tied(risk))
    log_likelihood = predictor[sets.event_rows].sum() - sets.step_weight @ np.log(denominator)
    inverse = sets.step_weight / denominator
    expected = risk * sets.exposure(inverse)
    residual = -expected
    residual[sets.event_rows] += 1
    weighted = risk[:, None] * columns
    at_risk, tied = sets.sums(weighted), sets.tied(weighted)
    means = sets.at_steps(at_risk, tied) / denominator[:, None]
    information = columns.T @ (columns * expected[:, None]) - means.T @ (means * sets.step_weight[:, None])
    return _Point(float(log_likelihood), columns.T @ residual, information, risk, inverse, denominator)


def _means(sets: Subdistribution, columns: np.ndarray, point: _Point) -> np.ndarray:
    """Return the mean covariates at each step, shape (m, p)."""
    weighted = point.risk[:, None] * columns
    return sets.at_steps(sets.sums(weighted), sets.tied(weighted)) / point.denominator[:, None]


def _score_residuals(sets: Subdistribution, columns: np.ndarray, point: _Point) -> np.ndarray:
    """Return each patient's share of the slope of the likelihood, shape (n, p), the weights as known."""
    means = _means(sets, columns, point)
    hazard = sets.exposure(point.inverse)
    expected = sets.exposure(point.inverse[:, None] * means)
    residual = -point.risk[:, None] * (columns * hazard[:, None] - expected)
    share = sets.by_cell(means) / sets.by_cell(np.ones(means.shape[0]))[:, None]
    residual[sets.event_rows] += columns[sets.event_rows] - share[sets.cell_of_event]
    return residual


def _of_weights(sets: Subdistribution, columns: np.ndarray, point: _Point) -> np.ndarray:
    """Return what each patient adds through the estimate of censoring, shape (n, p).

    At a censoring the weight of everyone who had another kind of event before falls, and with it what he adds to
    the slope of the likelihood from then on. `crr` leaves out who had it at that time, and takes in the events of
    interest then.
    """
    side: Literal["left", "right"] = "left" if sets.as_crr else "right"
    steps = np.column_stack([point.inverse, point.inverse[:, None] * _means(sets, columns, point)])
    to_come = sets.weighted_to_come(sets.by_cell(steps))
    total = np.zeros_like(columns)
    for censoring, remaining in zip(sets.censoring, to_come, strict=True):
        of_group = point.risk[censoring.competing] / censoring.at_own_time
        summed = np.column_stack([of_group, of_group[:, None] * columns[censoring.competing]])
        earlier = np.searchsorted(censoring.competing_time, censoring.time, side=side)
        before = np.vstack([np.zeros(summed.shape[1]), np.cumsum(summed, axis=0)])[earlier]
        at_time = remaining[np.searchsorted(sets.times, censoring.time, side=side)]
        slope = before[:, 1:] * at_time[:, :1] - before[:, :1] * at_time[:, 1:]
        share = slope / censoring.at_risk[:, None]
        hazard = np.vstack([np.zeros(columns.shape[1]), np.cumsum(share * censoring.hazard[:, None], axis=0)])
        total[censoring.members] -= hazard[censoring.watched]
        total[censoring.censored] += share[censoring.own]
    return total
