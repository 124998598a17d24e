"""Restricted cubic splines: a curve for a continuous covariate, straight beyond its outer knots."""

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.stats.columns import finite_column, numbers

OUTER = {3: 0.10, 4: 0.05, 5: 0.05, 6: 0.05, 7: 0.025}
"""By the number of knots, the quantile of the first; the last lies as far from the end, the others evenly between."""
FEW = 100
"""Patients below which the outer knots are the fifth smallest and the fifth largest value."""


def spline_knots(values: ArrayLike, number: int = 4) -> np.ndarray:
    """Return knots at Harrell's quantiles of a covariate, ascending, shape (number,).

    As R's `Hmisc::rcspline.eval` for values that are not heaped on one. Harrell (2001), Regression
    Modeling Strategies, section 2.4. Golden: tests/golden/splines.

    Parameters
    ----------
    values : float array, shape (n,)
        No missing values.
    number : int
        From 3 to 7.

    Raises
    ------
    NotEstimableError
        Fewer than 3 or more than 7 knots, or values too few or too much alike for that many.
    """
    column = np.sort(numbers("values", values))
    if number not in OUTER:
        raise NotEstimableError(Problem("number", f"{number} knots", "3 to 7"))
    if column.size < 10 or not np.isfinite(column).all():
        raise NotEstimableError(Problem("values", f"{column.size} values, or some missing", "at least 10, all finite"))
    knots = np.quantile(column, np.linspace(OUTER[number], 1 - OUTER[number], number))
    if column.size < FEW:
        knots[0], knots[-1] = column[4], column[-5]
    if (np.diff(knots) <= 0).any():
        raise NotEstimableError(
            Problem("values", "knots that coincide", "values that are less alike", "Use fewer knots, or levels.")
        )
    return knots


def restricted_cubic_spline(values: ArrayLike, knots: ArrayLike) -> np.ndarray:
    """Return the basis of a restricted cubic spline, shape (n, number of knots - 1).

    The first column is the covariate itself; the others are cubic between the knots and straight
    beyond them, in units of the covariate (divided by the squared distance of the outer knots), so
    that a test of these alone is a test of linearity. R's `rcspline.eval(norm = 2, inclx = TRUE)`.
    Harrell (2001), Regression Modeling Strategies, section 2.4. Golden: tests/golden/splines.

    Raises
    ------
    NotEstimableError
        Values that are missing or infinite, fewer than three knots, or knots that do not ascend.
    """
    column, at = finite_column("values", values), finite_column("knots", knots)
    if at.size < 3 or (np.diff(at) <= 0).any():
        raise NotEstimableError(Problem("knots", "fewer than three, or not ascending", "three or more, ascending"))
    last, before = at[-1], at[-2]
    cubes = np.maximum(column[:, None] - at, 0.0) ** 3
    first = at[:-2]
    bent = cubes[:, :-2] - cubes[:, -2:-1] * (last - first) / (last - before)
    bent += cubes[:, -1:] * (before - first) / (last - before)
    return np.column_stack([column, bent / (last - at[0]) ** 2])
