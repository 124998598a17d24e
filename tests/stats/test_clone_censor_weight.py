"""Clone, censor, weight against person-days spelled out in R, by hand, and in a simulated truth."""

from dataclasses import replace

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import clone_censor_weight as ccw
from sequela.stats.clone_censor_weight import Eligible, clones_that_do_not, clones_that_start, strategy_curve
from tests.golden.read import number, numbers, rows
from tests.golden.tolerances import NEWTON, SUMMATION

DATA, EXPECTED = rows("clone_censor_weight", "data"), rows("clone_censor_weight", "expected")
MAKE = {"start": clones_that_start, "do not start": clones_that_do_not}


def eligible(time, event, started, grace, covariates=None):
    x = np.zeros((len(time), 0)) if covariates is None else np.asarray(covariates, float)
    return Eligible(np.asarray(time, float), np.asarray(event, bool), np.asarray(started, float), x, float(grace))


@pytest.fixture
def patients():
    started = numbers(DATA, "started")
    columns = np.column_stack([numbers(DATA, "age"), numbers(DATA, "frail")])
    return eligible(
        numbers(DATA, "time"), numbers(DATA, "event") > 0, np.where(np.isnan(started), np.inf, started), 30, columns
    )


@pytest.mark.parametrize("strategy", MAKE)
def test_curves_are_those_of_person_days_in_r(strategy, patients, monkeypatch):
    monkeypatch.setattr(ccw, "TRUNCATED_WEIGHT", 1.0)
    clones = MAKE[strategy](patients)
    curve = strategy_curve(clones)
    wanted = [row for row in EXPECTED if row["strategy"] == strategy]
    for row in wanted:
        found = {
            "censored": lambda at: clones.censored.sum(),
            "heaviest": lambda at: clones.weights.max(),
            "survival": curve.at,
            "mean": curve.mean_until,
        }[row["statistic"]](number(row["at"]))
        assert found == pytest.approx(number(row["value"]), rel=NEWTON), row


def test_five_patients_by_hand():
    """Grace 10. Start: a starts at 5, dies at 20; b starts at 8, lives to 30; c never, dies at 6; d never, to 40; e
    never, dies at 25. At the end of grace a, b, d, e are at risk and a, b had started: a share of 1/2, weight 2.
    Start: 5 at risk at 6 (c dies): 4/5; then a (2) and b (2): at 20, a dies: 1/2. Not: a is censored at 5 and b at 8.
    """
    patients = eligible([20, 30, 6, 40, 25], [1, 0, 1, 0, 1], [5, 8, np.inf, np.inf, np.inf], 10)
    start = strategy_curve(clones_that_start(patients))
    assert [start.at(t) for t in (5, 6, 19, 20, 30)] == pytest.approx([1, 0.8, 0.8, 0.4, 0.4], rel=SUMMATION)
    assert start.mean_until(20) == pytest.approx(6 + 0.8 * 14, rel=SUMMATION)
    clones = clones_that_do_not(patients)
    assert clones.censored.tolist() == [True, True, False, False, False]
    other = strategy_curve(clones)
    # At 6: b, c, d, e at risk, one dies: 3/4. Then d and e: at 25 half.
    assert [other.at(t) for t in (6, 24, 25)] == pytest.approx([0.75, 0.75, 0.375], rel=SUMMATION)


def test_an_event_on_the_day_of_the_start_counts_under_both():
    patients = eligible([5, 20, 30, 30], [1, 1, 0, 0], [5, 2, np.inf, np.inf], 10)
    assert not clones_that_do_not(patients).censored[0]
    assert clones_that_start(patients).event[0]


def _treated(rng, n, effect):
    """Frail patients die sooner and start less; the drug multiplies the hazard by `effect` from its start on."""
    frail = rng.random(n) < 0.5
    hazard = np.where(frail, 0.03, 0.01)
    wait = rng.exponential(1, n) / np.where(frail, 0.01, 0.08)
    before = rng.exponential(1, n) / hazard
    after = wait + rng.exponential(1, n) / (hazard * effect)
    death = np.where(before < wait, before, after)
    time = np.ceil(np.minimum(death, 150))
    started = np.where(wait < death, np.ceil(wait), np.inf)
    return eligible(time, death <= 150, np.where(started <= time, started, np.inf), 30, frail[:, None])


def test_no_effect_is_found_as_none_where_naive_groups_show_one():
    patients = _treated(np.random.default_rng(4), 20000, 1.0)
    start, other = (strategy_curve(make(patients)) for make in MAKE.values())
    assert start.at(120) == pytest.approx(other.at(120), abs=0.02)
    early = patients.started <= 30
    naive = [(patients.time[side] > 120).mean() for side in (early, ~early)]
    assert naive[0] - naive[1] > 0.1
    blind = replace(patients, covariates=np.zeros((20000, 0)))
    crude = [strategy_curve(make(blind)).at(120) for make in MAKE.values()]
    assert crude[0] - crude[1] > 0.05


def test_a_real_effect_is_found():
    patients = _treated(np.random.default_rng(5), 20000, 0.4)
    start, other = (strategy_curve(make(patients)) for make in MAKE.values())
    assert start.mean_until(120) - other.mean_until(120) > 5


@pytest.mark.parametrize(
    ("time", "event", "started", "grace"),
    [([], [], [], 10), ([0, 3], [1, 1], [1, 1], 10), ([5, 6], [1, 1], [-1, 2], 10), ([5, 6], [1, 1], [1, 2], 0)],
)
def test_what_is_no_trial_says_so(time, event, started, grace):
    with pytest.raises(NotEstimableError):
        eligible(time, event, started, grace)


def test_a_strategy_that_nobody_follows_says_so():
    with pytest.raises(NotEstimableError, match="nobody"):
        clones_that_start(eligible([50, 60], [1, 1], [np.inf, 40], 10))
