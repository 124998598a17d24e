"""What assessments say of the course of the disease: progressions, evaluable assessments, and what they rest on."""

import polars as pl

from sequela.records.bundle import Records

IMAGING = (
    r"(?i)\b(?:ct|mri|pet|x-?ray|radiograph\w*|ultrasound|sonograph\w*|bone scan|scintigraph\w*"
    r"|imaging|tomograph\w*|mammograph\w*)\b"
)
"""Methods that make an assessment radiologic where its basis is not recorded."""


def source_row(frame: pl.DataFrame, table: str) -> pl.Expr:
    """Return the row reference of each row: its column `source` where it was derived, `assessments:31` else."""
    own = pl.format(f"{table}:{{}}", "row")
    return (pl.col("source") if "source" in frame.columns else own).alias("row")


def radiologic() -> pl.Expr:
    """Return whether an assessment rests on imaging: its basis says so, or where none is recorded its method."""
    by_method = pl.col("basis").is_null() & pl.col("method").fill_null("").str.contains(IMAGING)
    return (pl.col("basis") == "radiologic").fill_null(value=False) | by_method


def clinical() -> pl.Expr:
    """Return whether the recorded basis of an assessment is clinical or pathologic."""
    return pl.col("basis").is_in(("clinical", "pathologic")).fill_null(value=False)


def progressions(records: Records) -> pl.DataFrame:
    """Return every assessment that found progressive disease, whatever it rests on: patient_id, day, row."""
    return _rows(records.table("assessments").filter(pl.col("response") == "PD"), "assessments")


def adequate_assessments(records: Records) -> pl.DataFrame:
    """Return the tumour assessments that could be evaluated: patient_id, day, row."""
    assessed = pl.col("response").is_not_null() & (pl.col("response") != "NE")
    return _rows(records.table("assessments").filter(assessed), "assessments")


def deaths(records: Records) -> pl.DataFrame:
    """Return the deaths from any cause: patient_id, day, row."""
    return _rows(records.table("patients"), "patients", "death")


def _rows(frame: pl.DataFrame, table: str, day: str = "day") -> pl.DataFrame:
    kept = frame.filter(pl.col(day).is_not_null())
    return kept.select("patient_id", pl.col(day).alias("day"), source_row(frame, table))
