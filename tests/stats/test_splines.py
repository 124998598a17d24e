"""Restricted cubic splines: straight outside, smooth inside, and refusals."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats.splines import restricted_cubic_spline, spline_knots

KNOTS = [2.0, 3.0, 5.0, 8.0]


def test_straight_beyond_the_outer_knots():
    for far in ([-5.0, -1.0, 2.0], [8.0, 11.0, 20.0]):
        basis = restricted_cubic_spline(far, KNOTS)
        slopes = np.diff(basis, axis=0) / np.diff(far)[:, None]
        np.testing.assert_allclose(slopes[0], slopes[1], atol=1e-10)


def test_smooth_at_the_knots():
    step = 1e-4
    for knot in KNOTS:
        near = restricted_cubic_spline(knot + step * np.arange(-2, 3), KNOTS)
        second = np.diff(near, 2, axis=0) / step**2
        assert np.abs(np.diff(second, axis=0)).max() < 0.01


def test_by_hand():
    # At 4 with knots 0, 3, 6 and 6 - 0 squared below: 4^3 - 1^3 (6 / 3) over 36.
    assert restricted_cubic_spline([4.0], [0.0, 3.0, 6.0])[0].tolist() == [4.0, (64 - 2) / 36]


def test_refusals():
    with pytest.raises(NotEstimableError, match="3 to 7"):
        spline_knots(np.arange(50.0), 2)
    with pytest.raises(NotEstimableError, match="at least 10"):
        spline_knots([1.0, 2.0], 3)
    with pytest.raises(NotEstimableError, match="coincide"):
        spline_knots(np.repeat([1.0, 2.0], 20), 4)
    with pytest.raises(NotEstimableError, match="ascending"):
        restricted_cubic_spline([1.0], [3.0, 2.0, 4.0])
