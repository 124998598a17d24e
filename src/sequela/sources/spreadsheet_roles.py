"""What the columns of a spreadsheet may be: a guess from their names, and from the kind of what stands in them.

The words are data (`spreadsheet_words.csv`: role, content, pattern; the first entry that fits decides);
drugs, markers and organs are found by their vocabularies.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from sequela.records.cells import EMPTY_MARKS, FALSE_WORDS, TRUE_WORDS
from sequela.records.drugs import default_vocabulary
from sequela.records.markers import marker
from sequela.records.organs import organ
from sequela.sources.header import folded
from sequela.sources.spreadsheet_cells import NamedSheet
from sequela.sources.spreadsheet_dates import iso_dates

MOST_WORDS = 12
"""A column with more different cells than this holds no list of words."""

MOSTLY = 0.8
"""Share of filled cells from which a column holds dates or numbers."""

_TICKS = ("x", "✓", "✔", "+", "ja", "oui", "si", "sí")
"""What people write into a cell to tick it, leaving the others empty."""

_PART = {
    "start": r"start\w*|begin\w*|began|first|from|since|c1d1|initiation|date|on|day|of",
    "stop": r"stop\w*|end\w*|last|until|till|to|off|discontinu\w*",
    "reason_stopped": r"reason\w*|why",
    "progression_day": r"pd|progress\w*",
    "drug": r"regimen|drugs?|treatment|therapy|agents?|name",
    "response": r"response|best|bor|recist",
}
_OF_A_DRUG = ("progression_length", "progression_event", "reason_stopped", "ecog")
_FILLER = r"date|day|of|on|the|at|dt|prior|previous|received|given|yes|no|y|n|status|result|any|ihc|metastas\w*|mets?"
_LINE = re.compile(
    r"(?<![a-z0-9])(?:(?:line|l)[ _]?(\d{1,2})|(\d{1,2})(?:st|nd|rd|th)?[ _-]?(?:line|l))(?![a-z0-9])", re.I
)
_ISO = r"^\d{4}(-\d{2})?(-\d{2})?([T ]|$)"
_YEAR_LAST = r"^(\d{1,2})[/. -](\d{1,2})[/. -]\d{4}"


@dataclass(frozen=True, slots=True)
class Role:
    """What one column may be.

    Attributes
    ----------
    column : str
        Its header.
    role : str
        A role of `spreadsheet_words.csv`, or drug_start, drug_stop, drug_reason_stopped, drug_given,
        marker, organ; `line` roles carry a number; "" where nothing is known.
    detail : str
        The drug, the marker, the organ; for a line the header with {n} in place of its number.
    number : int
        Of the line; 0 otherwise.
    content : str
        dates, numbers, yes or no, ticks (one mark or an empty cell), words, text, or empty.
    words : tuple of str
        The different cells of a column of words.
    """

    column: str
    role: str
    detail: str
    number: int
    content: str
    words: tuple[str, ...]


def roles_of(sheet: NamedSheet) -> tuple[Role, ...]:
    """Return a guess for every named column of a sheet, in order."""
    return tuple(_role(sheet, name, place) for place, name in enumerate(sheet.headers) if name)


def date_order(sheets: list[NamedSheet]) -> str:
    """Return in which order days and months are written where the year stands last.

    "" where no such date occurs, "either" where every date may be read in both ways, "both" where some
    can only be read in one way and some only in the other.
    """
    parts = []
    for sheet in sheets:
        for place in range(len(sheet.headers)):
            text = sheet.sheet.frame[str(place)].drop_nulls()
            parts.append(text.filter(text.str.contains(_YEAR_LAST)))
    dates = pl.concat(parts).to_frame("text") if parts else pl.DataFrame(schema={"text": pl.String})
    numbers = dates.select(pl.col("text").str.extract(_YEAR_LAST, at).cast(pl.Int32).alias(str(at)) for at in (1, 2))
    if numbers.is_empty():
        return ""
    day_first, month_first = bool((numbers["1"] > 12).any()), bool((numbers["2"] > 12).any())
    if day_first == month_first:
        return "both" if day_first else "either"
    return "day-month-year" if day_first else "month-day-year"


def _role(sheet: NamedSheet, name: str, place: int) -> Role:
    content, words = _content(sheet.sheet.frame[str(place)])
    label = sheet.labels[place] if sheet.labels and len(sheet.labels) > place else ""
    for text in dict.fromkeys((name, label)):
        if text and (found := _named(text, content)):
            role, detail, number = found
            return Role(name, role, detail, number, content, words)
    return Role(name, "", "", 0, content, words)


def _named(text: str, content: str) -> tuple[str, str, int] | None:
    line = _LINE.search(text)
    if line:
        return _of_line(text, line)
    name = _plain(text)
    for role, wanted, pattern in _entries():
        fits = (
            not wanted
            or content in (wanted, "empty")
            or (wanted == "words" and content in ("yes or no", "ticks", "numbers"))
        )
        if fits and pattern.search(name):
            return role, (_drug_in(name) if role in _OF_A_DRUG else ""), 0
    return _from_vocabularies(name, content)


def _plain(text: str) -> str:
    """Return a header in small letters and digits, parted by underscores."""
    return re.sub(r"(?:[^\w%]|_)+", "_", folded(text)).strip("_")


def _of_line(text: str, found: re.Match[str]) -> tuple[str, str, int]:
    number = found.group(1) or found.group(2)
    at = found.start(1) if found.group(1) else found.start(2)
    template = text[:at] + "{n}" + text[at + len(number) :]
    rest = _plain(text[: found.start()] + " " + text[found.end() :])
    for part in ("reason_stopped", "progression_day", "response", "stop", "drug", "start"):
        if re.search(rf"(?:^|_)(?:{_PART[part]})(?:_|$)", rest):
            return f"line_{part}", template, int(number)
    return ("line_drug" if not rest else "", template, int(number))


def _from_vocabularies(name: str, content: str) -> tuple[str, str, int] | None:
    words = name.split("_")
    part = next((part for part in ("reason_stopped", "stop", "start") if _has(words, part)), "")
    rest = " ".join(word for word in words if not re.fullmatch(_FILLER, word) and not (part and _is(word, part)))
    drug = default_vocabulary().canonical(rest) if rest else None
    if drug and (content == "dates" or part == "reason_stopped"):
        return f"drug_{part or 'start'}", drug, 0
    if drug and content in ("yes or no", "ticks", "words"):
        return "drug_given", drug, 0
    found: Callable[[str], str | None]
    for role, found in (("marker", marker), ("organ", organ)):
        if rest and found(rest):
            return role, found(rest) or "", 0
    return None


def _drug_in(name: str) -> str:
    """Return the drug that a longer header names, "" where it names none or several."""
    words = name.split("_")
    spans = [" ".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, start + 4)]
    found = {drug for span in dict.fromkeys(spans) if (drug := default_vocabulary().canonical(span))}
    return found.pop() if len(found) == 1 else ""


def _has(words: list[str], part: str) -> bool:
    return any(_is(word, part) for word in words)


def _is(word: str, part: str) -> bool:
    return re.fullmatch(_PART[part], word) is not None


def _content(column: pl.Series) -> tuple[str, tuple[str, ...]]:
    filled = column.filter(~column.is_in(list(EMPTY_MARKS))).drop_nulls()
    if filled.is_empty():
        return "empty", ()
    different = tuple(filled.unique().sort().to_list()[: MOST_WORDS + 1])
    small = {word.lower() for word in different}
    if small <= {*TRUE_WORDS, *FALSE_WORDS} and len(different) > 1:
        return "yes or no", different
    if small <= {*TRUE_WORDS, *_TICKS} and filled.len() < column.len():
        return "ticks", different
    iso = filled.to_frame("text").select(iso_dates(pl.col("text"), "day-month-year"))["text"]
    if _share(iso, _ISO) >= MOSTLY:
        return "dates", ()
    if _share(filled, r"^[+-]?\d+([.,]\d+)?$") >= MOSTLY:
        return "numbers", different if len(different) <= MOST_WORDS else ()
    return ("words", different) if len(different) <= MOST_WORDS else ("text", ())


def _share(column: pl.Series, pattern: str) -> float:
    return int(column.str.contains(pattern).sum()) / column.len()


@cache
def _entries() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    with Path(__file__).with_name("spreadsheet_words.csv").open(encoding="utf-8", newline="") as file:
        return tuple((row["role"], row["content"], re.compile(row["pattern"])) for row in csv.DictReader(file))
