"""Results as printed tables, one function for each kind of answer."""

import math
from collections.abc import Iterable
from dataclasses import replace

from sequela.analyses.characteristics import EVERYONE
from sequela.analyses.conversion import Conversion
from sequela.analyses.propensity_results import Propensity
from sequela.analyses.results import (
    Cell,
    Characteristics,
    Competing,
    Decision,
    Estimate,
    GrowthModulation,
    HazardRatio,
    IncidenceGroup,
    NullWorlds,
    Response,
    Sequence,
    Sites,
    Specifications,
    Subgroups,
    Survival,
    SurvivalGroup,
    TargetTrial,
    Variable,
)
from sequela.analyses.sequence import ENDS, NO_LINE, condensed
from sequela.analyses.study_result import Analysis
from sequela.analyses.wording import (
    count_percent,
    counted,
    explained,
    inside_sentence,
    interval,
    listed,
    median_months,
    months,
    p_statement,
    quantity_writer,
    ratio,
    share,
    standardised_difference,
    with_interval,
)
from sequela.report.comparison_tables import (
    bootstrap_rows,
    contrast_rows,
    mean_rows,
    milestone_rows,
    pair_tables,
    rate_notes,
    rate_rows,
    so_far_notes,
    so_far_rows,
    weight_notes,
    weight_rows,
)
from sequela.report.conversion_tables import conversion_tables
from sequela.report.display_table import DisplayTable, Row, slug
from sequela.report.growth_modulation import growth_table
from sequela.report.loss_tables import complete_notes, loss_tables
from sequela.report.model_tables import models_tables
from sequela.report.null_world_tables import null_world_table
from sequela.report.propensity_tables import propensity_tables
from sequela.report.rate_tables import disagreement_table, response_table, sites_table
from sequela.report.specification_tables import specification_table
from sequela.report.subgroup_tables import subgroup_table
from sequela.report.table_words import labelled_row, name_of_test, sentence, sized, test_cells
from sequela.report.target_trial import trial_tables
from sequela.study.cohort import FlowStep

REFERENCE = "reference"
MOST_TREATMENTS = 8
"""Treatments that the table of lines tells apart; the file of transitions tells all."""


def tables_of(analyses: Iterable[Analysis]) -> tuple[DisplayTable, ...]:
    """Return all tables of the analyses, in order, each with a name of its own."""
    found = [table for analysis in analyses for table in _of(analysis)]
    return _named_apart(list(dict.fromkeys(found)))


def _of(analysis: Analysis) -> tuple[DisplayTable, ...]:
    match analysis:
        case Characteristics():
            return (characteristics_table(analysis),)
        case Survival():
            return (
                survival_table(analysis),
                *pair_tables(analysis),
                *models_tables(analysis),
                *loss_tables(analysis.endpoint, analysis.label, analysis.losses),
                definition_table(analysis),
            )
        case Competing():
            lost = loss_tables(analysis.endpoint, analysis.label, analysis.losses)
            return (competing_table(analysis), *lost, _competing_definition(analysis))
        case Response():
            return (response_table(analysis),)
        case _:
            return _of_other(analysis)


def _of_other(analysis: Analysis) -> tuple[DisplayTable, ...]:
    """Return the tables of what is neither a description nor an outcome of the groups."""
    match analysis:
        case Sequence():
            return (sequence_table(analysis), transitions_table(analysis))
        case Sites():
            return (sites_table(analysis), disagreement_table(analysis))
        case Subgroups():
            return (subgroup_table(analysis),)
        case Propensity():
            lost = loss_tables(analysis.endpoint, analysis.label, analysis.losses)
            return (*propensity_tables(analysis), *lost)
        case Specifications():
            return (specification_table(analysis),)
        case NullWorlds():
            return (null_world_table(analysis),)
        case GrowthModulation():
            return (growth_table(analysis),)
        case TargetTrial():
            return tuple(trial_tables(analysis))
        case Conversion():
            return conversion_tables(analysis)
        case _:
            return ()


def characteristics_table(result: Characteristics) -> DisplayTable:
    """Print patients at time zero: median (range), quartiles, count (%), missing counted apart."""
    compared = any(variable.test is not None for variable in result.variables)
    measured = any(not math.isnan(variable.standardised_difference) for variable in result.variables)
    several = len(result.groups) > 3
    columns = ("Characteristic", *sized(result.groups, result.sizes))
    columns += ("p", "Test") if compared else ()
    columns += ("Standardised difference" + (", largest" if several else ""),) if measured else ()
    rows: list[Row] = []
    for variable in result.variables:
        rows += _variable_rows(variable, compared, measured, len(result.groups))
    notes = [
        "Percentages are of the patients with a value; a variable without a row “missing” has one for every patient."
    ]
    if result.missing_as_level:
        notes = ["Missing values of categories are a level: of the percentages, the tests and the differences."]
    if compared:
        left = "Tests are" if result.missing_as_level else "Tests leave missing values out and are"
        notes.append(f"{left} not corrected for their number.")
    if measured and several:
        notes.append("Standardised difference: between the two groups that differ most.")
    notes += [
        f"{variable.label}: {sentence(variable.definition)}" for variable in result.variables if variable.definition
    ]
    return DisplayTable("characteristics", "Patients at time zero", columns, tuple(rows), tuple(notes))


def flow_table(flow: tuple[FlowStep, ...]) -> DisplayTable:
    """Print the flow of patients: who left at each step, and who could not be decided."""
    rows = tuple(
        labelled_row(step.label, (str(number) for number in (step.before, step.excluded, step.undecidable, step.after)))
        for step in flow
    )
    return DisplayTable("flow", "Flow of patients", ("Step", "Before", "Excluded", "Not decidable", "After"), rows)


def _entry_notes(result: Survival | Competing) -> list[str]:
    if not any(group.entries for group in result.groups):
        return []
    if isinstance(result, Competing):
        instead = " Gray's test is not defined then; the subdistribution hazard ratio compares the incidences."
        said = "Delayed entry: patients are at risk from the day they came into the cohort."
        return [f"{said}{instead if result.comparisons else ''}"]
    return [
        "Delayed entry: patients are at risk from the day they came into the cohort, from which follow-up and observed "
        "time are counted; other times count from the start of the endpoint."
    ]


def survival_table(result: Survival) -> DisplayTable:
    """Print time to one endpoint: patients, events, medians, follow-up, hazard ratios, log-rank test."""
    level = confidence(result)
    rows = [
        labelled_row("Patients", (str(group.n) for group in result.groups)),
        labelled_row("Events (% of patients)", (count_percent(group.events, group.n) for group in result.groups)),
        *weight_rows(result),
        *rate_rows(result, level),
        labelled_row(f"Median, months ({level} CI)", (median_months(group.median) for group in result.groups)),
        *milestone_rows(result, level),
        *so_far_rows(result, level),
        *mean_rows(result, level),
        labelled_row(
            f"Follow-up by reverse Kaplan-Meier, median, months ({level} CI)",
            (median_months(group.follow_up) for group in result.groups),
        ),
        labelled_row("Observed time, median, months (range)", (_observed(group) for group in result.groups)),
        *_ratio_rows(result, level),
        *contrast_rows(result, level, REFERENCE),
    ]
    columns = ("", *(group.name for group in result.groups))
    if result.test is not None:
        columns += ("Between groups",)
        rows = [replace(row, cells=(*row.cells, "")) for row in rows]
        blank = ("",) * len(result.groups)
        rows.append(Row((name_of_test(result.test), *blank, p_statement(result.test.p_value))))
        if result.trend is not None:
            rows.append(Row((name_of_test(result.trend), *blank, p_statement(result.trend.p_value))))
    notes = [
        *_entry_notes(result),
        *weight_notes(result),
        *rate_notes(result),
        *so_far_notes(result),
        *_ratio_notes(result),
        *_imputed_notes(result),
        *complete_notes(result.losses),
        *(f"{name_of_test(test)}: {test.detail}." for test in (result.test, result.trend) if test and test.detail),
        *_conventions(result),
        "Months are days divided by 30.4375.",
        *explained([cell for row in rows for cell in row.cells[1:]]),
    ]
    return DisplayTable(
        f"survival-{slug(result.endpoint)}", f"{result.label}: by group", columns, tuple(rows), tuple(notes)
    )


def definition_table(result: Survival) -> DisplayTable:
    """Print how an endpoint is defined, and how many patients of each group each rule decided."""
    groups = tuple(group.name for group in result.groups)
    return decision_table(result.endpoint, result.label, result.definition, groups, result.notes)


def decision_table(
    endpoint: str, label: str, decided: tuple[Decision, ...], groups: tuple[str, ...], notes: tuple[str, ...]
) -> DisplayTable:
    """Print the events and censorings of an endpoint, by rule and by group."""
    # Where nothing is compared, the only group is everyone.
    shown = (*groups, EVERYONE) if len(groups) > 1 else groups
    blank = ("",) * len(shown)
    rows = tuple(
        Row((line.rule, line.role, line.what, *((str(n) for n in line.counts[: len(shown)]) if line.counts else blank)))
        for line in decided
    )
    return DisplayTable(
        f"definition-{slug(endpoint)}",
        f"{label}: definition, events and censorings ({endpoint})",
        ("Rule", "Role", "What", *shown),
        rows,
        ("The numbers are patients whose time the rule ended; those of a group add up to its patients.", *notes),
    )


def competing_table(result: Competing) -> DisplayTable:
    """Print how often each kind of event came first: incidences, Gray's test, both hazard ratios."""
    level = confidence(result)
    compared = bool(result.comparisons)
    rows = [labelled_row("Patients", (str(group.n) for group in result.groups))]
    for index, kind in enumerate(result.kinds):
        rows.append(labelled_row(sentence(kind.what, stop=""), ("" for _ in result.groups)))
        rows += [replace(row, indent=1) for row in _incidence_rows(result, index, level)]
    tests = {
        sentence(kind.what, stop=""): f"{item.gray.name}: {p_statement(item.gray.p_value)}"
        for kind, item in zip(result.kinds, result.comparisons if compared else (), strict=compared)
        if item.gray
    }
    columns = ("", *(group.name for group in result.groups)) + (("Between groups",) if tests else ())
    if tests:
        rows = [replace(row, cells=(*row.cells, "" if row.indent else tests.get(row.cells[0], ""))) for row in rows]
    notes = [
        "Incidence: the probability that this kind of event has come first by then, the others told apart.",
        "Cause-specific: the rate among those still without any event. Subdistribution: the incidence itself; it also "
        "moves with the other kinds of event, so that it describes and does not explain.",
        *_entry_notes(result),
        "Months are days divided by 30.4375.",
        *explained([cell for row in rows for cell in row.cells[1:]]),
    ]
    name = f"competing-{slug(result.endpoint)}"
    return DisplayTable(name, result.label, columns, tuple(rows), tuple(notes if compared else notes[:1] + notes[2:]))


def _competing_definition(result: Competing) -> DisplayTable:
    groups, label = tuple(group.name for group in result.groups), result.label.replace(", by kind of event", "")
    return decision_table(result.endpoint, label, result.definition, groups, result.notes)


def _incidence_rows(result: Competing, index: int, level: str) -> list[Row]:
    rows = [labelled_row("came first (% of patients)", (count_percent(g.events[index], g.n) for g in result.groups))]
    for day in sorted({day for group in result.groups for day, _ in group.milestones}):
        label = f"incidence at {months(day).removesuffix('.0')} months, % ({level} CI)"
        rows.append(labelled_row(label, (_incidence(group, day, index) for group in result.groups)))
    if not result.comparisons:
        return rows
    comparison = result.comparisons[index]
    for what, ratios in (
        ("cause-specific", comparison.cause_specific),
        ("subdistribution", comparison.subdistribution),
    ):
        for label in dict.fromkeys(ratio_label(item) for item in ratios):
            of_group = {item.group: item for item in ratios if ratio_label(item) == label}
            cells = [_ratio_cell(of_group.get(group.name), group.name == result.reference) for group in result.groups]
            rows.append(labelled_row(f"{what} {inside_sentence(label)} ({level} CI)", cells))
    return rows


def _incidence(group: IncidenceGroup, day: float, index: int) -> str:
    return next((with_interval(found[index], share) for at, found in group.milestones if at == day), "–")


def sequence_table(result: Sequence) -> DisplayTable:
    """Print the treatments of each line, and under each what came next; rare treatments drawn together."""
    steps = condensed(result, MOST_TREATMENTS)
    begun: dict[tuple[int, str], list[int]] = {}
    for step in steps:
        counts = begun.setdefault((step.line, step.source), [0] * len(step.counts))
        begun[step.line, step.source] = [a + b for a, b in zip(counts, step.counts, strict=True)]
    rows = []
    for (line, source), sizes in begun.items():
        rows.append(labelled_row(f"Line {line}: {source}", (str(size) for size in sizes)))
        for step in steps:
            if (step.line, step.source) == (line, source):
                label = step.target if step.target in ENDS else f"line {line + 1}: {step.target}"
                cells = (count_percent(n, size) if size else "–" for n, size in zip(step.counts, sizes, strict=True))
                rows.append(Row((f"then {label}", *cells), indent=1))
    if any(result.without):
        rows.append(labelled_row(sentence(NO_LINE, stop=""), (str(number) for number in result.without)))
    notes = [
        "Patients who had each treatment, and the percentage of them who went on to what stands below.",
        result.meaning,
        "Lines are all those for metastatic disease in the records, before and after time zero; nothing is compared.",
    ]
    columns = ("Line and treatment", *sized(result.groups, result.sizes))
    return DisplayTable("sequence", "From line to line", columns, tuple(rows), tuple(notes))


def transitions_table(result: Sequence) -> DisplayTable:
    """Print every transition as a row of its own, for a spreadsheet or another program that draws ribbons."""
    rows = tuple(
        Row((str(step.line), step.source, step.target, group, str(count)))
        for step in result.transitions
        for group, count in zip(result.groups, step.counts, strict=True)
    )
    columns = ("Line", "From", "To", "Group", "Patients")
    return DisplayTable("transitions", "Transitions between lines", columns, rows)


def confidence(result: Survival | Competing) -> str:
    """Return the confidence level of an analysis as a percentage: `95%`."""
    return f"{round(100 * result.groups[0].curve.level, 1):g}%"


def ratio_label(hazard_ratio: HazardRatio) -> str:
    """Return the name of a hazard ratio: crude, or adjusted for what."""
    adjusted, within = (
        listed([inside_sentence(label) for label in labels])
        for labels in (hazard_ratio.adjusted_for, hazard_ratio.within)
    )
    how = f"adjusted for {adjusted}" if adjusted else "crude"
    how += f", offset {inside_sentence(hazard_ratio.offset)}" if hazard_ratio.offset else ""
    return f"Hazard ratio, {how}, within levels of {within}" if within else f"Hazard ratio, {how}"


def _variable_rows(variable: Variable, compared: bool, measured: bool, groups: int) -> list[Row]:
    blank = ("",) * groups
    label = f"{variable.label}, {variable.unit}" if variable.unit else variable.label
    rows = [Row((label, *blank))]
    if not variable.cells:
        return [Row((label, *("not recorded",) * groups, *("",) * (2 * compared + measured)))]
    rows += _level_rows(variable) if variable.levels else _quantity_rows(variable.cells[0])
    if any(variable.within):
        cells = (p_statement(test.p_value) if test else "–" for test in variable.within)
        rows.append(Row(("losses as frequent as gains (McNemar, exact)", *cells), indent=1))
    missing = tuple(str(cell.missing) for cell in variable.cells[0])
    if any(cell.missing for cell in variable.cells[0]):
        rows.append(Row(("missing", *missing), indent=1))
    extra = (test_cells(variable.test) if compared else ()) + (
        (standardised_difference(variable.standardised_difference),) if measured else ()
    )
    padding = ("",) * len(extra)
    return [replace(row, cells=row.cells + (padding if index else extra)) for index, row in enumerate(rows)]


def _level_rows(variable: Variable) -> list[Row]:
    return [
        Row((level, *(count_percent(cell.count, cell.n, 0 if cell.n < 100 else 1) for cell in cells)), indent=1)
        for level, cells in zip(variable.levels, variable.cells, strict=True)
    ]


def _quantity_rows(cells: tuple[Cell, ...]) -> list[Row]:
    write = quantity_writer(tuple(limit for cell in cells for limit in (cell.lowest, cell.highest)))
    ranges = (
        with_interval(Estimate(cell.median, cell.lowest, cell.highest, "range"), write, absent="–") for cell in cells
    )
    quartiles = (interval(cell.first_quartile, cell.third_quartile, write) if cell.n else "–" for cell in cells)
    return [Row(("median (range)", *ranges), indent=1), Row(("first to third quartile", *quartiles), indent=1)]


def _observed(group: SurvivalGroup) -> str:
    median, lowest, highest = group.observed_time
    return with_interval(Estimate(median, lowest, highest, "range"), months)


def _ratio_rows(result: Survival, level: str) -> list[Row]:
    rows = []
    for label in _ratio_labels(result):
        of_group = {item.group: item for item in result.hazard_ratios if ratio_label(item) == label}
        cells = [_ratio_cell(of_group.get(group.name), group.name == result.reference) for group in result.groups]
        rows.append(labelled_row(f"{label} ({level} CI)", cells))
        limits = {name: item.bootstrap for name, item in of_group.items()}
        rows += bootstrap_rows(limits, [group.name for group in result.groups], level, ratio)
    return [*rows, *_imputed_rows(result, level)]


def _imputed_rows(result: Survival, level: str) -> list[Row]:
    if result.imputed is None:
        return []
    of_group = {item.group: item for item in result.imputed.ratios}
    cells = [_ratio_cell(of_group.get(group.name), group.name == result.reference) for group in result.groups]
    label = f"{ratio_label(result.imputed.ratios[0])}, missing covariates imputed ({level} CI)"
    return [labelled_row(label, cells)]


def _imputed_notes(result: Survival) -> list[str]:
    if result.imputed is None:
        return []
    found = result.imputed
    each = listed([f"{inside_sentence(label)} {number}" for label, number in found.missing if number])
    shares = listed([f"{share:.0%}" for share in found.missing_information])
    return [
        f"Missing covariates imputed: {found.imputations} completed data sets, pooled; {found.ratios[0].n} patients, "
        f"missing in {each}. {shares} of the information about the hazard ratio is missing. Right only where what "
        "is missing can be told from what is known; a sensitivity analysis of the ratio above."
    ]


def _ratio_notes(result: Survival) -> list[str]:
    models = {ratio_label(item): item for item in result.hazard_ratios}
    return [
        f"{label}: {counted(item.n, 'patient')} and {counted(item.events, 'event')} in the model, "
        f"{item.left_out} left out for a missing covariate."
        for label, item in models.items()
        if item.left_out
    ]


def _conventions(result: Survival) -> list[str]:
    """Say how intervals and ties were done, in the words that stand beside the unrounded numbers."""
    medians = dict.fromkeys(group.median.method for group in result.groups)
    ratios = dict.fromkeys(item.estimate.method for item in result.hazard_ratios)
    return [
        f"{what}: {listed(list(methods))}."
        for what, methods in (("Limits of medians", medians), ("Hazard ratios", ratios))
        if methods
    ]


def _ratio_labels(result: Survival) -> list[str]:
    return list(dict.fromkeys(ratio_label(item) for item in result.hazard_ratios))


def _ratio_cell(item: HazardRatio | None, reference: bool) -> str:
    if item is None:
        return REFERENCE if reference else "–"
    return f"{with_interval(item.estimate, ratio)}, {p_statement(item.p_value)}"


def _named_apart(tables: list[DisplayTable]) -> tuple[DisplayTable, ...]:
    seen: dict[str, int] = {}
    apart = []
    for table in tables:
        seen[table.name] = seen.get(table.name, 0) + 1
        number = seen[table.name]
        apart.append(table if number == 1 else replace(table, name=f"{table.name}-{number}"))
    return tuple(apart)
