"""Sheets as people lay them out: names in two rows, merged cells, units below the names, sums, dates as numbers."""

from datetime import date, timedelta

import polars as pl
import pytest

from sequela.errors import StudyError
from sequela.sources.spreadsheet import SpreadsheetSource
from sequela.sources.spreadsheet_cells import find_headers, read_sheets
from sequela.sources.spreadsheet_draft import draft_map
from sequela.sources.spreadsheet_header import Rows, found_rows
from sequela.sources.spreadsheet_serial import counts_from_1904

from .test_spreadsheet import refused
from .workbooks import write_workbook

FIRST_STARTS = [date(2015, 1, 10), date(2016, 2, 20)]
T_DM1_STARTS = [date(2016, 3, 1), date(2017, 4, 2)]
LAST = [date(2018, 5, 6), date(2019, 6, 7)]
TITLE = ["Our cohort, data lock 2019"]
GROUPS = ["Patient", None, "First line", None, None, "Second line", None, None, "Outcome", None]
NAMES = ["ID", "Centre", "Drug", "Start", "Stop", "Drug", "Start", "Stop", "Last FU", "Status"]
MERGED = ["A2:B2", "C2:E2", "F2:H2", "I2:J2"]
ROWS = [
    [f"B-{at}", "North" if at == 0 else None, "Herceptin", FIRST_STARTS[at], FIRST_STARTS[at] + timedelta(90),
     "Kadcyla", T_DM1_STARTS[at], T_DM1_STARTS[at] + timedelta(60), LAST[at], ["Dead", "Alive"][at]]
    for at in range(2)
]  # fmt: skip
SUMS = ["Total", None, "n=2", None, None, None, None, None, None, 1]


def imported(folder, rows, merged=(), *, from_1904=False):
    path = write_workbook(folder / "sheet.xlsx", {"Sheet1": rows}, merged, from_1904=from_1904)
    headers = find_headers(path)
    text = draft_map(path.name, read_sheets(path, headers), headers, from_1904=counts_from_1904(path))
    (folder / "map.yaml").write_text(text, encoding="utf-8")
    return text, SpreadsheetSource(folder / "map.yaml").read()


def given(records):
    """Return the drugs of all patients with the calendar days of their start."""
    origins = records.table("patients").select("patient_id", "origin_date")
    frame = records.table("exposures").join(origins, on="patient_id")
    day = (pl.col("origin_date") + pl.duration(days="start")).alias("day")
    return sorted(frame.select("patient_id", "drug", day).rows())


WANTED = sorted(
    (f"B-{at}", drug, starts[at])
    for drug, starts in (("trastuzumab", FIRST_STARTS), ("trastuzumab emtansine", T_DM1_STARTS))
    for at in range(2)
)


@pytest.mark.parametrize("merged", [MERGED, []])
def test_groups_above_the_names_say_whose_they_are(tmp_path, merged):
    text, records = imported(tmp_path, [TITLE, GROUPS, NAMES, *ROWS], [*merged, "A1:J1"] if merged else [])
    assert "\nheader: 2-3\n" in text
    assert "{n: [First, Second], drug: '{n} line Drug', start: '{n} line Start', stop: '{n} line Stop'}" in text
    assert given(records) == WANTED and refused(records) == []
    assert [day is None for day in records.table("patients").sort("patient_id")["death"]] == [False, True]


def test_names_below_the_groups_of_some_columns_only(tmp_path):
    upper = ["ID", "Centre", "First line", None, None, "Second line", None, None, "Last FU", "Status"]
    lower = [None, None, "Drug", "Start", "Stop", "Drug", "Start", "Stop", None, None]
    merged = ["A1:A2", "B1:B2", "C1:E1", "F1:H1", "I1:I2", "J1:J2"]
    text, records = imported(tmp_path, [upper, lower, *ROWS], merged)
    assert "\nheader: 1-2\n" in text and "\npatient: ID\n" in text
    assert given(records) == WANTED and refused(records) == []


def test_a_title_of_several_cells_is_no_group():
    top = {1: {0: "Cohort", 3: "2019"}, 2: {at: f"name {at}" for at in range(5)}, 3: dict.fromkeys(range(5), "7")}
    assert found_rows(top) == Rows(2)


def test_a_cell_merged_over_several_patients_is_each_one_s(tmp_path):
    _, records = imported(tmp_path, [TITLE, GROUPS, NAMES, *ROWS], [*MERGED, "B4:B5"])
    assert records.table("patients")["centre"].to_list() == ["North", "North"]
    (tmp_path / "map.yaml").unlink()
    _, records = imported(tmp_path, [TITLE, GROUPS, NAMES, *ROWS], MERGED)
    assert records.table("patients").sort("patient_id")["centre"].to_list() == ["North", None]


def test_a_word_merged_sideways_is_no_date_of_every_column(tmp_path):
    rows = [ROWS[0], [*ROWS[1][:5], "none given", None, None, *ROWS[1][8:]]]
    _, records = imported(tmp_path, [TITLE, GROUPS, NAMES, *rows], [*MERGED, "F5:H5"])
    assert refused(records) == [("exposures", 5, "start_missing")]


@pytest.mark.parametrize("word", ["Total", "TOTAL", "Mean", "n = 2", "Summe", "Totale", "合計"])
def test_a_row_of_sums_is_no_patient(tmp_path, word):
    _, records = imported(tmp_path, [TITLE, GROUPS, NAMES, *ROWS, [word, *SUMS[1:]]], MERGED)
    assert records.table("patients")["patient_id"].to_list() == ["B-0", "B-1"]
    assert {rule for *_, rule in refused(records)} == {"summary_row"}
    assert records.quarantine.filter(table="patients")["row"].to_list() == [6]
    assert records.incomplete_patients("exposures").to_list() == []


def test_a_patient_is_no_row_of_sums(tmp_path):
    rows = [["Tot-1", *ROWS[0][1:]], ["Meany", *ROWS[1][1:]]]
    _, records = imported(tmp_path, [TITLE, GROUPS, NAMES, *rows], MERGED)
    assert records.table("patients").height == 2 and refused(records) == []


SERIAL = [
    ["ID", "Date of birth", "T-DM1 start", "PFS", "PD", "Platelets", "Last contact", "Status"],
    [None, "dd/mm/yyyy", "date", "days", "0=no, 1=yes", "number", "date", "1=alive, 2=dead"],
    ["a", 21763, 43101, 30, 1, 30000, 43831, 2],
    ["b", 9132, 43101.5, 45, 0, 41000, 44197, 1],
]


@pytest.mark.parametrize(("from_1904", "later"), [(False, 0), (True, 1462)])
def test_units_below_the_names_and_dates_that_stand_as_numbers(tmp_path, from_1904, later):
    text, records = imported(tmp_path, SERIAL, from_1904=from_1904)
    assert "\nunits: 2\n" in text and "serial_dates: [T-DM1 start, Last contact, Date of birth]" in text
    patients = records.table("patients")
    # 43101 is 1 January 2018, 21763 is 1 August 1959, 9132 is 31 December 1924: what a spreadsheet shows for them.
    origin = date(2018, 1, 1) + timedelta(later)
    assert patients["origin_date"].to_list() == [origin, origin] and refused(records) == []
    births = [date(1959, 8, 1) + timedelta(later), date(1925, 1, 0 + 1) - timedelta(1) + timedelta(later)]
    assert patients["birth_day"].to_list() == [(birth - origin).days for birth in births]
    assert [day is None for day in patients["death"]] == [False, True]
    assert records.table("assessments").select("day", "response").rows() == [(30, "PD"), (45, "NON-CR/NON-PD")]


def test_numbers_that_count_from_a_diagnosis_are_no_dates(tmp_path):
    rows = [[cell if name not in ("T-DM1 start", "Last contact") else at * 700 for name, cell in
             zip(SERIAL[0], row, strict=True)] for at, row in enumerate(SERIAL[2:], 1)]  # fmt: skip
    path = write_workbook(tmp_path / "sheet.xlsx", {"Sheet1": [SERIAL[0], *rows]})
    assert "serial_dates" not in draft_map(path.name, read_sheets(path), find_headers(path))


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("header: 2-4", "'2-4'"),
        ("header: second", "'second'"),
        ("header: 2\nunits: 5", "'5'"),
    ],
)
def test_rows_that_cannot_hold_the_names_are_refused(tmp_path, key, found):
    write_workbook(tmp_path / "sheet.xlsx", {"Sheet1": [TITLE, NAMES, *ROWS]})
    head = f"version: 1\nfile: sheet.xlsx\n{key}\npatient: ID\n"
    (tmp_path / "map.yaml").write_text(f"{head}tables:\n  patients: {{last_contact: Last FU}}\n", encoding="utf-8")
    with pytest.raises(StudyError, match=found):
        SpreadsheetSource(tmp_path / "map.yaml").read()


def test_sheets_whose_names_stand_in_other_rows(tmp_path):
    people = [["Export of 2019", None], ["ID", "Last contact", "Dead"], ["a", date(2019, 1, 1), "no"]]
    drugs = [["ID", "Drug", "Start"], ["a", "Kadcyla", date(2018, 1, 1)]]
    path = write_workbook(tmp_path / "sheet.xlsx", {"People": people, "Drugs": drugs})
    headers = find_headers(path)
    text = draft_map(path.name, read_sheets(path, headers), headers)
    assert "header: {People: 2, Drugs: 1}" in text
    (tmp_path / "map.yaml").write_text(text, encoding="utf-8")
    assert SpreadsheetSource(tmp_path / "map.yaml").read().table("exposures")["drug"].to_list() == [
        "trastuzumab emtansine"
    ]
