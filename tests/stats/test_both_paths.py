"""Small data are computed as they are, large data compiled: the numbers are the same."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from sequela.stats import partial_likelihood as plain
from sequela.stats import partial_likelihood_compiled as compiled
from sequela.stats import partial_likelihood_kernel as kernel
from sequela.stats import sorted_rows
from sequela.stats.cox_columns import Roles, prepared
from sequela.stats.follow_up import follow_up
from sequela.stats.risk_sets import risk_sets
from tests.golden.tolerances import LAST_DIGIT, PATHS

from .fuzz import check_cox_fuzz
from .witnesses import check_cox, check_cox_profile


def _near(first, second):
    first, second = np.asarray(first), np.asarray(second)
    np.testing.assert_allclose(first, second, rtol=PATHS, atol=PATHS * max(1.0, float(np.abs(second).max())))


def _drawn(seed):
    """Return a model of any mixture of ties, delayed entry, strata, weights and an offset, and coefficients."""
    chance = np.random.default_rng(seed)
    hours, late, whole, strata, weights, offset = chance.random(6) < 0.5
    n, p = int(chance.integers(2, chance.choice([20, 700]))), int(chance.integers(1, 7))
    times = chance.integers(1, chance.choice([2, 8, 60, 4000]), n) + 1.0
    times = times + chance.random(n) if hours else times
    event = chance.random(n) < chance.choice([0.1, 0.7, 1.0])
    event[chance.integers(n)] = True
    entry = times * chance.random(n) if late else None
    if entry is not None and whole:
        entry = np.minimum(np.floor(entry), np.ceil(times) - 1)
    roles = Roles(
        strata=chance.integers(0, 5, n) if strata else None,
        weights=chance.uniform(0.1, 3, n) if weights else None,
        offset=chance.normal(size=n) if offset else None,
    )
    ties = str(chance.choice(["efron", "breslow"]))
    model, _ = prepared(follow_up(times, event, entry), chance.normal(size=(n, p)), roles, ties)
    return model, chance.normal(size=p), [(256, 1024), (8, 1), (16, 60)][seed % 3]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_both_paths_give_the_same_likelihood_and_residuals(seed):
    """Also where rows are cut into many tiles, and strata into many blocks, as those of large data are."""
    model, at, sizes = _drawn(seed)
    assert model.covariates.size <= plain.PLAIN_NUMBERS
    first, residuals = plain.likelihood_at(model, at), plain.score_residuals(model, at)
    with mock.patch.multiple(sorted_rows, TILE=sizes[0], TOGETHER=sizes[1]):
        evaluate = compiled.likelihood(model)
        evaluate(-at)
        second, others = evaluate(at), compiled.score_residuals(model, at)
    _near(first.log_likelihood, second.log_likelihood)
    _near(first.score, second.score)
    _near(first.information, second.information)
    _near(residuals, others)


@njit
def _exponentials(values, found):
    for i in range(values.size):
        found[i] = kernel.exponential(values[i])


def test_the_exponential_is_that_of_the_c_library():
    drawn = np.random.default_rng(0).uniform(-1, 1, 20_000)
    near, ends = np.concatenate([drawn, 30 * drawn, 700 * drawn, [0.0]]), np.array([-np.inf, -1e9, 720, np.inf, np.nan])
    found, beyond = np.empty_like(near), np.empty_like(ends)
    _exponentials(near, found)
    _exponentials(ends, beyond)
    np.testing.assert_allclose(found, np.exp(near), rtol=LAST_DIGIT)
    assert found[-1] == 1.0
    assert 0 < beyond[0] == beyond[1] < 1e-300
    assert np.array_equal(beyond[2:], [np.inf, np.inf, np.nan], equal_nan=True)


def test_large_linear_predictors_do_not_overflow():
    chance = np.random.default_rng(3)
    model, _ = prepared(
        follow_up(chance.integers(1, 90, 300), chance.random(300) < 0.5),
        chance.normal(size=(300, 2)),
        Roles(offset=np.full(300, 900.0)),
        "efron",
    )
    for at in ([0.0, 0.0], [400.0, -300.0]):
        first, second = plain.likelihood_at(model, np.array(at)), compiled.likelihood(model)(np.array(at))
        _near(first.log_likelihood, second.log_likelihood)
        _near(first.information, second.information)
    assert not np.isfinite(compiled.likelihood(model)(np.array([np.nan, 0.0])).log_likelihood)


@pytest.mark.parametrize("check", [check_cox, lambda: check_cox_fuzz(exact=False), check_cox_profile])
def test_the_compiled_path_agrees_with_the_golden_folders(monkeypatch, check):
    monkeypatch.setattr(plain, "PLAIN_NUMBERS", 0)
    assert check() == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([5, 40]))
def test_counted_days_and_sorted_times_make_the_same_risk_sets(seed, late, strata):
    """Half a day more turns whole days into times that are sorted, and changes nobody's turn."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(2, 120))
    entry = chance.integers(0, 5, n).astype(float) if late else None
    time = (0 if entry is None else entry) + chance.integers(1, 30, n).astype(float)
    event, block = chance.random(n) < 0.5, chance.integers(0, strata, n)
    days = risk_sets(follow_up(time, event, entry), block)
    halves = risk_sets(follow_up(time + 0.5, event, None if entry is None else entry + 0.5), block + 0.5)
    assert days.cells == halves.cells
    for field in ("first", "last", "starts", "cell_of_event", "event_rows"):
        assert np.array_equal(getattr(days, field), getattr(halves, field)), field
