"""One hazard ratio for the whole follow-up: when it will do, and when it will not."""

import numpy as np
import pytest

from sequela.analyses.report_card import Status
from sequela.stats.kaplan_meier import kaplan_meier
from sequela.stats.restricted_mean import restricted_mean
from tests.study.studies import study

from .simulated import cohort
from .studies import examined

GROUPS = {"P": "received pertuzumab", "T": "otherwise"}


def item(p, t, **more):
    rows = [{"group": g, "days": int(d), "died": True} for g, days in (("P", p), ("T", t)) for d in days]
    return examined(study(groups=GROUPS, reference="T", **more), cohort(rows)).card.named("proportional_hazards")


def exponential(n, mean, at):
    """Times at evenly spaced probabilities, so that nothing is left to chance."""
    return np.round(1 - mean * np.log(1 - (np.arange(n) + at) / n)).astype(int)


def measure(found, name):
    return next(m for m in found.measures if m.name == name)


def test_constant_hazards_pass():
    found = item(exponential(60, 200, 0.5), exponential(60, 400, 0.5))
    assert found.status is Status.OK and "do not cross" in found.finding
    assert abs(measure(found, "correlation_with_time").value) < 0.1 and found.answers == ()


def test_curves_that_cross_do_not():
    # T dies between day 200 and 259; half of P long before, half long after.
    found = item([*range(50, 80), *range(500, 530)], range(200, 260))
    assert found.status is Status.WARN and "the curves cross" in found.direction
    assert measure(found, "curve_behind_by").value == pytest.approx(0.5)
    assert measure(found, "curve_ahead_by").value == pytest.approx(0.5)
    early, late = found.answers[1].estimate.value, found.answers[2].estimate.value
    assert early > 1 > late and [a.label[:5] for a in found.answers] == ["as as", "up to", "after"]


def test_a_rising_and_a_falling_ratio_are_told_apart():
    late, early = [*range(300, 340), *range(341, 371)], [*range(100, 140), *range(450, 480)]
    assert "rises over time" in item(late, early).direction
    assert "falls over time" in item(early, late).direction


def test_the_difference_in_mean_time_is_that_of_the_curves():
    p, t = [100, 150, 420, 500, 610], [90, 180, 200, 300, 400]
    found = measure(item(p, t), "mean_difference_days")
    means = [restricted_mean(kaplan_meier(days, np.ones(5)), 400) for days in (p, t)]
    assert found.value == pytest.approx(means[0].value - means[1].value)
    assert found.value == pytest.approx((100 + 150 + 400 + 400 + 400) / 5 - (90 + 180 + 200 + 300 + 400) / 5)
    width = 1.959964 * np.hypot(means[0].std_error, means[1].std_error)
    assert found.low == pytest.approx(found.value - width) and found.high == pytest.approx(found.value + width)


def test_medians_that_do_not_fit_the_ratio_are_noticed():
    # Equal until the median, then P falls at once.
    common = list(range(10, 310, 10))
    found = item([*common, *range(311, 341)], [*common, *range(900, 1500, 20)])
    assert "do not fit together" in found.direction
    assert measure(found, "medians_less_hazard_ratio").value < -0.25


def test_separated_groups_cannot_be_tested():
    found = item(range(10, 30), range(100, 120))
    assert found.status is Status.NOT_ASSESSABLE and "without a finite estimate" in found.finding


def test_without_a_comparison_there_is_nothing_to_test():
    rows = [{"group": "P", "days": 10 + i, "died": True} for i in range(20)]
    found = examined(study(), cohort(rows)).card.named("proportional_hazards")
    assert found.status is Status.NOT_ASSESSABLE
