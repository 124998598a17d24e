"""Bootstrap samples of curves, and the limits made of them, against R's boot and survival."""

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import bootstrap_limits
from sequela.stats.bootstrap_limits import bca_limits, drawn_counts, percentile_limits
from sequela.stats.cox import cox
from sequela.stats.cox_bootstrap import bootstrap
from sequela.stats.cox_residuals import influence
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.follow_up import follow_up
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.resampled_curves import curve_bootstrap, read_samples
from sequela.stats.restricted_mean import restricted_mean, restricted_mean_influence
from tests.golden.read import HERE, number, numbers, parts, rows
from tests.golden.tolerances import PATHS, SUMMATION

HORIZON = 20.0


@pytest.fixture(scope="module")
def golden():
    table = rows("resampled_curves", "data")
    data = follow_up(numbers(table, "time"), numbers(table, "event"))
    found = parts(rows("resampled_curves", "expected"), "name")
    expected = {name: [number(row["value"].replace("Inf", "inf")) for row in of] for (name,), of in found.items()}
    counts = np.loadtxt(HERE / "resampled_curves" / "draws.csv", delimiter=",")
    return data, np.array([row["group"] for row in table]), counts, expected


def test_each_sample_is_read_as_r_reads_the_repeated_rows(golden):
    data, group, counts, expected = golden
    for name in "ab":
        medians, means = read_samples(data, counts, group == name, HORIZON)
        assert medians == pytest.approx(expected[f"median {name}"], rel=SUMMATION)
        assert means == pytest.approx(expected[f"mean {name}"], rel=SUMMATION, nan_ok=True)


def test_the_influence_is_that_of_r(golden):
    data, group, _, expected = golden
    for name in "ab":
        of = group == name
        curve = kaplan_meier(data.time[of], data.event[of], variance="robust")
        wanted = np.array(expected["influence"])[of]
        assert restricted_mean_influence(curve, HORIZON) == pytest.approx(wanted, rel=PATHS, abs=PATHS)
        spread = float(np.sqrt((wanted**2).sum()))
        assert restricted_mean(curve, HORIZON).std_error == pytest.approx(spread, rel=PATHS)


def test_the_limits_are_those_of_boot_to_the_next_sample(golden):
    """boot.ci goes between two samples; these limits are the sample outside."""
    _, group, _, expected = golden
    values = np.array(expected["mean a"]) - np.array(expected["mean b"])
    moved = np.where(group == "a", 1, -1) * np.array(expected["influence"])
    ordered = np.sort(values[~np.isnan(values)])
    shares = expected["bca share"]
    for limits, name, at in (
        (percentile_limits(values), "perc", (0.025, 0.975)),
        (bca_limits(values, expected["difference"][0], moved), "bca", shares),
    ):
        assert limits.used == ordered.size
        assert limits.low == np.quantile(ordered, at[0], method="lower")
        assert limits.high == np.quantile(ordered, at[1], method="higher")
        low, high = (expected[f"{name} {side}"][0] for side in ("low", "high"))
        places = [np.searchsorted(ordered, value) for value in (low, limits.low, high, limits.high)]
        assert abs(places[0] - places[1]) <= 1 and abs(places[2] - places[3]) <= 1


def test_drawn_by_hand_of_one_patient_each():
    # Two patients: the curve of a drawn twice falls to zero at 3; of b drawn twice never.
    data = follow_up([3, 5], [1, 0])
    medians, means = read_samples(data, np.array([[2, 0], [0, 2], [1, 1], [0, 0]]), np.array([True, True]), 4.0)
    assert medians.tolist()[:3] == [3, np.inf, 4] and np.isnan(medians[3])
    assert means.tolist()[:3] == [3, 4, 3.5] and np.isnan(means[3])


def test_the_same_generator_gives_the_same_numbers_in_batches_too(monkeypatch, golden):
    data, group, _, _ = golden
    whole = curve_bootstrap(data.time, data.event, group, np.random.default_rng(3), samples=20, horizon=HORIZON)
    monkeypatch.setattr(bootstrap_limits, "NUMBERS_AT_ONCE", 60 * 7)
    again = curve_bootstrap(data.time, data.event, group, np.random.default_rng(3), samples=20, horizon=HORIZON)
    assert np.array_equal(whole.medians, again.medians) and np.array_equal(whole.means, again.means, equal_nan=True)


def test_weights_and_clusters_are_drawn_with_their_patients(golden):
    data, group, _, _ = golden
    weights, centre = np.linspace(0.5, 2, 60), np.arange(60) // 6
    found = curve_bootstrap(
        data.time, data.event, group, np.random.default_rng(5), samples=4, weights=weights, cluster=centre, horizon=8.0
    )
    counts = drawn_counts(np.random.default_rng(5), 10, 4)[:, centre] * weights
    for sample, count in enumerate(counts):
        for place, name in enumerate("ab"):
            of = (group == name) & (count > 0)
            curve = kaplan_meier(data.time[of], data.event[of], weights=count[of])
            assert found.means[sample, place] == pytest.approx(restricted_mean(curve, 8.0).value, rel=SUMMATION)
            median = quantile(curve).value
            assert found.medians[sample, place] == pytest.approx(np.inf if np.isnan(median) else median)


def test_without_skewness_and_bias_the_corrected_limits_are_the_percentiles():
    values = np.arange(-100.0, 101)
    plain, corrected = percentile_limits(values), bca_limits(values, 0.0, [-1, 1])
    assert (corrected.low, corrected.high) == (plain.low, plain.high) == (-95, 95)
    skewed = bca_limits(values, 0.0, [-1, -1, -1, 3])
    assert skewed.low > plain.low and skewed.high > plain.high


def test_what_cannot_be_told_says_why():
    with pytest.raises(NotEstimableError, match="one side"):
        bca_limits([1.0, 2.0], 3.0, [1, -1])
    with pytest.raises(NotEstimableError, match="too skewed"):
        bca_limits(np.arange(200.0), 198.5, [1e9] + [-1.0] * 3, level=0.99999)
    with pytest.raises(NotEstimableError, match="none has an estimate"):
        percentile_limits([np.nan])
    with pytest.raises(NotEstimableError, match="one sample or more"):
        curve_bootstrap([1, 2], [1, 1], [0, 1], np.random.default_rng(1), samples=0)
    with pytest.raises(NotEstimableError, match="horizon"):
        curve_bootstrap([1, 2], [1, 1], [0, 1], np.random.default_rng(1), samples=2, horizon=-1)


def test_limits_cover_as_often_as_they_say():
    """Log hazard ratio of exponential times, 80 patients: percentiles and corrected limits of 120 studies."""
    chance, covered = np.random.default_rng(12), np.zeros(2)
    for _ in range(120):
        x = (np.arange(80) % 2).astype(float)
        time = chance.exponential(1, 80) * np.exp(-0.7 * x)
        event = time < 2
        fit = cox(np.minimum(time, 2), event, x)
        found = bootstrap(fit, chance, samples=200).coefficients[:, 0]
        moved = influence(fitted_risks(fit, np.minimum(time, 2), event, x[:, None]))[:, 0]
        for place, limits in enumerate((percentile_limits(found), bca_limits(found, fit.coefficients[0], moved))):
            covered[place] += limits.low <= 0.7 <= limits.high
    assert (covered / 120 > 0.88).all(), covered
