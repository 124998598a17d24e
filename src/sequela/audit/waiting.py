"""How each patient came into the cohort: when the disease became metastatic, and how long it took to enter."""

import numpy as np
import polars as pl

from sequela.audit.comparisons import FollowedTime, as_asked, from_entry
from sequela.audit.material import Material, found_once
from sequela.derive.lines import columns_of_lines
from sequela.derive.metastases import metastatic_from
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.dates import EPOCH


@frozen
class Waiting:
    """One entry per patient in the order of the cohort; nan where it is not known.

    Attributes
    ----------
    days : float array, shape (n,)
        From metastatic disease to the last event that the patient needed to be in the cohort.
    began : float array, shape (n,)
        Calendar day of metastatic disease, counted from 1970-01-01.
    first_line : float array, shape (n,)
        Calendar day on which the first line began; of metastatic disease where no first line is known.
    index : float array, shape (n,)
        Calendar day of entry.
    closed : float
        Last calendar day on which anyone was seen; nan without a calendar.
    """

    days: np.ndarray
    began: np.ndarray
    first_line: np.ndarray
    index: np.ndarray
    closed: float


@found_once
def waiting(data: Material) -> Waiting:
    """Find metastatic disease and entry of each patient of the cohort, on the calendar where there is one."""
    records = data.result.records
    patients = data.result.cohort.patients.select("patient_id", "time_zero")
    began = metastatic_from(records).select("patient_id", pl.col("day").alias("began"))
    first = began.group_by("patient_id").agg(pl.col("began").min())
    joined = patients.join(first, on="patient_id", how="left", maintain_order="left")
    joined = joined.join(_origins(records), on="patient_id", how="left", maintain_order="left")
    entered = joined["time_zero"].to_numpy().astype(float) + data.admitted
    start = joined["began"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    origin = joined["origin"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    began_line = _first_line(data)
    line = origin + np.where(np.isfinite(began_line), began_line, start)
    return Waiting(entered - start, origin + start, line, origin + entered, _closed(records))


def entered(data: Material) -> FollowedTime:
    """Return everyone from entry on: as asked where the clock starts there already."""
    return from_entry(data) if (data.admitted > 0).any() else as_asked(data)


def entered_rows(data: Material) -> np.ndarray:
    """Return which patients `entered` keeps, shape (n,)."""
    return data.admitted < data.days if (data.admitted > 0).any() else np.ones(data.days.size, dtype=bool)


def _first_line(data: Material) -> np.ndarray:
    """Return the day on which each patient's first line began; nan where none is known."""
    rules = data.result.definitions.line_rules
    lines = columns_of_lines(data.result.records, rules, "patient_id", "line", "start").filter(pl.col("line") == 1)
    first = lines.group_by("patient_id").agg(pl.col("start").min())
    patients = data.result.cohort.patients.select("patient_id")
    joined = patients.join(first, on="patient_id", how="left", maintain_order="left")
    return joined["start"].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _origins(records: Records) -> pl.DataFrame:
    days = (pl.col("origin_date") - EPOCH).dt.total_days().alias("origin")
    return records.table("patients").select("patient_id", days).unique("patient_id", keep="first", maintain_order=True)


def _closed(records: Records) -> float:
    last = pl.max_horizontal("last_contact", "death")
    days = (pl.col("origin_date") - EPOCH).dt.total_days() + last
    found = records.table("patients").select(days.max()).item()
    return float("nan") if found is None else float(found)
