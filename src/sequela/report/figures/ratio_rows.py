"""Rows of ratios on one logarithmic axis: scale, intervals, ticks; shared by the forests."""

import math
from collections.abc import Iterable

from sequela.analyses.results import Estimate
from sequela.report.drawing.marks import Line, Mark, Pen, Scale, Ticks
from sequela.report.drawing.symbols import symbol
from sequela.report.drawing.words import text
from sequela.report.figures.canvas import INK, MUTED, SMALL

AXIS = 20.0
"""Height of the axis below the rows."""
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
WIDEST = (0.05, 20.0)
"""Beyond these an interval ends in an arrow; the numbers beside it are whole."""


def ratio_scale(estimates: Iterable[Estimate], left: float, right: float) -> Scale:
    """Return the scale, between ticks, that holds all intervals and 0.5 to 2."""
    ends = [end for item in estimates for end in (item.low, item.high) if math.isfinite(end) and end > 0]
    lowest, highest = min([*ends, 0.5]), max([*ends, 2.0])
    low = max((tick for tick in TICKS if tick <= lowest), default=WIDEST[0])
    high = min((tick for tick in TICKS if tick >= highest), default=WIDEST[1])
    return Scale(low, high, left, right, logarithmic=True)


def ratio_interval(estimate: Estimate, scale: Scale, middle: float, colour: str, form: str) -> list[Mark]:
    """Draw one ratio as a diamond or a square with its interval; nothing where there is no ratio."""
    if math.isnan(estimate.value):
        return []
    low = scale.low if math.isnan(estimate.low) else estimate.low
    high = scale.high if math.isnan(estimate.high) else estimate.high
    start, end = (scale.at(scale.within(limit)) for limit in (low, high))
    marks: list[Mark] = [Line(((start, middle), (end, middle)), Pen(colour, 1.2), "interval")]
    marks += [symbol("left", start, middle, 5, colour)] if low < scale.low else []
    marks += [symbol("right", end, middle, 5, colour)] if high > scale.high else []
    size = 5.5 if form == "diamond" else 6.0
    return [*marks, symbol(form, scale.at(scale.within(estimate.value)), middle, size, colour, "ratio")]


def ratio_axis(scale: Scale, top: float, bottom: float) -> list[Mark]:
    """Draw the axis under the rows, and the line of no difference through them."""
    ticks = [(scale.at(tick), f"{tick:g}") for tick in TICKS if scale.low <= tick <= scale.high]
    one = scale.at(1.0)
    return [
        Line(((one, bottom), (one, top)), Pen(INK)),
        Line(((scale.start, bottom), (scale.end, bottom)), Pen(MUTED)),
        Ticks(tuple((x, bottom + 1.5) for x, _ in ticks), 3, Pen(MUTED)),
        *(text(x, bottom + 6, words, SMALL, "middle", "top") for x, words in ticks),
    ]
