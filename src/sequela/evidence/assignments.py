"""Who has which covariate and which best response, times being known."""

import numpy as np

from sequela.evidence.measure import level_scores
from sequela.evidence.printed import Conventions, Printed, Response
from sequela.evidence.search_covariates import AdjustedProblem, anneal_levels
from sequela.evidence.search_times import Schedule, Times
from sequela.records.dates import DAYS_PER_MONTH


def random_levels(printed: Printed, rng: np.random.Generator) -> np.ndarray:
    """Return a random assignment with the printed counts, shape (categorical covariates, n)."""
    rows = []
    for item in printed.categorical:
        counts = np.array(item.counts)
        rows.append(
            np.concatenate(
                [rng.permutation(np.repeat(np.arange(counts.shape[0]), counts[:, g])) for g in range(counts.shape[1])]
            )
        )
    return np.array(rows, dtype=np.int64).reshape(len(printed.categorical), sum(printed.sizes))


def search_levels(
    printed: Printed,
    conventions: Conventions,
    times: Times,
    levels: np.ndarray,
    rng: np.random.Generator,
    schedule: Schedule,
) -> tuple[np.ndarray, float]:
    """Exchange covariates until the first adjusted ratio is met; return the levels and what is missing.

    A second adjusted comparison is not steered for; its verdict is computed all the same.
    """
    item = next((item for item in printed.comparisons if item.adjusted), None)
    if item is None or item.adjusted is None:
        return levels, 0.0
    group = np.repeat(np.arange(len(printed.sizes)), printed.sizes)
    codes = [printed.groups.index(item.group), printed.groups.index(item.reference)]
    order = np.argsort(-times.time, kind="stable")
    order = order[np.isin(group[order], codes)]
    rows = [k for k, covariate in enumerate(printed.categorical) if covariate.name in item.adjusted_for]
    columns, scores = _columns(printed, rows)
    numbers = (item.adjusted.value, item.adjusted.low, item.adjusted.high)
    intervals = np.array([number.inner if number else (np.nan, np.nan) for number in numbers])
    problem = AdjustedProblem(
        times.time[order],
        times.event[order],
        (group[order] == codes[0]).astype(np.int64),
        columns,
        scores,
        intervals,
        conventions.ties == "efron",
        conventions.hazard_ratio_interval == "profile likelihood",
    )
    kept, missed = anneal_levels(rng, np.ascontiguousarray(levels[rows][:, order]), problem, schedule)
    found = levels.copy()
    found[np.ix_(np.array(rows), order)] = kept
    return found, float(missed)


def _columns(printed: Printed, rows: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return which covariate each column of the model belongs to, and its value per level (padded)."""
    widest = max((len(printed.categorical[row].levels) for row in rows), default=1)
    columns, scores = [], []
    for place, row in enumerate(rows):
        covariate = printed.categorical[row]
        for column in level_scores(covariate.coded, covariate.levels):
            columns.append(place)
            scores.append([*column, *[0.0] * (widest - len(column))])
    return np.array(columns, dtype=np.int64), np.array(scores, dtype=float).reshape(-1, widest)


def assign_responses(
    printed: Printed, group: np.ndarray, days: np.ndarray, event: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return each patient's best response, as index of its level, with the printed counts.

    Progression goes to the earliest events; stable disease and responses are dealt to the
    others at random, so that as many stable patients outlast the months of disease control as
    were printed.
    """
    response = printed.response
    if response is None:
        return np.empty(0, dtype=np.int64)
    found = np.zeros(group.size, dtype=np.int64)
    for g in range(len(printed.groups)):
        members = np.flatnonzero(group == g)
        counts = {level: line[g] for level, line in zip(response.levels, response.counts, strict=True)}
        order = members[np.lexsort((~event[members], days[members]))]
        early = order[event[order]][: counts.get("PD", 0)]
        found[early] = response.levels.index("PD") if "PD" in response.levels else 0
        rest = rng.permutation(np.setdiff1d(members, early))
        dealt = _deal(response, counts, g, days[rest] > response.control_months * DAYS_PER_MONTH)
        found[rest] = [response.levels.index(level) for level in dealt]
    return found


def _deal(response: Response, counts: dict[str, int], g: int, long: np.ndarray) -> list[str]:
    """Return a level for each patient of a group who did not progress at once.

    Patients who outlast the months of control come first for stable disease, as many as were
    printed; the short ones fill it up; whoever is left gets the other levels.
    """
    lasted, short = np.flatnonzero(long), np.flatnonzero(~long)
    stable_long = counts.get(response.stable, 0)
    if response.control:
        stable_long = response.control[g] - sum(counts[level] for level in response.responders)
    order = np.concatenate([lasted[:stable_long], short, lasted[stable_long:]])
    others = [level for level in response.levels if level not in (response.stable, "PD")]
    pool = [level for level in (response.stable, *others) for _ in range(counts.get(level, 0))]
    pool += ["PD"] * (order.size - len(pool))
    dealt = [""] * order.size
    for place, level in zip(order, pool, strict=True):
        dealt[place] = level
    return dealt
