"""The response to the treatment started at time zero: best response, how long it lasted, what is drawn from it.

The response is read from assessments of the whole disease, recorded or made from lesions
(`derive/recist_assessments.py`). The window of the best response opens after
time zero and closes at the first progressive disease, or on the day the next line starts.
"""

import polars as pl

from sequela.derive.best_response import RECIST, ResponseRules, candidates, pick, series
from sequela.derive.events import adequate_assessments, deaths, progressions, source_row
from sequela.derive.recist_rules import NO_DISEASE, NON
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH

DAYS_PER_WEEK = 7
RESPONDING, STABLE = ("CR", "PR"), ("SD", NON)


def best_response(
    records: Records, at: pl.DataFrame, until: pl.DataFrame, rules: ResponseRules = RECIST
) -> pl.DataFrame:
    """Return each patient's best response, whether the disease was controlled, and how long a response lasted.

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
        patient_id, best (one of `best_response.ORDER`), responded, controlled, benefited (Boolean), stable_days
        (time zero to progression or the last evaluable assessment), row (`assessments:4` or null), disputed (a
        partial response follows a complete one), response_days (time zero to the first response that counts),
        lasted_days and lasted_event (from there to progression or death, else to the last evaluable
        assessment); null without a response.
        A patient without an evaluable assessment is NE, counted as neither response nor control.
    """
    window = _window(records, at, until)
    read = _read(records, window, rules)
    result = at.select("patient_id").join(pick(read), on="patient_id", how="left", maintain_order="left")
    result = result.join(_stable(records, window), on="patient_id", how="left", maintain_order="left")
    best = pl.col("best").fill_null("NE")
    responded = best.is_in(RESPONDING)
    result = result.with_columns(
        best.alias("best"),
        pl.col("disputed").fill_null(value=False),
        responded.alias("responded"),
        (responded | _stable_for(rules.control_months * DAYS_PER_MONTH, beyond=True)).alias("controlled"),
        (responded | _stable_for(rules.benefit_weeks * DAYS_PER_WEEK)).alias("benefited"),
    )
    lasted = _lasted(records, _first_response(read, result))
    result = result.join(lasted, on="patient_id", how="left", maintain_order="left")
    return result.select(
        *("patient_id", "best", "responded", "controlled", "benefited", "stable_days", "row", "disputed"),
        *("response_days", "lasted_days", "lasted_event"),
    )


def _stable_for(days: float, *, beyond: bool = False) -> pl.Expr:
    """Return whether the best response is stable disease that lasted at least, or beyond, so many days."""
    lasted = pl.col("stable_days") > days if beyond and days else pl.col("stable_days") >= days
    return pl.col("best").is_in(STABLE) & lasted.fill_null(value=False)


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


def _read(records: Records, window: pl.DataFrame, rules: ResponseRules) -> pl.DataFrame:
    """Return the assessments inside the window, and what each counts as for the best response."""
    table = records.table("assessments")
    whole = table.filter(pl.col("organ").is_null() | (pl.col("response") == "PD"))
    # Where there was no disease at baseline there is no response to evaluate.
    response = pl.col("response").replace(NO_DISEASE, "NE")
    rows = whole.select("patient_id", "day", response, source_row(table, "assessments"))
    read = series(_inside(rows, window), rules).join(window, on="patient_id", how="left")
    read = read.sort("patient_id", "day")
    return read.with_columns(candidates(read, rules).alias("best"))


def _stable(records: Records, window: pl.DataFrame) -> pl.DataFrame:
    rows = _inside(adequate_assessments(records).select("patient_id", "day"), window)
    return rows.group_by("patient_id").agg((pl.col("day") - pl.col("zero")).max().alias("stable_days"))


def _first_response(read: pl.DataFrame, best: pl.DataFrame) -> pl.DataFrame:
    """Return the day of the first assessment that counts as a response; confirmed where the rules ask for it."""
    responders = read.filter(pl.col("best").is_in(RESPONDING)).join(
        best.filter("responded"), on="patient_id", how="semi"
    )
    return responders.group_by("patient_id").agg(pl.col("day").min().alias("from"), pl.col("zero").first())


def _lasted(records: Records, responses: pl.DataFrame) -> pl.DataFrame:
    """Return how long each response lasted: to progression or death, else to the last evaluable assessment."""
    ends = pl.concat([progressions(records), deaths(records)]).select("patient_id", "day")
    seen = adequate_assessments(records).select("patient_id", "day")
    rows = responses.join(ends, on="patient_id", how="inner").filter(pl.col("day") >= pl.col("from"))
    ended = rows.group_by("patient_id").agg(pl.col("day").min().alias("ended"))
    rows = responses.join(seen, on="patient_id", how="inner").filter(pl.col("day") >= pl.col("from"))
    censored = rows.group_by("patient_id").agg(pl.col("day").max().alias("last_seen"))
    both = responses.join(ended, on="patient_id", how="left").join(censored, on="patient_id", how="left")
    end = pl.coalesce("ended", "last_seen", "from")
    return both.select(
        "patient_id",
        (pl.col("from") - pl.col("zero")).alias("response_days"),
        (end - pl.col("from")).alias("lasted_days"),
        pl.col("ended").is_not_null().alias("lasted_event"),
    )
