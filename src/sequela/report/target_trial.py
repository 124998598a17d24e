"""The emulated trial in tables: its protocol beside what was done, and what came of it."""

import math

from sequela.analyses.curves_compared import PARTS
from sequela.analyses.results import ComparisonOverTime, DesignOverTime, Strategy, TargetTrial
from sequela.analyses.wording import (
    DAYS_PER_MONTH,
    counted,
    explained,
    left_in_words,
    months,
    ratio,
    rounded,
    share,
    with_interval,
)
from sequela.report.display_table import DisplayTable, Row
from sequela.study.strategies import SEQUENTIAL


def trial_tables(result: TargetTrial) -> tuple[DisplayTable, DisplayTable]:
    """Return the comparison of the strategies, and the protocol of the target trial beside its emulation."""
    return strategies_table(result), protocol_table(result)


def strategies_table(result: TargetTrial) -> DisplayTable:
    """Print each strategy and the differences at the horizon."""
    if result.over_time is not None:
        return _table_over_time(result, result.over_time)
    start, other = result.strategies
    horizon = f"{result.horizon_days / DAYS_PER_MONTH:g}"
    columns = ("", *(item.name for item in result.strategies), "Difference")
    rows = [
        _row("Patients at time zero", [str(item.clones) for item in result.strategies], ""),
        _row("Left the strategy, censored then", [left_in_words(item) for item in result.strategies], ""),
        _row("Events while following it", [str(item.events) for item in result.strategies], ""),
        _row("Largest weight", [rounded(item.heaviest, 1) for item in result.strategies], ""),
        _row(
            f"Event-free at {horizon} months, % (95% CI)",
            [with_interval(start.survival, share), with_interval(other.survival, share)],
            with_interval(result.survival_difference, share),
        ),
        _row(
            f"Mean event-free months up to {horizon} (95% CI)",
            [with_interval(start.mean, months), with_interval(other.mean, months)],
            with_interval(result.mean_difference, months),
        ),
    ]
    rows += [
        _row(
            f"Landmark at {mark.months:g} months, hazard ratio from then on (95% CI)",
            [f"{mark.started} had started", f"{mark.others} had not; {mark.lost} no longer at risk"],
            with_interval(mark.hazard_ratio, ratio),
        )
        for mark in result.landmarks
    ]
    notes = [
        f"{result.label}. Each patient is a clone in both strategies, censored on the day it leaves its strategy and "
        f"weighted for that; intervals are percentiles of {result.bootstrap} bootstrap samples of patients, expanded "
        "where few patients decide.",
        *_who_decides(result),
        *result.cautions,
        *explained([cell for row in rows for cell in row.cells[1:]]),
    ]
    return DisplayTable("target-trial", f"Strategies compared: {result.label}", columns, tuple(rows), tuple(notes))


def _table_over_time(result: TargetTrial, design: DesignOverTime) -> DisplayTable:
    """Print a design that reads what changes: who entered, and each way of comparing the strategies."""
    several = design.design == SEQUENTIAL
    opening = "Entries into trials" if several else "Patients at time zero"
    rows = [_row(opening, [str(item.clones) for item in result.strategies], "")]
    for each in design.comparisons:
        rows += _rows_of(each, f"{result.horizon_days / DAYS_PER_MONTH:g}")
    notes = [
        f"{result.label}. {_entered(result, design)} Intervals are percentiles of {result.bootstrap} bootstrap samples "
        "of patients, expanded where few patients decide; the hazard ratio is the odds ratio per interval of a pooled "
        f"logistic regression{', its interval robust to a patient counting several times' if several else ''}.",
        *_who_decides(result),
        *_weight_notes(design),
        *result.cautions,
        *explained([cell for row in rows for cell in row.cells[1:]]),
    ]
    columns = ("", *(item.name for item in result.strategies), "Difference, or ratio")
    return DisplayTable("target-trial", f"Strategies compared: {result.label}", columns, tuple(rows), tuple(notes))


def _who_decides(result: TargetTrial) -> list[str]:
    """Say of how many patients a mean would be as uncertain, where that widens the intervals."""
    if result.equal_patients >= PARTS:
        return []
    return [
        "Some patients decide more than others: the difference of mean times is as uncertain as a mean of "
        f"{result.equal_patients:.0f} patients who count alike, and its interval as wide."
    ]


def _entered(result: TargetTrial, design: DesignOverTime) -> str:
    step, patients = f"{design.interval_days / DAYS_PER_MONTH:g} months", counted(design.patients, "patient")
    if design.design == SEQUENTIAL:
        entries = sum(item.clones for item in result.strategies)
        return (
            f"{counted(design.trials, 'trial')}, {step} apart; {patients} enter {entries} times, {design.starters} of "
            f"them as they start {result.drug}."
        )
    return f"{patients}, {design.starters} of whom start {result.drug} in time; follow-up in steps of {step}."


def _rows_of(each: ComparisonOverTime, horizon: str) -> list[Row]:
    name, (start, other) = each.name[:1].upper() + each.name[1:], each.strategies
    rows = []
    if each.weights:
        left = [left_in_words(item) for item in each.strategies]
        rows.append(_row(f"{name}: left the strategy, censored then", left, ""))
    if each.hazard_ratio.method:
        rows.append(_row(f"{name}: events while followed", [str(item.events) for item in each.strategies], ""))
    rows += [
        _row(
            f"{name}: event-free at {horizon} months, % (95% CI)",
            [with_interval(start.survival, share), with_interval(other.survival, share)],
            with_interval(each.survival_difference, share),
        ),
        _row(
            f"{name}: mean event-free months up to {horizon} (95% CI)",
            [with_interval(start.mean, months), with_interval(other.mean, months)],
            with_interval(each.mean_difference, months),
        ),
    ]
    if each.hazard_ratio.method:
        rows.append(_row(f"{name}: hazard ratio (95% CI)", ["", ""], with_interval(each.hazard_ratio, ratio)))
    return rows


def _weight_notes(design: DesignOverTime) -> list[str]:
    notes = [
        f"Weights of '{strategy}', {each.name}: mean {rounded(check.mean, 2)}, largest {rounded(check.largest, 1)} "
        f"before they are cut; they count as {share(check.effective_share, 0)}% as many equal ones."
        for each in design.comparisons
        for strategy, check in each.weights
    ]
    if math.isfinite(design.natural_course):
        notes.append(
            "With treatment as it was given, the g-formula differs from the observed event-free share by at most "
            f"{share(design.natural_course)} points."
        )
    return notes


def protocol_table(result: TargetTrial) -> DisplayTable:
    """Print the trial one would run, item by item, beside what the records allowed."""
    rows = tuple(Row((item.item, item.target, item.emulation)) for item in result.protocol)
    return DisplayTable("protocol", "Target trial and emulation", ("", "Target trial", "Emulation"), rows)


def trial_in_words(result: TargetTrial) -> str:
    """Return what the figure shows, for those who do not see it."""
    each = "; ".join(f"{item.name}: {with_interval(item.survival, share)}% event-free" for item in result.strategies)
    if result.over_time is not None:
        how = result.over_time.comparisons[0].name
        return f"Curves of {result.label} ({how}) up to {months(result.horizon_days)} months. {each}."
    return f"Weighted curves of {result.label} up to {months(result.horizon_days)} months. {each}."


def _row(label: str, cells: list[str], difference: str) -> Row:
    return Row((label, *cells, difference))


def legend_of(item: Strategy, entries: bool = False) -> str:
    """Return the line of the legend of a strategy; `entries` where patients enter several trials."""
    if entries:
        return f"{item.name}: {item.events} events in {item.clones} entries into trials"
    return f"{item.name}: {item.events} events in {item.clones} clones, {item.left} left the strategy"
