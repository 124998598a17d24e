"""Standardised differences between two groups: how unlike they are, whatever their size."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import numbers


@frozen
class StandardisedDifference:
    """A difference in units of standard deviations.

    Attributes
    ----------
    value : float
        Signed (x less y) for a continuous variable, not negative for a categorical one; infinite
        where the groups have nothing in common.
    n_x, n_y : int
        Patients with a value.
    missing_x, missing_y : int
        Patients left out.
    """

    value: float
    n_x: int
    n_y: int
    missing_x: int
    missing_y: int

    def __float__(self) -> float:
        return self.value


def continuous_difference(x: ArrayLike, y: ArrayLike) -> StandardisedDifference:
    """Divide the difference of means by the root mean square of the two standard deviations.

    Missing values are left out and counted. Two constants: zero where equal, infinite otherwise.
    Austin (2009) doi:10.1002/sim.3697. Golden: tests/golden/standardised_difference.

    Raises
    ------
    NotEstimableError
        A group with fewer than two values, or an infinite value.
    """
    first, second = (numbers(name, values).ravel() for name, values in (("x", x), ("y", y)))
    known = [values[~np.isnan(values)] for values in (first, second)]
    problems = [
        Problem(name, f"{values.size} values", "at least two values, for a standard deviation")
        for name, values in zip("xy", known, strict=True)
        if values.size < 2
    ]
    if any(np.isinf(values).any() for values in known):
        problems.append(Problem("values", "an infinite one", "finite values, or missing ones"))
    if problems:
        raise NotEstimableError(problems)
    constant = all(np.ptp(values) == 0 for values in known)
    difference = known[0][0] - known[1][0] if constant else known[0].mean() - known[1].mean()
    spread = 0.0 if constant else np.sqrt(sum(values.var(ddof=1) for values in known) / 2)
    return StandardisedDifference(
        _ratio(float(difference), float(spread)),
        known[0].size,
        known[1].size,
        first.size - known[0].size,
        second.size - known[1].size,
    )


def categorical_difference(
    counts_x: ArrayLike, counts_y: ArrayLike, *, missing_x: int = 0, missing_y: int = 0
) -> StandardisedDifference:
    """Return the Mahalanobis distance between two distributions over the same levels.

    The covariance is the mean of the two multinomial ones; levels empty in both groups are left
    out. It has an inverse unless the groups share no level, and then the distance is infinite;
    where both have one and the same level it is zero. For two levels it is the difference of
    proportions over the root mean square of their standard deviations.
    Yang & Dalton (2012), SAS Global Forum, paper 335. Golden: tests/golden/standardised_difference.

    Parameters
    ----------
    counts_x, counts_y : int array, shape (levels,)
        Patients per level, those without a value not among them.
    missing_x, missing_y : int
        Patients without a value, passed through.

    Raises
    ------
    NotEstimableError
        A group without values, or counts that are not counts of the same levels.
    """
    first, second = numbers("counts_x", counts_x), numbers("counts_y", counts_y)
    _check_counts(first, second)
    shares = [counts / counts.sum() for counts in (first, second)]
    used = np.flatnonzero(shares[0] + shares[1] > 0)[1:]
    difference = (shares[0] - shares[1])[used]
    covariance = sum(np.diag(share[used]) - np.outer(share[used], share[used]) for share in shares) / 2
    if not np.any((first > 0) & (second > 0)):
        distance = float("inf")
    else:
        distance = float(np.sqrt(difference @ np.linalg.solve(covariance, difference))) if used.size else 0.0
    return StandardisedDifference(distance, int(first.sum()), int(second.sum()), missing_x, missing_y)


def _ratio(difference: float, spread: float) -> float:
    if spread > 0:
        return difference / spread
    return 0.0 if difference == 0 else float(np.copysign(np.inf, difference))


def _check_counts(first: np.ndarray, second: np.ndarray) -> None:
    if first.shape != second.shape or first.ndim != 1:
        raise NotEstimableError(
            Problem("counts", "different levels in the two groups", "one count per level and group")
        )
    problems = []
    for name, counts in (("counts_x", first), ("counts_y", second)):
        if not np.isfinite(counts).all() or (counts < 0).any():
            problems.append(Problem(name, "an entry that is not a count", "whole numbers from 0 on"))
        elif counts.sum() == 0:
            problems.append(Problem(name, "no patient with a value", "at least one patient"))
    if problems:
        raise NotEstimableError(problems)
