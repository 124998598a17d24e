"""The specification curve: hazard ratios from the lowest to the highest, and below them the choices behind each."""

import math

from sequela.analyses.results import Specification, Specifications
from sequela.analyses.specifications import estimated
from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Circle, Drawing, Face, Line, Mark, Panel, Pen, Ticks
from sequela.report.drawing.symbols import symbol
from sequela.report.drawing.words import text, wrapped
from sequela.report.figures.axes import across, left_axis, plot
from sequela.report.figures.canvas import BODY, COLOURS, INK, MUTED, NOTE, RULE, STAMP_ROOM, WIDTH, stamped

LEFT, RIGHT, CURVE, LINE, GAP, TOP = 155.0, 14.0, 173.0, 12.0, 19.0, 25.0
MOST_CHOICES = 40
MARGIN = 6.0
NEAR = 0.05
"""Share of the height left free above and below the intervals."""
NAME, VALUE = Face(8.5, INK, bold=True), Face(7.5, MUTED)
TICKS = (0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10)


def specifications_figure(result: Specifications, kind: Kind) -> Drawing:
    """Draw the curve, 7 inches wide; the study's own specification is marked."""
    found = estimated(result)
    choices = [(axis, value) for axis in range(len(result.axes)) for value in _values(result, axis)]
    shown = [pair for pair in choices if len(_values(result, pair[0])) > 1][:MOST_CHOICES]
    panel = _panel(found)
    said = f"{result.group} against {result.reference}; diamond: the study; blue: p < 0.05"
    marks: list[Mark] = [text(LEFT, TOP - 10, wrapped(said, panel.width, NOTE, 1), NOTE)]
    marks += [across(panel, 1.0, Pen(RULE)), *left_axis(panel, _ticks(panel), "Hazard ratio (95% CI)")]
    for place, item in enumerate(found):
        marks += _estimate(panel, place, item)
    if not found:
        middle = (panel.left + panel.right) / 2, (panel.top + panel.bottom) / 2
        marks.append(text(*middle, "no specification has an answer", BODY, "middle"))
    matrix, bottom = _matrix(panel, found, shown, result)
    title = f"Hazard ratios of {len(found)} specifications, {result.group} against {result.reference}"
    return stamped([*marks, *matrix], bottom + 6 + STAMP_ROOM, kind, title)


def _values(result: Specifications, axis: int) -> list[str]:
    return list(dict.fromkeys(item.choices[axis] for item in result.specifications))


def _panel(found: tuple[Specification, ...]) -> Panel:
    limits = [end for item in found for end in (item.estimate.low, item.estimate.value, item.estimate.high)]
    known = [limit for limit in limits if math.isfinite(limit) and limit > 0]
    low, high = min([*known, 1.0]), max([*known, 1.0])
    low, high = (low, high) if low < high else (0.5, 2.0)
    beside = (high / low) ** NEAR
    ends = (low / beside, high * beside)
    return plot(LEFT, TOP, WIDTH - LEFT - RIGHT, CURVE, (-1, max(len(found), 1)), ends, logarithmic=True)


def _ticks(panel: Panel) -> list[tuple[float, str]]:
    return [(tick, f"{tick:g}") for tick in TICKS if panel.y.low <= tick <= panel.y.high]


def _estimate(panel: Panel, place: int, item: Specification) -> list[Mark]:
    clear = item.p_value < 0.05
    colour = COLOURS[1] if item.primary else (COLOURS[0] if clear else MUTED)
    x = panel.x.at(place)
    low, value, high = (_height(panel, end) for end in (item.estimate.low, item.estimate.value, item.estimate.high))
    marks: list[Mark] = [Line(((x, low), (x, high)), Pen(colour, 1.1, opacity=0.55), "interval")]
    if item.primary:
        return [*marks, symbol("diamond", x, value, 6.5, colour, "study")]
    return [*marks, Circle(x, value, 1.9, colour, part="ratio")]


def _height(panel: Panel, number: float) -> float:
    """Return the place of a number; an unknown or endless limit ends at the frame."""
    return panel.y.at(panel.y.within(panel.y.high if math.isnan(number) else number))


def _matrix(
    panel: Panel, found: tuple[Specification, ...], shown: list[tuple[int, str]], result: Specifications
) -> tuple[list[Mark], float]:
    """Mark under each estimate the choices that made it, and return the marks and where they end."""
    marks: list[Mark] = []
    y, last, right = panel.bottom + 4, None, LEFT - 5
    for axis, value in shown:
        if axis != last:
            name = wrapped(result.axes[axis].capitalize(), right - MARGIN, NAME, 1)
            marks.append(text(right, y + GAP / 2 + 2, name, NAME, "right"))
            y, last = y + GAP, axis
        middle = y + LINE / 2
        marks.append(text(right, middle, wrapped(value, right - MARGIN, VALUE, 1), VALUE, "right"))
        at = [place for place, item in enumerate(found) if item.choices[axis] == value]
        marks.append(Ticks(tuple((panel.x.at(place), middle) for place in at), 6, Pen(MUTED, 1.0), value))
        own = [place for place in at if found[place].primary]
        marks += [symbol("diamond", panel.x.at(place), middle, 4.5, COLOURS[1]) for place in own]
        y += LINE
    return marks, y
