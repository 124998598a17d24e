"""Where a folder is cut into parts of its patients changes nothing but the order of the tables."""

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sequela.errors import RecordsError
from sequela.records import normalise, partitions
from sequela.records.bundle import Records
from sequela.sources import cuts, delimited, parquet, regular
from sequela.sources.folder import FolderSource

from .tables import hold_the_law, write
from .test_law_of_rows import as_csv, corrupted_tables

# A folder takes a tenth of a second to read, so that shrinking a failure would take minutes.
QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck), "phases": [Phase.reuse, Phase.generate]}


def in_parts(folder, patients: int, rows: int) -> Records:
    """Read a folder so many patients and so many rows at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "PATIENTS_AT_ONCE", patients)
        patch.setattr(delimited, "ROWS_AT_ONCE", rows)
        patch.setattr(parquet, "ROWS_AT_ONCE", rows)
        patch.setattr(regular, "SLICE", 20 * rows)
        return FolderSource(folder).read()


def assert_same(found: Records, whole: Records) -> None:
    expected, sorted_ = partitions.by_patient(whole), partitions.by_patient(found)
    for name, table in expected.tables.items():
        assert_frame_equal(sorted_.table(name), table)
    for name in ("quarantine", "imputations", "notices", "incomplete"):
        assert_frame_equal(getattr(found, name), getattr(expected, name))
    assert found.sources == expected.sources


WAYS = {
    "tables": corrupted_tables(),
    "patients": st.integers(1, 3),
    "rows": st.integers(1, 4),
    "separator": st.sampled_from(",;"),
}


@settings(max_examples=6, **QUICK)
@given(**WAYS)
def test_cutting_does_not_matter(tmp_path, tables, patients, rows, separator):
    cutting_does_not_matter(tmp_path, tables, patients, rows, separator)


@pytest.mark.slow
@settings(max_examples=500, **QUICK)
@given(**WAYS)
def test_cutting_does_not_matter_in_many_more_folders(tmp_path, tables, patients, rows, separator):
    cutting_does_not_matter(tmp_path, tables, patients, rows, separator)


def cutting_does_not_matter(tmp_path, tables, patients, rows, separator):
    folder = write(tmp_path, **{name: as_csv(lines, separator) for name, lines in tables.items()})
    whole, found = FolderSource(folder).read(), in_parts(folder, patients, rows)
    hold_the_law(found)
    assert_same(found, whole)


NAMES = ("A", "B", "C", "D", "E")
DAYS = ("2014", "2015-03-01", "2015-04", "700", "", "31/12/2015")
DRUGS = ("Herceptin", "Herzeptin", "Kadcila", "Tykerp", "")


@settings(max_examples=6, **QUICK)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from((*NAMES, "F", "")), st.sampled_from(DRUGS), st.sampled_from(DAYS)), max_size=14
    ),
    last=st.lists(st.sampled_from(("2019-05-05", "2019", "2000", "900")), min_size=5, max_size=5),
    patients=st.integers(1, 4),
)
def test_what_everybody_decides_is_asked_of_everybody(tmp_path, rows, last, patients):
    """Years or days, and the most frequent unknown names, are told from all patients."""
    who = pl.DataFrame({"patient_id": NAMES, "last_contact": last})
    exposures = pl.DataFrame(rows, schema=["patient_id", "drug", "start"], orient="row")
    folder = write(tmp_path, patients=who, exposures=exposures)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(normalise, "MOST_SUGGESTIONS", 1)
        assert_same(in_parts(folder, patients, 3), FolderSource(folder).read())


def test_a_lone_year_is_read_as_the_others_write_time(tmp_path):
    exposures = "patient_id,drug,start\n001,Herceptin,2014\n002,Kadcyla,2015-03-01\n"
    patients = "patient_id,last_contact\n001,2016\n002,2019-01-01\n"
    folder = write(tmp_path, patients=patients, exposures=exposures)
    found = in_parts(folder, 1, 10)
    assert found.imputations.select("table", "row", "precision").rows() == [
        ("patients", 2, "year"),
        ("exposures", 2, "year"),
    ]
    assert_same(found, FolderSource(folder).read())


def test_cut_tables_are_known_to_be_by_patient(tmp_path):
    exposures = "patient_id,drug,start\n002,Kadcyla,2018-02-01\n001,Herceptin,2018-03-01\n001,Perjeta,2018-01-01\n"
    found = in_parts(write(tmp_path, exposures=exposures), 1, 10)
    assert found.table("exposures").select("drug", "row").rows() == [
        ("trastuzumab", 3),
        ("pertuzumab", 4),
        ("trastuzumab emtansine", 2),
    ]
    assert all(partitions.is_by_patient(table) for table in found.tables.values() if table.height)


def test_rows_wait_in_a_folder_that_is_gone_afterwards(tmp_path, monkeypatch):
    waiting = tmp_path / "waiting"
    waiting.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(waiting))
    seen = []
    monkeypatch.setattr(cuts, "_load", lambda piece, load=cuts._load: seen.append(piece) or load(piece))
    exposures = "patient_id,drug,start\n002,Kadcyla,2018-02-01\n001,Herceptin,2018-03-01\n"
    in_parts(write(tmp_path / "records", exposures=exposures), 1, 10)
    assert len(seen) == 4
    assert all(path.parent.parent == waiting and not path.exists() for path in seen)
    assert not list(waiting.iterdir())


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    folder = write(tmp_path)
    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(RecordsError, match="TMPDIR"):
        in_parts(folder, 1, 10)
