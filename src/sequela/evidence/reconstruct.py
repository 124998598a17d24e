"""Patients that would have printed what a paper printed.

They test programs and let a paper be read again under other definitions. They are never
evidence: many different sets of patients print the same numbers, and none of these people
exists.
"""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from sequela.evidence.assignments import assign_responses, random_levels, search_levels
from sequela.evidence.contradictions import Contradiction, contradictions
from sequela.evidence.dealing import dealt_values
from sequela.evidence.facts import Fact, printed_facts
from sequela.evidence.measure import measured
from sequela.evidence.printed import Conventions, Printed
from sequela.evidence.search_covariates import COVARIATE_SCHEDULE
from sequela.evidence.search_times import TIMES_SCHEDULE, Schedule, Times, search_times
from sequela.evidence.search_values import VALUE_SCHEDULE, search_values
from sequela.evidence.solution import Solution, patients_frame
from sequela.evidence.template import still_treated, template_of
from sequela.evidence.times_problem import starting_events, times_problem
from sequela.frozen import frozen

NEVER_EVIDENCE = (
    "Reconstructed patients: made by a program so that they would have printed what the paper printed. "
    "They are for testing programs and re-reading papers, never evidence."
)
REACHED, NOT_REACHED, CONTRADICTS = "reached", "not reached", "contradicts"
FOUND, NOT_FOUND, IMPOSSIBLE = "found", "not found", "impossible"
CONSTRAINT_SCHEMA = {
    "constraint": pl.String,
    "line": pl.Int32,
    "printed": pl.String,
    "reached": pl.String,
    "verdict": pl.String,
    "against": pl.String,
    "reason": pl.String,
}
"""One row per printed number: what the patients give, and what it contradicts where it does."""
CONVENTION_SCHEMA = {
    "median_interval": pl.String,
    "hazard_ratio_interval": pl.String,
    "ties": pl.String,
    "verdict": pl.String,
    "penalty": pl.Float64,
    "reason": pl.String,
}
"""One row per set of conventions: whether patients were found who print everything under it."""


@frozen
class Effort:
    """How long to look.

    Attributes
    ----------
    restarts : int
        Random starts for times, and for values.
    other_restarts : int
        Random starts for times under each of the other conventions; 0 leaves them out.
    times, levels, values : Schedule
        Moves and temperatures of the three searches.
    """

    restarts: int = 24
    other_restarts: int = 24
    times: Schedule = TIMES_SCHEDULE
    levels: Schedule = COVARIATE_SCHEDULE
    values: Schedule = VALUE_SCHEDULE


PATIENT = Effort()
"""Long enough for a paper of some forty patients: minutes."""


@frozen
class Reconstruction:
    """Patients, and what they reach of what was printed.

    Attributes
    ----------
    printed : Printed
    solution : Solution
    patients : DataFrame
        One row per patient: id, group, days, event, covariates, best response.
    constraints : DataFrame
        See `CONSTRAINT_SCHEMA`; every number computed again with `sequela.stats`.
    conventions : DataFrame
        See `CONVENTION_SCHEMA`; the patients are made under the first row.
    invention : int
        Seed of what `records_from` invents.
    notice : str
        What these patients are, and are not.
    """

    printed: Printed
    solution: Solution
    patients: pl.DataFrame
    constraints: pl.DataFrame
    conventions: pl.DataFrame
    invention: int
    notice: str = NEVER_EVIDENCE

    def missed(self) -> pl.DataFrame:
        """Return the constraints that were not reached."""
        return self.constraints.filter(pl.col("verdict") != REACHED)


def reconstruct(
    printed: Printed,
    rng: np.random.Generator,
    effort: Effort = PATIENT,
    progress: Callable[[str], None] = lambda _: None,
) -> Reconstruction:
    """Find patients consistent with everything a paper printed, to its printed precision.

    Times are sought first (Kaplan-Meier medians with their limits, ranges, log-rank p, crude
    hazard ratio), then who has which covariate (adjusted ratio), then ages, durations and
    counts. Counts are exact by construction. The same generator state gives the same patients.

    progress : told in words what is being sought; silent by default.
    """
    streams = rng.spawn(4 + len(printed.conventions) - 1)
    progress("times and covariates")
    times, levels, penalty = _search_patients(printed, printed.conventions[0], streams[0], effort, effort.restarts)
    progress("ages, durations and counts")
    values, _ = search_values(printed, streams[1], effort.restarts, effort.values)
    values = dealt_values(printed, template_of(printed), values)
    group = np.repeat(np.arange(len(printed.sizes)), printed.sizes)
    response = assign_responses(printed, group, times.time, times.event, streams[2])
    solution = Solution(group, times.time, times.event, levels, values, response)
    tried = [_tried(printed.conventions[0], penalty, effort.restarts)]
    tried += _other_conventions(printed, streams[4:], effort, progress)
    return Reconstruction(
        printed,
        solution,
        patients_frame(printed, solution),
        constraint_table(printed, solution),
        pl.DataFrame(tried, schema=CONVENTION_SCHEMA, orient="row"),
        int(streams[3].integers(2**62)),
    )


def _search_patients(
    printed: Printed, conventions: Conventions, rng: np.random.Generator, effort: Effort, restarts: int
) -> tuple[Times, np.ndarray, float]:
    """Restart until times and covariates meet everything; else return the nearest."""
    problem = times_problem(printed, conventions, still_treated(printed))
    best: tuple[Times, np.ndarray, float] | None = None
    for _ in range(restarts):
        times = search_times(problem, starting_events(printed), rng, effort.times)
        if best is not None and times.penalty >= best[2]:
            continue
        levels, missed = random_levels(printed, rng), 0.0
        if times.penalty == 0 or best is None:
            levels, missed = search_levels(printed, conventions, times, levels, rng, effort.levels)
        if best is None or times.penalty + missed < best[2]:
            best = times, levels, times.penalty + missed
        if best[2] == 0:
            break
    if best is None:
        raise ValueError("restarts must be at least 1")
    return best


def constraint_table(printed: Printed, solution: Solution) -> pl.DataFrame:
    """Compute every printed number from the patients, with a verdict each; see `CONSTRAINT_SCHEMA`."""
    values = measured(printed, solution, printed.conventions[0])
    excluded = {item.name: item for item in contradictions(printed, printed.conventions[0])}
    rows = [_constraint_row(fact, values.get(fact.name, float("nan")), excluded) for fact in printed_facts(printed)]
    return pl.DataFrame(rows, schema=CONSTRAINT_SCHEMA, orient="row")


def _constraint_row(fact: Fact, value: float, excluded: dict[str, Contradiction]) -> tuple:
    shown = f"{value:.{fact.printed.decimals + (2 if fact.printed.decimals else 0)}f}"
    if fact.name in excluded:
        item = excluded[fact.name]
        return fact.name, fact.line, fact.printed.text, shown, CONTRADICTS, "; ".join(item.against), item.reason
    if fact.printed.holds(value):
        return fact.name, fact.line, fact.printed.text, shown, REACHED, "", ""
    apart = f"{fact.printed.distance(value):.2g} half units of the last digit outside"
    return fact.name, fact.line, fact.printed.text, shown, NOT_REACHED, "", apart


def _other_conventions(
    printed: Printed, streams: Sequence[np.random.Generator], effort: Effort, progress: Callable[[str], None]
) -> list[tuple]:
    """Try the conventions after the first; those that arithmetic excludes are not searched."""
    own = {item.name for item in contradictions(printed, printed.conventions[0])}
    rows = []
    for conventions, stream in zip(printed.conventions[1:], streams, strict=True):
        barred = [item for item in contradictions(printed, conventions) if item.name not in own]
        if barred:
            reason = "; ".join(item.reason for item in barred)
            rows.append((*_words(conventions), IMPOSSIBLE, float("nan"), reason))
        elif effort.other_restarts:
            progress(f"other conventions: {conventions}")
            found = _search_patients(printed, conventions, stream, effort, effort.other_restarts)
            rows.append(_tried(conventions, found[2], effort.other_restarts))
    return rows


def _tried(conventions: Conventions, penalty: float, restarts: int) -> tuple:
    if penalty == 0:
        return *_words(conventions), FOUND, 0.0, "patients exist who print every time and every ratio"
    reason = f"none met in {restarts} random starts; this does not prove that there are none"
    return *_words(conventions), NOT_FOUND, penalty, reason


def _words(conventions: Conventions) -> tuple[str, str, str]:
    return conventions.median_interval, conventions.hazard_ratio_interval, conventions.ties
