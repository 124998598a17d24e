"""Letters of DejaVu Sans: their outlines and widths, so that a figure looks the same on every machine.

Those that studies are mostly written in come from tables beside this module (`make_letters.py`). A text with any other
letter is laid out by matplotlib, which is slow to import and knows every letter of the font and the scripts that run
from right to left.
"""

import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from sequela.frozen import frozen
from sequela.report.drawing.foreign import foreign_letters, in_the_font

UNITS = 2048
"""Units of an outline in the size of a letter."""
MISSING = "□"
"""Stands for a character that the font does not have."""


@frozen
class Letter:
    """A letter in a line of text.

    Attributes
    ----------
    key : str
        Names its outline; the same outline has the same key.
    x, y : float
        Where it stands, in units from the beginning of the text, y downwards from the base line.
    outline : str
        SVG path in units, y downwards.
    """

    key: str
    x: float
    y: float
    outline: str


@frozen
class _Known:
    """A row of a table."""

    width: int
    outline: str
    closer: dict[str, int]


@lru_cache(maxsize=4096)
def laid_out(words: str, bold: bool = False) -> tuple[tuple[Letter, ...], float]:
    """Return the letters of one line of drawable text and its width, in units."""
    table = _table(bold)
    if not all(character in table for character in words):
        return _foreign(words, bold)
    x, before, letters = 0, "", []
    for character in words:
        row = _row(character, bold)
        x += _row(before, bold).closer.get(character, 0) if before else 0
        if row.outline:
            letters.append(Letter(f"{'b' if bold else 'r'}{ord(character):X}", x, 0, row.outline))
        x += row.width
        before = character
    return tuple(letters), float(x)


def drawable(text: str) -> str:
    """Return a text on one line, with a white square for every character DejaVu Sans cannot draw."""
    table = _table(False)
    composed = unicodedata.normalize("NFC", text.replace("\n", " "))
    return "".join(character if character in table or in_the_font(character) else MISSING for character in composed)


def _foreign(words: str, bold: bool) -> tuple[tuple[Letter, ...], float]:
    placed, width = foreign_letters(words, bold, UNITS)
    return tuple(Letter(*each) for each in placed), width


@cache
def _table(bold: bool) -> dict[str, str]:
    name = "letters-bold.txt" if bold else "letters-regular.txt"
    text = files("sequela.report.drawing").joinpath(name).read_text(encoding="utf-8")
    rows = (line.partition("\t") for line in text.splitlines() if not line.startswith("#"))
    return {chr(int(code, 16)): row for code, _, row in rows}


@cache
def _row(character: str, bold: bool) -> _Known:
    width, outline, closer = _table(bold)[character].split("\t")
    pairs = (pair.replace("-", "+-").split("+", 1) for pair in closer.split())
    return _Known(int(width), outline, {chr(int(code, 16)): int(moved) for code, moved in pairs})
