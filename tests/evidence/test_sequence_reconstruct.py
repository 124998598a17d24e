"""A small cohort from its printed file to records: counts exact, days in order, the same seed the same patients."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sequela.derive.lines import lines_of_therapy
from sequela.errors import StudyError
from sequela.evidence.load_sequences import is_of_sequences, load_sequences
from sequela.evidence.reconstruct import CONTRADICTS, REACHED
from sequela.evidence.search_times import Schedule
from sequela.evidence.sequence_reconstruct import SequenceEffort, reconstruct_sequences
from sequela.evidence.sequence_records import patients_of_sequences
from sequela.evidence.write_sequences import write_sequences
from sequela.records.bundle import Kind
from sequela.sources.folder import FolderSource

PRINTED = Path(__file__).with_name("small_sequences.yaml")
SHORT = SequenceEffort(restarts=1, lives=Schedule(15_000, 0.3, 1e-3), lines=Schedule(6_000, 0.3, 1e-3))


@pytest.fixture(scope="module")
def found():
    return reconstruct_sequences(load_sequences(PRINTED), np.random.default_rng(7), SHORT)


@pytest.fixture(scope="module")
def records(found, tmp_path_factory):
    folder = write_sequences(found, tmp_path_factory.mktemp("sequences"), seed=7)
    return FolderSource(folder / "records").read()


def test_every_number_that_arithmetic_allows_is_reached(found):
    verdicts = {row["constraint"]: row for row in found.constraints.iter_rows(named=True)}
    missed = [name for name, row in verdicts.items() if row["verdict"] not in (REACHED, CONTRADICTS)]
    assert [name for name in missed if "hazard ratio" not in name] == []
    assert "had left line 1 before" in verdicts["pfs_1: median, Late, positive"]["reason"]


def test_printed_counts_are_exact(found):
    patients = patients_of_sequences(found)
    early = patients.filter(pl.col("group") == "Early")
    assert early["receptors"].value_counts().sort("receptors")["count"].to_list() == [12, 18]
    assert (patients["ki67"] == "unknown").sum() == 10
    assert patients.filter(pl.col("group") == "First")["early"].unique().to_list() == ["trastuzumab"]
    assert (patients["age"].median(), patients["age"].min(), patients["age"].max()) == (54, 30, 80)
    months = patients.filter(pl.col("group") == "Late")["disease_free_interval"].drop_nulls()
    assert months.median() == 53
    assert patients.filter(pl.col("early") == "metastatic")["disease_free_interval"].null_count() == 20


def test_a_life_is_the_wait_and_what_follows(found):
    patients = patients_of_sequences(found)
    assert (patients["days_to_index"] < patients["days_to_end"]).all()
    later = patients.filter(pl.col("index_line") > 1)
    assert (later["days_to_line_1"] + later["days_of_line_1"] < later["days_to_index"]).all()


def test_the_records_are_whole_and_their_lines_are_those_of_the_groups(found, records):
    assert records.kind == Kind.RECONSTRUCTED
    assert records.quarantine.is_empty() and records.notices.is_empty()
    lines = lines_of_therapy(records).filter(pl.col("regimen") == "trastuzumab emtansine")
    first = lines.group_by("patient_id").agg(pl.col("line").min(), pl.col("start").min()).sort("patient_id")
    patients = patients_of_sequences(found)
    assert first["line"].to_list() == patients["index_line"].to_list()
    assert first["start"].to_list() == patients["days_to_index"].to_list()


def test_the_same_seed_gives_the_same_patients(found):
    again = reconstruct_sequences(load_sequences(PRINTED), np.random.default_rng(7), SHORT)
    assert patients_of_sequences(again).equals(patients_of_sequences(found))
    other = reconstruct_sequences(load_sequences(PRINTED), np.random.default_rng(8), SHORT)
    assert not patients_of_sequences(other).equals(patients_of_sequences(found))


def test_every_problem_of_a_file_comes_at_once_with_its_line(tmp_path):
    text = PRINTED.read_text()
    for old, new in (
        ("patients: 30, index", "patients: 31, index"),
        ("neither: 18}", "neither: 17}"),
        ("clock: index", "clock: noon"),
        ("p: 0.12", "p: small"),
        ("hazard_ratio: 1.8 (0.8-4.0)", "hazard_ratio: 1.8"),
        ("positive: {First: NR}", "positive: {Fist: NR}"),
    ):
        text = text.replace(old, new)
    path = tmp_path / "printed.yaml"
    path.write_text(text)
    assert is_of_sequences(path)
    with pytest.raises(StudyError) as raised:
        load_sequences(path)
    told = [(problem.where, problem.found) for problem in raised.value.problems]
    assert len(told) == 6
    assert all(where.startswith("printed.yaml:") for where, _ in told)
    assert any("30 patients in lines" in found for _, found in told)
    assert any("'small'" in found for _, found in told)
    assert any("clock 'noon'" in found for _, found in told)


def test_a_threshold_that_excludes_a_median_is_refused(tmp_path):
    path = tmp_path / "printed.yaml"
    path.write_text(PRINTED.read_text().replace("median: {Early: 40, Late: 53, First: 17}",
        "median: {Early: 40, Late: 53, First: 17}\n    below: {36: {Late: 16}}"))  # fmt: skip
    with pytest.raises(StudyError, match="do not fit a median of 53"):
        reconstruct_sequences(load_sequences(path), np.random.default_rng(1), SHORT)
