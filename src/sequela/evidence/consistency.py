"""Do printed numbers agree with each other? Interval arithmetic on what rounding leaves open.

Every function takes numbers as printed (text, because trailing zeros are precision) and
returns a verdict with the numbers behind it. "inconsistent" means: no values that round to
what was printed can be true together.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
from scipy.special import ndtr, ndtri

from sequela.evidence.count_tests import FISHER, MID_P, PEARSON, YATES, p_values
from sequela.evidence.printed_cells import Cell
from sequela.evidence.ratio_intervals import Implied, implied
from sequela.evidence.rounding import Rounded, rounded
from sequela.frozen import frozen

CONSISTENT, INCONSISTENT = "consistent", "inconsistent"
ROUNDING_RULES = {"half up": ROUND_HALF_UP, "half even": ROUND_HALF_EVEN, "truncated": ROUND_DOWN}
MOST_SUMS = 50
"""Where this many sums round to one mean, some of them has any deviation that is printed."""
Z_RATIO = (0.97, 1.06)
"""Log-rank z over Wald z that simulations with tied times keep within."""
EXPONENTIAL_TOLERANCE = 0.25
"""Log units by which a ratio of medians may differ from a hazard ratio before it is worth a look."""


@frozen
class Check:
    """One verdict.

    Attributes
    ----------
    verdict : str
        "consistent" or "inconsistent".
    computed : str
        What follows from the other printed numbers.
    reason : str
        In one sentence.
    """

    verdict: str
    computed: str
    reason: str

    @property
    def holds(self) -> bool:
        """Whether the printed numbers agree."""
        return self.verdict == CONSISTENT


def _check(holds: bool, computed: str, reason: str) -> Check:
    return Check(CONSISTENT if holds else INCONSISTENT, computed, reason)


def rounded_shares(count: int, total: int, decimals: int) -> dict[str, Decimal]:
    """Return 100 k/N under each of `ROUNDING_RULES`, exactly."""
    share = Fraction(100 * count, total)
    exact = Decimal(share.numerator) / Decimal(share.denominator)
    unit = Decimal(1).scaleb(-decimals)
    return {name: exact.quantize(unit, rounding=rule) for name, rule in ROUNDING_RULES.items()}


def percentage(count: int, total: int, printed: str) -> Check:
    """Compare k/N with a printed percentage, under rounding half up, half even, and truncation.

    Truncation is no rounding: a percentage that only truncation explains is inconsistent, and
    the reason says so. Fractions are exact.
    """
    results = rounded_shares(count, total, rounded(printed).decimals)
    matching = [name for name, result in results.items() if result == Decimal(rounded(printed).text)]
    computed = f"{results['half up']}"
    if not matching:
        return _check(False, computed, f"{count}/{total} is {computed}%, printed {printed}%")
    if matching == ["truncated"]:
        return _check(False, computed, f"{count}/{total} is {computed}%; {printed}% is truncated, not rounded")
    return _check(True, computed, f"{count}/{total} rounds to {printed}% ({', '.join(matching)})")


def row_sum(parts: Sequence[int], total: int) -> Check:
    """Compare the sum of parts with the printed total."""
    found = sum(parts)
    words = " + ".join(str(part) for part in parts)
    return _check(found == total, str(found), f"{words} = {found}, printed {total}")


def possible_counts(total: int, printed: str, most: int | None = None) -> tuple[int, ...]:
    """Return every count k for which k/N can be printed as this percentage, or the first of them."""
    number = rounded(printed)
    first = max(0, math.floor(number.low * total / 100) - 1)
    last = min(total, math.ceil(number.high * total / 100) + 1)
    return tuple(islice((k for k in range(first, last + 1) if number.holds(100 * k / total)), most))


def percentage_possible(total: int, printed: str) -> Check:
    """Ask whether any whole number of patients gives a printed percentage (GRIM).

    Brown & Heathers (2017) doi:10.1177/1948550616673876, applied to percentages.
    """
    counts = possible_counts(total, printed)
    words = " or ".join(f"{k}/{total}" for k in counts) or "none"
    return _check(bool(counts), words, f"{printed}% of {total}: {words}")


def mean_possible(n: int, printed: str, items: int = 1) -> Check:
    """Ask whether n whole numbers (each the mean of `items`) can have a printed mean (GRIM)."""
    number = rounded(printed)
    grain = n * items
    nearest = [k / grain for k in (math.floor(number.value * grain), math.ceil(number.value * grain))]
    holds = any(number.holds(value) for value in nearest)
    words = " or ".join(f"{value:.{number.decimals + 2}f}" for value in dict.fromkeys(nearest))
    return _check(holds, words, f"the means of {n} whole numbers nearest to {printed} are {words}")


def deviation_possible(n: int, mean: str, deviation: str) -> Check:
    """Ask whether n whole numbers can have a printed mean and standard deviation (GRIMMER).

    Their sum S and sum of squares Q are whole, Q is odd where S is, and (Q - S squared / n) / (n - 1)
    is the variance; a deviation with n in the place of n - 1 is accepted as well. Anaya (2016),
    Allard (2018).
    """
    middle, spread = rounded(mean), rounded(deviation)
    totals = [
        k for k in range(math.floor(middle.low * n), math.floor(middle.low * n) + MOST_SUMS) if middle.holds(k / n)
    ]
    reached = [value for total in totals for degrees in (n - 1, n) for value in _deviations(n, total, degrees, spread)]
    holds = len(totals) >= MOST_SUMS - 2 or any(spread.holds(value) for value in reached)
    nearest = sorted(set(reached), key=lambda value: abs(value - spread.value))[:2]
    words = " or ".join(f"{value:.{spread.decimals + 1}f}" for value in sorted(nearest)) or "none"
    return _check(holds, words, f"{n} whole numbers of mean {mean} have deviations of {words} next to {deviation}")


def _deviations(n: int, total: int, degrees: int, spread: Rounded) -> list[float]:
    """Return the deviations around a printed one that whole numbers of one sum can have."""
    first = math.ceil(max(spread.low, 0.0) ** 2 * degrees + total**2 / n)
    first += (first - total) % 2
    squares = [q for q in range(first - 2, first + 3, 2) if q * n >= total**2]
    return [math.sqrt((q - total**2 / n) / degrees) for q in squares]


def _implied(ratio: str, low: str, high: str, level: float = 0.95) -> Implied:
    found = implied(Cell("", value=rounded(ratio), low=rounded(low), high=rounded(high)), level)
    if found is None:
        raise ValueError(f"not a ratio above zero with rising limits: {ratio} ({low}-{high})")
    return found


def log_symmetry(ratio: str, low: str, high: str) -> Check:
    """Ask whether a ratio can be the geometric middle of its interval, as a Wald interval has it.

    Where it cannot, the interval is of another kind (profile likelihood, exact, bootstrap) or wrong.
    """
    found, middle = _implied(ratio, low, high), rounded(ratio)
    first, last = (math.exp(end) for end in found.middle)
    computed = f"{first:.4g}-{last:.4g}"
    words = f"the geometric middle of {low}-{high} lies in {computed}; printed {ratio} ({middle.low:g}-{middle.high:g})"
    return _check(found.off_middle == 0, computed, words)


def p_value_from_interval(ratio: str, low: str, high: str, p_value: str, level: float = 0.95) -> Check:
    """Compare a printed p-value with the Wald test that a ratio and its interval imply."""
    weakest, strongest = _implied(ratio, low, high, level).z
    first, last = (2 * float(ndtr(-z)) for z in (strongest, weakest))
    computed, printed = f"{first:.4f}-{last:.4f}", rounded(p_value)
    holds = first <= printed.high and printed.low <= last
    return _check(holds, computed, f"{ratio} ({low}-{high}) implies a Wald p of {computed}; printed {p_value}")


def table_p_values(table: Sequence[Sequence[int]]) -> dict[str, float]:
    """Return the p-values that common programs print for a table of counts (rows by groups)."""
    return p_values(table, (PEARSON, YATES, FISHER, MID_P))


def table_p_value(table: Sequence[Sequence[int]], printed: str) -> Check:
    """Recompute a printed p-value from a table of counts and name the test that gives it."""
    number = rounded(printed)
    found = table_p_values(table)
    matching = [name for name, value in found.items() if number.holds(value)]
    words = ", ".join(f"{name} {value:.{max(4, number.decimals)}f}" for name, value in found.items()) or "none possible"
    if matching:
        return _check(True, words, f"{printed} is the p-value of {' and '.join(matching)}")
    moved = " and ".join(move for move in nearest_tables(table, printed))
    hint = f"; {moved} would give it" if moved else ""
    return _check(False, words, f"no test of these counts gives {printed} ({words}){hint}")


def nearest_tables(table: Sequence[Sequence[int]], printed: str, farthest: int = 3) -> tuple[str, ...]:
    """Return the smallest moves of patients between two rows of one column that give a printed p-value."""
    counts, number = np.array(table), rounded(printed)
    for moved in range(1, farthest + 1):
        found = []
        for column in range(counts.shape[1]):
            for source in range(counts.shape[0]):
                for target in range(counts.shape[0]):
                    changed = counts.copy()
                    changed[source, column] -= moved
                    changed[target, column] += moved
                    if source == target or changed.min() < 0:
                        continue
                    tests = [name for name, value in table_p_values(changed.tolist()).items() if number.holds(value)]
                    cells = "/".join(str(value) for value in changed[:, column])
                    found += [f"{cells} in column {column + 1} ({tests[0]})"] if tests else []
        if found:
            return tuple(found)
    return ()


def exponential_medians(median: str, reference_median: str, ratio: str) -> Check:
    """Compare the inverse ratio of two medians with a hazard ratio, equal if hazards are constant.

    A difference is no error: it says that hazards are not constant or not proportional.
    """
    own, reference, printed = rounded(median), rounded(reference_median), rounded(ratio)
    first, last = reference.low / own.high, reference.high / own.low
    apart = max(math.log(first / printed.high), math.log(printed.low / last), 0.0)
    computed = f"{first:.3g}-{last:.3g}"
    words = f"medians {reference_median}/{median} = {computed}, hazard ratio {ratio}, {apart:.2f} log units apart"
    return _check(apart <= EXPONENTIAL_TOLERANCE, computed, words)


def log_rank_and_ratio(p_value: str, ratio: str, low: str, high: str, times: int = 1) -> Check:
    """Ask whether a log-rank p-value and the Wald z of a hazard ratio can come from the same patients.

    `times` is by what the p-value was multiplied for the number of comparisons. `computed` is the ratio of the two
    z-values; simulations with tied times keep within `Z_RATIO`.
    """
    value, lower, upper, p = (rounded(text) for text in (ratio, low, high, p_value))
    wald = math.log(value.value) / _std_error(lower.value, upper.value)
    log_rank = _z(p.value / times)
    least = abs(_z(p.high / times)) * _std_error(lower.high, upper.low) / abs(_farther(value))
    nearer = abs(_nearer(value))
    most = abs(_z(p.low / times)) * _std_error(lower.low, upper.high) / nearer if nearer else math.inf
    holds = least <= Z_RATIO[1] and most >= Z_RATIO[0]
    return _z_ratio(log_rank, abs(wald), least, most, holds)


def log_rank_and_wald(log_rank: str, wald: str) -> Check:
    """Ask whether two printed p-values, of a log-rank test and of a hazard ratio (Wald), can be of the same patients.

    As `log_rank_and_ratio`, where the ratio's own p-value is printed.
    """
    first, second = rounded(log_rank), rounded(wald)
    least, most = _z(first.high) / _z(second.low), _z(first.low) / _z(second.high)
    holds = least <= Z_RATIO[1] and most >= Z_RATIO[0]
    return _z_ratio(_z(first.value), _z(second.value), least, most, holds)


def _z_ratio(log_rank: float, wald: float, least: float, most: float, holds: bool) -> Check:
    """Word the ratio of two z-values; `least` and `most` are what the printed digits allow."""
    ratio = log_rank / wald
    reason = f"log-rank z {log_rank:.2f} over Wald z {wald:.2f} is {ratio:.2f}"
    where = f"{'within' if holds else 'outside'} {Z_RATIO[0]} to {Z_RATIO[1]}"
    if holds and not Z_RATIO[0] <= round(ratio, 2) <= Z_RATIO[1]:
        where = f"the printed digits allow {least:.2f} to {most:.2f}, which reaches into {Z_RATIO[0]} to {Z_RATIO[1]}"
    return _check(holds, f"{ratio:.2f}", f"{reason}, {where}")


def _farther(ratio: Rounded) -> float:
    """Return the logarithm farthest from 0 that a printed ratio can stand for."""
    return max((math.log(ratio.low), math.log(ratio.high)), key=abs)


def _nearer(ratio: Rounded) -> float:
    """Return the logarithm nearest to 0 that a printed ratio can stand for; 0 where it can be 1."""
    return 0.0 if ratio.low <= 1 <= ratio.high else min((math.log(ratio.low), math.log(ratio.high)), key=abs)


def _std_error(low: float, high: float) -> float:
    return math.log(high / low) / (2 * float(ndtri(0.975)))


def _z(p_value: float) -> float:
    return float(-ndtri(p_value / 2))


def mixture_median(overall: str, medians: Mapping[str, str]) -> Check:
    """Ask whether the median of everyone can lie where it was printed, given the medians of the groups.

    At least half of everyone lies at or below the largest group median, and at or above the
    smallest, so the overall median lies between the two, whatever the sizes.
    """
    printed = rounded(overall)
    numbers = {name: rounded(text) for name, text in medians.items()}
    first, last = min(n.low for n in numbers.values()), max(n.high for n in numbers.values())
    computed = f"{first:g}-{last:g}"
    words = f"the group medians allow {computed}; printed {overall}"
    return _check(first <= printed.high and printed.low <= last, computed, words)


def rises(values: Sequence[str]) -> Check:
    """Ask whether printed numbers can be in ascending order, as lower limit, estimate, upper limit must."""
    numbers: list[Rounded] = [rounded(value) for value in values]
    holds = all(first.low <= second.high for first, second in pairwise(numbers))
    return _check(holds, " <= ".join(values), f"{' <= '.join(values)} is {'possible' if holds else 'impossible'}")
