"""Lost patients completed by rule: by hand on four patients, and in a simulated truth."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats.cox import cox
from sequela.stats.delta_adjustment import Loss, _later, delta_adjusted_ratio
from tests.golden.tolerances import SIMULATED_RATIO


def test_the_first_time_at_which_the_curve_has_fallen_far_enough():
    """S is 3/4 after 2, 1/2 after 5, 1/4 after 9. Lost at 3 (height 3/4): half of it, 3/8, is passed at 9."""
    times, survival = np.array([2.0, 5.0, 9.0]), np.array([0.75, 0.5, 0.25])
    lost_at, share = np.array([3.0, 3.0, 0.0, 9.0, 3.0]), np.array([0.5, 2 / 3, 0.8, 0.9, 0.1])
    assert _later(times, survival, lost_at, share).tolist() == [9.0, 5.0, 2.0, np.inf, np.inf]


def _informative(rng, n, factor):
    """Return patients without any difference between groups; the lost of one group then fare worse by a factor."""
    exposed = rng.random(n) < 0.5
    true, leaves = rng.exponential(10, n), rng.exponential(12, n)
    lost = exposed & (leaves < true)
    true = np.where(lost, leaves + (true - leaves) / factor, true)
    until = np.full(n, 30.0)
    seen = np.minimum(np.where(lost, leaves, true), until)
    event = ~lost & (true <= until)
    complete = cox(np.minimum(true, until), true <= until, exposed.astype(float))
    lost = lost & (leaves < until)
    return Loss(seen, event, exposed, lost, until), float(np.exp(complete.coefficients[0]))


def test_the_right_factor_finds_what_complete_follow_up_would_have_shown_and_another_does_not():
    loss, truth = _informative(np.random.default_rng(5), 6000, 3.0)
    found = {
        delta: delta_adjusted_ratio(loss, np.where(loss.exposed, delta, 1.0), np.random.default_rng(1), 5)
        for delta in (1.0, 3.0)
    }
    assert found[3.0].value == pytest.approx(truth, rel=SIMULATED_RATIO)
    assert found[1.0].value < truth * (1 - SIMULATED_RATIO)
    assert found[3.0].low < truth < found[3.0].high


def test_the_same_seed_gives_the_same_ratio():
    loss, _ = _informative(np.random.default_rng(6), 200, 1.0)
    first, again = (delta_adjusted_ratio(loss, 2.0, np.random.default_rng(3), 4) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(("delta", "imputations"), [(0.0, 20), (-1.0, 20), (1.0, 1)])
def test_what_makes_no_sense_is_refused(delta, imputations):
    loss, _ = _informative(np.random.default_rng(6), 50, 1.0)
    with pytest.raises(NotEstimableError):
        delta_adjusted_ratio(loss, delta, np.random.default_rng(1), imputations)
