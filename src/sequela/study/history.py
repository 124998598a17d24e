"""What is known of each patient that criteria ask about: drugs with their windows, lines, moments."""

from dataclasses import replace

import polars as pl

from sequela.derive.administrations import administrations
from sequela.derive.covariate import Definitions
from sequela.derive.events import progressions
from sequela.derive.her2_guidelines import HER2_GUIDELINES
from sequela.derive.line_rule_sets import rule_set
from sequela.derive.lines import lines_of_therapy
from sequela.derive.metastases import VISCERAL, metastatic_from
from sequela.derive.recist_rules import RECIST_1_1
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.drugs import DrugVocabulary
from sequela.study.contradictions import asks_for_lines
from sequela.study.names import drug_or_group
from sequela.study.phrases import Moment
from sequela.study.spec import Accrual, Study

_NO_LINES = pl.DataFrame(
    schema={"patient_id": pl.String, "line": pl.Int32, "start": pl.Int32, "rows": pl.List(pl.String)}
)
_NO_ROW = pl.lit(None, dtype=pl.String).alias("row")
FAR_PAST, FAR_FUTURE = -1_000_000, 1_000_000
"""Days beyond every history, for windows that are open at one end."""


@frozen
class Context:
    """The histories that criteria are evaluated on.

    Attributes
    ----------
    records : Records
    at : DataFrame
        patient_id, day of time zero; one row per patient asked about.
    definitions : Definitions
    given : DataFrame
        One row per ingredient given: patient_id, ingredient, drug_class, modality, known, source,
        start, and the first and last day that start and end can mean (`start_low` …).
    lines : DataFrame
        Lines of therapy (see `derive.lines`): patient_id, line, start, rows; empty where the study asks for none.
    metastatic : DataFrame
        patient_id, day, row.
    accrual : Accrual or None
    """

    records: Records
    at: pl.DataFrame
    definitions: Definitions
    given: pl.DataFrame
    lines: pl.DataFrame
    metastatic: pl.DataFrame
    accrual: Accrual | None

    def asking(self, at: pl.DataFrame) -> "Context":
        """Return the same histories with other patients, or other days, asked about."""
        return replace(self, at=at.select("patient_id", "day"))

    def lost(self, table: str) -> list[str]:
        """Return the patients who lost a row of one table to the quarantine.

        Where the records hold no drug of anybody, that is everyone: nobody was untreated for want of a table.
        """
        if table == "exposures" and self.records.table(table).is_empty():
            return self.at["patient_id"].unique().sort().to_list()
        return self.records.incomplete_patients(table).unique().sort().to_list()


def definitions_of(study: Study) -> Definitions:
    """Return the clinical definitions that a study chooses."""
    return Definitions(
        visceral=VISCERAL[study.definitions.visceral],
        line_rules=rule_set(study.definitions.line_rules).replacing(**study.lines),
        her2=HER2_GUIDELINES[study.definitions.her2],
        recist=RECIST_1_1.replacing(**study.recist),
        strict_baseline=study.definitions.recist_baseline == "strict",
    )


def histories(study: Study, records: Records, at: pl.DataFrame) -> Context:
    """Gather what the criteria of a study ask about.

    Parameters
    ----------
    study : Study
    records : Records
    at : DataFrame
        patient_id, day of time zero.
    """
    definitions = definitions_of(study)
    metastatic = metastatic_from(records)
    lines = lines_of_therapy(records, definitions.line_rules) if asks_for_lines(study) else _NO_LINES
    given = _given(records, metastatic, lines)
    return Context(records, at.select("patient_id", "day"), definitions, given, lines, metastatic, study.accrual)


def is_drug(name: str, vocabulary: DrugVocabulary) -> pl.Expr:
    """Return whether a row of `Context.given` is a drug of that name, class or modality."""
    group = drug_or_group(name, vocabulary)
    return pl.any_horizontal(pl.col(column) == group for column in ("ingredient", "drug_class", "modality"))


def is_unknown() -> pl.Expr:
    """Return whether a row of `Context.given` could be any drug: a name nobody knows, or a trial's own drug."""
    return ~pl.col("known") | (pl.col("modality") == "investigational")


def _given(records: Records, metastatic: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the administrations with the days their start and end can mean, their setting and line."""
    rows = administrations(records).join(
        metastatic.select("patient_id", pl.col("day").alias("metastatic")), on="patient_id", how="left"
    )
    for column in ("start", "stop"):
        partial = records.imputations.filter((pl.col("table") == "exposures") & (pl.col("column") == column))
        bounds = partial.select(
            "row", pl.col("earliest").alias(f"{column}_low"), pl.col("latest").alias(f"{column}_high")
        )
        rows = rows.join(bounds.unique("row"), on="row", how="left")
    source = pl.format("exposures:{}", "row").alias("source")
    # An undated early course ended before the disease was metastatic, and nothing more is known of it.
    undated_high = (pl.col("metastatic") - 1).fill_null(FAR_FUTURE)
    rows = rows.with_columns(
        source,
        pl.coalesce("start_low", "start", pl.lit(FAR_PAST)).alias("start_low"),
        pl.coalesce("start_high", "start", undated_high).alias("start_high"),
        pl.coalesce("stop_low", "stop", "start_low", "start", pl.lit(FAR_PAST)).alias("end_low"),
        pl.coalesce("stop_high", "stop", "start_high", "start", undated_high).alias("end_high"),
    )
    return _with_lines(rows, lines)


def _with_lines(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    member = lines.select("patient_id", "line", pl.col("rows").alias("source")).explode("source")
    return rows.join(member.unique(("patient_id", "source")), on=("patient_id", "source"), how="left")


def moment_days(moment: Moment, context: Context) -> pl.DataFrame:
    """Return the day of a moment for each patient; null where he has none or it has no date.

    Returns
    -------
    DataFrame
        patient_id, first, last (Int32; they differ for the accrual window alone), row.
    """
    if moment.kind == "time zero":
        found = context.at.with_columns(_NO_ROW)
    elif moment.kind == "accrual":
        return accrual_days(context)
    else:
        found = event_days(moment, context)
    days = context.at.select("patient_id").join(found, on="patient_id", how="left", maintain_order="left")
    return days.select("patient_id", pl.col("day").alias("first"), pl.col("day").alias("last"), "row")


def accrual_days(context: Context) -> pl.DataFrame:
    """Return the accrual window in each patient's own days; null without a calendar date of day 0.

    Returns
    -------
    DataFrame
        patient_id, first, last (Int32), row (always null). Without an accrual window every day is in it.
    """
    if context.accrual is None:
        bounds = {"first": FAR_PAST, "last": FAR_FUTURE}
        return context.at.select("patient_id", *(pl.lit(day).alias(name) for name, day in bounds.items()), _NO_ROW)
    window = context.accrual
    origins = context.records.table("patients").select("patient_id", "origin_date").unique("patient_id")
    patients = context.at.select("patient_id").join(origins, on="patient_id", how="left", maintain_order="left")

    def day(date: object, otherwise: int) -> pl.Expr:
        if date is None:
            return pl.when(pl.col("origin_date").is_not_null()).then(pl.lit(otherwise)).cast(pl.Int32)
        return (pl.lit(date) - pl.col("origin_date")).dt.total_days().cast(pl.Int32)

    return patients.select(
        "patient_id",
        day(window.start, FAR_PAST).alias("first"),
        day(window.end, FAR_FUTURE).alias("last"),
        _NO_ROW,
    )


def courses_of(moment: Moment, context: Context) -> pl.DataFrame:
    """Return the rows of `Context.given` that a moment `first drug` may be the first of."""
    rows = context.given.filter(is_drug(moment.drug, context.records.drugs))
    return rows.filter(pl.col("line").is_not_null()) if moment.in_line else rows


def _first_progressions(context: Context) -> pl.DataFrame:
    """Return the first progressive disease recorded after the start of the first line for metastatic disease."""
    started = context.lines.filter((pl.col("line") == 1) & pl.col("start").is_not_null())
    seen = progressions(context.records).join(started.select("patient_id", "start"), on="patient_id", how="inner")
    seen = seen.filter(pl.col("day") > pl.col("start")).sort("patient_id", "day", "row")
    return seen.unique("patient_id", keep="first", maintain_order=True).select("patient_id", "day", "row")


def event_days(moment: Moment, context: Context) -> pl.DataFrame:
    """Return patient_id, day, row of the patients who have the event; a day may be null."""
    if moment.kind == "first drug":
        rows = courses_of(moment, context)
        # An undated course is the earliest there is, so the first one has no day.
        rows = rows.select("patient_id", pl.col("start").alias("day"), pl.col("source").alias("row"))
        return rows.sort("patient_id", "day", "row", nulls_last=False).unique(
            "patient_id", keep="first", maintain_order=True
        )
    if moment.kind == "start of line":
        started = context.lines.filter(pl.col("line") == moment.line)
        return started.select("patient_id", pl.col("start").alias("day"), pl.col("rows").list.first().alias("row"))
    if moment.kind == "metastatic diagnosis":
        return context.metastatic
    if moment.kind == "first progression":
        return _first_progressions(context)
    table, kind = {
        "primary diagnosis": ("diagnoses", "primary"),
        "first recurrence": ("diagnoses", "recurrence"),
        "first surgery": ("procedures", "surgery"),
    }[moment.kind]
    rows = context.records.table(table).filter(pl.col("kind") == kind)
    rows = rows.select("patient_id", "day", pl.format(f"{table}:{{}}", "row").alias("row"))
    return rows.sort("patient_id", "day", "row", nulls_last=True).unique(
        "patient_id", keep="first", maintain_order=True
    )
