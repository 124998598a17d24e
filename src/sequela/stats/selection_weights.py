"""Patients who came into a cohort weighted for those like them who did not: inverse probability of selection.

Cole & Stuart (2010), Am J Epidemiol 172:107; the hazard of a first event in discrete time with those who died kept at
risk: Berger, Schmid, Welchowski, Schmitz-Valckenberg & Beyersmann (2020), Biostatistics 21:449; its link: Prentice &
Gloeckler (1978), Biometrics 34:57.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import category_codes, columns_of_equal_length, finite_column, numbers, yes_or_no
from sequela.stats.propensity import TRUNCATED

PIECES, EVENTS_PER_PIECE = 5, 10
"""Stretches of time within which the hazard is constant, at most, and events in each, at least."""
MOST_STEPS, SMALL = 100, 1e-12
"""Steps, and the size of the last, per standard deviation of the covariates."""
NEVER = 20.0
"""Size of a coefficient, per standard deviation of its column, beyond which the estimate is not finite."""


@frozen
class DiscreteHazard:
    """A model of the hazard of an event in stretches of time.

    Attributes
    ----------
    cuts : float array, shape (k - 1,)
        Ends of all stretches but the last.
    coefficients : float array, shape (k + p,)
        Logarithm of the hazard per unit of time in each stretch with every covariate 0, then of the hazard ratios.
    covariance : float array, shape (k + p, k + p)
        Inverse information.
    log_likelihood : float
    events : int
    """

    cuts: np.ndarray
    coefficients: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    events: int

    def probability(self, begin: np.ndarray, end: np.ndarray, covariates: np.ndarray) -> np.ndarray:
        """Return the probability of the event between two times, shape (n,); 0 where they are in no order."""
        pieces = self.cuts.size + 1
        spent = _time_in_pieces(begin, end, self.cuts)
        level = np.exp(self.coefficients[:pieces])
        return -np.expm1(-(spent @ level) * np.exp(covariates @ self.coefficients[pieces:]))


@frozen
class SelectionWeights:
    """How likely each patient was to come into the cohort, and what each who did stands for.

    Attributes
    ----------
    probability : float array, shape (n,)
        Of having come by the close.
    weight : float array, shape (n,)
        Of those who came: the mean probability of the group over their own, cut at the 1st and 99th percentile and
        scaled to a mean of 1 within the group; nan for the others, and for who came before `opened`.
    models : dict of code to DiscreteHazard
    """

    probability: np.ndarray
    weight: np.ndarray
    models: dict[Any, DiscreteHazard]


def discrete_hazard(
    begin: ArrayLike, end: ArrayLike, event: ArrayLike, covariates: ArrayLike, full: ArrayLike | None = None
) -> DiscreteHazard:
    """Fit the hazard of an event as a step function of time, times covariates (complementary log-log link).

    Time is cut at quantiles of the times of the events into up to five stretches of ten events and more. In each
    stretch a patient has the event with probability 1 - exp(-t exp(a + x b)), t the time he can be at risk in it: up
    to `full` where he had the event, up to `end` otherwise. Newton's method; no missing values; who is never at risk
    says nothing. Prentice & Gloeckler (1978), Biometrics 34:57. Golden: tests/golden/selection_weights.

    Parameters
    ----------
    begin, end : float array, shape (n,)
        At risk at t when begin < t <= end; the event, if any, at `end`.
    event : bool array, shape (n,)
    covariates : float array, shape (n, p)
    full : float array, shape (n,), optional
        Until when a patient with the event would have been at risk without it; `end` where it is not given.

    Raises
    ------
    NotEstimableError
        No event, a missing number, a collinear covariate, or covariates that tell the events apart.
    """
    start, stop, happened, columns = _checked(begin, end, event, covariates)
    until = stop if full is None else np.where(happened, np.maximum(numbers("full", full), stop), stop)
    at_risk = stop > start
    if not (happened & at_risk).any():
        raise NotEstimableError(Problem("discrete hazard", "nobody at risk has the event", "at least one event"))
    times = stop[happened & at_risk]
    pieces = _pieces_for(times.size)
    cuts = np.unique(np.quantile(times, np.arange(1, pieces) / pieces, method="inverted_cdf"))
    cuts = cuts[cuts < times.max()]
    spent = _time_in_pieces(start, until, cuts)
    last = np.searchsorted(cuts, stop, side="left")
    spent[happened[:, None] & (np.arange(cuts.size + 1) > last[:, None])] = 0.0
    row, piece = np.nonzero(spent > 0)
    yes = happened[row] & (piece == last[row])
    return _fitted(yes, np.log(spent[row, piece]), piece, columns[row], cuts)


def _pieces_for(events: int) -> int:
    """Return into how many stretches time is cut."""
    return int(np.clip(events // EVENTS_PER_PIECE, 1, PIECES))


def selection_weights(
    opened: ArrayLike, time: ArrayLike, came: ArrayLike, closed: ArrayLike, group: ArrayLike, covariates: ArrayLike
) -> SelectionWeights:
    """Model who came by the close within each group, and weight those who came by one over that probability.

    Who died can come no more and stays at risk until the close (`time` is then `closed`), so that the model is of
    coming by the close and not of coming if one lives. Who was lost leaves at `time`. Weights stand for the patients
    who were like those who came in the covariates; what else chose them stays as it was. No missing values; tied times
    need no rule, since only the stretch of time counts. Cole & Stuart (2010),
    Am J Epidemiol 172:107. Golden: tests/golden/selection_weights.

    Parameters
    ----------
    opened : float array, shape (n,)
        Time from which a patient could come; 0 or later.
    time : float array, shape (n,)
        When he came, was lost, or the close.
    came : bool array, shape (n,)
    closed : float array, shape (n,)
        When the records were closed on him.
    group : int array, shape (n,)
    covariates : float array, shape (n, p)

    Raises
    ------
    NotEstimableError
        A group of which nobody came, a missing number, or no finite estimate.
    """
    start, stop, happened, columns = _checked(opened, time, came, covariates)
    close, codes = finite_column("closed", closed), category_codes("group", group)
    if problems := columns_of_equal_length(stop.size, closed=close, group=codes):
        raise NotEstimableError(problems)
    if not codes.size:
        raise NotEstimableError(Problem("selection weights", "nobody", "patients who came and patients who did not"))
    probability, weight = np.empty(stop.size), np.full(stop.size, np.nan)
    models: dict[Any, DiscreteHazard] = {}
    for code in np.unique(codes):
        of = codes == code
        model = discrete_hazard(start[of], stop[of], happened[of], columns[of], close[of])
        probability[of] = model.probability(start[of], close[of], columns[of])
        here, could = of & happened & (stop > start), of & (probability > 0)
        raw = probability[could].mean() / probability[here]
        raw = np.clip(raw, *np.quantile(raw, TRUNCATED))
        weight[here] = raw / raw.mean()
        models[code] = model
    return SelectionWeights(probability, weight, models)


def _checked(
    begin: ArrayLike, end: ArrayLike, event: ArrayLike, covariates: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    start, stop, happened = finite_column("begin", begin), finite_column("end", end), yes_or_no("event", event)
    columns = numbers("covariates", covariates)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if problems := columns_of_equal_length(stop.size, begin=start, event=happened, covariates=columns):
        raise NotEstimableError(problems)
    if not np.isfinite(columns).all() or (start < 0).any() or (stop < 0).any():
        found = "a missing or infinite covariate, or a time before 0"
        raise NotEstimableError(Problem("times and covariates", found, "finite numbers, times from 0 on"))
    return start, stop, happened, columns


def _time_in_pieces(begin: np.ndarray, end: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return how long each patient is at risk in each stretch, shape (n, k)."""
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    low, high = np.maximum(begin[:, None], edges[None, :-1]), np.minimum(end[:, None], edges[None, 1:])
    return np.maximum(high - low, 0.0)


def _fitted(
    yes: np.ndarray, offset: np.ndarray, piece: np.ndarray, columns: np.ndarray, cuts: np.ndarray
) -> DiscreteHazard:
    """Climb to the top of the likelihood, on covariates of mean 0 and standard deviation 1."""
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    if (scale <= 1e-12 * (np.abs(columns).max(axis=0, initial=0) + 1)).any():
        raise NotEstimableError(Problem("covariates", "a constant column", "columns that vary"))
    pieces = cuts.size + 1
    design = np.column_stack([np.eye(pieces)[piece], (columns - centre) / scale])
    beta = np.zeros(design.shape[1])
    beta[:pieces] = np.log(yes.sum() / np.exp(offset).sum())
    for _ in range(MOST_STEPS):
        value, gradient, information = _likelihood(yes, offset, design, beta)
        if np.linalg.cond(information) > 1e13 or np.abs(beta[pieces:]).max(initial=0) > NEVER:
            raise _told_apart()
        step = np.linalg.solve(information, gradient)
        while _likelihood(yes, offset, design, beta + step)[0] < value and np.abs(step).max() > SMALL:
            step = step / 2
        beta = beta + step
        if np.abs(step).max() <= SMALL:
            break
    else:
        raise _told_apart()
    found, _, information = _likelihood(yes, offset, design, beta)
    back = np.eye(beta.size)
    back[:pieces, pieces:] = -centre / scale
    back[pieces:, pieces:] = np.diag(1 / scale)
    covariance = back @ np.linalg.inv(information) @ back.T
    return DiscreteHazard(cuts, back @ beta, covariance, found, int(yes.sum()))


def _likelihood(
    yes: np.ndarray, offset: np.ndarray, design: np.ndarray, beta: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the log likelihood, its gradient, and the expected information."""
    hazard = np.exp(np.clip(offset + design @ beta, -50, 50))
    chance = -np.expm1(-hazard)
    value = np.where(yes, np.log(chance), -hazard).sum()
    gradient = design.T @ np.where(yes, hazard * np.exp(-hazard) / chance, -hazard)
    information = design.T @ (design * (hazard**2 * np.exp(-hazard) / chance)[:, None])
    return float(value), gradient, information


def _told_apart() -> NotEstimableError:
    found = "the covariates tell those who came apart"
    return NotEstimableError(Problem("discrete hazard", found, "patients of both kinds for every covariate"))
