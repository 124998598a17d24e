"""Time to an endpoint by group: curves, medians, log-rank, crude and adjusted hazard ratios."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.assessed import Assessed
from sequela.analyses.case_weights import on_the_card, weighted
from sequela.analyses.comparisons import (
    Asked,
    Comparison,
    GroupTimes,
    compared,
    contrasts,
    strata_of,
    with_restricted_means,
)
from sequela.analyses.complete_cases import CompleteCases, complete_cases
from sequela.analyses.conventions import CONVENTIONS, TIES, Conventions
from sequela.analyses.decisions import decision_rows
from sequela.analyses.design_matrix import (
    DesignMatrix,
    curved_design,
    design_matrix,
    grouped_design,
    knots_for,
    quantity_of,
    weighed_design,
)
from sequela.analyses.event_rates import rate_ratios, with_rates
from sequela.analyses.follow import Followed, follow, notes
from sequela.analyses.group_curves import curve_cautions, group_curves
from sequela.analyses.model_checks import model_check, model_rows
from sequela.analyses.residual_table import residual_table
from sequela.analyses.results import (
    Decision,
    Estimate,
    HazardRatio,
    ModelCheck,
    MultiplyImputed,
    Survival,
    SurvivalGroup,
)
from sequela.analyses.survival_rows import comparison_rows, survival_rows
from sequela.analyses.tidy import Row, loss_rows, tidy
from sequela.analyses.wording import interval, loss_sentence
from sequela.analyses.wording import ratio as written
from sequela.derive.baseline import covariate_named
from sequela.derive.covariate import DEFAULT_DEFINITIONS, Definitions
from sequela.derive.endpoints import Endpoint
from sequela.errors import NotEstimableError, Problem
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.cox import CoxFit, cox, wald_interval, wald_test
from sequela.stats.profile_likelihood import profile_likelihood_interval
from sequela.study.cohort import Cohort
from sequela.study.questions import MILESTONES

FEW_EVENTS = 40
"""Events below which a hazard ratio gets a profile-likelihood interval instead of Wald's (methods, E.5)."""
EVENTS_PER_COEFFICIENT = 10
"""Events per coefficient below which a model is called too rich for its data (Peduzzi 1995)."""
FEW_CENTRES = 40
"""Centres below which a clustered interval is itself uncertain (Cameron & Miller 2015)."""

ONE_BY_ONE = (
    "Limits of hazard ratios allow for patients of one centre being alike; the limits and tests of the curves and the "
    "tests of proportional hazards do not."
)
"""Said of a study with clusters."""


def survival(
    cohort: Cohort,
    records: Records,
    endpoint: Endpoint,
    adjust: Iterable[str] = (),
    definitions: Definitions = DEFAULT_DEFINITIONS,
    conventions: Conventions = CONVENTIONS["default"],
    asked: Asked = Asked(),  # noqa: B008 - frozen
    read: Assessed | None = None,
) -> Survival:
    """Compare the groups on one endpoint.

    Parameters
    ----------
    cohort : Cohort
    records : Records
    endpoint : Endpoint
    adjust : iterable of str
        Covariates of the adjusted model; patients without a value of one of them are left out
        of it and counted.
    definitions : Definitions
    conventions : Conventions
    asked : Asked
        The test, its strata, pairs, milestones (6, 12 and 24 months where none are given) and horizon; the strata
        and clusters of the models.
    read : Assessed
        What progression is read from; the records as they are where nothing is given.

    Raises
    ------
    NotEstimableError
        Where nobody has a value, everyone is censored at the start, a group is empty, or the endpoint's clock starts
        before its patients entered the cohort.
    """
    read = read or Assessed(records)
    followed = follow(cohort, records, endpoint, definitions.line_rules, read, delayed=asked.delayed)
    comparison, weighted_by, followed = _compared_times(followed, records, definitions, asked)
    cohort = followed.cohort
    groups = _curves(comparison, conventions, asked)
    shown, beyond = with_restricted_means(groups[:-1], asked)
    name = f"{endpoint.name} from lesions" if read.reading else endpoint.name
    how = _Modelling(conventions, asked, name)
    made, tests = _Made(), Comparison()
    cautions: tuple[str, ...] = (*beyond, *followed.cautions, *read.cautions)
    cautions = (*cautions, ONE_BY_ONE) if asked.cluster and endpoint.compares else cautions
    if endpoint.compares:
        made = _hazard_ratios(comparison, records, tuple(adjust), definitions, how)
        tests = _tests(comparison, shown, records, definitions, how)
        cautions = (*curve_cautions(shown), *tests.cautions, *made.cautions, *cautions)
    losses = (*made.losses, *tests.losses)
    return Survival(
        endpoint=name,
        label=f"{endpoint.label}, from lesions" if read.reading else endpoint.label,
        definition=(*followed.decisions, *_reading(read)),
        groups=tuple(shown),
        test=tests.test,
        hazard_ratios=made.ratios,
        reference=cohort.reference,
        results=tidy(_rows(name, (*shown, groups[-1]), made, tests, followed)),
        cautions=(*cautions, *on_the_card(asked.weights, asked.offset)),
        notes=notes(endpoint),
        models=made.models,
        trend=tests.trend,
        pairs=tests.pairs,
        contrasts=tests.contrasts,
        horizon=asked.horizon,
        losses=losses,
        imputed=made.imputed,
        weighted_by=weighted_by,
        residuals=pl.concat(made.residuals) if made.residuals else None,
    )


def _rows(
    name: str, groups: tuple[SurvivalGroup, ...], made: "_Made", tests: Comparison, followed: Followed
) -> list[Row]:
    """Return the tidy rows of curves, ratios, tests, models and decisions, and of who is left out."""
    return [
        *survival_rows(name, list(groups), made.ratios, made.imputed),
        *comparison_rows(name, tests),
        *model_rows(name, made.models),
        *decision_rows(name, followed.decisions, followed.cohort.groups),
        *loss_rows("survival", name, (*made.losses, *tests.losses)),
    ]


def _curves(data: GroupTimes, conventions: Conventions, asked: Asked) -> list[SurvivalGroup]:
    """Return the curve of each group, then that of everyone, with what else the study asks of them."""
    groups = group_curves(data, conventions, asked.milestones or MILESTONES, asked.conditional)
    return with_rates(data, groups) if asked.rates else groups


def _tests(
    data: GroupTimes, groups: list[SurvivalGroup], records: Records, definitions: Definitions, how: "_Modelling"
) -> Comparison:
    """Return the tests and the differences of the curves, with bootstrap limits where they are asked for."""
    tests = compared(data, how.asked, records, definitions)
    found, cautions = contrasts(groups, data.cohort, how.asked), tests.cautions
    if how.asked.rates:
        ratios, said = rate_ratios(groups, data.cohort.reference)
        found, cautions = (*ratios, *found), (*cautions, *said)
    if how.asked.samples and len(groups) > 1:
        from sequela.analyses.resampled import curve_limits  # noqa: PLC0415 (asked for by few)

        centre = strata_of(data.cohort, ("centre",), records, definitions).codes if how.asked.cluster else None
        found, said = curve_limits(data, groups, found, centre, how.conventions, how.asked)
        cautions = (*cautions, *said)
    return replace(tests, contrasts=found, cautions=cautions)


def _compared_times(
    followed: Followed, records: Records, definitions: Definitions, asked: Asked
) -> tuple[GroupTimes, str, Followed]:
    """Return the times of the groups with weights and offset, the label of the weights, and who is left."""
    weights, offset, label = None, None, ""
    if asked.weights:
        followed, weights, label = weighted(followed, records, definitions, asked.weights)
    cohort = followed.cohort
    if asked.offset:
        named, offset = quantity_of(cohort, asked.offset, records, definitions)
        if np.isnan(offset).all():
            raise NotEstimableError(
                f"offset: {named} is not recorded for anybody; nothing can be added to the log hazard."
            )
    codes = np.array([cohort.groups.index(group) for group in cohort.patients["group"]])
    return GroupTimes(cohort, codes, followed.days, followed.event, followed.entry, weights, offset), label, followed


def _reading(read: Assessed) -> tuple[Decision, ...]:
    return (Decision("", "read from", read.reading),) if read.reading else ()


@frozen
class _Made:
    """The ratios, crude first, the checks of their models, and what is to be said of both."""

    ratios: tuple[HazardRatio, ...] = ()
    models: tuple[ModelCheck, ...] = ()
    cautions: tuple[str, ...] = ()
    losses: tuple[CompleteCases, ...] = ()
    imputed: MultiplyImputed | None = None
    residuals: tuple[pl.DataFrame, ...] = ()


@frozen
class _Modelling:
    """How models are made, and of which endpoint."""

    conventions: Conventions
    asked: Asked
    endpoint: str

    @property
    def milestones(self) -> tuple[float, ...]:
        """Return the days at which curves are read."""
        return tuple(month * DAYS_PER_MONTH for month in self.asked.milestones or MILESTONES)


def _hazard_ratios(
    data: GroupTimes, records: Records, adjust: tuple[str, ...], definitions: Definitions, how: _Modelling
) -> _Made:
    """Return crude then adjusted ratios, the checks of their models; what cannot be estimated becomes a caution."""
    if len(data.cohort.groups) < 2:
        return _Made()
    models = _designs(data, records, adjust, definitions, how.asked)
    fitted: list[_Fitted] = []
    cautions: list[str] = []
    for model in models:
        kind = "adjusted" if model.adjusted_for else "crude"
        try:
            fitted.append(_fit(data, model, how))
            cautions += fitted[-1].cautions
        except NotEstimableError as problem:
            cautions.append(f"The {kind} hazard ratio is not estimable: {problem}")
        cautions += _model_cautions(data, model)
    losses = tuple(_loss(data, model) for model in models if model.adjusted_for or model.missing)
    imputed: MultiplyImputed | None = None
    if how.asked.imputations:
        from sequela.analyses.multiply_imputed import imputed_cautions, multiply_imputed  # noqa: PLC0415 (asked for by few)

        try:
            imputed = multiply_imputed(data, records, adjust, definitions, how.conventions, how.asked)
            cautions += imputed_cautions(imputed)
        except NotEstimableError as problem:
            cautions.append(f"Missing covariates cannot be imputed: {problem}")
    ratios = tuple(ratio for one in fitted for ratio in one.ratios)
    residuals = tuple(one.residuals for one in fitted if one.residuals is not None)
    return _Made(ratios, tuple(one.check for one in fitted), tuple(cautions), losses, imputed, residuals)


def _designs(
    data: GroupTimes, records: Records, adjust: tuple[str, ...], definitions: Definitions, asked: Asked
) -> list[DesignMatrix]:
    """Return the crude model and the adjusted one; a covariate of the strata needs no coefficient."""
    adjust = tuple(name for name in adjust if name not in asked.strata)
    models = [design_matrix(data.cohort, records, names, definitions) for names in ((), adjust)[: 1 + bool(adjust)]]
    strata = strata_of(data.cohort, asked.strata, records, definitions)
    centre = strata_of(data.cohort, ("centre",), records, definitions).codes if asked.cluster else None
    made = [grouped_design(model, strata.missing, strata.codes, centre) for model in models]
    offset = covariate_named(asked.offset or "", records.drugs)
    made = [weighed_design(model, data.weights, data.offset, offset.label if offset else "") for model in made]
    curved = tuple(name for name in asked.curved if name in adjust)
    if not curved:
        return made
    return [curved_design(model, curved, records, knots_for(int(data.event[model.complete].sum()))) for model in made]


def _loss(data: GroupTimes, model: DesignMatrix) -> CompleteCases:
    member = data.cohort.patients["group"].to_numpy()
    return complete_cases(
        "adjusted model" if model.adjusted_for else "crude model",
        data.cohort.groups,
        member,
        data.event,
        dict(model.missing),
    )


def _model_cautions(data: GroupTimes, model: DesignMatrix) -> list[str]:
    cautions = [said] if (said := loss_sentence(_loss(data, model))) else []
    centres = 0 if model.cluster is None else np.unique(model.cluster).size
    if 1 < centres < FEW_CENTRES:
        cautions.append(f"With {centres} centres, fewer than {FEW_CENTRES}, clustered limits are uncertain.")
    if not model.adjusted_for:
        return cautions
    events, coefficients = int(data.event[model.complete].sum()), model.matrix.shape[1]
    if events < EVENTS_PER_COEFFICIENT * coefficients:
        cautions.append(
            f"The adjusted model has {events} events for {coefficients} coefficients; "
            f"fewer than {EVENTS_PER_COEFFICIENT} events each make adjusted estimates unstable."
        )
    return [*cautions, *model.cautions]


def _penalised(fit: CoxFit, index: int, group: str) -> str:
    """Say what Firth's penalty makes of a hazard ratio without a finite estimate."""
    begin = f"The hazard ratio of {group} has no finite estimate, since the events do not overlap"
    from sequela.stats.firth import firth, firth_interval  # noqa: PLC0415 (asked for by few)

    try:
        penalised = firth(fit)
        limits = firth_interval(penalised, index)
    except NotEstimableError as problem:
        return f"{begin}, nor has it one with Firth's penalty: {problem}"
    low, high = float(np.exp(limits.low)), float(np.exp(limits.high))
    value = written(float(np.exp(penalised.coefficients[index])))
    return f"{begin}; with Firth's penalty it is {value} ({interval(low, high, written)}, {limits.method})."


@frozen
class _Fitted:
    """One model: its ratios, its check, what is to be said of it, its residuals."""

    ratios: tuple[HazardRatio, ...]
    check: ModelCheck
    cautions: tuple[str, ...]
    residuals: pl.DataFrame | None


def _fit(data: GroupTimes, model: DesignMatrix, how: _Modelling) -> _Fitted:
    here = data.of(model.complete)
    if model.cluster is not None and np.unique(model.cluster).size < 2:
        found = f"{np.unique(model.cluster).size} in the records"
        raise NotEstimableError(Problem("centre", found, "two or more", "Leave out cluster."))
    fit = cox(here.days, here.event, model.matrix, ties=how.conventions.ties, **model.roles(here.entry))
    p_values = wald_test(fit).p_value
    ratios = [
        HazardRatio(
            group=group,
            reference=data.cohort.reference,
            estimate=_estimate(fit, index, model, how.conventions),
            p_value=float(p_values[index]),
            adjusted_for=model.adjusted_for,
            n=fit.n,
            events=fit.events,
            left_out=model.left_out,
            within=model.within,
            offset=model.offset_label,
        )
        for index, group in enumerate(model.groups)
    ]
    separated = [_penalised(fit, index, name) for index, name in enumerate(model.groups) if fit.diverging[index]]
    checked = model_check(here.days, here.event, model, fit, data.cohort.reference, how.milestones, here.entry)
    residuals, without = _residuals(data, model, fit, how)
    resampled, failed = _resampled(ratios, fit, model, here, how)
    return _Fitted(resampled, checked, (*separated, *without, *failed), residuals)


def _resampled(
    ratios: list[HazardRatio], fit: CoxFit, model: DesignMatrix, here: GroupTimes, how: _Modelling
) -> tuple[tuple[HazardRatio, ...], tuple[str, ...]]:
    """Add bootstrap limits to hazard ratios, or say why there are none."""
    if not how.asked.samples:
        return tuple(ratios), ()
    from sequela.analyses.resampled import ratio_limits  # noqa: PLC0415 (asked for by few)

    try:
        limits = ratio_limits(fit, model, here, how.asked)
    except NotEstimableError as problem:
        kind = "adjusted" if model.adjusted_for else "crude"
        return tuple(ratios), (f"The bootstrap of the {kind} model has no limits: {problem}",)
    return tuple(replace(ratio, bootstrap=of) for ratio, of in zip(ratios, limits, strict=True)), ()


def _residuals(
    data: GroupTimes, model: DesignMatrix, fit: CoxFit, how: _Modelling
) -> tuple[pl.DataFrame | None, tuple[str, ...]]:
    if not how.asked.residuals:
        return None, ()
    try:
        return residual_table(fit, model, data, how.asked.residuals, how.endpoint), ()
    except NotEstimableError as problem:
        kind = "adjusted" if model.adjusted_for else "crude"
        return None, (f"The {kind} model has no residuals: {problem}",)


def _estimate(fit: CoxFit, index: int, model: DesignMatrix, conventions: Conventions) -> Estimate:
    """Return a hazard ratio whose method names the weights, if there are any."""
    found = ratio_of_fit(fit, index, conventions)
    if model.weights is None:
        return found
    how = "weighted patients" if model.cluster is None else "weighted patients within centres"
    return replace(found, method=f"{found.method}, {how}")


def ratio_of_fit(fit: CoxFit, index: int, conventions: Conventions) -> Estimate:
    """Return a hazard ratio with its interval; infinite or zero where the likelihood keeps rising."""
    few = (fit.events < FEW_EVENTS and conventions.profiles_few) or fit.diverging[index]
    value = float(fit.coefficients[index])
    if few and not fit.robust:
        limits = profile_likelihood_interval(fit, index)
        low, high, method = float(limits.low), float(limits.high), limits.method
    else:
        limits = wald_interval(fit)
        low, high, method = float(limits.low[index]), float(limits.high[index]), limits.method
    if fit.diverging[index]:
        value = float(np.copysign(np.inf, value))
        method += ", no finite estimate: the events do not overlap"
    method = f"{method}, {TIES[conventions.ties]} ties"
    return Estimate(float(np.exp(value)), float(np.exp(low)), float(np.exp(high)), method)
