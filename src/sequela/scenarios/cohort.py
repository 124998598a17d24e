"""From a world to patients as arrays: what happened to each, in whole days from her metastatic diagnosis."""

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.records.dates import DAYS_PER_MONTH
from sequela.scenarios.worlds import World

POPULATION_FACTOR, MOST_ROUNDS = 16, 40
SHARE = 177 / 371
"""Share of the cohort with pertuzumab in the first line: SePHER's."""


@frozen
class SimulatedCohort:
    """Patients who started T-DM1, one entry each. Days count from the metastatic diagnosis.

    Attributes
    ----------
    world : World
    diagnosed : int array, shape (n,)
        Days from the first of January 2003 to the metastatic diagnosis.
    pertuzumab : bool array
        In the first line.
    first_progression, tdm1, progression, death : int array
        First progression, start of T-DM1, progression on it and death, as they would be without an end of follow-up.
    end : int array
        Last day of follow-up; later than `tdm1`.
    frail : bool array
        Performance status 2 at the start of T-DM1, otherwise 1.
    added : int array
        Day on which pertuzumab was added to T-DM1; -1 where it never was.
    interim : bool array
        Trastuzumab with capecitabine between first progression and T-DM1.
    status : int array, shape (n, months)
        Performance status at visits every month from the start of T-DM1 on; 0 from progression or the last day on. No
        column where the world records it once.
    """

    world: World
    diagnosed: np.ndarray
    pertuzumab: np.ndarray
    first_progression: np.ndarray
    tdm1: np.ndarray
    progression: np.ndarray
    death: np.ndarray
    end: np.ndarray
    frail: np.ndarray
    added: np.ndarray
    interim: np.ndarray
    status: np.ndarray


@frozen
class NeverTDM1:
    """Patients who started a first line and not T-DM1 before the records were closed; days from the diagnosis.

    Attributes
    ----------
    diagnosed, first_progression, end : int array, shape (m,)
        As in `SimulatedCohort`; first progression as it would be without an end of follow-up.
    pertuzumab, frail : bool array
    died : bool array
        Whether follow-up ended in death; otherwise when the records were closed.
    second : int array
        Day on which lapatinib with capecitabine was begun, before T-DM1 could be had; -1 where it never was.
    """

    diagnosed: np.ndarray
    pertuzumab: np.ndarray
    first_progression: np.ndarray
    frail: np.ndarray
    end: np.ndarray
    died: np.ndarray
    second: np.ndarray


def simulate_starters(world: World, rng: np.random.Generator, n: int) -> tuple[SimulatedCohort, NeverTDM1]:
    """Draw n patients who started a first line: those who came to T-DM1, and those who never did.

    Who did not come to T-DM1 was followed to death or to the close of the records. Whose second line began before T-DM1
    could be had was given lapatinib with capecitabine.

    Raises
    ------
    NotEstimableError
        Where next to nobody, or everybody, comes to T-DM1.
    """
    drawn = _population(world, rng, max(n, 2))
    kept = drawn.pop("kept").astype(bool)
    if not 2 <= kept.sum() < kept.size:
        found = f"{kept.sum()} of {kept.size} patients start T-DM1"
        raise NotEstimableError(Problem(f"world {world.name}", found, "some who do and some who do not"))
    cohort = _in_days(world, {name: column[kept] for name, column in drawn.items()}, rng)
    return cohort, _never(world, {name: column[~kept] for name, column in drawn.items()}, rng)


def _never(world: World, months: dict[str, np.ndarray], rng: np.random.Generator) -> NeverTDM1:
    size, close = months["start"].size, world.cut_off - months["diagnosed"]
    early = (months["start"] < months["early_death"]) & (months["start"] < close)
    early &= months["diagnosed"] + months["start"] < world.tdm1_available
    after = months["start"] + world.later_median * rng.exponential(1, size) / np.log(2)
    death = np.where(early, after, months["early_death"])
    first, end = np.maximum(_days(months["first"]), 1), np.maximum(_days(np.minimum(death, close)), 1)
    second = np.where(early, np.maximum(_days(np.where(early, months["start"], 0.0)), first + 1), -1)
    return NeverTDM1(
        diagnosed=_days(months["diagnosed"]),
        pertuzumab=months["pertuzumab"],
        first_progression=first,
        frail=months["frail"],
        end=end,
        died=death <= close,
        second=np.where(second < end, second, -1),
    )


def simulate_cohort(world: World, rng: np.random.Generator, n: int = 371, after: int | None = None) -> SimulatedCohort:
    """Draw a cohort of n patients who started T-DM1, `after` of them after pertuzumab (None: a share of 177/371).

    Where a world gives nobody pertuzumab in the first line, nobody has it. The same generator state
    gives the same patients.

    Raises
    ------
    NotEstimableError
        Where n is below 2, `after` is not below n, or the world selects next to nobody.
    """
    if n < 2:
        raise NotEstimableError(Problem("patients", f"{n}", "at least 2"))
    if after is not None and not 0 < after < n:
        raise NotEstimableError(Problem("patients", f"{after} of {n} after pertuzumab", "at least 1 of each group"))
    if world.given_after == 0 and world.given_before == 0:
        after = 0
    elif after is None:
        after = max(1, round(SHARE * n))
    wanted = {True: after, False: n - after}
    parts: list[dict[str, np.ndarray]] = []
    for _ in range(MOST_ROUNDS):
        parts.append(_selected(world, rng, POPULATION_FACTOR * n))
        both = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        if all((both["pertuzumab"] == arm).sum() >= number for arm, number in wanted.items()):
            chosen = [rng.permutation(np.flatnonzero(both["pertuzumab"] == arm))[:k] for arm, k in wanted.items()]
            order = rng.permutation(np.concatenate(chosen))
            return _in_days(world, {name: column[order] for name, column in both.items()}, rng)
    found = f"of {MOST_ROUNDS * POPULATION_FACTOR * n} patients too few start T-DM1"
    raise NotEstimableError(
        Problem(f"world {world.name}", found, "a world that selects somebody", "Change its numbers.")
    )


def _selected(world: World, rng: np.random.Generator, size: int) -> dict[str, np.ndarray]:
    """Draw a population and return those who start T-DM1 in time, in months."""
    drawn = _population(world, rng, size)
    kept = drawn.pop("kept").astype(bool)
    return {name: column[kept] for name, column in drawn.items()}


def _population(world: World, rng: np.random.Generator, size: int) -> dict[str, np.ndarray]:
    """Draw patients who start a first line, in months, and whether each comes to T-DM1 in time."""
    indolence, diagnosed = rng.standard_normal(size), rng.uniform(0, world.cut_off, size)
    frail = rng.random(size) < world.frail
    given = np.where(diagnosed >= world.pertuzumab_available, world.given_after, world.given_before)
    if not np.isnan(world.frail_given):
        given = np.where(frail, world.frail_given, given)
    pertuzumab = rng.random(size) < given
    correlation = world.first_line_indolence
    shape = correlation * indolence + np.sqrt(1 - correlation**2) * rng.standard_normal(size)
    benefit = np.where(pertuzumab, world.first_line_benefit, 1.0)
    first = world.first_line_median * benefit * np.exp(world.first_line_spread * shape)
    start = first + _wait(world, rng, indolence)
    early_death = rng.exponential(1, size) / world.early_death if world.early_death else np.full(size, np.inf)
    if world.frail_early_death:
        frail_death = rng.exponential(1, size) / world.frail_early_death
        early_death = np.where(frail & pertuzumab, np.minimum(early_death, frail_death), early_death)
    calendar = diagnosed + start
    kept = (early_death > start) & (calendar >= world.tdm1_available)
    kept &= calendar <= world.cut_off - world.least_follow_up
    return {
        "diagnosed": diagnosed,
        "indolence": indolence,
        "frail": frail,
        "pertuzumab": pertuzumab,
        "first": first,
        "start": start,
        "early_death": early_death,
        "kept": kept,
    }


def _wait(world: World, rng: np.random.Generator, indolence: np.ndarray) -> np.ndarray:
    size = indolence.size
    mean = np.where(rng.random(size) < world.long_wait, world.mean_long_wait, world.mean_short_wait)
    per_unit = world.wait_indolence
    return rng.exponential(1, size) * mean * np.exp(per_unit * indolence - per_unit**2 / 2)


def _in_days(world: World, months: dict[str, np.ndarray], rng: np.random.Generator) -> SimulatedCohort:
    """Add what happens on T-DM1 and after, and turn months into whole days."""
    size = months["start"].size
    interim = (rng.random(size) < world.interim) & ~months["pertuzumab"]
    on_tdm1 = _time_on_tdm1(world, months, interim, rng)
    later = (
        world.later_median * rng.exponential(1, size) / np.log(2) * np.exp(world.later_indolence * months["indolence"])
    )
    later *= np.where(months["frail"], world.frail_later, 1.0)
    followed = np.minimum(world.cut_off - months["diagnosed"] - months["start"], rng.exponential(world.mean_loss, size))
    leaves = (rng.random(size) < world.loss_at_progression) & months["pertuzumab"]
    followed = np.where(leaves, np.minimum(followed, np.maximum(on_tdm1 - 0.5, 0)), followed)
    if world.frail_loss:
        gone = rng.exponential(1, size) / world.frail_loss
        followed = np.where(months["frail"] & months["pertuzumab"], np.minimum(followed, gone), followed)
    until_added, status = _second_drug(world, rng, months["indolence"], np.minimum(on_tdm1, followed))
    first = np.maximum(_days(months["first"]), 1)
    tdm1 = np.maximum(_days(months["start"]), first + 1)
    progression = tdm1 + np.maximum(_days(on_tdm1), 1)
    death = np.maximum(tdm1 + _days(on_tdm1 + later), progression + 1)
    end = tdm1 + np.maximum(_days(followed), 1)
    within = until_added < np.minimum(on_tdm1, followed)
    added = np.where(within, tdm1 + np.maximum(_days(np.where(within, until_added, 0.0)), 1), -1)
    return SimulatedCohort(
        world=world,
        diagnosed=_days(months["diagnosed"]),
        pertuzumab=months["pertuzumab"],
        first_progression=first,
        tdm1=tdm1,
        progression=progression,
        death=death,
        end=end,
        frail=months["frail"] | (status[:, 0] == 2 if status.shape[1] else False),
        added=np.where(added < np.minimum(progression, end), added, -1),
        interim=interim & (tdm1 - first > 60),
        status=status,
    )


def _second_drug(
    world: World, rng: np.random.Generator, indolence: np.ndarray, until: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the month in which pertuzumab is added to T-DM1, inf for never, and performance status at the visits."""
    size = indolence.size
    never = np.full(size, np.inf)
    if np.isnan(world.status_log_odds):
        drawn = rng.exponential(1, size) / world.second_drug if world.second_drug else never
        return drawn, np.zeros((size, 0), np.int8)
    added, visits = never, int(np.ceil(until.max(initial=0.0)))
    status = np.zeros((size, visits), np.int8)
    for month in range(visits):
        log_odds = world.status_log_odds - world.status_indolence * indolence - world.status_relief * (added <= month)
        worse = rng.random(size) < 1 / (1 + np.exp(-log_odds))
        status[:, month] = np.where(until > month, np.where(worse, 2, 1), 0)
        rate = np.where(worse, world.second_drug_worse, world.second_drug)
        wait = rng.exponential(1, size) / np.maximum(rate, 1e-12)
        added = np.where(np.isinf(added) & (wait < 1), month + wait, added)
    return added, status


def _time_on_tdm1(
    world: World, months: dict[str, np.ndarray], interim: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    size = months["start"].size
    drawn = world.tdm1_median * (rng.exponential(1, size) / np.log(2)) ** (1 / world.tdm1_shape)
    factor = np.exp(world.tdm1_indolence * months["indolence"])
    factor *= np.where(months["pertuzumab"], world.tdm1_after_pertuzumab, 1.0)
    factor *= np.where(months["frail"], world.frail_tdm1, 1.0)
    # The interim line is what makes T-DM1 shorter, so it must be a line: see `interim` of the cohort.
    there = interim & (_days(months["start"]) - np.maximum(_days(months["first"]), 1) > 60)
    return drawn * factor * np.where(there, world.interim_tdm1, 1.0)


def _days(months: np.ndarray) -> np.ndarray:
    return np.rint(months * DAYS_PER_MONTH).astype(np.int32)
