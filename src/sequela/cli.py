"""Arguments in, exit code out."""

import json
import sys
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from sequela import __version__
from sequela.analyses.line_sensitivity import study_moves
from sequela.derive.line_alternatives import line_moves
from sequela.derive.line_rule_sets import RULE_SETS, read_rule_set, roles_in_words, rule_set
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.derive.rules import LineRules
from sequela.derive.story import patient_story
from sequela.errors import Problem, RecordsError, SequelaError, UsageError
from sequela.evidence.load_printed import load_printed
from sequela.evidence.reconstruct import reconstruct
from sequela.evidence.write import write_reconstruction
from sequela.records.bundle import Records
from sequela.records.problems import problems, summary
from sequela.records.write import write_records
from sequela.replicate.catalogue import names, replicate
from sequela.replicate.compare import Replication, to_csv
from sequela.report.answer import answer, card_summary
from sequela.report.line_sensitivity import line_moves_table, study_moves_table
from sequela.report.tables import DisplayTable
from sequela.report.tables import to_csv as to_table_csv
from sequela.run import Check, check_study, refuse_late_entry, run_and_report
from sequela.sources.folder import FolderSource
from sequela.sources.formats import FORMATS, read_format
from sequela.sources.import_summary import SUMMARY, import_summary
from sequela.sources.omop_write import write_omop
from sequela.study.load import load_study
from sequela.study.spec import json_schema

app = typer.Typer(
    name="sequela",
    help="Does a drug work less well after another drug, and is that biology or the way the patients were chosen?",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

StudyFile = Annotated[Path, typer.Argument(help="The study file (YAML).", metavar="STUDY.yaml")]
OutputFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the report.", metavar="FOLDER")]
RuleSet = Annotated[str, typer.Option("--rules", help="Rules for lines: breast, lung, or a file.", metavar="RULES")]
RecordsFolder = Annotated[Path, typer.Argument(help="Folder of canonical records.", metavar="RECORDS")]


def main() -> None:
    """Run the command line; a mistake of the user ends with one letter and an exit code, never a traceback."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except SequelaError as problem:
        _stderr().print(str(problem), markup=False, highlight=False, soft_wrap=True)
        sys.exit(problem.exit_code)
    except typer.TyperException as problem:
        _stderr().print(f"{problem.format_message()} See: sequela --help", markup=False, soft_wrap=True)
        sys.exit(UsageError.exit_code)
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)


def _stdout() -> Console:
    """Return where results go; as wide as they need where nobody looks at a terminal."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def _stderr() -> Console:
    return Console(stderr=True, highlight=False)


class TableFormat(StrEnum):
    """How a table is printed."""

    text = "text"
    csv = "csv"


FormatOption = Annotated[TableFormat, typer.Option("--format", help="text for people, csv for programs.")]


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        _stdout().print(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        _stdout().print(context.get_help(), markup=False)


@app.command()
def run(study: StudyFile, out: OutputFolder = None) -> None:
    """Run a study: a study file in, a report folder out."""
    folder = out or study.with_name(f"{study.stem}-report")
    result, page = run_and_report(study, folder)
    console = _stdout()
    console.print(answer(result).sentence, markup=False)
    console.print(f"Audit: {result.card.grade}. {card_summary(result.card)}", markup=False)
    _print_loss(result.records)
    console.print(f"Report: {page}", markup=False, soft_wrap=True)
    refuse_late_entry(result)


@app.command()
def check(path: Annotated[Path, typer.Argument(help="A study file, or a folder of records.", metavar="PATH")]) -> None:
    """Print every problem of a study file and of its records at once, without running it."""
    found = Check((), FolderSource(path).read()) if path.is_dir() else check_study(path)
    if found.records is not None:
        _print_records(found.records)
    if found.errors:
        raise type(found.errors[0])([problem for error in found.errors for problem in error.problems])
    if found.records is not None and found.records.quarantine.height:
        raise typer.Exit(RecordsError.exit_code)
    _stdout().print("No problem that stops a study.")


@app.command()
def lines(
    records: RecordsFolder,
    patient: Annotated[
        str | None, typer.Option("--patient", help="Tell the story of this patient.", metavar="ID")
    ] = None,
    rules: RuleSet = "breast",
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Count who moves under every other value of every rule.")
    ] = False,
    study: Annotated[
        Path | None, typer.Option("--study", help="With --sensitivity: who changes group in it.", metavar="STUDY.yaml")
    ] = None,
    output: FormatOption = TableFormat.text,
) -> None:
    """Derive lines of therapy; --patient tells one patient's lines, --sensitivity what rests on each rule."""
    bundle, chosen = FolderSource(records).read(), _rule_set(rules)
    if study is not None and not sensitivity:
        raise UsageError(Problem("--study", "it goes with --sensitivity", remedy="Add --sensitivity, or leave it out."))
    if patient is not None:
        _stdout().print(patient_story(bundle, patient, chosen).text(), markup=False, soft_wrap=True)
    elif sensitivity and study is not None:
        _print_display(study_moves_table(study_moves(load_study(study), bundle)), bundle, output)
    elif sensitivity:
        _print_display(line_moves_table(line_moves(bundle, chosen)), bundle, output)
    else:
        _print_lines(bundle, lines_of_therapy(bundle, chosen), chosen, output)


@app.command()
def rules(name: Annotated[str, typer.Argument(help="breast, lung, or a file.", metavar="RULES")] = "breast") -> None:
    """Print the rules by which lines of therapy are counted, each with its value, other values and source."""
    chosen = _rule_set(name)
    sys.stdout.write(f"# {chosen.title}\n\n{chosen.markdown()}\n")
    for label, classes in roles_in_words(chosen.roles):
        sys.stdout.write(f"- {label}: {classes}\n")


def _rule_set(name: str) -> LineRules:
    """Return a rule set that comes with the program, or that of a file."""
    if name in RULE_SETS:
        return rule_set(name)
    if Path(name).suffix in (".yaml", ".yml"):
        return read_rule_set(Path(name))
    expected = f"{', '.join(RULE_SETS)}, or a YAML file"
    raise UsageError(Problem("--rules", f"there is no rule set called '{name}'", expected))


def _print_lines(records: Records, found: pl.DataFrame, rules: LineRules, output: TableFormat) -> None:
    if output is TableFormat.csv:
        columns = ["ingredients", "classes", "rules", "rows"]
        flat = found.with_columns(found[name].list.join("; ").alias(name) for name in columns)
        sys.stdout.write(flat.write_csv())
        return
    review = dict(found.filter(confidence="review").group_by("patient_id").len().iter_rows())
    table = Table("patient", "lines", "curative", "palliative", "early relapse", "to review")
    for row in line_summary(records, found, rules).iter_rows(named=True):
        shown = (row["patient_id"], row["lot"], row["curative_lines"], row["palliative_lines"], row["early_relapse"])
        cells = (*shown, review.get(row["patient_id"]))
        table.add_row(*("" if value is None else str(value) for value in cells))
    _stdout().print(table)


def _print_display(shown: DisplayTable, records: Records, output: TableFormat) -> None:
    """Print a table of the report."""
    if output is TableFormat.csv:
        sys.stdout.write(to_table_csv(shown, records.kind))
        return
    table = Table(*shown.columns, title=shown.title)
    for row in shown.rows:
        table.add_row(*row.cells)
    _stdout().print(table)
    for note in shown.notes:
        _stdout().print(note, markup=False, soft_wrap=True)


@app.command(name="replicate")
def replicate_paper(
    paper: Annotated[str | None, typer.Argument(help="A paper; without one, the list.", metavar="PAPER")] = None,
    output: FormatOption = TableFormat.text,
    out: OutputFolder = None,
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
        _print_replication(done)
    if out is not None:
        for path in done.write(out):
            _stderr().print(f"Written: {path}", markup=False, soft_wrap=True)


@app.command(name="reconstruct")
def reconstruct_patients(
    printed: Annotated[Path, typer.Argument(help="What a paper printed (YAML).", metavar="PRINTED.yaml")],
    out: Annotated[
        Path, typer.Argument(help="Folder for what is found; the records go to FOLDER/records.", metavar="FOLDER")
    ],
    seed: Annotated[int, typer.Option("--seed", help="Seed of the search.", min=0)] = 1,
) -> None:
    """Find patients consistent with what a paper printed; for testing programs, never evidence."""
    rng = np.random.default_rng(seed)
    console = _stderr()
    found = reconstruct(load_printed(printed), rng, progress=lambda text: console.print(f"Searching {text}"))
    write_reconstruction(found, out, seed)
    table = Table("constraint", "printed", "reached", "verdict", "reason")
    for row in found.constraints.iter_rows(named=True):
        table.add_row(*(row[name] or "" for name in ("constraint", "printed", "reached", "verdict", "reason")))
    _stdout().print(table)
    _stdout().print(f"{found.notice} {out}", markup=False, soft_wrap=True)


@app.command(name="import")
def import_records(
    form: Annotated[str, typer.Argument(help=f"One of: {', '.join(FORMATS)}.", metavar="FORMAT")],
    source: Annotated[str, typer.Argument(help="A folder, a file or the address of a database.", metavar="FROM")],
    target: Annotated[Path, typer.Argument(help="Folder for the canonical records.", metavar="TO")],
) -> None:
    """Turn a cBioPortal study, an OMOP database or tables with dates into canonical records."""
    _refuse_filled(target)
    records, account = read_format(form, source)
    text = import_summary(records, account)
    write_records(records, target)
    (target / SUMMARY).write_text(text, encoding="utf-8")
    if account.origins is not None:
        account.origins.write_csv(target / "origins.csv")
    _stdout().print(text, markup=False, soft_wrap=True)
    _stdout().print(f"Records: {target}", markup=False, soft_wrap=True)


@app.command(name="export")
def export_records(
    form: Annotated[str, typer.Argument(help="omop.", metavar="FORMAT")],
    records: RecordsFolder,
    target: Annotated[str, typer.Argument(help="A new DuckDB file, or the address of a database.", metavar="TO")],
) -> None:
    """Write canonical records into another format, and list what it cannot hold."""
    if form != "omop":
        raise UsageError(Problem("FORMAT", f"records cannot be written as '{form}'", "omop"))
    done = write_omop(FolderSource(records).read(), target)
    for name, number in done.rows.items():
        _stdout().print(f"{name}: {number} rows", markup=False)
    for loss in done.losses:
        place = f"{loss.table}.{loss.column}" if loss.column else loss.table
        _stdout().print(f"Not held: {place}, {loss.reason} ({loss.values} values)", markup=False, soft_wrap=True)


def _refuse_filled(folder: Path) -> None:
    """Refuse a folder that holds anything but a former import."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / SUMMARY).is_file():
        found = "the folder holds files that are no former import"
        raise UsageError(Problem(folder.name, found, "a new or empty folder", "Name another one; nothing was written."))
    if folder.exists() and not folder.is_dir():
        raise UsageError(Problem(folder.name, "this is a file", "a folder", "Name another one; nothing was written."))


@app.command()
def schema() -> None:
    """Print the JSON Schema of study files, for editors."""
    sys.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")


@app.command()
def demo(out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the report.")] = Path("demo-report")) -> None:
    """Run the Noda-Narita study on reconstructed patients: the agreement table and a report."""
    name = "noda-narita-2019"
    study = Path(str(files("sequela.replicate"))) / "papers" / name / "study.yaml"
    result, page = run_and_report(study, out)
    _print_replication(replicate(name))
    _stdout().print(answer(result).sentence, markup=False)
    _stdout().print(f"Audit: {result.card.grade}. {card_summary(result.card)}", markup=False)
    _stdout().print(f"Report: {page}", markup=False, soft_wrap=True)


def _print_replication(done: Replication) -> None:
    table = Table("id", "quantity", "printed", "computed", "verdict", title=done.paper.title)
    for row in done.rows:
        table.add_row(row.id, row.quantity, row.printed, row.computed, row.verdict)
    console = _stdout()
    console.print(table)
    for row in done.rows:
        if row.reason:
            console.print(f"{row.id}: {row.reason}", markup=False, soft_wrap=True)
    for note in done.notes:
        console.print(note, markup=False, soft_wrap=True)


def _print_records(records: Records) -> None:
    console = _stdout()
    for line in summary(records):
        console.print(str(line), markup=False, soft_wrap=True)
    for problem in problems(records):
        console.print(str(problem), markup=False, soft_wrap=True)


def _print_loss(records: Records) -> None:
    """Say on the error stream what a reader of the answer must not miss."""
    found: tuple[Problem, ...] = problems(records)
    for problem in found:
        _stderr().print(str(problem), markup=False, soft_wrap=True)
