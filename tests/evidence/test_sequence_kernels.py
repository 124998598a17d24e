"""The fast summaries that steer the search for a cohort, beside the statistics that judge it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.evidence.sequence_kernels import log_rank_chi_square, outside, penalties, spss_median
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.log_rank import log_rank

PATIENTS = st.lists(st.tuples(st.integers(1, 25), st.booleans(), st.integers(0, 3)), min_size=8, max_size=60)


def arrays(patients):
    time, event, group = (np.array(column) for column in zip(*sorted(patients), strict=True))
    return time.astype(float), event.astype(bool), group.astype(np.int64)


@settings(max_examples=60, deadline=None)
@given(PATIENTS)
def test_the_median_is_that_of_the_spss_dialect(patients):
    time, event, _ = arrays(patients)
    median, low, high, lowest = spss_median(time, event)
    curve = kaplan_meier(time, event)
    expected = quantile(curve, dialect="SPSS")
    found = [math.nan if math.isinf(median) else median, low, high]
    assert found == pytest.approx([expected.value, expected.low, expected.high], nan_ok=True)
    assert lowest == pytest.approx(curve.survival[-1])


def test_a_median_by_hand():
    # 10 patients, one event a month: S is 0.5 at month 5; 0.55 is reached last at month 4 (0.6), 0.45 first at 6 (0.4);
    # slope 0.2 / 2; Greenwood at 5: 0.25 * 0.1; half width 1.959964 * 0.1581139 / 0.1 = 3.09895
    months = np.arange(1.0, 11.0)
    found = spss_median(months, np.ones(10, dtype=bool))
    assert found[:3] == pytest.approx((5.0, 5 - 3.09895, 5 + 3.09895), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(PATIENTS)
def test_the_log_rank_test_is_that_of_several_groups(patients):
    time, event, group = arrays(patients)
    chosen = group != 3
    kept = np.unique(group[chosen])
    if kept.size < 2 or not event[chosen].any():
        return
    try:
        expected = log_rank(time[chosen], event[chosen], group[chosen]).chi_square
    except NotEstimableError:  # no event at which two groups are at risk
        return
    found = log_rank_chi_square(time, event, np.where(chosen, group, -1), 3)
    assert found == pytest.approx(expected, abs=1e-8)


def test_distance_from_an_interval():
    assert outside(5.0, 4.0, 6.0) == 0
    assert outside(3.0, 4.0, 6.0) == 1
    assert outside(8.0, 4.0, 6.0) == 2
    assert outside(8.0, math.nan, math.nan) == 0


def test_only_the_numbers_a_patient_touches_are_measured_again():
    time, event = np.arange(1.0, 11.0), np.ones(10, dtype=bool)
    members = np.array([[True] * 5 + [False] * 5, [False] * 5 + [True] * 5])
    reached, none = np.array([True, True]), np.empty((0, 10), dtype=np.int64)
    intervals = np.array([[[3.0, 3.5], [math.nan] * 2, [math.nan] * 2], [[9.0, 9.5], [math.nan] * 2, [math.nan] * 2]])
    targets = (
        (members, intervals, reached),
        (none, np.empty(0, dtype=np.int64), np.empty((0, 2))),
        (none, np.empty((0, 3, 2))),
        np.array([math.nan, math.nan]),
    )
    parts = np.zeros(3)
    penalties(time, event, targets, parts, -1, -1)
    assert parts[0] == 0  # the median of 1 to 5 is 3
    assert parts[1] == pytest.approx((1.0 / 0.5) / (1 + 2 / 8.0))  # 8 lies 1 below an interval 0.5 wide
    moved = time.copy()
    moved[7] = 9.2
    penalties(moved, event, targets, parts, 0, 0)
    assert parts[1] > 0  # patient 0 is not in the second group, so its penalty stays as it was
    penalties(moved, event, targets, parts, 7, 7)
    assert parts[1] == 0
