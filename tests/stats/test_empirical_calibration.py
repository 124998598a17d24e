"""Calibration by controls against R's optim, by hand, and in its limits."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats.empirical_calibration import SystematicError, calibrated, systematic_error
from tests.golden.read import number, numbers, parts, rows
from tests.golden.tolerances import ROOT, SUMMATION

DATA = parts(rows("calibration", "data"), "set")
EXPECTED = {
    key: {row["statistic"]: number(row["value"]) for row in of}
    for key, of in parts(rows("calibration", "expected"), "set").items()
}


@pytest.mark.parametrize("name", sorted(DATA))
def test_errors_of_controls_and_what_they_make_of_an_answer_are_those_of_r(name):
    found = systematic_error(numbers(DATA[name], "error"), numbers(DATA[name], "std_error"))
    wanted = EXPECTED[name]
    # A likelihood is flat at its top: its place is known to the root of the precision of its height.
    assert (found.mean, found.spread) == pytest.approx((wanted["mean"], wanted["spread"]), rel=100 * ROOT)
    answer = calibrated(np.log(1.8), 0.21, found)
    for statistic in ("p_value", "value", "low", "high"):
        assert getattr(answer, statistic) == pytest.approx(wanted[statistic], rel=100 * ROOT)


def test_controls_known_alike_have_the_mean_and_the_spread_of_their_errors():
    """With equal standard errors s the variance is that of the errors less s squared: here 0.05 - 0.01."""
    found = systematic_error([0.0, 0.2, 0.4, 0.6], np.full(4, 0.1))
    assert found.mean == pytest.approx(0.3, rel=SUMMATION)
    assert found.spread == pytest.approx(0.2, rel=ROOT)
    assert found.controls == 4


def test_an_answer_by_hand():
    """An error of 0.3 with spread 0.4 leaves 0.6 - 0.3 with a standard error of 0.5, the hypotenuse of 0.3 and 0.4."""
    answer = calibrated(0.6, 0.3, SystematicError(0.3, 0.4, 9))
    assert np.log([answer.value, answer.low, answer.high]) == pytest.approx(
        [0.3, 0.3 - 0.979982, 0.3 + 0.979982], abs=1e-6
    )
    assert answer.p_value == pytest.approx(0.548506, abs=1e-6)


def test_controls_without_error_change_nothing_but_chance_in_them_is_no_spread():
    found = systematic_error([0.05, -0.05, 0.02, -0.02], np.full(4, 0.3))
    assert found.spread == 0
    assert calibrated(np.log(2), 0.2, found).value == pytest.approx(2, rel=SUMMATION)


@pytest.mark.parametrize(("errors", "chance"), [([0.1], [0.2]), ([0.1, 0.2], [0.2, 0.0]), ([0.1, 0.2], [0.2])])
def test_what_is_no_set_of_controls_is_refused(errors, chance):
    with pytest.raises(NotEstimableError):
        systematic_error(errors, chance)


def test_an_estimate_without_a_standard_error_is_refused():
    with pytest.raises(NotEstimableError):
        calibrated(0.5, 0.0, SystematicError(0.0, 0.0, 5))
