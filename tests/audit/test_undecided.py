"""Patients whose group the records do not decide: counted, and put into each group in turn."""

import numpy as np
import pytest

from sequela.analyses.report_card import Status
from sequela.audit.undecided import DRAWN, drawn_shares
from sequela.stats.cox import cox
from tests.hand_made import records
from tests.study.studies import study

from .studies import examined

GROUPS = {"Positive": "HER2 positive", "Negative": "HER2 negative"}


def biopsied(n=60, unknown=0, days_unknown=30):
    """Half positive, half negative, dying on the same days; some were never biopsied and die early."""
    tables = {"patients": [], "exposures": [], "biomarkers": []}
    for number in range(n + unknown):
        name = f"b{number:03d}"
        days = 100 + 10 * (number // 2) if number < n else days_unknown + number
        tables["patients"].append({"patient_id": name, "death": days})
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
        if number < n:
            value = "positive" if number % 2 else "negative"
            tables["biomarkers"].append({"patient_id": name, "day": -5, "marker": "HER2", "value": value})
    return records(**tables)


def item_of(**more):
    asked = study(groups=GROUPS, reference="Negative", analyses=[{"survival": "os"}])
    return examined(asked, biopsied(**more)).card.named("group_not_known")


def test_everyone_decided():
    item = item_of()
    assert item.status is Status.OK and "all 60 patients" in item.finding and not item.answers


def test_the_bounds_are_those_of_each_group_in_turn():
    item = item_of(unknown=12)
    assert item.status is Status.WARN and "12 of 72 patients (16.7%)" in item.finding
    found = {answer.label: answer for answer in item.answers}
    days = np.array([100 + 10 * (k // 2) for k in range(60)] + [30 + k for k in range(60, 72)], dtype=float)
    known = np.arange(60) % 2
    for group, code in (("Positive", 1), ("Negative", 0)):
        exposed = np.concatenate([known, np.full(12, code)]).astype(float)
        fit = cox(days, np.ones(72, bool), exposed)
        answer = found[f"if all of them belonged to {group}"]
        assert answer.estimate.value == pytest.approx(float(np.exp(fit.coefficients[0]))) and answer.n == 72
    assert found["if all of them belonged to Positive"].estimate.value > 1
    assert found["if all of them belonged to Negative"].estimate.value < 1


def test_drawn_groups_lie_between_the_bounds_and_around_the_answer_of_an_even_split():
    """As many of either group are known, so half of those who are not are drawn into each."""
    item = item_of(unknown=12)
    found = {answer.label: answer.estimate for answer in item.answers}
    bounds = [found[f"if all of them belonged to {group}"] for group in GROUPS]
    drawn = found[DRAWN]
    days = np.array([100 + 10 * (k // 2) for k in range(60)] + [30 + k for k in range(60, 72)], dtype=float)
    split = np.concatenate([np.arange(60) % 2, np.arange(12) % 2]).astype(float)
    fit = cox(days, np.ones(72, bool), split)
    assert min(x.value for x in bounds) < drawn.value < max(x.value for x in bounds)
    assert drawn.value == pytest.approx(float(np.exp(fit.coefficients[0])), rel=0.15)
    assert np.log(drawn.high / drawn.low) > 2 * 1.96 * fit.std_errors[0]


def test_the_odds_of_unknown_groups_stay_within_twice_and_half_of_those_known():
    """Of groups of 20 and 10 the second has a third: 95% of the draws lie from odds of 1/4 to odds of 1."""
    rng = np.random.default_rng(1)
    share = np.array([drawn_shares(np.array([20, 10]), rng)[1] for _ in range(10_000)])
    assert np.quantile(share / (1 - share), [0.025, 0.5, 0.975]) == pytest.approx([0.25, 0.5, 1], rel=0.03)
    assert drawn_shares(np.array([3, 0, 1]), rng)[1] == 0


def test_one_of_many_is_no_alarm():
    assert item_of(n=100, unknown=1, days_unknown=300).status is Status.OK
