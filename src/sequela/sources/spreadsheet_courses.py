"""The courses of drugs of a sheet: which columns belong to one line or one regimen."""

from collections.abc import Sequence
from dataclasses import replace

from sequela.frozen import frozen
from sequela.sources.spreadsheet_roles import Role
from sequela.sources.spreadsheet_words import parts_of, plain

PARTS = ("start", "stop", "reason_stopped", "progression_day", "progression_length", "progression_event")


@frozen
class Course:
    """One line of therapy, or one regimen without a number.

    Attributes
    ----------
    drug : Role
        The column of its drugs.
    parts : dict of str to Role
        The columns of its days and of why it ended, by a name of `PARTS`.
    """

    drug: Role
    parts: dict[str, Role]


def courses_of(roles: Sequence[Role]) -> tuple[Course, ...]:
    """Return the courses of a sheet, in the order of their columns.

    A column belongs to the course whose number, or whose words in the header, it shares. What shares nothing
    belongs to the course it stands beside; a day found only so says it (`Role.guess`).
    """
    drugs = [at for at, role in enumerate(roles) if role.role in ("drug", "line_drug")]
    found = {at: _by_name(roles, roles[at], alone=len(drugs) == 1) for at in drugs}
    taken = {role.column for parts in found.values() for role in parts.values()}
    for at, following in zip(drugs, [*drugs, len(roles)][1:], strict=True):
        for part, role in _beside(roles, at, following, taken, found[at]).items():
            found[at][part] = role
            taken.add(role.column)
    return tuple(Course(roles[at], found[at]) for at in drugs)


def _by_name(roles: Sequence[Role], drug: Role, *, alone: bool) -> dict[str, Role]:
    parts: dict[str, Role] = {}
    for part in PARTS:
        for role in roles:
            same = role.number == drug.number and role.role == f"line_{part}"
            shared = role.detail == drug.detail != "" or (alone and role.detail in ("", drug.detail))
            if same or (not drug.number and role.role == part and shared):
                parts.setdefault(part, role)
    return parts


def _beside(roles: Sequence[Role], at: int, following: int, taken: set[str], known: dict[str, Role]) -> dict[str, Role]:
    """Return columns that stand after the drugs, up to the next ones, and say nothing of another course."""
    found: dict[str, Role] = {}
    stretch = [role for role in _stretch(roles, at, following) if _is_free(role, taken)]
    before = [role for role in roles[max(at - 1, 0) : at] if _is_free(role, taken) and role.content.kind == "dates"]
    for role in [*(one for one in before if one.role == "start"), *stretch]:
        if role.role in ("start", "stop", "reason_stopped") and role.role not in {*known, *found}:
            found[role.role] = replace(role, guess=_guess(roles[at]))
    days = [role for role in (*stretch, *before) if _may_be_a_start(role, roles[at])]
    if days and "start" not in {*known, *found}:
        found["start"] = replace(days[0], guess=_guess(roles[at]))
    return found


def _stretch(roles: Sequence[Role], at: int, following: int) -> list[Role]:
    """Return the columns after the drugs until one that speaks of something else."""
    found = []
    for role in roles[at + 1 : following]:
        if role.role.removeprefix("line_") not in ("", "response", *PARTS) or role.number not in (0, roles[at].number):
            break
        found.append(role)
    return found


def _may_be_a_start(role: Role, drug: Role) -> bool:
    """Return whether a column of days without a role says nothing else by its name.

    A word that is not known, as in `Data chirurgia`, says something else, unless the column of the drugs has no known
    word either.
    """
    opaque = not parts_of(plain(drug.column))[0] and not drug.number
    return not role.role and role.content.kind == "dates" and (opaque or not parts_of(plain(role.column))[1])


def _is_free(role: Role, taken: set[str]) -> bool:
    """Return whether a column belongs to no course by its name."""
    return role.column not in taken and not role.number and not role.detail


def _guess(drug: Role) -> str:
    return f"it stands beside {drug.column!r}"
