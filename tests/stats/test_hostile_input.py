"""Whatever comes in, a defined answer or a letter that says what to do."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import contingency, kruskal_wallis, proportions, wilcoxon
from sequela.stats.cox import cox, joint_wald_test, likelihood_ratio_test, score_test, wald_interval, wald_test
from sequela.stats.kaplan_meier import kaplan_meier, quantile, survival_at
from sequela.stats.log_rank import log_rank
from sequela.stats.profile_likelihood import profile_likelihood_interval
from sequela.stats.restricted_mean import restricted_mean
from sequela.stats.reverse_kaplan_meier import reverse_kaplan_meier
from sequela.stats.standardised_difference import categorical_difference, continuous_difference
from tests.golden.tolerances import ASYMPTOTE, CENTRED, NEWTON

NAN, INFINITE = float("nan"), float("inf")

REFUSED_FOLLOW_UP = {
    "no patients": ([], [], None, "no patients"),
    "missing time": ([1, NAN], [1, 0], None, "1 of 2 times are missing"),
    "nothing as time": ([1, None], [1, 0], None, "1 of 2 times are missing"),
    "infinite time": ([1, INFINITE], [1, 0], None, "1 of 2 times are infinite"),
    "negative time": ([1, -2], [1, 0], None, "1 of 2 times are negative"),
    "words as times": (["a", "b"], [1, 0], None, "not numbers"),
    "a table of times": ([[1, 2]], [1, 0], None, "2 dimensions"),
    "unequal lengths": ([1, 2, 3], [1, 0], None, "2 rows for 3 patients"),
    "an unknown end": ([1, 2], [1, NAN], None, "neither 0 nor 1"),
    "status coded 1 and 2": ([1, 2], [1, 2], None, "neither 0 nor 1"),
    "words as events": ([1, 2], ["dead", "alive"], None, "not numbers"),
    "entry at the end": ([1, 2], [1, 0], [0, 2], "1 of 2 patients enter at or after"),
    "entry after the end": ([1, 2], [1, 0], [3, 0], "1 of 2 patients enter at or after"),
    "entry of another length": ([1, 2], [1, 0], [0], "1 rows for 2 patients"),
    "missing entry": ([1, 2], [1, 0], [0, NAN], "1 of 2 times are missing"),
    "watched for a rounding error": ([1, 2], [1, 0], [1 - 1e-12, 0], "rounding error"),
}


@pytest.mark.parametrize("case", REFUSED_FOLLOW_UP)
@pytest.mark.parametrize("estimator", ["kaplan_meier", "log_rank", "cox"])
def test_follow_up_that_is_none(case, estimator):
    time, event, entry, message = REFUSED_FOLLOW_UP[case]
    n = np.shape(time)[-1] if np.ndim(time) else 0
    with pytest.raises(NotEstimableError, match=message) as raised:
        if estimator == "kaplan_meier":
            kaplan_meier(time, event, entry=entry)
        elif estimator == "log_rank":
            log_rank(time, event, np.arange(n), entry=entry)
        else:
            cox(time, event, np.arange(n), entry=entry)
    assert all(problem.where for problem in raised.value.problems)


def test_all_problems_at_once():
    with pytest.raises(NotEstimableError) as raised:
        kaplan_meier([NAN, -1], [2, 0], entry=[INFINITE, 0])
    assert [problem.where for problem in raised.value.problems] == ["time", "time", "event", "entry"]


def test_no_events():
    curve = kaplan_meier([1, 2, 2], [0, 0, 0])
    assert curve.survival.tolist() == [1, 1]
    assert np.isnan(quantile(curve).value)
    assert np.isnan(quantile(curve, dialect="SPSS").value)
    with pytest.raises(NotEstimableError, match="no events"):
        log_rank([1, 2], [0, 0], [0, 1])
    with pytest.raises(NotEstimableError, match="no events"):
        cox([1, 2], [0, 0], [0, 1])


def test_no_events_but_those_of_weight_zero():
    with pytest.raises(NotEstimableError, match="no events"):
        cox([1, 2, 3], [1, 0, 0], [0, 1, 0], weights=[0, 1, 1])


def test_one_patient():
    curve = kaplan_meier([3], [1])
    assert curve.survival.tolist() == [0]
    assert quantile(curve).value == 3
    assert np.isnan(quantile(curve, dialect="SPSS").low)
    with pytest.raises(NotEstimableError, match="one group"):
        log_rank([3], [1], [0])
    with pytest.raises(NotEstimableError, match="column 1: constant"):
        cox([3], [1], [1])


def test_all_tied():
    curve = kaplan_meier([5, 5, 5, 5], [1, 1, 1, 0])
    assert curve.survival.tolist() == [0.25]
    test = log_rank([5] * 8, [1, 1, 1, 0, 1, 0, 0, 0], [0] * 4 + [1] * 4)
    assert test.chi_square == pytest.approx(1 / (2 * 4 * 4 / 8 * 4 / 8 * 4 / 7 / 2) * 1)
    assert np.isfinite(cox([5] * 6, [1, 1, 0, 1, 0, 0], [0, 0, 0, 1, 1, 1]).coefficients[0])


def test_everyone_dies_at_once():
    with pytest.raises(NotEstimableError, match="no event at which"):
        log_rank([5] * 4, [1] * 4, [0, 0, 1, 1])


def test_events_at_time_zero():
    assert kaplan_meier([0, 0, 1], [1, 0, 1]).survival.tolist() == [pytest.approx(2 / 3), 0]


def test_groups_never_watched_together():
    with pytest.raises(NotEstimableError, match="no event at which two groups are at risk"):
        log_rank([1, 2, 8, 9], [1, 1, 1, 1], [0, 0, 1, 1], entry=[0, 0, 5, 6])


def test_a_group_without_anyone_at_risk_takes_no_degree_of_freedom():
    test = log_rank([1, 5, 6, 7, 8], [0, 1, 1, 1, 0], [2, 0, 1, 0, 1])
    assert test.degrees_of_freedom == 1


def test_missing_groups():
    for codes in ([0, None], [0.0, NAN], np.array(["a", NAN], dtype=object)):
        with pytest.raises(NotEstimableError, match="1 codes are missing"):
            log_rank([1, 2], [1, 1], codes)
    with pytest.raises(NotEstimableError, match="strata: 1 rows for 2 patients"):
        log_rank([1, 2], [1, 1], [0, 1], strata=[1])
    with pytest.raises(NotEstimableError, match="group: an array of 2 dimensions"):
        log_rank([1, 2], [1, 1], [[0, 1]])


def test_reverse_refuses_delayed_entry_and_says_why():
    with pytest.raises(NotEstimableError, match="one origin for everyone"):
        reverse_kaplan_meier([1, 2], [0, 1], entry=[0, 0])


def test_unknown_options():
    with pytest.raises(NotEstimableError, match="log-log"):
        kaplan_meier([1], [1], interval="cloglog")
    with pytest.raises(NotEstimableError, match="between 0 and 1"):
        kaplan_meier([1], [1], level=95)
    curve = kaplan_meier([1, 2], [1, 1])
    with pytest.raises(NotEstimableError, match="SPSS"):
        quantile(curve, dialect="Stata")
    with pytest.raises(NotEstimableError, match="between 0 and 1"):
        quantile(curve, 50)
    with pytest.raises(NotEstimableError, match="missing or negative"):
        survival_at(curve, [-1])
    with pytest.raises(NotEstimableError, match="efron"):
        cox([1, 2], [1, 1], [0, 1], ties="discrete")


TIME, EVENT = [1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 0, 1, 1, 0, 1, 1]
X = np.array([0.5, 1.5, -1, 0.2, 2, 0.1, -0.3, 1])

REFUSED_COVARIATES = {
    "constant": (np.column_stack([X, np.full(8, 0.1)]), "column 2: constant"),
    "twice the same": (np.column_stack([X, 3 * X + 1]), "column 2: a linear combination of earlier"),
    "dummies of every level": (np.eye(2)[[0, 1, 0, 1, 1, 0, 0, 1]], "column 2: a linear combination of earlier"),
    "only after the last event": (np.column_stack([X, np.zeros(8)]), "column 2: constant"),
    "missing": (np.where(X == 2, NAN, X), "1 patients with a missing or infinite covariate"),
    "infinite": (np.where(X == 2, INFINITE, X), "1 patients with a missing or infinite covariate"),
    "none": (np.empty((8, 0)), r"shape \(8, 0\)"),
    "too short": (X[:5], "5 rows for 8 patients"),
    "three dimensions": (np.zeros((2, 2, 2)), "shape"),
    "words": (["a"] * 8, "not numbers"),
}


@pytest.mark.parametrize("case", REFUSED_COVARIATES)
def test_covariates_that_tell_nothing(case):
    covariates, message = REFUSED_COVARIATES[case]
    with pytest.raises(NotEstimableError, match=message):
        cox(TIME, EVENT, covariates)


def test_a_covariate_that_never_varies_where_it_counts():
    with pytest.raises(NotEstimableError, match="constant among the patients at risk at every event"):
        cox(TIME, EVENT, np.array([1, 1, 2, 2, 3, 3, 4, 4]), strata=[1, 1, 2, 2, 3, 3, 4, 4])


@pytest.mark.parametrize("weights", [[1] * 7 + [-1], [1] * 7 + [NAN], [1] * 7, [["a"]]])
def test_weights_that_are_none(weights):
    with pytest.raises(NotEstimableError, match="weight"):
        cox(TIME, EVENT, X, weights=weights)


def test_separation_is_reported_and_still_answered():
    fit = cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0])
    assert fit.diverging.tolist() == [True]
    assert fit.coefficients[0] > 0
    assert np.isnan(wald_interval(fit).low).all()
    assert np.isnan(wald_test(fit).p_value).all()
    with pytest.raises(NotEstimableError, match="likelihood ratio"):
        joint_wald_test(fit)
    interval = profile_likelihood_interval(fit)
    assert 0 < interval.low < interval.high == INFINITE
    assert likelihood_ratio_test(fit).statistic == pytest.approx(2 * np.log(6 * 5 * 4 / 6), rel=ASYMPTOTE)
    assert score_test(fit).p_value < 0.05
    mirrored = cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1])
    assert profile_likelihood_interval(mirrored).low == -INFINITE
    assert float(profile_likelihood_interval(mirrored).high) == pytest.approx(-float(interval.low))


def test_separation_leaves_the_other_covariate_alone():
    group = np.array([1, 1, 0, 1, 1, 0, 1, 1])
    fit = cox(TIME, EVENT, np.column_stack([group, X]))
    assert fit.diverging.tolist() == [True, False]
    assert np.isfinite(wald_interval(fit).low[1])


def test_separation_takes_the_information_of_another_covariate_with_it():
    """The larger the second coefficient, the less the events say of the first: its standard error passes 10,000."""
    columns = np.array([[1, 0], [1, 2], [1, 2], [1, 2], [0, 1], [0, 0]])
    fit = cox([1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 1, 0], columns)
    assert fit.diverging.all()
    assert np.isnan(wald_interval(fit).high).all()
    limits = [profile_likelihood_interval(fit, index) for index in (0, 1)]
    assert all(item.low == -INFINITE or item.high == INFINITE for item in limits)


def test_a_stratum_without_events_changes_nothing():
    time, event, x = [*TIME, 3, 4, 9], [*EVENT, 0, 0, 0], [*X, 5.0, -5, 0]
    with_it = cox(time, event, x, strata=[1] * 8 + [2] * 3)
    without = cox(TIME, EVENT, X)
    assert with_it.coefficients == pytest.approx(without.coefficients, rel=NEWTON)
    assert with_it.std_errors == pytest.approx(without.std_errors, rel=NEWTON)
    assert with_it.n == 11


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_all_events_on_one_day(ties):
    """Two of three in one group, one of three in the other; each rule has a finite answer of the same sign."""
    fit = cox([5] * 6, [1, 1, 0, 1, 0, 0], [0, 0, 0, 1, 1, 1], ties=ties)
    assert fit.coefficients[0] < -0.5
    assert fit.converged


def test_separation_of_many_patients():
    """The compiled likelihood knows a likelihood that rises for ever as well as the other does."""
    chance = np.random.default_rng(0)
    group, x = chance.integers(0, 2, 30_000), chance.normal(size=30_000)
    fit = cox(
        chance.integers(1, 400, 30_000), (group == 1) & (chance.random(30_000) < 0.3), np.column_stack([group, x])
    )
    assert fit.diverging.tolist() == [True, False]
    assert fit.coefficients[0] > 0
    assert np.isfinite(fit.std_errors[1])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_everybody_has_the_event_on_one_day(ties):
    """Efron and Breslow compare the events with those at risk, who are the same: the ratio is 1."""
    fit = cox([5] * 4, [1] * 4, [0, 0, 1, 1], ties=ties)
    assert fit.coefficients[0] == pytest.approx(0, abs=NEWTON)


REFUSED_MODELS = {
    "no events": ([1, 2, 3], [0, 0, 0], [0.0, 1, 2], {}),
    "one patient": ([1], [1], [1.0], {}),
    "one group": ([1, 2, 3], [1, 1, 0], [1.0, 1, 1], {}),
    "entry at the exit": ([1, 2, 3], [1, 1, 0], [0.0, 1, 2], {"entry": [0, 2, 0]}),
    "entry after the exit": ([1, 2, 3], [1, 1, 0], [0.0, 1, 2], {"entry": [0, 5, 0]}),
    "infinite time": ([1, INFINITE, 3], [1, 1, 0], [0.0, 1, 2], {}),
    "missing time": ([1, NAN, 3], [1, 1, 0], [0.0, 1, 2], {}),
    "missing covariate": ([1, 2, 3], [1, 1, 0], [0.0, NAN, 2], {}),
    "negative weight": ([1, 2, 3], [1, 1, 0], [0.0, 1, 2], {"weights": [1, -1, 1]}),
    "all weights zero": ([1, 2, 3], [1, 1, 0], [0.0, 1, 2], {"weights": [0, 0, 0]}),
    "missing offset": ([1, 2, 3], [1, 1, 0], [0.0, 1, 2], {"offset": [0, NAN, 0]}),
    "offset in words": ([1, 2, 3], [1, 1, 0], [0.0, 1, 2], {"offset": ["a", "b", "c"]}),
    "short offset": ([1, 2, 3], [1, 1, 0], [0.0, 1, 2], {"offset": [0, 0]}),
    "missing stratum": ([1, 2, 3], [1, 1, 0], [0.0, 1, 2], {"strata": ["a", None, "b"]}),
    "missing cluster": ([1, 2, 3], [1, 1, 0], [0.0, 1, 2], {"cluster": [1.0, NAN, 2]}),
    "collinear": ([1, 2, 3, 4], [1, 1, 0, 1], [[0.0, 1], [1, 3], [2, 5], [1, 3]], {}),
    "events alone in their strata": ([1, 2, 3], [1, 1, 1], [0.0, 1, 2], {"strata": [1, 2, 3]}),
}


@pytest.mark.parametrize("case", REFUSED_MODELS)
@pytest.mark.parametrize("many", [1, 40_000])
def test_a_model_that_cannot_be_fitted_says_what_to_do(case, many):
    """Few patients and many, so that neither way of computing lets anything pass."""
    time, event, x, options = REFUSED_MODELS[case]
    if case == "one patient" and many > 1:
        many = 1
    columns = {"time": time, "event": event, "covariates": x} | options
    if case == "events alone in their strata":
        columns["strata"] = np.arange(3 * many)
        columns |= {
            name: np.tile(np.asarray(columns[name], dtype=float), many) for name in ("time", "event", "covariates")
        }
    else:
        columns = {
            name: np.tile(np.asarray(column), (many, 1) if np.ndim(column) > 1 else many)
            for name, column in columns.items()
        }
    with pytest.raises(NotEstimableError) as raised:
        cox(**columns)
    assert all(
        problem.where and problem.found and (problem.expected or problem.remedy) for problem in raised.value.problems
    )


def test_large_covariates_are_no_separation():
    fit = cox(TIME, EVENT, X * 1e6 + 1e9)
    assert fit.converged
    assert not fit.diverging.any()
    assert fit.coefficients[0] * 1e6 == pytest.approx(cox(TIME, EVENT, X).coefficients[0], rel=CENTRED)


def test_no_maximum_is_no_answer(monkeypatch):
    monkeypatch.setattr("sequela.stats.newton.MAX_ITERATIONS", 1)
    with pytest.raises(NotEstimableError, match="no maximum after 1 steps"):
        cox(TIME, EVENT, X)


def test_a_robust_fit_has_no_likelihood_ratio():
    with pytest.raises(NotEstimableError, match="Use joint_wald_test"):
        likelihood_ratio_test(cox(TIME, EVENT, X, cluster=np.arange(8)))


def test_units_of_measurement_do_not_matter():
    other = np.array([0, 1, 1, 0, 1, 0, 0, 1])
    plain = cox(TIME, EVENT, np.column_stack([X, other]))
    scaled = cox(TIME, EVENT, np.column_stack([X * 1e12, other]))
    assert scaled.std_errors * [1e12, 1] == pytest.approx(plain.std_errors, rel=NEWTON)


def test_restricted_mean_knows_its_horizon():
    for horizon in (0, -1, 5, NAN, INFINITE):
        with pytest.raises(NotEstimableError, match="up to the last follow-up, 4"):
            restricted_mean(kaplan_meier([1, 4], [1, 0]), horizon)
    assert restricted_mean(kaplan_meier([1, 3], [1, 1]), 10).value == 2


def test_profile_of_nothing():
    fit = cox(TIME, EVENT, X)
    with pytest.raises(NotEstimableError, match="from 0 to 0"):
        profile_likelihood_interval(fit, 1)
    with pytest.raises(NotEstimableError, match="without clusters"):
        profile_likelihood_interval(cox(TIME, EVENT, X, cluster=np.arange(8)))


def test_tables_that_are_none():
    for table, message in (
        ([[1, 2]], "1 x 2 with patients"),
        ([[0, 0], [3, 4]], "1 x 2 with patients"),
        ([[0, 3], [0, 4]], "2 x 1 with patients"),
        ([[0, 0], [0, 0]], "0 x 0 with patients"),
        ([[1, -2], [3, 4]], "not a count"),
        ([[1, 2.5], [3, 4]], "not a count"),
        ([[1, NAN], [3, 4]], "not a count"),
        ([1, 2, 3], "1 dimensions"),
    ):
        for test in (contingency.pearson_chi_square, contingency.fisher_exact):
            with pytest.raises(NotEstimableError, match=message):
                test(table)
    with pytest.raises(NotEstimableError, match="2 x 2"):
        contingency.yates_chi_square([[1, 2], [3, 4], [5, 6]])
    with pytest.raises(NotEstimableError, match="too many tables"):
        contingency.fisher_exact(np.arange(72).reshape(9, 8) % 11 * 40)


def test_empty_rows_and_columns_are_dropped_and_counted():
    full = contingency.pearson_chi_square([[3, 1], [1, 3]])
    padded = contingency.pearson_chi_square([[3, 0, 1], [0, 0, 0], [1, 0, 3]])
    assert (padded.statistic, padded.degrees_of_freedom) == (full.statistic, 1)
    assert (padded.dropped_rows, padded.dropped_columns) == (1, 1)
    assert np.isnan(padded.expected[1]).all()
    assert (
        contingency.fisher_exact([[3, 0, 1], [1, 0, 3]]).p_value == contingency.fisher_exact([[3, 1], [1, 3]]).p_value
    )


@pytest.mark.parametrize(("count", "n"), [(0, 0), (3, 2), (-1, 2), (0.5, 2)])
@pytest.mark.parametrize("interval", [proportions.exact_interval, proportions.wilson_interval])
def test_proportions_that_are_none(interval, count, n):
    with pytest.raises(NotEstimableError, match=r"patient|whole number"):
        interval(count, n)


def test_rank_tests_without_anything_to_rank():
    with pytest.raises(NotEstimableError, match="no values"):
        wilcoxon.wilcoxon_rank_sum([], [1, 2])
    with pytest.raises(NotEstimableError, match="no values"):
        wilcoxon.wilcoxon_rank_sum([1, 2], [NAN])
    with pytest.raises(NotEstimableError, match="all values are equal"):
        wilcoxon.wilcoxon_rank_sum([1, 1], [1])
    with pytest.raises(NotEstimableError, match="1 samples"):
        kruskal_wallis.kruskal_wallis([[1, 2]])
    with pytest.raises(NotEstimableError, match="sample 2: no values"):
        kruskal_wallis.kruskal_wallis([[1, 2], []])


def test_missing_values_are_counted():
    test = wilcoxon.wilcoxon_rank_sum([1, 2, NAN], [3, 4, 5, NAN, NAN])
    assert (test.n_x, test.n_y, test.missing) == (2, 3, 3)
    many = kruskal_wallis.kruskal_wallis([[1, NAN], [2, 3], [4, NAN]])
    assert (many.sizes, many.missing) == ((1, 2, 1), 2)
    difference = continuous_difference([1, 2, NAN], [3, 4])
    assert (difference.n_x, difference.missing_x, difference.missing_y) == (2, 1, 0)


def test_standardised_differences_at_the_edges():
    assert continuous_difference([2, 2], [2, 2]).value == 0
    assert continuous_difference([0.1] * 3, [0.1] * 7).value == 0
    assert continuous_difference([1, 1], [2, 2]).value == -INFINITE
    assert np.isfinite(continuous_difference([1, 1], [2, 3]).value)
    assert categorical_difference([5, 0], [0, 4]).value == INFINITE
    assert categorical_difference([3, 2, 0, 0], [0, 0, 1, 4]).value == INFINITE
    assert categorical_difference([5], [9]).value == 0
    assert categorical_difference([5, 0], [9, 0]).value == 0
    assert np.isfinite(categorical_difference([5, 1, 0], [0, 1, 5]).value)
    assert float(categorical_difference([1, 1], [1, 1], missing_x=2)) == 0


def test_standardised_differences_of_nothing():
    with pytest.raises(NotEstimableError, match="x: 1 values"):
        continuous_difference([1, NAN], [2, 3])
    with pytest.raises(NotEstimableError, match="no patient with a value"):
        categorical_difference([0, 0], [1, 2])
    with pytest.raises(NotEstimableError, match="different levels"):
        categorical_difference([1, 2], [1, 2, 3])
    with pytest.raises(NotEstimableError, match="not a count"):
        categorical_difference([1, NAN], [1, 2])


def test_profile_of_a_coefficient_that_another_makes_idle():
    """Age alone orders the five patients: whatever the others do, the likelihood can be made one.

    Without age it cannot. Where the group puts the first two patients before the rest, what remains of the likelihood
    depends on age b and the third column c: -log(1 + exp(-b - c)) - log(1 + exp(c - b) + exp(-2 b)).
    """
    columns = np.array([[0, 76, 0], [0, 75, 1], [0, 74, 0], [1, 79, 1], [1, 78, 0]], dtype=float)
    fit = cox([500, 600, 700, 300, 400], [1, 0, 1, 1, 0], columns)
    assert fit.diverging.all()
    for index in (0, 2):
        limits = profile_likelihood_interval(fit, index)
        assert (float(limits.low), float(limits.high)) == (-INFINITE, INFINITE)
    limits = profile_likelihood_interval(fit, 1)
    b, c = float(limits.low), np.linspace(0.0, 1.0, 100_001)
    best = np.max(-np.log1p(np.exp(-b - c)) - np.log(1 + np.exp(c - b) + np.exp(-2 * b)))
    assert best == pytest.approx(-1.9207294103470617, abs=1e-7)
    assert b < 0 and float(limits.high) == INFINITE
