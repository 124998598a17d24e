"""A hidden confounder: fractions by hand, the solved share put back, simulated patients, draws against an integral."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.optimize import brentq

from sequela.errors import NotEstimableError
from sequela.stats.e_value import risk_ratio_of_hazard_ratio
from sequela.stats.hidden_confounder import (
    Confounder,
    confounding_factor,
    share_that_explains,
    simulated_ratio,
)

WALD = 1.959964


def fixed(share, other, strength, draws=20_000):
    return Confounder(*(np.full(draws, value) for value in (share, other, strength)))


@pytest.mark.parametrize(
    ("share", "other", "strength", "factor"),
    [
        (1 / 2, 1 / 5, 3, 10 / 7),  # (1 + 1) / (2/5 + 1)
        (1 / 5, 1 / 2, 3, 7 / 10),
        (1, 0, 4, 4),
        (3 / 10, 3 / 10, 9, 1),
        (1 / 4, 3 / 4, 1, 1),
        (1 / 2, 0, 1 / 2, 3 / 4),
    ],
)
def test_the_factor_by_hand(share, other, strength, factor):
    assert float(confounding_factor(share, other, strength)) == pytest.approx(factor, rel=1e-14)


def test_tipping_points_by_hand():
    # 2 = (2 p + 1) / (1/5 * 2 + 1): p = 9/10. With 2/5 of the reference p would be 13/10, which no share is.
    assert float(share_that_explains(2.0, 0.2, 3.0)) == pytest.approx(9 / 10)
    assert np.isnan(share_that_explains(2.0, 0.4, 3.0))
    # Below 1: 1/2 = (2 p + 1) / (3/4 * 2 + 1): p = 1/8.
    assert float(share_that_explains(0.5, 0.75, 3.0)) == pytest.approx(1 / 8)
    assert np.isnan(share_that_explains(2.0, 0.2, 1.0))


@given(st.floats(0.3, 3), st.floats(0, 1), st.floats(1.1, 8))
def test_the_share_put_back_makes_the_ratio(ratio, other, strength):
    share = float(share_that_explains(ratio, other, strength))
    if not np.isnan(share):
        assert float(confounding_factor(share, other, strength)) == pytest.approx(ratio, rel=1e-9)


def test_patients_with_the_confounder_show_the_factor_and_it_takes_them_back():
    rng = np.random.default_rng(4)
    n = 400_000
    has = rng.random((2, n)) < np.array([[0.5], [0.2]])
    risk = 0.05 * np.where(has, 3.0, 1.0) * np.array([[1.4], [1.0]])
    seen = (rng.random((2, n)) < risk).mean(axis=1)
    crude = seen[0] / seen[1]
    assert crude == pytest.approx(2.0, rel=0.02)
    assert crude / float(confounding_factor(0.5, 0.2, 3.0)) == pytest.approx(1.4, rel=0.02)


def test_a_known_confounder_leaves_the_normal_interval_of_the_estimate():
    found = simulated_ratio(np.log(2), 0.2, fixed(0.5, 0.2, 3.0, 400_000), np.random.default_rng(1))
    assert found.value == pytest.approx(1.4, rel=0.005)
    assert found.low == pytest.approx(1.4 * np.exp(-WALD * 0.2), rel=0.005)
    assert found.high == pytest.approx(1.4 * np.exp(WALD * 0.2), rel=0.005)
    assert found.systematic_low == pytest.approx(1.4) and found.systematic_high == pytest.approx(1.4)


def test_without_chance_the_draws_have_the_mean_of_the_integral():
    rng = np.random.default_rng(2)
    draws = 200_000
    shares = rng.uniform(0.1, 0.5, draws), np.full(draws, 0.1)
    found = simulated_ratio(np.log(2), 0.0, Confounder(*shares, np.full(draws, 3.0)), rng)
    # The factor grows with the share, so the median of the ratio is that at the median share.
    assert found.value == pytest.approx(2 / float(confounding_factor(0.3, 0.1, 3.0)), rel=0.005)
    assert found.low == pytest.approx(2 / float(confounding_factor(0.49, 0.1, 3.0)), rel=0.005)
    mean = dblquad(lambda p, q: np.log(confounding_factor(p, q, 3.0)), 0, 1, 0, 1)[0]
    assert mean == pytest.approx(0, abs=1e-9)


def test_a_common_event_goes_through_the_risk_ratio_and_back():
    factor = 10 / 7
    found = simulated_ratio(np.log(1.8), 0.0, fixed(0.5, 0.2, 3.0, 10), np.random.default_rng(3), common=True)
    assert risk_ratio_of_hazard_ratio(found.value) == pytest.approx(risk_ratio_of_hazard_ratio(1.8) / factor, rel=1e-9)
    none = simulated_ratio(np.log(0.6), 0.0, fixed(0.3, 0.3, 3.0, 10), np.random.default_rng(3), common=True)
    assert none.value == pytest.approx(0.6, rel=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: confounding_factor(1.2, 0.1, 2.0),
        lambda: confounding_factor(0.2, np.nan, 2.0),
        lambda: confounding_factor(0.2, 0.1, 0.0),
        lambda: share_that_explains(-1.0, 0.1, 2.0),
        lambda: share_that_explains(np.nan, 0.1, 2.0),
        lambda: simulated_ratio(np.nan, 0.1, fixed(0.1, 0.1, 2.0), np.random.default_rng(1)),
        lambda: simulated_ratio(0.1, -0.1, fixed(0.1, 0.1, 2.0), np.random.default_rng(1)),
    ],
)
def test_impossible_numbers_are_refused(call):
    with pytest.raises(NotEstimableError):
        call()


def test_quantiles_of_a_common_event_are_those_of_every_draw_turned_back():
    rng = np.random.default_rng(11)
    drawn = Confounder(rng.uniform(0.1, 0.5, 997), rng.uniform(0.1, 0.5, 997), np.exp(rng.normal(0.7, 0.2, 997)))
    found = simulated_ratio(np.log(1.7), 0.3, drawn, np.random.default_rng(5), common=True)
    hazards = np.exp(np.log(1.7) + 0.3 * np.random.default_rng(5).standard_normal(997))
    risks = np.array([risk_ratio_of_hazard_ratio(x) for x in hazards]) / drawn.factor
    turned = [
        brentq(lambda x, risk=risk: risk_ratio_of_hazard_ratio(x) - risk, 1e-6, 1e6, xtol=1e-14) for risk in risks
    ]
    sides = np.exp(np.quantile(np.log(turned), [0.025, 0.5, 0.975]))
    assert [found.low, found.value, found.high] == pytest.approx(list(sides), rel=1e-9)
