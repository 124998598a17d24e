"""Commands about published papers: check them, compare their numbers with ours, find patients like theirs."""

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from sequela.cli.printing import FormatOption, TableFormat, stderr, stdout
from sequela.evidence.check_paper import check_paper, load_paper, published, subjects
from sequela.evidence.load_printed import load_printed
from sequela.evidence.load_sequences import is_of_sequences, load_sequences
from sequela.evidence.paper_findings import AGREES, to_text
from sequela.evidence.paper_findings import to_csv as findings_to_csv
from sequela.evidence.reconstruct import Reconstruction, reconstruct
from sequela.evidence.sequence_reconstruct import SequenceReconstruction, reconstruct_sequences
from sequela.evidence.write import write_reconstruction
from sequela.evidence.write_sequences import write_sequences


def reconstruct_patients(
    printed: Annotated[Path, typer.Argument(help="What a paper printed (YAML).", metavar="PRINTED.yaml")],
    out: Annotated[
        Path, typer.Argument(help="Folder for what is found; the records go to FOLDER/records.", metavar="FOLDER")
    ],
    seed: Annotated[int, typer.Option("--seed", help="Seed of the search.", min=0)] = 1,
) -> None:
    """Find patients consistent with what a paper printed; for testing programs, never evidence."""
    rng = np.random.default_rng(seed)
    console = stderr()

    def progress(text: str) -> None:
        console.print(f"Searching {text}")

    found: Reconstruction | SequenceReconstruction
    if is_of_sequences(printed):
        found = reconstruct_sequences(load_sequences(printed), rng, progress=progress)
        write_sequences(found, out, seed)
    else:
        found = reconstruct(load_printed(printed), rng, progress=progress)
        write_reconstruction(found, out, seed)
    table = Table("constraint", "printed", "reached", "verdict", "reason")
    for row in found.constraints.iter_rows(named=True):
        table.add_row(*(row[name] or "" for name in ("constraint", "printed", "reached", "verdict", "reason")))
    stdout().print(table)
    stdout().print(f"{found.notice} {out}", markup=False, soft_wrap=True)


def paper(
    tables: Annotated[
        str | None,
        typer.Argument(help="What a paper printed (YAML), or one that comes along.", metavar="TABLES.yaml"),
    ] = None,
    output: FormatOption = TableFormat.text,
    every: Annotated[bool, typer.Option("--all", help="Also list what agrees.")] = False,
) -> None:
    """Check whether the tables and sentences of a printed paper agree with each other."""
    if tables is None:
        for name in published():
            sys.stdout.write(f"{name}\n")
        return
    found = load_paper(tables)
    findings = check_paper(found)
    if output is TableFormat.csv:
        sys.stdout.write(findings_to_csv(findings))
        return
    sys.stdout.write(to_text(findings, found.citation, subjects(found)))
    for finding in (finding for finding in findings if every and finding.grade == AGREES):
        sys.stdout.write(f"{finding.check} {finding.location}: {finding.printed}: {finding.recomputed}.\n")
