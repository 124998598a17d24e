"""Case weights and an offset of a study file, from files to the report, against R."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from sequela.audit.comparisons import as_asked, from_entry, hazard_ratios, time_dependent
from sequela.audit.material import material
from sequela.audit.model import answers_of, fitted
from sequela.errors import StudyError
from sequela.report.methods import methods_paragraph
from sequela.report.tables import survival_table
from sequela.run import run_study
from sequela.stats.cox import cox
from sequela.study.load import load_study
from tests.golden.read import number, rows
from tests.golden.tolerances import NEWTON, PATHS, SUMMATION
from tests.hand_made import records

from .folders import not_on_the_page, sequela, write_study

STUDY = """\
version: 1
title: Survival of men against women, weighted, with a score of another model
records: records/
time_zero: first trastuzumab emtansine
groups:
  male: male
  female: female
reference: female
adjust: [ecog, value of albumin]
analyses:
  - survival: {endpoint: os, milestones: [12], weights: value of sampling weight}
  - survival: {endpoint: os, milestones: [12], offset: value of Prognostic Score}
  - survival: {endpoint: os, weights: value of sampling weight, offset: value of prognostic score,
      residuals: [martingale, deviance, score, dfbeta, dfbetas, schoenfeld, scaled schoenfeld]}
"""
SETS = ("weights", "offset", "both")
MARKERS = (("sampling weight", "weight"), ("prognostic score", "score"), ("albumin", "age"))


def people(unit=None, scale=1):
    tables = {"patients": [], "diagnoses": [], "exposures": [], "performance": [], "biomarkers": []}
    for one in rows("weighted_study", "data"):
        name, days = one["id"], int(one["days"])
        end = {"death": days} if one["event"] == "1" else {"last_contact": days}
        tables["patients"].append({"patient_id": name, "sex": one["sex"], **end})
        tables["diagnoses"].append({"patient_id": name, "day": 0, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "trastuzumab emtansine", "start": 0})
        tables["performance"].append({"patient_id": name, "day": 0, "ecog": int(one["ecog"])})
        for marker, column in MARKERS:
            if one[column]:
                value = f"{scale * float(one[column])!r}" if column == "weight" else one[column]
                found = {"marker": marker, "value": value, "unit": unit if name == "p1" else "1"}
                tables["biomarkers"].append({"patient_id": name, "day": -3, **found})
    return records(**tables)


def put(folder, study=STUDY, unit="1", scale=1):
    return write_study(folder, people(unit, scale), study)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run_study(put(tmp_path_factory.mktemp("weighted")))


@pytest.fixture(scope="module")
def witness():
    found = rows("weighted_study", "expected")
    return {(row["set"], row["name"], row["group"]): number(row["value"]) for row in found}


def test_curves_are_those_of_r(result, witness):
    for group in result.analyses[0].groups:
        assert group.n == witness["weights", "patients", group.name]
        assert group.weight[1] == pytest.approx(witness["weights", "effective", group.name], rel=SUMMATION)
        for name, estimate in (("median", group.median), ("survival", group.milestones[0][1])):
            for part, value in (("", estimate.value), (" low", estimate.low), (" high", estimate.high)):
                assert value == pytest.approx(witness["weights", name + part, group.name], rel=SUMMATION), name


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("which", ["crude", "adjusted"])
def test_models_are_those_of_r(result, witness, place, which):
    survival = result.analyses[place]
    ratio, check = (of[which == "adjusted"] for of in (survival.hazard_ratios, survival.models))
    found = ratio.estimate
    assert ratio.n == witness[SETS[place], "n", which]
    for name, value in (("ratio", found.value), ("ratio low", found.low), ("ratio high", found.high)):
        assert value == pytest.approx(witness[SETS[place], name, which], rel=NEWTON)
    if place == 1:
        proportional = witness[SETS[place], "proportional", which]
        assert check.proportional[0][1].statistic == pytest.approx(proportional, rel=1e-6)
    else:
        # R prints a number, which grows with the scale of the weights: ten times the weights, ten times the statistic.
        assert check.proportional == () and "patients who count unalike" in check.reason
    assert check.concordance.value == pytest.approx(witness[SETS[place], "concordance", which], rel=SUMMATION)
    assert ("robust standard error" in found.method) == ("weighted patients" in found.method) == (place != 1)


def test_ten_times_the_weights_change_nothing_but_their_sum(result, tmp_path):
    scaled = run_study(put(tmp_path, scale=10))
    for before, after in zip(result.analyses, scaled.analyses, strict=True):
        for one, other in zip(before.results.iter_rows(named=True), after.results.iter_rows(named=True), strict=True):
            if one["statistic"] != "sum_of_weights":
                for part in ("value", "low", "high"):
                    wanted = number(str(one[part] or 0.0))
                    assert number(str(other[part] or 0.0)) == pytest.approx(wanted, rel=1e-6, nan_ok=True), one


def test_who_has_no_weight_or_no_score_is_counted(result):
    weighted, offset, both = result.analyses
    said = "3 of 130 patients (2.3%) are left out for their weight, Sampling weight: 2 without a value, 1 with 0."
    assert said in weighted.cautions and said in both.cautions
    assert offset.hazard_ratios[0].left_out == 3 and offset.losses[0].left_out[-1] == 3
    assert any("makes the comparison again with the weights and the offset," in text for text in both.cautions)


ONE = STUDY[: STUDY.index("analyses:")] + "analyses:\n"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_card_counts_patients_as_the_study_does(tmp_path, witness, place):
    asked = (", weights: value of sampling weight", ", offset: value of prognostic score")
    chosen = (asked[0], asked[1], "".join(asked))[place]
    found = run_study(put(tmp_path, f"{ONE}  - survival: {{endpoint: os{chosen}}}\n"))
    for name in ("follow_up", "measured_confounding", "proportional_hazards"):
        answer = found.card.named(name).answers[0]
        assert answer.n == witness[SETS[place], "n", "crude"]
        for part, value in (
            ("", answer.estimate.value),
            (" low", answer.estimate.low),
            (" high", answer.estimate.high),
        ):
            assert value == pytest.approx(witness[SETS[place], "ratio" + part, "crude"], rel=NEWTON)
    model = fitted(material(found), found.study.adjust)
    adjusted = answers_of(material(found), model, "adjusted")[0].estimate
    assert adjusted.value == pytest.approx(witness[SETS[place], "ratio", "adjusted"], rel=NEWTON)
    assert adjusted.high == pytest.approx(witness[SETS[place], "ratio high", "adjusted"], rel=NEWTON)


def test_an_answer_that_counts_everybody_once_says_so(result):
    data = material(result)
    uncounted = replace(as_asked(data), cases=None)
    answer, plain = hazard_ratios(data, uncounted, "as asked")[0], cox(data.days, data.event, data.indicators())
    assert answer.label == "as asked, without the weights"
    assert answer.estimate.value == pytest.approx(float(np.exp(plain.coefficients[0])), rel=NEWTON)
    assert hazard_ratios(data, from_entry(data), "from entry")[0].label == "from entry"


def test_rows_of_one_patient_keep_his_weight_and_are_alike(result):
    data = material(result)
    late = replace(data, group_known=np.where(data.group == data.groups.index("male"), data.days / 2, 0.0))
    moved = time_dependent(late)
    assert moved.stop.size == data.days.size + int((data.group == data.groups.index("male")).sum())
    assert (moved.cases.weights == data.cases.weights[moved.cases.patient]).all()
    assert (np.bincount(moved.cases.patient) == 1 + (data.group == data.groups.index("male"))).all()


def test_the_page_says_what_counts_and_what_is_added(result):
    weighted, offset, _ = result.analyses
    table = survival_table(weighted)
    labels = [row.cells[0] for row in table.rows]
    assert labels[2:4] == ["sum of weights", "effective number of patients"]
    assert table.rows[3].cells[1] == "64.1" and any("counts by sampling weight" in note for note in table.notes)
    assert any("offset prognostic" in row.cells[0].lower() for row in survival_table(offset).rows)
    text = methods_paragraph(result).text
    assert "Each patient counts by sampling weight as a weight" in text and "infinitesimal jackknife" in text
    assert "added to the log hazard" in text and "a robust standard error, as weights ask for" in text
    assert "Wald with robust variance against a restricted cubic spline" in text


def test_every_number_is_in_the_tidy_results(result):
    found = result.analyses[0].results
    weights = found.filter(pl.col("statistic") == "effective_number")
    assert weights["group"].to_list() == ["male", "female", "All"]
    assert found.filter(pl.col("statistic") == "p_value")["method"][0] == "log-rank, patients weighted, robust variance"
    assert result.analyses[1].groups[0].weight is None


TERMS = ("male", "ECOG performance status", "Albumin")


def test_residuals_are_those_of_r(result):
    assert result.analyses[0].residuals is None
    table = result.analyses[2].residuals
    assert set(table["model"]) == {"crude", "adjusted"}
    found = {
        (row["residual"], row["term"], row["patient_id"]): row["value"]
        for row in table.filter(pl.col("model") == "adjusted").iter_rows(named=True)
    }
    expected = [row for row in rows("weighted_study", "expected") if row["set"] == "residuals"]
    for row in expected:
        kind, _, column = row["name"].partition(" ")
        key = (kind.replace("scaledsch", "scaled schoenfeld"), TERMS[int(column) - 1] if column else None, row["group"])
        assert found.pop(key) == pytest.approx(number(row["value"]), rel=PATHS, abs=PATHS), key
    assert not found and len(expected) > 1900


def test_the_run_ends_well_and_residuals_stand_beside_the_results(tmp_path):
    code, out, err = sequela("run", put(tmp_path), "--out", tmp_path / "report")
    assert code == 0, out + err
    assert not_on_the_page(tmp_path / "report") <= {"flow"}
    table = pl.read_parquet(tmp_path / "report" / "residuals.parquet")
    assert set(table["table"]) == {"survival-os-3"} and set(table["records_kind"]) == {"simulated"}
    events = table.filter(pl.col("residual") == "schoenfeld", pl.col("model") == "crude")
    deaths = [row for row in rows("weighted_study", "data") if row["event"] == "1" and row["weight"] and row["score"]]
    assert events["event"].all() and events.height == sum(row["weight"] != "0" for row in deaths)
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert page.count("residuals.parquet, by patient_id: keep that file with the records") == 1
    assert "p130" not in page


def test_a_model_without_residuals_says_why(tmp_path):
    asked = "  - survival: {endpoint: os, residuals: martingale}\nties: exact\n"
    late = run_study(put(tmp_path, STUDY + asked)).analyses[3]
    assert late.residuals is None
    assert any(text.startswith("The crude model has no residuals: ties: exact") for text in late.cautions)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("weights: sex", "'sex' has levels"),
        ("weights: weight", "unknown covariate 'weight'"),
        ("weights: age, test: permutation", "permutation test of weighted patients"),
        ("offset: age, missing: {impute: 20}", "missing covariates imputed beside weights or an offset"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_line(tmp_path, option, said):
    study = STUDY.replace("milestones: [12], weights: value of sampling weight", option)
    with pytest.raises(StudyError, match=said) as refused:
        load_study(put(tmp_path, study))
    assert "study.yaml:11" in str(refused.value)


def test_a_weight_below_zero_is_withheld_and_two_units_are_refused(tmp_path):
    late = run_study(
        put(tmp_path / "a", STUDY.replace("weights: value of sampling weight", "weights: value of prognostic score"))
    )
    assert any("below 0 or infinite" in reason for reason in late.withheld)
    unknown = STUDY.replace("offset: value of Prognostic Score", "offset: value of nothing")
    assert any(
        "offset: Nothing is not recorded for anybody" in reason
        for reason in run_study(put(tmp_path / "c", unknown)).withheld
    )
    with pytest.raises(StudyError, match="several units: 1, mg"):
        run_study(put(tmp_path / "b", unit="mg"))
