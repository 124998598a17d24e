"""Fast summaries of one candidate set of patients, called a million times by the search.

These are for steering only: the verdict on every constraint is computed again with
`sequela.stats`, and a test holds both to the same numbers.
"""

import math

import numpy as np
from numba import njit

LOG_LOG, LOG, PLAIN = 0, 1, 2
NORMAL_QUANTILE = 1.959963984540054
CHI_SQUARE_QUANTILE = 3.841458820694124
_TOLERANCE = 1e-9
_NEWTON_STEPS = 40
_LARGEST_COEFFICIENT = 20.0


@njit(cache=True)
def confidence_limits(survival, greenwood, transform):  # type: ignore[no-untyped-def]
    """Return the pointwise 95% limits of a survival probability strictly between 0 and 1."""
    if transform == PLAIN:
        width = NORMAL_QUANTILE * survival * math.sqrt(greenwood)
        return survival - width, survival + width
    if transform == LOG:
        width = NORMAL_QUANTILE * math.sqrt(greenwood)
        return survival * math.exp(-width), survival * math.exp(width)
    logarithm = math.log(survival)
    width = NORMAL_QUANTILE * math.sqrt(greenwood) / abs(logarithm)
    centre = math.log(-logarithm)
    return math.exp(-math.exp(centre + width)), math.exp(-math.exp(centre - width))


@njit(cache=True)
def event_table(time, event, exposed):  # type: ignore[no-untyped-def]
    """Return one row per distinct event time: time, at risk, exposed at risk, events, exposed events.

    time : int array, shape (n,), ascending; event, exposed : bool arrays, shape (n,).
    """
    n = time.shape[0]
    table = np.empty((n, 5))
    rows, start, exposed_at_risk = 0, 0, exposed.sum()
    while start < n:
        stop = start
        while stop < n and time[stop] == time[start]:
            stop += 1
        events = event[start:stop].sum()
        if events > 0:
            table[rows, 0], table[rows, 1], table[rows, 2] = time[start], n - start, exposed_at_risk
            table[rows, 3], table[rows, 4] = events, (event[start:stop] & exposed[start:stop]).sum()
            rows += 1
        exposed_at_risk -= exposed[start:stop].sum()
        start = stop
    return table[:rows]


@njit(cache=True)
def median_with_limits(table, transform):  # type: ignore[no-untyped-def]
    """Return the Kaplan-Meier median and its Brookmeyer-Crowley limits; inf where not reached.

    A curve flat at one half gives the midpoint of the flat, and a limit that does not fall
    steadily is read where it is nearest below one half, both as R does.
    """
    survival, greenwood, flat = 1.0, 0.0, math.inf
    median, low, high = math.inf, math.inf, math.inf
    highest_lower, highest_upper = -math.inf, -math.inf
    for k in range(table.shape[0]):
        time, left, events = table[k, 0], table[k, 1], table[k, 3]
        survival *= 1 - events / left
        if median == math.inf and survival < 0.5 + _TOLERANCE:
            if flat < math.inf:
                median = (flat + time) / 2
            elif survival > 0.5 - _TOLERANCE:
                flat = time
            else:
                median = time
        if events == left:
            break
        greenwood += events / (left * (left - events))
        lower, upper = confidence_limits(survival, greenwood, transform)
        if highest_lower < lower <= 0.5:
            low, highest_lower = time, lower
        if highest_upper < upper <= 0.5:
            high, highest_upper = time, upper
    return median, low, high


@njit(cache=True)
def log_rank_p(table):  # type: ignore[no-untyped-def]
    """Return the two-sided log-rank p-value, with the hypergeometric variance."""
    difference, variance = 0.0, 0.0
    for k in range(table.shape[0]):
        n, m, d = table[k, 1], table[k, 2], table[k, 3]
        difference += table[k, 4] - d * m / n
        if n > 1:
            variance += d * (m / n) * (1 - m / n) * (n - d) / (n - 1)
    if variance <= 0:
        return 1.0
    return math.erfc(math.sqrt(difference * difference / variance / 2))


@njit(cache=True)
def partial_likelihood(table, coefficient, efron):  # type: ignore[no-untyped-def]
    """Return the log partial likelihood of one binary covariate, its score and its information."""
    ratio = math.exp(coefficient)
    value, score, information = 0.0, 0.0, 0.0
    for k in range(table.shape[0]):
        n, m, d, x = table[k, 1], table[k, 2], table[k, 3], table[k, 4]
        value += coefficient * x
        score += x
        for tied in range(int(d)):
            share = tied / d if efron else 0.0
            exposed = (m - share * x) * ratio
            total = exposed + (n - m) - share * (d - x)
            mean = exposed / total
            value -= math.log(total)
            score -= mean
            information += mean * (1 - mean)
    return value, score, information


@njit(cache=True)
def hazard_ratio_with_limits(table, efron, profile):  # type: ignore[no-untyped-def]
    """Return the hazard ratio and its 95% limits, profile likelihood or Wald.

    nan where the likelihood has no maximum.
    """
    coefficient = 0.0
    for _ in range(_NEWTON_STEPS):
        value, score, information = partial_likelihood(table, coefficient, efron)
        if information <= _TOLERANCE or abs(coefficient) > _LARGEST_COEFFICIENT:
            return math.nan, math.nan, math.nan
        step = score / information
        coefficient += max(-2.0, min(2.0, step))
        if abs(step) < _TOLERANCE:
            break
    value, score, information = partial_likelihood(table, coefficient, efron)
    width = NORMAL_QUANTILE / math.sqrt(information)
    low, high = coefficient - width, coefficient + width
    if profile:
        low = _likelihood_limit(table, low, value, efron)
        high = _likelihood_limit(table, high, value, efron)
    return math.exp(coefficient), math.exp(low), math.exp(high)


@njit(cache=True)
def _likelihood_limit(table, start, maximum, efron):  # type: ignore[no-untyped-def]
    limit = start
    for _ in range(_NEWTON_STEPS):
        value, score, _information = partial_likelihood(table, limit, efron)
        if score == 0:
            break
        step = (2 * (maximum - value) - CHI_SQUARE_QUANTILE) / (2 * score)
        limit += max(-1.0, min(1.0, step))
        if abs(step) < _TOLERANCE:
            break
    return limit
