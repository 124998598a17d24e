"""Checklists of reporting: filled from the run, never invented."""

import re
from dataclasses import replace

import numpy as np
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.results import TargetTrial
from sequela.audit.card import audited
from sequela.records.bundle import SourceFile
from sequela.report.checklist_drugs import OF_DRUGS
from sequela.report.checklist_evidence import EVIDENCE
from sequela.report.checklist_trials import OF_TRIALS
from sequela.report.checklists import ANSWERS, NOT_REPORTED, checklist_items, checklist_table
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
    assert named == set(ANSWERS)
    assert len(ANSWERS) == len(EVIDENCE) + len(OF_DRUGS) + len(OF_TRIALS)


def test_no_number_stands_twice_in_a_standard():
    numbers = [(item.standard, item.item) for item in checklist_items()]
    assert len(numbers) == len(set(numbers))
    assert all(item.asks and not item.asks.endswith(".") for item in checklist_items())


def test_record_pe_has_its_fifteen_items():
    """Langan et al. 2018, the table of items: seven about exposure, the others as they extend STROBE and RECORD."""
    numbers = [item.item for item in checklist_items() if item.standard == "RECORD-PE"]
    exposure = [f"7.1.{letter}" for letter in "abcdefg"]
    assert numbers == ["4.a", "4.b", "6.1.a", *exposure, "8.a", "12.1.a", "12.1.b", "19.1.a", "20.a"]
    assert len(numbers) == 15


def test_target_has_its_twenty_one_items_in_thirty_nine_parts():
    """Cashin et al. 2025: items 6 and 7 ask for the same eight parts, of the trial and of its emulation."""
    numbers = [item.item for item in checklist_items() if item.standard == "TARGET"]
    assert sorted({int(re.match(r"\d+", number)[0]) for number in numbers}) == list(range(1, 22))
    parts = {at: sorted({number[1] for number in numbers if number[0] == at and number[1:2].isalpha()}) for at in "67"}
    assert parts["6"] == parts["7"] == list("abcdefgh")
    assert len(numbers) == 39


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


TRIAL = {"start": "pertuzumab", "within": 90, "endpoint": "pfs.ema", "horizon": 12, "bootstrap": 50}
LETTERS = {"a": "Eligibility", "b": "Strategies", "c": "Assignment", "e": "Outcome", "f": "Contrast"}
"""Parts of items 6 and 7 of TARGET."""
PROTOCOL = [
    "Eligibility",
    "Strategies",
    "Assignment",
    "Time zero",
    "Follow-up",
    "Outcome",
    "Contrast",
    "Analysis",
    "Assumptions",
]
"""What every design writes down."""
SEQUENCE = {key: value for key, value in TRIAL.items() if key != "within"} | {
    "design": "sequential trials",
    "trials": 3,
    "covariates": ["duration_of_her2_therapy"],
}


def emulated(*analyses, title="Pertuzumab added"):
    asked = study(time_zero="first trastuzumab emtansine", title=title, analyses=list(analyses))
    records = worlds.records_in("I1")
    result = audited(answer(asked, records, build_cohort(asked, records), ""))
    table = checklist_table(result)
    return result, {(row.cells[0], row.cells[1]): row.cells[-1] for row in table.rows}, table.notes[0]


def test_without_a_target_trial_each_item_of_target_says_why(patients):
    found = reported(patients)
    said = {answer for (standard, _), answer in found.items() if standard == "TARGET"}
    assert said == {"NOT REPORTED: no target trial was asked for"}


def test_a_trial_that_could_not_be_answered_is_told_from_one_nobody_asked_for():
    _, found, counts = emulated({"target_trial": TRIAL | {"horizon": 900}})
    assert found["TARGET", "6a"] == "NOT REPORTED: the target trial could not be answered"
    assert "TARGET 0 of 39 (the target trial could not be answered)" in counts


def test_an_emulated_trial_fills_target_from_its_protocol():
    result, found, counts = emulated(
        {"target_trial": TRIAL | {"landmarks": [3], "covariates": ["duration_of_her2_therapy"]}}
    )
    trial = next(item for item in result.analyses if isinstance(item, TargetTrial))
    by = {part.item: part for part in trial.protocol}
    for letter, item in LETTERS.items():
        assert inside(by[item].target) in found["TARGET", f"6{letter}"]
        assert inside(by[item].emulation.removeprefix("the same")).lstrip(";, ") in found["TARGET", f"7{letter}"]
    assert by["Time zero"].target in found["TARGET", "6d"]
    assert by["Follow-up"].target in found["TARGET", "6d"]
    assert "a clone is censored" in found["TARGET", "7d"]
    assert inside(by["Assumptions"].emulation) in found["TARGET", "7g.i"]
    assert found["TARGET", "7g.ii"].startswith("Duration of HER2-targeted therapy, as last")
    start, other = trial.strategies
    assert f"{start.events} of {start.clones}" in found["TARGET", "12"]
    assert f"{other.left} of {other.clones}" in found["TARGET", "10"]
    assert f"{start.clones} in “{start.name}”" in found["TARGET", "8"]
    assert "hazard ratio" in found["TARGET", "14"]
    assert "TARGET 31 of 39" in counts
    for item in ("2", "4", "9", "15", "17", "18", "20", "21"):
        assert found["TARGET", item] == NOT_REPORTED


def inside(text):
    """Leave out the first letter, which a sentence writes large."""
    return text[1:]


def test_effects_are_the_difference_of_the_shares_and_the_ratio_of_the_risks():
    result, found, _ = emulated({"target_trial": TRIAL})
    trial = result.analyses[0]
    start, other = (item.survival.value for item in trial.strategies)
    numbers = [float(text) for text in re.findall(r"-?\d+\.\d+(?= \()", found["TARGET", "13"])]
    assert numbers[0] == pytest.approx(100 * (start - other), abs=0.051)
    assert numbers[2] == pytest.approx((1 - start) / (1 - other), abs=0.0051)


def test_without_other_choices_their_results_are_not_reported():
    _, found, _ = emulated({"target_trial": TRIAL})
    assert found["TARGET", "7h.ii"] == found["TARGET", "14"] == NOT_REPORTED
    assert found["TARGET", "7g.ii"].startswith("No variable")


def test_sequential_trials_report_both_ways_of_following():
    result, found, _ = emulated({"characteristics": ["age"]}, {"target_trial": SEQUENCE})
    trial = result.analyses[1]
    assert [part.item for part in trial.protocol] == PROTOCOL
    assigned, followed = trial.over_time.comparisons
    assert f"Intention to treat, start pertuzumab: {assigned.strategies[0].events} of" in found["TARGET", "12"]
    assert f"left it {followed.strategies[1].left} of" in found["TARGET", "10"]
    assert found["TARGET", "14"].startswith("Per protocol: difference")
    assert found["TARGET", "9"].endswith("by strategy not reported.")
    assert "as last known on the day of entry into each trial" in found["TARGET", "7g.ii"]
    assert "as often as she is eligible" in found["RECORD-PE", "6.1.a"]


@pytest.mark.slow
def test_a_structural_model_reports_whom_it_followed_and_not_its_simulated_courses():
    asked = {
        "target_trial": TRIAL | {"design": "marginal structural model", "covariates": ["duration_of_her2_therapy"]}
    }
    result, found, _ = emulated(asked)
    trial = result.analyses[0]
    assert [each.name for each in trial.over_time.comparisons] == ["marginal structural model", "parametric g-formula"]
    assert "g-formula" not in found["TARGET", "12"] + found["TARGET", "10"]
    assert f"{trial.strategies[1].events} of {trial.strategies[1].clones}" in found["TARGET", "12"]
    assert found["TARGET", "14"].startswith("Parametric g-formula: difference")
    assert "at the beginning of each step" in found["TARGET", "7g.ii"]
    assert "hazard ratio" in found["TARGET", "13"]
    assert [part.item for part in trial.protocol] == PROTOCOL


def test_several_trials_are_told_apart():
    _, found, _ = emulated({"target_trial": TRIAL}, {"target_trial": TRIAL | {"endpoint": "os"}})
    assert "Overall survival" in found["TARGET", "6e"]
    assert "Progression-free survival" in found["TARGET", "6e"]
    assert "Overall survival" not in found["TARGET", "6b"]


def test_the_emulation_counts_as_named_where_the_title_or_the_answer_names_it():
    _, beside, _ = emulated({"target_trial": TRIAL})
    assert beside["TARGET", "1a"].startswith("Below the first sentence")
    _, titled, _ = emulated({"target_trial": TRIAL}, title="Pertuzumab added, a target trial emulated")
    assert titled["TARGET", "1a"].startswith("Title: “target trial”")


def test_exposure_is_told_by_the_groups_of_the_study(patients):
    found = reported(patients)
    assert found["RECORD-PE", "7.1.a"].startswith("P: received pertuzumab before first trastuzumab emtansine; T: all")
    assert "0 patients came into the cohort after time zero" in found["RECORD-PE", "7.1.c"]
    assert found["RECORD-PE", "7.1.f"] == "Compared with T (all others). Why these is not reported."
    assert "first trastuzumab emtansine" in found["RECORD-PE", "6.1.a"]
    for item in ("4.b", "7.1.b", "8.a"):
        assert found["RECORD-PE", item] == NOT_REPORTED


def test_a_study_without_groups_compares_nothing(patients):
    asked = study(time_zero="metastatic diagnosis", groups={})
    result = audited(answer(asked, patients, build_cohort(asked, patients), ""))
    found = {(row.cells[0], row.cells[1]): row.cells[-1] for row in checklist_table(result).rows}
    for item in ("7.1.a", "7.1.c", "7.1.d", "7.1.g"):
        assert found["RECORD-PE", item] == NOT_REPORTED
    assert found["RECORD-PE", "7.1.f"].startswith("Not applicable")


def test_files_of_drugs_are_named_with_their_rows(patients):
    files = [SourceFile("exposures", "drugs.csv", "", 5, 4, 1), SourceFile("patients", "people.csv", "", 3, 3, 0)]
    assert reported(replace(patients, sources=tuple(files)))["RECORD-PE", "7.1.b"] == "drugs.csv, 4 rows of 5 kept."


def test_the_first_note_counts_what_the_table_answers(patients):
    asked = study(time_zero="first trastuzumab emtansine", groups=GROUPS, reference="T")
    table = checklist_table(audited(answer(asked, patients, build_cohort(asked, patients), "")))
    for standard in ("STROBE", "RECORD", "RECORD-PE"):
        said = [row.cells[-1] for row in table.rows if row.cells[0] == standard]
        part = sum("not reported" in cell for cell in said)
        number = sum(cell != NOT_REPORTED for cell in said)
        assert 0 < part < number
        assert f"{standard} {number} of {len(said)} ({part} in part)" in table.notes[0]
    assert table.notes[0].endswith("TARGET 0 of 39 (no target trial was asked for).")


def test_nothing_that_was_withheld_is_reported(patients):
    early = study(time_zero="metastatic diagnosis", groups=GROUPS, reference="T", population=["received T-DM1"])
    result = audited(answer(early, patients, build_cohort(early, patients), ""))
    rows = {(row.cells[0], row.cells[1]): row.cells[-1] for row in checklist_table(result).rows}
    assert rows["STROBE", "15"] == rows["STROBE", "14c"] == rows["STROBE", "16a"] == NOT_REPORTED
