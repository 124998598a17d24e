"""How the command line prints: tables for people, CSV for programs, notes on the error stream."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequela.errors import Problem
from sequela.records.bundle import Records
from sequela.records.problems import problems, summary
from sequela.report.display_table import DisplayTable
from sequela.report.display_table import to_csv as to_table_csv

if TYPE_CHECKING:
    from rich.console import Console

StudyFile = Annotated[Path, typer.Argument(help="The study file (YAML).", metavar="STUDY.yaml")]
OutputFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the report.", metavar="FOLDER")]
PdfOption = Annotated[bool, typer.Option("--pdf", help="Draw every figure as PDF beside its SVG.")]
RecordsFolder = Annotated[Path, typer.Argument(help="Folder of canonical records.", metavar="RECORDS")]


class TableFormat(StrEnum):
    """How a table is printed."""

    text = "text"
    csv = "csv"


FormatOption = Annotated[TableFormat, typer.Option("--format", help="text for people, csv for programs.")]


def say(text: str) -> None:
    """Print a sentence; a terminal breaks its lines."""
    sys.stdout.write(f"{text}\n")


def stdout() -> "Console":
    """Return where results go; as wide as they need where nobody looks at a terminal."""
    from rich.console import Console  # noqa: PLC0415 (tables alone need it)

    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def stderr() -> "Console":
    """Return where remarks go, which no program reads."""
    from rich.console import Console  # noqa: PLC0415 (tables alone need it)

    return Console(stderr=True, highlight=False)


def seen_from(path: Path, source: Path) -> str:
    """Return the address of a file or folder as a file at `path` must name it."""
    beside = source.resolve().parent == path.resolve().parent
    return source.name if beside else str(source.resolve())


def print_display(shown: DisplayTable, kind: str, output: TableFormat) -> None:
    """Print a table of the report; `kind` says what its records are."""
    from rich.markup import escape  # noqa: PLC0415 (tables alone need it)
    from rich.table import Table  # noqa: PLC0415 (tables alone need it)

    if output is TableFormat.csv:
        sys.stdout.write(to_table_csv(shown, kind))
        return
    table = Table(*(escape(column) for column in shown.columns), title=escape(shown.title))
    for row in shown.rows:
        table.add_row(*(escape(cell) for cell in row.cells))
    stdout().print(table)
    for note in shown.notes:
        stdout().print(note, markup=False, soft_wrap=True)


def print_records(records: Records) -> None:
    """Print what the records hold and every problem found in them."""
    console = stdout()
    for line in summary(records):
        console.print(str(line), markup=False, soft_wrap=True)
    for problem in problems(records):
        console.print(str(problem), markup=False, soft_wrap=True)


def print_loss(records: Records) -> None:
    """Say on the error stream what a reader of the answer must not miss."""
    found: tuple[Problem, ...] = problems(records)
    for problem in found:
        stderr().print(str(problem), markup=False, soft_wrap=True)
