"""Selection probabilities by hand, in counted worlds, and in the draws."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.selection_probabilities import (
    Chosen,
    choice_that_explains,
    freed_of_selection,
    possible,
    risk_of_everybody,
    selection_factor,
)
from tests.golden.tolerances import SUMMATION


def test_risks_by_hand():
    """Of 100 with the event and 200 without 80 and 80 came: a risk of 1/2, twice as likely; of everybody it is 1/3."""
    assert risk_of_everybody(1 / 2, 2) == pytest.approx(float(Fraction(1, 3)), rel=SUMMATION)
    factor = selection_factor((1 / 2, 1 / 2), 2, 1)
    assert factor == pytest.approx(np.log(1 / 2) / np.log(2 / 3), rel=SUMMATION)
    assert selection_factor((1 / 2, 1 / 2), 2, 2) == pytest.approx(1, rel=SUMMATION)


def test_nobody_comes_more_often_than_always():
    """Half came of whom half have the event: three times as likely is 3/4 and 1/4; of nine in ten it would be 27/20."""
    assert possible(0.5, 0.5, 3)
    assert not possible(0.9, 0.5, 3)
    assert possible(np.nan, 0.5, 3)
    assert possible(0.9, 0.5, 1)


COUNTS = st.integers(5, 400)
OFTEN = st.floats(0.05, 1.0)


@given(
    with_it=st.tuples(COUNTS, COUNTS), without=st.tuples(COUNTS, COUNTS), often=st.tuples(OFTEN, OFTEN, OFTEN, OFTEN)
)
def test_a_counted_world_is_found_again(with_it, without, often):
    """Patients with and without the event in two groups, each of whom came with a probability of his kind."""
    came = np.array([[with_it[0] * often[0], without[0] * often[1]], [with_it[1] * often[2], without[1] * often[3]]])
    seen = came[:, 0] / came.sum(axis=1)
    truth = np.array(with_it) / (np.array(with_it) + np.array(without))
    times = (often[0] / often[1], often[2] / often[3])
    assert risk_of_everybody(seen, times) == pytest.approx(truth, rel=1e-9)
    share = came.sum(axis=1) / (np.array(with_it) + np.array(without))
    assert possible(share * (1 - 1e-9), seen, times).all()
    moved = np.log1p(-seen[0]) / np.log1p(-seen[1])
    wanted = np.log1p(-truth[0]) / np.log1p(-truth[1])
    assert moved / selection_factor(tuple(seen), *times) == pytest.approx(wanted, rel=1e-9)


@given(ratio=st.floats(0.2, 5), risk=st.floats(0.05, 0.95))
def test_the_choice_that_explains_makes_the_ratio_from_one(ratio, risk):
    needed = choice_that_explains(ratio, risk)
    assert selection_factor((risk, 0.5), needed, 1.0) == pytest.approx(ratio, rel=1e-8)


def test_draws_of_one_choice_are_the_estimate_over_its_factor_and_chance():
    ones, nobody = np.full(20000, 1.0), np.full(20000, np.nan)
    drawn = Chosen(2 * ones, ones, nobody, nobody)
    found = freed_of_selection(np.log(1.5), 0.2, (0.5, 0.5), drawn, np.random.default_rng(1))
    wanted = 1.5 * np.log(2 / 3) / np.log(1 / 2)
    assert found.systematic_low == found.systematic_high == pytest.approx(wanted, rel=SUMMATION)
    assert found.value == pytest.approx(wanted, rel=0.01)
    assert np.log(found.high / found.low) == pytest.approx(2 * 1.96 * 0.2, rel=0.03)


def test_draws_that_cannot_be_are_left_out_or_refused():
    times = np.tile([3.0, 1.0], 500)
    shares, nobody = np.full(1000, 0.9), np.full(1000, np.nan)
    drawn = Chosen(times, np.ones(1000), shares, nobody)
    assert freed_of_selection(0.1, 0.1, (0.5, 0.5), drawn, np.random.default_rng(1)).draws == 500
    none = Chosen(np.full(1000, 3.0), np.ones(1000), shares, nobody)
    with pytest.raises(NotEstimableError, match="fit the shares"):
        freed_of_selection(0.1, 0.1, (0.5, 0.5), none, np.random.default_rng(1))


@pytest.mark.parametrize(("risk", "times"), [(0.0, 2.0), (1.0, 2.0), (np.nan, 1.0), (0.5, 0.0), (0.5, np.inf)])
def test_what_is_no_risk_or_no_ratio_is_refused(risk, times):
    with pytest.raises(NotEstimableError):
        risk_of_everybody(risk, times)
    with pytest.raises(NotEstimableError):
        choice_that_explains(times if risk == 0.5 else 1.5, risk)
