"""What stands beside the hazard ratios: concordance and the test of proportional hazards, model by model."""

from sequela.analyses.model_checks import GROUPS
from sequela.analyses.results import ModelCheck, Survival, Test
from sequela.analyses.wording import counted, explained, inside_sentence, listed, p_statement, rounded, with_interval
from sequela.report.display_table import DisplayTable, Row, slug

NOTES = (
    "Concordance: of two patients, how often the one with the earlier event has the higher risk in the model; half is "
    "no better than a coin.",
    "Proportional hazards: a small p says that a ratio changes over the follow-up; with few events a large one says "
    "little.",
)
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
    ]
    notes += explained([cell for row in rows for cell in row.cells[1:]])
    title = f"{result.label}: how far the models hold"
    columns = ("Model", "Concordance (95% CI)", "Proportional hazards", *(("Straight line",) if tested else ()))
    return (DisplayTable(f"models-{slug(result.endpoint)}", title, columns, tuple(rows), tuple(notes)),)


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
