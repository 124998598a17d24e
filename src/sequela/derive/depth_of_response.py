"""How far the sum of the targets fell under each line: the deepest change, what it rests on, and why there is none."""

import polars as pl

from sequela.derive.response_by_line import LineResponses

NO_TARGETS, NEVER_MEASURED = "no target at baseline", "no visit with every target measured"
"""Why a line has no change."""

DEPTH_COLUMNS = (
    *("patient_id", "line", "regimen", "time_zero", "change_percent", "day", "row"),
    *("best", "confirmed", "progression", "trigger", "missing"),
)


def depth_of_response(found: LineResponses) -> pl.DataFrame:
    """Return for each line the deepest change of the sum of the targets from baseline.

    The visits up to the first progression count, that of the progression included, and none after the next line
    began; a visit at which a target was not measured has no sum. Of equal changes the earliest counts.

    Returns
    -------
    DataFrame
        `DEPTH_COLUMNS`: change_percent (negative where the targets shrank; null with the reason in `missing`), day
        and row of the visit (`measurements:12`), the best response without and with confirmation, the day of the
        first progression and what made it one (N1 a new lesion, N2 a non-target lesion, N3, T2, T3). From the
        largest growth to the deepest fall; lines without a change last.
    """
    key = ("patient_id", "line")
    ends = found.lines.select(*key, "progression")
    visits = found.visits.join(ends, on=key, how="left", maintain_order="left")
    until = pl.col("progression").is_null() | (pl.col("day") <= pl.col("progression"))
    measured = visits.filter(until, pl.col("change_percent").is_not_null()).sort(*key, "change_percent", "day")
    deepest = measured.unique(key, keep="first", maintain_order=True).select(*key, "change_percent", "day", "row")
    aimed = visits.group_by(key).agg(aimed=pl.col("baseline_mm").is_not_null().any())
    lines = found.lines.join(deepest, on=key, how="left").join(aimed, on=key, how="left")
    why = pl.when(pl.col("aimed").fill_null(value=False)).then(pl.lit(NEVER_MEASURED)).otherwise(pl.lit(NO_TARGETS))
    lines = lines.with_columns(missing=pl.when(pl.col("change_percent").is_null()).then(why))
    return lines.select(DEPTH_COLUMNS).sort("change_percent", *key, descending=[True, False, False], nulls_last=True)
