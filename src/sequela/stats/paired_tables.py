"""Tests of a category before and after: McNemar, Bowker, Stuart and Maxwell."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.stats.chi_square import ChiSquareTest, chi_square_test
from sequela.stats.columns import numbers
from sequela.stats.contingency import ExactTest
from sequela.stats.distributions import binomial_cdf

NO_CHANGE = 1e-9
"""Share of the largest eigenvalue below which one is zero: the categories fall apart into sets without exchange."""


def mcnemar(table: ArrayLike, *, continuity: bool = False) -> ChiSquareTest:
    """Test whether as many pairs changed one way as the other, in a 2 x 2 table of before (rows) by after.

    Pairs that did not change tell nothing. `continuity` brings the difference of the two counts 1
    nearer to zero, never beyond it, as R's `mcnemar.test` does by default. Missing values have no place in
    the table. McNemar (1947) doi:10.1007/BF02295996; Edwards (1948) doi:10.1007/BF02289261.
    Golden: tests/golden/paired_tables.

    Raises
    ------
    NotEstimableError
        Not 2 x 2, counts that are not counts, or no pair that changed.
    """
    rose, fell = _changed(table)
    difference = max(abs(rose - fell) - float(continuity), 0.0)
    return chi_square_test(difference**2 / (rose + fell), 1)


def mcnemar_exact(table: ArrayLike, *, mid_p: bool = False) -> ExactTest:
    """Test as `mcnemar` by the binomial distribution of the pairs that changed, two-sided.

    With `mid_p` counts exactly as extreme as those seen count half; Fagerland, Lydersen & Laake (2013)
    doi:10.1186/1471-2288-13-91. Missing values have no place in the table. Golden: tests/golden/paired_tables.
    """
    rose, fell = _changed(table)
    n, fewer = int(rose + fell), int(min(rose, fell))
    below = binomial_cdf(fewer - 1, n, 0.5) if fewer else 0.0
    probability = binomial_cdf(fewer, n, 0.5) - below
    as_extreme = probability if 2 * fewer == n else 2 * probability
    p_value = 2 * below + as_extreme - (as_extreme / 2 if mid_p else 0.0)
    return ExactTest(min(1.0, p_value), probability)


def bowker_symmetry(table: ArrayLike) -> ChiSquareTest:
    """Test whether every change between two categories is as frequent as its reverse, in a k x k table.

    Pairs of categories without exchange add no degree of freedom, where R's `mcnemar.test` returns NaN. For k = 2
    McNemar's test without correction. Bowker (1948) doi:10.1080/01621459.1948.10483284. Missing values have no
    place in the table. Golden: tests/golden/paired_tables.
    """
    counts = _square(table)
    upper = np.triu_indices(len(counts), 1)
    one, other = counts[upper], counts.T[upper]
    exchanged = one + other > 0
    if not exchanged.any():
        raise _nobody_changed()
    each = (one - other)[exchanged] ** 2 / (one + other)[exchanged]
    return chi_square_test(float(each.sum()), int(exchanged.sum()))


def stuart_maxwell(table: ArrayLike) -> ChiSquareTest:
    """Test whether the categories are as frequent after as before, in a k x k table of pairs.

    Categories that exchange nobody with the others add no degree of freedom. For k = 2 McNemar's test without
    correction. Stuart (1955) doi:10.1093/biomet/42.3-4.412; Maxwell (1970) doi:10.1192/bjp.116.535.651. R's
    `coin::mh_test`. Missing values have no place in the table. Golden: tests/golden/paired_tables.
    """
    counts = _square(table)
    both = counts + counts.T
    np.fill_diagonal(both, 0)
    if not both.any():
        raise _nobody_changed()
    difference = counts.sum(axis=1) - counts.sum(axis=0)
    values, vectors = np.linalg.eigh(np.diag(both.sum(axis=1)) - both)
    used = values > NO_CHANGE * values.max()
    along = vectors[:, used].T @ difference
    return chi_square_test(float((along**2 / values[used]).sum()), int(used.sum()))


def _square(table: ArrayLike) -> np.ndarray:
    counts = numbers("table", table)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or len(counts) < 2:
        raise NotEstimableError(Problem("table", f"shape {counts.shape}", "as many rows as columns, two at least"))
    if not (np.isfinite(counts).all() and (counts >= 0).all() and (counts == np.round(counts)).all()):
        raise NotEstimableError(Problem("table", "an entry that is not a count", "whole numbers from 0 on"))
    return counts


def _changed(table: ArrayLike) -> tuple[float, float]:
    counts = _square(table)
    if len(counts) != 2:
        raise NotEstimableError(
            Problem("table", f"{len(counts)} categories", "2", "Use the test of Stuart and Maxwell, or Bowker's.")
        )
    if counts[0, 1] + counts[1, 0] == 0:
        raise _nobody_changed()
    return float(counts[0, 1]), float(counts[1, 0])


def _nobody_changed() -> NotEstimableError:
    return NotEstimableError(Problem("table", "no pair changed", "a pair that did", "Print the counts without a test."))
