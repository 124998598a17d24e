"""Bootstrap limits beside hazard ratios and differences of curves, where a study asks for them."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from sequela.analyses.comparisons import Asked, GroupTimes
from sequela.analyses.conventions import Conventions
from sequela.analyses.design_matrix import DesignMatrix
from sequela.analyses.results import Contrast, Estimate, SurvivalGroup
from sequela.errors import NotEstimableError
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.bootstrap_limits import BootstrapLimits, bca_limits, percentile_limits
from sequela.stats.cox import CoxFit
from sequela.stats.cox_bootstrap import bootstrap
from sequela.stats.cox_residuals import influence
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.kaplan_meier import kaplan_meier
from sequela.stats.resampled_curves import ResampledCurves, curve_bootstrap
from sequela.stats.restricted_mean import restricted_mean_influence

STREAM = 23
"""Beside the seed of a study, what makes these draws their own."""
FEW_SAMPLES = 0.95
"""Share of samples with an estimate below which limits are called doubtful (house rule)."""


def ratio_limits(fit: CoxFit, design: DesignMatrix, data: GroupTimes, asked: Asked) -> list[tuple[Estimate, ...]]:
    """Return percentile and BCa limits of the hazard ratio of each group in a model.

    Patients are drawn, or centres where the model takes them for clusters; the knots of curves stay where they are.

    Parameters
    ----------
    fit : CoxFit
    design : DesignMatrix
    data : GroupTimes
        Of the patients in the model.
    asked : Asked

    Raises
    ------
    NotEstimableError
        Exact ties, a coefficient without a finite estimate, or samples without any.
    """
    chance = np.random.default_rng([asked.seed, STREAM, int(bool(design.adjusted_for))])
    drawn = bootstrap(fit, chance, samples=asked.samples, cluster=design.cluster).coefficients
    roles = {"entry": data.entry, "strata": design.strata, "weights": design.weights}
    moved = influence(fitted_risks(fit, data.days, data.event, design.matrix, **roles))
    units = "patients" if design.cluster is None else "centres"
    found = []
    for place in range(len(design.groups)):
        value = float(fit.coefficients[place])
        own = _by_cluster(moved[:, place], design.cluster)
        both = _both(drawn[:, place], value, own)
        found.append(tuple(_estimate(value, limits, asked.samples, units, np.exp) for limits in both))
    return found


def curve_limits(
    data: GroupTimes,
    groups: Iterable[SurvivalGroup],
    contrasts: tuple[Contrast, ...],
    centre: np.ndarray | None,
    conventions: Conventions,
    asked: Asked,
) -> tuple[tuple[Contrast, ...], tuple[str, ...]]:
    """Add the difference of medians by percentiles, and bootstrap limits to differences of restricted means.

    The curves of the groups are read again in each sample. Returned with cautions. `centre` holds the centre of each
    patient, -1 where it is missing, where centres are drawn; who has none is drawn alone.
    """
    if data.entry is not None:
        return contrasts, (
            "No bootstrap of medians and mean times is made under delayed entry: early risk sets may be empty in a "
            "sample.",
        )
    chance = np.random.default_rng([asked.seed, STREAM, 2])
    horizon = None if asked.horizon is None else asked.horizon * DAYS_PER_MONTH
    cluster = None if centre is None else np.where(centre < 0, centre.max() + 1 + np.arange(centre.size), centre)
    drawn = curve_bootstrap(
        data.days,
        data.event,
        data.codes,
        chance,
        samples=asked.samples,
        weights=data.weights,
        cluster=cluster,
        horizon=horizon,
    )
    return _with_limits(data, list(groups), contrasts, cluster, drawn, (conventions, asked))


def _with_limits(
    data: GroupTimes,
    groups: list[SurvivalGroup],
    contrasts: tuple[Contrast, ...],
    cluster: np.ndarray | None,
    drawn: ResampledCurves,
    how: tuple[Conventions, Asked],
) -> tuple[tuple[Contrast, ...], tuple[str, ...]]:
    conventions, asked = how
    units = "patients" if cluster is None else "centres"
    medians: list[Contrast] = []
    cautions: list[str] = []
    if conventions.median == "R":
        medians, cautions = _of_medians(data, groups, drawn, asked, units)
    else:
        cautions.append(f"No bootstrap of medians is made in the dialect {conventions.dialect}.")
    kept = []
    for item in contrasts:
        if item.measure == "restricted mean difference" and drawn.means is not None:
            codes = [data.cohort.groups.index(name) for name in (item.group, item.reference)]
            values = drawn.means[:, codes[0]] - drawn.means[:, codes[1]]
            own = _by_cluster(_mean_influence(data, codes, item.day), cluster)
            try:
                both = _both(values, item.estimate.value, own)
                limits = tuple(_estimate(item.estimate.value, of, asked.samples, units) for of in both)
                item = replace(item, bootstrap=limits)
                cautions += _doubtful(both[0], asked.samples, f"the mean times of {item.group} and {item.reference}")
            except NotEstimableError as problem:
                cautions.append(f"The bootstrap of the difference of mean times has no limits: {problem}")
        kept.append(item)
    return (*medians, *kept), tuple(cautions)


def _of_medians(
    data: GroupTimes, groups: list[SurvivalGroup], drawn: ResampledCurves, asked: Asked, units: str
) -> tuple[list[Contrast], list[str]]:
    by_name, reference = {group.name: group for group in groups}, data.cohort.reference
    other = data.cohort.groups.index(reference)
    found, cautions = [], []
    for place, name in enumerate(data.cohort.groups):
        if name == reference:
            continue
        with np.errstate(invalid="ignore"):
            values = drawn.medians[:, place] - drawn.medians[:, other]
        estimate = by_name[name].median.value - by_name[reference].median.value
        try:
            limits = percentile_limits(values)
        except NotEstimableError as problem:
            cautions.append(f"The bootstrap of the difference of medians has no limits: {problem}")
            continue
        shown = _estimate(estimate, limits, asked.samples, units)
        found.append(Contrast(name, reference, "median difference", 0.0, shown, float("nan")))
        cautions += _doubtful(limits, asked.samples, f"the medians of {name} and {reference}")
    return found, cautions


def _mean_influence(data: GroupTimes, codes: list[int], day: float) -> np.ndarray:
    """Return how much each patient moves the difference of two mean times; 0 for those of other groups."""
    moved = np.zeros(data.days.size)
    for code, sign in zip(codes, (1.0, -1.0), strict=True):
        here = data.codes == code
        weights = None if data.weights is None else data.weights[here]
        curve = kaplan_meier(data.days[here], data.event[here], weights=weights, variance="robust")
        moved[here] = sign * restricted_mean_influence(curve, day)
    return moved


def _by_cluster(moved: np.ndarray, cluster: np.ndarray | None) -> np.ndarray:
    if cluster is None:
        return moved
    return np.bincount(np.unique(cluster, return_inverse=True)[1], weights=moved)


def _both(values: np.ndarray, estimate: float, moved: np.ndarray) -> tuple[BootstrapLimits, BootstrapLimits]:
    return percentile_limits(values), bca_limits(values, estimate, moved)


def _estimate(
    value: float, limits: BootstrapLimits, samples: int, units: str, scale: np.ufunc | None = None
) -> Estimate:
    number = f"{samples}" if limits.used == samples else f"{limits.used} of {samples}"
    method = f"{limits.method}, {number} samples of {units}"
    at, low, high = (float(scale(of)) if scale else of for of in (value, limits.low, limits.high))
    return Estimate(at, low, high, method)


def _doubtful(limits: BootstrapLimits, samples: int, what: str) -> list[str]:
    if limits.used >= FEW_SAMPLES * samples:
        return []
    return [f"Only {limits.used} of {samples} bootstrap samples tell {what}: their limits are doubtful."]
