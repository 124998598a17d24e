"""The words of headers and cells in the languages of those who keep spreadsheets: data, read once.

`spreadsheet_words.csv` has one pattern a row. `header` names the role of a whole header (the first that fits
decides), `part` what one word of a header adds (start, stop, drug ...), `filler` words that add nothing, `line` and
`ordinal` how a line of therapy is numbered, `cell` what a cell means. Accents and case never matter.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from sequela.frozen import frozen
from sequela.records.cells import FALSE_WORDS, TRUE_WORDS

_JAPANESE = "ja"
_VOICED = ("\u3099", "\u309a")
"""Marks that make another syllable in Japanese, where an accent makes the same letter."""

_MEANT = re.compile(
    r"(?<![^\W_])(\d{1,2}|[A-Za-z])\s*=\s*([^,、;|/()\[\]=]+?)\s*(?=$|[,、;|/()\[\]]|\s\d{1,2}\s*=|\s[A-Za-z]\s*=)"
)
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "ß": "ss"})


@frozen
class Entry:
    """One pattern.

    Attributes
    ----------
    meaning : str
        A role (`marker:ER`, `vital_status:dead`), a part, the number of an ordinal, what a cell says.
    content : str
        What a column of that header must hold; "" where it does not matter.
    pattern : re.Pattern
    unspaced : bool
        Whether the words of the language stand without blanks between them.
    """

    meaning: str
    content: str
    pattern: re.Pattern[str]
    unspaced: bool


@cache
def entries(kind: str) -> tuple[Entry, ...]:
    """Return the patterns of one kind, in the order of the file."""
    with Path(__file__).with_name("spreadsheet_words.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Entry(row["meaning"], row["content"], re.compile(row["pattern"]), row["language"] == _JAPANESE)
            for row in csv.DictReader(file)
            if row["kind"] == kind
        )


def letters(text: str) -> str:
    """Return a text in small letters without accents, character by character, so that places stay the same."""
    return "".join(_letter(character) for character in text)


def _letter(character: str) -> str:
    folded = unicodedata.normalize("NFKD", character).lower()
    if any(mark in folded for mark in _VOICED):
        return character
    plain = "".join(one for one in folded if not unicodedata.combining(one))
    return plain if len(plain) == 1 else character.lower()[:1]


def plain(text: str) -> str:
    """Return a header in small letters and digits without accents, parted by underscores."""
    whole = unicodedata.normalize("NFKC", text.translate(_LIGATURES))
    return re.sub(r"(?:[^\w%]|_)+", "_", letters(whole)).strip("_")


def without_legend(header: str) -> tuple[str, dict[str, str]]:
    """Return a header without the meanings of its codes, and these: `Stato (0=viva, 1=deceduta)` names `Stato`."""
    text = unicodedata.normalize("NFKC", header)
    found = list(_MEANT.finditer(text))
    if not found:
        return header, {}
    name = text[: found[0].start()].rstrip(" ([,;:-")
    return name, {one.group(1).lower(): one.group(2) for one in found}


def parts_of(name: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return what the words of a plain header add, and the words that are not known."""
    parts: set[str] = set()
    left = []
    for word in name.split("_"):
        found, rest = _parts_of_word(word)
        parts |= found
        if rest:
            left.append(rest)
    return frozenset(parts), tuple(left)


@cache
def _parts_of_word(word: str) -> tuple[frozenset[str], str]:
    known = (*entries("part"), *entries("filler"))
    found = {one.meaning for one in known if one.pattern.fullmatch(word)}
    if found:
        return frozenset(found - {""}), ""
    for one in known:
        if one.unspaced and one.pattern.search(word):
            word = one.pattern.sub("", word)
            found.add(one.meaning)
    left = {one.meaning for one in known if not one.unspaced and one.pattern.fullmatch(word)}
    if left:
        # What is left of `PD日` is a word of its own.
        return frozenset((found | left) - {""}), ""
    return frozenset(found - {""}), word


def meaning_of(word: str, among: Iterable[str]) -> str:
    """Return the only meaning that a cell can have; "" where none fits, several do, or it is denied or doubted."""
    text = letters(" ".join(word.split()))
    wanted = set(among)
    found = {one.meaning for one in entries("cell") if one.meaning in wanted and one.pattern.search(text)}
    # What says that there is nothing denies and is meant so: `not yet`, `no therapy`.
    doubted = found != {"none"} and any(one.pattern.search(text) for one in entries("doubt"))
    return found.pop() if len(found) == 1 and not doubted else ""


def yes_and_no(words: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Return which words of a column say yes and which say no; None where one of them says neither.

    A single letter for yes (s, o, j) is told by the `n` that stands beside it in the same column, and only
    where nothing else does.
    """
    small = {letters(word): word for word in words}
    others = [text for text in small if text != "n"]
    if len(small) == 2 and len(others) == 1 and any(one.pattern.fullmatch(others[0]) for one in entries("yes")):
        return [small[others[0]]], [small["n"]]
    yes = [word for word in words if word.lower() in TRUE_WORDS]
    no = [word for word in words if word.lower() in FALSE_WORDS]
    return (yes, no) if len(yes) + len(no) == len(words) else None
