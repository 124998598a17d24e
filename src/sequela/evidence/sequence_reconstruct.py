"""Patients of a cohort of treatment sequences that would have printed what a paper printed.

As `evidence.reconstruct`, for hundreds of patients with several clocks: counts first, then the lives
from diagnosis to death, then the lines inside them. Never evidence.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from sequela.evidence.reconstruct import NEVER_EVIDENCE
from sequela.evidence.search_times import Schedule
from sequela.evidence.sequence_covariates import cohort_of, deal_index_lines, deal_levels, deal_quantities
from sequela.evidence.sequence_judge import Times, constraints_of
from sequela.evidence.sequence_lives import Lines, draw_lines, draw_lives, first_line, second_line
from sequela.evidence.sequence_printed import DIAGNOSIS, INDEX, LINE_1, LINE_2, PrintedSequences
from sequela.evidence.sequence_problem import Assignment, Cohort, Life, Limits, targets_of
from sequela.evidence.sequence_search import search_lives
from sequela.frozen import frozen

LIVES_SCHEDULE = Schedule(moves=300_000, hot=0.3, cold=1e-3)
LINES_SCHEDULE = Schedule(moves=250_000, hot=0.3, cold=1e-3)


@frozen
class SequenceEffort:
    """How long to look.

    Attributes
    ----------
    restarts : int
        Random starts of each search; it stops at the first solution.
    lives, lines : Schedule
        Moves and temperatures of the searches for lives and for the lines inside them.
    """

    restarts: int = 3
    lives: Schedule = LIVES_SCHEDULE
    lines: Schedule = LINES_SCHEDULE


PATIENT = SequenceEffort()
"""Minutes for some five hundred patients."""


@frozen
class SequenceReconstruction:
    """Patients, and what they reach of what was printed.

    Attributes
    ----------
    printed : PrintedSequences
    cohort : Cohort
    levels : mapping of str to int array
        Level of each patient, by categorical.
    quantities : dict of str to float array
        Continuous quantities in their unit; nan where a patient has none.
    lines : Lines
    life : Life
        From the diagnosis to the index drug, and from it to death or last contact.
    first, second : Life
        Times of lines 1 and 2 in `after`; an event is a progression or a death. `second` is 0 where there was no
        second line.
    constraints : DataFrame
        See `reconstruct.CONSTRAINT_SCHEMA`; every number computed again with `sequela.stats`.
    invention : int
        Seed of what is invented when the patients become records.
    """

    printed: PrintedSequences
    cohort: Cohort
    levels: Assignment
    quantities: dict[str, np.ndarray]
    lines: Lines
    life: Life
    first: Life
    second: Life
    constraints: pl.DataFrame
    invention: int

    @property
    def notice(self) -> str:
        """Return what these patients are."""
        return NEVER_EVIDENCE


def reconstruct_sequences(
    printed: PrintedSequences,
    rng: np.random.Generator,
    effort: SequenceEffort = PATIENT,
    progress: Callable[[str], None] = lambda text: None,
) -> SequenceReconstruction:
    """Look for patients who would have printed the same, and judge every printed number.

    Parameters
    ----------
    printed : PrintedSequences
    rng : numpy.random.Generator
    effort : SequenceEffort
    progress : callable
        Told what is searched for.

    Raises
    ------
    StudyError
        Where printed counts exclude each other.
    """
    levels = deal_levels(printed, rng)
    quantities = deal_quantities(printed, levels, rng)
    cohort = cohort_of(printed, levels)
    index = deal_index_lines(printed, rng)
    progress("lives: from the diagnosis and from the index drug to death")
    life, lines = _lives(printed, cohort, index, rng, effort)
    progress("line 1")
    first = _line(printed, LINE_1, cohort, first_line(lines, life), rng, effort)
    progress("line 2")
    second = _line(printed, LINE_2, cohort, second_line(lines, life, first.after), rng, effort)
    times = {
        DIAGNOSIS: Times(life.wait + life.after, life.event),
        INDEX: Times(life.after, life.event),
        LINE_1: Times(first.after, first.event),
        LINE_2: Times(second.after, second.event),
    }
    constraints = constraints_of(printed, cohort, times)
    invention = int(rng.integers(2**31))
    return SequenceReconstruction(
        printed, cohort, levels, quantities, lines, life, first, second, constraints, invention
    )


def _lives(
    printed: PrintedSequences, cohort: Cohort, index: np.ndarray, rng: np.random.Generator, effort: SequenceEffort
) -> tuple[Life, Lines]:
    targets = tuple(targets_of(printed, printed.endpoint(clock), cohort) for clock in (DIAGNOSIS, INDEX))
    found: list[tuple[float, Life, Lines]] = []
    for _ in range(effort.restarts):
        lines = draw_lines(printed, cohort, index, rng)
        start, limits = draw_lives(printed, cohort, lines, rng)
        life, penalty = search_lives(start, limits, cohort, (targets[0], targets[1]), rng, effort.lives)
        found.append((penalty, life, lines))
        if penalty == 0:
            break
    _, life, lines = min(found, key=lambda one: one[0])
    return life, lines


def _line(
    printed: PrintedSequences,
    clock: str,
    cohort: Cohort,
    begun: tuple[Life, Limits, np.ndarray],
    rng: np.random.Generator,
    effort: SequenceEffort,
) -> Life:
    """Search for the times of a line among those who had it; 0 for the others."""
    start, limits, had = begun
    members = Cohort(cohort.group[had], cohort.stratum[had], cohort.groups, cohort.strata)
    inside = Limits(limits.wait[had], limits.after[had], limits.longest[had], True, limits.at_cap[had])
    targets = (targets_of(printed, printed.endpoint(clock), members), targets_of(printed, None, members))
    found: list[tuple[float, Life]] = []
    for _ in range(effort.restarts):
        chosen = Life(start.wait[had], start.after[had], start.event[had])
        life, penalty = search_lives(chosen, inside, members, targets, rng, effort.lines)
        found.append((penalty, life))
        if penalty == 0:
            break
    best = min(found, key=lambda one: one[0])[1]
    after, event = np.zeros(had.size), np.zeros(had.size, dtype=bool)
    after[had], event[had] = best.after, best.event
    return Life(np.zeros(had.size), after, event)
