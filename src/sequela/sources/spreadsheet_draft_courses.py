"""The drugs and progressions of a drafted map, line by line."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import polars as pl

from sequela.frozen import frozen
from sequela.sources.spreadsheet_courses import Course, courses_of
from sequela.sources.spreadsheet_draft_text import (
    DAY_0,
    Draft,
    day_of,
    flag,
    listed,
    quoted,
    unit_of,
    unsorted,
    with_words,
    worded,
)
from sequela.sources.spreadsheet_map import OPEN_DAY
from sequela.sources.spreadsheet_roles import Role
from sequela.sources.spreadsheet_words import meaning_of, parts_of, plain, yes_and_no

_REASONS = {name: name for name in ("progression", "toxicity", "completed", "patient choice", "death")}
_NO_PROGRESSION = "NON-CR/NON-PD"
_EARLY = "early"

Name = Callable[[Role], str]


@frozen
class _Row:
    """A block as it is written for one line, and as it would be for several."""

    label: str
    one: str
    several: str


def exposures(draft: Draft) -> list[str]:
    """Return the blocks of drugs: of lines and regimens, and of single drugs with a column of their own."""
    rows = []
    for course in courses_of(draft.roles):
        _say_guesses(draft, course)
        if "start" not in course.parts:
            draft.say(f"No column was found that says when {course.drug.column!r} began: give exposures.start.")
            if not course.drug.number:
                continue
        used = [course.drug, *(course.parts[part] for part in _WRITTEN if part in course.parts)]
        rows.append(_row(used, lambda name, course=course: _course(draft, course, name)))  # type: ignore[misc]
    return [*_blocks(draft, rows), *_single_drugs(draft)]


_WRITTEN = ("start", "stop", "reason_stopped")


def _say_guesses(draft: Draft, course: Course) -> None:
    for part, role in course.parts.items():
        if role.guess and role not in draft.roles:
            what = part.replace("_", " ")
            draft.say(f"{role.column!r} is taken for the {what} of {course.drug.column!r}: {role.guess}.")


def _row(roles: Iterable[Role], written: Callable[[Name], str]) -> _Row:
    labels = {role.label for role in roles}
    label = labels.pop() if len(labels) == 1 else ""
    return _Row(label, written(lambda role: role.column), written(lambda role: role.detail) if label else "")


def _blocks(draft: Draft, rows: Iterable[_Row]) -> list[str]:
    """Return one block for rows that differ in their number only, one each for the others."""
    groups: dict[str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(row.several or row.one, []).append(row)
    lines = []
    for several, members in groups.items():
        if len(members) == 1:
            lines.append(draft.block(members[0].one))
        else:
            lines.append(draft.block(f"n: {_numbers([row.label for row in members])}, {several}"))
    return lines


def _numbers(labels: list[str]) -> str:
    """Return 1-3 for numbers one after another, otherwise the list of the numbers as they are written."""
    if all(label.isdigit() and label.isascii() and str(int(label)) == label for label in labels):
        numbers = [int(label) for label in labels]
        if numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            return f"{numbers[0]}-{numbers[-1]}"
    return listed(labels)


def _course(draft: Draft, course: Course, name: Name) -> str:
    parts = [f"drug: {with_words(name(course.drug), _no_drugs(draft, course.drug))}"]
    days = {part: course.parts[part] for part in ("start", "stop") if part in course.parts}
    parts += [f"{part}: {day_of(draft, role, name(role))}" for part, role in days.items()]
    reason = course.parts.get("reason_stopped")
    parts += [f"reason_stopped: {_reason(draft, reason, name)}"] if reason else []
    parts += [f"setting: {{text: {_EARLY}}}"] if _is_early(course.drug) else []
    return ", ".join(parts)


def _no_drugs(draft: Draft, drug: Role) -> dict[str, str]:
    """Return the cells that say no drug was given, of all columns that differ in the number of the line only."""
    cells = pl.concat([draft.cells(one) for one in draft.numbered(drug)]).drop_nulls().unique().sort()
    return {cell: "" for cell in cells if meaning_of(cell, ("none",))}


def _is_early(role: Role) -> bool:
    """Return whether a header says that its drug was given with curative intent."""
    return _EARLY in parts_of(plain(role.column))[0]


def _reason(draft: Draft, role: Role, name: Name = lambda role: role.column) -> str:
    words = _words_of_all(draft, role)
    left = unsorted(role, words, _REASONS)
    if left:
        draft.say(f"{role.column!r}: {listed(left)} is no reason the records know; give it a meaning as `words`.")
    return worded(role, name(role), words, _REASONS)


def _words_of_all(draft: Draft, role: Role) -> list[str]:
    """Return the words of a column, and of those that differ from it in the number of the line only."""
    return list(dict.fromkeys(word for one in draft.numbered(role) for word in one.words))


def _single_drugs(draft: Draft) -> list[str]:
    taken = {role.column for course in courses_of(draft.roles) for role in course.parts.values()}
    # The first of each drug and setting counts, as every other column does of which there are several.
    starts = {(role.detail, _is_early(role)): role for role in reversed(draft.all("drug_start"))}
    lines = []
    for (drug, early), start in reversed(starts.items()):
        parts = [f"drug: {{text: {quoted(drug)}}}", f"start: {day_of(draft, start, start.column)}"]
        stop = next((one for one in draft.all("drug_stop") if (one.detail, _is_early(one)) == (drug, early)), None)
        parts += [f"stop: {day_of(draft, stop, stop.column)}"] if stop else []
        reasons = [role for role in draft.all("drug_reason_stopped") if role.detail == drug]
        reasons = reasons or [role for role in draft.all("reason_stopped") if role.detail == drug]
        alone = len(starts) == 1 and not draft.first("drug")
        others = [role for role in draft.all("reason_stopped") if role.column not in taken and not role.detail]
        reasons = reasons or (others if alone else [])
        parts += [f"reason_stopped: {_reason(draft, reasons[0])}"] if reasons and not early else []
        parts += [f"setting: {{text: {_EARLY}}}"] if early else []
        lines.append(draft.block(", ".join(parts)))
    for role in draft.all("drug_given"):
        draft.say(
            f"{role.column!r} says whether {role.detail} was given, not when. Where no other column tells, add to "
            f"exposures: {{drug: {{text: {quoted(role.detail)}}}, start: COLUMN, only: {flag(role)}}}"
        )
    return lines


def progressions(draft: Draft) -> list[str]:
    """Return the blocks of progressions, by their day or by a length of time since the start of a course."""
    days = [
        _row([role], lambda name, role=role: _progressed(draft, role, name))  # type: ignore[misc]
        for role in draft.all("line_progression_day")
    ]
    lines = _blocks(draft, days)
    lines += [draft.block(_progressed(draft, role, lambda role: role.column)) for role in draft.all("progression_day")]
    lengths = _lengths_of_lines(draft) + _lengths_of_drugs(draft, dated=bool(lines))
    return lines + lengths


def _progressed(draft: Draft, role: Role, name: Name) -> str:
    return f"day: {day_of(draft, role, name(role))}, response: {{text: PD}}"


def _lengths_of_lines(draft: Draft) -> list[str]:
    """Return progressions of lines without their day, by a length of time and whether it ended in one."""
    rows = []
    for course in courses_of(draft.roles):
        length, event = course.parts.get("progression_length"), course.parts.get("progression_event")
        start = course.parts.get("start")
        if not course.drug.number or not length or "progression_day" in course.parts:
            continue
        if start and event:
            rows.append(_row([start, length, event], _length(draft, start, length, event)))
        else:
            _say_unread(draft, length)
    return _blocks(draft, rows)


def _lengths_of_drugs(draft: Draft, *, dated: bool) -> list[str]:
    """Return progressions under single drugs by a length of time; where others have their day, of drugs named only."""
    lines = []
    starts = {role.detail: role for role in reversed(draft.all("drug_start"))}
    for length in draft.all("progression_length"):
        events = [*draft.all("progression_event"), *draft.all("progression_free")]
        same = [one for one in events if one.detail == length.detail] or [one for one in events if not one.detail]
        same = same or (events if len(events) == 1 else [])
        start = starts.get(length.detail) or (next(iter(starts.values())) if len(starts) == 1 and not dated else None)
        named = not dated or (start and not draft.first("progression_day"))
        if not (same and named):
            _say_unread(draft, length)
            continue
        start = start or replace(length, column=OPEN_DAY if draft.has_dates else DAY_0)
        lines.append(draft.block(_length(draft, start, length, same[0])(lambda role: role.column)))
    return lines


def _say_unread(draft: Draft, length: Role) -> None:
    draft.say(
        f"{length.column!r} is not read: its first day, or the column that says whether it ended in progression, is "
        "not known, or other columns give the days. See whether progressions are missing under assessments."
    )


def _length(draft: Draft, start: Role, length: Role, event: Role) -> Callable[[Name], str]:
    unit = unit_of(length)
    draft.say(
        f"{length.column!r} is read as {unit} from {start.column!r}: see whether that is its first day and its unit, "
        f"and whether {event.column!r} also counts deaths, which are no progressions."
    )
    if event.role == "progression_free":
        draft.say(f"{event.column!r}: yes is taken for no progression, and no for progression.")
    words = _words_of_all(draft, event)
    return lambda name: (
        f"day: {{from: {quoted(name(start))}, {unit}: {quoted(name(length))}}}, "
        f"response: {_event(event, name(event), words)}"
    )


def _event(role: Role, column: str, words: list[str]) -> str:
    yes, no = yes_and_no([role.said(word) for word in words]) or ([], [])
    if role.role == "progression_free":
        yes, no = no, yes
    if yes or no:
        return with_words(column, {word: "PD" if role.said(word) in yes else _NO_PROGRESSION for word in words})
    return worded(role, column, words, {"progression": "PD", "alive": _NO_PROGRESSION})
