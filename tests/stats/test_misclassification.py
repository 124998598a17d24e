"""A hazard ratio corrected for exposed patients who were recorded as unexposed, against simulated truth."""

import numpy as np
import pytest
from scipy.optimize import minimize

from sequela.errors import NotEstimableError
from sequela.stats.cox import cox
from sequela.stats.misclassification import corrected_ratio
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
