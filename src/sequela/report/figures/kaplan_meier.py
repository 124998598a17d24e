"""The Kaplan-Meier figure: curves, bands, censorings, medians, and who is still at risk below."""

import numpy as np

from sequela.analyses.results import HazardRatio, Survival, SurvivalGroup
from sequela.analyses.wording import DAYS_PER_MONTH, counted, months, p_statement, ratio, worded
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Line, Mark, Panel, Pen, Text, Ticks
from sequela.report.drawing.words import height_of, text, width_of
from sequela.report.figures.axes import AXIS_ROOM, bands, plot, steps
from sequela.report.figures.canvas import BODY, COLOURS, STAMP_ROOM, WIDTH, stamped
from sequela.report.figures.curve_parts import (
    LEFT,
    LINE,
    RIGHT,
    WORDS,
    RiskRow,
    legend,
    legend_text,
    month_ticks,
    pen_of,
    percent_frame,
    risk_table,
)
from sequela.report.table_words import name_of_test
from sequela.report.tables import confidence
from sequela.stats.kaplan_meier import SurvivalCurve

PLOT_HEIGHT = 223.0
MOST_BANDS = 3
"""Groups beyond which the bands of limits would hide one another; the limits are in the table."""
MOST_IN_CORNER, BETWEEN_LINES = 4, 1.35


def kaplan_meier_figure(result: Survival, kind: Kind, since: str = "time zero") -> Drawing:
    """Draw time to one endpoint by group, 7 inches wide.

    Below the axis stand, at each tick, the patients still at risk just before that time and,
    in brackets, the events up to it. The hazard ratio and the log-rank test stand in a corner
    that the curves leave free, above the plot where there is none. `since` names the moment
    from which the months count.
    """
    lines = [legend_text(group.name, _numbers(group, confidence(result))) for group in result.groups]
    marks, top = legend(((line, pen_of(index)) for index, line in enumerate(lines)), 8.0)
    said = comparison_lines(result)
    panel = _panel(result, top + 8)
    corner = _corner(panel, said, result)
    if corner is None and said:
        top += 2
        marks.append(text(WORDS, top + 0.86 * LINE, "\n".join(said), BODY, at="base", leading=LINE / BODY.size))
        panel = _panel(result, top + LINE * len(said) + 8)
    ticks = month_ticks(_longest(result))
    marks += percent_frame(panel, ticks, f"Months since {since}")
    marks += [mark for index, group in enumerate(result.groups) for mark in _group(panel, group, index, result)]
    marks += [corner] if corner is not None else []
    rows = [_risk_row(group, index, ticks) for index, group in enumerate(result.groups)]
    below, bottom = risk_table(panel, ticks, "At risk (events so far)", rows, panel.bottom + AXIS_ROOM + 8)
    words = ". ".join([*group_lines(result), *said])
    return stamped([*marks, *below], bottom + STAMP_ROOM, kind, f"Kaplan-Meier curves of {result.label}", f"{words}.")


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


def _ratio_line(item: HazardRatio, result: Survival) -> str:
    name = "Adjusted hazard ratio" if item.adjusted_for else "Hazard ratio"
    who = f" {item.group}" if len(result.groups) > 2 else ""
    return f"{name}{who} {worded(item.estimate, ratio, confidence(result))}"


def _panel(result: Survival, top: float) -> Panel:
    longest = _longest(result) / DAYS_PER_MONTH
    return plot(LEFT, top, WIDTH - LEFT - RIGHT, PLOT_HEIGHT, (0, longest * 1.02), (0, 1.03))


def _longest(result: Survival) -> float:
    return max((float(group.curve.time[-1]) for group in result.groups if len(group.curve.time)), default=0.0) or 1.0


def _group(panel: Panel, group: SurvivalGroup, index: int, result: Survival) -> list[Mark]:
    curve, pen = group.curve, pen_of(index)
    time = np.concatenate(([curve.start], curve.time)) / DAYS_PER_MONTH
    survival = np.concatenate(([1.0], curve.survival))
    low, high = (np.concatenate(([1.0], limit)) for limit in (curve.low, curve.high))
    marks: list[Mark] = []
    if len(result.groups) <= MOST_BANDS:
        marks += bands(panel, time, low, high, pen.colour)
    marks.append(steps(panel, time, survival, pen))
    censored = np.asarray(group.censoring_times, dtype=float) / DAYS_PER_MONTH
    # Patients censored on one day share one mark: a registry would draw hundreds of thousands on the same spots.
    censored = np.unique(censored[censored >= time[0]])
    at = survival[np.searchsorted(time, censored, side="right") - 1]
    points = zip(panel.x.all_at(censored).tolist(), panel.y.all_at(at).tolist(), strict=True)
    marks.append(Ticks(tuple(points), 7.0, Pen(pen.colour, 1.1), "censored"))
    median = group.median.value / DAYS_PER_MONTH
    if np.isfinite(median):
        x = panel.x.at(median)
        marks.append(Line(((x, panel.bottom), (x, panel.y.at(0.5))), Pen(pen.colour, 0.9, (2, 2)), "median"))
    return marks


def _risk_row(group: SurvivalGroup, index: int, ticks: np.ndarray) -> RiskRow:
    days = ticks * DAYS_PER_MONTH
    still, events = at_risk_of(group, days), events_until(group.curve, days)
    cells = [f"{number} ({gone})" for number, gone in zip(still, events, strict=True)]
    return RiskRow(group.name, COLOURS[index % len(COLOURS)], cells)


def _corner(panel: Panel, said: list[str], result: Survival) -> Text | None:
    """Place the comparison in the corner that no curve reaches: above their ends, else below their beginnings."""
    if not said or len(said) > MOST_IN_CORNER:
        return None
    words = "\n".join(said)
    wide, high = width_of(words, BODY) + 12, height_of(words, BODY, BETWEEN_LINES) + 8
    last, first = panel.x.number(panel.right - wide), panel.x.number(panel.left + wide)
    if max(_reach(group, last)[1] for group in result.groups) < panel.y.number(panel.top + high):
        return text(panel.right - 2, panel.top + 3, words, BODY, "right", "top", BETWEEN_LINES)
    lowest = min(_reach(group, first)[0] for group in result.groups)
    medians = [group.median.value / DAYS_PER_MONTH for group in result.groups]
    if lowest > panel.y.number(panel.bottom - high) and not any(median < first for median in medians):
        return text(panel.left + 8, panel.bottom - 5, words, BODY, "left", "bottom", BETWEEN_LINES)
    return None


def _reach(group: SurvivalGroup, month: float) -> tuple[float, float]:
    """Return how far down and up the curve of a group and its known limits reach at a month."""
    curve = group.curve
    place = np.searchsorted(curve.time, month * DAYS_PER_MONTH, side="right") - 1
    if place < 0:
        return 1.0, 1.0
    heights = (float(value[place]) for value in (curve.survival, curve.low, curve.high))
    known = [height for height in heights if np.isfinite(height)]
    return min(known), max(known)
