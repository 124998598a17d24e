"""Best response worked by hand: order, window, too-early stability, and how long control lasted."""

import polars as pl
import pytest

from sequela.derive.response import ResponseRules, best_response

from ..hand_made import at, records

NOBODY = pl.DataFrame(schema={"patient_id": pl.String, "day": pl.Int32})


def seen(*visits, organ=None):
    return [{"patient_id": "a", "day": day, "response": response, "organ": organ} for day, response in visits]


def best(visits, until=NOBODY, rules=ResponseRules()):  # noqa: B008
    return best_response(records(assessments=visits), at(a=0), until, rules).row(0, named=True)


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        ([(60, "SD"), (120, "PR"), (180, "SD"), (240, "PD")], "PR"),
        ([(60, "PR"), (120, "CR"), (180, "PD")], "CR"),
        ([(60, "PD"), (90, "PR")], "PD"),
        ([(41, "SD")], "NE"),
        ([(42, "SD")], "SD"),
        ([(41, "SD"), (60, "PD")], "PD"),
        ([(60, "NE")], "NE"),
        ([(0, "CR"), (60, "SD")], "SD"),
        ([], "NE"),
    ],
)
def test_best(visits, expected):
    assert best(seen(*visits))["best"] == expected


def test_the_next_line_closes_the_window():
    until = pl.DataFrame({"patient_id": ["a"], "day": [100]}, schema=NOBODY.schema)
    assert best(seen((60, "SD"), (150, "CR")), until)["best"] == "SD"


def test_a_response_of_one_organ_is_not_the_response_but_its_progression_is():
    assert best(seen((60, "CR"), organ="liver"))["best"] == "NE"
    assert best(seen((60, "SD")) + seen((120, "PD"), organ="skin") + seen((180, "CR")))["best"] == "SD"


@pytest.mark.parametrize(
    ("visits", "controlled"),
    [
        ([(60, "SD"), (182, "PD")], False),  # 182 days < 6 x 30.4375 = 182.625 < 183
        ([(60, "SD"), (183, "PD")], True),
        ([(60, "SD"), (183, "SD")], True),
        ([(60, "SD"), (120, "SD")], False),
        ([(60, "PR"), (100, "PD")], True),
        ([(60, "PD")], False),
        ([], False),
    ],
)
def test_disease_control_for_more_than_six_months(visits, controlled):
    assert best(seen(*visits))["controlled"] is controlled


def test_the_deciding_row_is_named():
    assert best(seen((60, "SD"), (120, "PR")))["row"] == "assessments:3"
