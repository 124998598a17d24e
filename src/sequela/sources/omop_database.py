"""An OMOP database that is open: the same expressions on DuckDB and on PostgreSQL."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from types import MappingProxyType
from typing import Any

import polars as pl

from sequela.errors import Problem, RecordsError, UsageError
from sequela.frozen import frozen
from sequela.sources.omop_address import Address
from sequela.sources.omop_tables import CONCEPTS, VOCABULARY_TABLES, CdmTable, cdm_tables

EMPTY: dict[str, type[pl.DataType]] = {"id": pl.Int64, "number": pl.Float64, "date": pl.String, "text": pl.String}
"""Types in which columns arrive; dates arrive as text (2019-12-31)."""

ROWS_AT_ONCE = 100_000
IDS_AT_ONCE = 5_000

_TYPES = {
    "id": ("a whole number", lambda kind: kind.is_integer() or kind.is_decimal() or kind.is_floating()),
    "number": ("a number", lambda kind: kind.is_numeric()),
    "date": ("a date", lambda kind: kind.is_date() or kind.is_timestamp() or kind.is_string()),
    "text": ("text", lambda kind: True),
}


@frozen
class Database:
    """Tables of an open database, with every column of the data model under its name and type.

    Attributes
    ----------
    address : Address
    tables : mapping of str to ibis table
        Those that are there. A column the database lacks is null throughout.
    lacking : tuple of (str, str)
        Optional tables that are absent, and optional columns as "table.column", each with its kind.
    """

    address: Address
    tables: Mapping[str, Any] = field(repr=False)
    lacking: tuple[tuple[str, str], ...] = ()

    def fetch(self, expression: Any) -> pl.DataFrame:
        """Run an expression and return its rows; they arrive a hundred thousand at a time."""
        with explained(self.address):
            arrived = expression.to_pyarrow_batches(chunk_size=ROWS_AT_ONCE).read_all()
        frame = pl.from_arrow(arrived)
        assert isinstance(frame, pl.DataFrame)
        dates = [pl.col(name).dt.strftime("%Y-%m-%d") for name, kind in frame.schema.items() if kind == pl.Date]
        return frame.with_columns(dates)

    def among(self, table: str, column: str, values: Iterable[int]) -> pl.DataFrame:
        """Return the rows of a table whose column holds one of the values."""
        wanted = sorted(set(values))
        chosen = self.tables[table]
        parts = [
            self.fetch(chosen.filter(chosen[column].isin(wanted[start : start + IDS_AT_ONCE])))
            for start in range(0, len(wanted), IDS_AT_ONCE)
        ]
        contents = cdm_tables()[table].columns
        return pl.concat(parts) if parts else pl.DataFrame(schema={c: EMPTY[kind] for c, kind in contents.items()})


def ibis_module() -> Any:
    """Return ibis, which is imported only where a database is opened.

    Raises
    ------
    UsageError
        Where it is not installed.
    """
    try:
        import ibis  # noqa: PLC0415 - a third of a second, and an extra that may be absent
    except ImportError:
        found = "the packages that read databases are not installed"
        raise UsageError(Problem("omop", found, remedy="Install them: pip install 'sequela[omop]'.")) from None
    return ibis


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """Turn an error of an engine into one a person can read; nothing the engine says is passed on."""
    try:
        yield
    except (RecordsError, UsageError):
        raise
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("duckdb", "_duckdb", "psycopg", "ibis", "pyarrow"):
            raise
        raise RecordsError(_explain(address, str(error))) from None


def _explain(address: Address, said: str) -> Problem:
    with (CONCEPTS / "engine_messages.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if re.search(row["said"], said, re.IGNORECASE):
                return Problem(address.shown, row["found"], remedy=row["remedy"])
    return Problem(address.shown, "the database cannot be read", remedy="Check that it opens in its own program.")


@contextmanager
def connected(address: Address, *, writing: bool = False) -> Iterator[Any]:
    """Connect through ibis, and disconnect at the end."""
    ibis = ibis_module()
    if address.engine == "duckdb" and not writing:
        _check_file(address)
    with explained(address):
        if address.engine == "duckdb":
            backend = ibis.duckdb.connect(read_only=not writing, **address.arguments)
        else:
            backend = _server(ibis, address)
    try:
        yield backend
    finally:
        backend.disconnect()


def _server(ibis: Any, address: Address) -> Any:
    try:
        return ibis.postgres.connect(**{"connect_timeout": 10, **address.arguments})
    except ImportError:
        found = "the library of PostgreSQL (libpq) is not installed"
        raise UsageError(Problem("omop", found, remedy="Install it: pip install 'psycopg[binary]'.")) from None


def _check_file(address: Address) -> None:
    path = address.arguments["database"]
    if not path.is_file():
        kind = "is a folder" if path.is_dir() else "does not exist"
        raise RecordsError(Problem(address.shown, f"the database {kind}", "a DuckDB file", "Check the path."))


def open_database(backend: Any, address: Address) -> Database:
    """Find the tables, and see that they have the columns that are read.

    Raises
    ------
    RecordsError
        Every table and column that is missing or of the wrong type, at once.
    """
    ibis = ibis_module()
    own, shared = address.schema or None, address.vocabulary or address.schema or None
    with explained(address):
        names = {name.lower(): name for name in backend.list_tables(database=own)}
        vocabulary = {name.lower(): name for name in backend.list_tables(database=shared)}
    if not set(names) & set(cdm_tables()):
        where = f"schema {address.schema}" if address.schema else "the default schema"
        remedy = "Name the schema: ?schema=NAME after the connection."
        raise RecordsError(Problem(address.shown, f"{where} has no tables of OMOP", "person, death, …", remedy))
    problems: list[Problem] = []
    lacking: list[tuple[str, str]] = []
    tables = {}
    for name, table in cdm_tables().items():
        in_vocabulary = name in VOCABULARY_TABLES
        there = (vocabulary if in_vocabulary else names).get(name)
        if there is None:
            problems.extend([_no_table(address, name)] if table.required else [])
            lacking.extend([] if table.required else [(name, "table")])
            continue
        with explained(address):
            raw = backend.table(there, database=shared if in_vocabulary else own)
        found = _check_columns(address, table, raw)
        problems.extend(found)
        lacking.extend((f"{name}.{column}", "column") for column in _absent(table, raw) if column not in table.needed)
        if not found:
            tables[name] = _select(ibis, table, raw)
    if problems:
        raise RecordsError(problems)
    return Database(address, MappingProxyType(tables), tuple(lacking))


def _no_table(address: Address, name: str) -> Problem:
    remedy = "Create it, even if it is empty: without it nobody could say who died, or who was treated."
    return Problem(f"{address.shown}, table {name}", "the table is missing", "a table of OMOP CDM 5.4", remedy)


def _absent(table: CdmTable, raw: Any) -> list[str]:
    there = {name.lower() for name in raw.columns}
    return [name for name in table.columns if name not in there]


def _check_columns(address: Address, table: CdmTable, raw: Any) -> list[Problem]:
    where = f"{address.shown}, table {table.name}"
    problems = [
        Problem(f"{where}, column {name}", "the column is missing", "a column of OMOP CDM 5.4", "Add it.")
        for name in _absent(table, raw)
        if name in table.needed
    ]
    for name, kind in raw.schema().items():
        content = table.columns.get(name.lower())
        if content and not _TYPES[content][1](kind) and not kind.is_null():
            expected = _TYPES[content][0]
            problems.append(Problem(f"{where}, column {name.lower()}", f"the column holds {kind}", expected))
    return problems


def _select(ibis: Any, table: CdmTable, raw: Any) -> Any:
    """Return the table with its columns in small letters, typed, and null where it lacks them."""
    types = {"id": "int64", "number": "float64", "text": "string", "date": "date"}
    actual = {name.lower(): name for name in raw.columns}
    columns = {}
    for name, content in table.columns.items():
        if name not in actual:
            columns[name] = ibis.null(types[content])
        elif content == "date" and raw[actual[name]].type().is_string():
            columns[name] = raw[actual[name]]
        else:
            columns[name] = raw[actual[name]].cast(types[content])
    return raw.select(**columns)
