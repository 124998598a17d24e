"""Refits of resampled patients are fits of the patients repeated."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import bootstrap_limits
from sequela.stats.bootstrap_limits import drawn_counts
from sequela.stats.cox import cox
from sequela.stats.cox_bootstrap import bootstrap, percentile_interval
from tests.golden.tolerances import ROOT


def _patients(n=150, seed=4):
    chance = np.random.default_rng(seed)
    x = np.column_stack([chance.integers(0, 2, n), chance.normal(size=n)])
    entry = chance.integers(0, 6, n).astype(float)
    return {
        "time": entry + 1 + np.floor(chance.exponential(12, n) * np.exp(-0.6 * x[:, 0])),
        "event": chance.random(n) < 0.7,
        "covariates": x,
        "entry": entry,
        "strata": chance.integers(0, 3, n),
        "weights": chance.uniform(0.5, 2, n),
        "offset": chance.normal(size=n) / 4,
    }


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_a_refit_is_the_fit_of_the_repeated_rows(ties):
    data = _patients()
    found = bootstrap(cox(**data, ties=ties), np.random.default_rng(8), samples=12)
    counts = drawn_counts(np.random.default_rng(8), 150, 12)
    assert (counts.sum(axis=1) == 150).all()
    for sample, count in zip(found.coefficients, counts, strict=True):
        repeated = cox(**{name: np.repeat(column, count, axis=0) for name, column in data.items()}, ties=ties)
        np.testing.assert_allclose(sample, repeated.coefficients, rtol=ROOT, atol=ROOT)


def test_clusters_are_drawn_whole():
    data = _patients()
    centre = np.arange(150) // 10
    found = bootstrap(cox(**data), np.random.default_rng(2), samples=3, cluster=centre)
    counts = drawn_counts(np.random.default_rng(2), 15, 3)
    for sample, count in zip(found.coefficients, counts, strict=True):
        repeated = cox(**{name: np.repeat(column, count[centre], axis=0) for name, column in data.items()})
        np.testing.assert_allclose(sample, repeated.coefficients, rtol=ROOT, atol=ROOT)


def test_the_same_generator_gives_the_same_numbers_in_batches_too(monkeypatch):
    fit = cox(**_patients())
    whole = bootstrap(fit, np.random.default_rng(1), samples=20).coefficients
    monkeypatch.setattr(bootstrap_limits, "NUMBERS_AT_ONCE", 150 * 7)
    batches = bootstrap(fit, np.random.default_rng(1), samples=20).coefficients
    assert np.array_equal(whole, batches)


def test_the_spread_is_that_of_the_standard_error():
    data = _patients(600)
    fit = cox(data["time"], data["event"], data["covariates"])
    found = bootstrap(fit, np.random.default_rng(5), samples=400)
    assert found.failed == 0
    assert found.coefficients.std(axis=0) == pytest.approx(fit.std_errors, rel=0.15)
    interval = percentile_interval(found)
    assert (interval.low < fit.coefficients).all()
    assert (fit.coefficients < interval.high).all()
    assert interval.method == "bootstrap percentiles, 400 samples"


def test_samples_without_a_finite_estimate_count_as_infinite():
    time, group = np.arange(1.0, 13), np.tile([0.0, 1.0], 6)
    event = (group == 1) | (time == 11)
    found = bootstrap(cox(time, event, group), np.random.default_rng(0), samples=60)
    assert (found.coefficients == np.inf).any()
    assert np.isfinite(found.coefficients).any()
    assert percentile_interval(found).high[0] == np.inf


def test_samples_that_tell_nothing_are_counted():
    found = bootstrap(cox([1, 2, 3], [1, 0, 0], [0.5, 0, 1]), np.random.default_rng(0), samples=50)
    assert 0 < found.failed <= 50


def test_what_cannot_be_resampled():
    fit = cox(**_patients())
    chance = np.random.default_rng(0)
    with pytest.raises(NotEstimableError, match="one sample or more"):
        bootstrap(fit, chance, samples=0)
    with pytest.raises(NotEstimableError, match="2 rows for 150 patients"):
        bootstrap(fit, chance, cluster=[1, 2])
    with pytest.raises(NotEstimableError, match="profile likelihood"):
        bootstrap(cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]), chance)
    with pytest.raises(NotEstimableError, match="between 0 and 1"):
        percentile_interval(bootstrap(fit, chance, samples=2), 95)
