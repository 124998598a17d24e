"""What a person sees when a folder is not what it should be."""

import polars as pl
import pytest

from sequela.errors import RecordsError
from sequela.records.problems import problems
from sequela.sources.folder import FolderSource

from .tables import EXPOSURES, PATIENTS, read, refused, text, write


def failure(folder, **tables):
    """Return the message that the reading ends with."""
    with pytest.raises(RecordsError) as caught:
        FolderSource(write(folder, **tables)).read()
    return str(caught.value)


class TestFilesThatCannotBeRead:
    def test_missing_folder(self, tmp_path):
        with pytest.raises(RecordsError, match="the folder of records does not exist"):
            FolderSource(tmp_path / "nowhere").read()

    def test_a_file_in_place_of_the_folder(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(RecordsError, match="the folder of records is a file"):
            FolderSource(tmp_path / "file").read()

    def test_no_patients(self, tmp_path):
        with pytest.raises(RecordsError, match=r"there is no table of patients; expected patients.csv"):
            FolderSource(tmp_path).read()

    def test_patients_as_a_workbook(self, tmp_path):
        (tmp_path / "patients.xlsx").write_bytes(b"PK\x03\x04")
        with pytest.raises(RecordsError, match=r"^patients.xlsx: this kind of file cannot be read; .*CSV UTF-8.$"):
            FolderSource(tmp_path).read()

    def test_a_workbook_under_the_name_of_a_table(self, tmp_path):
        assert failure(tmp_path, exposures=b"PK\x03\x04junk").startswith(
            "exposures.csv: the file is an Excel workbook or another zip archive; expected a text table."
        )

    def test_a_misspelt_table_is_not_passed_over(self, tmp_path):
        message = failure(tmp_path, exposure=EXPOSURES)
        assert message.startswith("exposure.csv: the file name is not that of a table; expected exposures.csv.")

    def test_a_table_given_twice(self, tmp_path):
        (tmp_path / "patients.parquet").write_bytes(b"")
        assert "patients.csv and patients.parquet" in failure(tmp_path)

    def test_another_file_is_noticed(self, tmp_path):
        records = read(tmp_path, codebook="anything\n")
        assert records.notices.select("file", "meaning").rows() == [
            ("codebook.csv", "a file that is no table; it was not read")
        ]

    def test_an_empty_file(self, tmp_path):
        assert failure(tmp_path, exposures=b"").startswith("exposures.csv: the file is empty; expected a header row.")

    @pytest.mark.parametrize("junk", [bytes(range(256)) * 40, b"\xff\xfe\x00", b"\x81\x8d\x8f", b"a\x00b\n"])
    def test_binary_junk(self, tmp_path, junk):
        assert failure(tmp_path, exposures=junk).startswith("exposures.csv: the file is not text;")

    def test_junk_as_parquet(self, tmp_path):
        write(tmp_path)
        (tmp_path / "exposures.parquet").write_bytes(b"\x00\x01\x02" * 100)
        with pytest.raises(RecordsError, match=r"exposures.parquet: the file cannot be read as Parquet"):
            FolderSource(tmp_path).read()

    def test_parquet_with_lists(self, tmp_path):
        frame = pl.DataFrame({"patient_id": ["001"], "drug": [["a", "b"]]})
        assert "exposures.parquet: column 'drug' holds List(String)" in failure(tmp_path, exposures=frame)

    def test_a_quotation_mark_that_is_never_closed(self, tmp_path):
        message = failure(
            tmp_path, exposures=b'patient_id,drug,start\n001,"Herceptin,2018-01-10\n002,Kadcyla,2018-02-01\n'
        )
        assert message.startswith("exposures.csv: a quotation mark opens a cell and is never closed")

    def test_a_quotation_mark_that_swallows_much(self, tmp_path):
        cells = b'patient_id,drug,start\n001,"Herceptin,2018-01-10\n' + b"002,Kadcyla,2018-02-01\n" * 10_000
        assert failure(tmp_path, exposures=cells).startswith("exposures.csv: a cell holds more than 131072 characters")

    def test_all_files_at_once(self, tmp_path):
        (tmp_path / "records.yaml").write_text("knd: observed\nkind: seen\n")
        (tmp_path / "drugs.csv").write_text("name,ingredient\nfoo,bar\n")
        lines = failure(tmp_path, exposures=b"", biomarkers="patient_id,marker\n001,ER\n").splitlines()
        assert [line.split(":")[0] for line in lines] == [
            "exposures.csv",
            "biomarkers.csv",
            "records.yaml",
            "records.yaml",
            "drugs.csv",
        ]
        assert "key 'knd' is not known" in lines[2]
        assert lines[2].endswith("Did you mean kind?")
        kinds = "observed, transcribed, reconstructed, simulated"
        assert lines[3] == f"records.yaml: kind is 'seen'; expected one of: {kinds}. Correct it."

    @pytest.mark.parametrize(
        ("content", "where"),
        [("kind: [observed\n", "records.yaml:2:"), ("observed\n", "records.yaml: the file holds no keys")],
    )
    def test_a_description_that_is_none(self, tmp_path, content, where):
        (tmp_path / "records.yaml").write_text(content)
        assert failure(tmp_path).startswith(where)

    @pytest.mark.parametrize("content", ["title: 2019\n", "time: days or so\n", "title:\n"])
    def test_a_description_with_wrong_values(self, tmp_path, content):
        (tmp_path / "records.yaml").write_text(content)
        assert failure(tmp_path).startswith("records.yaml: ti")

    def test_an_empty_description_says_nothing(self, tmp_path):
        (tmp_path / "records.yaml").write_text("")
        assert read(tmp_path).kind == "observed"


class TestHeaders:
    def test_a_missing_required_column(self, tmp_path):
        message = failure(tmp_path, exposures="patient_id,start\n001,2018-01-10\n")
        assert message == "exposures.csv:1: column drug is missing; expected drug. The header has: patient_id, start."

    def test_a_misspelt_column_is_not_passed_over(self, tmp_path):
        message = failure(tmp_path, patients="patient_id,last_contact,deth\n001,2020-01-01,2019-01-01\n")
        assert message == (
            "patients.csv:1: column 'deth' is not known, and death is missing; expected death. "
            "Rename it to death, or to something unlike it if it is another thing."
        )

    def test_an_unknown_column_is_noticed(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start,zip\n001,Herceptin,2018-01-10,y\n")
        assert records.notices.select("column", "meaning", "remedy").rows() == [
            ("zip", "a column that the table lacks; it was not read", "Rename it if it is one of the known columns.")
        ]

    def test_an_unknown_column_is_noticed_with_the_nearest(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start,start_day\n001,Herceptin,2018-01-10,x\n")
        assert records.notices["remedy"].to_list() == ["The nearest known column is start."]

    def test_a_column_given_twice(self, tmp_path):
        message = failure(tmp_path, exposures="patient_id,drug,start,start\n001,Herceptin,2018-01-10,2018-01-10\n")
        assert "column start is given 2 times ('start', 'start'); expected each column once" in message

    def test_two_names_of_one_column(self, tmp_path):
        message = failure(tmp_path, exposures="patient_id,drug,start,date\n001,Herceptin,2018-01-10,2018-01-10\n")
        assert "column start is given 2 times ('start', 'date')" in message

    def test_a_file_without_a_header_shows_no_patient(self, tmp_path):
        message = failure(tmp_path, exposures="001,Herceptin,2018-01-10\n")
        assert message.startswith("exposures.csv:1: the first row names none of the known columns; expected a header")
        assert "001" not in message.replace("2018", "")
        assert "Herceptin" not in message

    def test_a_header_alone_is_a_table_without_rows(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start\n")
        assert records.table("exposures").is_empty()
        assert records.notices["meaning"].to_list() == ["the file has a header and no rows"]

    def test_columns_without_a_name(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start,,\n001,Herceptin,2018-01-10,,x\n")
        assert records.notices.select("column", "meaning").rows() == [
            ("column 5", "a column without a name holds values; it was not read")
        ]


class TestRows:
    def test_rows_of_another_length(self, tmp_path):
        table = """
            patient_id,drug,start
            001,Herceptin,2018-01-10
            001,Perjeta
            002,Kadcyla,2018-02-01,a,b
            002,Kadcyla,2018-03-01,,
        """
        records = read(tmp_path, exposures=table)
        assert refused(records) == [
            ("exposures:3", "field_count", "2 fields"),
            ("exposures:4", "field_count", "5 fields"),
        ]
        assert records.table("exposures")["row"].to_list() == [2, 5]
        assert records.incomplete.rows() == [("001", "exposures"), ("002", "exposures")]

    def test_blank_rows(self, tmp_path):
        records = read(tmp_path, exposures=b"patient_id,drug,start\n\n001,Herceptin,2018-01-10\n , ,\n,,\n\n")
        assert refused(records) == [(f"exposures:{row}", "blank_row", None) for row in (2, 4, 5, 6)]
        assert records.table("exposures")["row"].to_list() == [3]
        assert records.incomplete.is_empty()

    @pytest.mark.parametrize(
        ("cell", "rule"),
        [
            ("31/12/2019", "date_spelling"),
            ("2019-02-30", "impossible_date"),
            ("43500", "serial_date"),
            ("soon", "not_a_date"),
            ("9999-12-31", "unlikely_date"),
        ],
    )
    def test_dates_that_are_none(self, tmp_path, cell, rule):
        records = read(tmp_path, exposures=f"patient_id,drug,start,setting\n001,Perjeta,{cell},metastatic\n")
        assert refused(records) == [("exposures:2", rule, cell)]
        assert records.incomplete_patients("exposures").to_list() == ["001"]

    def test_a_day_month_year_date_says_how_to_write_it(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start\n001,Perjeta,31/12/2019\n")
        assert [str(problem) for problem in problems(records)] == [
            "exposures.csv, column start: 1 row (2) refused: the date is written in another order; expected a date "
            "(2019-12-31, 2019-12 or 2019) or a whole number of days. Write dates as 2019-12-31, 2019-12 or 2019."
        ]

    def test_a_serial_date_says_where_it_comes_from(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start\n001,Perjeta,43500\n")
        assert "the number looks like a date as a spreadsheet stores it" in str(problems(records)[0])

    def test_text_in_a_number(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start,dose\n001,Perjeta,2018-01-10,12 mg\n")
        assert refused(records) == [("exposures:2", "not_a_number", "12 mg")]
        line = records.quarantine.row(0, named=True)
        assert line["expected"] == "a number of at least 0"
        assert line["remedy"] == "Write the number alone; put units elsewhere."

    def test_a_thousands_separator(self, tmp_path):
        records = read(tmp_path, exposures=b'patient_id,drug,start,dose\n001,Perjeta,2018-01-10,"1,200"\n')
        assert refused(records) == [("exposures:2", "ambiguous_number", "1,200")]

    def test_empty_required_cells(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start\n001,NA,2018-01-10\n,Herceptin,2018-01-10\n")
        assert refused(records) == [("exposures:2", "missing_value", None), ("exposures:3", "missing_value", None)]
        assert records.quarantine["column"].to_list() == ["drug", "patient_id"]

    def test_an_unknown_category_lists_the_known(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start,setting\n001,Perjeta,2018-01-10,palliative\n")
        assert refused(records) == [("exposures:2", "unknown_value", "palliative")]
        assert records.quarantine["expected"].to_list() == ["one of: early, metastatic"]

    def test_an_unknown_patient(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start\n01,Herceptin,2018-01-10\n")
        assert refused(records) == [("exposures:2", "unknown_patient", "01")]

    def test_a_course_that_stops_before_it_starts(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start,stop\n001,Perjeta,2018-02-01,2018-01-31\n")
        assert refused(records) == [("exposures:2", "stop_before_start", "2018-02-01 to 2018-01-31")]
        assert records.table("patients")["origin_date"][0].isoformat() == "2020-01-01"

    def test_a_course_without_a_start_only_in_the_early_setting(self, tmp_path):
        table = """
            patient_id,drug,start,setting
            001,docetaxel,,early
            001,docetaxel,,metastatic
            002,docetaxel,,
        """
        records = read(tmp_path, exposures=table)
        assert refused(records) == [("exposures:3", "start_missing", None), ("exposures:4", "start_missing", None)]

    def test_an_unknown_drug_stays_with_a_notice(self, tmp_path):
        rows = "".join(f"001,Herzeptinn,2018-01-{day}\n" for day in range(10, 30))
        records = read(tmp_path, exposures="patient_id,drug,start\n" + rows)
        assert records.table("exposures")["drug"].unique().to_list() == ["Herzeptinn"]
        assert records.notices.height == 20
        (problem,) = problems(records)
        assert problem.found == "a drug that the vocabulary lacks: 'Herzeptinn' in 20 rows (2, 3, 4, 5, 6, …)"
        assert problem.remedy.startswith("Nearest: Herceptin (trastuzumab)")

    def test_an_unknown_organ_stays_with_a_notice(self, tmp_path):
        records = read(tmp_path, metastases="patient_id,day,organ\n001,2018-01-12,livr\n")
        assert records.table("metastases")["organ"].to_list() == ["livr"]
        assert records.notices.select("column", "found", "meaning").rows() == [
            ("organ", "livr", "an organ that the vocabulary lacks")
        ]
        assert "liver" in records.notices["remedy"][0]

    def test_a_measurement_of_a_lesion_nobody_declared(self, tmp_path):
        records = read(
            tmp_path,
            lesions="patient_id,lesion_id,organ,role\n001,L1,liver,target\n",
            measurements="patient_id,lesion_id,day,diameter_mm\n001,L1,2018-01-10,12\n001,L2,2018-01-10,12\n",
        )
        assert refused(records) == [("measurements:3", "unknown_lesion", "L2")]

    def test_keys_of_other_tables(self, tmp_path):
        records = read(
            tmp_path,
            lesions="patient_id,lesion_id,organ,role\n001,L1,liver,target\n001,L1,Liver,target\n001,L2,liver,new\n",
            measurements="""
                patient_id,lesion_id,day,diameter_mm
                001,L2,2018-01-10,12
                001,L2,2018-01-10,12.0
                001,L2,2018-02-10,12
                001,L2,2018-02-10,14
            """,
        )
        assert ("lesions:3", "conflicting_rows", "001, L1") in refused(records)
        assert refused(records)[-3:] == [
            ("measurements:3", "duplicate_row", "001, L2, 0"),
            ("measurements:4", "conflicting_rows", "001, L2, 31"),
            ("measurements:5", "conflicting_rows", "001, L2, 31"),
        ]


class TestPatients:
    def test_a_patient_given_twice_alike_is_kept_once(self, tmp_path):
        records = read(tmp_path, patients=text(PATIENTS) + "001,1960-05-01,female,2020-01-01,\n")
        assert refused(records) == [("patients:4", "duplicate_row", "001")]
        assert records.table("patients").height == 2

    def test_a_patient_given_twice_unlike_is_not_kept(self, tmp_path):
        table = text(PATIENTS) + "001,1960-05-01,female,,2019-01-01\n"
        records = read(tmp_path, patients=table, exposures=EXPOSURES)
        assert refused(records) == [
            ("patients:2", "conflicting_rows", "001"),
            ("patients:4", "conflicting_rows", "001"),
            ("exposures:2", "patient_refused", "001"),
        ]

    def test_an_unreadable_second_row_contradicts_the_first(self, tmp_path):
        records = read(tmp_path, patients=text(PATIENTS) + "001,1960-05-01,female,,31/12/2019\n")
        assert "001" not in records.table("patients")["patient_id"].to_list()

    def test_a_ragged_second_row_contradicts_the_first(self, tmp_path):
        records = read(tmp_path, patients=text(PATIENTS) + "001,1960-05-01,female,2019-01-01\n")
        assert refused(records) == [
            ("patients:2", "conflicting_rows", "001"),
            ("patients:4", "field_count", "4 fields"),
        ]

    def test_nobody_is_alive_because_a_death_could_not_be_read(self, tmp_path):
        table = """
            patient_id,last_contact,death
            001,2019-01-01,2019-02-30
        """
        records = read(tmp_path, patients=table, exposures="patient_id,drug,start\n001,Herceptin,2018-01-10\n")
        assert records.table("patients").is_empty()
        assert refused(records) == [
            ("patients:2", "impossible_date", "2019-02-30"),
            ("exposures:2", "patient_refused", "001"),
        ]

    def test_neither_last_contact_nor_death(self, tmp_path):
        records = read(tmp_path, patients="patient_id,sex,last_contact\n001,female,\n", exposures=EXPOSURES)
        assert refused(records)[0] == ("patients:2", "last_contact_missing", None)

    def test_death_before_treatment_refuses_the_whole_patient(self, tmp_path):
        table = """
            patient_id,last_contact,death
            001,,2018-01-09
            002,2020-01-01,
        """
        records = read(tmp_path, patients=table, exposures=EXPOSURES)
        assert refused(records) == [
            ("patients:2", "death_before_event", "2018-01-09, but a later record at exposures:2"),
            ("exposures:2", "patient_refused", "001"),
        ]
        assert records.table("patients")["patient_id"].to_list() == ["002"]

    def test_death_on_the_last_day_of_treatment_is_possible(self, tmp_path):
        records = read(
            tmp_path,
            patients="patient_id,death\n001,2018-06-10\n",
            exposures="patient_id,drug,start,stop\n001,Herceptin,2018-01-10,2018-06-10\n",
        )
        assert refused(records) == []

    def test_dates_and_days_without_an_origin(self, tmp_path):
        table = """
            patient_id,drug,start
            001,Herceptin,2018-01-10
            001,Perjeta,12
        """
        records = read(tmp_path, exposures=table)
        assert refused(records) == [("exposures:3", "day_without_origin", "12")]

    def test_a_birth_beside_days_cannot_be_placed(self, tmp_path):
        records = read(tmp_path, patients="patient_id,birth_date,last_contact\n001,1960,400\n")
        assert refused(records) == [("patients:2", "date_without_origin", "1960")]

    def test_a_partial_origin(self, tmp_path):
        records = read(tmp_path, patients="patient_id,origin_date,last_contact\n001,2018-01,400\n")
        assert refused(records) == [("patients:2", "partial_origin", "2018-01")]

    def test_a_number_that_may_be_a_year_or_a_day(self, tmp_path):
        table = "patient_id,last_contact\n001,2014\n002,2015\n"
        records = read(tmp_path, patients=table)
        assert [rule for _, rule, _ in refused(records)] == ["year_or_day", "year_or_day"]
        (tmp_path / "records.yaml").write_text("time: days\n")
        assert read(tmp_path, patients=table).table("patients")["last_contact"].to_list() == [2014, 2015]
        (tmp_path / "records.yaml").write_text("time: dates\n")
        assert read(tmp_path, patients=table).imputations["found"].to_list() == ["2014", "2015"]

    def test_the_other_patients_say_what_a_bare_number_is(self, tmp_path):
        records = read(tmp_path, patients="patient_id,last_contact\n001,2014\n002,12\n")
        assert records.table("patients")["last_contact"].to_list() == [2014, 12]
        records = read(tmp_path, patients="patient_id,last_contact\n001,2014\n002,2014-05\n")
        assert records.imputations["precision"].to_list() == ["year", "month"]

    def test_a_record_after_the_last_contact_is_noticed(self, tmp_path):
        records = read(tmp_path, exposures="patient_id,drug,start\n001,Herceptin,2020-01-02\n")
        assert records.notices.select("row", "column", "found").rows() == [(2, "last_contact", "exposures:2")]
        (problem,) = problems(records)
        assert str(problem).startswith(
            "patients.csv, column last_contact: the patient has a record after the last contact in 1 row (2)."
        )


def test_problems_never_name_a_patient(tmp_path):
    patients = "patient_id,last_contact\nSECRET-A,2018-01-01\nSECRET-A,2019-01-01\nSECRET-B,x\nSECRET-C,2018-01-01\n"
    exposures = "patient_id,drug,start\nSECRET-D,foo,2018-01-10\nSECRET-C,foo,2018-13-10\nSECRET-C,bar,2018-02\n"
    records = read(tmp_path, patients=patients, exposures=exposures)
    lines = [str(problem) for problem in problems(records)]
    assert len(lines) >= 5
    assert not [line for line in lines if "SECRET" in line]
