"""What day 0 of a study is, when each patient came under observation, and how months become days."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from sequela.records.dates import DAYS_PER_MONTH
from sequela.sources.cbioportal_roles import Sorted

MONTHS = (DAYS_PER_MONTH, 30.44, 30.4, 365 / 12, 30.4368, 30.42, 30.5, 30.0)
"""Lengths of a month in days that exporters divide by, the canonical one first."""

MOST = 0.9
"""Share of the patients whose first event must fall on day 0 for day 0 to be that event."""

_WHOLE, _WHOLE_SHARE, _TELLING_DIGITS, _TELLING_VALUES = 0.02, 0.95, 3, 5


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the days of a study begin.

    Attributes
    ----------
    anchor : str
        sequencing or diagnosis.
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
    sequenced, diagnosed = _first(timelines, "sequencing"), _first(timelines, "primary")
    on_sequencing, on_diagnosis = _at_zero(sequenced), _at_zero(diagnosed)
    anchor = "sequencing" if on_sequencing >= MOST and on_diagnosis < MOST else "diagnosis"
    if anchor == "sequencing":
        why = f"the first sequencing of {on_sequencing:.0%} of the sequenced patients falls on day 0"
    elif on_diagnosis >= MOST:
        why = f"the first diagnosis of {on_diagnosis:.0%} of the patients with a diagnosis falls on day 0"
    else:
        why = "the format says so; neither the diagnoses nor the sequencing of the timelines show it"
    sentence = f"Day 0 is the {'first sequencing' if anchor == 'sequencing' else 'diagnosis'}: {why}."
    return Clock(anchor, sequenced, diagnosed, _specimens(timelines), sentence)


def _events(timelines: Sequence[Sorted], kind: str) -> pl.DataFrame:
    empty = pl.DataFrame(schema={"patient_id": pl.String, "sample": pl.String, "day": pl.Int32})
    parts = [
        timeline.frame.filter(pl.col("kind") == kind).select(
            pl.col("patient.").alias("patient_id"), pl.col("sample.").alias("sample"), day=days("start.")
        )
        for timeline in timelines
    ]
    return pl.concat([empty, *parts]).drop_nulls("day")


def _first(timelines: Sequence[Sorted], kind: str) -> pl.DataFrame:
    found = _events(timelines, kind).drop_nulls("patient_id")
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
