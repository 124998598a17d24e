"""Kinds of event told apart where patients came into the cohort late, from files to the report."""

import numpy as np
import pytest

from sequela.analyses.report_card import Status
from sequela.report.figures.incidence import incidence_figure
from sequela.report.methods import methods_paragraph
from sequela.report.tables import competing_table
from sequela.run import run_study
from tests.golden.read import number, rows
from tests.golden.tolerances import NEWTON, SUMMATION
from tests.hand_made import records
from tests.report.read_drawing import texts

from .folders import sequela, write_study

STUDY = """\
version: 1
title: Progression and death from metastatic disease of patients who reached T-DM1, men against women
records: records/
time_zero: metastatic diagnosis
population:
  - received: trastuzumab emtansine
groups:
  male: male
  female: female
reference: female
adjust: [ecog]
analyses:
  - competing: {endpoint: pfs.ema, milestones: [12, 24], entry: delayed}
"""
QUANTILE = 1.959963984540054


def people(data):
    tables = {"patients": [], "diagnoses": [], "exposures": [], "performance": [], "assessments": []}
    for one in data:
        name, wait, days, kind = one["id"], int(one["wait"]), int(one["days"]), one["kind"]
        end = {"death": days} if kind == "2" else {"last_contact": days}
        tables["patients"].append({"patient_id": name, "sex": one["sex"], **end})
        tables["diagnoses"].append({"patient_id": name, "day": 0, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "trastuzumab emtansine", "start": wait})
        tables["performance"].append({"patient_id": name, "day": 0, "ecog": int(one["ecog"])})
        if kind != "2":
            seen = {"day": days, "response": "PD" if kind == "1" else "SD", "basis": "radiologic"}
            tables["assessments"].append({"patient_id": name, **seen})
    return records(**tables)


def put(folder, data=None, study=STUDY):
    return write_study(folder, people(data or rows("competing_entry_study", "data")), study)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run_study(put(tmp_path_factory.mktemp("late")))


@pytest.fixture(scope="module")
def witness():
    found = rows("competing_entry_study", "expected")
    return {(row["name"], int(row["kind"]), row["group"]): number(row["value"]) for row in found}


def test_incidences_are_those_of_r_with_entry(result, witness):
    for group in result.analyses[0].groups:
        assert group.n == witness["patients", 0, group.name]
        for day, estimates in group.milestones:
            for kind, found in enumerate(estimates, 1):
                value, error = (witness[f"{name} {day:g}", kind, group.name] for name in ("incidence", "error"))
                half = QUANTILE * error / (value * np.log(value))
                limits = sorted(value ** np.exp([half, -half]))
                assert [found.value, found.low, found.high] == pytest.approx([value, *limits], rel=SUMMATION)


def test_models_are_those_of_r_with_entry(result, witness):
    for kind, of_kind in enumerate(result.analyses[0].comparisons, 1):
        assert of_kind.gray is None
        for name, ratios in (("specific", of_kind.cause_specific), ("incidence ratio", of_kind.subdistribution)):
            for ratio, which in zip(ratios, ("crude", "adjusted"), strict=True):
                value, error = witness[name, kind, which], witness[f"{name} error", kind, which]
                expected = np.exp(value + np.array([0, -QUANTILE, QUANTILE]) * error)
                estimate = ratio.estimate
                assert [estimate.value, estimate.low, estimate.high] == pytest.approx(expected, rel=NEWTON), (
                    kind,
                    name,
                )


def test_the_page_says_from_when_and_why_no_gray(result):
    table, paragraph = competing_table(result.analyses[0]), methods_paragraph(result)
    assert "Between groups" not in table.columns and any("Gray's test is not defined" in note for note in table.notes)
    assert "weighted for late entry as well as for censoring" in paragraph.text and "Gray's" not in paragraph.text
    assert any("Geskus" in item.text for item in paragraph.references)
    assert "delayed entry, left truncation" in paragraph.text


def test_the_figure_counts_who_has_come(result):
    found = result.analyses[0]
    figure = incidence_figure(found, result.records.kind)
    late = [int(row["wait"]) for row in rows("competing_entry_study", "data") if row["sex"] == "male"]
    assert str(sum(day == 0 for day in late)) in texts(figure)


def test_the_card_warns_and_the_answer_stands(result):
    item = result.card.named("time_zero")
    assert item.status is Status.WARN and "as the study declares." in item.finding
    assert not result.too_early and not result.withheld


def test_the_run_ends_well_and_without_the_option_it_is_withheld(tmp_path):
    code, out, err = sequela("run", put(tmp_path), "--out", tmp_path / "report")
    assert code == 0, out + err
    late = run_study(put(tmp_path, study=STUDY.replace(", entry: delayed", "")))
    assert late.too_early and late.analyses == ()


def test_a_survival_analysis_without_the_option_is_withheld_alone(tmp_path):
    both = STUDY.replace("analyses:\n", "analyses:\n  - survival: pfs.ema\n")
    found = run_study(put(tmp_path, study=both))
    assert not found.too_early and found.main_question is None
    assert len(found.withheld) == 1 and "lies after time zero" in found.withheld[0]
    assert len(found.analyses) == 1 and found.card.named("time_zero").status is Status.WARN
    ratio = found.analyses[0].comparisons[0].cause_specific[0].estimate.value
    alone = run_study(put(tmp_path / "alone")).analyses[0].comparisons[0].cause_specific[0].estimate.value
    assert ratio == alone
    code, out, err = sequela("run", tmp_path / "study.yaml", "--out", tmp_path / "report")
    assert code == 0 and "Not answered." in out, out + err


def test_an_early_risk_set_that_dies_out_starts_the_incidence_later(tmp_path):
    data = [row for row in rows("competing_entry_study", "data") if row["sex"] == "female" or int(row["wait"]) > 5]
    first = {"id": "early", "wait": "0", "days": "3", "kind": "2", "sex": "male", "ecog": "1"}
    found = run_study(put(tmp_path, [*data, first])).analyses[0]
    male, female = found.groups
    assert male.start > 5 and female.start == 0
    later = [row for row in data if row["sex"] == "male" and int(row["days"]) > male.start]
    assert int(male.curve.events.sum() + male.curve.censored.sum()) == len(later)
    assert any("event-free at" in caution for caution in found.cautions)
    assert all("event-free at" in estimate.method for _, heights in male.milestones for estimate in heights)


def test_patients_who_came_after_all_others_had_gone_do_not_withhold_the_answer(tmp_path):
    # R: the product-limit estimator is zero from there on; the last two are in no risk set that matters to it.
    data = rows("competing_entry_study", "data")
    last = max(int(row["days"]) for row in data) + 30
    data = [{**row, "kind": "1"} if int(row["days"]) > 900 else row for row in data]
    late = [
        {"id": f"late {i}", "wait": str(last), "days": str(last + 9 + i), "kind": "0", "sex": "male", "ecog": "1"}
        for i in range(2)
    ]
    whole, more = (run_study(put(tmp_path / name, of)).analyses[0] for name, of in (("a", data), ("b", [*data, *late])))
    assert more.groups[0].start == 0
    assert [found[1] for found in more.groups[0].milestones] == [found[1] for found in whole.groups[0].milestones]
    assert any("came into the cohort only after everyone else at risk had had an event" in one for one in more.cautions)
