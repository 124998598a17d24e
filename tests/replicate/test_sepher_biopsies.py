"""SePHER's four pairs of biopsies: classified by the paper's own definition, worked by hand from Table 1."""

import shutil

import pytest
import yaml

from sequela.derive.baseline import covariate_named
from sequela.derive.covariate import DEFAULT_DEFINITIONS
from sequela.derive.her2_conversion import first_and_latest
from sequela.derive.her2_guidelines import HER2_GUIDELINES
from sequela.errors import StudyError
from sequela.replicate import biopsy_values
from sequela.replicate.catalogue import replicate
from sequela.replicate.compare import Verdict
from sequela.replicate.paper import PAPERS
from sequela.sources.folder import FolderSource

from ..hand_made import at

DAYS = {f"patient-{n}": 1 for n in (1, 2, 3, 4)}


BIOPSIES = ("S-I215", "S-I216", "V-03", "B-01", "B-02")


@pytest.fixture
def without_cohort(tmp_path):
    """Copy the paper with its biopsies and without its studies of the cohort."""
    folder = shutil.copytree(PAPERS / "sepher-2020", tmp_path / "papers" / "sepher-2020")
    for path in folder.glob("study*.yaml"):
        path.unlink()
    paper = yaml.safe_load((folder / "paper.yaml").read_text())
    (folder / "paper.yaml").write_text(yaml.safe_dump(paper | {"verdict": None, "curves": []}))
    rows = (folder / "rows.yaml").read_text()
    (folder / "rows.yaml").write_text(rows[rows.index(f"- id: {BIOPSIES[0]}") :])
    return folder


@pytest.fixture
def sepher(without_cohort):
    return replicate("sepher-2020", without_cohort.parent)


def covariate(name, day=1):
    bundle = FolderSource(PAPERS / "sepher-2020" / "records").read()
    found = covariate_named(name).derive(bundle, at(**dict.fromkeys(DAYS, day)), DEFAULT_DEFINITIONS)
    return found["value"].to_list()


def test_every_row_agrees_and_says_what_it_does_not_show(sepher):
    assert tuple(row.id for row in sepher.rows) == BIOPSIES
    assert {row.verdict for row in sepher.rows} == {Verdict.AGREES}
    reasons = {row.id: row.reason for row in sepher.rows}
    assert "exact p = 0.125 (sign test), 0.125 (Wilcoxon)" in reasons["S-I215"]
    assert "exact p = 0.25 (sign test), 0.25 (Wilcoxon)" in reasons["V-03"]
    assert "2 of 4 are still HER2-positive after treatment" in reasons["B-02"]
    assert "loss: 2 (patient-1, patient-2); positive, discordant: 2 (patient-3, patient-4)" in reasons["B-02"]
    assert "before treatment for 1 patient as well" in reasons["S-I216"]


@pytest.mark.parametrize("guideline", HER2_GUIDELINES.values(), ids=list(HER2_GUIDELINES))
def test_conversion_is_the_same_by_every_guideline(sepher, guideline):
    found = first_and_latest(sepher.material.records, at(**DAYS), guideline)
    assert found["conversion"].to_list() == ["loss", "loss", "positive, discordant", "positive, discordant"]
    assert found["staining"].to_list() == ["lower"] * 4


def test_the_covariates_of_the_four():
    assert covariate("her2", 0) == ["positive"] * 4
    assert covariate("her2") == ["negative", "negative", "positive", "positive"]
    assert covariate("her2_low") == ["zero", "low", "positive", "positive"]
    assert covariate("her2_conversion since pertuzumab") == ["loss", "loss", *["positive, discordant"] * 2]
    assert covariate("her2_discordant") == ["no", "no", "yes", "yes"]
    both, one = "ER and PgR positive", "ER or PgR positive"
    assert covariate("sepher_subtype", 0) == [both, both, one, both]
    assert covariate("sepher_subtype") == [both] * 4  # patient 3 gains PgR, 18 %; patient 4 keeps 1 %


def test_a_fish_that_was_negative_changes_nobody(sepher, without_cohort):
    """The dash after treatment may mean not done or not amplified: IHC 0 and 1+ are negative with both."""
    path = without_cohort / "records" / "biomarkers.csv"
    text = path.read_text()
    assert text.count("HER2 ISH,-") == 3
    path.write_text(text.replace("HER2 ISH,-", "HER2 ISH,not amplified"))
    rows = {row.id: row for row in replicate("sepher-2020", without_cohort.parent).rows}
    assert rows["B-01"].computed == "4 HER2+"
    assert rows["B-02"].reason == next(r.reason for r in sepher.rows if r.id == "B-02")
    assert rows["S-I216"].verdict is Verdict.CONTRADICTS


def test_stronger_staining_after_treatment_takes_the_fall_away(without_cohort):
    path = without_cohort / "records" / "biomarkers.csv"
    path.write_text(path.read_text().replace("patient-4,1,HER2 IHC,1+", "patient-4,1,HER2 IHC,3+"))
    row = replicate("sepher-2020", without_cohort.parent).rows[0]
    assert (row.computed, row.verdict) == ("3 of the 4", Verdict.CONTRADICTS)


def test_a_second_result_on_a_side_is_refused(sepher):
    records = sepher.material.records
    twice = records.table("biomarkers").vstack(records.table("biomarkers").head(3))
    from dataclasses import replace

    more = replace(sepher.material, records=replace(records, tables={**records.tables, "biomarkers": twice}))
    with pytest.raises(StudyError, match="more than one HER2 IHC"):
        biopsy_values.falls(more, {"since": "pertuzumab", "marker": "HER2 IHC"})
