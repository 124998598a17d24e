"""A study of records cut into partitions is the study of the whole records."""

import pytest
import yaml
from polars.testing import assert_frame_equal

from sequela.analyses.answer import answer
from sequela.records import partitions as cutting
from sequela.records.partitions import sorted_if_many
from sequela.study.cohort import build_cohort, membership
from sequela.study.load import load_study

from ..derive.ward import ward

STUDY = {
    "version": 1,
    "title": "T-DM1 with and without pertuzumab before",
    "records": ".",
    "time_zero": "first trastuzumab emtansine in any line",
    "population": ["metastatic at time zero", "line >= 2"],
    "groups": {"Dual": "received pertuzumab before time zero", "Other": "otherwise"},
    "reference": "Other",
    "analyses": [
        {
            "characteristics": [
                "line_of_time_zero",
                "prior_lines",
                "setting of pertuzumab",
                "interval since trastuzumab",
            ]
        },
        {"survival": "os"},
        {"survival": "pfs.ema"},
        "response",
        "sequence",
    ],
}


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False))
    return load_study(tmp_path / "study.yaml")


def everything(study, records):
    cohort = build_cohort(study, records)
    return cohort, membership(study, records), answer(study, records, cohort)


@pytest.mark.parametrize("patients", [1, 23])
def test_the_study_does_not_depend_on_the_partitions(study, monkeypatch, patients):
    records = ward(3, 60)
    cohort, members, whole = everything(study, records)
    monkeypatch.setattr(cutting, "PATIENTS_AT_ONCE", patients)
    cohort_cut, members_cut, cut = everything(study, sorted_if_many(records))
    assert_frame_equal(cohort_cut.patients, cohort.patients)
    assert (cohort_cut.flow, cohort_cut.guard, cohort_cut.cautions) == (cohort.flow, cohort.guard, cohort.cautions)
    assert_frame_equal(members_cut, members)
    assert cut.withheld == whole.withheld
    assert len(cut.analyses) == len(whole.analyses) > 3
    for one, other in zip(cut.analyses, whole.analyses, strict=True):
        assert_frame_equal(one.results, other.results)
