"""Weights for who came into a cohort against R's glm, by hand, and against what they must not depend on."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import selection_weights as module
from sequela.stats.selection_weights import discrete_hazard, selection_weights
from tests.golden.read import number, numbers, rows
from tests.golden.tolerances import NEWTON

DATA, EXPECTED = rows("selection_weights", "data"), rows("selection_weights", "expected")
OPENED, TIME, CLOSED, GROUP = (numbers(DATA, name) for name in ("opened", "time", "closed", "group"))
CAME = numbers(DATA, "came") > 0
X = np.column_stack([numbers(DATA, name) for name in ("age", "hgb", "year")])


def expected(group, statistic):
    of = [row for row in EXPECTED if (row["group"], row["statistic"]) == (group, statistic)]
    return {row["at"]: number(row["value"]) for row in of}


def test_models_probabilities_and_weights_are_those_of_r():
    found = selection_weights(OPENED, TIME, CAME, CLOSED, GROUP, X)
    for code in (0, 1):
        model = found.models[code]
        wanted = list(expected(str(code), "coefficient").values())
        assert model.coefficients == pytest.approx(wanted, rel=100 * NEWTON)
        errors = list(expected(str(code), "std_error").values())
        assert np.sqrt(np.diag(model.covariance)) == pytest.approx(errors, rel=100 * NEWTON)
        assert model.log_likelihood == pytest.approx(expected(str(code), "log_likelihood")[""], rel=NEWTON)
    probability = expected("", "probability")
    assert found.probability.sum() == pytest.approx(probability.pop("sum"), rel=100 * NEWTON)
    for place, value in probability.items():
        assert found.probability[int(place) - 1] == pytest.approx(value, rel=100 * NEWTON)
    weights = expected("", "weight")
    assert np.nanmax(found.weight) == pytest.approx(weights["largest"], rel=100 * NEWTON)
    assert np.nansum(found.weight**2) == pytest.approx(weights["sum of squares"], rel=100 * NEWTON)
    assert (np.isfinite(found.weight) == (CAME & (TIME > OPENED))).all()


EIGHT = {"opened": np.zeros(8), "time": np.full(8, 10.0), "closed": np.full(8, 10.0), "group": np.zeros(8)}
FEW_OF_ONE_KIND = np.array([True, False, False, False, True, True, True, False])
KIND = np.repeat([0.0, 1.0], 4)


def test_probabilities_and_weights_by_hand(monkeypatch):
    """One of four came, and three of four of the other kind: 1/4 and 3/4, so weights of 1/2 over each: 2 and 2/3."""
    monkeypatch.setattr(module, "TRUNCATED", (0.0, 1.0))
    found = selection_weights(came=FEW_OF_ONE_KIND, covariates=KIND, **EIGHT)
    assert found.probability == pytest.approx([1 / 4] * 4 + [3 / 4] * 4, rel=NEWTON)
    assert found.weight[FEW_OF_ONE_KIND] == pytest.approx([2, 2 / 3, 2 / 3, 2 / 3], rel=NEWTON)


def test_a_constant_hazard_by_hand():
    """Of two patients at risk for one day each and one for three, chances are 1 - h, with h to the time at risk.

    One of the two comes. With s the chance to stay a day the likelihood is (1 - s) s s^3: s is 4/5.
    """
    found = discrete_hazard([0, 0, 2], [1, 1, 5], [True, False, False], np.zeros((3, 0)))
    assert np.exp(-np.exp(found.coefficients[0])) == pytest.approx(4 / 5, rel=NEWTON)
    chance = found.probability(np.array([0.0, 3.0]), np.array([2.0, 3.0]), np.zeros((2, 0)))
    assert chance == pytest.approx([1 - 16 / 25, 0])


def test_who_could_not_come_before_a_day_is_not_at_risk_before_it():
    """The same three patients with the clock set on by 100 days that do not count."""
    moved = discrete_hazard([100, 100, 102], [101, 101, 105], [True, False, False], np.zeros((3, 0)))
    assert np.exp(-np.exp(moved.coefficients[0])) == pytest.approx(4 / 5, rel=NEWTON)


def test_weights_do_not_depend_on_the_units_of_time_and_covariates():
    base = selection_weights(OPENED, TIME, CAME, CLOSED, GROUP, X)
    other = selection_weights(30 * OPENED, 30 * TIME, CAME, 30 * CLOSED, GROUP, 10 * X - 5)
    assert other.weight == pytest.approx(base.weight, rel=100 * NEWTON, nan_ok=True)


@pytest.mark.parametrize(
    ("came", "covariates", "said"),
    [
        (np.zeros(8, bool), KIND, "nobody at risk has the event"),
        (KIND > 0, KIND, "tell those who came apart"),
        (FEW_OF_ONE_KIND, np.zeros(8), "constant column"),
        (FEW_OF_ONE_KIND, np.full(8, np.nan), "missing or infinite covariate"),
        (FEW_OF_ONE_KIND, np.zeros(3), "covariates"),
    ],
)
def test_what_carries_no_model_is_refused(came, covariates, said):
    with pytest.raises(NotEstimableError, match=said):
        selection_weights(came=came, covariates=covariates, **EIGHT)
