"""Axes, steps and bands of a plot."""

from collections.abc import Iterable

import numpy as np

from sequela.report.drawing.marks import Area, Face, Line, Mark, Panel, Pen, Point, Scale, Ticks
from sequela.report.drawing.words import text, width_of
from sequela.report.figures.canvas import BODY, MUTED

TICK, TO_LABEL = 3.5, 7.0
AXIS_ROOM = 30.0
"""Height of an axis below a plot with its numbers and its title."""
PERCENTS = ((0.0, "0"), (0.25, "25"), (0.5, "50"), (0.75, "75"), (1.0, "100"))

Labels = Iterable[tuple[float, str]]
"""Numbers of a scale and what stands at them."""


def plot(left: float, top: float, width: float, height: float, x: Point, y: Point, logarithmic: bool = False) -> Panel:
    """Return an empty plot; `x` and `y` are the numbers at its ends, `logarithmic` is about y."""
    across = Scale(*x, left, left + width)
    return Panel(left, top, width, height, across, Scale(*y, top + height, top, logarithmic))


def whole_numbers(ticks: np.ndarray) -> list[tuple[float, str]]:
    """Return each tick with the number that stands at it."""
    return [(tick, f"{tick:g}") for tick in ticks.tolist()]


def bottom_axis(panel: Panel, labels: Labels, title: str = "", face: Face = BODY) -> list[Mark]:
    """Draw the axis below a plot."""
    places = [(panel.x.at(number), words) for number, words in labels]
    pen = Pen(MUTED)
    marks: list[Mark] = [Line(((panel.left, panel.bottom), (panel.right, panel.bottom)), pen)]
    marks.append(Ticks(tuple((x, panel.bottom + TICK / 2) for x, _ in places), TICK, pen, "ticks"))
    marks += [text(x, panel.bottom + TO_LABEL, words, face, "middle", "top") for x, words in places if words]
    if title:
        middle = (panel.left + panel.right) / 2
        marks.append(text(middle, panel.bottom + TO_LABEL + face.size * 1.3, title, face, "middle", "top"))
    return marks


def left_axis(panel: Panel, labels: Labels, title: str = "", line: bool = True) -> list[Mark]:
    """Draw the axis at the left of a plot."""
    places = [(panel.y.at(number), words) for number, words in labels]
    pen = Pen(MUTED)
    marks: list[Mark] = [Line(((panel.left, panel.top), (panel.left, panel.bottom)), pen)] if line else []
    marks += [Line(((panel.left - TICK, y), (panel.left, y)), pen) for y, _ in places]
    marks += [text(panel.left - TO_LABEL, y, words, BODY, "right") for y, words in places]
    if title:
        widest = max((width_of(words, BODY) for _, words in places), default=0.0)
        middle = (panel.top + panel.bottom) / 2
        marks.append(text(panel.left - TO_LABEL - widest - 10, middle, title, BODY, "middle", turned=True))
    return marks


def across(panel: Panel, number: float, pen: Pen) -> Line:
    """Draw a level line through a plot."""
    y = panel.y.at(number)
    return Line(((panel.left, y), (panel.right, y)), pen)


def upright(panel: Panel, number: float, pen: Pen, part: str = "") -> Line:
    """Draw an upright line through a plot."""
    x = panel.x.at(number)
    return Line(((x, panel.bottom), (x, panel.top)), pen, part)


def steps(panel: Panel, time: np.ndarray, value: np.ndarray, pen: Pen, part: str = "curve") -> Line:
    """Draw a step function: `value` holds from its `time` to the next."""
    x, y = panel.x.all_at(np.repeat(time, 2)[1:]), panel.y.all_at(np.repeat(value, 2)[:-1])
    return Line(_points(x, y), pen, part)


def straight(panel: Panel, time: np.ndarray, value: np.ndarray, pen: Pen, part: str = "curve") -> Line:
    """Draw a curve that is known at its times and straight between them."""
    return Line(_points(panel.x.all_at(time), panel.y.all_at(value)), pen, part)


def bands(panel: Panel, time: np.ndarray, low: np.ndarray, high: np.ndarray, fill: str) -> list[Area]:
    """Draw what lies between two step functions, from each time to the next where both limits are known."""
    known = np.isfinite(low[:-1]) & np.isfinite(high[:-1])
    edges = np.flatnonzero(np.diff(np.concatenate(([0], known.astype(int), [0]))))
    return [_band(panel, time[a : b + 1], low[a:b], high[a:b], fill) for a, b in edges.reshape(-1, 2).tolist()]


def _band(panel: Panel, time: np.ndarray, low: np.ndarray, high: np.ndarray, fill: str) -> Area:
    x = panel.x.all_at(np.repeat(time, 2)[1:-1])
    above, below = (panel.y.all_at(np.repeat(limit, 2)) for limit in (high, low))
    return Area((*_points(x, above), *reversed(_points(x, below))), fill, 0.11, "band")


def _points(x: np.ndarray, y: np.ndarray) -> tuple[Point, ...]:
    return tuple(zip(x.tolist(), y.tolist(), strict=True))
