"""Events per person-time, with the intervals that papers print."""

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.confidence import level_problems
from sequela.stats.distributions import gamma_quantile, log_gamma, normal_quantile
from sequela.stats.proportions import exact_interval

AS_LIKELY = 1 + 1e-7
"""Probabilities that differ by less are equal, as in R's `binom.test`."""


@frozen
class Rate:
    """Events per unit of person-time with its interval.

    Attributes
    ----------
    value, low, high : float
    level : float
    method : str
    """

    value: float
    low: float
    high: float
    level: float
    method: str


@frozen
class RateRatio:
    """One rate over another, with its interval and a test that they are equal.

    Attributes
    ----------
    value, low, high : float
        0 or infinite where one group has no event.
    p_value : float
        Two-sided.
    level : float
    method : str
    """

    value: float
    low: float
    high: float
    p_value: float
    level: float
    method: str


def exact_rate_ratio(
    events: int, person_time: float, reference_events: int, reference_time: float, level: float = 0.95
) -> RateRatio:
    """Compare two rates, given how many events there were in all.

    Then the events of the first group are binomial: limits are Clopper and Pearson's of their share, the two-sided
    p-value adds up whatever is no more likely than what was seen, as R's `poisson.test`. Przyborowski & Wilenski,
    Biometrika 1940. Golden: tests/golden/rate_ratios.

    Raises
    ------
    NotEstimableError
        No events in either group, no person-time, fewer than no events.
    """
    _check(events, person_time, level)
    _check(reference_events, reference_time, level)
    total = int(events + reference_events)
    if not total:
        raise NotEstimableError(Problem("events", "none in either group", "at least one", "Print the person-time."))
    share, expected = exact_interval(int(events), total, level), person_time / (person_time + reference_time)
    per_time = reference_time / person_time
    value, low, high = (
        float(of / (1 - of) * per_time) if of < 1 else np.inf for of in (events / total, share.low, share.high)
    )
    return RateRatio(value, low, high, _binomial_p(int(events), total, expected), level, "exact, given all events")


def _binomial_p(count: int, n: int, p: float) -> float:
    """Add up the probabilities of all counts no more likely than this one, to a rounding."""
    counts = np.arange(n + 1)
    logs = log_gamma(n + 1.0) - log_gamma(counts + 1.0) - log_gamma(n - counts + 1.0)
    probability = np.exp(logs + counts * np.log(p) + (n - counts) * np.log1p(-p))
    return min(1.0, float(probability[probability <= probability[count] * AS_LIKELY].sum()))


def exact_rate_interval(events: int, person_time: float, level: float = 0.95) -> Rate:
    """Return the interval that keeps both tails of the Poisson distribution.

    Garwood, Biometrika 1936. No events: from 0. Golden: tests/golden/rates.

    Raises
    ------
    NotEstimableError
        No person-time, fewer than no events.
    """
    _check(events, person_time, level)
    tail = (1 - level) / 2
    low = gamma_quantile(tail, events) if events else 0.0
    high = gamma_quantile(1 - tail, events + 1)
    return Rate(events / person_time, low / person_time, high / person_time, level, "exact Poisson")


def byar_rate_interval(events: int, person_time: float, level: float = 0.95) -> Rate:
    """Return Byar's approximation of the exact interval; no events: from 0.

    Breslow & Day, Statistical Methods in Cancer Research II, 1987.
    """
    _check(events, person_time, level)
    z = normal_quantile(0.5 + level / 2)
    low = events * (1 - 1 / (9 * events) - z / (3 * np.sqrt(events))) ** 3 if events else 0.0
    upper = events + 1
    high = upper * (1 - 1 / (9 * upper) + z / (3 * np.sqrt(upper))) ** 3
    return Rate(events / person_time, float(low) / person_time, float(high) / person_time, level, "Byar")


def log_rate_interval(events: int, person_time: float, level: float = 0.95) -> Rate:
    """Return the interval that is symmetric on the log scale, of standard error 1/sqrt(events).

    Rothman, Modern Epidemiology, 1986.

    Raises
    ------
    NotEstimableError
        No events, no person-time.
    """
    _check(events, person_time, level)
    if not events:
        raise NotEstimableError(Problem("events", "none", "at least one: the logarithm of 0 is none"))
    factor = float(np.exp(normal_quantile(0.5 + level / 2) / np.sqrt(events)))
    rate = events / person_time
    return Rate(rate, rate / factor, rate * factor, level, "log")


def wald_rate_interval(events: int, person_time: float, level: float = 0.95) -> Rate:
    """Return the rate plus and minus its standard error sqrt(events)/person-time; not below 0.

    Rothman, Modern Epidemiology, 1986.
    """
    _check(events, person_time, level)
    half = float(normal_quantile(0.5 + level / 2) * np.sqrt(events)) / person_time
    rate = events / person_time
    return Rate(rate, max(rate - half, 0.0), rate + half, level, "Wald")


def _check(events: int, person_time: float, level: float) -> None:
    problems = level_problems(level)
    if not 0 <= events < np.inf:
        problems.append(Problem("events", f"{events}", "none or more"))
    if not 0 < person_time < np.inf:
        problems.append(Problem("person_time", f"{person_time}", "more than 0, and finite"))
    if problems:
        raise NotEstimableError(problems)
