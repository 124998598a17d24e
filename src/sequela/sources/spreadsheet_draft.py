"""A first map of a spreadsheet: what its columns may mean, to be read and corrected by the person who keeps it.

What is not recognised, or cannot be placed in time, is written as a remark and never guessed; what was told by the
cells and not by the name of a column is written, and said in a remark.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from sequela.records.refusals import accepts
from sequela.records.schema import REASONS_STOPPED, TABLES
from sequela.sources.spreadsheet_cells import NamedSheet
from sequela.sources.spreadsheet_draft_courses import exposures, progressions
from sequela.sources.spreadsheet_draft_markers import biomarkers
from sequela.sources.spreadsheet_draft_people import patients
from sequela.sources.spreadsheet_draft_sheets import (
    COPY,
    MAIN,
    MORE_PATIENTS,
    columns_of_patients,
    roles_of_sheets,
    standing,
)
from sequela.sources.spreadsheet_draft_text import (
    Draft,
    flag,
    listed,
    quoted,
    unsorted,
    worded,
    yes_and_no_of,
)
from sequela.sources.spreadsheet_header import Headers
from sequela.sources.spreadsheet_join import zeros_part
from sequela.sources.spreadsheet_map import OPEN_PATIENT, ORDERS
from sequela.sources.spreadsheet_roles import Role, date_order
from sequela.sources.spreadsheet_serial import serial_columns, with_serial_dates

_RESPONSE_WORDS = {name: name for name in ("CR", "PR", "SD", "PD")}
_BETWEEN_ORGANS = (";", ",", "+", "/", "&", "|", "、", "・", " and ", " und ", " et ", " e ", " y ", " en ")


def draft_map(file: str, sheets: dict[str, NamedSheet], headers: Headers, *, from_1904: bool = False) -> str:
    """Return the text of a map for the sheets of a file.

    Parameters
    ----------
    file : str
        Name of the spreadsheet, as the map is to name it.
    sheets : dict of str to NamedSheet
    headers : Headers
        Rows of the names of the columns.
    from_1904 : bool
        Whether the file counts days from 1904.
    """
    serial = {name: serial_columns(sheet) for name, sheet in sheets.items()}
    sheets = {name: with_serial_dates(sheet, serial[name], from_1904=from_1904) for name, sheet in sheets.items()}
    known, main = roles_of_sheets(sheets)
    zeros = zeros_part(columns_of_patients(sheets, known, main))
    blocks: dict[str, list[str]] = {name: [] for name in TABLES}
    remarks: list[str] = []
    people: list[tuple[Draft, list[str]]] = []
    numbered = list(dict.fromkeys(column for columns in serial.values() for column in columns))
    if zeros:
        remarks.append("Sheets write the same patients with zeros before their number and without: 007 and 7 are one.")
    if numbered:
        remarks.append(f"{listed(numbered)}: numbers are taken for dates as a spreadsheet counts days.")
    for name, roles in known.items():
        if not any(role.role == "patient" for role in roles) and name != main:
            remarks.append(f"The sheet {name!r} is not read: none of its columns looks like the patient's identifier.")
            continue
        role_of_sheet = standing(name, main, known, sheets)
        if role_of_sheet == COPY:
            remarks.append(
                f"The sheet {name!r} is not read: it has the columns and the patients of {main!r}, as a copy has."
            )
            continue
        _say(name if len(sheets) > 1 else "", roles, sheets[name], remarks)
        draft = Draft(roles, _sheet_keys(name, main, roles, known), remarks, sheets[name])
        people += [(draft, patients(draft))] if role_of_sheet in (MAIN, MORE_PATIENTS) else []
        _sheet_blocks(draft, blocks)
    blocks["patients"] = _people(people)
    lines = [
        "# A first map, guessed from the names and the cells of the columns: read every line before you use it.",
        "# Then: sequela import spreadsheet MAP.yaml RECORDS/ (values of each table: docs/records.md)",
        "version: 1",
        f"file: {quoted(file)}",
        *([f"sheet: {quoted(main)}"] if main and len(known) > 1 else []),
        *_header_rows(headers, main, [name for name in known if name != main]),
        f"patient: {quoted(_patient(known[main]))}",
        *_dates(date_order(list(sheets.values()))),
        *([f"serial_dates: {listed(numbered)}"] if numbered else []),
        *(["leading_zeros: ignored"] if zeros else []),
        "tables:",
    ]
    for table, written in blocks.items():
        lines += [f"  {table}:", *written] if written else []
    return "\n".join([*lines, *_closing(known, remarks, "\n".join(lines))]) + "\n"


def _header_rows(headers: Headers, main: str, others: Sequence[str]) -> list[str]:
    """Return the keys that say in which rows the names stand, by sheet only where sheets differ."""
    own = {name: headers.of(name) for name in (main, *others)}
    lines = []
    for key, usual, told in (
        ("header", "1", {name: rows.text for name, rows in own.items()}),
        ("units", "0", {name: str(rows.units) for name, rows in own.items()}),
    ):
        if len(set(told.values())) > 1:
            listed_rows = ", ".join(f"{quoted(name)}: {text}" for name, text in told.items() if text != "0")
            lines.append(f"{key}: {{{listed_rows}}}")
        elif told[main] != usual:
            lines.append(f"{key}: {told[main]}")
    return lines


def _say(name: str, roles: Sequence[Role], sheet: NamedSheet, remarks: list[str]) -> None:
    """Add remarks on what the cells told, and on what no map can repair."""
    where = f" (sheet {name!r})" if name else ""
    meant = {"line_drug": "the drugs of a line", "drug": "drugs", "vital_status": "who died", "patient": "the patient"}
    for role in roles:
        if role.guess:
            what = meant.get(role.role) or role.role.replace("_", " ").replace("line ", "")
            remarks.append(f"{role.column!r}{where} is taken for {what}: {role.guess}.")
        if role.role == "progression_or_death":
            remarks.append(
                f"{role.column!r}{where} is the day of a progression or of a death, and is read as neither: give each "
                "a column of its own."
            )
        if role.role == "progression_unclear":
            remarks.append(
                f"{role.column!r}{where} is not read: its name does not say whether its words mean progression or "
                "none; write which as `words` of a response (PD, NON-CR/NON-PD)."
            )
        if role.content.short_years:
            remarks.append(f"{role.column!r}{where}: years of two digits are refused; write four.")
    if len(sheet.headers) == 1 or sheet.sheet.ragged.height > sheet.sheet.frame.height:
        remarks.append(
            f"The row of the names{where} has one cell only, or other cells than most rows: see whether titles stand "
            "above the names, and take them out."
        )
    for twice in sorted(sheet.twice):
        remarks.append(f"More than one column{where} is called {twice!r}; give each a name of its own.")


def _patient(roles: Sequence[Role]) -> str:
    found = next((role.column for role in roles if role.role == "patient"), "")
    return found or OPEN_PATIENT


def _sheet_keys(name: str, main: str, roles: Sequence[Role], known: dict[str, tuple[Role, ...]]) -> str:
    keys = [f"sheet: {quoted(name)}"] if name != main else []
    if _patient(roles) != _patient(known[main]):
        keys.append(f"patient: {quoted(_patient(roles))}")
    return "".join(f"{key}, " for key in keys)


def _dates(order: str) -> list[str]:
    if order in ORDERS:
        return [f"dates: {order}"]
    if order == "either":
        return [
            "# Every date can be read in both orders. Take away the # of the right one; until then such dates are",
            "# refused:",
            "# dates: day-month-year",
            "# dates: month-day-year",
        ]
    if order == "both":
        return [
            "# Some dates can only be day-month-year and some only month-day-year: correct them in the spreadsheet."
        ]
    return []


def _people(found: Sequence[tuple[Draft, list[str]]]) -> list[str]:
    """Return the lines of the patients: a line a column where one sheet holds them, else a block a sheet."""
    if len(found) == 1:
        return found[0][1]
    return [draft.block(", ".join(line.strip() for line in lines)) for draft, lines in found]


def _sheet_blocks(draft: Draft, blocks: dict[str, list[str]]) -> None:
    blocks["diagnoses"] += _diagnoses(draft)
    blocks["exposures"] += exposures(draft)
    blocks["biomarkers"] += biomarkers(draft)
    blocks["metastases"] += _metastases(draft)
    blocks["assessments"] += [*progressions(draft), *_responses(draft)]
    blocks["performance"] += _performance(draft)


def _diagnoses(draft: Draft) -> list[str]:
    kinds = (("primary_day", "primary"), ("recurrence_day", "recurrence"), ("metastatic_day", "metastatic"))
    return [
        draft.block(f"day: {draft.column(role)}, kind: {{text: {kind}}}") for role, kind in kinds if draft.first(role)
    ]


def _metastases(draft: Draft) -> list[str]:
    organs = draft.first("organs")
    flags = {role.detail: role for role in draft.all("organ") if role.content.kind == "ticks" or yes_and_no_of(role)}
    days = {role.detail: quoted(role.column) for role in draft.all("organ_day")}
    day = draft.column("metastatic_day") or draft.column("assessment_day")
    if (organs or flags.keys() - days.keys()) and not day:
        draft.say("Organs with metastases were found, but no day on which they were found: give metastases.day.")
    lines = []
    if organs and day:
        marks = [mark for mark in _BETWEEN_ORGANS if draft.cells(organs).str.contains(mark, literal=True).any()]
        split = f", split: [{', '.join(repr(mark) for mark in marks)}]" if marks else ", split: [';', ',']"
        lines.append(draft.block(f"day: {day}, organ: {{column: {quoted(organs.column)}{split}}}"))
    for name in dict.fromkeys((*flags, *days)):
        found = days.get(name, day)
        only = f", only: {flag(flags[name])}" if name in flags else ""
        lines += [draft.block(f"day: {found}, organ: {{text: {quoted(name)}}}{only}")] if found else []
    return lines


def _responses(draft: Draft) -> list[str]:
    day, response = draft.first("assessment_day"), draft.first("response")
    if not (day and response):
        return []
    value = worded(response, response.column, response.words, _RESPONSE_WORDS)
    left = unsorted(response, response.words, _RESPONSE_WORDS)
    if left:
        draft.say(f"{response.column!r}: {listed(left)} is no response the records know, unless listed below.")
    return [draft.block(f"day: {quoted(day.column)}, response: {value}")]


def _performance(draft: Draft) -> list[str]:
    ecog = draft.first("ecog")
    if not ecog:
        return []
    starts = [role.column for role in draft.all("drug_start")]
    if len(starts) != 1:
        draft.say(f"{ecog.column!r} is a performance status without a day: add {{day: COLUMN, ecog: ...}}.")
        return []
    draft.say(f"{ecog.column!r} is dated by {starts[0]!r}: see whether that is the day it describes.")
    return [draft.block(f"day: {quoted(starts[0])}, ecog: {quoted(ecog.column)}")]


def _closing(known: Mapping[str, Sequence[Role]], remarks: Sequence[str], written: str) -> list[str]:
    """Return remarks, and the columns that no line reads."""
    lines = [f"# - {remark}" for remark in remarks]
    lines = ["", "# To be settled:", *lines] if lines else []
    used = _columns_in(yaml.load(written, yaml.BaseLoader))
    unused = [role.column for roles in known.values() for role in roles if role.column not in used]
    if unused:
        lines += ["", "# Not read; whatever you need of it, add:", f"# ignore: {listed(dict.fromkeys(unused))}"]
    words = ", ".join(REASONS_STOPPED)
    lines += [
        "",
        f"# reason_stopped accepts: {words}",
        f"# response accepts {accepts(TABLES['assessments'].column('response'))}",
    ]
    return lines


def _columns_in(written: dict[str, Any]) -> set[str]:
    """Return the headers that a map as read from YAML names."""
    found = {written["patient"]}
    for blocks in (written["tables"] or {}).values():
        for block in blocks if isinstance(blocks, list) else [blocks]:
            named = set(_texts(block))
            found |= {name.replace("{n}", label) for name in named for label in _labels(block.get("n", ""))}
    return found


def _labels(n: str | list[str]) -> Iterable[str]:
    first, dash, last = n.partition("-") if isinstance(n, str) else ("", "", "")
    return map(str, range(int(first), int(last) + 1)) if dash else (n or [""])


def _texts(value: Any) -> Iterable[str]:
    """Yield every text of a block that may be a header."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("words", "text", "is", "is_not", "empty", "split", "n", "sheet"):
                yield from _texts(item)
    elif isinstance(value, str):
        yield value
