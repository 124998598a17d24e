"""What to look at before believing the answer: what was checked, and what this version cannot check."""

import math
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from sequela.analyses.results import Survival
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import DAYS_PER_MONTH, counted, inside_sentence, listed, months, percent, worded
from sequela.report.answer import cautions, ratios, released
from sequela.report.tables import confidence

UNEQUAL_FOLLOW_UP = 1.25
"""Ratio of two reverse Kaplan-Meier medians from which the groups were not followed equally long."""


class Grade(StrEnum):
    """How a check ended."""

    FINE = "OK"
    LOOK = "LOOK"
    STOP = "STOP"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    Attributes
    ----------
    grade : Grade
    title : str
    finding : str
        The number that decided it.
    """

    grade: Grade
    title: str
    finding: str


@dataclass(frozen=True, slots=True)
class Unassessed:
    """A bias this version does not look for.

    Attributes
    ----------
    title, why : str
        Its name, and what it could do to the answer.
    """

    title: str
    why: str


UNASSESSED = (
    Unassessed(
        "When each sequence was available",
        "A drug that arrived late leaves its patients less time to be followed and selects early failures.",
    ),
    Unassessed(
        "Left truncation", "Patients who died or left before they could enter the records are missing from them."
    ),
    Unassessed("Informative censoring", "Patients who stop being followed may fare differently from those who stay."),
    Unassessed("How lines were counted", "Another rule for lines of therapy may move patients between groups."),
    Unassessed(
        "Visit schedules", "Progression is found at visits; the group seen more often progresses earlier on paper."
    ),
    Unassessed("Centres", "Patients of one centre resemble each other; intervals may be too narrow."),
    Unassessed("Non-proportional hazards", "A single ratio is an average where the curves cross or close."),
    Unassessed("Positivity", "Some kinds of patients may exist in one group only, beyond the reach of adjustment."),
    Unassessed("Unmeasured confounding", "What is not in the records cannot be adjusted for; no E-value is given."),
    Unassessed("Control outcomes", "No outcome that should not differ, or surely should, was tried."),
)


def checks(result: StudyResult) -> tuple[Check, ...]:
    """Return what was checked, what stops the reader first."""
    shown = [item for item in released(result) if isinstance(item, Survival)]
    found = [Check(Grade.STOP, "Not answered", reason) for reason in result.withheld]
    found.append(_clock(result))
    found += [_follow_up(item, several=len(shown) > 1) for item in shown]
    found += [check for item in shown for check in _adjustment(item)]
    found += [_undecidable(result), _partial_dates(result), _refused_rows(result)]
    found += _notices(result)
    found += [Check(Grade.LOOK, "Caution", text) for text in cautions(result)]
    worst_first = (Grade.STOP, Grade.LOOK, Grade.FINE)
    return tuple(sorted(found, key=lambda check: worst_first.index(check.grade)))


def counts_by(frame: pl.DataFrame, column: str) -> tuple[tuple[str, int], ...]:
    """Return how many rows carry each value of a column, most first."""
    counted_rows = frame.group_by(column).len().sort(["len", column], descending=[True, False], nulls_last=True)
    return tuple((str(value), int(number)) for value, number in counted_rows.iter_rows())


def _clock(result: StudyResult) -> Check:
    guard = result.cohort.guard
    shares = [
        f"{100 * share:.0f}% in {group}" for group, share in guard.guaranteed_share if share and math.isfinite(share)
    ]
    guaranteed = f" Time that could not end in an event: {listed(shares)}." if shares else ""
    if guard.late:
        text = f"{counted(guard.late, 'patient')} entered the cohort after the clock had started."
        return Check(Grade.STOP, "Clock", f"{text}{guaranteed}")
    fine = "No patient's clock starts before the event that puts the patient in the group."
    return Check(Grade.FINE, "Clock", f"{fine}{guaranteed}")


def _follow_up(survival: Survival, several: bool) -> Check:
    level = confidence(survival)
    title = f"Follow-up, {inside_sentence(survival.label)}" if several else "Follow-up"
    each = [f"{worded(group.follow_up, months, level, 'months')} in {group.name}" for group in survival.groups]
    text = f"Median by reverse Kaplan-Meier: {listed(each)}."
    medians = [group.follow_up.value / DAYS_PER_MONTH for group in survival.groups]
    if len(medians) < 2:
        return Check(Grade.FINE, title, text)
    if not all(math.isfinite(median) for median in medians):
        return Check(
            Grade.LOOK,
            title,
            f"{text} Where it is not reached, most patients had the event before their follow-up ended.",
        )
    if max(medians) > UNEQUAL_FOLLOW_UP * min(medians):
        return Check(Grade.LOOK, title, text)
    return Check(Grade.FINE, title, text)


def _adjustment(survival: Survival) -> list[Check]:
    found = []
    for adjusted in ratios(survival, adjusted=True):
        crude = next((item for item in ratios(survival, adjusted=False) if item.group == adjusted.group), None)
        if crude is None:
            continue
        values = (crude.estimate.value, adjusted.estimate.value)
        if all(math.isfinite(value) for value in values) and (values[0] - 1) * (values[1] - 1) < 0:
            text = "Crude and adjusted hazard ratio point in opposite directions."
            found.append(Check(Grade.LOOK, f"Adjustment, {adjusted.group}", text))
    return found


def _undecidable(result: StudyResult) -> Check:
    steps = [step for step in result.cohort.flow if step.undecidable]
    if not steps:
        return Check(Grade.FINE, "Patients not decidable", "The records decide every criterion for every patient.")
    total = sum(step.undecidable for step in steps)
    share = percent(total, result.cohort.flow[0].before)
    each = listed([f"{step.undecidable} on “{step.label}”" for step in steps])
    return Check(Grade.LOOK, "Patients not decidable", f"{counted(total, 'patient')} ({share}%) left out: {each}.")


def _partial_dates(result: StudyResult) -> Check:
    dates = result.records.imputations
    if dates.is_empty():
        return Check(Grade.FINE, "Partial dates", "Every date that was used is complete.")
    each = listed([f"{number} in {table}" for table, number in counts_by(dates, "table")])
    text = f"{counted(len(dates), 'date')} without day or month were completed by rule: {each}."
    return Check(Grade.LOOK, "Partial dates", text)


def _refused_rows(result: StudyResult) -> Check:
    refused = result.records.quarantine
    read = sum(source.rows_read for source in result.records.sources)
    if refused.is_empty():
        return Check(Grade.FINE, "Refused rows", f"None of {counted(read, 'row')} was refused.")
    rules = listed([f"{number} by {rule}" for rule, number in counts_by(refused, "rule")])
    rows = sum(source.rows_quarantined for source in result.records.sources) or len(refused)
    return Check(Grade.LOOK, "Refused rows", f"{rows} of {counted(read, 'row')} were refused: {rules}.")


def _notices(result: StudyResult) -> list[Check]:
    notices = result.records.notices
    if notices.is_empty():
        return []
    each = listed([f"{number} in {table}" for table, number in counts_by(notices, "table")])
    text = f"{counted(len(notices), 'notice')} about names or columns the program does not know: {each}."
    return [Check(Grade.LOOK, "Records", text)]
