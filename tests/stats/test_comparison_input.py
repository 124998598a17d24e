"""Comparisons that cannot be made, and say so."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats.group_cells import Roles
from sequela.stats.log_rank import log_rank
from sequela.stats.log_rank_trend import log_rank_trend
from sequela.stats.max_combo import max_combo
from sequela.stats.multiplicity import holm
from sequela.stats.pairwise_log_rank import pairwise_log_rank
from sequela.stats.permutation_log_rank import permutation_log_rank
from sequela.stats.weightings import Weighting, fleming_harrington, weighting_named

NAN = float("nan")
TIME, EVENT, GROUP = [1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 1], [0, 1, 0, 1, 0, 1]


def test_names_of_weightings():
    assert weighting_named("Fleming-Harrington (0.5,1)") == fleming_harrington(0.5, 1)
    assert weighting_named("Gehan").name == "Gehan-Wilcoxon"
    for name in ("breslow", "fleming-harrington", "fleming-harrington(1.1.1, 0)", ""):
        with pytest.raises(NotEstimableError, match="one of: log-rank, gehan"):
            weighting_named(name)
    for powers in ((-1, 0), (0, NAN), (float("inf"), 0)):
        with pytest.raises(NotEstimableError, match="two powers from 0 on"):
            fleming_harrington(*powers)


@pytest.mark.parametrize("weights", [[1] * 5 + [-1], [1] * 5 + [NAN], [1] * 5, [0] * 6])
def test_weights_that_are_none(weights):
    with pytest.raises(NotEstimableError, match=r"weight|no events"):
        log_rank(TIME, EVENT, GROUP, weights=weights)


def test_no_events_of_weight_above_zero():
    with pytest.raises(NotEstimableError, match="no events"):
        log_rank([1, 2, 3], [1, 0, 0], [0, 1, 0], weights=[0, 1, 1])
    with pytest.raises(NotEstimableError, match="one group"):
        log_rank([1, 2, 3], [1, 1, 0], [0, 1, 0], weights=[1, 0, 1])
    with pytest.raises(NotEstimableError, match="cluster: 1 rows for 3 patients"):
        log_rank([1, 2, 3], [1, 1, 0], [0, 1, 0], cluster=[1])


def test_a_pooled_curve_that_dies_out_has_no_weights():
    columns = [1, 2, 8, 9, 9, 9], [1, 1, 1, 1, 0, 0], [0, 1, 0, 1, 0, 1]
    entry = [0, 0, 5, 6, 5, 5]
    assert log_rank(*columns, entry=entry).chi_square > 0
    assert log_rank(*columns, entry=entry, weighting=Weighting("peto-peto")).chi_square > 0
    with pytest.raises(NotEstimableError, match="pooled curve is zero"):
        log_rank(*columns, entry=entry, weighting=fleming_harrington(1, 0))


def test_a_late_weighting_of_a_single_event_time_compares_nothing():
    with pytest.raises(NotEstimableError, match="no event at which two groups are at risk"):
        log_rank([5] * 6, [1, 0, 1, 0, 0, 0], GROUP, weighting=fleming_harrington(0, 1))
    with pytest.raises(NotEstimableError, match="no event at which two groups are at risk"):
        max_combo([5] * 6, [1, 0, 1, 0, 0, 0], GROUP)


def test_max_combo_is_for_two_groups():
    with pytest.raises(NotEstimableError, match="3 groups, 4 weightings; expected two groups"):
        max_combo(TIME, EVENT, [0, 1, 2, 0, 1, 2])
    with pytest.raises(NotEstimableError, match="0 weightings"):
        max_combo(TIME, EVENT, GROUP, weightings=[])


def test_trends_of_nothing():
    test = log_rank(TIME, EVENT, GROUP)
    for scores in ([1], [1, NAN], "ab"):
        with pytest.raises(NotEstimableError, match="a finite number for each of 2 groups"):
            log_rank_trend(test, scores)
    with pytest.raises(NotEstimableError, match="scores that differ"):
        log_rank_trend(test, [3, 3])
    assert log_rank_trend(test, [0, 10]).z == pytest.approx(log_rank_trend(test).z)
    assert log_rank_trend(test, [1, 0]).z == pytest.approx(-log_rank_trend(test).z)


def test_a_pair_that_cannot_be_compared_stays_in_the_family():
    pairs = pairwise_log_rank([1, 5, 6, 7, 8, 9], [0, 1, 1, 1, 1, 1], [2, 0, 1, 0, 1, 0])
    assert [(pair.first, pair.second, pair.family) for pair in pairs] == [(0, 1, 3), (0, 2, 3), (1, 2, 3)]
    assert np.isnan(pairs[1].adjusted_p_value) and "no event" in pairs[1].reason
    assert pairs[0].adjusted_p_value == min(1, 3 * pairs[0].p_value)
    with pytest.raises(NotEstimableError, match="one group"):
        pairwise_log_rank([1, 2], [1, 1], [0, 0])


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.01, NAN, 0.03]).tolist() == pytest.approx([0.03, NAN, 0.06], nan_ok=True)
    for wrong in ([-0.1], [1.5], [[0.1]]):
        with pytest.raises(NotEstimableError, match="between 0 and 1"):
            holm(wrong)


def test_permutations_by_hand():
    """Three and three who die in turn: two of twenty assignments are as far apart."""
    test = permutation_log_rank([1, 2, 3, 4, 5, 6], [1] * 6, [0, 0, 0, 1, 1, 1])
    assert (test.p_value, test.assignments, test.exact) == (0.1, 20, True)


def test_permutations_that_are_none():
    with pytest.raises(NotEstimableError, match="every assignment gives the same statistic"):
        permutation_log_rank([5] * 4, [1] * 4, [0, 0, 1, 1])
    with pytest.raises(NotEstimableError, match="no generator"):
        permutation_log_rank(np.arange(40) + 1, np.ones(40), np.arange(40) % 2)
    with pytest.raises(NotEstimableError, match="no events"):
        permutation_log_rank([1, 2], [0, 0], [0, 1])


def test_roles_of_the_wrong_length():
    for roles in (Roles(strata=[1]), Roles(weights=[1]), Roles(cluster=[1]), Roles(entry=[0])):
        with pytest.raises(NotEstimableError, match="1 rows for 6 patients"):
            max_combo(TIME, EVENT, GROUP, roles)


@pytest.mark.parametrize(
    "name", ["log-rank", "gehan", "peto-peto", "fleming-harrington(1, 0)", "fleming-harrington(0, 1)"]
)
def test_strata_that_hold_one_group_each_compare_nothing(name):
    chance = np.random.default_rng(1)
    group, time, event = np.arange(80) % 2, chance.integers(1, 20, 80), chance.integers(0, 2, 80)
    with pytest.raises(NotEstimableError, match="no event at which two groups are at risk"):
        log_rank(time, event, group, strata=group, weighting=weighting_named(name))
    assert log_rank(time, event, group, strata=np.arange(80) // 40, weighting=weighting_named(name)).p_value < 1
