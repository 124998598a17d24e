"""How likely a study's pattern of p-values is in worlds where the earlier drug does nothing to the later one."""

import datetime

import numpy as np
import polars as pl

from sequela.analyses.results import NullWorlds
from sequela.analyses.tidy import Row, row, tidy
from sequela.derive.metastases import metastatic_from
from sequela.errors import NotEstimableError, Problem
from sequela.records.bundle import Records
from sequela.records.dates import EPOCH
from sequela.scenarios.pattern import Calendar, Condition, PatternShare, pattern_share, read_condition, world_of
from sequela.scenarios.worlds import WORLDS
from sequela.study.cohort import Cohort
from sequela.study.spec import NullWorldsAnalysis, Study

NULL_WORLDS = ("N0", "N1", "N2", "N3", "N4")
"""Worlds in which the earlier drug does nothing to the later one."""
OF_HARM = "E1"
"""The world of real harm, for comparison: what is as likely without an effect as with one is evidence of neither."""


def null_worlds(study: Study, asked: NullWorldsAnalysis, cohort: Cohort, records: Records) -> NullWorlds:
    """Draw cohorts with the study's calendar and sizes from each world, and count how often the pattern arises.

    The calendar is that of the records (first metastatic diagnosis, last day of anyone) unless the study file gives
    it. The same seed gives the same numbers. Scenarios: the worlds of `sequela simulate worlds`.

    Raises
    ------
    NotEstimableError
        Where the study does not compare two groups, a date of the calendar is not known, or the records close
        before the later drug could be had.
    """
    pattern = tuple(read_condition(text) for text in asked.pattern)
    sizes, calendar = _sizes(study, cohort), _calendar(study, asked, cohort, records)
    return in_worlds((asked.earlier, asked.later), sizes, calendar, pattern, asked.runs, study.seed)


def in_worlds(
    drugs: tuple[str, str],
    sizes: tuple[int, int],
    calendar: Calendar,
    pattern: tuple[Condition, ...],
    runs: int = 500,
    seed: int = 1,
) -> NullWorlds:
    """Count how often a pattern arises in each world; drugs are the earlier and the later one, as words.

    Raises
    ------
    NotEstimableError
        As `null_worlds`, for the calendar and the sizes.
    """
    shares = tuple(
        pattern_share(
            world_of(WORLDS[name], calendar),
            pattern,
            np.random.default_rng([seed, index]),
            runs,
            sum(sizes),
            sizes[1],
        )
        for index, name in enumerate((*NULL_WORLDS, OF_HARM))
    )
    return NullWorlds(*drugs, sizes, calendar, shares, tidy(_rows(shares)))


def _sizes(study: Study, cohort: Cohort) -> tuple[int, int]:
    """Return the patients of the reference and of the other group."""
    if len(study.groups) != 2:
        raise NotEstimableError(Problem("null worlds", f"{len(study.groups)} groups", "two groups to compare"))
    other = next(name for name in study.groups if name != study.reference)
    counts = dict(cohort.patients.group_by("group").len().iter_rows())
    sizes = (counts.get(study.reference, 0), counts.get(other, 0))
    if min(sizes) < 1:
        raise NotEstimableError(Problem("null worlds", "a group without a patient", "patients in both groups"))
    return sizes


def _calendar(study: Study, asked: NullWorldsAnalysis, cohort: Cohort, records: Records) -> Calendar:
    first, last = _dates(cohort, records)
    known = {
        "opened": asked.opened or first,
        "closed": asked.closed or last,
        "earlier": study.availability.get(asked.earlier),
        "later": study.availability.get(asked.later),
    }
    found = {name: day for name, day in known.items() if day is not None}
    if len(found) < len(known):
        raise NotEstimableError(
            [
                Problem(
                    "null worlds",
                    f"no date for '{name}'",
                    "the calendar of the cohort and of both drugs",
                    "Give 'opened' and 'closed', and 'availability' in the study.",
                )
                for name in known
                if name not in found
            ]
        )
    return Calendar(**found)


def _dates(cohort: Cohort, records: Records) -> tuple[datetime.date | None, datetime.date | None]:
    """Return the first metastatic diagnosis of the cohort and the last day on which any of it was seen."""
    origins = records.table("patients").select("patient_id", "origin_date", "last_contact", "death")
    members = cohort.patients.select("patient_id").join(origins, on="patient_id", how="left")
    began = metastatic_from(records).group_by("patient_id").agg(pl.col("day").min())
    day = (pl.col("origin_date") - EPOCH).dt.total_days()
    joined = members.join(began, on="patient_id", how="left").select(
        first=day + pl.col("day"), last=day + pl.max_horizontal("last_contact", "death")
    )
    first, last = joined.select(pl.col("first").min(), pl.col("last").max()).row(0)
    return _date(first), _date(last)


def _date(day: int | None) -> datetime.date | None:
    return None if day is None else datetime.date(1970, 1, 1) + datetime.timedelta(days=int(day))


def _rows(shares: tuple[PatternShare, ...]) -> list[Row]:
    rows: list[Row] = []
    for found in shares:
        name = found.world.name
        limits = {"low": found.low, "high": found.high, "method": "Clopper-Pearson"}
        rows.append(row("null_worlds", "probability", found.hits / found.runs, variable=name, n=found.runs, **limits))
        rows += [
            row("null_worlds", "probability", share, variable=name, level=str(condition), n=found.runs)
            for condition, share in found.each
        ]
    return rows
