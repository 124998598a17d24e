"""E-values against the numbers their authors print."""

import math

import pytest

from sequela.errors import NotEstimableError
from sequela.stats.e_value import bounding_factor, e_value, risk_ratio_of_hazard_ratio, risk_ratios_of_hazard_ratios


@pytest.mark.parametrize(
    ("ratio", "low", "high", "estimate", "limit"),
    [
        # VanderWeele & Ding 2017: smoking and lung disease of infants, 3.9 (1.8-8.7): 7.26 and 3.0.
        (3.9, 1.8, 8.7, 3.9 + math.sqrt(3.9 * 2.9), 1.8 + math.sqrt(1.8 * 0.8)),
        # The same paper, below 1: 0.80 (0.71-0.91): 1.81 and 1.43.
        (0.80, 0.71, 0.91, 1.25 + math.sqrt(1.25 * 0.25), 1 / 0.91 + math.sqrt(1 / 0.91 * (1 / 0.91 - 1))),
        (1.3, 0.9, 1.8, 1.3 + math.sqrt(1.3 * 0.3), 1.0),
        (1.0, 0.5, 2.0, 1.0, 1.0),
    ],
)
def test_by_hand(ratio, low, high, estimate, limit):
    found = e_value(ratio, low, high)
    assert found.estimate == pytest.approx(estimate, rel=1e-12)
    assert found.limit == pytest.approx(limit, rel=1e-12)


@pytest.mark.parametrize(("ratio", "printed"), [(3.9, 7.263), (1.8, 3.0), (0.80, 1.809), (0.91, 1.4286), (1.3, 1.9245)])
def test_as_printed(ratio, printed):
    assert e_value(ratio, ratio, ratio).estimate == pytest.approx(printed, abs=5e-4)


def test_hazard_ratio_of_a_common_outcome():
    # SePHER's 1.79 (1.23-2.61): risk ratio 1.495, E-values 2.35 and 1.58.
    numbers = [risk_ratio_of_hazard_ratio(number) for number in (1.79, 1.23, 2.61)]
    assert numbers[0] == pytest.approx(1.495, abs=5e-4)
    found = e_value(*numbers)
    assert found.estimate == pytest.approx(2.35, abs=5e-3) and found.limit == pytest.approx(1.58, abs=5e-3)
    assert risk_ratio_of_hazard_ratio(0.56) == pytest.approx(0.6701, abs=5e-5)
    assert risk_ratio_of_hazard_ratio(1.0) == 1.0
    assert risk_ratio_of_hazard_ratio(0.5) * risk_ratio_of_hazard_ratio(2.0) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(
    "numbers", [(2.0, 2.5, 3.0), (0.0, 0.0, 1.0), (-1.0, -2.0, 1.0), (math.nan, 1, 2), (math.inf, 2, math.inf)]
)
def test_impossible_intervals_are_refused(numbers):
    with pytest.raises(NotEstimableError, match="between its limits"):
        e_value(*numbers)


@pytest.mark.parametrize("ratio", [1.0, 1.2, 3.9, 0.8])
def test_an_e_value_is_the_confounder_that_explains_the_ratio(ratio):
    strength = e_value(ratio, ratio, ratio).estimate
    assert bounding_factor(strength, strength) == pytest.approx(max(ratio, 1 / ratio))


def test_a_confounder_moves_a_ratio_by_its_bounding_factor_at_most():
    """By hand 2 x 3 / 4 = 1.5. Groups of 100 with 60 and 30 who have it, risks 0.6 with and 0.2 without, no effect.

    The risks of the groups are 0.6 x 0.6 + 0.4 x 0.2 = 0.44 and 0.3 x 0.6 + 0.7 x 0.2 = 0.32: a ratio of 1.375.
    """
    assert bounding_factor(2, 3) == bounding_factor(1 / 2, 3) == pytest.approx(1.5)
    assert bounding_factor(60 / 30, 0.6 / 0.2) > 0.44 / 0.32
    assert bounding_factor(1, 9) == 1
    with pytest.raises(NotEstimableError):
        bounding_factor(0.0, 2)


def test_many_risk_ratios_are_those_of_each():
    hazards = [0.0, 0.56, 1.0, 2.0, 40.0, float("inf")]
    found = risk_ratios_of_hazard_ratios(hazards).tolist()
    assert found == pytest.approx([risk_ratio_of_hazard_ratio(hazard) for hazard in hazards], rel=1e-15)
    for wrong in (-1.0, float("nan")):
        with pytest.raises(NotEstimableError):
            risk_ratios_of_hazard_ratios([1.0, wrong])
