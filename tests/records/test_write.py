"""Records written and read again are the same records."""

from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequela.errors import RecordsError
from sequela.records.bundle import Kind, Records
from sequela.records.drugs import default_vocabulary
from sequela.records.schema import TABLES
from sequela.records.write import write_records
from sequela.sources.folder import FolderSource
from tests.sources.tables import EXPOSURES, hold_the_law, read

PATIENTS = """
    patient_id,birth_date,sex,last_contact,death
    001,1960,female,2020-01-01,
    002,1961-06-02,female,,2019
    002,1961-06-02,female,,2019
"""


def same_tables(first: Records, second: Records) -> None:
    for name in TABLES:
        assert first.table(name).drop("row").equals(second.table(name).drop("row")), name


def files(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def messy(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "records.yaml").write_text("kind: transcribed\ntitle: 'Zwei Fälle: eins'\nsource: doi:10.1/x\n")
    (tmp_path / "in" / "drugs.csv").write_text(
        "name,ingredient,class,modality,cycle_days\nzanzalintumab,,HER2 antibody,antibody,21\nZanza,zanzalintumab,,,\n"
    )
    exposures = (
        EXPOSURES + "    001,Zanza,2018-07,,metastatic\n    001,Perjeta,31/12/2018,,metastatic\n    002,foo,2018,,\n"
    )
    return read(tmp_path / "in", patients=PATIENTS, exposures=exposures)


def test_reading_what_was_written_gives_equal_records(tmp_path, messy):
    again = FolderSource(write_records(messy, tmp_path / "out")).read()
    hold_the_law(again)
    same_tables(messy, again)
    assert (again.kind, again.title, again.citation) == (messy.kind, messy.title, messy.citation)
    assert again.drugs.resolve("Zanza") == ("zanzalintumab",)
    assert again.quarantine.is_empty()


def test_what_was_incomplete_stays_incomplete(tmp_path, messy):
    again = FolderSource(write_records(messy, tmp_path / "out")).read()
    assert again.incomplete.rows() == [("001", "exposures")]


def test_what_was_imputed_stays_imputed_under_its_new_row(tmp_path, messy):
    again = FolderSource(write_records(messy, tmp_path / "out")).read()
    assert again.imputations.drop("row").equals(messy.imputations.drop("row"))
    assert messy.imputations.filter(found="2018")["row"].to_list() == [6]
    assert again.imputations.filter(found="2018")["row"].to_list() == [5]


def test_an_imputation_that_no_longer_fits_is_left_out(tmp_path, messy):
    folder = write_records(messy, tmp_path / "out")
    exposures = (folder / "exposures.csv").read_text().splitlines()
    (folder / "exposures.csv").write_text("\n".join([exposures[0], *reversed(exposures[1:])]) + "\n")
    assert FolderSource(folder).read().imputations.filter(table="exposures").is_empty()


def test_the_same_records_give_the_same_bytes(tmp_path, messy):
    first = files(write_records(messy, tmp_path / "one"))
    assert first == files(write_records(messy, tmp_path / "two"))
    again = FolderSource(tmp_path / "one").read()
    third = files(write_records(again, tmp_path / "three"))
    assert {name for name in first if first[name] != third.get(name)} == {"quarantine.csv", "notices.csv"}


def test_writing_over_older_tables_leaves_none_of_them(tmp_path, messy):
    write_records(messy, tmp_path / "out")
    write_records(Records({}, Kind.SIMULATED), tmp_path / "out")
    assert sorted(files(tmp_path / "out")) == ["imputations.csv", "patients.csv", "quarantine.csv", "records.yaml"]
    assert FolderSource(tmp_path / "out").read().kind is Kind.SIMULATED


@pytest.mark.parametrize("name", ["imputations", "incomplete"])
def test_a_carried_file_that_cannot_be_read(tmp_path, messy, name):
    folder = write_records(messy, tmp_path / "out")
    (folder / f"{name}.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RecordsError, match=f"^{name}.csv: the file cannot be read; expected"):
        FolderSource(folder).read()


def test_days_that_look_like_years_or_serial_dates_survive(tmp_path):
    tables = {"patients": {"patient_id": ["A", "B"], "birth_day": [1950, None], "last_contact": [2014, 16_000]}}
    frame = pl.DataFrame(tables["patients"]).with_columns(row=pl.Series([2, 3]))
    empty = TABLES["patients"].empty()
    patients = pl.concat([empty, frame.cast({name: empty.schema[name] for name in frame.columns})], how="diagonal")
    records = Records({"patients": patients}, Kind.SIMULATED)
    again = FolderSource(write_records(records, tmp_path)).read()
    same_tables(records, again)


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from('\n\r",; '), max_size=8)
cell = words.map(str.strip).filter(lambda text: text not in ("", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    identifiers=st.lists(cell, min_size=1, max_size=4, unique=True),
    route=st.none() | cell,
    dose=st.none() | st.floats(0, 1e6),
    start=st.integers(-5000, 5000),
    origin=st.none() | st.dates(date(1950, 1, 1), date(2050, 1, 1)),
)
def test_any_text_and_any_number_survive(tmp_path, identifiers, route, dose, start, origin):
    schema = {name: TABLES[name].empty().schema for name in ("patients", "exposures")}
    patients = [{"patient_id": who, "origin_date": origin, "last_contact": 6000, "row": 2} for who in identifiers]
    courses = [
        {"patient_id": who, "drug": "docetaxel", "start": start, "dose": dose, "route": route, "row": 2}
        for who in identifiers
    ]
    tables = {
        "patients": pl.DataFrame(patients, schema=schema["patients"]),
        "exposures": pl.DataFrame(courses, schema=schema["exposures"]),
    }
    records = Records(tables, Kind.SIMULATED)
    again = FolderSource(write_records(records, tmp_path)).read()
    hold_the_law(again)
    same_tables(records, again)
    assert again.drugs == default_vocabulary()
