"""Sums over stretches of steps are those of a plain loop, and keep what is small beside what has left."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.stats import kaplan_meier, stretches
from sequela.stats.influence import CurvePatients, running_influence
from tests.golden.tolerances import SUMMATION


def _drawn(seed):
    chance = np.random.default_rng(seed)
    n, steps = int(chance.integers(1, 30)), int(chance.integers(1, 40))
    ends = np.sort(chance.integers(0, steps + 1, (n, 2)), axis=1)
    return chance, (ends[:, 0], ends[:, 1]), 10 ** chance.uniform(-6, 6, n), 10 ** chance.uniform(-6, 6, steps)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_sums_are_those_of_a_loop(seed):
    chance, (first, last), weight, values = _drawn(seed)
    begin = chance.normal(size=weight.size)
    total = [values[a:b].sum() for a, b in zip(first, last, strict=True)]
    np.testing.assert_allclose(stretches.total_over(first, last, values), total, rtol=SUMMATION)
    held = [weight[(first <= step) & (step < last)].sum() for step in range(values.size)]
    np.testing.assert_allclose(stretches.held_at(first, last, weight, values.size), held, rtol=SUMMATION)
    squares = np.zeros(values.size)
    for a, b, height, slope in zip(first, last, begin, weight, strict=True):
        squares[a:b] += (height + slope * np.cumsum(values[a:b])) ** 2
    found = stretches.squares_at((first, last), begin, weight, values)
    np.testing.assert_allclose(found, squares, rtol=SUMMATION, atol=SUMMATION * squares.max())


@given(st.integers(0, 2**32))
def test_a_running_sum_starts_anew_at_each_cluster(seed):
    chance = np.random.default_rng(seed)
    sizes = chance.integers(1, 9, int(chance.integers(1, 12)))
    values = chance.normal(size=sizes.sum())
    parts = np.split(values, np.cumsum(sizes)[:-1])
    begins = np.concatenate([np.arange(size) == 0 for size in sizes])
    np.testing.assert_allclose(stretches.running(values, begins), np.concatenate([np.cumsum(p) for p in parts]))


def test_each_patient_a_cluster_of_his_own_is_no_cluster():
    chance, (first, last), weight, values = _drawn(7)
    some = last > first
    first, last, weight = first[some], last[some], weight[some]
    event = chance.random(weight.size) < 0.5
    alone = CurvePatients(first, last, event, weight, None)
    together = CurvePatients(first, last, event, weight, chance.permutation(weight.size))
    steps = values / values.sum(), values**2 / values.sum() ** 2
    np.testing.assert_allclose(running_influence(alone, *steps), running_influence(together, *steps), rtol=SUMMATION)


def test_a_light_patient_is_not_lost_beside_a_heavy_one():
    # After the heavy patient has gone one of two equal light ones has the event: half of the weight there is.
    curve = kaplan_meier.kaplan_meier([5, 1, 4, 5], [0, 0, 1, 0], entry=[0, 0, 2, 2], weights=[1e-6, 1e9, 1e-6, 0])
    assert abs(curve.survival[-1] - 0.5) < SUMMATION
    assert abs(curve.std_error[-1] - np.sqrt(2) / 4) < SUMMATION
