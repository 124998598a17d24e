"""Two groups compared by a score and by a model of the outcome, so that one of the two may be wrong.

Robins, Rotnitzky & Zhao (1994), J Am Stat Assoc 89:846; for weighted populations Mao, Li & Greene (2019), Statistical
Methods in Medical Research 28:2439; for pseudo-values Andersen, Syriopoulou & Parner (2017), Statistics in Medicine
36:2669.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import lstsq

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, numbers, weight_column, yes_or_no


@frozen
class Augmented:
    """The mean outcome of a population under either treatment.

    Attributes
    ----------
    exposed, reference : float
    """

    exposed: float
    reference: float

    @property
    def difference(self) -> float:
        """Return the mean if all were exposed less the mean if none were."""
        return self.exposed - self.reference


def augmented_means(
    outcome: ArrayLike, exposed: ArrayLike, weights: ArrayLike, population: ArrayLike, covariates: ArrayLike
) -> Augmented:
    """Return the mean outcome in a population, were everybody exposed and were nobody.

    In each group the outcome is regressed on the covariates (least squares, with an intercept); the prediction
    for everybody is averaged over the population, and the weighted mean of the group's own residuals is added.
    For a population that does not rest on the score (everyone, or the exposed) the difference is right where
    either the score behind the weights or the regression is (doubly robust). No missing values. Robins, Rotnitzky
    & Zhao (1994), J Am Stat Assoc 89:846. Golden: tests/golden/augmented.

    Parameters
    ----------
    outcome : float array, shape (n,)
        Such as pseudo-values.
    exposed : bool array, shape (n,)
    weights : float array, shape (n,)
        Of `balancing_weights`; their scale within a group does not matter.
    population : float array, shape (n,)
        How much each patient counts: 1 for everyone; 1 for the exposed and 0 for others; e (1 - e) for overlap.
    covariates : float array, shape (n, p)
        Of the regression; p may be 0.

    Raises
    ------
    NotEstimableError
        A missing number, a group without weight, or a group with no more patients than coefficients.
    """
    y, yes = numbers("outcome", outcome), yes_or_no("exposed", exposed)
    w, h, columns = weight_column(weights), numbers("population", population), numbers("covariates", covariates)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if problems := columns_of_equal_length(y.size, exposed=yes, weights=w, population=h, covariates=columns):
        raise NotEstimableError(problems)
    design = np.column_stack([np.ones(y.size), columns])
    if not all(np.isfinite(column).all() for column in (y, h, design)):
        raise NotEstimableError(Problem("augmented difference", "a missing number", "finite numbers"))
    if not (w[yes].any() and w[~yes].any() and h.any()):
        raise NotEstimableError(Problem("weights", "a group without weight", "weights above 0 in both groups"))
    if min(yes.sum(), (~yes).sum()) <= design.shape[1]:
        found = f"a group with no more patients than the {design.shape[1]} coefficients of its regression"
        raise NotEstimableError(Problem("augmented difference", found, "fewer covariates"))
    means = []
    for side in (yes, ~yes):
        coefficients = lstsq(design[side], y[side], lapack_driver="gelsy", check_finite=False)[0]
        predicted = design @ coefficients
        residual = np.average((y - predicted)[side], weights=w[side])
        means.append(float(np.average(predicted, weights=h) + residual))
    return Augmented(*means)
