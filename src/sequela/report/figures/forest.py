"""The forest plot: each study, the pool, where a new study would lie, and the user's own study last."""

import math

from sequela.analyses.wording import rounded
from sequela.evidence.readings import HAZARD_RATIO, MEDIAN
from sequela.evidence.synthesis import StudyRow, Synthesis
from sequela.report.drawing.marks import Area, Circle, Drawing, Face, Line, Mark, Pen, Scale, Ticks
from sequela.report.drawing.symbols import symbol
from sequela.report.drawing.words import balanced, height_of, text, width_of, wrapped
from sequela.report.figures.canvas import (
    BODY,
    COLOURS,
    INK,
    MUTED,
    NOTE,
    RULE,
    SMALL,
    STAMP_ROOM,
    STRONG,
    UNREAL,
    WIDTH,
    stamp,
)
from sequela.report.own_study import OwnStudy
from sequela.report.pool_tables import AGAINST, heterogeneity_lines, other_limits, prediction, title, unit, with_limits

ROW, LINE = 19.5, 12.3
LEFT, NUMBERS, WEIGHTS = 7.0, 439.0, 497.0
"""Where names begin, and where numbers and weights end."""
PLOT = (148.0, 331.0)
"""Between these the intervals are drawn."""
NAMES = PLOT[0] - LEFT - 6
TINY, BLUE, OWN = Face(7.5, INK), COLOURS[0], COLOURS[1]
TICKS = {
    HAZARD_RATIO: (0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
    MEDIAN: (0.5, 1, 2, 5, 10, 20, 50),
}
SHARES = (0, 0.25, 0.5, 0.75, 1)
WIDEST = {HAZARD_RATIO: (0.1, 20.0), MEDIAN: (0.5, 60.0)}
"""Beyond these an interval ends in an arrow; the numbers beside it are whole."""
SQUARE = (5.0, 12.0)
"""Sizes of a square without weight and with all of it."""
ASSUMED = "* something was assumed that the paper does not print; the table says what"


def forest_figure(synthesis: Synthesis, own: OwnStudy | None = None) -> Drawing:
    """Draw a pool, 7 inches wide.

    Squares grow with the weight of a study; the diamond is the pool; the thin line under it is
    where a new study would lie; the open circle is the user's own study, which is not in the pool.
    """
    scale = scale_of(synthesis, own)
    heading = balanced(title(synthesis), WIDTH - 2 * LEFT, STRONG)
    head = 7 + height_of(heading, STRONG) + 18
    top = head + 4
    rows, middle = _studies(synthesis, scale, top + ROW / 2)
    if synthesis.pooled is not None:
        more, middle = _pool(synthesis, scale, middle)
        rows += more
    if own is not None:
        rows += _own(own, synthesis, scale, middle + ROW / 2)
        middle += 2 * ROW
    below = middle - ROW / 2 + 3
    marks: list[Mark] = [
        text(LEFT, 7, heading, STRONG, at="top"),
        *_heads(synthesis, head),
        *_axis(synthesis, scale, top, below),
        *rows,
    ]
    notes, bottom = _notes(synthesis, below + 38)
    foot = _foot(own, bottom + STAMP_ROOM)
    words = with_limits(synthesis.value, synthesis.low, synthesis.high, synthesis.selection.measure)
    said = f"{len(synthesis.rows)} studies" + (f", pooled {words}" if synthesis.pooled is not None else "")
    return Drawing(WIDTH, bottom + STAMP_ROOM, (*marks, *notes, *foot), f"Forest plot. {title(synthesis)}", f"{said}.")


def scale_of(synthesis: Synthesis, own: OwnStudy | None) -> Scale:
    """Choose the range from the studies and the pool; the prediction may leave it."""
    measure = synthesis.selection.measure
    if measure not in TICKS:
        return Scale(0.0, 1.0, *PLOT)
    numbers = [end for row in synthesis.rows for end in (row.low, row.high)]
    numbers += [end for end in (synthesis.low, synthesis.high) if not math.isnan(end)]
    numbers += [own.low, own.high] if own else []
    numbers += [1.0] if measure == HAZARD_RATIO else []
    lowest, highest = (bound(numbers) for bound in (min, max))
    widest = WIDEST[measure]
    low = max([tick for tick in TICKS[measure] if tick <= lowest], default=widest[0])
    high = min([tick for tick in TICKS[measure] if tick >= highest], default=widest[1])
    return Scale(low, high, *PLOT, logarithmic=True)


def _place(scale: Scale, value: float) -> float:
    return scale.at(scale.within(value))


def _heads(synthesis: Synthesis, base: float) -> list[Mark]:
    marks: list[Mark] = [text(LEFT, base - 4, "Study", NOTE, at="base")]
    marks.append(text(NUMBERS, base - 4, unit(synthesis.selection.measure), NOTE, "right", "base"))
    if any(not math.isnan(row.weight) for row in synthesis.rows):
        marks.append(text(WEIGHTS, base - 4, "Weight, %", NOTE, "right", "base"))
    return [*marks, Line(((LEFT, base), (WEIGHTS, base)), Pen(RULE))]


def _axis(synthesis: Synthesis, scale: Scale, top: float, below: float) -> list[Mark]:
    measure = synthesis.selection.measure
    ticks = [tick for tick in TICKS.get(measure, SHARES) if scale.low <= tick <= scale.high]
    marks: list[Mark] = [Line(((PLOT[0], below), (PLOT[1], below)), Pen(MUTED))]
    marks.append(Ticks(tuple((scale.at(tick), below + 1.5) for tick in ticks), 3, Pen(MUTED)))
    for tick in ticks:
        words = f"{tick:g}" if measure in TICKS else f"{100 * tick:g}"
        marks.append(text(scale.at(tick), below + 6, words, SMALL, "middle", "top"))
    if not math.isnan(synthesis.value):
        place = _place(scale, synthesis.value)
        marks.append(Line(((place, below), (place, top)), Pen(BLUE, 0.8, (2, 2))))
    if measure == HAZARD_RATIO:
        one = scale.at(1.0)
        marks.append(Line(((one, below), (one, top)), Pen(INK)))
        return marks + _directions(synthesis.selection.comparison, one, below + 20)
    name = "Months" if measure == MEDIAN else "Patients (%)"
    return [*marks, text(sum(PLOT) / 2, below + 20, name, SMALL, "middle", "top")]


def _directions(comparison: str, one: float, top: float) -> list[Mark]:
    """Say which side of one is which; the words before "against" name the group."""
    group = comparison.partition(AGAINST)[0]
    better, worse = (one - 5 - LEFT, WEIGHTS - one - 5)
    return [
        text(one - 5, top, wrapped(f"← better {group}", better, NOTE, 1), NOTE, "right", "top"),
        text(one + 5, top, f"{wrapped(f'worse {group}', worse - 14, NOTE, 1)} →", NOTE, at="top"),
    ]


def _assumed(row: StudyRow) -> bool:
    return bool(row.candidate.readings) and bool(row.candidate.reading.effect.assumed)


def _studies(synthesis: Synthesis, scale: Scale, middle: float) -> tuple[list[Mark], float]:
    marks: list[Mark] = []
    for row in synthesis.rows:
        label = row.candidate.result.label + (" *" if _assumed(row) else "")
        face = BODY if width_of(label, BODY) <= NAMES else TINY
        marks.append(text(LEFT, middle, wrapped(label, NAMES, face, 2), face, leading=1.15))
        marks += _interval(scale, (row.low, row.high), middle, INK)
        size = SQUARE[0] + (SQUARE[1] - SQUARE[0]) * math.sqrt(0.3 if math.isnan(row.weight) else row.weight)
        if scale.low <= row.value <= scale.high:
            marks.append(symbol("square", scale.at(row.value), middle, size, INK, "study"))
        words = with_limits(row.value, row.low, row.high, synthesis.selection.measure)
        marks += _numbers(words, row.weight, middle)
        middle += ROW
    return marks, middle


def _pool(synthesis: Synthesis, scale: Scale, middle: float) -> tuple[list[Mark], float]:
    low, value, high = (_place(scale, end) for end in (synthesis.low, synthesis.value, synthesis.high))
    corners = ((low, middle), (value, middle - 6.5), (high, middle), (value, middle + 6.5))
    words = with_limits(synthesis.value, synthesis.low, synthesis.high, synthesis.selection.measure)
    marks: list[Mark] = [text(LEFT, middle, "Pooled", STRONG), Area(corners, BLUE, part="pool")]
    marks += _numbers(words, math.nan, middle, STRONG)
    middle += ROW
    if not math.isnan(synthesis.prediction_low):
        marks.append(text(LEFT, middle, "A new study would lie in", Face(BODY.size, MUTED)))
        ends = (synthesis.prediction_low, synthesis.prediction_high)
        marks += _interval(scale, ends, middle, BLUE)
        marks += _numbers(prediction(synthesis), math.nan, middle)
    return marks, middle + ROW


def _own(own: OwnStudy, synthesis: Synthesis, scale: Scale, middle: float) -> list[Mark]:
    name = f"{own.group}; {own.endpoint}; {own.patients} patients"
    rule = middle - ROW * 0.6
    marks: list[Mark] = [
        Line(((LEFT, rule), (WEIGHTS, rule)), Pen(RULE)),
        text(LEFT, middle, "Own study, not pooled", Face(BODY.size, OWN, bold=True)),
        text(LEFT, middle + LINE, wrapped(name, PLOT[1] - LEFT, NOTE, 1), NOTE),
        *_interval(scale, (own.low, own.high), middle, OWN),
    ]
    if scale.low <= own.value <= scale.high:
        marks.append(Circle(scale.at(own.value), middle, 3.5, "white", Pen(OWN, 1.6), part="own study"))
    return marks + _numbers(with_limits(own.value, own.low, own.high, synthesis.selection.measure), math.nan, middle)


def _interval(scale: Scale, ends: tuple[float, float], middle: float, colour: str) -> list[Mark]:
    """Draw an interval; where it leaves the plot it ends in an arrow."""
    low, high = (_place(scale, end) for end in ends)
    marks: list[Mark] = [Line(((low, middle), (high, middle)), Pen(colour, 1.2), "interval")]
    marks += [symbol("left", low, middle, 6, colour)] if ends[0] < scale.low else []
    return marks + ([symbol("right", high, middle, 6, colour)] if ends[1] > scale.high else [])


def _numbers(words: str, weight: float, middle: float, face: Face = BODY) -> list[Mark]:
    marks: list[Mark] = [text(NUMBERS, middle, words, face, "right")]
    if not math.isnan(weight):
        marks.append(text(WEIGHTS, middle, rounded(100 * weight, 1), BODY, "right"))
    return marks


def _notes(synthesis: Synthesis, top: float) -> tuple[list[Mark], float]:
    """Write what is said of heterogeneity and of assumptions, and return the marks and where they end."""
    lines = [ASSUMED] if any(_assumed(row) for row in synthesis.rows) else []
    lines += heterogeneity_lines(synthesis)
    lines += [other_limits(synthesis)] if other_limits(synthesis) else []
    marks: list[Mark] = []
    for line in lines:
        words = wrapped(line, WIDTH - 2 * LEFT, NOTE)
        marks.append(text(LEFT, top, words, NOTE, at="top", leading=LINE / NOTE.size))
        top += LINE * (1 + words.count("\n"))
    return marks, top


def _foot(own: OwnStudy | None, bottom: float) -> list[Mark]:
    if own is not None and own.kind in UNREAL:
        words = text(LEFT, bottom - 5, "Published results; own study:", NOTE, at="bottom")
        return [words, *stamp(own.kind, bottom)]
    return [text(WEIGHTS, bottom - 5, "Published results", NOTE, "right", "bottom")]
