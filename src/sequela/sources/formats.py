"""The formats in which records arrive and leave, by name."""

from collections.abc import Callable
from pathlib import Path

from sequela.errors import UsageError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.sources.account import Account
from sequela.sources.cbioportal import CbioportalSource
from sequela.sources.folder import FolderSource
from sequela.sources.omop import OmopSource
from sequela.sources.spreadsheet import read_spreadsheet

Reader = Callable[[str], tuple[Records, Account]]


@frozen
class Format:
    """One format.

    Attributes
    ----------
    name : str
    meaning : str
        What it is, and what to give as address.
    read : callable
        From an address to records and what the source tells of its files.
    """

    name: str
    meaning: str
    read: Reader


def _folder(address: str) -> tuple[Records, Account]:
    return FolderSource(Path(address)).read(), Account()


def _cbioportal(address: str) -> tuple[Records, Account]:
    return CbioportalSource(Path(address)).read_with_account()


def _omop(address: str) -> tuple[Records, Account]:
    return OmopSource(address).read(), Account()


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("cbioportal", "the folder of a cBioPortal study: clinical files and timelines", _cbioportal),
        Format("omop", "an OMOP CDM 5.4 database: a DuckDB file, or postgresql://user@host/database?schema=cdm", _omop),
        Format(
            "spreadsheet",
            "the map (YAML) of a workbook, a text table or a file of SPSS, Stata or SAS",
            read_spreadsheet,
        ),
        Format("csv", "a folder of canonical tables as CSV or Parquet, with dates or days", _folder),
    )
}


def read_format(name: str, address: str) -> tuple[Records, Account]:
    """Read records in a named format.

    Raises
    ------
    UsageError
        Where there is no such format.
    RecordsError
        Where what is there cannot be read.
    """
    if name not in FORMATS:
        known = "; ".join(f"{each.name} ({each.meaning})" for each in FORMATS.values())
        raise UsageError(f"There is no format called '{name}'. Known: {known}.")
    return FORMATS[name].read(address)
