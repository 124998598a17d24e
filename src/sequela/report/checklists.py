"""Checklists of reporting, filled from the run; what the run does not know is NOT REPORTED, never invented.

STROBE for cohorts: von Elm et al. (2007), doi:10.1136/bmj.39335.541782.AD. RECORD: Benchimol et al. (2015),
doi:10.1371/journal.pmed.1001885; its extension for drugs (RECORD-PE): Langan et al. (2018), doi:10.1136/bmj.k3532.
ESMO-GROW: Castelo-Branco et al. (2023), doi:10.1016/j.esmorw.2023.10.001. TARGET: Cashin et al. (2025),
doi:10.1001/jama.2025.13350. Items are in our own words; of RECORD-PE, ESMO-GROW and TARGET only the topics named.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sequela.analyses.results import TargetTrial
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted
from sequela.report.answer import released
from sequela.report.checklist_evidence import EVIDENCE
from sequela.report.display_table import DisplayTable, Row

NOT_REPORTED = "NOT REPORTED"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """What a standard asks for.

    Attributes
    ----------
    standard, item, asks : str
        Its name, the number of the item, and what it asks in our words.
    evidence : str
        Which key of `EVIDENCE` answers it; `author` where no program can.
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
    """Print each item with what the report says of it, or NOT REPORTED."""
    rows = [
        Row((item.standard, item.item, _capital(item.asks), EVIDENCE[item.evidence](result) or NOT_REPORTED))
        for item in checklist_items()
    ]
    rows += _target(result)
    missing = sum(row.cells[-1] == NOT_REPORTED for row in rows)
    notes = (
        f"{len(rows) - missing} of {counted(len(rows), 'item')} are answered by this page, {missing} are for the "
        "authors. Items are in short words of our own; of RECORD-PE, ESMO-GROW and TARGET the topics, not every "
        "recommendation.",
    )
    columns = ("Standard", "Item", "It asks for", "Where, or what")
    return DisplayTable("checklists", "What reporting standards ask for", columns, tuple(rows), notes)


def _target(result: StudyResult) -> list[Row]:
    trial = next((item for item in released(result) if isinstance(item, TargetTrial)), None)
    if trial is None:
        return [Row(("TARGET (topics)", "protocol", "The target trial and its emulation", NOT_REPORTED))]
    return [
        Row(("TARGET (topics)", part.item.lower(), "In the target trial, and in the emulation", part.emulation))
        for part in trial.protocol
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
