"""Arithmetic on printed numbers.

P-values: R 4.2.2, `chisq.test(matrix(c(...), ncol = 2), correct = FALSE)$p.value`. The rest by hand.
"""

import pytest

from sequela.replicate import arithmetic

NOBODY = None


@pytest.mark.parametrize(
    ("table", "p_value"),
    [
        ([[2, 6], [16, 18]], "0.2566"),
        ([[3, 15], [15, 9]], "0.0030"),
        ([[13, 18], [5, 6]], "0.8394"),
        ([[11, 12], [7, 12]], "0.4740"),
        ([[13, 13], [5, 10], [0, 1]], "0.3971"),
    ],
)
def test_pearson_gives_the_printed_p_value(table, p_value):
    found = arithmetic.pearson(NOBODY, {"table": table, "p_value": p_value})
    assert found.holds


def test_pearson_names_the_table_the_p_value_belongs_to():
    found = arithmetic.pearson(NOBODY, {"table": [[11, 10], [7, 14]], "p_value": "0.4740"})
    assert found.holds is False
    assert "Pearson 0.2123" in found.note
    assert "12/12 in column 2 (Pearson) would give it" in found.note


def test_pearson_names_no_table_where_no_small_edit_gives_the_p_value():
    found = arithmetic.pearson(NOBODY, {"table": [[11, 10], [7, 14]], "p_value": "0.9999"})
    assert found.holds is False
    assert "would give it" not in found.note


def test_a_percentage_cut_off_is_told_from_a_wrong_one():
    cut = arithmetic.percentage(NOBODY, {"count": 16, "of": 18, "percent": "88.8"})
    assert cut.holds is False
    assert cut.note == "16/18 is 88.9%; 88.8% is truncated, not rounded"
    wrong = arithmetic.percentage(NOBODY, {"count": 16, "of": 18, "percent": "87.8"})
    assert wrong.note == "16/18 is 88.9%, printed 87.8%"
    assert arithmetic.percentage(NOBODY, {"count": 16, "of": 18, "percent": "88.9"}).holds


def test_grim_finds_percentages_no_whole_number_reaches():
    # 75/78 = 96.15, 76/78 = 97.44; 14/78 = 17.95; 24/78 = 30.77; 34/78 = 43.59
    impossible = arithmetic.grim(NOBODY, {"percent": "96.7", "of": 78})
    assert impossible.holds is False
    assert "75/78 = 96.2, 76/78 = 97.4" in impossible.note
    for percent, count in (("17.9", 14), ("30.8", 24), ("44", 34)):
        found = arithmetic.grim(NOBODY, {"percent": percent, "of": 78})
        assert found.holds
        assert found.note == f"{percent}% of 78: {count}/78"


def test_sum():
    assert arithmetic.sum_of(NOBODY, {"parts": [13, 18], "total": 33}).note == "13 + 18 = 31, printed 33"
    assert arithmetic.sum_of(NOBODY, {"parts": [49, -2, -5], "total": 42}).holds


def test_log_symmetry():
    # sqrt(1.365 * 5.885) = 2.834 < 2.835; sqrt(1.455 * 6.535) = 3.084 > 3.075
    assert arithmetic.log_symmetry(NOBODY, {"value": "2.83", "low": "1.37", "high": "5.89"}).holds
    adjusted = arithmetic.log_symmetry(NOBODY, {"value": "3.07", "low": "1.46", "high": "6.54"})
    assert adjusted.holds is False
    assert "lies in 3.084-3.097; printed 3.07" in adjusted.note
    assert "profile likelihood" in adjusted.note


def test_log_rank_and_wald_z():
    # z = ln 2.83 / (ln(5.89 / 1.37) / 3.92) = 1.0403 / 0.3721 = 2.80; p .0030 is z 2.97; a tie in p moves it
    printed = {"hazard_ratio": "2.83", "low": "1.37", "high": "5.89", "p_value": "0.0030"}
    found = arithmetic.z_ratio(NOBODY, printed)
    assert found.holds
    assert found.note == "log-rank z 2.97 over Wald z 2.80 is 1.06, within 0.97 to 1.06"
    assert arithmetic.z_ratio(NOBODY, printed | {"p_value": "0.0003"}).holds is False
    assert arithmetic.z_ratio(NOBODY, printed | {"p_value": "0.3000"}).holds is False


def test_medians_against_the_hazard_ratio():
    found = arithmetic.exponential(NOBODY, {"medians": ["7.8", "2.8"], "hazard_ratio": "2.83"})
    assert found.holds
    assert found.values == pytest.approx((7.8 / 2.8,))
    assert not arithmetic.exponential(NOBODY, {"medians": ["2.8", "7.8"], "hazard_ratio": "2.83"}).holds


def test_a_median_of_everyone_lies_between_the_groups():
    assert arithmetic.between(NOBODY, {"value": "4.8", "parts": {"A": "2.8", "B": "7.5"}}).holds
    assert not arithmetic.between(NOBODY, {"value": "7.7", "parts": {"A": "2.8", "B": "7.5"}}).holds


def test_the_same_in_two_places():
    assert arithmetic.same(NOBODY, {"Abstract": "2.8", "Results": "2.8"}).holds
    differing = arithmetic.same(NOBODY, {"Abstract": "2.8", "Results": "2.9"})
    assert differing.holds is False
    assert differing.note == "Abstract prints 2.8; Results prints 2.9"


def test_a_share_said_of_the_study_that_is_one_groups():
    given = {"percent": "16.7", "parts": [3, 15], "sizes": [18, 24]}
    found = arithmetic.share_of_study(NOBODY, given)
    assert found.holds is False
    assert found.note == "18 of 42 patients are 42.9 %; 16.7 is 3 of 18, one group only"
    assert arithmetic.share_of_study(NOBODY, given | {"percent": "42.9"}).holds


def test_two_p_values_of_the_same_comparison():
    # qnorm(1 - .03 / 2) = 2.170, qnorm(1 - .049 / 2) = 1.969; the digits allow 2.108 / 1.973 = 1.068 and more
    found = arithmetic.two_p(NOBODY, {"log_rank": "0.03", "wald": "0.049"})
    assert found.values == pytest.approx((2.170, 1.969), abs=1e-3)
    assert found.holds is False and found.within_paper
    assert found.note == "log-rank z 2.17 over Wald z 1.97 is 1.10, outside 0.97 to 1.06"
    # p = 0.04 stands for 0.035 to 0.045: 2.005 / 1.973 = 1.016 to 2.108 / 1.965 = 1.073
    assert arithmetic.two_p(NOBODY, {"log_rank": "0.04", "wald": "0.049"}).holds
    assert arithmetic.two_p(NOBODY, {"log_rank": "0.08", "wald": "0.049"}).holds is False


def test_what_only_the_digits_allow_is_said_so():
    # z 2.170 over 1.945 is 1.12; with p to 0.035 and 1.295 beside 0.995-1.675 it can be 1.06 and less
    found = arithmetic.two_z(NOBODY, {"p_value": "0.03", "hazard_ratio": "1.29", "low": "1.00", "high": "1.67"})
    assert found.holds
    assert "is 1.11, the printed digits allow 1.0" in found.note and "reaches into 0.97 to 1.06" in found.note


def test_two_z_of_the_same_comparison():
    # qnorm(1 - .0006 / 2) = 3.432; log(1.79) / (log(2.61 / 1.23) / (2 * 1.959964)) = 3.034
    found = arithmetic.two_z(NOBODY, {"p_value": "0.0006", "hazard_ratio": "1.79", "low": "1.23", "high": "2.61"})
    assert found.values == pytest.approx((3.432, 3.034), abs=1e-3)
    assert found.holds is False and "outside 0.97 to 1.06" in found.note
    agreeing = arithmetic.two_z(NOBODY, {"p_value": "0.002", "hazard_ratio": "1.79", "low": "1.23", "high": "2.61"})
    assert agreeing.holds


def test_a_ratio_below_one_is_judged_as_its_inverse():
    # 1/1.79 = 0.559, 1/2.61 = 0.383, 1/1.23 = 0.813
    inverse = {"hazard_ratio": "0.559", "low": "0.383", "high": "0.813"}
    assert arithmetic.z_ratio(NOBODY, inverse | {"p_value": "0.0024"}).holds
    assert arithmetic.z_ratio(NOBODY, inverse | {"p_value": "0.0006"}).holds is False


def test_p_of_an_interval():
    # By R: twice pnorm of minus log(1.89) over log(2.89 / 1.24) / (2 x 1.959964), which is 0.0031874
    found = arithmetic.interval_p(NOBODY, {"value": "1.89", "low": "1.24", "high": "2.89", "p_value": "0.003"})
    assert found.holds and found.values == pytest.approx((0.003187,), abs=1e-5)
    other = arithmetic.interval_p(NOBODY, {"value": "1.23", "low": "1.00", "high": "1.67", "p_value": "0.049"})
    assert other.holds is False


def test_limits_of_spss_lie_evenly():
    assert arithmetic.symmetric(NOBODY, {"value": "74", "low": "52", "high": "97"}).holds  # middle 74.5
    assert arithmetic.symmetric(NOBODY, {"value": "6", "low": "3", "high": "10"}).holds  # 6.5, each end may round
    found = arithmetic.symmetric(NOBODY, {"value": "8", "low": "1", "high": "19"})
    assert found.holds is False
    assert "1-15 or -3-19 would" in found.note


def test_adjusted_p_value():
    assert arithmetic.adjusted_p(NOBODY, {"raw": "0.0006", "times": 2, "adjusted": "0.001"}).holds
    assert arithmetic.adjusted_p(NOBODY, {"raw": "0.7", "times": 2, "adjusted": "1"}).values == (1.0,)
    sidak = arithmetic.adjusted_p(NOBODY, {"raw": "0.22", "times": 2, "adjusted": "0.39"})  # 1 - (1 - .22)^2
    assert sidak.holds is False and sidak.note == "2 x 0.22 = 0.44, printed 0.39"


def test_inclusion_and_exclusion():
    found = arithmetic.inclusion_exclusion(NOBODY, {"first": 353, "second": 258, "both": 244, "either": 353})
    assert found.values == (367,)
    assert found.note == "353 + 258 - 244 = 367, printed 353: 14 patients too few"
    assert arithmetic.inclusion_exclusion(NOBODY, {"first": 3, "second": 2, "both": 1, "either": 4}).holds


def test_a_median_that_is_not_reached_is_longer_than_all():
    below = arithmetic.between(NOBODY, {"value": "4", "parts": {"A": "6", "B": "N.R."}})
    assert below.holds is False and below.note.startswith("4 lies below 6")
    assert arithmetic.between(NOBODY, {"value": "52", "parts": {"A": "67", "B": "36", "C": "N.R."}}).holds
