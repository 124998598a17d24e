"""What figures of curves share: the legend above, the patients at risk below, colours and lines of the groups."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from sequela.analyses.wording import DAYS_PER_MONTH
from sequela.frozen import frozen
from sequela.report.drawing.marks import Face, Line, Mark, Panel, Pen
from sequela.report.drawing.symbols import symbol
from sequela.report.drawing.words import CAPITAL, text, width_of, wrapped
from sequela.report.figures.axes import PERCENTS, across, bottom_axis, left_axis, whole_numbers
from sequela.report.figures.canvas import BODY, COLOURS, DASHES, NOTE, RULE, SMALL, WIDTH

LEFT, RIGHT, MARGIN = 98.0, 14.0, 6.0
LINE, WITHIN = 13.7, 12.0
"""From one entry of a legend to the next, and from one line of an entry to the next."""
SAMPLE, WORDS = (24.0, 66.0), 74.0
"""Between which places the line of a group is shown, and where its words begin."""
ROOM = WIDTH - WORDS - 8
"""Width of the words of a legend."""
STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240)
MOST_TICKS = 9
HEADING, ROW, NEXT_LINE, TO_NAME = 12.0, 17.0, 9.0, 9.0


@frozen
class RiskRow:
    """A group below the plot: its name, its colour, and what stands at each tick."""

    name: str
    colour: str
    cells: Sequence[str]


def pen_of(index: int, width: float = 1.7) -> Pen:
    """Return the line of a group by its place."""
    return Pen(COLOURS[index % len(COLOURS)], width, DASHES[index % len(DASHES)])


def month_ticks(longest_days: float) -> np.ndarray:
    """Return at most ten whole months from 0 to the longest time, evenly spaced."""
    months = longest_days / DAYS_PER_MONTH
    step = next((step for step in STEPS_MONTHS if months / step <= MOST_TICKS), STEPS_MONTHS[-1])
    return np.arange(0, months + 1e-9, step)


def legend_text(name: str, numbers: str) -> str:
    """Return a name and its numbers on one line where they fit, else the numbers below at most two lines of name."""
    if width_of(f"{name}: {numbers}", BODY) <= ROOM:
        return f"{name}: {numbers}"
    return f"{wrapped(name, ROOM - 4, BODY, 2)}:\n{wrapped(numbers, ROOM, BODY, 2)}"


def legend(lines: Iterable[tuple[str, Pen]], top: float, face: Face = BODY) -> tuple[list[Mark], float]:
    """Draw a sample of each line with its words, and return the marks and where they end."""
    marks: list[Mark] = []
    for words, pen in lines:
        middle = top + LINE / 2
        marks.append(Line(((SAMPLE[0], middle), (SAMPLE[1], middle)), pen, "sample"))
        base, more = middle + CAPITAL / 2 * face.size, words.count("\n")
        marks.append(text(WORDS, base, words, face, at="base", leading=WITHIN / face.size))
        top += LINE + (WITHIN * more + 2 if more else 0)
    return marks, top


def percent_frame(panel: Panel, ticks: np.ndarray, title: str) -> list[Mark]:
    """Draw the axes of survival curves and the line of a half."""
    return [
        across(panel, 0.5, Pen(RULE, 0.7)),
        *bottom_axis(panel, whole_numbers(ticks), title),
        *left_axis(panel, PERCENTS, "Patients without the event (%)"),
    ]


def risk_table(
    panel: Panel, ticks: np.ndarray, heading: str, rows: Iterable[RiskRow], top: float
) -> tuple[list[Mark], float]:
    """Write the patients at risk below a plot, and return the marks and where they end.

    Where the numbers are too wide for their places, only every second, third … of them is written.
    """
    rows, places = tuple(rows), panel.x.all_at(ticks).tolist()
    marks: list[Mark] = [text(MARGIN, top, heading, NOTE, at="top")]
    every = _every([cell for row in rows for cell in row.cells], places)
    first = max((width_of(row.cells[0], SMALL) for row in rows), default=0.0)
    room = places[0] - first / 2 - 4 - MARGIN - TO_NAME
    top += HEADING
    for row in rows:
        name = wrapped(row.name, room, SMALL, 2)
        height = ROW + NEXT_LINE * name.count("\n")
        middle = top + height / 2
        marks.append(symbol("square", MARGIN + 3, middle, 6, row.colour))
        marks.append(text(MARGIN + TO_NAME, middle, name, SMALL, leading=NEXT_LINE / SMALL.size))
        cells = list(zip(places, row.cells, strict=True))[::every]
        marks += [text(place, middle, cell, SMALL, "middle") for place, cell in cells]
        top += height
    return marks, top


def _every(cells: list[str], places: list[float]) -> int:
    if len(places) < 2:
        return 1
    widest = max((width_of(cell, SMALL) for cell in cells), default=0.0)
    return max(1, math.ceil((widest + 4) / min(b - a for a, b in pairwise(places))))
