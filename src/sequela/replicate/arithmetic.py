"""Arithmetic on printed numbers alone: whether all of them can be true.

Each function takes the material, which it does not use, and the printed numbers as texts, so
that their precision is known. The checks are those of `evidence.consistency`.
"""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from scipy.special import ndtri

from sequela.evidence import consistency
from sequela.evidence.consistency import Check
from sequela.evidence.rounding import rounded
from sequela.replicate.material import Computed
from sequela.replicate.printed_numbers import Number, agrees, decimals, roundings
from sequela.stats.contingency import pearson_chi_square

NORMAL_QUANTILE = 1.959963984540054
Z_RATIO = (0.97, 1.06)
"""Log-rank z over Wald z that simulations with tied times keep within."""


def _checked(values: tuple[Number | str, ...], note: str, holds: bool) -> Computed:
    return Computed(values, note=note, holds=holds, within_paper=True)


def _of_check(value: Number, check: Check) -> Computed:
    return _checked((value,), check.reason, check.holds)


def sum_of(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that printed `parts` add up to the printed `total`."""
    check = consistency.row_sum(given["parts"], given["total"])
    note = check.reason.replace("+ -", "- ")
    return _checked((sum(given["parts"]),), note.partition(",")[0] if check.holds else note, check.holds)


def percentage(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that a printed `percent` is `count` of `of`, rounded half up or half to even."""
    count, size = given["count"], given["of"]
    return _of_check(Fraction(100 * count, size), consistency.percentage(count, size, given["percent"]))


def grim(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that a printed `percent` is reached by some whole number of `of` patients (GRIM).

    The value is the nearest percentage that a whole number reaches; where it is not the printed
    one, the note names it and its neighbours.
    """
    size, printed = int(given["of"]), given["percent"]
    nearest = min(range(size + 1), key=lambda count: abs(Fraction(100 * count, size) - Fraction(printed)))
    check = consistency.percentage_possible(size, printed)
    around = sorted({max(nearest - 1, 0), nearest, min(nearest + 1, size)})
    reached = ", ".join(f"{count}/{size} = {_percent(count, size, printed)}" for count in around)
    note = check.reason if check.holds else f"no whole number of {size} patients is {printed} %: {reached}"
    return _checked((Fraction(100 * nearest, size),), note, check.holds)


def _percent(count: int, size: int, printed: str) -> str:
    return roundings(Fraction(100 * count, size), decimals(printed))[0]


def pearson(_: object, given: Mapping[str, Any]) -> Computed:
    """Check a printed `p_value` against Pearson's test, uncorrected, of the printed counts.

    `table` has one row per level and one column per group. Where no usual test of the counts
    gives the printed value, the smallest move of patients within a group that does is named.
    """
    table, printed = given["table"], given["p_value"]
    p_value = float(pearson_chi_square(table).p_value)
    check = consistency.table_p_value(table, printed)
    return _of_check(p_value, check)


def log_symmetry(_: object, given: Mapping[str, str]) -> Computed:
    """Check that a ratio is the geometric middle of its limits, as in an interval made on the log scale."""
    check = consistency.log_symmetry(given["value"], given["low"], given["high"])
    middle = math.sqrt(float(given["low"]) * float(given["high"]))
    if check.holds:
        return _of_check(middle, check)
    note = f"{check.reason}; not a Wald interval, but limits by profile likelihood need not lie evenly"
    return _checked((middle,), note, holds=False)


def z_ratio(_: object, given: Mapping[str, str]) -> Computed:
    """Check that a log-rank p-value and the Wald z of the hazard ratio can come from the same patients."""
    ratio, low, high, p_value = (rounded(given[name]) for name in ("hazard_ratio", "low", "high", "p_value"))
    wald = math.log(ratio.value) / _std_error(low.value, high.value)
    log_rank = _z(p_value.value)
    least = _z(p_value.high) * _std_error(low.high, high.low) / math.log(ratio.high)
    most = _z(p_value.low) * _std_error(low.low, high.high) / math.log(ratio.low)
    holds = least <= Z_RATIO[1] and most >= Z_RATIO[0]
    note = f"log-rank z {log_rank:.2f} over Wald z {wald:.2f} is {log_rank / wald:.2f}"
    note += f", {'within' if holds else 'outside'} {Z_RATIO[0]} to {Z_RATIO[1]}"
    return _checked((log_rank / wald,), note, holds)


def _std_error(low: float, high: float) -> float:
    return math.log(high / low) / (2 * NORMAL_QUANTILE)


def _z(p_value: float) -> float:
    return float(-ndtri(p_value / 2))


def exponential(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that a ratio of `medians` and a `hazard_ratio` are near, as with exponential times."""
    longer, shorter = given["medians"]
    check = consistency.exponential_medians(shorter, longer, given["hazard_ratio"])
    return _of_check(float(longer) / float(shorter), check)


def between(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that the median of everyone lies between the medians of the groups, `parts`."""
    return _of_check(float(given["value"]), consistency.mixture_median(given["value"], given["parts"]))


def same(_: object, places: Mapping[str, str]) -> Computed:
    """Check that a quantity is printed alike wherever it is printed."""
    texts = set(places.values())
    if len(texts) == 1:
        return _checked(("same",), f"{' and '.join(places)} print {texts.pop()}", holds=True)
    note = "; ".join(f"{place} prints {text}" for place, text in places.items())
    return _checked(("not the same",), note, holds=False)


def share_of_study(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that a `percent` said of a whole study is that of its groups together.

    `parts` and `sizes` per group. Where it is not, the group it belongs to is named.
    """
    parts, sizes, printed = given["parts"], given["sizes"], given["percent"]
    share = Fraction(100 * sum(parts), sum(sizes))
    holds = agrees(share, printed)
    note = f"{sum(parts)} of {sum(sizes)} patients are {roundings(share, decimals(printed))[0]} %"
    owners = [(k, n) for k, n in zip(parts, sizes, strict=True) if agrees(Fraction(100 * k, n), printed)]
    if not holds and owners:
        note += f"; {printed} is {owners[0][0]} of {owners[0][1]}, one group only"
    return _checked((share,), note, holds)
