"""A folder of clean tables becomes records."""

from datetime import date, datetime

import polars as pl
import pytest

from sequela.records.bundle import Kind
from sequela.records.schema import TABLES
from sequela.sources.folder import FolderSource

from .tables import EXPOSURES, PATIENTS, read, refused, text, write


def days(frame, column):
    return dict(frame.select("patient_id", column).rows())


def test_dates_become_days_from_the_earliest_date_of_each_patient(tmp_path):
    records = read(tmp_path, exposures=EXPOSURES)
    patients = records.table("patients")
    assert days(patients, "origin_date") == {"001": date(2018, 1, 10), "002": date(2018, 2, 1)}
    assert days(patients, "birth_day")["001"] == (date(1960, 5, 1) - date(2018, 1, 10)).days
    assert days(patients, "last_contact") == {"001": (date(2020, 1, 1) - date(2018, 1, 10)).days, "002": None}
    assert days(patients, "death")["002"] == (date(2019, 7, 1) - date(2018, 2, 1)).days
    exposures = records.table("exposures")
    assert exposures["drug"].to_list() == ["trastuzumab", "trastuzumab emtansine"]
    assert exposures["start"].to_list() == [0, 0]
    assert exposures["stop"].to_list() == [151, 334]
    assert exposures["row"].to_list() == [2, 3]
    assert refused(records) == []


def test_every_table_has_its_types_and_absent_tables_are_empty(tmp_path):
    records = read(tmp_path, exposures=EXPOSURES)
    for name, table in TABLES.items():
        assert records.table(name).schema == table.empty().schema, name
    assert records.table("lesions").is_empty()


def test_days_are_relative_to_an_origin_that_may_stay_unknown(tmp_path):
    records = read(
        tmp_path,
        patients="""
            patient_id,origin_date,birth_day,last_contact
            A,,-20000,400
            B,2015-03-01,-18000,2000
        """,
        exposures="""
            patient_id,drug,start,stop
            A,docetaxel,-10,30
            B,docetaxel,1999,2000
        """,
    )
    assert records.table("patients")["origin_date"].to_list() == [None, date(2015, 3, 1)]
    assert records.table("patients")["last_contact"].to_list() == [400, 2000]
    assert records.table("exposures")["start"].to_list() == [-10, 1999]
    assert records.imputations.is_empty()


def test_a_given_origin_places_dates_and_days_alike(tmp_path):
    records = read(
        tmp_path,
        patients="""
            patient_id,origin_date,last_contact
            A,2018-01-01,2020-01-01
        """,
        exposures="""
            patient_id,drug,start
            A,docetaxel,31
            A,docetaxel,2018-02-02
        """,
    )
    assert records.table("exposures")["start"].to_list() == [31, 32]
    assert records.table("patients")["last_contact"].to_list() == [730]


def test_identifiers_are_text_and_trimmed(tmp_path):
    records = read(tmp_path, exposures=b'patient_id,drug,start\n" 001 ",Herceptin,2018-01-10\n')
    assert records.table("exposures")["patient_id"].to_list() == ["001"]


def test_headers_may_be_spelt_as_people_do(tmp_path):
    records = read(tmp_path, exposures="Patient ID,DRUG,start-date\n001,Herceptin,2018-01-10\n")
    assert records.table("exposures").height == 1
    assert records.notices.is_empty()


def test_kind_title_and_source_come_from_the_description(tmp_path):
    (tmp_path / "records.yaml").write_text("kind: transcribed\ntitle: Two cases\nsource: doi:10.1/x\n")
    records = read(tmp_path)
    assert (records.kind, records.title, records.citation) == (Kind.TRANSCRIBED, "Two cases", "doi:10.1/x")


def test_drugs_may_be_added(tmp_path):
    rows = "name;ingredient;class;modality\nzanzalintumab;;HER2 antibody;antibody\nZanza;zanzalintumab;;\n"
    (tmp_path / "drugs.csv").write_text(rows)
    records = read(tmp_path, exposures="patient_id,drug,start\n001,Zanza,2018-01-10\n")
    assert records.table("exposures")["drug"].to_list() == ["zanzalintumab"]
    assert records.notices.is_empty()
    assert records.drugs.resolve("Zanza") == ("zanzalintumab",)


def test_fixed_combinations_name_both_ingredients(tmp_path):
    records = read(tmp_path, exposures="patient_id,drug,start\n001,Phesgo,2018-01-10\n")
    assert records.table("exposures")["drug"].to_list() == ["pertuzumab + trastuzumab"]


def test_organs_and_markers_get_their_canonical_names(tmp_path):
    records = read(
        tmp_path,
        metastases="patient_id,day,organ\n001,2018-01-12,Hepatic\n",
        biomarkers='patient_id,day,marker,value\n001,2018-01-12,Ki67,"14,5"\n',
    )
    assert records.table("metastases")["organ"].to_list() == ["liver"]
    assert records.table("biomarkers").select("marker", "value").rows() == [("Ki-67", "14.5")]


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8-sig", ","), ("utf-8", ";"), ("cp1252", ";"), ("utf-16", "\t"), ("utf-8", "|")]
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_separators_encodings_and_line_ends(tmp_path, encoding, separator, line_end):
    table = text(PATIENTS).replace("sex", "centre").replace("female", "Genève").replace(",", separator)
    records = read(tmp_path, patients=table.replace("\n", line_end).encode(encoding))
    assert records.table("patients")["centre"].to_list() == ["Genève", "Genève"]
    expected = ["the file is not UTF-8; it was read as Windows-1252"] if encoding == "cp1252" else []
    assert records.notices["meaning"].to_list() == expected


def test_semicolons_with_decimal_commas(tmp_path):
    records = read(tmp_path, exposures=b"patient_id;drug;start;dose\n001;Herceptin;2018-01-10;3,6\n")
    assert records.table("exposures")["dose"].to_list() == [3.6]


def test_quoted_cells_may_hold_separators_quotes_and_line_ends(tmp_path):
    cells = b'patient_id,drug,start,route\n001,Herceptin,2018-01-10,"by ""drip"",\nslowly"\n002,Kadcyla,2018-02-01,iv\n'
    records = read(tmp_path, exposures=cells)
    assert records.table("exposures")["route"].to_list() == ['by "drip",\nslowly', "iv"]
    assert records.table("exposures")["row"].to_list() == [2, 3]


def test_a_quotation_mark_inside_a_cell_is_only_a_character(tmp_path):
    records = read(tmp_path, exposures=b'patient_id,drug,start,route\n001,Herceptin,2018-01-10,5" needle\n')
    assert records.table("exposures")["route"].to_list() == ['5" needle']


@pytest.mark.parametrize("unit", [pl.Date, pl.Datetime("us"), pl.Datetime("ms", "UTC")])
def test_parquet_with_dates_and_numbers(tmp_path, unit):
    patients = pl.DataFrame(
        {"patient_id": [7, 8], "last_contact": [datetime(2020, 1, 1), datetime(2020, 2, 1)], "age": [51.5, 60.0]}
    ).with_columns(pl.col("last_contact").cast(unit))
    exposures = pl.DataFrame({"patient_id": [7, 8], "drug": ["Herceptin", "Kadcyla"], "start": [date(2019, 1, 1)] * 2})
    records = read(tmp_path, patients=patients, exposures=exposures)
    assert records.table("patients")["patient_id"].to_list() == ["7", "8"]
    assert records.table("patients")["last_contact"].to_list() == [365, 396]
    assert records.table("patients")["age_at_origin"].to_list() == [51.5, 60.0]


def test_parquet_with_whole_days_as_floats_and_flags(tmp_path):
    records = read(
        tmp_path,
        patients=pl.DataFrame({"patient_id": ["A"], "last_contact": [400.0]}),
        lesions=pl.DataFrame(
            {"patient_id": ["A"], "lesion_id": [1], "organ": ["liver"], "role": ["target"], "nodal": [False]}
        ),
        measurements=pl.DataFrame({"patient_id": ["A"], "lesion_id": [1], "day": [10], "diameter_mm": [12.5]}),
    )
    assert records.table("patients")["last_contact"].to_list() == [400]
    assert records.table("lesions")["nodal"].to_list() == [False]
    assert records.table("measurements").drop("row").rows() == [("A", "1", 10, 12.5, None, None, None)]


def test_one_line_says_how_the_source_looks_from_outside(tmp_path):
    source = FolderSource(write(tmp_path))
    assert source.read().sources == source.read().sources
    assert source.read().sources[0].name == "patients.csv"
