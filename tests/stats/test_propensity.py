"""Propensity scores, weights and pairs against R, and by their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from sequela.errors import NotEstimableError
from sequela.stats.cox import cox
from sequela.stats.logistic import logistic
from sequela.stats.propensity import balance, balancing_weights, effective_sample_size, matched_pairs
from tests.golden.read import number, numbers, rows
from tests.golden.tolerances import NEWTON, SUMMATION

COVARIATES = ("age", "meno", "size", "grade", "nodes", "pgr", "er")
DATA, EXPECTED = rows("propensity", "data"), rows("propensity", "expected")
X = np.column_stack([numbers(DATA, name) for name in COVARIATES])
EXPOSED = numbers(DATA, "hormon") > 0


def expected(statistic):
    return {row["at"]: number(row["value"]) for row in EXPECTED if row["statistic"] == statistic}


@pytest.fixture(scope="module")
def score():
    return logistic(EXPOSED, X)


def test_the_score_is_that_of_glm(score):
    assert list(score.coefficients) == pytest.approx(list(expected("coefficient").values()), rel=NEWTON)
    assert list(score.std_errors) == pytest.approx(list(expected("std_error").values()), rel=NEWTON)
    assert score.log_likelihood == pytest.approx(expected("log_likelihood")[""], rel=SUMMATION)


@pytest.mark.parametrize("estimand", ["overlap", "ate", "att", "matching"])
def test_weighted_answers_are_those_of_r(score, estimand):
    weights = balancing_weights(score.fitted, EXPOSED, estimand)
    kept = weights > 0
    time, event = numbers(DATA, "rfstime")[kept], numbers(DATA, "status")[kept] > 0
    fit = cox(time, event, EXPOSED[kept].astype(float), weights=weights[kept], cluster=np.arange(kept.sum()))
    assert fit.coefficients[0] == pytest.approx(expected(f"{estimand} coefficient")["hormon"], rel=100 * NEWTON)
    assert fit.std_errors[0] == pytest.approx(expected(f"{estimand} robust std_error")["hormon"], rel=100 * NEWTON)
    for column, difference in expected(f"{estimand} difference").items():
        found = balance(numbers(DATA, column), EXPOSED, weights)
        assert found.after == pytest.approx(difference, rel=1e-6, abs=1e-9)
    assert effective_sample_size(weights[EXPOSED]) == pytest.approx(
        expected(f"{estimand} effective")["exposed"], rel=NEWTON
    )


def test_pairs_are_those_found_one_by_one_in_r(score):
    pairs = matched_pairs(score.fitted, EXPOSED)
    assert {(str(i + 1), j + 1) for i, j in pairs.tolist()} == set(expected("pair").items())


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_overlap_weights_make_the_means_equal(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(80, 3))
    exposed = rng.random(80) < 1 / (1 + np.exp(-x[:, 0]))
    try:
        fit = logistic(exposed, x)
    except NotEstimableError:
        return
    weights = balancing_weights(fit.fitted, exposed)
    for column in x.T:
        assert balance(column, exposed, weights).after == pytest.approx(0, abs=1e-7)


def test_weights_repeat_patients():
    rng = np.random.default_rng(1)
    x, times = rng.normal(size=(60, 2)), rng.integers(1, 4, 60)
    yes = rng.random(60) < 0.5
    weighted, repeated = logistic(yes, x, times), logistic(np.repeat(yes, times), np.repeat(x, times, axis=0))
    assert weighted.coefficients == pytest.approx(repeated.coefficients, rel=NEWTON)


def test_an_odds_ratio_by_hand():
    """Of 6 exposed 4, of 9 others 3: odds 2 and 1/2, log odds ratio log 4, variance 1/4 + 1/2 + 1/3 + 1/6."""
    x = np.repeat([1.0, 0.0], [6, 9])
    yes = np.array([1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0], bool)
    fit = logistic(yes, x)
    assert fit.coefficients == pytest.approx([np.log(0.5), np.log(4)], rel=NEWTON)
    assert fit.covariance[1, 1] == pytest.approx(1.25, rel=NEWTON)


def test_each_exposed_takes_the_nearest_that_is_free():
    """On the logit: exposed at 1.0 and 0.9, others at 0.95 and 0.2. The first takes 0.95; 0.2 is too far away."""
    e = expit(np.array([1.0, 0.9, 0.95, 0.2]))
    assert matched_pairs(e, [True, True, False, False], caliper=1.0).tolist() == [[0, 2]]
    assert matched_pairs(e, [True, True, False, False], caliper=9.0).tolist() == [[0, 2], [1, 3]]
    assert logit(e[0]) == pytest.approx(1.0)


def brute_pairs(distance, exposed, width):
    free, pairs = [int(i) for i in np.flatnonzero(~exposed)], []
    for i in sorted(np.flatnonzero(exposed), key=lambda i: (-distance[i], i)):
        within = [j for j in free if abs(distance[j] - distance[i]) <= width]
        if within:
            best = min(within, key=lambda j: (abs(distance[j] - distance[i]), distance[j]))
            free.remove(best)
            pairs.append([int(i), best])
    return pairs


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(0.02, 2))
def test_pairs_as_found_one_by_one(seed, caliper):
    rng = np.random.default_rng(seed)
    e, exposed = rng.uniform(0.05, 0.95, 40), rng.random(40) < 0.4
    if exposed.sum() < 2:
        return
    d = logit(e)
    width = caliper * np.sqrt((d[exposed].var(ddof=1) + d[~exposed].var(ddof=1)) / 2)
    wanted = brute_pairs(d, exposed, width)
    if wanted:
        assert matched_pairs(e, exposed, caliper).tolist() == wanted
    else:
        with pytest.raises(NotEstimableError):
            matched_pairs(e, exposed, caliper)


@pytest.mark.parametrize(
    ("yes", "x"),
    [
        ([1, 1, 1], [1, 2, 3]),
        ([0, 0, 1, 1], [1, 2, 3, 4]),
        ([0, 1, 0, 1], [1, 1, 1, 1]),
        ([0, 1, 0, 1], [1, np.nan, 2, 3]),
        ([0, 1, 0, 1, 0, 1], [[1, 2], [2, 4], [3, 6], [1, 2], [4, 8], [3, 6]]),
    ],
)
def test_what_has_no_score_says_so(yes, x):
    with pytest.raises(NotEstimableError):
        logistic(np.array(yes, bool), np.array(x, float))


@pytest.mark.parametrize(("e", "yes"), [([0, 0.5, 0.5, 0.2], [1, 1, 0, 0]), ([0.5, 0.5, 0.5], [1, 0, 0])])
def test_what_has_no_weights_says_so(e, yes):
    with pytest.raises(NotEstimableError):
        balancing_weights(e, np.array(yes, bool))


def test_balance_of_numbers_and_of_yes_or_no_is_that_of_matchit():
    table = rows("balance", "data")
    exposed, weight = numbers(table, "exposed") > 0, numbers(table, "weight")
    for line in rows("balance", "expected"):
        found = balance(numbers(table, line["column"]), exposed, weight)
        expected_of_line = [number(line[name]) for name in ("before", "after", "ratio")]
        assert [found.before, found.after, found.variance_ratio] == pytest.approx(
            expected_of_line, rel=SUMMATION, nan_ok=True
        )
