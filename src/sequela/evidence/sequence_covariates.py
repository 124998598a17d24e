"""What each patient of a cohort was at diagnosis: counts as printed, the rest shared out."""

import numpy as np

from sequela.errors import Problem, StudyError
from sequela.evidence.sequence_printed import ALL, PrintedQuantity, PrintedSequences, SharedOut
from sequela.evidence.sequence_problem import Assignment, Cohort

SPREAD = {"years": 0.22, "months": 0.8}
"""Spread of a quantity on the log scale, by unit, before its median is set; invented."""


def group_codes(printed: PrintedSequences) -> np.ndarray:
    """Return the place of each patient's group, in the order of the file."""
    return np.repeat(np.arange(len(printed.groups)), printed.sizes)


def cohort_of(printed: PrintedSequences, levels: Assignment) -> Cohort:
    """Return groups and strata; a stratum is made of levels of the first categorical."""
    first = printed.categorical[0]
    names = list(first.totals)
    strata = tuple(printed.strata)
    place = [next(k for k, stratum in enumerate(strata) if name in printed.strata[stratum]) for name in names]
    return Cohort(group_codes(printed), np.array(place)[levels[first.name]], tuple(printed.groups), strata)


def deal_levels(printed: PrintedSequences, rng: np.random.Generator) -> Assignment:
    """Return the level of each patient: printed groups exactly, the rest of each total among the other groups."""
    group = group_codes(printed)
    return {item.name: _dealt(item, tuple(printed.groups), group, rng) for item in printed.categorical}


def _dealt(item: SharedOut, groups: tuple[str, ...], group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    names = list(item.totals)
    found = np.full(group.size, -1)
    left = np.array([item.totals[name] for name in names])
    for name, counts in item.groups.items():
        given = np.array([counts[level] for level in names])
        found[group == groups.index(name)] = rng.permutation(np.repeat(np.arange(len(names)), given))
        left = left - given
    found[found < 0] = rng.permutation(np.repeat(np.arange(len(names)), left))
    return found


def deal_index_lines(printed: PrintedSequences, rng: np.random.Generator) -> np.ndarray:
    """Return the line in which each patient's index drug began."""
    parts = [
        rng.permutation(np.repeat(np.array(list(lines)), np.array(list(lines.values()))))
        for lines in printed.groups.values()
    ]
    return np.concatenate(parts)


def deal_quantities(printed: PrintedSequences, levels: Assignment, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the value of each continuous quantity in its unit, whole; nan where a patient has none.

    Medians, ranges and the counts below a threshold are met by construction.

    Raises
    ------
    StudyError
        Where a threshold and a median exclude each other.
    """
    return {item.name: _quantity(printed, item, levels, rng) for item in printed.continuous}


def _quantity(
    printed: PrintedSequences, item: PrintedQuantity, levels: Assignment, rng: np.random.Generator
) -> np.ndarray:
    group = group_codes(printed)
    values = np.full(group.size, np.nan)
    has = np.ones(group.size, dtype=bool)
    if item.of[0]:
        names = list(next(one for one in printed.categorical if one.name == item.of[0]).totals)
        has = np.isin(levels[item.of[0]], [names.index(level) for level in item.of[1]])
    blocks = [(ALL, has)] if ALL in item.median else []
    blocks = blocks or [(name, has & (group == k)) for k, name in enumerate(printed.groups)]
    for name, chosen in blocks:
        members = np.flatnonzero(chosen)
        members = rng.permutation(members)[: members.size - item.missing.get(name, 0)]
        values[members] = rng.permutation(_values(item, name, members.size, rng))
    return values


def _values(item: PrintedQuantity, group: str, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return whole numbers with the printed median, range, and counts below the thresholds."""
    summary = item.median[group]
    middle = round(summary.value.value)
    low = round(summary.low.value) if summary.low else 1
    high = round(summary.high.value) if summary.high else 10 * middle
    drawn = np.round(middle * np.exp(rng.normal(0, SPREAD.get(item.unit, 0.5), size)))
    found = np.sort(np.clip(drawn, low, high))
    half = size // 2
    for threshold, counts in item.below.items():
        if group in counts:
            found[: counts[group]] = np.minimum(found[: counts[group]], threshold - 1)
            found[counts[group] :] = np.maximum(found[counts[group] :], threshold)
    found[: half + 1] = np.minimum(found[: half + 1], middle)
    found[(size - 1) // 2 :] = np.maximum(found[(size - 1) // 2 :], middle)
    if summary.low and summary.high:
        found[0], found[-1] = low, high
    if any(int((found < threshold).sum()) != counts.get(group, 0) for threshold, counts in item.below.items()
           if group in counts):  # fmt: skip
        found_below = f"{item.name}, {group}: the counts below a threshold do not fit a median of {middle}"
        raise StudyError(Problem("printed", found_below, "a median that the counts allow"))
    return found
