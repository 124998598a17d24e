"""Small pictures that explain a way of going wrong: patients as lanes, causes as arrows, or two curves.

A picture is data (`card_explained.yaml`): lanes with bars and marks in days of any unit from 0 to 100, boxes with
arrows between them, or curves as points. It is drawn as SVG text, the same bytes every time.
"""

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from sequela.report.figures.canvas import COLOURS, INK, MUTED, RULE, WARNING

WIDTH, LEFT, RIGHT, LANE, TOP = 640, 168, 20, 30, 30
FONT = 'font-family="DejaVu Sans, Arial, sans-serif" font-size="12.5"'

BARS = {
    "waiting": (RULE, "nobody could die here and be counted"),
    "followed": (COLOURS[0], "followed"),
    "reference": (COLOURS[1], "followed, counted in the other group"),
    "unseen": ("none", "not in the records, or not in the cohort"),
}
"""Colour of a stretch of time, and what the legend says of it."""

MARKS = {
    "metastatic": "metastatic disease",
    "primary": "primary diagnosis",
    "earlier": "earlier drug",
    "later": "T-DM1",
    "event": "death or progression",
    "visit": "visit",
    "lost": "lost, or records closed",
}
"""What the legend says of a mark."""

SAID = {**{kind: words for kind, (_, words) in BARS.items()}, **MARKS}
"""What the legend says where the picture has no words of its own (`says`)."""

Picture = Mapping[str, Any]


def schematic(picture: Picture, described: str) -> str:
    """Return a picture as SVG.

    Parameters
    ----------
    picture : mapping
        `lanes` (label, bars, marks) with `lines` and `says`; or `boxes` with `arrows`; or `curves` with `lines`.
    described : str
        What it shows, for those who do not see it.

    Raises
    ------
    ValueError
        Where it is none of the three kinds.
    """
    for kind, draw in (("lanes", _lanes), ("boxes", _boxes), ("curves", _curves)):
        if kind in picture:
            height, parts = draw(picture)
            label = escape(described, quote=False).replace('"', "&quot;")
            head = (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
                f'aria-label="{label}" {FONT} fill="{INK}">'
            )
            return "\n".join([head, f"<title>{escape(described, quote=False)}</title>", *parts, "</svg>"]) + "\n"
    raise ValueError("a picture has lanes, boxes or curves")


def _x(at: float) -> float:
    return round(LEFT + at * (WIDTH - LEFT - RIGHT) / 100, 1)


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = INK) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}">{escape(words, quote=False)}</text>'


def _lanes(picture: Picture) -> tuple[float, list[str]]:
    lanes = picture["lanes"]
    top = TOP if picture.get("lines") else 4
    bottom = top + LANE * len(lanes)
    parts: list[str] = []
    for line in picture.get("lines", ()):
        x = _x(line["at"])
        parts.append(f'<path d="M{x:g} {top - 6}V{bottom}" stroke="{WARNING}" stroke-dasharray="4 3"/>')
        anchor = "middle" if 15 < line["at"] < 80 else ("start" if line["at"] <= 15 else "end")
        parts.append(_text(x, top - 12, line["label"], anchor, WARNING))
    for number, lane in enumerate(lanes):
        y = top + LANE * number + LANE / 2
        parts.append(_text(LEFT - 10, y + 4, lane["label"], "end"))
        parts += [_bar(bar, y) for bar in lane.get("bars", ())]
        parts += [_mark(mark["what"], _x(mark["at"]), y) for mark in lane.get("marks", ())]
    legend = _legend(lanes, bottom + 18, {**SAID, **picture.get("says", {})})
    return bottom + 14 + 20 * len(legend), [*parts, *(piece for row in legend for piece in row)]


def _bar(bar: Mapping[str, Any], y: float) -> str:
    colour, _ = BARS[bar["kind"]]
    edge = f' stroke="{MUTED}" stroke-dasharray="3 3"' if colour == "none" else ""
    x, width = _x(bar["from"]), _x(bar["to"]) - _x(bar["from"])
    return f'<rect x="{x:g}" y="{y - 6:g}" width="{width:g}" height="12" fill="{colour}"{edge}/>'


def _mark(what: str, x: float, y: float) -> str:
    match what:
        case "metastatic":
            return f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="{INK}"/>'
        case "primary":
            return f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="#ffffff" stroke="{INK}" stroke-width="2"/>'
        case "earlier":
            return f'<rect x="{x - 5:g}" y="{y - 5:g}" width="10" height="10" fill="#ffffff" stroke="{INK}"/>'
        case "later":
            return f'<path d="M{x:g} {y - 8:g}l7 13h-14z" fill="#ffffff" stroke="{INK}"/>'
        case "event":
            return f'<path d="M{x - 5:g} {y - 5:g}l10 10m0-10l-10 10" stroke="{INK}" stroke-width="2.4"/>'
        case "visit":
            return f'<path d="M{x:g} {y - 10:g}v20" stroke="{INK}" stroke-width="1.6"/>'
        case _:
            return f'<path d="M{x - 4:g} {y - 8:g}h4v16h-4" fill="none" stroke="{INK}" stroke-width="1.8"/>'


def _legend(lanes: list[Mapping[str, Any]], y: float, said: Mapping[str, str]) -> list[list[str]]:
    """Return rows of at most two entries for the bars and marks that occur, in the words of the picture."""
    bars = [kind for kind in BARS if any(bar["kind"] == kind for lane in lanes for bar in lane.get("bars", ()))]
    marks = [what for what in MARKS if any(mark["what"] == what for lane in lanes for mark in lane.get("marks", ()))]
    keys = [(kind, _key_bar(kind)) for kind in bars] + [(what, _mark(what, 0, 0)) for what in marks]
    entries = [(key, said[name]) for name, key in keys]
    rows = []
    for first in range(0, len(entries), 2):
        height = y + 20 * (first // 2)
        row = []
        for column, (key, words) in enumerate(entries[first : first + 2]):
            x = 24 + 310 * column
            row += [
                f'<g transform="translate({x} {height - 4:g})">{key}</g>',
                _text(x + 22, height, words, "start", MUTED),
            ]
        rows.append(row)
    return rows


def _key_bar(kind: str) -> str:
    colour, _ = BARS[kind]
    edge = f' stroke="{MUTED}" stroke-dasharray="3 3"' if colour == "none" else ""
    return f'<rect x="-10" y="-5" width="20" height="10" fill="{colour}"{edge}/>'


def _boxes(picture: Picture) -> tuple[float, list[str]]:
    places = {box["name"]: box for box in picture["boxes"]}
    height = max(box["y"] for box in places.values()) + 36
    parts = []
    for arrow in picture["arrows"]:
        parts += _arrow(places[arrow["from"]], places[arrow["to"]], arrow.get("kind", "solid"))
    for box in places.values():
        width = 14 + 7.4 * len(box["label"])
        x, y = _across(box["x"]), box["y"]
        dash = ' stroke-dasharray="5 3"' if box.get("unmeasured") else ""
        parts.append(
            f'<rect x="{x - width / 2:g}" y="{y - 14:g}" width="{width:g}" height="28" rx="3" fill="#ffffff" '
            f'stroke="{INK}"{dash}/>'
        )
        parts.append(_text(x, y + 4.5, box["label"], "middle"))
    return height, parts


def _across(at: float) -> float:
    return round(at * WIDTH / 100, 1)


def _arrow(start: Mapping[str, Any], end: Mapping[str, Any], kind: str) -> list[str]:
    """Draw an arrow from the edge of one box to that of another; `none` is crossed out, `dashed` is not measured."""
    (x1, y1), (x2, y2) = ((_across(box["x"]), float(box["y"])) for box in (start, end))
    half = [7 + 3.7 * len(box["label"]) for box in (start, end)]
    if y1 == y2:
        side = 1 if x2 > x1 else -1
        x1, x2 = x1 + side * half[0], x2 - side * (half[1] + 4)
    else:
        down = 1 if y2 > y1 else -1
        y1, y2 = y1 + down * 14, y2 - down * 18
    dash = ' stroke-dasharray="5 3"' if kind == "dashed" else ""
    drawn = [
        f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{INK}" stroke-width="1.4"{dash} fill="none"/>',
        _tip(x1, y1, x2, y2),
    ]
    if kind == "none":
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        drawn.append(f'<path d="M{x - 7:g} {y - 7:g}l14 14m0-14l-14 14" stroke="{WARNING}" stroke-width="2.4"/>')
    return drawn


def _tip(x1: float, y1: float, x2: float, y2: float) -> str:
    """Draw the head of an arrow that ends at the second point."""
    length = math.hypot(x2 - x1, y2 - y1)
    across, along = ((x2 - x1) / length, (y2 - y1) / length)
    corners = [(x2, y2)] + [(x2 - 9 * across + side * along, y2 - 9 * along - side * across) for side in (4, -4)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polygon points="{points}" fill="{INK}"/>'


def _curves(picture: Picture) -> tuple[float, list[str]]:
    bottom, top = 190, 24
    parts = [f'<path d="M{LEFT} {top}V{bottom}H{WIDTH - RIGHT}" stroke="{MUTED}" fill="none"/>']
    parts.append(_text(LEFT - 10, top + 8, "100%", "end", MUTED))
    parts.append(_text(LEFT - 10, bottom, "0%", "end", MUTED))
    parts.append(_text(WIDTH - RIGHT, bottom + 18, picture.get("across", "time"), "end", MUTED))
    for line in picture.get("lines", ()):
        x = _x(line["at"])
        parts.append(f'<path d="M{x:g} {top}V{bottom}" stroke="{WARNING}" stroke-dasharray="4 3"/>')
        parts.append(_text(x + 4, top + 10, line["label"], "start", WARNING))
    for number, curve in enumerate(picture["curves"]):
        points = " ".join(f"{_x(x):g},{bottom - y * (bottom - top) / 100:g}" for x, y in curve["points"])
        dash = "" if number == 0 else ' stroke-dasharray="7 3"'
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[number]}" stroke-width="2.4"{dash}/>')
        x, y = curve["points"][-1]
        parts.append(_text(_x(x), bottom - y * (bottom - top) / 100 + 18, curve["label"], "end", COLOURS[number]))
    return bottom + 30, parts
