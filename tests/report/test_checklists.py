"""Checklists of reporting: filled from the run, never invented."""

import numpy as np
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.results import TargetTrial
from sequela.audit.card import audited
from sequela.report.checklist_evidence import EVIDENCE
from sequela.report.checklists import NOT_REPORTED, checklist_items, checklist_table
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of
from sequela.scenarios.worlds import WORLDS
from sequela.study.cohort import build_cohort
from tests.audit import worlds
from tests.study.studies import study

GROUPS = {"P": {"received": "pertuzumab", "before": "first trastuzumab emtansine"}, "T": "otherwise"}


@pytest.fixture(scope="module")
def patients():
    return records_of(simulate_cohort(WORLDS["C1"], np.random.default_rng(4), 200))


def reported(patients, **asked):
    found = study(time_zero="first trastuzumab emtansine", groups=GROUPS, reference="T", **asked)
    result = audited(answer(found, patients, build_cohort(found, patients), ""))
    return {(row.cells[0], row.cells[1]): row.cells[-1] for row in checklist_table(result).rows}


def test_every_item_names_its_evidence_and_every_evidence_is_asked_for():
    named = {item.evidence for item in checklist_items()}
    assert named == set(EVIDENCE)


def test_strobe_has_its_twenty_two_items_and_record_its_thirteen():
    by = {name: [item.item for item in checklist_items() if item.standard == name] for name in ("STROBE", "RECORD")}
    assert sorted({int("".join(filter(str.isdigit, item))) for item in by["STROBE"]}) == list(range(1, 23))
    assert len(by["STROBE"]) == len(set(by["STROBE"])) == 34
    assert len(by["RECORD"]) == len(set(by["RECORD"])) == 13


def test_what_only_the_authors_can_say_is_not_reported(patients):
    found = reported(patients)
    for item in ("2", "20", "21", "22"):
        assert found["STROBE", item] == NOT_REPORTED
    assert found["RECORD", "12.3"] == NOT_REPORTED


def test_what_the_study_did_not_do_is_not_reported(patients):
    found = reported(patients)
    assert found["STROBE", "14a"] == found["STROBE", "14b"] == NOT_REPORTED
    assert found["ESMO-GROW (topics)", "access"] == NOT_REPORTED
    assert found["TARGET (topics)", "protocol"] == NOT_REPORTED
    assert found["STROBE", "16a"].endswith("nothing is adjusted for.")
    assert found["STROBE", "11"] == NOT_REPORTED


def test_what_it_did_is_reported_with_its_numbers(patients):
    found = reported(
        patients,
        adjust=["ecog"],
        availability={"pertuzumab": "2013-10-01"},
        analyses=[{"characteristics": ["ecog", "age"]}, {"survival": "os"}],
    )
    assert found["STROBE", "14a"] == "Who the patients were: 2 variables."
    assert "adjusted for" in found["STROBE", "16a"]
    assert "linearity" in found["STROBE", "11"]
    assert found["ESMO-GROW (topics)", "access"] == "pertuzumab from 2013-10-01."
    assert all(name in found["STROBE", "15"] for name in GROUPS)


def test_events_and_patients_are_those_of_the_answer(patients):
    asked = study(time_zero="first trastuzumab emtansine", groups=GROUPS, reference="T")
    result = audited(answer(asked, patients, build_cohort(asked, patients), ""))
    rows = {(row.cells[0], row.cells[1]): row.cells[-1] for row in checklist_table(result).rows}
    for group in result.analyses[0].groups:
        assert f"{group.events} of {group.n} in {group.name}" in rows["STROBE", "15"]
    assert f"{len(result.card.items)} items" in rows["STROBE", "9"]


def test_the_design_counts_as_named_only_where_the_title_names_it(patients):
    assert reported(patients)["STROBE", "1a"] == NOT_REPORTED
    assert reported(patients, title="A retrospective cohort of T-DM1")["STROBE", "1a"] == "Title: “retrospective”."
    assert reported(patients, title="T-DM1, 2014 to 2017")["RECORD", "1.2"] != NOT_REPORTED


def test_matching_is_reported_where_patients_are_matched(patients):
    asked = {"propensity": "os", "by": ["ecog"], "weights": "matching", "horizon": 12, "bootstrap": 50}
    assert "propensity" in reported(patients, analyses=[{"survival": "os"}, asked])["STROBE", "6b"]
    assert reported(patients)["STROBE", "6b"].startswith("Not applicable")


def test_an_emulated_trial_fills_target_from_its_protocol():
    trial_asked = {"start": "pertuzumab", "within": 90, "endpoint": "pfs.ema", "horizon": 12, "bootstrap": 50}
    asked = study(time_zero="first trastuzumab emtansine", analyses=[{"target_trial": trial_asked}])
    records = worlds.records_in("I1")
    result = audited(answer(asked, records, build_cohort(asked, records), ""))
    trial = next(item for item in result.analyses if isinstance(item, TargetTrial))
    rows = [row for row in checklist_table(result).rows if row.cells[0].startswith("TARGET")]
    assert [row.cells[-1] for row in rows] == [part.emulation for part in trial.protocol]


def test_nothing_that_was_withheld_is_reported(patients):
    early = study(time_zero="metastatic diagnosis", groups=GROUPS, reference="T", population=["received T-DM1"])
    result = audited(answer(early, patients, build_cohort(early, patients), ""))
    rows = {(row.cells[0], row.cells[1]): row.cells[-1] for row in checklist_table(result).rows}
    assert rows["STROBE", "15"] == rows["STROBE", "14c"] == rows["STROBE", "16a"] == NOT_REPORTED
