"""One cell of a printed table: what stands there, and what cannot be known from it."""

import re
from dataclasses import dataclass, replace

from sequela.evidence.rounding import Rounded, rounded

MISSING = frozenset({"", "-", "–", "—", "−", "...", "…", "na", "n/a", "n.a.", "nd", "n.d.", "not given"})
NO_NUMBER = frozenset({"nr", "n.r.", "ne", "n.e.", "not reached", "not reported", "not estimable", "ns", "n.s."})
PRINTED, ABSENT, WORD = "printed", "missing", "word"

_MARK = re.compile(r"\s*(?:[*†‡§¶#]+|\^\w+)$")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NUMBER = r"[-−]?\d{1,9}(?:\.\d{1,9})?"
_TO = r"\s*(?:-|–|—|to|,|;)\s*"
_INTERVAL = re.compile(
    rf"({_NUMBER})\s*%?\s*[([](?:\s*95\s*%?\s*CI:?)?\s*({_NUMBER})\s*%?{_TO}({_NUMBER})\s*%?\s*[)\]]"
)
_OF = re.compile(rf"(\d{{1,9}})\s*(?:/|of)\s*(\d{{1,9}})(?:\s*[([]\s*({_NUMBER})\s*%?\s*[)\]])?")
_SECOND = re.compile(rf"({_NUMBER})\s*(?:[([]\s*({_NUMBER})\s*%?\s*[)\]]|(?:±|\+/-)\s*({_NUMBER}))")
_PERCENT = re.compile(rf"({_NUMBER})\s*%")
_PLAIN = re.compile(rf"([<>≤≥]?)\s*({_NUMBER})")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text : str
        As printed.
    line : int
        Of the file.
    state : str
        "printed"; "missing": a dash or nothing; "word": NR, NS and their like.
    bound : str
        "<" or ">" before a p-value, otherwise empty.
    value : Rounded or None
        The number; None in a percentage that stands alone.
    second : Rounded or None
        The percentage after a count, the standard deviation after a mean.
    of : int or None
        N of "3/18".
    low, high : Rounded or None
        The interval or range.
    marks : str
        Footnote marks at the end.
    """

    text: str
    line: int = 0
    state: str = PRINTED
    bound: str = ""
    value: Rounded | None = None
    second: Rounded | None = None
    of: int | None = None
    low: Rounded | None = None
    high: Rounded | None = None
    marks: str = ""

    @property
    def count(self) -> int | None:
        """The number of patients, where the cell begins with one."""
        if self.value is None or self.value.decimals or self.value.value < 0 or self.bound:
            return None
        return int(self.value.value)

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value the printed number can stand for; "<0.001" begins at 0."""
        if self.value is None:
            return float("-inf"), float("inf")
        if self.bound == "<":
            return 0.0, self.value.value
        if self.bound == ">":
            return self.value.value, float("inf")
        return self.value.low, self.value.high

    def holds(self, value: float) -> bool:
        """Tell whether a value can be printed as this cell."""
        if self.value is None:
            return False
        if self.bound:
            return self.ends[0] <= value <= self.ends[1]
        return self.value.holds(value)

    def shown(self, value: float) -> str:
        """Return a value with the decimals of this cell."""
        return f"{value:.{self.value.decimals}f}" if self.value else f"{value:g}"


def read_cell(text: str, line: int = 0) -> Cell:
    """Read one printed cell.

    `13 (72)`, `13 (72.2%)`, `3/18 (16.7)`, `53 (43-73)`, `1.79 (95% CI 1.23–2.61)`, `15.1 ± 3.2`,
    `96.7%`, `<0.0001`, `NR`, `-`. Footnote marks (`*`, `†`, `^a`) at the end are kept apart, commas
    between thousands dropped. Nothing is filled in: a dash stays a dash.

    Raises
    ------
    ValueError
        For anything else.
    """
    bare, marks = _without_marks(text.strip())
    if bare.lower() in MISSING:
        return Cell(text, line, ABSENT, marks=marks)
    if bare.lower() in NO_NUMBER:
        return Cell(text, line, WORD, marks=marks)
    return replace(_numbers(_THOUSANDS.sub("", bare), text), line=line, marks=marks)


def _without_marks(text: str) -> tuple[str, str]:
    marks = ""
    while match := _MARK.search(text):
        if match.start() == 0:
            break
        marks = match.group().strip() + marks
        text = text[: match.start()].rstrip()
    return text, marks


def _numbers(plain: str, text: str) -> Cell:
    if match := _INTERVAL.fullmatch(plain):
        value, low, high = (rounded(part) for part in match.groups())
        return Cell(text, value=value, low=low, high=high)
    if match := _OF.fullmatch(plain):
        count, size, percent = match.groups()
        return Cell(text, value=rounded(count), of=int(size), second=rounded(percent) if percent else None)
    if match := _SECOND.fullmatch(plain):
        return Cell(text, value=rounded(match[1]), second=rounded(match[2] or match[3]))
    if match := _PERCENT.fullmatch(plain):
        return Cell(text, second=rounded(match[1]))
    if match := _PLAIN.fullmatch(plain):
        return Cell(text, bound=match[1].replace("≤", "<").replace("≥", ">"), value=rounded(match[2]))
    raise ValueError(text)
