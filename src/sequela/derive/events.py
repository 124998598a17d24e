"""What can end or interrupt an endpoint: progressions, death, assessments, last contact.

Each source is a function of the records that returns one row per occurrence, so that an
endpoint can be written down as a list of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from sequela.records.bundle import Records

IMAGING = (
    r"(?i)\b(?:ct|mri|pet|x-?ray|radiograph\w*|ultrasound|sonograph\w*|bone scan|scintigraph\w*"
    r"|imaging|tomograph\w*|mammograph\w*)\b"
)
"""Methods that make an assessment radiologic where its basis is not recorded."""


@dataclass(frozen=True, slots=True)
class EventSource:
    """A kind of occurrence.

    Attributes
    ----------
    name : str
        In words, as printed in a definition.
    occurrences : callable
        Records to DataFrame of patient_id, day, row (`assessments:31`).
    on_time_zero : bool
        Whether an occurrence on the day of time zero counts (a death does; the progression
        that led to the new drug does not).
    """

    name: str
    occurrences: Callable[[Records], pl.DataFrame]
    on_time_zero: bool = False


def source_row(frame: pl.DataFrame, table: str) -> pl.Expr:
    """Return the row reference of each row: its column `source` where it was derived, `assessments:31` else."""
    own = pl.format(f"{table}:{{}}", "row")
    return (pl.col("source") if "source" in frame.columns else own).alias("row")


def _rows(frame: pl.DataFrame, table: str, day: str = "day") -> pl.DataFrame:
    kept = frame.filter(pl.col(day).is_not_null())
    return kept.select("patient_id", pl.col(day).alias("day"), source_row(frame, table))


def _radiologic() -> pl.Expr:
    by_method = pl.col("basis").is_null() & pl.col("method").fill_null("").str.contains(IMAGING)
    return (pl.col("basis") == "radiologic").fill_null(value=False) | by_method


def progressions(records: Records) -> pl.DataFrame:
    """Return every assessment that found progressive disease, whatever it rests on."""
    return _rows(records.table("assessments").filter(pl.col("response") == "PD"), "assessments")


def radiologic_progressions(records: Records) -> pl.DataFrame:
    """Return the assessments that found progressive disease on imaging."""
    return _rows(records.table("assessments").filter((pl.col("response") == "PD") & _radiologic()), "assessments")


def adequate_assessments(records: Records) -> pl.DataFrame:
    """Return the tumour assessments that could be evaluated."""
    assessed = pl.col("response").is_not_null() & (pl.col("response") != "NE")
    return _rows(records.table("assessments").filter(assessed), "assessments")


def deaths(records: Records) -> pl.DataFrame:
    """Return the deaths from any cause."""
    return _rows(records.table("patients"), "patients", "death")


def last_contacts(records: Records) -> pl.DataFrame:
    """Return the last day each patient was known alive."""
    return _rows(records.table("patients"), "patients", "last_contact")


PROGRESSION = EventSource("progressive disease, radiologic or clinical", progressions)
RADIOLOGIC_PROGRESSION = EventSource("progressive disease on imaging", radiologic_progressions)
DEATH = EventSource("death from any cause", deaths, on_time_zero=True)
LAST_ASSESSMENT = EventSource("last evaluable tumour assessment", adequate_assessments)
LAST_CONTACT = EventSource("last day known alive", last_contacts, on_time_zero=True)
