"""Tests, pairs, milestones and restricted means of twelve patients, as a study asks for them."""

import math

import numpy as np
import pytest

from sequela.analyses.comparisons import Asked
from sequela.analyses.survival import survival
from sequela.derive.endpoint_files import PROFILES
from sequela.errors import StudyError
from sequela.records.dates import DAYS_PER_MONTH
from sequela.report.tables import survival_table
from sequela.stats.log_rank import log_rank
from sequela.stats.multiplicity import holm
from sequela.stats.weightings import weighting_named

from .twelve import PATIENTS, bundle, cohort

TIME = np.array([values[1] for values in PATIENTS.values()])
EVENT = np.array([values[2] for values in PATIENTS.values()])
IN_B = np.array([values[0] == "B" for values in PATIENTS.values()])


def asked(patients=PATIENTS, groups=("A", "B"), reference="B", **options):
    return survival(cohort(patients, groups, reference), bundle(patients), PROFILES["os"], asked=Asked(**options))


@pytest.mark.parametrize("name", ["gehan", "tarone-ware", "peto-peto", "fleming-harrington(0, 1)"])
def test_a_test_by_name(name):
    found = asked(test=name).test
    expected = log_rank(TIME, EVENT, IN_B, weighting=weighting_named(name))
    assert (found.p_value, found.statistic) == (expected.p_value, expected.chi_square)
    assert found.name == weighting_named(name).name
    assert ("rho 0 and gamma 1" in found.detail) == name.startswith("fleming")


def test_strata_leave_out_and_count_who_has_none():
    result = asked(stratify=("ecog",))
    known = np.array([values[3] is not None for values in PATIENTS.values()])
    strata = np.array([values[3] for values in PATIENTS.values() if values[3] is not None])
    expected = log_rank(TIME[known], EVENT[known], IN_B[known], strata=strata)
    assert result.test.p_value == expected.p_value
    assert result.test.name == "stratified log-rank" and "ECOG" in result.test.detail
    said = "1 of 12 patients (8.3%) are left out of the stratified test (1 in A, 0 in B): a covariate is missing"
    assert f"{said} (ECOG performance status 1)." in result.cautions
    assert result.hazard_ratios[0].n == 12


def test_strata_need_levels():
    with pytest.raises(StudyError, match="'age' is a quantity, which has no strata"):
        asked(stratify=("age",))


def test_permutation_of_all_assignments():
    """924 ways to choose six of twelve, each counted."""
    test = asked(test="permutation").test
    assert (test.p_value * 924) % 1 == pytest.approx(0, abs=1e-9) and "924 assignments" in test.detail


def test_max_combo():
    test = asked(test="maxcombo").test
    alone = [log_rank(TIME, EVENT, IN_B, weighting=weighting_named(f"fleming-harrington({powers})")).p_value
             for powers in ("0, 0", "1, 0", "0, 1", "1, 1")]  # fmt: skip
    assert min(alone) <= test.p_value <= 4 * min(alone)
    assert test.degrees_of_freedom == 0 and "(0, 1)" in test.detail


def test_restricted_means_on_paper():
    """B loses one of six at 15, one of five at 45; A one each at 10, 20, 30, 50."""
    result = asked(horizon=50 / DAYS_PER_MONTH)
    a, b = (group.restricted_mean.value for group in result.groups)
    assert a == pytest.approx(10 + 10 * 5 / 6 + 10 * 4 / 6 + 20 * 3 / 6)
    assert b == pytest.approx(15 + 30 * 5 / 6 + 5 * 4 / 6)
    difference, ratio = result.contrasts
    assert (difference.group, difference.reference) == ("A", "B")
    assert difference.estimate.value == pytest.approx(a - b) and ratio.estimate.value == pytest.approx(a / b)
    assert difference.estimate.low < a - b < difference.estimate.high
    rows = {row["statistic"]: row for row in result.results.iter_rows(named=True)}
    assert rows["restricted_mean_difference_days"]["value"] == difference.estimate.value
    assert rows["restricted_mean_days"]["group"] == "B"


def test_a_horizon_nobody_reaches_says_how_far_it_could_be():
    result = asked(horizon=12)
    assert math.isnan(result.groups[1].restricted_mean.value) and not result.contrasts
    assert any("12 months is not estimable" in caution and "3.2 months" in caution for caution in result.cautions)


def test_differences_at_milestones():
    result = asked(milestones=(1.0, 2.0))
    first = result.contrasts[0]
    a, b = 3 / 6, 5 / 6
    assert first.measure == "survival difference" and first.estimate.value == pytest.approx(a - b)
    half = 1.959963984540054 * math.sqrt(a * (1 - a) / 6 + b * (1 - b) / 6)
    assert first.estimate.low == pytest.approx(a - b - half)
    assert first.p_value == pytest.approx(math.erfc((b - a) / (half / 1.959963984540054) / math.sqrt(2)))
    assert not asked().contrasts


def three():
    return {
        name: ("C" if name in ("a5", "a6", "b1", "b2") else values[0], *values[1:]) for name, values in PATIENTS.items()
    }


def test_pairs_of_three_groups_and_their_trend():
    patients = three()
    result = asked(patients, ("A", "B", "C"), "A", pairwise=True, trend=True)
    assert [(pair.first, pair.second) for pair in result.pairs] == [("A", "B"), ("A", "C"), ("B", "C")]
    raw = [pair.p_value for pair in result.pairs]
    groups = np.array([values[0] for values in patients.values()])
    two = groups != "C"
    assert raw[0] == log_rank(TIME[two], EVENT[two], groups[two]).p_value
    assert [pair.adjusted_p_value for pair in result.pairs] == holm(raw).tolist()
    assert result.pairs[0].family == 3
    assert "A < B < C" in result.trend.detail and 0 < result.trend.p_value < 1
    statistics = result.results["statistic"].to_list()
    assert statistics.count("pair_adjusted_p_value") == 3 and "trend_p_value" in statistics


def test_what_is_for_two_groups_says_so_and_pairs_remain():
    result = asked(three(), ("A", "B", "C"), "A", test="maxcombo", pairwise=True)
    assert result.test is None and len(result.pairs) == 3
    assert any("expected two groups" in caution for caution in result.cautions)


def test_two_groups_have_no_pairs():
    assert asked(pairwise=True).pairs == ()


def test_survival_given_survival_so_far_by_hand():
    """After day 25 four of A are left: one of four dies on day 30, one of two on day 50; of B one of five dies."""
    result = asked(milestones=(50 / DAYS_PER_MONTH,), conditional=(25 / DAYS_PER_MONTH, 4.0))
    a, b = (group.so_far for group in result.groups)
    assert (a[0].n, b[0].n) == (4, 5)
    assert [so_far[0].milestones[0][1].value for so_far in (a, b)] == pytest.approx([3 / 8, 4 / 5])
    table = survival_table(result)
    labels = [row.cells[0] for row in table.rows]
    place = labels.index("Event-free and followed at 0.8 months (% of patients)")
    assert table.rows[place].cells[1:3] == ("4 (66.7)", "5 (83.3)")
    assert labels[place + 1].startswith("of these, without event at 1.6 months") and table.rows[place + 1].indent == 1
    assert any("so nothing is compared" in note for note in table.notes)


def test_survival_given_more_than_anybody_survived_says_why_there_is_none():
    result = asked(conditional=(4.0, 30.0))
    found = result.groups[0].so_far[1]
    assert (found.n, found.milestones) == (0, ()) and "before the last follow-up" in found.reason
    assert any("from 30 months on" in note for note in survival_table(result).notes)


def test_events_per_person_time_by_hand():
    """A: five deaths in 210 days; B: four in 400. limits and p-value by R's poisson.test."""
    result = asked(rates=True)
    a, b = result.groups
    assert [group.person_years * 365.25 for group in (a, b)] == pytest.approx([210, 400])
    assert [group.rate.value for group in (a, b)] == pytest.approx([5 / 210 * 36525, 4 / 400 * 36525])
    assert (a.rate.low, a.rate.high) == pytest.approx((282.370669, 2029.456330), rel=1e-8)
    (ratio,) = result.contrasts
    assert ratio.estimate.value == pytest.approx(5 / 210 * 100)
    assert (ratio.estimate.low, ratio.estimate.high) == pytest.approx((0.512474729, 11.999049889), rel=1e-8)
    assert ratio.p_value == pytest.approx(0.290519194, rel=1e-8)
    rows = {row["statistic"]: row for row in result.results.iter_rows(named=True)}
    assert rows["event_rate"]["group"] == "All" and rows["event_rate"]["value"] == pytest.approx(9 / 610 * 36525)
    assert rows["rate_ratio_p_value"]["value"] == ratio.p_value
    table = survival_table(result)
    labels = [row.cells[0] for row in table.rows]
    assert labels.index("person-years") + 1 == labels.index("Events per 100 person-years (95% CI)")
    assert table.rows[labels.index("Rate ratio (95% CI)")].cells[1].startswith("2.38 (")


def test_rates_without_events_say_why_there_is_no_ratio():
    quiet = {name: (*values[:2], False, *values[3:]) for name, values in PATIENTS.items()}
    result = asked(quiet, rates=True)
    assert result.groups[0].rate.value == 0 and result.groups[0].rate.high > 0
    assert not result.contrasts and any("The rate ratio of A is not estimable" in text for text in result.cautions)
