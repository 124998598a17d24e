"""Noda-Narita 2019: one set of reconstructed patients carries every printed number that others do not exclude."""

import csv
import shutil

import pytest

from sequela.replicate.catalogue import replicate
from sequela.replicate.compare import Verdict
from sequela.replicate.paper import PAPERS

from .replicated import replicated

NAME = "noda-narita-2019"
CONTRADICTIONS = {
    "N-003": "13 + 18 = 31, printed 33",
    "N-017": "truncated",
    "N-034": "12/12 in column 2 (Pearson) would give it",
    "N-047": "no whole number of 78 patients",
    "X-06": "16.7 is 3 of 18, one group only",
}


@pytest.fixture(scope="module")
def done():
    return replicated(NAME)


def test_the_patients_are_stamped_as_reconstructed(done):
    assert done.material.records.kind == "reconstructed"
    assert any("reconstructed" in note for note in done.notes)


def test_contradictions_are_found_by_arithmetic(done):
    found = {row.id: row.reason for row in done.rows if row.verdict is Verdict.CONTRADICTS}
    assert set(found) == set(CONTRADICTIONS)
    for name, sentence in CONTRADICTIONS.items():
        assert sentence.lower() in found[name].lower()


def test_everything_else_agrees(done):
    assert {row.id: row.reason for row in done.rows if row.verdict is Verdict.DIFFERS} == {}


@pytest.mark.parametrize(
    ("id", "computed"),
    [
        ("N-001", "42"),
        ("N-003", "31 (74)"),
        ("N-034", "0.2123"),
        ("N-040", "2.83"),
        ("N-044", "0.0030"),
        ("X-06", "42.9"),
    ],
)
def test_computed_values(done, id, computed):
    assert next(row.computed for row in done.rows if row.id == id) == computed


def test_one_patients_progression_moves_the_computed_values(done, tmp_path):
    """Let the last of the Tmab/Pmab group progress late: hazard ratio, log-rank and medians move."""
    papers = shutil.copytree(PAPERS, tmp_path / "papers")
    cohort = done.result.cohort.patients
    patient = cohort.filter(cohort["group"] == "Tmab/Pmab").row(0, named=True)
    path = papers / NAME / "records" / "assessments.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    late = [row for row in rows if row["patient_id"] == patient["patient_id"] and row["response"] == "PD"]
    for row in late:
        row["response"] = "SD"
    assert late
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    moved = {row.id: row for row in replicate(NAME, papers).rows}
    before = {row.id: row for row in done.rows}
    assert moved["N-040"].computed != before["N-040"].computed
    assert moved["N-040"].verdict is Verdict.DIFFERS
