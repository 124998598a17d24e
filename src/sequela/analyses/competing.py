"""Which kind of event came first: incidences by group, Gray's test, hazard ratios of each kind."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from sequela.analyses.assessed import Assessed
from sequela.analyses.comparisons import Asked
from sequela.analyses.complete_cases import CompleteCases, complete_cases
from sequela.analyses.conventions import CONVENTIONS, INCIDENCE_ERRORS, TIES, Conventions
from sequela.analyses.decisions import decision_rows
from sequela.analyses.design_matrix import DesignMatrix, design_matrix
from sequela.analyses.follow import Followed, follow, notes
from sequela.analyses.group_curves import came_too_late
from sequela.analyses.results import (
    Competing,
    Decision,
    Estimate,
    EventKind,
    HazardRatio,
    IncidenceGroup,
    KindComparison,
    Test,
)
from sequela.analyses.survival import ratio_of_fit
from sequela.analyses.tidy import Row, estimate_row, loss_rows, row, tidy
from sequela.analyses.wording import loss_sentence, months
from sequela.derive.covariate import DEFAULT_DEFINITIONS, Definitions
from sequela.derive.endpoints import COMPETING, EVENT, Endpoint
from sequela.errors import NotEstimableError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.competing_risks import cumulative_incidence, incidence_at
from sequela.stats.conditional_survival import reliable_curve
from sequela.stats.cox import cox, wald_test
from sequela.stats.fine_gray import fine_gray, subdistribution_interval
from sequela.stats.gray_test import gray_test
from sequela.study.cohort import Cohort
from sequela.study.questions import MILESTONES


def competing(
    cohort: Cohort,
    records: Records,
    endpoint: Endpoint,
    adjust: Iterable[str] = (),
    definitions: Definitions = DEFAULT_DEFINITIONS,
    conventions: Conventions = CONVENTIONS["default"],
    asked: Asked = Asked(),  # noqa: B008 - frozen
    read: Assessed | None = None,
) -> Competing:
    """Tell the kinds of event of one endpoint apart, each event and competing event of its definition being one.

    Parameters
    ----------
    cohort, records, endpoint, adjust, definitions, conventions, read
        As in `sequela.analyses.survival.survival`.
    asked : Asked
        Its milestones, and whether patients are at risk only from the day they came into the cohort.

    Raises
    ------
    NotEstimableError
        As `survival`, and where nobody had an event of any kind.
    """
    read = read or Assessed(records)
    followed = follow(cohort, records, endpoint, definitions.line_rules, read, delayed=asked.delayed)
    cause, kinds = _causes(endpoint, followed)
    if not kinds:
        raise NotEstimableError(f"{endpoint.name}: nobody had an event of any kind; describe the patients instead.")
    data = _Data(followed.cohort, followed.days, cause, conventions, followed.entry, asked.as_crr)
    groups = tuple(_group(data, name, kinds, asked.milestones or MILESTONES) for name in cohort.groups)
    comparisons: tuple[KindComparison, ...] = ()
    losses: tuple[CompleteCases, ...] = ()
    cautions: tuple[str, ...] = (*_begun(groups), *followed.cautions, *read.cautions)
    if len(kinds) == 1:
        cautions = (f"{endpoint.name}: the only kind of event that occurs is {kinds[0].what}.", *cautions)
    if endpoint.compares and len(cohort.groups) > 1:
        models = [design_matrix(data.cohort, records, (), definitions)]
        if covariates := tuple(adjust):
            models.append(design_matrix(data.cohort, records, covariates, definitions))
        compared = [_compared(data, kind, models) for kind in kinds]
        comparisons = tuple(comparison for comparison, _ in compared)
        uncertain = [caution for _, found in compared for caution in found]
        losses = tuple(_loss(data, model) for model in models if model.adjusted_for)
        uncertain += [said for cases in losses if (said := loss_sentence(cases))]
        cautions = (*uncertain, *(caution for model in models for caution in model.cautions), *cautions)
    name = f"{endpoint.name} from lesions" if read.reading else endpoint.name
    definition = followed.decisions + ((Decision("", "read from", read.reading),) if read.reading else ())
    rows = [*_rows(name, kinds, groups, comparisons), *loss_rows("competing", name, losses)]
    return Competing(
        endpoint=name,
        label=f"{endpoint.label}, by kind of event{', from lesions' if read.reading else ''}",
        definition=definition,
        kinds=kinds,
        groups=groups,
        comparisons=comparisons,
        reference=cohort.reference,
        results=tidy([*rows, *_decided(name, followed, cohort.groups)]),
        cautions=tuple(dict.fromkeys(cautions)),
        notes=notes(endpoint),
        losses=losses,
    )


def _loss(data: "_Data", model: DesignMatrix) -> CompleteCases:
    return complete_cases("adjusted models", data.cohort.groups, data.member, data.cause > 0, dict(model.missing))


@frozen
class _Data:
    """The arrays that curves, tests and models share."""

    cohort: Cohort
    days: np.ndarray
    cause: np.ndarray
    conventions: Conventions
    entry: np.ndarray | None = None
    as_crr: bool = False

    @property
    def member(self) -> np.ndarray:
        return self.cohort.patients["group"].to_numpy()

    def since(self, rows: np.ndarray) -> np.ndarray | None:
        """Return when some patients came under observation; None where everyone is at risk from the start."""
        return None if self.entry is None else self.entry[rows]


def _causes(endpoint: Endpoint, followed: Followed) -> tuple[np.ndarray, tuple[EventKind, ...]]:
    """Return the code of each patient's event, 0 for a censoring, and the kinds that occur."""
    rules = [rule for rule in endpoint.rules() if rule.role in (EVENT, COMPETING)]
    codes = {f"{endpoint.name} {rule.id}": code for code, rule in enumerate(rules, 1)}
    cause = np.array([codes.get(rule, 0) for rule in followed.times["rule"]], dtype=np.int64)
    present = set(cause.tolist())
    kinds = (EventKind(code, rule.id, rule.what) for code, rule in enumerate(rules, 1) if code in present)
    return cause, tuple(kinds)


def _group(data: _Data, name: str, kinds: tuple[EventKind, ...], months: tuple[float, ...]) -> IncidenceGroup:
    chosen = data.member == name
    days, cause, entry = data.days[chosen], data.cause[chosen], data.since(chosen)
    codes = [kind.code for kind in kinds]
    interval, variance = data.conventions.interval, data.conventions.incidence
    start = reliable_curve(days, cause > 0, entry).start
    there = (days > start) | (start == 0)
    late = None if entry is None else np.maximum(entry[there], start)
    curve = cumulative_incidence(
        days[there], cause[there], entry=late, variance=variance, interval=interval, causes=codes
    )
    read_at = [month * DAYS_PER_MONTH for month in months if start <= month * DAYS_PER_MONTH <= days.max()]
    columns = [incidence_at(curve, code, read_at) for code in codes] if read_at else []
    since = f", of those event-free at {start:g} days" if start else ""
    method = f"Aalen-Johansen, {curve.interval}{INCIDENCE_ERRORS[curve.variance]}{since}"
    heights = tuple(
        (
            day,
            tuple(Estimate(float(c.incidence[i]), float(c.low[i]), float(c.high[i]), method) for c in columns),
        )
        for i, day in enumerate(read_at)
    )
    entries = () if entry is None else tuple(float(t) for t in np.sort(entry))
    counts = tuple(int((cause == c).sum()) for c in codes)
    return IncidenceGroup(name, int(chosen.sum()), counts, curve, heights, entries, start)


def _begun(groups: Iterable[IncidenceGroup]) -> Iterator[str]:
    """Say whose incidence starts later, and who came too late to be in it (Lai & Ying 1991)."""
    for group in groups:
        yield from came_too_late(group.name, group.entries, group.curve.time, group.curve.survival)
        if group.start:
            yield (
                f"The incidences of {group.name} are those of patients event-free at {months(group.start)} months: "
                "before, everyone at risk had an event while others had still to come into the cohort."
            )


def _compared(data: _Data, kind: EventKind, models: list[DesignMatrix]) -> tuple[KindComparison, list[str]]:
    cautions: list[str] = []

    def attempt(what: str, of_kind: Callable[[DesignMatrix], list[HazardRatio]]) -> tuple[HazardRatio, ...]:
        found: list[HazardRatio] = []
        for model in models:
            try:
                found += of_kind(model)
            except NotEstimableError as problem:
                way = "adjusted" if model.adjusted_for else "crude"
                cautions.append(f"The {way} {what} of {kind.what} is not estimable: {problem}")
        return tuple(found)

    gray: Test | None = None
    try:
        gray = _gray(data, kind)
    except NotEstimableError as problem:
        cautions.append(f"Gray's test of {kind.what} is not computable: {problem}")
    specific = attempt("cause-specific hazard ratio", lambda model: _cause_specific(data, kind, model))
    of_incidence = attempt("subdistribution hazard ratio", lambda model: _subdistribution(data, kind, model))
    return KindComparison(gray, specific, of_incidence), cautions


def _gray(data: _Data, kind: EventKind) -> Test | None:
    """Compare the incidences by Gray's test, which knows no delayed entry; there none is made."""
    if data.entry is not None:
        return None
    test = gray_test(data.days, data.cause, data.member, interest=kind.code)
    return Test("Gray's test", test.p_value, test.chi_square, test.degrees_of_freedom)


def _cause_specific(data: _Data, kind: EventKind, model: DesignMatrix) -> list[HazardRatio]:
    days, event = data.days[model.complete], (data.cause == kind.code)[model.complete]
    fit = cox(days, event, model.matrix, ties=data.conventions.ties, entry=data.since(model.complete))
    p_values = wald_test(fit).p_value
    counts = (fit.n, fit.events, model.left_out)
    return [
        HazardRatio(
            group,
            data.cohort.reference,
            ratio_of_fit(fit, index, data.conventions),
            float(p_values[index]),
            model.adjusted_for,
            *counts,
        )
        for index, group in enumerate(model.groups)
    ]


def _subdistribution(data: _Data, kind: EventKind, model: DesignMatrix) -> list[HazardRatio]:
    days, cause = data.days[model.complete], data.cause[model.complete]
    entry = data.since(model.complete)
    ties = "crr" if data.as_crr else data.conventions.ties
    fit = fine_gray(days, cause, model.matrix, interest=kind.code, entry=entry, ties=ties)
    limits = subdistribution_interval(fit)
    known = "" if entry is None else " with known weights"
    tied = "Breslow ties, as cmprsk's crr" if data.as_crr else f"{TIES[ties]} ties"
    method = f"Fine-Gray, Wald, robust standard error{known}, {tied}"
    ratios = []
    for index, group in enumerate(model.groups):
        value, low, high = (float(np.exp(of[index])) for of in (fit.coefficients, limits.low, limits.high))
        p_value, counts = float(limits.p_value[index]), (fit.n, fit.events, model.left_out)
        estimate = Estimate(value, low, high, method)
        ratios.append(HazardRatio(group, data.cohort.reference, estimate, p_value, model.adjusted_for, *counts))
    return ratios


def _decided(name: str, followed: Followed, groups: tuple[str, ...]) -> list[Row]:
    return [{**line, "analysis": "competing"} for line in decision_rows(name, followed.decisions, groups)]


def _rows(
    endpoint: str,
    kinds: tuple[EventKind, ...],
    groups: tuple[IncidenceGroup, ...],
    comparisons: tuple[KindComparison, ...],
) -> list[Row]:
    rows: list[Row] = []
    for index, kind in enumerate(kinds):
        for group in groups:
            place = {"endpoint": endpoint, "group": group.name, "n": group.n, "events": group.events[index]}
            rows += [
                estimate_row(
                    "competing",
                    "incidence",
                    estimates[index],
                    variable=kind.what,
                    level=f"{day / DAYS_PER_MONTH:g} months",
                    **place,
                )
                for day, estimates in group.milestones
            ]
        rows += _comparison_rows(endpoint, kind, comparisons[index]) if comparisons else []
    return rows


def _comparison_rows(endpoint: str, kind: EventKind, comparison: KindComparison) -> list[Row]:
    rows: list[Row] = []
    about = {"endpoint": endpoint, "variable": kind.what}
    if comparison.gray:
        rows.append(row("competing", "p_value", comparison.gray.p_value, method=comparison.gray.name, **about))
        rows.append(row("competing", "chi_square", comparison.gray.statistic, method=comparison.gray.name, **about))
    named = (("cause_specific", comparison.cause_specific), ("subdistribution", comparison.subdistribution))
    for what, ratios in named:
        for ratio in ratios:
            name = f"{'adjusted_' if ratio.adjusted_for else ''}{what}_hazard_ratio"
            place = {**about, "group": ratio.group, "n": ratio.n, "events": ratio.events}
            place["level"] = ", ".join(ratio.adjusted_for) or None
            rows.append(estimate_row("competing", name, ratio.estimate, **place))
            rows.append(row("competing", f"{name}_p_value", ratio.p_value, method="Wald", **place))
    return rows
