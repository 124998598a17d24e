"""What an analysis of groups made alike by a propensity score hands to the report. Nothing is rounded or worded."""

import numpy as np
import polars as pl

from sequela.analyses.complete_cases import CompleteCases
from sequela.analyses.results import Estimate, HazardRatio, Test
from sequela.frozen import frozen
from sequela.stats.kaplan_meier import SurvivalCurve


@frozen
class BalanceOf:
    """How alike two groups are in one column of a score, before and after weighting.

    Attributes
    ----------
    label : str
    binary : bool
        Whether the means are shares.
    means_before, means_after : (float, float)
        Of the group and of the reference.
    before, after : float
        Standardised mean difference.
    variance_ratio : float
        After weighting; nan for a column of zeros and ones.
    """

    label: str
    binary: bool
    means_before: tuple[float, float]
    means_after: tuple[float, float]
    before: float
    after: float
    variance_ratio: float


@frozen
class WeightedGroup:
    """One of two groups made alike. Times are days.

    Attributes
    ----------
    name : str
    n, events : int
        Patients who are compared, and their events.
    left : int
        Patients with every covariate who are not compared: trimmed, or without a match.
    score : float array
        Of every patient with every covariate.
    effective, heaviest : float
        Effective sample size, and the largest weight; weights have a mean of 1.
    crude, curve : SurvivalCurve
        Of all with every covariate without weights, and of those who are compared with them.
    median, survival, mean : Estimate
        Of the weighted curve: its median, its height at the horizon, the mean event-free time up to it.
    """

    name: str
    n: int
    events: int
    left: int
    score: np.ndarray
    effective: float
    heaviest: float
    crude: SurvivalCurve
    curve: SurvivalCurve
    median: Estimate
    survival: Estimate
    mean: Estimate


@frozen
class MadeAlike:
    """A group and the reference made alike by a propensity score, and compared.

    Attributes
    ----------
    groups : tuple of WeightedGroup
        The group, then the reference.
    balance : tuple of BalanceOf
    outside : int
        Patients whose score is next to 0 or to 1.
    ratios : tuple of (str, HazardRatio)
        How, in words: crude, weighted with robust limits, weighted with limits of the bootstrap.
    log_rank : Test or None
    survival_difference, mean_difference : Estimate
        The group less the reference, of the weighted curves.
    augmented_survival, augmented_mean : Estimate or None
        The same differences by score and outcome model together; None for matched pairs.
    """

    groups: tuple[WeightedGroup, WeightedGroup]
    balance: tuple[BalanceOf, ...]
    outside: int
    ratios: tuple[tuple[str, HazardRatio], ...]
    log_rank: Test | None
    survival_difference: Estimate
    mean_difference: Estimate
    augmented_survival: Estimate | None
    augmented_mean: Estimate | None


@frozen
class Propensity:
    """The groups of a study made alike by propensity scores.

    Attributes
    ----------
    endpoint, label : str
    weights : str
        "overlap", "ate", "att" or "matching".
    covariates : tuple of str
        Labels.
    horizon_days, trim : float
    cluster : str
        "centre"; empty where patients are independent.
    n, left_out : int
        Patients with a value of the endpoint, and those of them without a covariate or a centre.
    bootstrap : int
        Samples asked for.
    comparisons : tuple of MadeAlike
        A group other than the reference each.
    results : DataFrame
        See `RESULT_SCHEMA`.
    losses : tuple of CompleteCases
        Who is left out of the score.
    """

    endpoint: str
    label: str
    weights: str
    covariates: tuple[str, ...]
    horizon_days: float
    trim: float
    cluster: str
    n: int
    left_out: int
    bootstrap: int
    comparisons: tuple[MadeAlike, ...]
    results: pl.DataFrame
    cautions: tuple[str, ...] = ()
    losses: tuple[CompleteCases, ...] = ()
