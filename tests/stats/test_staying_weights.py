"""Weights for loss to follow-up against R, by hand, and where the truth is known."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import staying_weights as module
from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier, survival_at
from sequela.stats.staying_weights import staying_weights
from tests.golden.read import number, numbers, rows
from tests.golden.tolerances import NEWTON

DATA, EXPECTED = rows("staying_weights", "data"), rows("staying_weights", "expected")
TIME, EVENT, GROUP = numbers(DATA, "rfstime"), numbers(DATA, "status") > 0, numbers(DATA, "hormon")
X = np.column_stack([numbers(DATA, "age"), numbers(DATA, "nodes")])


def expected(cuts, statistic):
    of = [row for row in EXPECTED if (row["cuts"], row["statistic"]) == (cuts, statistic)]
    return {row["at"]: number(row["value"]) for row in of}


@pytest.mark.parametrize("cuts", ["all", "40"])
def test_weights_and_weighted_answers_are_those_of_r(cuts, monkeypatch):
    monkeypatch.setattr(module, "MOST_CUTS", 10_000 if cuts == "all" else 40)
    found = staying_weights(TIME, EVENT, ~EVENT, GROUP, X)
    assert list(found.loss.coefficients) == pytest.approx(list(expected("all", "loss").values()), rel=NEWTON)
    assert found.weight.size == expected(cuts, "rows")[""]
    weights = expected(cuts, "weight")
    assert found.weight.sum() == pytest.approx(weights["sum"], rel=100 * NEWTON)
    assert found.weight.max() == pytest.approx(weights["largest"], rel=100 * NEWTON)
    assert found.weight[2999] == pytest.approx(weights["of row 3000"], rel=100 * NEWTON)
    pieces = {"entry": found.start, "weights": found.weight, "cluster": found.patient}
    fit = cox(found.stop, found.event, GROUP[found.patient], **pieces)
    outcome = expected(cuts, "outcome")
    assert fit.coefficients[0] == pytest.approx(outcome["coefficient"], rel=100 * NEWTON)
    assert fit.std_errors[0] == pytest.approx(outcome["std_error"], rel=100 * NEWTON)
    for code in (0, 1):
        of = GROUP[found.patient] == code
        mine = {name: column[of] for name, column in pieces.items()}
        read = survival_at(kaplan_meier(found.stop[of], found.event[of], **mine), [500, 1500, 2200])
        for place, day in enumerate((500, 1500, 2200)):
            name = f"hormon={code} {day}"
            assert read.survival[place] == pytest.approx(expected(cuts, "survival")[name], rel=100 * NEWTON)
            assert read.std_error[place] == pytest.approx(expected(cuts, "std_error")[name], rel=100 * NEWTON)


def test_a_covariate_that_tells_the_lost_apart_is_no_model():
    time, event = np.array([1.0, 3, 4, 5]), np.array([False, True, True, True])
    with pytest.raises(NotEstimableError, match="tells the lost apart"):
        staying_weights(time, event, ~event, np.zeros(4), np.array([1.0, 0, 0, 0]))


def test_weights_by_hand():
    """Six patients; on day 1 two of the three with x = 1 are lost, and one of the three others.

    The hazard ratio of loss r solves 3 = sum over losses of the expected x: 2 / 3 = r / (1 + r), so r = 2. Three
    losses over a score of 3 r + 3 = 9 are a hazard of 1/3 for x = 0 and 2/3 for x = 1; without x it is 3 / 6.
    """
    time = np.array([1.0, 1, 4, 1, 5, 6])
    lost = np.array([1, 1, 0, 1, 0, 0], bool)
    found = staying_weights(time, ~lost, lost, np.zeros(6), np.array([1.0, 1, 1, 0, 0, 0]))
    assert np.exp(found.loss.coefficients[0]) == pytest.approx(2)
    late = found.start == 1
    assert found.patient[late].tolist() == [2, 4, 5]
    raw = np.exp([2 / 3 - 1 / 2, 1 / 3 - 1 / 2, 1 / 3 - 1 / 2])
    limits = np.quantile([1.0] * 3 + raw.tolist(), [0.01, 0.99])
    assert found.weight[late] == pytest.approx(np.clip(raw, *limits))


def test_a_coefficient_of_zero_gives_weights_of_one():
    time = np.array([1.0, 1, 2, 2, 3, 3, 4, 4])
    lost = np.array([1, 1, 0, 0, 1, 1, 0, 0], bool)
    event = ~lost
    found = staying_weights(time, event, lost, np.zeros(8), np.tile([0.0, 1.0], 4))
    assert found.loss.coefficients[0] == pytest.approx(0, abs=1e-9)
    assert found.weight == pytest.approx(np.ones(found.weight.size))
    assert found.patient.tolist() == [0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7]
    assert found.start[-3:].tolist() == [0, 1, 3] and found.stop[-3:].tolist() == [1, 3, 4]
    assert found.event.sum() == event.sum()


def test_an_event_of_the_day_of_a_loss_comes_first():
    """Of x = 1 one is lost on day 2 and one has the event on day 2, who is then not at risk of loss.

    At the two losses remain, with x = 1, the lost and one more, with x = 0 the lost and two more: one half is
    2 r / (2 r + 3), so r = 1.5. Were the patient with the event still there, r would be 1.
    """
    time = np.array([2.0, 2, 3, 2, 3, 4])
    lost = np.array([0, 1, 0, 1, 0, 0], bool)
    found = staying_weights(time, ~lost, lost, np.zeros(6), np.array([1.0, 1, 1, 0, 0, 0]))
    assert np.exp(found.loss.coefficients[0]) == pytest.approx(1.5)


def test_loss_that_a_covariate_explains_is_undone():
    """Frail patients have the event three times as fast and are lost in one group only; the drug does nothing."""
    rng = np.random.default_rng(4)
    n = 6000
    group, frail = rng.integers(0, 2, n), rng.integers(0, 2, n)
    time = rng.exponential(1, n) / np.where(frail > 0, 3.0, 1.0)
    leaves = rng.exponential(1, n) / np.where((frail > 0) & (group > 0), 1.5, 0.05)
    stop = np.minimum(np.minimum(time, leaves), 1.0)
    event, lost = time <= stop, (leaves < time) & (leaves < 1.0)
    crude = cox(stop, event, group)
    assert np.exp(crude.coefficients[0]) < 0.92
    # The covariate acts in one group only, which a product tells.
    found = staying_weights(stop, event, lost, group, np.column_stack([frail, frail * group]))
    pieces = {"entry": found.start, "weights": found.weight, "cluster": found.patient}
    fit = cox(found.stop, found.event, group[found.patient], **pieces)
    assert np.exp(fit.coefficients[0]) == pytest.approx(1, abs=0.05)


def test_nobody_lost_is_no_model():
    with pytest.raises(NotEstimableError, match="nobody was lost"):
        staying_weights([1.0, 2], [True, False], [False, False], [0, 1], [0.0, 1])
