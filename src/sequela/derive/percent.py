"""A share of cells as a laboratory writes it."""

import math
import re

from sequela.records.her2_results import Amount

_PERCENT = re.compile(r"([<>]?)(=?)\s*(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?))?\s*%?")


def percent(value: str) -> Amount | None:
    """Read a share written as `20 %`, `10-20`, `< 1` or `>= 50 %`; None where it is none.

    A range or a bound keeps both its ends; what lies outside 0 to 100 is no share.
    """
    written = value.strip().replace("≥", ">=").replace("≤", "<=").replace("–", "-").replace(",", ".")
    match = _PERCENT.fullmatch(written)
    if not match:
        return None
    low, high = float(match[3]), float(match[4] or match[3])
    if match[1] == "<":
        low, high = 0.0, high if match[2] else math.nextafter(high, -math.inf)
    elif match[1] == ">":
        low, high = (low if match[2] else math.nextafter(low, math.inf)), 100.0
    return Amount(low, high) if 0 <= low <= high <= 100 else None
