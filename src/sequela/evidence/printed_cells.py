"""One cell of a printed table: what stands there, and what cannot be known from it."""

import re
from dataclasses import replace
from decimal import Decimal

from sequela.evidence.rounding import Rounded, rounded
from sequela.frozen import frozen

MISSING = frozenset({"", "-", "–", "—", "−", "...", "…", "na", "n/a", "n.a.", "nd", "n.d.", "not given"})
NOT_REACHED = (
    "nr",
    "n.r.",
    "ne",
    "n.e.",
    "na",
    "n.a.",
    "not reached",
    "not reported",
    "not estimable",
    "not evaluable",
)
NO_NUMBER = frozenset({*NOT_REACHED[:4], *NOT_REACHED[6:], "ns", "n.s.", "not significant", "reference", "ref", "ref."})
PRINTED, ABSENT, WORD = "printed", "missing", "word"
CONFIDENCE, RANGE, QUARTILES = "ci", "range", "iqr"

_ALIKE = {
    "-": "\u2010\u2011\u2012\u2015\ufe58\ufe63\uff0d",
    "·": "\u2219\u22c5\u2027",
    "*": "\u2217\u204e",
    "≤": "\u2a7d\u2266",
    "≥": "\u2a7e\u2267",
    "<": "\uff1c",
    "(": "\uff08",
    ")": "\uff09",
    "%": "\uff05",
}
_PRINTED_AS = str.maketrans({other: plain for plain, others in _ALIKE.items() for other in others})
"""Characters that publishers' pages use in the place of others: a hyphen of another kind is a hyphen."""
_MARK = re.compile(r"\s*(?:[*†‡§¶#\u00b9\u00b2\u00b3\u2070-\u2079\u1d43-\u1dbf]+|\^\w+)$")
_STOP = re.compile(r"(?<=[\d)\]%])[.;]$")
"""The end of a sentence, left behind in a table."""
_THOUSANDS = re.compile(r"(?<=\d)[,\u2009\u202f\u00a0 ](?=\d{3}(?!\d))")
_NUMBER = r"[-−]?\d{1,9}(?:\.\d{1,12})?"
_UNIT = r"(?:\s*(?:%|months?|mo|weeks?|wk|years?|yrs?|days?)(?![\w.]))?"
_WORD = "|".join(re.escape(word) for word in sorted(NOT_REACHED, key=len, reverse=True)) + "|[-–—∞]"
_TO = r"\s*(?:-|–|—|to|,|;)\s*"
_KIND = r"\s*(?:(?P<kind>(?P<level>\d{2}(?:\.\d)?)\s*%?[\s-]*CI|CI|range|IQR)\s*[:=,]?)?"
_LIMITS = rf"{_KIND}\s*(?P<low>{_NUMBER}){_UNIT}{_TO}(?P<high>{_NUMBER}|{_WORD}){_UNIT}\s*"
_LABEL = re.compile(r"(?P<label>p(?:[- ]?value)?|n|a?(?:HR|OR|RR))\s*(?:[=:]\s*|(?=[<>≤≥])|\s(?=\d))", re.IGNORECASE)
_INTERVAL = re.compile(rf"(?P<value>{_NUMBER}|{_WORD}){_UNIT}\s*[([]{_LIMITS}[)\]]", re.IGNORECASE)
_AFTER_COMMA = re.compile(rf"(?P<value>{_NUMBER}|{_WORD}){_UNIT}\s*[,;](?=.*(?:CI|range|IQR)){_LIMITS}", re.IGNORECASE)
_OF = re.compile(
    rf"(?P<value>\d{{1,9}})\s*(?:/|of)\s*(?P<of>\d{{1,9}})(?:\s*[([]\s*(?P<second>{_NUMBER})\s*%?\s*[)\]])?"
)
_SECOND = re.compile(
    rf"(?P<bound>[<≤]?)\s*(?P<value>{_NUMBER})\s*(?:[([]\s*(?P<second>{_NUMBER})\s*%?\s*[)\]]|(?:±|\+/-)\s*(?P<spread>{_NUMBER}))"
)
_FIRST = re.compile(
    rf"(?P<second>{_NUMBER})\s*%\s*[([]\s*(?:n\s*=\s*)?(?P<value>\d{{1,9}})(?:\s*(?:/|of)\s*(?P<of>\d{{1,9}}))?\s*[)\]]"
)
_EMPTY = re.compile(
    rf"(?P<bound>[<≤]?)\s*(?P<value>\d{{1,9}})\s*[([]\s*(?P<unread>-|–|—|NA|[<≤]\s*{_NUMBER}\s*%?)\s*[)\]]"
)
_PERCENT = re.compile(rf"(?P<second>{_NUMBER})\s*%")
_PLAIN = re.compile(rf"(?P<bound>[<>≤≥]?)\s*(?P<value>{_NUMBER}){_UNIT}", re.IGNORECASE)
_POWER = re.compile(r"(\d(?:\.\d+)?)\s*(?:[x×]\s*10\s*\^?\s*|e)[-−](\d{1,2})", re.IGNORECASE)
_REFERENCE = re.compile(r"1(?:\.0+)?\s*[([]\s*ref(?:\.|erence)?\s*[)\]]", re.IGNORECASE)
_FORMS = (_INTERVAL, _AFTER_COMMA, _OF, _SECOND, _FIRST, _EMPTY, _PERCENT, _PLAIN)


@frozen
class Cell:
    """One cell.

    Attributes
    ----------
    text : str
        As printed.
    line : int
        Of the file.
    state : str
        "printed"; "missing": a dash or nothing; "word": NR, NS, reference and their like.
    bound : str
        "<" or ">" before a p-value or a count, otherwise empty.
    value : Rounded or None
        The number; None in a percentage that stands alone.
    second : Rounded or None
        The percentage after a count, the standard deviation after a mean.
    of : int or None
        N of "3/18".
    low, high : Rounded or None
        The interval or range; a limit printed as NE or a dash is None.
    marks : str
        Footnote marks at the end.
    kind : str
        What the cell itself calls its interval: "ci", "range", "iqr"; empty where it does not say.
    level : float or None
        Confidence level, where the cell says so: 0.9 of "90% CI".
    label : str
        In capitals what stands before the number: HR, OR, P, N; empty where nothing does.
    unread : str
        What stands in the place of a percentage and is none: a dash, "<1%".
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
    kind: str = ""
    level: float | None = None
    label: str = ""
    unread: str = ""

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

    @property
    def span(self) -> tuple[int, int] | None:
        """The fewest and the most patients a count can stand for: "<5" is any from none to five."""
        if self.bound == "<" and self.value is not None and not self.value.decimals and self.value.value >= 0:
            return 0, int(self.value.value)
        return None if self.count is None else (self.count, self.count)

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

    `13 (72)`, `13 (72.2%)`, `72.2% (13)`, `3/18 (16.7)`, `53 (43-73)`, `1.79 (95% CI 1.23–2.61)`,
    `9.6 months (8.2-NE)`, `15.1 ± 3.2`, `96.7%`, `<0.0001`, `p = .05`, `1·79`, `<5`, `NR`, `1 (ref)`, `-`.
    Footnote marks (`*`, `†`, `^a`) at the end are kept apart, commas between thousands dropped. Nothing
    is filled in: a dash stays a dash, a limit that was not reached stays open.

    Raises
    ------
    ValueError
        For anything else.
    """
    bare, marks = _without_marks(_STOP.sub("", text.translate(_PRINTED_AS).strip()))
    if bare.lower() in MISSING:
        return Cell(text, line, ABSENT, marks=marks)
    if bare.lower() in NO_NUMBER or _REFERENCE.fullmatch(bare):
        return Cell(text, line, WORD, marks=marks)
    return replace(_numbers(_plain(bare), text), line=line, marks=marks)


def _without_marks(text: str) -> tuple[str, str]:
    marks = ""
    while match := _MARK.search(text):
        if match.start() == 0:
            break
        marks = match.group().strip() + marks
        text = text[: match.start()].rstrip()
    return text, marks


def _plain(text: str) -> str:
    """Write raised decimal points, missing zeros before the point, powers of ten and thousands the plain way."""
    text = re.sub(r"(?<![\d.])\.(?=\d)", "0.", text.replace("·", "."))
    return _THOUSANDS.sub("", _POWER.sub(_written_out, text))


def _written_out(match: re.Match[str]) -> str:
    return f"{Decimal(match[1]).scaleb(-int(match[2])):f}"


def _numbers(plain: str, text: str) -> Cell:
    label = ""
    if match := _LABEL.match(plain):
        label, plain = match["label"].upper().partition("-")[0], plain[match.end() :]
    for form in _FORMS:
        if match := form.fullmatch(plain):
            return replace(_cell_of(text, match.groupdict()), label=label)
    raise ValueError(text)


def _cell_of(text: str, parts: dict[str, str | None]) -> Cell:
    value = _number(parts.get("value"))
    return Cell(
        text,
        state=WORD if parts.get("value") and value is None else PRINTED,
        bound=(parts.get("bound") or "").replace("≤", "<").replace("≥", ">"),
        value=value,
        second=_number(parts.get("second") or parts.get("spread")),
        of=int(parts["of"] or 0) if parts.get("of") else None,
        low=_number(parts.get("low")),
        high=_number(parts.get("high")),
        kind=_kind(parts.get("kind") or ""),
        level=float(parts["level"] or 0) / 100 if parts.get("level") else None,
        unread=parts.get("unread") or "",
    )


def _number(text: str | None) -> Rounded | None:
    """Read a number; None of a word that stands for one."""
    return rounded(text) if text and text[-1].isdigit() else None


def _kind(words: str) -> str:
    return CONFIDENCE if words.upper().endswith("CI") else words.lower()
