"""Who enters a model: counted by covariate and by group, with a pencil, and printed."""

import numpy as np
import pytest

from sequela.analyses.comparisons import Asked
from sequela.analyses.competing import competing
from sequela.analyses.complete_cases import complete_cases
from sequela.analyses.survival import survival
from sequela.analyses.wording import loss_sentence
from sequela.derive.endpoint_files import PROFILES
from sequela.report.loss_tables import loss_tables
from sequela.report.tables import tables_of

from .twelve import PATIENTS, bundle, cohort

MEMBER = np.array(["A", "A", "A", "B", "B"])
EVENT = np.array([True, False, True, True, False])
LACKING = {
    "Age": np.array([True, True, False, False, False]),
    "ECOG": np.array([False, True, True, False, False]),
    "Sex": np.zeros(5, dtype=bool),
}


@pytest.fixture(scope="module")
def found():
    return survival(cohort(), bundle(), PROFILES["os"], ["ecog", "sex"], asked=Asked(stratify=("ecog",)))


def test_by_pencil():
    """Of A the first lacks age, the second both, the third ECOG; of B nobody lacks anything."""
    cases = complete_cases("adjusted model", ("A", "B"), MEMBER, EVENT, LACKING)
    assert (cases.groups, cases.sizes) == (("A", "B", "All"), (3, 2, 5))
    assert (cases.left_out, cases.events_left_out) == ((3, 0, 3), (2, 0, 2))
    age, ecog, sex = cases.covariates
    assert (age.counts, age.alone) == ((2, 0, 2), (1, 0, 1))
    assert (ecog.counts, ecog.alone, sex.counts) == ((2, 0, 2), (1, 0, 1), (0, 0, 0))
    assert loss_sentence(cases) == (
        "3 of 5 patients (60.0%) are left out of the adjusted model (3 in A, 0 in B): a covariate is missing "
        "(Age 2, ECOG 2)."
    )


def test_the_counts_are_those_of_the_model(found):
    adjusted, stratified = found.losses
    assert adjusted.sizes[-1] - adjusted.left_out[-1] == found.hazard_ratios[-1].n == 10
    assert (adjusted.left_out, stratified.left_out) == ((1, 1, 2), (1, 0, 1))
    assert [(item.label, item.counts) for item in adjusted.covariates] == [
        ("ECOG performance status", (1, 0, 1)),
        ("Sex", (0, 1, 1)),
    ]
    # a6 and b5, who lack a value, both died.
    assert adjusted.events_left_out == (1, 1, 2)


def test_they_are_in_the_table_of_results(found):
    lost = found.results.filter(statistic="covariate_missing", method="adjusted model", group="All")
    assert dict(lost.select("variable", "value").iter_rows()) == {"ECOG performance status": 1, "Sex": 1}
    assert found.results.filter(statistic="left_out", method="stratified test", group="A")["value"].to_list() == [1]


def test_they_are_printed(found):
    table = next(table for table in tables_of([found]) if table.name == "missing-os")
    assert table.columns == ("", "A (n = 6)", "B (n = 6)", "All (n = 12)")
    assert [row.cells for row in table.rows[:4]] == [
        ("Left out of the adjusted model", "1 (16.7)", "1 (16.7)", "2 (16.7)"),
        ("of them with the event", "1", "1", "2"),
        ("ECOG performance status missing", "1 (16.7)", "0 (0.0)", "1 (8.3)"),
        ("only ECOG performance status missing", "1", "0", "1"),
    ]
    assert any("left out of the adjusted model (1 in A, 1 in B)" in caution for caution in found.cautions)


def test_a_model_that_loses_nobody_says_so():
    found = survival(cohort(), bundle(), PROFILES["os"], ["age"])
    assert found.losses[0].complete and not loss_tables("os", "OS", found.losses)
    notes = tables_of([found])[0].notes
    assert "Adjusted model: no covariate is missing, all 12 patients are in it." in notes


def test_models_of_each_kind_of_event_count_too():
    found = competing(cohort(), bundle(), PROFILES["pfs_line_1"], ["sex"])
    assert found.losses[0].left_out == (0, 1, 1)
    assert any("left out of the adjusted models (0 in A, 1 in B)" in caution for caution in found.cautions)
    assert PATIENTS["b5"][-1] is None and any(table.name.startswith("missing-") for table in tables_of([found]))
