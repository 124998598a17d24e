"""The forest of subgroups: a ratio for each level of each covariate, the test of interaction beside its name."""

import math
from typing import TYPE_CHECKING, Any

from sequela.analyses.results import Estimate, Subgroups
from sequela.analyses.wording import p_statement, ratio, with_interval
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import (
    COLOURS,
    INK,
    MUTED,
    RULE,
    SMALL_SIZE,
    TEXT_SIZE,
    WIDTH,
    blank_figure,
    blank_page,
    stamp,
    style,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.24
PLOT = (2.75, 5.15)
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
WIDEST = (0.05, 20.0)
"""Beyond these an interval ends in an arrow; the numbers beside it are whole."""


def subgroup_figure(result: Subgroups, kind: Kind) -> Any:
    """Draw the ratios by subgroup as a matplotlib figure 7 inches wide, one panel of rows for each group compared."""
    with style():
        return _figure(result, kind)


def _figure(result: Subgroups, kind: Kind) -> Any:
    others = [group for group in result.groups if group != result.reference]
    lines = 1 + len(result.interactions) + len(result.rows) - 1
    block = ROW * lines + 1.0
    height = block * len(others) + 0.4
    figure = blank_figure(height)
    page = blank_page(figure, height)
    low, high = _range(result)
    for index, group in enumerate(others):
        top = height - index * block - 0.12
        heading = wrapped(f"{group} against {result.reference}", 80, 1)
        page.text(0.1, top, heading, va="top", fontsize=TEXT_SIZE, fontweight="bold")
        _block(page, result, index, (low, high), top - 0.36)
    stamp(figure, kind, height)
    return figure


def _range(result: Subgroups) -> tuple[float, float]:
    ends = [
        end for item in result.rows for e in item.ratios for end in (e.low, e.high) if math.isfinite(end) and end > 0
    ]
    lowest, highest = min([*ends, 0.5]), max([*ends, 2.0])
    low = max((tick for tick in TICKS if tick <= lowest), default=WIDEST[0])
    return low, min((tick for tick in TICKS if tick >= highest), default=WIDEST[1])


def _place(value: float, limits: tuple[float, float]) -> float:
    low, here, high = math.log(limits[0]), math.log(min(max(value, limits[0]), limits[1])), math.log(limits[1])
    return PLOT[0] + (here - low) / (high - low) * (PLOT[1] - PLOT[0])


def _block(page: "Axes", result: Subgroups, index: int, limits: tuple[float, float], top: float) -> None:
    page.text(0.1, top, "Subgroup, events / patients", va="bottom", fontsize=SMALL_SIZE, color=MUTED)
    page.text(5.3, top, "Hazard ratio (95% CI)", va="bottom", fontsize=SMALL_SIZE, color=MUTED)
    page.plot([0.1, WIDTH - 0.1], [top - 0.03] * 2, color=RULE, linewidth=0.8)
    tests = {item.variable: item.test for item in result.interactions}
    middle, named = top - 0.03 - ROW / 2, ""
    for item in result.rows:
        if item.variable != named:
            named, test = item.variable, tests.get(item.variable)
            words = f"{named} (interaction {p_statement(test.p_value)})" if test else named
            page.text(0.1, middle, wrapped(words, 50, 1), va="center", fontsize=SMALL_SIZE)
            middle -= ROW
        indent = 0.1 if not item.variable else 0.25
        counts = f"{item.level}, {sum(item.events)} / {sum(item.sizes)}"
        page.text(indent, middle, wrapped(counts, 36, 1), va="center", fontsize=SMALL_SIZE)
        page.text(5.3, middle, with_interval(item.ratios[index], ratio), va="center", fontsize=SMALL_SIZE)
        _interval(page, item.ratios[index], limits, middle, bold=not item.variable)
        middle -= ROW
    _axis(page, limits, middle + ROW / 2, top - 0.03)


def _interval(page: "Axes", estimate: Estimate, limits: tuple[float, float], middle: float, bold: bool) -> None:
    if math.isnan(estimate.value):
        return
    colour = INK if bold else COLOURS[0]
    low = limits[0] if math.isnan(estimate.low) else estimate.low
    high = limits[1] if math.isnan(estimate.high) else estimate.high
    ends = (_place(low, limits), _place(high, limits))
    page.plot(ends, [middle, middle], color=colour, linewidth=1.2)
    for outside, place, marker in ((low < limits[0], ends[0], "<"), (high > limits[1], ends[1], ">")):
        if outside:
            page.plot([place], [middle], marker=marker, markersize=4, color=colour)
    page.plot([_place(estimate.value, limits)], [middle], marker="D" if bold else "s", markersize=5, color=colour)


def _axis(page: "Axes", limits: tuple[float, float], below: float, top: float) -> None:
    page.plot(PLOT, [below, below], color=MUTED, linewidth=0.8)
    for tick in TICKS:
        if limits[0] <= tick <= limits[1]:
            place = _place(tick, limits)
            page.plot([place, place], [below, below - 0.04], color=MUTED, linewidth=0.8)
            page.text(place, below - 0.07, f"{tick:g}", ha="center", va="top", fontsize=SMALL_SIZE)
    one = _place(1.0, limits)
    page.plot([one, one], [below, top], color=INK, linewidth=0.8, zorder=0)
