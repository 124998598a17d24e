"""Patients who came into the cohort after their clock had started, from files to the report."""

import polars as pl
import pytest

from sequela.analyses.report_card import Status
from sequela.records.write import write_records
from sequela.report.figures.kaplan_meier import at_risk_of
from sequela.report.methods import methods_paragraph
from sequela.run import run_study
from tests.golden.read import number, rows
from tests.golden.tolerances import NEWTON, SUMMATION
from tests.hand_made import records

from .folders import sequela, write_study

STUDY = """\
version: 1
title: Survival from metastatic disease of patients who reached T-DM1, women against men
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
  - survival: {endpoint: os, milestones: [24], rmst: 24, conditional: [12], entry: delayed}
  - subgroups: {endpoint: os, by: [ecog], entry: delayed}
"""


def people():
    tables = {"patients": [], "diagnoses": [], "exposures": [], "performance": []}
    for one in rows("delayed_entry_study", "data"):
        name, wait, days = one["id"], int(one["wait"]), int(one["days"])
        end = {"death": days} if one["event"] == "1" else {"last_contact": days}
        tables["patients"].append({"patient_id": name, "sex": one["sex"], **end})
        tables["diagnoses"].append({"patient_id": name, "day": 0, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "trastuzumab emtansine", "start": wait})
        tables["performance"].append({"patient_id": name, "day": 0, "ecog": int(one["ecog"])})
    return records(**tables)


def put(folder, study=STUDY):
    return write_study(folder, people(), study)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run_study(put(tmp_path_factory.mktemp("late")))


@pytest.fixture(scope="module")
def witness():
    return {(row["name"], row["group"]): number(row["value"]) for row in rows("delayed_entry_study", "expected")}


def test_curves_are_those_of_r_with_entry(result, witness):
    survival = result.analyses[0]
    for group in survival.groups:
        assert group.n == witness["patients", group.name]
        for name, estimate in (("median", group.median), ("survival", group.milestones[0][1])):
            for part, value in (("", estimate.value), (" low", estimate.low), (" high", estimate.high)):
                assert value == pytest.approx(witness[name + part, group.name], rel=SUMMATION), (group.name, name)
        mean = group.restricted_mean
        assert mean.value == pytest.approx(witness["mean", group.name], rel=SUMMATION)
        assert (mean.high - mean.value) / 1.959963984540054 == pytest.approx(witness["mean error", group.name])
        days = [0.0, 365.25, 730.5]
        assert at_risk_of(group, pl.Series(days).to_numpy()).tolist() == [
            witness[f"at risk {day:g}", group.name] for day in days
        ]


def test_survival_given_a_year_is_that_of_r_with_entry(result, witness):
    survival = result.analyses[0]
    for group in survival.groups:
        (found,) = group.so_far
        assert (found.day, found.n) == (365.25, witness["after a year", group.name])
        ((day, estimate),) = found.milestones
        assert day == 730.5
        for part, value in (("", estimate.value), (" low", estimate.low), (" high", estimate.high)):
            assert value == pytest.approx(witness["given a year" + part, group.name], rel=SUMMATION)
    rows_of = survival.results.filter(pl.col("statistic") == "conditional_survival")
    assert rows_of["level"].unique().to_list() == ["24 months"] and rows_of.height == 3
    assert rows_of["variable"].unique().to_list() == ["event-free at 12 months"]
    assert "Survival of those event-free at 12 months" in methods_paragraph(result).text


def test_differences_take_the_standard_errors_of_r(result, witness):
    found = {item.measure: item.estimate for item in result.analyses[0].contrasts}
    apart = found["survival difference"]
    errors = [witness["difference error", group] for group in ("male", "female")]
    half = 1.959963984540054 * (errors[0] ** 2 + errors[1] ** 2) ** 0.5
    assert apart.value == pytest.approx(witness["survival", "male"] - witness["survival", "female"])
    assert apart.high - apart.value == pytest.approx(half)
    assert found["restricted mean difference"].value == pytest.approx(
        witness["mean", "male"] - witness["mean", "female"]
    )


@pytest.mark.parametrize("place, which", [(0, "crude"), (1, "adjusted")])
def test_models_are_those_of_r_with_entry(result, witness, place, which):
    survival = result.analyses[0]
    found, check = survival.hazard_ratios[place].estimate, survival.models[place]
    for name, value in (("ratio", found.value), ("ratio low", found.low), ("ratio high", found.high)):
        assert value == pytest.approx(witness[name, which], rel=NEWTON)
    assert check.proportional[0][1].statistic == pytest.approx(witness["proportional", which], rel=1e-6)
    assert check.concordance.value == pytest.approx(witness["concordance", which], rel=SUMMATION)


def test_subgroups_are_those_of_r_with_entry(result, witness):
    found = result.analyses[1]
    for row, level in zip(found.rows[1:], "012", strict=True):
        assert (row.variable, row.level) == ("ECOG performance status", level)
        assert row.ratios[0].value == pytest.approx(witness["ratio in ECOG", level], rel=NEWTON)
    assert found.rows[0].ratios[0].value == pytest.approx(witness["ratio", "crude"], rel=NEWTON)
    assert found.interactions[0].test.statistic == pytest.approx(witness["interaction", ""], rel=1e-6)


def test_the_card_warns_and_the_answer_stands(result):
    card = result.card
    assert card.named("time_zero").status is Status.WARN and card.named("immortal_time").status is Status.OK
    assert card.grade is not Status.ERROR and not result.too_early and not result.withheld
    measures = {item.name: item.value for item in card.named("time_zero").measures}
    assert measures["followed_to_entry_only"] == 3 and measures["events_before_entry"] == 2
    asked = card.named("time_zero").answers[0].estimate
    assert asked.value == pytest.approx(result.analyses[0].hazard_ratios[0].estimate.value)
    halves = [answer for answer in card.named("proportional_hazards").answers]
    assert not halves or halves[0].estimate.value == pytest.approx(asked.value)


def test_the_report_says_from_when_patients_are_at_risk(tmp_path):
    code, out, err = sequela("run", put(tmp_path), "--out", tmp_path / "report")
    assert code == 0, out + err
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "delayed entry, left truncation" in page and "Tsai WY" in page
    assert "3 of 116 patients were followed no longer than to the day they came into the cohort" in page
    assert "Follow-up was measured from that day by the reverse" in page


def test_without_the_option_the_comparison_is_still_withheld(tmp_path):
    result = run_study(put(tmp_path, STUDY.replace(", entry: delayed", "")))
    assert result.too_early and "lies after time zero" in result.withheld[0]


def test_a_group_decided_after_entry_is_refused(tmp_path):
    study = STUDY.replace(
        "  male: male\n  female: female\nreference: female", "  later: received docetaxel\n  never: otherwise"
    )
    put(tmp_path, study)
    late = people()
    given = {"patient_id": "p1", "drug": "docetaxel", "start": 900}
    frames = dict(late.tables)
    frames["exposures"] = pl.concat([frames["exposures"], records(exposures=[given]).table("exposures")])
    write_records(type(late)(frames, late.kind), tmp_path / "records")
    result = run_study(tmp_path / "study.yaml")
    assert result.too_early and "1 of 116 patients were put into their group only after" in result.withheld[0]


def test_an_early_risk_set_that_dies_out_starts_the_curve_later(tmp_path):
    first = {"patient_id": "early", "sex": "male", "death": 2}
    late = people()
    frames = dict(late.tables)
    on_time = [
        row["id"] for row in rows("delayed_entry_study", "data") if row["sex"] == "male" and int(row["wait"]) < 2
    ]
    frames = {name: frame.filter(~pl.col("patient_id").is_in(on_time)) for name, frame in frames.items()}
    more = records(
        patients=[first],
        diagnoses=[{"patient_id": "early", "day": 0, "kind": "metastatic"}],
        exposures=[{"patient_id": "early", "drug": "trastuzumab emtansine", "start": 0}],
        performance=[{"patient_id": "early", "day": 0, "ecog": 1}],
    )
    for name in ("patients", "diagnoses", "exposures", "performance"):
        frames[name] = pl.concat([frames[name], more.table(name)])
    put(tmp_path)
    write_records(type(late)(frames, late.kind), tmp_path / "records")
    survival = run_study(tmp_path / "study.yaml").analyses[0]
    male, female = survival.groups
    assert male.curve.start > 2 and female.curve.start == 0
    assert any("is that of patients event-free at" in caution for caution in survival.cautions)
    assert survival.contrasts == () and "event-free at" in male.median.method
    assert male.restricted_mean.method == "not followed so long"
