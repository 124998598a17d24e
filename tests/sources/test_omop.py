"""An OMOP database becomes records, the same from DuckDB and from PostgreSQL."""

from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequela.records.bundle import Records
from sequela.records.schema import TABLES
from sequela.sources.omop import OmopSource

from .omop_databases import Engine, hospital, rows


def hold_the_law(records: Records) -> None:
    for source in records.sources:
        kept, quarantined = records.table(source.table), records.quarantine.filter(pl.col("table") == source.table)
        assert source.rows_read == source.rows_kept + source.rows_quarantined
        assert (source.rows_kept, source.rows_quarantined) == (kept.height, quarantined.height)
        assert kept["row"].is_unique().all()


def read(connection: str, size: int = 20_000) -> Records:
    records = OmopSource(connection, size).read()
    hold_the_law(records)
    return records


def found(records: Records, table: str, *columns: str) -> list[tuple]:
    return records.table(table).select("row", *columns).rows()


def noticed(records: Records, meaning: str) -> list[str]:
    return records.notices.filter(pl.col("meaning").str.contains(meaning))["found"].to_list()


def equal(first: Records, second: Records) -> None:
    for name in TABLES:
        assert first.table(name).equals(second.table(name)), name
    for part in ("quarantine", "imputations", "incomplete", "notices"):
        assert getattr(first, part).equals(getattr(second, part)), part
    assert first.sources == second.sources
    assert (first.kind, first.title, first.citation) == (second.kind, second.title, second.citation)
    assert first.drugs.ingredients == second.drugs.ingredients


def test_both_engines_give_the_same_records(duck, postgres):
    equal(read(duck.create(hospital())), read(postgres.create(hospital())))


def test_persons_become_patients(engine):
    records = read(engine.create(hospital()))
    patients = records.table("patients")
    assert patients["patient_id"].to_list() == ["1", "2", "30"]
    assert patients["sex"].to_list() == ["female", "female", None]
    assert patients["centre"].to_list() == ["Ward 7", None, None]
    origins = patients["origin_date"].to_list()
    assert origins == [date(2010, 1, 1), date(2012, 1, 1), date(2015, 1, 1)]
    # The observation of patient 1 goes on after the death; it ends with the death.
    assert patients["death"].to_list() == [(date(2019, 2, 10) - origins[0]).days, None, None]
    assert patients["last_contact"].to_list() == [
        (date(2019, 2, 10) - origins[0]).days,
        (date(2020, 3, 1) - origins[1]).days,
        365,
    ]
    # Born in 1960-05-17, in 1971 (1 July), in 1950-02 (the 15th).
    births = [date(1960, 5, 17), date(1971, 7, 1), date(1950, 2, 15)]
    assert patients["birth_day"].to_list() == [(born - zero).days for born, zero in zip(births, origins, strict=True)]
    assert noticed(records, "gap between two periods") == ["1 row"]
    assert noticed(records, "observed beyond the death") == ["1 row"]


def test_patients_may_be_named_by_their_own_name(engine):
    connection = engine.create(hospital())
    connection += ("&" if "?" in connection else "?") + "patients=person_source_value"
    records = read(connection if "://" in connection else f"duckdb:{connection}")
    assert records.table("patients")["patient_id"].to_list() == ["A-1", "B-2", "C-3"]
    assert records.table("exposures")["patient_id"].unique(maintain_order=True).to_list() == ["A-1", "B-2"]


def test_drugs_are_named_by_their_ingredients(engine):
    records = read(engine.create(hospital()))
    assert found(records, "exposures", "drug", "reason_stopped", "dose", "route") == [
        (11, "trastuzumab", None, None, "IV"),
        (12, "trastuzumab emtansine", "progression", 280.0, None),
        (13, "capecitabine", "other", None, None),
        (14, "aspirinoid", None, None, None),
        (15, "pertuzumab", None, None, None),
        (16, "study drug XYZ", None, None, None),
        (17, "novelumab", None, None, None),
    ]
    # The ATC says that one treats no tumour; of the other it says that it may.
    assert records.drugs.ingredient("aspirinoid").modality == "supportive"
    assert records.drugs.resolve("novelumab") is None
    assert noticed(records, "a drug that the vocabulary lacks") == ["novelumab: 1 row", "study drug XYZ: 1 row"]
    assert noticed(records, "reason for stopping") == ["fed up: 1 row"]


def test_without_ancestors_the_name_of_the_drug_decides_and_the_unknown_stays_unknown(duck):
    tables = {name: lines for name, lines in hospital().items() if name != "concept_ancestor"}
    records = read(duck.create(tables))
    drugs = records.table("exposures")["drug"].to_list()
    assert drugs[:3] == ["trastuzumab", "trastuzumab emtansine", "capecitabine"]
    assert drugs[3] == "aspirinoid 100 MG Oral Tablet"
    assert records.drugs.resolve(drugs[3]) is None


def test_a_combination_exposes_to_each_ingredient(duck):
    tables = dict(hospital())
    tables["concept_ancestor"] = [
        *tables["concept_ancestor"],
        *rows("ancestor_concept_id descendant_concept_id", (112, 105)),
    ]
    records = read(duck.create(tables))
    assert records.table("exposures")["drug"].to_list()[-1] == "ado-trastuzumab emtansine + novelumab"
    assert records.drugs.resolve("ado-trastuzumab emtansine + novelumab") is None


def test_stops_are_what_the_source_says(engine):
    records = read(engine.create(hospital()))
    zero = dict(records.table("patients").select("patient_id", "origin_date").rows())
    stops = {row: stop for row, stop in found(records, "exposures", "stop")}
    # An end equal to the start is the end that OMOP demands, not a stop.
    assert stops[11] is None and stops[15] is None
    # Reckoned beyond the death: the death.
    assert stops[12] == (date(2019, 2, 10) - zero["1"]).days
    # The verbatim end goes before the reckoned one.
    assert stops[13] == (date(2018, 5, 20) - zero["2"]).days
    assert stops[14] == (date(2018, 9, 1) - zero["2"]).days


def test_settings_come_from_treatment_episodes(engine):
    records = read(engine.create(hospital()))
    assert {row: setting for row, setting in found(records, "exposures", "setting") if setting} == {
        11: "metastatic",
        13: "early",
    }


def test_conditions_become_diagnoses_and_metastases(engine):
    records = read(engine.create(hospital()))
    # Episodes follow with their key + 100, because the largest condition is number 10.
    assert found(records, "diagnoses", "patient_id", "kind", "stage", "organ") == [
        (1, "1", "primary", "IIB", "breast"),
        (101, "1", "metastatic", None, None),
        (6, "2", "recurrence", None, "breast"),
        (9, "2", "metastatic", None, None),
        (10, "2", "primary", None, None),
    ]
    assert found(records, "metastases", "organ") == [(3, "liver")]
    assert noticed(records, "may be regional") == ["555 Secondary malignant neoplasm of axillary lymph nodes: 1 row"]
    # A second visit, and the episode of the first occurrence.
    assert noticed(records, "a diagnosis recorded again") == ["2 rows"]
    assert noticed(records, "a stage that is linked to no diagnosis") == ["1 row"]
    assert noticed(records, "read as nothing here") == [
        "320128 Essential hypertension: 1 row",
        "777 History of malignant neoplasm of breast: 1 row",
        "203 Core needle biopsy of breast: 1 row",
        "306 HER2 [Mass/volume] in Serum or Plasma: 1 row",
    ]


def test_measurements_become_markers_grades_and_responses(engine):
    records = read(engine.create(hospital()))
    assert found(records, "biomarkers", "marker", "value", "unit") == [
        (1, "ER", "positive", None),
        (2, "HER2 IHC", "3", None),
        (3, "Ki-67", ">20", "%"),
    ]
    assert found(records, "performance", "ecog") == [(4, 1), (5, 1), (101, 2)]
    assert found(records, "assessments", "response") == [(6, "PD"), (10, "PR")]
    assert found(records, "procedures", "kind", "organ") == [(1, "surgery", "breast"), (2, "radiotherapy", None)]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_neither_order_nor_partition_changes_anything(data, tmp_path_factory):
    duck = Engine("duckdb", tmp_path_factory.mktemp("shuffled"))
    usual = read(duck.create(hospital()))
    shuffled = {name: data.draw(st.permutations(list(lines))) for name, lines in hospital().items()}
    equal(usual, read(duck.create(shuffled), data.draw(st.integers(1, 4))))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_partitions_are_the_whole_in_parts(engine, size):
    connection = engine.create(hospital())
    whole, parts = read(connection), list(OmopSource(connection, size).partitions())
    assert len(parts) == -(-3 // size)
    for name in TABLES:
        assert pl.concat([part.table(name) for part in parts]).equals(whole.table(name))
    counts = [sum(part.sources[place].rows_read for part in parts) for place in range(len(whole.sources))]
    assert counts == [source.rows_read for source in whole.sources]


def test_keys_too_large_for_a_row_are_counted_instead(duck):
    tables = dict(hospital())
    huge = 2**40
    tables["drug_exposure"] = [
        {**row, "drug_exposure_id": huge + row["drug_exposure_id"]} for row in tables["drug_exposure"]
    ]
    tables["episode_event"] = []
    whole = read(duck.create(tables))
    assert whole.table("exposures")["row"].to_list() == list(range(2, 9))
    assert next(source.name for source in whole.sources if source.table == "exposures") == "drug_exposure (counted)"
    equal(whole, read(duck.create(tables), 1))


def test_tables_may_lie_in_schemas(engine):
    everything = hospital()
    vocabulary = {name: lines for name, lines in everything.items() if name.startswith("concept")}
    with_schema = engine.create(everything, schema="cdm")
    equal(read(engine.create(everything)), read(with_schema))
    assert vocabulary


def test_capitals_and_further_columns_do_not_matter(duck):
    import duckdb

    connection = duck.create(hospital())
    usual = read(connection)
    with duckdb.connect(connection) as raw:
        raw.execute("ALTER TABLE person RENAME TO PERSON_")
        raw.execute('ALTER TABLE PERSON_ RENAME TO "PERSON"')
        raw.execute('ALTER TABLE "PERSON" RENAME COLUMN person_id TO "PERSON_ID"')
        raw.execute('ALTER TABLE "PERSON" ADD COLUMN shoe_size INTEGER')
    equal(usual, read(connection))


def test_a_file_of_concepts_says_what_ours_does_not(duck, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text(
        "concept_id,vocabulary_id,concept_code,concept_name,domain_id,becomes,value,organ\n"
        "555,,,Axillary nodes,Condition,metastasis,,lymph node\n"
        ",LOINC,32996-1,Serum HER2,Measurement,biomarker,LDH,\n"
    )
    records = read(f"duckdb:{duck.create(hospital())}?concepts={own}")
    assert ("lymph node",) in records.table("metastases").select("organ").rows()
    assert "LDH" in records.table("biomarkers")["marker"]
    assert noticed(records, "may be regional") == []
