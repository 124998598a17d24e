"""The command about response: RECIST 1.1 from lesions, line by line, and one patient visit by visit."""

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from sequela.cli.lines import RuleSet, named_rule_set
from sequela.cli.printing import FormatOption, PdfOption, RecordsFolder, TableFormat, print_display, print_loss, stderr
from sequela.derive.depth_of_response import depth_of_response
from sequela.derive.response_by_line import LineResponses, responses_by_line
from sequela.errors import Problem, UsageError
from sequela.records.bundle import Kind
from sequela.report.drawing.pdf import pdf_bytes
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.waterfall import waterfall_figure
from sequela.report.response_tables import overview_table, patient_tables
from sequela.sources.folder import FolderSource


def response(
    records: RecordsFolder,
    patient: Annotated[str | None, typer.Option("--patient", help="Explain this patient.", metavar="ID")] = None,
    rules: RuleSet = "breast",
    strict: Annotated[bool, typer.Option("--strict", help="Evaluate no baseline that breaches RECIST.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for every table, CSV.", metavar="FOLDER")
    ] = None,
    pdf: PdfOption = False,
    output: FormatOption = TableFormat.text,
) -> None:
    """Read response from lesions by RECIST 1.1, line by line; --patient explains one patient's visits."""
    bundle = FolderSource(records).read()
    print_loss(bundle)
    found = responses_by_line(bundle, named_rule_set(rules), strict=strict)
    if patient is None:
        print_display(overview_table(found, bundle), bundle.kind, output)
    else:
        for table in patient_tables(found, bundle, patient):
            print_display(table, bundle.kind, output)
    if out is not None:
        _write(found if patient is None else found.of(patient), out, bundle.kind, pdf)


def _write(found: LineResponses, folder: Path, kind: Kind, pdf: bool) -> None:
    """Write the unrounded tables, one file each."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(Problem(folder.name, "this is a file", "a folder", "Name another one; nothing was written."))
    folder.mkdir(parents=True, exist_ok=True)
    for name in (item.name for item in fields(found)):
        frame: pl.DataFrame = getattr(found, name)
        lists = [column for column, content in frame.schema.items() if isinstance(content, pl.List)]
        flat = frame.with_columns(pl.col(column).list.join("; ") for column in lists)
        path = folder / f"{name}.csv"
        path.write_text(flat.with_columns(pl.lit(str(kind)).alias("records")).write_csv(), encoding="utf-8")
        stderr().print(f"Written: {path}", markup=False, soft_wrap=True)
    _write_depth(found, folder, kind, pdf)


def _write_depth(found: LineResponses, folder: Path, kind: Kind, pdf: bool) -> None:
    """Write the deepest change of every line, and its picture where there is one."""
    depth = depth_of_response(found)
    (folder / "depth.csv").write_text(
        depth.with_columns(pl.lit(str(kind)).alias("records")).write_csv(), encoding="utf-8"
    )
    written = [folder / "depth.csv"]
    if depth["change_percent"].is_not_null().any():
        figure = waterfall_figure(depth, kind)
        for form, draw in (("svg", svg_bytes), ("pdf", pdf_bytes))[: 1 + pdf]:
            (folder / f"waterfall.{form}").write_bytes(draw(figure))
            written.append(folder / f"waterfall.{form}")
    for path in written:
        stderr().print(f"Written: {path}", markup=False, soft_wrap=True)
