"""Harrell's C: pairs counted by hand and one by one, laws, the jackknife, and refusals."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.concordance import concordance
from tests.golden.tolerances import SUMMATION


def test_by_hand():
    # Events on days 1 and 3, censored on 3 and 4. Day 1: against risks 2, 3 and 1 of the others. Day 3: the censoring
    # of that day counts as later. In order: 1-2, 1-4, 2-4; equal: 1-3? none; out of order: 1-3, 2-3.
    found = concordance([1, 3, 3, 4], [1, 1, 0, 0], [2.5, 2, 3, 1])
    assert (found.concordant, found.discordant, found.tied) == (3, 2, 0)
    assert found.value == pytest.approx(3 / 5)


@st.composite
def patients(draw):
    n = draw(st.integers(6, 30))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    entry = chance.integers(0, 4, n).astype(float)
    time = entry + chance.integers(1, 8, n)
    return time, chance.random(n) < 0.7, chance.integers(0, 5, n).astype(float), entry, chance.integers(1, 4, n) / 2.0


def _one_by_one(time, event, risk, entry, weight):
    counts = np.zeros(3)
    for i, j in itertools.permutations(range(time.size), 2):
        later = time[j] > time[i] or (time[j] == time[i] and not event[j])
        if event[i] and entry[j] < time[i] and later:
            counts[int(1 - np.sign(risk[i] - risk[j]))] += weight[i] * weight[j]
    return counts


@settings(max_examples=40, deadline=None)
@given(patients())
def test_pairs_counted_one_by_one(data):
    time, event, risk, entry, weight = data
    concordant, tied, discordant = _one_by_one(*data)
    if concordant + tied + discordant == 0:
        return
    found = concordance(time, event, risk, entry=entry, weights=weight)
    assert (found.concordant, found.tied, found.discordant) == pytest.approx((concordant, tied, discordant))


@settings(max_examples=20, deadline=None)
@given(patients())
def test_turning_the_risk_over_turns_the_order_over(data):
    time, event, risk, entry, weight = data
    if not _one_by_one(*data).any():
        return
    one, other = (concordance(time, event, sign * risk, entry=entry, weights=weight) for sign in (1, -1))
    assert one.value + other.value == pytest.approx(1, rel=SUMMATION)
    assert one.std_error == pytest.approx(other.std_error, rel=1e-9, abs=1e-12)


def test_the_standard_error_is_that_of_many_samples():
    chance = np.random.default_rng(8)
    values, errors = [], []
    for _ in range(300):
        x = chance.normal(size=150)
        time, end = chance.exponential(np.exp(-0.7 * x)), chance.exponential(2.0, 150)
        found = concordance(np.minimum(time, end), time < end, x)
        values.append(found.value)
        errors.append(found.std_error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.1)


def test_strata_compare_their_own_only():
    time, event, risk = [1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1], [4.0, 1.0, 3.0, 2.0]
    found = concordance(time, event, risk, strata=[0, 1, 0, 1])
    assert (found.concordant, found.discordant) == (1, 1)


def test_refusals():
    with pytest.raises(NotEstimableError, match="no two patients"):
        concordance([1.0, 1.0], [1, 1], [0.0, 1.0])
    with pytest.raises(NotEstimableError, match="missing or infinite"):
        concordance([1.0, 2.0], [1, 1], [np.nan, 1.0])
