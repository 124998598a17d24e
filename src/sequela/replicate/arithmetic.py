"""Arithmetic on printed numbers alone: whether all of them can be true.

Each function takes the material, which it does not use, and the printed numbers as texts, so
that their precision is known. What it returns holds or not for some set of unrounded numbers.
"""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from scipy.special import ndtri

from sequela.evidence.rounding import Rounded, rounded
from sequela.replicate.material import Computed
from sequela.replicate.printed_numbers import agrees, decimals, roundings
from sequela.stats.contingency import pearson_chi_square

NORMAL_QUANTILE = 1.959963984540054
Z_RATIO = (0.97, 1.06)
"""Log-rank z over Wald z that simulations with tied times keep within."""
LOG_TOLERANCE = 0.25
"""How far the log ratio of two medians may lie from the log hazard ratio before exponential times are doubted."""
LARGEST_TRANSFER = 10


def _checked(values: tuple, note: str, holds: bool) -> Computed:
    return Computed(values, note=note, holds=holds, within_paper=True)


def sum_of(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that printed `parts` add up to the printed `total`."""
    parts, total = given["parts"], given["total"]
    found = sum(parts)
    shown = " + ".join(map(str, parts)).replace("+ -", "- ")
    note = f"{shown} = {found}" + ("" if found == total else f", not {total}")
    return _checked((found,), note, found == total)


def percentage(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that a printed `percent` is `count` of `of`, rounded half up or half to even."""
    share, printed = Fraction(100 * given["count"], given["of"]), given["percent"]
    holds = agrees(share, printed)
    right = roundings(share, decimals(printed))[0]
    note = f"{given['count']} of {given['of']} is {float(share):.6g} %, which rounds to {right}"
    if not holds:
        cut = math.floor(share * 10 ** decimals(printed)) / 10 ** decimals(printed)
        note += f"; {printed} is the same number cut off" if cut == float(printed) else f", not {printed}"
    return _checked((share,), note, holds)


def grim(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that a printed `percent` is reached by some whole number of `of` patients (GRIM).

    Brown & Heathers (2017) doi:10.1177/1948550616673876. The value is the nearest percentage
    that a whole number reaches.
    """
    size, printed = int(given["of"]), given["percent"]
    nearest = min(range(size + 1), key=lambda count: abs(Fraction(100 * count, size) - Fraction(printed)))
    share = Fraction(100 * nearest, size)
    holds = agrees(share, printed)
    places = decimals(printed)
    around = sorted({max(nearest - 1, 0), nearest, min(nearest + 1, size)})
    reached = ", ".join(f"{count}/{size} = {roundings(Fraction(100 * count, size), places)[0]}" for count in around)
    note = f"{nearest} of {size}" if holds else f"no whole number of {size} patients is {printed} %: {reached}"
    return _checked((share,), note, holds)


def pearson(_: object, given: Mapping[str, Any]) -> Computed:
    """Check a printed `p_value` against Pearson's test, uncorrected, of the printed counts.

    `table` has one row per level and one column per group. Where the test gives another value,
    the smallest move of patients between two levels of one group that gives the printed one is
    named.
    """
    table, printed = given["table"], given["p_value"]
    p_value = float(pearson_chi_square(table).p_value)
    if agrees(p_value, printed):
        return _checked((p_value,), "the printed counts give it", holds=True)
    note = f"the printed counts give {p_value:.4f}, not {printed}"
    edited = next(_edits(table, printed), None)
    if edited:
        note += "; {} belongs to {}".format(printed, " and ".join("/".join(map(str, group)) for group in edited))
    return _checked((p_value,), note, holds=False)


def _edits(table: list[list[int]], printed: str) -> Iterator[list[list[int]]]:
    """Yield the groups of tables that give the printed p-value, nearest first.

    One group's patients move between two of its levels; its size stays.
    """
    groups = [list(column) for column in zip(*table, strict=True)]
    for moved in range(1, LARGEST_TRANSFER + 1):
        for index, group in enumerate(groups):
            for source in range(len(group)):
                for target in range(len(group)):
                    if source == target or group[source] < moved:
                        continue
                    other = list(group)
                    other[source], other[target] = group[source] - moved, group[target] + moved
                    changed = [*groups[:index], other, *groups[index + 1 :]]
                    if agrees(float(pearson_chi_square(list(zip(*changed, strict=True))).p_value), printed):
                        yield changed


def log_symmetry(_: object, given: Mapping[str, str]) -> Computed:
    """Check that a ratio is the geometric middle of its limits, as in an interval made on the log scale."""
    value, low, high = (rounded(given[name]) for name in ("value", "low", "high"))
    middle = math.sqrt(low.value * high.value)
    least, most = math.sqrt(low.low * high.low), math.sqrt(low.high * high.high)
    holds = least <= value.high and most >= value.low
    note = f"the geometric middle of {low.text} and {high.text} is {middle:.{value.decimals}f}"
    if not holds:
        note += f", not {value.text}: not a Wald interval; limits by profile likelihood need not lie evenly"
    return _checked((middle,), note, holds)


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
    longer, shorter = (float(text) for text in given["medians"])
    ratio, hazard_ratio = longer / shorter, float(given["hazard_ratio"])
    apart = abs(math.log(ratio / hazard_ratio))
    holds = apart <= LOG_TOLERANCE
    note = f"{longer:g}/{shorter:g} = {ratio:.2f}, {apart:.3f} from it on the log scale"
    return _checked((ratio,), note, holds)


def between(_: object, given: Mapping[str, Any]) -> Computed:
    """Check that the median of everyone lies between the medians of the `parts`."""
    value = rounded(given["value"])
    parts: list[Rounded] = [rounded(text) for text in given["parts"]]
    holds = min(part.low for part in parts) <= value.high and max(part.high for part in parts) >= value.low
    texts = " and ".join(part.text for part in parts)
    note = f"{value.text} lies {'' if holds else 'not '}between the medians of the groups, {texts}"
    return _checked((value.value,), note, holds)


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
