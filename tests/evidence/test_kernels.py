"""The fast evaluators of the search give the numbers of sequela.stats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.evidence.cox_kernel import first_ratio
from sequela.evidence.kernels import event_table, hazard_ratio_with_limits, log_rank_p, median_with_limits
from sequela.evidence.search_values import rank_sum_p
from sequela.evidence.times_problem import TRANSFORMS
from sequela.stats.cox import cox, wald_interval
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.log_rank import log_rank
from sequela.stats.profile_likelihood import profile_likelihood_interval
from sequela.stats.wilcoxon import wilcoxon_rank_sum
from tests.golden import tolerances


def drawn(seed, n=40, most=60):
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(1, most, n))
    return time, rng.random(n) < 0.8, rng.random(n) < 0.45, rng


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), interval=st.sampled_from(sorted(TRANSFORMS)))
def test_medians(seed, interval):
    time, event, _, _ = drawn(seed)
    fast = median_with_limits(event_table(time, event, event), TRANSFORMS[interval])
    exact = quantile(kaplan_meier(time, event, interval=interval))
    for quick, slow in zip(fast, (exact.value, exact.low, exact.high), strict=True):
        assert (np.isinf(quick) and np.isnan(slow)) or quick == slow


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_ratios_and_log_rank(seed, ties):
    time, event, exposed, _ = drawn(seed)
    table = event_table(time, event, exposed)
    assert log_rank_p(table) == pytest.approx(log_rank(time, event, exposed.astype(int)).p_value, rel=1e-9)
    fit = cox(time, event, exposed.astype(float), ties=ties)
    profile, wald = profile_likelihood_interval(fit), wald_interval(fit)
    found = hazard_ratio_with_limits(table, ties == "efron", True)
    expected = [fit.coefficients[0], float(profile.low), float(profile.high)]
    assert np.log(found) == pytest.approx(expected, rel=tolerances.ROOT, abs=tolerances.ROOT)
    found = hazard_ratio_with_limits(table, ties == "efron", False)
    expected = [fit.coefficients[0], wald.low[0], wald.high[0]]
    assert np.log(found) == pytest.approx(expected, rel=tolerances.ROOT, abs=tolerances.ROOT)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_adjusted_ratio(seed, ties):
    time, event, exposed, rng = drawn(seed)
    matrix = np.column_stack([exposed, rng.integers(0, 3, time.size), rng.random(time.size) < 0.5]).astype(float)
    fit = cox(time, event, matrix, ties=ties)
    limits = profile_likelihood_interval(fit, 0)
    found = first_ratio(time[::-1].copy(), event[::-1].copy(), matrix[::-1].copy(), ties == "efron", True)
    expected = [fit.coefficients[0], float(limits.low), float(limits.high)]
    assert np.log(found) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("continuity", [True, False])
def test_rank_sums(seed, continuity):
    rng = np.random.default_rng(seed)
    values, second = rng.integers(0, 12, 42).astype(float), np.arange(42) >= 18
    exact = wilcoxon_rank_sum(values[~second], values[second], continuity=continuity, exact=False)
    assert rank_sum_p(values, second, continuity) == pytest.approx(exact.p_value, rel=1e-9)


def test_nobody_with_an_event():
    time, event, exposed = np.arange(1, 9), np.zeros(8, dtype=bool), np.arange(8) % 2 == 0
    table = event_table(time, event, exposed)
    assert table.shape == (0, 5)
    assert log_rank_p(table) == 1.0
    assert np.isnan(hazard_ratio_with_limits(table, True, True)).all()
