"""What a printed ratio with its interval implies: standard error, Wald z, events, as intervals of rounding."""

import math

from scipy.special import ndtri

from sequela.evidence.printed_cells import QUARTILES, RANGE, Cell
from sequela.frozen import frozen

SMALLEST = 1e-9
"""A ratio is positive, however small it was printed."""
SKEW_PER_EVENT = 5.0
"""Profile likelihood intervals of hazard ratios lie off the middle by at most this many half-widths per event:
simulated with 18 to 256 events, see benchmarks/paper_checker.py --conventions."""
TESTS_PER_EVENT = 10.0
"""Log-rank and likelihood ratio z exceed Wald's by at most this share per event, in the same simulations."""
BELOW = 0.1
"""They fall short of it by at most this share."""
Z_SLACK = 0.1
"""And differ by this much even where there is no difference to test."""

Span = tuple[float, float]


@frozen
class Implied:
    """What a ratio and its interval imply.

    Attributes
    ----------
    estimate : pair of float
        Lowest and highest log ratio.
    std_error : pair of float
        Narrowest and widest standard error of a Wald interval.
    middle : pair of float
        Lowest and highest log of the geometric middle of the limits.
    """

    estimate: Span
    std_error: Span
    middle: Span

    @property
    def z(self) -> Span:
        """Least and greatest absolute Wald z."""
        low, high = self.estimate
        least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
        return least / self.std_error[1], max(abs(low), abs(high)) / self.std_error[0]

    @property
    def events(self) -> float:
        """Fewest events with this standard error: 4 / se squared, if always half of those at risk are in each group."""
        return 4 / self.std_error[1] ** 2

    @property
    def off_middle(self) -> float:
        """How far the estimate lies from the middle of its limits, in half-widths; 0 where rounding allows none."""
        apart = max(self.middle[0] - self.estimate[1], self.estimate[0] - self.middle[1], 0.0)
        return apart / (self.std_error[1] * quantile(0.95))

    @property
    def openness(self) -> float:
        """How far rounding leaves open where the estimate lies between its limits, in half-widths."""
        spans = self.middle[1] - self.middle[0] + self.estimate[1] - self.estimate[0]
        return spans / (self.std_error[0] * quantile(0.95))


def quantile(level: float) -> float:
    """Return the two-sided normal quantile of a confidence level."""
    return float(ndtri(0.5 + level / 2))


def log_span(low: float, high: float) -> Span:
    """Return the logarithms of two ends, kept above zero."""
    return math.log(max(low, SMALLEST)), math.log(max(high, SMALLEST))


def implied(cell: Cell, level: float = 0.95) -> Implied | None:
    """Return what a printed ratio with limits implies; None where a limit is not printed or they do not rise.

    A level that the cell itself prints (90% CI) counts before `level`; from a range nothing is taken.
    """
    value, low, high = cell.value, cell.low, cell.high
    if (
        cell.kind in (RANGE, QUARTILES)
        or value is None
        or low is None
        or high is None
        or high.high <= low.low
        or value.high <= 0
        or high.low <= 0
    ):
        return None
    first, last = log_span(low.low, low.high), log_span(high.low, high.high)
    width = 2 * quantile(cell.level or level)
    std_error = (max(last[0] - first[1], SMALLEST) / width, (last[1] - first[0]) / width)
    estimate = log_span(value.low, value.high)
    return Implied(estimate, std_error, ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2))


def z_span(low: float, high: float) -> Span:
    """Return the least and greatest z of two-sided p-values from `low` to `high`."""
    first = float(-ndtri(min(max(high, 1e-300), 1.0) / 2))
    return first, float(-ndtri(low / 2)) if low > 0 else float("inf")


def z_of(cell: Cell) -> Span:
    """Return the least and greatest z of a printed two-sided p-value."""
    return z_span(*cell.ends)


def overlap(first: Span, second: Span) -> bool:
    """Tell whether two intervals have a number in common."""
    return first[0] <= second[1] and second[0] <= first[1]


def shown(span: Span, decimals: int = 2) -> str:
    """Return an interval in words; one number where both ends print alike."""
    low, high = (f"{end:.{decimals}f}" for end in span)
    return low if low == high else f"{low} to {high}"
