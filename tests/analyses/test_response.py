"""Rates and durations of response against numbers worked by hand and R's binom.test."""

import math
from dataclasses import replace

import polars as pl
import pytest

from sequela.analyses.response import DIFFERENCES, response
from sequela.derive.best_response import ResponseRules
from sequela.errors import NotEstimableError
from sequela.report.named_methods import find
from sequela.report.rate_tables import response_table
from sequela.stats.proportion_difference import miettinen_nurminen_difference

from ..hand_made import records
from .twelve import bundle, cohort

# group A: a1 to a6, group B: b1 to b6; time zero is day 0.
COURSES = {
    "a1": "60 PR, 120 PR, 180 PD",
    "a2": "60 CR, 100 PD",
    "a3": "60 SD, 200 SD",
    "a4": "60 SD, 100 PD",
    "a5": "60 PD",
    "a6": "",
    "b1": "60 PR, 90 PR",
    "b2": "60 PR, 90 PR, 150 PD",
    "b3": "60 PR, 90 PR, 210 PD",
    "b4": "60 NE",
    "b5": "30 SD",
    "b6": "60 SD",
}


def answered(**rules):
    visits = [
        {"patient_id": name, "day": int(part.split()[0]), "response": part.split()[1]}
        for name, course in COURSES.items()
        for part in course.split(", ")
        if part
    ]
    people = [{"patient_id": name, "last_contact": 300} for name in COURSES]
    return response(cohort(), records(patients=people, assessments=visits), ResponseRules(**rules))


def rate(result, name):
    found = next(item for item in result.proportions if item.name == name)
    return found.counts, found.estimates


def test_the_difference_of_two_rates_is_printed_against_the_reference():
    """Two of six less three of six; limits as the score test, whose witness is R."""
    result = answered()
    (a, less), (b, none) = result.proportions[0].differences
    assert (a, b, none) == ("A", "B", None) and less.value == pytest.approx(-1 / 6, rel=1e-12)
    expected = miettinen_nurminen_difference(2, 6, 3, 6)
    assert (less.low, less.high, less.method) == (expected.low, expected.high, expected.method)
    row = next(row for row in response_table(result).rows if row.cells[0].startswith("difference"))
    assert row.cells[1].startswith("-16.7 (") and row.cells[2:4] == ("reference", "")
    assert result.results.filter(statistic="proportion_difference")["group"].to_list() == ["A", "A", "A"]


@pytest.mark.parametrize("name", DIFFERENCES)
def test_every_limit_a_study_can_name(name):
    found = response(cohort(), bundle(), difference=name).proportions[0].differences[0][1]
    # None of six less one of six.
    assert found.value == pytest.approx(-1 / 6, rel=1e-12) and found.low < found.value < found.high
    assert find("difference", found.method)


def test_rates_of_each_group_and_of_everybody_with_exact_limits():
    result = answered()
    counts, estimates = rate(result, "objective_response")
    assert counts == (2, 3, 5)
    # R: binom.test(2, 6)$conf.int, binom.test(3, 6)$conf.int
    limits = [(0.04327187, 0.77722190), (0.11811724, 0.88188276)]
    for estimate, (low, high) in zip(estimates, limits, strict=False):
        assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-8)
    assert rate(result, "disease_control")[0] == (4, 4, 8)
    assert rate(result, "clinical_benefit")[0] == (3, 3, 6)
    assert dict(result.best)["NE"] == (1, 2, 3)


def test_confirmation_changes_the_rates_and_says_so():
    result = answered(confirmed=True)
    assert rate(result, "objective_response")[0] == (1, 3, 4)
    assert "confirmed complete" in result.proportions[0].definition and "28 days" in result.reading


def test_control_may_be_asked_to_last():
    assert rate(answered(control_months=6), "disease_control")[0] == (3, 3, 6)


def test_durations_of_responses_by_hand():
    a, b, everybody = answered().durations
    # group A: 120 and 40 days, both ended: the curve is at one half from day 40 to day 120
    assert (a.n, a.events, a.median.value) == (2, 2, 80.0)
    # group B: 30 censored, 90, 150: at one half from day 90 to day 150; R's survfit gives 120 (90, NA)
    assert (b.n, b.events, b.median.value) == (3, 2, 120.0)
    # everybody: one half from day 90 to day 120; R's survfit gives 105
    assert (everybody.n, everybody.events, everybody.median.value) == (5, 4, 105.0)
    assert (a.until_response.value, a.until_response.low, a.until_response.high) == (60, 60, 60)


def test_a_group_without_a_response_has_no_duration():
    seen = [{"patient_id": "a1", "day": 5, "response": "NE"}]
    only = response(cohort(), records(patients=[{"patient_id": "a1", "last_contact": 9}], assessments=seen))
    assert all(item.n == 0 and math.isnan(item.median.value) for item in only.durations)


def test_records_without_assessments_answer_nothing():
    with pytest.raises(NotEstimableError, match="the records hold no assessments"):
        response(cohort(), records(patients=[{"patient_id": "a1", "last_contact": 9}]))


def test_who_lost_rows_is_left_out_and_is_no_failure():
    people = [{"patient_id": name, "last_contact": 300} for name in COURSES]
    seen = [{"patient_id": name, "day": 60, "response": "SD"} for name in ("a1", "b1")]
    lost = pl.DataFrame({"patient_id": ["a2", "a3"], "table": ["assessments", "exposures"]})
    found = response(cohort(), replace(records(patients=people, assessments=seen), incomplete=lost))
    assert found.sizes == (5, 6, 11)
    assert found.cautions[0].startswith("1 of 12 patients are left out of the response, which refused rows")
    everyone = pl.DataFrame({"patient_id": list(COURSES)[:6], "table": ["assessments"] * 6})
    with pytest.raises(NotEstimableError, match="nobody of A has assessments none of which were refused"):
        response(cohort(), replace(records(patients=people, assessments=seen), incomplete=everyone))


def test_every_number_is_in_the_tidy_table():
    table = answered().results
    asked = table.filter(pl.col("variable") == "duration_of_response").select("group", "statistic", "value").rows()
    assert asked == [("A", "median_days", 80.0), ("B", "median_days", 120.0), ("All", "median_days", 105.0)]
