"""The story of a run in six calls."""

from pathlib import Path

from sequela.analyses.answer import answer
from sequela.analyses.study_result import StudyResult
from sequela.audit.card import audited
from sequela.errors import NotEstimableError, Problem, SequelaError, TimeZeroError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.partitions import sorted_if_many
from sequela.sources.folder import FolderSource
from sequela.study.cohort import build_cohort
from sequela.study.document import read_document
from sequela.study.load import load_study, records_folder


def run_study(study_file: Path) -> StudyResult:
    """Read a study file and its records, find the cohort, answer, and examine the answer.

    Raises
    ------
    StudyError, RecordsError, NotEstimableError
        With every problem found at that step.
    """
    study = load_study(study_file)
    records = sorted_if_many(FolderSource(records_folder(study, study_file)).read())
    cohort = build_cohort(study, records)
    return audited(answer(study, records, cohort, study_file.read_text(encoding="utf-8-sig")))


def run_and_report(study_file: Path, folder: Path, pdf: bool = False) -> tuple[StudyResult, Path]:
    """Run a study and write its report, its figures as PDF too where `pdf` asks; return the result and its page."""
    from sequela.report.write import write_report  # noqa: PLC0415 (pages and figures; an answer alone needs none)

    result = run_study(study_file)
    return result, write_report(result, folder, pdf)


def refuse_late_entry(result: StudyResult) -> None:
    """Raise where the comparison was withheld because the clock starts before the cohort's entry event."""
    if result.too_early:
        raise TimeZeroError(Problem("time_zero", result.cohort.guard.reason))
    if result.withheld and not result.analyses:
        raise NotEstimableError("\n".join(result.withheld))


@frozen
class Check:
    """Every problem of a study file and of its records, found without running the analyses.

    Attributes
    ----------
    errors : tuple of SequelaError
        What stops the study.
    records : Records or None
        None where they cannot be read.
    """

    errors: tuple[SequelaError, ...]
    records: Records | None


def check_study(study_file: Path) -> Check:
    """Look for every problem at once: the file, the records it names, and the cohort they make."""
    errors: list[SequelaError] = []
    study = records = None
    folder = _named_folder(study_file)
    try:
        study = load_study(study_file)
    except SequelaError as problem:
        errors.append(problem)
    try:
        records = FolderSource(folder).read() if folder else None
    except SequelaError as problem:
        errors.append(problem)
    if study is not None and records is not None:
        try:
            build_cohort(study, records)
        except SequelaError as problem:
            errors.append(problem)
    return Check(tuple(errors), records)


def _named_folder(study_file: Path) -> Path | None:
    """Return the records a study file names, even where the rest of it cannot be read."""
    try:
        named = read_document(study_file).value.get("records")
    except SequelaError:
        return None
    return study_file.parent / named if isinstance(named, str) else None
