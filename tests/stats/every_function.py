"""How each public function of `sequela.stats` is called with the columns of one data set, and which are inner works."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from sequela.stats import (
    augmented,
    bootstrap_limits,
    chi_square,
    clone_censor_weight,
    competing_risks,
    concordance,
    conditional_survival,
    confidence,
    contingency,
    cox,
    cox_bootstrap,
    cox_residuals,
    delta_adjustment,
    differences,
    distributions,
    fine_gray,
    firth,
    fitted_risks,
    follow_up,
    frailty,
    gray_test,
    kaplan_meier,
    kruskal_wallis,
    log_rank,
    log_rank_trend,
    logistic,
    max_combo,
    mean_tests,
    multiple_imputation,
    multiplicity,
    nelson_aalen,
    paired,
    paired_tables,
    pairwise_log_rank,
    permutation_log_rank,
    profile_likelihood,
    propensity,
    proportion_difference,
    proportional_hazards,
    proportions,
    pseudo_values,
    rates,
    resampled_curves,
    restricted_mean,
    reverse_kaplan_meier,
    splines,
    standardised_difference,
    standardised_survival,
    summary_t_test,
    survival_limits,
    variance_inflation,
    weighted_comparison,
    weightings,
    wilcoxon,
)
from sequela.stats.group_cells import Roles
from tests.stats.bias_functions import BIAS_CALLS
from tests.stats.functions_over_time import CALLS_OVER_TIME

Data = SimpleNamespace
"""Columns time, event, entry, weights, group, strata, cluster, cause, x (n, 2), score, counts (2, 3), number."""


def _rng():
    return np.random.default_rng(1)


def _curve(d):
    return kaplan_meier.kaplan_meier(d.time, d.event, entry=d.entry, weights=d.weights)


def _plain_curve(d):
    return kaplan_meier.kaplan_meier(d.time, d.event)


def _fit(d, **more):
    return cox.cox(d.time, d.event, d.x, entry=d.entry, strata=d.strata, weights=d.weights, offset=d.score, **more)


def _plain_fit(d):
    return cox.cox(d.time, d.event, d.x, entry=d.entry, strata=d.strata)


def _risks(d):
    fit = _plain_fit(d)
    return fitted_risks.fitted_risks(fit, d.time, d.event, d.x, entry=d.entry, strata=d.strata)


def _unstratified(d):
    return fitted_risks.fitted_risks(cox.cox(d.time, d.event, d.x), d.time, d.event, d.x)


def _incidence(d):
    return competing_risks.cumulative_incidence(d.time, d.cause, entry=d.entry, weights=d.weights)


def _test(d):
    return log_rank.log_rank(
        d.time, d.event, d.group, entry=d.entry, strata=d.strata, weights=d.weights, cluster=d.cluster
    )


def _samples(d):
    x, group = np.ravel(np.asarray(d.x, dtype=object))[::2], np.asarray(d.group, dtype=object)
    return [x[: group.size][group[: x.size] == code].tolist() for code in (0, 1)]


def _yes(column):
    """Return true and false where all values are 1 or 0, otherwise what was given."""
    codes = np.asarray(column)
    return codes == 1 if np.isin(codes, (0, 1)).all() else codes


def _eligible(d):
    started = np.where(np.arange(len(d.time)) % 2 == 1, np.linspace(0, 9, len(d.time)), np.inf)
    return clone_censor_weight.Eligible(np.asarray(d.time), _yes(d.event), started, np.asarray(d.x), 6.0)


def _loss(d):
    time, event = np.asarray(d.time), _yes(d.event)
    until = time + 3 if time.dtype.kind == "f" else time
    return delta_adjustment.Loss(time, event, _yes(d.group), event == 0, until)


def _gaps(d):
    known = np.asarray(d.score).copy()
    known[:2] = np.nan if known.dtype.kind == "f" else known[:2]
    return [multiple_imputation.Incomplete(known)]


def _two_groups(d):
    columns = np.asarray(d.time), _yes(d.event), _yes(d.group), np.asarray(d.x), np.asarray(d.cluster)
    return weighted_comparison.TwoGroups(*columns)


def _means(d):
    found = resampled_curves.curve_bootstrap(d.time, d.event, d.group, _rng(), samples=9, horizon=d.number)
    return found.means[:, 0]


def _square(d):
    return np.asarray(d.counts)[:, :2]


def _two_counts(d):
    first = np.ravel(d.counts)[0]
    return first, 10, 4, 12


def _fitted_firth(d):
    return firth.firth(cox.cox(d.time, d.event, d.x, entry=d.entry, strata=d.strata))


def _knots(d):
    return splines.spline_knots(np.ravel(d.x), 3)


CALLS: dict[str, Callable[[Data], object]] = {
    **BIAS_CALLS,
    **CALLS_OVER_TIME,
    "chi_square.chi_square_test": lambda d: chi_square.chi_square_test(d.number, 2),
    "clone_censor_weight.clones_that_start": lambda d: clone_censor_weight.clones_that_start(_eligible(d)),
    "clone_censor_weight.clones_that_do_not": lambda d: clone_censor_weight.clones_that_do_not(_eligible(d)),
    "clone_censor_weight.strategy_curve": lambda d: clone_censor_weight.strategy_curve(
        clone_censor_weight.clones_that_do_not(_eligible(d))
    ),
    "competing_risks.competing_follow_up": lambda d: competing_risks.competing_follow_up(d.time, d.cause, d.entry),
    "competing_risks.cumulative_incidence": _incidence,
    "competing_risks.incidence_at": lambda d: competing_risks.incidence_at(_incidence(d), 1, [d.number, 0]),
    "concordance.concordance": lambda d: concordance.concordance(
        d.time, d.event, d.score, entry=d.entry, strata=d.strata, weights=d.weights, cluster=d.cluster
    ),
    "conditional_survival.conditional_survival": lambda d: conditional_survival.conditional_survival(
        _curve(d), d.number
    ),
    "conditional_survival.first_reliable_time": lambda d: conditional_survival.first_reliable_time(d.time, d.entry),
    "conditional_survival.reliable_curve": lambda d: conditional_survival.reliable_curve(d.time, d.event, d.entry),
    "contingency.pearson_chi_square": lambda d: contingency.pearson_chi_square(d.counts),
    "contingency.yates_chi_square": lambda d: contingency.yates_chi_square(np.asarray(d.counts)[:, :2]),
    "contingency.likelihood_ratio_chi_square": lambda d: contingency.likelihood_ratio_chi_square(d.counts),
    "contingency.trend_chi_square": lambda d: contingency.trend_chi_square(np.asarray(d.counts).T),
    "contingency.fisher_exact": lambda d: contingency.fisher_exact(d.counts),
    "contingency.fisher_mid_p": lambda d: contingency.fisher_mid_p(np.asarray(d.counts)[:, :2]),
    "contingency.expected_counts": lambda d: contingency.expected_counts(d.counts),
    "augmented.augmented_means": lambda d: augmented.augmented_means(
        d.time, d.group, d.weights, d.score, np.ravel(np.asarray(d.x, dtype=object))[::2]
    ),
    "confidence.level_problems": lambda d: confidence.level_problems(d.number / 10),
    "cox.cox": lambda d: _fit(d, cluster=d.cluster),
    "cox.wald_interval": lambda d: cox.wald_interval(_fit(d)),
    "cox.wald_test": lambda d: cox.wald_test(_fit(d)),
    "cox.joint_wald_test": lambda d: cox.joint_wald_test(_fit(d)),
    "cox.likelihood_ratio_test": lambda d: cox.likelihood_ratio_test(_plain_fit(d), [1]),
    "cox.score_test": lambda d: cox.score_test(_fit(d)),
    "bootstrap_limits.percentile_limits": lambda d: bootstrap_limits.percentile_limits(_means(d)),
    "bootstrap_limits.degrees_of_freedom": lambda d: bootstrap_limits.degrees_of_freedom(_means(d)),
    "bootstrap_limits.expanded_limits": lambda d: bootstrap_limits.expanded_limits(_means(d), 4.0),
    "bootstrap_limits.bca_limits": lambda d: bootstrap_limits.bca_limits(_means(d), 5.0, d.number * np.array([1, -2])),
    "cox_bootstrap.bootstrap": lambda d: cox_bootstrap.bootstrap(_plain_fit(d), _rng(), samples=5),
    "cox_bootstrap.percentile_interval": lambda d: cox_bootstrap.percentile_interval(
        cox_bootstrap.bootstrap(_plain_fit(d), _rng(), samples=5)
    ),
    "cox_residuals.martingale_residuals": lambda d: cox_residuals.martingale_residuals(_risks(d)),
    "cox_residuals.deviance_residuals": lambda d: cox_residuals.deviance_residuals(_risks(d)),
    "cox_residuals.schoenfeld_residuals": lambda d: cox_residuals.schoenfeld_residuals(_risks(d)),
    "cox_residuals.score_residuals": lambda d: cox_residuals.score_residuals(_risks(d)),
    "cox_residuals.influence": lambda d: cox_residuals.influence(_risks(d)),
    "delta_adjustment.delta_adjusted_ratio": lambda d: delta_adjustment.delta_adjusted_ratio(
        _loss(d), 2.0, _rng(), imputations=3
    ),
    "differences.difference": lambda d: differences.difference(d.number, 0.1, 0.5, 0.1, 0.95, "normal"),
    "differences.survival_difference": lambda d: differences.survival_difference(_curve(d), _plain_curve(d), d.number),
    "distributions.normal_quantile": lambda d: distributions.normal_quantile(d.number / 8),
    "fine_gray.fine_gray": lambda d: fine_gray.fine_gray(
        d.time, d.cause, d.x, entry=d.entry, censoring_groups=d.strata
    ),
    "fine_gray.subdistribution_interval": lambda d: fine_gray.subdistribution_interval(
        fine_gray.fine_gray(d.time, d.cause, d.x)
    ),
    "firth.firth": _fitted_firth,
    "firth.firth_test": lambda d: firth.firth_test(_fitted_firth(d)),
    "firth.firth_interval": lambda d: firth.firth_interval(_fitted_firth(d)),
    "fitted_risks.fitted_risks": _risks,
    "follow_up.follow_up": lambda d: follow_up.follow_up(d.time, d.event, d.entry),
    "frailty.frailty": lambda d: frailty.frailty(_plain_fit(d), d.cluster, 0.4),
    "frailty.frailty_interval": lambda d: frailty.frailty_interval(frailty.frailty(_plain_fit(d), d.cluster, 0.4)),
    "gray_test.gray_test": lambda d: gray_test.gray_test(d.time, d.cause, d.group, strata=d.strata),
    "kaplan_meier.kaplan_meier": _curve,
    "kaplan_meier.kaplan_meier_by_stratum": lambda d: kaplan_meier.kaplan_meier_by_stratum(
        d.strata, d.time, d.event, entry=d.entry, weights=d.weights, cluster=d.cluster
    ),
    "kaplan_meier.survival_at": lambda d: kaplan_meier.survival_at(_curve(d), [0, d.number]),
    "kaplan_meier.quantile": lambda d: [kaplan_meier.quantile(_curve(d), dialect=dialect) for dialect in ("R", "SPSS")],
    "kruskal_wallis.kruskal_wallis": lambda d: kruskal_wallis.kruskal_wallis(_samples(d)),
    "log_rank.log_rank": _test,
    "log_rank_trend.log_rank_trend": lambda d: log_rank_trend.log_rank_trend(_test(d)),
    "logistic.logistic": lambda d: logistic.logistic(d.event, d.x, d.weights),
    "max_combo.max_combo": lambda d: max_combo.max_combo(d.time, d.event, d.group, Roles(d.entry, d.strata, d.weights)),
    "mean_tests.t_test": lambda d: mean_tests.t_test(*_samples(d)),
    "mean_tests.one_way_test": lambda d: mean_tests.one_way_test(_samples(d)),
    "multiple_imputation.impute": lambda d: multiple_imputation.impute(_gaps(d), d.x, _rng(), imputations=2),
    "multiple_imputation.pool": lambda d: multiple_imputation.pool(
        np.column_stack([d.score, d.score]), np.column_stack([d.weights, d.weights])
    ),
    "multiplicity.holm": lambda d: multiplicity.holm([d.number / 10, 0.5]),
    "nelson_aalen.nelson_aalen": lambda d: nelson_aalen.nelson_aalen(_curve(d)),
    "paired.sign_test": lambda d: paired.sign_test(d.time, d.score),
    "paired.wilcoxon_signed_rank": lambda d: paired.wilcoxon_signed_rank(d.time, d.score),
    "paired_tables.mcnemar": lambda d: paired_tables.mcnemar(_square(d)),
    "paired_tables.mcnemar_exact": lambda d: paired_tables.mcnemar_exact(_square(d), mid_p=True),
    "paired_tables.bowker_symmetry": lambda d: paired_tables.bowker_symmetry(_square(d)),
    "paired_tables.stuart_maxwell": lambda d: paired_tables.stuart_maxwell(_square(d)),
    "pairwise_log_rank.pairwise": lambda d: pairwise_log_rank.pairwise(d.group, lambda rows: rows.mean()),
    "pairwise_log_rank.pairwise_log_rank": lambda d: pairwise_log_rank.pairwise_log_rank(
        d.time, d.event, d.group, Roles(d.entry, d.strata, d.weights, d.cluster)
    ),
    "permutation_log_rank.permutation_log_rank": lambda d: permutation_log_rank.permutation_log_rank(
        d.time, d.event, d.group, strata=d.strata, generator=_rng(), draws=50
    ),
    "profile_likelihood.profile_likelihood_interval": lambda d: profile_likelihood.profile_likelihood_interval(
        _plain_fit(d)
    ),
    "propensity.balancing_weights": lambda d: propensity.balancing_weights(d.score, d.group),
    "propensity.matched_pairs": lambda d: propensity.matched_pairs(d.score, d.group),
    "propensity.balance": lambda d: propensity.balance(d.score, d.group, d.weights),
    "propensity.effective_sample_size": lambda d: propensity.effective_sample_size(d.weights),
    "proportional_hazards.proportional_hazards_test": lambda d: proportional_hazards.proportional_hazards_test(
        _risks(d)
    ),
    "proportion_difference.wald_difference": lambda d: proportion_difference.wald_difference(*_two_counts(d)),
    "proportion_difference.newcombe_difference": lambda d: proportion_difference.newcombe_difference(*_two_counts(d)),
    "proportion_difference.miettinen_nurminen_difference": lambda d: (
        proportion_difference.miettinen_nurminen_difference(*_two_counts(d))
    ),
    "proportion_difference.exact_difference": lambda d: proportion_difference.exact_difference(*_two_counts(d)),
    "proportion_difference.barnard_exact": lambda d: proportion_difference.barnard_exact(_square(d)),
    "proportions.exact_interval": lambda d: proportions.exact_interval(np.ravel(d.counts)[0], 10),
    "proportions.wilson_interval": lambda d: proportions.wilson_interval(np.ravel(d.counts)[0], 10),
    "proportions.wilson_corrected_interval": lambda d: proportions.wilson_corrected_interval(np.ravel(d.counts)[0], 10),
    "proportions.wald_interval": lambda d: proportions.wald_interval(np.ravel(d.counts)[0], 10),
    "proportions.agresti_coull_interval": lambda d: proportions.agresti_coull_interval(np.ravel(d.counts)[0], 10),
    "pseudo_values.survival_pseudo_values": lambda d: pseudo_values.survival_pseudo_values(d.time, d.event, d.number),
    "pseudo_values.mean_pseudo_values": lambda d: pseudo_values.mean_pseudo_values(d.time, d.event, d.number),
    "rates.exact_rate_interval": lambda d: rates.exact_rate_interval(np.ravel(d.counts)[0], d.number),
    "rates.exact_rate_ratio": lambda d: rates.exact_rate_ratio(np.ravel(d.counts)[0], d.number, 3, 7.0),
    "rates.byar_rate_interval": lambda d: rates.byar_rate_interval(np.ravel(d.counts)[0], d.number),
    "rates.log_rate_interval": lambda d: rates.log_rate_interval(np.ravel(d.counts)[0], d.number),
    "rates.wald_rate_interval": lambda d: rates.wald_rate_interval(np.ravel(d.counts)[0], d.number),
    "restricted_mean.restricted_mean": lambda d: restricted_mean.restricted_mean(_curve(d), d.number),
    "restricted_mean.restricted_mean_influence": lambda d: restricted_mean.restricted_mean_influence(
        kaplan_meier.kaplan_meier(d.time, d.event, weights=d.weights), d.number
    ),
    "resampled_curves.curve_bootstrap": lambda d: resampled_curves.curve_bootstrap(
        d.time, d.event, d.group, _rng(), samples=4, weights=d.weights, cluster=d.cluster, horizon=d.number
    ),
    "restricted_mean.restricted_mean_difference": lambda d: restricted_mean.restricted_mean_difference(
        *(restricted_mean.restricted_mean(curve, d.number) for curve in (_curve(d), _plain_curve(d)))
    ),
    "restricted_mean.restricted_mean_ratio": lambda d: restricted_mean.restricted_mean_ratio(
        *(restricted_mean.restricted_mean(curve, d.number) for curve in (_curve(d), _plain_curve(d)))
    ),
    "reverse_kaplan_meier.reverse_kaplan_meier": lambda d: reverse_kaplan_meier.reverse_kaplan_meier(d.time, d.event),
    "splines.spline_knots": _knots,
    "splines.restricted_cubic_spline": lambda d: splines.restricted_cubic_spline(d.score, _knots(d)),
    "standardised_difference.continuous_difference": lambda d: standardised_difference.continuous_difference(
        *_samples(d)
    ),
    "standardised_difference.categorical_difference": lambda d: standardised_difference.categorical_difference(
        *d.counts
    ),
    "standardised_survival.standardised_survival": lambda d: standardised_survival.standardised_survival(
        _unstratified(d), [d.x, d.x], [d.number]
    ),
    "summary_t_test.t_test_from_summary": lambda d: summary_t_test.t_test_from_summary(
        (d.number, 1.0), (1.0, 2.0), (5, 6), equal_variance=False
    ),
    "summary_t_test.one_way_from_summary": lambda d: summary_t_test.one_way_from_summary(
        (d.number, 1.0, 2.0), (1.0, 2.0, 1.5), (5, 6, 7), equal_variance=False
    ),
    "survival_limits.check_interval": lambda d: survival_limits.check_interval("log", d.number / 10),
    "survival_limits.survival_limits": lambda d: survival_limits.survival_limits(
        np.array([d.number / 10]), np.array([0.1]), "arcsine", 0.95
    ),
    "variance_inflation.variance_inflation": lambda d: variance_inflation.variance_inflation(d.x, ((0,), (1,))),
    "weighted_comparison.weigh": lambda d: weighted_comparison.weigh(_two_groups(d), "overlap"),
    "weighted_comparison.weighted_curve": lambda d: weighted_comparison.weighted_curve(
        _two_groups(d), weighted_comparison.weigh(_two_groups(d), "ate"), True
    ),
    "weighted_comparison.contrasts": lambda d: weighted_comparison.contrasts(
        _two_groups(d), weighted_comparison.weigh(_two_groups(d), "overlap"), d.number
    ),
    "weighted_comparison.bootstrap": lambda d: weighted_comparison.bootstrap(
        _two_groups(d),
        weighted_comparison.weigh(_two_groups(d), "overlap"),
        weighted_comparison.Sampling("overlap", 0.0, d.number, 3),
        _rng(),
    ),
    "weightings.fleming_harrington": lambda d: weightings.fleming_harrington(d.number, 0.0),
    "weightings.weighting_named": lambda d: weightings.weighting_named(f"fleming-harrington({d.number}, 0)"),
    "wilcoxon.wilcoxon_rank_sum": lambda d: wilcoxon.wilcoxon_rank_sum(*_samples(d)),
}
"""One call of every function a user may make."""

INNER = {
    "columns",
    "cox_columns",
    "exact_ties",
    "exact_ties_compiled",
    "group_cells",
    "incidence_variance",
    "influence",
    "multivariate_normal",
    "newton",
    "partial_likelihood",
    "partial_likelihood_compiled",
    "partial_likelihood_kernel",
    "risk_sets",
    "sorted_rows",
    "stretches",
    "two_group_ratio",
    "subdistribution",
    "tables_with_margins",
    "unconditional",
}
"""Modules that only other modules of `stats` and no room above may import; their input is checked already."""

INNER_FUNCTIONS = {
    "sequential_trials.curve_of_time",
    "treatment_over_time.chance",
    "treatment_over_time.waited",
    "distributions.beta_quantile",
    "distributions.binomial_cdf",
    "distributions.chi_square_tail",
    "bootstrap_limits.batches",
    "bootstrap_limits.drawn_counts",
    "distributions.chi_square_value",
    "distributions.expit",
    "distributions.f_quantile",
    "distributions.f_tail",
    "distributions.gamma_quantile",
    "distributions.log_gamma",
    "distributions.logit",
    "distributions.normal_cdf",
    "distributions.student_cdf",
    "distributions.student_quantile",
    "distributions.two_sided_p",
    "distributions.two_sided_ps",
    "firth.penalised_at",
    "follow_up.distinct_times",
    "follow_up.patients",
    "follow_up.whole",
    "kaplan_meier.curve_of_steps",
    "kaplan_meier.moving",
    "kaplan_meier.present",
    "kaplan_meier.product_limit",
    "kaplan_meier.survival_influence",
    "resampled_curves.read_samples",
    "log_rank.log_rank_of",
    "log_rank.quadratic_test",
    "profile_likelihood.limit",
    "proportion_difference.score_statistic",
    "weightings.event_weights",
    "wilcoxon.mean_ranks",
    "wilcoxon.sample",
}
"""As `INNER`, in modules that also hold a function for users."""
