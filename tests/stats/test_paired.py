"""Exact tests of pairs: fractions by hand, a second library, what must not matter, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.paired import sign_test, wilcoxon_signed_rank

BEFORE, AFTER = [2, 2, 2, 3], [0, 1, 1, 1]


def test_four_pairs_that_all_fall():
    """One of sixteen assignments of signs on either side: 2/16."""
    for test in (sign_test, wilcoxon_signed_rank):
        found = test(BEFORE, AFTER)
        assert found.p_value == 2 / 16
        assert (found.n, found.unchanged, found.missing) == (4, 0, 0)


def test_three_ranks_of_which_the_smallest_rises():
    """Changes -3, -2, +1: sums of 0 or 1 come from 2 of 8 assignments, twice that is 4/8."""
    found = wilcoxon_signed_rank([3, 2, 0], [0, 0, 1])
    assert (found.statistic, found.p_value) == (1.0, 0.5)


def test_unchanged_and_missing_pairs_are_counted_and_left_out():
    found = sign_test([1, 1, np.nan, 2], [0, 1, 3, 1])
    assert (found.n, found.unchanged, found.missing, found.p_value) == (2, 1, 1, 0.5)


def test_changes_that_differ_by_rounding_are_tied():
    found = wilcoxon_signed_rank([0.1, 0.5, 0.0], [0.3, 0.7, 0.1])  # 0.2, 0.2 and 0.1
    assert found.p_value == 0.25
    mixed = wilcoxon_signed_rank([0.1, 0.7], [0.3, 0.5])
    assert (mixed.statistic, mixed.p_value) == (1.5, 1.0)


@pytest.mark.parametrize(("before", "after"), [([], []), ([1, 2], [1, 2]), ([1], [1, 2]), ([[1]], [[2]])])
def test_what_cannot_be_answered_is_refused(before, after):
    for test in (sign_test, wilcoxon_signed_rank):
        with pytest.raises(NotEstimableError):
            test(before, after)


def test_more_pairs_than_can_be_counted_are_refused():
    with pytest.raises(NotEstimableError, match="1001 pairs"):
        wilcoxon_signed_rank(np.zeros(1001), np.ones(1001))


pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12).filter(
    lambda rows: any(a != b for a, b in rows)
)


@given(pairs)
def test_turning_the_pairs_round_changes_no_p_value(rows):
    before, after = np.array(rows, dtype=float).T
    for test in (sign_test, wilcoxon_signed_rank):
        assert test(before, after).p_value == pytest.approx(test(after, before).p_value)
        assert 0 < test(before, after).p_value <= 1


@settings(deadline=None, max_examples=25)
@given(pairs)
def test_a_second_library_agrees(rows):
    import scipy.stats

    before, after = np.array(rows, dtype=float).T
    change = after - before
    change = change[change != 0]
    assert sign_test(before, after).p_value == pytest.approx(
        scipy.stats.binomtest(int((change < 0).sum()), len(change)).pvalue
    )
    if len(change) < 2:
        return
    permuted = scipy.stats.permutation_test(
        (change,),
        lambda values: scipy.stats.rankdata(np.abs(values))[values > 0].sum(),
        permutation_type="samples",
        n_resamples=np.inf,
    )
    assert wilcoxon_signed_rank(before, after).p_value == pytest.approx(permuted.pvalue)
