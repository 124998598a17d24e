"""What `sequela check` says about records: one line per kind of problem, with counts and rows."""

from sequela.records.problems import problems, summary
from tests.sources.tables import EXPOSURES, read


def lines(records):
    return [str(problem) for problem in problems(records)]


def test_a_clean_folder_has_no_problems(tmp_path):
    records = read(tmp_path, exposures=EXPOSURES)
    assert lines(records) == []
    assert [str(count) for count in summary(records)] == [
        "patients.csv: 2 rows read, 2 kept, 0 quarantined",
        "exposures.csv: 2 rows read, 2 kept, 0 quarantined",
    ]


def test_each_file_is_counted(tmp_path):
    table = """
        patient_id,drug,start,stop
        001,Herceptin,2018-01,2018
        001,Perjeta,soon,
        001,Perjeta,later,
        002,Kadcyla,2018-02-01,
    """
    records = read(tmp_path, exposures=table)
    assert str(summary(records)[1]) == (
        "exposures.csv: 4 rows read, 2 kept, 2 quarantined, 2 partial dates completed, 1 patient with rows missing"
    )
    assert lines(records) == [
        "exposures.csv, column start: 2 rows (3, 4) refused: the cell is neither a date nor a day; expected a date "
        "(2019-12-31, 2019-12 or 2019) or a whole number of days. Write dates as 2019-12-31, 2019-12 or 2019.",
        "exposures, column start: 1 row (2) with a date known to the month only; the 15th was taken.",
        "exposures, column stop: 1 row (2) with a date known to the year only; 1 July was taken.",
    ]


def test_refusals_come_in_the_order_a_row_meets_them(tmp_path):
    table = "patient_id,drug,start\n009,Herceptin,2018-01-10\n001,Herceptin,2018-01-10,x\n,,\n001,Herceptin,x\n"
    records = read(tmp_path, exposures=table)
    kinds = [problem.found.split("refused: ")[1] for problem in problems(records)]
    assert kinds == [
        "the row is empty",
        "the row has another number of fields than the header",
        "the cell is neither a date nor a day",
        "the patient is not in the table patients",
    ]


def test_the_most_frequent_unknown_drugs_come_first_and_the_rest_is_counted(tmp_path):
    rows = [f"001,code {number % 150},2018-01-{10 + number // 150}" for number in range(320)]
    records = read(tmp_path, exposures="patient_id,drug,start\n" + "\n".join(rows) + "\n")
    said = lines(records)
    assert len(said) == 101
    assert "'code 0' in 3 rows (2, 152, 302)" in said[0]
    assert said[-1] == (
        "exposures.csv, column drug: a drug that the vocabulary lacks: 50 other values in 100 rows. "
        "Records.notices lists them all."
    )


def test_files_and_columns_that_were_not_read(tmp_path):
    (tmp_path / "codebook.csv").write_text("x\n")
    records = read(tmp_path, exposures="patient_id,drug,start,zip\n001,Herceptin,2018-01-10,1\n")
    assert lines(records) == [
        "codebook.csv: a file that is no table; it was not read.",
        "exposures.csv, column zip: a column that the table lacks; it was not read. "
        "Rename it if it is one of the known columns.",
    ]
