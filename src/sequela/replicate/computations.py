"""The computations that `rows.yaml` can name, in one table."""

from collections.abc import Callable, Mapping
from typing import Any

from sequela.replicate import arithmetic, biopsy_values, case_values, cohort_values, run_values
from sequela.replicate.material import Computed

Computation = Callable[[Any, Any], Computed]

COMPUTATIONS: Mapping[str, Computation] = {
    function.__name__: function
    for function in (
        run_values.counts,
        run_values.counts_of,
        run_values.count_and_percent,
        run_values.percent,
        run_values.total,
        run_values.difference,
        run_values.values,
        run_values.flow,
        run_values.group_sizes,
        run_values.reason_stopped,
        cohort_values.patients_who,
        cohort_values.group_counts,
        cohort_values.number_who,
        cohort_values.distinct,
        cohort_values.table_p,
        cohort_values.covariate_median,
        cohort_values.median_time,
        cohort_values.median_times,
        cohort_values.unreached,
        cohort_values.left_before,
        cohort_values.log_rank_p,
        cohort_values.cohort_hazard_ratio,
        cohort_values.observed_time,
        cohort_values.answer_under,
        cohort_values.pattern_share,
        case_values.interval,
        case_values.cycles,
        case_values.progressed_under,
        case_values.marker_class,
        case_values.stage_at_presentation,
        case_values.response_by_site,
        case_values.courses_given,
        biopsy_values.pairs,
        biopsy_values.falls,
        biopsy_values.exact_pairs,
        biopsy_values.written,
        biopsy_values.positive,
        biopsy_values.conversions,
        arithmetic.sum_of,
        arithmetic.percentage,
        arithmetic.grim,
        arithmetic.pearson,
        arithmetic.log_symmetry,
        arithmetic.z_ratio,
        arithmetic.exponential,
        arithmetic.between,
        arithmetic.interval_p,
        arithmetic.two_z,
        arithmetic.two_p,
        arithmetic.symmetric,
        arithmetic.said,
        arithmetic.adjusted_p,
        arithmetic.inclusion_exclusion,
        arithmetic.same,
        arithmetic.share_of_study,
    )
}
