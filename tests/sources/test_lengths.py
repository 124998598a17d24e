"""Centimetres become millimetres only where the row says so; a column of centimetres is not renamed by advice."""

import pytest

from sequela.errors import RecordsError
from sequela.records.write import write_records
from sequela.sources.folder import FolderSource

from .tables import read, refused, write

LESIONS = "patient_id,lesion_id,organ,role\n001,L1,liver,target\n"


def measured(folder, table):
    return read(folder, lesions=LESIONS, measurements=table)


def test_the_unit_of_the_row_decides(tmp_path):
    found = measured(
        tmp_path,
        "patient_id,lesion_id,day,diameter_mm,unit\n001,L1,2018-01-10,1.1,cm\n001,L1,2018-02-10,11,mm\n"
        "001,L1,2018-03-10,11,\n001,L1,2018-04-10,2,Centimetre\n001,L1,2018-05-10,,cm\n",
    )
    assert found.table("measurements").select("diameter_mm", "unit").rows() == [
        (11.0, "mm"),
        (11.0, "mm"),
        (11.0, None),
        (20.0, "mm"),
        (None, "mm"),
    ]


def test_written_and_read_again_nothing_grows(tmp_path):
    first = measured(tmp_path / "a", "patient_id,lesion_id,day,diameter_mm,unit\n001,L1,2018-01-10,1.1,cm\n")
    again = FolderSource(write_records(first, tmp_path / "b")).read()
    assert again.table("measurements").equals(first.table("measurements"))


def test_a_lesion_of_more_than_a_metre_is_refused(tmp_path):
    found = measured(tmp_path, "patient_id,lesion_id,day,diameter_mm,unit\n001,L1,2018-01-10,120,cm\n")
    assert refused(found) == [("measurements:2", "out_of_range", "120")]


@pytest.mark.parametrize("unit", ["inch", "m"])
def test_another_unit_is_refused(tmp_path, unit):
    found = measured(tmp_path, f"patient_id,lesion_id,day,diameter_mm,unit\n001,L1,2018-01-10,1.1,{unit}\n")
    assert refused(found) == [("measurements:2", "unknown_value", unit)]


def test_a_unit_inside_the_cell_is_refused(tmp_path):
    found = measured(tmp_path, "patient_id,lesion_id,day,diameter_mm\n001,L1,2018-01-10,1.1 cm\n")
    assert refused(found) == [("measurements:2", "not_a_number", "1.1 cm")]


def test_a_column_of_centimetres_is_not_renamed_by_advice(tmp_path):
    write(tmp_path, lesions=LESIONS, measurements="patient_id,lesion_id,day,diameter_cm\n001,L1,2018-01-10,1.1\n")
    with pytest.raises(RecordsError, match="add a column unit that says cm in each row"):
        FolderSource(tmp_path).read()


def test_the_same_length_in_two_units_is_a_repeat_and_no_conflict(tmp_path):
    found = measured(
        tmp_path,
        "patient_id,lesion_id,day,diameter_mm,unit\n001,L1,2018-01-10,1.1,cm\n001,L1,2018-01-10,11,mm\n",
    )
    assert [(row, rule) for row, rule, _ in refused(found)] == [("measurements:3", "duplicate_row")]
