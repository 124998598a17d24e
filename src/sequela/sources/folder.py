"""A folder of tables: `patients.csv`, `exposures.csv`, … in CSV or Parquet."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.frozen import frozen
from sequela.records.bundle import NOTICE_SCHEMA, Records
from sequela.records.reading import Reading
from sequela.records.schema import TABLES
from sequela.records.validate import validate_parts
from sequela.sources.carried import carry_over
from sequela.sources.cuts import CutTable, cut_table, find_edges
from sequela.sources.description import DESCRIPTION, DRUGS, read_drugs, read_provenance
from sequela.sources.header import MISSPELT
from sequela.sources.table_file import OPENERS, open_table

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


@frozen
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
        edges = _edges(found)
        with nullcontext() if edges.is_empty() else TemporaryDirectory(prefix="sequela-") as place:
            cuts, more = _cut(found, edges, Path(place) if place else None)
            problems.extend(more)
            provenance, more = read_provenance(folder / DESCRIPTION)
            problems.extend(more)
            drugs, more = read_drugs(folder / DRUGS)
            problems.extend(more)
            if problems:
                raise RecordsError(problems)
            parts = [partial(_part, cuts, number) for number in range(len(edges) + 1)]
            records = validate_parts(parts, replace(provenance, drugs=drugs))
        records = replace(records, notices=pl.concat([*notices, records.notices]))
        return carry_over(folder, records)


def _edges(found: Mapping[str, Path]) -> pl.Series:
    """Return where the patients are cut; nowhere where their file cannot be read, which `_cut` reports."""
    try:
        return find_edges(open_table(found["patients"], TABLES["patients"]))
    except (KeyError, RecordsError):
        return pl.Series(dtype=pl.String)


def _cut(found: Mapping[str, Path], edges: pl.Series, place: Path | None) -> tuple[tuple[CutTable, ...], list[Problem]]:
    """Return the tables cut into parts of the patients, and what makes files unreadable."""
    cuts: list[CutTable] = []
    problems: list[Problem] = []
    for name, path in found.items():
        try:
            cuts.append(cut_table(open_table(path, TABLES[name]), edges, place))
        except RecordsError as error:
            problems.extend(error.problems)
    return tuple(cuts), problems


def _part(cuts: Sequence[CutTable], number: int) -> dict[str, Reading]:
    return {cut.file.table.name: cut.reading(number) for cut in cuts}


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
        if path.stem.lower() in TABLES and path.suffix.lower() in OPENERS:
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
    readable = path.suffix.lower() in OPENERS
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
