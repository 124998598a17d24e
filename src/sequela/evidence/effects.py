"""From what a paper printed about two groups to the logarithm of a ratio and its standard error.

Every converter returns an `Effect` that says how it was made and what had to be assumed.
"""

import math

from scipy.special import ndtri

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.confidence import level_problems


@frozen
class Effect:
    """One study's answer on the scale on which studies are pooled.

    Attributes
    ----------
    value : float
        Natural logarithm of the ratio; above zero is worse for the first group.
    std_error : float
    method : str
        From which printed numbers, in words.
    assumed : str
        What was assumed that the paper did not print; empty where nothing was.
    """

    value: float
    std_error: float
    method: str
    assumed: str = ""


def normal_quantile(level: float) -> float:
    """Return the two-sided normal quantile of a confidence level: 1.959964 for 0.95."""
    problems = level_problems(level)
    if problems:
        raise NotEstimableError(problems)
    return float(ndtri(0.5 + level / 2))


def from_interval(ratio: float, low: float, high: float, level: float = 0.95) -> Effect:
    """Read a ratio with its interval: the standard error is the width of the interval on the log scale.

    Raises
    ------
    NotEstimableError
        A number that is not above zero, or limits that do not rise.
    """
    _check_positive(ratio=ratio, low=low, high=high)
    if not low < high:
        raise NotEstimableError(Problem("interval", f"{low:g} to {high:g}", "a lower limit below the upper"))
    width = math.log(high / low)
    return Effect(math.log(ratio), width / (2 * normal_quantile(level)), "ratio and its interval")


def from_p_value(ratio: float, p_value: float) -> Effect:
    """Read a ratio with its two-sided p-value, as of a Wald test: standard error |log ratio| / z.

    Raises
    ------
    NotEstimableError
        A ratio of one or a p-value of one, which leave the standard error open.
    """
    _check_positive(ratio=ratio)
    z = _z_of(p_value)
    if ratio == 1 or z == 0:
        raise NotEstimableError(
            Problem("p", f"ratio {ratio:g}, p {p_value:g}", "both away from one", "Use the interval.")
        )
    return Effect(math.log(ratio), abs(math.log(ratio)) / z, "ratio and its p-value")


def from_log_rank_sums(observed_less_expected: float, variance: float) -> Effect:
    """Read O - E of the first group and its variance V: log ratio (O - E) / V, standard error 1 / sqrt(V).

    Peto's one-step estimate, Yusuf and others (1985); Tierney and others (2007)
    doi:10.1186/1745-6215-8-16.
    """
    _check_positive(variance=variance)
    return Effect(observed_less_expected / variance, 1 / math.sqrt(variance), "log-rank O - E and its variance")


def from_log_rank_p(p_value: float, first: float, second: float, *, worse: bool, assumed: str = "") -> Effect:
    """Read the p-value of a log-rank test and the events of both groups.

    Standard error sqrt(1/d1 + 1/d2), log ratio z times that. Parmar, Torri & Stewart (1998)
    Statistics in Medicine 17:2815; Tierney and others (2007) doi:10.1186/1745-6215-8-16.

    Parameters
    ----------
    p_value : float
        Two-sided.
    first, second : float
        Events in the first group and in the reference.
    worse : bool
        Whether the first group did worse; a p-value does not say.
    assumed : str
        What stands for the events where they were not printed.
    """
    _check_positive(first=first, second=second)
    std_error = math.sqrt(1 / first + 1 / second)
    sign = 1.0 if worse else -1.0
    return Effect(sign * _z_of(p_value) * std_error, std_error, "log-rank p-value and events", assumed)


CONSTANT_HAZARDS = "hazards constant in both groups"


def from_medians(median: float, reference: float, first: float, second: float, assumed: str = "") -> Effect:
    """Read two medians and the events of both groups, as if both hazards were constant.

    Log ratio log(reference / median), standard error sqrt(1/d1 + 1/d2).
    """
    _check_positive(median=median, reference=reference, first=first, second=second)
    words = "; ".join(part for part in (CONSTANT_HAZARDS, assumed) if part)
    return Effect(math.log(reference / median), math.sqrt(1 / first + 1 / second), "medians and events", words)


def from_median_errors(median: float, median_error: float, reference: float, reference_error: float) -> Effect:
    """Read two medians with their standard errors, as if both hazards were constant; delta method."""
    _check_positive(median=median, median_error=median_error, reference=reference, reference_error=reference_error)
    std_error = math.hypot(median_error / median, reference_error / reference)
    return Effect(math.log(reference / median), std_error, "medians and their standard errors", CONSTANT_HAZARDS)


def from_median_interval(median: float, low: float, high: float, level: float = 0.95) -> Effect:
    """Read one median with its interval, for pooling medians: the width on the log scale, as `from_interval`."""
    effect = from_interval(median, low, high, level)
    return Effect(effect.value, effect.std_error, "median and its interval")


def from_median_intervals(group: Effect, reference: Effect) -> Effect:
    """Read two medians with their intervals (each by `from_median_interval`), as if both hazards were constant."""
    std_error = math.hypot(group.std_error, reference.std_error)
    return Effect(reference.value - group.value, std_error, "medians and their intervals", CONSTANT_HAZARDS)


def _z_of(p_value: float) -> float:
    if not 0 < p_value <= 1:
        raise NotEstimableError(Problem("p", f"{p_value:g}", "above 0 and at most 1"))
    return abs(float(ndtri(p_value / 2)))


def _check_positive(**numbers: float) -> None:
    problems = [
        Problem(name.replace("_", " "), f"{value:g}", "a number above zero")
        for name, value in numbers.items()
        if not (value > 0 and math.isfinite(value))
    ]
    if problems:
        raise NotEstimableError(problems)
