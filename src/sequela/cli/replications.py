"""Commands about replications: a paper printed beside what the program computes, and the demonstration."""

import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sequela.cli.printing import FormatOption, OutputFolder, PdfOption, TableFormat, stderr, stdout
from sequela.replicate.catalogue import names, replicate
from sequela.replicate.compare import to_csv
from sequela.replicate.replication import Replication
from sequela.replicate.write import write_replication
from sequela.report.answer import answer, card_summary
from sequela.run import run_and_report


def replicate_paper(
    paper: Annotated[str | None, typer.Argument(help="A paper; without one, the list.", metavar="PAPER")] = None,
    output: FormatOption = TableFormat.text,
    out: OutputFolder = None,
    pdf: PdfOption = False,
) -> None:
    """Compare what a paper printed with what the program computes, row by row."""
    if paper is None:
        for name in names():
            sys.stdout.write(f"{name}\n")
        return
    done = replicate(paper)
    if output is TableFormat.csv:
        sys.stdout.write(to_csv(done.rows))
    else:
        print_replication(done)
    if out is not None:
        for path in write_replication(done, out, pdf):
            stderr().print(f"Written: {path}", markup=False, soft_wrap=True)


def demo(out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the report.")] = Path("demo-report")) -> None:
    """Run the Noda-Narita study on reconstructed patients: the agreement table and a report."""
    name = "noda-narita-2019"
    study = Path(str(files("sequela.replicate"))) / "papers" / name / "study.yaml"
    result, page = run_and_report(study, out)
    print_replication(replicate(name))
    stdout().print(answer(result).sentence, markup=False)
    stdout().print(f"Audit: {result.card.grade}. {card_summary(result.card)}", markup=False)
    stdout().print(f"Report: {page}", markup=False, soft_wrap=True)


def print_replication(done: Replication) -> None:
    """Print the agreement table of a paper, with a reason for every row that differs."""
    table = Table("id", "quantity", "printed", "computed", "verdict", title=done.paper.title)
    for row in done.rows:
        table.add_row(row.id, row.quantity, row.printed, row.computed, row.verdict)
    console = stdout()
    for sentence in done.sentences:
        console.print(sentence, markup=False, soft_wrap=True)
    console.print(table)
    for row in done.rows:
        if row.reason:
            console.print(f"{row.id}: {row.reason}", markup=False, soft_wrap=True)
    for note in done.notes:
        console.print(note, markup=False, soft_wrap=True)
