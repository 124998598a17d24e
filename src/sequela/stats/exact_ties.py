"""Exact ties: the partial likelihood of times that are truly discrete, a conditional logistic likelihood.

Of all sets of as many patients as had the event at a time, how likely was it this one? Cox (1972)
doi:10.1111/j.2517-6161.1972.tb00899.x; R's `ties = "exact"`, SAS's `TIES=DISCRETE`. SAS's
`TIES=EXACT` is another likelihood, of continuous times whose order within a day is unknown.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sequela.frozen import frozen
from sequela.stats.risk_sets import RiskSets

PLAIN_PAIRS = 2_000
"""Pairs of a patient at risk and a tied event up to which nothing is compiled."""


@frozen
class TiedSets:
    """The risk sets of the event times with two events or more.

    Attributes
    ----------
    events : int array, shape (t,)
    at_risk : int array
        Rows at risk at the first of these times, at the second, and so on.
    offsets : int array, shape (t + 1,)
        Where the rows of each time begin in `at_risk`.
    """

    events: np.ndarray
    at_risk: np.ndarray
    offsets: np.ndarray


def tied_sets(sets: RiskSets) -> TiedSets:
    """Gather who is at risk where events are tied."""
    events = np.bincount(sets.cell_of_event, minlength=sets.cells)
    tied = np.flatnonzero(events > 1)
    members = [np.flatnonzero((sets.first <= cell) & (cell < sets.last)) for cell in tied]
    offsets = np.cumsum([0, *(rows.size for rows in members)])
    at_risk = np.concatenate([*members, np.empty(0, dtype=np.int64)]).astype(np.int64)
    return TiedSets(events[tied], at_risk, offsets)


def subset_sums(tied: TiedSets) -> Callable[..., float]:
    """Return `add_subsets`, compiled where there is enough to do."""
    if int(np.sum(np.diff(tied.offsets) * tied.events)) <= PLAIN_PAIRS:
        return add_subsets
    # numba costs a third of a second to import; only ties that are many enough should pay.
    from sequela.stats import exact_ties_compiled  # noqa: PLC0415

    return exact_ties_compiled.add_subsets


def mix(
    mean: np.ndarray, variance: np.ndarray, other: np.ndarray, spread: np.ndarray, row: np.ndarray, share: float
) -> None:
    """Mix a share of another distribution, moved by `row`, into one given by its mean and variance."""
    for a in range(row.size):
        for b in range(a + 1):
            apart = (other[a] + row[a] - mean[a]) * (other[b] + row[b] - mean[b])
            variance[a, b] += share * (spread[a, b] - variance[a, b] + (1.0 - share) * apart)
            variance[b, a] = variance[a, b]
    for a in range(row.size):
        mean[a] += share * (other[a] + row[a] - mean[a])


def add_subsets(
    covariates: np.ndarray,
    predictor: np.ndarray,
    tied: tuple[np.ndarray, np.ndarray, np.ndarray],
    score: np.ndarray,
    information: np.ndarray,
) -> Any:
    """Return the logs of the sums over subsets; take means from the score, add variances to the information.

    The sets of j of the first i patients either hold patient i or do not: a mixture, whose mean
    and variance follow from those of its parts. Weights are kept as logarithms.

    Parameters
    ----------
    covariates : float array, shape (n, p)
    predictor : float array, shape (n,)
    tied : events, at_risk, offsets of `TiedSets`
    score, information : float array, shape (p,), (p, p)
        Changed in place.
    """
    events, at_risk, offsets = tied
    most, p = events.max() + 1, covariates.shape[1]
    logs, means, variances = np.empty(most), np.empty((most, p)), np.empty((most, p, p))
    total = 0.0
    for time in range(events.size):
        begin, end, d = offsets[time], offsets[time + 1], events[time]
        logs[:], means[:], variances[:] = -np.inf, 0.0, 0.0
        logs[0] = 0.0
        for i in range(begin, end):
            row = covariates[at_risk[i]]
            # Sets larger than the patients so far, or too small to reach d with those left, are skipped.
            for j in range(min(d, i - begin + 1), max(0, d - (end - i)), -1):
                with_it = logs[j - 1] + predictor[at_risk[i]]
                high, low = max(logs[j], with_it), min(logs[j], with_it)
                logs[j] = high + math.log1p(math.exp(low - high))
                share = math.exp(with_it - logs[j])
                mix(means[j], variances[j], means[j - 1], variances[j - 1], row, share)
        total += logs[d]
        score -= means[d]
        information += variances[d]
    return total
