"""Sequential trials against rows spelled out in R and here, against each other, and in a simulated truth."""

from dataclasses import replace

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import sequential_trials as st
from sequela.stats.logistic import logistic
from sequela.stats.pooled_logistic import PooledModel, follow_up_by_interval, pooled_logistic
from sequela.stats.sequential_trials import (
    Candidates,
    at_horizon,
    average_ratio,
    effect_of_assignment,
    effect_of_following,
    enter_trials,
    stack_trials,
)
from tests.golden.read import number, numbers, rows
from tests.golden.tolerances import NEWTON, SUMMATION

DATA, EXPECTED = rows("sequential_trials", "data"), rows("sequential_trials", "expected")
EFFECTS = {"assignment": effect_of_assignment, "following": effect_of_following}
ORDER = ("(Intercept)", "treated", "age", "ill", "begun", "middle", "treated:middle")


def candidates(time, event, started, known=None, halfway=None, at_start=None, reach=9):
    n = len(time)
    none = np.zeros((n, reach, 0))
    return Candidates(
        np.asarray(time, float),
        np.asarray(event, bool),
        np.asarray(started, float),
        none if known is None else known,
        none if halfway is None else halfway,
        np.zeros((n, 0)) if at_start is None else at_start,
    )


@pytest.fixture
def golden(monkeypatch):
    monkeypatch.setattr(st, "KNOTS", ())
    monkeypatch.setattr(st, "TRUNCATED_WEIGHT", 1.0)
    started = numbers(DATA, "started")
    started = np.where(np.isnan(started), np.inf, started)
    age = numbers(DATA, "age")
    ill = np.column_stack([numbers(DATA, f"X{j}") for j in range(1, 20)])
    both = np.stack([np.broadcast_to(age[:, None], ill.shape), ill], axis=2)
    place = np.where(np.isfinite(started), np.floor(2 * np.where(np.isfinite(started), started, 0)), 0).astype(int)
    at_start = both[np.arange(age.size), np.minimum(place, 18)]
    time, event = numbers(DATA, "time"), numbers(DATA, "event") > 0
    return stack_trials(candidates(time, event, started, both[:, 0:18:2], both[:, 1:19:2], at_start), 4, 5)


@pytest.mark.parametrize("analysis", EFFECTS)
def test_stacked_trials_are_those_of_rows_in_r(analysis, golden):
    effect = EFFECTS[analysis](golden, np.ones(220))
    wanted = [row for row in EXPECTED if row["analysis"] == analysis]
    plain = average_ratio(golden, effect)
    found = {
        "rows": lambda at: (effect.follow.weight > 0).sum(),
        "events": lambda at: effect.follow.event[effect.follow.weight > 0].sum(),
        "heaviest": lambda at: effect.weights[effect.follow.weight > 0].max(),
        "coefficient": lambda at: effect.fit.coefficients[ORDER.index(at)],
        "log_odds_ratio": lambda at: plain.coefficients[1],
        "robust_error": lambda at: np.sqrt(plain.covariance[1, 1]),
        "curve1": lambda at: effect.treated[int(at) - 1],
        "curve0": lambda at: effect.untreated[int(at) - 1],
    }
    for row in wanted:
        value = number(row["value"])
        assert found[row["statistic"]](row["at"]) == pytest.approx(value, rel=NEWTON, abs=NEWTON), row


def test_four_patients_by_hand():
    """Trials at 0 and 1. a starts at 0, event at 2.5; b starts at 1.25, to 3; c never, event at 0.5; d never, to 4.

    Trial 0: a treated, b, c, d not. Trial 1: b treated from 1.25 on, followed for 1.75; b until then and d not; c has
    had the event.
    """
    entries = enter_trials(candidates([2.5, 3, 0.5, 4], [1, 0, 1, 0], [0, 1.25, np.inf, np.inf]), 2)
    assert entries.person.tolist() == [0, 1, 1, 2, 3, 1, 3]
    assert entries.begun.tolist() == [0, 1.25, 0, 0, 0, 1, 1]
    assert entries.treated.tolist() == [True, True] + [False] * 5
    assert entries.time.tolist() == [2.5, 1.75, 3, 0.5, 4, 2, 3]
    assert entries.leaves.tolist() == [np.inf, np.inf, 1.25, np.inf, np.inf, 0.25, np.inf]
    follow = follow_up_by_interval(np.array([2.5, 1.75, 2.0]), np.array([True, False, True]), 4)
    assert follow.weight.tolist() == [[1, 1, 1, 0], [1, 0.75, 0, 0], [1, 1, 0, 0]]
    assert follow.event.tolist() == [[False, False, True, False], [False] * 4, [False, True, False, False]]


def test_an_event_on_the_day_of_the_start_is_one_of_the_untreated():
    entries = enter_trials(candidates([2.0, 3], [1, 1], [2.0, 0.0]), 2)
    assert entries.treated.tolist() == [True, False, False]
    assert (entries.time == entries.leaves)[1] and entries.event[1]


def test_the_fit_without_rows_is_the_fit_with_rows():
    rng = np.random.default_rng(2)
    time, event = rng.exponential(4, 150) + 0.01, rng.random(150) < 0.7
    follow = follow_up_by_interval(time, event, 6)
    basis = np.column_stack([np.arange(6), np.arange(6) ** 2.0])
    model = PooledModel(rng.random(150) < 0.5, rng.normal(size=(150, 2)), basis, products=True)
    fit = pooled_logistic(follow, model)
    i, j = np.nonzero(follow.weight > 0)
    treated = model.treated[i].astype(float)
    columns = np.column_stack([treated, model.covariates[i], basis[j], treated[:, None] * basis[j]])
    long = logistic(follow.event[i, j], columns, follow.weight[i, j])
    np.testing.assert_allclose(fit.coefficients, long.coefficients, rtol=NEWTON, atol=NEWTON)
    np.testing.assert_allclose(fit.covariance, long.covariance, rtol=NEWTON, atol=NEWTON)
    again = pooled_logistic(follow, model, np.arange(150), fit.coefficients)
    np.testing.assert_allclose(again.coefficients, fit.coefficients, rtol=NEWTON, atol=NEWTON)


def test_a_person_who_counts_twice_is_two_persons(golden):
    twice = np.ones(220)
    twice[:40] = 2
    one = golden.candidates
    chosen = np.concatenate([np.arange(220), np.arange(40)])
    parts = (one.time, one.event, one.started, one.covariates, one.halfway, one.at_start)
    doubled = stack_trials(Candidates(*(part[chosen] for part in parts)), 4, 5)
    weighted, copied = effect_of_following(golden, twice), effect_of_following(doubled, np.ones(260))
    np.testing.assert_allclose(weighted.treated, copied.treated, rtol=NEWTON)
    np.testing.assert_allclose(weighted.untreated, copied.untreated, rtol=NEWTON)


def test_the_mean_up_to_a_horizon_is_the_area_below_straight_lines():
    # 1 to 0.8 over the first interval, 0.8 to 0.5 over the second: 0.9 + (0.8 + 0.65) / 2 / 2.
    assert at_horizon(np.array([0.8, 0.5]), 1.5) == pytest.approx((0.65, 0.9 + 0.3625), rel=SUMMATION)


def _confounded(rng, n, log_ratio):
    """Return patients whose illness comes and goes, makes starting likelier and the event likelier."""
    steps, reach = 20, 24
    ill = np.zeros((n, reach + 1), bool)
    ill[:, 0] = rng.random(n) < 0.3
    time, started = np.full(n, float(reach)), np.full(n, np.inf)
    event = np.zeros(n, bool)
    onset = np.zeros((n, 2 * reach, 1))
    at_start = np.full((n, 1), np.nan)
    for month in range(reach):
        going = time == reach
        onset[:, 2 * month : 2 * month + 2, 0] = ill[:, month, None]
        for step in range(steps):
            now = month + step / steps
            begins = going & np.isinf(started) & (rng.random(n) < np.where(ill[:, month], 0.12, 0.02) / steps)
            started[begins], at_start[begins, 0] = now, ill[begins, month]
            rate = 0.03 * np.exp(1.2 * ill[:, month] + log_ratio * (started <= now)) / steps
            dies = going & (rng.random(n) < rate)
            time[dies], event[dies] = now + 0.9 / steps, True
            going &= ~dies
        ill[:, month + 1] = rng.random(n) < np.where(ill[:, month], 0.8, 0.1)
    started = np.where(started < time, started, np.inf)
    return Candidates(time, event, started, onset[:, ::2], onset[:, 1::2], at_start)


def test_no_effect_is_found_as_none_where_naive_groups_show_one():
    people = _confounded(np.random.default_rng(4), 6000, 0.0)
    stacked = stack_trials(people, 10, 12)
    for effect in EFFECTS.values():
        found = effect(stacked, np.ones(6000))
        assert found.treated[-1] == pytest.approx(found.untreated[-1], abs=0.025)
        assert abs(average_ratio(stacked, found).coefficients[1]) < 0.1
    bare = replace(people, covariates=np.zeros((6000, 24, 0)), halfway=np.zeros((6000, 24, 0)))
    blind = stack_trials(replace(bare, at_start=np.zeros((6000, 0))), 10, 12)
    crude = effect_of_assignment(blind, np.ones(6000))
    assert crude.untreated[-1] - crude.treated[-1] > 0.03


def test_a_real_effect_is_diluted_by_assignment_and_found_by_following():
    people = _confounded(np.random.default_rng(5), 12000, -0.7)
    stacked = stack_trials(people, 10, 12)
    assigned, followed = (effect(stacked, np.ones(12000)) for effect in EFFECTS.values())
    ratio = average_ratio(stacked, followed)
    error = np.sqrt(ratio.covariance[1, 1])
    # An odds ratio per month of monthly risks of some 5 % is a little further from 1 than the hazard ratio.
    assert ratio.coefficients[1] == pytest.approx(-0.7, abs=3 * error) and error < 0.08
    assert -0.7 < average_ratio(stacked, assigned).coefficients[1] < ratio.coefficients[1] / 2


@pytest.mark.parametrize(
    ("started", "event", "said"),
    [
        ([np.inf] * 6, [1, 1, 0, 1, 0, 1], "nobody who starts"),
        ([0.0] * 6, [1, 1, 0, 1, 0, 1], "nobody who does not"),
        ([0, 0, 0, np.inf, np.inf, np.inf], [0] * 6, "no event"),
        ([0, 0, 0, np.inf, np.inf, np.inf], [0, 0, 0, 1, 1, 0], "no event among the treated"),
    ],
)
def test_what_cannot_be_compared_says_so(started, event, said):
    with pytest.raises(NotEstimableError, match=said):
        effect_of_assignment(stack_trials(candidates([3, 4, 5, 3, 4, 5], event, started), 1, 4), np.ones(6))


def test_covariates_that_are_sums_of_others_say_so():
    rng = np.random.default_rng(1)
    one = rng.normal(size=(60, 9, 1))
    known = np.concatenate([one, 2 * one + 1], axis=2)
    people = candidates(
        rng.exponential(3, 60) + 0.1,
        rng.random(60) < 0.8,
        np.where(np.arange(60) % 2, 0.0, np.inf),
        known,
        known,
        known[:, 0],
    )
    with pytest.raises(NotEstimableError, match="sums of others"):
        effect_of_assignment(stack_trials(people, 1, 5), np.ones(60))


def test_one_trial_is_a_trial():
    rng = np.random.default_rng(3)
    people = candidates(
        rng.exponential(4, 80) + 0.1, rng.random(80) < 0.8, np.where(np.arange(80) % 2, 0.0, np.inf), reach=9
    )
    stacked = stack_trials(people, 1, 6)
    assert stacked.model.covariates.shape == (80, 0)
    assigned, followed = (effect(stacked, np.ones(80)) for effect in EFFECTS.values())
    assert assigned.treated.tolist() == followed.treated.tolist()
