"""Log-rank test of equal survival in two or more groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.stats.chi_square import chi_square_test
from sequela.stats.columns import category_codes, columns_of_equal_length
from sequela.stats.follow_up import follow_up
from sequela.stats.risk_sets import RiskSets, at_risk_sums, risk_sets


@dataclass(frozen=True, slots=True)
class LogRank:
    """The result of a log-rank test.

    Attributes
    ----------
    chi_square : float
    degrees_of_freedom : int
        Groups ever at risk at an event, less one.
    p_value : float
    groups : int array, shape (g,)
        Group codes, ascending; the order of the arrays below.
    observed, expected : float array, shape (g,)
        Events, and events expected were there no difference.
    variance : float array, shape (g, g)
        Hypergeometric covariance of `observed` less `expected`.
    """

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    groups: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    variance: np.ndarray


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> LogRank:
    """Compare the survival of groups, stratified and with delayed entry where asked.

    At each distinct event time the events are drawn without replacement from those at risk
    (hypergeometric variance, so tied events count properly); at a tie events come before
    censorings; near-ties are one time. Strata are summed. A group never at risk at an event has
    no expectation and takes no degree of freedom. No missing values.
    Mantel (1966); Peto & Peto (1972) doi:10.2307/2344317. Golden: tests/golden/log_rank.

    Parameters
    ----------
    time, event, entry : array, shape (n,)
        See `FollowUp`.
    group, strata : array of codes, shape (n,)

    Raises
    ------
    NotEstimableError
        Fewer than two groups, no events, or no event time at which two groups are at risk.
    """
    data = follow_up(time, event, entry)
    codes = category_codes("group", group)
    blocks = None if strata is None else category_codes("strata", strata)
    problems = columns_of_equal_length(data.time.size, group=codes, strata=blocks)
    if not data.event.any():
        problems.append(Problem("event", "no events", "at least one event", "Report the curves without a test."))
    groups, index = np.unique(codes, return_inverse=True)
    if groups.size < 2:
        problems.append(Problem("group", "one group", "two or more groups"))
    if problems:
        raise NotEstimableError(problems)
    observed, expected, variance = _sums(risk_sets(data, blocks), index, groups.size)
    kept = np.flatnonzero(expected > 0)[1:]
    covariance = variance[np.ix_(kept, kept)]
    if kept.size == 0 or np.linalg.matrix_rank(covariance, hermitian=True) < kept.size:
        raise NotEstimableError(
            Problem("group", "no event at which two groups are at risk", "groups observed over the same time")
        )
    difference = (observed - expected)[kept]
    test = chi_square_test(difference @ np.linalg.solve(covariance, difference), kept.size)
    return LogRank(test.statistic, test.degrees_of_freedom, test.p_value, groups, observed, expected, variance)


def _sums(sets: RiskSets, group: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    member = (group[:, None] == np.arange(groups)).astype(float)
    at_risk = at_risk_sums(member, sets)
    total = at_risk.sum(axis=1)
    events = np.bincount(sets.cell_of_event, minlength=sets.cells)
    observed = np.bincount(group[sets.event_rows], minlength=groups).astype(float)
    share = at_risk / total[:, None]
    with np.errstate(invalid="ignore"):
        spread = np.where(total > 1, events * (total - events) / (total - 1), 0.0)
    variance = np.diag(spread @ share) - share.T @ (share * spread[:, None])
    return observed, events @ share, variance
