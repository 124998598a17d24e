"""What all figures share: width, letters, colours, the stamp of the records. Lengths are points."""

from dataclasses import replace

from sequela.records.bundle import Kind
from sequela.report.drawing.marks import Drawing, Face, Mark, Pen, Rectangle
from sequela.report.drawing.words import height_of, text, width_of

WIDTH = 504.0
"""Seven inches; embedded at 700 pixels an inch of the figure is 100 pixels."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
"""Told apart with every common kind of colour blindness: Okabe & Ito (2008)."""

DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.5), (1, 1), (6, 1.5, 1, 1.5))
"""Line styles that go with the colours, for print in black."""

INK, MUTED, RULE, WARNING = "#1a1a1a", "#595959", "#bdbdbd", "#a40000"
BODY, STRONG = Face(9.5, INK), Face(9.5, INK, bold=True)
SMALL, NOTE = Face(8.5, INK), Face(8.5, MUTED)

UNREAL = (Kind.RECONSTRUCTED, Kind.SIMULATED)

STAMPS = {
    Kind.OBSERVED: "Records: observed",
    Kind.TRANSCRIBED: "Records: transcribed from published case reports",
    Kind.RECONSTRUCTED: "RECONSTRUCTED FROM A PUBLICATION: not real patients",
    Kind.SIMULATED: "SIMULATED: not real patients",
}

STAMP_ROOM = 27.0
"""Height that the stamp takes at the foot of a figure."""


def stamp(kind: Kind, bottom: float) -> list[Mark]:
    """Print the kind of the records above the right end of `bottom`; framed in red where no patient is real."""
    words, right = STAMPS[kind], WIDTH - 6
    if kind not in UNREAL:
        return [text(right, bottom - 5, words, NOTE, side="right", at="bottom")]
    face = replace(NOTE, colour=WARNING, bold=True)
    width, height = width_of(words, face) + 5, height_of(words, face) + 4
    frame = Rectangle(right - width, bottom - 4 - height, width, height, "white", Pen(WARNING, 1.0))
    return [frame, text(right - 2.5, bottom - 4 - height / 2, words, face, side="right")]


def stamped(marks: list[Mark], height: float, kind: Kind, title: str, description: str = "") -> Drawing:
    """Return marks as a figure with the stamp of its records in the lower right corner."""
    return Drawing(WIDTH, height, (*marks, *stamp(kind, height)), title, description)
