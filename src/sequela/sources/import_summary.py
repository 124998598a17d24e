"""What an import did, for a person: what was read, what was assumed, what is not there and cannot be assessed."""

import polars as pl

from sequela.records.bundle import Records
from sequela.sources.account import Account

NAMED = ("drug", "organ", "marker")
"""Columns whose words come from a vocabulary, so that they tell nothing of a patient."""

MOST_WORDS = 8
"""Unknown words that are shown."""

SUMMARY = "import.md"
"""File of the summary beside the records."""

ABSENT: dict[str, str] = {
    "exposures": "no drugs: nobody can be said to have been treated or not",
    "diagnoses": "no diagnoses: the metastatic diagnosis is not known, lines are numbered without it",
    "assessments": "no assessments: progression-free survival and response cannot be assessed",
    "biomarkers": "no biomarkers: receptor status is unknown for everyone",
    "metastases": "no sites of metastases: visceral disease is unknown for everyone",
    "performance": "no performance status",
    "lesions": "no measured lesions: response by RECIST cannot be recomputed",
}
"""What it means that a table is empty."""


def import_summary(records: Records, account: Account) -> str:
    """Return the summary as Markdown: files, patients, decisions, what is missing, and what was not used."""
    parts = [
        f"# {records.title or 'Imported records'}",
        _patients(records),
        _section("Files", [f"- {count}" for count in account.files] or _tables(records)),
        _section("What was assumed", [f"- {sentence}" for sentence in account.decisions]),
        _section("What is not there", _absent(records)),
        _section("Rows in quarantine", _quarantined(records)),
        _section("What to know", _noticed(records)),
        _section("Columns that were not used", _unused(account)),
        _section(
            "Files that were not read", [f"- {name}{f': {why}' if why else ''}" for name, why in account.unread_files]
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([f"## {title}", "", *lines]) if lines else ""


def _patients(records: Records) -> str:
    patients = records.table("patients")
    dead, entered = patients["death"].count(), patients["observed_from"].count()
    if patients.is_empty():
        return "**No patient is left.** Every row of patients was refused, or there was none: see the quarantine."
    people = "1 patient" if patients.height == 1 else f"{patients.height} patients"
    text = f"{people} ({records.kind}), {dead} of them dead."
    if entered:
        late = int((patients["observed_from"] > 0).sum())
        text += f" The first day under observation is known for {entered}" + (
            f", after day 0 for {late}." if late else "."
        )
    return text


def _tables(records: Records) -> list[str]:
    return [
        f"- {each.name}: {each.rows_read} rows read, {each.rows_kept} kept, {each.rows_quarantined} quarantined"
        for each in records.sources
    ]


def _absent(records: Records) -> list[str]:
    lines = [f"- {text}." for name, text in ABSENT.items() if records.table(name).is_empty()]
    if records.table("patients")["origin_date"].is_null().all():
        lines.append("- no calendar: when drugs became available and the years of treatment cannot be assessed.")
    return lines


def _quarantined(records: Records) -> list[str]:
    rows = records.quarantine.group_by("file", "table", "rule", "remedy").len()
    rows = rows.sort("len", "file", "rule", descending=[True, False, False])
    return [
        f"- {number} of {file} ({table}), rule {rule}: {remedy}"
        for file, table, rule, remedy, number in rows.iter_rows()
    ]


def _noticed(records: Records) -> list[str]:
    rows = records.notices.group_by("table", "column", "meaning").agg(
        pl.len(), counted=pl.col("found").filter(pl.col("row").is_null() & (pl.col("found") != "")).first()
    )
    rows = rows.sort("len", "table", "meaning", descending=[True, False, False])
    return [
        f"- {table or 'files'}, {column or 'as a whole'}: {meaning} ({counted or number})"
        + _words(records, column, meaning)
        for table, column, meaning, number, counted in rows.iter_rows()
    ]


def _words(records: Records, column: str, meaning: str) -> str:
    """Return the most frequent words that a vocabulary lacks, each with its count and what to do."""
    if column not in NAMED:
        return ""
    said = records.notices.filter(pl.col("column") == column, pl.col("meaning") == meaning)
    counts = said.group_by("found", "remedy").len().sort("len", "found", descending=[True, False]).head(MOST_WORDS)
    lines = [f"  - {found!r} ({number}). {remedy}" for found, remedy, number in counts.iter_rows()]
    return "\n".join([":", *lines])


def _unread(account: Account) -> list[str]:
    return [f"- {name}: {why}" if why else f"- {name}" for name, why in account.unread_files]


def _unused(account: Account) -> list[str]:
    by_file: dict[str, list[str]] = {}
    for file, column, why in account.unused_columns:
        by_file.setdefault(file, []).append(f"{column} ({why})" if why else column)
    return [f"- {file}: {', '.join(columns)}" for file, columns in by_file.items()]
