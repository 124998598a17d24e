"""The patients of a drafted map: who, from when to when, and who died."""

from dataclasses import replace

from sequela.sources.spreadsheet_draft_text import (
    DAY_0,
    Draft,
    condition,
    day_of,
    flag,
    listed,
    quoted,
    sorted_words,
    unit_of,
    with_words,
    yes_and_no_of,
)
from sequela.sources.spreadsheet_roles import Role
from sequela.sources.spreadsheet_words import meaning_of


def patients(draft: Draft) -> list[str]:
    """Return the lines of the table of patients."""
    lines = [f"    birth_day: {draft.column('birth_day')}"] if draft.first("birth_day") else _age(draft)
    lines += [f"    {name}: {draft.column(name)}" for name in ("centre", "observed_from") if draft.first(name)]
    sex = draft.first("sex")
    lines += [f"    sex: {text}"] if sex and (text := _sex(draft, sex)) else []
    return [*lines, *_end(draft)]


def _age(draft: Draft) -> list[str]:
    """Return the birth as an age on a day tells it; the age on day 0 where the sheet has no dates at all."""
    found = sorted(draft.all("age"), key=lambda age: not _day_of(draft, age))
    if not found:
        return []
    age, day = found[0], _day_of(draft, found[0])
    if day:
        draft.say(
            f"{age.column!r} is taken for the age on {day.column!r}: see whether that is the day it was counted on."
        )
        return [f"    birth_day: {{age: {quoted(age.column)}, on: {quoted(day.column)}}}"]
    if not draft.has_dates:
        draft.say(f"{age.column!r} is taken for the age on day 0.")
        return [f"    age_at_origin: {quoted(age.column)}"]
    draft.say(
        f"{age.column!r} is an age on a day that its name does not say: add to patients "
        f"birth_day: {{age: {quoted(age.column)}, on: COLUMN OF THAT DAY}}"
    )
    return []


def _day_of(draft: Draft, age: Role) -> Role | None:
    """Return the column of the day at which an age was, by what its name says."""
    starts = [role for role in draft.all("drug_start") if role.detail == age.detail]
    return (starts[0] if starts else draft.first(age.detail)) if age.detail else None


def _sex(draft: Draft, role: Role) -> str:
    """Return the column of sex; "" where its letters mean women in one language and men in another."""
    small = {role.said(word).lower() for word in role.words}
    words = {word: _one_sex(role.said(word), small) for word in role.words}
    left = [word for word, to in words.items() if not to]
    if left:
        draft.say(f"{role.column!r}: {listed(left)} may mean either sex; add sex with their meaning (female, male).")
        return ""
    return with_words(role.column, {word: to for word, to in words.items() if to != word.lower()})


def _one_sex(word: str, beside: set[str]) -> str:
    """Return what a word of a column of sexes means: M is mujer beside H, and a man beside F or W."""
    letter = word.lower()
    if letter == "m":
        known = {"f", "w"} & beside or any(one.startswith("fem") for one in beside)
        return "female" if "h" in beside else "male" if known else ""
    if letter == "h":
        return "male" if beside <= {"h", "f", "m"} and len(beside) > 1 else ""
    return meaning_of(word, ("female", "male"))


def _end(draft: Draft) -> list[str]:
    """Return the lines of the last day known alive and of death."""
    death, status = draft.first("death"), draft.first("vital_status")
    last = draft.first("last_contact")
    length = draft.first("survival_length")
    if length and not (last or death or draft.has_dates):
        return _end_by_time(draft, length, status)
    if death and status and death.content.filled == 1:
        draft.say(
            f"{death.column!r} is filled for everybody, so {status.column!r} decides who died: it is taken for the day "
            "of death or of last contact."
        )
        last, death = (last if last and last.content.kind != "empty" else death), replace(death, role="last")
    if last is None:
        draft.say("No column of the last day known alive was found: give patients.last_contact.")
    lines = [f"    last_contact: {quoted(last.column)}"] if last else []
    if death and death.role == "death":
        if death.content.filled == 1:
            draft.say(f"{death.column!r} is filled for everybody: as it stands, all patients died.")
        _say_disagreement(draft, death, status)
        return [*lines, f"    death: {day_of(draft, death, death.column)}"]
    if status and last:
        return [*lines, f"    death: {{column: {quoted((death or last).column)}, only: {_dead(draft, status)}}}"]
    draft.say("No column of deaths was found: without one everybody would be alive. Give patients.death.")
    return lines


def _end_by_time(draft: Draft, length: Role, status: Role | None) -> list[str]:
    """Return the end of follow-up of a sheet without dates: a length of time from a day 0, and who died."""
    day = f"from: {DAY_0}, {unit_of(length)}: {quoted(length.column)}"
    draft.say(
        f"{length.column!r} is read as {unit_of(length)} from a day 0 that the sheet does not name. No drug has a day: "
        "add what began on it, as in exposures: [{drug: {text: T-DM1}, start: {text: 0}}]."
    )
    lines = [f"    last_contact: {{{day}}}"]
    if status:
        return [*lines, f"    death: {{{day}, only: {_dead(draft, status)}}}"]
    draft.say("No column of deaths was found: without one everybody would be alive. Give patients.death.")
    return lines


def _say_disagreement(draft: Draft, death: Role, status: Role | None) -> None:
    """Say how many rows are dead by one column and alive by the other."""
    if status is None:
        return
    dead, alive, _ = sorted_words(status, "dead", "alive")
    told = yes_and_no_of(status) if status.detail in ("dead", "alive") else None
    if told:
        dead, alive = told if status.detail == "dead" else (told[1], told[0])
    undated = int((draft.rows_where(status, dead) & ~draft.is_filled(death)).sum())
    if undated:
        draft.say(
            f"Rows in which {status.column!r} says dead and {death.column!r} is empty: {undated}. As it stands these "
            "patients are alive at their last contact; give the day of death or leave them out."
        )
    living = int((draft.rows_where(status, alive) & draft.is_filled(death)).sum())
    if living:
        draft.say(
            f"Rows in which {status.column!r} says alive and {death.column!r} is filled: {living}. Which is right?"
        )


def _dead(draft: Draft, role: Role) -> str:
    """Return the condition under which a patient is dead."""
    if role.content.kind == "ticks" and role.detail == "dead":
        draft.say(f"An empty cell of {role.column!r} is taken for alive: see whether none was left out.")
        return flag(role)
    told = yes_and_no_of(role)
    if told:
        return _dead_by_yes_and_no(draft, role, *told)
    dead, alive, others = sorted_words(role, "dead", "alive")
    if others:
        said = f"{role.column!r}: {listed(others)} says neither dead nor alive"
        draft.say(f"{said}; such patients are refused until the word stands in `is` or in `is_not`.")
    settled = not others and (dead or alive)
    return condition(role.column, dead or (["dead"] if settled else []), alive or (["alive"] if settled else []))


def _dead_by_yes_and_no(draft: Draft, role: Role, yes: list[str], no: list[str]) -> str:
    if role.detail == "dead":
        return flag(role)
    if role.detail == "alive":
        return condition(role.column, no, yes)
    if {*yes, *no} == {"0", "1"} and not role.detail and not role.legend:
        draft.say(f"{role.column!r}: 1 is taken for dead and 0 for alive, as its name does not say; see whether it is.")
        return condition(role.column, yes, no)
    draft.say(
        f"{role.column!r}: its name does not say whether {listed([*yes, *no])} means dead or alive; all patients are "
        "refused until the words stand in `is` and in `is_not`."
    )
    return condition(role.column, [], [])
