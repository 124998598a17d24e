"""Arithmetic on printed numbers alone: whether all of them can be true.

Each function takes the material, which it does not use, and the printed numbers as texts, so
that their precision is known. The checks are those of `evidence.consistency`.
"""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from scipy.special import ndtr, ndtri

from sequela.evidence import consistency
from sequela.evidence.consistency import Check
from sequela.evidence.rounding import rounded
from sequela.replicate.material import Computed
from sequela.replicate.printed_numbers import Number, agrees, decimals, roundings
from sequela.stats.contingency import pearson_chi_square

NORMAL_QUANTILE = float(ndtri(0.975))
UNREACHED = "N.R."
"""How a median that is not reached is written."""


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
    check = consistency.log_rank_and_ratio(given["p_value"], given["hazard_ratio"], given["low"], given["high"])
    return _of_check(float(check.computed), check)


def two_z(_: object, given: Mapping[str, str]) -> Computed:
    """Return the z-values of a log-rank p-value and of a hazard ratio; check that the same patients can have both."""
    check = consistency.log_rank_and_ratio(given["p_value"], given["hazard_ratio"], given["low"], given["high"])
    ratio, low, high = (float(given[name]) for name in ("hazard_ratio", "low", "high"))
    wald = abs(math.log(ratio)) * 2 * NORMAL_QUANTILE / math.log(high / low)
    return _checked((float(-ndtri(float(given["p_value"]) / 2)), wald), check.reason, check.holds)


def two_p(_: object, given: Mapping[str, str]) -> Computed:
    """Return the z-values of two p-values, `log_rank` and `wald`; check that the same patients can have both."""
    check = consistency.log_rank_and_wald(given["log_rank"], given["wald"])
    found = tuple(float(-ndtri(float(given[name]) / 2)) for name in ("log_rank", "wald"))
    return _checked(found, check.reason, check.holds)


def symmetric(_: object, given: Mapping[str, str]) -> Computed:
    """Check that a median is the middle of its limits, as an interval of SPSS has it.

    Where it is not, the nearest limit that would make it so is named, with the limits of a time above 0.
    """
    value, low, high = (rounded(given[name]) for name in ("value", "low", "high"))
    holds = (low.low + high.low) / 2 <= value.high and (low.high + high.high) / 2 >= value.low
    middle = (low.value + high.value) / 2
    note = f"the middle of {low.text} and {high.text} is {middle:g}"
    if not holds:
        upper, lower = 2 * value.value - low.value, 2 * value.value - high.value
        note += f", printed {value.text}, and limits of SPSS lie evenly around the median: "
        note += f"{low.text}-{upper:g} or {lower:g}-{high.text} would"
    return _checked((middle,), "" if holds else note, holds)


def said(_: object, words: str) -> Computed:
    """Return a remark as it stands."""
    return Computed((words,), note=str(words))


def interval_p(_: object, given: Mapping[str, str]) -> Computed:
    """Check that a ratio with its Wald interval has the printed `p_value`."""
    check = consistency.p_value_from_interval(given["value"], given["low"], given["high"], given["p_value"])
    ratio, low, high = (float(given[name]) for name in ("value", "low", "high"))
    z = abs(math.log(ratio)) * 2 * NORMAL_QUANTILE / math.log(high / low)
    return _checked((float(2 * ndtr(-z)),), check.reason, check.holds)


def adjusted_p(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that a printed `adjusted` p-value is the `raw` one times the comparisons, at most 1 (Bonferroni)."""
    raw, times = rounded(given["raw"]), given["times"]
    value, low, high = (min(1.0, times * number) for number in (raw.value, raw.low, raw.high))
    printed = rounded(given["adjusted"])
    holds = low <= printed.high and high >= printed.low
    note = f"{times} x {raw.text} = {value:.4g}"
    return _checked((value,), note if holds else f"{note}, printed {printed.text}", holds)


def inclusion_exclusion(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that patients with one property or the other, `first` + `second` - `both`, are the printed `either`."""
    first, second, both, either = (int(given[key]) for key in ("first", "second", "both", "either"))
    union = first + second - both
    note = f"{first} + {second} - {both} = {union}"
    if union == either:
        return _checked((union,), note, holds=True)
    note += f", printed {either}: {abs(union - either)} patients too {'few' if union > either else 'many'}"
    return _checked((union,), note, holds=False)


def exponential(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that a ratio of `medians` and a `hazard_ratio` are near, as with exponential times."""
    longer, shorter = given["medians"]
    check = consistency.exponential_medians(shorter, longer, given["hazard_ratio"])
    return _of_check(float(longer) / float(shorter), check)


def between(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that the median of everyone lies between the medians of the groups, `parts`; `N.R.` is longer than all."""
    reached = {name: text for name, text in given["parts"].items() if text != UNREACHED}
    value = float(given["value"])
    if len(reached) == len(given["parts"]):
        return _of_check(value, consistency.mixture_median(given["value"], given["parts"]))
    least = min((rounded(text) for text in reached.values()), key=lambda number: number.low)
    holds = rounded(given["value"]).high >= least.low
    note = f"{given['value']} lies below {least.text}, the shortest of its parts, the others not being reached"
    return _checked((value,), "" if holds else note, holds)


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
