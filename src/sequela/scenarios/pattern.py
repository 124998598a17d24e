"""How likely a pattern of p-values is in a world where nothing of what it seems to say is true."""

import datetime
import re

import numpy as np

from sequela.errors import NotEstimableError, Problem, UsageError
from sequela.frozen import frozen
from sequela.records.dates import DAYS_PER_MONTH
from sequela.scenarios.cohort import SimulatedCohort, simulate_cohort
from sequela.scenarios.worlds import World
from sequela.stats.log_rank import log_rank
from sequela.stats.proportions import exact_interval

COMPARISONS = {
    "os.diagnosis": "overall survival from metastatic diagnosis",
    "os.index": "overall survival from the later drug",
    "pfs.index": "progression-free survival on the later drug",
    "pfs.first_line": "progression-free survival of the first line",
}
"""What can be compared between patients with and without the earlier drug in the first line, by log-rank test."""

_CONDITION = re.compile(r"^\s*([a-z_.0-9]+)\s*([<>])\s*(0?\.\d+|[01])\s*$")


@frozen
class Condition:
    """A p-value that is below, or not below, a level.

    Attributes
    ----------
    comparison : str
        A key of `COMPARISONS`.
    below : bool
    level : float
    """

    comparison: str
    below: bool
    level: float

    def __str__(self) -> str:
        """Return the condition as it is written."""
        return f"{self.comparison} {'<' if self.below else '>'} {self.level:g}"

    def holds(self, p_value: float) -> bool:
        """Return whether a p-value meets the condition."""
        return p_value < self.level if self.below else p_value >= self.level


SEPHER = (
    Condition("os.diagnosis", True, 0.05),
    Condition("os.index", False, 0.05),
    Condition("pfs.first_line", False, 0.05),
)
"""What SePHER printed: a difference from diagnosis, none from T-DM1, none on the first line."""


@frozen
class PatternShare:
    """How often a pattern arose in a world.

    Attributes
    ----------
    world : World
    runs, hits : int
    low, high : float
        Exact 95 % interval of the probability, for the number of runs.
    each : tuple of (Condition, float)
        How often each condition held.
    """

    world: World
    runs: int
    hits: int
    low: float
    high: float
    each: tuple[tuple[Condition, float], ...]


def read_condition(text: str) -> Condition:
    """Read `os.diagnosis < 0.05`.

    Raises
    ------
    UsageError
        Where it is no condition, or names a comparison nobody knows.
    """
    found = _CONDITION.match(text)
    if found is None:
        raise UsageError(Problem("pattern", f"'{text}' is no condition", "such as 'os.diagnosis < 0.05'"))
    name, sign, level = found.groups()
    if name not in COMPARISONS:
        raise UsageError(Problem("pattern", f"there is no comparison called '{name}'", ", ".join(COMPARISONS)))
    return Condition(name, sign == "<", float(level))


@frozen
class Calendar:
    """What decided who could be in a cohort of the later drug.

    Attributes
    ----------
    opened, closed : date
        First metastatic diagnosis of the cohort, last day of its records.
    earlier, later : date
        First day on which each drug could be had.
    """

    opened: datetime.date
    closed: datetime.date
    earlier: datetime.date
    later: datetime.date


def world_of(world: World, calendar: Calendar) -> World:
    """Return a world with a study's own calendar; where the drugs were always there they remain so.

    Raises
    ------
    NotEstimableError
        Where the records close before they open, or before the later drug could be had.
    """
    if calendar.closed <= max(calendar.opened, calendar.later):
        found = f"the records close on {calendar.closed}"
        expected = f"a day after {max(calendar.opened, calendar.later)}"
        raise NotEstimableError(Problem("calendar", found, expected, "Patients need time to be treated and followed."))
    structured = world.tdm1_available > 0 or world.pertuzumab_available > 0
    since = calendar.opened
    later = _months(since, calendar.later) if structured else 0.0
    earlier = _months(since, calendar.earlier) if structured else 0.0
    return world.with_values(
        cut_off=_months(since, calendar.closed), tdm1_available=later, pertuzumab_available=earlier
    )


def _months(since: datetime.date, day: datetime.date) -> float:
    return max(0.0, (day - since).days / DAYS_PER_MONTH)


def pattern_share(
    world: World,
    conditions: tuple[Condition, ...],
    rng: np.random.Generator,
    runs: int = 500,
    patients: int = 371,
    after: int | None = None,
) -> PatternShare:
    """Draw cohorts and count in how many of them every condition holds.

    Parameters
    ----------
    after : int or None
        How many of the patients had the earlier drug; None for SePHER's share.

    Raises
    ------
    NotEstimableError
        Where the world selects too few patients of a group.
    """
    if not conditions or runs < 1:
        raise NotEstimableError(Problem("pattern", "no condition, or no run", "at least one of each"))
    wanted = tuple(dict.fromkeys(condition.comparison for condition in conditions))
    met = np.array([_met(simulate_cohort(world, rng, patients, after), conditions, wanted) for _ in range(runs)])
    hits = int(met.all(axis=1).sum())
    limits = exact_interval(hits, runs)
    shares = tuple((condition, float(share)) for condition, share in zip(conditions, met.mean(axis=0), strict=True))
    return PatternShare(world, runs, hits, float(limits.low), float(limits.high), shares)


def _met(cohort: SimulatedCohort, conditions: tuple[Condition, ...], wanted: tuple[str, ...]) -> list[bool]:
    values = {name: p_value_of(cohort, name) for name in wanted}
    return [condition.holds(values[condition.comparison]) for condition in conditions]


def p_value_of(cohort: SimulatedCohort, comparison: str) -> float:
    """Return the log-rank p-value of one comparison between patients with and without the earlier drug."""
    died, last = cohort.death <= cohort.end, np.minimum(cohort.death, cohort.end)
    progressed, seen = cohort.progression <= cohort.end, np.minimum(cohort.progression, cohort.end)
    everyone = np.ones(last.size, dtype=bool)
    time, event = {
        "os.diagnosis": (last, died),
        "os.index": (last - cohort.tdm1, died),
        "pfs.index": (seen - cohort.tdm1, progressed),
        "pfs.first_line": (cohort.first_progression, everyone),
    }[comparison]
    return float(log_rank(time.astype(float), event, cohort.pertuzumab.astype(int)).p_value)
