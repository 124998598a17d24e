"""How a name written by hand is compared with the names of a vocabulary."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

_MARKS = str.maketrans("", "", "™®©℠")
_WORD = re.compile(r"[^\W_]+")
_INN_EQUIVALENTS = (("ph", "f"), ("th", "t"), ("ae", "e"), ("oe", "e"), ("x", "cs"), ("k", "c"), ("y", "i"))
_INN_ENDINGS = re.compile(r"(?<=.{4})(?:um|e|a|o)$")
_VOICED = "\u3099\u309a"
"""Marks that make another syllable in Japanese, where an accent makes the same letter."""

_CLOSE_ENOUGH = 0.6
_COMPLETION = 0.97
_SHORTEST = 3


def fold(text: str) -> str:
    """Return the text without case, accents and trade mark signs; kana keep the marks that make another syllable."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.translate(_MARKS).casefold())
    kept = "".join(one for one in decomposed if one in _VOICED or not unicodedata.combining(one))
    return unicodedata.normalize("NFC", kept).casefold()


def words(text: str) -> list[str]:
    """Return the runs of letters and digits of the folded text."""
    return _WORD.findall(fold(text))


def key(text: str) -> str:
    """Return the letters and digits of the text: names with the same key are the same name."""
    return "".join(words(text))


def inn_spelling(word: str) -> str:
    """Return what the national spellings of an international nonproprietary name share.

    The equivalences are those by which names travel between languages: f for ph, t for
    th, e for ae and oe, i for y, k and x for c and cs, and the endings -um, -e, -a, -o
    where four letters or more stand before them.
    """
    for written, common in _INN_EQUIVALENTS:
        word = word.replace(written, common)
    return _INN_ENDINGS.sub("", word)


def nearest(wanted: str, keys: Iterable[str]) -> list[tuple[float, str]]:
    """Return the keys close in spelling with their likeness, best first.

    Likeness is the share of characters in common blocks (`difflib`), 0.6 at least; a key
    that completes a wanted beginning of four characters or more is nearly certain. Less
    than three characters are like nothing but themselves. Ties are in alphabetical order.
    """
    if len(wanted) < _SHORTEST:
        return [(1.0, candidate) for candidate in keys if candidate == wanted]
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    found = []
    for candidate in keys:
        matcher.set_seq1(candidate)
        likeness = _COMPLETION if len(wanted) >= 4 and candidate.startswith(wanted) else 0.0
        if likeness == 0.0 and matcher.real_quick_ratio() >= _CLOSE_ENOUGH and matcher.quick_ratio() >= _CLOSE_ENOUGH:
            likeness = matcher.ratio()
        if likeness >= _CLOSE_ENOUGH:
            found.append((1.0 if candidate == wanted else likeness, candidate))
    return sorted(found, key=lambda pair: (-pair[0], pair[1]))
