"""Writes a drawing as PDF by the writer of matplotlib, which embeds the letters of the font that are used."""

import io
from typing import Any

from sequela.report.drawing.marks import (
    Area,
    Circle,
    Drawing,
    Line,
    Mark,
    Panel,
    Pen,
    Point,
    Rectangle,
    Ribbon,
    Shape,
    Text,
    Ticks,
)
from sequela.report.drawing.svg import OVERLAP
from sequela.report.drawing.words import lines_of

METADATA = {"Creator": None, "Producer": None, "CreationDate": None}
TRUETYPE: dict[Any, Any] = {"pdf.fonttype": 42, "pdf.use14corefonts": False, "pdf.compression": 6}
"""Journals refuse other embedded fonts."""


def pdf_bytes(drawing: Drawing) -> bytes:
    """Return a drawing as PDF, the same bytes for the same drawing; matplotlib is imported here."""
    from matplotlib import rc_context  # noqa: PLC0415 (half a second; only a PDF needs it)
    from matplotlib.backends.backend_pdf import PdfFile, RendererPdf  # noqa: PLC0415 (see above)

    target = io.BytesIO()
    with rc_context(TRUETYPE):
        file = PdfFile(target, metadata={**METADATA, "Title": drawing.title})
        try:
            width, height = drawing.width / 72, drawing.height / 72
            file.newPage(width, height)
            page = _Page(RendererPdf(file, 72, height, width), drawing.height)
            for mark in drawing.marks:
                page.mark(mark)
            page.renderer.finalize()
            file.finalize()
        finally:
            file.close()
    return target.getvalue()


class _Page:
    """Draws marks on a page whose y counts upwards."""

    def __init__(self, renderer: Any, height: float) -> None:
        self.renderer, self.height = renderer, height

    def mark(self, mark: Mark, frame: Panel | None = None) -> None:
        """Draw a mark, cut at the frame of a plot if there is one."""
        if isinstance(mark, Panel):
            for inner in mark.marks:
                self.mark(inner, mark)
        elif isinstance(mark, Text):
            self._text(mark, frame)
        else:
            for vertices, codes in _paths(mark):
                self._path(mark, vertices, codes, frame)

    def _path(self, mark: Shape, vertices: list[Point], codes: list[int], frame: Panel | None) -> None:
        from matplotlib.path import Path  # noqa: PLC0415 (see above)
        from matplotlib.transforms import Affine2D  # noqa: PLC0415 (see above)

        pen = getattr(mark, "pen", None) or getattr(mark, "edge", None)
        fill = getattr(mark, "fill", None)
        context = self._context(pen, frame)
        if pen is None:
            context.set_linewidth(0)
        context.set_alpha(getattr(mark, "opacity", pen.opacity if pen else 1.0))
        upwards = Affine2D().scale(1, -1).translate(0, self.height)
        self.renderer.draw_path(context, Path(vertices, codes), upwards, _colour(fill) if fill else None)
        context.restore()

    def _context(self, pen: Pen | None, frame: Panel | None) -> Any:
        from matplotlib.transforms import Bbox  # noqa: PLC0415 (see above)

        context = self.renderer.new_gc()
        if pen is not None:
            context.set_linewidth(pen.width)
            context.set_foreground(pen.colour)
            context.set_dashes(0, [length * pen.width for length in pen.dash] or None)
        context.set_capstyle("butt")
        context.set_joinstyle("miter")
        if frame is not None:
            low, high = self.height - frame.bottom - OVERLAP, self.height - frame.top + OVERLAP
            context.set_clip_rectangle(Bbox([[frame.left - OVERLAP, low], [frame.right + OVERLAP, high]]))
        return context

    def _text(self, mark: Text, frame: Panel | None) -> None:
        from matplotlib.font_manager import FontProperties  # noqa: PLC0415 (see above)

        weight = "bold" if mark.face.bold else "normal"
        face = FontProperties(family="DejaVu Sans", size=mark.face.size, weight=weight)
        context = self._context(None, frame)
        context.set_foreground(mark.face.colour)
        for words, x, y in lines_of(mark):
            self.renderer.draw_text(context, x, self.height - y, words, face, 90 if mark.turned else 0)
        context.restore()


_MOVE, _TO, _CURVE, _CLOSE = 1, 2, 4, 79
_ROUND = 0.5522847498
"""How far the handles of four curves lie that make a circle."""


def _colour(name: str) -> Any:
    from matplotlib.colors import to_rgba  # noqa: PLC0415 (see above)

    return to_rgba(name)


def _paths(mark: Shape) -> list[tuple[list[Point], list[int]]]:
    match mark:
        case Line():
            return [(list(mark.points), [_MOVE, *[_TO] * (len(mark.points) - 1)])] if mark.points else []
        case Ticks():
            half = mark.length / 2
            ends = [end for x, y in mark.points for end in ((x, y - half), (x, y + half))]
            return [(ends, [_MOVE, _TO] * len(mark.points))] if ends else []
        case Area():
            return [_closed(list(mark.points))]
        case Rectangle():
            right, bottom = mark.left + mark.width, mark.top + mark.height
            return [_closed([(mark.left, mark.top), (right, mark.top), (right, bottom), (mark.left, bottom)])]
        case Circle():
            return [_circle(mark)]
        case Ribbon():
            return [_ribbon(mark)]
    return []


def _closed(corners: list[Point]) -> tuple[list[Point], list[int]]:
    return [*corners, corners[0]], [_MOVE, *[_TO] * (len(corners) - 1), _CLOSE]


def _circle(mark: Circle) -> tuple[list[Point], list[int]]:
    r, h = mark.radius, mark.radius * _ROUND
    turns = [(r, 0), (r, h), (h, r), (0, r), (-h, r), (-r, h), (-r, 0), (-r, -h), (-h, -r), (0, -r), (h, -r), (r, -h)]
    points = [(mark.x + x, mark.y + y) for x, y in [*turns, (r, 0), (r, 0)]]
    return points, [_MOVE, *[_CURVE] * 12, _CLOSE]


def _ribbon(mark: Ribbon) -> tuple[list[Point], list[int]]:
    (x0, y0), (x1, y1), high = mark.start, mark.end, mark.height
    middle = (x0 + x1) / 2
    there = [(x0, y0), (middle, y0), (middle, y1), (x1, y1)]
    back = [(x1, y1 + high), (middle, y1 + high), (middle, y0 + high), (x0, y0 + high), (x0, y0)]
    return [*there, *back], [_MOVE, *[_CURVE] * 3, _TO, *[_CURVE] * 3, _CLOSE]
