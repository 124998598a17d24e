"""The same patients in several sheets and in several rows: joined where it is sure, refused where it is not."""

from datetime import date

import pytest

from sequela.errors import StudyError
from sequela.sources.spreadsheet import SpreadsheetSource
from sequela.sources.spreadsheet_cells import find_headers, read_sheets
from sequela.sources.spreadsheet_draft import draft_map

from .test_spreadsheet import refused
from .workbooks import write_workbook

LAST = date(2019, 1, 1)
PEOPLE = [["Hospital No", "Sex", "Last seen", "Dead"], *([f"{at:05d}", "F", LAST, "no"] for at in range(1, 5))]
DRUGS = [
    ["Line", "Key", "Regimen", "From"],
    *([line, at, drug, date(2016 + line, at, 1)]
      for at in range(1, 5) for line, drug in enumerate(["Herceptin", "Kadcyla"], 1)),
]  # fmt: skip


def imported(folder, people=PEOPLE, drugs=DRUGS):
    path = write_workbook(folder / "book.xlsx", {"People": people, "Drugs": drugs})
    headers = find_headers(path)
    text = draft_map(path.name, read_sheets(path, headers), headers)
    (folder / "map.yaml").write_text(text, encoding="utf-8")
    return text, SpreadsheetSource(folder / "map.yaml").read_with_account()


def test_a_column_whose_cells_are_the_patients_joins_the_sheets(tmp_path):
    text, (records, _) = imported(tmp_path)
    assert "{sheet: Drugs, patient: Key, drug: Regimen, start: From}" in text
    assert "\nleading_zeros: ignored\n" in text and "007 and 7 are one" in text
    assert refused(records) == [] and records.table("patients")["patient_id"].to_list() == ["1", "2", "3", "4"]
    given = records.table("exposures").group_by("patient_id").len().sort("patient_id")["len"].to_list()
    assert given == [2, 2, 2, 2]


def test_zeros_are_kept_where_they_tell_patients_apart(tmp_path):
    people = [*PEOPLE, ["1", "F", LAST, "no"]]
    text, (records, _) = imported(tmp_path, people)
    assert "leading_zeros" not in text and records.table("patients").height == 5
    forced = text.replace("tables:", "leading_zeros: ignored\ntables:")
    (tmp_path / "map.yaml").write_text(forced, encoding="utf-8")
    with pytest.raises(StudyError, match="differ by zeros before their number only"):
        SpreadsheetSource(tmp_path / "map.yaml").read()


def test_a_column_of_small_numbers_names_no_patients(tmp_path):
    text, _ = imported(tmp_path, drugs=[[row[0], *row[2:]] for row in DRUGS])
    assert "The sheet 'Drugs' is not read" in text


def test_what_stands_again_beside_every_drug_is_said_once(tmp_path):
    header = ["Pat. no.", "Sex", "Date M1", "Sites", "ER", "Drug", "Start", "Last contact", "Dead"]
    both = [["Herceptin", date(2016, 1, 1)], ["Kadcyla", date(2017, 1, 1)], ["Kadcyla", date(2017, 1, 1)]]
    rows = [[at, "F", date(2015, 1, 1), "liver and bone", "pos", *drug, LAST, "no"] for at in (1, 2) for drug in both]
    path = write_workbook(tmp_path / "long.xlsx", {"Sheet1": [header, *rows]})
    (tmp_path / "map.yaml").write_text(draft_map(path.name, read_sheets(path), find_headers(path)), encoding="utf-8")
    records, account = SpreadsheetSource(tmp_path / "map.yaml").read_with_account()
    sizes = {name: table.height for name, table in records.tables.items() if table.height}
    assert sizes == {"patients": 2, "diagnoses": 2, "exposures": 4, "biomarkers": 2, "metastases": 4}
    assert {(table, rule) for table, _, rule in refused(records)} == {("exposures", "duplicate_row")}
    assert any("4 rows say what an earlier row of the same patient says" in said for said in account.decisions)


def test_rows_of_one_patient_that_contradict_each_other_are_refused(tmp_path):
    header = ["Pat. no.", "Drug", "Start", "Last contact", "Dead"]
    rows = [[1, "Herceptin", date(2016, 1, 1), LAST, "no"], [1, "Kadcyla", date(2017, 1, 1), date(2020, 1, 1), "no"],
            [2, "Kadcyla", date(2017, 1, 1), LAST, "no"]]  # fmt: skip
    path = write_workbook(tmp_path / "long.xlsx", {"Sheet1": [header, *rows]})
    (tmp_path / "map.yaml").write_text(draft_map(path.name, read_sheets(path), find_headers(path)), encoding="utf-8")
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    assert records.table("patients")["patient_id"].to_list() == ["2"]
    assert ("patients", 2, "conflicting_rows") in refused(records)


@pytest.mark.parametrize("word", ["none", "なし", "keine", "-", "nessuna", "No"])
def test_a_word_for_no_drug_is_no_drug(tmp_path, word):
    header = ["ID", "Line 1", "Line 1 start", "Line 2", "Line 2 start", "Last seen", "Dead"]
    rows = [[at, "Herceptin", date(2016, 1, at), drug, start, LAST, "no"]
            for at, (drug, start) in enumerate([("Kadcyla", date(2017, 1, 1)), (word, None)], 1)]  # fmt: skip
    path = write_workbook(tmp_path / "wide.xlsx", {"Sheet1": [header, *rows]})
    (tmp_path / "map.yaml").write_text(draft_map(path.name, read_sheets(path), find_headers(path)), encoding="utf-8")
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    assert refused(records) == [] and records.table("exposures").height == 3


WIDE = ["ID", "Sex", "Drug", "Start", "Last FU", "Dead"]


def wide(numbers, day=1):
    return [WIDE, *([f"P{at}", "F", "Kadcyla", date(2016, 1, at + day), LAST, "no"] for at in numbers)]


def test_a_sheet_of_the_same_patients_is_a_copy_and_not_read(tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", {"2021": wide(range(8)), "backup": wide(range(7), 4)})
    text = draft_map(path.name, read_sheets(path), find_headers(path))
    assert "The sheet 'backup' is not read: it has the columns and the patients of '2021'" in text
    (tmp_path / "map.yaml").write_text(text, encoding="utf-8")
    assert SpreadsheetSource(tmp_path / "map.yaml").read().table("exposures").height == 8


def test_a_sheet_of_other_patients_adds_them(tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", {"North": wide(range(8)), "South": wide(range(8, 15))})
    (tmp_path / "map.yaml").write_text(draft_map(path.name, read_sheets(path), find_headers(path)), encoding="utf-8")
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    assert refused(records) == [] and records.table("patients").height == 15 == records.table("exposures").height
