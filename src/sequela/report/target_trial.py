"""The emulated trial in tables: its protocol beside what was done, and what came of it."""

from sequela.analyses.results import Estimate, SequentialDesign, Strategy, TargetTrial
from sequela.analyses.target_trial import left_in_words
from sequela.analyses.wording import (
    DAYS_PER_MONTH,
    counted,
    explained,
    months,
    ratio,
    rounded,
    share,
    with_interval,
)
from sequela.report.display_table import DisplayTable, Row


def trial_tables(result: TargetTrial) -> tuple[DisplayTable, DisplayTable]:
    """Return the comparison of the strategies, and the protocol of the target trial beside its emulation."""
    return strategies_table(result), protocol_table(result)


def strategies_table(result: TargetTrial) -> DisplayTable:
    """Print each strategy and the differences at the horizon."""
    if result.sequential is not None:
        return _stacked_table(result, result.sequential)
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
            [_share(start.survival), _share(other.survival)],
            _share(result.survival_difference),
        ),
        _row(
            f"Mean event-free months up to {horizon} (95% CI)",
            [_months(start.mean), _months(other.mean)],
            _months(result.mean_difference),
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
        f"weighted for that; intervals are percentiles of {result.bootstrap} bootstrap samples of patients.",
        *result.cautions,
        *explained([cell for row in rows for cell in row.cells[1:]]),
    ]
    return DisplayTable("target-trial", f"Strategies compared: {result.label}", columns, tuple(rows), tuple(notes))


def _stacked_table(result: TargetTrial, design: SequentialDesign) -> DisplayTable:
    """Print sequential trials: who entered, and each way of comparing them."""
    horizon = f"{result.horizon_days / DAYS_PER_MONTH:g}"
    rows = [_row("Entries into trials", [str(item.clones) for item in result.strategies], "")]
    for each in design.comparisons:
        name, (start, other) = each.name.capitalize(), each.strategies
        if each.weights is not None:
            left = [left_in_words(item) for item in each.strategies]
            rows.append(_row(f"{name}: started the drug later, censored then", left, ""))
        events = [str(item.events) for item in each.strategies]
        rows += [
            _row(f"{name}: events while followed, of all entries", events, ""),
            _row(
                f"{name}: event-free at {horizon} months, % (95% CI)",
                [_share(start.survival), _share(other.survival)],
                _share(each.survival_difference),
            ),
            _row(
                f"{name}: mean event-free months up to {horizon} (95% CI)",
                [_months(start.mean), _months(other.mean)],
                _months(each.mean_difference),
            ),
            _row(f"{name}: hazard ratio (95% CI)", ["", ""], with_interval(each.hazard_ratio, ratio)),
        ]
    trials, patients = counted(design.trials, "trial"), counted(design.patients, "patient")
    notes = [
        f"{result.label}. {trials}, {design.interval_days / DAYS_PER_MONTH:g} months apart; {patients} enter "
        f"{result.strategies[0].clones + result.strategies[1].clones} times, {design.starters} of them as they start "
        f"{result.drug}. Intervals are percentiles of {result.bootstrap} bootstrap samples of patients; the hazard "
        "ratio is the odds ratio of a pooled logistic regression, its interval robust to a patient entering several "
        "trials.",
        *_weights_note(design),
        *result.cautions,
        *explained([cell for row in rows for cell in row.cells[1:]]),
    ]
    columns = ("", *(item.name for item in result.strategies), "Difference, or ratio")
    return DisplayTable("target-trial", f"Strategies compared: {result.label}", columns, tuple(rows), tuple(notes))


def _weights_note(design: SequentialDesign) -> list[str]:
    return [
        f"Weights of the entries without the drug, per protocol: mean {rounded(each.weights.mean, 2)}, largest "
        f"{rounded(each.weights.largest, 1)}; they count as {share(each.weights.effective_share, 0)}% as many equal."
        for each in design.comparisons
        if each.weights is not None
    ]


def protocol_table(result: TargetTrial) -> DisplayTable:
    """Print the trial one would run, item by item, beside what the records allowed."""
    rows = tuple(Row((item.item, item.target, item.emulation)) for item in result.protocol)
    return DisplayTable("protocol", "Target trial and emulation", ("", "Target trial", "Emulation"), rows)


def trial_in_words(result: TargetTrial) -> str:
    """Return what the figure shows, for those who do not see it."""
    each = "; ".join(f"{item.name}: {_share(item.survival)}% event-free" for item in result.strategies)
    if result.sequential is not None:
        return f"Curves of {result.label} by intention to treat, up to {months(result.horizon_days)} months. {each}."
    return f"Weighted curves of {result.label} up to {months(result.horizon_days)} months. {each}."


def _row(label: str, cells: list[str], difference: str) -> Row:
    return Row((label, *cells, difference))


def _share(estimate: Estimate) -> str:
    return with_interval(estimate, lambda value: share(value))


def _months(estimate: Estimate) -> str:
    return with_interval(estimate, months)


def legend_of(item: Strategy, stacked: bool = False) -> str:
    """Return the line of the legend of a strategy."""
    if stacked:
        return f"{item.name}: {item.events} events in {item.clones} entries into trials"
    return f"{item.name}: {item.events} events in {item.clones} clones, {item.left} left the strategy"
