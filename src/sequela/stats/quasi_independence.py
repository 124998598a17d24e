"""Whether the time of entry and the time of the event go together, where only those who entered are seen.

Tsai (1990), Biometrika 77:169; Martin & Betensky (2005), JASA 100:484.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, numbers, yes_or_no
from sequela.stats.distributions import two_sided_p


@frozen
class ConditionalKendallTau:
    """Kendall's tau among the pairs that could both be seen.

    Attributes
    ----------
    tau : float
        Mean sign of (difference of entries) x (difference of times) over comparable pairs, -1 to 1.
        A pair is comparable where each was under observation at the smaller time and that time is an event.
    pairs : int
        Comparable pairs.
    z, p : float
        Of Tsai's test: given each risk set, the rank of the entry of the patient with the event is uniform. Tied
        entries are not corrected for, which makes the test cautious.
    """

    tau: float
    pairs: int
    z: float
    p: float


def conditional_kendall_tau(entry: ArrayLike, time: ArrayLike, event: ArrayLike) -> ConditionalKendallTau:
    """Return the conditional Kendall tau of entry and time under delayed entry and right censoring.

    A tau near 0 does not show that entry and event are independent: dependence through a time restarted at entry
    can cancel. It is no licence to believe an estimate with delayed entry. Tsai (1990), Biometrika 77:169; Martin
    & Betensky (2005), JASA 100:484.

    Parameters
    ----------
    entry, time : arrays, shape (n,)
        Same unit; entry below time; at risk at t when entry < t <= time. Two events at one time do not form a pair; a
        patient censored at the time of an event outlives it. Tied entries count 0.
    event : bool array, shape (n,)

    Raises
    ------
    NotEstimableError
        Where a number is missing, an entry is not below its time, or no pair is comparable.
    """
    start, stop, died = numbers("entry", entry), numbers("time", time), yes_or_no("event", event)
    if problems := columns_of_equal_length(stop.size, entry=start, event=died):
        raise NotEstimableError(problems)
    if not (np.isfinite(start).all() and np.isfinite(stop).all() and (start < stop).all()):
        raise NotEstimableError(Problem("entry and time", "a missing number, or an entry not before its time", "both"))
    # Who is censored on a day outlives the events of that day.
    ends = np.unique(np.column_stack([stop, ~died]), axis=0, return_inverse=True)[1].ravel()
    less, more = _outliving_with_smaller(start, ends), _outliving_with_smaller(-start, ends)
    sorted_entries, sorted_ends = np.sort(start), np.sort(ends)
    not_yet = start.size - np.searchsorted(sorted_entries, stop, side="left")
    others = start.size - not_yet - np.searchsorted(sorted_ends, ends, side="right")
    later, earlier, others = (more - not_yet)[died], less[died], others[died]
    pairs = int(others.sum())
    if pairs == 0:
        raise NotEstimableError(Problem("entry and time", "no two patients could both be seen", "a comparable pair"))
    score = float((later - earlier).sum())
    # A rank that is uniform on 1 ... m has (m^2 - 1) / 12; a score is twice a rank.
    spread = math.sqrt(float((((others + 1.0) ** 2 - 1) / 3).sum()))
    z = score / spread
    return ConditionalKendallTau(score / pairs, pairs, z, two_sided_p(z))


def _outliving_with_smaller(value: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return for each patient how many others have a later end and a smaller value; O(n log^2 n).

    Inversions are counted by merging halves of ever larger blocks, all blocks of one size at once.
    """
    order = np.lexsort((value, ends))
    ranks = np.unique(value[order], return_inverse=True)[1].ravel().astype(np.int64)
    position = np.arange(value.size)
    counts = np.zeros(value.size, dtype=np.int64)
    width, most = 1, int(ranks.max(initial=0)) + 1
    while width < value.size:
        block, right = position // (2 * width), (position // width) % 2
        merged = np.argsort((block * most + ranks) * 2 + right, kind="stable")
        passed = np.cumsum(right[merged])
        first = np.searchsorted(block[merged], block[merged], side="left")
        before = passed[first] - right[merged][first]
        left = right[merged] == 0
        counts[merged[left]] += (passed - before)[left]
        width *= 2
    found = np.empty_like(counts)
    found[order] = counts
    return found
