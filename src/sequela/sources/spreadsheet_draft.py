"""A first map of a spreadsheet: what its columns may mean, to be read and corrected by the person who keeps it.

What is not recognised, or cannot be placed in time, is written as a remark and never guessed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sequela.records.refusals import accepts
from sequela.records.schema import REASONS_STOPPED, TABLES
from sequela.sources.spreadsheet_cells import NamedSheet
from sequela.sources.spreadsheet_map import ORDERS
from sequela.sources.spreadsheet_roles import Role, date_order, roles_of

_PLAIN = re.compile(r"[A-Za-z0-9][\w ()./+%-]*\Z")
_DEAD, _ALIVE = r"dead|died|decease|exitus|^(1|yes|y|true)$", r"alive|living|censor|^(0|no|n|false)$"
_REASONS = {
    "progression": r"pd|progress|relapse|recurr",
    "toxicity": r"tox|adverse|side|ae\b|intoler",
    "completed": r"complet|end of|planned|finish",
    "patient choice": r"patient|choice|wish|refus|withdr|consent",
    "death": r"death|dead|died",
}
_NO_PROGRESSION = "NON-CR/NON-PD"


def draft_map(file: str, sheets: dict[str, NamedSheet], header: int) -> str:
    """Return the text of a map for the sheets of a file.

    Parameters
    ----------
    file : str
        Name of the spreadsheet, as the map is to name it.
    sheets : dict of str to NamedSheet
    header : int
        Row of the names of the columns.
    """
    known = {name: roles_of(sheet) for name, sheet in sheets.items()}
    told = {name: roles for name, roles in known.items() if any(role.role == "patient" for role in roles)}
    main = next(iter(told), next(iter(known)))
    blocks: dict[str, list[str]] = {name: [] for name in TABLES}
    remarks: list[str] = []
    for name, roles in known.items():
        if name not in told and name != main:
            remarks.append(f"The sheet {name!r} is not read: none of its columns looks like the patient's identifier.")
            continue
        _sheet_blocks(_Draft(roles, _sheet_keys(name, main, roles, known)), blocks, remarks, first=name == main)
    lines = [
        "# A first map, guessed from the names of the columns: read every line before you use it.",
        "# Then: sequela import spreadsheet MAP.yaml RECORDS/ (values of each table: docs/records.md)",
        "version: 1",
        f"file: {quoted(file)}",
        *([f"sheet: {quoted(main)}"] if main and len(known) > 1 else []),
        *([f"header: {header}"] if header > 1 else []),
        f"patient: {quoted(_patient(known[main]))}",
        *_dates(date_order(list(sheets.values()))),
        "tables:",
    ]
    for name, written in blocks.items():
        lines += [f"  {name}:", *written] if written else []
    return "\n".join([*lines, *_closing(known, remarks, "\n".join(lines))]) + "\n"


def quoted(text: str) -> str:
    """Return a text as YAML writes it inside brackets and outside."""
    return text if _PLAIN.match(text) and text == text.strip() else "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class _Draft:
    """The roles of one sheet, and the keys that every block of it needs."""

    roles: Sequence[Role]
    keys: str

    def first(self, role: str) -> Role | None:
        return next((one for one in self.roles if one.role == role), None)

    def all(self, role: str) -> list[Role]:
        return [one for one in self.roles if one.role == role]

    def column(self, role: str) -> str:
        one = self.first(role)
        return quoted(one.column) if one else ""


def _patient(roles: Sequence[Role]) -> str:
    found = next((role.column for role in roles if role.role == "patient"), "")
    return found or "WHICH COLUMN HOLDS THE PATIENT"


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


def _sheet_blocks(draft: _Draft, blocks: dict[str, list[str]], remarks: list[str], *, first: bool) -> None:
    if first:
        blocks["patients"] += _patients(draft, remarks)
    blocks["diagnoses"] += _diagnoses(draft)
    blocks["exposures"] += [*_lines_of_therapy(draft), *_drugs(draft, remarks), *_long_drugs(draft)]
    blocks["biomarkers"] += _biomarkers(draft)
    blocks["metastases"] += _metastases(draft, remarks)
    blocks["assessments"] += _assessments(draft, remarks)
    blocks["performance"] += _performance(draft, remarks)


def _patients(draft: _Draft, remarks: list[str]) -> list[str]:
    lines = [
        f"    {name}: {draft.column(name)}"
        for name in ("birth_day", "age_at_origin", "centre", "observed_from", "last_contact")
        if draft.first(name)
    ]
    sex = draft.first("sex")
    if sex:
        lines.append(f"    sex: {_worded(sex, {'female': '^(f|w|fem)', 'male': '^m'})}")
    death, status = draft.first("death"), draft.first("vital_status")
    if death:
        lines.append(f"    death: {quoted(death.column)}")
    elif status and draft.first("last_contact"):
        only = _condition(status, _DEAD, _ALIVE)
        lines.append(f"    death: {{column: {draft.column('last_contact')}, only: {only}}}")
        if status.content == "ticks":
            remarks.append(f"An empty cell of {status.column!r} is taken for alive: see whether none was left out.")
        unsorted = [] if status.content in ("yes or no", "ticks") else _sorted_words(status, _DEAD, _ALIVE)[2]
        if unsorted:
            said = f"{status.column!r}: {_list(unsorted)} says neither dead nor alive"
            remarks.append(f"{said}; such patients are refused until the word stands in `is` or in `is_not`.")
    else:
        remarks.append("No column of deaths was found: without one everybody would be alive. Give patients.death.")
    if not draft.first("last_contact"):
        remarks.append("No column of the last day known alive was found: give patients.last_contact.")
    return lines


def _condition(role: Role, yes: str, no: str) -> str:
    """Return a condition with the words of a column sorted; words that are neither stay unsorted, so unknown."""
    if role.content == "yes or no":
        return quoted(role.column)
    if role.content == "ticks":
        return f"{{column: {quoted(role.column)}, is: {_list(role.words)}, empty: no}}"
    holds, fails, _ = _sorted_words(role, yes, no)
    lists = f"is: {_list(holds or ['WHICH WORDS'])}, is_not: {_list(fails or ['WHICH WORDS'])}"
    return f"{{column: {quoted(role.column)}, {lists}}}"


def _sorted_words(role: Role, yes: str, no: str) -> tuple[list[str], list[str], list[str]]:
    holds = [word for word in role.words if re.search(yes, word.lower())]
    fails = [word for word in role.words if word not in holds and re.search(no, word.lower())]
    return holds, fails, [word for word in role.words if word not in (*holds, *fails)]


def _worded(role: Role, patterns: dict[str, str]) -> str:
    words = {
        word: next((to for to, fits in patterns.items() if re.search(fits, word.lower())), "") for word in role.words
    }
    needed = {word: to for word, to in words.items() if to and to != word.lower()}
    if not needed:
        return quoted(role.column)
    pairs = ", ".join(f"{quoted(word)}: {quoted(to)}" for word, to in needed.items())
    return f"{{column: {quoted(role.column)}, words: {{{pairs}}}}}"


def _list(words: Iterable[str]) -> str:
    return "[" + ", ".join(quoted(word) for word in words) + "]"


def _diagnoses(draft: _Draft) -> list[str]:
    kinds = (("primary_day", "primary"), ("recurrence_day", "recurrence"), ("metastatic_day", "metastatic"))
    return [
        f"    - {{{draft.keys}day: {draft.column(role)}, kind: {{text: {kind}}}}}"
        for role, kind in kinds
        if draft.first(role)
    ]


def _lines_of_therapy(draft: _Draft) -> list[str]:
    drugs = draft.all("line_drug")
    lines = []
    for template in dict.fromkeys(role.detail for role in drugs):
        numbers = [role.number for role in drugs if role.detail == template]
        parts = [f"drug: {quoted(template)}"]
        for part in ("start", "stop", "reason_stopped"):
            own = [role for role in draft.all(f"line_{part}") if role.number in numbers]
            if own and part == "reason_stopped":
                parts.append(f"{part}: {_templated(own)}")
            elif own:
                parts.append(f"{part}: {quoted(own[0].detail)}")
        lines.append(f"    - {{{draft.keys}{_numbered(numbers, ', '.join(parts))}}}")
    return lines


def _numbered(numbers: Sequence[int], text: str) -> str:
    """Return the fields of a block for several lines, or for the only one there is."""
    if len(numbers) == 1:
        return text.replace("{n}", str(numbers[0]))
    return f"n: {min(numbers)}-{max(numbers)}, {text}"


def _templated(roles: Sequence[Role]) -> str:
    words = tuple(dict.fromkeys(word for role in roles for word in role.words))
    one = roles[0]
    return _worded(Role(one.detail, one.role, one.detail, 0, one.content, words), _REASONS)


def _drugs(draft: _Draft, remarks: list[str]) -> list[str]:
    starts = {role.detail: role for role in reversed(draft.all("drug_start"))}
    lines = []
    for drug, start in reversed(starts.items()):
        parts = [f"drug: {{text: {quoted(drug)}}}", f"start: {quoted(start.column)}"]
        stop = next((role for role in draft.all("drug_stop") if role.detail == drug), None)
        parts += [f"stop: {quoted(stop.column)}"] if stop else []
        reasons = [role for role in draft.all("drug_reason_stopped") if role.detail == drug]
        reasons = reasons or [role for role in draft.all("reason_stopped") if role.detail == drug]
        reasons = reasons or (draft.all("reason_stopped") if len(starts) == 1 and not draft.first("drug") else [])
        parts += [f"reason_stopped: {_worded(reasons[0], _REASONS)}"] if reasons else []
        lines.append(f"    - {{{draft.keys}{', '.join(parts)}}}")
    for role in draft.all("drug_given"):
        only = _condition(role, "y|1|given", "n|0|not")
        remarks.append(
            f"{role.column!r} says whether {role.detail} was given, not when. Where no other column tells, add to "
            f"exposures: {{drug: {{text: {quoted(role.detail)}}}, start: COLUMN, only: {only}}}"
        )
    return lines


def _long_drugs(draft: _Draft) -> list[str]:
    if not (draft.first("drug") and draft.first("start")):
        return []
    parts = [f"{name}: {draft.column(name)}" for name in ("drug", "start", "stop") if draft.first(name)]
    reason = draft.first("reason_stopped")
    parts += [f"reason_stopped: {_worded(reason, _REASONS)}"] if reason else []
    return [f"    - {{{draft.keys}{', '.join(parts)}}}"]


def _biomarkers(draft: _Draft) -> list[str]:
    day = draft.column("specimen_day")
    lines = []
    for role in draft.all("marker"):
        value = _worded(role, {"positive": r"^(pos\.?|1|yes|y|\+)$", "negative": r"^(neg\.?|0|no|n|-)$"})
        parts = [f"marker: {{text: {quoted(role.detail)}}}", f"value: {value}", *([f"day: {day}"] if day else [])]
        lines.append(f"    - {{{draft.keys}{', '.join(parts)}}}")
    return lines


def _metastases(draft: _Draft, remarks: list[str]) -> list[str]:
    organs, flags = (
        draft.first("organs"),
        [role for role in draft.all("organ") if role.content in ("yes or no", "ticks")],
    )
    day = draft.column("metastatic_day") or draft.column("assessment_day")
    if (organs or flags) and not day:
        remarks.append("Organs with metastases were found, but no day on which they were found: give metastases.day.")
        return []
    lines = []
    if organs:
        marks = sorted({mark for word in organs.words for mark in ";,+/&|" if mark in word})
        split = f", split: [{', '.join(repr(mark) for mark in marks)}]" if marks else ", split: [';', ',']"
        lines.append(f"    - {{{draft.keys}day: {day}, organ: {{column: {quoted(organs.column)}{split}}}}}")
    lines += [
        f"    - {{{draft.keys}day: {day}, organ: {{text: {quoted(role.detail)}}}, only: {_condition(role, '', '')}}}"
        for role in flags
    ]
    return lines


def _assessments(draft: _Draft, remarks: list[str]) -> list[str]:
    lines = []
    for template in dict.fromkeys(one.detail for one in draft.all("line_progression_day")):
        numbers = [one.number for one in draft.all("line_progression_day") if one.detail == template]
        lines.append(f"    - {{{draft.keys}{_numbered(numbers, f'day: {quoted(template)}, response: {{text: PD}}')}}}")
    if draft.first("progression_day"):
        lines.append(f"    - {{{draft.keys}day: {draft.column('progression_day')}, response: {{text: PD}}}}")
    day, response = draft.first("assessment_day"), draft.first("response")
    if day and response:
        lines.append(f"    - {{{draft.keys}day: {quoted(day.column)}, response: {quoted(response.column)}}}")
    if not draft.first("progression_day"):
        lines += _lengths_to_progression(draft, remarks)
    return lines


def _lengths_to_progression(draft: _Draft, remarks: list[str]) -> list[str]:
    """Return the progressions told by a length of time and a column that says whether it ended in one."""
    length, event = draft.first("progression_length"), draft.first("progression_event")
    if not (length and event):
        return []
    starts = {role.detail: role.column for role in draft.all("drug_start")}
    known = starts.get(length.detail) or (next(iter(starts.values())) if len(starts) == 1 else "FROM WHICH DAY")
    said = _worded(event, {"PD": r"^(1|yes|y|true|pd|event)", _NO_PROGRESSION: r"^(0|no|n|false|censor)"})
    remarks.append(
        f"{length.column!r} is read as months from {known!r}: see whether that is its first day and its unit, "
        f"and whether {event.column!r} also counts deaths, which are no progressions."
    )
    return [f"    - {{{draft.keys}day: {{from: {quoted(known)}, months: {quoted(length.column)}}}, response: {said}}}"]


def _performance(draft: _Draft, remarks: list[str]) -> list[str]:
    ecog = draft.first("ecog")
    if not ecog:
        return []
    starts = [role.column for role in draft.all("drug_start")]
    if len(starts) != 1:
        remarks.append(f"{ecog.column!r} is a performance status without a day: add {{day: COLUMN, ecog: ...}}.")
        return []
    remarks.append(f"{ecog.column!r} is dated by {starts[0]!r}: see whether that is the day it describes.")
    return [f"    - {{{draft.keys}day: {quoted(starts[0])}, ecog: {quoted(ecog.column)}}}"]


def _closing(known: dict[str, tuple[Role, ...]], remarks: Sequence[str], written: str) -> list[str]:
    """Return remarks, and the columns that no line reads."""
    lines = [f"# - {remark}" for remark in remarks]
    lines = ["", "# To be settled:", *lines] if lines else []
    unused = [
        role.column
        for roles in known.values()
        for role in roles
        if quoted(role.column) not in written and quoted(role.detail or "\0") not in written.replace("text: ", "text:")
    ]
    if unused:
        lines += ["", "# Not read; whatever you need of it, add:", f"# ignore: {_list(dict.fromkeys(unused))}"]
    words = ", ".join(REASONS_STOPPED)
    lines += [
        "",
        f"# reason_stopped accepts: {words}",
        f"# response accepts {accepts(TABLES['assessments'].column('response'))}",
    ]
    return lines
