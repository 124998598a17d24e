"""Sequential trials: at each interval those still untreated form a trial of starting the treatment against not.

Hernan et al. (2008), doi:10.1097/EDE.0b013e3181875e61; Danaei et al. (2013), doi:10.1177/0962280211403603.
"""

from dataclasses import replace

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.clone_censor_weight import TRUNCATED_WEIGHT
from sequela.stats.columns import columns_of_equal_length, numbers
from sequela.stats.logistic import logistic
from sequela.stats.pooled_logistic import (
    IntervalFollowUp,
    PooledFit,
    PooledModel,
    event_free,
    follow_up_by_interval,
    pooled_logistic,
)
from sequela.stats.splines import restricted_cubic_spline, spline_knots

KNOTS = ((4, 8, 100), (3, 5, 30))
"""Knots of a curve of time, with the intervals and the events it needs at least; a straight line below."""


@frozen
class Candidates:
    """Patients at time zero and what is known of them later; times count from it, in intervals.

    Attributes
    ----------
    time : float array, shape (n,)
        To the event or the end of follow-up, above 0.
    event : bool array, shape (n,)
    started : float array, shape (n,)
        When the treatment began, 0 or later; inf for never. A start after `time` is none.
    covariates, halfway : float array, shape (n, m, p)
        Last known at times 0, 1, 2 and on, and half an interval after each; nan where not known.
    at_start : float array, shape (n, p)
        Last known when the treatment began; nan where it never did.
    """

    time: np.ndarray
    event: np.ndarray
    started: np.ndarray
    covariates: np.ndarray
    halfway: np.ndarray
    at_start: np.ndarray

    def __post_init__(self) -> None:
        n = self.time.size
        others = {name: getattr(self, name) for name in ("event", "started", "covariates", "halfway", "at_start")}
        problems = columns_of_equal_length(n, **others)
        time, started = (numbers("sequential trials", column) for column in (self.time, self.started))
        for known in (self.covariates, self.halfway, self.at_start):
            numbers("covariates", known)
        if not (n and np.isfinite(time).all() and (time > 0).all() and (started >= 0).all()):
            found = "missing numbers, times not above 0, or starts before time zero"
            problems.append(Problem("sequential trials", found, "patients followed from time zero on"))
        if self.event.dtype != bool:
            problems.append(Problem("event", "values that are not true or false", "true for an event, else false"))
        if not problems and any(np.isinf(known).any() for known in (self.covariates, self.halfway, self.at_start)):
            problems.append(Problem("covariates", "an infinite value", "numbers, nan where not known"))
        if problems:
            raise NotEstimableError(problems)


@frozen
class TrialEntries:
    """A patient in a trial, one entry each; a patient enters every trial she is eligible for.

    Attributes
    ----------
    person : int array, shape (n,)
        Position among the candidates.
    begun : float array, shape (n,)
        When her follow-up in this trial starts, in intervals from time zero: the start of the treatment of those who
        are treated, the opening of the trial for the others.
    treated, event : bool array, shape (n,)
    time, leaves : float array, shape (n,)
        From `begun` to the event or the end of follow-up, and to the start of the treatment of those not treated;
        inf for never.
    covariates : float array, shape (n, p)
        Last known when follow-up starts.
    """

    person: np.ndarray
    begun: np.ndarray
    treated: np.ndarray
    event: np.ndarray
    time: np.ndarray
    leaves: np.ndarray
    covariates: np.ndarray


@frozen
class TrialEffect:
    """What the stacked trials say.

    Attributes
    ----------
    treated, untreated : float array, shape (k,)
        Event-free probability at the end of each interval, had every entry been treated, and had none.
    follow : IntervalFollowUp
        Of each entry, with all weights.
    weights : float array, shape (n, k)
        Of keeping to what was entered as, before they are cut; 1 where nobody leaves.
    fit : PooledFit
    """

    treated: np.ndarray
    untreated: np.ndarray
    follow: IntervalFollowUp
    weights: np.ndarray
    fit: PooledFit


@frozen
class StackedTrials:
    """All trials in one data set, ready to be fitted; curves of time are fixed.

    Attributes
    ----------
    candidates : Candidates
    entries : TrialEntries
    model : PooledModel
        Covariates and the time of entry; the basis of follow-up; products of treatment and follow-up.
    staying_basis : float array, shape (m, s)
        Functions of the time since time zero, a row per interval, of the model of starting.
    """

    candidates: Candidates
    entries: TrialEntries
    model: PooledModel
    staying_basis: np.ndarray

    @property
    def intervals(self) -> int:
        """Return how many intervals an entry is followed at most."""
        return int(self.model.basis.shape[0])


def stack_trials(candidates: Candidates, trials: int, intervals: int) -> StackedTrials:
    """Form a trial at each of the times 0 to `trials` - 1, and choose the curves of time.

    In trial m are treated who start the treatment from time m on and before m + 1, followed from the start itself;
    not treated who are at risk at time m and have not started by then, followed from m. Nobody is waited for: who
    starts later in the interval is among the untreated until she does, so no time is immortal. An entry whose
    covariates are not known is none. Knots: `KNOTS`. Danaei et al. (2013) doi:10.1177/0962280211403603.

    Raises
    ------
    NotEstimableError
        Where nobody enters as treated or nobody as untreated.
    """
    entries = enter_trials(candidates, trials)
    if not entries.treated.any() or entries.treated.all():
        found = "nobody who starts the treatment" if not entries.treated.any() else "nobody who does not start it"
        raise NotEstimableError(Problem("sequential trials", found, "patients of both kinds"))
    events = int(np.unique(entries.person[entries.event]).size)
    middles = np.arange(intervals) + 0.5
    when = np.minimum(entries.time[entries.event], intervals)
    basis = curve_of_time(middles, when, events)
    begun = curve_of_time(entries.begun, entries.begun, events)
    model = PooledModel(entries.treated, np.column_stack([entries.covariates, begun]), basis, products=True)
    reached = np.arange(candidates.covariates.shape[1]) + 0.5
    starts = candidates.started[(candidates.started > 0) & (candidates.started <= candidates.time)]
    return StackedTrials(candidates, entries, model, curve_of_time(reached, starts, starts.size))


def enter_trials(candidates: Candidates, trials: int) -> TrialEntries:
    """Return the entries of the trials that open at the times 0 to `trials` - 1; missing covariates keep from entry.

    The treated of all trials come first, then the untreated, by trial. Hernan et al. (2008)
    doi:10.1097/EDE.0b013e3181875e61.
    """
    if not 0 < trials <= candidates.covariates.shape[1]:
        raise NotEstimableError(
            Problem("trials", f"{trials} trials", f"1 to {candidates.covariates.shape[1]}, the times that are known")
        )
    known = np.isfinite(candidates.at_start).all(axis=1)
    starters = np.flatnonzero((candidates.started < np.minimum(candidates.time, trials)) & known)
    parts = [(starters, candidates.started[starters], candidates.at_start[starters])]
    for opening in range(trials):
        there = (candidates.time > opening) & (candidates.started > opening)
        there &= np.isfinite(candidates.covariates[:, opening]).all(axis=1)
        who = np.flatnonzero(there)
        parts.append((who, np.full(who.size, float(opening)), candidates.covariates[who, opening]))
    person, begun, covariates = (np.concatenate(column) for column in zip(*parts, strict=True))
    treated = np.arange(person.size) < starters.size
    leaves = np.where(treated, np.inf, candidates.started[person] - begun)
    time = candidates.time[person] - begun
    return TrialEntries(person, begun, treated, candidates.event[person], time, leaves, covariates)


def effect_of_assignment(
    stacked: StackedTrials, person_weight: np.ndarray, start: np.ndarray | None = None
) -> TrialEffect:
    """Compare the entries as they came in, whatever they did later (intention to treat).

    Parameters
    ----------
    stacked : StackedTrials
    person_weight : float array, shape (n candidates,)
        How often each patient counts, none missing; ones, or a bootstrap sample.
    start : float array
        Coefficients to begin from.

    Raises
    ------
    NotEstimableError
        As `pooled_logistic`. Hernan et al. (2008) doi:10.1097/EDE.0b013e3181875e61.
    """
    entries = stacked.entries
    follow = follow_up_by_interval(entries.time, entries.event, stacked.intervals)
    ones = np.ones(follow.weight.shape)
    return _effect(stacked, follow, ones, _counts(stacked, person_weight), start)


def effect_of_following(
    stacked: StackedTrials, person_weight: np.ndarray, start: np.ndarray | None = None
) -> TrialEffect:
    """Compare the entries while they keep to what they entered as, weighted for leaving it (per protocol).

    An untreated entry is censored when it starts the treatment, an event of the same time first. Those who go on
    weigh the probability of not having started since they entered given time alone, over the same given covariates
    (`staying_ratios`); weights are cut at their 99th percentile. The treated stay treated. Parameters, missing values
    and errors as in `effect_of_assignment`. Danaei et al. (2013) doi:10.1177/0962280211403603.
    """
    entries = stacked.entries
    until = np.minimum(entries.time, entries.leaves)
    follow = follow_up_by_interval(until, entries.event & (entries.time <= entries.leaves), stacked.intervals)
    before, within = staying_ratios(stacked, person_weight)
    place = np.floor(entries.begun).astype(int)[:, None] + np.arange(stacked.intervals)
    at = entries.person[:, None], np.minimum(place, before.shape[1] - 1)
    so_far = before[at] / before[at][:, :1] * np.where(np.arange(stacked.intervals) > 0, within[at], 1.0)
    weights = np.where(entries.treated[:, None], 1.0, so_far)
    counts = _counts(stacked, person_weight)
    counted = ~entries.treated[:, None] & (follow.weight > 0) & (counts[:, None] > 0)
    most = max(1.0, float(np.quantile(weights[counted], TRUNCATED_WEIGHT))) if counted.any() else np.inf
    return replace(_effect(stacked, follow, np.minimum(weights, most), counts, start), weights=weights)


def staying_ratios(stacked: StackedTrials, person_weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, per patient and interval, the weight of not having started before it, and of not leaving within it.

    Pooled logistic regressions of starting in an interval: on time alone above, on time and covariates below.
    Covariates are those of the start for who starts and those halfway through the interval for who does not, so that
    both are known equally long on average. An interval that follow-up ends in counts for its share; those who start in
    one leave it after the share that is waited on average, and the rest of it lacks them. Both results have shape
    (n, m). No missing weights; unknown covariates leave the weight as it was. Danaei et al. (2013)
    doi:10.1177/0962280211403603.
    """
    candidates = stacked.candidates
    n, m, _ = candidates.covariates.shape
    number = np.arange(m)
    started = candidates.started[:, None]
    at_risk = (candidates.time[:, None] > number) & (started >= number) & (started > 0)
    starts = at_risk & (started < number + 1) & (started <= candidates.time[:, None])
    share = np.where(starts, 1.0, np.clip(candidates.time[:, None] - number, 0.0, 1.0))
    later = candidates.time[:, None] > number + 0.5
    known = np.where(later[:, :, None], candidates.halfway, candidates.covariates)
    known = np.where(starts[:, :, None], candidates.at_start[:, None, :], known)
    used = at_risk & np.isfinite(known).all(axis=2) & (person_weight[:, None] > 0)
    patient, when = np.nonzero(used)
    ratios, within = np.ones((n, m + 1)), np.ones((n, m))
    if not starts[used].any():
        return ratios[:, :-1], within
    weight = share[used] * person_weight[patient]
    columns = known[used]
    columns = columns[:, columns.std(axis=0) > 0]
    time = stacked.staying_basis[when]
    above = logistic(starts[used], time, weight).fitted
    below = logistic(starts[used], np.column_stack([columns, time]), weight).fitted
    ratios[patient, when + 1] = (1 - above) / (1 - below)
    yes = starts[used]
    lacks = 1 - float(np.average(candidates.started[patient[yes]] % 1.0, weights=weight[yes]))
    within[patient, when] = (1 - above * lacks) / (1 - below * lacks)
    return np.cumprod(ratios, axis=1)[:, :-1], within


def curve_of_time(values: np.ndarray, knots_of: np.ndarray, events: int) -> np.ndarray:
    """Return time as a restricted cubic spline with as many knots as `KNOTS` allows, a line, or no column.

    No missing values. Harrell (2001), Regression Modeling Strategies, section 2.4.

    Parameters
    ----------
    values, knots_of : float array
        Where the curve is wanted; what its knots are quantiles of.
    events : int
    """
    column = numbers("time", values)
    distinct = np.unique(column).size
    for number, needed, least in KNOTS:
        if distinct >= needed and events >= least:
            try:
                return restricted_cubic_spline(column, spline_knots(knots_of, number))
            except NotEstimableError:
                continue
    return column[:, None] if distinct > 1 else np.zeros((column.size, 0))


def at_horizon(survival: np.ndarray, horizon: float) -> tuple[float, float]:
    """Return the event-free probability and the mean event-free time up to a horizon, in intervals.

    Between the ends of intervals the curve is a straight line. No missing values. Royston & Parmar (2013), BMC Med
    Res Methodol 13:152.

    Raises
    ------
    NotEstimableError
        A horizon that is not above 0 or beyond the curve.
    """
    if not 0 < horizon <= survival.size:
        raise NotEstimableError(Problem("horizon", f"{horizon:g} intervals", f"above 0, at most {survival.size}"))
    grid = np.arange(survival.size + 1.0)
    curve = np.concatenate([[1.0], survival])
    last = float(np.interp(horizon, grid, curve))
    inside = grid < horizon
    x, y = np.append(grid[inside], horizon), np.append(curve[inside], last)
    return last, float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum())


def average_ratio(stacked: StackedTrials, effect: TrialEffect) -> PooledFit:
    """Return the fit with one odds ratio of treatment for all of follow-up, robust to entries of one patient.

    The second coefficient is the log odds ratio per interval, close to a log hazard ratio. No missing values.
    D'Agostino et al. (1990), Stat Med 9:1501; Danaei et al. (2013) doi:10.1177/0962280211403603.
    """
    model = replace(stacked.model, products=False)
    return pooled_logistic(effect.follow, model, stacked.entries.person)


def _effect(
    stacked: StackedTrials,
    follow: IntervalFollowUp,
    weights: np.ndarray,
    counts: np.ndarray,
    start: np.ndarray | None,
) -> TrialEffect:
    weighted = IntervalFollowUp(follow.weight * weights * counts[:, None], follow.event)
    fit = pooled_logistic(weighted, stacked.model, None, start)
    curves = [np.average(event_free(fit, arm), axis=0, weights=counts) for arm in (True, False)]
    return TrialEffect(curves[0], curves[1], weighted, weights, fit)


def _counts(stacked: StackedTrials, person_weight: np.ndarray) -> np.ndarray:
    weight = numbers("person_weight", person_weight)
    if weight.shape != stacked.candidates.time.shape or not np.isfinite(weight).all() or (weight < 0).any():
        raise NotEstimableError(Problem("person_weight", "a missing or negative weight", "one weight per patient"))
    return np.asarray(weight[stacked.entries.person])
