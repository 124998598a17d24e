"""Where the disease is on a date, and from when it is metastatic."""

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.records.kept import KeptAnswers


@frozen
class VisceralDefinition:
    """The organs that make metastatic disease visceral.

    Attributes
    ----------
    name : str
        What a study file calls it.
    organs : frozenset of str
        Canonical organs.
    citation : str
    """

    name: str
    organs: frozenset[str]
    citation: str

    def sentence(self) -> str:
        """Return the definition in words."""
        return f"visceral = {', '.join(sorted(self.organs))} ({self.citation})"


VISCERAL: dict[str, VisceralDefinition] = {
    definition.name: definition
    for definition in (
        VisceralDefinition(
            "default",
            frozenset(
                {"lung", "liver", "pleura", "peritoneum", "adrenal", "pericardium"}
                | {"kidney", "pancreas", "spleen", "stomach", "colon", "ovary"}
            ),
            "expert default: solid organs and serous membranes, brain apart",
        ),
        VisceralDefinition(
            "noda_2019",
            frozenset({"brain", "lung", "pleura", "liver"}),
            "Noda-Narita 2019, Breast Cancer 26:492-8",
        ),
    )
}

UNSPECIFIED = "unspecified"
"""The canonical organ of a metastasis whose organ is not recorded: whether it is visceral stays open."""
SITES = ("1", "2", "3 or more")
"""Levels of the number of organs with metastases."""

_STAGE_FOUR = r"(?i)^\s*(?:stage\s*)?(?:iv|4)[a-c]?\b|(?:^|[^a-z]|[cp])m1"


KEPT: KeptAnswers[pl.DataFrame] = KeptAnswers(1)
"""Since when the disease is metastatic: lines, covariates and the audit ask for it a dozen times."""


def metastatic_from(records: Records) -> pl.DataFrame:
    """Return the first day on which each patient's disease was known to be metastatic.

    The earliest of a diagnosis of metastatic disease, a metastasis, and a primary
    diagnosis of stage IV; patients without any of these are not in the result.

    Returns
    -------
    DataFrame
        patient_id, day (null where a metastatic diagnosis has no day), row (`diagnoses:7`).
    """
    return KEPT.found(records, (), lambda: _metastatic_from(records))


def _metastatic_from(records: Records) -> pl.DataFrame:
    diagnoses = records.table("diagnoses")
    stage_four = pl.col("stage").str.contains(_STAGE_FOUR)
    metastatic = diagnoses.filter((pl.col("kind") == "metastatic") | stage_four.fill_null(value=False))
    found = records.table("metastases")
    rows = pl.concat(
        [
            metastatic.select("patient_id", "day", pl.format("diagnoses:{}", "row").alias("row")),
            found.select("patient_id", "day", pl.format("metastases:{}", "row").alias("row")),
        ]
    )
    return rows.sort("patient_id", "day", "row", nulls_last=True).group_by("patient_id", maintain_order=True).first()


def organs_at(records: Records, at: pl.DataFrame) -> pl.DataFrame:
    """Return the organs with metastases known on or before a day.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day.

    Returns
    -------
    DataFrame
        patient_id, organs (list of String, sorted, empty where none is recorded), rows (list of String).
    """
    known = at.rename({"day": "asked"}).join(records.table("metastases"), on="patient_id", how="inner")
    known = known.filter(pl.col("day") <= pl.col("asked"))
    found = known.group_by("patient_id").agg(
        pl.col("organ").unique().sort().alias("organs"), pl.format("metastases:{}", "row").sort().alias("rows")
    )
    empty = pl.lit([], dtype=pl.List(pl.String))
    return (
        at.select("patient_id")
        .join(found, on="patient_id", how="left", maintain_order="left")
        .with_columns(pl.col("organs").fill_null(empty), pl.col("rows").fill_null(empty))
    )


def visceral_at(records: Records, at: pl.DataFrame, definition: VisceralDefinition) -> pl.DataFrame:
    """Return whether the disease is visceral on a day: yes, no, or null where no metastasis is recorded.

    An organ of `UNSPECIFIED` leaves it open, unless another one is visceral.

    Returns
    -------
    DataFrame
        patient_id, value ("visceral", "non-visceral" or null), row (the first metastasis that decides).
    """
    known = at.rename({"day": "asked"}).join(records.table("metastases"), on="patient_id", how="inner")
    known = known.filter(pl.col("day") <= pl.col("asked")).with_columns(
        pl.col("organ").is_in(list(definition.organs)).alias("inside")
    )
    known = known.sort("inside", "day", "row", descending=[True, False, False])
    decided = known.group_by("patient_id", maintain_order=True).first()
    open_for = known.filter(pl.col("organ") == UNSPECIFIED)["patient_id"].to_list()
    settled = pl.when(~pl.col("patient_id").is_in(open_for)).then(pl.lit("non-visceral"))
    value = pl.when("inside").then(pl.lit("visceral")).otherwise(settled).alias("value")
    decided = decided.select("patient_id", value, pl.format("metastases:{}", "row").alias("row"))
    return at.select("patient_id").join(decided, on="patient_id", how="left", maintain_order="left")


def number_of_sites_at(records: Records, at: pl.DataFrame) -> pl.DataFrame:
    """Return how many organs had metastases on a day, as a level of `SITES`; null where none is recorded.

    Returns
    -------
    DataFrame
        patient_id, value, row (the first metastasis).
    """
    found = organs_at(records, at)
    number = pl.col("organs").list.len()
    value = pl.when(number > 2).then(pl.lit(SITES[2])).when(number > 0).then(number.cast(pl.String))
    return found.select("patient_id", value.alias("value"), pl.col("rows").list.first().alias("row"))


def disease_free_months(records: Records, at: pl.DataFrame) -> pl.DataFrame:
    """Return months from the first surgery of the primary tumour to the day the disease was metastatic.

    Null without a dated surgery before that day: metastatic at diagnosis, or not operated on. `at` says whom.

    Returns
    -------
    DataFrame
        patient_id, value (Float64), row (`procedures:3`).
    """
    surgery = records.table("procedures").filter((pl.col("kind") == "surgery") & pl.col("day").is_not_null())
    surgery = surgery.sort("patient_id", "day", "row").unique("patient_id", keep="first", maintain_order=True)
    metastatic = metastatic_from(records).select("patient_id", pl.col("day").alias("metastatic"))
    both = at.select("patient_id").join(surgery, on="patient_id", how="left", maintain_order="left")
    both = both.join(metastatic, on="patient_id", how="left", maintain_order="left")
    days = pl.col("metastatic") - pl.col("day")
    value = pl.when(days > 0).then(days / DAYS_PER_MONTH).alias("value")
    return both.select("patient_id", value, pl.format("procedures:{}", "row").alias("row"))
