"""A port of R's routines by other hands agrees on random data, in every variant at once."""

import numpy as np
import pytest
import survival

from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier
from sequela.stats.log_rank import log_rank
from tests.golden.tolerances import NEWTON, SUMMATION


def _patients(seed):
    chance = np.random.default_rng(seed)
    n = int(chance.integers(60, 200))
    entry = chance.integers(0, 8, n).astype(float)
    return {
        "entry": entry,
        "time": entry + chance.integers(1, 25, n),
        "event": (chance.random(n) < 0.7).astype(int),
        "x": np.round(chance.normal(size=n), 2),
        "z": chance.integers(0, 2, n).astype(float),
        "block": chance.integers(0, 3, n),
        "centre": chance.integers(0, 12, n),
        "weight": np.round(chance.uniform(0.2, 3, n), 2),
    }


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_with_everything(seed, ties):
    data = _patients(seed)
    witness = survival.coxph(
        "Surv(entry, time, event) ~ x + z + strata(block)",
        {name: column.tolist() for name, column in data.items()},
        weights=data["weight"].tolist(),
        cluster=data["centre"].tolist(),
        ties=ties,
    )
    fit = cox(
        data["time"],
        data["event"],
        np.column_stack([data["x"], data["z"]]),
        entry=data["entry"],
        strata=data["block"],
        weights=data["weight"],
        cluster=data["centre"],
        ties=ties,
    )
    np.testing.assert_allclose(fit.coefficients, witness.coefficients, rtol=NEWTON, atol=NEWTON)
    np.testing.assert_allclose(fit.covariance, survival.vcov(witness), rtol=NEWTON, atol=NEWTON)
    np.testing.assert_allclose(fit.model_covariance, witness.naive_var, rtol=NEWTON, atol=NEWTON)


@pytest.mark.parametrize("seed", range(8))
def test_kaplan_meier_with_delayed_entry(seed):
    data = _patients(seed)
    columns = {name: column.tolist() for name, column in data.items()}
    witness = survival.survfit("Surv(entry, time, event) ~ 1", columns, conf_type="log-log")
    curve = kaplan_meier(data["time"], data["event"], entry=data["entry"])
    np.testing.assert_allclose(curve.survival, witness.surv, rtol=SUMMATION, atol=SUMMATION)
    inside = (curve.survival > 0) & (curve.survival < 1)
    np.testing.assert_allclose(curve.low[inside], np.array(witness.lower)[inside], rtol=SUMMATION)
    np.testing.assert_allclose(curve.high[inside], np.array(witness.upper)[inside], rtol=SUMMATION)


@pytest.mark.parametrize("seed", range(8))
def test_log_rank_within_strata(seed):
    data = _patients(seed)
    columns = {name: column.tolist() for name, column in data.items()}
    witness = survival.survdiff("Surv(time, event) ~ block + strata(z)", columns)
    test = log_rank(data["time"], data["event"], data["block"], strata=data["z"])
    assert test.chi_square == pytest.approx(witness.chisq, rel=SUMMATION)
