"""Printed lengths of time with their unit: "312.4 years", "19.3 months", and what cycles and weeks add up to."""

import re

from sequela.evidence.rounding import Rounded, rounded
from sequela.frozen import frozen

DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
_LENGTH = re.compile(r"([\d.]+)\s*(?:person|patient)?[\s-]*(day|week|month|year)s?")


@frozen
class Length:
    """One length of time.

    Attributes
    ----------
    text : str
        As printed.
    value : Rounded
        In its unit.
    unit : str
        One of `DAYS`.
    """

    text: str
    value: Rounded
    unit: str


def read_length(text: str) -> Length:
    """Read "312.4 person-years" or "19.3 months"; ValueError for anything else."""
    match = _LENGTH.fullmatch(text.strip().replace(",", ""))
    if not match:
        raise ValueError(text)
    return Length(text, rounded(match[1]), match[2])


def shortest(length: Length) -> float:
    """Return the fewest days a printed length can stand for."""
    return length.value.low * DAYS[length.unit]


def longest(length: Length) -> float:
    """Return the most days a printed length can stand for."""
    return length.value.high * DAYS[length.unit]


def in_unit(first: str, second: str) -> float:
    """Return how many of the second unit one of the first is; whole numbers of months in a year."""
    if (first, second) == ("year", "month"):
        return 12.0
    return DAYS[first] / DAYS[second]


def product(patients: int, length: Length, total: Length) -> tuple[float, float]:
    """Return patients times a length, lowest and highest, in the unit of the total."""
    days = DAYS[total.unit]
    return patients * shortest(length) / days, patients * longest(length) / days


def in_days(text: str) -> float:
    """Return a length of time in days: "9 months", "45 cycles of 3 weeks", "17 cycles of 3 weeks and 9 months"."""
    days = 0.0
    for part in re.split(r"\s+and\s+|\s*\+\s*", text):
        cycles = re.fullmatch(r"([\d.]+) cycles of ([\d.]+) (day|week|month)s?", part.strip())
        plain = re.fullmatch(r"([\d.]+) (day|week|month|year)s?", part.strip())
        if cycles:
            days += float(cycles[1]) * float(cycles[2]) * DAYS[cycles[3]]
        elif plain:
            days += float(plain[1]) * DAYS[plain[2]]
        else:
            return 0.0
    return days
