"""Text on a page: how wide it is, where its lines break, where it stands."""

import re
from collections.abc import Iterator

from sequela.report.drawing.letters import UNITS, drawable, laid_out
from sequela.report.drawing.marks import Face, Text

CAPITAL, TALLEST, DEEPEST = 0.729, 0.76, 0.236
"""Heights of a capital and of an l, and the depth of a p, in sizes of the font."""
LEADING = 1.25
"""From one base line to the next, in sizes of the font."""


def width_of(words: str, face: Face) -> float:
    """Return the width of the widest line of a text, in points."""
    return max(laid_out(drawable(line), face.bold)[1] for line in words.split("\n")) * face.size / UNITS


def height_of(words: str, face: Face, leading: float = LEADING) -> float:
    """Return the height from the top of the first line to the foot of the last, in points."""
    return face.size * (TALLEST + DEEPEST + leading * words.count("\n"))


def text(
    x: float,
    y: float,
    words: str,
    face: Face,
    side: str = "left",
    at: str = "middle",
    leading: float = LEADING,
    turned: bool = False,
) -> Text:
    """Place a text at a point.

    Parameters
    ----------
    x, y : float
    words : str
        Lines are separated by a line feed; a character the font does not have becomes a white square.
    face : Face
    side : str
        Where the point lies: at the left end, in the middle, at the right end.
    at : str
        Whether the point lies at the top of the text, in the middle of its capitals, at its base line or its bottom.
    leading : float
        From one base line to the next, in sizes of the font.
    turned : bool
        Whether the text runs upwards; its point is then in the middle of its height, whatever `at` says.
    """
    step, lines = leading * face.size, words.count("\n")
    down = {
        "top": TALLEST * face.size,
        "middle": (CAPITAL * face.size - lines * step) / 2,
        "base": 0.0,
        "bottom": -DEEPEST * face.size - lines * step,
    }
    drawn = "\n".join(drawable(line) for line in words.split("\n"))
    if turned:
        return Text(x + down["middle"], y, drawn, face, side, step, turned)
    return Text(x, y + down[at], drawn, face, side, step, turned)


def lines_of(mark: Text) -> Iterator[tuple[str, float, float]]:
    """Yield each line of a text that is not blank, and the place where its first letter begins."""
    for number, words in enumerate(mark.words.split("\n")):
        if not words.strip():
            continue
        before = {"left": 0.0, "middle": 0.5, "right": 1.0}[mark.side] * width_of(words, mark.face)
        down = number * mark.leading
        x, y = (mark.x + down, mark.y + before) if mark.turned else (mark.x - before, mark.y + down)
        yield words, x, y


def wrapped(words: str, room: float, face: Face, lines: int = 99) -> str:
    """Break a text into lines no wider than `room` points; what exceeds `lines` ends in an ellipsis.

    Lines break at spaces that are not non-breaking; a word wider than a line breaks after a hyphen or a slash, or
    between letters.
    """
    pieces = _pieces(words, room, face)
    found = _filled(pieces, room)
    if len(found) > lines:
        found = [*found[: lines - 1], _shortened(" ".join(found[lines - 1 :]), room, face)]
    return "\n".join(found)


def balanced(words: str, room: float, face: Face, lines: int = 99) -> str:
    """Break a text into as few lines as `room` allows, about as wide as each other; as `wrapped` beyond `lines`."""
    pieces = _pieces(words, room, face)
    number, wide = len(_filled(pieces, room)), room
    if number > lines:
        return wrapped(words, room, face, lines)
    while wide > 0.5 * room and len(_filled(pieces, wide)) == number:
        found, wide = _filled(pieces, wide), wide - 2
    return "\n".join(found)


_Piece = tuple[str, float, float]
"""Letters that stay together, their width, and that of the space before them."""


def _pieces(words: str, room: float, face: Face) -> list[_Piece]:
    space = width_of(" ", face)
    found: list[_Piece] = []
    for word in re.split("[ \t\n]+", drawable(words).strip(" \t\n")):
        width = width_of(word, face)
        parts = [word] if width <= room else _cut(word, room, face)
        found += [(part, width_of(part, face), 0.0 if number else space) for number, part in enumerate(parts)]
    return found


def _filled(pieces: list[_Piece], room: float) -> list[str]:
    lines: list[str] = []
    used = 0.0
    for part, width, space in pieces:
        if lines and used + space + width <= room:
            lines[-1] += f"{' ' if space else ''}{part}"
            used += space + width
        else:
            lines.append(part)
            used = width
    return lines


def _cut(word: str, room: float, face: Face) -> list[str]:
    """Break a word that is wider than a line."""
    parts = [part for part in re.split("(?<=[-–/+])", word) if part]
    if len(parts) > 1:
        return [piece for part in parts for piece in _cut(part, room, face)]
    while width_of(parts[-1], face) > room and len(parts[-1]) > 1:
        rest = parts.pop()
        end = next((n for n in range(len(rest) - 1, 1, -1) if width_of(rest[:n], face) <= room), 1)
        parts += [rest[:end], rest[end:]]
    return parts


def _shortened(words: str, room: float, face: Face) -> str:
    while words and width_of(f"{words}…", face) > room:
        words = words[:-1].rstrip()
    return f"{words}…"
