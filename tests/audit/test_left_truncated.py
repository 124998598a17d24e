"""A cohort nobody prepared: 200 patients seen from the day of sequencing, no calendar, day 0 the diagnosis."""

import re

import numpy as np
import pytest

from sequela.analyses.report_card import Status
from sequela.report.answer import answer as worded
from sequela.report.answer import card_summary
from tests.hand_made import records
from tests.study.studies import study

from .studies import examined

GROUPS = {"Pertuzumab": {"received": "pertuzumab", "line": "first"}, "No pertuzumab": "otherwise"}
CAUSE = re.compile(r"\b(caus|works? less|because of pertuzumab|due to|reduces|leads? to|resistan)", re.IGNORECASE)


def sequenced(n=200, harm=1.0, seed=5):
    """Survival from metastatic disease, exponential; only who lives to the day of sequencing is in the records.

    Patients with pertuzumab are sequenced sooner, so that they need not live so long to be counted.
    """
    rng = np.random.default_rng(seed)
    tables = {"patients": [], "diagnoses": [], "exposures": []}
    while len(tables["patients"]) < n:
        name, after = f"g{len(tables['patients']):03d}", bool(rng.random() < 0.5)
        seen = 20 + rng.exponential(200 if after else 900)
        life = rng.exponential(1000 / (harm if after else 1))
        if life <= seen:
            continue
        end = min(life, seen + rng.exponential(900))
        last = {"death": int(end) + 2} if end == life else {"last_contact": int(end) + 2}
        tables["patients"].append({"patient_id": name, "observed_from": int(seen), **last})
        tables["diagnoses"].append({"patient_id": name, "day": 0, "kind": "metastatic"})
        drugs = ["trastuzumab", *(["pertuzumab"] if after else [])]
        tables["exposures"] += [{"patient_id": name, "drug": drug, "start": 5, "stop": 18} for drug in drugs]
    return records(**tables)


@pytest.fixture(scope="module")
def result():
    asked = study(
        groups=GROUPS, reference="No pertuzumab", time_zero="metastatic diagnosis", analyses=[{"survival": "os"}]
    )
    return examined(asked, sequenced())


def test_the_first_sentence_says_what_was_seen_and_why_it_is_no_answer(result):
    sentence = worded(result).sentence
    assert "is not an answer, because the clock starts before" in sentence
    assert "with delayed entry" in sentence and "from entry" in sentence
    assert not CAUSE.search(sentence)


def test_the_naive_ratio_is_of_waiting_and_delayed_entry_takes_it_back(result):
    item = result.card.named("time_zero")
    found = {answer.label: answer.estimate for answer in item.answers}
    assert item.status is Status.ERROR
    assert found["as asked"].low > 1
    assert found["with delayed entry"].low < 1 < found["with delayed entry"].high
    assert item.direction == "It flatters No pertuzumab: its patients had to live longer before they could be counted."


def test_what_needs_a_calendar_says_so(result):
    assert result.card.named("availability").status is Status.NOT_ASSESSABLE
    assert "origin_date" in result.card.named("availability").remedy
    assert result.card.named("censoring").status is Status.NOT_ASSESSABLE


def test_the_reader_is_told_in_a_line_and_nothing_stands_twice(result):
    assert card_summary(result.card).startswith("The comparison is not an answer, because of time zero and entry")
    shown = result.card.shown()
    findings = [items[0].finding for items in shown if len(items) > 1]
    assert len(findings) == len(set(findings)) and sum(len(items) for items in shown) == len(result.card.items)
    together = next(items for items in shown if items[0].finding == "No comparison of times is reported.")
    assert {item.name for item in together} >= {"proportional_hazards", "unmeasured_confounding"}
