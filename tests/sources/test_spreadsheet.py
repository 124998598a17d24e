"""A spreadsheet and the map of its columns become records."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import RecordsError, StudyError
from sequela.records.schema import TABLES
from sequela.sources.folder import FolderSource
from sequela.sources.import_summary import import_summary
from sequela.sources.spreadsheet import SpreadsheetSource
from sequela.sources.spreadsheet_dates import age_in_years, born

from .workbooks import write_workbook

HEADER = [
    "Study no", "DOB", "Sex", "Date M1", "Sites", "HER2", "Line 1 regimen", "Line 1 start", "Line 1 stop",
    "Line 2 regimen", "Line 2 start", "Line 2 stop", "Prior pertuzumab", "T-DM1 start", "T-DM1 stop", "Reason",
    "PFS months", "PD on T-DM1", "Last FU", "Status", "Comment",
]  # fmt: skip
FIRST = [
    1, date(1960, 5, 3), "F", date(2014, 1, 5), "liver; lung", "3+", "Trastuzumab + docetaxel", date(2014, 2, 1),
    date(2014, 12, 1), None, None, None, "no", date(2015, 1, 10), "20/09/2015", "PD", 8.0, 1, "03/04/2017", "dead",
    None,
]  # fmt: skip
SECOND = [
    2, "1955", "F", date(2014, 3, 5), "bone", "IHC 2+ / FISH amp", "Trastuzumab + pertuzumab + docetaxel",
    date(2014, 4, 1), date(2015, 12, 1), "Lapatinib", "Jan 2016", "05/06/2016", "yes", date(2016, 8, 10), None, "tox",
    5.25, 0, "03/04/2018", "alive", "moved",
]  # fmt: skip
BLANK: list[None] = [None] * len(HEADER)

MAP = """\
version: 1
file: {file}
patient: Study no
dates: day-month-year
tables:
  patients:
    birth_day: DOB
    sex: Sex
    last_contact: Last FU
    death: {{column: Last FU, only: {{column: Status, is: dead, is_not: [alive]}}}}
  metastases:
    - {{day: Date M1, organ: {{column: Sites, split: ";"}}}}
  biomarkers:
    - {{marker: {{text: HER2}}, value: HER2, day: Date M1}}
  exposures:
    - {{n: 1-4, drug: "Line {{n}} regimen", start: "Line {{n}} start", stop: "Line {{n}} stop"}}
    - drug: {{text: T-DM1}}
      start: T-DM1 start
      stop: T-DM1 stop
      reason_stopped: {{column: Reason, words: {{PD: progression, tox: toxicity}}}}
  assessments:
    - day: {{from: T-DM1 start, months: PFS months}}
      response: {{column: PD on T-DM1, words: {{1: PD, 0: NON-CR/NON-PD}}}}
ignore: [Comment]
"""


def cohort(folder: Path, *rows, header=HEADER, text: str = MAP, file: str = "cohort.xlsx") -> Path:
    write_workbook(folder / file, {"Cohort": [header, *rows]})
    path = folder / "map.yaml"
    path.write_text(text.format(file=file) if text is MAP else text)
    return path


def changed(row: list, **cells) -> list:
    names = {name.lower().replace(" ", "_").replace("-", "_"): place for place, name in enumerate(HEADER)}
    found = list(row)
    for name, cell in cells.items():
        found[names[name]] = cell
    return found


def refused(records):
    return sorted(records.quarantine.select("table", "row", "rule").rows())


def on(records, patient: str, day: int) -> date:
    patients = records.table("patients").filter(patient_id=patient)
    return patients["origin_date"][0] + timedelta(days=day)


def test_a_wide_sheet_becomes_records(tmp_path):
    records, account = SpreadsheetSource(cohort(tmp_path, FIRST, BLANK, SECOND)).read_with_account()
    assert refused(records) == []
    patients = records.table("patients")
    assert patients["patient_id"].to_list() == ["1", "2"]
    assert [day is not None for day in patients["death"]] == [True, False]
    assert on(records, "1", patients["death"][0]) == date(2017, 4, 3)
    exposures = records.table("exposures")
    assert sorted(exposures.filter(patient_id="2")["drug"].to_list()) == [
        "docetaxel + pertuzumab + trastuzumab",
        "lapatinib",
        "trastuzumab emtansine",
    ]
    index = exposures.filter(patient_id="1", drug="trastuzumab emtansine")
    assert on(records, "1", index["stop"][0]) == date(2015, 9, 20)
    assert index["reason_stopped"].to_list() == ["progression"]
    assert records.table("metastases").select("patient_id", "organ").sort("patient_id", "organ").rows() == [
        ("1", "liver"),
        ("1", "lung"),
        ("2", "bone"),
    ]
    assert [(each.rows_read, each.rows_kept, each.rows_quarantined) for each in account.files] == [(2, 2, 0)]
    assert {name: why for _, name, why in account.unused_columns} == {
        "Prior pertuzumab": "",
        "Comment": "left out on purpose",
    }


def test_months_are_placed_from_their_day(tmp_path):
    records = SpreadsheetSource(cohort(tmp_path, FIRST, SECOND)).read()
    found = records.table("assessments").sort("patient_id")
    assert found["response"].to_list() == ["PD", "NON-CR/NON-PD"]
    # 8 months of 30.4375 days are 243.5, and halves go to the even day; 5.25 months are 159.80.
    assert on(records, "1", found["day"][0]) == date(2015, 1, 10) + timedelta(days=244)
    assert on(records, "2", found["day"][1]) == date(2016, 8, 10) + timedelta(days=160)


def test_every_row_knows_where_it_stood(tmp_path):
    _, account = SpreadsheetSource(cohort(tmp_path, FIRST, BLANK, SECOND)).read_with_account()
    assert account.origins is not None
    assert account.origins.filter(table="patients").select("row", "file", "file_row").rows() == [
        (2, "cohort.xlsx", 2),
        (3, "cohort.xlsx", 4),
    ]


def test_a_word_in_neither_list_is_unknown_and_never_alive(tmp_path):
    lost = changed(SECOND, status="lost")
    records = SpreadsheetSource(cohort(tmp_path, FIRST, lost)).read()
    assert records.table("patients")["patient_id"].to_list() == ["1"]
    assert ("patients", 3, "unclear_condition") in refused(records)
    assert records.quarantine.filter(rule="unclear_condition")["found"].to_list() == ["lost"]


def test_an_empty_cell_of_a_condition_is_unknown_unless_the_map_says_no(tmp_path):
    block = "    - {drug: {text: pertuzumab}, start: Line 1 start, only: %s}\n"
    rows = (FIRST, changed(SECOND, prior_pertuzumab=None))
    base = MAP.format(file="cohort.xlsx").replace("  assessments:", block % "Prior pertuzumab" + "  assessments:")
    records = SpreadsheetSource(cohort(tmp_path, *rows, text=base)).read()
    assert ("exposures", 3, "unclear_condition") in refused(records)
    assert records.incomplete_patients("exposures").to_list() == ["2"]
    said = base.replace(
        "only: Prior pertuzumab", "only: {column: Prior pertuzumab, is: [yes], is_not: [no], empty: no}"
    )
    records = SpreadsheetSource(cohort(tmp_path, *rows, text=said)).read()
    assert refused(records) == [] and "pertuzumab" not in records.table("exposures")["drug"].to_list()


def test_a_course_whose_cells_are_filled_in_part_is_not_dropped(tmp_path):
    records = SpreadsheetSource(cohort(tmp_path, changed(FIRST, t_dm1_start=None), SECOND)).read()
    assert ("exposures", 2, "start_missing") in refused(records)
    assert records.incomplete_patients("exposures").to_list() == ["1"]


def test_a_length_without_its_day_is_refused(tmp_path):
    rows = (changed(FIRST, t_dm1_start="2015-01"), changed(SECOND, pfs_months=-1))
    records = SpreadsheetSource(cohort(tmp_path, *rows)).read()
    assert [line for line in refused(records) if line[0] == "assessments"] == [
        ("assessments", 2, "length_without_day"),
        ("assessments", 3, "length_without_day"),
    ]


@pytest.mark.parametrize(
    ("order", "written", "meant"),
    [
        ("day-month-year", "03/04/2017", date(2017, 4, 3)),
        ("month-day-year", "03/04/2017", date(2017, 3, 4)),
        ("day-month-year", "3.4.2017", date(2017, 4, 3)),
        ("year-month-day", "2017/04/03", date(2017, 4, 3)),
        ("month-day-year", "3 April 2017", date(2017, 4, 3)),
        ("day-month-year", "Apr 3, 2017", date(2017, 4, 3)),
        ("day-month-year", "04/2017", date(2017, 4, 15)),
        ("day-month-year", "Apr 2017", date(2017, 4, 15)),
        ("year-month-day", "3 aprile 2017", date(2017, 4, 3)),
        ("year-month-day", "3. März 2017", date(2017, 3, 3)),
        ("year-month-day", "3-ago-2017", date(2017, 8, 3)),
        ("year-month-day", "3 de octubre de 2017", date(2017, 10, 3)),
        ("year-month-day", "3 juin 2017", date(2017, 6, 3)),
        ("year-month-day", "3 juillet 2017", date(2017, 7, 3)),
        ("year-month-day", "août 2017", date(2017, 8, 15)),
        ("year-month-day", "2017年4月3日", date(2017, 4, 3)),
        ("year-month-day", "2017年4月", date(2017, 4, 15)),
        ("year-month-day", "２０１７年４月３日", date(2017, 4, 3)),
        ("year-month-day", "平成29年4月3日", date(2017, 4, 3)),
        ("year-month-day", "H29.4.3", date(2017, 4, 3)),
        ("year-month-day", "令和2年4月3日", date(2020, 4, 3)),
        ("year-month-day", "M45.4.3", None),
        ("year-month-day", "3 jui 2017", None),
        ("year-month-day", "03/04/2017", None),
        ("day-month-year", "04/13/2017", None),
        ("day-month-year", "03/04/17", None),
    ],
)
def test_dates_are_read_in_the_order_declared_or_refused(tmp_path, order, written, meant):
    text = MAP.format(file="cohort.xlsx").replace("day-month-year", order)
    text = text.replace("death: {column: Last FU, only: {column: Status, is: dead, is_not: [alive]}}", "death: Last FU")
    text = text.replace("stop: T-DM1 stop", "").replace("      \n", "")
    records = SpreadsheetSource(cohort(tmp_path, changed(FIRST, last_fu=written), text=text)).read()
    deaths = records.table("patients")["death"].to_list()
    assert deaths == [] if meant is None else on(records, "1", deaths[0]) == meant


def test_unknown_drugs_are_named_in_the_summary_and_learnt_from_a_file(tmp_path):
    row = changed(FIRST, line_1_regimen="Trastuzumab + Doc")
    records, account = SpreadsheetSource(cohort(tmp_path, row, SECOND)).read_with_account()
    text = import_summary(records, account)
    assert "exposures, drug: a drug that the vocabulary lacks (1):\n  - 'Trastuzumab + Doc' (1). Nearest:" in text
    (tmp_path / "drugs.csv").write_text("name,ingredients\nDoc,docetaxel\n")
    records, account = SpreadsheetSource(tmp_path / "map.yaml").read_with_account()
    assert "docetaxel + trastuzumab" in records.table("exposures")["drug"].to_list()
    assert "vocabulary lacks" not in import_summary(records, account)


def test_several_sheets_are_read_by_their_names(tmp_path):
    people = [["ID", "Death", "Seen"], ["a", None, date(2020, 1, 1)], ["b", date(2019, 5, 1), None]]
    drugs = [["Patient", "Drug", "From"], ["a", "Kadcyla", date(2018, 1, 1)], ["a", "Tykerb", date(2019, 1, 1)],
             ["c", "Kadcyla", date(2018, 1, 1)]]  # fmt: skip
    write_workbook(tmp_path / "two.xlsx", {"People": people, "Drugs": drugs, "Notes": []})
    text = (
        "version: 1\nfile: two.xlsx\nsheet: People\npatient: ID\ntables:\n"
        "  patients: {death: Death, last_contact: Seen}\n"
        "  exposures:\n    - {sheet: Drugs, patient: Patient, drug: Drug, start: From}\n"
    )
    (tmp_path / "map.yaml").write_text(text)
    records, account = SpreadsheetSource(tmp_path / "map.yaml").read_with_account()
    assert records.table("exposures")["drug"].to_list() == ["trastuzumab emtansine", "lapatinib"]
    assert refused(records) == [("exposures", 4, "unknown_patient")]
    assert records.quarantine["file"].to_list() == ["two.xlsx (Drugs)"]
    assert [str(each) for each in account.files] == [
        "two.xlsx (People): 2 rows read, 2 kept, 0 quarantined; became 2 patients",
        "two.xlsx (Drugs): 3 rows read, 2 kept, 1 quarantined; became 2 exposures",
    ]


def test_a_header_may_stand_lower(tmp_path):
    path = cohort(tmp_path, header=["Cohort of 2014", *BLANK[1:]])
    write_workbook(tmp_path / "cohort.xlsx", {"Cohort": [["Cohort of 2014"], [], HEADER, FIRST]})
    path.write_text(path.read_text().replace("patient:", "header: 3\npatient:"))
    _, account = SpreadsheetSource(path).read_with_account()
    assert account.origins is not None and set(account.origins["file_row"]) == {4}


def test_files_of_spss_bring_labels_and_dates(tmp_path):
    frame = pl.DataFrame(
        {
            "id": [1.0, 2.0],
            "sex": [2.0, 1.0],
            "start": [date(2018, 1, 2), date(2018, 3, 4)],
            "os": [12.0, 20.0],
            "dead": [1.0, 0.0],
        }
    )
    labels = {"sex": {1.0: "male", 2.0: "female"}, "dead": {0.0: "censored", 1.0: "died"}}
    pyreadstat.write_sav(
        frame, str(tmp_path / "cohort.sav"), column_labels={"os": "Overall survival"}, variable_value_labels=labels
    )
    (tmp_path / "map.yaml").write_text(
        "version: 1\nfile: cohort.sav\npatient: id\ntables:\n  patients:\n    sex: sex\n"
        "    last_contact: {from: start, months: Overall survival}\n"
        "    death: {from: start, months: os, only: {column: dead, is: died, is_not: censored}}\n"
        "  exposures: [{drug: {text: T-DM1}, start: start}]\n"
    )
    patients = SpreadsheetSource(tmp_path / "map.yaml").read().table("patients")
    assert patients.select("patient_id", "sex", "last_contact", "death").rows() == [
        ("1", "female", 365, 365),  # 12 x 30.4375 = 365.25
        ("2", "male", 609, None),  # 20 x 30.4375 = 608.75
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("birth_day: DOB", "birth_day: DOBB", "map.yaml:7: the sheet has no column 'DOBB'.*Did you mean 'DOB'"),
        ("  metastases:", "  metastasis:", "unknown key 'metastasis'.*Did you mean 'metastases'"),
        ("dates: day-month-year", "dates: dmy", "'dmy'; expected year-month-day"),
        ("is_not: [alive]", "is_not: []", "words for yes without words for no"),
        ("months: PFS months", "monts: PFS months", "unknown key 'monts'"),
        ('{text: HER2}, value: HER2', "{text: HER2}", "a block of biomarkers without value"),
        ("n: 1-4, ", "", "{n} without its numbers"),
        ("n: 1-4, ", "n: 4-1, ", "'4-1'; expected numbers such as 1-6"),
        ("file: cohort.xlsx", "file: gone.xlsx", "there is no such file"),
        ("file: cohort.xlsx", "file: map.yaml", "cannot be read as a spreadsheet"),
        ("patient: Study no", "patient: Study no\nsheet: Patients", "there is no sheet 'Patients'"),
        ("  patients:", "  performance:", "no table of patients"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_map_is_said_with_its_line(tmp_path, old, new, message):
    text = MAP.format(file="cohort.xlsx")
    assert old in text
    path = cohort(tmp_path, FIRST, text=text.replace(old, new))
    with pytest.raises((StudyError, RecordsError), match=message):
        SpreadsheetSource(path).read()


def test_hostile_files_end_in_a_letter(tmp_path):
    (tmp_path / "cohort.xlsx").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "map.yaml").write_text(MAP.format(file="cohort.xlsx"))
    with pytest.raises(RecordsError, match="cannot be opened"):
        SpreadsheetSource(tmp_path / "map.yaml").read()
    with pytest.raises(StudyError, match="sequela map"):
        SpreadsheetSource(tmp_path / "cohort.xlsx").read()
    (tmp_path / "cohort.sav").write_bytes(b"$FL2 nothing")
    (tmp_path / "map.yaml").write_text(MAP.format(file="cohort.sav"))
    with pytest.raises(RecordsError, match="cannot be read"):
        SpreadsheetSource(tmp_path / "map.yaml").read()
    write_workbook(tmp_path / "cohort.xlsx", {"Cohort": [[*HEADER, "DOB"], [*FIRST, None]]})
    (tmp_path / "map.yaml").write_text(MAP.format(file="cohort.xlsx"))
    with pytest.raises(StudyError, match="more than one column 'DOB'"):
        SpreadsheetSource(tmp_path / "map.yaml").read()


def test_a_ragged_row_of_a_text_table_loses_its_patient_and_says_so(tmp_path):
    (tmp_path / "t.csv").write_text("id;start;seen\na;2018-01-01;2019-01-01\nb;2018-01-01;2019-01-01;2\n")
    (tmp_path / "map.yaml").write_text(
        "version: 1\nfile: t.csv\npatient: id\ntables:\n  patients: {last_contact: seen}\n"
        "  exposures: [{drug: {text: T-DM1}, start: start}]\n"
    )
    records = SpreadsheetSource(tmp_path / "map.yaml").read()
    assert records.table("patients")["patient_id"].to_list() == ["a"]
    assert ("patients", 3, "field_count") in refused(records)


person = st.fixed_dictionaries(
    {
        "sex": st.sampled_from(["F", "M", None]),
        "start": st.dates(date(2012, 1, 1), date(2018, 1, 1)),
        "days": st.integers(0, 900),
        "dead": st.booleans(),
        "first": st.sampled_from([None, "Herceptin + docetaxel", "pertuzumab/trastuzumab", "no such drug"]),
        "organs": st.lists(st.sampled_from(["liver", "bone", "brain"]), unique=True, max_size=3),
    }
)


@settings(deadline=None, max_examples=25)
@given(people=st.lists(person, min_size=1, max_size=6))
def test_a_sheet_and_the_canonical_tables_of_the_same_facts_give_the_same_records(tmp_path_factory, people):
    folder = tmp_path_factory.mktemp("law")
    wide, tables = [["id", "sex", "L1", "L1 start", "T start", "last", "dead", "sites"]], {name: [] for name in TABLES}
    for number, one in enumerate(people, 1):
        before, last = one["start"] - timedelta(days=200), one["start"] + timedelta(days=one["days"])
        wide.append([number, one["sex"], one["first"], before if one["first"] else None, one["start"], last,
                     int(one["dead"]), "; ".join(one["organs"]) or None])  # fmt: skip
        tables["patients"].append(f"{number},{one['sex'] or ''},{last},{last if one['dead'] else ''}")
        tables["exposures"] += [f"{number},{one['first']},{before}"] if one["first"] else []
        tables["exposures"].append(f"{number},T-DM1,{one['start']}")
        tables["metastases"] += [f"{number},{one['start']},{organ}" for organ in one["organs"]]
    write_workbook(folder / "wide.xlsx", {"Sheet1": wide})
    (folder / "map.yaml").write_text(
        "version: 1\nfile: wide.xlsx\npatient: id\ntables:\n"
        "  patients: {sex: sex, last_contact: last, death: {column: last, only: dead}}\n"
        "  exposures:\n    - {drug: L1, start: L1 start}\n    - {drug: {text: T-DM1}, start: T start}\n"
        "  metastases: [{day: T start, organ: {column: sites, split: ';'}}]\n"
    )
    (folder / "records").mkdir()
    headers = {"patients": "patient_id,sex,last_contact,death", "exposures": "patient_id,drug,start",
               "metastases": "patient_id,day,organ"}  # fmt: skip
    for name, header in headers.items():
        (folder / "records" / f"{name}.csv").write_text("\n".join([header, *tables[name]]) + "\n")
    ours, theirs = SpreadsheetSource(folder / "map.yaml").read(), FolderSource(folder / "records").read()
    for name in headers:
        columns = list(TABLES[name].names)
        sort = [column for column in columns if column not in ("row",)]
        assert ours.table(name).select(columns).sort(sort).equals(theirs.table(name).select(columns).sort(sort)), name


def test_the_map_of_the_page_can_be_run(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "spreadsheet.md").read_text(encoding="utf-8")
    text = page.split("```yaml map\n")[1].split("```")[0]
    header = ["Study no", "Date of birth", "Sex", "Last follow-up", "Status", "Date of M1", "Sites", "HER2", "Biopsy",
              "Line 1",
              "Line 1 start", "Line 1 stop", "T-DM1 start", "T-DM1 stop", "Why", "Prior pertuzumab", "PFS", "PFS event",
              "Comment"]  # fmt: skip
    row = ["7", date(1960, 1, 1), 2, "05/06/2019", "dead", date(2016, 1, 1), "liver, bone", "3+", date(2016, 1, 3),
           "TCH",
           date(2016, 2, 1), date(2017, 2, 1), date(2017, 3, 1), date(2018, 3, 1), "PD", "yes", 11.5, 1,
           None]  # fmt: skip
    records, account = SpreadsheetSource(cohort(tmp_path, row, header=header, text=text)).read_with_account()
    assert refused(records) == []
    sizes = {name: table.height for name, table in records.tables.items() if table.height}
    assert sizes == {"patients": 1, "diagnoses": 1, "exposures": 3, "biomarkers": 1, "metastases": 2, "assessments": 1}
    assert account.unused_columns == (("cohort.xlsx", "Comment", "left out on purpose"),)


@given(st.integers(0, 119), st.dates(date(1990, 1, 1), date(2030, 1, 1)))
def test_a_patient_has_her_age_on_the_day_it_was_counted(age, day):
    frame = pl.DataFrame({"day": [day.isoformat(), "900"], "age": [str(age), f"{age} y"]})
    births = frame.select(born(pl.col("day"), age_in_years(pl.col("age")))).to_series()
    lived = [(day - date.fromisoformat(births[0])).days, 900 - int(births[1])]
    assert [int(days / 365.25) for days in lived] == [age, age]
