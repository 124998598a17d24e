"""Pooled logistic regression: the odds of the event in each interval of follow-up, by person or entry and interval.

With short intervals the odds ratio is close to the hazard ratio: D'Agostino et al. (1990), Stat Med 9:1501.
"""

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, numbers, yes_or_no
from sequela.stats.distributions import expit

MOST_STEPS, TOLERANCE = 30, 1e-11
RUNAWAY = 30.0
"""A coefficient beyond this, of columns scaled to their standard deviation, has no finite estimate."""


@frozen
class IntervalFollowUp:
    """Follow-up cut into intervals, a row per entry and a column per interval.

    Attributes
    ----------
    weight : float array, shape (n, k)
        Share of the interval that was observed, 1 where the event is in it, times the weight of the row; 0 where
        the entry is not at risk.
    event : bool array, shape (n, k)
    """

    weight: np.ndarray
    event: np.ndarray


@frozen
class PooledModel:
    """What the odds of the event rest on.

    Attributes
    ----------
    treated : bool array, shape (n,)
    covariates : float array, shape (n, p)
    basis : float array, shape (k, q)
        Functions of follow-up time, a row per interval; q may be 0.
    products : bool
        Whether the effect of treatment changes with follow-up along `basis`.
    """

    treated: np.ndarray
    covariates: np.ndarray
    basis: np.ndarray
    products: bool


@frozen
class PooledFit:
    """A fitted model: intercept, treatment, covariates, functions of time, their products with treatment.

    Attributes
    ----------
    coefficients : float array, shape (d,)
    covariance : float array, shape (d, d)
        Robust to rows of one cluster being alike (sandwich); the inverse information where no clusters were given.
    model : PooledModel
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    model: PooledModel


def follow_up_by_interval(time: np.ndarray, event: np.ndarray, intervals: int) -> IntervalFollowUp:
    """Cut follow-up at whole numbers: an interval that follow-up ends in counts for the share that was observed.

    An event at a whole number belongs to the interval that ends there; ties need no rule. Follow-up ends with the
    last interval. A share of an interval at risk is the actuarial convention: Cutler & Ederer (1958).

    Parameters
    ----------
    time : float array, shape (n,)
        In intervals, above 0, none missing.
    event : bool array, shape (n,)
    intervals : int
        Above 0.

    Raises
    ------
    NotEstimableError
        Missing times, times not above 0, or no interval.
    """
    end, happened = numbers("time", time), yes_or_no("event", event)
    problems = columns_of_equal_length(end.size, event=happened)
    if not (end.size and np.isfinite(end).all() and (end > 0).all() and intervals > 0):
        problems.append(Problem("time", "nobody, no interval, or a time that is not above 0", "times above 0"))
    if problems:
        raise NotEstimableError(problems)
    number = np.arange(intervals)
    weight = np.clip(end[:, None] - number, 0.0, 1.0)
    here = happened[:, None] & (np.ceil(end)[:, None] - 1 == number)
    return IntervalFollowUp(np.where(here, 1.0, weight), here)


def pooled_logistic(
    follow: IntervalFollowUp, model: PooledModel, cluster: np.ndarray | None = None, start: np.ndarray | None = None
) -> PooledFit:
    """Fit the log odds of the event in an interval as linear in treatment, covariates and functions of time.

    Newton's method; as R's `glm(family = quasibinomial, weights)` on one row per entry and interval, without ever
    writing these rows down. With clusters the covariance is that of `sandwich::vcovCL(type = "HC0",
    cadjust = FALSE)`. No missing values. Golden: tests/golden/sequential_trials.

    Parameters
    ----------
    follow : IntervalFollowUp
    model : PooledModel
    cluster : int array, shape (n,)
        Whose rows resemble each other, numbered from 0: the person of each entry.
    start : float array, shape (d,)
        Coefficients to begin from; where they lead nowhere the fit begins from none.

    Raises
    ------
    NotEstimableError
        No event, nobody or everybody treated, a missing number, columns of which one is a sum of others, or no
        finite estimate.
    """
    _check(follow, model)
    centre, scale = _moments(model)
    scaled = _Scaled(model, centre, scale)
    try:
        beta = _climb(follow, scaled, np.zeros(scaled.size) if start is None else scaled.inward(start))
    except NotEstimableError:
        if start is None:
            raise
        beta = _climb(follow, scaled, np.zeros(scaled.size))
    if np.abs(beta[1:]).max(initial=0.0) > RUNAWAY or not np.isfinite(beta).all():
        raise _without_answer()
    fitted = expit(scaled.linear(beta))
    bread = np.linalg.inv(scaled.information(follow.weight * fitted * (1 - fitted)))
    if cluster is not None:
        by_entry = scaled.score(follow.weight * (follow.event - fitted))
        sums = np.zeros((int(cluster.max()) + 1, scaled.size))
        np.add.at(sums, cluster, by_entry)
        bread = bread @ (sums.T @ sums) @ bread
    back = scaled.outward()
    return PooledFit(back @ beta, back @ bread @ back.T, model)


def _climb(follow: IntervalFollowUp, scaled: "_Scaled", beta: np.ndarray) -> np.ndarray:
    deviance = np.inf
    for _ in range(MOST_STEPS):
        fitted = expit(scaled.linear(beta))
        information = scaled.information(follow.weight * fitted * (1 - fitted))
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e13:
            raise _without_answer()
        beta = beta + np.linalg.solve(information, scaled.score(follow.weight * (follow.event - fitted)).sum(axis=0))
        linear = scaled.linear(beta)
        last, deviance = deviance, float((follow.weight * (np.logaddexp(0, linear) - follow.event * linear)).sum())
        if abs(deviance - last) <= TOLERANCE * (abs(deviance) + 0.1):
            return beta
    raise _without_answer()


def event_free(fit: PooledFit, treated: bool) -> np.ndarray:
    """Return each entry's probability of being event-free at the end of each interval, had it been treated or not.

    The product of one less the fitted probabilities: the parametric g-formula of a treatment assigned once. No
    missing values. Hernan & Robins (2020), Causal Inference: What If, section 17.4.

    Returns
    -------
    float array, shape (n, k)
    """
    model = fit.model
    given = np.full(model.treated.size, treated)
    scaled = _Scaled(PooledModel(given, model.covariates, model.basis, model.products), None, None)
    return np.cumprod(1 - expit(scaled.linear(fit.coefficients)), axis=1)


class _Scaled:
    """The design of a pooled model, its columns centred and scaled, as blocks of entries and of intervals."""

    def __init__(self, model: PooledModel, centre: np.ndarray | None, scale: np.ndarray | None) -> None:
        n, p, q = model.treated.size, model.covariates.shape[1], model.basis.shape[1]
        self.centre = np.zeros(1 + p + q) if centre is None else centre
        self.scale = np.ones(1 + p + q) if scale is None else scale
        raw = np.column_stack([model.treated, model.covariates])
        self.treated = model.treated.astype(float)
        self.entries = np.column_stack([np.ones(n), (raw - self.centre[: 1 + p]) / self.scale[: 1 + p]])
        self.basis = (model.basis - self.centre[1 + p :]) / self.scale[1 + p :]
        self.products = model.products and q > 0
        self.size = 2 + p + q + (q if self.products else 0)

    def linear(self, beta: np.ndarray) -> np.ndarray:
        width, q = self.entries.shape[1], self.basis.shape[1]
        found = (self.entries @ beta[:width])[:, None] + self.basis @ beta[width : width + q]
        if self.products:
            found = found + self.treated[:, None] * (self.basis @ beta[width + q :])
        return np.asarray(found)

    def score(self, residual: np.ndarray) -> np.ndarray:
        by_time = residual @ self.basis
        parts = [self.entries * residual.sum(axis=1)[:, None], by_time]
        return np.hstack([*parts, self.treated[:, None] * by_time] if self.products else parts)

    def information(self, spread: np.ndarray) -> np.ndarray:
        by_time = spread @ self.basis
        first = self.entries.T @ (self.entries * spread.sum(axis=1)[:, None])
        cross = [self.entries.T @ by_time]
        squares = [self._square(spread.sum(axis=0))]
        if self.products:
            cross.append(self.entries.T @ (self.treated[:, None] * by_time))
            squares.append(self._square(self.treated @ spread))
            # Treatment is 0 or 1: its square is itself, so both products are the sums over the treated.
            inner = np.block([[squares[0], squares[1]], [squares[1], squares[1]]])
        else:
            inner = squares[0]
        side = np.hstack(cross)
        return np.block([[first, side], [side.T, inner]])

    def _square(self, spread: np.ndarray) -> np.ndarray:
        return np.asarray(self.basis.T @ (self.basis * spread[:, None]))

    def outward(self) -> np.ndarray:
        """Return the matrix that takes coefficients of the scaled columns to those of the columns as given."""
        q = self.basis.shape[1]
        back = np.diag(np.concatenate([[1.0], 1 / self.scale, 1 / self.scale[-q:] if self.products else []]))
        back[0, 1 : 1 + self.scale.size] = -self.centre / self.scale
        if self.products:
            # The product of treatment and a centred function of time holds a share of treatment itself.
            back[1, -q:] = -self.centre[-q:] / self.scale[-q:]
        return back

    def inward(self, coefficients: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.solve(self.outward(), coefficients))


def _moments(model: PooledModel) -> tuple[np.ndarray, np.ndarray]:
    raw = np.column_stack([model.treated, model.covariates])
    centre = np.concatenate([raw.mean(axis=0), model.basis.mean(axis=0)])
    scale = np.concatenate([raw.std(axis=0), model.basis.std(axis=0)])
    return centre, np.where(scale > 0, scale, 1.0)


def _check(follow: IntervalFollowUp, model: PooledModel) -> None:
    treated = yes_or_no("treated", model.treated)
    problems = columns_of_equal_length(
        follow.weight.shape[0], event=follow.event, treated=treated, covariates=model.covariates
    )
    finite = all(np.isfinite(part).all() for part in (follow.weight, model.covariates, model.basis))
    if not finite or (follow.weight < 0).any():
        problems.append(Problem("pooled logistic regression", "a missing or negative number", "finite numbers"))
    if not problems:
        counted = follow.weight.sum(axis=1) > 0
        arms = [float((follow.weight * follow.event)[treated == arm].sum()) for arm in (True, False)]
        if not (treated[counted].any() and (~treated[counted]).any()):
            problems.append(Problem("pooled logistic regression", "nobody treated, or everybody", "some of each"))
        elif min(arms) <= 0:
            found = f"no event among {'the treated' if arms[0] <= 0 else 'those not treated'}"
            problems.append(Problem("pooled logistic regression", found, "events with and without treatment"))
    if problems:
        raise NotEstimableError(problems)


def _without_answer() -> NotEstimableError:
    found = "covariates that are sums of others, or that tell events apart"
    return NotEstimableError(
        Problem("pooled logistic regression", found, "covariates that each tell something", "Use fewer covariates.")
    )
