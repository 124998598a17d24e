"""Gray's test of equal cumulative incidence in two or more groups."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.chi_square import chi_square_test
from sequela.stats.columns import category_codes, columns_of_equal_length
from sequela.stats.competing_risks import CompetingFollowUp, competing_follow_up


@frozen
class GrayTest:
    """The result of Gray's test.

    Attributes
    ----------
    chi_square : float
    degrees_of_freedom : int
    p_value : float
    groups : array, shape (g,)
        Group codes, ascending; the order of the arrays below.
    observed, expected : float array, shape (g,)
        Events of the kind of interest, and those expected were there no difference.
    variance : float array, shape (g, g)
        Covariance of `observed` less `expected`.
    """

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    groups: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    variance: np.ndarray


@frozen
class _Counts:
    """Patients of each group at each time of an event, shape (k, g) each."""

    at_risk: np.ndarray
    interest: np.ndarray
    other: np.ndarray


def gray_test(
    time: ArrayLike, cause: ArrayLike, group: ArrayLike, *, interest: int = 1, strata: ArrayLike | None = None
) -> GrayTest:
    """Compare the cumulative incidence of one kind of event between groups.

    A log-rank test of the hazard of the incidence itself: those who had another kind of event stay
    at risk, each group's risk set being at_risk (1 - incidence) / survival. At a tie, events come
    before censorings; near-ties are one time. Strata are summed. Not defined here for delayed
    entry. Gray (1988), Ann Stat 16:1141-54, weight 1 throughout, as `cuminc` of R's cmprsk.
    Golden: tests/golden/gray_test.

    Parameters
    ----------
    time, cause : array, shape (n,)
        See `competing_follow_up`.
    group, strata : array of codes, shape (n,)
    interest : int
        The kind of event that is compared.

    Raises
    ------
    NotEstimableError
        Fewer than two groups, no event of interest, or no information about a difference.
    """
    checked = competing_follow_up(time, cause)
    codes = category_codes("group", group)
    blocks = np.zeros(checked.cause.size) if strata is None else category_codes("strata", strata)
    problems = columns_of_equal_length(checked.cause.size, group=codes, strata=blocks)
    if interest not in checked.causes:
        problems.append(Problem("cause", f"no event of kind {interest}", "at least one event"))
    groups, index = np.unique(codes, return_inverse=True)
    if groups.size < 2:
        problems.append(Problem("group", "one group", "two or more groups"))
    if problems:
        raise NotEstimableError(problems)
    observed, expected, variance = np.zeros(groups.size), np.zeros(groups.size), np.zeros((groups.size,) * 2)
    for block in np.unique(blocks):
        chosen = blocks == block
        counts = _counts(checked, index, groups.size, chosen, interest)
        if counts.interest.any():
            in_block = _stratum(counts)
            observed, expected, variance = observed + in_block[0], expected + in_block[1], variance + in_block[2]
    part, difference = variance[1:, 1:], (observed - expected)[1:]
    if np.linalg.matrix_rank(part, hermitian=True) < part.shape[0]:
        raise NotEstimableError(
            Problem("group", "no event at which every group is at risk", "groups observed over the same time")
        )
    test = chi_square_test(float(difference @ np.linalg.solve(part, difference)), groups.size - 1)
    return GrayTest(test.statistic, test.degrees_of_freedom, test.p_value, groups, observed, expected, variance)


def _counts(checked: CompetingFollowUp, index: np.ndarray, groups: int, chosen: np.ndarray, interest: int) -> _Counts:
    """Count patients at the times at which anybody of the stratum has an event."""
    time, cause, member = checked.data.time[chosen], checked.cause[chosen], index[chosen]
    times = np.unique(time[cause > 0])
    shape = (times.size, groups)
    cell = np.searchsorted(times, time)

    def counted(rows: np.ndarray) -> np.ndarray:
        flat = np.bincount(cell[rows] * groups + member[rows], minlength=times.size * groups)
        return flat[: times.size * groups].reshape(shape).astype(float)

    leaving = np.searchsorted(times, time, side="right")
    left = np.bincount(leaving * groups + member, minlength=(times.size + 1) * groups).reshape(-1, groups)
    at_risk = np.bincount(member, minlength=groups) - np.cumsum(left, axis=0)[:-1]
    return _Counts(at_risk.astype(float), counted(cause == interest), counted((cause > 0) & (cause != interest)))


@frozen
class _Curves:
    """What the score and its variance are made of, at each time (k,) and group (k, g).

    Attributes
    ----------
    before, after : float array, shape (k, g)
        Survival without any event just before and just after each time.
    own_before : float array, shape (k, g)
        Incidence of interest just before.
    standing : float array, shape (k, g)
        Patients at risk over survival: how many would be watched had nobody an event.
    total, events : float array, shape (k,)
        `standing` and events of interest over all groups.
    pooled : float array, shape (k,)
        Incidence of interest were there no difference.
    """

    before: np.ndarray
    after: np.ndarray
    own_before: np.ndarray
    standing: np.ndarray
    total: np.ndarray
    events: np.ndarray
    pooled: np.ndarray


def _stratum(counts: _Counts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return observed, expected and covariance of their difference in one stratum."""
    curves = _curves(counts)
    exposed = curves.standing * (1 - curves.own_before)
    expected = curves.events @ _over(exposed, exposed.sum(axis=1, keepdims=True))
    return counts.interest.sum(axis=0), expected, _variance(counts, curves)


def _curves(counts: _Counts) -> _Curves:
    n, one = counts.at_risk, counts.interest
    after = np.cumprod(1 - _over(one + counts.other, n), axis=0)
    before = np.vstack([np.ones(n.shape[1]), after[:-1]])
    own = np.cumsum(before * _over(one, n), axis=0)
    standing = _over(n, before)
    total, events = standing.sum(axis=1), one.sum(axis=1)
    own_before = np.vstack([np.zeros(n.shape[1]), own[:-1]])
    return _Curves(before, after, own_before, standing, total, events, np.cumsum(_over(events, total)))


def _variance(counts: _Counts, curves: _Curves) -> np.ndarray:
    """Return the covariance of the scores, shape (g, g): what each group's events add, summed over groups.

    Under equal incidence an event of interest in group l moves score i at once, by a(i, l), and by every
    later a(i, l), because the incidence it adds to stands in every later risk set; an event of another
    kind does the second only.
    """
    groups = counts.at_risk.shape[1]
    share = _over(curves.standing, curves.total[:, None])
    at_once = curves.standing[:, :, None] * (np.eye(groups)[None] - share[:, None, :])
    earlier = np.concatenate([[0.0], curves.pooled[:-1]])
    step = _over(curves.events, curves.total * (1 - earlier))
    so_far = np.cumsum(at_once * step[:, None, None], axis=0)
    left = _over((1 - curves.pooled)[:, None], curves.after)
    kept = np.where(curves.after > 0, 1 - left, 1.0)
    of_interest, of_others = _increments(counts, curves)
    variance = np.zeros((groups, groups))
    for group in range(groups):
        moved = at_once[:, :, group] - kept[:, group, None] * so_far[:, :, group]
        stayed = left[:, group, None] * so_far[:, :, group]
        one, two = of_interest[:, group], of_others[:, group]
        variance += moved.T @ (moved * one[:, None]) + stayed.T @ (stayed * two[:, None])
        crossed = (one * kept[:, group]) @ moved - (two * left[:, group]) @ stayed
        own = float(one @ kept[:, group] ** 2 + two @ left[:, group] ** 2)
        last = so_far[-1][:, group]
        variance += np.outer(last, last) * own + np.outer(last, crossed) + np.outer(crossed, last)
    return variance


def _increments(counts: _Counts, curves: _Curves) -> tuple[np.ndarray, np.ndarray]:
    """Return the variance that events of interest, and others, add at each time in each group, (k, g) each.

    With ties the hypergeometric share of it, as in the log-rank test.
    """
    n, two = counts.at_risk, counts.other
    events = curves.events[:, None]
    among = curves.total[:, None] * curves.before
    tied = np.where(events > 1, 1 - _over(events - 1, among - 1), 1.0)
    of_interest = tied * curves.before * _over(_over(events, curves.total[:, None]), n)
    tied_two = np.where(two > 1, 1 - _over(two - 1, n - 1), 1.0)
    of_others = np.where(curves.after > 0, tied_two * curves.before**2 * _over(two, n**2), 0.0)
    return of_interest, of_others


def _over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Divide where the divisor is above zero; zero elsewhere, where nobody is left."""
    above, below = np.broadcast_arrays(above, below)
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)
