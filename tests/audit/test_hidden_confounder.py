"""A hidden confounder tried out: it stands beside the measured one, and warns where it turns the answer."""

import math

import pytest
from pydantic import ValidationError

from sequela.analyses.report_card import Status
from sequela.errors import StudyError
from sequela.report.tipping_tables import tipping_tables
from sequela.stats.e_value import risk_ratio_of_hazard_ratio
from sequela.stats.hidden_confounder import confounding_factor

from .simulated import cohort
from .studies import examined
from .test_smaller_items import asked, people
from .worlds import examined as examined_world


def card_of(rows):
    return examined(asked(), cohort(rows)).card


def frail(n=300, ratio=1.0):
    """120 of 150 in P are frail, 60 of 150 in T; who is frail dies four times as fast."""
    rows = people(n, ratio=ratio, ecog=lambda i, rng: int(i // 2 % 5 < (4 if i % 2 else 2)))
    for row in rows:
        row["days"] = 1 + row["days"] // (4 if row["ecog"] else 1)
    return rows


def test_a_confounder_like_the_measured_one_takes_the_ratio_apart():
    card = card_of(frail())
    item = card.named("hidden_confounder")
    found = {answer.label: answer.estimate for answer in item.answers}
    like, turned = found["with another confounder like ECOG performance status"], "the groups exchanged"
    assert item.status is Status.WARN and found["as asked"].low > 1
    assert like.value < found["as asked"].value and like.low < 1 < like.high
    assert next(value for label, value in found.items() if turned in label).value > found["as asked"].value
    assert (
        "on the side with more events: 80% of P and 40% of T" in item.finding
        and item.direction == "It could be the whole difference."
    )


def test_with_the_weight_of_the_other_value_the_shares_turn_too():
    # Those of ECOG 1 live four times as long: whoever is not of it has the confounder, 20 % of P and 60 % of T.
    rows = frail()
    for row in rows:
        row["days"] = 1 + row["days"] * (16 if row["ecog"] else 1)
    assert "on the side with more events: 20% of P and 60% of T" in card_of(rows).named("hidden_confounder").finding


def test_without_anything_measured_an_ordinary_one_is_tried_and_said_so():
    item = card_of(people(400, ratio=2.5)).named("hidden_confounder")
    assert [answer.label for answer in item.answers] == ["as asked", "with an ordinary confounder of unknown direction"]
    asked_for, freed = (answer.estimate for answer in item.answers)
    assert freed.value == pytest.approx(asked_for.value, rel=0.03)
    assert freed.high / freed.low > asked_for.high / asked_for.low
    assert item.status is Status.OK and "Nothing was measured" in item.finding


def test_the_tipping_points_are_those_of_the_formula():
    card = card_of(people(400, ratio=2.5))
    grid = card.named("hidden_confounder").grids[0]
    row, column = grid.shares.index(0.1), grid.strengths.index(3.0)
    share, limit = grid.to_one[row][column], grid.to_limit[row][column]
    estimate = card.named("hidden_confounder").answers[0].estimate
    for part, hazard in ((share, estimate.value), (limit, estimate.low)):
        risk = (1 - 0.5 ** math.sqrt(hazard)) / (1 - 0.5 ** math.sqrt(1 / hazard))
        assert float(confounding_factor(part, 0.1, 3.0)) == pytest.approx(risk)
    assert limit < share
    (table,) = tipping_tables(card)
    assert f"{100 * share:.0f}% / {100 * limit:.0f}%" in table.rows[0].cells


def test_an_answer_that_was_withheld_is_not_freed():
    item = examined_world("N0", "naive").named("hidden_confounder")
    assert item.status is Status.NOT_ASSESSABLE and not item.grids


def test_the_same_study_draws_the_same():
    first, again = (card_of(frail()).named("hidden_confounder").answers for _ in range(2))
    assert first == again


def test_one_that_the_study_file_describes_is_tried_as_described():
    """With shares of 1/2 and 1/5 and a ratio of 3 the risk ratio is divided by 10/7, all of it known."""
    described = {"name": "frailty", "group": 0.5, "reference": 0.2, "ratio": 3}
    card = examined(asked(confounder=described), cohort(people(400, ratio=2.5))).card
    found = {answer.label: answer.estimate for answer in card.named("hidden_confounder").answers}
    freed = found["with frailty as the study file describes it"]
    risk = risk_ratio_of_hazard_ratio(found["as asked"].value) / (10 / 7)
    assert risk_ratio_of_hazard_ratio(freed.value) == pytest.approx(risk, rel=0.02)
    assert "frailty" in card.named("hidden_confounder").finding


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"group": 1.2}, "no range of shares"),
        ({"reference": [0.4, 0.2]}, "no range of shares"),
        ({"ratio": 0}, "no range of risk ratios"),
        ({"strength": 2}, "strength"),
    ],
)
def test_one_that_cannot_be_is_refused(changes, said):
    described = {"name": "frailty", "group": 0.5, "reference": 0.2, "ratio": 3, **changes}
    with pytest.raises((ValidationError, StudyError), match=said):
        asked(confounder=described)
