"""Writes a drawing as SVG, the same bytes for the same drawing.

Text is drawn as outlines, each written once and placed by reference; the words stand in the title and the description.
"""

from collections.abc import Iterable
from html import escape

from sequela.report.drawing.letters import UNITS, Letter, laid_out
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
from sequela.report.drawing.words import lines_of

OVERLAP = 1.0
"""Points beyond the frame of a plot that lines on it may reach."""


def svg_bytes(drawing: Drawing) -> bytes:
    """Return a drawing as SVG."""
    outlines: dict[str, str] = {}
    clips: list[str] = []
    body = [line for mark in drawing.marks for line in _mark(mark, outlines, clips)]
    defined = [f'<path id="{key}" d="{path}"/>' for key, path in outlines.items()]
    size = f"{_number(drawing.width)} {_number(drawing.height)}"
    width, height = size.split(" ")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}pt" '
        f'height="{height}pt" viewBox="0 0 {size}" role="img" aria-labelledby="title description">'
    )
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        head,
        f'<title id="title">{_said(drawing.title)}</title>',
        f'<desc id="description">{_said(drawing.description)}</desc>',
        "<defs>",
        *clips,
        *defined,
        "</defs>",
        *body,
        "</svg>",
    ]
    return ("\n".join(parts) + "\n").encode()


def _said(words: str) -> str:
    return escape("".join(character if character.isprintable() else " " for character in words), quote=False)


def _mark(mark: Mark, outlines: dict[str, str], clips: list[str]) -> list[str]:
    if not isinstance(mark, Panel):
        return [_shape(mark, outlines)]
    name = f"plot{len(clips) + 1}"
    frame = Rectangle(
        mark.left - OVERLAP, mark.top - OVERLAP, mark.width + 2 * OVERLAP, mark.height + 2 * OVERLAP, "none"
    )
    clips.append(f'<clipPath id="{name}">{_rectangle(frame)}</clipPath>')
    inside = [line for inner in mark.marks for line in _mark(inner, outlines, clips)]
    return [f'<g clip-path="url(#{name})">', *inside, "</g>"] if inside else []


def _shape(mark: Shape, outlines: dict[str, str]) -> str:
    match mark:
        case Line():
            return f'<path d="{_through(mark.points)}" fill="none"{_stroke(mark.pen)}/>'
        case Ticks():
            return f'<path d="{_upright(mark)}" fill="none"{_stroke(mark.pen)}/>'
        case Area():
            return f'<path d="{_through(mark.points)}Z"{_fill(mark.fill, mark.opacity)}/>'
        case Rectangle():
            return _rectangle(mark)
        case Circle():
            place = f'cx="{_number(mark.x)}" cy="{_number(mark.y)}" r="{_number(mark.radius)}"'
            return f"<circle {place}{_fill(mark.fill, mark.opacity)}{_stroke(mark.edge)}/>"
        case Ribbon():
            return f'<path d="{_bent(mark)}"{_fill(mark.fill, mark.opacity)}/>'
        case Text():
            return _text(mark, outlines)


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _point(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _through(points: Iterable[Point]) -> str:
    """Write a line through points; those that print the same as the one before are left out."""
    parts: list[str] = []
    before: tuple[str, str] | None = None
    for x, y in points:
        here = (_number(x), _number(y))
        if before is None:
            parts.append(f"M{here[0]} {here[1]}")
        elif here[1] == before[1]:
            parts += [f"H{here[0]}"] if here[0] != before[0] else []
        else:
            parts.append(f"V{here[1]}" if here[0] == before[0] else f"L{here[0]} {here[1]}")
        before = here
    return "".join(parts)


def _upright(mark: Ticks) -> str:
    half = mark.length / 2
    strokes = (f"M{_point((x, y - half))}V{_number(y + half)}" for x, y in mark.points)
    return "".join(dict.fromkeys(strokes))


def _bent(mark: Ribbon) -> str:
    (x0, y0), (x1, y1), high = mark.start, mark.end, mark.height
    middle = (x0 + x1) / 2
    there = f"M{_point((x0, y0))}C{_point((middle, y0))} {_point((middle, y1))} {_point((x1, y1))}"
    back = f"C{_point((middle, y1 + high))} {_point((middle, y0 + high))} {_point((x0, y0 + high))}"
    return f"{there}V{_number(y1 + high)}{back}Z"


def _rectangle(mark: Rectangle) -> str:
    place = f'x="{_number(mark.left)}" y="{_number(mark.top)}"'
    size = f'width="{_number(mark.width)}" height="{_number(mark.height)}"'
    return f"<rect {place} {size}{_fill(mark.fill or 'none', mark.opacity)}{_stroke(mark.edge)}/>"


def _fill(colour: str, opacity: float) -> str:
    return f' fill="{colour}"' + (f' fill-opacity="{_number(opacity)}"' if opacity < 1 else "")


def _stroke(pen: Pen | None) -> str:
    if pen is None:
        return ""
    dash = " ".join(_number(length * pen.width) for length in pen.dash)
    parts = [f' stroke="{pen.colour}" stroke-width="{_number(pen.width)}"']
    parts += [f' stroke-dasharray="{dash}"'] if dash else []
    parts += [f' stroke-opacity="{_number(pen.opacity)}"'] if pen.opacity < 1 else []
    return "".join(parts)


def _text(mark: Text, outlines: dict[str, str]) -> str:
    turn, scale = "rotate(-90)" if mark.turned else "", f"scale({mark.face.size / UNITS:.6f})"
    lines = []
    for words, x, y in lines_of(mark):
        letters, _ = laid_out(words, mark.face.bold)
        outlines.update({letter.key: letter.outline for letter in letters})
        placed = "".join(_letter(letter) for letter in letters)
        where = f"translate({_point((x, y))}){turn}{scale}"
        lines.append(f'<g fill="{mark.face.colour}" transform="{where}">{placed}</g>')
    return "\n".join(lines)


def _letter(letter: Letter) -> str:
    place = f' x="{_number(letter.x)}"' if letter.x else ""
    place += f' y="{_number(letter.y)}"' if letter.y else ""
    return f'<use{place} xlink:href="#{letter.key}"/>'
