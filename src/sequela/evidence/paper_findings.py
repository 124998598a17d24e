"""What the checks of a printed paper find, and the words and columns it leaves in."""

import csv
import io
from collections.abc import Iterable, Mapping

from sequela.frozen import frozen

CONTRADICTION = "contradiction"
UNLIKELY = "unlikely"
UNCLEAR = "unclear"
AGREES = "agrees"
NOT_CHECKED = "not checked"
GRADES = {
    CONTRADICTION: "The printed numbers cannot all be true, however they were rounded.",
    UNLIKELY: "Possible only by a rare convention or by chance; ask the authors.",
    UNCLEAR: "A reader cannot decide it from what is printed.",
}
MANY = 3
"""Numbers not compared for one and the same reason are listed one by one up to this many."""
COLUMNS = ("check", "location", "printed", "recomputed", "grade", "proposal")


@frozen
class Finding:
    """One comparison of printed numbers.

    Attributes
    ----------
    check : str
        CC-01 to CC-24.
    location : str
        Table, row, level and column; or page of a sentence.
    printed : str
        As printed.
    recomputed : str
        The arithmetic in one line.
    grade : str
        One of `GRADES`, or "agrees", or "not checked" with the reason under `recomputed`.
    proposal : str
        The smallest change that would make the numbers agree; empty where none is known.
    """

    check: str
    location: str
    printed: str
    recomputed: str
    grade: str
    proposal: str = ""


def agrees(check: str, location: str, printed: str, recomputed: str) -> Finding:
    """Return a comparison in which the numbers agree."""
    return Finding(check, location, printed, recomputed, AGREES)


def not_checked(check: str, location: str, printed: str, reason: str) -> Finding:
    """Return a number that cannot be compared with anything, and why."""
    return Finding(check, location, printed, reason, NOT_CHECKED)


def reported(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return what a reviewer would report, the certain first, otherwise in the order found."""
    order = list(GRADES)
    return tuple(sorted((f for f in findings if f.grade in GRADES), key=lambda f: order.index(f.grade)))


def to_csv(findings: Iterable[Finding]) -> str:
    """Return what a reviewer would report as CSV: check, location, printed, recomputed, grade, proposal."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(finding, name) for name in COLUMNS] for finding in reported(findings))
    return text.getvalue()


def to_text(findings: Iterable[Finding], title: str, subjects: Mapping[str, str] | None = None) -> str:
    """Return plain text to paste into a review: findings by grade, what could not be checked, and the counts.

    `subjects` maps the beginning of a location to what it is about: findings about one row or one curve stand
    together, under the number and the grade of the gravest.
    """
    everything = tuple(findings)
    groups = _together(reported(everything), subjects or {})
    parts, grade = [title], ""
    for number, (subject, group) in enumerate(groups.items(), 1):
        if group[0].grade != grade:
            grade = group[0].grade
            parts.append(f"\n{grade.upper()}. {GRADES[grade]}")
        parts.append(_paragraph(number, subject, group))
    unchecked = [finding for finding in everything if finding.grade == NOT_CHECKED]
    if unchecked:
        parts.append("\nNOT CHECKED")
        parts += _reasons(unchecked)
    parts.append(f"\n{_counts(everything, len(groups))}")
    return "\n".join(parts) + "\n"


def _reasons(unchecked: list[Finding]) -> list[str]:
    """Return a line for each number that was not compared; one for all, where many have the same reason."""
    by_reason: dict[str, list[Finding]] = {}
    for finding in unchecked:
        by_reason.setdefault(finding.recomputed, []).append(finding)
    lines = []
    for reason, group in by_reason.items():
        if len(group) > MANY:
            lines.append(f"{len(group)} places, first {group[0].location}: {reason}.")
        else:
            lines += [f"{f.location}: {f.printed}: {reason}." for f in group]
    return lines


def _together(found: tuple[Finding, ...], subjects: Mapping[str, str]) -> dict[str, list[Finding]]:
    """Return findings by what they are about, the gravest first; a place nobody named is its own."""
    groups: dict[str, list[Finding]] = {}
    for number, finding in enumerate(found):
        starts = [start for start in subjects if f"{finding.location}, ".startswith(f"{start}, ")]
        subject = subjects[max(starts, key=len)] if starts else f"{number} {finding.location}"
        groups.setdefault(subject, []).append(finding)
    return groups


def _counts(everything: tuple[Finding, ...], places: int) -> str:
    numbers = {grade: sum(finding.grade == grade for finding in everything) for grade in (*GRADES, AGREES, NOT_CHECKED)}
    compared = sum(numbers.values()) - numbers[NOT_CHECKED]
    plural = "" if numbers[CONTRADICTION] == 1 else "s"
    words = f"{numbers[CONTRADICTION]} contradiction{plural}, {numbers[UNLIKELY]} unlikely, {numbers[UNCLEAR]} unclear"
    found = f"{words}, in {places} place{'' if places == 1 else 's'}"
    return f"{compared} comparisons: {numbers[AGREES]} agree; {found}. {numbers[NOT_CHECKED]} not checked."


def _paragraph(number: int, subject: str, group: list[Finding]) -> str:
    lines: list[str] = []
    for finding in group:
        first = not lines
        place = finding.location if first else finding.location.removeprefix(f"{subject}, ")
        grade = f" ({finding.grade})" if finding.grade != group[0].grade else ""
        text = f"{finding.check}{grade} {place}: printed {finding.printed}; {finding.recomputed}."
        lines.append(f"{number}. {text}" if first else f"   {text}")
        if finding.proposal:
            lines.append(f"   Proposal: {finding.proposal}.")
    return "\n".join(lines)
