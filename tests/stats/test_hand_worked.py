"""Numbers that a pencil gives."""

from fractions import Fraction

import numpy as np
import pytest

from sequela.stats.contingency import fisher_exact, fisher_mid_p, pearson_chi_square, yates_chi_square
from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier, quantile, survival_at
from sequela.stats.log_rank import log_rank
from sequela.stats.proportions import exact_interval, wilson_interval
from sequela.stats.reverse_kaplan_meier import reverse_kaplan_meier
from sequela.stats.standardised_difference import categorical_difference, continuous_difference
from sequela.stats.wilcoxon import wilcoxon_rank_sum
from tests.golden.tolerances import DISTRIBUTION, NEWTON, PRINTED, SUMMATION


def near(value, tolerance=SUMMATION):
    return pytest.approx(float(value), rel=tolerance, abs=0)


def test_product_limit_with_delayed_entry():
    curve = kaplan_meier([5, 3, 6, 8, 4, 9], [1, 1, 1, 0, 1, 1], entry=[0, 0, 2, 3, 1, 4])
    assert curve.at_risk.tolist() == [4, 4, 4, 3, 2, 1]
    by_hand = [Fraction(3, 4), Fraction(9, 16), Fraction(27, 64), Fraction(9, 32), Fraction(9, 32), Fraction(0)]
    assert curve.survival.tolist() == [near(share) for share in by_hand]


def test_greenwood_by_hand():
    curve = kaplan_meier([1, 2, 2, 3, 4], [1, 1, 0, 0, 1])
    assert curve.at_risk.tolist() == [5, 4, 2, 1]
    assert curve.survival[:3].tolist() == [near(0.8), near(0.6), near(0.6)]
    assert curve.std_error[1] == near(0.6 * (1 / (5 * 4) + 1 / (4 * 3)) ** 0.5)
    assert np.isnan(curve.std_error[3])


def test_events_leave_before_censorings_but_in_follow_up_too():
    """At 2, one dies and one is censored; of the two, only the other could still be censored."""
    reverse = reverse_kaplan_meier([1, 2, 2, 3], [0, 1, 0, 0])
    assert reverse.survival.tolist() == [near(3 / 4), near(3 / 4 * 1 / 2), 0.0]


@pytest.mark.parametrize(
    ("time", "event", "median"),
    [
        ([1, 2, 3, 4], [1, 1, 1, 1], (2.5, 1, np.nan)),
        ([1, 2, 3, 5, 8, 9], [1, 1, 1, 0, 1, 0], (5.5, 2, np.nan)),
        ([54, 75, 77, 84, 87, 92, 100, 105, 112, 118], [1] * 5 + [0] * 5, (102.5, 77, np.nan)),
    ],
)
def test_the_median_of_a_flat_stretch_is_its_middle(time, event, median):
    found = quantile(kaplan_meier(time, event, interval="log"))
    assert [found.value, found.low, found.high] == pytest.approx(median, nan_ok=True)


def test_sas_has_no_median_where_the_curve_rests_at_one_half():
    """One half from day 2 on: the middle of 2 and 4 where the curve falls at 4, no median where it never does."""
    falls = kaplan_meier([1, 2, 4, 5], [1, 1, 1, 0])
    rests = kaplan_meier([1, 2, 4, 5], [1, 1, 0, 0])
    assert [quantile(curve, dialect="SAS").value for curve in (falls, rests)] == pytest.approx([3, np.nan], nan_ok=True)
    assert [quantile(curve).value for curve in (falls, rests)] == [3, 3.5]
    assert quantile(rests, dialect="SAS").low == quantile(rests).low


def test_spss_median_by_hand():
    """Ten events at 1 to 10: S(5) = 0.5, slope from S(4) = 0.6 to S(6) = 0.4 over two months is 0.1."""
    median = quantile(kaplan_meier(range(1, 11), [1] * 10), dialect="SPSS")
    half_width = 1.959963984540054 * (0.5 * 0.5 / 10) ** 0.5 / 0.1
    assert (median.value, median.low, median.high) == (5, near(5 - half_width), near(5 + half_width))


def test_spss_median_of_a_short_curve_has_no_interval():
    median = quantile(kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]), dialect="SPSS")
    assert median.value == 2
    assert np.isnan([median.low, median.high]).all()


def test_survival_is_not_carried_past_the_last_patient():
    read = survival_at(kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0], interval="log"), [0, 1.5, 4, 4.5])
    assert read.survival == pytest.approx([1, 0.75, 0.5, np.nan], nan_ok=True)
    assert read.low[0] == read.high[0] == 1
    assert survival_at(kaplan_meier([1, 2], [1, 1]), [9]).survival[0] == 0


def test_number_at_risk_counts_who_leaves_on_the_day():
    assert kaplan_meier([5, 5, 7], [1, 0, 1]).at_risk.tolist() == [3, 1]
    assert kaplan_meier([5, 5, 7, 6], [1, 0, 1, 0], entry=[0, 3, 0, 5]).at_risk.tolist() == [3, 2, 1]


def test_log_rank_with_ties_and_delayed_entry():
    """At 2: four at risk, three of group 0; two events. At 3: two at risk, one each; one event."""
    test = log_rank([2, 2, 3, 3, 1], [1, 1, 0, 1, 0], [0, 0, 0, 1, 1], entry=[0, 0, 1, 1, 0])
    expected = Fraction(2 * 3, 4) + Fraction(1, 2)
    variance = 2 * Fraction(3, 4) * Fraction(1, 4) * Fraction(2, 3) + Fraction(1, 4)
    assert test.observed.tolist() == [2, 1]
    assert test.expected[0] == near(expected)
    assert test.chi_square == pytest.approx(float((2 - expected) ** 2 / variance), abs=SUMMATION)
    assert test.variance[0, 0] == near(variance)


def test_log_rank_enters_after_an_event_of_the_same_day():
    """The second patient of group 1 enters on day 2, so only three are at risk at the event of that day."""
    test = log_rank([2, 3, 4, 4], [1, 1, 0, 1], [0, 0, 1, 1], entry=[0, 0, 0, 2])
    assert test.expected[0] == near(Fraction(2, 3) + Fraction(1, 3))


def test_cox_of_three_patients():
    """With r = e^b the likelihood r / (2 r + 1) / (r + 1) is largest where 2 r r = 1."""
    fit = cox([1, 2, 3], [1, 1, 0], [1, 0, 1])
    assert fit.coefficients[0] == pytest.approx(np.log(0.5) / 2, abs=NEWTON)
    assert fit.log_likelihood_null == near(-np.log(6))


def test_efron_and_breslow_of_one_tie():
    """Two of three die together: at b = 0 Efron divides by 3 and 2, Breslow by 3 and 3."""
    time, event, x = [1, 1, 2], [1, 1, 0], [1, 0, 1]
    assert cox(time, event, x).log_likelihood_null == near(-np.log(6))
    assert cox(time, event, x, ties="breslow").log_likelihood_null == near(-np.log(9))


def test_fisher_of_the_lady_tasting_tea():
    tea = [[3, 1], [1, 3]]
    assert fisher_exact(tea).p_value == near(Fraction(34, 70), DISTRIBUTION)
    assert fisher_exact(tea).probability == near(Fraction(16, 70), DISTRIBUTION)
    assert fisher_mid_p(tea).p_value == near(Fraction(26, 70), DISTRIBUTION)


def test_pearson_and_yates_by_hand():
    table = [[10, 20], [20, 10]]
    assert pearson_chi_square(table).statistic == near(Fraction(20, 3))
    assert yates_chi_square(table).statistic == near(4 * Fraction(81, 4) / 15)


def test_yates_never_overshoots():
    assert yates_chi_square([[5, 5], [5, 6]]).statistic == 0


def test_published_exact_intervals():
    """3 of 21 and 11 of 21, printed as 3.0-36.3 % and 29.8-74.3 %."""
    for count, printed in ((3, (3.0, 36.3)), (11, (29.8, 74.3))):
        interval = exact_interval(count, 21)
        assert [100 * interval.low, 100 * interval.high] == pytest.approx(printed, abs=0.1 * PRINTED)


def test_intervals_at_the_edges():
    assert exact_interval(0, 5).low == wilson_interval(0, 5).low == 0
    assert exact_interval(5, 5).high == wilson_interval(5, 5).high == 1
    assert exact_interval(0, 5).high == near(1 - 0.025**0.2, DISTRIBUTION)


def test_rank_sum_of_five():
    """x = 1, 2 against 3, 4, 5: one of ten choices is as extreme on each side."""
    assert wilcoxon_rank_sum([1, 2], [3, 4, 5]).p_value == near(0.2, DISTRIBUTION)


def test_standardised_differences_by_hand():
    assert continuous_difference([1, 3], [5, 9]).value == near(-5 / 5**0.5)
    two_levels = categorical_difference([8, 2], [5, 5])
    assert two_levels.value == near(0.3 / ((0.16 + 0.25) / 2) ** 0.5)
