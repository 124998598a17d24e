"""The curves of two groups made alike, the curves before it beside them, and the weight still at risk below."""

from dataclasses import replace

import numpy as np

from sequela.analyses.propensity_results import MadeAlike, Propensity, WeightedGroup
from sequela.analyses.wording import DAYS_PER_MONTH, counted, median_months, p_statement, ratio, rounded, with_interval
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Mark, Panel, Pen
from sequela.report.drawing.words import text
from sequela.report.figures.axes import AXIS_ROOM, bands, plot, steps, upright
from sequela.report.figures.canvas import BODY, COLOURS, MUTED, NOTE, STAMP_ROOM, WIDTH, stamped
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
from sequela.stats.kaplan_meier import SurvivalCurve

PLOT_HEIGHT = 216.0
HINT = "Thin: as observed. Upright line: the horizon. Drawn while ten of a group remain."
STILL_DRAWN = 10
"""Patients of a group without whom no curve is drawn beyond the horizon; the survival figure shows the rest."""


def weighted_curves_figure(result: Propensity, item: MadeAlike, kind: Kind) -> Drawing:
    """Draw weighted (or matched) and crude curves, 7 inches wide.

    Below the axis stands, at each tick, the weight still at risk just before that time; weights have a mean of 1, so
    that a group begins with as much weight as it has patients.
    """
    made = "matched" if result.weights == "matching" else "weighted"
    lines = [legend_text(group.name, _numbers(group, made)) for group in item.groups]
    marks, top = legend(((line, pen_of(index)) for index, line in enumerate(lines)), 8.0)
    said = _comparison(item, made)
    marks.append(text(WORDS, top + LINE / 2, said, BODY))
    marks.append(text(WORDS, top + 1.5 * LINE, HINT, NOTE))
    longest = _longest(result, item)
    months = longest / DAYS_PER_MONTH * 1.02
    empty = plot(LEFT, top + 2 * LINE + 10, WIDTH - LEFT - RIGHT, PLOT_HEIGHT, (0, months), (0, 1.03))
    curves = [mark for index, group in enumerate(item.groups) for mark in _group(empty, group, index)]
    ticks = month_ticks(longest)
    marks += percent_frame(empty, ticks, "Months since time zero")
    marks.append(upright(empty, result.horizon_days / DAYS_PER_MONTH, Pen(MUTED, 0.9, (4, 3)), "horizon"))
    marks.append(replace(empty, marks=tuple(curves)))
    rows = [_risk_row(group, colour, ticks, made) for group, colour in zip(item.groups, COLOURS, strict=False)]
    heading = "Pairs still at risk (patients)" if made == "matched" else "Weight still at risk (patients)"
    below, bottom = risk_table(empty, ticks, heading, rows, empty.bottom + AXIS_ROOM + 8)
    names = " and ".join(group.name for group in item.groups)
    return stamped([*marks, *below], bottom + STAMP_ROOM, kind, f"Curves of {names}, {made}", f"{said}.")


def weight_at_risk(curve: SurvivalCurve, days: np.ndarray) -> np.ndarray:
    """Return the weight under observation just before each day, shape of `days`."""
    return np.append(curve.exposed, 0.0)[np.searchsorted(curve.time, days, side="left")]


def _numbers(group: WeightedGroup, made: str) -> str:
    return f"{counted(group.events, 'event')} in {group.n}, {made} median {median_months(group.median)} months"


def _comparison(item: MadeAlike, made: str) -> str:
    resampled = dict(item.ratios)[next(how for how, _ in reversed(item.ratios))]
    words = f"Hazard ratio, {made} {with_interval(resampled.estimate, ratio)}"
    return words + (f"; log-rank {p_statement(item.log_rank.p_value)}" if item.log_rank else "")


def _longest(result: Propensity, item: MadeAlike) -> float:
    """Return the day up to which curves are drawn."""
    days = [group.curve.time[group.curve.at_risk >= STILL_DRAWN] for group in item.groups]
    return max([result.horizon_days, *(float(reached[-1]) for reached in days if reached.size)])


def _group(panel: Panel, group: WeightedGroup, index: int) -> list[Mark]:
    pen = pen_of(index, 1.8)
    thin = Pen(pen.colour, 0.8, opacity=0.6)
    low, high = (np.concatenate(([1.0], limit)) for limit in (group.curve.low, group.curve.high))
    return [
        *bands(panel, np.concatenate(([0.0], group.curve.time)) / DAYS_PER_MONTH, low, high, pen.colour),
        *(
            steps(panel, np.concatenate(([0.0], curve.time)) / DAYS_PER_MONTH, _from_one(curve), look, part)
            for curve, look, part in ((group.crude, thin, "crude curve"), (group.curve, pen, "curve"))
        ),
    ]


def _from_one(curve: SurvivalCurve) -> np.ndarray:
    return np.concatenate(([1.0], curve.survival))


def _risk_row(group: WeightedGroup, colour: str, ticks: np.ndarray, made: str) -> RiskRow:
    days = ticks * DAYS_PER_MONTH
    still = np.append(group.curve.at_risk, 0)[np.searchsorted(group.curve.time, days, side="left")]
    pairs = zip(weight_at_risk(group.curve, days), still, strict=True)
    cells = [f"{number}" if made == "matched" else f"{rounded(float(weight))} ({number})" for weight, number in pairs]
    return RiskRow(group.name, colour, cells)
