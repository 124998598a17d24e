"""Courses of treatment before the index drug, laid out so that printed counts and durations come back.

The paper prints how many regimens, how long each drug, how many patients with which partner;
the order, the days and the gaps are invented.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from sequela.evidence.template import History
from sequela.frozen import frozen

GAP_DAYS = 21
"""Days from the last prior course to the index drug: one cycle, invented."""
SHORTEST_LINE = 28
LONGEST_PARTNER = 126
"""Chemotherapy beside an antibody runs for six three-week cycles at most, invented."""
PROGRESSION_LEAD = 7
"""A line ends in a progression seen this many days before the next begins, invented."""


@frozen
class Course:
    """One row of exposures: drug, first and last day from the index drug, setting, why it ended (None: it did not)."""

    drug: str
    start: int
    stop: int
    setting: str
    reason: str | None


@frozen
class Past:
    """What one patient went through before the index drug.

    Attributes
    ----------
    courses : tuple of Course
    progressions : tuple of int
        Days of radiologic progression.
    metastatic : int
        Day of the diagnosis of metastatic disease.
    """

    courses: tuple[Course, ...]
    progressions: tuple[int, ...]
    metastatic: int


@frozen
class Drugs:
    """Days one patient received each drug of a history, and the partners dealt to him.

    Attributes
    ----------
    backbone, added, replaced : int
        Days; 0 where he never received it.
    lines : int
    first_partner, added_partner : str
        Empty where none was dealt.
    """

    backbone: int
    added: int
    replaced: int
    lines: int
    first_partner: str = ""
    added_partner: str = ""


def deal_partners(
    numbers: Mapping[str, int] | None, eligible: Sequence[int], rng: np.random.Generator
) -> dict[int, str]:
    """Give each eligible patient a drug, as many patients per drug as the numbers say."""
    if not numbers:
        return {}
    pool = [drug for drug, count in numbers.items() for _ in range(count)]
    return {int(patient): drug for patient, drug in zip(rng.permutation(eligible), pool, strict=False)}


def past_of(history: History, drugs: Drugs) -> Past:
    """Lay out the courses of one patient, ending `GAP_DAYS` before day 0."""
    end = -GAP_DAYS
    turn = end - drugs.replaced
    start = turn - drugs.backbone
    if drugs.lines == 0:
        return _without_lines(history, drugs, start, turn)
    bounds = _bounds(start, turn, drugs)
    partners = _partners(history, drugs, len(bounds) - 1)
    courses = [Course(history.backbone, start, turn, "metastatic", "progression")]
    for k, partner in enumerate(partners):
        if not partner:
            continue
        stop = min(bounds[k] + LONGEST_PARTNER, bounds[k + 1] - PROGRESSION_LEAD)
        whole = stop < bounds[k] + LONGEST_PARTNER
        courses.append(Course(partner, bounds[k], stop, "metastatic", "progression" if whole else "completed"))
    if drugs.added:
        first = bounds[-2]
        reason = "progression" if first + drugs.added == turn else "completed"
        courses.append(Course(history.added, first, first + drugs.added, "metastatic", reason))
    if drugs.replaced:
        courses.append(Course(history.replaced_by, turn, end, "metastatic", "progression"))
        courses.append(Course(history.replaced_partner, turn, end, "metastatic", "progression"))
        bounds = [*bounds, end]
    progressions = [bound - PROGRESSION_LEAD for bound in bounds[1:-1]] + [-PROGRESSION_LEAD]
    return Past(tuple(courses), tuple(progressions), start - GAP_DAYS)


def _without_lines(history: History, drugs: Drugs, start: int, stop: int) -> Past:
    """Return a patient who relapsed on adjuvant treatment and came straight to the index drug."""
    courses = [Course(history.backbone, start, stop, "early", "progression")]
    if drugs.first_partner:
        courses.append(Course(drugs.first_partner, start, min(stop, start + LONGEST_PARTNER), "early", "progression"))
    return Past(tuple(courses), (), -PROGRESSION_LEAD)


def _bounds(start: int, stop: int, drugs: Drugs) -> list[int]:
    """Return the days on which the lines of the backbone begin, then its last day."""
    lines = drugs.lines - (1 if drugs.replaced else 0)
    if lines < 1:
        return [start, stop]
    if drugs.added and lines > 1:
        inner = np.linspace(start, stop - drugs.added, lines)
        return [*np.rint(inner).astype(int).tolist(), stop]
    return np.rint(np.linspace(start, stop, lines + 1)).astype(int).tolist()


def _partners(history: History, drugs: Drugs, lines: int) -> list[str]:
    """Return the chemotherapy of each line of the backbone, never the same twice."""
    taken = {drugs.first_partner, drugs.added_partner, history.replaced_partner if drugs.replaced else ""}
    others = [drug for drug in history.partners if drug not in taken]
    chosen = [drugs.first_partner] if drugs.first_partner else []
    last = [drugs.added_partner] if drugs.added_partner else []
    while len(chosen) + len(last) < lines:
        chosen.append(others.pop(0) if others else (history.partners or ("",))[0])
    return [*chosen[: lines - len(last)], *last]
