"""What the choice of patients can do at most: R's root finder, hand-worked fractions, and worlds of one property."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.e_value import e_value, selection_bound, selection_e_value, selection_that_explains
from tests.golden.read import number, rows
from tests.golden.tolerances import ROOT

EXPECTED = rows("selection_bound", "expected")


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: f"{row['statistic']} {row['ratio']} {row['outcome']}")
def test_bounds_and_their_roots_are_those_of_r(row):
    if row["statistic"] == "bound":
        found = selection_bound((2.5, 3), (1.25, 2))
    elif row["statistic"] == "e_value":
        found = selection_e_value(*(number(row["ratio"]),) * 3).estimate
    else:
        found = selection_that_explains(number(row["ratio"]), number(row["outcome"]))
    assert found == pytest.approx(number(row["value"]), rel=ROOT)


def test_by_hand():
    """Four ratios of 2 make (4 / 3)^2; a ratio of 16/9 needs them, below 1 as above; the outcome bounds any choice."""
    assert selection_bound((2, 2), (2, 2)) == pytest.approx(float(Fraction(16, 9)))
    assert selection_e_value(16 / 9, 16 / 9, 16 / 9).estimate == pytest.approx(2)
    assert selection_e_value(9 / 16, 9 / 16, 9 / 16).estimate == pytest.approx(2)
    assert selection_that_explains(16 / 9, 2) == pytest.approx(2)
    assert selection_that_explains(9 / 16, 0.5) == pytest.approx(2)
    assert selection_that_explains(4, 2) == np.inf
    assert selection_that_explains(1, 3) == 1


def test_an_interval_that_holds_one_needs_no_choice_and_choice_explains_more_than_one_confounder():
    found = selection_e_value(1.5, 0.9, 2.5)
    assert found.limit == 1
    assert 1 < found.estimate < e_value(1.5, 0.9, 2.5).estimate


SHARES = st.floats(0.05, 0.95)


@given(
    has=st.tuples(SHARES, SHARES),
    chosen=st.tuples(SHARES, SHARES, SHARES, SHARES),
    risk=st.tuples(SHARES, SHARES, SHARES, SHARES),
)
def test_no_world_of_one_hidden_property_is_beyond_the_bound(has, chosen, risk):
    """Shares with it by group; chances to be chosen and risks by group and property: both ratios are counted out."""
    has = np.array(has)
    share = np.stack([1 - has, has], axis=1)
    chosen, risk = np.array(chosen).reshape(2, 2), np.array(risk).reshape(2, 2)
    among, others = share * chosen, share * (1 - chosen)
    among, others = among / among.sum(axis=1, keepdims=True), others / others.sum(axis=1, keepdims=True)
    everybody, seen = (share * risk).sum(axis=1), (among * risk).sum(axis=1)
    outcome = risk.max(axis=1) / risk.min(axis=1)
    up = selection_bound(tuple(outcome), ((among[0] / others[0]).max(), (others[1] / among[1]).max()))
    down = selection_bound(tuple(outcome), ((others[0] / among[0]).max(), (among[1] / others[1]).max()))
    moved = (seen[0] / seen[1]) / (everybody[0] / everybody[1])
    assert 1 / down - 1e-9 <= moved <= up + 1e-9


@pytest.mark.parametrize("wrong", [(0.0, 2.0), (2.0, -1.0), (np.nan, 2.0), (2.0, np.inf)])
def test_what_is_no_ratio_is_refused(wrong):
    with pytest.raises(NotEstimableError):
        selection_that_explains(*wrong)
    with pytest.raises(NotEstimableError):
        selection_bound(wrong, (2.0, 2.0))
