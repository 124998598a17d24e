"""From calendar dates to days counted from each patient's own origin."""

from collections.abc import Mapping
from typing import Literal

import polars as pl

from sequela.frozen import frozen
from sequela.records.reading import Reading
from sequela.records.schema import Table

Readings = Mapping[str, Reading]
TimeStyle = Literal["", "dates", "days"]
"""What bare numbers from 1900 to 2099 are: years, days, or whatever the patient's other rows show."""

BIRTH = "birth_day"


def counted_columns(table: Table) -> list[str]:
    """Return the day columns from which an origin may be taken: all but the birth."""
    return [column.name for column in table.day_columns if column.name != BIRTH]


def count_from_origins(readings: Readings) -> dict[str, Reading]:
    """Turn every date into a day from the patient's origin; refuse what cannot be placed.

    Where `patients.origin_date` is empty, a patient's origin is the earliest calendar date of all
    his rows, birth excluded; where he has days only, it stays unknown. Days beside dates need
    an origin_date. Expects the columns of `dates.read_days` under `<column>.`, years settled.
    """
    patients = _span(readings).join(_given_origins(readings), on="patient_id", how="full", coalesce=True)
    origins = patients.select(
        "patient_id",
        origin=pl.coalesce("given", "first"),
        stranded=pl.col("given").is_null() & pl.col("calendar").fill_null(False),
    )
    return {name: _place(reading, origins) for name, reading in readings.items()}


def _span(readings: Readings) -> pl.DataFrame:
    """Return per patient whether he has dates, days, and numbers that may be either, and his first date."""
    schema = {"patient_id": pl.String, "calendar": bool, "number": bool, "either": bool, "first": pl.Int32}
    parts = [pl.DataFrame(schema=schema)]
    for reading in readings.values():
        pairs = [(pl.col(f"{name}.day"), pl.col(f"{name}.number")) for name in counted_columns(reading.table)]
        if pairs:
            both = [(day, day.is_not_null(), number.is_not_null()) for day, number in pairs]
            parts.append(
                reading.frame.group_by("patient_id").agg(
                    calendar=pl.any_horizontal(date & ~bare for _, date, bare in both).any(),
                    number=pl.any_horizontal(bare & ~date for _, date, bare in both).any(),
                    either=pl.any_horizontal(date & bare for _, date, bare in both).any(),
                    first=pl.min_horizontal(pl.when(~bare).then(day) for day, _, bare in both).min(),
                )
            )
    return (
        pl.concat(parts).group_by("patient_id").agg(pl.col("calendar", "number", "either").any(), pl.col("first").min())
    )


def _given_origins(readings: Readings) -> pl.DataFrame:
    patients = readings["patients"].frame
    return patients.select("patient_id", given=pl.col("origin_date.value").cast(pl.Int32)).unique("patient_id")


@frozen
class TimeSeen:
    """Which kinds of time stand in cells that can mean nothing else.

    Attributes
    ----------
    dates, days : bool
        Whether any cell is a calendar date, and any a number of days; births are not looked at.
    """

    dates: bool
    days: bool

    @property
    def usual(self) -> Literal["dates", "days"] | None:
        """What all cells are that can mean one thing only; None where there are both kinds or none."""
        if self.dates == self.days:
            return None
        return "dates" if self.dates else "days"


def time_seen(readings: Readings) -> TimeSeen:
    """Return which kinds of time stand in these tables."""
    kinds = [_kinds(reading.frame, name) for reading in readings.values() for name in counted_columns(reading.table)]
    return TimeSeen(any(kind.dates for kind in kinds), any(kind.days for kind in kinds))


def _kinds(frame: pl.DataFrame, name: str) -> TimeSeen:
    """Return which kinds of time stand in a column; columns without one of them are not looked through."""
    day, number = frame.get_column(f"{name}.day"), frame.get_column(f"{name}.number")
    if len(day) in (day.null_count(), number.null_count()):
        return TimeSeen(day.null_count() < len(day), number.null_count() < len(day))
    dates, days = day.is_not_null(), number.is_not_null()
    return TimeSeen(bool((dates & ~days).any()), bool((days & ~dates).any()))


def leans_on_others(readings: Readings) -> bool:
    """Return whether a patient has numbers that may be years or days, and no other cell that would tell."""
    if not _either_somewhere(readings):
        return False
    span = _span(readings)
    return bool(span.select((pl.col("either") & ~pl.col("calendar") & ~pl.col("number")).any()).item())


def settle_years(readings: Readings, style: TimeStyle = "", usual: str | None = None) -> dict[str, Reading]:
    """Decide for every bare number from 1900 to 2099 whether it is a year or a day.

    A birth is a year. Elsewhere the patient's other cells decide, then `usual`, what the cells of all
    patients are; where both kinds stand side by side the row is refused. `style` decides for all.
    """
    if not _either_somewhere(readings):
        return dict(readings)
    span = _span(readings)
    calendar, number = pl.col("calendar").fill_null(False), pl.col("number").fill_null(False)
    own = (
        pl.when(calendar & ~number)
        .then(pl.lit("dates"))
        .when(number & ~calendar)
        .then(pl.lit("days"))
        .when(~number & ~calendar)
        .then(pl.lit(usual, pl.String))
    )
    styles = span.select("patient_id", style=pl.lit(style) if style else own)
    return {name: _settle(reading, styles, style) for name, reading in readings.items()}


def _either_somewhere(readings: Readings) -> bool:
    """Return whether any number may be a year or a day."""
    return any(
        _either(reading.frame, column.name) for reading in readings.values() for column in reading.table.day_columns
    )


def _either(frame: pl.DataFrame, name: str) -> bool:
    day, number = frame.get_column(f"{name}.day"), frame.get_column(f"{name}.number")
    if len(day) in (day.null_count(), number.null_count()):
        return False
    return bool((day.is_not_null() & number.is_not_null()).any())


def _settle(reading: Reading, styles: pl.DataFrame, style: TimeStyle) -> Reading:
    frame = reading.frame.join(styles, on="patient_id", how="left", maintain_order="left")
    reading = reading.with_frame(frame)
    for column in reading.table.day_columns:
        name = column.name
        is_birth = name == BIRTH and style != "days"
        chosen = pl.lit("dates") if is_birth else pl.col("style")
        either = pl.col(f"{name}.day").is_not_null() & pl.col(f"{name}.number").is_not_null()
        reading = reading.refuse("year_or_day", either & chosen.is_null(), name)
        as_year, as_day = either & (chosen == "dates"), either & (chosen == "days")
        dropped = [pl.when(~as_day).then(f"{name}.{part}") for part in ("day", "early", "late", "precision")]
        kept = [pl.when(~as_year.fill_null(False)).then(f"{name}.number")]
        reading = reading.with_frame(reading.frame.with_columns(dropped + kept))
    return reading.with_frame(reading.frame.drop("style"))


def _place(reading: Reading, origins: pl.DataFrame) -> Reading:
    frame = reading.frame.join(origins, on="patient_id", how="left", maintain_order="left")
    reading = reading.with_frame(frame)
    names = [column.name for column in reading.table.day_columns]
    faults = [fault for name in names for fault in _misplaced(name)]
    reading = reading.refuse_in_turn(faults)
    placed = [expression for name in names for expression in _placed(name)]
    reading = reading.with_frame(reading.frame.with_columns(placed).drop(f"{name}.number" for name in names))
    if reading.table.name == "patients":
        origin = pl.col("origin").cast(pl.Date).alias("origin_date.value")
        reading = reading.with_frame(reading.frame.with_columns(origin))
    return reading.with_frame(reading.frame.drop("origin", "stranded"))


def _misplaced(name: str) -> list[tuple[str, pl.Expr, str]]:
    number, day = pl.col(f"{name}.number").is_not_null(), pl.col(f"{name}.day").is_not_null()
    return [
        ("day_without_origin", number & pl.col("stranded"), name),
        ("date_without_origin", day & pl.col("origin").is_null(), name),
    ]


def _placed(name: str) -> list[pl.Expr]:
    number = pl.col(f"{name}.number")
    counted = [
        pl.coalesce(pl.col(f"{name}.{part}") - pl.col("origin"), number).alias(f"{name}.{part}")
        for part in ("day", "early", "late")
    ]
    precision = pl.when(number.is_not_null()).then(pl.lit("day")).otherwise(f"{name}.precision")
    return [*counted, precision.alias(f"{name}.precision")]
