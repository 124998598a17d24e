"""Strategies over time against clones and courses spelled out in R, by hand, and where the truth is drawn."""

from dataclasses import replace

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import marginal_structural as ms
from sequela.stats import sequential_trials as st
from sequela.stats.g_formula import course_models, simulated_courses
from sequela.stats.marginal_structural import marginal_structural, strategies_followed, structural_ratio
from sequela.stats.treatment_over_time import PatientsOverTime, chance
from tests.golden.read import number, numbers, rows
from tests.golden.tolerances import DRAWN_COURSES, NEWTON, SUMMATION

DATA, EXPECTED = rows("strategies_over_time", "data"), rows("strategies_over_time", "expected")
OUTCOME = ("(Intercept)", "treated", "ill", "so_far", "x", "middle")
NEXT = ("(Intercept)", "ill", "so_far", "treated", "x", "middle")


def over_time(time, event, started, baseline=None, changing=None, reach=6):
    n = len(time)
    return PatientsOverTime(
        np.asarray(time, float),
        np.asarray(event, bool),
        np.asarray(started, float),
        np.zeros((n, 0)) if baseline is None else baseline,
        np.zeros((n, reach, 0)) if changing is None else changing,
    )


@pytest.fixture
def golden(monkeypatch):
    monkeypatch.setattr(st, "KNOTS", ())
    monkeypatch.setattr(ms, "TRUNCATED_WEIGHT", 1.0)
    started = numbers(DATA, "started")
    ill = np.column_stack([numbers(DATA, f"X{k}") for k in range(1, 5)])[:, :, None]
    return over_time(
        numbers(DATA, "time"),
        numbers(DATA, "event") > 0,
        np.where(np.isnan(started), np.inf, started),
        numbers(DATA, "x")[:, None],
        ill,
    )


def wanted(*statistics):
    return [row for row in EXPECTED if row["statistic"] in statistics]


def test_weighted_clones_are_those_of_rows_in_r(golden):
    effect = marginal_structural(golden, 2, 4, np.ones(400))
    ratio = structural_ratio(effect)
    by_code = {"1": effect.strategies[0], "0": effect.strategies[1]}
    found = {
        "rows": lambda at: (by_code[at].follow.weight > 0).sum(),
        "events": lambda at: by_code[at].follow.event.sum(),
        "heaviest": lambda at: by_code[at].weights[by_code[at].follow.weight > 0].max(),
        "mean_weight": lambda at: by_code[at].weights[by_code[at].follow.weight > 0].mean(),
        "structural1": lambda at: effect.start[int(at) - 1],
        "structural0": lambda at: effect.never[int(at) - 1],
        "log_odds_ratio": lambda at: ratio,
    }
    for row in wanted(*found):
        assert found[row["statistic"]](row["at"]) == pytest.approx(number(row["value"]), rel=NEWTON), row


def test_models_of_what_comes_next_are_those_of_r(golden):
    models = course_models(golden, 4, np.ones(400))
    for row in wanted("outcome"):
        found = models.outcome.coefficients[OUTCOME.index(row["at"])]
        assert found == pytest.approx(number(row["value"]), rel=NEWTON, abs=NEWTON), row
    for row in wanted("goes_on"):
        found = models.changing[0].chances[0].coefficients[NEXT.index(row["at"])]
        assert found == pytest.approx(number(row["value"]), rel=NEWTON, abs=NEWTON), row


def test_drawn_courses_come_to_the_sum_over_all_courses(golden):
    drawn = simulated_courses(course_models(golden, 4, np.ones(400)), 2, 200_000, np.random.default_rng(1))
    for row in wanted("start", "never", "natural"):
        found = getattr(drawn, row["statistic"])[int(row["at"]) - 1]
        assert found == pytest.approx(number(row["value"]), abs=DRAWN_COURSES), row


def test_six_patients_by_hand(monkeypatch):
    """Grace of 2. Two of six start in the first interval, one of the four left in the second; no covariates.

    Never: the weight of the second interval is (1 - 2/6) over itself, 1. Start: from time 2 on three of six follow,
    a share of 1/2; who started in the second interval weighs 1/2 over 1/4, the other two 1/2.
    """
    monkeypatch.setattr(ms, "TRUNCATED_WEIGHT", 1.0)
    people = over_time([4, 4, 4, 4, 4, 4], [0, 1, 0, 1, 0, 1], [0.5, 0, 1.5, np.inf, np.inf, np.inf], reach=4)
    start, never = strategies_followed(people, 2, 4, np.ones(6))
    assert start.left.tolist() == [False] * 3 + [True] * 3
    np.testing.assert_allclose(start.weights[:, :2], 1)
    np.testing.assert_allclose(start.weights[:3, 2], [0.5, 0.5, 2.0], rtol=1e-6)
    assert never.left.tolist() == [True] * 3 + [False] * 3
    assert never.follow.weight[:, 0].tolist() == [0.5, 0, 1, 1, 1, 1]
    assert never.follow.weight[2].tolist() == [1, 0.5, 0, 0]
    # The first starts at 0.5 and 0, the second at 1.5: a quarter and a half of an interval pass before.
    np.testing.assert_allclose(never.weights, 1, rtol=1e-6)


def test_a_chance_that_never_varies_is_a_constant():
    always = chance(np.ones(5, bool), np.arange(5.0)[:, None], np.ones(5))
    assert always.at(np.zeros((2, 1))).tolist() == [1, 1]
    half = chance(np.array([True, False] * 4), np.ones((8, 1)), np.ones(8))
    assert half.at(np.ones((1, 1)))[0] == pytest.approx(0.5, rel=SUMMATION)


REACH, GRACE = 10, 2


def drawn(rng, n, rule, effect=-0.5, relief=-1.5):
    """Draw patients whose illness makes the event and treatment likelier and is relieved by treatment."""
    prone = rng.normal(size=n)
    ill = np.full((n, REACH, 1), np.nan)
    time, event = np.full(n, float(REACH)), np.zeros(n, bool)
    started, now = np.full(n, np.inf), (rng.random(n) < 0.3).astype(float)
    for k in range(REACH):
        going = time == REACH
        if k:
            log_odds = -1.6 + 2.2 * now + 0.6 * prone + relief * (started < k)
            now = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float)
        ill[going, k, 0] = now[going]
        natural = 1 / (1 + np.exp(2.6 - 1.8 * now))
        begins = going & np.isinf(started) & (rng.random(n) < rule(k, natural))
        started[begins] = k
        hazard = 1 / (1 + np.exp(3.0 - 1.3 * now - 0.3 * prone - effect * (started <= k)))
        dies = going & (rng.random(n) < hazard)
        time[dies], event[dies] = k + 1.0, True
    return PatientsOverTime(time, event, started, prone[:, None], ill)


def truth(rule):
    people = drawn(np.random.default_rng(99), 400_000, rule)
    return 1 - people.event.mean()


def start_rule(k, natural):
    return np.ones(natural.size) if k == GRACE else natural * (k < GRACE)


def never_rule(k, natural):
    return np.zeros(natural.size)


@pytest.fixture(scope="module")
def world():
    return drawn(np.random.default_rng(7), 8000, lambda k, natural: natural)


def test_both_answers_cover_the_truth_that_other_analyses_miss(world):
    expected = truth(start_rule) - truth(never_rule)
    weighted = marginal_structural(world, GRACE, REACH, np.ones(8000))
    by_weights = weighted.start[-1] - weighted.never[-1]
    courses = simulated_courses(course_models(world, REACH, np.ones(8000)), GRACE, 20_000, np.random.default_rng(2))
    assert expected > 0.12
    assert by_weights == pytest.approx(expected, abs=0.04)
    assert courses.start[-1] - courses.never[-1] == pytest.approx(expected, abs=0.03)
    assert courses.natural_course_difference < 0.02
    alive = 1 - world.event
    ever = np.isfinite(world.started)
    naive = alive[ever].mean() - alive[~ever].mean()
    at_first = replace(world, changing=np.repeat(world.changing[:, :1], REACH, axis=1))
    blind = marginal_structural(at_first, GRACE, REACH, np.ones(8000))
    assert blind.start[-1] - blind.never[-1] < expected - 0.03
    assert abs(naive - expected) > 0.06


def test_weights_are_even_where_the_model_is_right(world):
    for item in strategies_followed(world, GRACE, REACH, np.ones(8000)):
        rows_ = item.weights[item.follow.weight > 0]
        assert 0.95 < rows_.mean() < 1.05 and rows_.max() < 20


def test_a_person_who_counts_twice_is_two_persons(world):
    few = PatientsOverTime(
        *(part[:600] for part in (world.time, world.event, world.started, world.baseline)), world.changing[:600]
    )
    twice = np.ones(600)
    twice[:100] = 2
    chosen = np.concatenate([np.arange(600), np.arange(100)])
    copied = PatientsOverTime(
        *(part[chosen] for part in (few.time, few.event, few.started, few.baseline)), few.changing[chosen]
    )
    one, other = course_models(few, 8, twice), course_models(copied, 8, np.ones(700))
    np.testing.assert_allclose(one.starting.chance.coefficients, other.starting.chance.coefficients, rtol=1e-6)
    np.testing.assert_allclose(
        one.changing[0].chances[0].coefficients, other.changing[0].chances[0].coefficients, rtol=1e-6
    )


def test_the_same_generator_gives_the_same_courses(world):
    models = course_models(world, REACH, np.ones(8000))
    first, again = (simulated_courses(models, GRACE, 500, np.random.default_rng(3)).start for _ in range(2))
    assert first.tolist() == again.tolist()


@pytest.mark.parametrize(
    ("started", "event", "grace", "said"),
    [
        ([np.inf] * 6, [1, 1, 0, 1, 0, 1], 2, "nobody starts"),
        ([0.0] * 6, [1, 1, 0, 1, 0, 1], 2, "everybody starts"),
        ([0, 1, 0, np.inf, np.inf, np.inf], [0] * 6, 2, "no event"),
        ([0, 1, 0, np.inf, np.inf, np.inf], [1, 1, 0, 1, 0, 1], 5, "grace period"),
        ([0, 1, 0, np.inf, np.inf, np.inf], [1, 1, 0, 1, 0, 1], 0, "grace period"),
    ],
)
def test_what_cannot_be_compared_says_so(started, event, grace, said):
    people = over_time([3, 4, 5, 3, 4, 5], event, started)
    with pytest.raises(NotEstimableError, match=said):
        marginal_structural(people, grace, 5, np.ones(6))
    with pytest.raises(NotEstimableError, match=said):
        simulated_courses(course_models(people, 5, np.ones(6)), grace, 10, np.random.default_rng(1))


def test_covariates_that_are_sums_of_others_say_so(world):
    double = replace(world, baseline=np.hstack([world.baseline, 2 * world.baseline]))
    for ask in (
        lambda: marginal_structural(double, 2, 6, np.ones(8000)),
        lambda: course_models(double, 6, np.ones(8000)),
    ):
        with pytest.raises(NotEstimableError, match="sum of others"):
            ask()


def test_a_covariate_of_many_levels_is_refused(world):
    many = replace(world, changing=np.round(world.changing + world.baseline[:, None, :], 1))
    with pytest.raises(NotEstimableError, match="levels"):
        course_models(many, 6, np.ones(8000))
