"""Counts and percentages in the sentences of a paper: "33 of the 42 patients (79%)"."""

import re

from sequela.evidence.rounding import Rounded, rounded
from sequela.frozen import frozen

TO_TWENTY = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
WORDS = tuple(TO_TWENTY.split())
_COUNT = rf"(?<![\w.])(?P<count>\d{{1,9}}|{'|'.join(WORDS)})"
_PERCENT = r"(?P<percent>\d{1,3}(?:\.\d{1,4})?)\s*%"
_OF = r"(?:\s*/\s*|\s+(?:\w+\s+){0,2}?of\s+(?:the\s+|all\s+)?)(?P<of>\d{1,9})(?![\w.])"
_BETWEEN = r"(?:[\s\w,-]{0,40}?)"
FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_COUNT}{_OF}{_BETWEEN}[([]{_PERCENT}",
        rf"(?<![\d.]){_PERCENT}{_BETWEEN}[([]\s*{_COUNT}{_OF}",
        rf"{_COUNT}{_BETWEEN}[([]{_PERCENT}",
        rf"{_COUNT}\s*,\s*{_PERCENT}",
        rf"(?<![\d.]){_PERCENT}",
        rf"{_COUNT}{_OF}",
        rf"{_COUNT}(?![\w.%])",
    )
)


@frozen
class Spoken:
    """A count, its denominator and its percentage, as far as the words have them."""

    count: int | None
    of: int | None
    percent: Rounded | None


def spoken(says: str) -> tuple[Spoken, ...]:
    """Return every quantity of the first form that the words have; numbers up to twenty may be words."""
    for form in FORMS:
        found = tuple(_spoken(match.groupdict()) for match in form.finditer(says))
        if found:
            return found
    return ()


def _spoken(parts: dict[str, str | None]) -> Spoken:
    count, of, percent = (parts.get(name) for name in ("count", "of", "percent"))
    return Spoken(_whole(count), int(of) if of else None, rounded(percent) if percent else None)


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isdigit() else WORDS.index(text.lower())


def numbers_in(text: str) -> tuple[str, ...]:
    """Return the plain numbers of a text; digits inside a word are none."""
    return tuple(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])", text))
