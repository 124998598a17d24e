"""Databases that are not what they should be: a letter, or a quarantine; never a traceback, never a secret."""

import pytest

from sequela.errors import RecordsError, SequelaError, UsageError
from sequela.records.problems import problems
from sequela.sources.omop import OmopSource
from sequela.sources.omop_address import parse_address
from sequela.sources.omop_tables import cdm_tables

from .omop_databases import hospital, rows
from .postgres_server import LOCKED
from .test_omop import found, noticed, read

REQUIRED = [name for name, table in cdm_tables().items() if table.required]
OPTIONAL = [name for name in hospital() if name not in REQUIRED]


def refused(connection: str) -> SequelaError:
    with pytest.raises(SequelaError) as caught:
        OmopSource(connection).read()
    assert (caught.value.__cause__ is None and caught.value.__suppress_context__) or caught.value.__context__ is None
    return caught.value


def without(*names):
    return {name: lines for name, lines in hospital().items() if name not in names}


def test_all_missing_tables_and_columns_are_named_at_once(engine):
    types = {
        "drug_exposure.drug_exposure_start_date": "",
        "person.year_of_birth": "",
        "measurement.measurement_date": "",
    }
    said = str(refused(engine.create(without("death", "concept"), types)))
    for expected in (
        "table death: the table is missing",
        "table concept: the table is missing",
        "table drug_exposure, column drug_exposure_start_date: the column is missing",
        "table person, column year_of_birth: the column is missing",
        "table measurement, column measurement_date: the column is missing",
    ):
        assert expected in said
    assert len(said.splitlines()) == 5


@pytest.mark.parametrize("name", REQUIRED)
def test_a_table_that_decides_who_lived_or_was_treated_must_be_there(duck, name):
    assert f"table {name}: the table is missing" in str(refused(duck.create(without(name))))


@pytest.mark.parametrize("name", OPTIONAL)
def test_another_table_may_be_absent_with_a_notice(duck, name):
    records = read(duck.create(without(name)))
    assert name in noticed(records, "the database lacks")
    assert records.table("patients").height == 3


def test_columns_that_are_not_needed_may_be_absent(engine):
    spare = [
        f"{table.name}.{column}"
        for table in cdm_tables().values()
        for column in table.columns
        if column not in table.needed and table.name in hospital()
    ]
    records = read(engine.create(hospital(), dict.fromkeys(spare, "")))
    assert records.table("patients").height == 3 and records.table("exposures").height == 5
    # Without the text of the source, two infusions without a concept are no drug at all.
    nameless = records.quarantine.filter(table="exposures").select("row", "rule").rows()
    assert nameless == [(15, "missing_value"), (16, "missing_value")]


def test_a_column_of_the_wrong_type_is_named(engine):
    types = {
        "person.person_id": "VARCHAR",
        "measurement.value_as_number": "VARCHAR",
        "episode.episode_start_date": "TIME",
    }
    said = str(refused(engine.create({**hospital(), "episode": []}, types)))
    assert "table person, column person_id: the column holds string; expected a whole number" in said
    assert "table measurement, column value_as_number: the column holds string; expected a number" in said
    assert "table episode, column episode_start_date: the column holds time" in said


def test_dates_written_as_text_are_read_and_judged(engine):
    tables = dict(hospital())
    tables["drug_exposure"] = [dict(row) for row in tables["drug_exposure"]]
    tables["drug_exposure"][0]["drug_exposure_start_date"] = "01/06/2016"
    text = {f"drug_exposure.{name}": "VARCHAR" for name in cdm_tables()["drug_exposure"].columns if "date" in name}
    records = read(engine.create(tables, text))
    assert records.quarantine.select("table", "row", "rule").rows() == [("exposures", 11, "date_spelling")]
    assert records.incomplete.rows() == [("1", "exposures")]


@pytest.mark.parametrize("name", [*REQUIRED, *OPTIONAL])
def test_an_empty_table_is_read_as_empty(duck, name):
    records = read(duck.create({**hospital(), name: []}))
    if name == "person":
        assert noticed(records, "the table has no rows") == ["person"]
        assert records.table("patients").is_empty()
        assert set(records.quarantine["rule"]) == {"unknown_patient"}
    if name == "observation_period":
        assert records.table("patients")["patient_id"].to_list() == ["1"]
        assert "last_contact_missing" in records.quarantine.filter(table="patients")["rule"]


def test_every_table_may_be_empty(engine):
    records = read(engine.create({name: [] for name in cdm_tables()}))
    assert all(table.is_empty() for table in records.tables.values())


def test_a_death_without_a_date_is_not_alive(engine):
    records = read(engine.create({**hospital(), "death": rows("person_id death_date", (2, None))}))
    assert ("patients", 2, "death", "missing_value") in records.quarantine.select(
        "table", "row", "column", "rule"
    ).rows()
    assert records.table("patients")["patient_id"].to_list() == ["1", "30"]
    assert "2" not in records.table("exposures")["patient_id"]


def test_a_person_whom_nobody_observed_is_not_alive_for_ever(engine):
    """Person 2 lives and has no observation period: refused with all rows; person 1 has died and needs none."""
    periods = [line for line in hospital()["observation_period"] if line["person_id"] == 30]
    records = read(engine.create({**hospital(), "observation_period": periods}))
    assert records.table("patients")["patient_id"].to_list() == ["1", "30"]
    assert records.table("patients").filter(patient_id="1")["observed_from"].to_list() == [None]
    refused_rows = records.quarantine.select("table", "rule").unique().rows()
    assert ("patients", "last_contact_missing") in refused_rows and ("exposures", "patient_refused") in refused_rows


def test_an_exposure_without_a_date_makes_its_patient_incomplete(engine):
    tables = dict(hospital())
    tables["drug_exposure"] = [dict(row) for row in tables["drug_exposure"]]
    tables["drug_exposure"][4]["drug_exposure_start_date"] = None
    records = read(engine.create(tables))
    assert records.quarantine.select("row", "rule").rows() == [(15, "start_missing")]
    assert records.incomplete_patients("exposures").to_list() == ["2"]


def test_rows_before_the_birth_are_refused(engine):
    tables = dict(hospital())
    tables["drug_exposure"] = [
        *tables["drug_exposure"],
        *rows(
            "drug_exposure_id person_id drug_concept_id drug_exposure_start_date drug_exposure_end_date",
            (21, 1, 101, "1960-05-16", "1960-05-16"),
            (22, 1, 101, "1960-05-17", "1960-05-17"),
            (23, 2, 101, "1970-12-31", "1970-12-31"),
        ),
    ]
    tables["death"] = rows("person_id death_date", (30, "1950-01-31"))
    records = read(engine.create(tables))
    refusals = records.quarantine.select("table", "row", "rule", "found").rows()
    assert ("exposures", 21, "before_birth", "1960-05-16") in refusals
    assert ("exposures", 23, "before_birth", "1970-12-31") in refusals
    assert ("patients", 30, "before_birth", "1950-01-31") in refusals
    assert 22 in records.table("exposures")["row"]


def test_an_exposure_that_starts_after_the_death_refuses_the_patient(engine):
    tables = dict(hospital())
    tables["death"] = rows("person_id death_date", (2, "2018-07-15"))
    records = read(engine.create(tables))
    assert ("patients", 2, "death_before_event") in records.quarantine.select("table", "row", "rule").rows()
    assert "2" not in records.table("patients")["patient_id"]
    assert any("after the death" in str(problem) for problem in problems(records))


def test_rows_of_nobody_are_quarantined(engine):
    tables = dict(hospital())
    columns = "drug_exposure_id person_id drug_concept_id drug_exposure_start_date drug_exposure_end_date"
    strangers = rows(columns, (31, 5, 101, "2016-01-01", "2016-01-01"), (32, None, 101, "2016-01-01", "2016-01-01"))
    tables["drug_exposure"] = [*tables["drug_exposure"], *strangers]
    connection = engine.create(tables)
    for size in (1, 2, 100):
        records = read(connection, size)
        assert records.quarantine.select("row", "rule").rows() == [(31, "unknown_patient"), (32, "missing_value")]


def test_a_person_given_twice_is_refused_where_the_rows_differ(duck):
    tables = dict(hospital())
    tables["person"] = [*tables["person"], {**tables["person"][0], "year_of_birth": 1961}, dict(tables["person"][1])]
    records = OmopSource(duck.create(tables)).read()
    rules = sorted(records.quarantine.filter(table="patients")["rule"])
    assert rules == ["conflicting_rows", "conflicting_rows", "duplicate_row"]
    assert records.table("patients")["patient_id"].to_list() == ["2", "30"]


def test_names_that_are_not_unique_cannot_name_patients(duck):
    tables = dict(hospital())
    tables["person"] = [{**row, "person_source_value": "same"} for row in tables["person"]]
    said = str(refused(f"duckdb:{duck.create(tables)}?patients=person_source_value"))
    assert "missing 0 times and repeated 2 times" in said and "same" not in said.replace("the same", "")


def test_no_concept_and_no_text_is_no_drug(engine):
    tables = dict(hospital())
    tables["drug_exposure"] = [{**tables["drug_exposure"][0], "drug_concept_id": 0, "drug_source_value": None}]
    records = read(engine.create(tables))
    assert records.quarantine.select("table", "row", "column", "rule").rows() == [
        ("exposures", 11, "drug", "missing_value")
    ]


def test_a_vocabulary_without_rows_leaves_the_texts_of_the_source(engine):
    records = read(engine.create({**hospital(), "concept": []}))
    assert found(records, "exposures", "drug")[:3] == [
        (11, "trastuzumab"),
        (12, "trastuzumab emtansine"),
        (13, "capecitabine"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the text is empty"),
        ("mysql://root:hunter2@db/x", "mysql:// is no database that can be read here"),
        ("postgresql://u:hunter2@db", "the name of the database is missing"),
        ("postgresql://u:hunter2@db:port/x", "cannot be taken apart"),
        ("postgresql://u:hunter2@db/x?shema=cdm", "Did you mean schema?"),
        ("postgresql://u:hunter2@db/x?port=a", "the port is not a number"),
        ("duckdb:x.duckdb?patients=name", "one of: person_id, person_source_value"),
        ("duckdb:", "the path of the file is missing"),
    ],
)
def test_a_wrong_connection_text_is_a_usage_error(text, says):
    error = refused(text)
    assert isinstance(error, UsageError) and says in str(error)
    assert "hunter2" not in str(error)


def test_files_that_are_no_database(tmp_path):
    assert "does not exist" in str(refused(str(tmp_path / "none.duckdb")))
    assert "is a folder" in str(refused(str(tmp_path)))
    (tmp_path / "a.duckdb").write_text("no database at all" * 1000)
    assert "not a DuckDB database" in str(refused(str(tmp_path / "a.duckdb")))


def test_a_database_without_the_tables_of_omop(engine):
    empty = engine.create({})
    assert "has no tables of OMOP" in str(refused(empty))
    elsewhere = f"duckdb:{empty}?schema=nowhere" if engine.name == "duckdb" else f"{empty}&schema=nowhere"
    assert "schema nowhere has no tables of OMOP" in str(refused(elsewhere))


def test_a_refused_connection_says_so_without_the_password():
    error = refused("postgresql://mallory:hunter2@127.0.0.1:1/registry")
    assert isinstance(error, RecordsError) and "nothing answers there" in str(error)
    assert "hunter2" not in str(error) and "mallory" not in str(error)


def test_a_refused_user_and_an_absent_database(postgres):
    text = postgres.create(hospital())
    locked = text.replace("user=tests", f"user={LOCKED}&password=hunter2")
    for error in (refused(locked), refused(text.replace("user=tests", "user=nobody"))):
        assert "the server refuses this user" in str(error)
        assert "hunter2" not in str(error) and LOCKED not in str(error)
    assert "the server has no such database" in str(refused(postgres.server.format("nowhere")))


def test_a_user_without_rights(postgres):
    import psycopg

    text = postgres.create(hospital())
    schema = text.rpartition("=")[2]
    with psycopg.connect(postgres.server.format("postgres"), autocommit=True) as raw:
        raw.execute("CREATE ROLE blind LOGIN")
        raw.execute(f"GRANT USAGE ON SCHEMA {schema} TO blind")
    error = refused(text.replace("user=tests", "user=blind"))
    assert isinstance(error, RecordsError) and "blind" not in str(error)


def test_an_address_does_not_show_its_secrets():
    address = parse_address("postgresql://mallory:hunter2@db.example:5433/registry?schema=cdm&sslmode=require")
    assert address.shown == "db.example/registry" and address.schema == "cdm"
    assert address.arguments["port"] == 5433 and address.arguments["password"] == "hunter2"
    assert "hunter2" not in repr(address) and "hunter2" not in repr(OmopSource("postgresql://u:hunter2@db/x"))


def test_without_the_extra_the_message_says_what_to_install(monkeypatch, duck):
    import sys

    connection = duck.create(hospital())
    monkeypatch.setitem(sys.modules, "ibis", None)
    error = refused(connection)
    assert isinstance(error, UsageError) and "pip install 'sequela[omop]'" in str(error)


def test_wrong_files_of_concepts(duck, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("concept_id,becomes\nx,biomarker\n1,nonsense\n,biomarker\n")
    said = str(refused(f"duckdb:{duck.create(hospital())}?concepts={own}"))
    assert "own.csv:2" in said and "own.csv:3" in said and "own.csv:4" in said
    assert "cannot be read" in str(refused(f"duckdb:{duck.create(hospital())}?concepts={tmp_path / 'no.csv'}"))
