"""Letters that the tables do not hold, from the font that comes with matplotlib, which is imported only here."""

from functools import cache
from typing import Any

Placed = tuple[str, float, float, str]
"""Key, x and y in units (y downwards), outline."""

_COMMANDS = {1: "M", 2: "L", 3: "Q", 4: "C"}
_POINTS = {1: 1, 2: 1, 3: 2, 4: 3}
_CLOSE = 79


def foreign_letters(words: str, bold: bool, units: int) -> tuple[list[Placed], float]:
    """Return the letters of a text laid out by matplotlib, and its width.

    Parameters
    ----------
    words : str
    bold : bool
    units : int
        Units in the size of a letter.
    """
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 (slow, and seldom needed)
    from matplotlib.textpath import TextToPath  # noqa: PLC0415 (see above)

    maker, scale = TextToPath(), units / TextToPath.FONT_SCALE
    weight = "bold" if bold else "normal"
    face = FontProperties(family="DejaVu Sans", weight=weight, size=TextToPath.FONT_SCALE)
    font = _font(bold)
    font.set_size(TextToPath.FONT_SCALE, TextToPath.DPI)
    letters, outlines, _ = maker.get_glyphs_with_font(font, words)
    width, _, _ = maker.get_text_width_height_descent(words, face, ismath=False)
    placed = [(_key(name), x * scale, -y * scale, _path(*outlines[name], scale)) for name, x, y, _ in letters]
    return [letter for letter in placed if letter[3]], float(width * scale)


@cache
def in_the_font(character: str) -> bool:
    """Return whether DejaVu Sans can draw a character."""
    return ord(character) in _characters()


@cache
def _characters() -> frozenset[int]:
    return frozenset(_font(False).get_charmap())


def _font(bold: bool) -> Any:
    from matplotlib import get_data_path  # noqa: PLC0415 (see above)
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415 (see above)

    return FT2Font(f"{get_data_path()}/fonts/ttf/DejaVuSans{'-Bold' if bold else ''}.ttf")


def _key(name: str) -> str:
    return "".join(character if character.isascii() and character.isalnum() else "-" for character in name)


def _path(vertices: Any, codes: Any, scale: float) -> str:
    parts, at = [], 0
    while at < len(codes):
        code = int(codes[at])
        if code == _CLOSE:
            parts.append("Z")
            at += 1
            continue
        points = vertices[at : at + _POINTS[code]] * (scale, -scale)
        parts.append(_COMMANDS[code] + " ".join(f"{number:.0f}" for point in points for number in point))
        at += _POINTS[code]
    return "".join(parts)
