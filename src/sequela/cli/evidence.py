"""Commands about published evidence: pool what others printed."""

from pathlib import Path
from typing import Annotated

import typer

from sequela.cli.printing import FormatOption, PdfOption, TableFormat, print_display, stderr
from sequela.evidence.load_register import load_register
from sequela.evidence.selection import QUESTIONS, select
from sequela.evidence.synthesis import refuse_single, synthesise
from sequela.report.own_study import own_study
from sequela.report.pool_tables import PUBLISHED, left_out_table, sensitivity_table, study_table
from sequela.report.write_pool import write_pool


def pool(
    register: Annotated[
        Path | None,
        typer.Argument(help="A register; without one, T-DM1 after pertuzumab.", metavar="REGISTER.yaml"),
    ] = None,
    endpoint: Annotated[str, typer.Option("--endpoint", help=f"One of: {', '.join(QUESTIONS)}.")] = "pfs",
    clock: Annotated[str, typer.Option("--clock", help="What time is counted from, where results differ.")] = "",
    prefer: Annotated[
        list[str] | None, typer.Option("--prefer", help="Take this study where patients are shared.", metavar="STUDY")
    ] = None,
    study: Annotated[
        Path | None, typer.Option("--study", help="A report folder, shown as the last row.", metavar="REPORT")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the forest plot and the tables.", metavar="FOLDER")
    ] = None,
    pdf: PdfOption = False,
    output: FormatOption = TableFormat.text,
) -> None:
    """Pool published results: one clock, one comparison, nobody's patients twice."""
    synthesis = synthesise(select(load_register(register), endpoint, clock=clock, prefer=prefer or ()))
    own = own_study(study, synthesis.selection) if study is not None else None
    others = (sensitivity_table(synthesis), left_out_table(synthesis)) if output is TableFormat.text else ()
    for table in (study_table(synthesis, own), *others):
        if table.rows:
            print_display(table, PUBLISHED, output)
    for path in write_pool(synthesis, out, own, pdf) if out is not None else ():
        stderr().print(f"Written: {path}", markup=False, soft_wrap=True)
    refuse_single(synthesis)
