"""What the checks of a printed paper find, and the words and columns it leaves in."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

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
COLUMNS = ("check", "location", "printed", "recomputed", "grade", "proposal")


@dataclass(frozen=True, slots=True)
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


def to_text(findings: Iterable[Finding], title: str) -> str:
    """Return plain text to paste into a review: findings by grade, and what could not be checked."""
    everything = tuple(findings)
    found = reported(everything)
    agreeing = sum(finding.grade == AGREES for finding in everything)
    parts = [title, _counts(found, agreeing)]
    number = 0
    for grade, meaning in GRADES.items():
        chosen = [finding for finding in found if finding.grade == grade]
        if chosen:
            parts.append(f"\n{grade.upper()}. {meaning}")
        for finding in chosen:
            number += 1
            parts.append(_paragraph(number, finding))
    unchecked = [finding for finding in everything if finding.grade == NOT_CHECKED]
    if unchecked:
        parts.append("\nNOT CHECKED")
        parts += [f"{f.location}: {f.printed}: {f.recomputed}." for f in unchecked]
    return "\n".join(parts) + "\n"


def _counts(found: tuple[Finding, ...], agreeing: int) -> str:
    counts = [f"{sum(f.grade == grade for f in found)} {grade}" for grade in GRADES]
    return f"{agreeing + len(found)} comparisons: {agreeing} agree; {', '.join(counts)}."


def _paragraph(number: int, finding: Finding) -> str:
    text = f"{number}. {finding.check} {finding.location}: printed {finding.printed}; {finding.recomputed}."
    return f"{text}\n   Proposal: {finding.proposal}." if finding.proposal else text
