"""The forest of subgroups: a ratio for each level of each covariate, the test of interaction beside its name."""

import math

from sequela.analyses.results import Estimate, Subgroups
from sequela.analyses.wording import p_statement, ratio, with_interval
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Line, Mark, Pen, Scale, Ticks
from sequela.report.drawing.symbols import symbol
from sequela.report.drawing.words import text, wrapped
from sequela.report.figures.canvas import (
    COLOURS,
    INK,
    MUTED,
    NOTE,
    RULE,
    SMALL,
    STAMP_ROOM,
    STRONG,
    WIDTH,
    stamped,
)

ROW, AXIS, BETWEEN = 17.3, 20.0, 20.0
PLOT = (198.0, 371.0)
LEFT, NUMBERS, INDENT = 7.0, 382.0, 11.0
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
WIDEST = (0.05, 20.0)
"""Beyond these an interval ends in an arrow; the numbers beside it are whole."""


def subgroup_figure(result: Subgroups, kind: Kind) -> Drawing:
    """Draw the ratios by subgroup, 7 inches wide, one panel of rows for each group compared."""
    marks: list[Mark] = []
    top, scale = 8.0, _scale(result)
    others = [group for group in result.groups if group != result.reference]
    for index, group in enumerate(others):
        heading = f"{group} against {result.reference}"
        marks.append(text(LEFT, top, wrapped(heading, WIDTH - 2 * LEFT, STRONG, 1), STRONG, at="top"))
        rows, top = _block(result, index, scale, top + 26)
        marks += rows
        top += BETWEEN
    title = f"Hazard ratios in subgroups, {' and '.join(others)} against {result.reference}"
    return stamped(marks, top - BETWEEN + 6 + STAMP_ROOM, kind, title)


def _scale(result: Subgroups) -> Scale:
    ends = [
        end for item in result.rows for e in item.ratios for end in (e.low, e.high) if math.isfinite(end) and end > 0
    ]
    lowest, highest = min([*ends, 0.5]), max([*ends, 2.0])
    low = max((tick for tick in TICKS if tick <= lowest), default=WIDEST[0])
    return Scale(low, min((tick for tick in TICKS if tick >= highest), default=WIDEST[1]), *PLOT, logarithmic=True)


def _block(result: Subgroups, index: int, scale: Scale, base: float) -> tuple[list[Mark], float]:
    """Draw the rows of one group below their heads on the line `base`, and return the marks and where they end."""
    rule = base + 5
    marks: list[Mark] = [
        text(LEFT, base, "Subgroup, events / patients", NOTE, at="base"),
        text(NUMBERS, base, "Hazard ratio (95% CI)", NOTE, at="base"),
        Line(((LEFT, rule), (WIDTH - LEFT, rule)), Pen(RULE)),
    ]
    tests = {item.variable: item.test for item in result.interactions}
    rows: list[Mark] = []
    middle, named = rule + ROW / 2 + 1, ""
    for item in result.rows:
        if item.variable != named:
            named, test = item.variable, tests.get(item.variable)
            words = f"{named} (interaction {p_statement(test.p_value)})" if test else named
            rows.append(text(LEFT, middle, wrapped(words, NUMBERS - LEFT, SMALL, 1), SMALL))
            middle += ROW
        left = LEFT + (INDENT if item.variable else 0)
        counts = f"{item.level}, {sum(item.events)} / {sum(item.sizes)}"
        rows.append(text(left, middle, wrapped(counts, PLOT[0] - left - 6, SMALL, 1), SMALL))
        rows.append(text(NUMBERS, middle, with_interval(item.ratios[index], ratio), SMALL))
        rows += _interval(item.ratios[index], scale, middle, whole=not item.variable)
        middle += ROW
    bottom = middle - ROW / 2
    return [*marks, *_axis(scale, rule, bottom), *rows], bottom + AXIS


def _interval(estimate: Estimate, scale: Scale, middle: float, whole: bool) -> list[Mark]:
    if math.isnan(estimate.value):
        return []
    colour = INK if whole else COLOURS[0]
    low = scale.low if math.isnan(estimate.low) else estimate.low
    high = scale.high if math.isnan(estimate.high) else estimate.high
    start, end = (scale.at(scale.within(limit)) for limit in (low, high))
    marks: list[Mark] = [Line(((start, middle), (end, middle)), Pen(colour, 1.2), "interval")]
    marks += [symbol("left", start, middle, 5, colour)] if low < scale.low else []
    marks += [symbol("right", end, middle, 5, colour)] if high > scale.high else []
    form, size = ("diamond", 5.5) if whole else ("square", 6.0)
    return [*marks, symbol(form, scale.at(scale.within(estimate.value)), middle, size, colour, "ratio")]


def _axis(scale: Scale, top: float, bottom: float) -> list[Mark]:
    ticks = [(scale.at(tick), f"{tick:g}") for tick in TICKS if scale.low <= tick <= scale.high]
    one = scale.at(1.0)
    return [
        Line(((one, bottom), (one, top)), Pen(INK)),
        Line(((PLOT[0], bottom), (PLOT[1], bottom)), Pen(MUTED)),
        Ticks(tuple((x, bottom + 1.5) for x, _ in ticks), 3, Pen(MUTED)),
        *(text(x, bottom + 6, words, SMALL, "middle", "top") for x, words in ticks),
    ]
