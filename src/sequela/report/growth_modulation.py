"""The growth modulation index as a table."""

from sequela.analyses.results import Estimate, GrowthModulation
from sequela.analyses.wording import count_percent, explained, share, with_interval
from sequela.report.display_table import DisplayTable, Row


def growth_table(result: GrowthModulation) -> DisplayTable:
    """Print who has an index, its median, and the share of patients above each limit."""
    groups = result.groups
    rows = [
        Row(("Patients", *(str(group.n) for group in groups))),
        Row(("with an index (%)", *(count_percent(g.indices, g.n) if g.n else "–" for g in groups)), indent=1),
        Row(("index complete", *(str(group.complete) for group in groups)), indent=1),
        Row(("Median index (95% CI)", *(_index(group.median) for group in groups))),
    ]
    for place, limit in enumerate(result.above):
        cells = (with_interval(group.shares[place], share) if group.shares else "–" for group in groups)
        rows.append(Row((f"Index above {limit:g}, % (95% CI)", *cells)))
    notes = [
        f"The time of the line of time zero divided by that of the line before it, both by: {result.label}.",
        *result.cautions,
        *explained([cell for row in rows for cell in row.cells[1:]]),
    ]
    columns = ("", *(group.name for group in groups))
    return DisplayTable("growth-modulation", "Growth modulation index", columns, tuple(rows), tuple(notes))


def _index(estimate: Estimate) -> str:
    return with_interval(estimate, lambda value: f"{value:.2f}")
