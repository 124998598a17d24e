"""Hold each estimator against its golden folder and return every disagreement.

The tests ask for none; the mutation check breaks a rule and asks for some.
"""

from functools import partial

import numpy as np

from sequela.stats import (
    contingency,
    cox,
    firth,
    kruskal_wallis,
    mean_tests,
    paired,
    paired_tables,
    profile_likelihood,
    proportion_difference,
    proportions,
    rates,
    standardised_difference,
    summary_t_test,
    wilcoxon,
)
from tests.golden import read
from tests.golden.tolerances import DISTRIBUTION, NEWTON, ROOT, SUMMATION

from .comparing import follow_up as _follow_up
from .comparing import mismatches as _mismatches
from .curve_witnesses import CURVE_CHECKS
from .fuzz import check_cox_fuzz
from .model_witnesses import MODEL_CHECKS


def _fit(part, variant, ties):
    time, event, entry = _follow_up(part)
    columns = [f"x{number}" for number in range(1, 9) if part[0][f"x{number}"] != ""]
    return cox.cox(
        time,
        event,
        np.column_stack([read.numbers(part, column) for column in columns]),
        entry=entry,
        strata=read.numbers(part, "stratum") if variant in ("strata", "all") else None,
        weights=read.numbers(part, "weight") if variant in ("weights", "all") else None,
        cluster=read.numbers(part, "cluster") if variant in ("cluster", "all") else None,
        ties=ties,
    )


def _fit_values(fit):
    wald, interval = cox.wald_test(fit), cox.wald_interval(fit)
    rest = np.arange(1, fit.coefficients.size)
    ratio = [] if fit.robust or not rest.size else [cox.likelihood_ratio_test(fit, rest).statistic]
    return {
        "wald_of_all_but_the_first": [cox.joint_wald_test(fit, rest).statistic] if rest.size else [],
        "likelihood_ratio_of_all_but_the_first": ratio,
        "coefficient": fit.coefficients,
        "std_error": fit.std_errors,
        "model_std_error": np.sqrt(np.diag(fit.model_covariance)),
        "p_value": wald.p_value,
        "low": interval.low,
        "high": interval.high,
        "log_likelihood_null": [fit.log_likelihood_null],
        "log_likelihood": [fit.log_likelihood],
        "score_statistic": [cox.score_test(fit).statistic],
        "wald_statistic": [cox.joint_wald_test(fit).statistic],
        "iterations": [fit.iterations],
    }


def check_cox(sets=None):
    wrong = []
    data = read.parts(read.rows("cox", "data"), "set")
    for (name, variant, ties), wanted in read.parts(read.rows("cox", "expected"), "set", "variant", "ties").items():
        if sets is not None and name not in sets:
            continue
        values = _fit_values(_fit(data[(name,)], variant, ties))
        pairs = [
            (
                tuple(row.values()),
                float(values[row["statistic"]][max(int(row["at"]) - 1, 0)]),
                read.number(row["value"]),
            )
            for row in wanted
        ]
        wrong += _mismatches(pairs, NEWTON)
    return wrong


def check_cox_profile():
    wrong = []
    data = read.parts(read.rows("cox_profile", "data"), "set")
    for row in read.rows("cox_profile", "expected"):
        part = data[(row["set"],)]
        covariates = np.column_stack([read.numbers(part, "x1"), read.numbers(part, "x2")])
        fit = cox.cox(read.numbers(part, "time"), read.numbers(part, "event"), covariates)
        limits = profile_likelihood.profile_likelihood_interval(fit, int(row["index"]) - 1, float(row["level"]))
        pairs = [(tuple(row.values()), float(getattr(limits, end)), read.number(row[end])) for end in ("low", "high")]
        wrong += _mismatches(pairs, ROOT)
    return wrong


def check_firth():
    wrong = []
    data = read.parts(read.rows("firth", "data"), "set")
    for (name, ties), wanted in read.parts(read.rows("firth", "expected"), "set", "ties").items():
        part = data[(name,)]
        columns = [column for column in ("x1", "x2") if part[0][column] != ""]
        x = np.column_stack([read.numbers(part, column) for column in columns])
        time, event, entry = _follow_up(part)
        fit = firth.firth(cox.cox(time, event, x, entry=entry, strata=read.numbers(part, "stratum"), ties=ties))
        places = range(len(columns))
        limits = [firth.firth_interval(fit, j) for j in places]
        values = {
            "coefficient": fit.coefficients,
            "std_error": fit.std_errors,
            "likelihood_ratio": [firth.firth_test(fit, j).statistic for j in places],
            "low": [float(item.low) for item in limits],
            "high": [float(item.high) for item in limits],
            "log_likelihood": [fit.log_likelihood],
            "log_likelihood_null": [fit.log_likelihood_null],
        }
        pairs = [
            (
                tuple(row.values()),
                float(values[row["statistic"]][max(int(row["at"]) - 1, 0)]),
                read.number(row["value"]),
            )
            for row in wanted
        ]
        wrong += _mismatches(pairs, ROOT)
    return wrong


def _rank_test(test, samples):
    if test == "kruskal":
        return kruskal_wallis.kruskal_wallis(samples)
    options = {"default": {}, "corrected": {"exact": False}, "plain": {"exact": False, "continuity": False}}
    options["exact"] = {"exact": True}
    return wilcoxon.wilcoxon_rank_sum(*samples, **options[test])


def check_ranks():
    wrong = []
    data = read.parts(read.rows("ranks", "data"), "set")
    for row in read.rows("ranks", "expected"):
        groups = read.parts(data[(row["set"],)], "group")
        samples = [read.numbers(groups[key], "value") for key in sorted(groups)]
        value = getattr(_rank_test(row["test"], samples), row["statistic"])
        wrong += _mismatches([(tuple(row.values()), value, read.number(row["value"]))], DISTRIBUTION)
    return wrong


def check_paired():
    tests = {"sign": "sign_test", "ranks": "wilcoxon_signed_rank"}
    data = read.parts(read.rows("paired", "data"), "set")
    pairs = []
    for row in read.rows("paired", "expected"):
        before, after = (read.numbers(data[(row["set"],)], side) for side in ("before", "after"))
        found = getattr(paired, tests[row["test"]])(before, after)
        pairs.append((tuple(row.values()), getattr(found, row["statistic"]), read.number(row["value"])))
    return _mismatches(pairs, DISTRIBUTION)


def _table(part):
    counts = np.zeros((max(int(row["row"]) for row in part), max(int(row["column"]) for row in part)))
    for row in part:
        counts[int(row["row"]) - 1, int(row["column"]) - 1] = int(row["count"])
    return counts


def check_contingency():
    wrong = []
    tests = {
        "pearson": contingency.pearson_chi_square,
        "yates": contingency.yates_chi_square,
        "fisher": contingency.fisher_exact,
        "mid-p": contingency.fisher_mid_p,
        "likelihood ratio": contingency.likelihood_ratio_chi_square,
        "trend": contingency.trend_chi_square,
        "linear-by-linear": partial(contingency.trend_chi_square, linear_by_linear=True),
    }
    data = read.parts(read.rows("contingency", "data"), "set")
    for row in read.rows("contingency", "expected"):
        value = getattr(tests[row["test"]](_table(data[(row["set"],)])), row["statistic"])
        wrong += _mismatches([(tuple(row.values()), value, read.number(row["value"]))], DISTRIBUTION)
    return wrong


def check_mean_tests():
    pairs = []
    data = read.parts(read.rows("mean_tests", "data"), "set")
    for row in read.rows("mean_tests", "expected"):
        groups = read.parts(data[(row["set"],)], "group")
        samples = [read.numbers(groups[key], "value") for key in sorted(groups)]
        variance, kind = row["test"].split()
        equal = variance == "pooled"
        found = (
            mean_tests.t_test(*samples, equal_variance=equal)
            if kind == "t"
            else mean_tests.one_way_test(samples, equal_variance=equal)
        )
        pairs.append((tuple(row.values()), getattr(found, row["statistic"]), read.number(row["value"])))
    return _mismatches(pairs, DISTRIBUTION)


def check_paired_tables():
    tests = {
        "bowker": paired_tables.bowker_symmetry,
        "stuart-maxwell": paired_tables.stuart_maxwell,
        "mcnemar": paired_tables.mcnemar,
        "mcnemar corrected": partial(paired_tables.mcnemar, continuity=True),
        "mcnemar exact": paired_tables.mcnemar_exact,
        "mcnemar mid-p": partial(paired_tables.mcnemar_exact, mid_p=True),
    }
    data = read.parts(read.rows("paired_tables", "data"), "set")
    pairs = []
    for row in read.rows("paired_tables", "expected"):
        found = tests[row["test"]](_table(data[(row["set"],)]))
        pairs.append((tuple(row.values()), getattr(found, row["statistic"]), read.number(row["value"])))
    return _mismatches(pairs, DISTRIBUTION)


def check_proportion_difference():
    methods = {
        "any": proportion_difference.wald_difference,
        "wald": proportion_difference.wald_difference,
        "newcombe": proportion_difference.newcombe_difference,
        "score": proportion_difference.miettinen_nurminen_difference,
        "exact": proportion_difference.exact_difference,
    }
    counts = {
        row["set"]: [int(row[name]) for name in ("x", "n_x", "y", "n_y")]
        for row in read.rows("proportion_difference", "data")
    }
    pairs, found = [], {}
    for row in read.rows("proportion_difference", "expected"):
        asked = (row["set"], row["method"], row["level"])
        x, n_x, y, n_y = counts[row["set"]]
        if asked not in found:
            found[asked] = (
                proportion_difference.barnard_exact([[x, y], [n_x - x, n_y - y]])
                if row["method"] == "barnard"
                else methods[row["method"]](x, n_x, y, n_y, float(row["level"]))
            )
        pairs.append((tuple(row.values()), getattr(found[asked], row["statistic"]), read.number(row["value"])))
    return _mismatches(pairs, ROOT)


def check_summary_t_test():
    wrong = []
    data = read.parts(read.rows("summary_t_test", "data"), "set", "sample")
    for row in read.rows("summary_t_test", "expected"):
        values = [read.numbers(data[row["set"], sample], "value") for sample in ("1", "2")]
        means, deviations = [v.mean() for v in values], [v.std(ddof=1) for v in values]
        sizes, equal = [v.size for v in values], row["test"] == "Student"
        found = summary_t_test.t_test_from_summary(means, deviations, sizes, equal_variance=equal)
        value = getattr(found, row["attribute"])
        wrong += _mismatches([(tuple(row.values()), value, read.number(row["value"]))], DISTRIBUTION)
    return wrong


def check_proportions():
    pairs = []
    for row in read.rows("proportions", "expected"):
        count, n, level = int(row["count"]), int(row["n"]), float(row["level"])
        methods = {
            "exact": proportions.exact_interval,
            "wilson": proportions.wilson_interval,
            "corrected": proportions.wilson_corrected_interval,
            "wald": proportions.wald_interval,
            "coull": proportions.agresti_coull_interval,
        }
        for name, method in methods.items():
            limits = method(count, n, level)
            for end in ("low", "high"):
                pairs.append(((count, n, level, name, end), getattr(limits, end), read.number(row[f"{name}_{end}"])))
    return _mismatches(pairs, DISTRIBUTION)


def check_rates():
    pairs = []
    for row in read.rows("rates", "expected"):
        events, person_time, level = int(row["events"]), float(row["person_time"]), float(row["level"])
        methods = {
            "exact": rates.exact_rate_interval,
            "byar": rates.byar_rate_interval,
            "wald": rates.wald_rate_interval,
        } | ({"log": rates.log_rate_interval} if events else {})
        for name, method in methods.items():
            limits = method(events, person_time, level)
            for end in ("low", "high"):
                key = (events, person_time, level, name, end)
                pairs.append((key, getattr(limits, end), read.number(row[f"{name}_{end}"])))
    return _mismatches(pairs, DISTRIBUTION)


def check_rate_ratios():
    pairs = []
    for row in read.rows("rate_ratios", "expected"):
        counts = (int(row["events"]), float(row["time"]), int(row["events_0"]), float(row["time_0"]))
        found = rates.exact_rate_ratio(*counts, float(row["level"]))
        for name in ("value", "low", "high", "p_value"):
            pairs.append(((*counts, row["level"], name), getattr(found, name), read.number(row[name])))
    return _mismatches(pairs, DISTRIBUTION)


def check_standardised_difference():
    pairs = []
    data = read.parts(read.rows("standardised_difference", "data"), "set")
    for row in read.rows("standardised_difference", "expected"):
        part = data[(row["set"],)]
        groups = read.parts(part, "group")
        x, y = (read.numbers(groups[key], "value") for key in sorted(groups))
        if part[0]["kind"] == "continuous":
            difference = standardised_difference.continuous_difference(x, y)
        else:
            levels = np.unique(np.concatenate([x, y]))
            difference = standardised_difference.categorical_difference(
                *((values[:, None] == levels).sum(axis=0) for values in (x, y))
            )
        pairs.append(((row["set"], "value"), difference.value, read.number(row["value"])))
        pairs += [((row["set"], end), getattr(difference, end), read.number(row[end])) for end in ("n_x", "n_y")]
    return _mismatches(pairs, SUMMATION)


CHECKS = {
    "cox": check_cox,
    "cox_fuzz": check_cox_fuzz,
    "cox_profile": check_cox_profile,
    "firth": check_firth,
    "ranks": check_ranks,
    "paired": check_paired,
    "contingency": check_contingency,
    "summary_t_test": check_summary_t_test,
    "proportions": check_proportions,
    "proportion_difference": check_proportion_difference,
    "paired_tables": check_paired_tables,
    "mean_tests": check_mean_tests,
    "rates": check_rates,
    "rate_ratios": check_rate_ratios,
    "standardised_difference": check_standardised_difference,
    **CURVE_CHECKS,
    **MODEL_CHECKS,
}
