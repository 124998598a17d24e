"""Survival had everyone been in each group: by definition, by the derivative of the estimate, and refusals."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats.cox import cox
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.standardised_survival import standardised_survival
from tests.golden.tolerances import DIFFERENCE, NEWTON


def _data(n=60, seed=1):
    chance = np.random.default_rng(seed)
    time, event = chance.integers(1, 15, n).astype(float), (chance.random(n) < 0.7).astype(int)
    return time, event, np.column_stack([np.arange(n) % 2, chance.normal(size=n)])


def _scenarios(x):
    return [np.column_stack([np.full(len(x), value), x[:, 1:]]) for value in (0.0, 1.0)]


def _found(time, event, x, times, **options):
    ties = options.pop("ties", "breslow")
    risks = fitted_risks(cox(time, event, x, ties=ties, **options), time, event, x, **options)
    return standardised_survival(risks, _scenarios(x), times)


def test_the_average_by_definition():
    time, event, x = _data()
    fit = cox(time, event, x, ties="breslow")
    risk, died = np.exp(x @ fit.coefficients), event == 1
    hazard = sum((died & (time == t)).sum() / risk[time >= t].sum() for t in np.unique(time[time <= 7]))
    for scenario, survival in zip(_scenarios(x), _found(time, event, x, [7.0]).survival, strict=True):
        assert survival[0] == pytest.approx(np.exp(-hazard * np.exp(scenario @ fit.coefficients)).mean(), rel=NEWTON)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_standard_error_is_the_derivative_of_the_estimate(ties):
    time, event, x = _data(40)
    entry, step, moves = np.where(np.arange(40) % 3, 0.0, 0.5), 1e-4, []
    for i in range(40):
        up, down = (
            _found(time, event, x, [6.0], ties=ties, entry=entry, weights=1 + sign * step * (np.arange(40) == i))
            for sign in (1, -1)
        )
        both = [np.array([f.survival[:, 0], f.difference[:, 0]]) for f in (up, down)]
        moves.append((both[0] - both[1]) / (2 * step))
    witness = np.sqrt((np.array(moves) ** 2).sum(axis=0))
    found = _found(time, event, x, [6.0], ties=ties, entry=entry, weights=np.ones(40))
    np.testing.assert_allclose(found.std_error[:, 0], witness[0], rtol=DIFFERENCE)
    np.testing.assert_allclose(found.difference_std_error[1, 0], witness[1, 1], rtol=DIFFERENCE)


def test_groups_alike_in_everything_measured_have_no_difference():
    time, event, x = _data(200)
    mirrored = np.concatenate([time, time]), np.concatenate([event, event])
    group = np.repeat([0.0, 1.0], 200)
    found = _found(*mirrored, np.column_stack([group, np.tile(x[:, 1], 2)]), [5.0])
    assert found.difference[1, 0] == pytest.approx(0, abs=NEWTON)
    assert found.difference_low[1, 0] < 0 < found.difference_high[1, 0]


def test_whole_weights_repeat_patients():
    time, event, x = _data(30)
    weight = 1 + np.arange(30) % 2
    twice = [np.repeat(column, weight, axis=0) for column in (time, event, x)]
    one, other = _found(time, event, x, [6.0], weights=weight), _found(*twice, [6.0])
    np.testing.assert_allclose(one.survival, other.survival, rtol=NEWTON)


def test_refusals():
    time, event, x = _data()
    risks = fitted_risks(cox(time, event, x), time, event, x)
    with pytest.raises(NotEstimableError, match="after the last patient"):
        standardised_survival(risks, _scenarios(x), [99.0])
    with pytest.raises(NotEstimableError, match="another shape"):
        standardised_survival(risks, [x[:, :1]], [5.0])
    strata = np.arange(60) % 3
    risks = fitted_risks(cox(time, event, x, strata=strata), time, event, x, strata=strata)
    with pytest.raises(NotEstimableError, match="without strata"):
        standardised_survival(risks, _scenarios(x), [5.0])
    exact = cox(time[:20], event[:20], x[:20], ties="exact")
    with pytest.raises(NotEstimableError, match="exact"):
        fitted_risks(exact, time[:20], event[:20], x[:20])
