"""A fast proportional-hazards fit of few covariates, with the profile likelihood limits of the first.

For steering the search only; `sequela.stats.cox` gives the verdict.
"""

import math

import numpy as np
from numba import njit

from sequela.evidence.kernels import CHI_SQUARE_QUANTILE, NORMAL_QUANTILE

_STEPS = 30
_TOLERANCE = 1e-9
_LARGEST_STEP = 2.0


@njit(cache=True)
def solve(matrix, vector):  # type: ignore[no-untyped-def]
    """Solve a small linear system by elimination with row exchange; zeros where it is singular."""
    a, b = matrix.copy(), vector.copy()
    p = b.shape[0]
    for k in range(p):
        pivot = k + np.argmax(np.abs(a[k:, k]))
        if abs(a[pivot, k]) < 1e-12:
            return np.zeros(p)
        for j in range(p):
            a[k, j], a[pivot, j] = a[pivot, j], a[k, j]
        b[k], b[pivot] = b[pivot], b[k]
        for i in range(k + 1, p):
            factor = a[i, k] / a[k, k]
            a[i, k:] -= factor * a[k, k:]
            b[i] -= factor * b[k]
    for k in range(p - 1, -1, -1):
        b[k] = (b[k] - (a[k, k + 1 :] * b[k + 1 :]).sum()) / a[k, k]
    return b


@njit(cache=True)
def likelihood(time, event, matrix, coefficients, efron):  # type: ignore[no-untyped-def]
    """Return the log partial likelihood, its score and its information.

    time : int array, shape (n,), descending; event : bool array, shape (n,);
    matrix : float array, shape (n, p); coefficients : float array, shape (p,).
    """
    n, p = matrix.shape
    value, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    risk, risk_x, risk_xx = 0.0, np.zeros(p), np.zeros((p, p))
    start = 0
    while start < n:
        stop, deaths = start, 0
        tied, tied_x, tied_xx = 0.0, np.zeros(p), np.zeros((p, p))
        while stop < n and time[stop] == time[start]:
            x = matrix[stop]
            weight = math.exp((x * coefficients).sum())
            risk += weight
            risk_x += weight * x
            _add_square(risk_xx, x, weight)
            if event[stop]:
                deaths += 1
                value += (x * coefficients).sum()
                score += x
                tied += weight
                tied_x += weight * x
                _add_square(tied_xx, x, weight)
            stop += 1
        for k in range(deaths):
            share = k / deaths if efron else 0.0
            total = risk - share * tied
            mean = (risk_x - share * tied_x) / total
            value -= math.log(total)
            score -= mean
            information += (risk_xx - share * tied_xx) / total
            _add_square(information, mean, -1.0)
        start = stop
    return value, score, information


@njit(cache=True)
def _add_square(matrix, x, weight):  # type: ignore[no-untyped-def]
    for i in range(x.shape[0]):
        if x[i] != 0:
            for j in range(x.shape[0]):
                matrix[i, j] += weight * x[i] * x[j]


@njit(cache=True)
def first_ratio(time, event, matrix, efron, profile):  # type: ignore[no-untyped-def]
    """Return the hazard ratio of the first covariate and its 95% limits; nan where it diverges."""
    p = matrix.shape[1]
    coefficients = np.zeros(p)
    value, score, information = likelihood(time, event, matrix, coefficients, efron)
    for _ in range(_STEPS):
        step = solve(information, score)
        coefficients += np.minimum(_LARGEST_STEP, np.maximum(-_LARGEST_STEP, step))
        value, score, information = likelihood(time, event, matrix, coefficients, efron)
        if np.abs(step).max() < _TOLERANCE:
            break
    if np.abs(coefficients).max() > 15:
        return math.nan, math.nan, math.nan
    unit = np.zeros(p)
    unit[0] = 1.0
    direction = solve(information, unit)
    width = NORMAL_QUANTILE * math.sqrt(max(direction[0], 0.0))
    low, high = coefficients[0] - width, coefficients[0] + width
    if profile and direction[0] > 0:
        along = direction / direction[0]
        low = _profile_limit(time, event, matrix, efron, coefficients - width * along, value)
        high = _profile_limit(time, event, matrix, efron, coefficients + width * along, value)
    return math.exp(coefficients[0]), math.exp(low), math.exp(high)


@njit(cache=True)
def _profile_limit(time, event, matrix, efron, start, maximum):  # type: ignore[no-untyped-def]
    """Solve for the limit after Venzon & Moolgavkar (1988), doi:10.2307/2347496."""
    coefficients = start.copy()
    for _ in range(_STEPS):
        value, score, information = likelihood(time, event, matrix, coefficients, efron)
        slopes, gap = -information, -score
        slopes[0] = score
        gap[0] = maximum - CHI_SQUARE_QUANTILE / 2 - value
        step = solve(slopes, gap)
        coefficients += np.minimum(1.0, np.maximum(-1.0, step))
        if np.abs(step).max() < _TOLERANCE:
            break
    return coefficients[0]
