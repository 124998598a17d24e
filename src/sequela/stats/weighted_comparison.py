"""Two groups made alike by a propensity score, compared at a horizon, with a bootstrap that fits the score again."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.stats.augmented import augmented_means
from sequela.stats.columns import category_codes, columns_of_equal_length, numbers
from sequela.stats.kaplan_meier import SurvivalCurve, kaplan_meier, survival_at
from sequela.stats.logistic import logistic
from sequela.stats.propensity import Estimand, balancing_weights, matched_pairs
from sequela.stats.pseudo_values import mean_pseudo_values, survival_pseudo_values
from sequela.stats.restricted_mean import restricted_mean
from sequela.stats.two_group_ratio import two_group_log_ratio

NUMBERS = (
    "log_hazard_ratio",
    "survival_exposed",
    "survival_reference",
    "survival_difference",
    "mean_exposed",
    "mean_reference",
    "mean_difference",
    "augmented_survival_difference",
    "augmented_mean_difference",
)
"""What `contrasts` returns, in this order; the last two are nan for matched pairs."""


@frozen
class TwoGroups:
    """Patients of two groups.

    Attributes
    ----------
    time : float array, shape (n,)
    event, exposed : bool array, shape (n,)
    covariates : float array, shape (n, p)
        Of the score, and of the regressions of the outcome.
    cluster : int array, shape (n,)
        Patients of one code are not independent; each its own where there is nothing to say.
    """

    time: np.ndarray
    event: np.ndarray
    exposed: np.ndarray
    covariates: np.ndarray
    cluster: np.ndarray

    def __post_init__(self) -> None:
        n = self.time.size
        problems = columns_of_equal_length(
            n, event=self.event, exposed=self.exposed, covariates=self.covariates, cluster=self.cluster
        )
        category_codes("cluster", self.cluster)
        time, covariates = numbers("time", self.time), numbers("covariates", self.covariates)
        if not (n and np.isfinite(time).all() and (time >= 0).all() and np.isfinite(covariates).all()):
            found = "nobody, a missing or infinite number, or a time below 0"
            problems.append(Problem("two groups", found, "finite numbers", "Leave these patients out and count them."))
        if self.event.dtype != bool or self.exposed.dtype != bool:
            problems.append(Problem("event, exposed", "values that are not true or false", "true or false"))
        if problems:
            raise NotEstimableError(problems)

    def rows(self, chosen: np.ndarray) -> "TwoGroups":
        """Return these patients, some of them repeatedly."""
        return TwoGroups(*(getattr(self, name)[chosen] for name in TwoGroups.__match_args__))


@frozen
class Weighing:
    """Who is compared and how much each counts.

    Attributes
    ----------
    kept : int array, shape (m,)
        Positions of the patients who are compared: not trimmed, and matched where pairs are formed.
    score : float array, shape (n,)
        Of everybody, before trimming.
    weights, population : float array, shape (m,)
        See `balancing_weights` and `augmented_means`.
    cluster : int array, shape (m,)
        The pair, where pairs are formed; else that of the patients.
    paired : bool
        Whether pairs are formed.
    """

    kept: np.ndarray
    score: np.ndarray
    weights: np.ndarray
    population: np.ndarray
    cluster: np.ndarray
    paired: bool = False


def weigh(data: TwoGroups, estimand: Estimand, trim: float = 0.0) -> Weighing:
    """Fit the score, trim, fit it again among those left, and weight or match them.

    No missing values. Rosenbaum & Rubin (1983), Biometrika 70:41.

    Parameters
    ----------
    data : TwoGroups
        A covariate that does not vary is left out of the score.
    estimand : Estimand
    trim : float
        Patients with a score below it, or above 1 less it, are left out (Crump et al. 2009, Biometrika 96:187); 0 for
        none.

    Raises
    ------
    NotEstimableError
        As `logistic` and `balancing_weights`; nobody left of a group.
    """
    score = _score(data)
    kept = np.flatnonzero((score >= trim) & (score <= 1 - trim))
    part, e = data.rows(kept), score[kept]
    if trim and kept.size < score.size:
        e = _score(part)
    if estimand == "matching":
        pairs = matched_pairs(e, part.exposed)
        chosen, ones = pairs.ravel(), np.ones(pairs.size)
        return Weighing(kept[chosen], score, ones, ones, np.repeat(np.arange(len(pairs)), 2), paired=True)
    population = {"overlap": e * (1 - e), "ate": np.ones(e.size), "att": part.exposed.astype(float)}[estimand]
    return Weighing(kept, score, balancing_weights(e, part.exposed, estimand), population, part.cluster)


def weighted_curve(data: TwoGroups, weighing: Weighing, side: bool, interval: str = "log-log") -> SurvivalCurve:
    """Return the weighted Kaplan-Meier curve of the exposed, or of the others; robust variance.

    Ties as in `kaplan_meier`, no missing values. Xie & Liu (2005), Statistics in Medicine 24:3089.
    """
    part = data.rows(weighing.kept)
    of = part.exposed == side
    weights, cluster = weighing.weights[of], weighing.cluster[of]
    return kaplan_meier(part.time[of], part.event[of], weights=weights, cluster=cluster, interval=interval)


def contrasts(data: TwoGroups, weighing: Weighing, horizon: float, ties: str = "efron") -> np.ndarray:
    """Return the numbers of `NUMBERS`, the exposed less the others for a difference; ties as `two_group_log_ratio`.

    Weighted Cox's regression, curves and means: Xie & Liu (2005), Statistics in Medicine 24:3089; doubly robust
    differences as `augmented_means`. No missing values.

    Raises
    ------
    NotEstimableError
        Where a number cannot be estimated: no event, a hazard ratio without a finite estimate, a horizon beyond the
        last patient of a group.
    """
    part = data.rows(weighing.kept)
    ratio = two_group_log_ratio(part.time, part.event, part.exposed, weighing.weights, ties)
    heights, means = [], []
    for side in (True, False):
        of = part.exposed == side
        curve = kaplan_meier(part.time[of], part.event[of], weights=weighing.weights[of], variance="Greenwood")
        means.append(restricted_mean(curve, horizon).value)
        heights.append(float(survival_at(curve, horizon).survival[0]))
    found = [ratio, *heights, heights[0] - heights[1], *means, means[0] - means[1]]
    return np.array([*found, *_augmented(part, weighing, horizon)])


@frozen
class Sampling:
    """How samples are drawn and compared.

    Attributes
    ----------
    estimand : Estimand
    trim, horizon : float
    size : int
    ties : str
    """

    estimand: Estimand
    trim: float
    horizon: float
    size: int
    ties: str = "efron"


def bootstrap(data: TwoGroups, weighing: Weighing, how: Sampling, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Return the numbers of samples of clusters, shape (at most size, len(NUMBERS)), and how many had none.

    Clusters are drawn with replacement (patients, where each is its own), and in each sample the score, its
    weights and the regressions are fitted again. Pairs are not formed again, because the bootstrap fails for that
    (Abadie & Imbens 2008, Econometrica 76:1537): matched pairs are drawn instead (Austin & Small 2014, Statistics in
    Medicine 33:4306). `weighing` is that of the patients themselves. No missing values.
    """
    drawn_from = replace(data.rows(weighing.kept), cluster=weighing.cluster) if weighing.paired else data
    drawn = _drawer(drawn_from.cluster)
    found: list[np.ndarray] = []
    for _ in range(how.size):
        sample = drawn_from.rows(drawn(rng))
        try:
            again = _as_drawn(sample) if weighing.paired else weigh(sample, how.estimand, how.trim)
            found.append(contrasts(sample, again, how.horizon, how.ties))
        except NotEstimableError:
            continue
    return np.array(found).reshape(-1, len(NUMBERS)), how.size - len(found)


def _score(data: TwoGroups) -> np.ndarray:
    exposed, columns = data.exposed, data.covariates
    if not exposed.size or exposed.all() or not exposed.any():
        raise NotEstimableError(Problem("propensity score", "nobody left of a group", "patients of both groups"))
    vary = np.ptp(columns, axis=0) > 0
    if not vary.any():
        return np.full(exposed.size, exposed.mean())
    return logistic(exposed, columns[:, vary]).fitted


def _augmented(part: TwoGroups, weighing: Weighing, horizon: float) -> tuple[float, float]:
    """Return both augmented differences; the curve of each group gives its pseudo-values."""
    if weighing.paired:
        return np.nan, np.nan
    found = []
    for pseudo_values in (survival_pseudo_values, mean_pseudo_values):
        outcome = np.empty(part.time.size)
        for of in (part.exposed, ~part.exposed):
            outcome[of] = pseudo_values(part.time[of], part.event[of], horizon)
        means = augmented_means(outcome, part.exposed, weighing.weights, weighing.population, part.covariates)
        found.append(means.difference)
    return found[0], found[1]


def _drawer(cluster: np.ndarray) -> Callable[[np.random.Generator], np.ndarray]:
    """Return what draws as many clusters as there are, with replacement, and gives the positions of their patients."""
    order = np.argsort(cluster, kind="stable")
    sizes = np.diff(np.flatnonzero(np.diff(cluster[order], prepend=np.nan, append=np.nan)))
    if np.ptp(sizes) == 0:
        alike = order.reshape(sizes.size, -1)
        return lambda rng: alike[rng.integers(0, sizes.size, sizes.size)].ravel()
    members = np.split(order, np.cumsum(sizes)[:-1])
    return lambda rng: np.concatenate([members[k] for k in rng.integers(0, sizes.size, sizes.size)])


def _as_drawn(sample: TwoGroups) -> Weighing:
    ones = np.ones(sample.time.size)
    return Weighing(np.arange(ones.size), ones, ones, ones, sample.cluster, paired=True)
