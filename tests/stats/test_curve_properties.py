"""Laws of weighted, clustered, delayed and conditional curves."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sequela.stats.conditional_survival import conditional_survival, first_reliable_time
from sequela.stats.kaplan_meier import kaplan_meier, kaplan_meier_by_stratum, quantile, survival_at
from sequela.stats.nelson_aalen import nelson_aalen
from sequela.stats.restricted_mean import restricted_mean
from sequela.stats.reverse_kaplan_meier import reverse_kaplan_meier
from tests.golden.tolerances import ROOT

DAYS_PER_MONTH = 30.4375


@st.composite
def patients(draw):
    """Some patients with many ties: entry, time, event, whole and other weights, clusters."""
    n = draw(st.integers(8, 30))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    entry = chance.integers(0, 4, n).astype(float)
    return {
        "entry": entry,
        "time": entry + chance.integers(1, 9, n),
        "event": chance.random(n) < 0.7,
        "count": chance.integers(1, 4, n),
        "weight": chance.uniform(0.2, 3, n),
        "cluster": chance.integers(0, 5, n),
        "order": chance.permutation(n),
    }


def _curve(data, *roles, **options):
    return kaplan_meier(data["time"], data["event"], **{role: data[role] for role in roles}, **options)


def _same(first, second, tolerance=ROOT):
    for name in ("time", "survival", "std_error", "low", "high"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), rtol=tolerance, atol=tolerance)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_the_order_of_rows_does_not_matter(data):
    mixed = {name: column[data["order"]] for name, column in data.items()}
    roles = ("entry", "weights", "cluster")
    _same(*(_curve(d | {"weights": d["weight"]}, *roles) for d in (data, mixed)))


@settings(max_examples=30, deadline=None)
@given(patients())
def test_unit_weights_give_greenwood_either_way(data):
    """Watched from the origin, the infinitesimal jackknife of independent patients is Greenwood's formula."""
    plain = _curve(data)
    robust = _curve(data, variance="robust")
    _same(plain, robust)
    np.testing.assert_allclose(restricted_mean(plain, 3).std_error, restricted_mean(robust, 3).std_error, rtol=ROOT)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_whole_weights_repeat_patients(data):
    many = {name: np.repeat(column, data["count"]) for name, column in data.items()}
    weighted = data | {"weights": data["count"]}
    _same(_curve(weighted, "entry", "weights", variance="Greenwood"), _curve(many, "entry"))
    clones = many | {"cluster": np.repeat(np.arange(data["time"].size), data["count"])}
    _same(_curve(weighted, "entry", "weights"), _curve(clones, "entry", "cluster"))
    assert _curve(weighted, "entry", "weights").at_risk[0] <= data["time"].size


@settings(max_examples=30, deadline=None)
@given(patients())
def test_weight_zero_leaves_a_patient_out(data):
    kept = data["order"] % 4 > 0
    few = {name: column[kept] for name, column in data.items()}
    zero = data | {"weights": np.where(kept, data["weight"], 0.0)}
    _same(_curve(few | {"weights": few["weight"]}, "entry", "weights"), _curve(zero, "entry", "weights"))


@settings(max_examples=30, deadline=None)
@given(patients(), st.lists(st.floats(0.1, 12), min_size=1, max_size=3))
def test_follow_up_cut_into_intervals_is_the_same_follow_up(data, cuts):
    who, start, stop, event = [], [], [], []
    for patient, (begin, end) in enumerate(zip(data["entry"], data["time"], strict=True)):
        edges = [begin, *sorted(cut for cut in set(cuts) if begin + 1e-3 < cut < end - 1e-3), end]
        who += [patient] * (len(edges) - 1)
        start += edges[:-1]
        stop += edges[1:]
        event += [False] * (len(edges) - 2) + [data["event"][patient]]
    assume(np.diff(sorted({*cuts})).min(initial=1) > 1e-3)
    pieces = kaplan_meier(stop, event, entry=start, cluster=who)
    whole = _curve(data, "entry", variance="robust")
    at = np.flatnonzero(whole.survival > 0)
    read = survival_at(pieces, whole.time[at])
    np.testing.assert_allclose(read.survival, whole.survival[at], rtol=ROOT)
    np.testing.assert_allclose(read.std_error, whole.std_error[at], rtol=ROOT, atol=ROOT)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_strata_are_separate_curves(data):
    strata = np.where(data["cluster"] > 1, "later", "first")
    curves = kaplan_meier_by_stratum(
        strata, data["time"], data["event"], entry=data["entry"], weights=data["weight"], cluster=data["cluster"]
    )
    assert list(curves) == sorted(set(strata))
    for name, curve in curves.items():
        part = {key: column[strata == name] for key, column in data.items()}
        _same(curve, _curve(part | {"weights": part["weight"]}, "entry", "weights", "cluster"))


@settings(max_examples=30, deadline=None)
@given(patients(), st.sampled_from([None, "robust"]))
def test_survival_is_survival_until_then_times_survival_from_there(data, variance):
    curve = _curve(data, "entry", variance=variance)
    assume(curve.time[-1] > 4 and survival_at(curve, 4).survival[0] > 0)
    later = conditional_survival(curve, 4)
    product = survival_at(curve, 4).survival[0] * later.survival
    np.testing.assert_allclose(product, curve.survival[curve.time > 4], rtol=ROOT, atol=1e-15)
    same = conditional_survival(curve, 0)
    _same(same, curve)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_months_and_days(data):
    months = data | {name: data[name] / DAYS_PER_MONTH for name in ("time", "entry")}
    pairs = [_curve(d | {"weights": d["weight"]}, "entry", "weights") for d in (data, months)]
    np.testing.assert_allclose(pairs[0].std_error, pairs[1].std_error, rtol=ROOT)
    days, month = (restricted_mean(curve, h) for curve, h in zip(pairs, (3, 3 / DAYS_PER_MONTH), strict=True))
    np.testing.assert_allclose(days.std_error, month.std_error * DAYS_PER_MONTH, rtol=ROOT)
    assert first_reliable_time(np.arange(10, 30), np.zeros(20)) == 0


@settings(max_examples=30, deadline=None)
@given(patients())
def test_the_product_limit_lies_below_the_exponential_of_the_hazard(data):
    curve = _curve(data, "entry")
    hazard = nelson_aalen(curve)
    assert (curve.survival <= np.exp(-hazard.hazard) + ROOT).all()
    some = hazard.hazard > 0
    assert (hazard.low[some] < hazard.hazard[some]).all() and (hazard.hazard[some] < hazard.high[some]).all()


@settings(max_examples=20, deadline=None)
@given(patients())
def test_weighted_follow_up_repeats_patients_too(data):
    many = {name: np.repeat(column, data["count"]) for name, column in data.items()}
    weighted = reverse_kaplan_meier(data["time"], data["event"], weights=data["count"])
    repeated = reverse_kaplan_meier(many["time"], many["event"])
    np.testing.assert_allclose(weighted.survival, repeated.survival, rtol=ROOT, atol=1e-15)
    np.testing.assert_equal(quantile(weighted).value, quantile(repeated).value)
