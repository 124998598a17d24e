"""From nothing to lives: times drawn around the printed medians, and what limits each of them.

A patient is diagnosed, begins line 1 some days later, progresses, begins the next line after a gap, and so on
to the index drug; then he dies or is lost from sight. Every later day lies after every earlier one.
"""

from typing import NamedTuple

import numpy as np

from sequela.evidence.sequence_printed import LINE_1, LINE_2, OVERALL, PrintedEndpoint, PrintedSequences
from sequela.evidence.sequence_problem import Cohort, Life, Limits
from sequela.records.dates import DAYS_PER_MONTH

LEAST_LINE = 35
"""Fewest days of a line: a drug begun within the regimen window of 28 days would still belong to it."""
LEAST_AFTER = 30
"""Fewest days from the start of the index drug to the last contact."""
SPREAD = 0.75
"""Of the time to progression on the log scale (as in the methods' simulation); invented."""
TYPICAL = 7.0
"""Months to progression where no median was printed."""


class Lines(NamedTuple):
    """How the time up to the index drug is filled.

    Attributes
    ----------
    index_line : int array, shape (n,)
        Line in which the index drug began.
    start : float array, shape (n,)
        Days from the diagnosis to line 1.
    first, second : float array, shape (n,)
        Days to progression in lines 1 and 2, as drawn.
    """

    index_line: np.ndarray
    start: np.ndarray
    first: np.ndarray
    second: np.ndarray

    @property
    def least_wait(self) -> np.ndarray:
        """Return the fewest days from the diagnosis to the index drug."""
        return self.start + (self.index_line - 1) * (LEAST_LINE + 1)


def draw_lines(printed: PrintedSequences, cohort: Cohort, index: np.ndarray, rng: np.random.Generator) -> Lines:
    """Draw the lines of each patient."""
    low, high = printed.assumed.start_days
    start = rng.integers(low, high + 1, index.size).astype(float)
    return Lines(
        index,
        start,
        _progression(printed.endpoint(LINE_1), cohort, rng),
        _progression(printed.endpoint(LINE_2), cohort, rng),
    )


def _progression(endpoint: PrintedEndpoint | None, cohort: Cohort, rng: np.random.Generator) -> np.ndarray:
    printed = {(m.group, m.stratum): m.summary.value.value for m in (endpoint.medians if endpoint else ()) if m.summary}
    middle = np.full(cohort.group.size, TYPICAL)
    for k, group in enumerate(cohort.groups):
        for s, stratum in enumerate(cohort.strata):
            chosen = (cohort.group == k) & (cohort.stratum == s)
            middle[chosen] = printed.get((group, stratum), printed.get((group, OVERALL), TYPICAL))
    days = middle * DAYS_PER_MONTH * np.exp(rng.normal(0, SPREAD, middle.size))
    return np.maximum(np.round(days), LEAST_LINE)


def draw_lives(
    printed: PrintedSequences, cohort: Cohort, lines: Lines, rng: np.random.Generator
) -> tuple[Life, Limits]:
    """Draw the wait for the index drug and what followed, and the limits of both."""
    per_group = (printed.assumed.gap, printed.assumed.survival, printed.assumed.followed, printed.assumed.longest)
    gap, survival, followed, longest = (
        np.array([values[name] for name in cohort.groups])[cohort.group] * DAYS_PER_MONTH for values in per_group
    )
    n = gap.size
    wait = lines.start.copy()
    for line in range(1, int(lines.index_line.max())):
        passed = lines.first if line == 1 else lines.second
        wait += np.where(lines.index_line > line, np.round(passed + 1 + rng.exponential(gap)), 0)
    latest = np.maximum(longest - LEAST_AFTER, lines.least_wait)
    least = np.where(lines.index_line == 1, lines.start, np.minimum(lines.least_wait, latest))
    most = np.where(lines.index_line == 1, lines.start, latest)
    wait = np.clip(wait, least, most)
    dies = rng.exponential(survival / np.log(2))
    leaves = rng.exponential(followed / np.log(2))
    after = np.clip(np.round(np.minimum(dies, leaves)), LEAST_AFTER, np.maximum(longest - wait, LEAST_AFTER))
    limits = Limits(
        np.column_stack([least, most]),
        np.column_stack([np.full(n, LEAST_AFTER), longest]),
        np.maximum(longest, least + LEAST_AFTER),
        False,
        np.zeros(n, dtype=bool),
    )
    return Life(wait, after, dies <= leaves), limits


def first_line(lines: Lines, life: Life) -> tuple[Life, Limits, np.ndarray]:
    """Return the times of line 1, their limits, and who had the line.

    Where line 1 is the index drug it lasts at most to death or last contact.
    """
    later = np.maximum(lines.index_line - 2, 0) * (LEAST_LINE + 1)
    room = life.wait - lines.start - 1 - later
    return _of_line(lines.first, np.where(lines.index_line == 1, life.after, room), lines.index_line == 1, life)


def second_line(lines: Lines, life: Life, first: np.ndarray) -> tuple[Life, Limits, np.ndarray]:
    """Return the times of line 2, their limits, and who had the line; `first` are the days of line 1."""
    later = np.maximum(lines.index_line - 3, 0) * (LEAST_LINE + 1)
    room = life.wait - lines.start - first - 2 - later
    room = np.where(lines.index_line == 2, life.after, room)
    found, limits, _ = _of_line(lines.second, np.maximum(room, 1), lines.index_line == 2, life)
    return found, limits, lines.index_line > 1


def _of_line(drawn: np.ndarray, room: np.ndarray, last: np.ndarray, life: Life) -> tuple[Life, Limits, np.ndarray]:
    """Return times up to the room there is.

    At its end a patient who goes on to another line has progressed; one under the index drug (`last`) has died or is
    censored.
    """
    n = drawn.size
    least = np.minimum(LEAST_LINE, room)
    time = np.clip(drawn, least, room)
    at_cap = ~last | life.event
    nothing = np.zeros((n, 2))
    limits = Limits(nothing, np.column_stack([least, room]), room, True, at_cap)
    return Life(np.zeros(n), time, (time < room) | at_cap), limits, np.ones(n, dtype=bool)
