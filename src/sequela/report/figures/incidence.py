"""The figure of cumulative incidence: one panel for each kind of event, who is at risk below."""

from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from sequela.analyses.results import Competing, IncidenceGroup
from sequela.analyses.wording import DAYS_PER_MONTH, counted, p_statement
from sequela.records.bundle import Kind
from sequela.report.figures.canvas import (
    COLOURS,
    DASHES,
    MUTED,
    SMALL_SIZE,
    TEXT_SIZE,
    WIDTH,
    blank_figure,
    blank_page,
    stamp,
    style,
    wrapped,
)
from sequela.report.figures.kaplan_meier import MOST_BANDS, month_ticks, present

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, RIGHT, LINE = 1.28, 0.2, 0.19
PANEL_HEIGHT, BETWEEN = 1.9, 0.42
TITLE_WIDTH = 84


def incidence_figure(result: Competing, kind: Kind) -> Any:
    """Draw the probability of each kind of event by group as a matplotlib figure 7 inches wide.

    The panels share their axes, so that heights can be compared between kinds. Bands are pointwise
    limits. Below the last panel stand, at each tick, the patients still without any event.
    """
    with style():
        return _figure(result, kind)


def _figure(result: Competing, kind: Kind) -> Any:
    names = [wrapped(group.name, 13, 2) for group in result.groups]
    legend = [wrapped(f"{group.name}: {counted(group.n, 'patient')}", 76, 1) for group in result.groups]
    below = 1.18 + sum(_row_height(name) for name in names)
    panels = len(result.kinds)
    top = below + panels * PANEL_HEIGHT + (panels - 1) * BETWEEN
    height = top + BETWEEN + LINE * len(legend) + 0.12
    figure = blank_figure(height)
    page = blank_page(figure, height)
    highest = _highest(result)
    axes = None
    for index in range(panels):
        bottom = top - (index + 1) * PANEL_HEIGHT - index * BETWEEN
        place = (LEFT / WIDTH, bottom / height, (WIDTH - LEFT - RIGHT) / WIDTH, PANEL_HEIGHT / height)
        axes = figure.add_axes(place, facecolor="none")
        _panel(axes, result, index, highest, last=index == panels - 1)
        page.text(LEFT, bottom + PANEL_HEIGHT + 0.07, _title(result, index), va="bottom", fontsize=TEXT_SIZE)
    _legend(page, legend, height - 0.12)
    if axes is not None:
        _at_risk(axes, page, result, names)
    stamp(figure, kind, height)
    return figure


def _title(result: Competing, index: int) -> str:
    what = result.kinds[index].what
    text = what[:1].upper() + what[1:]
    gray = result.comparisons[index].gray if result.comparisons else None
    return wrapped(f"{text} ({gray.name}, {p_statement(gray.p_value)})" if gray else text, TITLE_WIDTH, 1)


def _highest(result: Competing) -> float:
    """Return the top of the axes: the next fifth above the highest curve, so that a quarter of it is a round number."""
    top = max(float(group.curve.incidence.max(initial=0.0)) for group in result.groups)
    return min(1.0, float(np.ceil(top * 5 + 0.1)) / 5)


def _longest(result: Competing) -> float:
    return max(float(group.curve.time[-1]) for group in result.groups) or 1.0


def _looks(result: Competing) -> list[tuple[IncidenceGroup, str, Any]]:
    number = len(result.groups)
    return list(zip(result.groups, islice(cycle(COLOURS), number), islice(cycle(DASHES), number), strict=True))


def _panel(axes: "Axes", result: Competing, index: int, highest: float, last: bool) -> None:
    axes.set_xlim(0, _longest(result) / DAYS_PER_MONTH * 1.02)
    axes.set_ylim(0, highest)
    ticks = np.linspace(0, highest, 5)
    axes.set_yticks(ticks, [f"{100 * tick:g}" for tick in ticks])
    axes.set_xticks(month_ticks(_longest(result)))
    axes.set_ylabel("Incidence (%)")
    axes.spines[["top", "right"]].set_visible(False)
    if last:
        axes.set_xlabel("Months since time zero")
    else:
        axes.tick_params(labelbottom=False)
    for group, colour, dash in _looks(result):
        curve = group.curve
        time = np.concatenate(([group.start], curve.time)) / DAYS_PER_MONTH
        height, low, high = (
            np.concatenate(([0.0], column[:, index])) for column in (curve.incidence, curve.low, curve.high)
        )
        if len(result.groups) <= MOST_BANDS:
            axes.fill_between(time, low, high, step="post", color=colour, alpha=0.11, linewidth=0)
        axes.step(time, height, where="post", color=colour, linestyle=dash, linewidth=1.7, solid_capstyle="butt")


def _legend(page: "Axes", legend: list[str], top: float) -> None:
    for index, line in enumerate(legend):
        colour, dash = COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)]
        page.plot([0.55, 1.15], [top - LINE / 2] * 2, color=colour, linestyle=dash, linewidth=1.7)
        page.text(LEFT, top, line, va="top", fontsize=TEXT_SIZE)
        top -= LINE


def _at_risk(axes: "Axes", page: "Axes", result: Competing, names: list[str]) -> None:
    ticks = np.asarray(axes.get_xticks())
    places = LEFT + ticks / axes.get_xlim()[1] * (WIDTH - LEFT - RIGHT)
    top = 0.42 + sum(_row_height(name) for name in names)
    page.text(0.08, top + 0.05, "Without any event", va="bottom", fontsize=SMALL_SIZE, color=MUTED)
    for (group, colour, _), name in zip(_looks(result), names, strict=True):
        middle = top - _row_height(name) / 2
        page.plot([0.09], [middle], marker="s", markersize=5, color=colour)
        page.text(0.17, middle, name, va="center", fontsize=SMALL_SIZE, linespacing=0.95)
        for place, number in zip(places, _without_event(group, ticks * DAYS_PER_MONTH), strict=True):
            page.text(place, middle, f"{number}", ha="center", va="center", fontsize=SMALL_SIZE)
        top -= _row_height(name)


def _without_event(group: IncidenceGroup, days: np.ndarray) -> np.ndarray:
    """Return the patients of a group under observation without any event just before each day."""
    curve = group.curve
    if not group.entries:
        return np.append(curve.at_risk, 0)[np.searchsorted(curve.time, days, side="left")]
    left = (curve.time, curve.events.sum(axis=1) + curve.censored)
    return np.where(days < group.start, 0, present(group.entries, left, days))


def _row_height(name: str) -> float:
    return LINE * (1.25 + 0.8 * name.count("\n"))
