"""Missing covariates drawn from what is known: against R's mice, against the truth, and Rubin's rules on paper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier
from sequela.stats.logistic import logistic
from sequela.stats.multiple_imputation import Incomplete, impute, pool
from sequela.stats.nelson_aalen import nelson_aalen
from tests.golden.read import number, numbers, parts, rows
from tests.golden.tolerances import DISTRIBUTION, IMPUTED_ERROR

EXPECTED = parts(rows("multiple_imputation", "expected"), "statistic")


def hazard_at_the_end(days, event):
    curve = nelson_aalen(kaplan_meier(days, event))
    return curve.hazard[np.searchsorted(curve.time, days)]


@pytest.fixture(scope="module")
def data():
    table = rows("multiple_imputation", "data")
    return {name: numbers(table, name) for name in table[0]}


def drawn(data, imputations, seed=1):
    covariates = [Incomplete(data["age"]), Incomplete(data["marker"], 2), Incomplete(data["kind"], 3)]
    known = np.column_stack([data["group"], data["event"], hazard_at_the_end(data["days"], data["event"] == 1)])
    return covariates, impute(covariates, known, np.random.default_rng(seed), imputations=imputations)


def pooled(data, filled):
    found = []
    for age, marker, kind in (one.T for one in filled):
        matrix = np.column_stack([data["group"], age, marker, kind == 1, kind == 2]).astype(float)
        found.append(cox(data["days"], data["event"], matrix))
    fits = [(fit.coefficients, np.diag(fit.covariance)) for fit in found]
    return pool([fit[0] for fit in fits], [fit[1] for fit in fits], found[0].events - 5)


def test_pooled_models_are_those_of_mice(data):
    answer = pooled(data, drawn(data, 60)[1])
    for place, row in enumerate(EXPECTED["pooled",]):
        by_chance = np.sqrt(answer.between[place] * (1 / 60 + 1 / 400))
        assert abs(answer.value[place] - number(row["value"])) < 3.5 * by_chance, row["item"]
        assert answer.std_error[place] == pytest.approx(number(row["error"]), rel=IMPUTED_ERROR), row["item"]
    complete = {row["item"]: number(row["error"]) for row in EXPECTED["complete",]}
    assert (answer.std_error < 0.9 * np.array(list(complete.values()))).all()  # what was known of the others helps


def test_known_values_stay_and_drawn_ones_are_those_of_patients(data):
    covariates, filled = drawn(data, 3)
    for place, covariate in enumerate(covariates):
        seen = np.isfinite(covariate.values)
        assert (filled[:, seen, place] == covariate.values[seen]).all()
        assert np.isin(filled[:, ~seen, place], covariate.values[seen]).all()
        assert not (filled[0, ~seen, place] == filled[1, ~seen, place]).all()
    assert (drawn(data, 3)[1] == filled).all() and not (drawn(data, 3, seed=2)[1] == filled).all()


@pytest.mark.parametrize("complete, name", [(np.inf, "rules Inf"), (60.0, "rules 60")])
def test_rules_are_those_of_mice(complete, name):
    found = pool([[0.31], [0.42], [0.25], [0.50], [0.37]], [[0.040], [0.045], [0.038], [0.050], [0.041]], complete)
    parts_of = {
        "value": found.value,
        "within": found.within,
        "between": found.between,
        "error": found.std_error,
        "df": found.degrees_of_freedom,
        "fmi": found.missing_information,
        "low": found.low,
        "high": found.high,
        "p": found.p_value,
    }
    for row in EXPECTED[name,]:
        assert parts_of[row["item"]][0] == pytest.approx(number(row["value"]), rel=DISTRIBUTION), row["item"]


def test_rules_on_paper():
    # Estimates 1, 2, 3 with variance 2 each: B = 1, T = 2 + 4/3 = 10/3, lambda = 2/5, df = 2 / (4/25) = 12.5;
    # of 9 complete degrees 10/12 x 9 x 3/5 = 4.5 are seen, and 1 / (1/12.5 + 1/4.5) = 56.25/17.
    found = pool([[1], [2], [3]], [[2], [2], [2]], 9)
    assert (found.value[0], found.within[0], found.between[0]) == (2, 2, 1)
    assert found.std_error[0] == pytest.approx((10 / 3) ** 0.5)
    assert found.degrees_of_freedom[0] == pytest.approx(56.25 / 17)
    assert found.missing_information[0] == pytest.approx((2 / 3 + 2 / (56.25 / 17 + 3)) / (5 / 3))
    nothing = pool([[1.5], [1.5]], [[0.25], [0.25]])
    assert nothing.std_error[0] == 0.5 and nothing.low[0] == pytest.approx(1.5 - 1.959963984540054 * 0.5)


def world(chance, n):
    """Return a marker that doubles the hazard, known of most who died early and of few others."""
    marker, group = chance.normal(size=n), chance.integers(0, 2, n).astype(float)
    group = np.where(chance.random(n) < 1 / (1 + np.exp(-marker)), 1.0, group)
    days = chance.exponential(np.exp(-0.7 * marker) * 500)
    event = days < 600
    days = np.minimum(days, 600)
    # Complete cases are the early deaths among the exposed and nearly everybody else.
    known = chance.random(n) < np.where((group == 1) & ~event, 0.25, 0.9)
    return days, event, group, marker, known


def test_a_loss_that_hangs_on_the_outcome_is_mended():
    days, event, group, marker, known = world(np.random.default_rng(4), 3000)
    true = cox(days, event, np.column_stack([group, marker])).coefficients
    complete = cox(days[known], event[known], np.column_stack([group, marker])[known]).coefficients
    columns = np.column_stack([group, event, hazard_at_the_end(days, event)])
    gaps = [Incomplete(np.where(known, marker, np.nan))]
    filled = impute(gaps, columns, np.random.default_rng(5), imputations=5, iterations=1)
    fits = [cox(days, event, np.column_stack([group, one[:, 0]])).coefficients for one in filled]
    assert abs(np.mean(fits, axis=0)[0] - true[0]) < 0.1 < 0.4 < abs(complete[0] - true[0])


@pytest.mark.slow
def test_limits_hold_the_truth_as_often_as_they_say():
    chance, held, runs = np.random.default_rng(7), 0, 200
    for _ in range(runs):
        days, event, group, marker, known = world(chance, 200)
        columns = np.column_stack([group, event, hazard_at_the_end(days, event)])
        filled = impute([Incomplete(np.where(known, marker, np.nan))], columns, chance, imputations=10, iterations=1)
        fits = [cox(days, event, np.column_stack([group, one[:, 0]])) for one in filled]
        found = pool([f.coefficients for f in fits], [np.diag(f.covariance) for f in fits], event.sum() - 2)
        held += bool(found.low[0] <= 0 <= found.high[0])
    assert 0.91 <= held / runs <= 0.985


def test_levels_follow_what_tells_them():
    chance = np.random.default_rng(3)
    n = 1500
    sign = chance.normal(size=n)
    risks = np.exp(np.outer(sign, [0, 1, 2])).cumsum(axis=1)
    kind = (chance.random(n)[:, None] * risks[:, -1:] > risks[:, :2]).sum(axis=1).astype(float)
    gap = chance.random(n) < 1 / (1 + np.exp(-2 * sign))  # those missing are others than those known
    filled = impute([Incomplete(np.where(gap, np.nan, kind), 3)], sign[:, None], chance, imputations=4, iterations=1)
    shares = [(filled[:, gap, 0] == level).mean() for level in range(3)]
    assert shares == pytest.approx([(kind[gap] == level).mean() for level in range(3)], abs=0.04)
    assert abs((kind[~gap] == 2).mean() - shares[2]) > 0.2


def test_binary_draws_have_the_uncertainty_of_their_model():
    chance = np.random.default_rng(8)
    x = chance.normal(size=200)
    y = (chance.random(200) < 1 / (1 + np.exp(-x))).astype(float)
    gap = np.arange(200) >= 150
    filled = impute([Incomplete(np.where(gap, np.nan, y), 2)], x[:, None], chance, imputations=400, iterations=1)
    fitted = logistic(y[~gap], x[~gap, None])
    expected = 1 / (1 + np.exp(-(fitted.coefficients[0] + x[gap] * fitted.coefficients[1])))
    assert filled[:, gap, 0].mean() == pytest.approx(expected.mean(), abs=0.025)
    assert filled[:, gap, 0].mean(axis=1).var() > (expected * (1 - expected)).sum() / 50**2 * 1.2


def test_separated_levels_are_drawn_all_the_same():
    x = np.arange(40.0)
    y = np.where(x < 20, 0.0, 1.0)
    y[[3, 36]] = np.nan
    filled = impute([Incomplete(y, 2)], x[:, None], np.random.default_rng(1), imputations=50)
    assert filled[:, 3, 0].mean() < 0.2 and filled[:, 36, 0].mean() > 0.8


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3), st.booleans())
def test_any_data_are_filled(seed, levels, twice):
    chance = np.random.default_rng(seed)
    n = int(chance.integers(24, 60))
    values = chance.integers(0, levels, n).astype(float) if levels else np.round(chance.normal(size=n), 1)
    gap = np.arange(n) % 3 == 0
    known = chance.normal(size=(n, 1))
    known = np.column_stack([known, known, np.ones(n)]) if twice else known
    other = np.where(chance.random(n) < 0.3, np.nan, np.arange(n) % 7.0)
    gaps = [Incomplete(np.where(gap, np.nan, values), levels), Incomplete(other)]
    filled = impute(gaps, known, chance, imputations=2)
    assert np.isfinite(filled).all() and np.isin(filled[:, gap, 0], values[~gap]).all()


@pytest.mark.parametrize(
    "wrong, says",
    [
        (lambda gaps, known: impute(gaps, np.where(known > 0, np.nan, known), np.random.default_rng(1)), "a gap"),
        (lambda gaps, known: impute([Incomplete(gaps[0].values[:5])], known, np.random.default_rng(1)), "shape"),
        (lambda gaps, known: impute([Incomplete(gaps[0].values, 2)], known, np.random.default_rng(1)), "whole ones"),
        (lambda gaps, known: impute(gaps, known, np.random.default_rng(1), imputations=1), "two or more"),
        (
            lambda gaps, known: impute([Incomplete(np.r_[1.0, np.full(29, np.nan)])], known, np.random.default_rng(1)),
            "1 known values",
        ),
        (lambda gaps, known: pool([[1.0]], [[1.0]]), "two or more"),
        (lambda gaps, known: pool([[1.0], [np.inf]], [[1.0], [1.0]]), "a missing estimate"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong, says):
    chance = np.random.default_rng(2)
    gaps = [Incomplete(np.where(np.arange(30) < 5, np.nan, chance.normal(size=30)))]
    with pytest.raises(NotEstimableError, match=says):
        wrong(gaps, chance.normal(size=(30, 2)))
