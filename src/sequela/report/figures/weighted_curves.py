"""The curves of two groups made alike, the curves before it beside them, and the weight still at risk below."""

from typing import TYPE_CHECKING, Any

import numpy as np

from sequela.analyses.propensity_results import MadeAlike, Propensity, WeightedGroup
from sequela.analyses.wording import DAYS_PER_MONTH, counted, median_months, p_statement, ratio, rounded, with_interval
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
    stamp,
    style,
    wrapped,
)
from sequela.report.figures.kaplan_meier import month_ticks
from sequela.stats.kaplan_meier import SurvivalCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, RIGHT, LINE, PLOT_HEIGHT, BELOW = 1.45, 0.25, 0.19, 3.0, 1.75
LEGEND_WIDTH = 72
STILL_DRAWN = 10
"""Patients of a group without whom no curve is drawn beyond the horizon; the survival figure shows the rest."""


def weighted_curves_figure(result: Propensity, item: MadeAlike, kind: Kind) -> Any:
    """Draw weighted (or matched) and crude curves as a matplotlib figure 7 inches wide.

    Below the axis stands, at each tick, the weight still at risk just before that time; weights have a mean of 1, so
    that a group begins with as much weight as it has patients.
    """
    with style():
        return _figure(result, item, kind)


def weight_at_risk(curve: SurvivalCurve, days: np.ndarray) -> np.ndarray:
    """Return the weight under observation just before each day, shape of `days`."""
    return np.append(curve.exposed, 0.0)[np.searchsorted(curve.time, days, side="left")]


def _figure(result: Propensity, item: MadeAlike, kind: Kind) -> Any:
    made = "matched" if result.weights == "matching" else "weighted"
    legend = [_legend(group, made) for group in item.groups]
    extra = [
        _comparison(item, made),
        "Thin: as observed. Upright line: the horizon. Drawn while ten of a group remain.",
    ]
    above = sum(1 + line.count("\n") for line in legend) + len(extra)
    height = BELOW + PLOT_HEIGHT + 0.2 + LINE * above
    figure = blank_figure(height)
    page = blank_page(figure, height)
    box = (LEFT / WIDTH, BELOW / height, (WIDTH - LEFT - RIGHT) / WIDTH, PLOT_HEIGHT / height)
    axes = figure.add_axes(box, facecolor="none")
    _frame(axes, result, item)
    top = height - 0.1
    for line, group, colour, dash in zip(legend, item.groups, COLOURS, DASHES, strict=False):
        _curves(axes, group, colour, dash)
        page.plot([0.55, 1.15], [top - LINE / 2] * 2, color=colour, linestyle=dash, linewidth=1.7)
        page.text(LEFT, top, line, va="top", fontsize=TEXT_SIZE)
        top -= LINE * (1 + line.count("\n"))
    page.text(LEFT, top, extra[0], va="top", fontsize=TEXT_SIZE)
    page.text(LEFT, top - LINE, extra[1], va="top", fontsize=SMALL_SIZE, color=MUTED)
    _risk_table(axes, page, item, made)
    stamp(figure, kind, height)
    return figure


def _legend(group: WeightedGroup, made: str) -> str:
    numbers = f"{counted(group.events, 'event')} in {group.n}, {made} median {median_months(group.median)} months"
    if len(group.name) + len(numbers) + 2 <= LEGEND_WIDTH:
        return wrapped(f"{group.name}: {numbers}", LEGEND_WIDTH, 1)
    return f"{wrapped(group.name, LEGEND_WIDTH, 2)}:\n{numbers}"


def _comparison(item: MadeAlike, made: str) -> str:
    resampled = dict(item.ratios)[next(how for how, _ in reversed(item.ratios))]
    text = f"Hazard ratio, {made} {with_interval(resampled.estimate, ratio)}"
    return text + (f"; log-rank {p_statement(item.log_rank.p_value)}" if item.log_rank else "")


def _longest(result: Propensity, item: MadeAlike) -> float:
    """Return the day up to which curves are drawn."""
    days = [group.curve.time[group.curve.at_risk >= STILL_DRAWN] for group in item.groups]
    return max([result.horizon_days, *(float(reached[-1]) for reached in days if reached.size)])


def _frame(axes: "Axes", result: Propensity, item: MadeAlike) -> None:
    longest = _longest(result, item)
    axes.set_xlim(0, longest / DAYS_PER_MONTH * 1.02)
    axes.set_ylim(0, 1.03)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    axes.set_xticks(month_ticks(longest))
    axes.set_xlabel("Months since time zero")
    axes.set_ylabel("Patients without the event (%)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.axhline(0.5, color=RULE, linewidth=0.7, zorder=0)
    axes.axvline(result.horizon_days / DAYS_PER_MONTH, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)


def _curves(axes: "Axes", group: WeightedGroup, colour: str, dash: Any) -> None:
    for curve, width, line, opacity in ((group.crude, 0.8, "solid", 0.6), (group.curve, 1.8, dash, 1.0)):
        time = np.concatenate(([0.0], curve.time)) / DAYS_PER_MONTH
        survival = np.concatenate(([1.0], curve.survival))
        axes.step(time, survival, where="post", color=colour, linestyle=line, linewidth=width, alpha=opacity)
    low, high = (np.concatenate(([1.0], limit)) for limit in (group.curve.low, group.curve.high))
    axes.fill_between(time, low, high, step="post", color=colour, alpha=0.11, linewidth=0)


def _risk_table(axes: "Axes", page: "Axes", item: MadeAlike, made: str) -> None:
    ticks = np.asarray(axes.get_xticks())
    places = LEFT + ticks / axes.get_xlim()[1] * (WIDTH - LEFT - RIGHT)
    top = BELOW - 0.62
    words = "Pairs still at risk" if made == "matched" else "Weight still at risk"
    page.text(0.08, top + 0.05, f"{words} (patients)", va="bottom", fontsize=SMALL_SIZE, color=MUTED)
    for group, colour in zip(item.groups, COLOURS, strict=False):
        middle = top - LINE
        page.plot([0.09], [middle], marker="s", markersize=5, color=colour)
        page.text(0.17, middle, wrapped(group.name, 12, 2), va="center", fontsize=SMALL_SIZE, linespacing=0.95)
        days = ticks * DAYS_PER_MONTH
        still = np.append(group.curve.at_risk, 0)[np.searchsorted(group.curve.time, days, side="left")]
        for place, weight, number in zip(places, weight_at_risk(group.curve, days), still, strict=True):
            text = f"{number}" if made == "matched" else f"{rounded(float(weight))} ({number})"
            page.text(place, middle, text, ha="center", va="center", fontsize=SMALL_SIZE)
        top -= LINE * 2
