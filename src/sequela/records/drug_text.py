"""What is written around a drug's name: doses, schedules, routes, salts, makers, separators."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from sequela.records.names import fold

_NUMBER = r"\d+(?:[.,]\d+)*"
_UNIT = r"(?:mg|mcg|μg|ug|g|ml|l|iu|ie|ui|mu|mio|miu|units?|mmol|mbq|gbq|mci|%)"
_PER = r"(?:\s*/\s*(?:\d+\s*)?(?:m\^?2|qm|kg|ml|l|h|d|day|die|tag|week|wk|cycle|dose|vial|min))*"
_JAPANESE_FORMS = "点滴静注用?|皮下注用?|静注用?|注射液|注|錠|カプセル|片|胶囊|療法|疗法|単独|単剤|单药|毎週|週1回"
"""Forms and schedules that Japanese and Chinese write to a name without a blank."""
_PERIOD = r"(?:w|wks?|weeks?|d|days?|h|months?)"

DOSES = re.compile(
    "|".join(
        (
            rf"(?<![\w-]){_NUMBER}(?:\s*(?:-|–|to)\s*{_NUMBER})?\s*{_UNIT}{_PER}(?!\w)",
            rf"\bauc\s*=?\s*{_NUMBER}",
            rf"\bq\s*\d+\s*-?\s*{_PERIOD}\b",
            rf"\b(?:every|alle|toutes les)\s+(?:\d+|two|three|four|other)?\s*-?\s*{_PERIOD}\b",
            r"\bc\d+\s*d\d+\b",
            r"(?<!vitamin[\s_-])\b(?:d|(?:days?|tag|jour)\s*)\d+(?:\s*[-–,/&]\s*d?\d+)*\b",
            r"\b[x×]\s*\d{1,2}\b|\b\d+\s*[x×](?!\w)",
            r"(?<![^\W_])(?:vor|bera)?hyaluronidase(?:[-_\s]+alfa)?(?:[-_\s]+(?!plus\b|with\b)[a-z]{4})?(?![^\W_])",
            rf"\b\d+\s*-?\s*(?:cycles?|courses?|doses?|{_PERIOD}|weekly|zyklen)\b",
            r"(?<![\w.])(?:s\.\s?c|i\.\s?v|p\.\s?o)\b\.?",
            rf"注射用|(?:{_JAPANESE_FORMS})(?:\s*{_NUMBER}\s*{_UNIT})?(?![^\W\d_])",
        )
    )
)
"""Amounts and schedules (`440 mg`, `75 mg/m2`, `AUC 5`, `q3w`, `d1-14`, `6 cycles`), and the enzyme of a
subcutaneous form (`hyaluronidase-oysk`)."""

SEPARATOR = re.compile(
    r"\s*(?:[,;]\s*(?:and|plus)\b|\+|/|&|,|、|;|\||(?<![\w-])(?:and|plus|with|und|mit|et|avec|e|con|com|y|en)(?![\w-]))\s*"
    r"(?![^(\[]*[)\]])"
)
"""What stands between the drugs of a written combination, outside brackets."""

DOUBT = re.compile(r"\?|→|⟶|->|=>|>|±|\+\s*/\s*-|/\s*placebo\b|\bplacebo\s*/|^\s*[+/&]|[+/&]\s*$")
"""Signs of a guess, a sequence, a masked choice or a text cut short: such a text names no combination."""

BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")

_BIOLOGICAL = re.compile(r"(?:mab|tug|bart|grastim|cept|poetin|leukin|fusp)(?:\s|$)")
_TOKEN = re.compile(r"([\s_\-./]*)([^\W_]+)")
_PLACEHOLDER = " § "
_MEANING, _SALT = "meaning", "salt"


class Token(NamedTuple):
    """One word of a name; `joined` where a hyphen or underscore ties it to the word before."""

    text: str
    joined: bool


@cache
def words_around() -> Mapping[str, str]:
    """Return the words written around drug names, each with its kind.

    Routes, forms, schedules, salts and makers say nothing about which drug it is; words
    of the kind `meaning` do change it, and are no biosimilar suffix although they have
    four letters.
    """
    with Path(__file__).with_name("drug_words.csv").open(encoding="utf-8", newline="") as stream:
        return MappingProxyType({row["word"]: row["kind"] for row in csv.DictReader(stream)})


def without_doses(text: str) -> str:
    """Return the folded text with a mark, which is no word, in place of amounts and schedules."""
    return DOSES.sub(_PLACEHOLDER, " ".join(fold(text).split())).strip(" \t\n.,;:")


def tokens(text: str) -> list[Token]:
    """Return the words of a text that holds no separators and no brackets."""
    return [
        Token(word, joined=bool(gap.strip()) and not gap.strip(" _-") and not gap[-1:].isspace())
        for gap, word in _TOKEN.findall(text)
    ]


def stripped(words: list[Token]) -> list[list[Token]]:
    """Return the words with ever less around the name: as written first, the bare name last.

    First go routes, forms, schedules and makers, then salts, then bare numbers, the last
    number before all others: `DS-8201 160` keeps the number of its code.
    """
    around = words_around()
    named = [word for word in words if around.get(word.text, _MEANING) in (_MEANING, _SALT)]
    plain = [word for word in named if around.get(word.text) != _SALT]
    bare = [word for word in plain if not word.text.isdigit()]
    return [words, named, _without_last_number(named), plain, _without_last_number(plain), bare]


def _without_last_number(words: list[Token]) -> list[Token]:
    return words[:-1] if words and words[-1].text.isdigit() else words


def has_suffix(words: list[Token]) -> bool:
    """Tell whether the last word looks like a biological's four-letter suffix: `-dkst`.

    The rule of the FDA's naming guidance (2017): four lowercase letters after a hyphen,
    three of them distinct, without meaning.
    """
    if len(words) < 2 or not words[-1].joined:
        return False
    suffix = words[-1].text
    letters = len(suffix) == 4 and suffix.isascii() and suffix.isalpha()
    return letters and len(set(suffix)) >= 3


def is_biological(ingredient: str) -> bool:
    """Tell by the stem of its name whether an ingredient can carry a biosimilar suffix."""
    return _BIOLOGICAL.search(ingredient) is not None
