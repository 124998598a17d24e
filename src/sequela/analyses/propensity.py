"""The groups made alike by propensity scores: balance, weighted curves, ratios and differences at a horizon.

Overlap weights: Li, Morgan & Zaslavsky (2018), doi:10.1080/01621459.2016.1260466; matching and balance: Austin (2011),
Multivariate Behavioral Research 46:399.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl

from sequela.analyses.assessed import Assessed
from sequela.analyses.complete_cases import CompleteCases, complete_cases
from sequela.analyses.conventions import TIES, Conventions
from sequela.analyses.curves_compared import FAILED_SHARE
from sequela.analyses.design_matrix import DesignMatrix, design_matrix
from sequela.analyses.follow import Followed, follow
from sequela.analyses.propensity_results import BalanceOf, MadeAlike, Propensity, WeightedGroup
from sequela.analyses.propensity_rows import propensity_rows
from sequela.analyses.results import Estimate, HazardRatio, Test
from sequela.analyses.survival import FEW_CENTRES, ratio_of_fit
from sequela.analyses.wording import counted, inside_sentence, listed, loss_sentence, months, percent, rounded
from sequela.derive.baseline import Definitions, covariate_named
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.cox import cox, wald_interval, wald_test
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.log_rank import log_rank
from sequela.stats.propensity import NEXT_TO, PATIENTS_PER_COLUMN, WITHOUT_COUNTERPART, balance, effective_sample_size
from sequela.stats.splines import restricted_cubic_spline, spline_knots
from sequela.stats.weighted_comparison import (
    NUMBERS,
    Sampling,
    TwoGroups,
    Weighing,
    bootstrap,
    contrasts,
    weigh,
    weighted_curve,
)
from sequela.study.cohort import Cohort
from sequela.study.spec import PropensityAnalysis, Study

LEAST_AT_RISK = 10
"""Patients of each group who must still be followed at the horizon (methods, B.4)."""
STILL_UNLIKE = 0.1
"""Standardised difference after weighting from which a covariate is named (Austin 2009)."""
CRUDE, ROBUST, RESAMPLED = "crude", "weighted, robust limits", "weighted, limits of the bootstrap"


def propensity(
    study: Study,
    asked: PropensityAnalysis,
    cohort: Cohort,
    records: Records,
    definitions: Definitions,
    conventions: Conventions,
    read: Assessed | None = None,
) -> Propensity:
    """Make each group alike the reference in the covariates, and compare the two.

    Each comparison has a score of its own. Patients without a covariate are left out and counted. What the data do
    not support is refused: too few patients per column of the score, groups that the covariates tell apart, a horizon
    that a group does not reach.

    Raises
    ------
    NotEstimableError
        As `survival`; groups that are not compared on the endpoint; no comparison that the data support.
    """
    endpoint, read = asked.definition, read or Assessed(records)
    followed = follow(cohort, records, endpoint, definitions.line_rules, read)
    if not endpoint.compares:
        raise NotEstimableError(f"{endpoint.name}: groups are not compared on this endpoint, nor with weights.")
    design = design_matrix(followed.cohort, records, asked.by, definitions)
    data = _patients(asked, followed.cohort, records, definitions, design)
    days, event = followed.days[data.rows], followed.event[data.rows]
    patients = TwoGroups(days, event, data.group > 0, data.columns, data.cluster)
    ask = partial(_compared, patients, data, asked, conventions, study.seed)
    tried = [ask((group, cohort.reference), number) for number, group in enumerate(design.groups, start=1)]
    comparisons = [found for found, _ in tried if found is not None]
    said = [text for _, texts in tried for text in texts]
    if not comparisons:
        raise NotEstimableError(" ".join(said))
    name = f"{endpoint.name} from lesions" if read.reading else endpoint.name
    losses = _losses(followed, design, data)
    result = Propensity(
        endpoint=name,
        label=f"{endpoint.label}{', from lesions' if read.reading else ''}",
        weights=asked.weights,
        covariates=tuple(_as_curve(label, records, asked) for label in design.adjusted_for),
        horizon_days=asked.horizon * DAYS_PER_MONTH,
        trim=asked.trim,
        cluster=asked.cluster or "",
        n=followed.days.size,
        left_out=losses.left_out[-1],
        losses=(losses,),
        bootstrap=asked.bootstrap,
        comparisons=tuple(comparisons),
        results=pl.DataFrame(),
        cautions=(*_general(losses, asked, data), *said, *design.cautions),
    )
    return replace(result, results=propensity_rows(result))


@frozen
class _Patients:
    """The patients with every covariate: their place among all, group (0 is the reference), covariates and cluster.

    `columns` are those of the models, where a curve takes several; `shown` those whose balance is looked at.
    """

    rows: np.ndarray
    group: np.ndarray
    columns: np.ndarray
    shown: np.ndarray
    cluster: np.ndarray
    labels: tuple[str, ...]
    centres: int
    without_centre: np.ndarray


@frozen
class _Pair:
    """A group and the reference."""

    names: tuple[str, str]
    data: TwoGroups
    shown: np.ndarray
    labels: tuple[str, ...]
    asked: PropensityAnalysis
    conventions: Conventions

    @property
    def horizon(self) -> float:
        return self.asked.horizon * DAYS_PER_MONTH

    @property
    def ties(self) -> str:
        """Exact ties are not defined for weights."""
        return "breslow" if self.conventions.ties == "breslow" else "efron"


def _compared(
    patients: TwoGroups,
    data: _Patients,
    asked: PropensityAnalysis,
    conventions: Conventions,
    seed: int,
    names: tuple[str, str],
    number: int,
) -> tuple[MadeAlike | None, list[str]]:
    """Return one group held against the reference with its cautions, or none and why it is not supportable."""
    chosen = np.isin(data.group, (0, number))
    pair = replace(patients.rows(chosen), exposed=data.group[chosen] == number)
    try:
        made = _pair(names, pair, data.shown[chosen], data.labels, asked, conventions)
        return _made_alike(made, np.random.default_rng(seed))
    except NotEstimableError as problem:
        return None, [f"Weighting of {' against '.join(names)} is not supportable: {problem}"]


def _patients(
    asked: PropensityAnalysis, cohort: Cohort, records: Records, definitions: Definitions, design: DesignMatrix
) -> _Patients:
    if not design.columns:
        found = listed([f"{name}" for name in asked.by])
        raise NotEstimableError(f"propensity: no score without a covariate that varies; {found} does not.")
    without = np.zeros(design.complete.size, dtype=bool)
    kept, cluster, centres = np.ones(int(design.complete.sum()), dtype=bool), np.arange(design.matrix.shape[0]), 0
    covariate = covariate_named("centre", records.drugs) if asked.cluster else None
    if covariate is not None:
        at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
        centre = covariate.derive(records, at, definitions)["value"]
        without = centre.is_null().to_numpy()
        names = centre.filter(pl.Series(design.complete))
        kept, centres = names.is_not_null().to_numpy(), names.drop_nulls().n_unique()
        if centres < 2:
            raise NotEstimableError(f"propensity: {counted(centres, 'centre')} in the records; a cluster needs two.")
        cluster = names.fill_null("").rank("dense").to_numpy().astype(int)
    groups = len(design.groups)
    group = (design.matrix[:, :groups] * np.arange(1, groups + 1)).sum(axis=1).astype(int)
    rows, shown = np.flatnonzero(design.complete)[kept], design.matrix[kept, groups:]
    columns = _model_columns(shown, design, {label for label in map(_labelled(records), asked.curved) if label})
    return _Patients(rows, group[kept], columns, shown, cluster[kept], design.columns, centres, without)


def _as_curve(label: str, records: Records, asked: PropensityAnalysis) -> str:
    return f"{label} (as a curve)" if label in map(_labelled(records), asked.curved) else label


def _labelled(records: Records) -> Callable[[str], str]:
    return lambda name: covariate.label if (covariate := covariate_named(name, records.drugs)) else ""


def _model_columns(shown: np.ndarray, design: DesignMatrix, curved: set[str]) -> np.ndarray:
    """Return the covariates as the models take them: a curve is a restricted cubic spline with four knots."""
    parts = []
    for column, label in zip(shown.T, design.labels, strict=True):
        if label not in curved:
            parts.append(column[:, None])
            continue
        try:
            parts.append(restricted_cubic_spline(column, spline_knots(column)))
        except NotEstimableError:
            raise NotEstimableError(
                f"propensity: {inside_sentence(label)} has too few different values to enter as a curve. Take it out "
                "of 'curved'."
            ) from None
    return np.column_stack(parts)


def _pair(
    names: tuple[str, str],
    data: TwoGroups,
    shown: np.ndarray,
    labels: tuple[str, ...],
    asked: PropensityAnalysis,
    conventions: Conventions,
) -> _Pair:
    """Return two groups without the columns that do not vary between their patients."""
    told = np.ptp(shown, axis=0) > 0
    if not told.any():
        raise NotEstimableError(f"no covariate varies among the patients of {' and '.join(names)}.")
    data = replace(data, covariates=data.covariates[:, np.ptp(data.covariates, axis=0) > 0])
    kept = tuple(label for label, varies in zip(labels, told, strict=True) if varies)
    return _Pair(names, data, shown[:, told], kept, asked, conventions)


def _losses(followed: Followed, design: DesignMatrix, data: _Patients) -> CompleteCases:
    missing = {**dict(design.missing), **({"Centre": data.without_centre} if data.centres else {})}
    member = followed.cohort.patients["group"].to_numpy()
    return complete_cases("score", followed.cohort.groups, member, followed.event, missing)


def _general(losses: CompleteCases, asked: PropensityAnalysis, data: _Patients) -> list[str]:
    """Return what is said of all comparisons together."""
    found = []
    if said := loss_sentence(losses):
        found.append(f"{said} The answer holds for patients like those with every value.")
    if asked.cluster and data.centres < FEW_CENTRES:
        found.append(f"With {data.centres} centres, fewer than {FEW_CENTRES}, clustered limits are uncertain.")
    return found


def _made_alike(pair: _Pair, rng: np.random.Generator) -> tuple[MadeAlike, list[str]]:
    data, asked = pair.data, pair.asked
    _check_size(pair)
    weighing = weigh(data, asked.weights, asked.trim)
    _check_horizon(pair, weighing)
    point = dict(zip(NUMBERS, contrasts(data, weighing, pair.horizon, pair.ties), strict=True))
    how = Sampling(asked.weights, asked.trim, pair.horizon, asked.bootstrap, pair.ties)
    samples, failed = bootstrap(data, weighing, how, rng)
    usable = failed <= FAILED_SHARE * asked.bootstrap
    estimate = _estimates(point, samples if usable else samples[:0], asked)
    groups = tuple(_group(pair, weighing, side, estimate) for side in (True, False))
    part = data.rows(weighing.kept)
    outside = int(((weighing.score < NEXT_TO) | (weighing.score > 1 - NEXT_TO)).sum())
    paired = asked.weights == "matching"
    found = MadeAlike(
        groups=(groups[0], groups[1]),
        balance=_balance(pair, weighing),
        outside=outside,
        ratios=_ratios(pair, part, weighing, estimate("log_hazard_ratio", np.exp)),
        log_rank=_log_rank(part, weighing),
        survival_difference=estimate("survival_difference"),
        mean_difference=estimate("mean_difference"),
        augmented_survival=None if paired else estimate("augmented_survival_difference"),
        augmented_mean=None if paired else estimate("augmented_mean_difference"),
    )
    return found, _cautions(pair, found, failed)


def _check_size(pair: _Pair) -> None:
    data, columns = pair.data, pair.data.covariates.shape[1]
    least = min(int(data.exposed.sum()), int((~data.exposed).sum()))
    if least < PATIENTS_PER_COLUMN * columns:
        needed = PATIENTS_PER_COLUMN * columns
        raise NotEstimableError(
            f"{counted(least, 'patient')} with every covariate in the smaller group, and a score of "
            f"{counted(columns, 'column')} needs {needed}. Name fewer covariates."
        )


def _check_horizon(pair: _Pair, weighing: Weighing) -> None:
    """Ask that enough of those who are compared are followed as long as the horizon."""
    data = pair.data.rows(weighing.kept)
    for side, name in ((True, pair.names[0]), (False, pair.names[1])):
        there = np.sort(data.time[data.exposed == side])
        still = int((there >= pair.horizon).sum())
        if still < LEAST_AT_RISK:
            until = months(there[-LEAST_AT_RISK]) if there.size >= LEAST_AT_RISK else "no"
            raise NotEstimableError(
                f"{counted(still, 'patient')} of {name} still followed at {pair.asked.horizon:g} months, expected "
                f"{LEAST_AT_RISK}; that many are followed for {until} months. Name an earlier horizon."
            )


def _estimates(point: dict[str, float], samples: np.ndarray, asked: PropensityAnalysis) -> Callable[..., Estimate]:
    """Return what makes an estimate of one of the numbers, its limits the percentiles of the samples."""
    of = "matched pairs" if asked.weights == "matching" else "centres" if asked.cluster else "patients"
    fitted = "pairs as formed" if asked.weights == "matching" else "score fitted again"
    method = f"percentiles of {len(samples)} bootstrap samples of {of}, {fitted}"

    def estimate(name: str, scale: Callable[[float], float] = float) -> Estimate:
        if not len(samples):
            return Estimate(float(scale(point[name])), np.nan, np.nan, "too many bootstrap samples without an answer")
        low, high = np.quantile(samples[:, NUMBERS.index(name)], [0.025, 0.975])
        return Estimate(float(scale(point[name])), float(scale(low)), float(scale(high)), method)

    return estimate


def _group(pair: _Pair, weighing: Weighing, side: bool, estimate: Callable[..., Estimate]) -> WeightedGroup:
    data, word = pair.data, "exposed" if side else "reference"
    everybody, compared = data.exposed == side, data.exposed[weighing.kept] == side
    curve = weighted_curve(data, weighing, side, interval=pair.conventions.interval)
    median = quantile(curve, 0.5)
    return WeightedGroup(
        name=pair.names[0 if side else 1],
        n=int(compared.sum()),
        events=int(data.event[weighing.kept][compared].sum()),
        left=int(everybody.sum() - compared.sum()),
        score=weighing.score[everybody],
        effective=effective_sample_size(weighing.weights[compared]),
        heaviest=float(weighing.weights[compared].max()),
        crude=kaplan_meier(data.time[everybody], data.event[everybody], interval=pair.conventions.interval),
        curve=curve,
        median=Estimate(median.value, median.low, median.high, f"{median.method}, robust variance"),
        survival=estimate(f"survival_{word}"),
        mean=estimate(f"mean_{word}"),
    )


def _balance(pair: _Pair, weighing: Weighing) -> tuple[BalanceOf, ...]:
    """Compare each column; before: everybody with every covariate, in whose standard deviations both are measured."""
    data, weights = pair.data, np.zeros(pair.data.time.size)
    weights[weighing.kept] = weighing.weights
    found = []
    for label, column in zip(pair.labels, pair.shown.T, strict=True):
        alike = balance(column, data.exposed, weights)
        sides = (data.exposed, ~data.exposed)
        before = tuple(float(column[side].mean()) for side in sides)
        after = tuple(float(np.average(column[side], weights=weights[side])) for side in sides)
        binary = set(np.unique(column)) <= {0.0, 1.0}
        means = ((before[0], before[1]), (after[0], after[1]))
        found.append(BalanceOf(label, binary, *means, alike.before, alike.after, alike.variance_ratio))
    return tuple(found)


def _ratios(
    pair: _Pair, part: TwoGroups, weighing: Weighing, resampled: Estimate
) -> tuple[tuple[str, HazardRatio], ...]:
    data, ties = pair.data, pair.ties
    crude = cox(data.time, data.event, data.exposed.astype(float), ties=pair.conventions.ties)
    weights, cluster = weighing.weights, weighing.cluster
    robust = cox(part.time, part.event, part.exposed.astype(float), ties=ties, weights=weights, cluster=cluster)
    p_value = float(wald_test(robust).p_value[0])
    first = ratio_of_fit(crude, 0, pair.conventions)
    limits = wald_interval(robust)
    value, low, high = (float(np.exp(number[0])) for number in (robust.coefficients, limits.low, limits.high))
    second = Estimate(value, low, high, f"{limits.method}, {TIES[ties]} ties, score taken as known")
    return (
        (CRUDE, HazardRatio(*pair.names, first, float(wald_test(crude).p_value[0]), (), crude.n, crude.events)),
        (ROBUST, HazardRatio(*pair.names, second, p_value, pair.labels, robust.n, robust.events)),
        (RESAMPLED, HazardRatio(*pair.names, resampled, np.nan, pair.labels, robust.n, robust.events)),
    )


def _log_rank(part: TwoGroups, weighing: Weighing) -> Test | None:
    try:
        found = log_rank(part.time, part.event, part.exposed, weights=weighing.weights, cluster=weighing.cluster)
    except NotEstimableError:
        return None
    return Test("weighted log-rank, robust variance", found.p_value, found.chi_square, found.degrees_of_freedom)


def _cautions(pair: _Pair, found: MadeAlike, failed: int) -> list[str]:
    who, total = " against ".join(pair.names), pair.data.time.size
    said = [
        f"{item.label} still differs by {rounded(abs(item.after), 2)} standard deviations when made alike ({who})."
        for item in found.balance
        if abs(item.after) > STILL_UNLIKE
    ]
    if found.outside > WITHOUT_COUNTERPART * total:
        said.append(
            f"{found.outside} of {total} patients ({percent(found.outside, total)}%) have no counterpart: a score "
            f"below {NEXT_TO:g} or above {1 - NEXT_TO:g} ({who})."
        )
    said += [
        f"The weights leave {group.name} the information of {rounded(group.effective)} patients."
        for group in found.groups
        if group.effective < LEAST_AT_RISK
    ]
    if failed:
        said.append(f"{failed} of {pair.asked.bootstrap} bootstrap samples had no answer ({who}).")
    return said
