"""Whether a drug was received inside a window: certainly, certainly not, or not decidable."""

import polars as pl

from sequela.derive.stops import ASSUMED_PROGRESSION, NOT_STOPPED, UNKNOWN, reasons_stopped
from sequela.study.grammar import Received
from sequela.study.history import FAR_FUTURE, FAR_PAST, Context, is_drug, is_unknown, moment_days
from sequela.study.phrases import Moment, Span


def received(criterion: Received, context: Context) -> pl.DataFrame:
    """Evaluate `received`; the deciding day is the first day under the drug inside the window.

    A drug whose name is not known, an exposure row that was refused, a partial date that
    straddles the window: each leaves a patient undecided who would otherwise be a no.
    """
    parts = [_one_name(name, criterion, context) for name in criterion.received]
    rows = pl.concat(parts).sort("patient_id", "day", "row", nulls_last=False)
    return rows.group_by("patient_id", maintain_order=True).agg(
        pl.col("holds").any(ignore_nulls=False),
        pl.col("day").filter(pl.col("holds")).first(),
        pl.col("row").filter(pl.col("holds")).first(),
    )


def _one_name(name: str, criterion: Received, context: Context) -> pl.DataFrame:
    """Answer for one name; a fixed combination is received where each of its parts is."""
    ingredients = context.records.drugs.resolve(name) or ()
    parts = ingredients if len(ingredients) > 1 else (name,)
    answers = [_one_drug(part, criterion, context) for part in parts]
    rows = pl.concat(answers).sort("patient_id", "day", "row", descending=[False, True, False], nulls_last=True)
    return rows.group_by("patient_id", maintain_order=True).agg(
        pl.col("holds").all(ignore_nulls=False),
        pl.col("day").first(),
        pl.col("row").first(),
    )


def _one_drug(name: str, criterion: Received, context: Context) -> pl.DataFrame:
    rows = context.given.join(window(criterion, context), on="patient_id", how="inner")
    certain, possible = _inside()
    certain, possible = _in_setting(criterion, certain, possible)
    matched, unknown = is_drug(name, context.records.drugs), is_unknown()
    if criterion.line is not None:
        in_line = criterion.line.holds(pl.col("line")).fill_null(value=False)
        matched, unknown = matched & in_line, unknown & in_line
    if criterion.stopped:
        rows = _with_reasons(rows, context)
        certain = certain & pl.col("stopped").is_in(criterion.stopped)
        possible = possible & (_may_have_stopped(criterion) | unknown)
    rows = rows.with_columns(
        (matched & certain).alias("certain"), ((matched | unknown) & possible).alias("possible")
    ).filter("possible")
    decided = rows.sort("certain", "start", "row", descending=[True, False, False], nulls_last=False)
    first = decided.unique("patient_id", keep="first", maintain_order=True)
    # Without a date the drug was taken before everything that has one.
    day = pl.when(pl.col("certain") & pl.col("start").is_not_null()).then(pl.max_horizontal("start", "low"))
    first = first.select("patient_id", "certain", day.alias("day"), pl.when("certain").then("source").alias("row"))
    answers = context.at.select("patient_id").join(first, on="patient_id", how="left", maintain_order="left")
    return answers.select("patient_id", _holds(context), "day", "row")


def _with_reasons(rows: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Add why the spell of each row ended; what comes after time zero is not stopped by then."""
    reasons = reasons_stopped(context.records, context.at, context.definitions.line_rules).drop("until")
    rows = rows.join(reasons, on=("patient_id", "ingredient", "row"), how="left", maintain_order="left")
    return rows.with_columns(pl.col("stopped").fill_null(NOT_STOPPED))


def _may_have_stopped(criterion: Received) -> pl.Expr:
    """Return whether a spell was or may have been stopped for a reason asked for; an assumed one may be another."""
    return pl.col("stopped").is_in([*criterion.stopped, UNKNOWN, ASSUMED_PROGRESSION])


def _holds(context: Context) -> pl.Expr:
    """Turn certain / possible / neither into yes, undecided, no."""
    lost = pl.col("patient_id").is_in(context.lost("exposures"))
    never = pl.col("certain").is_null() & ~lost
    answer = pl.when("certain").then(pl.lit(value=True)).when(never).then(pl.lit(value=False))
    return answer.otherwise(pl.lit(None, dtype=pl.Boolean)).alias("holds")


def _inside() -> tuple[pl.Expr, pl.Expr]:
    """Return whether a course certainly, and whether it possibly, has a day in the window.

    Only courses that are possibly inside are asked whether they certainly are.
    """
    open_window = pl.col("low") <= pl.col("high")
    certain = (pl.col("start_high") <= pl.col("high")) & (pl.col("end_low") >= pl.col("low"))
    possible = open_window & (pl.col("start_low") <= pl.col("high")) & (pl.col("end_high") >= pl.col("low"))
    return certain.fill_null(value=False), possible.fill_null(value=True)


def _in_setting(criterion: Received, certain: pl.Expr, possible: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Narrow to a setting; where none is recorded the metastatic diagnosis divides."""
    if criterion.setting is None:
        return certain, possible
    later, earlier = pl.col("start_low") >= pl.col("metastatic"), pl.col("start_high") < pl.col("metastatic")
    by_day, contrary = (later, earlier) if criterion.setting == "metastatic" else (earlier, later)
    recorded = pl.col("setting") == criterion.setting
    is_setting = pl.coalesce(recorded, by_day).fill_null(value=False)
    is_other = pl.coalesce(~recorded, contrary).fill_null(value=False)
    return certain & is_setting, possible & ~is_other


def window(criterion: Received, context: Context) -> pl.DataFrame:
    """Return the first and last day of a criterion's window for each patient; null where not known.

    `before` ends the day before its moment, `after` begins the day after, `within` holds the
    moment's own day on its near side only where it looks forward.
    """
    parts = [_open(context)]
    if criterion.before is not None:
        parts.append(_bound(criterion.before, context, pl.lit(FAR_PAST), pl.col("first") - 1))
    if criterion.after is not None:
        parts.append(_bound(criterion.after, context, pl.col("last") + 1, pl.lit(FAR_FUTURE)))
    if criterion.within is not None:
        parts.append(_stretch(criterion.within, context))
    low = [part["low"].alias(f"low{i}") for i, part in enumerate(parts)]
    high = [part["high"].alias(f"high{i}") for i, part in enumerate(parts)]
    bounds = pl.DataFrame([context.at["patient_id"], *low, *high])
    unknown = pl.any_horizontal(pl.col("^(low|high)\\d$").is_null())
    return bounds.select(
        "patient_id",
        pl.when(~unknown).then(pl.max_horizontal("^low\\d$")).alias("low"),
        pl.when(~unknown).then(pl.min_horizontal("^high\\d$")).alias("high"),
    )


def _open(context: Context) -> pl.DataFrame:
    return context.at.select("patient_id", pl.lit(FAR_PAST).alias("low"), pl.lit(FAR_FUTURE).alias("high"))


def _bound(moment: Moment, context: Context, low: pl.Expr, high: pl.Expr) -> pl.DataFrame:
    days = moment_days(moment, context)
    known = pl.col("first").is_not_null()
    return days.select("patient_id", pl.when(known).then(low).alias("low"), pl.when(known).then(high).alias("high"))


def _stretch(span: Span, context: Context) -> pl.DataFrame:
    length = span.days
    low, high = {
        "before": (pl.col("first") - length, pl.col("first") - 1),
        "after": (pl.col("last"), pl.col("last") + length),
        "of": (pl.col("first") - length, pl.col("last") + length),
        "during": (pl.col("first"), pl.col("last")),
    }[span.side]
    return _bound(span.moment, context, low, high)
