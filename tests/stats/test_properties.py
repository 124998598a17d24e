"""What must not change, does not."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.log_rank import log_rank
from sequela.stats.partial_likelihood import likelihood_at
from sequela.stats.reverse_kaplan_meier import reverse_kaplan_meier
from tests.golden.tolerances import DIFFERENCE, ROOT, SUMMATION

DAYS_PER_MONTH = 30.4375


@st.composite
def patients(draw):
    """Some patients with many ties: entry, time, event, group, a covariate and a whole weight."""
    n = draw(st.integers(8, 30))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    entry = chance.integers(0, 4, n).astype(float)
    return {
        "entry": entry,
        "time": entry + chance.integers(1, 9, n),
        "event": chance.random(n) < 0.7,
        "group": chance.integers(0, 2, n),
        "x": np.round(chance.normal(size=n), 1),
        "weight": chance.integers(1, 4, n),
        "order": chance.permutation(n),
    }


def _fitted(data, **options):
    """Fit group and x; pass over data that have no finite estimate."""
    try:
        fit = cox(data["time"], data["event"], np.column_stack([data["group"], data["x"]]), **options)
    except NotEstimableError:
        assume(False)
    assume(fit.converged and not fit.diverging.any())
    return fit


def _near(first, second, tolerance=ROOT):
    np.testing.assert_allclose(first, second, rtol=tolerance, atol=tolerance)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_the_order_of_patients_does_not_matter(data):
    mixed = {name: column[data["order"]] for name, column in data.items()}
    first, second = (kaplan_meier(d["time"], d["event"], entry=d["entry"]) for d in (data, mixed))
    assert np.array_equal(first.survival, second.survival)
    _near(_fitted(data, entry=data["entry"]).coefficients, _fitted(mixed, entry=mixed["entry"]).coefficients)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_months_or_days_give_the_same_ratio_and_the_same_curve(data):
    months = data | {"time": data["time"] / DAYS_PER_MONTH, "entry": data["entry"] / DAYS_PER_MONTH}
    first, second = (_fitted(d, entry=d["entry"]) for d in (data, months))
    assert np.array_equal(first.coefficients, second.coefficients)
    curves = [kaplan_meier(d["time"], d["event"]) for d in (data, months)]
    assert np.array_equal(curves[0].survival, curves[1].survival)
    medians = [quantile(curve).value for curve in curves]
    _near(medians[0], medians[1] * DAYS_PER_MONTH)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_strata_are_separate_likelihoods(data):
    at = np.array([0.3, -0.2])
    options = {"entry": data["entry"]}
    halves = data["order"] % 2
    try:
        whole = cox(data["time"], data["event"], np.column_stack([data["group"], data["x"]]), strata=halves, **options)
        parts = [
            cox(
                data["time"][half],
                data["event"][half],
                np.column_stack([data["group"], data["x"]])[half],
                entry=data["entry"][half],
            )
            for half in (halves == 0, halves == 1)
        ]
    except NotEstimableError:
        assume(False)
    together = likelihood_at(whole.model, at)
    apart = [likelihood_at(part.model, at) for part in parts]
    _near(together.log_likelihood, sum(point.log_likelihood for point in apart), SUMMATION * 100)
    _near(together.score, sum(point.score for point in apart), SUMMATION * 100)
    _near(together.information, sum(point.information for point in apart), SUMMATION * 100)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_whole_weights_repeat_patients_under_breslow(data):
    repeated = {name: np.repeat(column, data["weight"]) for name, column in data.items()}
    weighted = _fitted(data, entry=data["entry"], weights=data["weight"], ties="breslow")
    many = _fitted(repeated, entry=repeated["entry"], ties="breslow")
    _near(weighted.coefficients, many.coefficients)
    _near(weighted.std_errors, many.std_errors)
    _near(weighted.log_likelihood, many.log_likelihood)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_weight_zero_leaves_a_patient_out(data):
    kept = data["order"] % 4 > 0
    few = {name: column[kept] for name, column in data.items()}
    without = _fitted(few, entry=few["entry"])
    zero = _fitted(data, entry=data["entry"], weights=kept.astype(float))
    _near(without.coefficients, zero.coefficients)
    assert zero.n == kept.sum()


@settings(max_examples=30, deadline=None)
@given(patients())
def test_the_slope_is_the_slope(data):
    """The score and the information are the differences of what they derive from."""
    fit = _fitted(data, entry=data["entry"])
    at, step = fit.coefficients + 0.1, 1e-5
    point = likelihood_at(fit.model, at)
    for column in range(2):
        shift = step * (np.arange(2) == column)
        above, below = likelihood_at(fit.model, at + shift), likelihood_at(fit.model, at - shift)
        slope = (above.log_likelihood - below.log_likelihood) / (2 * step)
        np.testing.assert_allclose(point.score[column], slope, rtol=DIFFERENCE, atol=DIFFERENCE)
        bend = -(above.score - below.score) / (2 * step)
        np.testing.assert_allclose(point.information[column], bend, rtol=DIFFERENCE, atol=DIFFERENCE)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_log_rank_expectations_add_up_and_groups_are_exchangeable(data):
    try:
        test = log_rank(data["time"], data["event"], data["group"], entry=data["entry"])
        swapped = log_rank(data["time"], data["event"], 1 - data["group"], entry=data["entry"])
    except NotEstimableError:
        assume(False)
    _near(test.observed.sum(), test.expected.sum(), SUMMATION)
    _near(test.chi_square, swapped.chi_square, ROOT)


@settings(max_examples=30, deadline=None)
@given(patients())
def test_survival_and_follow_up_share_the_risk_sets(data):
    """The survivors times those not yet censored are those still under observation."""
    curve = kaplan_meier(data["time"], data["event"])
    reverse = reverse_kaplan_meier(data["time"], data["event"])
    left = data["time"].size - np.cumsum(curve.events + curve.censored)
    _near(curve.survival * reverse.survival * data["time"].size, left, ROOT)
