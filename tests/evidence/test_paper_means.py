"""Tests of printed means and medians; the p-values are R's for samples of exactly these means and deviations."""

import numpy as np
import pytest

from sequela.stats.mean_tests import one_way_test
from sequela.stats.summary_t_test import one_way_from_summary, t_test_from_summary
from tests.evidence.papers import findings, reported, rows

HEAD = "paper_tables: 1\ncitation: invented\n"


def graded(tmp_path, text):
    return [(check, grade) for check, grade, _ in reported(tmp_path, text)]


def three(line):
    return f"tables:\n  T:\n    columns: {{A: 36, B: 24, C: 20}}\n    rows:\n      Age: {{{line}}}\n"


def of_three(tmp_path, line):
    return [(check, grade) for check, grade, _ in reported(tmp_path, three(line), HEAD)]


def test_several_means(tmp_path):
    """oneway.test: 0.0442 with one variance, 0.0353 without."""
    line = "mean: [60.0 (9.0), 54.0 (8.0), 57.0 (10.0)], p: %s"
    for p, name in (("0.044", "analysis of variance"), ("0.035", "Welch's test of several means")):
        (found,) = (f for f in findings(tmp_path, three(line % p), HEAD) if f.check == "CC-05")
        assert found.grade == "agrees" and found.recomputed.startswith(name)
    assert of_three(tmp_path, line % "0.060") == [("CC-05", "unclear")]
    assert of_three(tmp_path, line % "0.91") == [("CC-05", "unlikely")]


def test_means_of_everyone(tmp_path):
    """(36 x 60 + 24 x 54)/60 = 57.6; sd(c(y1, y2)) = 9.04."""
    line = "Age: {mean: [60.0 (9.0), 54.0 (8.0)], all: %s}"
    assert graded(tmp_path, rows(line % "57.6 (9.0)")) == []
    assert graded(tmp_path, rows(line % "56.7 (9.0)")) == [("CC-14", "unlikely")]
    assert graded(tmp_path, rows(line % "57.6 (8.5)")) == [("CC-14", "unlikely")]
    found = [f for f in findings(tmp_path, rows(line % "56.7 (9.0)")) if f.grade == "unlikely"]
    assert found[0].proposal == "57.6"
    assert graded(tmp_path, rows(line % "61.0 (9.0)")) == [("CC-14", "contradiction"), ("CC-14", "unlikely")]


def test_standard_errors_printed_as_deviations(tmp_path):
    """9.0/6 = 1.50 and 8.0/sqrt 24 = 1.63: as deviations they give p < 0.0001, as errors Student's 0.0106."""
    line = "Age: {mean: [60.00 (1.50), 54.00 (1.63)], p: 0.0106%s}"
    found = [f for f in findings(tmp_path, rows(line % "")) if f.check == "CC-05"]
    assert [(f.grade, f.proposal) for f in found] == [
        ("unlikely", "standard errors, not deviations (Student gives 0.0106)")
    ]
    assert graded(tmp_path, rows(line % ", spread: se")) == []
    turned = rows("Age: {mean: [60.0 (9.0), 54.0 (8.0)], spread: se, p: 0.0106}")
    assert [f.proposal for f in findings(tmp_path, turned) if f.check == "CC-05"] == [
        "standard deviations, not errors (Student gives 0.0106)"
    ]


@pytest.mark.parametrize(
    ("cells", "p", "found"),
    [
        # wilcox.test(1:4, 5:8): 0.0286 exact, 0.0209 by the normal approximation
        ("[3 (1-4), 6 (2-9)]", "0.0286", []),
        ("[3 (1-4), 6 (2-9)]", "0.02", []),  # 0.02 stands for up to 0.025
        ("[3 (1-4), 6 (2-9)]", "0.01", [("CC-05", "unlikely")]),
        ("[3 (1-4), 6 (2-9)]", "<0.001", [("CC-05", "unlikely")]),
        ("[3 (1-4), 6 (5-9)]", "0.03", []),
        ("[3 (1-4), 6 (5-9)]", "0.40", [("CC-05", "unlikely")]),
        ("[3 (2-4), 6 (5-9)], spread: iqr", "0.40", []),
    ],
)
def test_the_least_p_value_of_ranks(tmp_path, cells, p, found):
    text = f"tables:\n  T:\n    columns: {{A: 4, B: 4}}\n    rows:\n      Lines: {{median: {cells}, p: {p}}}\n"
    assert [(check, grade) for check, grade, _ in reported(tmp_path, text, HEAD)] == found


def test_the_summary_tells_what_the_values_tell():
    """Two means: F is the square of t. Any samples: the test of the summary is the test of the values."""
    rng = np.random.default_rng(4)
    for groups in (2, 3, 5):
        samples = [rng.normal(k, 1 + k, rng.integers(4, 30)) for k in range(groups)]
        given = [v.mean() for v in samples], [v.std(ddof=1) for v in samples], [v.size for v in samples]
        for pooled in (True, False):
            found = one_way_from_summary(*given, equal_variance=pooled)
            assert found.p_value == pytest.approx(one_way_test(samples, equal_variance=pooled).p_value, rel=1e-12)
            if groups == 2:
                t = t_test_from_summary(*given, equal_variance=pooled)
                assert found.statistic == pytest.approx(t.statistic**2, rel=1e-12)
                assert found.p_value == pytest.approx(t.p_value, rel=1e-9)


def test_rounding_leaves_a_p_value_open(tmp_path):
    """Equal means by rounding allow any p-value up to one."""
    (found,) = (f for f in findings(tmp_path, rows("Age: {mean: [60 (9), 60 (8)], p: 0.98}")) if f.check == "CC-05")
    assert found.grade == "agrees" and "to 1.0000" in found.recomputed
