"""Milestones, restricted means, their differences, and pairs of groups, as printed."""

from sequela.analyses.results import Contrast, Survival, SurvivalGroup
from sequela.analyses.wording import (
    Writer,
    counted,
    explained,
    months,
    p_statement,
    p_value,
    ratio,
    share,
    with_interval,
)
from sequela.report.display_table import DisplayTable, Row, slug


def milestone_rows(result: Survival, level: str) -> list[Row]:
    """Return the height of the curves at each milestone that some group reaches."""
    days = sorted({day for group in result.groups for day, _ in group.milestones})
    label = "Without event at {} months, % ({} CI)"
    return [
        Row((label.format(months(day).removesuffix(".0"), level), *(_milestone(group, day) for group in result.groups)))
        for day in days
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
    at = months(day).removesuffix(".0")
    match measure:
        case "survival difference":
            return f"Difference at {at} months, percentage points"
        case "restricted mean difference":
            return f"Difference of means up to {at} months, months"
        case _:
            return f"Ratio of means up to {at} months"


def _cell(item: Contrast | None) -> str:
    if item is None:
        return "–"
    writers: dict[str, Writer] = {"survival difference": share, "restricted mean difference": months}
    write = writers.get(item.measure, ratio)
    return f"{with_interval(item.estimate, write)}, {p_statement(item.p_value)}"


def _milestone(group: SurvivalGroup, day: float) -> str:
    return next((with_interval(estimate, share) for at, estimate in group.milestones if at == day), "–")
