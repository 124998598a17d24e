"""What a figure is made of.

Lengths are points, 72 to an inch; x counts to the right and y downwards from the upper left corner. Marks are painted
in their order, later ones over earlier ones. `part` names what a mark stands for ("curve", "censored"); it is not
printed.
"""

import math
from collections.abc import Iterator

import numpy as np

from sequela.frozen import frozen

Point = tuple[float, float]


@frozen
class Pen:
    """How a line is drawn; `dash` holds lengths of line and gap in widths of the line, none for a solid line."""

    colour: str
    width: float = 0.8
    dash: tuple[float, ...] = ()
    opacity: float = 1.0


@frozen
class Face:
    """How letters look: size in points, colour, bold or not."""

    size: float
    colour: str
    bold: bool = False


@frozen
class Line:
    """An open line through points."""

    points: tuple[Point, ...]
    pen: Pen
    part: str = ""


@frozen
class Ticks:
    """Upright strokes of one length, each with its middle in a point."""

    points: tuple[Point, ...]
    length: float
    pen: Pen
    part: str = ""


@frozen
class Area:
    """A closed, filled shape with straight sides."""

    points: tuple[Point, ...]
    fill: str
    opacity: float = 1.0
    part: str = ""


@frozen
class Rectangle:
    """An upright rectangle; `fill` or `edge` may be missing."""

    left: float
    top: float
    width: float
    height: float
    fill: str | None = None
    edge: Pen | None = None
    opacity: float = 1.0
    part: str = ""


@frozen
class Circle:
    """A circle around a point."""

    x: float
    y: float
    radius: float
    fill: str
    edge: Pen | None = None
    opacity: float = 1.0
    part: str = ""


@frozen
class Ribbon:
    """A band of one height that bends from its upper left corner `start` to its upper right corner `end`."""

    start: Point
    end: Point
    height: float
    fill: str
    opacity: float = 1.0
    part: str = ""


@frozen
class Text:
    """Words in one or more lines.

    Attributes
    ----------
    x, y : float
        Where the first line begins, has its middle or ends (`side` left, middle, right), on its base line.
    words : str
        Lines are separated by a line feed.
    face : Face
    side : str
    leading : float
        From one base line to the next.
    turned : bool
        Whether the text runs upwards; lines then follow each other to the right.
    part : str
    """

    x: float
    y: float
    words: str
    face: Face
    side: str = "left"
    leading: float = 0.0
    turned: bool = False
    part: str = ""


@frozen
class Scale:
    """From numbers to places on the page: `low` stands at `start`, `high` at `end`.

    A logarithmic scale has positive ends. Nothing is cut: a number beyond an end lies beyond it on the page.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, number: float) -> float:
        """Return the place of a number, in points."""
        low, here, high = (math.log(n) if self.logarithmic else n for n in (self.low, number, self.high))
        return self.start + (here - low) / (high - low) * (self.end - self.start)

    def all_at(self, numbers: np.ndarray) -> np.ndarray:
        """Return the places of numbers, in points, shape of `numbers`."""
        low, here, high = (np.log(n) if self.logarithmic else n for n in (self.low, numbers, self.high))
        return np.asarray(self.start + (here - low) / (high - low) * (self.end - self.start))

    def number(self, place: float) -> float:
        """Return the number that stands at a place; the inverse of `at`."""
        share = (place - self.start) / (self.end - self.start)
        if self.logarithmic:
            return self.low * (self.high / self.low) ** share
        return self.low + share * (self.high - self.low)

    def within(self, number: float) -> float:
        """Return the nearest number of the scale."""
        return min(max(number, self.low), self.high)


@frozen
class Panel:
    """A plot: its frame, its scales, and the marks inside, cut at the frame."""

    left: float
    top: float
    width: float
    height: float
    x: Scale
    y: Scale
    marks: "tuple[Mark, ...]" = ()

    @property
    def right(self) -> float:
        """The right end of the frame."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower end of the frame."""
        return self.top + self.height


Shape = Line | Ticks | Area | Rectangle | Circle | Ribbon | Text
Mark = Shape | Panel


@frozen
class Drawing:
    """A figure.

    Attributes
    ----------
    width, height : float
    marks : tuple of Mark
    title : str
        What it is, for those who do not see it.
    description : str
        What it shows.
    """

    width: float
    height: float
    marks: tuple[Mark, ...]
    title: str
    description: str = ""

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The plots, in their order."""
        return tuple(mark for mark in self.marks if isinstance(mark, Panel))

    def shapes(self) -> Iterator[Shape]:
        """Yield every mark in the order of painting, those inside a plot among them."""
        for mark in self.marks:
            if isinstance(mark, Panel):
                yield from (inner for inner in mark.marks if not isinstance(inner, Panel))
            else:
                yield mark
