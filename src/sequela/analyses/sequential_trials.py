"""A target trial emulated each month: those still untreated start a drug or do not, and are followed from then.

Hernan et al. (2008), doi:10.1097/EDE.0b013e3181875e61; Danaei et al. (2013), doi:10.1177/0962280211403603.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.covariates_over_time import covariates_over_time
from sequela.analyses.curves_compared import (
    MadeAgain,
    contrasts,
    equal_patients,
    estimates,
    made_again,
    odds_ratio,
    risk_ratio,
    weight_check,
)
from sequela.analyses.results import ComparisonOverTime, DesignOverTime, Estimate, Strategy, TargetTrial
from sequela.analyses.sequential_words import protocol, rows_of
from sequela.analyses.tidy import tidy
from sequela.analyses.trial_patients import TrialPatients, check_clock, trial_patients, unexplained
from sequela.analyses.wording import months, share
from sequela.derive.baseline import Definitions
from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.clone_censor_weight import StrategyCurve
from sequela.stats.sequential_trials import (
    Candidates,
    StackedTrials,
    TrialEffect,
    average_ratio,
    effect_of_assignment,
    effect_of_following,
    stack_trials,
)
from sequela.study.cohort import Cohort
from sequela.study.spec import Study, TargetTrialAnalysis
from sequela.study.strategies import SEQUENTIAL

LEAST_STARTERS = 10
"""Patients who start the drug without whom nothing is estimated (house rule)."""
STACKED = "stacked trials, pooled logistic regression"
ASSIGNED, FOLLOWED = "intention to treat", "per protocol"

Compare = Callable[[StackedTrials, np.ndarray, np.ndarray | None], TrialEffect]


@frozen
class Stacked:
    """The trials of a study, and who is not in them.

    Attributes
    ----------
    trials : StackedTrials
    labels : tuple of str
        Of the covariates.
    carried : tuple of (str, float)
        Share of the values of each that were carried on.
    had_it, incomplete, unknown : int
        Left out: had the drug before time zero; a hole in the record of drugs or no follow-up; never all covariates.
    opened : int
    horizon : float
        In intervals.
    """

    trials: StackedTrials
    labels: tuple[str, ...]
    carried: tuple[tuple[str, float], ...]
    had_it: int
    incomplete: int
    unknown: int
    opened: int
    horizon: float


def sequential_trials(
    study: Study, asked: TargetTrialAnalysis, cohort: Cohort, records: Records, definitions: Definitions
) -> TargetTrial:
    """Emulate a sequence of trials; the groups of the study play no part in it.

    Intention to treat, and per protocol with weights for starting later; intervals are percentiles of a bootstrap of
    patients in which every model is fitted again, with the study's seed.

    Raises
    ------
    NotEstimableError
        Where the clock starts before the cohort's entry, fewer than ten patients start the drug, or the models of
        intention to treat have no answer.
    """
    endpoint, days = asked.definition, asked.interval * DAYS_PER_MONTH
    check_clock(cohort, endpoint, asked.endpoint)
    stacked = _stacked(asked, trial_patients(asked.start, cohort, records, endpoint, definitions), records, definitions)
    ways: dict[str, Compare] = {ASSIGNED: effect_of_assignment, FOLLOWED: effect_of_following}
    points, cautions = _points(stacked, ways)

    patients = stacked.trials.candidates.time.size

    def compare(rows: np.ndarray) -> np.ndarray:
        counts = np.bincount(rows, minlength=patients).astype(float)
        effects = [ways[name](stacked.trials, counts, points[name].fit.coefficients) for name in points]
        return np.array([contrasts(effect.treated, effect.untreated, stacked.horizon) for effect in effects])

    again = made_again(patients, compare, asked.bootstrap, np.random.default_rng(study.seed), (len(points), 6))
    comparisons = tuple(
        _comparison(name, stacked, effect, again.at(index), asked)
        for index, (name, effect) in enumerate(points.items())
    )
    entries = stacked.trials.entries
    people, treated = int(np.unique(entries.person).size), int(entries.treated.sum())
    design = DesignOverTime(SEQUENTIAL, days, stacked.opened, people, treated, comparisons)
    first = comparisons[0]
    trial = TargetTrial(
        endpoint.label,
        asked.start,
        0,
        asked.horizon * DAYS_PER_MONTH,
        protocol(study, asked, stacked, endpoint),
        first.strategies,
        first.survival_difference,
        first.mean_difference,
        (),
        len(again.samples),
        pl.DataFrame(),
        (
            *cautions,
            *unexplained(asked.covariates, stacked.labels, records.drugs),
            *_cautions(stacked, again.failed, asked.bootstrap),
        ),
        design,
        _risk_ratio(points, stacked, again.at(0)),
        stacked.labels,
        equal_patients(again.at(0).at(5)),
    )
    return replace(trial, results=tidy(rows_of(trial, asked.endpoint)))


def _stacked(
    asked: TargetTrialAnalysis, patients: TrialPatients, records: Records, definitions: Definitions
) -> Stacked:
    length = asked.interval * DAYS_PER_MONTH
    horizon = asked.horizon / asked.interval
    intervals = math.ceil(horizon - 1e-9)
    opened = asked.trials or intervals
    kept = ~patients.had_it & patients.whole
    at, time, started = patients.at.filter(pl.Series(kept)), patients.time[kept], patients.started[kept]
    if (starters := int((started < np.minimum(time, opened * length)).sum())) < LEAST_STARTERS:
        found = f"{starters} patients start {asked.start} while trials open"
        raise NotEstimableError(Problem("target_trial", found, f"at least {LEAST_STARTERS}"))
    if asked.horizon * DAYS_PER_MONTH > time.max():
        found = f"the longest follow-up is {months(time.max())} months"
        raise NotEstimableError(Problem("target_trial: horizon", found, "a horizon within follow-up"))
    moments = np.arange(2 * (opened + intervals)) / 2 * length
    known = covariates_over_time(asked.covariates, records, at, definitions, moments, time, started)
    candidates = Candidates(
        time / length,
        patients.event[kept],
        started / length,
        known.at_moments[:, ::2],
        known.at_moments[:, 1::2],
        known.at_start,
    )
    trials = stack_trials(candidates, opened, intervals)
    unknown = time.size - int(np.unique(trials.entries.person).size)
    had, incomplete = int(patients.had_it.sum()), int((~patients.had_it & ~patients.whole).sum())
    return Stacked(trials, known.labels, known.carried, had, incomplete, unknown, opened, horizon)


def _points(stacked: Stacked, ways: Mapping[str, Compare]) -> tuple[dict[str, TrialEffect], list[str]]:
    """Return each comparison that can be estimated; without that of intention to treat there is none."""
    everyone = np.ones(stacked.trials.candidates.time.size)
    points, cautions = {ASSIGNED: ways[ASSIGNED](stacked.trials, everyone, None)}, []
    try:
        points[FOLLOWED] = ways[FOLLOWED](stacked.trials, everyone, None)
    except NotEstimableError as problem:
        cautions.append(f"Per protocol nothing could be estimated: {problem}")
    return points, cautions


def _comparison(
    name: str, stacked: Stacked, effect: TrialEffect, again: MadeAgain, asked: TargetTrialAnalysis
) -> ComparisonOverTime:
    days = asked.interval * DAYS_PER_MONTH
    point = contrasts(effect.treated, effect.untreated, stacked.horizon)
    found = estimates(point, again, days, STACKED)
    entries, follow = stacked.trials.entries, effect.follow
    weighted = follow.weight > 0
    grid = np.arange(1, effect.treated.size + 1) * days
    strategies = []
    for index, (words, arm) in enumerate(((f"start {asked.start}", True), (f"do not start {asked.start}", False))):
        mine = entries.treated == arm
        left = mine & (entries.leaves < entries.time) if name == FOLLOWED else np.zeros(mine.size, bool)
        curve = StrategyCurve(grid, (effect.treated, effect.untreated)[index])
        events, heaviest = int((follow.event & weighted)[mine].sum()), float(effect.weights[mine][weighted[mine]].max())
        numbers = (int(mine.sum()), int(left.sum()), events, heaviest)
        strategies.append(Strategy(words, *numbers, curve, found[2 * index], found[2 * index + 1]))
    free = ~entries.treated
    check = weight_check(effect.weights[free][weighted[free]]) if name == FOLLOWED else None
    weights = ((f"do not start {asked.start}", check),) if check else ()
    ratio = odds_ratio(lambda: average_ratio(stacked.trials, effect))
    return ComparisonOverTime(name, (strategies[0], strategies[1]), found[4], found[5], ratio, weights)


def _risk_ratio(points: dict[str, TrialEffect], stacked: Stacked, again: MadeAgain) -> Estimate:
    effect = points[ASSIGNED]
    return risk_ratio(contrasts(effect.treated, effect.untreated, stacked.horizon), again, STACKED)


def _cautions(stacked: Stacked, failed: int, size: int) -> tuple[str, ...]:
    found = []
    for label, carried in stacked.carried:
        if carried > 0.5:
            found.append(f"{label}: {share(carried, 0)}% of the values were carried on from an earlier moment.")
    if failed:
        found.append(f"{failed} of {size} bootstrap samples had no answer.")
    return tuple(found)
