"""From a study, its records and its cohort to every answer the study asks for."""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from sequela.analyses.assessed import assessed
from sequela.analyses.characteristics import TableOptions, characteristics
from sequela.analyses.comparisons import Asked
from sequela.analyses.conventions import conventions_of
from sequela.analyses.response import response
from sequela.analyses.study_result import Analysis, StudyResult
from sequela.analyses.survival import survival
from sequela.derive.best_response import ResponseRules
from sequela.derive.specimen_pairs import FIRST_AND_LATEST, SPECIMENS
from sequela.errors import NotEstimableError
from sequela.records.bundle import Records
from sequela.study.cohort import Cohort
from sequela.study.history import FAR_FUTURE, definitions_of, histories, moment_days
from sequela.study.spec import (
    CharacteristicsAnalysis,
    CompetingAnalysis,
    ConversionAnalysis,
    GrowthModulationAnalysis,
    NullWorldsAnalysis,
    PropensityAnalysis,
    ResponseAnalysis,
    SequenceAnalysis,
    SitesAnalysis,
    SpecificationsAnalysis,
    Study,
    SubgroupsAnalysis,
    SurvivalAnalysis,
    TargetTrialAnalysis,
    TimeQuestion,
)
from sequela.study.strategies import SEQUENTIAL, STRUCTURAL

TIMES = (SurvivalAnalysis, CompetingAnalysis, SubgroupsAnalysis, PropensityAnalysis)
"""Analyses of times, which are withheld where the clock starts too early."""


def answer(study: Study, records: Records, cohort: Cohort, study_text: str = "") -> StudyResult:
    """Run every analysis of the study; comparisons of times are withheld where the clock starts too early.

    Parameters
    ----------
    study : Study
    records : Records
    cohort : Cohort
        Made by `build_cohort` from the same study and records.
    study_text : str
        The file as it was written, kept for the report.

    Returns
    -------
    StudyResult
        What could not be answered is in `withheld`, a sentence each; nothing is raised for it.
    """
    definitions, conventions = definitions_of(study), conventions_of(study)
    done: list[Analysis] = []
    withheld: list[str] = []
    for analysis in study.analyses:
        if isinstance(analysis, TIMES) and cohort.guard.late and not _delayed(analysis):
            withheld.append(f"{analysis.definition.label}: {cohort.guard.reason}")
            continue
        ask = _asked(study, records, cohort, analysis)
        try:
            done.append(ask())
        except NotEstimableError as problem:
            withheld.append(str(problem))
    return StudyResult(study, records, cohort, tuple(done), tuple(withheld), definitions, conventions, study_text)


def _delayed(analysis: object) -> bool:
    return isinstance(analysis, TimeQuestion | SubgroupsAnalysis) and analysis.entry is not None


def _asked(study: Study, records: Records, cohort: Cohort, analysis: object) -> Callable[[], Analysis]:
    definitions, conventions = definitions_of(study), conventions_of(study)
    if isinstance(analysis, CharacteristicsAnalysis):
        table = TableOptions(analysis.tests, analysis.missing == "level", conventions)
        return lambda: characteristics(cohort, records, analysis.covariates, definitions, table)
    if isinstance(analysis, ResponseAnalysis):
        rules, source = response_rules(analysis), analysis.source
        read = assessed(records, cohort, source, definitions)
        return lambda: response(cohort, records, rules, definitions, conventions, read, analysis.difference)
    if isinstance(analysis, SitesAnalysis):
        from sequela.analyses.sites import sites  # noqa: PLC0415 (slow to import, and asked for by few)

        return lambda: sites(cohort, records, analysis.without, definitions, conventions)
    if isinstance(analysis, SequenceAnalysis):
        from sequela.analyses.sequence import sequence  # noqa: PLC0415 (slow to import, and asked for by few)

        return lambda: sequence(cohort, records, analysis.lines, analysis.by, definitions)
    if isinstance(analysis, TimeQuestion):
        return _of_times(study, records, cohort, analysis)
    if isinstance(analysis, SubgroupsAnalysis):
        from sequela.analyses.subgroups import subgroups  # noqa: PLC0415 (slow to import, and asked for by few)

        seen = assessed(records, cohort, analysis.source, definitions)
        how, late = (definitions, conventions, seen), analysis.entry is not None
        return lambda: subgroups(cohort, records, analysis.definition, analysis.by, *how, delayed=late)
    return _asked_of_others(study, records, cohort, analysis)


def _asked_of_others(study: Study, records: Records, cohort: Cohort, analysis: object) -> Callable[[], Analysis]:
    """Return what asks for an analysis that is none of the plain comparisons."""
    definitions, conventions = definitions_of(study), conventions_of(study)
    if isinstance(analysis, PropensityAnalysis):
        from sequela.analyses.propensity import propensity  # noqa: PLC0415 (slow to import, and asked for by few)

        weighed = assessed(records, cohort, analysis.source, definitions)
        return lambda: propensity(study, analysis, cohort, records, definitions, conventions, weighed)
    if isinstance(analysis, GrowthModulationAnalysis):
        from sequela.analyses.growth_modulation import growth  # noqa: PLC0415 (slow to import, and asked for by few)

        read = assessed(records, cohort, analysis.source, definitions)
        above = analysis.above
        return lambda: growth(cohort, records, analysis.definition, above, definitions, conventions, read)
    if isinstance(analysis, ConversionAnalysis):
        return _of_specimens(study, records, cohort, analysis)
    return _asked_of_the_design(study, records, cohort, analysis)


def _of_specimens(
    study: Study, records: Records, cohort: Cohort, analysis: ConversionAnalysis
) -> Callable[[], Analysis]:
    from sequela.analyses.conversion import conversion  # noqa: PLC0415 (asked for by few)

    zero = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    at = zero if analysis.at == "time zero" else zero.with_columns(pl.lit(FAR_FUTURE, dtype=pl.Int32).alias("day"))
    chosen: tuple[str, str | pl.DataFrame]
    if analysis.since:
        days = moment_days(analysis.since, histories(study, records, zero))
        words = f"from the latest specimen up to {analysis.since} to the latest one after it"
        chosen = (words, days.select("patient_id", pl.col("first").alias("day")))
    else:
        between = analysis.between or FIRST_AND_LATEST
        chosen = (SPECIMENS[between], between)
    late = "" if analysis.at == "time zero" else ", those after time zero too"
    return lambda: conversion(
        cohort, records, at, analysis.covariates, (f"{chosen[0]}{late}", chosen[1]), definitions_of(study)
    )


def _asked_of_the_design(study: Study, records: Records, cohort: Cohort, analysis: object) -> Callable[[], Analysis]:
    """Return the question of an analysis that asks about the way of asking."""
    definitions = definitions_of(study)
    if isinstance(analysis, TargetTrialAnalysis):
        if analysis.design == STRUCTURAL:
            from sequela.analyses.strategies_over_time import strategies_over_time  # noqa: PLC0415 (as below)

            return lambda: strategies_over_time(study, analysis, cohort, records, definitions)
        if analysis.design == SEQUENTIAL:
            from sequela.analyses.sequential_trials import sequential_trials  # noqa: PLC0415 (as below)

            return lambda: sequential_trials(study, analysis, cohort, records, definitions)
        from sequela.analyses.target_trial import target_trial  # noqa: PLC0415 (slow to import, and asked for by few)

        return lambda: target_trial(study, analysis, cohort, records, analysis.definition, definitions)
    if isinstance(analysis, SpecificationsAnalysis):
        from sequela.analyses.specifications import specifications  # noqa: PLC0415 (slow to import, and asked for by few)

        return lambda: specifications(study, analysis, cohort, records)
    if isinstance(analysis, NullWorldsAnalysis):
        from sequela.analyses.null_worlds import null_worlds  # noqa: PLC0415 (slow to import, and asked for by few)

        return lambda: null_worlds(study, analysis, cohort, records)
    raise TypeError(type(analysis).__name__)


def _of_times(study: Study, records: Records, cohort: Cohort, analysis: TimeQuestion) -> Callable[[], Analysis]:
    definitions, conventions = definitions_of(study), conventions_of(study)
    adjust, endpoint = study.adjustment(analysis), analysis.definition
    read = assessed(records, cohort, analysis.source, definitions)
    if isinstance(analysis, SurvivalAnalysis):
        drawn = replace(conventions, interval=analysis.transform or conventions.interval)
        asked = asked_of(analysis, study.seed)
        return lambda: survival(cohort, records, endpoint, adjust, definitions, drawn, asked, read)
    from sequela.analyses.competing import competing  # noqa: PLC0415 (slow to import, and asked for by few)

    as_crr = isinstance(analysis, CompetingAnalysis) and analysis.subdistribution == "crr"
    kinds = Asked(milestones=analysis.milestones, delayed=analysis.entry is not None, as_crr=as_crr)
    return lambda: competing(cohort, records, endpoint, adjust, definitions, conventions, kinds, read)


def asked_of(analysis: SurvivalAnalysis, seed: int) -> Asked:
    """Return how an analysis wants its curves compared."""
    return Asked(
        test=analysis.test,
        stratify=analysis.stratify,
        pairwise=analysis.pairwise is not None,
        trend=bool(analysis.trend),
        milestones=analysis.milestones,
        horizon=analysis.rmst,
        seed=seed,
        strata=analysis.strata,
        cluster=analysis.cluster,
        curved=analysis.curved,
        imputations=analysis.missing.impute if analysis.missing else 0,
        delayed=analysis.entry is not None,
        conditional=analysis.conditional,
        weights=analysis.weights,
        offset=analysis.offset,
        residuals=analysis.residuals,
        samples=analysis.bootstrap or 0,
        rates=bool(analysis.rates),
    )


def response_rules(analysis: ResponseAnalysis) -> ResponseRules:
    """Return the rules of best response that an analysis asks for."""
    return ResponseRules(
        stable_days=analysis.stable_days,
        control_months=analysis.control_months,
        benefit_weeks=analysis.benefit_weeks,
        confirmed=analysis.confirmed,
        confirmation_days=analysis.confirmation_days,
        not_evaluable_between=analysis.not_evaluable_between,
        stable_between=analysis.stable_between,
        complete_then_partial=analysis.complete_then_partial,
    )
