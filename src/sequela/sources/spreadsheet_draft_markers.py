"""The markers of a drafted map: results, codes that may be results, shares written as fractions, menopausal status."""

from sequela.records.menopause import MENOPAUSE, menopausal_status, menopausal_statuses
from sequela.sources.spreadsheet_contents import filled_cells
from sequela.sources.spreadsheet_draft_text import Draft, listed, quoted, with_words, worded
from sequela.sources.spreadsheet_roles import Role
from sequela.sources.spreadsheet_words import plain

_WORDS = {"positive": "positive", "negative": "negative"}
_RECEPTORS = ("ER", "PgR", "hormone receptor")
_SHARES = ("ER", "PgR", "Ki-67")
_MISSING = {"9", "99", "999"}
_HIGHEST_SCORE = 8
"""Allred's score goes from 0 to 8."""


def biomarkers(draft: Draft) -> list[str]:
    """Return the blocks of markers: none of a column whose numbers may be codes as well as results."""
    day = draft.column("specimen_day")
    lines = []
    for role in draft.all("marker"):
        if role.detail == MENOPAUSE:
            lines += _menopause(draft, role)
            continue
        value = _value(draft, role)
        if value:
            parts = [f"marker: {{text: {quoted(role.detail)}}}", f"value: {value}", *([f"day: {day}"] if day else [])]
            lines.append(draft.block(", ".join(parts)))
    return lines


def _value(draft: Draft, role: Role) -> str:
    """Return where the results of a marker stand, "" where it is left to a person what its numbers mean."""
    cells = {cell.replace(",", ".").removesuffix(".0") for cell in filled_cells(draft.cells(role)).unique()}
    numbers = {cell for cell in cells if cell.replace(".", "", 1).isdigit()}
    if role.legend or not numbers or numbers != cells:
        return worded(role, role.column, _told_words(draft, role), _WORDS)
    if _may_be_codes(role, numbers):
        draft.say(
            f"{role.column!r} is not read: {listed(sorted(numbers))} may be codes; give them a meaning, as in "
            f"{{marker: {{text: {role.detail}}}, value: {{column: {quoted(role.column)}, words: {{1: positive, "
            "2: negative}}."
        )
        return ""
    if role.detail in _RECEPTORS and _may_be_scores(role, numbers):
        draft.say(f"{role.column!r} is not read: numbers up to {_HIGHEST_SCORE} may be Allred scores, or percents.")
        return ""
    if role.detail in _SHARES and max(map(float, numbers)) <= 1 and any("." in one for one in numbers):
        draft.say(f"{role.column!r}: numbers up to 1 are taken for parts of 1, so that 0.9 is 90 percent.")
        return f"{{column: {quoted(role.column)}, times: 100}}"
    return worded(role, role.column, _told_words(draft, role), _WORDS)


def _may_be_codes(role: Role, numbers: set[str]) -> bool:
    codes = numbers - _MISSING
    few = codes <= {"0", "1", "2"} and len(codes) < 3 and codes != {"0", "1"}
    return few and (role.detail in _RECEPTORS or role.detail == "HER2") and not _is_percent(role)


def _may_be_scores(role: Role, numbers: set[str]) -> bool:
    whole = all(one.isdigit() for one in numbers) and max(map(int, numbers)) <= _HIGHEST_SCORE
    return whole and not numbers <= {"0", "1"} and not _is_percent(role)


def _is_percent(role: Role) -> bool:
    return "%" in role.column + role.note or {"percent", "pct", "perc"} & {*plain(role.column).split("_")} != set()


def _told_words(draft: Draft, role: Role) -> list[str]:
    """Return the words of a marker that may be told as positive or negative: 0 and 1 are also scores and percents."""
    codes = {"0", "1"}
    if role.legend or not codes & {*role.words}:
        return list(role.words)
    if {*role.words} == codes and not role.detail.startswith("HER2"):
        draft.say(f"{role.column!r}: 1 is taken for positive and 0 for negative; see whether it is.")
        return list(role.words)
    if {*role.words} <= codes:
        draft.say(f"{role.column!r}: 0 and 1 may be scores, or no and yes; give them a meaning as `words`.")
    return [word for word in role.words if word not in codes]


def _menopause(draft: Draft, role: Role) -> list[str]:
    """Return the menopausal status without a day, which the day of a biopsy would not be."""
    words = {word: menopausal_status(role.said(word)) or "" for word in role.words}
    unsaid = [word for word, status in words.items() if not status]
    if unsaid:
        draft.say(
            f"{role.column!r}: {listed(unsaid)} says no menopausal status; where it means one, say so as `words` "
            f"({', '.join(menopausal_statuses())})."
        )
    told = {word: status for word, status in words.items() if status and not menopausal_status(word)}
    return [draft.block(f"marker: {{text: {MENOPAUSE}}}, value: {with_words(role.column, told)}")]
