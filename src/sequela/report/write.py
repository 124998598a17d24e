"""Writes the report folder, whole or not at all."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from sequela.analyses.results import RESULT_SCHEMA, Survival
from sequela.analyses.study_result import StudyResult
from sequela.errors import Problem, UsageError
from sequela.records.bundle import Kind
from sequela.report.answer import released
from sequela.report.card_page import PAGE as CARD
from sequela.report.card_page import card_page
from sequela.report.checklists import checklist_table
from sequela.report.display_table import BYTE_ORDER_MARK, DisplayTable, to_csv
from sequela.report.manifest import FORMAT, NAME, manifest
from sequela.report.model_tables import RESIDUALS
from sequela.report.page import PageFigure, drawings, figures_of, page
from sequela.report.tables import flow_table, tables_of
from sequela.report.tipping_tables import tipping_tables


def write_report(result: StudyResult, folder: Path, pdf: bool = False) -> Path:
    """Write the report of a study and return its page.

    The same result gives the same bytes. A former report in the folder is replaced as a whole.

    Parameters
    ----------
    result : StudyResult
    folder : Path
        Made where it does not exist.
    pdf : bool
        Whether each figure is drawn as PDF beside its SVG.

    Raises
    ------
    UsageError
        Where the folder is a file, or holds files that are no report of this program.
    """
    folder = Path(folder)
    _refuse_strangers(folder)
    answers = (*tables_of(released(result)), *tipping_tables(result.card))
    tables = (flow_table(result.cohort.flow), *answers, checklist_table(result))
    files = report_files(result, tables, figures_of(result), pdf)
    _replace(folder, files)
    return folder / "index.html"


def report_files(
    result: StudyResult, tables: tuple[DisplayTable, ...], figures: tuple[PageFigure, ...], pdf: bool = False
) -> dict[str, bytes]:
    """Return every file of the report by its name inside the folder; the manifest last."""
    kind = result.records.kind
    drawn = drawings(figures, pdf)
    files = {"index.html": page(result, tables, figures, drawn).encode(), CARD: card_page().encode()}
    files |= {f"tables/{table.name}.csv": (BYTE_ORDER_MARK + to_csv(table, kind)).encode() for table in tables}
    files |= {f"figures/{name}": content for name, content in drawn.items()}
    files["results.parquet"] = _parquet(tidy_results(result), kind)
    if (rows := residuals(result)) is not None:
        files[RESIDUALS] = _parquet(rows, kind)
    files[NAME] = manifest(result, files).encode()
    return files


def tidy_results(result: StudyResult) -> pl.DataFrame:
    """Return every number of the report: `RESULT_SCHEMA` and a last column with the kind of the records."""
    empty = pl.DataFrame(schema=RESULT_SCHEMA)
    found = pl.concat([empty, *(analysis.results for analysis in released(result)), result.card.results])
    return found.with_columns(pl.lit(result.records.kind.value).alias("records_kind"))


def residuals(result: StudyResult) -> pl.DataFrame | None:
    """Return the residuals that a study asks for, by the table of the analysis they belong to; None where it asks none.

    The columns of `residual_table.SCHEMA` between `table` (`survival-os`) and the kind of the records.
    """
    survivals = [item for item in released(result) if isinstance(item, Survival)]
    names = [table.name for table in tables_of(survivals) if table.name.startswith("survival-")]
    found = [
        item.residuals.select(pl.lit(name).alias("table"), pl.all())
        for name, item in zip(names, survivals, strict=True)
        if item.residuals is not None
    ]
    return pl.concat(found).with_columns(pl.lit(result.records.kind.value).alias("records_kind")) if found else None


def _parquet(rows: pl.DataFrame, kind: Kind) -> bytes:
    target = io.BytesIO()
    rows.write_parquet(target, metadata={"records_kind": kind.value})
    return target.getvalue()


def _refuse_strangers(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(Problem(folder.name, "this is a file", "a folder for the report", "Name another one."))
    if not folder.is_dir() or all(path.name.startswith(".") for path in folder.iterdir()):
        return
    if _former_files(folder) is None:
        raise UsageError(
            Problem(
                folder.name,
                "the folder holds files and is no report of this program",
                "an empty folder, a new one, or a former report",
                "Name another folder; nothing was written.",
            )
        )


def _former_files(folder: Path) -> tuple[str, ...] | None:
    """Return the files of the report in a folder by their names, None where it is no report."""
    try:
        former = json.loads((folder / NAME).read_text(encoding="utf-8"))
        names = tuple(str(output["name"]) for output in former["outputs"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (*names, NAME) if former.get("format") == FORMAT else None


def _replace(folder: Path, files: dict[str, bytes]) -> None:
    """Put the new files where the former report was; files of others in the folder stay."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".new-") as staging:
            for name, content in files.items():
                _written(Path(staging) / name, content)
            _remove(folder, _former_files(folder) or ())
            for name in files:
                (folder / name).parent.mkdir(exist_ok=True)
                (Path(staging) / name).replace(folder / name)
    except OSError as error:
        found = f"the report cannot be written ({error.strerror})"
        raise UsageError(Problem(folder.name, found, remedy="Name a folder you may write to.")) from error


def _written(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _remove(folder: Path, names: Iterable[str]) -> None:
    inside = folder.resolve()
    for name in names:
        if (folder / name).resolve().is_relative_to(inside):
            (folder / name).unlink(missing_ok=True)
