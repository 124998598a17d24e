"""Start a drug within a grace period or never, where what decides about it changes: weights, and simulation.

Robins, Hernan & Brumback (2000), Epidemiology 11:550; parametric g-formula: Young et al. (2011), Stat Biosci 3:119.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.covariates_over_time import CovariatesOverTime, covariates_over_time
from sequela.analyses.curves_compared import (
    MadeAgain,
    contrasts,
    drawn_again,
    equal_patients,
    estimates,
    left_out,
    risk_ratio,
    weight_check,
    with_limits,
)
from sequela.analyses.results import ComparisonOverTime, DesignOverTime, Estimate, Strategy, TargetTrial
from sequela.analyses.sequential_words import rows_of
from sequela.analyses.strategy_words import protocol
from sequela.analyses.tidy import tidy
from sequela.analyses.trial_patients import TrialPatients, check_clock, trial_patients, unexplained
from sequela.analyses.wording import listed, months, share
from sequela.derive.baseline import Definitions
from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.clone_censor_weight import StrategyCurve
from sequela.stats.g_formula import MOST_LEVELS, GFormula, course_models, simulated_courses
from sequela.stats.marginal_structural import StructuralEffect, marginal_structural, structural_ratio
from sequela.stats.treatment_over_time import PatientsOverTime
from sequela.study.cohort import Cohort
from sequela.study.spec import Study, TargetTrialAnalysis
from sequela.study.strategies import STRUCTURAL

LEAST_STARTERS = 10
"""Patients who start in the grace period, and who do not, without whom nothing is estimated (house rule)."""
COURSES, COURSES_RESAMPLED = 10_000, 1_000
"""Courses that the g-formula draws, for the answer and for each bootstrap sample, by the same random numbers."""
WEIGHTED, SIMULATED = "marginal structural model", "parametric g-formula"


@frozen
class Prepared:
    """The patients of a study over time, and who is not among them.

    Attributes
    ----------
    patients : PatientsOverTime
    grace, intervals : int
    horizon : float
        In intervals.
    labels, fixed : tuple of str
        Of the covariates; of those held at their value of time zero though they are not constant by nature.
    had_it, incomplete, unknown : int
        Left out: had the drug before time zero; a hole in the record of drugs or no follow-up; a covariate that was not
        known at time zero.
    """

    patients: PatientsOverTime
    grace: int
    intervals: int
    horizon: float
    labels: tuple[str, ...]
    fixed: tuple[str, ...]
    had_it: int
    incomplete: int
    unknown: int


def strategies_over_time(
    study: Study, asked: TargetTrialAnalysis, cohort: Cohort, records: Records, definitions: Definitions
) -> TargetTrial:
    """Emulate a trial of starting a drug within a grace period against never starting it.

    A marginal structural model answers; the parametric g-formula is the second answer. Intervals are percentiles of a
    bootstrap of patients in which every model is fitted again, with the study's seed.

    Raises
    ------
    NotEstimableError
        Where the clock starts before the cohort's entry, fewer than ten patients start in the grace period or fewer
        than ten do not, the horizon lies within it or beyond follow-up, or the model has no answer.
    """
    endpoint = asked.definition
    check_clock(cohort, endpoint, asked.endpoint)
    found = trial_patients(asked.start, cohort, records, endpoint, definitions)
    prepared = _prepared(asked, found, records, definitions)
    people, rng = prepared.patients, np.random.default_rng(study.seed)
    everyone = np.ones(people.time.size)
    weighted = marginal_structural(people, prepared.grace, prepared.intervals, everyone)
    courses, cautions = _courses(prepared, everyone, rng)
    again = _made_again(asked, prepared, weighted, courses is not None, rng)
    comparisons = [_weighted(asked, prepared, weighted, again[0])]
    if courses is not None:
        comparisons.append(_simulated(asked, prepared, courses, again[1]))
    first, days = comparisons[0], asked.interval * DAYS_PER_MONTH
    design = DesignOverTime(
        STRUCTURAL,
        days,
        1,
        people.time.size,
        int((people.started < prepared.grace).sum()),
        tuple(comparisons),
        courses.natural_course_difference if courses is not None else np.nan,
    )
    trial = TargetTrial(
        endpoint.label,
        asked.start,
        round(prepared.grace * days),
        asked.horizon * DAYS_PER_MONTH,
        protocol(study, asked, prepared, endpoint),
        first.strategies,
        first.survival_difference,
        first.mean_difference,
        (),
        len(again[0].samples),
        pl.DataFrame(),
        (
            *cautions,
            *unexplained(asked.covariates, prepared.labels, records.drugs),
            *_cautions(prepared, again[0].failed, asked.bootstrap),
        ),
        design,
        risk_ratio(contrasts(weighted.start, weighted.never, prepared.horizon), again[0], WEIGHTED),
        prepared.labels,
        equal_patients(again[0].at(5)),
    )
    return replace(trial, results=tidy(rows_of(trial, asked.endpoint)))


def _made_again(
    asked: TargetTrialAnalysis,
    prepared: Prepared,
    effect: StructuralEffect,
    simulates: bool,
    rng: np.random.Generator,
) -> tuple[MadeAgain, MadeAgain]:
    """Return what samples say, of the model with weights and of the g-formula, which no few patients decide."""
    people, size = prepared.patients, prepared.patients.time.size

    def weighted(counts: np.ndarray) -> np.ndarray:
        again = marginal_structural(people, prepared.grace, prepared.intervals, counts, effect.fit.coefficients)
        return np.append(contrasts(again.start, again.never, prepared.horizon), structural_ratio(again))

    def simulated(counts: np.ndarray) -> np.ndarray:
        models = course_models(people, prepared.intervals, counts)
        drawn = simulated_courses(models, prepared.grace, COURSES_RESAMPLED, rng)
        return np.append(contrasts(drawn.start, drawn.never, prepared.horizon), np.nan)

    def both(rows: np.ndarray) -> np.ndarray:
        counts = np.bincount(rows, minlength=size).astype(float)
        return np.array([weighted(counts), simulated(counts)] if simulates else [weighted(counts)])

    def but_few(rows: np.ndarray) -> np.ndarray:
        return weighted(np.bincount(rows, minlength=size).astype(float))

    samples = drawn_again(size, both, asked.bootstrap, rng, (1 + simulates, 7))
    left, none = left_out(size, but_few, (7,)), np.zeros((0, 7))
    return MadeAgain(samples[:, 0], left, asked.bootstrap), MadeAgain(samples[:, -1], none, asked.bootstrap)


def _prepared(asked: TargetTrialAnalysis, found: TrialPatients, records: Records, definitions: Definitions) -> Prepared:
    length = asked.interval * DAYS_PER_MONTH
    horizon = asked.horizon / asked.interval
    intervals, grace = int(np.ceil(horizon - 1e-9)), max(1, round(asked.within / length))
    if grace >= intervals:
        raise NotEstimableError(
            Problem("target_trial", "the horizon lies within the grace period", "a horizon beyond it")
        )
    kept = ~found.had_it & found.whole
    at, time, started = found.at.filter(pl.Series(kept)), found.time[kept], found.started[kept]
    if not time.size or asked.horizon * DAYS_PER_MONTH > time.max():
        longest = months(time.max()) if time.size else "0"
        raise NotEstimableError(
            Problem("target_trial: horizon", f"the longest follow-up is {longest} months", "a horizon within follow-up")
        )
    moments = np.arange(intervals) * length
    known = covariates_over_time(asked.covariates, records, at, definitions, moments, time, started)
    there = np.isfinite(known.at_moments[:, 0]).all(axis=1)
    start, wait = (int((there & ((started < grace * length) == yes)).sum()) for yes in (True, False))
    if min(start, wait) < LEAST_STARTERS:
        number = f"{start} patients start {asked.start} within the grace period and {wait} do not"
        raise NotEstimableError(Problem("target_trial", number, f"at least {LEAST_STARTERS} each"))
    patients, fixed = _columns(known, there, time / length, found.event[kept], started / length)
    had, incomplete = int(found.had_it.sum()), int((~found.had_it & ~found.whole).sum())
    return Prepared(patients, grace, intervals, horizon, known.labels, fixed, had, incomplete, int((~there).sum()))


def _columns(
    known: CovariatesOverTime, there: np.ndarray, time: np.ndarray, event: np.ndarray, started: np.ndarray
) -> tuple[PatientsOverTime, tuple[str, ...]]:
    """Tell covariates that change from those of time zero; one that changes and has no few levels is held there."""
    values = known.at_moments[there]
    changes = np.array([bool((np.nanmax(v, axis=1) > np.nanmin(v, axis=1)).any()) for v in np.moveaxis(values, 2, 0)])
    few = np.array([np.unique(v[np.isfinite(v)]).size <= MOST_LEVELS for v in np.moveaxis(values, 2, 0)])
    follows = changes & few & np.array(known.scored, dtype=bool) if changes.size else np.zeros(0, bool)
    held = tuple(dict.fromkeys(np.array(known.owners)[changes & ~follows].tolist())) if changes.size else ()
    patients = PatientsOverTime(
        time[there], event[there], started[there], values[:, 0, ~follows], values[:, :, follows]
    )
    return patients, held


def _courses(prepared: Prepared, everyone: np.ndarray, rng: np.random.Generator) -> tuple[GFormula | None, list[str]]:
    try:
        models = course_models(prepared.patients, prepared.intervals, everyone)
        return simulated_courses(models, prepared.grace, COURSES, rng), []
    except NotEstimableError as problem:
        return None, [f"The g-formula has no answer: {problem}"]


def _names(asked: TargetTrialAnalysis) -> tuple[str, str]:
    return f"start {asked.start} within {asked.within} days", f"never start {asked.start}"


def _weighted(
    asked: TargetTrialAnalysis, prepared: Prepared, effect: StructuralEffect, again: MadeAgain
) -> ComparisonOverTime:
    days = asked.interval * DAYS_PER_MONTH
    point = contrasts(effect.start, effect.never, prepared.horizon)
    found = estimates(point, again, days, WEIGHTED)
    strategies, checks = [], []
    curves = zip(_names(asked), effect.strategies, (effect.start, effect.never), strict=True)
    for index, (name, item, curve) in enumerate(curves):
        rows = item.weights[item.follow.weight > 0]
        events = int((item.follow.event & (item.follow.weight > 0)).sum())
        numbers = (item.left.size, int(item.left.sum()), events, float(rows.max()))
        shown = StrategyCurve(np.arange(1, curve.size + 1) * days, curve)
        strategies.append(Strategy(name, *numbers, shown, found[2 * index], found[2 * index + 1]))
        checks.append((name, weight_check(rows)))
    method = f"{WEIGHTED}, odds per interval"
    ratio = with_limits(np.exp(structural_ratio(effect)), again.at(6).of(np.exp), method)
    return ComparisonOverTime(WEIGHTED, (strategies[0], strategies[1]), found[4], found[5], ratio, tuple(checks))


def _simulated(
    asked: TargetTrialAnalysis, prepared: Prepared, courses: GFormula, again: MadeAgain
) -> ComparisonOverTime:
    days = asked.interval * DAYS_PER_MONTH
    point = contrasts(courses.start, courses.never, prepared.horizon)
    found = estimates(point, again, days, f"{SIMULATED}, {COURSES} courses")
    n = prepared.patients.time.size
    grid = np.arange(1, courses.start.size + 1) * days
    start, never = (
        Strategy(name, n, 0, 0, 1.0, StrategyCurve(grid, curve), found[2 * index], found[2 * index + 1])
        for index, (name, curve) in enumerate(zip(_names(asked), (courses.start, courses.never), strict=True))
    )
    none = Estimate(np.nan, np.nan, np.nan, "")
    return ComparisonOverTime(SIMULATED, (start, never), found[4], found[5], none, ())


def _cautions(prepared: Prepared, failed: int, size: int) -> tuple[str, ...]:
    found = []
    if prepared.labels and not prepared.patients.changing.shape[2]:
        found.append("No covariate changes after time zero: the design with clones asks the same with fewer models.")
    if prepared.fixed:
        words = listed([label.lower() for label in prepared.fixed])
        found.append(f"Held at the value of time zero, because it has no few levels: {words}.")
    if failed:
        found.append(f"{failed} of {size} bootstrap samples had no answer ({share(failed / size, 0)}%).")
    return tuple(found)
