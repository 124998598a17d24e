"""Which specimen counts on a day."""

from collections.abc import Callable

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


def latest_said(at: pl.DataFrame, rows: pl.DataFrame, read: Callable[[str], object], kind: pl.DataType) -> pl.DataFrame:
    """Return the latest result up to a day whose text says something; a text of which `read` makes None is passed over.

    Parameters
    ----------
    at : DataFrame
        patient_id, day.
    rows : DataFrame
        Of the table biomarkers. A result without a day counts as the oldest.
    read : function of a text
    kind : DataType
        Of what `read` returns.

    Returns
    -------
    DataFrame
        patient_id, value, row (`biomarkers:12`); the patients with a result.
    """
    said = {text: read(text) for text in rows["value"].unique().to_list()}
    values = pl.Series("said", [said[text] for text in rows["value"]], dtype=kind)
    found = latest(at.select("patient_id", "day"), rows.with_columns(values).filter(pl.col("said").is_not_null()))
    return found.select("patient_id", pl.col("said").alias("value"), pl.format("biomarkers:{}", "row").alias("row"))


def known_on(at: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of each patient known on the day asked for, the oldest first."""
    known = at.rename({"day": "asked"}).join(rows, on="patient_id", how="inner", maintain_order="left_right")
    known = known.filter(pl.col("day").is_null() | (pl.col("day") <= pl.col("asked")))
    return known.sort("patient_id", "day", "row", nulls_last=False, maintain_order=True).drop("asked")
