"""Commands about lines of therapy: derive them, explain one patient's, print the rules."""

import sys
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.table import Table

from sequela.analyses.line_sensitivity import StudyMoves, study_moves
from sequela.cli.printing import FormatOption, RecordsFolder, TableFormat, print_display, stdout
from sequela.derive.line_alternatives import line_moves
from sequela.derive.line_parts import line_parts
from sequela.derive.line_rule_sets import RULE_SETS, read_rule_set, roles_in_words, rule_set
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.derive.rules import LineRules
from sequela.derive.story import patient_story
from sequela.errors import Problem, UsageError
from sequela.records.bundle import Records
from sequela.report.line_sensitivity import line_moves_table, study_moves_table, two_way_table
from sequela.sources.folder import FolderSource
from sequela.study.load import load_study

RuleSet = Annotated[str, typer.Option("--rules", help="Rules for lines: breast, lung, or a file.", metavar="RULES")]


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
    bundle, chosen = FolderSource(records).read(), named_rule_set(rules)
    if study is not None and not sensitivity:
        raise UsageError(Problem("--study", "it goes with --sensitivity", remedy="Add --sensitivity, or leave it out."))
    if patient is not None:
        stdout().print(patient_story(bundle, patient, chosen).text(), markup=False, soft_wrap=True)
    elif sensitivity and study is not None:
        _print_moves(study_moves(load_study(study), bundle), bundle, output)
    elif sensitivity:
        print_display(line_moves_table(line_moves(bundle, chosen)), bundle.kind, output)
    else:
        _print_lines(bundle, lines_of_therapy(bundle, chosen), chosen, output)


def rules(name: Annotated[str, typer.Argument(help="breast, lung, or a file.", metavar="RULES")] = "breast") -> None:
    """Print the rules by which lines of therapy are counted, each with its value, other values and source."""
    chosen = named_rule_set(name)
    sys.stdout.write(f"# {chosen.title}\n\n{chosen.markdown()}\n")
    for label, classes in roles_in_words(chosen.roles):
        sys.stdout.write(f"- {label}: {classes}\n")


def named_rule_set(name: str) -> LineRules:
    """Return a rule set that comes with the program, or that of a file."""
    if name in RULE_SETS:
        return rule_set(name)
    if Path(name).suffix in (".yaml", ".yml"):
        return read_rule_set(Path(name))
    expected = f"{', '.join(RULE_SETS)}, or a YAML file"
    raise UsageError(Problem("--rules", f"there is no rule set called '{name}'", expected))


def _print_moves(moves: tuple[StudyMoves, ...], records: Records, output: TableFormat) -> None:
    """Print what each reading of the rules does to a study; for people also who goes where."""
    print_display(study_moves_table(moves), records.kind, output)
    for one in moves:
        if one.group_moved and output is TableFormat.text:
            print_display(two_way_table(one), records.kind, output)


def _print_lines(records: Records, found: pl.DataFrame, rules: LineRules, output: TableFormat) -> None:
    if output is TableFormat.csv:
        columns = ["ingredients", "classes", "rules", "rows"]
        parts = line_parts(records, found, rules)
        flat = parts.with_columns(parts[name].list.join("; ").alias(name) for name in columns)
        sys.stdout.write(flat.write_csv())
        return
    review = dict(found.filter(confidence="review").group_by("patient_id").len().iter_rows())
    table = Table("patient", "lines", "curative", "palliative", "early relapse", "to review")
    for row in line_summary(records, found, rules).iter_rows(named=True):
        shown = (row["patient_id"], row["lot"], row["curative_lines"], row["palliative_lines"], row["early_relapse"])
        cells = (*shown, review.get(row["patient_id"]))
        table.add_row(*("" if value is None else str(value) for value in cells))
    stdout().print(table)
