"""Which specimen counts on a day."""

import polars as pl


def latest(at: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the latest row of each patient known on the day asked for.

    Parameters
    ----------
    at : DataFrame
        patient_id, day.
    rows : DataFrame
        patient_id, day (null: before everything dated), row and more; on equal days the later row wins.
    """
    return known_on(at, rows).group_by("patient_id", maintain_order=True).last()


def known_on(at: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of each patient known on the day asked for, the oldest first."""
    known = at.rename({"day": "asked"}).join(rows, on="patient_id", how="inner", maintain_order="left_right")
    known = known.filter(pl.col("day").is_null() | (pl.col("day") <= pl.col("asked")))
    return known.sort("patient_id", "day", "row", nulls_last=False, maintain_order=True).drop("asked")
