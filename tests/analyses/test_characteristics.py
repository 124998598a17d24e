"""The table of patients, worked on paper: counts, missing values apart, the test that fits the table."""

import math

import numpy as np
import pytest

from sequela.analyses.characteristics import TableOptions, characteristics
from sequela.analyses.conventions import CONVENTIONS
from sequela.analyses.response import response
from sequela.analyses.table_tests import CATEGORY, QUANTITY, category_tests
from sequela.derive.covariate import DEFAULT_DEFINITIONS
from sequela.errors import StudyError
from sequela.report.named_methods import find
from sequela.report.tables import characteristics_table
from sequela.study.names import CATEGORY_TESTS, QUANTITY_TESTS

from ..hand_made import records
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


def made(names=("age", "ecog", "sex"), patients=PATIENTS, **options):
    return characteristics(cohort(patients), bundle(patients), names, DEFAULT_DEFINITIONS, TableOptions(**options))


def test_a_study_names_its_tests():
    table = made(tests={"age": "welch", "categories": "pearson", "sex": "barnard"})
    age, ecog, sex = (variable.test for variable in table.variables)
    # Means 52.5 and 58.5, variances 3.5 of six each.
    assert age.name == "t-test, Welch" and age.statistic == pytest.approx(-6 / math.sqrt(3.5 / 3), rel=1e-12)
    assert (ecog.name, sex.name) == ("Pearson chi-square", "Barnard exact")
    p_values = table.results.filter(statistic="p_value", variable="sex")
    assert p_values["method"].to_list() == ["Barnard exact"]  # and no other beside it


@pytest.mark.parametrize("name", [*CATEGORY, *QUANTITY])
def test_every_test_a_study_can_name_is_made(name):
    assert set(CATEGORY) == set(CATEGORY_TESTS) and set(QUANTITY) == set(QUANTITY_TESTS)
    of = "sex" if name in CATEGORY else "age"
    (variable,) = made([of], tests={of: name}).variables
    assert 0 < variable.test.p_value < 1 and find("test", variable.test.name)


def test_ordered_levels_take_tests_of_both_kinds():
    for name in ("trend", "kruskal-wallis", "pooled"):
        assert made(["ecog"], tests={"ecog": name}).variables[0].test.p_value > 0


def test_no_test_where_none_is_wanted():
    assert made(["sex"], tests={"sex": "none"}).variables[0].test is None


def test_a_test_that_does_not_fit_becomes_a_caution():
    patients = {name: (g, d, e, a, "female") for name, (g, d, e, a, _) in PATIENTS.items()}
    table = made(["sex"], patients, tests={"categories": "yates"})
    assert table.variables[0].test is None
    assert "Sex: the test that the study names is not computable" in table.cautions[0]


def test_exact_tests_of_a_registry_are_left_out_and_pearsons_stays():
    # n (ad - bc)^2 / ((a+b)(c+d)(a+c)(b+d)) by hand.
    a, b, c, d = 10_000_000, 10_010_000, 9_990_000, 9_980_000
    chi = (a + b + c + d) * (a * d - b * c) ** 2 / ((a + b) * (c + d) * (a + c) * (b + d))
    (test,) = category_tests(np.array([[a, b], [c, d]]))
    assert test.name == "Pearson chi-square" and test.statistic == pytest.approx(chi, rel=1e-12)


def test_missing_values_are_a_level_only_where_asked_for():
    """Five women, one man; one woman, four men, one missing: Pearson's by hand over three levels."""
    sex = made(["sex"], missing_as_level=True, tests={"sex": "pearson"}).variables[0]
    assert sex.levels[-1] == "missing" and [cell.count for cell in sex.cells[-1]] == [0, 1, 1]
    assert all(cell.missing == 0 and cell.n in (6, 12) for line in sex.cells for cell in line)
    assert sex.test.statistic == pytest.approx(2 * 4 / 3 + 2 * 2.25 / 2.5 + 2 * 0.25 / 0.5, rel=1e-12)
    assert sex.test.degrees_of_freedom == 2


@pytest.mark.parametrize(
    ("dialect", "tests"),
    [
        ("default", ("Fisher exact", "exact")),
        ("R", ("chi-square, Yates", "exact")),
        ("SAS", ("Pearson chi-square", "with continuity correction")),
        ("SPSS", ("Pearson chi-square", "without continuity correction")),
    ],
)
def test_each_dialect_has_its_tests(dialect, tests):
    sex, age = made(["sex", "age"], conventions=CONVENTIONS[dialect]).variables
    assert sex.test.name == tests[0] and age.test.name.endswith(tests[1])


def test_of_three_groups_the_largest_difference_is_shown():
    patients = {**PATIENTS, **{f"c{i}": ("C", 5 + i, True, 1, "female") for i in range(3)}}
    c = cohort(patients, ("A", "B", "C"))
    (age,) = characteristics(c, bundle(patients), ["age"], DEFAULT_DEFINITIONS).variables
    # Ages 50 to 55, 56 to 61, 62 to 64: the first and the last are furthest apart.
    assert age.standardised_difference == pytest.approx(10.5 / math.sqrt((3.5 + 1) / 2), rel=1e-12)


def test_losses_are_held_against_gains_of_the_same_patients():
    """Five of A lost HER2 and none gained it: twice 1/32. One of B gained it: 1. Of all, five against one: 14/64."""
    courses = {f"a{i}": ("3+", "0") for i in range(1, 6)} | {"b1": ("0", "3+"), "b2": ("3+", "3+")}
    biopsies = [
        {"patient_id": name, "marker": "HER2", "day": day, "value": value}
        for name, pair in courses.items()
        for day, value in zip((-100, -10), pair, strict=True)
    ]
    people = [{"patient_id": name, "last_contact": days} for name, (_, days, *_) in PATIENTS.items()]
    bundled = records(patients=people, biomarkers=biopsies)
    table = characteristics(cohort(), bundled, ["her2_conversion", "her2"], DEFAULT_DEFINITIONS)
    conversion, her2 = table.variables
    assert [test.p_value for test in conversion.within] == pytest.approx([2 / 32, 1, 14 / 64], rel=1e-12)
    assert her2.within == ()
    printed = next(row for row in characteristics_table(table).rows if row.cells[0].startswith("losses"))
    assert printed.cells[1:4] == ("p = 0.063", "p > 0.9", "p = 0.2")
    rows = table.results.filter(statistic="losses_against_gains_p_value")
    assert rows["group"].to_list() == ["A", "B", "All"] and set(rows["method"]) == {"McNemar exact"}


def test_without_a_change_there_is_nothing_to_hold_against_another():
    (conversion,) = characteristics(cohort(), bundle(), ["her2_conversion"], DEFAULT_DEFINITIONS).variables
    assert conversion.within == (None, None, None)


def test_response_counts_everybody():
    result = response(cohort(), bundle())
    best = dict(result.best)
    assert (best["PR"], best["PD"], best["NE"]) == ((0, 1, 1), (1, 0, 1), (5, 5, 10))
    rate = result.proportions[0]
    assert (rate.counts, rate.sizes) == ((0, 1, 1), (6, 6, 12))
    assert rate.estimates[0].high == pytest.approx(1 - 0.025 ** (1 / 6), rel=1e-12)  # none of six
    assert any("10 of 12" in caution for caution in result.cautions)
