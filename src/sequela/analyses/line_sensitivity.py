"""How a study changes when one line rule is read another way: who changes line, group, or leaves."""

import math

import polars as pl

from sequela.analyses.answer import answer
from sequela.analyses.results import Survival
from sequela.derive.baseline import COVARIATES
from sequela.derive.line_alternatives import Alternative, alternatives
from sequela.errors import SequelaError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.study.cohort import build_cohort, membership
from sequela.study.history import definitions_of
from sequela.study.spec import EVERYONE, Study, SurvivalAnalysis

OUTSIDE = "not in the study"
"""Patients who are in no group: not met, not decidable, or without time zero."""


@frozen
class StudyMoves:
    """What one alternative of a line rule does to a study.

    Attributes
    ----------
    alternative : Alternative
    groups : tuple of str
        Of the study, in its order.
    patients : int
        Patients in the study under the rules in force, under the alternative, or both.
    line_moved, group_moved : int
        Of those: another line at time zero (of who is in the study both times); another group, or in the
        study one time only.
    table : tuple of (str, str, int)
        Group under the rules in force, group under the alternative, patients; `OUTSIDE` for none.
        Pairs without patients are left out.
    hazard_ratios : tuple of (str, str, float, float)
        Endpoint, group, crude hazard ratio against the reference under the rules in force and under
        the alternative, of the first time-to-event analysis; nan where it cannot be estimated.
    problem : str
        Why the study cannot be done under the alternative; empty where it can.
    """

    alternative: Alternative
    groups: tuple[str, ...]
    patients: int
    line_moved: int
    group_moved: int
    table: tuple[tuple[str, str, int], ...]
    hazard_ratios: tuple[tuple[str, str, float, float], ...] = ()
    problem: str = ""


def study_moves(study: Study, records: Records) -> tuple[StudyMoves, ...]:
    """Rerun the cohort under each alternative of each line rule, one change at a time.

    A group that an alternative empties is a result here, not an error.

    Raises
    ------
    StudyError
        Where the study itself contradicts itself or its groups overlap.
    """
    now, ratios = _placed(study, records), _ratios(study, records)
    rules = definitions_of(study).line_rules
    return tuple(_moves(study, records, alternative, now, ratios) for alternative in alternatives(rules))


def _moves(
    study: Study, records: Records, alternative: Alternative, now: pl.DataFrame, ratios: dict[tuple[str, str], float]
) -> StudyMoves:
    groups = tuple(study.groups) or (EVERYONE,)
    changed = study.model_copy(update={"lines": {**study.lines, alternative.rule: alternative.value}})
    try:
        then = _placed(changed, records)
    except SequelaError as problem:
        return StudyMoves(alternative, groups, len(now), 0, 0, (), problem=str(problem))
    both = now.join(then, on="patient_id", how="full", coalesce=True, suffix="_then")
    stayed = both.drop_nulls(["group", "group_then"])
    line_moved = int((stayed["line"] != stayed["line_then"]).sum())
    both = both.with_columns(pl.col("group", "group_then").fill_null(OUTSIDE))
    counted = both.group_by("group", "group_then").len()
    order = {name: place for place, name in enumerate((*groups, OUTSIDE))}
    table = sorted(counted.iter_rows(), key=lambda pair: (order[pair[0]], order[pair[1]]))
    group_moved = sum(count for group, other, count in table if group != other)
    then_ratios = _ratios(changed, records) if ratios else {}
    compared = tuple((*key, value, then_ratios.get(key, math.nan)) for key, value in ratios.items())
    return StudyMoves(alternative, groups, len(both), line_moved, group_moved, tuple(table), compared)


def _placed(study: Study, records: Records) -> pl.DataFrame:
    """Return patient_id, group, line (at time zero) of the patients in the study."""
    members = membership(study, records)
    at = members.select("patient_id", "day")
    lines = COVARIATES["line_of_time_zero"].derive(records, at, definitions_of(study))
    return members.select("patient_id", "group").with_columns(lines["value"].fill_null("").alias("line"))


def _ratios(study: Study, records: Records) -> dict[tuple[str, str], float]:
    """Return the crude hazard ratios of the first time-to-event analysis; none where they may not be reported."""
    first = next((analysis for analysis in study.analyses if isinstance(analysis, SurvivalAnalysis)), None)
    if first is None or not study.groups:
        return {}
    crude = first.model_copy(update={"adjust": ()})
    only = study.model_copy(update={"analyses": (crude,), "endpoints": (crude.endpoint,)})
    try:
        found = answer(only, records, build_cohort(only, records)).analyses
    except SequelaError:
        return {}
    survival = [analysis for analysis in found if isinstance(analysis, Survival)]
    return {(one.endpoint, ratio.group): ratio.estimate.value for one in survival for ratio in one.hazard_ratios}
