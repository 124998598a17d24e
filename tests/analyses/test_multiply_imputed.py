"""Missing covariates imputed in a study: beside complete cases, never instead of them."""

import math

import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Status
from sequela.audit.card import audited
from sequela.errors import StudyError
from sequela.report.methods import methods_paragraph
from sequela.report.tables import tables_of
from sequela.study.cohort import build_cohort
from tests.golden.read import number, parts, rows
from tests.golden.tolerances import IMPUTED_ERROR
from tests.hand_made import records
from tests.study.studies import load, study

GROUPS = {"P": "received pertuzumab before time zero", "T": "otherwise"}
BASE = "version: 1\ntitle: x\nrecords: r\ntime_zero: metastatic diagnosis\nadjust: [age]\n"


def people(keep=lambda one: True):
    """Return the patients of the golden folder: marker as sex, kind as centre."""
    tables = {"patients": [], "exposures": []}
    for place, one in enumerate(rows("multiple_imputation", "data")):
        name = f"p{place}"
        end = {"death": int(one["days"])} if one["event"] == "1" else {"last_contact": int(one["days"])}
        known = {
            "sex": one["marker"] and ("female", "male")[int(one["marker"])],
            "centre": one["kind"] and f"C{one['kind']}",
        }
        about = {column: value for column, value in known.items() if value and keep(one)}
        if one["age"]:
            about["age_at_origin"] = float(one["age"])
        tables["patients"].append({"patient_id": name, **about, **end})
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
        if one["group"] == "1":
            tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -100, "stop": -50})
    return records(**tables)


def run(bundle=None, **options):
    asked = {"survival": {"endpoint": "os", "missing": {"impute": 40}, **options}}
    question = study(groups=GROUPS, reference="T", adjust=["age", "sex", "centre"], analyses=[asked])
    bundle = bundle or people()
    return audited(answer(question, bundle, build_cohort(question, bundle)))


@pytest.fixture(scope="module")
def result():
    return run()


def test_the_ratio_is_that_of_mice_beside_that_of_complete_cases(result):
    witness = parts(rows("multiple_imputation", "expected"), "statistic")
    survival = result.analyses[0]
    found, complete = survival.imputed.ratios[0], survival.hazard_ratios[1]
    (mice,) = (row for row in witness["pooled",] if row["item"] == "group")
    (whole,) = (row for row in witness["complete",] if row["item"] == "group")
    assert math.log(complete.estimate.value) == pytest.approx(number(whole["value"]), abs=1e-9)
    assert math.log(found.estimate.value) == pytest.approx(number(mice["value"]), abs=0.03)
    width = math.log(found.estimate.high / found.estimate.low) / 2
    assert width / 1.97 == pytest.approx(number(mice["error"]), rel=IMPUTED_ERROR)
    assert (found.n, found.left_out, survival.imputed.imputations) == (300, 0, 40)
    assert complete.n < 200 and complete.left_out == 300 - complete.n
    assert found.estimate.method == "40 imputations, Rubin's rules, Efron ties"
    assert dict(survival.imputed.missing)["Age"] > 50 and 0 < survival.imputed.missing_information[0] < 0.4


def test_the_same_seed_gives_the_same_numbers(result):
    assert run().analyses[0].imputed == result.analyses[0].imputed


def test_the_report_shows_both_and_says_how(result):
    (table,) = (table for table in tables_of(result.analyses) if table.name == "survival-os")
    labels = [row.cells[0] for row in table.rows]
    ratios = [label for label in labels if label.startswith("Hazard ratio")]
    assert len(ratios) == 3 and "missing covariates imputed" in ratios[2] and "imputed" not in ratios[1]
    assert any("sensitivity analysis" in note for note in table.notes)
    assert "imputed 40 times by chained equations" in methods_paragraph(result).text
    numbers = result.analyses[0].results
    assert numbers.filter(pl.col("statistic") == "imputed_hazard_ratio")["n"].to_list() == [300]
    assert numbers.filter(pl.col("statistic") == "adjusted_hazard_ratio").height == 1


def test_the_card_shows_the_answer_before_and_after(result):
    item = result.card.named("complete_case_loss")
    assert item.status is Status.WARN and "stands beside it" in item.remedy
    before, after = item.answers
    assert before.label == "complete cases" and after.label == "with missing covariates imputed (40 times)"
    assert before.estimate.value == pytest.approx(result.analyses[0].hazard_ratios[1].estimate.value)
    assert after.estimate == result.analyses[0].imputed.ratios[0].estimate


def test_unasked_nothing_is_imputed_and_the_card_says_how_to_ask():
    found = run(missing=None)
    assert found.analyses[0].imputed is None
    item = found.card.named("complete_case_loss")
    assert "missing: {impute: 20}" in item.remedy and not item.answers


def test_strata_clusters_and_curves_are_kept(result):
    found = run(strata=["centre"], curved=["age"]).analyses[0]
    ratio = found.imputed.ratios[0]
    assert ratio.within == ("Centre",) and ratio.adjusted_for == ("Age (as a curve)", "Sex")
    assert ratio.left_out == found.losses[0].covariates[-1].counts[-1] > 0  # whose centre nobody knows
    clustered = run(cluster="centre").analyses[0].imputed.ratios[0]
    assert "robust standard errors" in clustered.estimate.method


def test_where_nothing_is_missing_there_is_nothing_to_impute():
    whole = people()
    frame = whole.table("patients")
    kept = frame.filter(
        frame["sex"].is_not_null() & frame["centre"].is_not_null() & frame["age_at_origin"].is_not_null()
    )
    found = run(type(whole)({**whole.tables, "patients": kept}, whole.kind)).analyses[0]
    assert found.imputed is None and found.hazard_ratios[1].left_out == 0


def test_what_is_known_of_too_few_is_refused_with_the_reason():
    thin = run(people(keep=lambda one: int(one["days"]) < 25)).analyses[0]
    assert any("rests on the models of the imputation" in caution for caution in thin.cautions)
    found = run(people(keep=lambda one: int(one["days"]) < 13)).analyses[0]
    assert found.imputed is None
    assert any("Missing covariates cannot be imputed" in caution for caution in found.cautions)


def test_fewer_than_twenty_are_refused(tmp_path):
    with pytest.raises(StudyError, match="20"):
        load(tmp_path, BASE + "analyses:\n  - survival: {endpoint: os, missing: {impute: 5}}\n")
    assert load(tmp_path, BASE + "analyses:\n  - survival: {endpoint: os, missing: {impute: 20}}\n")
