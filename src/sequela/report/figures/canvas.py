"""What all figures share: size, fonts, colours, the stamp of the records, bytes that repeat.

Text is drawn as outlines of DejaVu Sans in SVG and embedded in PDF, so a figure looks the
same on every machine. Matplotlib is imported where it is used: it takes half a second, and
a study without a report does not need it.
"""

import io
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from sequela.records.bundle import Kind

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.0
"""Inches; embedded at 700 pixels an inch of the figure is 100 pixels."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
"""Told apart with every common kind of colour blindness: Okabe & Ito (2008)."""

DASHES: tuple[Any, ...] = ("solid", (0, (5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)))
"""Line styles that go with the colours, for print in black."""

INK, MUTED, RULE, WARNING = "#1a1a1a", "#595959", "#bdbdbd", "#a40000"
TEXT_SIZE, SMALL_SIZE = 9.5, 8.5

STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT_SIZE,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "sequela",
    "pdf.fonttype": 42,
    "path.simplify": False,
    "figure.dpi": 100,
}

UNREAL = (Kind.RECONSTRUCTED, Kind.SIMULATED)

STAMPS = {
    Kind.OBSERVED: "Records: observed",
    Kind.TRANSCRIBED: "Records: transcribed from published case reports",
    Kind.RECONSTRUCTED: "RECONSTRUCTED FROM A PUBLICATION: not real patients",
    Kind.SIMULATED: "SIMULATED: not real patients",
}


@contextmanager
def style() -> Iterator[None]:
    """Hold the settings of `STYLE` while drawing or writing, and give the former ones back."""
    from matplotlib import rc_context  # noqa: PLC0415 (half a second; only a report draws)

    with rc_context(STYLE):
        yield


def blank_figure(height: float) -> "Figure":
    """Return an empty figure of the common width, `height` inches high."""
    from matplotlib.figure import Figure  # noqa: PLC0415 (half a second; only a report draws)

    return Figure(figsize=(WIDTH, height))


def blank_page(figure: "Figure", height: float) -> "Axes":
    """Return axes that cover the figure, in inches from the lower left corner, without a frame."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, height)
    axes.set_axis_off()
    return axes


def stamp(figure: "Figure", kind: Kind, height: float) -> None:
    """Print the kind of the records in the lower right corner; framed in red where no patient is real."""
    unreal = kind in UNREAL
    figure.text(
        1 - 0.08 / WIDTH,
        0.07 / height,
        STAMPS[kind],
        ha="right",
        va="bottom",
        fontsize=SMALL_SIZE,
        fontweight="bold" if unreal else "normal",
        color=WARNING if unreal else MUTED,
        bbox={"boxstyle": "square,pad=0.25", "facecolor": "white", "edgecolor": WARNING} if unreal else None,
    )


def drawable(text: str) -> str:
    """Return a text with a white square for every character DejaVu Sans cannot draw."""
    known = _drawable_characters()
    return "".join(character if ord(character) in known else "□" for character in text.replace("\n", " "))


def wrapped(text: str, width: int, lines: int = 99) -> str:
    """Break a text into lines of at most `width` characters; what exceeds `lines` ends in an ellipsis."""
    parts = textwrap.wrap(drawable(text), width) or [""]
    if len(parts) > lines:
        parts = [*parts[: lines - 1], parts[lines - 1][: width - 1].rstrip() + "…"]
    return "\n".join(parts)


def svg_bytes(figure: "Figure") -> bytes:
    """Return a figure as SVG, the same bytes for the same figure."""
    return _bytes(figure, "svg", {"Date": None, "Creator": None, "Format": None, "Type": None})


def pdf_bytes(figure: "Figure") -> bytes:
    """Return a figure as PDF, the same bytes for the same figure."""
    return _bytes(figure, "pdf", {"Creator": None, "Producer": None, "CreationDate": None})


def _bytes(figure: "Figure", form: str, metadata: dict[str, None]) -> bytes:
    target = io.BytesIO()
    with style():
        figure.savefig(target, format=form, metadata=metadata)
    return target.getvalue()


@cache
def _drawable_characters() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font  # noqa: PLC0415 (see above)

    return frozenset(get_font(findfont(FontProperties(family=["DejaVu Sans"]))).get_charmap())
