"""Curves compared as the study asks: the test by name, strata, trend, pairs, milestones, restricted means."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.complete_cases import CompleteCases, complete_cases
from sequela.analyses.results import Contrast, Estimate, PairTest, SurvivalGroup, Test
from sequela.analyses.wording import inside_sentence, listed, loss_sentence
from sequela.derive.baseline import covariate_named
from sequela.derive.covariate import Definitions
from sequela.errors import NotEstimableError, StudyError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.differences import Difference, survival_difference
from sequela.stats.group_cells import Roles
from sequela.stats.log_rank import LogRank, log_rank
from sequela.stats.log_rank_trend import log_rank_trend
from sequela.stats.pairwise_log_rank import pairwise
from sequela.stats.restricted_mean import (
    RestrictedMean,
    restricted_mean,
    restricted_mean_difference,
    restricted_mean_ratio,
)
from sequela.stats.weightings import Weighting, weighting_named
from sequela.study.cohort import Cohort

MAX_COMBO, PERMUTATION = "maxcombo", "permutation"


@frozen
class Asked:
    """How a study wants its curves compared; see the options of a survival analysis.

    Attributes
    ----------
    test : str
        A weighting by name, "maxcombo" or "permutation".
    stratify : tuple of str
        Covariates within whose levels the test compares.
    pairwise, trend : bool
    milestones : tuple of float
        Months at which curves are read and subtracted.
    horizon : float or None
        Months up to which means are restricted.
    seed : int
        Of the permutations that are drawn.
    strata : tuple of str
        Covariates whose levels have baseline hazards of their own in the models.
    cluster : str or None
        "centre": limits of hazard ratios are robust to patients of one centre being alike.
    curved : tuple of str
        Covariates of the adjusted model that enter as curves.
    imputations : int
        Completed data sets in which the adjusted model is fitted once more; 0 for none.
    delayed : bool
        Patients are at risk from the day they came into the cohort.
    as_crr : bool
        Ratios of incidences are those of cmprsk's `crr`.
    conditional : tuple of float
        Months survived so far, from which curves are read again.
    rates : bool
        Events per person-time are counted.
    samples : int
        Bootstrap samples; 0 for none.
    residuals : tuple of str
        Residuals of the models that are kept.
    weights, offset : str or None
        The quantity by which patients count; the one that models add to the log hazard.
    """

    test: str = "log-rank"
    stratify: tuple[str, ...] = ()
    pairwise: bool = False
    trend: bool = False
    milestones: tuple[float, ...] = ()
    horizon: float | None = None
    seed: int = 1
    strata: tuple[str, ...] = ()
    cluster: str | None = None
    curved: tuple[str, ...] = ()
    imputations: int = 0
    delayed: bool = False
    as_crr: bool = False
    conditional: tuple[float, ...] = ()
    weights: str | None = None
    offset: str | None = None
    residuals: tuple[str, ...] = ()
    samples: int = 0
    rates: bool = False


@frozen
class GroupTimes:
    """Each patient's group, as its place in the order of the study, and time to the event.

    Beside them entry, where it is late; the weight, where patients count unalike; the offset of the models, nan where
    it is missing.
    """

    cohort: Cohort
    codes: np.ndarray
    days: np.ndarray
    event: np.ndarray
    entry: np.ndarray | None = None
    weights: np.ndarray | None = None
    offset: np.ndarray | None = None

    def of(self, rows: np.ndarray) -> "GroupTimes":
        """Return the times of some patients, given by a bool or an index array; the cohort stays whole."""
        others = (None if of is None else of[rows] for of in (self.entry, self.weights, self.offset))
        return GroupTimes(self.cohort, self.codes[rows], self.days[rows], self.event[rows], *others)


@frozen
class Strata:
    """The stratum of each patient, -1 where a covariate is missing; who lacks each covariate, by label."""

    codes: np.ndarray
    missing: dict[str, np.ndarray]

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the covariates by label."""
        return tuple(self.missing)


@frozen
class Comparison:
    """What the tests and the differences said; cautions are sentences."""

    test: Test | None = None
    trend: Test | None = None
    pairs: tuple[PairTest, ...] = ()
    cautions: tuple[str, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    losses: tuple[CompleteCases, ...] = ()


def compared(data: GroupTimes, asked: Asked, records: Records, definitions: Definitions) -> Comparison:
    """Run the tests a study asks for; what cannot be computed becomes a caution."""
    if len(data.cohort.groups) < 2 or not data.event.any():
        return Comparison()
    strata = strata_of(data.cohort, asked.stratify, records, definitions)
    losses = _losses(data, strata)
    cautions = [said for cases in losses if (said := loss_sentence(cases))]
    known = strata.codes >= 0
    if not known.any():
        return Comparison(cautions=tuple(cautions), losses=losses)
    data = data.of(known)
    blocks = strata.codes[known] if strata.labels else None
    test, untested = _attempt(lambda: _test(data, blocks, strata.labels, asked), "test of the curves")
    trend: Test | None = None
    if asked.trend:
        trend, without = _attempt(lambda: _trend(data, blocks, asked), "test of trend")
        untested += without
    pairs: tuple[PairTest, ...] = ()
    if asked.pairwise and len(data.cohort.groups) > 2:
        pairs, without = _pairs(data, blocks, asked)
        untested += without
    return Comparison(test, trend, pairs, (*cautions, *untested), losses=losses)


def _losses(data: GroupTimes, strata: Strata) -> tuple[CompleteCases, ...]:
    if not strata.labels:
        return ()
    member = data.cohort.patients["group"].to_numpy()
    return (complete_cases("stratified test", data.cohort.groups, member, data.event, strata.missing),)


def with_restricted_means(groups: Iterable[SurvivalGroup], asked: Asked) -> tuple[list[SurvivalGroup], tuple[str, ...]]:
    """Add the restricted mean of each group; not estimable where nobody was followed so long."""
    found = list(groups)
    if asked.horizon is None:
        return found, ()
    means = [_mean(group, asked.horizon) for group in found]
    cautions: tuple[str, ...] = ()
    if begun := [group for group in found if group.curve.start]:
        cautions = (f"No mean is printed of {listed([group.name for group in begun])}: the curve starts later.",)
    elif any(mean is None for mean in means):
        latest = min(float(group.curve.time[-1]) for group in found if group.curve.survival[-1] > 0) / DAYS_PER_MONTH
        cautions = (
            f"The mean up to {asked.horizon:g} months is not estimable in every group; the latest horizon that all of "
            f"them reach is {np.floor(latest * 10) / 10:g} months.",
        )
    return [replace(group, restricted_mean=_of_mean(mean)) for group, mean in zip(found, means, strict=True)], cautions


def contrasts(groups: Iterable[SurvivalGroup], cohort: Cohort, asked: Asked) -> tuple[Contrast, ...]:
    """Return each group against the reference at the milestones and in the restricted mean."""
    by_name, reference = {group.name: group for group in groups}, cohort.reference
    found = []
    for name, group in by_name.items():
        if name == reference or reference not in by_name:
            continue
        other = by_name[reference]
        if group.curve.start or other.curve.start:
            continue
        for month in asked.milestones:
            day = month * DAYS_PER_MONTH
            apart = survival_difference(group.curve, other.curve, day)
            if np.isfinite(apart.value):
                found.append(_contrast(name, reference, "survival difference", day, apart))
        means = [_mean(item, asked.horizon) for item in (group, other)] if asked.horizon else []
        if means and means[0] is not None and means[1] is not None:
            day, level = means[0].horizon, group.curve.level
            difference = restricted_mean_difference(means[0], means[1], level)
            ratio = restricted_mean_ratio(means[0], means[1], level)
            found.append(_contrast(name, reference, "restricted mean difference", day, difference))
            found.append(_contrast(name, reference, "restricted mean ratio", day, ratio))
    return tuple(found)


def strata_of(cohort: Cohort, names: tuple[str, ...], records: Records, definitions: Definitions) -> Strata:
    """Cross the levels of the covariates, as of time zero."""
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    codes, missing = np.zeros(at.height, dtype=np.int64), {}
    for name in names:
        covariate = covariate_named(name, records.drugs)
        if covariate is None or covariate.kind == "continuous":
            found = "is a quantity, which has no strata" if covariate else "is no covariate"
            raise StudyError(f"strata: {name!r} {found}; name a covariate with levels")
        values = covariate.derive(records, at, definitions)["value"].to_list()
        levels = {value: place for place, value in enumerate(sorted({v for v in values if v is not None}, key=str))}
        own = np.array([levels.get(value, -1) for value in values])
        missing[covariate.label] = own < 0
        codes = np.where((codes < 0) | (own < 0), -1, codes * max(1, len(levels)) + own)
    return Strata(codes, missing)


def _test(data: GroupTimes, blocks: np.ndarray | None, labels: tuple[str, ...], asked: Asked) -> Test:
    said = [f"stratified by {_named(labels)}"] if labels else []
    said += ["patients weighted, robust variance"] if data.weights is not None else []
    stratified = "stratified " if labels else ""
    if asked.test == MAX_COMBO:
        from sequela.stats.max_combo import max_combo  # noqa: PLC0415 (asked for by few)

        several = max_combo(data.days, data.event, data.codes, Roles(data.entry, blocks, data.weights))
        said.insert(0, f"of {', '.join(f'({item.rho:g}, {item.gamma:g})' for item in several.weightings)}")
        return Test(f"{stratified}MaxCombo", several.p_value, several.statistic, detail=", ".join(said))
    if asked.test == PERMUTATION:
        if data.entry is not None:
            raise NotEstimableError("groups that came under observation at unlike times cannot be exchanged")
        from sequela.stats.permutation_log_rank import permutation_log_rank  # noqa: PLC0415 (asked for by few)

        drawn = permutation_log_rank(
            data.days, data.event, data.codes, strata=blocks, generator=np.random.default_rng(asked.seed)
        )
        how = "enumerated" if drawn.exact else "drawn"
        said.insert(0, f"{drawn.assignments} assignments of the patients to the groups {how}")
        return Test(f"{stratified}permutation log-rank", drawn.p_value, drawn.statistic, detail=", ".join(said))
    weighting = weighting_named(asked.test)
    if weighting.kind == "fleming-harrington":
        said.insert(0, f"rho {weighting.rho:g} and gamma {weighting.gamma:g}")
    test = _log_rank(data, blocks, weighting)
    name = f"{stratified}{weighting.name}"
    return Test(name, test.p_value, test.chi_square, test.degrees_of_freedom, ", ".join(said))


def _log_rank(data: GroupTimes, blocks: np.ndarray | None, weighting: Weighting) -> LogRank:
    roles = {"entry": data.entry, "strata": blocks, "weights": data.weights}
    return log_rank(data.days, data.event, data.codes, weighting=weighting, **roles)


def _trend(data: GroupTimes, blocks: np.ndarray | None, asked: Asked) -> Test:
    weighting = weighting_named("log-rank" if asked.test in (MAX_COMBO, PERMUTATION) else asked.test)
    test = _log_rank(data, blocks, weighting)
    found = log_rank_trend(test, test.groups)
    order = " < ".join(data.cohort.groups)
    return Test(f"{weighting.name} trend", found.p_value, found.z**2, 1, f"groups in the order {order}")


def _pairs(data: GroupTimes, blocks: np.ndarray | None, asked: Asked) -> tuple[tuple[PairTest, ...], tuple[str, ...]]:
    def compare(rows: np.ndarray) -> float:
        return _test(data.of(rows), None if blocks is None else blocks[rows], (), asked).p_value

    names = data.cohort.groups
    found = pairwise(data.codes, compare)
    cautions = [
        f"{names[pair.first]} and {names[pair.second]} cannot be compared: {pair.reason}"
        for pair in found
        if pair.reason
    ]
    pairs = [
        PairTest(names[pair.first], names[pair.second], pair.p_value, pair.adjusted_p_value, pair.family)
        for pair in found
    ]
    return tuple(pairs), tuple(cautions)


def _attempt(work: Callable[[], Test], what: str) -> tuple[Test | None, tuple[str, ...]]:
    try:
        return work(), ()
    except NotEstimableError as problem:
        return None, (f"The {what} is not computable: {problem}",)


def _mean(group: SurvivalGroup, months: float) -> RestrictedMean | None:
    if group.curve.start:
        return None
    try:
        return restricted_mean(group.curve, months * DAYS_PER_MONTH)
    except NotEstimableError:
        return None


def _of_mean(mean: RestrictedMean | None) -> Estimate:
    if mean is None:
        return Estimate(np.nan, np.nan, np.nan, "not followed so long")
    return Estimate(mean.value, mean.low, mean.high, "area under the curve, Greenwood")


def _contrast(group: str, reference: str, measure: str, day: float, found: Difference) -> Contrast:
    estimate = Estimate(found.value, found.low, found.high, found.method)
    return Contrast(group, reference, measure, day, estimate, found.p_value)


def _named(labels: tuple[str, ...]) -> str:
    return listed([inside_sentence(label) for label in labels])
