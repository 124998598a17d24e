"""The first map of a spreadsheet: what is recognised, what is left to a person, and that it can be run."""

from datetime import date

import polars as pl
import pytest

from sequela.errors import StudyError
from sequela.sources.spreadsheet import SpreadsheetSource
from sequela.sources.spreadsheet_cells import find_headers, read_sheets
from sequela.sources.spreadsheet_draft import draft_map
from sequela.sources.spreadsheet_draft_text import quoted
from sequela.sources.spreadsheet_roles import date_order, roles_of

from .test_spreadsheet import BLANK, FIRST, HEADER, SECOND, changed, refused
from .workbooks import write_workbook


def drafted(folder, *sheets, headers=None):
    write_workbook(folder / "cohort.xlsx", dict(sheets))
    headers = headers or find_headers(folder / "cohort.xlsx")
    text = draft_map("cohort.xlsx", read_sheets(folder / "cohort.xlsx", headers), headers)
    (folder / "map.yaml").write_text(text)
    return text


def test_the_draft_of_a_usual_sheet_can_be_run(tmp_path):
    text = drafted(tmp_path, ("Cohort", [HEADER, FIRST, BLANK, SECOND]))
    records, account = SpreadsheetSource(tmp_path / "map.yaml").read_with_account()
    assert refused(records) == []
    sizes = {name: table.height for name, table in records.tables.items() if table.height}
    assert sizes == {"patients": 2, "diagnoses": 2, "exposures": 5, "biomarkers": 2, "metastases": 3, "assessments": 2}
    assert records.table("patients")["sex"].to_list() == ["female", "female"]
    assert records.table("exposures")["reason_stopped"].drop_nulls().to_list() == ["progression", "toxicity"]
    assert [name for _, name, _ in account.unused_columns] == ["Prior pertuzumab", "Comment"]
    assert "'Prior pertuzumab' says whether pertuzumab was given, not when" in text
    assert "dates: day-month-year" in text


def test_a_status_that_says_neither_is_left_to_the_person(tmp_path):
    text = drafted(tmp_path, ("Cohort", [HEADER, FIRST, changed(SECOND, status="lost to follow-up")]))
    assert "is: [dead], is_not: [WHICH WORDS]" in text
    assert "[lost to follow-up] says neither dead nor alive" in text
    with pytest.raises(StudyError, match="WHICH WORDS is still to be filled in"):
        SpreadsheetSource(tmp_path / "map.yaml").read()


@pytest.mark.parametrize(
    ("written", "order"),
    [
        (["03/04/2017", "13/04/2017"], "day-month-year"),
        (["03/04/2017", "03/14/2017"], "month-day-year"),
        (["03/04/2017", "04/05/2017"], "either"),
        (["13/04/2017", "03/14/2017"], "both"),
        (["2017-04-03", None], ""),
    ],
)
def test_the_order_of_dates_is_seen_or_asked_for(tmp_path, written, order):
    rows = [["id", "Last follow-up"], *([number, text] for number, text in enumerate(written))]
    text = drafted(tmp_path, ("Sheet1", rows))
    assert date_order(list(read_sheets(tmp_path / "cohort.xlsx").values())) == order
    assert ("\ndates: " in text) == (order in ("day-month-year", "month-day-year"))
    assert ("# dates: day-month-year" in text) == (order == "either")


@pytest.mark.parametrize(
    ("header", "cells", "role", "detail"),
    [
        ("Patient ID", ["a", "b"], "patient", ""),
        ("Date of birth", [date(1950, 1, 1)], "birth_day", ""),
        ("Date of death", [date(2020, 1, 1)], "death", ""),
        ("Death", ["yes", "no"], "vital_status", "dead"),
        ("Last follow-up", [date(2020, 1, 1)], "last_contact", ""),
        ("Trastuzumab start", [date(2020, 1, 1)], "drug_start", "trastuzumab"),
        ("Kadcyla", [date(2020, 1, 1)], "drug_start", "trastuzumab emtansine"),
        ("End of T-DM1", [date(2020, 1, 1)], "drug_stop", "trastuzumab emtansine"),
        ("Reason T-DM1 stopped", ["PD", "toxicity"], "reason_stopped", "trastuzumab emtansine"),
        ("Pertuzumab (yes/no)", [0, 1], "drug_given", "pertuzumab"),
        ("ER status", ["pos", "neg"], "marker", "ER"),
        ("HER2 IHC", ["3+", "2+"], "marker", "HER2"),
        ("Liver mets", [0, 1], "organ", "liver"),
        ("2nd line regimen", ["TCH", "lapatinib"], "line_drug", "{n}nd line regimen"),
        ("L3 start", [date(2020, 1, 1)], "line_start", "L{n} start"),
        ("Progression date line 1", [date(2020, 1, 1)], "line_progression_day", "Progression date line {n}"),
        ("PFS (months)", [3.5, 7.25], "progression_length", ""),
        ("PFS on T-DM1 (mo)", [3.5, 7.25], "progression_length", "trastuzumab emtansine"),
        ("Pat. no.", ["a", "b"], "patient", ""),
        ("Dead", ["x", None], "vital_status", "dead"),
        ("Height", [170, 181], "", ""),
    ],
)
def test_columns_are_recognised_by_name_and_content(tmp_path, header, cells, role, detail):
    write_workbook(tmp_path / "one.xlsx", {"Sheet1": [[header], *([cell] for cell in cells)]})
    (found,) = roles_of(read_sheets(tmp_path / "one.xlsx")["Sheet1"])
    assert (found.role, found.detail) == (role, detail)


def test_a_date_column_called_death_is_not_a_flag(tmp_path):
    rows = [["id", "Death", "Last FU"], ["a", date(2020, 1, 1), None], ["b", None, date(2020, 1, 1)]]
    text = drafted(tmp_path, ("Sheet1", rows))
    assert "    death: Death\n" in text and "only" not in text.split("# To be settled")[0]


def test_a_long_sheet_and_one_without_patients(tmp_path):
    people = ["People", [["ID", "Last contact", "Death date"], ["a", date(2020, 1, 1), None]]]
    drugs = ["Drugs", [["Pat ID", "Drug", "Start date", "Stop date"], ["a", "TDM1", date(2018, 1, 1), None]]]
    text = drafted(tmp_path, people, drugs, ["Legend", [["Colour", "Meaning"], ["red", "dead"]]])
    assert "{sheet: Drugs, patient: Pat ID, drug: Drug, start: Start date, stop: Stop date}" in text
    assert "The sheet 'Legend' is not read" in text
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    assert records.table("exposures")["drug"].to_list() == ["trastuzumab emtansine"]


@pytest.mark.parametrize("name", ["Line 1: start", "it's", "#1", "a, b", " x", "{n}", "yes", "Ü"])
def test_any_header_can_be_written_and_read_again(tmp_path, name):
    (tmp_path / "t.csv").write_text(f'id,"{name}"\na,2018-01-01\n')
    (tmp_path / "map.yaml").write_text(
        f"version: 1\nfile: t.csv\npatient: id\ntables:\n  patients: {{last_contact: {quoted(name.strip())}}}\n"
    )
    if name == "{n}":
        return
    assert SpreadsheetSource(tmp_path / "map.yaml").read().table("patients").height == 1


def test_a_tick_says_yes_and_an_empty_cell_no_and_both_are_said(tmp_path):
    rows = [["Pat. no.", "Dead", "Last seen", "Liver mets", "Date M1"],
            ["a", "x", date(2020, 1, 1), "x", date(2019, 1, 1)],
            ["b", None, date(2020, 2, 1), None, date(2019, 1, 1)]]  # fmt: skip
    text = drafted(tmp_path, ("Sheet1", rows))
    assert "An empty cell of 'Dead' is taken for alive" in text
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    assert refused(records) == []
    assert [day is None for day in records.table("patients")["death"]] == [False, True]
    assert records.table("metastases").select("patient_id", "organ").rows() == [("a", "liver")]


def test_months_to_progression_start_with_the_drug_that_the_column_names(tmp_path):
    rows = [["id", "Lapatinib start", "T-DM1 start", "PFS T-DM1", "PD", "Last seen"],
            ["a", date(2018, 1, 1), date(2019, 1, 1), 2, 1, date(2020, 1, 1)],
            ["b", date(2018, 1, 1), date(2019, 1, 1), 4, 0, date(2020, 1, 1)]]  # fmt: skip
    text = drafted(tmp_path, ("Sheet1", rows))
    assert "day: {from: T-DM1 start, months: PFS T-DM1}" in text and "which are no progressions" in text


def test_one_drug_given_early_and_again_is_two_courses(tmp_path):
    rows = [["id", "Adjuvant trastuzumab start", "Adjuvant trastuzumab stop", "Trastuzumab start", "Last seen", "Dead"],
            ["a", date(2012, 1, 1), date(2013, 1, 1), date(2016, 1, 1), date(2020, 1, 1), "no"],
            ["b", None, None, date(2017, 1, 1), date(2020, 1, 1), "no"]]  # fmt: skip
    drafted(tmp_path, ("Sheet1", rows))
    found = SpreadsheetSource(tmp_path / "map.yaml").read().table("exposures").sort("patient_id", "start")
    assert found["patient_id"].to_list() == ["a", "a", "b"]
    assert found["setting"].to_list() == ["early", None, None]


@pytest.mark.parametrize(
    ("header", "cells", "line"),
    [
        ("ER %", [0.9, 0.05, 0, 1], "value: {column: ER %, times: 100}"),
        ("Ki67", [0.3, 0.15, 0.2, 1], "value: {column: Ki67, times: 100}"),
        ("ER", [1, 2, 1, 2], ""),
        ("PgR", [0, 2, 9, 2], ""),
        ("HER2", [1, 2, 2, 1], ""),
        ("PgR", [8, 3, 0, 5], ""),
        ("PgR (%)", [8, 3, 0, 5], "value: PgR (%)"),
        ("ER", [90, 1, 0, 5], "value: ER}"),
        ("ER", ["pos", "neg", "neg", "pos"], "words: {neg: negative, pos: positive}"),
        ("ER (1=neg, 2=pos)", [1, 2, 1, 2], "words: {1: negative, 2: positive}"),
        ("HER2", [0, 1, 2, 3], "value: HER2}"),
    ],
)
def test_numbers_of_a_receptor_are_read_only_where_they_can_mean_one_thing(tmp_path, header, cells, line):
    rows = [["id", "Last seen", "Dead", header], *([at, date(2020, 1, 1), "no", cell] for at, cell in enumerate(cells))]
    text = drafted(tmp_path, ("Sheet1", rows))
    written = [one for one in text.splitlines() if "{marker: {text:" in one and not one.startswith("#")]
    assert len(written) == bool(line) and all(line in one for one in written)
    assert bool(line) != (f"{header!r} is not read: " in text)


@pytest.mark.parametrize(
    ("header", "cells", "line"),
    [
        ("PD", ["yes", "no"], "words: {'no': NON-CR/NON-PD, 'yes': PD}"),
        ("PD (0=yes, 1=no)", [0, 1], "words: {0: PD, 1: NON-CR/NON-PD}"),
        ("Progression-free", ["yes", "no"], "words: {'no': PD, 'yes': NON-CR/NON-PD}"),
        ("No progression", [1, 0], "words: {0: PD, 1: NON-CR/NON-PD}"),
        ("Libera da progressione", ["sì", "no"], "words: {'no': PD, sì: NON-CR/NON-PD}"),
        ("Progressionsfrei", ["ja", "nein"], "words: {ja: NON-CR/NON-PD, nein: PD}"),
        ("PFS censored", [1, 0], ""),
        ("PFS_cens", [1, 0], ""),
        ("PFS", [1, 0], ""),
        ("Alive without progression", ["yes", "no"], ""),
        ("Progression status", ["censored", "progressed"], "words: {censored: NON-CR/NON-PD, progressed: PD}"),
    ],
)
def test_nobody_progresses_by_a_word_that_says_the_contrary(tmp_path, header, cells, line):
    rows = [["id", "T-DM1 start", "PFS months", header, "Last seen", "Dead"],
            *([at, date(2018, 1, 1), 3 + at, cells[at % 2], date(2020, 1, 1), "no"] for at in range(6))]  # fmt: skip
    text = drafted(tmp_path, ("Sheet1", rows))
    written = [one for one in text.splitlines() if "months: PFS months" in one]
    assert len(written) == bool(line) and all(line in one for one in written)
    assert line or f"{header!r} is not read" in text


@pytest.mark.parametrize(
    "header",
    ["No liver metastases", "Senza metastasi epatiche", "Pertuzumab naive", "No pertuzumab", "Never pertuzumab"],
)
def test_what_a_header_denies_is_left_to_a_person(tmp_path, header):
    rows = [["id", "Date M1", header, "T-DM1 start", "Last seen", "Dead"],
            *([at, date(2017, 1, 1), "yes" if at % 2 else "no", date(2018, 1, 1), date(2020, 1, 1), "no"]
              for at in range(6))]  # fmt: skip
    text = drafted(tmp_path, ("Sheet1", rows))
    assert f"# ignore: [{header}]" in text and f"only: {header}" not in text


def test_a_sheet_without_dates_is_counted_from_day_0(tmp_path):
    rows = [["ID", "Age", "PFS weeks", "PFS event", "OS months", "OS event"],
            [1, 50, 4, 1, 10, 1], [2, 60, 8.5, 0, 12.5, 0]]  # fmt: skip
    text = drafted(tmp_path, ("Sheet1", rows))
    assert "from a day 0 that the sheet does not name. No drug has a day" in text
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    patients = records.table("patients").select("patient_id", "age_at_origin", "last_contact", "death").rows()
    # 10 months of 30.4375 days are 304.4, 12.5 are 380.5 (halves to the even day); 8.5 weeks are 59.5.
    assert patients == [("1", 50.0, 304, 304), ("2", 60.0, 380, None)] and refused(records) == []
    assert records.table("assessments").select("day", "response").rows() == [(28, "PD"), (60, "NON-CR/NON-PD")]


def test_what_is_left_open_is_named_when_the_map_is_read(tmp_path):
    rows = [["ID", "Drug 1", "Start 1", "PFS on lapatinib", "PD", "Last seen", "Dead"],
            *([at, "Kadcyla", date(2018, 1, at), 3 + at, at % 2, date(2020, 1, 1), "no"]
              for at in range(1, 5))]  # fmt: skip
    assert "FROM WHICH DAY" in drafted(tmp_path, ("Sheet1", rows))
    with pytest.raises(StudyError, match="FROM WHICH DAY is still to be filled in; expected the column of the day"):
        SpreadsheetSource(tmp_path / "map.yaml").read()


def test_a_part_of_one_becomes_a_percentage(tmp_path):
    rows = [
        ["id", "Last seen", "Dead", "ER %"],
        *([at, date(2020, 1, 1), "no", er] for at, er in enumerate([0.9, 0, 1])),
    ]
    drafted(tmp_path, ("Sheet1", rows))
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    assert records.table("biomarkers")["value"].to_list() == ["90.0", "0.0", "100.0"]


def test_a_course_that_goes_on_has_no_last_day_and_no_progression_has_no_day(tmp_path):
    rows = [["id", "Kadcyla start", "Kadcyla stop", "PD", "Death date", "Last seen"],
            *([at, date(2017, at, 1), date(2018, 1, 1), date(2018, 1, 5), date(2018, 9, 1), date(2018, 9, 1)]
              for at in range(1, 4)),
            [4, date(2017, 4, 1), "ongoing", "no", "alive", date(2019, 1, 1)],
            [5, date(2017, 5, 1), "laufend", "not yet", "alive", date(2019, 1, 1)]]  # fmt: skip
    drafted(tmp_path, ("Sheet1", rows))
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    assert refused(records) == [] and records.table("exposures").height == 5
    assert records.table("exposures")["stop"].null_count() == 2 == records.table("patients")["death"].null_count()
    assert records.table("assessments").height == 3


def test_a_date_of_progression_or_death_kills_nobody(tmp_path):
    rows = [["id", "Date of progression or death", "Last seen", "Dead"],
            ["a", date(2018, 1, 1), date(2020, 1, 1), "no"],
            ["b", date(2018, 1, 1), date(2019, 1, 1), "yes"]]  # fmt: skip
    text = drafted(tmp_path, ("Sheet1", rows))
    assert "is the day of a progression or of a death, and is read as neither" in text
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    assert [day is None for day in records.table("patients")["death"]] == [True, False]
    assert records.table("assessments").is_empty()


AGED = [["id", "Date of diagnosis", "Start T-DM1", "{}", "Last seen", "Dead"],
        ["a", date(2010, 3, 5), date(2017, 3, 4), "57y", date(2020, 1, 1), "no"],
        ["b", date(2012, 3, 5), date(2016, 3, 4), "61", date(2020, 1, 1), "no"],
        ["c", None, date(2016, 3, 4), "43 anni", date(2020, 1, 1), "no"]]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "births"), [("Age at T-DM1", [1959, 1954, 1972]), ("Age at dx", [1952, 1950, None])]
)
def test_an_age_is_counted_on_the_day_that_its_name_says(tmp_path, header, births):
    rows = [[header if cell == "{}" else cell for cell in row] for row in AGED]
    drafted(tmp_path, ("Sheet1", rows))
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    patients = records.table("patients").sort("patient_id")
    years = patients.select((pl.col("origin_date") + pl.duration(days="birth_day")).dt.year())
    assert refused(records) == [] and years.to_series().to_list() == births
    assert patients["age_at_origin"].null_count() == 3


@pytest.mark.parametrize("header", ["Age", "Age at enrolment", "Age at menopause"])
def test_an_age_on_an_unsaid_day_is_asked_for(tmp_path, header):
    text = drafted(tmp_path, ("Sheet1", [[header if cell == "{}" else cell for cell in row] for row in AGED]))
    assert f"{header!r} is an age on a day that its name does not say" in text
    patients = SpreadsheetSource(tmp_path / "map.yaml").read().table("patients")
    assert patients.select("birth_day", "age_at_origin").null_count().row(0) == (3, 3)


def test_an_age_that_is_none_is_refused_with_its_rule(tmp_path):
    rows = [[{"{}": "Age at T-DM1", "57y": "999"}.get(cell, cell) for cell in row] for row in AGED]
    drafted(tmp_path, ("Sheet1", rows))
    assert ("patients", 2, "not_an_age") in refused(SpreadsheetSource(tmp_path / "map.yaml").read())
