"""The phrases of the study language: comparisons, moments, stretches of time, short criteria.

Each reader turns what a person wrote into a frozen value that prints itself as it was
meant, or raises `Refusal` with what was expected instead.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Literal

import polars as pl

from sequela.frozen import frozen
from sequela.records.dates import DAYS_PER_MONTH


class Refusal(ValueError):
    """A phrase that cannot be read: what was found, what was expected, what to do."""

    def __init__(self, found: str, expected: str = "", remedy: str = "") -> None:
        self.found, self.expected, self.remedy = found, expected, remedy
        text = f"{found}; expected {expected}" if expected else found
        super().__init__(f"{text}. {remedy}" if remedy else text)


def nearest(name: str, known: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Return the known names that look most like one."""
    by_case = {word.lower(): word for word in known}
    return tuple(by_case[word] for word in get_close_matches(name.lower(), by_case, n=count, cutoff=0.6))


def did_you_mean(candidates: Iterable[str]) -> str:
    """Return the question with its candidates; empty where there is none."""
    names = [f"'{candidate}'" for candidate in candidates]
    return f"Did you mean {' or '.join(names)}?" if names else ""


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NUMBER = r"\d+(?:\.\d+)?"
_COMPARED = re.compile(rf"(<=|>=|<|>|=|≤|≥)?\s*({_NUMBER})")
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|–|to)\s*({_NUMBER})")
_OR_MORE = re.compile(rf"({_NUMBER})\s*(?:or more|\+)")


@frozen
class Comparison:
    """A number compared with a limit.

    Attributes
    ----------
    operator : str
        One of <, <=, =, >=, >, to.
    limit, upper : float
        `upper` is used by `to` alone, which includes both ends.
    """

    operator: Literal["<", "<=", "=", ">=", ">", "to"]
    limit: float
    upper: float = 0.0

    def holds(self, value: pl.Expr) -> pl.Expr:
        """Return whether a column meets the comparison; null stays null."""
        if self.operator == "to":
            return (value >= self.limit) & (value <= self.upper)
        compared = {
            "<": value < self.limit,
            "<=": value <= self.limit,
            "=": value == self.limit,
            ">=": value >= self.limit,
            ">": value > self.limit,
        }
        return compared[self.operator]

    def __str__(self) -> str:
        """Return the comparison as one writes it."""
        if self.operator == "to":
            return f"{self.limit:g} to {self.upper:g}"
        return f"{self.limit:g}" if self.operator == "=" else f"{self.operator} {self.limit:g}"


def comparison(value: object) -> Comparison:
    """Read `2`, `">= 18"`, `"2 to 4"`, `2+`, `first`."""
    if isinstance(value, Comparison):
        return value
    text = " ".join(str(value).split())
    if text.lower() in ORDINALS:
        return Comparison("=", ORDINALS.index(text.lower()) + 1)
    if match := _OR_MORE.fullmatch(text):
        return Comparison(">=", float(match[1]))
    if match := _RANGE.fullmatch(text):
        low, high = float(match[1]), float(match[2])
        if low > high:
            raise Refusal(f"'{text}' ends before it begins", f"'{high:g} to {low:g}'")
        return Comparison("to", low, high)
    match = _COMPARED.fullmatch(text)
    if not match or isinstance(value, bool):
        raise Refusal(f"'{text}' is not a number or a comparison", 'for example 2, ">= 18" or "2 to 4"')
    sign = {"≤": "<=", "≥": ">=", None: "="}.get(match[1], match[1])
    return Comparison(sign, float(match[2]))  # type: ignore[arg-type]


MomentKind = Literal[
    "time zero",
    "accrual",
    "first drug",
    "start of line",
    "metastatic diagnosis",
    "primary diagnosis",
    "first recurrence",
    "first surgery",
    "first progression",
]
_PLAIN: dict[str, MomentKind] = {
    "time zero": "time zero",
    "time_zero": "time zero",
    "accrual": "accrual",
    "metastatic diagnosis": "metastatic diagnosis",
    "diagnosis of metastatic disease": "metastatic diagnosis",
    "primary diagnosis": "primary diagnosis",
    "first recurrence": "first recurrence",
    "recurrence": "first recurrence",
    "first surgery": "first surgery",
    "surgery": "first surgery",
    "first progression": "first progression",
    "first-line progression": "first progression",
}
_LINE = re.compile(rf"start of (?:line (\d+)|(?:the )?({'|'.join(ORDINALS)}) line)", re.IGNORECASE)
_FIRST = re.compile(r"(?:the )?(?:first|start of) (.+?)( in any line)?", re.IGNORECASE)
MOMENTS = (
    "'first <drug or class>', 'first <drug or class> in any line', 'start of line <number>', "
    "'metastatic diagnosis', 'primary diagnosis', 'first recurrence', 'first surgery' or 'first progression'"
)


@frozen
class Moment:
    """A day in a patient's history.

    Attributes
    ----------
    kind : str
    drug : str
        Of `first drug`, as written.
    line : int
        Of `start of line`.
    in_line : bool
        Of `first drug`: courses of curative intent, which are in no line, do not count.
    """

    kind: MomentKind
    drug: str = ""
    line: int = 0
    in_line: bool = False

    def __str__(self) -> str:
        """Return the moment as one writes it."""
        if self.kind == "first drug":
            return f"first {self.drug}{' in any line' if self.in_line else ''}"
        return f"start of line {self.line}" if self.kind == "start of line" else self.kind


def moment(value: object) -> Moment:
    """Read `time zero`, `accrual`, `first pertuzumab`, `start of line 2`, `metastatic diagnosis`."""
    if isinstance(value, Moment):
        return value
    text = " ".join(str(value).split())
    if kind := _PLAIN.get(text.lower()):
        return Moment(kind)
    if match := _LINE.fullmatch(text):
        number = int(match[1]) if match[1] else ORDINALS.index(match[2].lower()) + 1
        if number == 0:
            raise Refusal("lines are counted from 1, and this says line 0", "'start of line 1'")
        return Moment("start of line", line=number)
    if match := _FIRST.fullmatch(text):
        return Moment("first drug", drug=match[1], in_line=match[2] is not None)
    near = nearest(text, _PLAIN, 1)
    expected = "" if near else f"'time zero', 'accrual', {MOMENTS}"
    raise Refusal(f"'{text}' is not a moment in a patient's history", expected, did_you_mean(near))


def time_zero(value: object) -> Moment:
    """Read the moment at which the clock starts."""
    try:
        found = moment(value)
    except Refusal as refusal:
        remedy = refusal.remedy or f"If it is a drug, write 'first {value}'."
        raise Refusal(refusal.found, MOMENTS, remedy) from refusal
    if found.kind in ("time zero", "accrual"):
        raise Refusal(f"time zero cannot be '{found}'", MOMENTS)
    return found


UNITS = {"day": 1.0, "week": 7.0, "month": DAYS_PER_MONTH, "year": 12 * DAYS_PER_MONTH}
_SPAN = re.compile(rf"({_NUMBER}) (day|week|month|year)s? (before|after|of|around) (.+)", re.IGNORECASE)


@frozen
class Span:
    """A stretch of time beside a moment.

    Attributes
    ----------
    length : float
    unit : str
        day, week, month (30.4375 days) or year.
    side : {"before", "after", "of", "during"}
        `of` is both sides; `during` is the accrual window itself.
    moment : Moment
    """

    length: float
    unit: str
    side: Literal["before", "after", "of", "during"]
    moment: Moment

    @property
    def days(self) -> int:
        """Return the length in whole days."""
        return round(self.length * UNITS[self.unit])

    def __str__(self) -> str:
        """Return the span as one writes it."""
        if self.side == "during":
            return str(self.moment)
        plural = "" if self.length == 1 else "s"
        return f"{self.length:g} {self.unit}{plural} {self.side} {self.moment}"


def span(value: object) -> Span:
    """Read `6 months before time zero`, `28 days of time zero`, `accrual`."""
    if isinstance(value, Span):
        return value
    text = " ".join(str(value).split())
    if text.lower() == "accrual":
        return Span(0, "day", "during", Moment("accrual"))
    match = _SPAN.fullmatch(text)
    if not match:
        expected = "for example '6 months before time zero', '28 days of metastatic diagnosis' or 'accrual'"
        raise Refusal(f"'{text}' is not a stretch of time", expected)
    side = {"around": "of"}.get(match[3].lower(), match[3].lower())
    return Span(float(match[1]), match[2].lower(), side, moment(match[4]))  # type: ignore[arg-type]


_STATUS = r"positive|negative|equivocal|mutated|wild type|wild-type|amplified|not amplified"
_WHEN = r"(?: (at time zero|at any time))?"
_SHORT = (
    ("metastatic", re.compile(rf"(metastatic)(?: disease)?{_WHEN}", re.IGNORECASE)),
    ("observed", re.compile(r"(?:under )?(observ)(?:ed|ation) at time zero", re.IGNORECASE)),
    ("sex", re.compile(r"(female|male)", re.IGNORECASE)),
    ("site", re.compile(rf"(.+?) metastas[ei]s{_WHEN}", re.IGNORECASE)),
    ("compared", re.compile(r"(age|ecog|line) (.+?)(?: at time zero)?", re.IGNORECASE)),
    ("line", re.compile(rf"({'|'.join(ORDINALS)}) line(?: at time zero)?", re.IGNORECASE)),
    ("biomarker", re.compile(rf"(.+?)[ -]({_STATUS}){_WHEN}", re.IGNORECASE)),
)
_RECEIVED = re.compile(r"received (.+)", re.IGNORECASE)
_WINDOW = re.compile(r" (before|after|within) ", re.IGNORECASE)
SHORT_EXAMPLES = "'metastatic at time zero', 'HER2 positive', 'age >= 18', 'liver metastasis', 'received trastuzumab'"


def short_criterion(text: str) -> Mapping[str, Any]:
    """Read a criterion written as a text and return its mapping form."""
    words = " ".join(text.split())
    if words.lower().startswith("not "):
        return {"not": words[4:]}
    if match := _RECEIVED.fullmatch(words):
        return _short_received(match[1])
    for name, pattern in _SHORT:
        if match := pattern.fullmatch(words):
            return _short_form(name, match)
    raise Refusal(f"'{words}' is not a criterion", f"for example {SHORT_EXAMPLES}")


def _short_form(name: str, match: re.Match[str]) -> Mapping[str, Any]:
    if name == "compared":
        return {match[1].lower(): match[2]}
    if name in ("line", "sex"):
        return {name: match[1].lower()}
    if name == "observed":
        return {"observed": "time zero"}
    when = (match[match.re.groups] or "at time zero").removeprefix("at ").lower()
    if name == "metastatic":
        return {"metastatic": when}
    if name == "site":
        return {"site": match[1], "at": when}
    return {"biomarker": match[1], "is": match[2], "at": when}


def _short_received(text: str) -> Mapping[str, Any]:
    drug, *rest = _WINDOW.split(text, maxsplit=1)
    form: dict[str, Any] = {"received": drug}
    while rest:
        key, value = rest[0].lower(), rest[1]
        # 'within 6 months before time zero' holds a 'before' of its own.
        parts = [value] if key == "within" else _WINDOW.split(value, maxsplit=1)
        form[key], rest = parts[0], parts[1:]
    return form
