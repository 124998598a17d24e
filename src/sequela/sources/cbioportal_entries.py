"""What the columns, events and words of cBioPortal studies mean: tables of data, extended by a study's own.

A study whose files spell something differently is an entry in one of three tables, not code. The built-in
tables come with the program; a study folder may hold `sequela_columns.csv`, `sequela_events.csv`
and `sequela_words.csv` with the same headers, whose entries go first.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen

BUILT_IN = Path(__file__).with_name("cbioportal_maps")
OWN = "sequela_{}.csv"

CLINICAL_FIELDS: dict[str, tuple[str, str]] = {
    "patient": ("the patient", "patient_id everywhere"),
    "sample": ("the sample, which the timeline of specimens dates", "biomarkers.day, metastases.day"),
    "sex": ("sex", "patients.sex"),
    "age at diagnosis": ("age at diagnosis, years", "patients.age_at_origin"),
    "age at sequencing": ("age at the first sequencing, years", "patients.age_at_origin"),
    "birth day": ("birth, days from diagnosis", "patients.birth_day"),
    "last contact day": ("last day known alive, days", "patients.last_contact"),
    "death day": ("death, days", "patients.death"),
    "vital status": ("whether alive or dead", "patients.last_contact or patients.death"),
    "survival months": ("months of observation", "patients.last_contact or patients.death"),
    "survival days": ("days of observation", "patients.last_contact or patients.death"),
    "centre": ("hospital", "patients.centre"),
    "sample type": ("primary or metastasis", "biomarkers.specimen"),
    "primary site": ("organ of the primary tumour", "tumour sites that are no metastases"),
    "cancer type": ("kind of cancer", "tumour sites that are no metastases"),
    "metastatic site": ("organ a sample was taken from", "metastases, on the day of the specimen"),
    "stage": ("stage at diagnosis", "diagnoses.stage"),
    "m stage": ("M of the stage at diagnosis", "diagnoses.stage, where it says M1"),
    "histology": ("histology", "diagnoses.histology"),
    "treated before": ("whether treated elsewhere before", "what the patient never had is unknown"),
    "marker": ("a marker", "biomarkers, on the day of the specimen"),
    "marker at diagnosis": ("a marker of the primary tumour", "biomarkers, on the day of diagnosis"),
    "unused": ("not used", "nothing"),
}
"""Every field a column of a clinical file can be: its meaning, and what it becomes."""

TIMELINE_FIELDS: dict[str, tuple[str, str]] = {
    "patient": ("the patient", "patient_id everywhere"),
    "start": ("first day", "day, or exposures.start"),
    "stop": ("last day", "exposures.stop"),
    "event": ("kind of event", "the table, by the list of events"),
    "group": ("kind of event in detail, kind of treatment", "the table; the name of a drug that is not named"),
    "drug": ("drug", "exposures.drug"),
    "investigational": ("whether the drug was investigational", "a notice"),
    "treated before": ("whether treated elsewhere before", "no course where it says that nothing was given"),
    "reason stopped": ("why the course ended", "exposures.reason_stopped"),
    "outcome": ("outcome of the course", "exposures.reason_stopped, where it says progression"),
    "setting": ("intent of the treatment", "exposures.setting"),
    "route": ("route", "exposures.route"),
    "organ": ("organ treated", "procedures.organ"),
    "progression": ("whether the disease progressed", "assessments.response"),
    "status": ("response or status of the disease", "assessments.response"),
    "tumour site": ("organ with tumour", "metastases.organ"),
    "performance": ("ECOG or Karnofsky performance status", "performance.ecog"),
    "score type": ("ECOG or Karnofsky", "performance.ecog"),
    "test": ("laboratory test", "biomarkers.marker"),
    "result": ("result of a test or score", "biomarkers.value, performance.ecog"),
    "unit": ("unit of a test", "biomarkers.unit"),
    "sample": ("the sample", "the day of its specimen"),
    "sequenced": ("day on which the sample was sequenced", "patients.observed_from"),
    "stage": ("stage", "diagnoses.stage"),
    "histology": ("histology", "diagnoses.histology"),
    "age in days": ("age on the day of the event, days", "diagnoses.day, where it contradicts START_DATE"),
    "method": ("method of an assessment", "assessments.method"),
    "source": ("where it was found", "assessments.basis"),
    "marker": ("a marker", "biomarkers"),
    "unused": ("not used", "nothing"),
}
"""Every field a column of a timeline can be: its meaning, and what it becomes."""

KINDS: dict[str, tuple[str, str]] = {
    "treatment": ("exposures", "a drug given"),
    "radiotherapy": ("procedures", "radiotherapy"),
    "surgery": ("procedures", "surgery"),
    "primary": ("diagnoses", "a primary tumour diagnosed"),
    "recurrence": ("diagnoses", "a recurrence diagnosed"),
    "metastatic": ("diagnoses", "metastatic disease diagnosed"),
    "assessment": ("assessments", "a tumour assessment"),
    "site": ("metastases", "a tumour site"),
    "performance": ("performance", "performance status"),
    "laboratory": ("biomarkers", "a laboratory test"),
    "marker": ("biomarkers", "a receptor or another marker"),
    "sequencing": ("patients", "observed_from: the first day under observation"),
    "specimen": ("patients", "the day of the samples named in the clinical files"),
    "death": ("patients", "death, where the clinical files do not say otherwise"),
    "follow-up": ("patients", "last_contact: a day known alive"),
    "unread": ("", "not read"),
}
"""Every kind of event: the table it goes to, and what it is there."""

WORD_LISTS: dict[str, str] = {
    "missing": "cells that are empty",
    "sex": "sex",
    "alive": "alive or dead",
    "agent": "drugs that are not named",
    "receptor": "results of receptors written as yes and no",
    "treated before": "whether a patient was treated elsewhere before: yes or no",
    "reason": "why a course ended",
    "outcome": "outcomes of a course that say why it ended",
    "setting": "intent of a treatment",
    "response": "response; that there is no progression says neither complete response nor progression",
    "site": "tumour sites",
    "no site": "that an image shows no tumour",
    "doubtful site": "sites that are metastases only where distant disease is known: beside which primary tumours",
    "primary organ": "organs of primary tumours",
}
"""The lists of words, and what each is about. A word that ends in `*` stands for all that begin with it."""


@frozen
class ColumnEntry:
    """One header of a file and what it is. `where` is clinical or timeline; `detail` names a marker."""

    where: str
    column: str
    field: str
    detail: str
    note: str


@frozen
class EventEntry:
    """How a row of a timeline is recognised; the first entry that fits decides.

    `file`, `event` and `group` are regular expressions, searched in small letters in the name of the
    file after `data_timeline_`, in EVENT_TYPE, and in TREATMENT_TYPE and SUBTYPE joined by `|`;
    `filled` is a field that must hold a value. What is empty always fits.
    """

    file: str
    event: str
    group: str
    filled: str
    kind: str
    meaning: str


@frozen
class WordEntry:
    """One word of a list, in small letters, and what it means."""

    list: str
    written: str
    meaning: str


@frozen
class Entries:
    """The three tables by which a study is read."""

    columns: tuple[ColumnEntry, ...]
    events: tuple[EventEntry, ...]
    words: tuple[WordEntry, ...]

    def column(self, where: str, name: str) -> ColumnEntry | None:
        """Return the entry of a header written in capitals, None where there is none."""
        return next((entry for entry in self.columns if entry.where == where and entry.column == name), None)

    def meanings(self, name: str) -> dict[str, str]:
        """Return the words of a list with their meanings, the study's own first."""
        found: dict[str, str] = {}
        for entry in self.words:
            if entry.list == name:
                found.setdefault(entry.written, entry.meaning)
        return found


def folded(text: str) -> str:
    """Return a cell as the lists of words write it."""
    return " ".join(text.lower().split())


def meaning_of(text: str, meanings: Mapping[str, str]) -> str | None:
    """Return what a cell means: the whole word first, then the longest beginning; None where nothing fits."""
    word = folded(text)
    if word in meanings:
        return meanings[word]
    begun = [key for key in meanings if key.endswith("*") and word.startswith(key[:-1])]
    return meanings[max(begun, key=len)] if begun else None


def looked_up(column: pl.Series, meanings: Mapping[str, str]) -> pl.Series:
    """Return the meaning of each cell; null where the cell is null or nothing fits."""
    known = {text: meaning_of(text, meanings) or None for text in column.drop_nulls().unique()}
    return column.replace_strict(known, default=None, return_dtype=pl.String)


def read_entries(folder: Path | None = None) -> Entries:
    """Return the built-in tables, the entries of a study folder first.

    Raises
    ------
    RecordsError
        Every line of the study's own tables that cannot be used, at once.
    """
    problems: list[Problem] = []
    columns = _read("columns", ColumnEntry, folder, problems)
    events = _read("events", EventEntry, folder, problems)
    words = _read("words", WordEntry, folder, problems)
    if problems:
        raise RecordsError(problems)
    return Entries(
        tuple(ColumnEntry(**{**line, "column": line["column"].upper()}) for _, line in columns),
        tuple(EventEntry(**line) for _, line in events),
        tuple(WordEntry(**{**line, "written": folded(line["written"])}) for _, line in words),
    )


Line = tuple[str, dict[str, str]]


def _read(name: str, kind: type, folder: Path | None, problems: list[Problem]) -> list[Line]:
    """Return the lines of one table, each with its address."""
    header = [field.name for field in fields(kind)]
    own = folder / OWN.format(name) if folder else None
    lines: list[Line] = []
    for path in (own, BUILT_IN / f"{name}.csv"):
        if path is None or not path.exists():
            continue
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
        if not rows or [cell.strip().lower() for cell in rows[0]] != header:
            problems.append(
                Problem(f"{path.name}:1", "the header is not known", ",".join(header), "Write this header.")
            )
            continue
        for number, row in enumerate(rows[1:], 2):
            line = dict(zip(header, [cell.strip() for cell in row], strict=False))
            problem = (
                _problem(name, line) if len(row) == len(header) else ("another number of fields", str(len(header)))
            )
            if problem and any(row):
                problems.append(Problem(f"{path.name}:{number}", problem[0], problem[1], "Correct the line."))
            elif any(row):
                lines.append((f"{path.name}:{number}", line))
    return lines


def _problem(name: str, line: dict[str, str]) -> tuple[str, str] | None:
    """Return what is wrong with a line and what was expected; None where it is sound."""
    if name == "words":
        known = line["list"] in WORD_LISTS
        return None if known else (f"the list {line['list']!r} is not known", ", ".join(WORD_LISTS))
    if name == "columns":
        named = {"clinical": CLINICAL_FIELDS, "timeline": TIMELINE_FIELDS}.get(line["where"])
        if named is None:
            return f"the place {line['where']!r} is not known", "clinical or timeline"
        return None if line["field"] in named else (f"the field {line['field']!r} is not known", ", ".join(named))
    if line["kind"] not in KINDS:
        return f"the kind {line['kind']!r} is not known", ", ".join(KINDS)
    if line["filled"] and line["filled"] not in TIMELINE_FIELDS:
        return f"the field {line['filled']!r} is not known", ", ".join(TIMELINE_FIELDS)
    try:
        for pattern in (line["file"], line["event"], line["group"]):
            re.compile(pattern)
    except re.error:
        return "the pattern is no regular expression", "a pattern"
    return None
