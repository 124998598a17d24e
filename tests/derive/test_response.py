"""Best response worked by hand: order, window, too-early stability, and how long control lasted."""

import polars as pl
import pytest

from sequela.derive.best_response import ResponseRules
from sequela.derive.response import best_response

from ..hand_made import at, records

NOBODY = pl.DataFrame(schema={"patient_id": pl.String, "day": pl.Int32})


def seen(*visits, organ=None):
    return [{"patient_id": "a", "day": day, "response": response, "organ": organ} for day, response in visits]


def best(visits, until=NOBODY, rules=ResponseRules(), death=None):  # noqa: B008
    people = [{"patient_id": "a", "death": death}]
    return best_response(records(assessments=visits, patients=people), at(a=0), until, rules).row(0, named=True)


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
    assert best(seen(*visits), rules=ResponseRules(control_months=6))["controlled"] is controlled


@pytest.mark.parametrize(
    ("visits", "controlled", "benefited"),
    [
        ([(42, "SD")], True, False),
        ([(41, "SD")], False, False),
        ([(60, "SD"), (167, "SD")], True, False),
        ([(60, "SD"), (168, "PD")], True, True),  # 24 weeks are 168 days, and reached is enough
        ([(60, "NON-CR/NON-PD"), (168, "NON-CR/NON-PD")], True, True),
        ([(30, "PR"), (60, "PD")], True, True),
        ([(60, "PD")], False, False),
    ],
)
def test_stable_disease_of_any_length_is_control_and_of_24_weeks_benefit(visits, controlled, benefited):
    found = best(seen(*visits))
    assert (found["controlled"], found["benefited"]) == (controlled, benefited)


def test_the_deciding_row_is_named():
    assert best(seen((60, "SD"), (120, "PR")))["row"] == "assessments:3"


@pytest.mark.parametrize(
    ("visits", "death", "expected"),
    [
        ([(60, "SD"), (120, "PR"), (180, "PR"), (240, "PD")], None, (120, 120, True)),
        ([(60, "PR"), (180, "PR")], None, (60, 120, False)),
        ([(60, "PR"), (180, "PR"), (240, "NE")], 300, (60, 240, True)),
        ([(60, "PR")], None, (60, 0, False)),
        ([(60, "SD"), (120, "PD")], 300, (None, None, None)),
    ],
)
def test_how_long_a_response_lasted(visits, death, expected):
    found = best(seen(*visits), death=death)
    assert (found["response_days"], found["lasted_days"], found["lasted_event"]) == expected


def test_a_confirmed_response_begins_with_the_assessment_that_was_confirmed():
    visits = seen((60, "PR"), (70, "SD"), (120, "PR"), (180, "PR"), (240, "PD"))
    assert best(visits)["response_days"] == 60
    confirmed = best(visits, rules=ResponseRules(confirmed=True))
    assert (confirmed["response_days"], confirmed["lasted_days"]) == (120, 120)
    alone = best(seen((60, "PR"), (120, "SD")), rules=ResponseRules(confirmed=True))
    assert (alone["best"], alone["response_days"]) == ("SD", None)


def test_of_two_assessments_of_one_day_the_worse_counts():
    assert best(seen((60, "PR"), (60, "SD")))["best"] == "SD"
    assert best(seen((60, "PR"), (60, "NE")))["best"] == "PR"
