"""Groups made alike: pseudo-values and augmented means against R, the numbers put together, double robustness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError
from sequela.stats import weighted_comparison as module
from sequela.stats.augmented import augmented_means
from sequela.stats.cox import cox
from sequela.stats.follow_up import follow_up
from sequela.stats.kaplan_meier import kaplan_meier, survival_at
from sequela.stats.logistic import logistic
from sequela.stats.propensity import balancing_weights
from sequela.stats.pseudo_values import mean_pseudo_values, survival_pseudo_values
from sequela.stats.restricted_mean import restricted_mean
from sequela.stats.two_group_ratio import event_times, two_group_log_ratio, two_group_ratio
from sequela.stats.weighted_comparison import (
    NUMBERS,
    Sampling,
    TwoGroups,
    bootstrap,
    contrasts,
    weigh,
    weighted_curve,
)
from tests.golden.read import number, numbers, rows
from tests.golden.tolerances import NEWTON, PATHS

LUNG, PSEUDO = rows("pseudo_values", "data"), rows("pseudo_values", "expected")
DATA, EXPECTED = rows("augmented", "data"), rows("augmented", "expected")
HORIZON = 1461.0


@pytest.fixture(scope="module")
def breast():
    columns = np.column_stack([numbers(DATA, name) for name in ("age", "size", "nodes")])
    exposed = numbers(DATA, "hormon") > 0
    return TwoGroups(numbers(DATA, "rfstime"), numbers(DATA, "status") > 0, exposed, columns, np.arange(len(DATA)))


@pytest.mark.parametrize("at", ["90", "365", "800"])
@pytest.mark.parametrize(("name", "function"), [("survival", survival_pseudo_values), ("rmst", mean_pseudo_values)])
def test_pseudo_values_are_those_of_r(at, name, function):
    expected = [number(row["value"]) for row in PSEUDO if (row["statistic"], row["at"]) == (name, at)]
    found = function(numbers(LUNG, "time"), numbers(LUNG, "status") > 0, float(at))
    assert found == pytest.approx(np.array(expected), rel=PATHS, abs=PATHS * max(np.abs(expected)))


def test_pseudo_values_of_a_reference_table():
    found = survival_pseudo_values(numbers(LUNG, "time"), numbers(LUNG, "status") > 0, 365)
    assert found[:4] == pytest.approx([-0.242274, 1.124223, 1.124223, -0.052797], abs=1e-6)
    assert found.mean() == pytest.approx(0.40924162, abs=1e-8)


def test_without_censoring_pseudo_values_are_the_outcomes():
    time = np.array([3.0, 1.0, 7.0, 5.0])
    assert survival_pseudo_values(time, np.ones(4, bool), 4) == pytest.approx([0, 0, 1, 1])
    assert mean_pseudo_values(time, np.ones(4, bool), 4) == pytest.approx([3, 1, 4, 4])


def test_a_horizon_nobody_reaches_is_refused():
    with pytest.raises(NotEstimableError, match="a time of 9"):
        mean_pseudo_values([1.0, 2.0], [True, False], 9)


@pytest.mark.parametrize("estimand", ["overlap", "ate", "att"])
def test_augmented_means_are_those_put_together_in_r(breast, estimand):
    weighing = weigh(breast, estimand)
    found = contrasts(breast, weighing, HORIZON)
    for name, place in (("survival", 7), ("rmst", 8)):
        both = {row["at"]: number(row["value"]) for row in EXPECTED if row["statistic"] == f"{name} {estimand}"}
        assert found[place] == pytest.approx(both["exposed"] - both["reference"], rel=100 * NEWTON)


def test_an_augmented_mean_by_hand():
    """Two strata of three patients. Means of the exposed 2 and 6, of the others 1 and 3: differences of 1 and 3.

    The regressions pass through the four means. Everyone: (1 + 3) / 2. The exposed, one and two: (1 + 3 + 3) / 3.
    Every patient is there twice, so that a group has more patients than coefficients.
    """
    stratum = np.array([0, 0, 0, 1, 1, 1.0])
    exposed = np.array([1, 0, 0, 1, 1, 0], bool)
    outcome = np.array([2, 0, 2, 5, 7, 3.0])
    score = np.array([1, 1, 1, 2, 2, 2]) / 3
    y, yes, e = (np.tile(part, 2) for part in (outcome, exposed, score))
    columns = np.tile(stratum, 2)[:, None]
    for estimand, population, wanted in (("ate", np.ones(12), 2), ("att", yes, 7 / 3)):
        weights = balancing_weights(e, yes, estimand)
        assert augmented_means(y, yes, weights, population, columns).difference == pytest.approx(wanted)


def test_the_curve_is_that_of_the_weighted_patients(breast):
    weighing = weigh(breast, "overlap")
    curve = weighted_curve(breast, weighing, side=True)
    numbers_ = dict(zip(NUMBERS, contrasts(breast, weighing, HORIZON), strict=True))
    assert survival_at(curve, HORIZON).survival[0] == pytest.approx(numbers_["survival_exposed"])
    assert restricted_mean(curve, HORIZON).value == pytest.approx(numbers_["mean_exposed"])
    assert curve.exposed[0] == pytest.approx(breast.exposed.sum())


def test_trimmed_patients_leave_and_the_score_is_fitted_again(breast):
    weighing = weigh(breast, "ate", trim=0.3)
    first = logistic(breast.exposed, breast.covariates).fitted
    kept = np.flatnonzero((first >= 0.3) & (first <= 0.7))
    assert weighing.kept.tolist() == kept.tolist() and 0 < kept.size < first.size
    again = logistic(breast.exposed[kept], breast.covariates[kept]).fitted
    assert weighing.weights == pytest.approx(balancing_weights(again, breast.exposed[kept], "ate"))


def test_the_bootstrap_fits_the_score_again(breast):
    rng = np.random.default_rng(1)
    samples, failed = bootstrap(breast, weigh(breast, "overlap"), Sampling("overlap", 0.0, HORIZON, 60), rng)
    assert samples.shape == (60, len(NUMBERS)) and failed == 0
    first = np.random.default_rng(1).integers(0, len(DATA), len(DATA))
    again = breast.rows(first)
    assert samples[0] == pytest.approx(contrasts(again, weigh(again, "overlap"), HORIZON))
    assert np.isfinite(samples).all()


def test_pairs_are_drawn_as_they_were_formed(breast):
    weighing = weigh(breast, "matching")
    how = Sampling("matching", 0.0, HORIZON, 20)
    samples, failed = bootstrap(breast, weighing, how, np.random.default_rng(2))
    assert failed == 0 and np.isnan(samples[:, 7:]).all() and np.isfinite(samples[:, :7]).all()
    part = breast.rows(weighing.kept)
    assert (part.exposed.reshape(-1, 2) == [True, False]).all()
    draw = np.random.default_rng(2).integers(0, len(part.time) // 2, len(part.time) // 2)
    rows_ = (2 * draw[:, None] + [0, 1]).ravel()
    curve = kaplan_meier(part.time[rows_][::2], part.event[rows_][::2])
    assert samples[0, 1] == pytest.approx(survival_at(curve, HORIZON).survival[0])


def test_samples_without_an_answer_are_counted():
    """Two events, both exposed: a sample that draws neither has no event, one that draws one has no finite ratio."""
    time, exposed = np.arange(1.0, 25), np.arange(24) % 2 == 0
    data = TwoGroups(time, np.isin(time, (3, 5)), exposed, np.zeros((24, 1)), np.arange(24))
    _, failed = bootstrap(data, weigh(data, "overlap"), Sampling("overlap", 0.0, 10, 20), np.random.default_rng(3))
    assert failed == 20


@pytest.mark.parametrize(
    ("in_score", "in_outcome", "right"),
    [(True, True, True), (True, False, True), (False, True, True), (False, False, False)],
)
def test_one_of_two_models_may_be_wrong(in_score, in_outcome, right):
    """A frail patient is treated less often and fares worse; treatment adds nothing but is known by its true effect.

    Exponential times, rate 1 for the frail and 0.4 for others, times 0.8 when treated; half are frail. Left out of
    a model, frailty makes that model wrong. The true difference of the share event-free at 1 is a mean over both.
    """
    rng = np.random.default_rng(11)
    n = 120_000
    frail = rng.random(n) < 0.5
    exposed = rng.random(n) < np.where(frail, 0.3, 0.7)
    rate = np.where(frail, 1.0, 0.4)
    time = rng.exponential(1, n) / (rate * np.where(exposed, 0.8, 1.0))
    censoring = rng.exponential(3, n)
    time, event = np.minimum(time, censoring), time <= censoring
    truth = np.mean([np.exp(-0.8 * r) - np.exp(-r) for r in (1.0, 0.4)])
    column = frail[:, None].astype(float)
    score = logistic(exposed, column).fitted if in_score else np.full(n, exposed.mean())
    outcome = np.empty(n)
    for side in (exposed, ~exposed):
        outcome[side] = survival_pseudo_values(time[side], event[side], 1.0)
    columns = column if in_outcome else np.zeros((n, 0))
    found = augmented_means(outcome, exposed, balancing_weights(score, exposed, "ate"), np.ones(n), columns).difference
    assert (abs(found - truth) < 0.008) == right


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["efron", "breslow"]))
def test_the_ratio_of_two_groups_is_that_of_cox(seed, ties):
    """Many tied times; where Cox's model has no finite estimate there is none here."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 60))
    time, event = rng.integers(1, 12, n).astype(float), rng.random(n) < 0.6
    exposed, weights = rng.random(n) < 0.5, rng.uniform(0.1, 4, n)
    try:
        fit = cox(time, event, exposed.astype(float), weights=weights, ties=ties)
    except NotEstimableError:
        fit = None
    if fit is None or fit.diverging[0]:
        with pytest.raises(NotEstimableError):
            two_group_log_ratio(time, event, exposed, weights, ties)
        return
    # Cox's regression leaves its summit when the likelihood rises by less than 1e-9 of itself.
    assert two_group_log_ratio(time, event, exposed, weights, ties) == pytest.approx(fit.coefficients[0], abs=1e-4)
    assert _slope(time, event, exposed, weights, ties, two_group_log_ratio(time, event, exposed, weights, ties)) < 1e-6


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_patients_in_both_groups_and_late_entry_are_as_two_rows_of_cox(seed):
    """A patient in either group with a probability is two rows with weights; his risk begins at his entry."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 80))
    entry = rng.integers(0, 6, n).astype(float)
    time, event = entry + rng.integers(1, 12, n), rng.random(n) < 0.7
    share = rng.uniform(0.05, 0.95, n)
    rows = [np.concatenate([column, column]) for column in (time, event, entry)]
    side, weights = np.repeat([1.0, 0.0], n), np.concatenate([share, 1 - share])
    fit = cox(rows[0], rows[1], side, entry=rows[2], weights=weights, ties="breslow")
    found = two_group_ratio(event_times(follow_up(time, event, entry)), share, 1 - share, "breslow")
    assert found.log_ratio == pytest.approx(fit.coefficients[0], abs=1e-4)
    assert found.variance == pytest.approx(fit.covariance[0, 0], rel=1e-3)


def _slope(time, event, exposed, weights, ties, value):
    """Return the size of the derivative of the partial likelihood, event by event."""
    total = 0.0
    for day in np.unique(time[event]):
        risk, tied = weights * np.exp(value * exposed) * (time >= day), event & (time == day)
        for before in range(tied.sum()):
            gone = before / tied.sum() if ties == "efron" else 0.0
            left = risk - gone * np.where(tied, risk, 0.0)
            share = weights[tied].sum() / tied.sum()
            total += weights[tied] @ exposed[tied] / tied.sum() - share * left[exposed].sum() / left.sum()
    return abs(total)


def test_unequal_clusters_are_drawn_whole():
    cluster = np.array([3, 1, 3, 2, 3])
    draw = module._drawer(cluster)
    drawn = draw(np.random.default_rng(0))
    codes = np.array([1, 2, 3])[np.random.default_rng(0).integers(0, 3, 3)]
    assert sorted(cluster[drawn]) == sorted(np.repeat(codes, [{1: 1, 2: 1, 3: 3}[code] for code in codes]))
