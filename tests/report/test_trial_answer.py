"""The first sentence where a trial was emulated: it answers, it only associates, and it has its interval."""

import math
import re
from dataclasses import replace

import pytest

from sequela.analyses.answer import answer
from sequela.analyses.results import Estimate, TargetTrial
from sequela.audit.card import audited
from sequela.report.answer import answer as worded
from sequela.report.answer import card_summary
from sequela.report.trial_answer import of_trial
from sequela.study.cohort import build_cohort
from tests.audit.worlds import records_in, study_of

CAUSAL = re.compile(r"\b(caus\w+|reduc\w+|improv\w+|impair\w+|effect\w*|due to|lead\w* to|benefit\w*)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def result():
    asked, records = study_of("I1"), records_in("I1")
    return audited(answer(asked, records, build_cohort(asked, records), ""))


def trial_of(result):
    return next(item for item in result.analyses if isinstance(item, TargetTrial))


def test_the_trial_answers_where_nothing_else_is_compared(result):
    said = worded(result)
    assert "whether progression-free survival differs with pertuzumab started within 90 days" in said.sentence
    assert "is not settled by these data" in said.sentence and "difference" in said.sentence
    assert "nothing unmeasured decided both who started" in said.gloss[0]
    assert said.numbers[0].label == "Difference of mean event-free time up to 12 months"
    assert not CAUSAL.search(said.sentence)
    assert len(card_summary(result.card)) < 160


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ((60.0, 10.0, 110.0), "was longer with pertuzumab started within 90 days than without"),
        ((-60.0, -110.0, -10.0), "was shorter with pertuzumab"),
        ((60.0, -1.0, 110.0), "is not settled by these data"),
        ((60.0, math.nan, math.nan), "could not be compared"),
    ],
)
def test_the_direction_follows_the_interval(result, limits, words):
    trial = replace(trial_of(result), mean_difference=Estimate(*limits, ""))
    assert words in of_trial(trial)[0]


def test_months_are_days_over_30_4375(result):
    trial = replace(trial_of(result), mean_difference=Estimate(60.875, 30.4375, 91.3125, ""))
    assert "difference 2.0 months (95% CI 1.0–3.0)" in of_trial(trial)[0]
