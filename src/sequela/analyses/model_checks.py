"""What stands beside every proportional-hazards model: how well it orders patients, and whether its ratios last."""

import numpy as np

from sequela.analyses.design_matrix import DesignMatrix
from sequela.analyses.results import Estimate, ModelCheck, Test
from sequela.analyses.tidy import Row, estimate_row, row
from sequela.errors import NotEstimableError
from sequela.stats.chi_square import ChiSquareTest
from sequela.stats.concordance import concordance
from sequela.stats.cox import CoxFit, cox, likelihood_ratio_test
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.proportional_hazards import proportional_hazards_test
from sequela.stats.splines import restricted_cubic_spline, spline_knots

GROUPS = "groups"
"""The name of the term that compares the groups."""
PROPORTIONAL = "Grambsch-Therneau"
HARRELL = "Harrell's C"
DISTINCT = 10
"""Values from which a covariate counts as continuous and its line is tested."""
FEW_EVENTS = 100
"""Events below which the curve has three knots instead of four (Harrell 2001, section 2.4.6)."""


def model_check(days: np.ndarray, event: np.ndarray, design: DesignMatrix, fit: CoxFit) -> ModelCheck:
    """Check a model against the patients it was fitted to.

    Parameters
    ----------
    days, event : array, shape (n,)
        Of the patients in the model.
    design : DesignMatrix
    fit : CoxFit
        Of these arrays and `design.matrix`.
    """
    tests: tuple[tuple[str, Test], ...] = ()
    overall, reason = None, ""
    try:
        terms = _terms(design)
        found = proportional_hazards_test(fitted_risks(fit, days, event, design.matrix), tuple(terms.values()))
        tests = tuple((name, _test(test)) for name, test in zip(terms, found.terms, strict=True))
        overall = _test(found.overall)
    except NotEstimableError as problem:
        reason = str(problem)
    return ModelCheck(
        adjusted_for=design.adjusted_for,
        n=fit.n,
        events=fit.events,
        concordance=_concordance(days, event, design, fit),
        proportional=tests,
        overall=overall,
        reason=reason,
        linear=_linear(days, event, design, fit),
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
    return rows


def _linear(days: np.ndarray, event: np.ndarray, design: DesignMatrix, fit: CoxFit) -> tuple[tuple[str, Test], ...]:
    """Test each continuous covariate of the model against a curve, the others kept as they are."""
    found = []
    number = 3 if fit.events < FEW_EVENTS else 4
    for column, label in enumerate(design.labels, len(design.groups)):
        values = design.matrix[:, column]
        if np.unique(values).size < DISTINCT:
            continue
        try:
            bent = restricted_cubic_spline(values, spline_knots(values, number))[:, 1:]
            matrix = np.column_stack([design.matrix, bent])
            added = np.arange(design.matrix.shape[1], matrix.shape[1])
            test = likelihood_ratio_test(cox(days, event, matrix, ties=fit.ties), added)
        except NotEstimableError:
            continue
        name = f"likelihood ratio, restricted cubic spline with {number} knots"
        found.append((label, Test(name, test.p_value, test.statistic, test.degrees_of_freedom)))
    return tuple(found)


def _terms(design: DesignMatrix) -> dict[str, list[int]]:
    terms = {GROUPS: list(range(len(design.groups)))}
    for column, label in enumerate(design.labels, len(design.groups)):
        terms.setdefault(label, []).append(column)
    return terms


def _test(found: ChiSquareTest) -> Test:
    return Test(PROPORTIONAL, found.p_value, found.statistic, found.degrees_of_freedom)


def _concordance(days: np.ndarray, event: np.ndarray, design: DesignMatrix, fit: CoxFit) -> Estimate:
    try:
        found = concordance(days, event, design.matrix @ fit.coefficients)
    except NotEstimableError as problem:
        return Estimate(np.nan, np.nan, np.nan, str(problem))
    return Estimate(found.value, found.low, found.high, f"{HARRELL}, infinitesimal jackknife")
