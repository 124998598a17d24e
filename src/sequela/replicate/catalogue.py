"""The papers that can be replicated, and one call that does it."""

from pathlib import Path

from sequela.analyses.answer import answer
from sequela.analyses.study_result import StudyResult
from sequela.audit.card import audited
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.errors import Problem, UsageError
from sequela.records.bundle import Records
from sequela.replicate.compare import Replication, ReplicationRow, compare, tally
from sequela.replicate.computations import COMPUTATIONS
from sequela.replicate.material import Material
from sequela.replicate.paper import PAPERS, Paper, load_paper, load_rows
from sequela.sources.folder import FolderSource
from sequela.study.cohort import build_cohort
from sequela.study.load import load_study, records_folder


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
    return Replication(paper, compared, material, material.result, _notes(paper, compared, material))


def material_of(paper: Paper) -> Material:
    """Read the records of a paper, derive its lines, and run its study where it has one."""
    if paper.study is None:
        records = FolderSource(paper.folder / "records").read()
        return _with_lines(paper, records, None)
    study = load_study(paper.study)
    records = FolderSource(records_folder(study, paper.study)).read()
    result = audited(answer(study, records, build_cohort(study, records), paper.study.read_text(encoding="utf-8")))
    return _with_lines(paper, records, result)


def _with_lines(paper: Paper, records: Records, result: StudyResult | None) -> Material:
    lines = lines_of_therapy(records)
    return Material(paper, records, lines, line_summary(records, lines), result)


def _notes(paper: Paper, rows: tuple[ReplicationRow, ...], material: Material) -> tuple[str, ...]:
    counted = ", ".join(f"{verdict} {count}" for verdict, count in tally(rows).items() if count)
    notes = [
        f"{len(rows)} printed quantities: {counted}.",
        f"Records: {material.records.kind}. {material.records.title}.",
        f"Computed: {_sentence(paper.computed)}",
        f"Not computed: {_sentence(paper.not_computed)}",
    ]
    withheld = material.result.withheld if material.result else ()
    return (*notes, *withheld)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
