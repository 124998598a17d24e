"""Checklists of reporting, filled from the run; what the run does not know is NOT REPORTED, never invented.

STROBE for cohorts: von Elm et al. (2007), doi:10.1136/bmj.39335.541782.AD. RECORD: Benchimol et al. (2015),
doi:10.1371/journal.pmed.1001885; its extension for drugs (RECORD-PE): Langan et al. (2018), doi:10.1136/bmj.k3532.
ESMO-GROW: Castelo-Branco et al. (2023), doi:10.1016/j.esmorw.2023.10.001. TARGET: Cashin et al. (2025),
doi:10.1001/jama.2025.13350. Items have the numbers of the standards and our own words; of ESMO-GROW only topics.
"""

import csv
from functools import cache
from importlib.resources import files

from sequela.analyses.study_result import StudyResult
from sequela.frozen import frozen
from sequela.report.checklist_drugs import OF_DRUGS
from sequela.report.checklist_evidence import EVIDENCE
from sequela.report.checklist_trials import OF_TRIALS, why_no_trial
from sequela.report.display_table import DisplayTable, Row

NOT_REPORTED = "NOT REPORTED"
IN_PART = "not reported"
"""What an answer says of the part that it leaves out."""
TARGET = "TARGET"
ANSWERS = {**EVIDENCE, **OF_DRUGS, **OF_TRIALS}
"""What answers each kind of item, of every standard."""


@frozen
class ChecklistItem:
    """What a standard asks for.

    Attributes
    ----------
    standard, item, asks : str
        Its name, the number of the item, and what it asks in our words.
    evidence : str
        Which key of `ANSWERS` answers it; `author` where no program can.
    """

    standard: str
    item: str
    asks: str
    evidence: str


@cache
def checklist_items() -> tuple[ChecklistItem, ...]:
    """Return every item of every checklist, in order."""
    text = (files("sequela.report") / "checklists.csv").read_text(encoding="utf-8")
    return tuple(ChecklistItem(**row) for row in csv.DictReader(text.splitlines()))


def checklist_table(result: StudyResult) -> DisplayTable:
    """Print each item with what the report says of it, or NOT REPORTED; the first note counts both, and parts."""
    why_not = why_no_trial(result)
    rows = tuple(
        Row((item.standard, item.item, _capital(item.asks), _said(item, result, why_not))) for item in checklist_items()
    )
    notes = (
        f"Answered by this page, of what each standard asks: {'; '.join(_counts(rows, why_not))}.",
        "The rest is for the authors. An answer that leaves out a part says which. Items are in short words of our "
        "own; of ESMO-GROW the topics, not every recommendation.",
    )
    columns = ("Standard", "Item", "It asks for", "Where, or what")
    return DisplayTable("checklists", "What reporting standards ask for", columns, rows, notes)


def _said(item: ChecklistItem, result: StudyResult, why_not: str) -> str:
    if item.standard == TARGET and why_not:
        return f"{NOT_REPORTED}: {why_not}"
    return ANSWERS[item.evidence](result) or NOT_REPORTED


def _counts(rows: tuple[Row, ...], why_not: str) -> list[str]:
    found = []
    for standard in dict.fromkeys(row.cells[0] for row in rows):
        answers = [row.cells[-1] for row in rows if row.cells[0] == standard]
        number = sum(not answer.startswith(NOT_REPORTED) for answer in answers)
        part = sum(IN_PART in answer for answer in answers)
        aside = why_not if standard == TARGET and why_not else f"{part} in part" if part else ""
        found.append(f"{standard} {number} of {len(answers)}{f' ({aside})' if aside else ''}")
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
