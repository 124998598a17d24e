"""Any marker as a number, as of time zero."""

import pytest

from sequela.derive.baseline import covariate_named
from sequela.derive.covariate import DEFAULT_DEFINITIONS
from sequela.derive.marker_value import as_number

from ..hand_made import at, records


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("60 %", 60),
        ("1,5", 1.5),
        ("-0.3", -0.3),
        ("− 4", -4),
        ("1.2e3", 1200),
        ("1,234", None),
        ("< 1", None),
        ("10-20", None),
        ("positive", None),
    ],
)
def test_what_is_a_number(written, number):
    assert as_number(written) == number


def test_the_latest_number_up_to_the_day():
    taken = [("LDH", 0, "200"), ("ldh", 10, "310"), ("LDH", 20, "> 400"), ("LDH", 30, "500"), ("CA 15-3", 5, "31")]
    rows = [{"patient_id": "a", "marker": marker, "day": day, "value": value} for marker, day, value in taken]
    covariate = covariate_named("value of LDH")
    found = covariate.derive(records(biomarkers=rows), at(a=25, b=25), DEFAULT_DEFINITIONS)
    assert found.rows() == [("a", 310.0, "biomarkers:3"), ("b", None, None)]
    assert (covariate.label, covariate.kind) == ("LDH", "continuous")
    assert covariate_named("value of ") is None
