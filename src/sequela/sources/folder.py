"""A folder of tables: `patients.csv`, `exposures.csv`, … in CSV or Parquet."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.records.bundle import NOTICE_SCHEMA, Records
from sequela.records.reading import REFUSED_SCHEMA, Reading
from sequela.records.schema import TABLES, Table
from sequela.records.validate import validate
from sequela.sources.carried import carry_over
from sequela.sources.delimited import Sheet, read_delimited
from sequela.sources.description import DESCRIPTION, DRUGS, read_drugs, read_provenance
from sequela.sources.header import MISSPELT, Header, accepted_headers, read_header
from sequela.sources.parquet import read_parquet
from sequela.sources.truncation import signs

READERS: dict[str, Callable[[Path, Collection[str]], Sheet]] = {
    ".csv": read_delimited,
    ".parquet": lambda path, _: read_parquet(path),
}
WRITTEN_BY_US = ("quarantine.csv", "imputations.csv", "incomplete.csv", "notices.csv", "origins.csv", "import.md")
OTHER_FORMATS = (
    ".xlsx",
    ".xls",
    ".ods",
    ".tsv",
    ".txt",
    ".feather",
    ".sav",
    ".dta",
    ".sas7bdat",
    ".rds",
    ".gz",
    ".zip",
)


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Records in a folder with one file per canonical table.

    Attributes
    ----------
    path : Path
        The folder. `patients.csv` or `patients.parquet` must be there; the other tables may be
        absent, as may `records.yaml` (kind, title, source, time) and `drugs.csv` (more drug names).
    """

    path: Path

    def read(self) -> Records:
        """Read, validate and return the records.

        Raises
        ------
        RecordsError
            Every file and every header that cannot be read, at once. Single rows never raise;
            they are quarantined.
        """
        folder = Path(self.path)
        found, problems, notices = find_tables(folder)
        readings: dict[str, Reading] = {}
        for name, path in found.items():
            try:
                readings[name] = read_table(path, TABLES[name])
            except RecordsError as error:
                problems.extend(error.problems)
        provenance, more = read_provenance(folder / DESCRIPTION)
        problems.extend(more)
        drugs, more = read_drugs(folder / DRUGS)
        problems.extend(more)
        if problems:
            raise RecordsError(problems)
        records = validate(readings, replace(provenance, drugs=drugs))
        records = replace(records, notices=pl.concat([*notices, records.notices]))
        return carry_over(folder, records)


def find_tables(folder: Path) -> tuple[dict[str, Path], list[Problem], list[pl.DataFrame]]:
    """Return the file of each table, what makes the folder unreadable, and notices on other files.

    A file whose name is nearly that of an absent table is a problem: exposures that go unread
    would make everybody untreated.
    """
    if not folder.is_dir():
        kind = "is a file" if folder.exists() else "does not exist"
        problem = Problem(str(folder), f"the folder of records {kind}", "a folder with patients.csv", "Check the path.")
        return {}, [problem], []
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))
    candidates: dict[str, list[Path]] = {}
    for path in files:
        if path.stem.lower() in TABLES and path.suffix.lower() in READERS:
            candidates.setdefault(path.stem.lower(), []).append(path)
    problems = [_twice(paths) for paths in candidates.values() if len(paths) > 1]
    others = [path for path in files if path.name not in (DESCRIPTION, DRUGS, *WRITTEN_BY_US)]
    others = [path for path in others if path.stem.lower() not in candidates or path.suffix.lower() in OTHER_FORMATS]
    notices = []
    for path in others:
        misnamed = _perhaps_a_table(path, set(candidates))
        problems.extend([misnamed] if misnamed else [])
        notices.extend([] if misnamed else [_stranger(path)])
    if "patients" not in candidates and not any(problem.expected.startswith("patients.") for problem in problems):
        where = str(folder)
        problems.append(Problem(where, "there is no table of patients", "patients.csv or patients.parquet", "Add it."))
    order = [name for name in TABLES if name in candidates]
    return {name: candidates[name][0] for name in order}, problems, notices


def _twice(paths: list[Path]) -> Problem:
    names = " and ".join(path.name for path in paths)
    return Problem(paths[0].name, f"the table is given more than once: {names}", "one file", "Remove all but one.")


def _perhaps_a_table(path: Path, present: set[str]) -> Problem | None:
    absent = [name for name in TABLES if name not in present]
    readable = path.suffix.lower() in READERS
    if not readable and path.suffix.lower() not in OTHER_FORMATS:
        return None
    near = get_close_matches(path.stem.split(".")[0].lower(), absent, n=1, cutoff=MISSPELT)
    if not near:
        return None
    found = "the file name is not that of a table" if readable else "this kind of file cannot be read"
    remedy = "Rename it, or move it elsewhere if it is another thing." if readable else "Save it as CSV UTF-8."
    return Problem(path.name, found, f"{near[0]}.csv", remedy)


def _stranger(path: Path) -> pl.DataFrame:
    line = ("", path.name, None, "", path.name, "a file that is no table; it was not read", "")
    return pl.DataFrame([line], schema=NOTICE_SCHEMA, orient="row")


def read_table(path: Path, table: Table) -> Reading:
    """Read one file as rows of text under the columns of a table.

    Raises
    ------
    RecordsError
        Where the file or its header cannot be read.
    """
    try:
        sheet = READERS[path.suffix.lower()](path, accepted_headers(table))
    except OSError as error:
        found = f"the file cannot be opened ({error.strerror})"
        raise RecordsError(Problem(path.name, found, "a file that can be read", "Check its permissions.")) from error
    header = read_header(path.name, sheet.header, table)
    if header.problems:
        raise RecordsError(header.problems)
    return _reading(path.name, sheet, header, table)


def _reading(file: str, sheet: Sheet, header: Header, table: Table) -> Reading:
    places = [pl.col(str(place)) for place in range(len(sheet.header))]
    blank = pl.all_horizontal(place.is_null() | (place.str.strip_chars() == "") for place in places)
    columns = [
        pl.col(str(header.places[name])).alias(name) if name in header.places else pl.lit(None, pl.String).alias(name)
        for name in table.names
    ]
    frame = sheet.frame.select("row", *columns, blank.alias(".blank"))
    reading = Reading(
        table=table,
        file=file,
        sha256=sheet.sha256,
        rows_read=sheet.frame.height + sheet.ragged.height,
        frame=frame,
        refused=_ragged(sheet, header),
        notices=_file_notices(file, sheet, header, table),
    ).refuse("blank_row", pl.col(".blank"))
    return reading.with_frame(reading.frame.drop(".blank"))


def _ragged(sheet: Sheet, header: Header) -> pl.DataFrame:
    patient = pl.col("cells").list.get(header.places["patient_id"], null_on_oob=True).str.strip_chars()
    lines = sheet.ragged.select(
        "row",
        patient_id=patient,
        column=pl.lit(""),
        rule=pl.lit("field_count"),
        found=pl.concat_str(pl.col("fields").cast(pl.String), pl.lit(" fields")),
        expected=pl.lit(f"{len(sheet.header)} fields, as many as the header"),
    )
    return lines.select(pl.col(name).cast(kind) for name, kind in REFUSED_SCHEMA.items())


def _file_notices(file: str, sheet: Sheet, header: Header, table: Table) -> pl.DataFrame:
    rows_read = sheet.frame.height + sheet.ragged.height
    whole = (*sheet.notices, *signs(rows_read, ended=sheet.ended))
    lines: list[tuple[str, str, str, str]] = [("", "", meaning, remedy) for meaning, remedy in whole]
    for name, nearest in header.unknown:
        remedy = (
            f"The nearest known column is {nearest}." if nearest else "Rename it if it is one of the known columns."
        )
        lines.append((name, name, "a column that the table lacks; it was not read", remedy))
    for place in header.unnamed:
        cells = sheet.frame[str(place)]
        if (cells.str.strip_chars() != "").any():
            meaning = "a column without a name holds values; it was not read"
            lines.append((f"column {place + 1}", "", meaning, "Give it a name."))
    if sheet.frame.is_empty() and sheet.ragged.is_empty():
        lines.append(("", "", "the file has a header and no rows", ""))
    rows = [(table.name, file, None, column, found, meaning, remedy) for column, found, meaning, remedy in lines]
    return pl.DataFrame(rows, schema=NOTICE_SCHEMA, orient="row")
