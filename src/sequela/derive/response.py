"""Best response to the treatment started at time zero, and the rates drawn from it.

The response is read from recorded assessments of the whole disease. The window opens after
time zero and closes at the first progressive disease, or on the day the next line starts.
"""

from dataclasses import dataclass

import polars as pl

from sequela.derive.events import adequate_assessments, progressions
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH

ORDER = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")
"""From best to worst; NE is also what a patient without an assessment gets."""


@dataclass(frozen=True, slots=True)
class ResponseRules:
    """The adjustable numbers of best response.

    Attributes
    ----------
    stable_days : int
        Days from time zero before which stable disease is not evaluable.
    control_months : float
        Months of 30.4375 days that stable disease must exceed to count as disease control.
    citation : str
    """

    stable_days: int = 42
    control_months: float = 6.0
    citation: str = "RECIST 1.1, Eisenhauer 2009, doi:10.1016/j.ejca.2008.10.026"


RECIST = ResponseRules()


def best_response(
    records: Records, at: pl.DataFrame, until: pl.DataFrame, rules: ResponseRules = RECIST
) -> pl.DataFrame:
    """Return each patient's best unconfirmed response and whether the disease was controlled.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day of time zero.
    until : DataFrame
        patient_id, day on which the next line starts; patients without one are not listed.
    rules : ResponseRules

    Returns
    -------
    DataFrame
        patient_id, best (one of `ORDER`), responded, controlled (Boolean), stable_days (days from
        time zero to progression or the last evaluable assessment), row (`assessments:4` or null).
        A patient without an evaluable assessment is NE, counted as neither response nor control.
    """
    window = _window(records, at, until)
    best = _best(records, window, rules)
    lasted = _lasted(records, window)
    result = at.select("patient_id").join(best, on="patient_id", how="left", maintain_order="left")
    result = result.join(lasted, on="patient_id", how="left", maintain_order="left")
    controlled_days = rules.control_months * DAYS_PER_MONTH
    stable = pl.col("best").is_in(["SD", "NON-CR/NON-PD"]) & (pl.col("stable_days") > controlled_days)
    return result.with_columns(pl.col("best").fill_null("NE")).with_columns(
        pl.col("best").is_in(["CR", "PR"]).alias("responded"),
        (pl.col("best").is_in(["CR", "PR"]) | stable.fill_null(value=False)).alias("controlled"),
    )


def _window(records: Records, at: pl.DataFrame, until: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id, zero, close: the last day whose assessments count."""
    progressed = at.rename({"day": "zero"}).join(progressions(records), on="patient_id", how="inner")
    progressed = progressed.filter(pl.col("day") > pl.col("zero")).group_by("patient_id").agg(pl.col("day").min())
    window = at.rename({"day": "zero"}).join(progressed.rename({"day": "progressed"}), on="patient_id", how="left")
    window = window.join(until.rename({"day": "next_line"}), on="patient_id", how="left", maintain_order="left")
    return window.select("patient_id", "zero", pl.min_horizontal("progressed", "next_line").alias("close"))


def _inside(rows: pl.DataFrame, window: pl.DataFrame) -> pl.DataFrame:
    joined = window.join(rows, on="patient_id", how="inner", maintain_order="left_right")
    open_ended = pl.col("close").is_null() | (pl.col("day") <= pl.col("close"))
    return joined.filter((pl.col("day") > pl.col("zero")) & open_ended)


def _best(records: Records, window: pl.DataFrame, rules: ResponseRules) -> pl.DataFrame:
    """Return the best response inside the window; stable disease seen too early is not evaluable."""
    whole = records.table("assessments").filter(
        pl.col("response").is_not_null() & (pl.col("organ").is_null() | (pl.col("response") == "PD"))
    )
    rows = _inside(whole, window)
    early = pl.col("response").is_in(["SD", "NON-CR/NON-PD"]) & (pl.col("day") - pl.col("zero") < rules.stable_days)
    rows = rows.with_columns(pl.when(early).then(pl.lit("NE")).otherwise("response").alias("best"))
    rank = pl.col("best").replace_strict({name: i for i, name in enumerate(ORDER)}, return_dtype=pl.Int32)
    rows = rows.with_columns(rank.alias("rank")).sort("patient_id", "rank", "day", "row")
    first = rows.group_by("patient_id", maintain_order=True).first()
    return first.select("patient_id", "best", pl.format("assessments:{}", "row").alias("row"))


def _lasted(records: Records, window: pl.DataFrame) -> pl.DataFrame:
    rows = _inside(adequate_assessments(records).select("patient_id", "day"), window)
    return rows.group_by("patient_id").agg((pl.col("day") - pl.col("zero")).max().alias("stable_days"))
