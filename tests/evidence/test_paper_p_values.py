"""P-values of printed counts: recomputed under every usual test, and the misprint that would explain them."""

import pytest

from sequela.evidence.count_tests import p_values
from sequela.evidence.misprints import slips
from tests.evidence.papers import findings, reported, rows


def only(tmp_path, text):
    (found,) = (f for f in findings(tmp_path, text) if f.check == "CC-05")
    return found


@pytest.mark.parametrize(
    ("p", "test"),
    [
        ("0.3971", "Pearson"),
        ("0.4202", "Fisher"),
        ("0.3287", "likelihood ratio"),
        ("0.1846", "trend"),
        ("0.1899", "linear-by-linear"),
        ("0.2131", "rank sum without continuity correction"),
    ],
)
def test_each_convention_is_named(tmp_path, p, test):
    """ECOG 0, 1, 2 in 18 and 24 patients; the p-values are R's (chisq.test, fisher.test, prop.trend.test)."""
    head = "paper_tables: 1\ncitation: invented\n"
    levels = "{0: [13, 13], 1: [5, 10], 2: [0, 1]}"
    text = f"tables: {{T: {{columns: {{A: 18, B: 24}}, rows: {{PS: {{levels: {levels}, p: {p}}}}}}}}}\n"
    (found,) = (f for f in findings(tmp_path, text, head) if f.check == "CC-05")
    assert found.grade == "agrees" and found.recomputed.startswith(test)


def test_a_bound_agrees_with_what_is_below_it(tmp_path):
    assert only(tmp_path, rows("Sex: {count: [30, 4], p: <0.0001}")).grade == "agrees"
    assert only(tmp_path, rows("Sex: {count: [20, 10], p: <0.0001}")).grade == "contradiction"


def test_the_misprint_that_explains_a_p_value(tmp_path):
    """18 of 36 and 6 of 24: 18/18, 6/18, chi-square 3.75, p 0.0528; 81 is 18 with its digits exchanged."""
    text = rows("Sex: {levels: {female: [18 (50.0), 6 (25.0)], male: [81 (50.0), 18 (75.0)]}, p: 0.0528}")
    found = only(tmp_path, text)
    assert found.grade == "contradiction"
    assert found.proposal == "18 instead of 81 in male, A (Pearson gives 0.0528)"


def test_percentages_that_support_the_counts_make_the_p_value_give_way(tmp_path):
    found = only(tmp_path, rows("Sex: {levels: {f: [18 (50.0), 6 (25.0)], m: [18 (50.0), 18 (75.0)]}, p: 0.51}"))
    assert found.proposal == "p 0.05 (Pearson)"


def test_decisions_that_cross_the_level_are_said(tmp_path):
    found = only(tmp_path, rows("Sex: {levels: {f: [18 (50.0), 6 (25.0)], m: [18 (50.0), 18 (75.0)]}, p: 0.01}"))
    assert found.recomputed.endswith("the other side of 0.05")


def test_levels_cut_from_a_number_may_have_been_tested_as_a_number(tmp_path):
    assert only(tmp_path, rows("Age: {levels: {young: [18, 6], old: [18, 18]}, cut: yes, p: 0.51}")).grade == "unclear"


def test_a_p_value_cut_off(tmp_path):
    """p 0.05278: 0.052 is cut off."""
    found = only(tmp_path, rows("Sex: {levels: {f: [18, 6], m: [18, 18]}, p: 0.052}"))
    assert found.grade == "unclear" and "cut off" in found.recomputed


def test_patients_of_unknown_value_as_a_level(tmp_path):
    """18/12/6 and 6/16/2: chi-square 6.4286 on 2 degrees, p 0.0402; without the third level 5.4686, p 0.0193."""
    text = rows("Sex: {levels: {f: [18, 6], m: [12, 16], unknown: [6, 2]}, p: 0.0402}")
    found = only(tmp_path, text)
    assert found.grade == "agrees" and found.recomputed.startswith("Pearson with the unknown as a level")
    assert only(tmp_path, rows("Sex: {levels: {f: [18, 6], m: [12, 16]}, p: 0.0402}")).grade == "agrees"


def test_a_test_other_than_the_one_named(tmp_path):
    text = rows("Sex: {levels: {f: [18, 6], m: [18, 18]}, test: fisher, p: 0.0528}")
    assert only(tmp_path, text).grade == "unclear"


def test_one_p_value_by_another_test_than_its_table(tmp_path):
    """Pearson: 0.0528 and Yates 0.0954 for 18/18 against 6/18; the last prints Yates'."""
    lines = [f"{name}: {{levels: {{f: [18, 6], m: [18, 18]}}, p: 0.0528}}" for name in "abc"]
    text = rows(*lines, "d: {levels: {f: [18, 6], m: [18, 18]}, p: 0.0954}")
    found = [f for f in reported(tmp_path, text) if f[0] == "CC-05"]
    assert [grade for _, grade, _ in found] == ["unclear"] and "Yates, while" in found[0][2]


def test_slips_of_the_digits():
    assert set(slips(76)) >= {67, 7, 6, 776, 766, 16, 70} and 76 not in slips(76)


def test_tests_that_a_table_has_not_are_left_out():
    assert set(p_values([[3, 1, 4], [1, 5, 9], [2, 6, 5]])) == {
        "Pearson",
        "Fisher",
        "Fisher mid-p",
        "likelihood ratio",
        "Kruskal-Wallis",
    }
    assert p_values([[0, 0], [4, 5]]) == {}


def test_nines_stand_for_all_that_is_larger(tmp_path):
    """9 of 19 and 8 of 18: Fisher's p-value is 1, which some print as 0.999."""
    text = "tables:\n  T:\n    columns: {A: 19, B: 18}\n    rows:\n      Old: {count: [9, 8], p: %s}\n"
    assert only(tmp_path, text % "0.999").grade == "agrees" and only(tmp_path, text % "0.99").grade == "agrees"
    assert only(tmp_path, text % "0.998").grade == "contradiction"


def test_exact_tests_of_two_by_two_only(tmp_path):
    """R: fisher.test 0.0645 for 18/18 against 6/18; chisq.test 0.0402 and fisher.test 0.0518 for three rows."""
    lines = [f"{name}: {{levels: {{f: [18, 6], m: [18, 18]}}, p: 0.0645}}" for name in "abc"]
    rest = "d: {levels: {f: [18, 6], m: [12, 16], o: [6, 2]}, p: 0.0402}"
    text = rows(*lines, rest)
    assert {f.grade for f in findings(tmp_path, text) if f.check == "CC-05"} == {"agrees"}
    assert set(p_values([[18, 6], [12, 16], [6, 2]])) >= {"Pearson", "Fisher"}


def test_fisher_of_a_large_table_with_the_unknown_as_a_level():
    """R's fisher.test: 0.05438 (tests/golden/contingency, "three rows, 1438 patients"); without the unknown 0.0256."""
    assert f"{p_values([[197, 1038], [34, 111], [12, 46]])['Fisher']:.5f}" == "0.05438"
    assert f"{p_values([[197, 1038], [34, 111]])['Fisher']:.4f}" == "0.0256"
