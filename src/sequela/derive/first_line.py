"""How long the first line for metastatic disease held, as far as it was known on a day."""

import polars as pl

from sequela.derive.events import progressions
from sequela.derive.lines import lines_of_therapy
from sequela.derive.rules import LineRules
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH


def first_line_pfs(records: Records, at: pl.DataFrame, rules: LineRules) -> pl.DataFrame:
    """Return the months from the start of the first line to the first progression after it, by the day of `at`.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day.
    rules : LineRules

    Returns
    -------
    DataFrame
        patient_id, value (months), row (`assessments:31`); only patients with a first line and a progression
        between its start and the day. It is a consequence of the first line: a model of a later drug that adjusts
        for it is refused by the audit.
    """
    first = lines_of_therapy(records, rules).filter((pl.col("line") == 1) & pl.col("start").is_not_null())
    started = at.rename({"day": "zero"}).join(first.select("patient_id", "start"), on="patient_id", how="inner")
    seen = started.join(progressions(records), on="patient_id", how="inner")
    seen = seen.filter((pl.col("day") > pl.col("start")) & (pl.col("day") <= pl.col("zero")))
    earliest = seen.sort("patient_id", "day", "row").group_by("patient_id", maintain_order=True).first()
    months = (pl.col("day") - pl.col("start")) / DAYS_PER_MONTH
    return earliest.select("patient_id", months.alias("value"), "row")
