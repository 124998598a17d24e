"""The frozen bundle of everything known about the patients of a study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import polars as pl

from sequela.frozen import frozen
from sequela.records.drugs import DrugVocabulary, default_vocabulary
from sequela.records.schema import TABLES


class Kind(StrEnum):
    """Where records come from; stamped on everything that leaves the program."""

    OBSERVED = "observed"
    TRANSCRIBED = "transcribed"
    RECONSTRUCTED = "reconstructed"
    SIMULATED = "simulated"


@frozen
class SourceFile:
    """One file that was read.

    Attributes
    ----------
    table : str
        Canonical table it became.
    name : str
        File name without its folder, so that the same records give the same report anywhere.
    sha256 : str
        Hash of its bytes.
    rows_read, rows_kept, rows_quarantined : int
        `rows_read == rows_kept + rows_quarantined`, always.
    """

    table: str
    name: str
    sha256: str
    rows_read: int
    rows_kept: int
    rows_quarantined: int


QUARANTINE_SCHEMA = {
    "table": pl.String,
    "file": pl.String,
    "row": pl.Int32,
    "column": pl.String,
    "rule": pl.String,
    "found": pl.String,
    "expected": pl.String,
    "remedy": pl.String,
}
"""One line per refused row: its address, the rule, the value, what was expected, what to do."""

IMPUTATION_SCHEMA = {
    "table": pl.String,
    "row": pl.Int32,
    "column": pl.String,
    "found": pl.String,
    "precision": pl.String,
    "day": pl.Int32,
    "earliest": pl.Int32,
    "latest": pl.Int32,
}
"""One line per partial date: what stood there, the day used, and the first and last day it can mean."""

NOTICE_SCHEMA = {
    "table": pl.String,
    "file": pl.String,
    "row": pl.Int32,
    "column": pl.String,
    "found": pl.String,
    "meaning": pl.String,
    "remedy": pl.String,
}
"""One line per oddity that does not refuse a row: an unknown drug with its candidates, an unknown column."""

INCOMPLETE_SCHEMA = {"patient_id": pl.String, "table": pl.String}
"""One line per kept patient and table of which at least one of his rows was refused."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Records:
    """Canonical tables with their kind, their sources, and what was refused.

    Records are equal only to themselves; tables are compared one by one.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        All canonical tables, empty where nothing was given; see `schema.TABLES`.
    kind : Kind
        Observed, transcribed, reconstructed or simulated.
    title : str
        What these records are, in one line.
    sources : tuple of SourceFile
        One entry per file read.
    quarantine, imputations, notices : DataFrame
        See `QUARANTINE_SCHEMA`, `IMPUTATION_SCHEMA`, `NOTICE_SCHEMA`.
    incomplete : DataFrame
        See `INCOMPLETE_SCHEMA`. What such a patient never had in that table cannot be known:
        "not treated with", "no progression", "not measured" are undecidable for him.
    drugs : DrugVocabulary
        The vocabulary by which the drugs were named.
    citation : str
        Where the records were published; empty where they were not.
    """

    tables: Mapping[str, pl.DataFrame]
    kind: Kind
    title: str = ""
    sources: tuple[SourceFile, ...] = ()
    quarantine: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUARANTINE_SCHEMA))
    imputations: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=IMPUTATION_SCHEMA))
    notices: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NOTICE_SCHEMA))
    incomplete: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=INCOMPLETE_SCHEMA))
    drugs: DrugVocabulary = field(default_factory=default_vocabulary)
    citation: str = ""

    def __post_init__(self) -> None:
        complete = {name: self.tables.get(name, table.empty()) for name, table in TABLES.items()}
        object.__setattr__(self, "tables", MappingProxyType(complete))

    def table(self, name: str) -> pl.DataFrame:
        """Return one canonical table."""
        return self.tables[name]

    def incomplete_patients(self, table: str) -> pl.Series:
        """Return the identifiers of the kept patients who lost rows of that table to the quarantine."""
        return self.incomplete.filter(pl.col("table") == table)["patient_id"]
