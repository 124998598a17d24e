"""The numbers of a survival analysis as rows of the tidy table of results."""

from collections.abc import Iterable

from sequela.analyses.comparisons import Comparison
from sequela.analyses.results import HazardRatio, MultiplyImputed, SurvivalGroup
from sequela.analyses.tidy import Row, estimate_row, row
from sequela.records.dates import DAYS_PER_MONTH

UNITS = {
    "survival difference": "survival_difference",
    "restricted mean difference": "restricted_mean_difference_days",
    "restricted mean ratio": "restricted_mean_ratio",
    "median difference": "median_difference_days",
    "rate ratio": "rate_ratio",
}
"""The statistic under which each measure of a contrast is written."""


def survival_rows(
    endpoint: str,
    groups: Iterable[SurvivalGroup],
    ratios: Iterable[HazardRatio],
    imputed: MultiplyImputed | None = None,
) -> list[Row]:
    """Return medians, follow-up, heights and means of the curves, and hazard ratios."""
    rows: list[Row] = []
    for group in groups:
        place = {"endpoint": endpoint, "group": group.name, "n": group.n, "events": group.events}
        median, low, high = group.observed_time
        rows += [
            estimate_row("survival", "median_days", group.median, **place),
            estimate_row("survival", "follow_up_days", group.follow_up, **place),
            row("survival", "observed_time_days", median, low=low, high=high, method="median, range", **place),
        ]
        for statistic, value in zip(("sum_of_weights", "effective_number"), group.weight or (), strict=False):
            rows.append(row("survival", statistic, value, **place))
        if group.person_years is not None:
            rows.append(row("survival", "person_years", group.person_years, **place))
        if group.rate is not None:
            rows.append(estimate_row("survival", "event_rate", group.rate, **place))
        for day, estimate in group.milestones:
            rows.append(estimate_row("survival", "survival", estimate, level=_months(day), **place))
        for later in group.so_far:
            there = {**place, "n": later.n, "variable": f"event-free at {_months(later.day)}"}
            rows.append(row("survival", "event_free_and_followed", later.n, **there))
            rows += [
                estimate_row("survival", "conditional_survival", estimate, level=_months(day), **there)
                for day, estimate in later.milestones
            ]
        if group.restricted_mean is not None:
            rows.append(estimate_row("survival", "restricted_mean_days", group.restricted_mean, **place))
    named = [("adjusted_hazard_ratio" if ratio.adjusted_for else "hazard_ratio", ratio) for ratio in ratios]
    named += [("imputed_hazard_ratio", ratio) for ratio in (imputed.ratios if imputed else ())]
    for name, ratio in named:
        place = {"endpoint": endpoint, "group": ratio.group, "n": ratio.n, "events": ratio.events}
        place["variable"] = ", ".join(ratio.adjusted_for) or None
        rows.append(estimate_row("survival", name, ratio.estimate, **place))
        rows.append(row("survival", f"{name}_p_value", ratio.p_value, method="Wald", **place))
        rows += [estimate_row("survival", f"{name}_bootstrap", limits, **place) for limits in ratio.bootstrap]
    return rows


def comparison_rows(endpoint: str, tests: Comparison) -> list[Row]:
    """Return the tests of the curves, raw and adjusted p-values of pairs, differences at a time."""
    rows: list[Row] = []
    if tests.test:
        method = ", ".join(part for part in (tests.test.name, tests.test.detail) if part)
        rows.append(row("survival", "p_value", tests.test.p_value, endpoint=endpoint, method=method))
        name = "chi_square" if tests.test.degrees_of_freedom else "test_statistic"
        rows.append(row("survival", name, tests.test.statistic, endpoint=endpoint, method=method))
    if tests.trend:
        method = f"{tests.trend.name}, {tests.trend.detail}"
        rows.append(row("survival", "trend_p_value", tests.trend.p_value, endpoint=endpoint, method=method))
    for pair in tests.pairs:
        place = {"endpoint": endpoint, "group": pair.second, "variable": f"against {pair.first}"}
        method = f"Holm, family of {pair.family}"
        rows.append(row("survival", "pair_p_value", pair.p_value, method="not adjusted", **place))
        rows.append(row("survival", "pair_adjusted_p_value", pair.adjusted_p_value, method=method, **place))
    for item in tests.contrasts:
        place = {"endpoint": endpoint, "group": item.group, "variable": f"against {item.reference}"}
        name, level = UNITS[item.measure], _months(item.day) if item.day else None
        rows.append(estimate_row("survival", name, item.estimate, level=level, **place))
        if item.p_value == item.p_value:
            test = item.estimate.method if item.measure == "rate ratio" else "normal"
            rows.append(row("survival", f"{name}_p_value", item.p_value, level=level, method=test, **place))
        rows += [estimate_row("survival", f"{name}_bootstrap", of, level=level, **place) for of in item.bootstrap]
    return rows


def _months(day: float) -> str:
    return f"{day / DAYS_PER_MONTH:g} months"
