"""Pooling agrees with metafor, with integrals taken in R, and with fractions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.evidence import effects, heterogeneity, pooling
from sequela.evidence.pooled_proportion import EXACT, pool_proportions
from sequela.evidence.posterior import posterior
from sequela.evidence.small_studies import small_study_test
from tests.golden import read
from tests.golden.tolerances import FLAT, NEWTON, OTHER_SEARCH, PRINTED, ROOT, STEPPED

DATA = read.parts(read.rows("meta_analysis", "data"), "set")
EXPECTED = read.parts(read.rows("meta_analysis", "expected"), "set", "method")
TOLERANCE = {"metafor": OTHER_SEARCH, "binomial-normal": FLAT}


def studies(name):
    return read.numbers(DATA[name,], "effect"), read.numbers(DATA[name,], "std_error")


def counts(name):
    return read.numbers(DATA[name,], "count"), read.numbers(DATA[name,], "total")


def pooled_values(name, method):
    plain, held = (pooling.pool(*studies(name), method=method, interval=i) for i in ("normal", "Hartung-Knapp"))
    spread = plain.heterogeneity
    found = {s: getattr(plain, s) for s in ("value", "std_error", "low", "high", "prediction_high")}
    found |= {s: getattr(spread, s) for s in ("tau2", "q", "p_value", "i2")}
    found |= {f"guarded {s}": getattr(held, s) for s in ("std_error", "low", "high")}
    found |= {"profile low": spread.low, "profile high": spread.high, "weight of the first": plain.weights[0]}
    left = pooling.leave_one_out(*studies(name), method=method)
    return found | {("value", str(i + 1)): one.value for i, one in enumerate(left)}


def values_of(name, method):
    if method == "egger":
        answer = small_study_test(*studies(name))
        return {s: getattr(answer, s) for s in ("statistic", "p_value", "slope")}
    if method == "posterior":
        answer = posterior(*studies(name))
        return {s: getattr(answer, s) for s in ("value", "low", "high", "prediction_high", "tau", "tau_high")}
    if method in ("binomial-normal", "metafor"):
        answer = pool_proportions(*counts(name))
        return {s: getattr(answer, s) for s in ("value", "low", "high", "tau2", "g", "p_value")}
    return pooled_values(name, method)


def tolerance_of(method, statistic):
    if method == "posterior":
        return STEPPED if statistic.startswith("tau") else ROOT
    return TOLERANCE.get(method, ROOT if statistic.startswith("profile") else NEWTON)


@pytest.mark.parametrize(("name", "method"), EXPECTED)
def test_agrees_with_r(name, method):
    found = values_of(name, method)
    for row in EXPECTED[name, method]:
        key = (row["statistic"], row["left"]) if row["left"] else row["statistic"]
        tolerance = tolerance_of(method, str(key))
        assert not read.differs(found[key], read.number(row["value"]), tolerance), (row, found[key])


def test_the_golden_folder_says_where_its_numbers_come_from():
    names = {path.name for path in (read.HERE / "meta_analysis").iterdir()}
    assert names == {"data.csv", "make.R", "expected.csv", "session.txt"}


PUBLISHED_BCG = (
    ("DerSimonian-Laird", -0.7141, 0.1787, 0.3088),
    ("REML", -0.7145, 0.1798, 0.3132),
    ("common effect", -0.4303, 0.0405, 0.0),
)


@pytest.mark.parametrize(("method", "value", "std_error", "tau2"), PUBLISHED_BCG)
def test_the_thirteen_bcg_trials_as_metafor_publishes_them(method, value, std_error, tau2):
    found = pooling.pool(*studies("bcg"), method=method, interval="normal")
    computed = (found.value, found.std_error, found.heterogeneity.tau2)
    assert np.abs(np.subtract(computed, (value, std_error, tau2))).max() <= PRINTED * 1e-4
    assert abs(found.heterogeneity.q - 152.2330) <= PRINTED * 1e-4
    assert abs(100 * found.heterogeneity.i2 - 92.12) <= PRINTED * 1e-2


def test_four_published_ratios_of_progression_after_pertuzumab():
    """Noda-Narita adjusted, Fabi matched, SePHER, Adana from its p-value: what the methods page printed."""
    values, errors = studies("four")
    common = pooling.pool(values, errors, method="common effect")
    random = pooling.pool(values, errors, interval="normal")
    held = pooling.pool(values, errors)
    ratios = np.exp([common.value, random.value, random.low, random.high, held.low, held.high, held.prediction_low])
    assert np.abs(ratios - (1.52, 1.80, 1.22, 2.65, 0.99, 3.27, 0.39)).max() <= PRINTED * 1e-2
    assert held.low < 0 < random.low, "with four studies the normal interval claims more than they can"


def test_equal_studies_by_hand():
    """Two studies 0 and 1 with variance 1/4: mean 1/2, Q = 2, tau2 = 1/4 by all three, I2 = 1/2."""
    for method in heterogeneity.METHODS[:3]:
        found = pooling.pool([0.0, 1.0], [0.5, 0.5], method=method, interval="normal")
        assert (found.value, found.heterogeneity.q, found.heterogeneity.i2) == (0.5, 2.0, 0.5)
        assert abs(found.heterogeneity.tau2 - 0.25) < NEWTON and abs(found.std_error - 0.5) < NEWTON
        assert np.isnan(found.prediction_low)


def test_studies_closer_than_chance_are_not_rewarded():
    found = pooling.pool(*studies("alike"))
    common = pooling.pool(*studies("alike"), method="common effect")
    assert found.interval == pooling.GUARDED and found.std_error == common.std_error
    assert found.high - found.low > common.high - common.low


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-2, 2), st.floats(0.05, 1)), min_size=2, max_size=8),
    st.floats(-3, 3),
    st.sampled_from(heterogeneity.METHODS),
)
def test_shifting_and_mirroring_the_studies_moves_the_answer_with_them(drawn, shift, method):
    values, errors = np.array(drawn).T
    one = pooling.pool(values, errors, method=method)
    moved, mirrored = (pooling.pool(v, errors, method=method) for v in (values + shift, -values))
    assert abs(moved.value - one.value - shift) < FLAT and abs(mirrored.value + one.value) < FLAT
    assert abs(moved.heterogeneity.tau2 - one.heterogeneity.tau2) < FLAT
    assert one.low < one.value < one.high and abs(one.weights.sum() - 1) < FLAT


@pytest.mark.parametrize(
    ("values", "errors", "options", "words"),
    [
        ([1.0], [0.1], {}, "at least two"),
        ([1.0, np.nan], [0.1, 0.0], {}, "missing"),
        ([1.0, 2.0], [0.1, -1.0], {}, "above zero"),
        ([1.0, 2.0], [0.1, 0.1], {"method": "magic", "interval": "wide"}, "magic"),
        ([1.0, 2.0], [0.1], {}, "one length"),
    ],
)
def test_what_cannot_be_pooled_is_refused(values, errors, options, words):
    with pytest.raises(NotEstimableError, match=words):
        pooling.pool(values, errors, **options)


def test_all_problems_come_at_once():
    with pytest.raises(NotEstimableError) as caught:
        pooling.pool([np.inf], [0.0])
    assert len(caught.value.problems) == 3


def test_a_ratio_with_its_interval_by_hand():
    """Noda-Narita: log(6.54 / 1.46) / 3.919928 = 0.382533."""
    found = effects.from_interval(3.07, 1.46, 6.54)
    assert abs(found.value - math.log(3.07)) < 1e-15 and abs(found.std_error - 0.3825330) < 1e-6


def test_a_p_value_and_events_by_hand():
    """z of 0.005 is 2.807034; sqrt(1/31 + 1/34) = 0.248334; the product is 0.697083, a ratio of 2.008."""
    worse = effects.from_log_rank_p(0.005, 31, 34, worse=True)
    better = effects.from_log_rank_p(0.005, 31, 34, worse=False)
    assert abs(worse.value - 0.697083) < 1e-5 and better.value == -worse.value
    assert abs(worse.std_error - 0.248334) < 1e-6


def test_log_rank_sums_of_the_lung_trial_by_hand():
    """Men: O - E = 112 - 91.581739, V = 40.371434: log ratio 0.505760, and z squared is the chi-square."""
    found = effects.from_log_rank_sums(112 - 91.581739, 40.371434)
    assert abs(found.value - 0.505760) < 1e-6
    assert abs((found.value / found.std_error) ** 2 - 10.326742) < 1e-5


def test_medians_by_hand():
    found = effects.from_medians(2.8, 7.8, 18, 24)
    assert abs(math.exp(found.value) - 7.8 / 2.8) < 1e-12 and "constant" in found.assumed
    errors = effects.from_median_errors(4.9, 0.8, 9.1, 1.3)
    assert abs(errors.std_error - math.sqrt((0.8 / 4.9) ** 2 + (1.3 / 9.1) ** 2)) < 1e-15 and errors.value > 0
    vici = effects.from_median_intervals(effects.from_median_interval(3, 2, 4), effects.from_median_interval(8, 4, 12))
    assert abs(vici.value - math.log(8 / 3)) < 1e-12
    assert abs(vici.std_error - math.hypot(math.log(2), math.log(3)) / 3.919928) < 1e-6


def test_a_p_value_gives_back_the_standard_error_of_its_interval():
    found = effects.from_interval(1.79, 1.23, 2.61)
    z = found.value / found.std_error
    p_value = math.erfc(z / math.sqrt(2))
    assert abs(effects.from_p_value(1.79, p_value).std_error - found.std_error) < NEWTON


@pytest.mark.parametrize(
    "call",
    [
        lambda: effects.from_interval(1.0, 2.0, 2.0),
        lambda: effects.from_interval(-1.0, 0.0, 2.0),
        lambda: effects.from_p_value(1.0, 0.5),
        lambda: effects.from_p_value(2.0, 1.0),
        lambda: effects.from_p_value(2.0, 0.0),
        lambda: effects.from_log_rank_p(0.5, 0, 3, worse=True),
        lambda: effects.from_log_rank_sums(1.0, 0.0),
        lambda: effects.from_interval(1.0, 0.5, 2.0, level=1.5),
    ],
)
def test_printed_numbers_that_leave_the_standard_error_open_are_refused(call):
    with pytest.raises(NotEstimableError):
        call()


def test_nobody_responded_anywhere():
    found = pool_proportions([0, 0], [18, 78])
    assert found.value == 0 and found.method == EXACT
    assert abs(found.high - (1 - 0.025 ** (1 / 96))) < NEWTON


@pytest.mark.parametrize(
    ("some", "all_of_them"),
    [([1], [2]), ([3, 1], [2, 2]), ([1, -1], [2, 2]), ([0.5, 1], [2, 2]), ([0, 200], [200, 200])],
)
def test_counts_that_are_none(some, all_of_them):
    with pytest.raises(NotEstimableError):
        pool_proportions(some, all_of_them)


def test_response_after_pertuzumab_by_the_normal_approximation_is_what_the_methods_page_has():
    """Logits with variances 1/x + 1/(n - x): 16.4 % (10.7-24.3), no heterogeneity; the binomial model gives 16.2."""
    x, n = (np.array(column, dtype=float) for column in ([2, 14, 3], [18, 78, 21]))
    found = pooling.pool(np.log(x / (n - x)), np.sqrt(1 / x + 1 / (n - x)), interval="normal")
    shares = 100 / (1 + np.exp([-found.value, -found.low, -found.high]))
    assert np.abs(shares - (16.4, 10.7, 24.3)).max() <= PRINTED * 0.1 and found.heterogeneity.i2 == 0
    assert abs(100 * pool_proportions(x, n).value - 16.2) <= PRINTED * 0.1


def test_small_studies_are_not_tested_where_there_are_few_or_one_size():
    with pytest.raises(NotEstimableError, match="at least 10"):
        small_study_test(*studies("four"))
    with pytest.raises(NotEstimableError, match="one size"):
        small_study_test(np.arange(12.0), np.full(12, 0.3))


def test_the_mirror_of_a_proportion():
    """Non-responders are pooled to one less responders."""
    responders, totals = (np.array(column) for column in ([2, 14, 3, 30], [18, 78, 21, 60]))
    one, other = pool_proportions(responders, totals), pool_proportions(totals - responders, totals)
    assert abs(one.value + other.value - 1) < FLAT and abs(one.low + other.high - 1) < FLAT


def test_a_wider_prior_lets_the_studies_differ_more():
    narrow, wide = (posterior(*studies("four"), scale=scale) for scale in (0.1, 1.0))
    assert narrow.tau < wide.tau and narrow.high - narrow.low < wide.high - wide.low
    with pytest.raises(NotEstimableError):
        posterior(*studies("four"), scale=0.0)
