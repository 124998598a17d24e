"""What the columns of a spreadsheet mean: a map of canonical tables, each made of one or more blocks.

A block turns every row of a sheet into at most one row of a canonical table, so that one wide sheet
(a patient per row) and several long ones (a drug per row) are read by the same few words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypeVar

from sequela.errors import Problem, StudyError
from sequela.frozen import frozen
from sequela.records.bundle import Kind
from sequela.records.lined_yaml import Entry, Page, read_lined
from sequela.records.schema import TABLES, Column, Table
from sequela.sources.spreadsheet_header import Headers, Rows

Word = TypeVar("Word", bound=str)
DateOrder = Literal["year-month-day", "day-month-year", "month-day-year"]

ORDERS: tuple[DateOrder, ...] = ("year-month-day", "day-month-year", "month-day-year")
UNITS = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}
"""Lengths of time by their unit, in days."""

KEYS = {
    "version": "1",
    "file": "the spreadsheet: .xlsx, .xls, .ods, .csv, .tsv, SPSS .sav, Stata .dta or SAS .sas7bdat",
    "sheet": "the sheet of a workbook; may be left out where only one holds cells",
    "header": "the row that holds the names of the columns, 1 where it is left out; 2-3 where groups stand above them; "
    "{Sheet: row} where sheets differ",
    "units": "a row below the names that holds units and codes; {Sheet: row} where sheets differ",
    "patient": "the column with the patient's identifier",
    "dates": "how dates written as text are to be read: " + ", ".join(ORDERS),
    "leading_zeros": "ignored where sheets write the same patients with zeros before their number and without",
    "serial_dates": "columns in which dates stand as numbers, as a spreadsheet counts days (43101 is 2018-01-01)",
    "kind": "observed, transcribed, reconstructed or simulated",
    "title": "what the records are, in one line",
    "source": "where they were published",
    "tables": "the canonical tables, each a list of blocks",
    "ignore": "columns that are left out on purpose",
}
"""Every key of a map, with its meaning."""

BLOCK_KEYS = {
    "sheet": "another sheet than that of the map",
    "patient": "another column of the patient than that of the map",
    "only": "rows to be read, by the words of one column",
    "n": "numbers, such as 1-6, or a list such as [I, II, III], to be written in place of {n}",
}
"""Keys of a block beside the columns of its table."""

MOST_NUMBERS = 99

_SPAN = re.compile(r"(?:([1-9]\d{0,2})-)?([1-9]\d{0,2})")

OPEN_WORDS = "WHICH WORDS"
"""What the first map writes where a person must say which words are meant."""

OPEN_DAY = "FROM WHICH DAY"
OPEN_PATIENT = "WHICH COLUMN HOLDS THE PATIENT"
"""What it writes in place of a column that it did not find."""

_TO_BE_NAMED = {
    OPEN_DAY: "the column of the day that the length of time is counted from",
    OPEN_PATIENT: "the column with the patient's identifier",
}

AGE = "age"
"""The unit of a length that is an age: years lived on a day."""

_VALUE_KEYS = ("column", "text", "words", "from", *UNITS, AGE, "on", "times", "split", "only")
_CONDITION_KEYS = ("column", "is", "is_not", "empty")


@frozen
class Condition:
    """A column whose words say yes or no.

    Attributes
    ----------
    column : str
    holds, fails : tuple of str
        Words for yes and for no; both empty where the usual words for yes and no are meant.
    empty_fails : bool
        Whether an empty cell means no; otherwise it is unknown.
    line : int
    """

    column: str
    holds: tuple[str, ...]
    fails: tuple[str, ...]
    empty_fails: bool
    line: int


@frozen
class Value:
    """Where a cell of a canonical row comes from.

    Attributes
    ----------
    line : int
    column : str
        Header of a column; empty where the value is a text or a length of time.
    text : str
        The same text for every row.
    words : mapping of str to str
        What is written, and what it means.
    count_from : str
        Column of the day (or a whole number of days) to which a length of time is added, or on which an age was.
    length, unit : str
        Column and unit of that length; the unit `AGE` where it is an age.
    split : tuple of str
        What stands between several values in one cell; each becomes a row of its own.
    times : int
        What numbers are multiplied by: 100 where percents stand as parts of 1.
    only : Condition or None
    """

    line: int
    column: str = ""
    text: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    count_from: str = ""
    length: str = ""
    unit: str = ""
    split: tuple[str, ...] = ()
    times: int = 1
    only: Condition | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the headers that the value is read from."""
        start = () if is_day(self.count_from) else (self.count_from,)
        own = (self.column, *start, self.length, self.only.column if self.only else "")
        return tuple(name for name in own if name)


@frozen
class Block:
    """Rows of one sheet as rows of one canonical table.

    Attributes
    ----------
    table, sheet, patient : str
    values : mapping of str to Value
        By canonical column, without the patient.
    only : Condition or None
    number : int
        Which repetition it is, from 1; 0 where the block is not repeated.
    line : int
    """

    table: str
    sheet: str
    patient: str
    values: Mapping[str, Value]
    only: Condition | None
    number: int
    line: int

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the headers that the block reads, the patient's first."""
        own = [name for value in self.values.values() for name in value.columns]
        condition = [self.only.column] if self.only else []
        return tuple(dict.fromkeys([self.patient, *own, *condition]))


@frozen
class SpreadsheetMap:
    """A map as it was read.

    Attributes
    ----------
    name : str
        File of the map.
    file : Path
        The spreadsheet.
    headers : Headers
    dates : str
    kind : Kind
    title, citation : str
    blocks : tuple of Block
    ignored : tuple of str
    serial_dates : tuple of str
        Columns of dates that stand as numbers.
    zeros_ignored : bool
        Whether 007 and 7 are one patient.
    """

    name: str
    file: Path
    headers: Headers
    dates: DateOrder
    kind: Kind
    title: str
    citation: str
    blocks: tuple[Block, ...]
    ignored: tuple[str, ...]
    serial_dates: tuple[str, ...] = ()
    zeros_ignored: bool = False


def is_day(text: str) -> bool:
    """Return whether a text is a whole number of days."""
    return text.removeprefix("-").isdigit() and text.isascii()


def read_map(path: Path) -> SpreadsheetMap:
    """Read a map.

    Raises
    ------
    StudyError
        Everything that is wrong with it, at once, by line.
    """
    page, entry = read_lined(path, "what the columns of a spreadsheet mean")
    fields = page.fields(entry, KEYS, ("version", "file", "patient", "tables"))
    if "version" in fields and fields["version"].text != "1":
        page.wrong(fields["version"], f"version {fields['version'].text!r}", "1")
    texts = {name: fields[name].text if name in fields else "" for name in KEYS}
    dates = _choice(page, fields.get("dates"), ORDERS, ORDERS[0])
    kind = _choice(page, fields.get("kind"), tuple(Kind), Kind.OBSERVED)
    headers = _headers(page, fields.get("header"), fields.get("units"))
    blocks = _tables(page, fields["tables"], texts["sheet"], texts["patient"]) if "tables" in fields else ()
    if blocks and not any(block.table == "patients" for block in blocks):
        page.wrong(fields["tables"], "no table of patients", "patients, with last_contact and death")
    page.done()
    return SpreadsheetMap(
        name=path.name,
        file=path.parent / texts["file"],
        headers=headers,
        dates=dates,
        kind=Kind(kind),
        title=texts["title"],
        citation=texts["source"],
        blocks=blocks,
        ignored=page.texts(fields["ignore"]) if "ignore" in fields else (),
        zeros_ignored=_choice(page, fields.get("leading_zeros"), ("ignored", "kept"), "kept") == "ignored",
        serial_dates=page.texts(fields["serial_dates"]) if "serial_dates" in fields else (),
    )


def _headers(page: Page, header: Entry | None, units: Entry | None) -> Headers:
    """Return the rows of names and units, for all sheets and for those that are named."""
    usual = _rows(page, None if header and header.fields else header, None if units and units.fields else units)
    named = dict.fromkeys([*(header.fields if header else ()), *(units.fields if units else ())])
    found = {
        name: _rows(page, *(given.fields.get(name) if given and given.fields else given for given in (header, units)))
        for name in named
    }
    return Headers(usual, found)


def _rows(page: Page, header: Entry | None, units: Entry | None) -> Rows:
    found = _SPAN.fullmatch(header.text.strip()) if header else None
    if header and not found:
        page.wrong(header, f"{header.text!r}", "a row such as 3, or two such as 2-3, the names in the second")
    groups, names = (found.group(1), found.group(2)) if found else (None, "1")
    rows = Rows(int(names), int(groups or 0), page.whole(units, 1, 1000) if units else 0)
    if header and groups and rows.groups + 1 != rows.names:
        page.wrong(header, f"{header.text!r}", "two rows one below the other, such as 2-3")
    if units and rows.units != rows.names + 1:
        page.wrong(units, f"{units.text!r}", f"the row below the names, {rows.names + 1}")
    return rows


def _choice(page: Page, entry: Entry | None, words: tuple[Word, ...], otherwise: Word) -> Word:
    if entry is None:
        return otherwise
    if entry.text not in words:
        page.wrong(entry, f"{entry.text!r}", " | ".join(words))
        return otherwise
    return next(word for word in words if word == entry.text)


def _tables(page: Page, entry: Entry, sheet: str, patient: str) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for name, listed in page.fields(entry, TABLES).items():
        for item in listed.items or (listed,):
            blocks.extend(_repeated(page, item, _block(page, item, TABLES[name], (sheet, patient))))
    return tuple(blocks)


def _block(page: Page, entry: Entry, table: Table, usual: tuple[str, str]) -> Block:
    columns = [name for name in table.names if name != "patient_id"]
    fields = page.fields(entry, (*BLOCK_KEYS, *columns))
    values = {name: _value(page, fields[name], table.column(name)) for name in columns if name in fields}
    for column in table.columns:
        if column.required and column.name != "patient_id" and column.name not in fields:
            page.wrong(entry, f"a block of {table.name} without {column.name}", column.meaning)
    splits = [name for name, value in values.items() if value.split]
    if len(splits) > 1:
        page.wrong(entry, f"{' and '.join(splits)} are both split", "one column of a block with several values")
    return Block(
        table=table.name,
        sheet=fields["sheet"].text if "sheet" in fields else usual[0],
        patient=fields["patient"].text if "patient" in fields else usual[1],
        values=values,
        only=_condition(page, fields["only"]) if "only" in fields else None,
        number=0,
        line=entry.line,
    )


def _value(page: Page, entry: Entry, column: Column) -> Value:
    if entry.kind == "text":
        return Value(entry.line, column=entry.text)
    fields = page.fields(entry, _VALUE_KEYS)
    value = Value(
        entry.line,
        column=fields["column"].text if "column" in fields else "",
        text=fields["text"].text if "text" in fields else "",
        words={key: item.text for key, item in page.fields(fields["words"]).items()} if "words" in fields else {},
        split=page.texts(fields["split"]) if "split" in fields else (),
        times=page.whole(fields["times"], 1, 1000) if "times" in fields else 1,
        only=_condition(page, fields["only"]) if "only" in fields else None,
    )
    units = [unit for unit in UNITS if unit in fields]
    if ("from" in fields) != (len(units) == 1) or len(units) > 1:
        page.wrong(entry, "a length of time that is not whole", "from: COLUMN and one of " + ", ".join(UNITS))
    elif units:
        value = replace(value, count_from=fields["from"].text, length=fields[units[0]].text, unit=units[0])
        if column.content != "day":
            page.wrong(entry, f"a length of time for {column.name}, which is no day", "a column of days")
    if AGE in fields or "on" in fields:
        value = _age(page, entry, value, column)
    if sum(bool(part) for part in (value.column, value.text, value.length)) != 1 and not units:
        page.wrong(entry, "a value that comes from nowhere or from two places", "column, text, or from with a length")
    return value


def _age(page: Page, entry: Entry, value: Value, column: Column) -> Value:
    """Return a birth that is told by an age on a day."""
    if not ({AGE, "on"} <= {*entry.fields} and column.name == "birth_day"):
        page.wrong(entry, "an age that does not tell a birth", "birth_day: {age: COLUMN, on: COLUMN OF THAT DAY}")
        return value
    return replace(value, count_from=entry.fields["on"].text, length=entry.fields[AGE].text, unit=AGE)


def _condition(page: Page, entry: Entry) -> Condition:
    if entry.kind == "text":
        return Condition(entry.text, (), (), False, entry.line)
    fields = page.fields(entry, _CONDITION_KEYS, ("column",))
    holds = page.texts(fields["is"]) if "is" in fields else ()
    fails = page.texts(fields["is_not"]) if "is_not" in fields else ()
    if OPEN_WORDS in (*holds, *fails):
        remedy = "Write the words of the column: without them every patient with such a word would be refused."
        page.wrong(entry, f"{OPEN_WORDS} is still to be filled in", "is: [...] and is_not: [...]", remedy)
    empty = fields.get("empty")
    if empty is not None and empty.text not in ("unknown", "no"):
        page.wrong(empty, f"{empty.text!r}", "unknown | no")
    if bool(holds) != bool(fails) and not (holds and empty is not None and empty.text == "no"):
        remedy = "A word that is in neither list is unknown, never no."
        page.wrong(entry, "words for yes without words for no, or the reverse", "is: [...] and is_not: [...]", remedy)
    column = fields["column"].text if "column" in fields else ""
    return Condition(column, holds, fails, empty is not None and empty.text == "no", entry.line)


def _repeated(page: Page, entry: Entry, block: Block) -> Iterable[Block]:
    """Return the block once, or once per number where it holds {n}."""
    numbers = entry.fields.get("n")
    if numbers is None:
        if any("{n}" in name for name in block.columns):
            page.wrong(entry, "{n} without its numbers", "n: 1-6")
        return (block,)
    labels = page.texts(numbers) if numbers.kind == "list" else _range(page, numbers)
    return tuple(_labelled(block, label, at) for at, label in enumerate(labels, 1)) or (block,)


def _range(page: Page, numbers: Entry) -> tuple[str, ...]:
    first, dash, last = numbers.text.partition("-")
    if not (first.isdigit() and (last.isdigit() or not dash) and int(first) <= int(last or first) <= MOST_NUMBERS):
        page.wrong(numbers, f"{numbers.text!r}", "numbers such as 1-6, or a list such as [I, II, III]")
        return ()
    return tuple(str(number) for number in range(int(first), int(last or first) + 1))


def _labelled(block: Block, label: str, number: int) -> Block:
    def put(text: str) -> str:
        return text.replace("{n}", label)

    def condition(one: Condition | None) -> Condition | None:
        return replace(one, column=put(one.column)) if one else None

    values = {
        name: replace(
            value,
            column=put(value.column),
            text=put(value.text),
            count_from=put(value.count_from),
            length=put(value.length),
            only=condition(value.only),
        )
        for name, value in block.values.items()
    }
    return replace(block, values=values, only=condition(block.only), number=number)


def unknown_columns(found: SpreadsheetMap, sheets: Mapping[str, Mapping[str, int]]) -> tuple[Block, ...]:
    """Return the blocks whose columns are in their sheets; a repeated block without any of its columns is dropped.

    Raises
    ------
    StudyError
        Every column that is named and is not there, by the line that names it.
    """
    problems: list[Problem] = []
    kept: list[Block] = []
    for block in found.blocks:
        there = sheets[block.sheet]
        missing = [name for name in block.columns if name not in there]
        repeated = [name for name in block.columns if name != block.patient]
        if block.number > 1 and missing and set(repeated) <= set(missing):
            continue
        problems.extend(_missing(found.name, block, name, there) for name in missing)
        kept.append(block)
    if problems:
        raise StudyError(list(dict.fromkeys(problems)))
    return tuple(kept)


def _missing(map_name: str, block: Block, name: str, there: Iterable[str]) -> Problem:
    lines = [value.line for value in block.values.values() if name in value.columns]
    if name in _TO_BE_NAMED:
        where = f"{map_name}:{lines[0] if lines else block.line}"
        return Problem(where, f"{name} is still to be filled in", _TO_BE_NAMED[name], "Or delete the block.")
    near = get_close_matches(name, list(there), 1)
    remedy = f"Did you mean {near[0]!r}?" if near else "The columns are listed by: sequela map SPREADSHEET."
    where = f"{map_name}:{lines[0] if lines else block.line}"
    return Problem(where, f"the sheet has no column {name!r}", "a name from its header row", remedy)
