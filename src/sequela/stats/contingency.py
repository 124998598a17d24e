"""Tests of association in a table of counts."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.chi_square import ChiSquareTest, chi_square_test
from sequela.stats.columns import numbers
from sequela.stats.tables_with_margins import MOST_STEPS, tail_probability

RELATIVE_TIE = 1e-7
"""Tables are as probable as the observed one within this share, as in R's `fisher.test`."""


@frozen
class AssociationTest:
    """The result of a chi-square test of a table.

    Attributes
    ----------
    statistic : float
        Chi-square.
    degrees_of_freedom : int
        Of the table without its empty rows and columns.
    p_value : float
    expected : float array
        Expected counts of the table as given; nan in rows and columns that were dropped.
    dropped_rows, dropped_columns : int
        Rows and columns without a patient.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    expected: np.ndarray
    dropped_rows: int
    dropped_columns: int


@frozen
class ExactTest:
    """The result of an exact test of a table.

    Attributes
    ----------
    p_value : float
        Two-sided.
    probability : float
        Of the observed table, given its margins.
    """

    p_value: float
    probability: float


def pearson_chi_square(table: ArrayLike) -> AssociationTest:
    """Test independence of rows and columns by Pearson's chi-square, without correction.

    Rows and columns without a patient are dropped and counted; missing values have no place in
    the table. Pearson (1900) doi:10.1080/14786440009463897. Golden: tests/golden/contingency.

    Raises
    ------
    NotEstimableError
        Fewer than two rows or columns with patients, or counts that are not counts.
    """
    return _chi_square(table, correction=0.0)


def yates_chi_square(table: ArrayLike) -> AssociationTest:
    """Test a 2 x 2 table with Yates' continuity correction.

    Each difference between observed and expected is brought 0.5 nearer to zero, never beyond it. Yates (1934)
    doi:10.2307/2983604. As `pearson_chi_square` otherwise; tables that are not 2 x 2 after dropping empty rows
    and columns are refused. Missing values have no place in the table.
    """
    counts = _occupied(_counts(table))
    if counts.shape != (2, 2):
        raise NotEstimableError(
            Problem("table", f"{counts.shape[0]} x {counts.shape[1]} with patients", "2 x 2", "Use Pearson's test.")
        )
    return _chi_square(table, correction=0.5)


def likelihood_ratio_chi_square(table: ArrayLike) -> AssociationTest:
    """Test independence of rows and columns by the likelihood ratio (G), without correction.

    Twice the sum of observed x log(observed / expected); an empty cell adds nothing. As `pearson_chi_square`
    otherwise. Wilks (1938) doi:10.1214/aoms/1177732360. Missing values have no place in the table.
    """
    pearson = pearson_chi_square(table)
    counts = _counts(table)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(counts / pearson.expected), 0.0)
    test = chi_square_test(2 * float(np.nansum(terms)), pearson.degrees_of_freedom)
    return replace(pearson, statistic=test.statistic, p_value=test.p_value)


def trend_chi_square(table: ArrayLike, *, linear_by_linear: bool = False) -> ChiSquareTest:
    """Test a trend over ordered rows (scores 0, 1, 2, ...) in a table of two columns.

    N r squared with the correlation r of row score and column: Cochran (1954) doi:10.2307/3001616 and Armitage
    (1955) doi:10.2307/3001775, R's `prop.trend.test`. With `linear_by_linear` (N - 1) r squared, SPSS's
    linear-by-linear association. Columns without a patient are dropped. One degree of freedom. Missing values
    have no place in the table.

    Raises
    ------
    NotEstimableError
        Not two columns, or all patients in one row or one column.
    """
    counts = _counts(table)
    kept = counts[:, counts.sum(axis=0) > 0]
    if kept.shape[1] != 2 or (kept.sum(axis=1) > 0).sum() < 2:
        raise NotEstimableError(Problem("table", f"{kept.shape[1]} columns with patients", "two columns, two rows"))
    n, rows, columns = kept.sum(), kept.sum(axis=1), kept.sum(axis=0)
    score = np.arange(kept.shape[0])
    centred = score - (score * rows).sum() / n
    covariance = (centred * kept[:, 1]).sum() / n
    variances = (centred**2 * rows).sum() / n * columns[0] * columns[1] / n**2
    return chi_square_test(float((n - linear_by_linear) * covariance**2 / variances), 1)


def fisher_exact(table: ArrayLike, *, most_steps: int = MOST_STEPS) -> ExactTest:
    """Test a table by Fisher's exact test, two-sided.

    The p-value is the sum of the probabilities of all tables with the same margins that are no more probable than
    the observed one, within a relative 1e-7, as R's `fisher.test`. Tables of any size whose tables with the same
    margins can be counted in `most_steps`, by default a few seconds. Empty rows and columns are dropped. Fisher
    (1935) doi:10.2307/2342435; Freeman & Halton (1951) doi:10.2307/2332323. Missing values have no place in the
    table.

    Raises
    ------
    NotEstimableError
        Fewer than two rows or columns with patients, or more tables than can be enumerated.
    """
    return ExactTest(*tail_probability(_occupied(_counts(table)), RELATIVE_TIE, most_steps))


def fisher_mid_p(table: ArrayLike, *, most_steps: int = MOST_STEPS) -> ExactTest:
    """Test a table by Fisher's p-value less half the probability of the observed table.

    Less conservative than `fisher_exact`; Lydersen, Fagerland & Laake (2009) doi:10.1002/sim.3531. Other tables
    that are exactly as probable count in full. Missing values have no place in the table.
    """
    exact = fisher_exact(table, most_steps=most_steps)
    return ExactTest(exact.p_value - exact.probability / 2, exact.probability)


def expected_counts(table: ArrayLike) -> np.ndarray:
    """Return the counts expected of a table whose rows and columns are independent, same shape.

    Row total times column total over all, Pearson (1900); missing values have no place in the table.
    """
    counts = _counts(table)
    if counts.sum() == 0:
        raise NotEstimableError(Problem("table", "no patients", "at least one patient"))
    return np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()


def _counts(table: ArrayLike) -> np.ndarray:
    counts = numbers("table", table)
    if counts.ndim != 2:
        raise NotEstimableError(Problem("table", f"an array of {counts.ndim} dimensions", "rows and columns of counts"))
    if not (np.isfinite(counts).all() and (counts >= 0).all() and (counts == np.round(counts)).all()):
        raise NotEstimableError(Problem("table", "an entry that is not a count", "whole numbers from 0 on"))
    return counts


def _occupied(counts: np.ndarray) -> np.ndarray:
    kept = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(kept.shape) < 2:
        raise NotEstimableError(
            Problem(
                "table",
                f"{kept.shape[0]} x {kept.shape[1]} with patients",
                "two rows and two columns with patients",
                "Print the counts without a test.",
            )
        )
    return kept


def _chi_square(table: ArrayLike, correction: float) -> AssociationTest:
    counts = _counts(table)
    kept = _occupied(counts)
    expected = expected_counts(kept)
    difference = np.abs(kept - expected)
    difference -= np.minimum(correction, difference)
    degrees = (kept.shape[0] - 1) * (kept.shape[1] - 1)
    test = chi_square_test(float((difference**2 / expected).sum()), degrees)
    shown = np.full(counts.shape, np.nan)
    shown[np.ix_(counts.sum(axis=1) > 0, counts.sum(axis=0) > 0)] = expected
    dropped = np.subtract(counts.shape, kept.shape)
    return AssociationTest(test.statistic, degrees, test.p_value, shown, int(dropped[0]), int(dropped[1]))
