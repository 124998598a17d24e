"""The curves of two strategies in the same patients, up to the horizon."""

import numpy as np

from sequela.analyses.results import Strategy, TargetTrial
from sequela.analyses.wording import DAYS_PER_MONTH
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Line, Panel, Pen, Rectangle
from sequela.report.drawing.words import wrapped
from sequela.report.figures.axes import (
    AXIS_ROOM,
    PERCENTS,
    bottom_axis,
    left_axis,
    plot,
    steps,
    straight,
    whole_numbers,
)
from sequela.report.figures.canvas import BODY, RULE, SMALL, STAMP_ROOM, WIDTH, stamped
from sequela.report.figures.curve_parts import RIGHT, ROOM, legend, month_ticks, pen_of
from sequela.report.target_trial import legend_of, trial_in_words
from sequela.study.strategies import SEQUENTIAL

LEFT, PLOT_HEIGHT = 62.0, 187.0


def strategies_figure(result: TargetTrial, kind: Kind) -> Drawing:
    """Draw the curves, 7 inches wide; a grace period is shaded.

    Curves of a design over time are those of its first comparison, known at the ends of intervals and straight between.
    """
    stacked = result.over_time is not None and result.over_time.design == SEQUENTIAL
    lines = [wrapped(legend_of(item, stacked), ROOM, SMALL, 2) for item in result.strategies]
    marks, top = legend(((line, pen_of(index)) for index, line in enumerate(lines)), 8.0, SMALL)
    end = result.horizon_days / DAYS_PER_MONTH
    panel = plot(LEFT, top + 10, WIDTH - LEFT - RIGHT, PLOT_HEIGHT, (0, end), (0, 1))
    if result.grace_days:
        grace = panel.x.at(panel.x.within(result.grace_days / DAYS_PER_MONTH)) - panel.left
        marks.append(Rectangle(panel.left, panel.top, grace, panel.height, RULE, opacity=0.35, part="grace period"))
    zero = "entry into a trial" if stacked else "time zero (shaded: grace period)"
    marks += bottom_axis(panel, whole_numbers(month_ticks(result.horizon_days)), f"Months from {zero}")
    marks += left_axis(panel, PERCENTS, wrapped(f"{result.label}, %", PLOT_HEIGHT, BODY, 1))
    marks += [_curve(panel, item, pen_of(index), result) for index, item in enumerate(result.strategies)]
    bottom = panel.bottom + AXIS_ROOM + 4 + STAMP_ROOM
    return stamped(marks, bottom, kind, f"{result.label} under two strategies", trial_in_words(result))


def _curve(panel: Panel, item: Strategy, pen: Pen, result: TargetTrial) -> Line:
    inside = item.curve.time <= result.horizon_days
    time = np.concatenate([[0.0], item.curve.time[inside], [result.horizon_days]]) / DAYS_PER_MONTH
    survival = np.concatenate([[1.0], item.curve.survival[inside]])
    if result.over_time is None:
        return steps(panel, time, np.append(survival, survival[-1]), pen)
    return straight(panel, time, np.append(survival, item.survival.value), pen)
