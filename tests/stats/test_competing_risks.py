"""More than one kind of event: by hand, by law, by the derivative of the estimate, and refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.competing_risks import cumulative_incidence, incidence_at
from sequela.stats.cox import cox
from sequela.stats.fine_gray import fine_gray, subdistribution_interval
from sequela.stats.gray_test import gray_test
from sequela.stats.kaplan_meier import kaplan_meier
from sequela.stats.log_rank import log_rank
from tests.golden.tolerances import NEWTON, ROOT, SUMMATION

TIME, CAUSE = [1.0, 2.0, 3.0, 4.0, 5.0], [1, 2, 0, 1, 2]


def test_aalen_johansen_by_hand():
    # At risk 5, 4, 3, 2, 1. Survival 4/5, 3/5, 3/5, 3/10, 0.
    curve = cumulative_incidence(TIME, CAUSE)
    np.testing.assert_allclose(curve.survival, [4 / 5, 3 / 5, 3 / 5, 3 / 10, 0], rtol=SUMMATION)
    np.testing.assert_allclose(curve.incidence[:, 0], [1 / 5, 1 / 5, 1 / 5, 1 / 2, 1 / 2], rtol=SUMMATION)
    np.testing.assert_allclose(curve.incidence[:, 1], [0, 1 / 5, 1 / 5, 1 / 5, 1 / 2], rtol=SUMMATION)
    # One of five by the first day is a proportion: 1/5 x 4/5 / 5.
    assert curve.std_error[0, 0] == pytest.approx(np.sqrt(4 / 125), rel=SUMMATION)


def test_variances_by_hand():
    # At risk 5 and 3; events of both kinds on day 1, of the first on day 2: incidence 1/5, then 1/5 + 3/5 x 1/3.
    days, kinds = [1, 1, 2, 2, 3], [1, 2, 1, 0, 0]
    by_hand = {"Aalen": 1 / 150 + 2 / 25 - 2 / 75, "delta": 2 / 375 + 4 / 125 + 2 / 75 - 2 / 125}
    for name, square in by_hand.items():
        curve = cumulative_incidence(days, kinds, variance=name)
        assert curve.std_error[1, 0] == pytest.approx(np.sqrt(square), rel=SUMMATION)
        assert curve.std_error[2, 0] == curve.std_error[1, 0] and curve.variance == name


def test_variances_that_are_none():
    with pytest.raises(NotEstimableError, match="variance: 'Greenwood'; expected one of delta, robust"):
        cumulative_incidence(TIME, CAUSE, variance="Greenwood")
    with pytest.raises(NotEstimableError, match="all weights are zero"):
        cumulative_incidence(TIME, CAUSE, weights=[0] * 5)
    with pytest.raises(NotEstimableError, match="weights: 1 rows for 5 patients"):
        cumulative_incidence(TIME, CAUSE, weights=[1])


def test_whole_weights_are_like_patients_but_in_the_robust_variance():
    twice = [1, 2, 1, 2, 1]
    repeated = np.repeat(TIME, twice), np.repeat(CAUSE, twice)
    for variance in ("delta", "Aalen", "cmprsk"):
        weighted = cumulative_incidence(TIME, CAUSE, weights=twice, variance=variance)
        np.testing.assert_allclose(weighted.incidence, cumulative_incidence(*repeated).incidence, rtol=SUMMATION)
        same = cumulative_incidence(*repeated, variance=variance).std_error
        np.testing.assert_allclose(weighted.std_error, same, rtol=SUMMATION)
    assert cumulative_incidence(TIME, CAUSE, weights=twice).variance == "robust"


def test_once_everyone_has_the_event_nothing_is_uncertain():
    curve = cumulative_incidence([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1])
    assert curve.std_error[-1, 0] < 1e-12 and curve.survival[-1] == 0


def test_aalen_johansen_with_delayed_entry_by_hand():
    # The second patient enters on day 2 and is not at risk on it; at risk 2, 1, 1.
    curve = cumulative_incidence([2.0, 4.0, 3.0], [1, 1, 2], entry=[0.0, 2.0, 0.0])
    assert curve.at_risk.tolist() == [2, 2, 1]
    np.testing.assert_allclose(curve.incidence, [[1 / 2, 0], [1 / 2, 1 / 4], [3 / 4, 1 / 4]], rtol=SUMMATION)


def test_reading_an_incidence():
    curve = cumulative_incidence([1.0, 2.0, 3.0, 4.0], [1, 2, 1, 0])
    read = incidence_at(curve, 1, [0, 1, 2.5, 4, 5])
    np.testing.assert_allclose(read.incidence, [0, 1 / 4, 1 / 4, 1 / 2, np.nan], rtol=SUMMATION)
    with pytest.raises(NotEstimableError, match="no event of kind 3"):
        incidence_at(curve, 3, 1)


@st.composite
def patients(draw):
    n = draw(st.integers(20, 60))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    entry = chance.integers(0, 3, n).astype(float)
    time = entry + chance.integers(1, 10, n)
    return {
        "time": time,
        "cause": chance.integers(0, 3, n),
        "entry": entry,
        "group": np.arange(n) % 2,
        "x": np.round(chance.normal(size=n), 1),
    }


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_without_ties_the_two_counting_process_variances_are_one(seed):
    chance = np.random.default_rng(seed)
    time, cause = chance.random(30), chance.integers(0, 3, 30)
    cause[np.argmax(time)] = 0
    one, other = (cumulative_incidence(time, cause, variance=name) for name in ("Aalen", "cmprsk"))
    np.testing.assert_allclose(one.std_error, other.std_error, rtol=1e-9, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(patients())
def test_incidences_and_survival_are_everything(data):
    curve = cumulative_incidence(data["time"], data["cause"], entry=data["entry"])
    np.testing.assert_allclose(curve.survival + curve.incidence.sum(axis=1), 1, rtol=1e-9)
    assert (np.diff(curve.incidence, axis=0) >= 0).all()


@settings(max_examples=25, deadline=None)
@given(patients())
def test_with_one_kind_of_event_it_is_kaplan_meier(data):
    event = (data["cause"] > 0).astype(int)
    one, two = cumulative_incidence(data["time"], event), kaplan_meier(data["time"], event)
    if not event.any():
        return
    np.testing.assert_allclose(one.incidence[:, 0], 1 - two.survival, atol=1e-12)
    inside = two.survival > 1e-9
    np.testing.assert_allclose(one.std_error[inside, 0], two.std_error[inside], atol=1e-9)


def test_with_one_kind_of_event_gray_counts_as_the_log_rank_test_does():
    chance = np.random.default_rng(1)
    time, event, group = chance.integers(1, 12, 90), chance.integers(0, 2, 90), chance.integers(0, 3, 90)
    gray, plain = gray_test(time, event, group), log_rank(time, event, group)
    np.testing.assert_allclose(gray.expected, plain.expected, rtol=SUMMATION)
    assert gray.chi_square == pytest.approx(plain.chi_square, rel=0.1)


def test_names_of_groups_do_not_matter_to_gray():
    chance = np.random.default_rng(2)
    time, cause, group = chance.exponential(size=120), chance.integers(0, 3, 120), chance.integers(0, 3, 120)
    first, second = gray_test(time, cause, group), gray_test(time, cause, 2 - group)
    assert first.chi_square == pytest.approx(second.chi_square, rel=ROOT)
    assert (first.observed - first.expected).sum() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(first.variance.sum(axis=0), 0, atol=1e-9)


def test_gray_holds_its_level_and_finds_a_difference():
    chance = np.random.default_rng(3)

    def p_value(ratio):
        group = np.repeat([0, 1], 100)
        one, two = chance.exponential(np.where(group > 0, ratio, 1.0)), chance.exponential(1.5, 200)
        end = chance.exponential(2.0, 200)
        time = np.minimum(np.minimum(one, two), end)
        return gray_test(time, np.where(time == end, 0, np.where(time == one, 1, 2)), group).p_value

    null = np.array([p_value(1.0) for _ in range(200)])
    assert 0.01 <= (null < 0.05).mean() <= 0.10
    assert np.median([p_value(3.0) for _ in range(20)]) < 0.01


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_with_one_kind_of_event_fine_gray_is_cox(ties):
    chance = np.random.default_rng(4)
    entry = chance.integers(0, 3, 80).astype(float)
    time, event, x = entry + chance.integers(1, 12, 80), chance.integers(0, 2, 80), chance.normal(size=(80, 2))
    model = cox(time, event, x, entry=entry, cluster=np.arange(80), ties=ties)
    fit = fine_gray(time, event, x, entry=entry, ties=ties)
    np.testing.assert_allclose(fit.coefficients, model.coefficients, rtol=ROOT)
    np.testing.assert_allclose(fit.covariance, model.covariance, rtol=ROOT)
    assert fit.log_likelihood == pytest.approx(model.log_likelihood, rel=NEWTON)


def test_without_censoring_fine_gray_is_cox_with_others_never_having_the_event():
    chance = np.random.default_rng(5)
    time, cause, x = chance.exponential(size=100), chance.integers(1, 3, 100), chance.normal(size=100)
    model = cox(np.where(cause == 1, time, time.max() + 1), cause == 1, x)
    assert fine_gray(time, cause, x).coefficients == pytest.approx(model.coefficients, rel=ROOT)


def _weighted_fine_gray(data, weight):
    """Fit by definition, Breslow's ties: one risk set per event time, censoring by weighted reverse Kaplan-Meier."""
    time, cause, x, group = data

    def stay(code, at):
        product = 1.0
        for u in np.unique(time[(group == code) & (cause == 0)]):
            if u < at:
                leaving = (group == code) & (cause == 0) & (time == u)
                watched = (group == code) & ((time > u) | leaving)
                product *= 1 - weight[leaving].sum() / weight[watched].sum()
        return product

    times = np.unique(time[cause == 1])
    present = (time >= times[:, None]).astype(float)
    for i in np.flatnonzero(cause > 1):
        last, own = time[group == group[i]].max(), stay(group[i], time[i])
        for k in np.flatnonzero((times > time[i]) & (times <= last)):
            present[k, i] = stay(group[i], times[k]) / own
    beta = np.zeros(x.shape[1])
    for _ in range(12):
        score, information = np.zeros(beta.size), np.zeros((beta.size, beta.size))
        for k, at in enumerate(times):
            risk = weight * np.exp(x @ beta) * present[k]
            mean, dead = risk @ x / risk.sum(), (time == at) & (cause == 1)
            score += weight[dead] @ (x[dead] - mean)
            second = (x * risk[:, None]).T @ x / risk.sum()
            information += weight[dead].sum() * (second - np.outer(mean, mean))
        beta = beta + np.linalg.solve(information, score)
    return beta


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("groups", [1, 2])
def test_the_variance_is_the_derivative_of_the_estimate(tied, groups):
    chance = np.random.default_rng(6)
    n, step = 36, 1e-4
    time = chance.integers(1, 9, n).astype(float) if tied else chance.exponential(size=n)
    data = time, chance.integers(0, 3, n), chance.normal(size=(n, 2)), np.arange(n) % groups
    fit = fine_gray(*data[:3], censoring_groups=data[3], ties="breslow")
    np.testing.assert_allclose(fit.coefficients, _weighted_fine_gray(data, np.ones(n)), atol=1e-8)
    moves = []
    for i in range(n):
        more, less = (_weighted_fine_gray(data, 1 + sign * step * (np.arange(n) == i)) for sign in (1, -1))
        moves.append((more - less) / (2 * step))
    # The formula takes the censoring hazard where the derivative of the product takes hazard / (1 - hazard), which
    # is a small part of what the weights add.
    witness = np.array(moves).T @ np.array(moves)
    estimated, known = (np.abs(found - witness).max() for found in (fit.covariance, fit.covariance_known_weights))
    assert estimated < 0.25 * known


def test_limits_and_tests_of_ratios():
    chance = np.random.default_rng(7)
    fit = fine_gray(chance.exponential(size=60), chance.integers(0, 3, 60), chance.normal(size=60))
    found = subdistribution_interval(fit)
    assert found.high[0] - found.low[0] == pytest.approx(2 * 1.959963984540054 * fit.std_errors[0])
    assert found.z[0] == fit.coefficients[0] / fit.std_errors[0] and 0 < found.p_value[0] < 1


def test_refusals():
    with pytest.raises(NotEstimableError, match="no code of an event"):
        cumulative_incidence([1.0, 2.0], [0.5, 1])
    with pytest.raises(NotEstimableError, match="no code of an event"):
        cumulative_incidence([1.0, 2.0], [-1, 1])
    with pytest.raises(NotEstimableError, match="no event of kind 2"):
        gray_test([1.0, 2.0], [0, 1], [0, 1], interest=2)
    with pytest.raises(NotEstimableError, match="one group"):
        gray_test([1.0, 2.0], [0, 1], [0, 0])
    with pytest.raises(NotEstimableError, match="no event of kind 2"):
        fine_gray([1.0, 2.0], [0, 1], [0.0, 1.0], interest=2)
    with pytest.raises(NotEstimableError, match="constant"):
        fine_gray(TIME, CAUSE, np.ones(5))
    with pytest.raises(NotEstimableError, match="finite"):
        fine_gray(TIME, CAUSE, [1.0, np.nan, 0.0, 1.0, 0.0])
    separated = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    with pytest.raises(NotEstimableError, match="without a finite estimate"):
        fine_gray([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 1, 1, 2, 2, 0], separated)


def test_nobody_with_any_event_has_a_curve_of_one():
    curve = cumulative_incidence([1.0, 2.0], [0, 0])
    assert curve.survival.tolist() == [1, 1] and curve.incidence.shape == (2, 0)


def test_the_ties_of_cmprsk_know_no_delayed_entry():
    with pytest.raises(NotEstimableError, match="crr with delayed entry"):
        fine_gray(TIME, CAUSE, [1, 0, 1, 0, 1], entry=[0] * 5, ties="crr")
    with pytest.raises(NotEstimableError, match="'exact'; expected one of efron, breslow, crr"):
        fine_gray(TIME, CAUSE, [1, 0, 1, 0, 1], ties="exact")
