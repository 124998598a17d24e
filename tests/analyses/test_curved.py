"""Covariates that enter a survival model as curves."""

import pytest

from sequela.analyses.answer import answer
from sequela.audit.card import audited
from sequela.errors import StudyError
from sequela.report.methods import methods_paragraph
from sequela.study.cohort import build_cohort
from tests.golden.read import number, rows
from tests.golden.tolerances import NEWTON, SUMMATION
from tests.hand_made import records
from tests.study.studies import load, study

GROUPS = {"men": "male", "women": "female"}
BASE = "version: 1\ntitle: x\nrecords: r\ntime_zero: metastatic diagnosis\n"


def lung():
    tables = {"patients": [], "diagnoses": []}
    for one in rows("curved_study", "data"):
        end = {"death": int(one["days"])} if one["died"] == "1" else {"last_contact": int(one["days"])}
        sex = "male" if one["sex"] == "1" else "female"
        about = {"patient_id": one["id"], "sex": sex, "age_at_origin": float(one["age"])}
        tables["patients"].append({**about, **end})
        tables["diagnoses"].append({"patient_id": one["id"], "day": 0, "kind": "metastatic"})
    return records(**tables)


@pytest.fixture(scope="module")
def result():
    asked = study(
        groups=GROUPS,
        reference="women",
        time_zero="metastatic diagnosis",
        adjust=["age"],
        analyses=[{"survival": {"endpoint": "os", "curved": ["age"]}}],
    )
    bundle = lung()
    return audited(answer(asked, bundle, build_cohort(asked, bundle)))


def test_the_model_is_that_of_r(result):
    witness = {row["name"]: number(row["value"]) for row in rows("curved_study", "expected")}
    crude, adjusted = result.analyses[0].hazard_ratios
    assert crude.adjusted_for == () and adjusted.adjusted_for == ("Age (as a curve)",)
    for name in ("low", "high"):
        assert getattr(adjusted.estimate, name) == pytest.approx(witness[name], rel=NEWTON)
    assert adjusted.estimate.value == pytest.approx(witness["ratio"], rel=NEWTON)
    check = result.analyses[0].models[1]
    tests = dict(check.proportional)
    assert tests["groups"].statistic == pytest.approx(witness["groups"], rel=1e-6)
    assert tests["Age"].statistic == pytest.approx(witness["age"], rel=1e-6)
    assert tests["Age"].degrees_of_freedom == witness["age_df"] == 3
    assert check.concordance.value == pytest.approx(witness["concordance"], rel=SUMMATION)
    assert check.linear == ()


def test_the_audit_and_the_methods_know_of_the_curve(result):
    assert result.card.named("events_per_coefficient").finding == "165 events for 4 coefficients."
    assert "adjusted for age (as a curve)" in methods_paragraph(result).text


def test_levels_stay_a_line_with_a_caution():
    asked = study(
        groups=GROUPS,
        reference="women",
        time_zero="metastatic diagnosis",
        adjust=["age", "ecog"],
        analyses=[{"survival": {"endpoint": "os", "curved": ["ecog"]}}],
    )
    bundle = lung()
    levels = [{"patient_id": one["id"], "day": 0, "ecog": int(one["id"]) % 3} for one in rows("curved_study", "data")]
    bundle = type(bundle)(
        {**bundle.tables, "performance": records(performance=levels).table("performance")}, bundle.kind
    )
    found = answer(asked, bundle, build_cohort(asked, bundle)).analyses[0]
    assert any("too few different values for a curve" in caution for caution in found.cautions)
    assert found.hazard_ratios[1].adjusted_for == ("Age", "ECOG performance status")


def test_a_curve_of_what_is_not_adjusted_for_is_refused(tmp_path):
    with pytest.raises(StudyError, match="'age' is to enter as a curve and is not in 'adjust'"):
        load(tmp_path, BASE + "adjust: [sex]\nanalyses:\n  - survival: {endpoint: os, curved: [age]}\n")
    assert load(tmp_path, BASE + "adjust: [age]\nanalyses:\n  - survival: {endpoint: os, curved: [age]}\n")
