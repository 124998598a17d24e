"""A marker before and after: its value in two specimens of the same patient."""

import re
from collections.abc import Callable
from dataclasses import replace

import polars as pl

from sequela.derive.covariate import Covariate, Definitions
from sequela.records.bundle import Records
from sequela.records.organs import organ

FIRST_AND_LATEST = "first and latest"
PRIMARY_AND_METASTASIS = "primary and metastasis"
SPECIMENS: dict[str, str] = {
    FIRST_AND_LATEST: "from the first specimen that tells it to the latest one after it",
    PRIMARY_AND_METASTASIS: "from the latest specimen called primary to the latest one called a metastasis, or named "
    "by an organ other than breast, lymph node and chest wall",
}
"""Which two specimens are compared, by the word of a study file."""
PAIRED = (
    *("her2", "her2_low", "hormone_receptor", "er", "pgr", "subtype"),
    *("sepher_subtype", "ki67", "sepher_ki67", "cd8_foxp3"),
)
"""Covariates that rest on specimens alone."""
NEAR_THE_PRIMARY = frozenset({"breast", "lymph node", "chest wall"})
"""Organs that alone do not tell a metastasis from the primary tumour, its lymph nodes or a local recurrence."""

_DERIVED = ("patient_id", "before", "after", "row_before", "row_after")


def specimen_pairs(
    records: Records, at: pl.DataFrame, covariate: Covariate, definitions: Definitions, between: str | pl.DataFrame
) -> pl.DataFrame:
    """Return a covariate of each patient from two specimens.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day: nothing later is looked at.
    covariate : Covariate
        Of `PAIRED`.
    definitions : Definitions
    between : str or DataFrame
        Of `SPECIMENS`; or patient_id, day: the latest specimen up to and including that day (an undated one is the
        oldest) and the latest one after it. A patient without a day has no pair.

    Returns
    -------
    DataFrame
        One row per patient of `at`, in its order: patient_id, before, after (null where no specimen tells it) and
        row_before, row_after (`biomarkers:12`).
    """

    def known(chosen: pl.DataFrame) -> pl.DataFrame:
        return covariate.derive(replace(records, tables={**records.tables, "biomarkers": chosen}), at, definitions)

    taken = records.table("biomarkers")
    if isinstance(between, str) and between == PRIMARY_AND_METASTASIS:
        return _paired(known(_called(taken, is_primary)), known(_called(taken, is_metastasis)))
    since = _first_known(records, at, covariate, definitions) if isinstance(between, str) else between
    dated = taken.join(since.select("patient_id", pl.col("day").alias("since")), on="patient_id", how="inner")
    dated = dated.filter(pl.col("since").is_not_null())
    is_after = pl.col("day").is_not_null() & (pl.col("day") > pl.col("since"))
    return _paired(known(dated.filter(~is_after).drop("since")), known(dated.filter(is_after).drop("since")))


def is_primary(specimen: str) -> bool:
    """Return whether a specimen is called primary."""
    return "primary" in specimen.lower()


def is_metastasis(specimen: str) -> bool:
    """Return whether a specimen is called a metastasis, or named by an organ that can be nothing else."""
    text = specimen.lower()
    if re.search("primary|recurren|relapse", text):
        return False
    found = organ(specimen)
    return "metasta" in text or (found is not None and found not in NEAR_THE_PRIMARY)


def _called(taken: pl.DataFrame, is_so: Callable[[str], bool]) -> pl.DataFrame:
    names = [name for name in taken["specimen"].drop_nulls().unique().to_list() if is_so(name)]
    return taken.filter(pl.col("specimen").is_in(names))


def _paired(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    sides = (
        side.select("patient_id", pl.col("value").alias(name), pl.col("row").alias(f"row_{name}"))
        for side, name in ((before, "before"), (after, "after"))
    )
    first, second = sides
    return first.join(second, on="patient_id", how="left", maintain_order="left").select(_DERIVED)


def _first_known(records: Records, at: pl.DataFrame, covariate: Covariate, definitions: Definitions) -> pl.DataFrame:
    """Return the day of the first specimen that tells the covariate: patient_id, day; none of patients without one."""
    taken = records.table("biomarkers").select("patient_id", "day")
    oldest = (taken["day"].min() or 0) - 1  # type: ignore[operator]
    days = taken.with_columns(pl.col("day").fill_null(oldest)).unique().sort("patient_id", "day")
    days = days.join(at.select("patient_id", pl.col("day").alias("asked")), on="patient_id", how="inner")
    days = days.filter(pl.col("day") <= pl.col("asked")).drop("asked")
    days = days.with_columns(pl.int_range(pl.len()).over("patient_id").alias("place"))
    found: list[pl.DataFrame] = []
    untold = days
    while not untold.is_empty():
        asked = untold.filter(pl.col("place") == pl.col("place").min().over("patient_id")).drop("place")
        values = covariate.derive(records, asked, definitions)
        told = asked.filter(values["value"].is_not_null())
        found.append(told)
        untold = untold.join(asked, on=("patient_id", "day"), how="anti").join(told, on="patient_id", how="anti")
    return pl.concat([days.drop("place").clear(), *found])
