"""Ratios by subgroup as a printed table, the test of interaction beside each covariate."""

from sequela.analyses.results import Interaction, Subgroup, Subgroups
from sequela.analyses.wording import explained, p_statement, p_value, ratio, with_interval
from sequela.report.display_table import DisplayTable, Row, slug

NOTES = (
    "Hazard ratios are crude. Whether they differ between the levels of a covariate is told by the test of interaction "
    "(likelihood ratio), not by which interval leaves out 1.",
    "In brackets the p-value of the interaction adjusted for the number of covariates (Holm).",
)


def subgroup_table(result: Subgroups) -> DisplayTable:
    """Print a row for each level of each covariate, under the covariate's test of interaction."""
    others = [group for group in result.groups if group != result.reference]
    columns = ("Subgroup", *(f"{group}, events / patients" for group in result.groups))
    columns += (*(f"Hazard ratio of {group} (95% CI)" for group in others), "Interaction")
    rows = [Row((result.rows[0].level, *_cells(result.rows[0]), ""))]
    for tested in result.interactions:
        blank = ("",) * (len(columns) - 2)
        rows.append(Row((tested.variable, *blank, _tested(tested))))
        rows += [
            Row((level.level, *_cells(level), ""), indent=1)
            for level in result.rows
            if level.variable == tested.variable
        ]
    notes = [f"Reference: {result.reference}.", *NOTES]
    notes += [
        f"{t.variable}: {t.missing} patients without a value ({_by_group(result, t)}) are in no subgroup."
        for t in result.interactions
        if t.missing
    ]
    notes += [f"{t.variable}: not tested, {t.reason}" for t in result.interactions if t.reason]
    notes += explained([cell for row in rows for cell in row.cells[1:]])
    return DisplayTable(f"subgroups-{slug(result.endpoint)}", result.label, columns, tuple(rows), tuple(notes))


def _by_group(result: Subgroups, tested: Interaction) -> str:
    return ", ".join(f"{n} in {group}" for n, group in zip(tested.missing_by_group, result.groups, strict=True))


def _cells(item: Subgroup) -> tuple[str, ...]:
    counts = (f"{events} / {size}" for events, size in zip(item.events, item.sizes, strict=True))
    return (*counts, *(with_interval(estimate, ratio) for estimate in item.ratios))


def _tested(tested: Interaction) -> str:
    if tested.test is None:
        return "not tested"
    return f"{p_statement(tested.test.p_value)} ({p_value(tested.adjusted_p_value)})"
