"""A first study file asks what the records can answer, and nothing that they cannot."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sequela.analyses.answer import answer
from sequela.errors import UsageError
from sequela.records.write import write_records
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of
from sequela.scenarios.worlds import WORLDS
from sequela.sources.folder import FolderSource
from sequela.study.cohort import build_cohort
from sequela.study.draft import draft_study, drugs_given
from sequela.study.load import load_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("draft") / "records"
    write_records(records_of(simulate_cohort(WORLDS["N3"], np.random.default_rng(3), 120)), folder)
    return folder


def test_the_draft_is_a_study_that_answers(folder):
    records = FolderSource(folder).read()
    path = folder.parent / "study.yaml"
    path.write_text(draft_study(records, "records", "T-DM1", "Perjeta"))
    study = load_study(path)
    result = answer(study, records, build_cohort(study, records), "")
    assert list(result.cohort.groups) == ["After pertuzumab", "No pertuzumab"]
    endpoints = [analysis.endpoint for analysis in result.analyses if hasattr(analysis, "endpoint")]
    assert endpoints == ["pfs.ema", "os"]


def test_what_the_records_lack_is_not_asked_and_said(folder, tmp_path):
    for name in ("patients.csv", "exposures.csv", "records.yaml"):
        (tmp_path / name).write_text((folder / name).read_text())
    text = draft_study(FolderSource(tmp_path).read(), ".", "T-DM1", "pertuzumab")
    assert "pfs" not in text and "metastatic at" not in text and "HER2" not in text
    assert "# - few assessments" in text and "# - no metastatic diagnoses" in text and "survival: os" in text


def test_drugs_are_counted_by_patients_whatever_they_came_with(folder):
    counts = dict(drugs_given(FolderSource(folder).read()))
    assert counts["trastuzumab emtansine"] == 120 and 0 < counts["pertuzumab"] < 120


@pytest.mark.parametrize(
    ("later", "earlier", "message"),
    [
        ("T-DM1", "pertuzmab", "no drug is called 'pertuzmab'.*Nearest: .*pertuzumab"),
        ("T-DM1", "lapatinib", "no patient of the records received lapatinib"),
        ("T-DM1", "Kadcyla", "is the later drug itself"),
    ],
)
def test_a_drug_nobody_received_is_refused(folder, later, earlier, message):
    with pytest.raises(UsageError, match=message):
        draft_study(FolderSource(folder).read(), "records", later, earlier)


def test_the_command_writes_a_file_that_runs_and_overwrites_none(folder):
    program = str(Path(sys.executable).with_name("sequela"))
    command = [
        program,
        "study",
        str(folder),
        str(folder.parent / "own.yaml"),
        "--drug",
        "T-DM1",
        "--after",
        "pertuzumab",
    ]
    first = subprocess.run(command, capture_output=True, text=True)
    assert first.returncode == 0 and "records: records\n" in (folder.parent / "own.yaml").read_text(), first.stderr
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 2 and "already" in again.stderr
    listed = subprocess.run(command[:3], capture_output=True, text=True)
    assert listed.returncode == 2 and "trastuzumab emtansine (120 patients)" in listed.stderr
