"""The emulated trial in tables: its protocol beside what was done, and what came of it."""

from sequela.analyses.results import Estimate, Strategy, TargetTrial
from sequela.analyses.target_trial import left_in_words
from sequela.analyses.wording import DAYS_PER_MONTH, explained, months, ratio, rounded, share, with_interval
from sequela.report.display_table import DisplayTable, Row


def trial_tables(result: TargetTrial) -> tuple[DisplayTable, DisplayTable]:
    """Return the comparison of the strategies, and the protocol of the target trial beside its emulation."""
    return strategies_table(result), protocol_table(result)


def strategies_table(result: TargetTrial) -> DisplayTable:
    """Print each strategy and the differences at the horizon."""
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


def protocol_table(result: TargetTrial) -> DisplayTable:
    """Print the trial one would run, item by item, beside what the records allowed."""
    rows = tuple(Row((item.item, item.target, item.emulation)) for item in result.protocol)
    return DisplayTable("protocol", "Target trial and emulation", ("", "Target trial", "Emulation"), rows)


def trial_in_words(result: TargetTrial) -> str:
    """Return what the figure shows, for those who do not see it."""
    each = "; ".join(f"{item.name}: {_share(item.survival)}% event-free" for item in result.strategies)
    return f"Weighted curves of {result.label} up to {months(result.horizon_days)} months. {each}."


def _row(label: str, cells: list[str], difference: str) -> Row:
    return Row((label, *cells, difference))


def _share(estimate: Estimate) -> str:
    return with_interval(estimate, lambda value: share(value))


def _months(estimate: Estimate) -> str:
    return with_interval(estimate, months)


def legend_of(item: Strategy) -> str:
    """Return the line of the legend of a strategy."""
    return f"{item.name}: {item.events} events in {item.clones} clones, {item.left} left the strategy"
