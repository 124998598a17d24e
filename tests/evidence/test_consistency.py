"""Printed numbers against each other, every expectation worked by hand."""

import pytest

from sequela.evidence import consistency
from sequela.evidence.rounding import rounded


@pytest.mark.parametrize(
    ("count", "total", "printed", "holds", "words"),
    [
        (10, 24, "41.7", True, "half up, half even"),  # 41.666…
        (16, 18, "88.9", True, "half up, half even"),  # 88.888…
        (16, 18, "88.8", False, "truncated, not rounded"),
        (1, 8, "12.5", True, "half up, half even, truncated"),
        (1, 8, "13", True, "(half up)"),  # 12.5: half even gives 12
        (1, 8, "12", True, "half even, truncated"),
        (62, 194, "32", True, "half up, half even"),  # 31.96
        (26, 157, "16.6", True, "half up"),  # 16.56
        (45, 176, "25.7", False, "25.6%"),  # 25.568
    ],
)
def test_percentages(count, total, printed, holds, words):
    check = consistency.percentage(count, total, printed)
    assert check.holds is holds
    assert words in check.reason


def test_a_row_that_does_not_add_up():
    assert consistency.row_sum([2, 6, 10], 18).holds
    check = consistency.row_sum([13, 18], 33)
    assert not check.holds and check.reason == "13 + 18 = 31, printed 33"


def test_percentages_no_count_can_give():
    assert consistency.possible_counts(78, "17.9") == (14,)  # 14/78 = 17.949
    assert consistency.possible_counts(78, "96.7") == ()  # 75/78 = 96.15, 76/78 = 97.44
    assert not consistency.percentage_possible(78, "96.7").holds
    assert consistency.possible_counts(78, "44") == (34,)  # 33/78 = 42.3, 34/78 = 43.6, 35/78 = 44.87
    assert consistency.possible_counts(3, "33") == (1,)


def test_a_mean_no_whole_numbers_have():
    """5.27 of 43: 226/43 = 5.256, 227/43 = 5.279 (the example of the scrutiny package)."""
    assert not consistency.mean_possible(43, "5.27").holds
    assert consistency.mean_possible(43, "5.28").holds
    assert consistency.mean_possible(43, "5.26").holds


def test_geometric_middle_of_an_interval():
    """sqrt(1.455 * 6.535) = 3.0836 > 3.075, so 3.07 (1.46-6.54) is no Wald interval; 2.8343 < 2.835 is one."""
    assert not consistency.log_symmetry("3.07", "1.46", "6.54").holds
    assert consistency.log_symmetry("2.83", "1.37", "5.89").holds
    assert consistency.log_symmetry("2", "1", "4").holds
    assert consistency.log_symmetry("3.07", "1.46", "6.54").computed == "3.084-3.097"


def test_wald_p_value_of_an_interval():
    """1 to 1.96 log units either side of 0.98 is z = 1.96: p 0.05."""
    assert consistency.p_value_from_interval("2.000", "1.000", "4.000", "0.05").holds
    assert not consistency.p_value_from_interval("2.83", "1.37", "5.89", "0.0030").holds
    assert consistency.p_value_from_interval("1.00", "0.50", "2.00", "1.00").holds
    assert not consistency.p_value_from_interval("2.000", "1.000", "4.000", "0.01").holds


def test_p_values_of_counts():
    """2/18 against 6/24: expected responders 24/7 and 32/7, chi-square 1.2867."""
    check = consistency.table_p_value([[2, 6], [16, 18]], "0.2566")
    assert check.holds and "Pearson" in check.reason
    assert "Fisher" in consistency.table_p_value([[2, 6], [16, 18]], "0.431").reason


def test_the_smallest_change_that_gives_a_printed_p_value():
    check = consistency.table_p_value([[11, 10], [7, 14]], "0.4740")
    assert not check.holds
    assert "12/12 in column 2 (Pearson) would give it" in check.reason
    assert consistency.nearest_tables([[11, 10], [7, 14]], "0.4741") == ()


def test_medians_against_a_hazard_ratio():
    assert consistency.exponential_medians("2.8", "7.8", "2.83").holds
    far = consistency.exponential_medians("3.0", "9.0", "1.20")  # 3 against 1.2: 0.9 log units
    assert not far.holds


def test_overall_median_between_those_of_the_groups():
    groups = {"a": "2.8", "b": "7.5"}
    assert consistency.mixture_median("4.8", groups).holds
    assert not consistency.mixture_median("7.7", groups).holds
    assert consistency.mixture_median("7.5", groups).holds
    assert not consistency.mixture_median("2.6", groups).holds


def test_limits_in_order():
    assert consistency.rises(["1.7", "2.8", "4.8"]).holds
    assert not consistency.rises(["3.0", "2.8", "4.8"]).holds


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("0.0030", 0.00295, True),
        ("0.0030", 0.003049, True),
        ("0.0030", 0.00306, False),
        ("0.003", 0.0034, True),
        ("53", 53.5, False),  # half up and half even both give 54
        ("52", 52.5, True),  # half even
        ("53", 52.5, True),  # half up
        ("2.83", 2.835, False),
        ("2.82", 2.825, True),
        ("2.83", float("nan"), False),
    ],
)
def test_what_a_printed_number_can_stand_for(text, value, holds):
    assert rounded(text).holds(value) is holds


@pytest.mark.parametrize("text", ["", "1e5", "1,5", "nan", "1.2.3", "<0.001", "٣"])
def test_what_is_no_printed_number(text):
    with pytest.raises(ValueError, match="not a decimal number"):
        rounded(text)
