"""Propensity scores: weights that make two groups alike, matched pairs, and how alike they became.

Rosenbaum & Rubin (1983), Biometrika 70:41; overlap weights: Li, Morgan & Zaslavsky (2018),
doi:10.1080/01621459.2016.1260466; balance: Austin (2009), doi:10.1002/sim.3697.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.columns import columns_of_equal_length, finite_column, numbers, weight_column, yes_or_no
from sequela.stats.distributions import logit

Estimand = Literal["overlap", "ate", "att", "matching"]
TRUNCATED = (0.01, 0.99)
"""Quantiles at which weights that divide by a score are cut."""
NEXT_TO = 0.05
"""Propensity score below which, or above 1 less which, a patient has next to no counterpart (house rule)."""
PATIENTS_PER_COLUMN = 10
"""Patients of the smaller group per column of a score below which none is fitted (as events per coefficient)."""
WITHOUT_COUNTERPART = 0.1
"""Share of patients next to 0 or 1 from which they are named (house rule)."""
CALIPER = 0.2
"""Standard deviations of the logit within which a match must lie (Austin 2011)."""


@frozen
class Balance:
    """How alike two groups are in one column, before and after weighting.

    Attributes
    ----------
    before, after : float
        Standardised mean difference, exposed less reference, divided by the root mean square of the unweighted
        standard deviations both times, so that a change is a change of means.
    variance_ratio : float
        After weighting, exposed over reference, without bias from the weights; nan for a column of zeros and ones.
    """

    before: float
    after: float
    variance_ratio: float


def balancing_weights(
    score: ArrayLike, exposed: ArrayLike, estimand: Estimand = "overlap", caliper: float = CALIPER
) -> np.ndarray:
    """Return a weight per patient, shape (n,), from the probability of being exposed.

    overlap: 1 - e for the exposed and e for the others, for patients who could have been in either group; with a
    logistic score the weighted means of its covariates are then equal. ate: 1/e and 1/(1 - e), for everyone; att:
    1 and e/(1 - e), for the exposed; both cut at the 1st and 99th percentile of each group. matching: 1 for
    matched patients, else 0 (see `matched_pairs`). Weights are scaled to a mean of 1 in each group. No missing
    values. Rosenbaum & Rubin (1983), Biometrika 70:41; overlap: Li, Morgan & Zaslavsky (2018)
    doi:10.1080/01621459.2016.1260466. Golden: tests/golden/propensity.

    Raises
    ------
    NotEstimableError
        A score outside 0 to 1, one group only, or no pair within the caliper.
    """
    e, yes = _checked(score, exposed)
    if estimand == "matching":
        pairs = matched_pairs(e, yes, caliper)
        weight = np.zeros(e.size)
        weight[pairs.ravel()] = 1.0
    elif estimand == "overlap":
        weight = np.where(yes, 1 - e, e)
    elif estimand == "ate":
        weight = _cut(np.where(yes, 1 / e, 1 / (1 - e)), yes)
    else:
        weight = _cut(np.where(yes, 1.0, e / (1 - e)), yes)
    for side in (yes, ~yes):
        weight[side] /= weight[side].mean() if estimand != "matching" else 1.0
    return weight


def _cut(weight: np.ndarray, exposed: np.ndarray) -> np.ndarray:
    found = weight.copy()
    for side in (exposed, ~exposed):
        found[side] = np.clip(weight[side], *np.quantile(weight[side], TRUNCATED))
    return found


def matched_pairs(score: ArrayLike, exposed: ArrayLike, caliper: float = CALIPER) -> np.ndarray:
    """Return pairs (exposed, reference) of positions, shape (m, 2): nearest on the logit, without replacement.

    The exposed are served from the largest score down, ties in their order; each takes the nearest free reference
    within the caliper (in pooled standard deviations of the logit), of two as near the lower. No missing values.
    Austin (2011), Pharmaceutical Statistics 10:150. Golden: tests/golden/propensity.

    Raises
    ------
    NotEstimableError
        No pair lies within the caliper.
    """
    e, yes = _checked(score, exposed)
    distance = logit(e)
    width = caliper * np.sqrt((distance[yes].var(ddof=1) + distance[~yes].var(ddof=1)) / 2)
    free = list(np.flatnonzero(~yes)[np.argsort(distance[~yes], kind="stable")])
    values = [float(distance[i]) for i in free]
    pairs = []
    for i in np.flatnonzero(yes)[np.argsort(-distance[yes], kind="stable")]:
        if not free:
            break
        nearest = _nearest(values, float(distance[i]))
        if abs(values[nearest] - distance[i]) <= width:
            pairs.append((int(i), int(free.pop(nearest))))
            values.pop(nearest)
    if not pairs:
        raise NotEstimableError(Problem("matching", "no pair lies within the caliper", "groups that overlap"))
    return np.array(pairs)


def _nearest(values: list[float], wanted: float) -> int:
    """Return the place of the value nearest to the one wanted in an ascending list."""
    place = int(np.searchsorted(values, wanted))
    if place == len(values) or (place > 0 and wanted - values[place - 1] <= values[place] - wanted):
        return place - 1
    return place


def balance(column: ArrayLike, exposed: ArrayLike, weights: ArrayLike) -> Balance:
    """Return how alike two groups are in a column of numbers, or of 0 and 1; no missing values.

    The difference of the means, weighted and not, over the root mean square of the two standard deviations before
    weighting; that of a column of 0 and 1 is the root of p (1 - p). Austin (2009) doi:10.1002/sim.3697. R's
    `MatchIt` with `estimand = "ATE"`. Golden: tests/golden/propensity, tests/golden/balance.

    Raises
    ------
    NotEstimableError
        A missing or infinite value, a negative weight, or a group of fewer than two.
    """
    x, yes, w = finite_column("column", column), yes_or_no("exposed", exposed), weight_column(weights)
    if problems := columns_of_equal_length(x.size, exposed=yes, weights=w):
        raise NotEstimableError(problems)
    if any(side.sum() < 2 or not w[side].any() for side in (yes, ~yes)):
        raise NotEstimableError(Problem("exposed", "a group of fewer than two, or without weight", "two groups"))
    binary = set(np.unique(x)) <= {0.0, 1.0}
    # The variance of a yes or no is p (1 - p), as in the table of characteristics; of a number, with n - 1.
    spread = np.sqrt((x[yes].var(ddof=0 if binary else 1) + x[~yes].var(ddof=0 if binary else 1)) / 2)
    before = x[yes].mean() - x[~yes].mean()
    means = [np.average(x[side], weights=w[side]) for side in (yes, ~yes)]
    variances = [_weighted_variance(x[side], w[side]) for side in (yes, ~yes)]
    quotient = np.nan if binary or variances[1] == 0 else variances[0] / variances[1]
    return Balance(_scaled(before, spread), _scaled(means[0] - means[1], spread), float(quotient))


def _weighted_variance(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the variance that has no bias however the weights differ; with equal ones its divisor is n - 1."""
    total = weights.sum()
    left = total - (weights**2).sum() / total
    squares = weights @ (values - weights @ values / total) ** 2
    return float(squares / left) if left > 0 else 0.0


def _scaled(difference: float, spread: float) -> float:
    """Divide; two constants differ by nothing or by infinitely many standard deviations."""
    if spread > 0:
        return float(difference / spread)
    return float(np.copysign(np.inf, difference)) if difference else 0.0


def effective_sample_size(weights: ArrayLike) -> float:
    """Return (sum of weights) squared over the sum of squares: how many equal patients would tell as much (Kish).

    No missing weight, none negative. Kish (1965), Survey Sampling.
    """
    w = weight_column(weights)
    return float(w.sum() ** 2 / (w**2).sum()) if (w > 0).any() else 0.0


def _checked(score: ArrayLike, exposed: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    e, yes = numbers("propensity score", score), yes_or_no("exposed", exposed)
    if problems := columns_of_equal_length(e.size, exposed=yes):
        raise NotEstimableError(problems)
    if not ((e > 0) & (e < 1)).all():
        raise NotEstimableError(Problem("propensity score", "a score of 0, of 1 or missing", "scores between 0 and 1"))
    if yes.sum() < 2 or (~yes).sum() < 2:
        raise NotEstimableError(Problem("propensity score", "a group of fewer than two", "two groups"))
    return e, yes
