"""How a draft of a map writes names, words with a meaning, and conditions."""

import re
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from sequela.frozen import frozen
from sequela.records.cells import EMPTY_MARKS, FALSE_WORDS, TRUE_WORDS
from sequela.sources.spreadsheet_cells import NamedSheet
from sequela.sources.spreadsheet_contents import NO_DAY
from sequela.sources.spreadsheet_map import OPEN_WORDS, UNITS
from sequela.sources.spreadsheet_roles import Role
from sequela.sources.spreadsheet_words import meaning_of, parts_of, plain, yes_and_no

_PLAIN = re.compile(r"[A-Za-z0-9][\w ()./+%-]*\Z")
DAY_0 = "0"
"""Where lengths of time are counted from in a sheet without dates."""

_NO_TEXTS = {"y", "n", "yes", "no", "true", "false", "on", "off", "null"}


@frozen
class Draft:
    """The roles of one sheet, the keys that every block of it needs, and what is to be said beside them."""

    roles: Sequence[Role]
    keys: str
    remarks: list[str]
    sheet: NamedSheet

    def first(self, role: str) -> Role | None:
        """Return the first column of a role that is not empty; an empty one where there is no other."""
        found = self.all(role)
        return next((one for one in found if one.content.kind != "empty"), found[0] if found else None)

    def all(self, role: str) -> list[Role]:
        """Return the columns of a role, in order."""
        return [one for one in self.roles if one.role == role]

    def column(self, role: str) -> str:
        """Return the header of the first column of a role as YAML, "" where there is none."""
        one = self.first(role)
        return quoted(one.column) if one else ""

    @property
    def has_dates(self) -> bool:
        """Whether any column of the sheet holds dates."""
        return any(role.content.kind == "dates" for role in self.roles)

    def numbered(self, role: Role) -> list[Role]:
        """Return a column and those that differ from it in the number of the line only."""
        same = [one for one in self.roles if one.number and (one.role, one.detail) == (role.role, role.detail)]
        return same or [role]

    def rows_where(self, role: Role, words: Sequence[str]) -> pl.Series:
        """Return for each row whether a column holds one of some words."""
        return self.cells(role).is_in(list(words)).fill_null(value=False)

    def is_filled(self, role: Role) -> pl.Series:
        """Return for each row whether a column is filled."""
        return ~self.cells(role).fill_null("").is_in(list(EMPTY_MARKS))

    def cells(self, role: Role) -> pl.Series:
        """Return the cells of a column."""
        return self.sheet.sheet.frame[str(self.sheet.places[role.column])]

    def block(self, text: str) -> str:
        """Return a line of the map with one block."""
        return f"    - {{{self.keys}{text}}}"

    def say(self, remark: str) -> None:
        """Add a remark for the person who reads the map."""
        if remark not in self.remarks:
            self.remarks.append(remark)


def unit_of(length: Role) -> str:
    """Return the unit of a length of time by its header or the row of units; months where neither says one."""
    parts = parts_of(plain(f"{length.column} {length.note}"))[0]
    return next((unit for unit in UNITS if unit in parts), "months")


def day_of(draft: Draft, role: Role, name: str) -> str:
    """Return a column of days, in which words for none, ongoing and alive are empty: such a day is not there yet."""
    cells = pl.concat([draft.cells(one) for one in draft.numbered(role)]).drop_nulls().unique().sort()
    words = {cell: "" for cell in cells if not cell[:1].isdigit() and meaning_of(cell, NO_DAY)}
    return with_words(name, words)


def quoted(text: str) -> str:
    """Return a text as YAML writes it inside brackets and outside."""
    return text if _PLAIN.match(text) and text == text.strip() else "'" + text.replace("'", "''") + "'"


def listed(words: Iterable[str]) -> str:
    """Return texts as a YAML list."""
    return "[" + ", ".join(quoted(word) for word in words) + "]"


def sorted_words(role: Role, yes: str, no: str) -> tuple[list[str], list[str], list[str]]:
    """Return the words that mean one thing, those that mean the other, and those that surely mean neither."""
    meanings = {word: meaning_of(role.said(word), (yes, no)) for word in role.words}
    return (
        [word for word, meaning in meanings.items() if meaning == yes],
        [word for word, meaning in meanings.items() if meaning == no],
        [word for word, meaning in meanings.items() if not meaning],
    )


def yes_and_no_of(role: Role) -> tuple[list[str], list[str]] | None:
    """Return which cells of a column say yes and which say no; None where one of them says neither."""
    by_said = {role.said(word): word for word in role.words}
    told = yes_and_no(list(by_said)) if len(by_said) == len(role.words) else None
    return ([by_said[word] for word in told[0]], [by_said[word] for word in told[1]]) if told else None


def condition(column: str, holds: Sequence[str], fails: Sequence[str]) -> str:
    """Return a condition with the words of a column sorted; words in neither list stay unknown."""
    lists = f"is: {listed(holds or [OPEN_WORDS])}, is_not: {listed(fails or [OPEN_WORDS])}"
    return f"{{column: {quoted(column)}, {lists}}}"


def flag(role: Role) -> str:
    """Return a column of yes and no as a condition, its words only where they are not the usual ones."""
    if role.content.kind == "ticks" and not role.legend:
        return f"{{column: {quoted(role.column)}, is: {listed(role.words)}, empty: no}}"
    yes, no = yes_and_no_of(role) or ([], [])
    usual = {word.lower() for word in yes} <= {*TRUE_WORDS} and {word.lower() for word in no} <= {*FALSE_WORDS}
    # Where all cells say one of the two, the other is the usual word for it.
    told = (yes or TRUE_WORDS[1:2], no or FALSE_WORDS[1:2]) if yes or no else ([], [])
    return quoted(role.column) if (yes or no) and usual else condition(role.column, *told)


def worded(role: Role, column: str, words: Sequence[str], meanings: dict[str, str]) -> str:
    """Return a column whose words are given their meaning.

    Parameters
    ----------
    role : Role
    column : str
        Its header, or the header with {n} in place of its number.
    words : sequence of str
        The cells to be given a meaning.
    meanings : dict of str to str
        What the canonical table writes for each meaning of `spreadsheet_words.csv`.
    """
    told = {word: meanings.get(meaning_of(role.said(word), meanings), "") for word in words}
    return with_words(column, {word: to for word, to in told.items() if to and to != word.lower()})


def with_words(column: str, needed: Mapping[str, str]) -> str:
    """Return a column with the meaning of some of its words."""
    if not needed:
        return quoted(column)
    pairs = ", ".join(f"{_key(word)}: {quoted(to)}" for word, to in needed.items())
    return f"{{column: {quoted(column)}, words: {{{pairs}}}}}"


def _key(word: str) -> str:
    # Bare, a YAML reader other than this program's would read these as truth values.
    return f"'{word}'" if word.lower() in _NO_TEXTS else quoted(word)


def unsorted(role: Role, words: Sequence[str], meanings: Iterable[str]) -> list[str]:
    """Return the words that have none of the meanings."""
    among = tuple(meanings)
    return [word for word in words if not meaning_of(role.said(word), among)]
