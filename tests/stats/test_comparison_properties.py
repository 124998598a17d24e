"""Laws of the tests that compare curves."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.distributions import normal_cdf, two_sided_p
from sequela.stats.group_cells import Roles
from sequela.stats.log_rank import log_rank
from sequela.stats.log_rank_trend import log_rank_trend
from sequela.stats.max_combo import max_combo
from sequela.stats.multiplicity import holm
from sequela.stats.multivariate_normal import probability_within
from sequela.stats.pairwise_log_rank import pairwise_log_rank
from sequela.stats.permutation_log_rank import permutation_log_rank
from sequela.stats.weightings import LOG_RANK, Weighting, fleming_harrington, weighting_named
from tests.golden.tolerances import ROOT

DAYS_PER_MONTH = 30.4375
WEIGHTINGS = [
    LOG_RANK,
    Weighting("gehan"),
    Weighting("tarone-ware"),
    Weighting("peto-peto"),
    Weighting("modified peto-peto"),
]


@st.composite
def patients(draw, groups=3):
    """Some patients with many ties, three groups and a few strata."""
    n = draw(st.integers(12, 30))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    entry = chance.integers(0, 4, n).astype(float)
    return {
        "entry": entry,
        "time": entry + chance.integers(1, 9, n),
        "event": chance.random(n) < 0.7,
        "group": chance.integers(0, groups, n),
        "strata": chance.integers(0, 2, n),
        "weights": chance.uniform(0.2, 3, n),
        "cluster": chance.integers(0, 8, n),
        "count": chance.integers(1, 4, n),
        "order": chance.permutation(n),
    }


def _test(data, *roles, weighting=LOG_RANK):
    try:
        return log_rank(
            data["time"], data["event"], data["group"], weighting=weighting, **{role: data[role] for role in roles}
        )
    except NotEstimableError:
        assume(False)


weightings = st.sampled_from([*WEIGHTINGS, fleming_harrington(1, 0), fleming_harrington(0.5, 2)])


@settings(max_examples=40, deadline=None)
@given(patients(), weightings)
def test_order_and_units_do_not_matter(data, weighting):
    mixed = {name: column[data["order"]] for name, column in data.items()}
    months = data | {name: data[name] / DAYS_PER_MONTH for name in ("time", "entry")}
    for roles in (("entry", "strata"), ("entry", "weights", "cluster")):
        found = [_test(d, *roles, weighting=weighting) for d in (data, mixed, months)]
        assert found[1].chi_square == pytest.approx(found[0].chi_square, rel=ROOT, abs=ROOT)
        assert found[2].chi_square == pytest.approx(found[0].chi_square, rel=ROOT, abs=ROOT)


@settings(max_examples=40, deadline=None)
@given(patients(), weightings)
def test_expectations_add_up(data, weighting):
    for roles in (("strata",), ("weights",)):
        test = _test(data, *roles, weighting=weighting)
        assert test.observed.sum() == pytest.approx(test.expected.sum(), rel=ROOT)
        np.testing.assert_allclose(test.variance.sum(axis=0), 0, atol=ROOT * np.abs(test.variance).max())


@settings(max_examples=30, deadline=None)
@given(patients())
def test_whole_weights_repeat_patients_who_are_one_cluster(data):
    many = {name: np.repeat(column, data["count"]) for name, column in data.items()}
    many["cluster"] = np.repeat(np.arange(data["time"].size), data["count"])
    weighted = _test(data | {"weights": data["count"]}, "entry", "weights")
    assert weighted.chi_square == pytest.approx(_test(many, "entry", "cluster").chi_square, rel=ROOT, abs=ROOT)
    zero = np.where(data["order"] % 5 > 0, data["weights"], 0)
    few = {name: column[zero > 0] for name, column in data.items()}
    pair = _test(data | {"weights": zero}, "weights"), _test(few, "weights")
    assert pair[0].chi_square == pytest.approx(pair[1].chi_square, rel=ROOT, abs=ROOT)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_follow_up_cut_in_two_is_the_same_follow_up(data):
    middle = data["entry"] + 0.5
    cut = {
        "time": np.concatenate([middle, data["time"]]),
        "event": np.concatenate([np.zeros(middle.size, dtype=bool), data["event"]]),
        "entry": np.concatenate([data["entry"], middle]),
    }
    cut |= {name: np.tile(data[name], 2) for name in ("group", "strata")}
    for weighting in WEIGHTINGS:
        whole, pieces = (_test(d, "entry", "strata", weighting=weighting) for d in (data, cut))
        assert pieces.chi_square == pytest.approx(whole.chi_square, rel=ROOT, abs=ROOT)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_strata_add_up(data):
    whole = _test(data, "strata")
    halves = [{name: column[data["strata"] == half] for name, column in data.items()} for half in (0, 1)]
    assume(all(half["time"].size and len(set(half["group"])) == 3 for half in halves))
    parts = [_test(half) for half in halves]
    np.testing.assert_allclose(whole.observed - whole.expected, sum(p.observed - p.expected for p in parts), atol=ROOT)
    np.testing.assert_allclose(whole.variance, sum(part.variance for part in parts), atol=ROOT)


@settings(max_examples=30, deadline=None)
@given(patients(groups=2))
def test_one_weighting_is_the_test_itself(data):
    roles = Roles(strata=data["strata"])
    test = _test(data, "strata")
    alone = max_combo(data["time"], data["event"], data["group"], roles, [LOG_RANK])
    assert alone.p_value == pytest.approx(test.p_value, rel=ROOT)
    assert alone.statistic**2 == pytest.approx(test.chi_square, rel=ROOT, abs=ROOT)
    try:
        several = max_combo(data["time"], data["event"], data["group"], roles)
    except NotEstimableError:
        assume(False)
    assert several.statistic >= alone.statistic * (1 - ROOT)
    assert several.z[0] == pytest.approx(alone.z[0], rel=ROOT, abs=ROOT)
    trend = log_rank_trend(test)
    assert trend.z**2 == pytest.approx(test.chi_square, rel=ROOT, abs=ROOT)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_pairs_are_tests_of_two_groups(data):
    pairs = pairwise_log_rank(data["time"], data["event"], data["group"], Roles(strata=data["strata"]))
    for pair in pairs:
        kept = np.isin(data["group"], [pair.first, pair.second])
        if not pair.reason:
            part = {name: column[kept] for name, column in data.items()}
            assert pair.p_value == _test(part, "strata").p_value
            assert pair.p_value <= pair.adjusted_p_value <= min(1, pair.p_value * pair.family)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_keeps_order_and_never_beats_bonferroni(p_values):
    raw, adjusted = np.array(p_values), holm(p_values)
    assert (raw <= adjusted).all() and (adjusted <= np.minimum(raw * raw.size, 1)).all()
    order = np.argsort(raw, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()
    assert adjusted[order[0]] == pytest.approx(min(1, raw.min() * raw.size))


@pytest.mark.parametrize("seed", range(4))
def test_the_normal_integral_is_what_draws_say(seed):
    chance = np.random.default_rng(seed)
    mixing = chance.normal(size=(4, 3))
    mixing /= np.linalg.norm(mixing, axis=1)[:, None]
    drawn = np.abs(chance.normal(size=(200_000, 3)) @ mixing.T).max(axis=1)
    found = probability_within(mixing @ mixing.T, 1.5)
    assert found == pytest.approx(np.mean(drawn <= 1.5), abs=4 * (0.25 / drawn.size) ** 0.5)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("variables", [2, 3])
@pytest.mark.parametrize("bound", [0.5, 2.0, 4.5])
def test_the_normal_integral_of_alike_variables_is_one_of_one_dimension(share, variables, bound):
    x = np.linspace(-9, 9, 40_001)
    common, own = np.sqrt(share) * x, np.sqrt(1 - share)
    each = normal_cdf((bound - common) / own) - normal_cdf((-bound - common) / own)
    wanted = np.sum(each**variables * np.exp(-(x**2) / 2)) * (18 / 40_000) / np.sqrt(2 * np.pi)
    correlation = share + (1 - share) * np.eye(variables)
    assert probability_within(correlation, bound) == pytest.approx(wanted, abs=1e-12)
    # A combination of the others, divided by its spread.
    total = correlation.sum(axis=0) / np.sqrt(correlation.sum())
    more = np.block([[correlation, total[:, None]], [total[None], np.ones((1, 1))]])
    assert probability_within(more, bound) < wanted + 1e-12


def test_a_difference_beyond_doubt_has_bonferronis_p_value():
    time, group = np.arange(1, 401), np.repeat([0, 1], 200)
    test = max_combo(time, np.ones(400), group)
    assert test.p_value == 4 * two_sided_p(test.statistic) > 0


def test_drawn_permutations_approach_the_enumerated_ones():
    chance = np.random.default_rng(2)
    time, event, group = chance.integers(1, 30, 16), chance.random(16) < 0.8, np.repeat([0, 1], 8)
    exact = permutation_log_rank(time, event, group)
    assert (exact.exact, exact.assignments) == (True, 12870)
    many = [np.concatenate([column] * 2) for column in (time, event, group)]
    drawn = permutation_log_rank(*many, generator=np.random.default_rng(1), draws=2000)
    again = permutation_log_rank(*many, generator=np.random.default_rng(1), draws=2000)
    assert drawn == again and not drawn.exact and drawn.monte_carlo_error > 0
    approximate = log_rank(*many).p_value
    assert drawn.p_value == pytest.approx(approximate, abs=0.05)


@pytest.mark.slow
def test_the_level_is_kept_where_nothing_differs():
    """500 data sets without a difference: each test rejects about one in twenty at the 5 % level."""
    chance = np.random.default_rng(5)
    rejected = np.zeros(3)
    for _ in range(500):
        time, event = np.ceil(chance.exponential(20, 60)), chance.random(60) < 0.8
        group, cluster = np.repeat([0, 1], 30), np.arange(60)
        rejected += [
            max_combo(time, event, group).p_value < 0.05,
            log_rank(time, event, group, weighting=fleming_harrington(0, 1)).p_value < 0.05,
            log_rank(time, event, group, cluster=cluster).p_value < 0.05,
        ]
    assert (rejected / 500 > 0.02).all() and (rejected / 500 < 0.09).all()


def test_a_late_effect_is_found_by_the_late_weighting():
    chance = np.random.default_rng(8)
    group = np.repeat([0, 1], 150)
    time = np.where(group == 1, np.minimum(chance.exponential(20, 300), 1e9), chance.exponential(20, 300))
    late = (group == 1) & (time > 15)
    time = np.where(late, 15 + 4 * (time - 15), time)
    event = time < 60
    test = max_combo(np.minimum(time, 60), event, group)
    assert test.largest == weighting_named("fleming-harrington(0, 1)") and test.z.min() < -3
    assert test.p_value < log_rank(np.minimum(time, 60), event, group).p_value
