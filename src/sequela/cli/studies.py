"""Commands about a study: run it, check it, print the language it is written in, and the demonstration."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from sequela.cli.printing import (
    OutputFolder,
    PdfOption,
    RecordsFolder,
    StudyFile,
    print_loss,
    print_records,
    say,
    seen_from,
    stdout,
)
from sequela.errors import Problem, RecordsError, UsageError
from sequela.report.answer import answer, card_summary
from sequela.report.moves import in_short, moves
from sequela.run import Check, check_study, refuse_late_entry, run_and_report
from sequela.sources.folder import FolderSource
from sequela.study.draft import draft_study, drugs_given
from sequela.study.spec import json_schema


def run(study: StudyFile, out: OutputFolder = None, pdf: PdfOption = False) -> None:
    """Run a study: a study file in, a report folder out."""
    folder = out or study.with_name(f"{study.stem}-report")
    result, page = run_and_report(study, folder, pdf)
    say(answer(result).sentence)
    say(f"Audit: {result.card.grade}. {card_summary(result.card)}")
    moved = moves(result)
    for each in moved:
        say("{}: {}; {}.".format(*in_short(each, len(moved) > 1)))
    print_loss(result.records)
    say(f"Report: {page}")
    refuse_late_entry(result)


def check(path: Annotated[Path, typer.Argument(help="A study file, or a folder of records.", metavar="PATH")]) -> None:
    """Print every problem of a study file and of its records at once, without running it."""
    found = Check((), FolderSource(path).read()) if path.is_dir() else check_study(path)
    if found.records is not None:
        print_records(found.records)
    if found.errors:
        raise type(found.errors[0])([problem for error in found.errors for problem in error.problems])
    if found.records is not None and found.records.quarantine.height:
        raise typer.Exit(RecordsError.exit_code)
    say("No problem that stops a study.")


def draft(
    records: RecordsFolder,
    path: Annotated[Path, typer.Argument(help="The study file to write.", metavar="STUDY.yaml")] = Path("study.yaml"),
    drug: Annotated[str, typer.Option("--drug", help="The drug whose effect is asked for.")] = "",
    after: Annotated[str, typer.Option("--after", help="The drug that came before it, or did not.")] = "",
) -> None:
    """Write a first study file for the records; without drugs, list those that were given."""
    found = FolderSource(records).read()
    if not (drug and after):
        given = [f"{name} ({number} patients)" for name, number in drugs_given(found)]
        raise UsageError(Problem("--drug, --after", "two drugs are needed", "two of: " + ", ".join(given)))
    if path.exists():
        raise UsageError(Problem(path.name, "the file is there already", "a new file", "Name another one."))
    text = draft_study(found, seen_from(path, records), drug, after)
    path.write_text(text, encoding="utf-8")
    stdout().print(text, markup=False, soft_wrap=True)
    say(f"Written: {path}. Read it, correct it, then: sequela run {path}")


def schema() -> None:
    """Print the JSON Schema of study files, for editors."""
    sys.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
