"""A spreadsheet that a person keeps: one row per patient, or per drug, read by a map of its columns."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError, StudyError
from sequela.frozen import frozen
from sequela.records.bundle import NOTICE_SCHEMA, Records
from sequela.records.validate import Provenance, validate
from sequela.sources.account import Account, FileCount
from sequela.sources.addresses import numbered_as_written, readdressed
from sequela.sources.cbioportal_rows import REFUSED, Candidate
from sequela.sources.cbioportal_stack import refused_candidate, stacked
from sequela.sources.description import DRUGS, read_drugs
from sequela.sources.spreadsheet_cells import READABLE, NamedSheet, read_sheets
from sequela.sources.spreadsheet_join import without_zeros
from sequela.sources.spreadsheet_map import Block, SpreadsheetMap, read_map, unknown_columns
from sequela.sources.spreadsheet_rows import Made, rows_of
from sequela.sources.spreadsheet_serial import counts_from_1904, with_serial_dates
from sequela.sources.truncation import signs


@frozen
class SpreadsheetSource:
    """Records in a spreadsheet.

    Attributes
    ----------
    path : Path
        The map (YAML), which names the spreadsheet. Where `drugs.csv` lies beside it, its names are known too.
    """

    path: Path

    def read(self) -> Records:
        """Read the spreadsheet.

        Raises
        ------
        StudyError
            Everything that is wrong with the map.
        RecordsError
            Where the spreadsheet cannot be read. Single rows never raise; they are quarantined.
        """
        return self.read_with_account()[0]

    def read_with_account(self) -> tuple[Records, Account]:
        """Read the spreadsheet; return also how its sheets fared and what was settled on the way.

        Raises
        ------
        StudyError, RecordsError
            As `read`.
        """
        _refuse_unmapped(Path(self.path))
        found = read_map(Path(self.path))
        drugs, problems = read_drugs(Path(self.path).parent / DRUGS)
        if problems:
            raise RecordsError(problems)
        known = {name for block in found.blocks for name in block.columns}
        sheets = _with_dates(found, read_sheets(found.file, found.headers, known))
        blocks = unknown_columns(found, _places(found, sheets))
        blocks = tuple(replace(block, sheet=_only_sheet(found, sheets, block)) for block in blocks)
        if found.zeros_ignored:
            sheets = without_zeros(sheets, {block.sheet: block.patient for block in blocks}, found.name)
        made = [(block, rows_of(block, sheets[block.sheet], found.dates)) for block in blocks]
        candidates = [one.candidate for _, one in made] + _unread_rows(blocks, sheets)
        stacks = stacked(candidates)
        provenance = Provenance(found.kind, found.title, found.citation, drugs=drugs)
        records = validate({name: stack.reading for name, stack in stacks.items()}, provenance)
        origins = pl.concat([stack.origins for stack in stacks.values()])
        records = readdressed(records, origins, _notices(blocks, sheets))
        return records, _account(found, records, made, sheets, origins)


def _with_dates(found: SpreadsheetMap, sheets: dict[str, NamedSheet]) -> dict[str, NamedSheet]:
    """Return sheets in which the columns of numbers that the map calls dates hold dates."""
    if not found.serial_dates:
        return sheets
    from_1904 = counts_from_1904(found.file)
    return {name: with_serial_dates(sheet, found.serial_dates, from_1904=from_1904) for name, sheet in sheets.items()}


def _refuse_unmapped(path: Path) -> None:
    if path.suffix.lower() in READABLE:
        remedy = f"Write a first one with: sequela map {path.name}"
        raise StudyError(Problem(path.name, "this is the spreadsheet itself", "the map of its columns (YAML)", remedy))


def _only_sheet(found: SpreadsheetMap, sheets: dict[str, NamedSheet], block: Block) -> str:
    """Return the sheet of a block: the one named, or the only one there is.

    Raises
    ------
    StudyError
        Where the name is unknown, or several sheets hold cells and none is named.
    """
    if block.sheet in sheets:
        return block.sheet
    if not block.sheet and len(sheets) == 1:
        return next(iter(sheets))
    what = f"there is no sheet {block.sheet!r}" if block.sheet else "several sheets hold cells, and none is named"
    expected = "sheet: " + " or ".join(sheets) if any(sheets) else "no sheet to be named"
    raise StudyError(Problem(f"{found.name}:{block.line}", what, expected))


def _places(found: SpreadsheetMap, sheets: dict[str, NamedSheet]) -> dict[str, dict[str, int]]:
    """Return the columns of each sheet that a block names, under the name by which it names it."""
    places: dict[str, dict[str, int]] = {}
    problems = []
    for block in found.blocks:
        sheet = sheets[_only_sheet(found, sheets, block)]
        places[block.sheet] = dict(sheet.places)
        twice = [name for name in block.columns if name in sheet.twice]
        where = f"{found.name}:{block.line}"
        problems += [
            Problem(where, f"the sheet has more than one column {name!r}", "each name once", "Rename one of them.")
            for name in twice
        ]
    if problems:
        raise StudyError(list(dict.fromkeys(problems)))
    return places


def _unread_rows(blocks: Sequence[Block], sheets: dict[str, NamedSheet]) -> list[Candidate]:
    """Return rows of another length than the header, and rows of sums, as refused rows of the tables they feed."""
    found = []
    for name, sheet in sheets.items():
        patients = {block.table: sheet.places[block.patient] for block in blocks if block.sheet == name}
        for table, place in patients.items():
            lines = pl.concat([_ragged(sheet, place), _sums(sheet, place)])
            if lines.height:
                found.append(refused_candidate(table, sheet.file, lines))
    return found


def _ragged(sheet: NamedSheet, place: int) -> pl.DataFrame:
    cell = pl.col("cells").list.get(place, null_on_oob=True).str.strip_chars()
    return _refused(sheet.sheet.ragged, cell, "field_count", pl.format("{} fields", "fields"))


def _sums(sheet: NamedSheet, place: int) -> pl.DataFrame:
    return _refused(sheet.summaries, pl.col(str(place)), "summary_row", pl.col(str(place)))


def _refused(rows: pl.DataFrame, patient: pl.Expr, rule: str, found: pl.Expr) -> pl.DataFrame:
    if rows.is_empty():
        return pl.DataFrame(schema=REFUSED)
    lines = rows.select(
        "row",
        patient.alias("patient_id"),
        pl.lit("").alias("column"),
        pl.lit(rule).alias("rule"),
        found.alias("found"),
    )
    return lines.select(pl.col(name).cast(kind) for name, kind in REFUSED.items())


def _notices(blocks: Sequence[Block], sheets: dict[str, NamedSheet]) -> pl.DataFrame:
    used = {block.sheet for block in blocks}
    lines = [
        ("", sheet.file, None, "", "", meaning, remedy)
        for name, sheet in sheets.items()
        if name in used
        for meaning, remedy in (*sheet.sheet.notices, *signs(_rows(sheet), ended=sheet.sheet.ended))
    ]
    return pl.DataFrame(lines, schema=NOTICE_SCHEMA, orient="row")


def _rows(sheet: NamedSheet) -> int:
    return sheet.sheet.frame.height + sheet.sheet.ragged.height + sheet.summaries.height


def _account(
    found: SpreadsheetMap,
    records: Records,
    made: Sequence[tuple[Block, Made]],
    sheets: dict[str, NamedSheet],
    origins: pl.DataFrame,
) -> Account:
    written = numbered_as_written(records, origins)
    refused = records.quarantine.select("file", "row").unique()
    files, unused = [], []
    for name in dict.fromkeys(block.sheet for block, _ in made):
        sheet = sheets[name]
        lost = refused.filter(pl.col("file") == sheet.file)["row"].n_unique()
        became = dict(written.filter(pl.col("file") == sheet.file).group_by("table").len().sort("table").iter_rows())
        files.append(FileCount(sheet.file, _rows(sheet), _rows(sheet) - lost, lost, became))
        read = {sheet.places[column] for block, _ in made if block.sheet == name for column in block.columns}
        unused += [
            (sheet.file, header, "left out on purpose" if header in found.ignored else "")
            for place, header in enumerate(sheet.headers)
            if header and place not in read
        ]
    unread = tuple(
        (sheet.file, "no block of the map reads it")
        for name, sheet in sheets.items()
        if name not in {block.sheet for block, _ in made}
    )
    return Account(tuple(files), _decisions(found, made), tuple(unused), unread, written)


def _decisions(found: SpreadsheetMap, made: Sequence[tuple[Block, Made]]) -> tuple[str, ...]:
    """Return what was settled, one sentence each: what an empty cell was taken to mean above all."""
    said = [f"Dates written as text are read as {found.dates}."]
    if any(value.length for block, _ in made for value in block.values.values()):
        said.append("A month is 30.4375 days, a year 365.25; lengths of time are rounded to whole days.")
    for block, one in made:
        what = block.values["drug"].text if "drug" in block.values and block.values["drug"].text else block.table
        place = f"{found.name}:{block.line}"
        if one.empty:
            rows = "1 row has" if one.empty == 1 else f"{one.empty} rows have"
            said.append(f"{what} ({place}): {rows} no cell filled, which is taken as not having any.")
        if one.repeats:
            rows = "1 row says" if one.repeats == 1 else f"{one.repeats} rows say"
            said.append(f"{what} ({place}): {rows} what an earlier row of the same patient says.")
        if one.left_out:
            rows = "1 row is" if one.left_out == 1 else f"{one.left_out} rows are"
            said.append(f"{what} ({place}): {rows} left out by the words of {_named(block)}.")
    return tuple(said)


def _named(block: Block) -> str:
    return block.only.column if block.only else ""


def read_spreadsheet(address: str) -> tuple[Records, Account]:
    """Read the spreadsheet that a map names.

    Raises
    ------
    StudyError, RecordsError
        As `SpreadsheetSource.read`.
    """
    path = Path(address)
    if path.is_dir():
        raise RecordsError(Problem(path.name, "this is a folder", "the map of a spreadsheet (YAML)"))
    return SpreadsheetSource(path).read_with_account()
