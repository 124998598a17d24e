"""The Kaplan-Meier figure: curves, bands, censorings, medians, and who is still at risk below."""

from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from sequela.analyses.results import HazardRatio, Survival, SurvivalGroup
from sequela.analyses.wording import DAYS_PER_MONTH, counted, months, p_statement, ratio, worded
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import (
    COLOURS,
    DASHES,
    MUTED,
    RULE,
    SMALL_SIZE,
    TEXT_SIZE,
    WIDTH,
    blank_figure,
    blank_page,
    drawable,
    stamp,
    style,
    wrapped,
)
from sequela.report.table_words import name_of_test
from sequela.report.tables import confidence
from sequela.stats.kaplan_meier import SurvivalCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, RIGHT, LINE = 1.28, 0.2, 0.19
PLOT_HEIGHT = 3.1
STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240)
MOST_TICKS = 9
MOST_BANDS = 3
"""Groups beyond which the bands of limits would hide one another; the limits are in the table."""
LEGEND_WIDTH = 76
"""Characters that fit beside the sample of a line."""


def kaplan_meier_figure(result: Survival, kind: Kind, since: str = "time zero") -> Any:
    """Draw time to one endpoint by group as a matplotlib figure 7 inches wide.

    Below the axis stand, at each tick, the patients still at risk just before that time and,
    in brackets, the events up to it. The hazard ratio and the log-rank test stand in a corner
    that the curves leave free, above the plot where there is none. `since` names the moment
    from which the months count.
    """
    with style():
        return _figure(result, kind, since)


def at_risk(curve: SurvivalCurve, days: np.ndarray) -> np.ndarray:
    """Return the patients under observation just before each day, shape of `days`."""
    position = np.searchsorted(curve.time, days, side="left")
    return np.append(curve.at_risk, 0)[position]


def at_risk_of(group: SurvivalGroup, days: np.ndarray) -> np.ndarray:
    """Return the patients of a group under observation just before each day; who enters later is not yet."""
    if not group.entries:
        return at_risk(group.curve, days)
    left = (group.curve.time, group.curve.events + group.curve.censored)
    return np.where(days < group.curve.start, 0, present(group.entries, left, days))


def present(entries: tuple[float, ...], left: tuple[np.ndarray, np.ndarray], days: np.ndarray) -> np.ndarray:
    """Return how many patients with these days of entry were there just before each day.

    `left` are days and how many patients left on each, those who left before the first of them not counted.
    """
    time, number = left
    entered = np.searchsorted(np.asarray(entries), days, side="left")
    entered = np.maximum(entered, np.searchsorted(np.asarray(entries), 0.0, side="right"))
    gone = np.concatenate(([0], np.cumsum(number)))
    return entered - (len(entries) - gone[-1] + gone[np.searchsorted(time, days, side="left")])


def events_until(curve: SurvivalCurve, days: np.ndarray) -> np.ndarray:
    """Return the events up to and including each day, shape of `days`."""
    total = np.concatenate(([0], np.cumsum(curve.events)))
    return total[np.searchsorted(curve.time, days, side="right")]


def month_ticks(longest_days: float) -> np.ndarray:
    """Return at most ten whole months from 0 to the longest time, evenly spaced."""
    months = longest_days / DAYS_PER_MONTH
    step = next((step for step in STEPS_MONTHS if months / step <= MOST_TICKS), STEPS_MONTHS[-1])
    return np.arange(0, months + 1e-9, step)


def comparison_lines(result: Survival) -> list[str]:
    """Return what the figure says about the difference: hazard ratios and the log-rank test."""
    lines = [_ratio_line(item, result) for item in result.hazard_ratios]
    if result.test is not None:
        lines.append(f"{name_of_test(result.test)}: {p_statement(result.test.p_value)}")
    return lines


def group_lines(result: Survival) -> list[str]:
    """Return one line per group: events, patients, median with its interval."""
    return [f"{group.name}: {_numbers(group, confidence(result))}" for group in result.groups]


def _numbers(group: SurvivalGroup, level: str) -> str:
    median = worded(group.median, months, level, "months")
    return f"{counted(group.events, 'event')} in {counted(group.n, 'patient')}, median {median}"


def _legend_text(group: SurvivalGroup, level: str) -> str:
    text = f"{group.name}: {_numbers(group, level)}"
    if len(text) <= LEGEND_WIDTH:
        return drawable(text)
    return f"{wrapped(group.name, LEGEND_WIDTH, 2)}:\n{_numbers(group, level)}"


def _ratio_line(item: HazardRatio, result: Survival) -> str:
    name = "Adjusted hazard ratio" if item.adjusted_for else "Hazard ratio"
    who = f" {item.group}" if len(result.groups) > 2 else ""
    return f"{name}{who} {worded(item.estimate, ratio, confidence(result))}"


def _figure(result: Survival, kind: Kind, since: str) -> Any:
    legend = [_legend_text(group, confidence(result)) for group in result.groups]
    comparison = [drawable(line) for line in comparison_lines(result)]
    corner = _free_corner(result) if len(comparison) <= 4 else "above"
    above = sum(1 + line.count("\n") for line in legend) + (len(comparison) if corner == "above" else 0)
    names = [wrapped(group.name, 12, 2) for group in result.groups]
    below = 1.18 + sum(_row_height(name) for name in names)
    top = below + PLOT_HEIGHT + 0.12
    height = top + LINE * above + 0.12
    figure = blank_figure(height)
    page = blank_page(figure, height)
    axes = figure.add_axes(
        (LEFT / WIDTH, below / height, (WIDTH - LEFT - RIGHT) / WIDTH, PLOT_HEIGHT / height), facecolor="none"
    )
    _frame(axes, result, since)
    _curves(axes, result)
    _legend(page, legend, height - 0.12)
    if corner == "above":
        page.text(LEFT, top, "\n".join(comparison), va="bottom", fontsize=TEXT_SIZE)
    else:
        _corner_text(axes, comparison, corner)
    _risk_table(axes, page, result, names)
    stamp(figure, kind, height)
    return figure


def _looks(result: Survival) -> list[tuple[SurvivalGroup, str, Any]]:
    return [
        (group, colour, dash)
        for group, colour, dash in zip(
            result.groups,
            islice(cycle(COLOURS), len(result.groups)),
            islice(cycle(DASHES), len(result.groups)),
            strict=True,
        )
    ]


def _longest(result: Survival) -> float:
    return max((float(group.curve.time[-1]) for group in result.groups if len(group.curve.time)), default=0.0) or 1.0


def _frame(axes: "Axes", result: Survival, since: str) -> None:
    longest = _longest(result) / DAYS_PER_MONTH
    axes.set_xlim(0, longest * 1.02)
    axes.set_ylim(0, 1.03)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    axes.set_xticks(month_ticks(_longest(result)))
    axes.set_xlabel(f"Months since {since}")
    axes.set_ylabel("Patients without the event (%)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.axhline(0.5, color=RULE, linewidth=0.7, zorder=0)


def _curves(axes: "Axes", result: Survival) -> None:
    for group, colour, dash in _looks(result):
        curve = group.curve
        time = np.concatenate(([curve.start], curve.time)) / DAYS_PER_MONTH
        survival = np.concatenate(([1.0], curve.survival))
        low, high = (np.concatenate(([1.0], limit)) for limit in (curve.low, curve.high))
        if len(result.groups) <= MOST_BANDS:
            axes.fill_between(time, low, high, step="post", color=colour, alpha=0.11, linewidth=0)
        axes.step(time, survival, where="post", color=colour, linestyle=dash, linewidth=1.7, solid_capstyle="butt")
        censored = np.asarray(group.censoring_times, dtype=float) / DAYS_PER_MONTH
        # Patients censored on one day share one mark: a registry would draw hundreds of thousands on the same spots.
        censored = np.unique(censored[censored >= time[0]])
        at = survival[np.searchsorted(time, censored, side="right") - 1]
        axes.plot(censored, at, linestyle="none", marker="|", markersize=7, markeredgewidth=1.1, color=colour)
        median = group.median.value / DAYS_PER_MONTH
        if np.isfinite(median):
            axes.plot([median, median], [0, 0.5], color=colour, linewidth=0.9, linestyle=(0, (2, 2)))


def _legend(page: "Axes", legend: list[str], top: float) -> None:
    for index, line in enumerate(legend):
        colour, dash = COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)]
        middle = top - LINE / 2
        page.plot([0.55, 1.15], [middle, middle], color=colour, linestyle=dash, linewidth=1.7)
        page.text(LEFT, top, line, va="top", fontsize=TEXT_SIZE)
        top -= LINE * (1 + line.count("\n"))


def _free_corner(result: Survival) -> str:
    half = _longest(result) * 0.4
    there = [_survival_at(group.curve, half) for group in result.groups]
    if max(there) < 0.68:
        return "upper right"
    end = [_survival_at(group.curve, _longest(result)) for group in result.groups]
    return "lower left" if min(end) > 0.4 else "above"


def _survival_at(curve: SurvivalCurve, day: float) -> float:
    return float(np.concatenate(([1.0], curve.survival))[np.searchsorted(curve.time, day, side="right")])


def _corner_text(axes: "Axes", lines: list[str], corner: str) -> None:
    upper = corner == "upper right"
    axes.text(
        0.995 if upper else 0.02,
        0.985 if upper else 0.03,
        "\n".join(lines),
        transform=axes.transAxes,
        ha="right" if upper else "left",
        va="top" if upper else "bottom",
        fontsize=TEXT_SIZE,
        linespacing=1.35,
    )


def _risk_table(axes: "Axes", page: "Axes", result: Survival, names: list[str]) -> None:
    ticks = np.asarray(axes.get_xticks())
    places = LEFT + ticks / axes.get_xlim()[1] * (WIDTH - LEFT - RIGHT)
    days = ticks * DAYS_PER_MONTH
    top = 0.42 + sum(_row_height(name) for name in names)
    page.text(0.08, top + 0.05, "At risk (events so far)", va="bottom", fontsize=SMALL_SIZE, color=MUTED)
    for (group, colour, _), name in zip(_looks(result), names, strict=True):
        middle = top - _row_height(name) / 2
        page.plot([0.09], [middle], marker="s", markersize=5, color=colour)
        page.text(0.17, middle, name, va="center", fontsize=SMALL_SIZE, linespacing=0.95)
        still, events = at_risk_of(group, days), events_until(group.curve, days)
        for place, number, gone in zip(places, still, events, strict=True):
            page.text(place, middle, f"{number} ({gone})", ha="center", va="center", fontsize=SMALL_SIZE)
        top -= _row_height(name)


def _row_height(name: str) -> float:
    return LINE * (1.25 + 0.8 * name.count("\n"))
