"""What an earlier reading of the same records found out, carried over beside the tables."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from sequela.errors import Problem, RecordsError
from sequela.records.bundle import IMPUTATION_SCHEMA, INCOMPLETE_SCHEMA, NOTICE_SCHEMA, Records
from sequela.records.schema import TABLES
from sequela.sources.truncation import CUT_OFF

IMPUTATIONS, INCOMPLETE, NOTICES = "imputations.csv", "incomplete.csv", "notices.csv"


def carry_over(folder: Path, records: Records) -> Records:
    """Add the partial dates and the incomplete patients that the folder lists.

    A folder of canonical tables holds days, no longer the partial dates they came from, and no longer
    the rows that were refused; `imputations.csv` and `incomplete.csv` keep both known, and `notices.csv`
    that a table may have been cut off. Lines that do not fit the tables any more are left out.

    Raises
    ------
    RecordsError
        Where one of the files cannot be read.
    """
    imputed = _read(folder / IMPUTATIONS, IMPUTATION_SCHEMA)
    lost = _read(folder / INCOMPLETE, INCOMPLETE_SCHEMA)
    cut_off = _read(folder / NOTICES, NOTICE_SCHEMA).filter(pl.col("meaning").str.starts_with(CUT_OFF))
    patients = records.table("patients")["patient_id"]
    lost = lost.filter(pl.col("patient_id").is_in(patients.implode()), pl.col("table").is_in(list(TABLES)))
    return replace(
        records,
        imputations=pl.concat([records.imputations, _still_true(imputed, records)]),
        incomplete=pl.concat([records.incomplete, lost]).unique().sort("patient_id", "table"),
        notices=pl.concat([cut_off, records.notices]).unique(maintain_order=True)
        if cut_off.height
        else records.notices,
    )


def _read(path: Path, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    if not path.exists():
        return pl.DataFrame(schema=schema)
    try:
        return pl.read_csv(path, infer_schema=False).select(pl.col(name).cast(kind) for name, kind in schema.items())
    except pl.exceptions.PolarsError:
        problem = Problem(path.name, "the file cannot be read", ", ".join(schema), "Delete it, or write it again.")
        raise RecordsError(problem) from None


def _still_true(imputed: pl.DataFrame, records: Records) -> pl.DataFrame:
    """Return the lines whose cell still holds the day that was put there."""
    kept = [pl.DataFrame(schema=IMPUTATION_SCHEMA)]
    for table, column in imputed.select("table", "column").unique(maintain_order=True).rows():
        if table not in TABLES or column not in [day.name for day in TABLES[table].day_columns]:
            continue
        cells = records.table(table).select("row", day=column)
        lines = imputed.filter(pl.col("table") == table, pl.col("column") == column)
        kept.append(lines.join(cells, on=["row", "day"], how="semi"))
    return pl.concat(kept)
