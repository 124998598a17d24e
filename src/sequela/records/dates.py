"""Dates and days: what a cell can say about time, and how precisely.

A cell may hold a full date (`2019-12-31`, a time of day is dropped), a month (`2019-12`), a
year (`2019`), or a whole number of days from the patient's origin. A missing day is taken as
the 15th, a missing month as 1 July; the first and the last day that the cell can mean are kept,
so that an analysis can be repeated at both ends.
"""

import datetime

import polars as pl

EPOCH = datetime.date(1970, 1, 1)
"""Calendar days are counted from it."""
DAYS_PER_MONTH = 30.4375
"""Days in a month of the Gregorian calendar, over four years without a century."""

DAY_WHERE_MISSING, MONTH_WHERE_MISSING = 15, 7
FIRST_YEAR, LAST_YEAR = 1850, 2150
SERIAL_DATE_FROM = 15_000
FURTHEST_DAY = 150 * 366

_FULL = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|UTC|[+-]\d{2}:?\d{2}))?)?$"
_MONTH = r"^\d{4}-\d{2}$"
_YEAR = r"^(19|20)\d{2}$"
_NUMBER = r"^[+-]?\d{1,7}(\.0+)?$"
_COMPACT = r"^(18|19|20|21)\d{6}$"
_OTHER_ORDER = (
    r"(?i)^\d{1,4}[/. -]+\d{1,2}[/. -]+\d{1,4}\b|^\d{1,2}[/.]\d{4}$|^\d{4}[/.-]\d{1,2}$"
    r"|\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
)

DAY_LOOKUP = {
    "text": pl.String,
    "number": pl.Int32,
    "day": pl.Int32,
    "early": pl.Int32,
    "late": pl.Int32,
    "precision": pl.String,
    "rule": pl.String,
}


def _epoch_day(expression: pl.Expr) -> pl.Expr:
    return expression.str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32)


def read_days(texts: pl.Series, *, serial_dates: bool = True) -> pl.DataFrame:
    """Read what each text says about time.

    Returns one row per text, in order: `number` (Int32) where it may be a number of days;
    `day`, `early`, `late` (Int32, days since 1970-01-01) where it may be a calendar date, with
    `precision` day, month or year; `rule` names the refusal where it is neither. A bare number
    from 1900 to 2099 has both. With `serial_dates`, numbers from 15000 are taken for dates as a
    spreadsheet stores them, and refused.
    """
    text = pl.col("text")
    frame = pl.LazyFrame({"text": texts.cast(pl.String)}).with_columns(
        full=text.str.contains(_FULL), month=text.str.contains(_MONTH), year=text.str.contains(_YEAR)
    )
    calendar = pl.any_horizontal("full", "month", "year")
    first = (
        pl.when("full")
        .then(text.str.slice(0, 10))
        .when("month")
        .then(pl.concat_str(text, pl.lit("-01")))
        .when("year")
        .then(pl.concat_str(text, pl.lit("-01-01")))
    )
    written = pl.when(text.str.contains(_NUMBER)).then(text.str.replace(r"\.0+$", ""))
    frame = frame.with_columns(early=_epoch_day(first), number=written.cast(pl.Int32, strict=False))
    frame = frame.with_columns(_last_day(), _likely_day(), precision=_precision())
    frame = frame.with_columns(rule=_refusal(calendar, serial_dates))
    refused = pl.col("rule").is_not_null()
    numbers = [pl.when(~refused).then(name).alias(name) for name in ("number", "day", "early", "late", "precision")]
    return frame.with_columns(numbers).select(pl.col(name).cast(kind) for name, kind in DAY_LOOKUP.items()).collect()


def _precision() -> pl.Expr:
    return (
        pl.when("full").then(pl.lit("day")).when("month").then(pl.lit("month")).when("year").then(pl.lit("year"))
    ).alias("precision")


def _last_day() -> pl.Expr:
    early = pl.col("early").cast(pl.Date)
    length = pl.when("full").then(pl.lit("1d")).when("month").then(pl.lit("1mo")).otherwise(pl.lit("1y"))
    return (early.dt.offset_by(length).cast(pl.Int32) - 1).alias("late")


def _likely_day() -> pl.Expr:
    early = pl.col("early").cast(pl.Date)
    july = pl.date(early.dt.year(), MONTH_WHERE_MISSING, 1).cast(pl.Int32)
    middle = pl.col("early") + DAY_WHERE_MISSING - 1
    return pl.when("full").then("early").when("month").then(middle).when("year").then(july).alias("day")


def _refusal(calendar: pl.Expr, serial_dates: bool) -> pl.Expr:
    text, number, year = pl.col("text"), pl.col("number"), pl.col("early").cast(pl.Date).dt.year()
    unlikely = number.abs() > FURTHEST_DAY
    compact = text.str.contains(_COMPACT)
    serial = (number >= SERIAL_DATE_FROM) if serial_dates else pl.lit(False)
    return (
        pl.when(text.is_null())
        .then(None)
        .when(calendar & pl.col("early").is_null())
        .then(pl.lit("impossible_date"))
        .when(calendar & ~year.is_between(FIRST_YEAR, LAST_YEAR))
        .then(pl.lit("unlikely_date"))
        .when(calendar)
        .then(None)
        .when(compact)
        .then(pl.lit("date_spelling"))
        .when(serial)
        .then(pl.lit("serial_date"))
        .when(unlikely)
        .then(pl.lit("unlikely_day"))
        .when(number.is_not_null())
        .then(None)
        .when(text.str.contains(_OTHER_ORDER))
        .then(pl.lit("date_spelling"))
        .otherwise(pl.lit("not_a_date"))
    )
