"""Exact ties against every subset written out, and against R's printed numbers."""

from itertools import combinations

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import exact_ties
from sequela.stats.cox import cox
from sequela.stats.cox_bootstrap import bootstrap
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.partial_likelihood import likelihood_at
from tests.golden import read
from tests.golden.tolerances import DIFFERENCE, PRINTED, SUMMATION

TIME = [2, 2, 2, 3, 3, 4, 5, 5, 5, 6]
EVENT = [1, 1, 0, 1, 0, 1, 1, 1, 1, 0]
X = np.array([[0.3, 1], [1.2, 0], [-0.4, 1], [0.8, 0], [0.1, 0], [-1.5, 1], [0.6, 1], [2.0, 0], [-0.7, 1], [0.0, 1]])


def _enumerated(entry, at):
    """Return the log-likelihood from its definition: one quotient of sums over subsets per event time."""
    risk, time, event = np.exp(X @ at), np.array(TIME), np.array(EVENT) == 1
    total = 0.0
    for moment in np.unique(time[event]):
        died = np.flatnonzero(event & (time == moment))
        at_risk = np.flatnonzero((entry < moment) & (moment <= time))
        total += np.log(risk[died].prod() / sum(risk[list(rows)].prod() for rows in combinations(at_risk, died.size)))
    return total


@pytest.mark.parametrize("pairs", [0, 10**9])
@pytest.mark.parametrize("entry", [np.zeros(10), np.array([0, 1, 0, 2, 0, 0, 3, 0, 4, 0])])
def test_the_likelihood_is_that_of_all_subsets(monkeypatch, pairs, entry):
    monkeypatch.setattr(exact_ties, "PLAIN_PAIRS", pairs)
    model = cox(TIME, EVENT, X, entry=entry, ties="exact").model
    for at in (np.zeros(2), np.array([0.7, -0.4]), np.array([-2.0, 3.0])):
        point = likelihood_at(model, at)
        assert point.log_likelihood == pytest.approx(_enumerated(entry, at), rel=SUMMATION)
        for j, step in enumerate(1e-5 * np.eye(2)):
            above, below = likelihood_at(model, at + step), likelihood_at(model, at - step)
            slope = (above.log_likelihood - below.log_likelihood) / 2e-5
            assert point.score[j] == pytest.approx(slope, rel=DIFFERENCE, abs=DIFFERENCE)
            np.testing.assert_allclose(
                point.information[j], (below.score - above.score) / 2e-5, rtol=DIFFERENCE, atol=DIFFERENCE
            )


PRINTED_BY_R = {
    "freireich": (["1.6282440"], ["0.4331313"]),
    "lung by sex": (["-0.53171378"], []),
}


@pytest.mark.parametrize("name", PRINTED_BY_R)
def test_printed_numbers(name):
    part = read.parts(read.rows("cox", "data"), "set")[(name,)]
    fit = cox(read.numbers(part, "time"), read.numbers(part, "event"), read.numbers(part, "x1"), ties="exact")
    for found, printed in zip((fit.coefficients, fit.std_errors), PRINTED_BY_R[name], strict=True):
        for value, text in zip(found, printed, strict=False):
            assert abs(value - float(text)) <= PRINTED * 10.0 ** -len(text.split(".")[1])


def test_without_ties_the_rules_agree():
    time = np.arange(1.0, 11)
    exact, efron = (cox(time, EVENT, X, ties=ties) for ties in ("exact", "efron"))
    assert np.array_equal(exact.coefficients, efron.coefficients)


def test_everybody_at_once_says_nothing_and_half_says_something():
    with pytest.raises(NotEstimableError, match="constant among the patients at risk at every event"):
        cox([3, 3, 3], [1, 1, 1], [0.0, 1, 2], ties="exact")
    assert np.isfinite(cox([3, 3, 3, 3], [1, 1, 0, 0], [0.0, 1, 1, 0], ties="exact").std_errors).all()


def test_exact_ties_know_no_weights():
    for options in ({"weights": np.full(10, 2.0)}, {"cluster": np.arange(10)}):
        with pytest.raises(NotEstimableError, match="Subsets cannot be weighted"):
            cox(TIME, EVENT, X, ties="exact", **options)
    fit = cox(TIME, EVENT, X, ties="exact", weights=[1] * 9 + [0])
    assert fit.n == 9
    with pytest.raises(NotEstimableError, match="tied with himself"):
        bootstrap(fit, np.random.default_rng(0))
    with pytest.raises(NotEstimableError, match="ties: exact"):
        fitted_risks(cox(TIME, EVENT, X, ties="exact"), TIME, EVENT, X)
