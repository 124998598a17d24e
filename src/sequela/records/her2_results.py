"""HER2 as laboratories write it, taken apart: score, hybridisation, ratio, copies, status.

A text is read whole or not at all: one word that is not understood, one label without its
result, two results that exclude each other, and nothing of the text is used. `not positive`
is therefore no status, and neither is `FISH pos?`.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sequela.frozen import frozen

POSITIVE, NEGATIVE, EQUIVOCAL = "positive", "negative", "equivocal"
LOW, ULTRALOW = "low", "ultralow"
LONGEST = 200
"""Characters of the longest text that is looked at."""

MARKERS = {
    "HER2": "status",
    "HER2 IHC": "ihc",
    "HER2 IHC percent": "share",
    "HER2 ISH": "ish",
    "HER2 ISH ratio": "ratio",
    "HER2 copies": "copies",
    "CEP17 copies": "cep17",
}
"""The markers whose values are read here, and what a value without a label is under each."""

LARGEST = {"ratio": 50.0, "copies": 200.0, "cep17": 50.0, "share": 100.0}
"""What no laboratory counts; a larger number is a slip of the decimal point (expert default)."""


@frozen
class Amount:
    """A number, or what a bound such as `< 2.0` leaves of it: from `low` to `high`, both included."""

    low: float
    high: float


@frozen
class Her2Result:
    """What one text says about HER2; everything it does not say is None.

    Attributes
    ----------
    score : frozenset of int or None
        Immunohistochemistry, 0 to 3; two members where the text says `0/1+`.
    share : Amount or None
        Per cent of stained cells.
    staining : str or None
        Immunohistochemistry in a word: positive or equivocal without its score.
    hybridisation : str or None
        In-situ hybridisation in a word: positive (amplified), negative, equivocal.
    ratio, copies, cep17 : Amount or None
        HER2/CEP17 ratio, HER2 copies and CEP17 copies per cell.
    status : str or None
        The status as written.
    low : {"low", "ultralow"} or None
        Where the text calls it so; the status is then negative.
    """

    score: frozenset[int] | None = None
    share: Amount | None = None
    staining: str | None = None
    hybridisation: str | None = None
    ratio: Amount | None = None
    copies: Amount | None = None
    cep17: Amount | None = None
    status: str | None = None
    low: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the text says that nothing was measured."""
        return self == Her2Result()


_HER2 = r"(?:c-?)?(?:her-?2(?:[/ ]?neu)?|erb-?b-?2)"
_CEP17 = r"(?:cep|cen|chr|chromosome)[ -]?17"
_PER_CELL = r"(?: ?(?:per|/) ?(?:cell|nucleus))?"
_END = r"(?![\w%+])"
_NOT_DONE = (
    r"not (?:done|performed|tested|available|assessed|evaluable|interpretable|determined|known|recorded|applicable)|"
    r"unknown|unk|pending|missing|n\.d\.|n\.a\.|n/[ad]|n[ad]|indeterminate|inconclusive|insufficient(?: material)?|"
    r"uninterpretable|failed|"
    r"non (?:eseguit[oa]|disponibile|not[oa]|valutabile|determinat[oa]|fait|réalisée?|disponible|évaluable)|inconnue?|"
    r"nicht (?:bestimmt|durchgeführt|bekannt|beurteilbar|verfügbar)|unbekannt|no (?:realizad[oa]|disponible)|"
    r"sconosciut[oa]|desconocid[oa]|não (?:realizad[oa]|disponível)|desconhecid[oa]|"
    r"niet (?:bepaald|bekend|verricht)|onbekend|未検|不明"
)
_AMPLIFIED = r"amplificat[oa]|amplifiziert|amplifi[ée]e?|amplificad[oa]|geamplificeerd"
_NEGATIVE = r"negativ[oae]?|n[ée]gati(?:f|ve)|negatief|陰性"
_POSITIVE = r"positiv[oae]?|positi(?:f|ef)|陽性"
_NOT = r"non|nicht|no|não|niet"
_TOKENS: tuple[tuple[str, str], ...] = (
    ("void", rf"(?:{_NOT_DONE})(?![\w+-])"),
    ("label ratio", rf"(?:{_HER2} ?[/:] ?{_CEP17}(?: ratio)?|ratio){_END}"),
    ("label cep17", rf"{_CEP17}(?: (?:copies|copy number|signals))?{_PER_CELL}{_END}"),
    (
        "label copies",
        rf"(?:(?:mean|average|avg) )?(?:{_HER2} )?(?:gene )?(?:copies|copy number|signals){_PER_CELL}{_END}",
    ),
    ("ish +", r"(?:f|c|s|dd?)?ish\+(?![\w.+-])"),
    ("ish -", r"(?:f|c|s|dd?)?ish-(?![\w.+-])"),
    ("status +", rf"{_HER2}\+(?![\w.+-])"),
    ("status -", rf"{_HER2}-(?![\w.+-])(?! ?[\w>])"),
    ("label ihc", r"(?:ihc|iic|ihq|immunohistochemistry|immunohistochemical|hercep ?test|score)(?![a-z_+-])"),
    ("label ish", r"(?:(?:dual|single)[ -]probe )?(?:(?:f|c|s|dd?)?ish|in[ -]situ hybridi[sz]ation)(?![\w+-])"),
    ("name", rf"{_HER2}(?:-(?=[a-z])|(?![\w+]))"),
    ("amplified -", r"(?:non[- ]?amp(?:lified|l)?|not amp(?:lified|l)?|unamplified|no amplification)" + _END),
    ("amplified -", r"増幅(?:なし|無し|無)" + _END),
    ("amplified -", rf"(?:{_NOT})[- ](?:{_AMPLIFIED})" + _END),
    ("amplified +", rf"(?:amplified|{_AMPLIFIED}|ampl?|増幅(?:あり|有り|有))" + _END),
    ("label ish", r"amplification(?= (?:positive|negative|pos|neg|equivocal)|: ?[a-z])"),
    ("amplified +", r"amplification" + _END),
    (
        "word -",
        rf"(?:non[- ]?overexpressed|not overexpressed|no overexpression|{_NEGATIVE}|neg)" + _END,
    ),
    ("word +", rf"(?:over-?expressed|over-?expression|{_POSITIVE}|pos)" + _END),
    ("word =", r"(?:equivocal|equivoc[oa]|équivoque|grenzwertig|borderline)" + _END),
    ("low -", r"ultra-?low(?= ?(?:$|[,;()/]))"),
    ("low", r"low(?= ?(?:$|[,;()/]))"),
    ("score 01", r"0\+? ?(?:/|-|to|or) ?1 ?\+?(?![\w.%+-])"),
    ("score", r"[0-3] ?\+(?![\w.+-])"),
    ("plus", r"\+{2,3}(?![\w.+-])"),
    ("zero", r"zero" + _END),
    ("share", r"(?:in )?(?:[<>]=? ?)?\d+(?:\.\d+)? ?%(?: of)?(?: (?:tumou?r |invasive )?cells)?(?![\w+])"),
    ("number", r"(?:[<>]=? ?)?\d+(?:\.\d+)?(?![\w.%+])"),
    ("by", r"(?:by|on|via)(?!\w)"),
    ("nothing", r"(?:and|with|gene|status|result|test)(?!\w)"),
    ("space", r"[ ,;:/()\[\]=|]|\.(?= |$)|(?<= )-(?= [\w>])"),
)
_SIGNS = {"+": POSITIVE, "-": NEGATIVE, "=": EQUIVOCAL}
_DASHES = str.maketrans({**dict.fromkeys("−–—‑‒", "-"), "≥": ">=", "≤": "<="})
_WHOLE_TEXT = {
    "-": None,
    "+": POSITIVE,
    "yes": POSITIVE,
    "no": NEGATIVE,
}
"""Texts that say something only where nothing stands beside them; a lone dash means not done."""


def read_her2(text: str, marker: str = "HER2") -> Her2Result | None:
    """Read a HER2 result as written under one of `MARKERS`.

    Returns
    -------
    Her2Result or None
        Empty where the text says that nothing was measured (`not done`, `-`, `unknown`,
        `indeterminate`); None where the text cannot be read. A number alone is what its marker
        says: under HER2 a score, but `1` alone may be a code for positive and is not read.
    """
    words = " ".join(unicodedata.normalize("NFKC", text).translate(_DASHES).lower().split())
    words = re.sub(r"(?<=\d),(?=\d)", ".", words)
    if not words or len(words) > LONGEST:
        return None
    scope = MARKERS[marker]
    if words in _WHOLE_TEXT:
        return _alone(words, scope)
    try:
        return _Reader(scope, list(_scan(words))).read()
    except _Unreadable:
        return None


class _Unreadable(Exception):
    """The text is not understood."""


def _alone(words: str, scope: str) -> Her2Result | None:
    status = _WHOLE_TEXT[words]
    if status is None:
        return Her2Result()
    if scope == "status" or (scope == "ish" and words == "+"):
        return Her2Result(status=status) if scope == "status" else Her2Result(hybridisation=status)
    return None


def _scan(words: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and text of each token; a part that is no token ends the reading."""
    place = 0
    while place < len(words):
        # A word must not begin in the middle of another: `inamplified` is none.
        inside = place > 0 and words[place - 1].isalnum() and words[place].isalpha()
        tried = ((kind, _pattern(text).match(words, place)) for kind, text in _TOKENS)
        kind, match = next(((kind, match) for kind, match in tried if match and not inside), ("", None))
        if match is None:
            raise _Unreadable
        if kind not in ("space", "nothing", "name"):
            yield kind, match.group()
        place = match.end()


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compile what is first tried: most results are one of few words."""
    return re.compile(text)


def _amount(text: str, what: str) -> Amount:
    """Return a number or a bound; nothing beyond what can be counted."""
    match = re.search(r"([<>]?)(=?) ?(\d+(?:\.\d+)?)", text)
    if match is None:
        raise _Unreadable
    value, top = float(match[3]), LARGEST[what]
    if value > top or (value == 0 and what != "share"):
        raise _Unreadable
    if match[1] == "<":
        return Amount(0.0, value if match[2] else math.nextafter(value, -math.inf))
    if match[1] == ">":
        return Amount(value if match[2] else math.nextafter(value, math.inf), top)
    return Amount(value, value)


@dataclass(slots=True)
class _Reader:
    """Goes through the tokens of a text once and gathers what they say."""

    scope: str
    tokens: list[tuple[str, str]]
    label: str = ""
    found: dict[str, Any] = field(default_factory=dict)

    def read(self) -> Her2Result:
        place = 0
        while place < len(self.tokens):
            place += self._take(place)
        if self.label or not self.tokens:
            raise _Unreadable
        return _settled(Her2Result(**self.found))

    def _take(self, place: int) -> int:
        """Take the token at a place, and its label where that comes after it; return how many were taken."""
        kind, text = self.tokens[place]
        if kind.startswith("label "):
            self._open(kind.removeprefix("label "))
            return 1
        later = [token.removeprefix("label ") for token, _ in self.tokens[place + 1 : place + 3]]
        if later[:1] == ["by"] and later[1:] and later[1] in ("ihc", "ish") and not self.label:
            self.label = later[1]
            self._say(kind, text)
            return 3
        if kind == "number" and later[:1] in (["copies"], ["cep17"], ["ratio"]) and self.label in ("", "ish"):
            self.label = later[0]
            self._say(kind, text)
            return 2
        self._say(kind, text)
        return 1

    def _open(self, label: str) -> None:
        """Await the result of a label; `FISH ratio` and `IHC score` are one label."""
        if self.label and (self.label, label) not in (("ish", "ratio"), ("ish", "copies"), ("ihc", "ihc")):
            raise _Unreadable
        self.label = label

    def _say(self, kind: str, text: str) -> None:
        scope, self.label = self.label or self.scope, ""
        if kind == "void":
            return
        if kind == "by":
            raise _Unreadable
        if kind == "share" and scope not in ("ish", "ratio", "copies", "cep17"):
            # `IHC 90 % 3+`: the share may come before its score.
            self.label = scope if scope == "ihc" and self.scope != "ihc" and "score" not in self.found else ""
            self._note("share", _amount(text, "share"))
        elif kind == "number":
            self._number(scope, text)
        elif scope in LARGEST and not kind.startswith("amplified"):
            raise _Unreadable
        elif kind[:5] in ("score", "plus", "zero"):
            self._score(scope, {"score 01": frozenset({0, 1}), "zero": frozenset({0})}.get(kind) or _points(text))
        elif kind.startswith("low"):
            self._note("low", ULTRALOW if kind == "low -" else LOW)
        else:
            self._word(kind, scope)

    def _number(self, scope: str, text: str) -> None:
        if scope in LARGEST:
            self._note(scope, _amount(text, scope))
        elif scope in ("ihc", "status") and text in ("0", "1", "2", "3") and (scope == "ihc" or text != "1"):
            self._score(scope, frozenset({int(text)}))
        else:
            raise _Unreadable

    def _score(self, scope: str, score: frozenset[int]) -> None:
        if scope not in ("ihc", "status"):
            raise _Unreadable
        self._note("score", score)

    def _word(self, kind: str, scope: str) -> None:
        which, sign = kind.split()
        if which in ("amplified", "ish"):
            if scope == "ihc":
                raise _Unreadable
            self._note("hybridisation", _SIGNS[sign])
        else:
            place = "status" if which == "status" else {"ihc": "staining", "ish": "hybridisation"}.get(scope, "status")
            self._note(place, _SIGNS[sign])

    def _note(self, name: str, value: Any) -> None:
        if self.found.setdefault(name, value) != value:
            raise _Unreadable


def _points(text: str) -> frozenset[int]:
    return frozenset({int(text[0]) if text[0].isdigit() else len(text)})


def _settled(result: Her2Result) -> Her2Result:
    """Refuse a text whose parts exclude each other; turn a word for staining into its scores."""
    meant = {NEGATIVE: frozenset({0, 1}), EQUIVOCAL: frozenset({2}), POSITIVE: frozenset({3})}
    if result.staining is not None:
        if result.score is not None and not result.score <= meant[result.staining]:
            raise _Unreadable
        if result.score is not None or result.staining != POSITIVE:
            score = result.score or meant[result.staining]
            result = replace(result, score=score, staining=None)
    _refuse_contradiction(result)
    if result.low is None:
        return result
    score = frozenset({0}) if result.low == ULTRALOW else frozenset({1, 2})
    called = {result.status, result.staining, result.hybridisation}
    if (result.score is not None and not result.score <= score) or called & {POSITIVE, EQUIVOCAL}:
        raise _Unreadable
    return replace(result, status=NEGATIVE)


def _refuse_contradiction(result: Her2Result) -> None:
    """Refuse a status that the other results of the same text exclude."""
    measured = result.hybridisation or result.ratio or result.copies
    strong = result.score == frozenset({3}) or result.staining == POSITIVE
    weak = result.score is not None and result.score <= frozenset({0, 1})
    if result.status == POSITIVE and ((result.hybridisation == NEGATIVE and not strong) or (weak and not measured)):
        raise _Unreadable
    if result.status == NEGATIVE and (strong or result.hybridisation == POSITIVE):
        raise _Unreadable
