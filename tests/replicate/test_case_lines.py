"""Lines of therapy of the transcribed patients, as worked by hand from the papers."""

import pytest

from .replicated import replicated

# Early therapy is one curative line each. The lines for metastatic disease, in order:
EXPECTED = {
    ("giarratano-2018", "case-1"): ["trastuzumab emtansine"],
    ("giarratano-2018", "case-2"): ["trastuzumab + vinorelbine", "trastuzumab emtansine"],
    ("sepher-2020", "patient-1"): ["pertuzumab + trastuzumab"],
    ("sepher-2020", "patient-4"): ["pertuzumab + trastuzumab"],
    ("skin-sanctuary-2015", "case-1"): ["docetaxel + pertuzumab + trastuzumab", "trastuzumab emtansine"],
    ("skin-sanctuary-2015", "case-2"): ["docetaxel + pertuzumab + trastuzumab", "trastuzumab emtansine"],
}
LOT = {
    ("giarratano-2018", "case-1"): "LoT 2 (1+1)",
    ("giarratano-2018", "case-2"): "LoT 3 (1+2)",
    ("skin-sanctuary-2015", "case-1"): "LoT 3 (1+2)",
    ("skin-sanctuary-2015", "case-2"): "LoT 3 (1+2)",
}
# Within 6 months of adjuvant HER2 therapy (L20). The paper of the first two prints no start of it.
EARLY_RELAPSE = {
    ("giarratano-2018", "case-1"): (True, None),  # during it
    ("giarratano-2018", "case-2"): (False, None),  # 12 months after it
    ("skin-sanctuary-2015", "case-1"): (True,),  # 5 months after it
    ("skin-sanctuary-2015", "case-2"): (None,),  # no early HER2 therapy
}


@pytest.fixture(scope="module")
def derived():
    return {name: replicated(name).material for name in ("giarratano-2018", "sepher-2020", "skin-sanctuary-2015")}


@pytest.mark.parametrize(("name", "patient"), EXPECTED)
def test_lines(derived, name, patient):
    lines = derived[name].lines
    of_patient = lines.filter(lines["patient_id"] == patient).sort("line")
    assert of_patient["regimen"].to_list() == EXPECTED[name, patient]
    assert of_patient["line"].to_list() == list(range(1, len(of_patient) + 1))


@pytest.mark.parametrize(("name", "patient"), LOT)
def test_curative_and_palliative_lines(derived, name, patient):
    summary = derived[name].summary
    assert summary.filter(summary["patient_id"] == patient)["lot"].item() == LOT[name, patient]


@pytest.mark.parametrize(("name", "patient"), EARLY_RELAPSE)
def test_early_relapse(derived, name, patient):
    summary = derived[name].summary
    found = summary.filter(summary["patient_id"] == patient)["early_relapse"].item()
    assert found in EARLY_RELAPSE[name, patient]


def test_pertuzumab_before_t_dm1(derived):
    """Nobody of one report received pertuzumab, everybody of the other did."""
    for name, expected in (("giarratano-2018", 0), ("skin-sanctuary-2015", 2)):
        drugs = derived[name].lines["ingredients"].list.contains("pertuzumab")
        assert drugs.sum() == expected
