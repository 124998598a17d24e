"""The conditional Kendall tau by hand, by brute force over all pairs, and in simulated truths."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.quasi_independence import conditional_kendall_tau
from tests.golden.tolerances import SUMMATION


def brute(entry, time, event):
    """Every pair: comparable where the smaller time is an event and both had entered before it."""
    signs, pairs, variance = 0, 0, Fraction(0)
    for i in range(len(entry)):
        if not event[i]:
            continue
        others = 0
        for j in range(len(entry)):
            outlives = time[j] > time[i] or (time[j] == time[i] and not event[j])
            if j != i and outlives and entry[j] < time[i]:
                others += 1
                signs += int(np.sign(entry[j] - entry[i]))
        pairs += others
        variance += Fraction((others + 1) ** 2 - 1, 3)
    return signs, pairs, variance


def test_three_patients_by_hand():
    """Times 5 (entry 1), 8 (entry 4), 9 (entry 2), all events: pairs (1,2) +, (1,3) +, (2,3) -; tau 1/3."""
    found = conditional_kendall_tau([1, 4, 2], [5, 8, 9], [True, True, True])
    assert found.pairs == 3
    assert found.tau == pytest.approx(1 / 3, rel=SUMMATION)
    assert found.z == pytest.approx(1 / (8 / 3 + 1) ** 0.5, rel=SUMMATION)


def test_a_pair_that_could_not_both_be_seen_does_not_count():
    found = conditional_kendall_tau([0, 6, 1], [5, 9, 7], [True, True, True])
    assert found.pairs == 2


def test_a_sign_that_flips_is_seen():
    entry, time = np.array([1.0, 2, 3, 4]), np.array([6.0, 7, 8, 9])
    assert conditional_kendall_tau(entry, time, [True] * 4).tau == 1
    assert conditional_kendall_tau(entry[::-1].copy(), time, [True] * 4).tau == -1


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 8), st.booleans()), min_size=2, max_size=25))
def test_as_every_pair_counted_one_by_one(rows):
    entry = np.array([row[0] for row in rows], float)
    time = entry + np.array([row[1] for row in rows], float)
    event = np.array([row[2] for row in rows])
    signs, pairs, variance = brute(entry, time, event)
    if pairs == 0:
        with pytest.raises(NotEstimableError):
            conditional_kendall_tau(entry, time, event)
        return
    found = conditional_kendall_tau(entry, time, event)
    assert found.pairs == pairs
    assert found.tau == pytest.approx(signs / pairs, rel=SUMMATION)
    assert found.z == pytest.approx(signs / float(variance) ** 0.5, rel=SUMMATION)


def test_independent_entries_reject_as_often_as_they_should_and_dependent_ones_are_found():
    rng = np.random.default_rng(8)

    def p_value(shared):
        entry, total = rng.exponential(1, 600), rng.exponential(1.5, 600)
        if shared:
            total = entry + rng.exponential(1.5, 600) * (0.2 + entry)
        seen = entry < total
        end = entry + rng.exponential(2, 600)
        return conditional_kendall_tau(entry[seen], np.minimum(total, end)[seen], (total <= end)[seen]).p

    assert np.mean([p_value(shared=False) < 0.05 for _ in range(200)]) < 0.1
    assert np.mean([p_value(shared=True) < 0.05 for _ in range(20)]) > 0.9


def test_a_time_restarted_at_entry_can_look_independent():
    """A constant hazard from entry on does not know when entry was: tau is 0 although each time holds its entry."""
    rng = np.random.default_rng(9)
    entry = rng.exponential(1, 4000)
    assert abs(conditional_kendall_tau(entry, entry + rng.exponential(1, 4000), np.ones(4000, bool)).tau) < 0.04


@pytest.mark.parametrize(
    ("entry", "time", "event"),
    [([0, 1], [1, 1], [True, True]), ([0, np.nan], [1, 2], [True, True]), ([0], [1], [True]), ([], [], [])],
)
def test_what_has_no_answer_says_so(entry, time, event):
    with pytest.raises(NotEstimableError):
        conditional_kendall_tau(entry, time, event)
