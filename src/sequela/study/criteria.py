"""Whether each patient meets a criterion: yes, no, or not decidable from his records.

What is not known is never taken for a no. The logic is Kleene's: `all` is false as soon
as one part is, `any` true as soon as one part is, and otherwise an undecided part leaves
the whole undecided.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any

import polars as pl

from sequela.derive.baseline import COVARIATES
from sequela.derive.sequences import SEQUENCES, sequence_groups
from sequela.study.disease import biomarker, site
from sequela.study.exposure import received
from sequela.study.grammar import (
    Age,
    All,
    AnyOf,
    Biomarker,
    Ecog,
    InSequenceGroup,
    Line,
    Metastatic,
    Model,
    Not,
    Observed,
    Received,
    Sex,
    Site,
)
from sequela.study.history import FAR_FUTURE, Context
from sequela.study.phrases import Comparison

ANSWER = pl.Schema({"patient_id": pl.String, "holds": pl.Boolean, "day": pl.Int32, "row": pl.String})
"""An answer: who, whether, the day of the event that decided it, and the row it stands in."""


def evaluate(criterion: Model, context: Context) -> pl.DataFrame:
    """Evaluate one criterion for every patient of `context.at`.

    Returns
    -------
    DataFrame
        patient_id, holds (null: not decidable), day (of the event that decided; null where
        none did, as for a sex or for a drug never given), row (`exposures:12`). In the order
        of `context.at`.
    """
    found = _EVALUATE[type(criterion)](criterion, context)
    return context.at.select("patient_id").join(found, on="patient_id", how="left", maintain_order="left").cast(ANSWER)


def _not(criterion: Any, context: Context) -> pl.DataFrame:
    return evaluate(criterion.criterion, context).with_columns(~pl.col("holds"))


def _all(criterion: Any, context: Context) -> pl.DataFrame:
    return _together([evaluate(part, context) for part in criterion.criteria], decisive=False)


def _any(criterion: Any, context: Context) -> pl.DataFrame:
    return _together([evaluate(part, context) for part in criterion.criteria], decisive=True)


def _together(parts: list[pl.DataFrame], decisive: bool) -> pl.DataFrame:
    """Combine answers: one decisive answer settles the whole, otherwise all parts must agree.

    The day is the earliest decisive one (an answer without a day held from the beginning),
    or, where all parts had to agree, the day on which the last of them did.
    """
    holds = [part["holds"].alias(str(i)) for i, part in enumerate(parts)]
    combine = pl.Expr.or_ if decisive else pl.Expr.and_
    whole = pl.select(reduce(combine, [pl.lit(answer) for answer in holds]).alias("holds"))["holds"]
    rows = pl.concat(
        part.with_columns(whole.alias("whole"), pl.lit(i).alias("part")) for i, part in enumerate(parts)
    ).filter(pl.col("holds") == pl.col("whole"))
    settled = rows.filter(pl.col("whole") == decisive).sort("day", "part", nulls_last=False)
    agreed = rows.filter(pl.col("whole") != decisive).sort("day", "part", descending=[True, False], nulls_last=True)
    first = pl.concat([settled, agreed]).unique("patient_id", keep="first", maintain_order=True)
    answer = parts[0].select("patient_id", whole.alias("holds"))
    return answer.join(first.select("patient_id", "day", "row"), on="patient_id", how="left", maintain_order="left")


def _sequence_group(criterion: InSequenceGroup, context: Context) -> pl.DataFrame:
    """Find the sequence group; the deciding day is that of the index drug, also where it comes after time zero."""
    definition = SEQUENCES[criterion.sequence_group]
    ever = context.at.select("patient_id", pl.lit(FAR_FUTURE, dtype=pl.Int32).alias("day"))
    rules = context.definitions.line_rules
    found = sequence_groups(context.records, definition, ever, rules, context.lines)
    named = [definition.group_named(name) for name in criterion.groups]
    holds = reduce(pl.Expr.or_, [pl.col(group.name) for group in named if group is not None])
    return found.select("patient_id", holds.alias("holds"), pl.col("index_day").alias("day"), "row")


def _line(criterion: Any, context: Context) -> pl.DataFrame:
    """Compare the number of the last line begun up to time zero; 0 where none was."""
    counted = context.lines.filter(pl.col("line") > 0)
    begun = context.at.rename({"day": "zero"}).join(counted, on="patient_id", how="inner")
    begun = begun.filter(pl.col("start") <= pl.col("zero")).sort("patient_id", "line")
    last = begun.unique("patient_id", keep="last", maintain_order=True)
    numbers = context.at.select("patient_id").join(
        last.select("patient_id", "line", "start", pl.col("rows").list.first().alias("row")),
        on="patient_id",
        how="left",
        maintain_order="left",
    )
    lost = pl.col("patient_id").is_in(context.lost("exposures"))
    holds = pl.when(~lost).then(criterion.line.holds(pl.col("line").fill_null(0)))
    return numbers.select("patient_id", holds.alias("holds"), pl.col("start").alias("day"), "row")


def _covariate(name: str, compare: Callable[[pl.Expr], pl.Expr], context: Context) -> pl.DataFrame:
    values = COVARIATES[name].derive(context.records, context.at, context.definitions)
    day = pl.lit(None, dtype=pl.Int32).alias("day")
    return values.select("patient_id", compare(pl.col("value")).alias("holds"), day, "row")


def _compared(name: str) -> Callable[[Any, Context], pl.DataFrame]:
    def evaluate_number(criterion: Any, context: Context) -> pl.DataFrame:
        limit: Comparison = getattr(criterion, name)
        return _covariate(name, lambda value: limit.holds(value.cast(pl.Float64, strict=False)), context)

    return evaluate_number


def _sex(criterion: Any, context: Context) -> pl.DataFrame:
    return _covariate("sex", lambda value: value == criterion.sex, context)


def _metastatic(criterion: Any, context: Context) -> pl.DataFrame:
    """Find metastatic disease up to the day asked for; a patient without any diagnosis is undecided."""
    known = context.records.table("diagnoses")["patient_id"].unique().to_list()
    asked = context.at.select("patient_id", pl.col("day").alias("zero")).join(
        context.metastatic.with_columns(pl.lit(value=True).alias("ever")), on="patient_id", how="left"
    )
    limit = pl.lit(FAR_FUTURE) if criterion.metastatic == "any time" else pl.col("zero")
    never = pl.col("ever").is_null() & pl.col("patient_id").is_in(known)
    never = never & ~pl.col("patient_id").is_in([*context.lost("diagnoses"), *context.lost("metastases")])
    holds = pl.when(never).then(pl.lit(value=False)).otherwise(pl.col("day") <= limit)
    return asked.select("patient_id", holds.alias("holds"), "day", "row")


def _observed(criterion: Any, context: Context) -> pl.DataFrame:
    """Say whether observation had begun at time zero; where its first day is not recorded, it had."""
    patients = context.records.table("patients").select("patient_id", "observed_from", "row")
    asked = context.at.join(patients, on="patient_id", how="left")
    began = (pl.col("observed_from") <= pl.col("day")).fill_null(value=True)
    return asked.select(
        "patient_id",
        began.alias("holds"),
        pl.col("observed_from").alias("day"),
        pl.format("patients:{}", "row").alias("row"),
    )


_EVALUATE: dict[type[Model], Callable[[Any, Context], pl.DataFrame]] = {
    Received: received,
    InSequenceGroup: _sequence_group,
    Line: _line,
    Biomarker: biomarker,
    Site: site,
    Age: _compared("age"),
    Ecog: _compared("ecog"),
    Sex: _sex,
    Metastatic: _metastatic,
    Observed: _observed,
    All: _all,
    AnyOf: _any,
    Not: _not,
}
