"""What stands beside every proportional-hazards model: how well it orders patients, and whether its ratios last."""

from dataclasses import replace

import numpy as np

from sequela.analyses.design_matrix import DesignMatrix, knots_for
from sequela.analyses.results import Estimate, ModelCheck, Standardised, Test
from sequela.analyses.tidy import Row, estimate_row, row
from sequela.errors import NotEstimableError, Problem
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.chi_square import ChiSquareTest
from sequela.stats.concordance import concordance
from sequela.stats.cox import CoxFit, cox, joint_wald_test, likelihood_ratio_test
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.proportional_hazards import proportional_hazards_test
from sequela.stats.splines import restricted_cubic_spline, spline_knots
from sequela.stats.standardised_survival import StandardisedSurvival, standardised_survival

GROUPS = "groups"
"""The name of the term that compares the groups."""
PROPORTIONAL = "Grambsch-Therneau"
HARRELL = "Harrell's C"
STANDARDISED = "g-computation over the Cox model, influence function"
WEIGHTED = (
    "patients who count unalike",
    "patients who count alike for the test of proportional hazards",
    "It takes a weight for a number of like patients, so that weights twice as large would halve its p-value or more.",
)
DISTINCT = 10
"""Values from which a covariate counts as continuous and its line is tested."""


def model_check(
    days: np.ndarray,
    event: np.ndarray,
    design: DesignMatrix,
    fit: CoxFit,
    reference: str = "",
    milestones: tuple[float, ...] = (),
    entry: np.ndarray | None = None,
) -> ModelCheck:
    """Check a model against the patients it was fitted to.

    Parameters
    ----------
    days, event, entry : array, shape (n,)
        Of the patients in the model; no `entry` where everyone is at risk from the start.
    design : DesignMatrix
    fit : CoxFit
        Of these arrays and `design.matrix`.
    reference : str
        The group that has no column.
    milestones : tuple of float
        Days at which an adjusted model's survival is standardised.
    """
    tests: tuple[tuple[str, Test], ...] = ()
    overall, reason = None, ""
    try:
        if design.weights is not None:
            raise NotEstimableError(Problem("weights", *WEIGHTED))
        terms = _terms(design)
        risks = fitted_risks(fit, days, event, design.matrix, entry=entry, strata=design.strata)
        found = proportional_hazards_test(risks, tuple(terms.values()))
        tests = tuple((name, _test(test)) for name, test in zip(terms, found.terms, strict=True))
        overall = _test(found.overall)
    except NotEstimableError as problem:
        reason = str(problem)
    return ModelCheck(
        adjusted_for=design.adjusted_for,
        n=fit.n,
        events=fit.events,
        concordance=_concordance(days, event, design, fit, entry),
        proportional=tests,
        overall=overall,
        reason=reason,
        linear=_linear(days, event, design, fit, entry),
        standardised=_standardised(days, event, design, fit, (reference, milestones), entry),
    )


def model_rows(endpoint: str, checks: tuple[ModelCheck, ...]) -> list[Row]:
    """Return the checks as rows of results: `variable` is the term, `level` what the model adjusts for."""
    rows: list[Row] = []
    for check in checks:
        level = ", ".join(check.adjusted_for) or "crude"
        about = {"endpoint": endpoint, "level": level, "n": check.n, "events": check.events}
        rows.append(estimate_row("survival", "concordance", check.concordance, **about))
        tests = [*check.proportional, *([("all", check.overall)] if check.overall else [])]
        for name, test in tests:
            for statistic, value in (("p_value", test.p_value), ("chi_square", test.statistic)):
                name_of_row = f"proportional_hazards_{statistic}"
                rows.append(row("survival", name_of_row, value, variable=name, method=test.name, **about))
        for name, test in check.linear:
            rows.append(row("survival", "linearity_p_value", test.p_value, variable=name, method=test.name, **about))
        rows += _standardised_rows(check, endpoint)
    return rows


def _standardised_rows(check: ModelCheck, endpoint: str) -> list[Row]:
    rows: list[Row] = []
    place = {"endpoint": endpoint, "variable": ", ".join(check.adjusted_for), "n": check.n, "events": check.events}
    for item in check.standardised:
        level = f"{item.day / DAYS_PER_MONTH:g} months"
        for statistic, found in (("survival", item.survival), ("survival_difference", item.differences)):
            name = f"standardised_{statistic}"
            rows += [estimate_row("survival", name, of, group=group, level=level, **place) for group, of in found]
    return rows


def _standardised(
    days: np.ndarray,
    event: np.ndarray,
    design: DesignMatrix,
    fit: CoxFit,
    asked: tuple[str, tuple[float, ...]],
    entry: np.ndarray | None,
) -> tuple[Standardised, ...]:
    """Return survival at the days up to which anyone was followed.

    Nothing for a crude model, nor where strata have baselines of their own, patients are not independent, count
    unalike, or have an offset.
    """
    reference, milestones = asked
    at = [day for day in milestones if day <= days.max()]
    others = (design.cluster, design.weights, design.offset)
    if not design.adjusted_for or not at or design.within or any(of is not None for of in others):
        return ()
    groups = (reference, *design.groups)
    scenarios = []
    for group in groups:
        matrix = design.matrix.copy()
        matrix[:, : len(design.groups)] = [float(name == group) for name in design.groups]
        scenarios.append(matrix)
    try:
        found = standardised_survival(fitted_risks(fit, days, event, design.matrix, entry=entry), scenarios, at)
    except NotEstimableError:
        return ()
    return tuple(_at_day(found, groups, index) for index in range(len(at)))


def _at_day(found: StandardisedSurvival, groups: tuple[str, ...], index: int) -> Standardised:
    def estimates(value: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[tuple[str, Estimate]]:
        columns = zip(groups, value[:, index], low[:, index], high[:, index], strict=True)
        return [(group, Estimate(float(v), float(lo), float(hi), STANDARDISED)) for group, v, lo, hi in columns]

    survival = estimates(found.survival, found.low, found.high)
    differences = estimates(found.difference, found.difference_low, found.difference_high)[1:]
    return Standardised(float(found.time[index]), tuple(survival), tuple(differences))


def _linear(
    days: np.ndarray, event: np.ndarray, design: DesignMatrix, fit: CoxFit, entry: np.ndarray | None
) -> tuple[tuple[str, Test], ...]:
    """Test each continuous covariate of the model against a curve, the others kept as they are."""
    found = []
    number = knots_for(fit.events)
    for column, label in enumerate(design.labels, len(design.groups)):
        values = design.matrix[:, column]
        if np.unique(values).size < DISTINCT or design.labels.count(label) > 1:
            continue
        try:
            bent = restricted_cubic_spline(values, spline_knots(values, number))[:, 1:]
            matrix = np.column_stack([design.matrix, bent])
            added = np.arange(design.matrix.shape[1], matrix.shape[1])
            test = _bend(days, event, replace(design, matrix=matrix), fit.ties, entry, added)
        except NotEstimableError:
            continue
        how = "likelihood ratio" if design.weights is None else "Wald with robust variance"
        name = f"{how}, restricted cubic spline with {number} knots"
        found.append((label, Test(name, test.p_value, test.statistic, test.degrees_of_freedom)))
    return tuple(found)


def _bend(
    days: np.ndarray,
    event: np.ndarray,
    design: DesignMatrix,
    ties: str,
    entry: np.ndarray | None,
    added: np.ndarray,
) -> ChiSquareTest:
    """Test the added columns by likelihood ratio; of weighted patients, whose likelihood is none, by Wald's test."""
    if design.weights is not None:
        return joint_wald_test(cox(days, event, design.matrix, ties=ties, **design.roles(entry)), added)
    fit = cox(days, event, design.matrix, ties=ties, **{**design.roles(entry), "cluster": None})
    return likelihood_ratio_test(fit, added)


def _terms(design: DesignMatrix) -> dict[str, list[int]]:
    terms = {GROUPS: list(range(len(design.groups)))}
    for column, label in enumerate(design.labels, len(design.groups)):
        terms.setdefault(label, []).append(column)
    return terms


def _test(found: ChiSquareTest) -> Test:
    return Test(PROPORTIONAL, found.p_value, found.statistic, found.degrees_of_freedom)


def _concordance(
    days: np.ndarray, event: np.ndarray, design: DesignMatrix, fit: CoxFit, entry: np.ndarray | None
) -> Estimate:
    try:
        risk = design.matrix @ fit.coefficients + (0 if design.offset is None else design.offset)
        found = concordance(
            days, event, risk, entry=entry, strata=design.strata, weights=design.weights, cluster=design.cluster
        )
    except NotEstimableError as problem:
        return Estimate(np.nan, np.nan, np.nan, str(problem))
    return Estimate(found.value, found.low, found.high, f"{HARRELL}, infinitesimal jackknife")
