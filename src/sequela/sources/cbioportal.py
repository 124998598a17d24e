"""A study folder of cBioPortal: clinical files and timelines become canonical records.

What a column, an event or a word means is data (`cbioportal_maps`), extended by the study's own
tables; what day 0 is, is found out from the timelines and said.
"""

from collections.abc import Sequence
from dataclasses import field, replace
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.records.bundle import NOTICE_SCHEMA, Records
from sequela.records.drugs import DrugVocabulary, default_vocabulary
from sequela.records.validate import Provenance, validate
from sequela.sources.account import Account
from sequela.sources.addresses import readdressed
from sequela.sources.cbioportal_account import account_of
from sequela.sources.cbioportal_clinical import (
    marker_candidate,
    patient_candidates,
    sampled_sites,
    stage_candidates,
    with_primary,
)
from sequela.sources.cbioportal_clock import Clock, days, set_clock
from sequela.sources.cbioportal_entries import CLINICAL_FIELDS, Entries, read_entries
from sequela.sources.cbioportal_files import StudyFile, StudyFolder, find_files, read_file
from sequela.sources.cbioportal_people import People, describe, gather
from sequela.sources.cbioportal_roles import Sorted, sort_columns, sort_events, unread_topic, without_days
from sequela.sources.cbioportal_rows import (
    Candidate,
    Study,
    certain_sites,
    no_place,
    site_candidate,
    sites_of,
    timeline_candidates,
    with_unknown_past,
)
from sequela.sources.cbioportal_stack import Stack, main_table, refused_candidate, stacked


@frozen
class CbioportalSource:
    """Records in the folder of a cBioPortal study.

    Attributes
    ----------
    path : Path
        The folder: `data_clinical_patient.txt` at least, `data_timeline_*.txt` as there are, and
        `sequela_columns.csv`, `sequela_events.csv`, `sequela_words.csv` where the study spells
        something in its own way.
    """

    path: Path

    def read(self) -> Records:
        """Read the study.

        Raises
        ------
        RecordsError
            Every file that cannot be read, at once. Single rows never raise; they are quarantined.
        """
        return self.read_with_account()[0]

    def read_with_account(self) -> tuple[Records, Account]:
        """Read the study; return also how each file fared and what was settled on the way.

        Raises
        ------
        RecordsError
            As `read`.
        """
        folder = Path(self.path)
        entries = read_entries(folder)
        found = find_files(folder)
        files, unread = _read_all(found, entries)
        study = _gathered(files, entries, default_vocabulary())
        stacks = stacked(_candidates(study))
        provenance = Provenance(title=found.title, citation=found.citation, time="days")
        records = validate({name: stack.reading for name, stack in stacks.items()}, provenance)
        records, said = with_unknown_past(_readdressed(records, stacks, study), study.reading)
        study = replace(study, decisions=(*study.decisions, *said))
        return records, account_of(records, stacks, study, (*unread, *((name, "") for name in found.others)))


@frozen
class Gathered:
    """Everything read from the files of a study, before it is judged."""

    clinical: tuple[Sorted, ...]
    timelines: tuple[Sorted, ...]
    reading: Study
    decisions: tuple[str, ...] = field(default=())
    notices: tuple[tuple[str, str, int, str], ...] = field(default=())

    @property
    def files(self) -> tuple[StudyFile, ...]:
        """Return the files in the order of clinical files, then timelines."""
        return tuple(part.file for part in (*self.clinical, *self.timelines))


def _read_all(found: StudyFolder, entries: Entries) -> tuple[list[StudyFile], tuple[tuple[str, str], ...]]:
    """Return the files that are read, and the timelines that are not, each with the reason."""
    missing = frozenset(entries.meanings("missing"))
    files: list[StudyFile] = []
    unread: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for path, role in found.tables:
        try:
            file = read_file(path, role, missing)
        except RecordsError as error:
            problems += error.problems
            continue
        reason = unread_topic(file, entries) if role == "timeline" else ""
        if reason:
            unread.append((file.name, reason))
        else:
            files.append(file)
    if problems:
        raise RecordsError(problems)
    return files, tuple(unread)


def _gathered(files: Sequence[StudyFile], entries: Entries, drugs: DrugVocabulary) -> Gathered:
    fields = tuple(CLINICAL_FIELDS)
    clinical = tuple(sort_columns(file, entries, fields) for file in files if file.role == "clinical")
    timelines = tuple(sort_events(file, entries, drugs) for file in files if file.role == "timeline")
    clock = set_clock(timelines)
    rows, notices = gather(clinical)
    described = describe(rows, entries, clock, _later(timelines))
    people = with_primary(described, entries)
    decisions = (clock.sentence, *_entry_sentence(clock, people), *people.decisions)
    study = Study(entries, clock, people, pl.DataFrame(schema={"patient_id": pl.String, "distant": pl.Int32}))
    study = replace(study, distant=_distant(clinical, timelines, study))
    return Gathered(clinical, timelines, study, decisions, (*notices, *people.notices))


def _entry_sentence(clock: Clock, people: People) -> tuple[str, ...]:
    number = int(people.frame["observed_from"].is_not_null().sum())
    if not number:
        return ("No timeline says when a patient was sequenced: the first day under observation is not known.",)
    late = int((people.frame["observed_from"] > 0).sum()) if clock.anchor == "diagnosis" else 0
    text = (
        f"{number} patients are under observation from their first sequencing on: nobody could die before it and be in "
        "the study, so what happened before it is known only of those who lived to see it."
    )
    return (f"{text} For {late} of them it lies after the diagnosis.",) if late else (text,)


def _later(timelines: Sequence[Sorted]) -> pl.DataFrame:
    """Return per patient the last follow-up, the last day on which a record begins, whether he died, and when."""
    empty = pl.DataFrame(schema={"patient_id": pl.String, "end": pl.Int32, "day": pl.Int32, "kind": pl.String})
    parts = [
        timeline.frame.select(
            pl.col("patient.").alias("patient_id"), days("stop.").alias("end"), days("start.").alias("day"), "kind"
        ).with_columns(pl.max_horizontal("day", "end").alias("end"))
        for timeline in timelines
    ]
    rows, kind = pl.concat([empty, *parts]).drop_nulls("patient_id"), pl.col("kind")
    return rows.group_by("patient_id").agg(
        pl.col("end").filter(kind == "follow-up").max().alias("followed"),
        pl.col("day").filter(~kind.is_in(["follow-up", "unread", "death"])).max().alias("recorded"),
        (kind == "death").any().alias("deceased"),
        pl.col("day").filter(kind == "death").min().alias("died"),
    )


def _distant(clinical: Sequence[Sorted], timelines: Sequence[Sorted], study: Study) -> pl.DataFrame:
    """Return per patient the first day on which distant disease is certain."""
    parts = [pl.DataFrame(schema={"patient_id": pl.String, "day": pl.Int32})]
    for timeline in timelines:
        metastatic = timeline.frame.filter(pl.col("kind") == "metastatic")
        parts.append(metastatic.select(pl.col("patient.").alias("patient_id"), days("start.").alias("day")))
        parts.append(certain_sites(sites_of(timeline), study))
    for file in clinical:
        parts.append(certain_sites(sampled_sites(file, study.clock), study))
    found = pl.concat(parts).drop_nulls()
    return found.group_by("patient_id").agg(pl.col("day").min().alias("distant"))


def _candidates(study: Gathered) -> list[Candidate]:
    """Return every row of every file on its way into a table, refused rows of the files included."""
    reading = study.reading
    found = patient_candidates(reading.people) + stage_candidates(reading.people, reading.clock)
    for file in study.clinical:
        if file.markers:
            found.append(marker_candidate(file, reading.entries, reading.clock))
        sites = sampled_sites(file, reading.clock)
        if sites.height:
            found.append(site_candidate(file.file.name, sites, reading))
        found.append(refused_candidate("patients", file.file.name, file.file.refused))
    for timeline in study.timelines:
        own = timeline_candidates(timeline, reading)
        table = main_table(own)
        found += own
        found.append(refused_candidate(table, timeline.file.name, timeline.file.refused))
        found.append(refused_candidate(table, timeline.file.name, no_place(timeline)))
    return found


def _readdressed(records: Records, stacks: dict[str, Stack], study: Gathered) -> Records:
    """Return the records with quarantine and notices that point to the files of the study."""
    said = [
        ("patients", "", None, column, f"{number} patients", meaning, remedy)
        for column, meaning, number, remedy in study.notices
    ]
    said += [
        ("", file.name, None, "", "", meaning, remedy)
        for file in study.files
        for meaning, remedy in (*file.notices, *without_days(file, study.reading.entries))
    ]
    own = pl.DataFrame(said, schema=NOTICE_SCHEMA, orient="row")
    origins = pl.concat([stack.origins for stack in stacks.values()])
    return readdressed(records, origins, pl.concat([own, *(stack.notices for stack in stacks.values())]))
