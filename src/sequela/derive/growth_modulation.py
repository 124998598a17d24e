"""The growth modulation index: how long a line held the disease, divided by how long the line before it did.

Von Hoff 1998, Clin Cancer Res 4:1079-86, who called an index above 1.33 a success; 1.3 is used since.
"""

import polars as pl

from sequela.derive.endpoint_files import PROFILES, changed
from sequela.derive.endpoint_parts import NO_LINE, TIME_ZERO
from sequela.derive.endpoint_times import NOT_APPLICABLE, NOT_DECIDABLE, time_to_event
from sequela.derive.endpoints import Endpoint
from sequela.derive.lines import lines_of_therapy
from sequela.derive.rules import BREAST, LineRules
from sequela.records.bundle import Records

OF_A_LINE = "pfs_line_1"
"""The endpoint that both lines are measured by, where no other is asked for."""

NO_EARLIER = "no line of therapy came before the one of time zero"
NOT_OBSERVED = "progression or death of the earlier line was not observed"
NO_TIME = "the time of one of the two lines is not decidable"

WARNING = (
    "An earlier treatment that held the disease for longer lowers the index of the treatment after it without any "
    "resistance to it, so the index must not be compared between groups with different earlier treatments."
)
"""Why the index answers no question about sequences."""


def growth_modulation(
    records: Records,
    at: pl.DataFrame,
    endpoint: Endpoint | None = None,
    rules: LineRules = BREAST,
    instead: Records | None = None,
) -> pl.DataFrame:
    """Return the growth modulation index of the line under way at time zero against the line before it.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day of time zero; one row per patient.
    endpoint : Endpoint, optional
        By which both lines are measured, each from its own start; `OF_A_LINE` where none is given.
    rules : LineRules
    instead : Records, optional
        As for `time_to_event`.

    Returns
    -------
    DataFrame
        One row per row of `at`, in its order: patient_id; earlier_days, days (Int32, of the two lines); event (whether
        the later time is complete; a censored one makes a censored index); index (later divided by earlier); outcome
        (event, censored, not decidable, not reached); reason; earlier_row, row (`assessments:31`). An index needs the
        earlier time complete; days, event and index are null for who has none.
    """
    measured = changed(endpoint or PROFILES[OF_A_LINE], {"start": TIME_ZERO})
    pairs = _pairs(records, at, rules)
    now, before = (
        time_to_event(
            records, pairs.select("patient_id", pl.col(name).alias("day")).drop_nulls(), measured, rules, instead
        )
        for name in ("start", "earlier")
    )
    found = pairs.join(now.select("patient_id", "days", "event", "row"), on="patient_id", how="left")
    earlier = before.select("patient_id", *(pl.col(n).alias(f"earlier_{n}") for n in ("days", "event", "row")))
    found = at.select("patient_id").join(
        found.join(earlier, on="patient_id", how="left"), on="patient_id", how="left", maintain_order="left"
    )
    return _with_index(found)


def _pairs(records: Records, at: pl.DataFrame, rules: LineRules) -> pl.DataFrame:
    """Return patient_id, start of the line under way, and start of the one before it; null where there is none."""
    lines = lines_of_therapy(records, rules).filter(pl.col("line") > 0).select("patient_id", "start", "stop")
    same = pl.col("patient_id") == pl.col("patient_id").shift(1)
    lines = lines.with_columns(pl.when(same).then(pl.col("start").shift(1)).alias("earlier"))
    zero = at.select("patient_id", pl.col("day").alias("zero"))
    joined = zero.join(lines, on="patient_id", how="inner", maintain_order="left_right")
    under_way = joined.filter(pl.col("zero").is_between("start", "stop"))
    last = under_way.unique("patient_id", keep="last", maintain_order=True)
    return at.select("patient_id").join(last, on="patient_id", how="left", maintain_order="left")


def _with_index(found: pl.DataFrame) -> pl.DataFrame:
    complete = pl.col("earlier_event").fill_null(value=False)
    reason = (
        pl.when(pl.col("start").is_null())
        .then(pl.lit(NO_LINE.partition(": ")[2]))
        .when(pl.col("earlier").is_null())
        .then(pl.lit(NO_EARLIER))
        .when(pl.col("earlier_days").is_null() | pl.col("days").is_null())
        .then(pl.lit(NO_TIME))
        .when(~complete | (pl.col("earlier_days") == 0))
        .then(pl.lit(NOT_OBSERVED))
    )
    found = found.with_columns(reason.alias("reason"))
    valued = pl.col("reason").is_null()
    outcome = (
        pl.when(pl.col("reason") == NO_EARLIER)
        .then(pl.lit(NOT_APPLICABLE))
        .when(~valued)
        .then(pl.lit(NOT_DECIDABLE))
        .when("event")
        .then(pl.lit("event"))
        .otherwise(pl.lit("censored"))
    )
    return found.select(
        "patient_id",
        *(pl.when(valued).then(name).alias(name) for name in ("earlier_days", "days", "event")),
        pl.when(valued).then(pl.col("days") / pl.col("earlier_days")).alias("index"),
        outcome.alias("outcome"),
        pl.coalesce("reason", outcome).alias("reason"),
        *(pl.when(valued).then(name).alias(name) for name in ("earlier_row", "row")),
    )
