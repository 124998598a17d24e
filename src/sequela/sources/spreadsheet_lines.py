"""The number of a line of therapy in a header: 2, II, 2nd, seconda, zweite, 二."""

import re
from functools import cache

from sequela.frozen import frozen
from sequela.sources.spreadsheet_words import entries, letters, parts_of, plain

_ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_SINGLE_ROMANS = "ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹ"
_KANJI = "一二三四五六七八九十"
_SUFFIX = r"(?:st|nd|rd|th|a|o|e|er|ere|re|eme|te|de|\^|°|\.)?"
_GAP = r"[\s_.:#°-]*"
_BEFORE, _AFTER = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_OF_A_COURSE = frozenset(
    {"drug", "start", "stop", "reason_stopped", "progression_day", "progression_length", "response"}
)
MOST_LINES = 20


@frozen
class LineHeader:
    """A header that numbers a line.

    Attributes
    ----------
    number : int
    label : str
        The number as the header writes it.
    template : str
        The header with {n} in its place.
    rest : str
        The header without the number and the word for a line, plain.
    spoken : bool
        Whether a word for a line stands beside the number.
    """

    number: int
    label: str
    template: str
    rest: str
    spoken: bool


def line_in(text: str) -> LineHeader | None:
    """Return the line that a header numbers; None where it numbers none.

    A number counts where a word for a line stands beside it, or where every other word of the header is one of
    a course of drugs ("Start 2", "Farmaco 2").
    """
    small = letters(text)
    for pattern in _spoken():
        found = pattern.search(small)
        if found:
            name = next(name for name, value in found.groupdict().items() if value)
            rest = plain(text[: found.start()] + " " + text[found.end() :])
            return _header(text, found.span(name), rest, spoken=True)
    return _beside_a_part(text, small)


def _header(text: str, span: tuple[int, int], rest: str, *, spoken: bool) -> LineHeader | None:
    label = text[span[0] : span[1]]
    number = _number(letters(label))
    template = text[: span[0]] + "{n}" + text[span[1] :]
    return LineHeader(number, label, template, rest, spoken) if 1 <= number <= MOST_LINES else None


def _number(label: str) -> int:
    if label.isdigit() and label.isascii():
        return int(label)
    for numbers in (_ROMANS, _SINGLE_ROMANS, _KANJI):
        if label in tuple(numbers):
            return tuple(numbers).index(label) + 1
    return next((int(one.meaning) for one in entries("ordinal") if one.pattern.fullmatch(label)), 0)


@cache
def _spoken() -> tuple[re.Pattern[str], ...]:
    words = "|".join(one.pattern.pattern for one in entries("ordinal"))
    romans = "|".join(sorted(_ROMANS, key=len, reverse=True))
    number = rf"\d{{1,2}}|[{_SINGLE_ROMANS}{_KANJI}]|(?:{words}|{romans})(?![0-9])"
    lines = "|".join(one.pattern.pattern for one in entries("line") if one.meaning != "compound")
    compounds = "|".join(one.pattern.pattern for one in entries("line") if one.meaning == "compound")
    line = rf"(?:(?:{lines})(?![a-z])|(?:{compounds})(?=[a-z]))"
    return (
        re.compile(rf"{_BEFORE}(?P<before>{number}){_SUFFIX}{_GAP}{line}"),
        re.compile(rf"{_BEFORE}(?:{lines})(?:{_GAP}(?P<digits>\d{{1,2}})|[\s_.:-]+(?P<word>{romans}|{words})){_AFTER}"),
        re.compile(rf"{_BEFORE}l[ _]?(?P<after>\d{{1,2}}){_AFTER}|{_BEFORE}(?P<first>\d{{1,2}})[ _-]?l{_AFTER}"),
    )


def _beside_a_part(text: str, small: str) -> LineHeader | None:
    """Return the line of a header such as `Start 2`, whose other words all belong to a course of drugs."""
    found = list(re.finditer(r"(?<![0-9.,])\d{1,2}(?![0-9.,])|(?<![^\W_])(?:II|III|IV|V|VI|I)(?![^\W_])", text))
    if len(found) != 1:
        return None
    start, end = found[0].span()
    rest = plain(small[:start] + " " + small[end:])
    parts, left = parts_of(rest)
    length = "months" not in parts or "progression_length" in parts
    known = bool(parts & _OF_A_COURSE) and not left and length
    return _header(text, (start, end), rest, spoken=False) if known else None
