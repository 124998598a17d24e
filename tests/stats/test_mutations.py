"""The golden comparisons have teeth: each broken rule is caught by its folder."""

from dataclasses import replace

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import (
    competing_risks,
    concordance,
    conditional_survival,
    contingency,
    cox,
    cox_columns,
    cox_residuals,
    differences,
    fine_gray,
    fitted_risks,
    follow_up,
    gray_test,
    group_cells,
    incidence_variance,
    influence,
    kaplan_meier,
    kruskal_wallis,
    log_rank,
    log_rank_trend,
    max_combo,
    mean_tests,
    nelson_aalen,
    paired,
    paired_tables,
    pairwise_log_rank,
    partial_likelihood,
    permutation_log_rank,
    profile_likelihood,
    proportion_difference,
    proportional_hazards,
    proportions,
    rates,
    restricted_mean,
    reverse_kaplan_meier,
    splines,
    standardised_difference,
    standardised_survival,
    subdistribution,
    summary_t_test,
    tables_with_margins,
    weightings,
    wilcoxon,
)
from sequela.stats.weightings import LOG_RANK

from .witnesses import CHECKS


def _sign_flipped(original):
    return lambda covariates: -original(covariates)


def _breslow_instead(original):
    return lambda model: original(replace(model, ties="breslow"))


def _at_risk_on_the_day_of_entry(original):
    def mutant(data, strata=None):
        earlier = None if data.entry is None else data.entry - 0.5
        return original(follow_up.FollowUp(data.time, data.event, earlier), strata)

    return mutant


def _censored_leave_first(original):
    return lambda left, entered: original(left, entered) + 1


def _clusters_forgotten(original):
    return lambda patients, *of_steps: original(replace(patients, cluster=None), *of_steps)


def _taken_off_again(original):
    def mutant(first, last, weight, steps):
        size = {"minlength": steps + 1}
        return np.cumsum(np.bincount(first, weight, **size) - np.bincount(last, weight, **size))[:steps]

    return mutant


def _ties_of_finegray(original):
    return lambda checked, groups, interest, ties: original(checked, groups, interest, ties.replace("crr", "breslow"))


def _own_event_turned(original):
    return lambda patients, own, at_risk: original(patients, -own, at_risk)


def _own_event_forgotten(original):
    return lambda patients, at_event, at_risk: original(patients, 0 * at_event, at_risk)


def _weights_forgotten(original):
    return lambda people, steps: original(replace(people, weight=np.ones(people.weight.size)), steps)


def _from_the_origin(original):
    return lambda steps, people, options, start: original(steps, None, options, start)


def _limits_swapped(original):
    return lambda *arguments: original(*arguments)[::-1]


def _untouched(original):
    return lambda time, event, entry: follow_up.FollowUp(time, event, entry)


def _plain_flip(original):
    return lambda data, options, **roles: original(
        follow_up.FollowUp(data.time, ~data.event), replace(options, reverse=False), **roles
    )


def _strata_forgotten(original):
    return lambda data, strata=None: original(data)


def _binomial_variance(original):
    def mutant(cells, first, second):
        total, deaths = cells.at_risk.sum(axis=1), cells.events.sum(axis=1)
        share = cells.at_risk / total[:, None]
        return np.diag(deaths @ share) - share.T @ (share * deaths[:, None])

    return mutant


def _weight_of_the_next_event(original):
    def mutant(*arguments):
        weight = original(*arguments)
        return np.append(weight[1:], weight[-1])

    return mutant


def _one_curve_for_all_strata(original):
    return lambda staying, starts: np.maximum(np.cumprod(staying), 1e-3)


def _patients_as_clusters(original):
    return lambda cells, weight: original(replace(cells, cluster=None), weight)


def _own_steps_forgotten(original):
    return lambda cells, weight: original(replace(cells, events=0 * cells.events), weight)


def _weighting_forgotten(original):
    return lambda cells, weighting: original(cells, LOG_RANK)


def _bonferroni(original):
    return lambda p_values: np.minimum(np.asarray(p_values) * len(p_values), 1)


def _uncorrelated(original):
    return lambda correlation, bound: original(np.eye(len(correlation)), bound)


def _breslow_residuals(original):
    def mutant(model, coefficients):
        ties_ignored = replace(model, ties="breslow")
        return original(ties_ignored, coefficients)

    return mutant


def _wald_instead(original):
    return lambda fit, column, side, target: (
        fit.coefficients[column] + side * 1.96 * fit.model_covariance[column, column] ** 0.5
    )


def _ties_forgotten(original):
    return lambda values: (original(values)[0], np.ones(values.size))


def _std_error_forgotten(original):
    return lambda curve, horizon: replace(original(curve, horizon), std_error=0.0)


def _in_turn(original):
    return lambda ranks, n: original(np.argsort(np.argsort(ranks, kind="stable")) + 1.0, n)


def _one_more(original):
    return lambda table: np.add(original(table), (1.0, 0.0))


def _other_variance(original):
    return lambda samples, equal_variance: original(samples, not equal_variance)


def _limits_of_the_other(original):
    return lambda count, n, level: original(n - count, n, level)


def _no_difference(original):
    return lambda chosen, difference=0.0: original(chosen, 0.0)


def _count_of_the_others(original):
    return lambda tail, count, other: original(tail, other, count)


def _ties_in_turn(original):
    return lambda size: 2 * (np.argsort(np.argsort(size, kind="stable")) + 1)


def _one_step_later(original):
    return lambda curve, time: original(curve, curve.time[np.searchsorted(curve.time, time, side="right")])


def _turned(original):
    return lambda first, first_error, second, second_error, level, method: original(
        second, second_error, first, first_error, level, method
    )


def _pairs_turned(original):
    return lambda before, after: original(after, before)


def _first_entry(data):
    return follow_up.FollowUp(data.time, data.event)


def _entry_forgotten(original):
    return lambda time, event, *, entry=None: original(time, event)


def _never_censored(original):
    return lambda at, hazard, *others: original(at, 0 * hazard, *others)


def _breslow_steps(original):
    def mutant(fit, *arguments):
        return original(replace(fit, ties="breslow"), *arguments)

    return mutant


MUTANTS = [
    ("standardised_survival", standardised_survival, "_of_hazard", lambda original: lambda *given: -original(*given)),
    ("standardised_survival", standardised_survival, "influence", lambda original: lambda risks: -original(risks)),
    ("splines", splines, "FEW", 0),
    ("splines", splines, "restricted_cubic_spline", lambda original: lambda x, knots: original(x, knots) ** 2),
    ("concordance", concordance, "_sum_below", lambda original: lambda rank, *others: original(rank + 1, *others)),
    ("concordance", concordance, "_as_other", lambda original: lambda d, *others: original(_first_entry(d), *others)),
    ("kaplan_meier", kaplan_meier, "present", _censored_leave_first),
    ("kaplan_meier", kaplan_meier, "survival_limits", _limits_swapped),
    ("kaplan_meier", kaplan_meier, "TIE_TOLERANCE", 0.0),
    ("kaplan_meier", follow_up, "_without_near_ties", _untouched),
    ("weighted_curve", kaplan_meier, "running_influence", _clusters_forgotten),
    ("weighted_curve", kaplan_meier, "running_influence", _own_event_forgotten),
    ("weighted_curve", kaplan_meier, "_weighted_counts", _weights_forgotten),
    ("uneven_weights", kaplan_meier, "held_at", _taken_off_again),
    ("uneven_weights", influence, "squares_at", lambda original: lambda *given: original(*given) * (1 + 1e-8)),
    ("weighted_curve", nelson_aalen, "running_influence", _clusters_forgotten),
    ("weighted_curve", restricted_mean, "total_influence", _clusters_forgotten),
    ("weighted_curve", restricted_mean, "total_influence", _own_event_forgotten),
    ("conditional_survival", conditional_survival, "TIE_TOLERANCE", -1.0),
    ("conditional_survival", conditional_survival, "curve_of_steps", _from_the_origin),
    ("curve_differences", differences, "survival_at", _one_step_later),
    ("curve_differences", restricted_mean, "difference", _turned),
    ("reverse_kaplan_meier", reverse_kaplan_meier, "product_limit", _plain_flip),
    ("log_rank", group_cells, "risk_sets", _strata_forgotten),
    ("log_rank", log_rank, "hypergeometric_covariance", _binomial_variance),
    ("cox", cox_columns, "covariate_matrix", _sign_flipped),
    ("cox", partial_likelihood, "factors", _breslow_instead),
    ("cox", cox_columns, "risk_sets", _at_risk_on_the_day_of_entry),
    ("cox", cox_columns, "risk_sets", _strata_forgotten),
    ("weighted_log_rank", group_cells, "risk_sets", _at_risk_on_the_day_of_entry),
    ("weighted_log_rank", group_cells, "event_weights", _weight_of_the_next_event),
    ("weighted_log_rank", weightings, "_by_stratum", _one_curve_for_all_strata),
    ("weighted_log_rank", log_rank, "score_influence", _patients_as_clusters),
    ("weighted_log_rank", log_rank, "score_influence", _own_steps_forgotten),
    ("weighted_log_rank", pairwise_log_rank, "holm", _bonferroni),
    ("weighted_log_rank", log_rank_trend, "two_sided_p", lambda original: lambda z: original(z) / 2),
    ("max_combo", max_combo, "probability_within", _uncorrelated),
    ("max_combo", max_combo, "score_influence", _own_steps_forgotten),
    ("permutation_log_rank", permutation_log_rank, "_enumerated", lambda original: lambda u, n: original(u, n)[1:]),
    ("permutation_log_rank", permutation_log_rank, "group_sums", _weighting_forgotten),
    ("cox", cox, "score_residuals", _breslow_residuals),
    ("cox_profile", profile_likelihood, "_limit", _wald_instead),
    ("cox_residuals", fitted_risks, "_risks", _breslow_steps),
    ("cox_residuals", fitted_risks, "risk_sets", _strata_forgotten),
    ("cox_residuals", cox_residuals, "score_residuals", lambda original: lambda risks: -original(risks)),
    ("proportional_hazards", fitted_risks, "_risks", _breslow_steps),
    ("proportional_hazards", fitted_risks, "risk_sets", _at_risk_on_the_day_of_entry),
    ("proportional_hazards", proportional_hazards, "kaplan_meier", _entry_forgotten),
    (
        "competing_risks",
        competing_risks,
        "present",
        lambda original: lambda left, entered: original(left, entered) + 1,
    ),
    ("competing_risks", competing_risks, "survival_limits", _limits_swapped),
    ("competing_risks", incidence_variance, "_quadratic", lambda original: lambda of, *p: original(of, *p[::-1])),
    ("incidence_errors", incidence_variance, "_quadratic", lambda original: lambda of, *p: original(of, *p[::-1])),
    ("incidence_errors", incidence_variance, "running_squares", _own_event_turned),
    ("gray_test", gray_test, "_increments", lambda original: lambda *given: original(*given)[::-1]),
    ("gray_test", gray_test, "_over", lambda original: lambda above, below: original(above, below + 1)),
    ("fine_gray", subdistribution, "_stay", _never_censored),
    ("fine_gray", fine_gray, "subdistribution", _ties_of_finegray),
    ("fine_gray", fine_gray, "_of_weights", lambda original: lambda *given: -original(*given)),
    ("restricted_mean", restricted_mean, "restricted_mean", _std_error_forgotten),
    ("ranks", wilcoxon, "mean_ranks", _ties_forgotten),
    ("ranks", kruskal_wallis, "mean_ranks", _ties_forgotten),
    ("ranks", wilcoxon, "EXACT_BELOW", 51),
    ("paired", paired, "_doubled_ranks", _ties_in_turn),
    ("paired", paired, "_changes", _pairs_turned),
    ("paired", paired, "binomial_cdf", lambda original: lambda count, n, p: original(count - 1, n, p)),
    ("ranks", wilcoxon, "_exact_p_value", _in_turn),
    ("paired_tables", paired_tables, "_changed", _one_more),
    ("paired_tables", paired_tables, "NO_CHANGE", 0.5),
    ("paired_tables", paired_tables, "binomial_cdf", lambda original: lambda count, n, p: original(count + 1, n, p)),
    ("mean_tests", mean_tests, "_std_error", _other_variance),
    ("mean_tests", summary_t_test, "f_tail", lambda original: lambda f, between, within: original(f, within, between)),
    ("proportion_difference", proportion_difference, "AS_EXTREME", -1e-9),
    ("proportion_difference", proportion_difference, "score_statistic", lambda original: lambda *g: -original(*g)),
    ("proportion_difference", proportion_difference, "largest_probability", _no_difference),
    ("proportion_difference", proportion_difference, "wilson_interval", _limits_of_the_other),
    ("contingency", contingency, "RELATIVE_TIE", -1e-7),
    ("contingency", tables_with_margins, "fillings", lambda original: lambda *given: original(*given)[1:]),
    ("proportions", proportions, "beta_quantile", _count_of_the_others),
    ("rates", rates, "gamma_quantile", lambda original: lambda p, events: original(p, events + 1)),
    ("rate_ratios", rates, "log_gamma", lambda original: lambda x: original(x + 1e-3)),
    ("rate_ratios", rates, "exact_interval", lambda original: lambda k, n, level: original(n - k, n, level)),
    ("rates", rates, "normal_quantile", lambda original: lambda p: original(p - 1e-6)),
    ("standardised_difference", standardised_difference, "_ratio", lambda original: lambda *pair: -original(*pair)),
]


@pytest.mark.parametrize(
    ("folder", "module", "name", "mutant"), MUTANTS, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_broken_rule_is_caught(monkeypatch, folder, module, name, mutant):
    original = getattr(module, name)
    monkeypatch.setattr(module, name, mutant(original) if callable(mutant) else mutant)
    try:
        caught = CHECKS[folder]() != []
    except NotEstimableError:  # what the fit and its residuals no longer agree on is refused
        caught = True
    assert caught
