"""What day 0 of a study is, when each patient came under observation, and how months become days."""

import re
from collections.abc import Sequence

import polars as pl

from sequela.frozen import frozen
from sequela.records.dates import DAYS_PER_MONTH
from sequela.sources.cbioportal_roles import Sorted

MONTHS = (DAYS_PER_MONTH, 30.44, 30.4, 365 / 12, 30.4368, 30.42, 30.5, 30.0)
"""Lengths of a month in days that exporters divide by, the canonical one first."""

MOST, HALF = 0.9, 0.5
"""Shares of the patients with their first event on day 0: from the one on day 0 is that event; where fewer than
the other have their diagnosis there, day 0 is not the diagnosis."""

_WHOLE, _WHOLE_SHARE, _TELLING_DIGITS, _TELLING_VALUES = 0.02, 0.95, 3, 5


@frozen
class Clock:
    """Where the days of a study begin.

    Attributes
    ----------
    anchor : str
        sequencing, diagnosis, or unknown.
    sequenced, diagnosed : DataFrame
        patient_id, day: the first sequencing, the first diagnosis of a primary tumour.
    specimens : DataFrame
        sample, day: when the specimen of a sample was taken.
    sentence : str
        What day 0 is and how that was found out.
    """

    anchor: str
    sequenced: pl.DataFrame
    diagnosed: pl.DataFrame
    specimens: pl.DataFrame
    sentence: str


def days(name: str) -> pl.Expr:
    """Return a column of text as whole days; null where it is none."""
    text = pl.col(name).str.strip_chars()
    whole = text.str.contains(r"^[+-]?\d{1,7}(\.0+)?$")
    return pl.when(whole).then(text).cast(pl.Float64, strict=False).cast(pl.Int32, strict=False)


def numbers(name: str) -> pl.Expr:
    """Return a column of text as numbers; null where it is none."""
    text = pl.col(name).str.strip_chars()
    return (
        pl.when(text.str.contains(r"^[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?$")).then(text).cast(pl.Float64, strict=False)
    )


def set_clock(timelines: Sequence[Sorted]) -> Clock:
    """Find out what day 0 is from the days of the first sequencing and the first diagnosis."""
    sequenced, diagnosed = _first(_sequencings(timelines)), _first(_events(timelines, "primary"))
    anchor, sentence = _anchor(_at_zero(sequenced), _at_zero(diagnosed) if diagnosed.height else None)
    return Clock(anchor, sequenced, diagnosed, _specimens(timelines), sentence)


def _anchor(on_sequencing: float, on_diagnosis: float | None) -> tuple[str, str]:
    """Return what day 0 is, and the sentence that says so; `on_diagnosis` is None where no diagnosis has a day."""
    if on_sequencing >= MOST and (on_diagnosis is None or on_diagnosis < MOST):
        why = f"the first sequencing of {on_sequencing:.0%} of the sequenced patients falls on day 0"
        return "sequencing", f"Day 0 is the first sequencing: {why}."
    if on_diagnosis is None:
        return "diagnosis", "Day 0 is taken as the diagnosis, as the format asks; the timelines give no diagnosis."
    said = f"the first diagnosis of {on_diagnosis:.0%} of the patients with a diagnosis falls on day 0"
    if on_diagnosis >= HALF:
        return "diagnosis", f"Day 0 is the diagnosis: {said}."
    why = f"{said}, and the first sequencing of {on_sequencing:.0%}"
    return "unknown", f"What day 0 is the files do not show: {why}. Days are kept as they are."


def _events(timelines: Sequence[Sorted], kind: str) -> pl.DataFrame:
    return _days_of(timelines, pl.col("kind") == kind, "start.")


def _sequencings(timelines: Sequence[Sorted]) -> pl.DataFrame:
    """Return the sequencing events, and the days of sequencing that rows of other kinds give beside their own."""
    return pl.concat(
        [_events(timelines, "sequencing"), _days_of(timelines, pl.col("sequenced.").is_not_null(), "sequenced.")]
    )


def _days_of(timelines: Sequence[Sorted], rows: pl.Expr, column: str) -> pl.DataFrame:
    empty = pl.DataFrame(schema={"patient_id": pl.String, "sample": pl.String, "day": pl.Int32})
    parts = [
        timeline.frame.filter(rows).select(
            pl.col("patient.").alias("patient_id"), pl.col("sample.").alias("sample"), day=days(column)
        )
        for timeline in timelines
    ]
    return pl.concat([empty, *parts]).drop_nulls("day")


def _first(events: pl.DataFrame) -> pl.DataFrame:
    found = events.drop_nulls("patient_id")
    return found.group_by("patient_id").agg(pl.col("day").min()).sort("patient_id")


def _at_zero(first: pl.DataFrame) -> float:
    return int((first["day"] == 0).sum()) / first.height if first.height else 0.0


def _specimens(timelines: Sequence[Sorted]) -> pl.DataFrame:
    """Return the first day of each sample's specimen; a sample with a surgery only has the day of the surgery."""
    taken = _events(timelines, "specimen").drop_nulls("sample")
    return taken.group_by("sample").agg(pl.col("day").min()).sort("sample")


def days_per_month(months: pl.Series) -> tuple[float, bool]:
    """Return by how many days a month was counted, and whether the months say so.

    Months with three decimals or more are days divided by one number, if that number makes nearly
    all of them whole; otherwise the canonical month is taken.
    """
    telling = [text for text in months.drop_nulls() if len(text.partition(".")[2]) >= _TELLING_DIGITS]
    values = pl.Series(telling, dtype=pl.String).cast(pl.Float64, strict=False).drop_nulls().to_numpy()
    if len(values) < _TELLING_VALUES:
        return DAYS_PER_MONTH, False
    # Three decimals leave 0.015 days open; a month wrong by 0.0025 days leaves more open after half a year.
    shares = []
    for factor in MONTHS:
        days_off = abs(values * factor - (values * factor).round())
        shares.append(float((days_off <= _WHOLE).mean()))
    best = max(range(len(MONTHS)), key=lambda place: shares[place])
    return (MONTHS[best], True) if shares[best] >= _WHOLE_SHARE else (DAYS_PER_MONTH, False)


def uncertainty(months: str, exact: bool) -> int:
    """Return by how many days a number of months may be off after its conversion.

    Half a unit of the last decimal, and 0.04 days a month where the length of the month is not known.
    """
    if not re.fullmatch(r"[+-]?\d+(\.\d*)?", months.strip()):
        return 1
    decimals = len(months.strip().partition(".")[2])
    rounding = 0.5 * 10.0**-decimals * DAYS_PER_MONTH
    length = 0.0 if exact else 0.04 * abs(float(months))
    return 1 + int(rounding + length)
