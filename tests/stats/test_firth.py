"""Firth's penalty: R's likelihood with the penalty written out, printed results of the R package, and paper."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import firth as room
from sequela.stats.cox import cox
from sequela.stats.firth import firth, firth_interval, firth_test, penalised_at
from tests.golden import read
from tests.golden.tolerances import DIFFERENCE, PRINTED, ROOT


def test_one_event_among_equals():
    """On paper: log p + log(p (1 - p)) / 2 is greatest at p = 3/4, so the ratio is 3 and its variance 16/3."""
    fit = firth(cox([1, *range(2, 21)], [1] + [0] * 19, [1, 0] * 10))
    assert np.exp(fit.coefficients[0]) == pytest.approx(3, rel=ROOT)
    assert fit.std_errors[0] == pytest.approx((16 / 3) ** 0.5, rel=ROOT)


def test_what_coxphf_printed_for_one_event():
    """116 patients, one event in a group of half of them; printed by coxphf in a public analysis."""
    fit = firth(cox([1, *range(2, 117)], [1] + [0] * 115, [1, 0] * 58, ties="breslow"))
    limits, test = firth_interval(fit), firth_test(fit)
    found = (fit.std_errors[0], np.exp(limits.low), np.exp(limits.high), test.statistic, test.p_value)
    for value, printed in zip(found, ("2.309401", "0.1600409", "437.7607", "0.5232481", "0.4694594"), strict=True):
        assert abs(value - float(printed)) <= 1.01 * PRINTED * 10.0 ** -len(printed.split(".")[1])


def test_what_coxphf_printed_with_delayed_entry():
    """The example of R's coxph with entry; coxphf has Breslow's ties and was asked for Wald limits."""
    part = read.parts(read.rows("firth", "data"), "set")[("help page of coxph",)]
    columns = (read.numbers(part, name) for name in ("time", "event", "x1"))
    fit = firth(cox(*columns, entry=read.numbers(part, "entry"), ties="breslow"))
    centre, half = fit.coefficients[0], 1.959963984540054 * fit.std_errors[0]
    assert [f"{np.exp(value):.3f}" for value in (centre, centre - half, centre + half)] == ["0.886", "0.188", "4.183"]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_slope_is_the_slope(ties):
    chance = np.random.default_rng(3)
    x = np.column_stack([chance.integers(0, 2, 60), chance.normal(size=(60, 2))])
    entry = chance.integers(0, 4, 60)
    time, event = entry + chance.integers(1, 9, 60), chance.random(60) < 0.6
    model = cox(time, event, x, entry=entry, strata=chance.integers(0, 3, 60), ties=ties).model
    at = np.array([0.4, -0.3, 0.8])
    score = penalised_at(model, at).score
    for j, step in enumerate(1e-5 * np.eye(3)):
        slope = (penalised_at(model, at + step).log_likelihood - penalised_at(model, at - step).log_likelihood) / 2e-5
        assert score[j] == pytest.approx(slope, rel=DIFFERENCE, abs=DIFFERENCE)


def test_the_penalty_shrinks_and_fades():
    chance = np.random.default_rng(1)
    x = chance.integers(0, 2, 4000).astype(float)
    time, event = np.ceil(chance.exponential(50, 4000) * np.exp(-0.7 * x)), np.ones(4000)
    few, many = (cox(time[:n], event[:n], x[:n]) for n in (30, 4000))
    assert abs(firth(few).coefficients[0]) < abs(few.coefficients[0])
    assert firth(many).coefficients[0] == pytest.approx(many.coefficients[0], abs=1e-3)


def test_what_has_no_penalty(monkeypatch):
    x, time, event = [0.0, 1, 1, 0, 1, 0], [1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 0, 1]
    for options in ({"weights": np.full(6, 2.0)}, {"cluster": np.arange(6)}):
        with pytest.raises(NotEstimableError, match="a model without them"):
            firth(cox(time, event, x, **options))
    with pytest.raises(NotEstimableError, match="exact ties"):
        firth(cox(time, event, x, ties="exact"))
    fit = firth(cox(time, event, x))
    with pytest.raises(NotEstimableError, match="from 0 to 0"):
        firth_interval(fit, 1)
    with pytest.raises(NotEstimableError, match="between 0 and 1"):
        firth_interval(fit, level=95)
    monkeypatch.setattr(room, "MAX_STEPS", 1)
    with pytest.raises(NotEstimableError, match="no maximum of the penalised likelihood"):
        firth(cox(time, event, x))
