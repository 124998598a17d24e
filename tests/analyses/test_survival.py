"""Survival of twelve patients, worked on paper."""

import math

import numpy as np
import pytest

from sequela.analyses.conventions import CONVENTIONS
from sequela.analyses.design_matrix import design_matrix
from sequela.analyses.survival import survival
from sequela.derive.covariate import DEFAULT_DEFINITIONS
from sequela.derive.endpoint_files import PROFILES
from sequela.errors import NotEstimableError, StudyError
from sequela.stats.cox import cox
from sequela.stats.firth import firth, firth_interval

from .twelve import PATIENTS, bundle, cohort


@pytest.fixture(scope="module")
def result():
    return survival(cohort(), bundle(), PROFILES["os"], ["ecog"])


def test_groups_and_events(result):
    assert [(g.name, g.n, g.events) for g in result.groups] == [("A", 6, 5), ("B", 6, 4)]


def test_medians_on_paper(result):
    # A: 5/6, 4/6, 3/6 at 30, below at 50 -> middle of 30 and 50. B: 5/6, 4/6, then 4/6 x 2/3 = 4/9 at 80.
    assert [g.median.value for g in result.groups] == [40, 80]


def test_log_rank_on_paper(result):
    at_risk = [(6, 12), (5, 10), (4, 9), (2, 6), (1, 5), (0, 3), (0, 2)]  # A, all at 10, 20, 30, 50, 60, 80, 90
    at_risk += [(5, 11), (2, 7)]  # and at 15 and 45
    expected = sum(a / n for a, n in at_risk)
    variance = sum(a / n * (1 - a / n) for a, n in at_risk)
    assert result.test.statistic == pytest.approx((5 - expected) ** 2 / variance, rel=1e-12)
    assert result.test.p_value == pytest.approx(math.erfc(math.sqrt(result.test.statistic / 2)), rel=1e-10)


def test_the_crude_ratio_maximises_the_partial_likelihood(result):
    def log_likelihood(beta):
        total = 0.0
        for group, days, died, *_ in PATIENTS.values():
            if died:
                at_risk = [g for g, d, *_ in PATIENTS.values() if d >= days]
                total += beta * (group == "A") - math.log(sum(math.exp(beta * (g == "A")) for g in at_risk))
        return total

    ratio = result.hazard_ratios[0]
    beta = math.log(ratio.estimate.value)
    assert ratio.reference == "B" and ratio.estimate.value > 1
    assert log_likelihood(beta) > max(log_likelihood(beta - 1e-4), log_likelihood(beta + 1e-4))
    for limit in (ratio.estimate.low, ratio.estimate.high):  # few events: both limits lose 3.841/2
        assert log_likelihood(math.log(limit)) == pytest.approx(log_likelihood(beta) - 3.841458820694124 / 2, abs=1e-7)
    assert "profile likelihood" in ratio.estimate.method and "Efron" in ratio.estimate.method


def test_the_adjusted_ratio_leaves_out_and_counts_the_patient_without_a_value(result):
    crude, adjusted = result.hazard_ratios
    assert (crude.n, crude.left_out, adjusted.n, adjusted.left_out) == (12, 0, 11, 1)
    kept = [values for values in PATIENTS.values() if values[3] is not None]
    matrix = np.array([[g == "A", ecog] for g, _, _, ecog, _ in kept], dtype=float)
    fit = cox([v[1] for v in kept], [v[2] for v in kept], matrix)
    assert adjusted.estimate.value == pytest.approx(math.exp(fit.coefficients[0]), rel=1e-12)
    assert any("1 of 12 patients" in caution for caution in result.cautions)
    assert any("events for 2 coefficients" in caution for caution in result.cautions)


def test_swapping_the_reference_turns_the_ratio_over(result):
    other = survival(cohort(reference="A"), bundle(), PROFILES["os"])
    assert other.hazard_ratios[0].estimate.value == pytest.approx(1 / result.hazard_ratios[0].estimate.value, rel=1e-6)


def test_the_definition_says_how_many_each_part_decided(result):
    decided = {line.rule: (line.what, line.counts) for line in result.definition}
    assert decided["E1"] == ("death from any cause", (5, 4, 9))
    assert decided["C1"] == ("last day known alive", (1, 2, 3))
    assert decided["C2"][1] == (0, 0, 0)


def test_dialects():
    spss = survival(cohort(), bundle(), PROFILES["os"], conventions=CONVENTIONS["SPSS"])
    r = survival(cohort(), bundle(), PROFILES["os"], conventions=CONVENTIONS["R"])
    assert "Wald" in spss.hazard_ratios[0].estimate.method and "Breslow" in spss.hazard_ratios[0].estimate.method
    assert r.groups[0].curve.interval == "log" and "Wald" in r.hazard_ratios[0].estimate.method
    assert spss.groups[0].median.method != r.groups[0].median.method


def test_separation_gives_no_number_that_looks_like_one():
    patients = {
        "a1": ("A", 10, True, 0, None),
        "a2": ("A", 20, True, 0, None),
        "a3": ("A", 30, True, 0, None),
        "b1": ("B", 40, False, 0, None),
        "b2": ("B", 50, False, 0, None),
    }
    result = survival(cohort(patients), bundle(patients), PROFILES["os"])
    ratio = result.hazard_ratios[0].estimate
    assert math.isinf(ratio.value) and math.isinf(ratio.high) and ratio.low > 1
    assert "B has no events." in result.cautions
    (penalised,) = (text for text in result.cautions if "Firth" in text)
    fit = firth(cox([10, 20, 30, 40, 50], [1, 1, 1, 0, 0], [1, 1, 1, 0, 0]))
    limits = firth_interval(fit)
    assert np.exp(limits.high) > 1000
    assert f"{np.exp(fit.coefficients[0]):.2f} ({np.exp(limits.low):.2f}–>1000, penalised" in penalised


def test_one_group_has_no_comparison():
    patients = {name: ("A", *values[1:]) for name, values in PATIENTS.items()}
    result = survival(cohort(patients, ("A",), ""), bundle(patients), PROFILES["os"])
    assert result.test is None and not result.hazard_ratios and result.groups[0].n == 12


def test_nobody_followed_is_said():
    patients = {name: (group, 0, False, 0, None) for name, (group, *_) in PATIENTS.items()}
    with pytest.raises(NotEstimableError, match="censored at time zero"):
        survival(cohort(patients), bundle(patients), PROFILES["os"])


def test_a_constant_covariate_is_left_out_with_a_caution():
    patients = {name: (g, d, died, 1, sex) for name, (g, d, died, _, sex) in PATIENTS.items()}
    model = design_matrix(cohort(patients), bundle(patients), ("ecog",), DEFAULT_DEFINITIONS)
    assert model.matrix.shape == (12, 1) and "does not vary" in model.cautions[0]


def test_a_covariate_nobody_knows():
    with pytest.raises(StudyError, match="height"):
        design_matrix(cohort(), bundle(), ("height",), DEFAULT_DEFINITIONS)


def test_the_tidy_rows_hold_the_same_numbers(result):
    rows = result.results
    hazard = rows.filter(rows["statistic"] == "hazard_ratio").row(0, named=True)
    assert (hazard["value"], hazard["group"], hazard["n"], hazard["events"]) == (
        result.hazard_ratios[0].estimate.value,
        "A",
        12,
        9,
    )
