"""The numbers of a propensity analysis as rows of the tidy table."""

import polars as pl

from sequela.analyses.propensity_results import MadeAlike, Propensity
from sequela.analyses.results import Estimate
from sequela.analyses.tidy import Row, estimate_row, loss_rows, row, tidy

ANALYSIS = "propensity"


def propensity_rows(result: Propensity) -> pl.DataFrame:
    """Return every number of the analysis, one per row."""
    lines = [line for item in result.comparisons for line in _rows(result, item)]
    return tidy([*lines, *loss_rows(ANALYSIS, result.endpoint, result.losses)])


def _rows(result: Propensity, item: MadeAlike) -> list[Row]:
    group, against = item.groups[0].name, f"against {item.groups[1].name}"
    place = {"endpoint": result.endpoint, "group": group, "level": against}
    rows = []
    for part in item.groups:
        of = {
            "endpoint": result.endpoint,
            "group": part.name,
            "n": part.n,
            "events": part.events,
            "level": result.weights,
        }
        rows += [
            estimate_row(ANALYSIS, "weighted_median_days", part.median, **of),
            estimate_row(ANALYSIS, "weighted_survival", part.survival, **of),
            estimate_row(ANALYSIS, "weighted_restricted_mean_days", part.mean, **of),
            row(ANALYSIS, "effective_sample_size", part.effective, **of),
            row(ANALYSIS, "largest_weight", part.heaviest, **of),
            row(ANALYSIS, "left_uncompared", float(part.left), **of),
        ]
    for column in item.balance:
        named = {**place, "variable": column.label}
        rows.append(row(ANALYSIS, "standardised_difference", column.before, **named))
        rows.append(row(ANALYSIS, "standardised_difference_weighted", column.after, **named))
        rows.append(row(ANALYSIS, "variance_ratio_weighted", column.variance_ratio, **named))
    rows.append(row(ANALYSIS, "patients_without_counterpart", float(item.outside), **place))
    for how, found in item.ratios:
        of = {**place, "n": found.n, "events": found.events, "variable": how}
        rows.append(estimate_row(ANALYSIS, "hazard_ratio", found.estimate, **of))
        if found.p_value == found.p_value:
            rows.append(row(ANALYSIS, "hazard_ratio_p_value", found.p_value, method="Wald", **of))
    if item.log_rank:
        rows.append(row(ANALYSIS, "p_value", item.log_rank.p_value, method=item.log_rank.name, **place))
        rows.append(row(ANALYSIS, "chi_square", item.log_rank.statistic, method=item.log_rank.name, **place))
    return [*rows, *_differences(item, place)]


def _differences(item: MadeAlike, place: dict[str, str]) -> list[Row]:
    named: tuple[tuple[str, Estimate | None], ...] = (
        ("survival_difference", item.survival_difference),
        ("restricted_mean_difference_days", item.mean_difference),
        ("augmented_survival_difference", item.augmented_survival),
        ("augmented_restricted_mean_difference_days", item.augmented_mean),
    )
    return [estimate_row(ANALYSIS, name, found, **place) for name, found in named if found is not None]
