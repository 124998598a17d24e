"""Residuals and the test of proportional hazards: by hand, by law, by a second witness, and refusals."""

from dataclasses import replace

import numpy as np
import pytest
import survival
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.cox import cox
from sequela.stats.cox_residuals import (
    deviance_residuals,
    influence,
    martingale_residuals,
    schoenfeld_residuals,
    score_residuals,
)
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.proportional_hazards import TRANSFORMS, proportional_hazards_test
from tests.golden.tolerances import NEWTON, ROOT, SUMMATION


def _by_hand():
    """Four patients die on days 1 to 4, exposed, not, exposed, not; the coefficient is set to 0."""
    time, event, x = [1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1], [1.0, 0.0, 1.0, 0.0]
    fit = replace(cox(time, event, x), coefficients=np.zeros(1))
    return fitted_risks(fit, time, event, x)


def test_martingale_residuals_by_hand():
    hazards = np.cumsum([1 / 4, 1 / 3, 1 / 2, 1])
    np.testing.assert_allclose(martingale_residuals(_by_hand()), 1 - hazards, rtol=SUMMATION)


def test_deviance_residual_by_hand():
    # The first patient: martingale residual 3/4, deviance residual sqrt(-2 (3/4 + log(1/4))).
    assert deviance_residuals(_by_hand())[0] == pytest.approx(np.sqrt(-2 * (3 / 4 + np.log(1 / 4))), rel=SUMMATION)


def test_schoenfeld_residuals_by_hand():
    found = schoenfeld_residuals(_by_hand())
    np.testing.assert_allclose(found.residual[:, 0], [1 - 1 / 2, 0 - 1 / 3, 1 - 1 / 2, 0], rtol=SUMMATION)
    assert found.time.tolist() == [1, 2, 3, 4] and found.rows.tolist() == [0, 1, 2, 3]


def test_score_test_of_a_change_by_hand():
    # g = -3/2, -1/2, 1/2, 3/2; means 1/2, 1/3, 1/2, 0; variances 1/4, 2/9, 1/4, 0. Slope -1/3; information
    # 13/18, -13/36, 49/72: (1/3)^2 / (49/72 - (13/36)^2 / (13/18)) = 2/9.
    test = proportional_hazards_test(_by_hand(), transform="identity")
    assert test.terms[0].statistic == pytest.approx(2 / 9, rel=SUMMATION)
    assert test.overall.degrees_of_freedom == 1


@st.composite
def models(draw):
    """A fit with delayed entry, strata, weights and many ties, and its arrays."""
    n = draw(st.integers(25, 50))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    entry = chance.integers(0, 4, n).astype(float)
    arrays = entry + chance.integers(1, 9, n), chance.random(n) < 0.7, np.round(chance.normal(size=(n, 2)), 1)
    options = {"entry": entry, "strata": chance.integers(0, 2, n), "weights": chance.uniform(0.5, 2, n)}
    return cox(*arrays, **options, ties=draw(st.sampled_from(["efron", "breslow"]))), arrays, options


@settings(max_examples=25, deadline=None)
@given(models())
def test_residuals_add_up_to_nothing(model):
    fit, arrays, options = model
    risks = fitted_risks(fit, *arrays, **options)
    assert risks.weights @ martingale_residuals(risks) == pytest.approx(0, abs=ROOT)
    np.testing.assert_allclose(risks.weights @ score_residuals(risks), 0, atol=1e-6)
    schoenfeld = schoenfeld_residuals(risks)
    np.testing.assert_allclose(risks.weights[schoenfeld.rows] @ schoenfeld.residual, 0, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(models(), st.sampled_from(TRANSFORMS))
def test_units_of_covariates_do_not_matter(model, transform):
    fit, (time, event, x), options = model
    risks = fitted_risks(fit, time, event, x, **options)
    other = cox(time, event, 100 * x - 7, **options, ties=fit.ties)
    again = fitted_risks(other, time, event, 100 * x - 7, **options)
    for first, second in zip(
        proportional_hazards_test(risks, transform=transform).terms,
        proportional_hazards_test(again, transform=transform).terms,
        strict=True,
    ):
        assert first.statistic == pytest.approx(second.statistic, rel=1e-5, abs=1e-6)


def test_the_square_of_time_changes_nothing_where_ranks_count():
    chance = np.random.default_rng(3)
    time, event, x = chance.integers(1, 30, 80).astype(float), chance.random(80) < 0.6, chance.normal(size=80)
    for transform in ("km", "rank"):
        days, squares = (
            proportional_hazards_test(fitted_risks(cox(t, event, x), t, event, x), transform=transform)
            for t in (time, time**2)
        )
        assert days.overall.statistic == pytest.approx(squares.overall.statistic, rel=NEWTON)


def test_influence_is_about_what_leaving_a_patient_out_does():
    chance = np.random.default_rng(4)
    time, event, x = chance.exponential(size=200), chance.random(200) < 0.7, chance.normal(size=200)
    fit = cox(time, event, x)
    moved = influence(fitted_risks(fit, time, event, x))[:, 0]
    far = np.argsort(np.abs(moved))[-20:]
    left_out = [fit.coefficients[0] - cox(*(np.delete(a, i) for a in (time, event, x))).coefficients[0] for i in far]
    np.testing.assert_allclose(moved[far], left_out, rtol=0.2)


def test_an_effect_that_wanes_is_found_and_a_steady_one_is_not():
    chance = np.random.default_rng(5)
    group = np.repeat([0.0, 1.0], 400)
    steady = chance.exponential(np.where(group > 0, 1.0, 2.0))
    early = chance.exponential(np.where(group > 0, 0.3, 1.0))
    waning = np.where((group > 0) & (early > 0.3), 0.3 + chance.exponential(1.0, 800), early)
    p = [
        proportional_hazards_test(fitted_risks(cox(t, np.ones(800), group), t, np.ones(800), group)).overall.p_value
        for t in (steady, waning)
    ]
    assert p[0] > 0.05 and p[1] < 1e-6


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_agrees_with_a_second_witness(transform):
    chance = np.random.default_rng(6)
    time, event = chance.integers(1, 25, 150).astype(float), (chance.random(150) < 0.7).astype(int)
    x = np.round(chance.normal(size=(150, 2)), 2)
    data = {"time": time.tolist(), "event": event.tolist(), "x": x[:, 0].tolist(), "z": x[:, 1].tolist()}
    witness = survival.cox_zph(survival.coxph("Surv(time, event) ~ x + z", data), transform=transform)
    test = proportional_hazards_test(fitted_risks(cox(time, event, x), time, event, x), transform=transform)
    found = [item.statistic for item in (*test.terms, test.overall)]
    np.testing.assert_allclose(found, [row["chisq"] for row in witness.table], rtol=NEWTON)


def test_patients_of_weight_zero_are_left_out():
    chance = np.random.default_rng(7)
    time, event, x = chance.exponential(size=40), np.ones(40), chance.normal(size=40)
    weights = np.where(np.arange(40) % 5, 1.0, 0.0)
    risks = fitted_risks(cox(time, event, x, weights=weights), time, event, x, weights=weights)
    kept = weights > 0
    alone = fitted_risks(cox(time[kept], event[kept], x[kept]), time[kept], event[kept], x[kept])
    np.testing.assert_allclose(martingale_residuals(risks), martingale_residuals(alone), rtol=NEWTON)
    assert np.array_equal(risks.rows, np.flatnonzero(kept))


def test_refusals():
    time, event, x = [1.0, 2.0, 3.0, 4.0, 5.0], [1, 1, 1, 1, 0], [1.0, 0.0, 1.0, 0.0, 1.0]
    fit = cox(time, event, x)
    with pytest.raises(NotEstimableError, match="4 patients"):
        fitted_risks(fit, time[1:], event[1:], x[1:])
    with pytest.raises(NotEstimableError, match="without a finite estimate"):
        fitted_risks(cox(time, event, [5.0, 4.0, 3.0, 2.0, 1.0]), time, event, [5.0, 4.0, 3.0, 2.0, 1.0])
    risks = fitted_risks(fit, time, event, x)
    with pytest.raises(NotEstimableError, match="transform"):
        proportional_hazards_test(risks, transform="square")
    once, early = [2.0, 2.0, 2.0, 3.0, 3.0], [1, 1, 1, 0, 0]
    with pytest.raises(NotEstimableError, match="too few event times"):
        proportional_hazards_test(fitted_risks(cox(once, early, x), once, early, x))
    zero = [0.0, 2.0, 3.0, 4.0, 5.0]
    with pytest.raises(NotEstimableError, match="time of 0"):
        proportional_hazards_test(fitted_risks(cox(zero, event, x), zero, event, x), transform="log")
