"""Gamma frailty against R's coxph, and laws."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats.cox import cox
from sequela.stats.frailty import LEAST, frailty, frailty_interval
from tests.golden import read
from tests.golden.tolerances import NEWTON, SEARCHED_VARIANCE

DATA = read.parts(read.rows("frailty", "data"), "set")


def fit_of(rows):
    columns = np.column_stack([read.numbers(rows, "x"), read.numbers(rows, "z")])
    return cox(read.numbers(rows, "time"), read.numbers(rows, "event") > 0, columns)


@pytest.mark.parametrize("row", read.rows("frailty", "expected"), ids=lambda row: f"{row['set']} {row['theta']}")
def test_against_r(row):
    rows = DATA[(row["set"],)]
    variance = read.number(row["theta"])
    found = frailty(fit_of(rows), read.numbers(rows, "cluster"), None if np.isnan(variance) else variance)
    witness = [read.number(row[name]) for name in ("x", "z", "se_x", "se_z")]
    if np.isnan(variance):
        expected = max(read.number(row["found"]), LEAST)
        assert found.variance == pytest.approx(expected, rel=SEARCHED_VARIANCE)
        assert found.log_likelihood > read.number(row["log_likelihood"]) - 1e-3
    else:
        assert [*found.coefficients, *found.std_errors] == pytest.approx(witness, rel=NEWTON)
        assert found.log_likelihood == pytest.approx(read.number(row["log_likelihood"]), rel=NEWTON)


def drawn(rng, variance, clusters=60, each=12):
    cluster = np.repeat(np.arange(clusters), each)
    shared = rng.gamma(1 / variance, variance, clusters)[cluster]
    x = rng.random(cluster.size) < 0.5
    time = rng.exponential(1, cluster.size) / (shared * np.where(x, 2.0, 1.0))
    return cluster, cox(time, np.ones(cluster.size, bool), x.astype(float))


def test_the_truth_comes_back():
    cluster, fit = drawn(np.random.default_rng(8), 0.8)
    found = frailty(fit, cluster)
    assert found.variance == pytest.approx(0.8, rel=0.4)
    limits = frailty_interval(found)
    assert limits.low[0] < np.log(2) < limits.high[0]
    assert abs(found.coefficients[0] - np.log(2)) < abs(fit.coefficients[0] - np.log(2))
    # The median of the larger over the smaller of two such frailties, drawn.
    pairs = np.random.default_rng(1).gamma(1 / found.variance, found.variance, (2, 200_000))
    assert found.median_hazard_ratio == pytest.approx(np.median(pairs.max(axis=0) / pairs.min(axis=0)), rel=0.02)


def test_without_a_difference_between_centres_the_model_stays():
    rng = np.random.default_rng(5)
    x = rng.random(300) < 0.5
    fit = cox(rng.exponential(1, 300), np.ones(300, bool), x.astype(float))
    found = frailty(fit, rng.permutation(np.arange(300) % 15), LEAST)
    assert found.coefficients == pytest.approx(fit.coefficients, abs=1e-4)
    assert found.median_hazard_ratio == 1 and found.frailties == pytest.approx(np.ones(15), abs=1e-3)


def test_the_names_of_centres_do_not_matter():
    cluster, fit = drawn(np.random.default_rng(9), 0.5, 12, 8)
    found, renamed = frailty(fit, cluster, 0.5), frailty(fit, 100 - cluster, 0.5)
    assert renamed.coefficients == pytest.approx(found.coefficients)
    assert renamed.frailties[::-1] == pytest.approx(found.frailties)


@pytest.mark.parametrize(
    ("cluster", "variance"), [(np.zeros(96), None), (np.arange(95) % 5, None), (np.arange(96) % 5, -1.0)]
)
def test_what_cannot_be_is_refused(cluster, variance):
    _, fit = drawn(np.random.default_rng(9), 0.5, 12, 8)
    with pytest.raises(NotEstimableError):
        frailty(fit, cluster, variance)
