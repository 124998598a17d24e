"""Fast summaries of a whole cohort at once: medians as SPSS prints them, log-rank tests, a hazard ratio.

For steering the search only: the verdict on every number is computed again with `sequela.stats`, and a
test holds both to the same numbers.
"""

import math

import numpy as np
from numba import njit

from sequela.evidence.kernels import NORMAL_QUANTILE, event_table, hazard_ratio_with_limits

HALF_WIDTH = 0.05
_TOLERANCE = 1e-9
HEIGHT_WEIGHT = 50.0
"""Penalty per unit of height by which a curve misses staying above, or reaching, one half."""
Z_WEIGHT = 2.0
RATIO_WEIGHT = 40.0
DAYS = 30.0
"""Days by which a median observed time must miss for a penalty of 1."""
FARTHEST = 8.0
"""Penalty that no single number exceeds, so that one of them cannot stop all others."""
MISSING = 3.0
"""Penalty where a number does not exist for the candidate."""


@njit(cache=True)
def spss_median(time, event):  # type: ignore[no-untyped-def]
    """Return median, lower and upper limit as SPSS makes them, and the lowest height of the curve.

    time : float array, ascending; event : bool array. inf for a median, nan for limits that do not exist.
    """
    n = time.shape[0]
    survival, greenwood, lowest = 1.0, 0.0, 1.0
    median, error = math.inf, 0.0
    above_time, above, below_time, below = 0.0, 1.0, math.inf, 0.0
    start = 0
    while start < n:
        stop, events = start, 0
        while stop < n and time[stop] == time[start]:
            events += event[stop]
            stop += 1
        if events:
            left = n - start
            survival *= 1 - events / left
            greenwood += events / (left * (left - events)) if left > events else math.inf
            lowest = survival
            if survival >= 0.5 + HALF_WIDTH - _TOLERANCE:
                above_time, above = time[start], survival
            if median == math.inf and survival <= 0.5 + _TOLERANCE:
                median, error = time[start], survival * math.sqrt(greenwood) if survival > 0 else math.nan
            if below_time == math.inf and survival <= 0.5 - HALF_WIDTH + _TOLERANCE:
                below_time, below = time[start], survival
        start = stop
    if below_time == math.inf or median == math.inf:
        return median, math.nan, math.nan, lowest
    width = NORMAL_QUANTILE * error * (below_time - above_time) / (above - below)
    return median, median - width, median + width, lowest


@njit(cache=True)
def log_rank_chi_square(time, event, group, groups):  # type: ignore[no-untyped-def]
    """Return the log-rank chi-square of several groups; groups of -1 are left out.

    time : float array, ascending; event : bool array; group : int array of codes below `groups`.
    Groups never at risk at an event take no degree of freedom.
    """
    at_risk, deaths = np.zeros(groups), np.zeros(groups)
    for code in group:
        if code >= 0:
            at_risk[code] += 1
    difference, expected, variance = np.zeros(groups), np.zeros(groups), np.zeros((groups, groups))
    n, start = time.shape[0], 0
    while start < n:
        stop = start
        deaths[:] = 0
        while stop < n and time[stop] == time[start]:
            if group[stop] >= 0 and event[stop]:
                deaths[group[stop]] += 1
            stop += 1
        if deaths.sum() > 0:
            _add_event_time(at_risk, deaths, difference, expected, variance)
        for k in range(start, stop):
            if group[k] >= 0:
                at_risk[group[k]] -= 1
        start = stop
    kept = np.flatnonzero(expected > 0)[1:]
    return _quadratic(variance, difference, kept) if kept.shape[0] else 0.0


@njit(cache=True)
def _add_event_time(at_risk, deaths, difference, expected, variance):  # type: ignore[no-untyped-def]
    """Add one event time to observed less expected, expected, and its hypergeometric covariance."""
    total, d = at_risk.sum(), deaths.sum()
    spread = d * (total - d) / (total - 1) if total > 1 else 0.0
    for a in range(at_risk.shape[0]):
        share = at_risk[a] / total
        difference[a] += deaths[a] - d * share
        expected[a] += d * share
        variance[a, a] += spread * share
        for b in range(at_risk.shape[0]):
            variance[a, b] -= spread * share * at_risk[b] / total


@njit(cache=True)
def _quadratic(variance, difference, kept):  # type: ignore[no-untyped-def]
    """Return d' V^-1 d over the kept groups, by elimination; 0 where V is singular."""
    k = kept.shape[0]
    matrix, right = np.empty((k, k)), np.empty(k)
    for a in range(k):
        right[a] = difference[kept[a]]
        for b in range(k):
            matrix[a, b] = variance[kept[a], kept[b]]
    original = right.copy()
    for a in range(k):
        if matrix[a, a] <= _TOLERANCE:
            return 0.0
        for b in range(a + 1, k):
            factor = matrix[b, a] / matrix[a, a]
            for c in range(a, k):
                matrix[b, c] -= factor * matrix[a, c]
            right[b] -= factor * right[a]
    for a in range(k - 1, -1, -1):
        for b in range(a + 1, k):
            right[a] -= matrix[a, b] * right[b]
        right[a] /= matrix[a, a]
    return (right * original).sum()


@njit(cache=True)
def outside(value, low, high):  # type: ignore[no-untyped-def]
    """Return how far a number lies outside an interval; 0 inside and where nothing was printed (nan)."""
    if math.isnan(low):
        return 0.0
    if math.isnan(value):
        return math.nan
    return max(low - value, value - high, 0.0)


@njit(cache=True)
def _median_penalty(time, event, order, chosen, intervals, reached):  # type: ignore[no-untyped-def]
    """Return how far the median of the chosen patients and its limits lie from what was printed."""
    count = chosen.sum()
    times, events = np.empty(count), np.empty(count, dtype=np.bool_)
    k = 0
    for i in order:
        if chosen[i]:
            times[k], events[k] = time[i], event[i]
            k += 1
    median, low, high, lowest = spss_median(times, events)
    if not reached:
        return 0.0 if median == math.inf else 1.0 + HEIGHT_WEIGHT * (0.5 - lowest)
    if median == math.inf:
        return MISSING + HEIGHT_WEIGHT * (lowest - 0.5)
    scale = max(intervals[0, 1] - intervals[0, 0], 0.05 * intervals[0, 1])
    total = 0.0
    for value, part in ((median, 0), (low, 1), (high, 2)):
        distance = outside(value, intervals[part, 0], intervals[part, 1]) / scale
        total += MISSING if math.isnan(distance) else distance / (1 + distance / FARTHEST)
    return total


@njit(cache=True)
def penalties(time, event, targets, parts, i, j):  # type: ignore[no-untyped-def]
    """Write how far a candidate lies from each printed number that patients i and j touch; 0 where it is met.

    Parameters
    ----------
    time : float array, shape (n,)
    event : bool array, shape (n,)
    targets : (medians, tests, ratios, observed)
        medians: members (bool array (m, n)), intervals of median, lower and upper limit (float array (m, 3, 2)),
        whether the median is reached (bool array (m,)). tests: codes, -1 left out (int array (t, n)), number of
        groups (int array (t,)), interval of the square root of chi-square (float array (t, 2)). ratios: 1 in the
        group, 0 in the reference, -1 left out (int array (r, n)), intervals of the logarithm of ratio and limits
        (float array (r, 3, 2)). observed: interval of the median observed time (float array (2,)).
    parts : float array, shape (m + t + r + 1,)
        Changed in place.
    i, j : int
        -1 for all patients.
    """
    medians, tests, ratios, observed = targets
    order = np.argsort(time, kind="mergesort")
    n, place = time.shape[0], 0
    for k in range(medians[0].shape[0]):
        if i < 0 or medians[0][k, i] or medians[0][k, j]:
            parts[place] = _median_penalty(time, event, order, medians[0][k], medians[1][k], medians[2][k])
        place += 1
    for k in range(tests[0].shape[0]):
        if i < 0 or tests[0][k, i] >= 0 or tests[0][k, j] >= 0:
            chi_square = log_rank_chi_square(time[order], event[order], tests[0][k][order], tests[1][k])
            parts[place] = Z_WEIGHT * outside(math.sqrt(max(0.0, chi_square)), tests[2][k, 0], tests[2][k, 1])
        place += 1
    for k in range(ratios[0].shape[0]):
        if i < 0 or ratios[0][k, i] >= 0 or ratios[0][k, j] >= 0:
            parts[place] = _ratio_penalty(time[order], event[order], ratios[0][k][order], ratios[1][k])
        place += 1
    if not math.isnan(observed[0]):
        middle = (time[order[(n - 1) // 2]] + time[order[n // 2]]) / 2
        parts[place] = outside(middle, observed[0], observed[1]) / DAYS


@njit(cache=True)
def _ratio_penalty(time, event, code, intervals):  # type: ignore[no-untyped-def]
    chosen = code >= 0
    table = event_table(time[chosen], event[chosen], (code == 1)[chosen])
    value, low, high = hazard_ratio_with_limits(table, False, False)
    if math.isnan(value):
        return MISSING
    total = 0.0
    for number, part in ((value, 0), (low, 1), (high, 2)):
        total += RATIO_WEIGHT * outside(math.log(number), intervals[part, 0], intervals[part, 1])
    return total
