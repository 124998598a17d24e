"""Milestones, restricted means, their differences, and pairs of groups, as printed."""

from sequela.analyses.results import Contrast, Estimate, Survival, SurvivalGroup
from sequela.analyses.wording import (
    Writer,
    count_percent,
    counted,
    explained,
    inside_sentence,
    interval,
    months,
    p_statement,
    p_value,
    ratio,
    rounded,
    share,
    with_interval,
)
from sequela.report.display_table import DisplayTable, Row, slug


def milestone_rows(result: Survival, level: str) -> list[Row]:
    """Return the height of the curves at each milestone that some group reaches."""
    days = sorted({day for group in result.groups for day, _ in group.milestones})
    label = "Without event at {} months, % ({} CI)"
    return [
        Row((label.format(_bare(day), level), *(_milestone(group, day) for group in result.groups))) for day in days
    ]


def rate_rows(result: Survival, level: str) -> list[Row]:
    """Return person-years and events per hundred of them; none where the study asks for none."""
    if result.groups[0].person_years is None:
        return []
    years = (rounded(group.person_years or 0.0, 1) for group in result.groups)
    rates = (
        with_interval(group.rate, lambda value: rounded(value, 1)) if group.rate else "–" for group in result.groups
    )
    return [Row(("person-years", *years), indent=1), Row((f"Events per 100 person-years ({level} CI)", *rates))]


def rate_notes(result: Survival) -> list[str]:
    """Say what a rate is, where there is one."""
    if result.groups[0].person_years is None:
        return []
    return ["Events per person-time are an average over the follow-up: they say most where events come evenly over it."]


def weight_rows(result: Survival) -> list[Row]:
    """Return how much the patients of each group weigh; none where all count alike."""
    weights = [group.weight for group in result.groups]
    rows = []
    for place, label in enumerate(("sum of weights", "effective number of patients")):
        cells = [rounded(weight[place], 1) for weight in weights if weight is not None]
        rows += [Row((label, *cells), indent=1)] if cells else []
    return rows


def weight_notes(result: Survival) -> list[str]:
    """Say by what patients count, where they count unalike."""
    if not result.weighted_by:
        return []
    return [
        f"Each patient counts by {inside_sentence(result.weighted_by)}: medians, curves, tests and hazard ratios are "
        "weighted, their standard errors robust; numbers of patients and of events are not weighted."
    ]


def so_far_rows(result: Survival, level: str) -> list[Row]:
    """Return, for each time survived so far, who is still followed and the height of the curve from there."""
    rows = []
    for place, first in enumerate(result.groups[0].so_far):
        of_group = [group.so_far[place] for group in result.groups]
        survived = _bare(first.day)
        label = f"Event-free and followed at {survived} months (% of patients)"
        counts = (count_percent(found.n, group.n) for found, group in zip(of_group, result.groups, strict=True))
        rows.append(Row((label, *counts)))
        for day in sorted({day for found in of_group for day, _ in found.milestones}):
            label = f"of these, without event at {_bare(day)} months, % ({level} CI)"
            rows.append(Row((label, *(_height(found.milestones, day) for found in of_group)), indent=1))
    return rows


def so_far_notes(result: Survival) -> list[str]:
    """Say what survival given survival so far is, and where it cannot be read."""
    if not result.groups[0].so_far:
        return []
    missed = [
        f"{group.name}, from {_bare(found.day)} months on: {found.reason}"
        for group in result.groups
        for found in group.so_far
        if found.reason
    ]
    return [
        "Of these: the curve of the patients event-free at that time, with limits of its own. It describes those who "
        "got so far; groups that were alike at time zero need not be alike by then, so nothing is compared.",
        *missed,
    ]


def mean_rows(result: Survival, level: str) -> list[Row]:
    """Return the row of restricted means; none where the study asks for none."""
    if result.horizon is None:
        return []
    means = (group.restricted_mean for group in result.groups)
    cells = (with_interval(mean, months) if mean is not None else "–" for mean in means)
    return [Row((f"Mean up to {result.horizon:g} months, months ({level} CI)", *cells))]


def contrast_rows(result: Survival, level: str, reference: str) -> list[Row]:
    """Return differences and ratios against the reference, a row for each measure and time."""
    asked = list(dict.fromkeys((item.measure, item.day) for item in result.contrasts))
    rows = []
    for measure, day in asked:
        of_group = {item.group: item for item in result.contrasts if (item.measure, item.day) == (measure, day)}
        cells = [
            reference if group.name == result.reference else _cell(of_group.get(group.name)) for group in result.groups
        ]
        rows.append(Row((f"{_label(measure, day)} ({level} CI)", *cells)))
        of_limits = {name: item.bootstrap for name, item in of_group.items()}
        rows += bootstrap_rows(of_limits, [group.name for group in result.groups], level, _writer(measure))
    return rows


def bootstrap_rows(limits: dict[str, tuple[Estimate, ...]], groups: list[str], level: str, write: Writer) -> list[Row]:
    """Return a row for each kind of bootstrap limits that stand beside an estimate; none where there are none."""
    methods = dict.fromkeys(of.method.rpartition(", ")[0] for found in limits.values() for of in found)
    rows = []
    for method in methods:
        of_group = {name: of for name, found in limits.items() for of in found if of.method.startswith(method)}
        cells = (
            interval(of_group[name].low, of_group[name].high, write) if name in of_group else "–" for name in groups
        )
        rows.append(Row((f"{method} ({level} CI)", *cells), indent=1))
    return rows


def pair_tables(result: Survival) -> tuple[DisplayTable, ...]:
    """Print every two groups compared, with raw and adjusted p-values and the size of the family; or no table."""
    if not result.pairs:
        return ()
    rows = tuple(
        Row((f"{pair.first} and {pair.second}", p_value(pair.p_value), p_value(pair.adjusted_p_value)))
        for pair in result.pairs
    )
    family = counted(result.pairs[0].family, "comparison")
    notes = (
        f"Each pair by the test of the curves on its patients; adjusted by Holm's method for a family of {family}.",
        *explained([cell for row in rows for cell in row.cells[1:]]),
    )
    title, columns = f"{result.label}: every two groups", ("Groups", "p", "p, adjusted")
    return (DisplayTable(f"pairs-{slug(result.endpoint)}", title, columns, rows, notes),)


def _label(measure: str, day: float) -> str:
    at = _bare(day)
    match measure:
        case "survival difference":
            return f"Difference at {at} months, percentage points"
        case "rate ratio":
            return "Rate ratio"
        case "median difference":
            return "Difference of medians, bootstrap percentiles, months"
        case "restricted mean difference":
            return f"Difference of means up to {at} months, months"
        case _:
            return f"Ratio of means up to {at} months"


def _cell(item: Contrast | None) -> str:
    if item is None:
        return "–"
    shown = with_interval(item.estimate, _writer(item.measure))
    return f"{shown}, {p_statement(item.p_value)}" if item.p_value == item.p_value else shown


def _writer(measure: str) -> Writer:
    writers: dict[str, Writer] = {
        "survival difference": share,
        "restricted mean difference": months,
        "median difference": months,
    }
    return writers.get(measure, ratio)


def _milestone(group: SurvivalGroup, day: float) -> str:
    return _height(group.milestones, day)


def _height(milestones: tuple[tuple[float, Estimate], ...], day: float) -> str:
    return next((with_interval(estimate, share) for at, estimate in milestones if at == day), "–")


def _bare(day: float) -> str:
    return months(day).removesuffix(".0")
