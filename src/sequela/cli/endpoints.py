"""The command about endpoints: list them, print one in full, count events and censorings in a study."""

import sys
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.table import Table

from sequela.analyses.assessed import assessed
from sequela.analyses.follow import ended, notes
from sequela.cli.printing import FormatOption, TableFormat, print_display, stdout
from sequela.derive.endpoint_files import PROFILES, SUFFIXES, read_endpoint
from sequela.derive.endpoint_parts import start_in_words
from sequela.derive.endpoints import Endpoint
from sequela.errors import Problem, UsageError
from sequela.report.tables import decision_table
from sequela.sources.folder import FolderSource
from sequela.study.cohort import build_cohort
from sequela.study.history import definitions_of
from sequela.study.load import load_study, records_folder
from sequela.study.spec import Source, Study, SurvivalAnalysis


def print_endpoints(
    name: Annotated[str | None, typer.Argument(help="An endpoint, or a file with one.", metavar="ENDPOINT")] = None,
    study: Annotated[
        Path | None, typer.Option("--study", help="Count events and censorings in it.", metavar="STUDY.yaml")
    ] = None,
    values: Annotated[
        bool, typer.Option("--values", help="With --study: each patient's time, rule and rows, as CSV.")
    ] = False,
    output: FormatOption = TableFormat.text,
) -> None:
    """Print the endpoints; with a name one of them in full, with --study what ended its patients' times, by rule."""
    if study is not None:
        _print_ended(study, name, values, output)
    elif values:
        raise UsageError(Problem("--values", "it goes with --study", remedy="Add --study STUDY.yaml, or leave it out."))
    elif name is not None:
        sys.stdout.write(_endpoint(name).markdown())
    else:
        _print_list(output)


def _endpoint(name: str) -> Endpoint:
    """Return an endpoint that comes with the program, or that of a file."""
    if name in PROFILES:
        return PROFILES[name]
    if Path(name).suffix in SUFFIXES:
        return read_endpoint(Path(name))
    expected = f"{', '.join(PROFILES)}, or a YAML file"
    raise UsageError(Problem("ENDPOINT", f"there is no endpoint called '{name}'", expected))


def _print_list(output: TableFormat) -> None:
    rows = [(e.name, e.label, start_in_words(e.start), e.reference) for e in PROFILES.values()]
    columns = ("endpoint", "title", "starts at", "source")
    if output is TableFormat.csv:
        for row in (columns, *rows):
            sys.stdout.write(",".join(f'"{cell}"' for cell in row) + "\n")
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    stdout().print(table)


def _print_ended(path: Path, name: str | None, values: bool, output: TableFormat) -> None:
    study = load_study(path)
    chosen: tuple[tuple[Endpoint, Source], ...] = _asked(study) if name is None else ((_endpoint(name), "assessments"),)
    records = FolderSource(records_folder(study, path)).read()
    cohort, definitions = build_cohort(study, records), definitions_of(study)
    found = []
    for endpoint, source in chosen:
        read = assessed(records, cohort, source, definitions)
        found.append((endpoint, *ended(cohort, records, endpoint, definitions.line_rules, read)))
    if values:
        tables = [times.insert_column(1, cohort.patients["group"]) for _, times, _ in found]
        sys.stdout.write(pl.concat(tables).write_csv())
        return
    for endpoint, _, decided in found:
        shown = decision_table(endpoint.name, endpoint.label, decided, cohort.groups, notes(endpoint))
        print_display(shown, records.kind, output)


def _asked(study: Study) -> tuple[tuple[Endpoint, Source], ...]:
    """Return the endpoints of a study, each with what its assessments are read from."""
    analyses = [analysis for analysis in study.analyses if isinstance(analysis, SurvivalAnalysis)]
    if not analyses:
        remedy = "Name one: sequela endpoints pfs.ema --study STUDY.yaml"
        raise UsageError(Problem("--study", "the study asks for no time to an event", remedy=remedy))
    return (*dict.fromkeys((analysis.definition, analysis.source) for analysis in analyses),)
