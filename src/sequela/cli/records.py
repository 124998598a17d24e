"""Commands that bring records in and out."""

from pathlib import Path
from typing import Annotated

import typer

from sequela.cli.printing import RecordsFolder, seen_from, stdout
from sequela.errors import Problem, UsageError
from sequela.records.write import write_records
from sequela.sources.folder import FolderSource
from sequela.sources.formats import FORMATS, read_format
from sequela.sources.import_summary import SUMMARY, import_summary
from sequela.sources.omop_write import write_omop
from sequela.sources.spreadsheet_cells import find_headers, read_sheets
from sequela.sources.spreadsheet_draft import draft_map
from sequela.sources.spreadsheet_header import Headers, Rows
from sequela.sources.spreadsheet_serial import counts_from_1904


def import_records(
    form: Annotated[str, typer.Argument(help=f"One of: {', '.join(FORMATS)}.", metavar="FORMAT")],
    source: Annotated[str, typer.Argument(help="A folder, a file or the address of a database.", metavar="FROM")],
    target: Annotated[Path, typer.Argument(help="Folder for the canonical records.", metavar="TO")],
) -> None:
    """Turn a spreadsheet, a cBioPortal study, an OMOP database or tables with dates into canonical records."""
    _refuse_filled(target)
    records, account = read_format(form, source)
    text = import_summary(records, account)
    write_records(records, target)
    (target / SUMMARY).write_text(text, encoding="utf-8")
    if account.origins is not None:
        account.origins.write_csv(target / "origins.csv")
    stdout().print(text, markup=False, soft_wrap=True)
    stdout().print(f"Records: {target}", markup=False, soft_wrap=True)


def map_spreadsheet(
    source: Annotated[Path, typer.Argument(help="A workbook, a text table, a file of SPSS.", metavar="SPREADSHEET")],
    target: Annotated[Path | None, typer.Argument(help="The map to write.", metavar="MAP.yaml")] = None,
    header: Annotated[
        str, typer.Option("--header", help="Row with the names, or two (2-3) with groups above; found where left out.")
    ] = "",
) -> None:
    """Guess what the columns of a spreadsheet mean, and write it down as a map for `sequela import spreadsheet`."""
    path = target or source.with_suffix(".yaml")
    if path.exists():
        found = "the file is there already, and may have been corrected by hand"
        raise UsageError(Problem(path.name, found, "a new file", "Name another one; nothing was written."))
    headers = _headers(header) if header else find_headers(source)
    text = draft_map(seen_from(path, source), read_sheets(source, headers), headers, from_1904=counts_from_1904(source))
    path.write_text(text, encoding="utf-8")
    stdout().print(text, markup=False, soft_wrap=True)
    stdout().print(
        f"Written: {path}. Read it, correct it, then: sequela import spreadsheet {path} RECORDS", markup=False
    )


def _headers(text: str) -> Headers:
    groups, dash, names = text.rpartition("-")
    if not (names.isdigit() and (groups.isdigit() or not dash) and (not dash or int(groups) + 1 == int(names))):
        raise UsageError(
            Problem("--header", f"{text!r}", "a row such as 3, or two such as 2-3, the names in the second")
        )
    return Headers(Rows(int(names), int(groups or 0)))


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
        stdout().print(f"{name}: {number} rows", markup=False)
    for loss in done.losses:
        place = f"{loss.table}.{loss.column}" if loss.column else loss.table
        stdout().print(f"Not held: {place}, {loss.reason} ({loss.values} values)", markup=False, soft_wrap=True)


def _refuse_filled(folder: Path) -> None:
    """Refuse a folder that holds anything but a former import."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / SUMMARY).is_file():
        found = "the folder holds files that are no former import"
        raise UsageError(Problem(folder.name, found, "a new or empty folder", "Name another one; nothing was written."))
    if folder.exists() and not folder.is_dir():
        raise UsageError(Problem(folder.name, "this is a file", "a folder", "Name another one; nothing was written."))
