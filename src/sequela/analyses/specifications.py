"""The same question under every defensible way of asking it: line rules, endpoints, clocks, covariates.

Specification curve: Simonsohn, Simmons & Nelson (2020), doi:10.1038/s41562-020-0912-z; multiverse: Steegen et al.
(2016), doi:10.1177/1745691616658637.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from sequela.analyses.design_matrix import design_matrix
from sequela.analyses.follow import Followed, follow
from sequela.analyses.ratio_estimate import ratio_estimate
from sequela.analyses.results import Estimate, Specification, Specifications
from sequela.analyses.tidy import Row, estimate_row, row, tidy
from sequela.analyses.wording import inside_sentence, listed
from sequela.derive.baseline import covariate_named
from sequela.derive.endpoints import Endpoint
from sequela.derive.line_alternatives import alternatives
from sequela.errors import NotEstimableError, Problem, SequelaError
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.stats.cox import cox, wald_interval, wald_test
from sequela.study.cohort import Cohort, build_cohort
from sequela.study.contradictions import asks_for_lines
from sequela.study.grammar import Received
from sequela.study.history import definitions_of
from sequela.study.phrases import Moment
from sequela.study.spec import SpecificationsAnalysis, Study, SurvivalAnalysis

ENDPOINT, LINES, CLOCK, COVARIATES = "endpoint", "line rules", "clock", "covariates"
AXES = (ENDPOINT, LINES, CLOCK, COVARIATES)
IN_FORCE, UNADJUSTED = "as in force", "none"
MOST = 3000
"""Specifications beyond which a study is refused: nobody reads them, and the run would take minutes (house rule)."""


@frozen
class Asked:
    """One way of asking.

    Attributes
    ----------
    endpoint : Endpoint
    line_rule : tuple of (str, value)
        Empty for the rules in force.
    clock : Moment
    adjust : tuple of str
    """

    endpoint: Endpoint
    line_rule: tuple[tuple[str, int | float | str], ...]
    clock: Moment
    adjust: tuple[str, ...]


def specifications(study: Study, asked: SpecificationsAnalysis, cohort: Cohort, records: Records) -> Specifications:
    """Fit the first group against the reference under every combination of the choices, the study's own first.

    A clock that starts before its patients entered is used with delayed entry, and says so. Where a combination has
    no answer, its reason stands in `problem`.

    Raises
    ------
    NotEstimableError
        Where the study's own clock starts too early and it does not declare delayed entry, nothing is compared, no
        endpoint is named, or there are more than 3,000 combinations.
    """
    first = next((item for item in study.analyses if isinstance(item, SurvivalAnalysis)), None)
    if cohort.guard.late and not (first and first.entry and not cohort.groups_known_late):
        raise NotEstimableError(Problem("specifications", cohort.guard.reason))
    endpoints = tuple(dict.fromkeys((*((first.definition,) if first else ()), *asked.endpoint_definitions)))
    if not study.groups or not endpoints:
        found = "no groups are compared, or no endpoint is named"
        raise NotEstimableError(Problem("specifications", found, "groups, and a survival analysis or 'endpoints'"))
    adjust = study.adjustment(first) if first else study.adjust
    ways = list(_ways(study, asked, endpoints, adjust))
    if len(ways) > MOST:
        found = f"{len(ways)} combinations"
        raise NotEstimableError(Problem("specifications", found, f"at most {MOST}", "Name fewer choices."))
    return specified(study, records, ways)


def specified(study: Study, records: Records, ways: list[Asked]) -> Specifications:
    """Answer each way of asking; the first is the study's own."""
    group = next(name for name in study.groups if name != study.reference)
    found: list[Specification] = []
    cohorts: dict[tuple[object, ...], Followed | str] = {}
    for way in ways:
        key = (way.endpoint, way.line_rule, way.clock)
        changed = _changed(study, way)
        if key not in cohorts:
            cohorts[key] = _followed(changed, way, records)
        found.append(_fitted(study, way, changed, cohorts[key], records, group))
    primary = replace(found[0], primary=True)
    everything = (primary, *found[1:])
    return Specifications(group, study.reference, AXES, everything, tidy(_rows(everything, group)))


def _ways(
    study: Study, asked: SpecificationsAnalysis, endpoints: tuple[Endpoint, ...], adjust: tuple[str, ...]
) -> Iterator[Asked]:
    """Yield every combination, the study's own first."""
    rules: list[tuple[tuple[str, int | float | str], ...]] = [()]
    if asked.lines and asks_for_lines(study):
        rules += [((item.rule, item.value),) for item in alternatives(definitions_of(study).line_rules)]
    sets = tuple(dict.fromkeys((adjust, (), *asked.adjust)))
    clocks = tuple(dict.fromkeys((study.time_zero, *asked.clocks)))
    for endpoint, rule, clock, covariates in product(endpoints, rules, clocks, sets):
        yield Asked(endpoint, rule, clock, covariates)


def line_ways(study: Study, endpoint: Endpoint, adjust: tuple[str, ...]) -> list[Asked]:
    """Return the study as it is, and under every other value of every line rule."""
    asked = SpecificationsAnalysis(lines=True)
    every = _ways(study, asked, (endpoint,), adjust)
    return [way for way in every if way.adjust == adjust]


def _changed(study: Study, way: Asked) -> Study:
    """Return the study asked in this way; under another clock the patients are still those who got the index drug."""
    update: dict[str, object] = {"lines": {**study.lines, **dict(way.line_rule)}, "time_zero": way.clock}
    if way.clock != study.time_zero and study.time_zero.kind == "first drug":
        given = Received.model_validate({"received": study.time_zero.drug})
        update["population"] = (*study.population, given)
    return study.model_copy(update=update)


def _followed(study: Study, way: Asked, records: Records) -> Followed | str:
    """Return the patients and their times under a way of asking; the reason where there are none."""
    try:
        cohort = build_cohort(study, records)
        return follow(cohort, records, way.endpoint, definitions_of(study).line_rules)
    except SequelaError as problem:
        return str(problem)


def _fitted(
    study: Study, way: Asked, changed: Study, followed: Followed | str, records: Records, group: str
) -> Specification:
    if isinstance(followed, str):
        return _without(way, study, False, followed)
    cohort = followed.cohort
    patients = cohort.patients
    entry = (patients["admitted"] - patients["time_zero"]).to_numpy().astype(float)
    late = bool((entry > 0).any())
    design = design_matrix(cohort, records, way.adjust, definitions_of(changed))
    kept = design.complete & (followed.days > entry)
    rows = kept[design.complete]
    since = entry[kept] if late else None
    try:
        fit = cox(followed.days[kept], followed.event[kept], design.matrix[rows], entry=since)
    except NotEstimableError as problem:
        return _without(way, study, late, str(problem))
    place = design.groups.index(group)
    if fit.diverging[place]:
        return _without(way, study, late, "every event lies on one side")
    estimate = ratio_estimate(fit.coefficients, wald_interval(fit), place, "Cox, Efron ties, Wald")
    p = float(wald_test(fit).p_value[place])
    return Specification(_choices(way, study, late), estimate, p, fit.n, fit.events)


def _without(way: Asked, study: Study, late: bool, problem: str) -> Specification:
    nothing = Estimate(np.nan, np.nan, np.nan, "not estimable")
    return Specification(_choices(way, study, late), nothing, np.nan, 0, 0, problem=problem)


def _choices(way: Asked, study: Study, late: bool) -> tuple[str, ...]:
    """Return the choice on each axis, in words."""
    rule = ", ".join(f"{name} = {value}" for name, value in way.line_rule) or IN_FORCE
    clock = f"{way.clock}, delayed entry" if late else str(way.clock)
    labels = [covariate.label for name in way.adjust if (covariate := covariate_named(name)) is not None]
    return (
        way.endpoint.name,
        rule,
        clock,
        listed([inside_sentence(label) for label in labels]) if labels else UNADJUSTED,
    )


def estimated(found: Specifications) -> tuple[Specification, ...]:
    """Return the specifications that have an answer, from the lowest hazard ratio to the highest."""
    answered = [item for item in found.specifications if np.isfinite(item.estimate.value)]
    return tuple(sorted(answered, key=lambda item: item.estimate.value))


def influence(found: Specifications) -> tuple[tuple[str, float], ...]:
    """Return by what factor the hazard ratio moves between the choices of each axis, the most influential first.

    The factor is the ratio of the highest to the lowest geometric mean of the hazard ratios of a choice; axes with
    one choice are left out.
    """
    factors = []
    for place, axis in enumerate(found.axes):
        logs: dict[str, list[float]] = {}
        for item in estimated(found):
            logs.setdefault(item.choices[place], []).append(float(np.log(item.estimate.value)))
        if len(logs) > 1:
            means = [float(np.mean(values)) for values in logs.values()]
            factors.append((axis, float(np.exp(max(means) - min(means)))))
    return tuple(sorted(factors, key=lambda pair: -pair[1]))


def _rows(found: tuple[Specification, ...], group: str) -> list[Row]:
    rows = []
    for number, item in enumerate(found):
        place = {"endpoint": item.choices[0], "group": group, "level": "; ".join(item.choices[1:]), "n": item.n}
        variable = "primary" if number == 0 else f"specification {number}"
        rows.append(
            estimate_row(
                "specifications", "hazard_ratio", item.estimate, variable=variable, events=item.events, **place
            )
        )
        rows.append(row("specifications", "p_value", item.p_value, variable=variable, **place))
    return rows
