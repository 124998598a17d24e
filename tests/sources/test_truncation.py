"""A table that was cut off by whoever exported it is said to be, wherever its numbers go."""

import pytest

from sequela.records.problems import problems
from sequela.records.write import write_records
from sequela.sources.cbioportal import CbioportalSource
from sequela.sources.folder import FolderSource
from sequela.sources.truncation import CUT_OFF, signs

PATIENTS = "patient_id,last_contact\n" + "".join(f"P{number},500\n" for number in range(5))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (65_535, "an old spreadsheet ends"),  # with its header, the last row of a sheet
        (65_536, "an old spreadsheet ends"),
        (1_048_575, "a spreadsheet ends"),
        (1_048_576, "a spreadsheet ends"),
        (10_000, "exactly 10,000 rows"),
        (50_000, "exactly 50,000 rows"),
        (1_000_000, "exactly 1,000,000 rows"),
    ],
)
def test_numbers_at_which_exports_stop(rows, words):
    ((meaning, remedy),) = signs(rows)
    assert meaning.startswith(CUT_OFF) and words in meaning and "untreated" in remedy


@pytest.mark.parametrize("rows", [0, 1, 100, 1_000, 9_999, 10_001, 65_534, 65_537, 1_048_574, 1_048_577])
def test_other_numbers_say_nothing(rows):
    assert signs(rows) == ()


def folder(path, exposures):
    path.mkdir()
    (path / "patients.csv").write_text(PATIENTS)
    (path / "exposures.csv").write_text(exposures)
    return FolderSource(path).read()


def cut_off(records):
    return [str(problem) for problem in problems(records) if CUT_OFF in str(problem)]


def test_a_table_that_fills_a_sheet(tmp_path):
    rows = [f"P{number % 5},docetaxel,{number // 5 - 20_000}\n" for number in range(65_535)]
    records = folder(tmp_path / "full", "patient_id,drug,start\n" + "".join(rows))
    assert records.table("exposures").height == 65_535
    (said,) = cut_off(records)
    assert said.startswith(f"exposures.csv: {CUT_OFF}: it ends where an old spreadsheet ends, after 65,535 rows")
    # What the copy is made of is known to the copy, even where it has other numbers of rows.
    copy = FolderSource(write_records(records, tmp_path / "copy")).read()
    assert cut_off(copy) == [said]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_last_line_without_its_end(tmp_path, encoding):
    text = "patient_id,drug,start\nP1,docetaxel,10\nP2,docetaxel,20"
    for name, ended in (("cut", False), ("whole", True)):
        path = tmp_path / name
        path.mkdir()
        (path / "patients.csv").write_text(PATIENTS, encoding=encoding)
        (path / "exposures.csv").write_text(text + "\n" * ended, encoding=encoding)
        assert bool(cut_off(FolderSource(path).read())) is not ended


def test_a_last_line_cut_in_the_middle_makes_its_patient_incomplete(tmp_path):
    records = folder(tmp_path / "cut", "patient_id,drug,start\nP1,docetaxel,10\nP2,trastuz")
    assert records.incomplete_patients("exposures").to_list() == ["P2"]
    assert len(cut_off(records)) == 1


def test_a_study_of_cbioportal(tmp_path):
    (tmp_path / "data_clinical_patient.txt").write_text("PATIENT_ID\tOS_STATUS\tOS_MONTHS\nA\t0:LIVING\t90\n")
    rows = "".join(f"A\t{number % 2000}\tTREATMENT\tdrug {number}\n" for number in range(10_000))
    (tmp_path / "data_timeline_treatment.txt").write_text("PATIENT_ID\tSTART_DATE\tEVENT_TYPE\tAGENT\n" + rows)
    records = CbioportalSource(tmp_path).read()
    assert cut_off(records)[0].startswith(f"data_timeline_treatment.txt: {CUT_OFF}: it has exactly 10,000 rows")


def test_a_hundred_thousand_repeats_are_one_course(tmp_path):
    records = folder(tmp_path / "same", "patient_id,drug,start,stop\n" + "P1,Herceptin,10,100\n" * 100_001)
    assert records.table("exposures").height == 1
    assert records.quarantine["rule"].unique().to_list() == ["duplicate_row"] and records.quarantine.height == 100_000
    assert records.incomplete.is_empty()
