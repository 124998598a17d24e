"""What was measured: named where it differs and is left out, silent where it is adjusted for."""

import numpy as np
import pytest

from sequela.analyses.report_card import Status
from tests.study.studies import study

from .simulated import cohort
from .studies import examined as examined_study
from .worlds import examined


def test_frailty_left_out_is_named_and_weighted_away():
    item = examined("C1", "naive", patients=1200).named("measured_confounding")
    assert item.status is Status.WARN
    assert "ECOG performance status" in item.finding and "Nothing of it is adjusted for" in item.finding
    found = {answer.label: answer.estimate for answer in item.answers}
    assert found["unadjusted"].high < 1
    assert found["with overlap weights"].low < 1 < found["with overlap weights"].high
    assert found["adjusted for everything measured"].value == pytest.approx(
        found["with overlap weights"].value, rel=0.1
    )
    after = [m.value for m in item.measures if m.name == "standardised_difference_weighted"]
    assert after == pytest.approx([0.0], abs=1e-8)


def test_frailty_that_is_adjusted_for_is_no_alarm():
    item = examined("C1").named("measured_confounding")
    assert item.status is Status.OK
    assert "which the model adjusts for" in item.finding


GROUPS = {"P": "received pertuzumab before first trastuzumab emtansine", "T": "otherwise"}


def card_of(rows):
    asked = study(groups=GROUPS, reference="T", time_zero="first trastuzumab emtansine", analyses=[{"survival": "os"}])
    return examined_study(asked, cohort(rows)).card.named("measured_confounding")


def rows(n, frail_p, frail_t, seed=1):
    rng = np.random.default_rng(seed)
    return [
        {
            "group": "P" if k % 2 else "T",
            "days": int(rng.integers(30, 900)),
            "died": k % 3 > 0,
            "ecog": int(rng.random() < (frail_p if k % 2 else frail_t)),
        }
        for k in range(n)
    ]


def test_a_small_cohort_carries_no_score_and_says_why():
    item = card_of(rows(16, 0.9, 0.1))
    assert "Weighting is not supportable: 8 patients in the smaller group carry no score of 1 column" in item.finding
    assert "with overlap weights" not in [answer.label for answer in item.answers]


def test_alike_groups_are_no_alarm():
    assert card_of(rows(600, 0.5, 0.5)).status is Status.OK


def test_groups_told_apart_completely_carry_no_score():
    item = card_of(rows(60, 1.0, 0.0))
    assert item.status is Status.WARN
    assert "tell the two outcomes apart" in item.finding


def test_patients_without_counterpart_are_counted():
    item = card_of(rows(800, 0.97, 0.02))
    assert "have no counterpart" in item.finding


def test_nothing_recorded_is_not_assessable():
    plain = [{key: value for key, value in row.items() if key != "ecog"} for row in rows(40, 0.5, 0.5)]
    assert card_of(plain).status is Status.NOT_ASSESSABLE
