"""The guideline a study names decides its criteria and its covariates, and the report says which it was."""

import pytest

from sequela.analyses.characteristics import characteristics
from sequela.report.study_text import study_text
from sequela.study.cohort import build_cohort
from sequela.study.criteria import evaluate
from sequela.study.grammar import Biomarker
from sequela.study.history import definitions_of, histories
from tests.hand_made import at, records

from .studies import study

# Group 2: positive in 2013, negative in 2018 beside IHC 2+. The others are the same by both.
RESULTS = {
    "group_two": "IHC 2+ FISH ratio 2.4 copies 3.5",
    "strong": "3+",
    "low": "1+",
    "zero": "0",
    "open": "2+",
    "unread": "positve",
}
BUNDLE = records(
    patients=[{"patient_id": name, "last_contact": 500} for name in RESULTS],
    biomarkers=[{"patient_id": n, "day": -5, "marker": "HER2", "value": text} for n, text in RESULTS.items()],
    exposures=[
        {"patient_id": n, "drug": "trastuzumab emtansine", "start": 0, "setting": "metastatic"} for n in RESULTS
    ],
)
ZERO = at(**dict.fromkeys(RESULTS, 0))


def met(result, by, marker="HER2"):
    context = histories(study(definitions={"her2": by}), BUNDLE, ZERO)
    found = evaluate(Biomarker.model_validate({"biomarker": marker, "is": result}), context)
    return dict(found.select("patient_id", "holds").rows())


@pytest.mark.parametrize(
    ("by", "group_two"), [("asco_cap_2013", True), ("asco_cap_2018", False), ("asco_cap_2023", False)]
)
def test_criteria_follow_the_guideline(by, group_two):
    expected = {"strong": True, "low": False, "zero": False, "open": None, "unread": None}
    assert met("positive", by) == {"group_two": group_two, **expected}
    assert met("low", by) == {
        "group_two": not group_two, "strong": False, "low": True, "zero": False, "open": None, "unread": None
    }  # fmt: skip


def test_low_and_zero_are_asked_together():
    found = met(["low", "zero"], "asco_cap_2013")
    assert found == met(["low", "zero"], "asco_cap_2013", marker="her2_low")
    assert [name for name, holds in found.items() if holds] == ["low", "zero"]


def test_the_cohort_and_its_table_follow_it_too():
    sizes = {}
    for by in ("asco_cap_2013", "asco_cap_2018"):
        asked = study(["HER2 positive"], definitions={"her2": by})
        cohort = build_cohort(asked, BUNDLE)
        sizes[by] = len(cohort.patients)
        table = characteristics(cohort, BUNDLE, ["her2", "her2_low"], definitions_of(asked))
        assert all(by.removeprefix("asco_cap_") in variable.definition for variable in table.variables)
        assert f"HER2 by: {by}" in study_text(asked)
    assert sizes == {"asco_cap_2013": 2, "asco_cap_2018": 1}


def test_the_default_is_2013():
    assert definitions_of(study()).her2.name == "asco_cap_2013"


def test_a_ratio_of_immune_cells_is_low_or_high():
    bundle = records(biomarkers=[{"patient_id": "low", "day": 0, "marker": "CD8/FOXP3", "value": "1.93"}])
    context = histories(study(), bundle, at(low=0, zero=0))
    found = evaluate(Biomarker.model_validate({"biomarker": "CD8/FOXP3", "is": "low"}), context)
    assert found["holds"].to_list() == [True, None]
