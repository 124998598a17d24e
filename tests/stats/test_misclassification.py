"""A hazard ratio corrected for exposed patients who were recorded as unexposed, against simulated truth."""

import numpy as np
import pytest
from scipy.optimize import minimize

from sequela.errors import NotEstimableError
from sequela.stats.cox import cox
from sequela.stats.misclassification import corrected_ratio
from sequela.stats.misclassification_draws import Recording, drawn_ratio
from tests.golden.tolerances import NEWTON, SIMULATED_RATIO


def drawn(rng, n, ratio, recorded=0.8):
    exposed = rng.random(n) < 0.4
    time = rng.exponential(10, n) / np.where(exposed, ratio, 1)
    censored = rng.uniform(3, 40, n)
    event = time <= censored
    return np.minimum(time, censored), event, exposed & (rng.random(n) < recorded), exposed


@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0])
def test_the_true_ratio_comes_back(ratio):
    time, event, recorded, _ = drawn(np.random.default_rng(1), 60_000, ratio)
    found = corrected_ratio(time, event, recorded, 0.8, np.random.default_rng(2))
    assert found.value == pytest.approx(ratio, rel=SIMULATED_RATIO)
    crude = float(np.exp(cox(time, event, recorded.astype(float)).coefficients[0]))
    assert abs(np.log(crude)) <= abs(np.log(found.value)) + 1e-3


def test_with_an_exponential_baseline_it_is_the_maximum_of_the_likelihood_of_the_mixture():
    time, event, recorded, _ = drawn(np.random.default_rng(3), 20_000, 1.8)
    prior = recorded.sum() * 0.25 / (~recorded).sum()

    def minus_log_likelihood(theta):
        rate, ratio = np.exp(theta)
        unexposed, exposed = (r**event * np.exp(-r * time) for r in (rate, rate * ratio))
        return -np.log(np.where(recorded, exposed, prior * exposed + (1 - prior) * unexposed)).sum()

    direct = float(np.exp(minimize(minus_log_likelihood, [-2.0, 0.0], method="Nelder-Mead").x[1]))
    found = corrected_ratio(time, event, recorded, 0.8, np.random.default_rng(4))
    assert found.value == pytest.approx(direct, rel=0.02)


def test_complete_records_change_nothing():
    time, event, recorded, _ = drawn(np.random.default_rng(5), 500, 1.5)
    fit = cox(time, event, recorded.astype(float), ties="breslow")
    found = corrected_ratio(time, event, recorded, 1.0, np.random.default_rng(6))
    assert np.log(found.value) == pytest.approx(fit.coefficients[0], rel=NEWTON)
    assert found.expected == 0
    assert np.log(found.high / found.value) == pytest.approx(1.959964 * np.sqrt(fit.covariance[0, 0]), rel=1e-6)


def test_delayed_entry_leaves_the_ratio_where_it_is():
    rng = np.random.default_rng(7)
    time, event, recorded, _ = drawn(rng, 80_000, 2.0)
    entry = rng.uniform(0, 8, time.size)
    seen = time > entry
    found = corrected_ratio(time[seen], event[seen], recorded[seen], 0.8, rng, entry=entry[seen])
    # Those who had to live until entry are fewer of the exposed, recorded or not.
    assert found.value == pytest.approx(2.0, rel=2 * SIMULATED_RATIO)


def test_the_interval_covers_and_is_wider_than_that_of_complete_records():
    hits = 0
    for seed in range(40):
        rng = np.random.default_rng([8, seed])
        time, event, recorded, exposed = drawn(rng, 400, 1.5)
        found = corrected_ratio(time, event, recorded, 0.8, rng)
        hits += found.low < 1.5 < found.high
        known = cox(time, event, exposed.astype(float))
        assert np.log(found.high / found.low) > 2 * 1.96 * np.sqrt(known.covariance[0, 0])
    assert hits >= 34


def wrongly_recorded(rng, n, ratio, sensitivity, specificity):
    time, event, _, exposed = drawn(rng, n, ratio)
    return time, event, np.where(exposed, rng.random(n) < sensitivity, rng.random(n) >= specificity), exposed


@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_the_true_ratio_comes_back_where_some_are_recorded_who_were_not_exposed(ratio):
    time, event, recorded, _ = wrongly_recorded(np.random.default_rng(11), 60_000, ratio, 0.85, 0.9)
    found = corrected_ratio(time, event, recorded, 0.85, np.random.default_rng(2), specificity=0.9)
    assert found.value == pytest.approx(ratio, rel=SIMULATED_RATIO)
    crude = float(np.exp(cox(time, event, recorded.astype(float)).coefficients[0]))
    assert abs(np.log(crude)) < 0.85 * abs(np.log(ratio))


def test_with_an_exponential_baseline_both_mistakes_are_the_maximum_of_the_likelihood_of_the_mixture():
    """Of n patients m are recorded; those exposed are (m - 0.1 n) / 0.75 in number."""
    time, event, recorded, _ = wrongly_recorded(np.random.default_rng(13), 20_000, 1.8, 0.85, 0.9)
    n, m = recorded.size, recorded.sum()
    exposed_in_all = (m - 0.1 * n) / 0.75
    prior = np.where(recorded, 0.85 * exposed_in_all / m, 0.15 * exposed_in_all / (n - m))

    def minus_log_likelihood(theta):
        rate, ratio = np.exp(theta)
        unexposed, exposed = (r**event * np.exp(-r * time) for r in (rate, rate * ratio))
        return -np.log(prior * exposed + (1 - prior) * unexposed).sum()

    direct = float(np.exp(minimize(minus_log_likelihood, [-2.0, 0.0], method="Nelder-Mead").x[1]))
    found = corrected_ratio(time, event, recorded, 0.85, np.random.default_rng(4), specificity=0.9)
    assert found.value == pytest.approx(direct, rel=0.02)


def test_draws_are_read_where_the_ratio_was_computed_and_between():
    """Between the nine points the parabola lies within a hundredth of the ratio that is computed there."""
    time, event, recorded, _ = wrongly_recorded(np.random.default_rng(17), 800, 1.7, 0.9, 0.97)
    rng = np.random.default_rng(1)
    for sensitivity, specificity in ((0.8, 0.95), (0.86, 0.988), (0.95, 0.96)):
        one = corrected_ratio(time, event, recorded, sensitivity, rng, specificity=specificity).value
        middle = np.array([sensitivity] * 5001 + [0.8, 1.0]), np.array([specificity] * 5001 + [0.95, 1.0])
        found = drawn_ratio(time, event, recorded, Recording(*middle), rng)
        assert found.systematic_low == found.systematic_high == pytest.approx(one, rel=0.01)


def test_draws_of_perfect_records_are_the_answer_with_chance():
    time, event, recorded, _ = drawn(np.random.default_rng(5), 400, 1.5)
    fit = cox(time, event, recorded.astype(float), ties="breslow")
    perfect = Recording(np.ones(20_000), np.ones(20_000))
    found = drawn_ratio(time, event, recorded, perfect, np.random.default_rng(6))
    assert found.systematic_low == found.systematic_high == pytest.approx(np.exp(fit.coefficients[0]), rel=100 * NEWTON)
    assert np.log(found.high / found.low) == pytest.approx(2 * 1.96 * np.sqrt(fit.covariance[0, 0]), rel=0.03)


def test_the_simulation_interval_covers_the_truth_where_recording_is_drawn_as_it_is():
    """Recording is drawn anew for each cohort from the limits that the analysis draws from; the ratio is 1.7."""
    hits = 0
    for seed in range(40):
        rng = np.random.default_rng([19, seed])
        true = rng.uniform(0.8, 1), rng.uniform(0.95, 1)
        time, event, recorded, _ = wrongly_recorded(rng, 400, 1.7, *true)
        shares = Recording(rng.uniform(0.8, 1, 4000), rng.uniform(0.95, 1, 4000))
        found = drawn_ratio(time, event, recorded, shares, rng)
        hits += found.low < 1.7 < found.high
    assert hits >= 34


def test_records_that_would_all_be_mistakes_are_refused():
    with pytest.raises(NotEstimableError, match="recorded by mistake"):
        corrected_ratio([1, 2, 3, 4], [1, 1, 1, 1], [1, 0, 0, 0], 0.9, np.random.default_rng(1), specificity=0.6)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.2, np.nan])
def test_an_impossible_share_is_refused(share):
    with pytest.raises(NotEstimableError, match="sensitivity"):
        corrected_ratio([1, 2, 3, 4], [1, 1, 1, 1], [1, 0, 1, 0], share, np.random.default_rng(1))


def test_a_share_that_leaves_nobody_unexposed_is_refused():
    with pytest.raises(NotEstimableError, match="would be exposed"):
        corrected_ratio([1, 2, 3, 4], [1, 1, 1, 1], [1, 0, 1, 1], 0.5, np.random.default_rng(1))


def test_so_few_events_that_a_draw_has_them_all_in_one_group_are_refused():
    rng = np.random.default_rng(1)
    with pytest.raises(NotEstimableError):
        corrected_ratio([1, 2, 3, 4, 5, 6], [1, 0, 0, 1, 0, 0], [1, 0, 0, 1, 0, 0], 0.8, rng)
