"""A target trial emulated: start a drug within a grace period, or do not; the protocol beside what was done.

Hernan & Robins (2016), doi:10.1093/aje/kwv254; clone, censor, weight: Maringe et al. (2020),
doi:10.1093/ije/dyaa057; landmark: Anderson, Cain & Gelber (1983), J Clin Oncol 1:710.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.curves_compared import MadeAgain, equal_patients, estimates, made_again, risk_ratio
from sequela.analyses.ratio_estimate import ratio_estimate
from sequela.analyses.results import Estimate, Landmark, ProtocolItem, Strategy, TargetTrial
from sequela.analyses.tidy import Row, estimate_row, row, tidy
from sequela.analyses.trial_patients import check_clock, trial_patients, unexplained
from sequela.analyses.wording import counted, listed, months
from sequela.derive.baseline import Definitions, covariate_named
from sequela.derive.endpoints import Endpoint
from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.clone_censor_weight import (
    Clones,
    Eligible,
    clones_that_do_not,
    clones_that_start,
    strategy_curve,
)
from sequela.stats.cox import cox, wald_interval
from sequela.study.cohort import Cohort
from sequela.study.spec import Study, TargetTrialAnalysis

LEAST_FOLLOWED = 10
"""Patients who follow each strategy beyond the grace period without whom nothing is estimated (house rule)."""
WEIGHTED_CLONES = "clone, censor, weight"


@frozen
class Enrolled:
    """The eligible patients, and who was not.

    Attributes
    ----------
    patients : Eligible
    labels : tuple of str
        Of the covariates.
    had_it, incomplete : int
        Left out: had the drug before time zero or on an unknown day; lack a covariate or have a hole in the
        record of drugs.
    missing : tuple of (str, int)
        Of the others, how many lack each covariate, by its label.
    """

    patients: Eligible
    labels: tuple[str, ...]
    had_it: int
    incomplete: int
    missing: tuple[tuple[str, int], ...] = ()


def target_trial(
    study: Study,
    asked: TargetTrialAnalysis,
    cohort: Cohort,
    records: Records,
    endpoint: Endpoint,
    definitions: Definitions,
) -> TargetTrial:
    """Emulate the trial; the groups of the study play no part in it.

    Both strategies are compared in all eligible patients. Intervals are percentiles of a bootstrap of patients in
    which every model is fitted again, with the study's seed.

    Raises
    ------
    NotEstimableError
        Where the clock starts before the cohort's entry, fewer than ten patients follow a strategy, the horizon lies
        beyond follow-up or within the grace period.
    """
    check_clock(cohort, endpoint, asked.endpoint)
    enrolled = _enrolled(asked, cohort, records, endpoint, definitions)
    horizon = asked.horizon * DAYS_PER_MONTH
    _check(enrolled.patients, horizon)
    clones = _clones(enrolled.patients)
    point = _contrasts(clones, horizon)
    again = _again(enrolled.patients, horizon, asked.bootstrap, np.random.default_rng(study.seed))
    found = estimates(point, again, 1.0, WEIGHTED_CLONES)
    trial = TargetTrial(
        endpoint.label,
        asked.start,
        asked.within,
        horizon,
        _protocol(study, asked, enrolled, endpoint),
        _strategies(asked, clones, found),
        found[4],
        found[5],
        tuple(_landmark(enrolled.patients, at) for at in asked.landmarks),
        len(again.samples),
        pl.DataFrame(),
        (
            *unexplained(asked.covariates, enrolled.labels, records.drugs),
            *_cautions(enrolled, again.failed, asked.bootstrap),
        ),
        risk_ratio=risk_ratio(point, again, WEIGHTED_CLONES),
        covariates=enrolled.labels,
        equal_patients=equal_patients(again.at(5)),
    )
    return replace(trial, results=tidy(_rows(trial, asked.endpoint)))


def _strategies(
    asked: TargetTrialAnalysis, clones: tuple[Clones, Clones], estimates: list[Estimate]
) -> tuple[Strategy, Strategy]:
    within = f"within {asked.within} days"
    names = (f"start {asked.start} {within}", f"do not start {asked.start} {within}")
    start, other = (
        Strategy(
            name,
            item.time.size,
            int(item.censored.sum()),
            int(item.event.sum()),
            float(item.weights.max()),
            strategy_curve(item),
            estimates[2 * index],
            estimates[2 * index + 1],
        )
        for index, (name, item) in enumerate(zip(names, clones, strict=True))
    )
    return start, other


def _enrolled(
    asked: TargetTrialAnalysis, cohort: Cohort, records: Records, endpoint: Endpoint, definitions: Definitions
) -> Enrolled:
    found = trial_patients(asked.start, cohort, records, endpoint, definitions)
    columns, labels, absent = _columns(asked.covariates, records, found.at, definitions)
    new, whole = ~found.had_it, found.whole & np.isfinite(columns).all(axis=1)
    kept = new & whole
    patients = Eligible(found.time[kept], found.event[kept], found.started[kept], columns[kept], float(asked.within))
    missing = tuple((label, int((new & lacks).sum())) for label, lacks in zip(labels, absent, strict=True))
    return Enrolled(patients, labels, int((~new).sum()), int((new & ~whole).sum()), missing)


def _columns(
    names: tuple[str, ...], records: Records, at: pl.DataFrame, definitions: Definitions
) -> tuple[np.ndarray, tuple[str, ...], list[np.ndarray]]:
    """Return the covariates as columns, nan where missing, and who lacks each; a constant one is left out."""
    columns, labels, absent = [], [], []
    for name in names:
        covariate = covariate_named(name, records.drugs)
        if covariate is None:
            continue
        values = covariate.derive(records, at, definitions)["value"]
        if covariate.kind == "categorical":
            levels = sorted(values.drop_nulls().unique().to_list())[1:]
            added = [(values == level).cast(pl.Float64).fill_null(np.nan).to_numpy() for level in levels]
        else:
            added = [values.cast(pl.Float64).fill_null(np.nan).to_numpy()]
        if values.drop_nulls().n_unique() > 1:
            columns += added
            labels.append(covariate.label)
            absent.append(values.is_null().to_numpy())
    return (np.column_stack(columns) if columns else np.zeros((at.height, 0))), tuple(labels), absent


def _check(patients: Eligible, horizon: float) -> None:
    if horizon <= patients.grace:
        found = "the horizon lies within the grace period"
        raise NotEstimableError(Problem("target_trial", found, "a horizon beyond it"))
    beyond = patients.time > patients.grace
    started = patients.started <= patients.grace
    follow = (int((beyond & started).sum()), int((beyond & ~started).sum()))
    if min(follow) < LEAST_FOLLOWED:
        found = f"{follow[0]} patients had started by the end of the grace period and {follow[1]} had not"
        raise NotEstimableError(Problem("target_trial", found, f"at least {LEAST_FOLLOWED} each"))
    if horizon > patients.time.max():
        found = f"the longest follow-up is {months(patients.time.max())} months"
        raise NotEstimableError(Problem("target_trial: horizon", found, "a horizon within follow-up"))


def _clones(patients: Eligible) -> tuple[Clones, Clones]:
    return clones_that_start(patients), clones_that_do_not(patients)


def _contrasts(clones: tuple[Clones, Clones], horizon: float) -> np.ndarray:
    """Return survival and mean of the first and of the second strategy, and both differences."""
    start, other = (strategy_curve(item) for item in clones)
    found = [start.at(horizon), start.mean_until(horizon), other.at(horizon), other.mean_until(horizon)]
    return np.array([*found, found[0] - found[2], found[1] - found[3]])


def _again(patients: Eligible, horizon: float, size: int, rng: np.random.Generator) -> MadeAgain:
    def compare(rows: np.ndarray) -> np.ndarray:
        return _contrasts(_clones(patients.rows(rows)), horizon)

    return made_again(patients.time.size, compare, size, rng, (6,))


def _landmark(patients: Eligible, at_months: float) -> Landmark:
    day = at_months * DAYS_PER_MONTH
    there = patients.time > day
    started = (patients.started <= day)[there]
    lost = int((~there).sum())
    columns = np.column_stack([started.astype(float), patients.covariates[there]])
    varies = columns.std(axis=0) > 0
    try:
        fit = cox(patients.time[there] - day, patients.event[there], columns[:, varies])
        usable = bool(varies[0]) and not fit.diverging[0]
        estimate = (
            ratio_estimate(fit.coefficients, wald_interval(fit), 0, "Cox, Wald")
            if usable
            else Estimate(np.nan, np.nan, np.nan, "not estimable")
        )
    except NotEstimableError as problem:
        estimate = Estimate(np.nan, np.nan, np.nan, f"not estimable: {problem}")
    return Landmark(at_months, lost, int(started.sum()), int((~started).sum()), estimate)


def _cautions(enrolled: Enrolled, failed: int, asked: int) -> tuple[str, ...]:
    found = []
    if failed:
        found.append(f"{failed} of {asked} bootstrap samples had no answer.")
    return tuple(found)


def _lacking(enrolled: Enrolled) -> str:
    each = [f"{label} {number}" for label, number in enrolled.missing if number]
    return f" ({', '.join(each)})" if each else ""


def _protocol(
    study: Study, asked: TargetTrialAnalysis, enrolled: Enrolled, endpoint: Endpoint
) -> tuple[ProtocolItem, ...]:
    """Return the items that TARGET asks for, each beside what was done."""
    criteria = listed([str(criterion) for criterion in study.population]) or "everyone in the records"
    left_out = (
        f"{counted(enrolled.had_it, 'patient')} who had {asked.start} before left out; "
        f"{enrolled.incomplete} with a missing covariate{_lacking(enrolled)}, a hole in the record of drugs or no "
        "follow-up left out; "
        f"{enrolled.patients.time.size} eligible"
    )
    days = f"{asked.within} days"
    measured = listed([label.lower() for label in enrolled.labels]) or "nothing"
    horizon = f"{asked.horizon:g} months"
    return (
        ProtocolItem("Eligibility", f"{criteria}; never {asked.start} before time zero", f"the same; {left_out}"),
        ProtocolItem(
            "Strategies",
            f"start {asked.start} within {days} of time zero; or do not start it within {days}",
            "the same; a start is the first administration in the records",
        ),
        ProtocolItem(
            "Assignment",
            "at random on the day of time zero, not blinded",
            f"taken to be random given {measured}; each patient is a clone in both strategies",
        ),
        ProtocolItem("Time zero", f"{study.time_zero}, when eligibility is met and a strategy assigned", "the same"),
        ProtocolItem(
            "Follow-up",
            f"from time zero to the event, the end of follow-up or {horizon}",
            "the same; a clone is censored on the day it leaves its strategy",
        ),
        ProtocolItem("Outcome", endpoint.label, f"the same, as the records hold it ({asked.endpoint})"),
        ProtocolItem(
            "Contrast",
            f"of following the strategy: event-free at {horizon}, mean event-free time up to it",
            f"the same, weighted for leaving the strategy by {measured}",
        ),
        ProtocolItem(
            "Analysis",
            "comparison of the two arms",
            "Kaplan-Meier curves of the clones, each weighted by the inverse probability of still following its "
            f"strategy given {measured}; patients resampled, every model fitted again",
        ),
        ProtocolItem(
            "Assumptions",
            "none beyond those of a randomised trial",
            "nothing unmeasured decides both who starts and who has the event; every kind of patient may start or not; "
            "leaving follow-up says nothing about the event",
        ),
    )


def _rows(found: TargetTrial, endpoint: str) -> list[Row]:
    rows = []
    for item in found.strategies:
        place = {"endpoint": endpoint, "group": item.name, "n": item.clones, "events": item.events}
        rows.append(estimate_row("target_trial", "survival", item.survival, **place))
        rows.append(estimate_row("target_trial", "restricted_mean_days", item.mean, **place))
        rows.append(row("target_trial", "left_the_strategy", float(item.left), **place))
        rows.append(row("target_trial", "largest_weight", item.heaviest, **place))
    rows.append(estimate_row("target_trial", "survival_difference", found.survival_difference, endpoint=endpoint))
    rows.append(
        estimate_row("target_trial", "restricted_mean_difference_days", found.mean_difference, endpoint=endpoint)
    )
    if found.risk_ratio is not None:
        rows.append(estimate_row("target_trial", "risk_ratio", found.risk_ratio, endpoint=endpoint))
    rows.append(row("target_trial", "equal_patients", found.equal_patients, endpoint=endpoint))
    for mark in found.landmarks:
        place = {"endpoint": endpoint, "level": f"landmark {mark.months:g} months", "n": mark.started + mark.others}
        rows.append(estimate_row("target_trial", "hazard_ratio", mark.hazard_ratio, **place))
        rows.append(row("target_trial", "lost_before_landmark", float(mark.lost), **place))
    return rows
