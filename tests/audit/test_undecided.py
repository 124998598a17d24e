"""Patients whose group the records do not decide: counted, and put into each group in turn."""

import numpy as np
import pytest

from sequela.analyses.report_card import Status
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


def test_one_of_many_is_no_alarm():
    assert item_of(n=100, unknown=1, days_unknown=300).status is Status.OK
