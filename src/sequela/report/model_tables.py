"""What stands beside the hazard ratios: concordance and the test of proportional hazards, model by model."""

from sequela.analyses.model_checks import GROUPS
from sequela.analyses.results import ModelCheck, Survival, Test
from sequela.analyses.wording import (
    counted,
    explained,
    inside_sentence,
    listed,
    months,
    p_statement,
    rounded,
    share,
    with_interval,
)
from sequela.report.display_table import DisplayTable, Row, slug

NOTES = (
    "Concordance: of two patients, how often the one with the earlier event has the higher risk in the model; half is "
    "no better than a coin.",
    "Proportional hazards: a small p says that a ratio changes over the follow-up; with few events a large one says "
    "little.",
)
RESIDUALS = "residuals.parquet"
"""The file of a report in which residuals stand, patient by patient."""
LINES = (
    "Straight line: a small p says that the log hazard ratio does not rise evenly with a covariate (restricted "
    "cubic spline)."
)


def models_tables(result: Survival) -> tuple[DisplayTable, ...]:
    """Print each model's concordance and its test of proportional hazards; nothing where there is no model."""
    if not result.models:
        return ()
    rows = [row for check in result.models for row in _rows(check)]
    tested = any(check.linear for check in result.models)
    if tested:
        rows = [Row((*row.cells, _linear(result, row)), row.indent) for row in rows]
    notes = [
        *NOTES,
        *((LINES,) if tested else ()),
        *(f"{_name(check)}: {check.reason}" for check in result.models if check.reason),
        *_residual_notes(result),
    ]
    notes += explained([cell for row in rows for cell in row.cells[1:]])
    title = f"{result.label}: how far the models hold"
    columns = ("Model", "Concordance (95% CI)", "Proportional hazards", *(("Straight line",) if tested else ()))
    shown = DisplayTable(f"models-{slug(result.endpoint)}", title, columns, tuple(rows), tuple(notes))
    return (shown, *(_standardised(result, check) for check in result.models if check.standardised))


def _residual_notes(result: Survival) -> list[str]:
    if result.residuals is None:
        return []
    kinds = listed(result.residuals["residual"].unique(maintain_order=True).to_list())
    return [f"Residuals ({kinds}) stand in {RESIDUALS}, by patient_id: keep that file with the records."]


def _standardised(result: Survival, check: ModelCheck) -> DisplayTable:
    """Print survival had everyone been in each group, by the adjusted model."""
    first = check.standardised[0]
    columns = ("Without event at", *(f"all in {group}, % (95% CI)" for group, _ in first.survival))
    columns += tuple(f"{group} less {result.reference}, points (95% CI)" for group, _ in first.differences)
    rows = [
        Row(
            (
                f"{months(item.day).removesuffix('.0')} months",
                *(with_interval(estimate, share) for _, estimate in (*item.survival, *item.differences)),
            )
        )
        for item in check.standardised
    ]
    title = f"{result.label}: standardised for {listed([inside_sentence(label) for label in check.adjusted_for])}"
    note = (
        f"The survival that the adjusted model gives the same {check.n} patients, had all been in one group. It holds "
        "if the model does and nothing else tells the groups apart."
    )
    notes = [note, *explained([cell for row in rows for cell in row.cells[1:]])]
    return DisplayTable(f"standardised-{slug(result.endpoint)}", title, columns, tuple(rows), tuple(notes))


def _rows(check: ModelCheck) -> list[Row]:
    overall = _tested(check.overall) if check.overall else "not tested"
    size = f"{counted(check.n, 'patient')}, {counted(check.events, 'event')}"
    agreement = with_interval(check.concordance, lambda value: rounded(value, 2))
    rows = [Row((f"{_name(check)} ({size})", agreement, overall))]
    if len(check.proportional) > 1:
        rows += [Row((_term(name), "", _tested(test)), indent=1) for name, test in check.proportional]
    return rows


def _linear(result: Survival, row: Row) -> str:
    found = {_term(name): test for check in result.models for name, test in check.linear}
    return _tested(found[row.cells[0]]) if row.indent and row.cells[0] in found else ""


def _name(check: ModelCheck) -> str:
    if not check.adjusted_for:
        return "Crude"
    return f"Adjusted for {listed([inside_sentence(label) for label in check.adjusted_for])}"


def _term(name: str) -> str:
    return name if name == GROUPS else inside_sentence(name)


def _tested(test: Test) -> str:
    return p_statement(test.p_value)
