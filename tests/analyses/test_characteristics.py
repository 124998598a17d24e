"""The table of patients, worked on paper: counts, missing values apart, the test that fits the table."""

import math

import pytest

from sequela.analyses.characteristics import characteristics
from sequela.analyses.response import response
from sequela.derive.covariate import DEFAULT_DEFINITIONS
from sequela.errors import StudyError

from .twelve import PATIENTS, bundle, cohort


@pytest.fixture(scope="module")
def table():
    return characteristics(cohort(), bundle(), ["age", "ecog", "sex"], DEFAULT_DEFINITIONS)


def test_groups_and_sizes(table):
    assert (table.groups, table.sizes) == (("A", "B", "All"), (6, 6, 12))


def test_counts_and_missing_values_apart(table):
    sex = table.variables[2]
    female, male = sex.cells[sex.levels.index("female")], sex.cells[sex.levels.index("male")]
    assert [(c.count, c.n, c.missing) for c in female] == [(5, 6, 0), (1, 5, 1), (6, 11, 1)]
    assert [c.count for c in male] == [1, 4, 5]


def test_small_expected_counts_get_fishers_test(table):
    # 5/1 against 1/4: margins 6, 5, 6, 5. P(5) = C(6,5)C(5,1)/C(11,6); two-sided adds the tables as rare or rarer.
    chances = {k: math.comb(6, k) * math.comb(5, 6 - k) / math.comb(11, 6) for k in range(1, 7)}
    p = sum(chance for chance in chances.values() if chance <= chances[5] * (1 + 1e-7))
    test = table.variables[2].test
    assert test.name == "Fisher exact" and test.p_value == pytest.approx(p, rel=1e-12)


def test_medians_and_quartiles(table):
    age = table.variables[0].cells[0]
    assert [age[0].median, age[0].lowest, age[0].highest] == [52.5, 50, 55]
    assert age[2].median == 55.5


def test_the_rank_test_is_exact_without_ties(table):
    # All of A are younger: the most extreme of C(12, 6) = 924 arrangements, two-sided 2/924.
    assert table.variables[0].test.p_value == pytest.approx(2 / 924, rel=1e-12)


def test_the_standardised_difference_of_ages(table):
    # Means 52.5 and 58.5, both standard deviations sqrt(3.5).
    assert table.variables[0].standardised_difference == pytest.approx(-6 / math.sqrt(3.5), rel=1e-12)


def test_ordinal_levels_that_occur_are_shown_in_order(table):
    assert table.variables[1].levels == ("0", "1", "2")


def test_a_name_that_is_no_covariate():
    with pytest.raises(StudyError, match="height"):
        characteristics(cohort(), bundle(), ["height"], DEFAULT_DEFINITIONS)


def test_a_covariate_nobody_has_is_all_missing():
    table = characteristics(cohort(), bundle(), ["her2", "visceral"], DEFAULT_DEFINITIONS)
    for variable in table.variables:
        assert all(
            cell.missing == size and cell.n == 0 for cell, size in zip(variable.cells[0], (6, 6, 12), strict=True)
        )
        assert variable.test is None and math.isnan(variable.standardised_difference)


def test_values_that_are_all_the_same_are_not_tested():
    patients = {name: (g, d, e, 1, "female") for name, (g, d, e, *_) in PATIENTS.items()}
    table = characteristics(cohort(patients), bundle(patients), ["sex", "prior_lines"], DEFAULT_DEFINITIONS)
    assert [variable.test for variable in table.variables] == [None, None]


def test_response_counts_everybody():
    result = response(cohort(), bundle())
    best = dict(result.best)
    assert (best["PR"], best["PD"], best["NE"]) == ((0, 1, 1), (1, 0, 1), (5, 5, 10))
    rate = result.proportions[0]
    assert (rate.counts, rate.sizes) == ((0, 1, 1), (6, 6, 12))
    assert rate.estimates[0].high == pytest.approx(1 - 0.025 ** (1 / 6), rel=1e-12)  # none of six
    assert any("10 of 12" in caution for caution in result.cautions)
