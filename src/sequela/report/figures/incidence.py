"""The figure of cumulative incidence: one panel for each kind of event, who is at risk below."""

from dataclasses import replace

import numpy as np

from sequela.analyses.results import Competing, IncidenceGroup
from sequela.analyses.wording import DAYS_PER_MONTH, counted, p_statement
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Mark, Panel
from sequela.report.drawing.words import text, wrapped
from sequela.report.figures.axes import AXIS_ROOM, bands, bottom_axis, left_axis, plot, steps, whole_numbers
from sequela.report.figures.canvas import BODY, COLOURS, STAMP_ROOM, WIDTH, stamped
from sequela.report.figures.curve_parts import (
    LEFT,
    RIGHT,
    ROOM,
    RiskRow,
    legend,
    month_ticks,
    pen_of,
    risk_table,
)
from sequela.report.figures.kaplan_meier import MOST_BANDS, present

PANEL_HEIGHT, BETWEEN = 137.0, 30.0


def incidence_figure(result: Competing, kind: Kind) -> Drawing:
    """Draw the probability of each kind of event by group, 7 inches wide.

    The panels share their axes, so that heights can be compared between kinds. Bands are pointwise
    limits. Below the last panel stand, at each tick, the patients still without any event.
    """
    lines = [wrapped(f"{group.name}: {counted(group.n, 'patient')}", ROOM, BODY, 1) for group in result.groups]
    marks, top = legend(((line, pen_of(index)) for index, line in enumerate(lines)), 8.0)
    ticks, highest = month_ticks(_longest(result)), _highest(result)
    panel = _empty(result, highest, top)
    for index in range(len(result.kinds)):
        panel = _empty(result, highest, top + BETWEEN)
        last = index == len(result.kinds) - 1
        marks.append(text(LEFT - 3, panel.top - 6, _title(result, index), BODY, at="bottom"))
        marks += _axes(panel, ticks, highest, last)
        marks.append(replace(panel, marks=tuple(_curves(panel, result, index))))
        top = panel.bottom
    days = ticks * DAYS_PER_MONTH
    rows = [
        RiskRow(group.name, COLOURS[place % len(COLOURS)], [f"{number}" for number in _without_event(group, days)])
        for place, group in enumerate(result.groups)
    ]
    below, bottom = risk_table(panel, ticks, "Without any event", rows, panel.bottom + AXIS_ROOM + 8)
    title = f"Cumulative incidence of {', '.join(each.what for each in result.kinds)}"
    return stamped([*marks, *below], bottom + STAMP_ROOM, kind, title)


def _empty(result: Competing, highest: float, top: float) -> Panel:
    months = _longest(result) / DAYS_PER_MONTH * 1.02
    return plot(LEFT, top, WIDTH - LEFT - RIGHT, PANEL_HEIGHT, (0, months), (0, highest))


def _axes(panel: Panel, ticks: np.ndarray, highest: float, last: bool) -> list[Mark]:
    shares = np.linspace(0, highest, 5).tolist()
    months = whole_numbers(ticks) if last else [(tick, "") for tick in ticks.tolist()]
    return [
        *bottom_axis(panel, months, "Months since time zero" if last else ""),
        *left_axis(panel, [(share, f"{100 * share:g}") for share in shares], "Incidence (%)"),
    ]


def _title(result: Competing, index: int) -> str:
    what = result.kinds[index].what
    words = what[:1].upper() + what[1:]
    gray = result.comparisons[index].gray if result.comparisons else None
    return wrapped(f"{words} ({gray.name}, {p_statement(gray.p_value)})" if gray else words, WIDTH - LEFT - 5, BODY, 1)


def _highest(result: Competing) -> float:
    """Return the top of the axes: the next fifth above the highest curve, so that a quarter of it is a round number."""
    top = max(float(group.curve.incidence.max(initial=0.0)) for group in result.groups)
    return min(1.0, float(np.ceil(top * 5 + 0.1)) / 5)


def _longest(result: Competing) -> float:
    return max(float(group.curve.time[-1]) for group in result.groups) or 1.0


def _curves(panel: Panel, result: Competing, index: int) -> list[Mark]:
    marks: list[Mark] = []
    for place, group in enumerate(result.groups):
        curve, pen = group.curve, pen_of(place)
        time = np.concatenate(([group.start], curve.time)) / DAYS_PER_MONTH
        height, low, high = (
            np.concatenate(([0.0], column[:, index])) for column in (curve.incidence, curve.low, curve.high)
        )
        if len(result.groups) <= MOST_BANDS:
            marks += bands(panel, time, low, high, pen.colour)
        marks.append(steps(panel, time, height, pen))
    return marks


def _without_event(group: IncidenceGroup, days: np.ndarray) -> np.ndarray:
    """Return the patients of a group under observation without any event just before each day."""
    curve = group.curve
    if not group.entries:
        return np.append(curve.at_risk, 0)[np.searchsorted(curve.time, days, side="left")]
    left = (curve.time, curve.events.sum(axis=1) + curve.censored)
    return np.where(days < group.start, 0, present(group.entries, left, days))
