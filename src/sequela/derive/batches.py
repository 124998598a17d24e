"""The Arrow door: what is derived of one patient after the other, from record batches to record batches.

A stream holds whole patients, all their tables in one: every row says in `table` which canonical table it
is of, and fills that table's columns. So one stream sorted by patient is all that a derivation needs, and a
distributed engine can call it unchanged (`mapInArrow` of Spark, `to_arrow_reader` of DuckDB, Parquet).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import polars as pl

from sequela.derive.lines import lines_of_therapy
from sequela.derive.rules import BREAST, LineRules
from sequela.errors import Problem, RecordsError, UsageError
from sequela.records.bundle import IMPUTATION_SCHEMA, INCOMPLETE_SCHEMA, Kind, Records
from sequela.records.drugs import DrugVocabulary, default_vocabulary
from sequela.records.partitions import partitions
from sequela.records.schema import TABLES

Derivation = Callable[[Records], pl.DataFrame]
"""From the records of whole patients to a table; it must rest on each patient's own rows alone."""

ROWS_AT_ONCE = 500_000
"""Rows gathered before they are derived; smaller batches wait for each other."""

INCOMPLETE, IMPUTATIONS = "incomplete", "imputations"
"""Values of `table` for patients who lost rows and for partial dates; `of_table` says of which table."""

_BESIDE: dict[str, dict[str, Any]] = {
    INCOMPLETE: {"patient_id": pl.String, "of_table": pl.String},
    IMPUTATIONS: {"patient_id": pl.String, **{c: t for c, t in IMPUTATION_SCHEMA.items() if c != "table"}}
    | {"of_table": pl.String},
}

_NOT_SORTED = Problem(
    "record batches", "a patient's rows come apart", "batches sorted by patient_id", "Add ORDER BY patient_id."
)


def derive_batches(
    derivation: Derivation, batches: Iterable[Any], drugs: DrugVocabulary | None = None
) -> Iterator[Any]:
    """Yield what a derivation says of the patients of a stream, as Arrow record batches.

    Parameters
    ----------
    derivation : callable
        Of `sequela.derive`, from records to a table: `lambda records: prior_exposure(records, "pertuzumab", at)`.
    batches : iterable
        Arrow record batches (or anything polars reads as a table) as `batches_of` makes them: `table`, `patient_id`
        and the columns of the canonical tables, those that are missing taken as empty. Sorted by
        patient_id, in the order of bytes; a batch may end in the midst of a patient.
    drugs : DrugVocabulary, optional

    Yields
    ------
    pyarrow.RecordBatch
        One or more for each gathering of whole patients. Lists are large lists, text is large text.

    Raises
    ------
    RecordsError
        Where the rows are not sorted by patient_id, or are of a table nobody knows.
    UsageError
        Where pyarrow is not installed.
    """
    _require_pyarrow()
    vocabulary = drugs or default_vocabulary()
    for frame in _whole_patients(batches):
        yield from _arrow(derivation(_records(frame, vocabulary)))


def lines_of_batches(
    batches: Iterable[Any], rules: LineRules = BREAST, drugs: DrugVocabulary | None = None
) -> Iterator[Any]:
    """Yield the lines of therapy of the patients of a stream, as Arrow record batches.

    Parameters
    ----------
    batches : iterable
        As for `derive_batches`; lines read `patients`, `diagnoses`, `metastases`, `assessments`, `procedures` and
        `exposures`.
    rules : LineRules
    drugs : DrugVocabulary, optional

    Yields
    ------
    pyarrow.RecordBatch
        The columns of `lines_of_therapy`.
    """
    return derive_batches(lambda records: lines_of_therapy(records, rules), batches, drugs)


def batches_of(records: Records) -> Iterator[Any]:
    """Yield records as a stream for `derive_batches`: whole patients, sorted, all tables in one.

    Yields
    ------
    pyarrow.RecordBatch
        `table`, `patient_id`, `row` and every column of the canonical tables that holds anything.
    """
    _require_pyarrow()
    columns = _held(records)
    for _, part in partitions(records):
        yield from _arrow(_stream(part, columns))


def _require_pyarrow() -> None:
    if find_spec("pyarrow") is None:
        problem = Problem("pyarrow", "it is not installed", remedy='Install it: pip install "sequela[arrow]".')
        raise UsageError(problem)


def _arrow(frame: pl.DataFrame) -> list[Any]:
    """Return a table as record batches of types that every engine knows."""
    return list(frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches())


def _schema() -> dict[str, Any]:
    """Return every column of the stream; columns of one name have one type in all tables."""
    columns: dict[str, Any] = {"table": pl.String}
    for table in TABLES.values():
        columns |= dict(table.empty().schema)
    for schema in _BESIDE.values():
        columns |= schema
    return columns


def _held(records: Records) -> dict[str, Any]:
    """Return the columns of the stream of some records: those of which a table has a value."""
    tables = [*records.tables.values(), *_beside(records).values()]
    named = {c for table in tables for c in table.columns if table[c].null_count() < table.height}
    return {c: t for c, t in _schema().items() if c in named or c in ("table", "patient_id")}


def _stream(records: Records, columns: dict[str, Any]) -> pl.DataFrame:
    """Return all tables as one, by patient."""
    held = {name: table for name, table in records.tables.items() if table.height} | _beside(records)
    parts = [
        frame.select(pl.lit(name).alias("table"), *(c for c in frame.columns if c in columns))
        for name, frame in held.items()
    ]
    stream = pl.concat([pl.DataFrame(schema=columns), *parts], how="diagonal")
    return stream.sort("patient_id", maintain_order=True)


def _beside(records: Records) -> dict[str, pl.DataFrame]:
    """Return the patients who lost rows, and the partial dates with the patients they are of."""
    people = records.table("patients").select("patient_id")
    lost = records.incomplete.join(people, on="patient_id", how="semi").rename({"table": "of_table"})
    partial = [
        records.table(name).select("patient_id", "row").join(of_table.rename({"table": "of_table"}), on="row")
        for (name,), of_table in records.imputations.group_by("table", maintain_order=True)
    ]
    found = {INCOMPLETE: lost, IMPUTATIONS: pl.concat(partial) if partial else lost.clear()}
    return {name: frame for name, frame in found.items() if frame.height}


def _whole_patients(batches: Iterable[Any]) -> Iterator[pl.DataFrame]:
    """Yield the rows of a stream anew, whole patients together."""
    waiting: list[pl.DataFrame] = []
    rows = 0
    for batch in batches:
        frame = _frame(batch)
        if not frame.height:
            continue
        if rows and frame["patient_id"][0] < waiting[-1]["patient_id"][-1]:
            raise RecordsError(_NOT_SORTED)
        waiting.append(frame)
        rows += frame.height
        if rows < ROWS_AT_ONCE:
            continue
        gathered = pl.concat(waiting, how="diagonal")
        last = gathered["patient_id"][-1]
        # The patient a batch ends with may go on in the next.
        whole = gathered.filter(pl.col("patient_id") != last)
        if whole.height:
            yield whole
        waiting = [gathered.filter(pl.col("patient_id") == last)]
        rows = waiting[0].height
    if rows:
        yield pl.concat(waiting, how="diagonal")


def _frame(batch: Any) -> pl.DataFrame:
    """Return a batch with those of its columns that are of the stream, typed."""
    frame = batch if isinstance(batch, pl.DataFrame) else pl.DataFrame(batch)
    absent = [name for name in ("table", "patient_id") if name not in frame.columns]
    if absent:
        found = f"there is no column {' and no column '.join(absent)}"
        raise RecordsError(Problem("record batches", found, "table, patient_id and the columns of the tables"))
    frame = frame.select(pl.col(c).cast(t) for c, t in _schema().items() if c in frame.columns)
    known = (*TABLES, *_BESIDE)
    strange = frame.filter(~pl.col("table").is_in(known).fill_null(value=False))
    if strange.height:
        found = f"{strange.height} rows of a table nobody knows"
        raise RecordsError(Problem("record batches, column table", found, f"one of {', '.join(known)}"))
    if not frame["patient_id"].is_sorted():
        raise RecordsError(_NOT_SORTED)
    return frame


def _records(frame: pl.DataFrame, drugs: DrugVocabulary) -> Records:
    """Return the records of the patients of a stream."""

    def of(name: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        columns = [pl.col(c) if c in frame.columns else pl.lit(None, t).alias(c) for c, t in schema.items()]
        return frame.filter(pl.col("table") == name).select(columns)

    tables = {name: of(name, table.empty().schema) for name, table in TABLES.items()}
    lost = of(INCOMPLETE, _BESIDE[INCOMPLETE]).rename({"of_table": "table"}).select(list(INCOMPLETE_SCHEMA))
    partial = of(IMPUTATIONS, _BESIDE[IMPUTATIONS]).rename({"of_table": "table"}).select(list(IMPUTATION_SCHEMA))
    return Records(MappingProxyType(tables), Kind.OBSERVED, incomplete=lost, imputations=partial, drugs=drugs)
