"""The lines of a reconstructed patient: their days, and the drugs given in each.

The days of lines 1 and 2 come from the search; which drugs were given is invented within what defines the groups.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sequela.evidence.patients import Rows
from sequela.evidence.sequence_lives import LEAST_LINE
from sequela.evidence.sequence_reconstruct import SequenceReconstruction
from sequela.records.drugs import default_vocabulary

TAXANE_DAYS = 105
"""Days for which a partner of a first-line antibody is given, invented: six cycles."""
MAINTENANCE_DELAY = 14
"""Days from the end of the partner to maintenance beside the antibody, invented."""
AT_ONCE = 30
"""Most days between lines for a course given instead, invented: what keeps a drug follows its progression at once."""
LEAST_MAINTENANCE = 90
"""Fewest days of maintenance: begun closer to a progression it would count as its treatment."""


class Stretch(NamedTuple):
    """One line.

    Attributes
    ----------
    line, start, stop : int
        Its number, first and last day.
    progression, died : bool
        Whether it ended in progression, or the patient died under it.
    known : bool
        Whether the search gave its days.
    """

    line: int
    start: int
    stop: int
    progression: bool
    died: bool
    known: bool


class Course(NamedTuple):
    """What one patient was given.

    Attributes
    ----------
    lines : tuple of tuple of str
        Drugs of each line; lines up to the index drug that are not given repeat the last.
    maintenance : str
        Drug added in line 1 once the partner of the antibody had ended; empty without one.
    holiday : bool
        Line 1 ended for toxicity and was taken up again as line 2.
    """

    lines: tuple[tuple[str, ...], ...]
    maintenance: str
    holiday: bool


def stretches_of(found: SequenceReconstruction, i: int, rng: np.random.Generator) -> list[Stretch]:
    """Return the lines of patient i up to the index drug; the gaps between them are shared out."""
    index, start = int(found.lines.index_line[i]), int(found.lines.start[i])
    wait, end = int(found.life.wait[i]), int(found.life.wait[i] + found.life.after[i])
    dead = bool(found.life.event[i])
    stretches, day = [], start
    for line in range(1, index + 1):
        days, event = _line_of(found, line, i, wait - day - 1 if line < index else end - wait)
        day = wait if line == index else day
        died = line == index and dead and day + days == end
        known = line <= 2
        stretches.append(Stretch(line, day, day + days, event and not died, died, known))
        left = wait - (day + days + 1) - (index - line - 1) * (LEAST_LINE + 1)
        left -= int(found.second.after[i]) - LEAST_LINE if line == 1 and index > 2 else 0
        day += days + 1 + (int(rng.random() * max(left, 0)) if line < index else 0)
    return stretches


def _line_of(found: SequenceReconstruction, line: int, i: int, room: int) -> tuple[int, bool]:
    """Return days and event of a line; beyond the second, which no endpoint was printed of, all the room there is."""
    if line > 2:
        return room, False
    times = (found.first, found.second)[line - 1]
    return int(times.after[i]), bool(times.event[i])


def course_of(found: SequenceReconstruction, i: int, stretches: list[Stretch], rng: np.random.Generator) -> Course:
    """Deal patient i a course; the same number of draws for everyone, so that one choice does not move another."""
    invented = found.printed.invented
    group = found.cohort.groups[found.cohort.group[i]]
    draws = rng.random(3)
    lines = found.printed.lines[group]
    before = pairwise(stretches[:-1])
    at_once = all(later.start - earlier.stop <= AT_ONCE for earlier, later in before)
    if group in invented.instead and at_once and draws[0] < invented.instead[group].share:
        lines = invented.instead[group].lines
    drug = ""
    if invented.maintenance is not None and len(stretches) > 1 and draws[1] < invented.maintenance.share:
        variable, levels = invented.maintenance.of
        drug = invented.maintenance.drug if not variable or level_of(found, variable, i) in levels else ""
    if invented.holiday is not None and len(stretches) > 2 and draws[2] < invented.holiday.share:
        gap = stretches[1].start - stretches[0].stop
        if invented.holiday.days[0] <= gap <= invented.holiday.days[1]:
            return Course((lines[0], lines[0], *lines[2:]), drug, True)
    return Course(lines, drug, False)


def level_of(found: SequenceReconstruction, name: str, i: int) -> str:
    """Return the level of a categorical of patient i; empty where nothing was printed of it."""
    item = next((one for one in found.printed.categorical if one.name == name), None)
    return list(item.totals)[found.levels[name][i]] if item else ""


def write_course(rows: Rows, name: str, stretches: list[Stretch], course: Course, index_drug: str) -> None:
    """Write the exposures of a patient's lines, and what was seen at the end of those whose end is known."""
    for stretch in stretches:
        last = stretch is stretches[-1]
        drugs = (index_drug,) if last else course.lines[min(stretch.line, len(course.lines)) - 1]
        toxic = course.holiday and stretch.line == 1
        reason = "progression" if stretch.progression else "death" if stretch.died else None
        _write_line(rows, name, stretch, drugs, "toxicity" if toxic else reason, course.maintenance)
        if (stretch.known or last) and not stretch.died:
            response = "PD" if stretch.progression and not toxic else "SD"
            rows.add("assessments", patient_id=name, day=stretch.stop, response=response, basis="radiologic")


def _write_line(
    rows: Rows, name: str, stretch: Stretch, drugs: tuple[str, ...], reason: str | None, maintenance: str
) -> None:
    def add(drug: str, start: int, stop: int, why: str | None) -> None:
        given = {"start": start, "stop": stop, "setting": "metastatic", "reason_stopped": why}
        rows.add("exposures", patient_id=name, drug=drug, **given)

    ended = stretch.start + TAXANE_DAYS
    shortened = [drug for drug in drugs[1:] if stretch.line == 1 and ended < stretch.stop and not _antibody(drug)]
    for drug in drugs:
        if drug in shortened:
            add(drug, stretch.start, ended, "completed")
        else:
            add(drug, stretch.start, stretch.stop, reason)
    if maintenance and shortened and ended + MAINTENANCE_DELAY + LEAST_MAINTENANCE <= stretch.stop:
        add(maintenance, ended + MAINTENANCE_DELAY, stretch.stop, reason)


def _antibody(drug: str) -> bool:
    return default_vocabulary().ingredient(drug).modality == "antibody"
