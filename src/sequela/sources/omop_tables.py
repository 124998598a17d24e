"""The tables of OMOP CDM 5.4 that are read and written: columns, contents, and what cannot be missing."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sequela.frozen import frozen

CONCEPTS = Path(__file__).with_name("concepts")
VOCABULARY_TABLES = ("concept", "concept_ancestor")


@frozen
class CdmTable:
    """One table of the common data model.

    Attributes
    ----------
    name : str
    columns : mapping of str to str
        Content of each column: id (whole number), date, number or text.
    needed : frozenset of str
        Columns without which the table cannot be read.
    required : bool
        Whether the database cannot be read without the table. An absent table of deaths or of
        drugs would make everybody alive or untreated.
    """

    name: str
    columns: Mapping[str, str]
    needed: frozenset[str]
    required: bool


@cache
def cdm_tables() -> Mapping[str, CdmTable]:
    """Return the tables by name, in the order of `cdm_5_4.csv`."""
    rows: dict[str, list[dict[str, str]]] = {}
    with (CONCEPTS / "cdm_5_4.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["table"], []).append(row)
    return MappingProxyType({name: _table(name, lines) for name, lines in rows.items()})


def _table(name: str, lines: list[dict[str, str]]) -> CdmTable:
    return CdmTable(
        name=name,
        columns=MappingProxyType({line["column"]: line["content"] for line in lines}),
        needed=frozenset(line["column"] for line in lines if line["needed"]),
        required=any(line["needed"] == "always" for line in lines),
    )


@frozen
class EventTable:
    """How one table of events names what every such table has.

    Attributes
    ----------
    table : str
    key : str
        Primary key.
    concept, source_concept, written : str
        Standard concept, concept of the source, and the text of the source.
    day : str
        Date of the event, or of its start.
    """

    table: str
    key: str
    concept: str
    source_concept: str
    written: str
    day: str


EVENT_TABLES: Mapping[str, EventTable] = MappingProxyType(
    {
        name: EventTable(
            name, f"{name}_id", f"{stem}_concept_id", f"{stem}_source_concept_id", f"{stem}_source_value", day
        )
        for name, stem, day in (
            ("condition_occurrence", "condition", "condition_start_date"),
            ("drug_exposure", "drug", "drug_exposure_start_date"),
            ("procedure_occurrence", "procedure", "procedure_date"),
            ("measurement", "measurement", "measurement_date"),
            ("observation", "observation", "observation_date"),
            ("episode", "episode", "episode_start_date"),
        )
    }
)
