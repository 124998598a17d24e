"""Menopausal status: what is written in eight languages, and which of several results counts."""

import pytest

from sequela.derive.baseline import COVARIATES, DEFAULT_DEFINITIONS
from sequela.records.menopause import menopausal_status, menopausal_statuses

from ..hand_made import at, records

PRE, PERI, POST = menopausal_statuses()


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("Pre-menopausal", PRE),
        ("premenopausal at diagnosis", PRE),
        ("pre", PRE),
        ("prämenopausal", PRE),
        ("non ménopausée", PRE),
        ("閉経前", PRE),
        ("peri", PERI),
        ("perimenopáusica", PERI),
        ("POST", POST),
        ("in menopausa", POST),
        ("ménopausée", POST),
        ("pós-menopausa", POST),
        ("閉経後", POST),
        ("menopausal", None),
        ("unknown", None),
        ("not postmenopausal", None),
        ("不明", None),
        ("1", None),
        ("post hysterectomy", None),
    ],
)
def test_what_is_written(written, status):
    assert menopausal_status(written) == status


def test_the_latest_that_says_one_up_to_the_day_counts():
    values = [(None, "pre"), (10, "perimenopausal"), (20, "unknown"), (40, "postmenopausal")]
    rows = [{"patient_id": "a", "day": day, "marker": "menopausal status", "value": text} for day, text in values]
    covariate = COVARIATES["menopausal_status"]
    for day, status, row in ((5, PRE, 2), (30, PERI, 3), (40, POST, 5)):
        found = covariate.derive(records(biomarkers=rows), at(a=day), DEFAULT_DEFINITIONS)
        assert found["value"].to_list() == [status] and found["row"].to_list() == [f"biomarkers:{row}"]


def test_a_patient_without_one_has_none():
    found = COVARIATES["menopausal_status"].derive(records(), at(a=0), DEFAULT_DEFINITIONS)
    assert found["value"].to_list() == [None]
