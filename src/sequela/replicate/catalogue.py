"""The papers that can be replicated, and one call that does it."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Status
from sequela.analyses.study_result import StudyResult
from sequela.audit.card import audited
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.errors import Problem, UsageError
from sequela.records.bundle import Records
from sequela.replicate.compare import ReplicationRow, compare, tally
from sequela.replicate.computations import COMPUTATIONS
from sequela.replicate.material import Material, Run
from sequela.replicate.paper import MAIN_STUDY, PAPERS, Paper, load_paper, load_rows
from sequela.replicate.replication import Replication
from sequela.report.answer import answer as worded_answer
from sequela.report.answer import card_summary
from sequela.sources.folder import FolderSource
from sequela.study.cohort import build_cohort
from sequela.study.history import definitions_of, histories
from sequela.study.load import load_study, records_folder
from sequela.study.spec import Study


def names(papers: Path = PAPERS) -> tuple[str, ...]:
    """Return the names of the papers, in alphabetical order: the folders that hold a `paper.yaml`."""
    return tuple(sorted(path.parent.name for path in papers.glob("*/paper.yaml")))


def paper_named(name: str, papers: Path = PAPERS) -> Paper:
    """Return a paper.

    Raises
    ------
    UsageError
        Where there is none of that name; the message lists the names.
    """
    if name not in names(papers):
        raise UsageError(
            Problem("replicate", f"no paper is called {name!r}", remedy=f"Choose one of {', '.join(names(papers))}")
        )
    return load_paper(papers / name)


def replicate(name: str, papers: Path = PAPERS) -> Replication:
    """Compute what a paper printed, from its records.

    Parameters
    ----------
    name : str
        One of `names()`.
    papers : Path
        Folder of papers.

    Raises
    ------
    UsageError
        For a name that is no paper.
    RecordsError, StudyError, NotEstimableError
        As for any run.
    """
    paper = paper_named(name, papers)
    rows = load_rows(paper.folder, COMPUTATIONS)
    material = material_of(paper)
    compared = compare(rows, material)
    notes = _notes(paper, compared, material)
    return Replication(paper, compared, material, material.result, notes, _sentences(material))


def material_of(paper: Paper) -> Material:
    """Read the records of a paper, derive its lines, and run its studies where it has any.

    The records of a paper are those in `records/`; a study may name others. Each folder is read once.
    """
    read: dict[Path, Records] = {}

    def records_in(folder: Path) -> Records:
        if folder.resolve() not in read:
            read[folder.resolve()] = FolderSource(folder).read()
        return read[folder.resolve()]

    records = records_in(paper.folder / "records")
    runs = {}
    for name, path in paper.studies.items():
        study = load_study(path)
        runs[name] = _run(study, records_in(records_folder(study, path)), path.read_text(encoding="utf-8"))
    lines = lines_of_therapy(records)
    result = runs[MAIN_STUDY].result if MAIN_STUDY in runs else None
    return Material(paper, records, lines, line_summary(records, lines), result, runs)


def _run(study: Study, records: Records, text: str) -> Run:
    """Run one study, and keep the histories behind it for what the paper printed under other clocks."""
    result = audited(answer(study, records, build_cohort(study, records), text))
    at = result.cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    lines = lines_of_therapy(records, definitions_of(study).line_rules)
    return Run(result, replace(histories(study, records, at), lines=lines))


def _sentences(material: Material) -> tuple[str, ...]:
    """Return what can and cannot be told: the verdict of `paper.yaml`, else why a refused comparison is no answer."""
    verdict, result = material.paper.verdict, material.result
    if verdict.sentences:
        found = {
            name: COMPUTATIONS[one.computation](material, one.given).values for name, one in verdict.numbers.items()
        }
        return tuple(sentence.format(**found) for sentence in verdict.sentences)
    return (worded_answer(result).sentence,) if result is not None and result.cohort.guard.late else ()


def _audit(result: StudyResult | None) -> tuple[str, ...]:
    """Return the report card of the main study in words: its grade, and every item that is not in order."""
    if result is None:
        return ()
    found = [item for item in result.card.worst_first() if item.status in (Status.ERROR, Status.WARN)]
    return (
        f"Audit: {result.card.grade}. {card_summary(result.card)}",
        *(f"{item.status}, {item.title}: {item.finding}" for item in found),
    )


def _notes(paper: Paper, rows: tuple[ReplicationRow, ...], material: Material) -> tuple[str, ...]:
    counted = ", ".join(f"{verdict} {count}" for verdict, count in tally(rows).items() if count)
    result = material.result
    bundles = [material.records]
    bundles += [result.records] if result is not None and result.records is not material.records else []
    return (
        f"{len(rows)} printed quantities: {counted}.",
        *(f"Records: {records.kind}. {records.title}." for records in bundles),
        f"Computed: {_sentence(paper.computed)}",
        f"Not computed: {_sentence(paper.not_computed)}",
        *(result.withheld if result is not None else ()),
        *_audit(result),
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
