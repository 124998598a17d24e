"""Writes a replication as files: the page, the table, figures, and the reports of its studies."""

from pathlib import Path

from sequela.errors import Problem, UsageError
from sequela.replicate.clocks import clocks_table
from sequela.replicate.compare import to_csv, to_text
from sequela.replicate.page import figures_of, page_of, report_folder
from sequela.replicate.replication import Replication
from sequela.report.card_page import PAGE as CARD
from sequela.report.card_page import card_page
from sequela.report.display_table import BYTE_ORDER_MARK
from sequela.report.display_table import to_csv as to_table_csv
from sequela.report.page import drawings
from sequela.report.replication_page import is_page, replication_page
from sequela.report.write import write_report

PAGE = "index.html"


def write_replication(done: Replication, folder: Path, pdf: bool = False) -> tuple[Path, ...]:
    """Write a replication and return the paths: the page first.

    The page is `index.html`. The report of the main study is in `report/`, those of others in `report-NAME/`; where
    the audit refuses a comparison they say so, while the curves are those of the paper. The same replication gives the
    same bytes. `pdf` says whether figures are drawn as PDF beside their SVG.

    Raises
    ------
    UsageError
        Where the folder is a file, cannot be written, or holds an `index.html` of something else.
    """
    folder = Path(folder)
    _refuse_strangers(folder)
    files = replication_files(done, pdf)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        found = f"cannot be written ({error.strerror})"
        raise UsageError(Problem(folder.name, found, "a folder you may write to")) from error
    runs = done.material.runs.items()
    reports = [write_report(run.result, folder / report_folder(name), pdf) for name, run in runs]
    return (*(folder / name for name in files), *reports)


def replication_files(done: Replication, pdf: bool = False) -> dict[str, bytes]:
    """Return every file beside the reports by its name."""
    stem, figures = done.paper.name, figures_of(done)
    drawn = drawings(figures, pdf)
    clocks = clocks_table(done.result) if done.result is not None else None
    files = {PAGE: replication_page(page_of(done, clocks, figures), drawn).encode()}
    files |= {CARD: card_page().encode()} if done.result is not None else {}
    files |= {f"{stem}.csv": to_csv(done.rows).encode(), f"{stem}.txt": _text(done).encode()}
    if clocks is not None and done.result is not None:
        content = BYTE_ORDER_MARK + to_table_csv(clocks, done.result.records.kind)
        files[f"{stem}-{clocks.name}.csv"] = content.encode()
    return files | drawn


def _text(done: Replication) -> str:
    return "\n".join((done.title, *done.sentences, *done.notes, "", to_text(done.rows)))


def _refuse_strangers(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(Problem(folder.name, "this is a file", "a folder", "Name another one."))
    page = folder / PAGE
    if page.exists() and not is_page(page.read_text(encoding="utf-8", errors="replace")):
        found, expected = f"{PAGE} is no page of a replication", "an empty folder, a new one, or a former replication"
        raise UsageError(Problem(folder.name, found, expected, "Name another folder; nothing was written."))
