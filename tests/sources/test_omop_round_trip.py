"""Canonical records written as OMOP and read again are the same records, apart from what OMOP cannot hold."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequela.errors import RecordsError
from sequela.records.bundle import Kind, Records
from sequela.records.schema import REASONS_STOPPED, RESPONSES, SETTINGS, TABLES
from sequela.sources.omop import OmopSource
from sequela.sources.omop_losses import NOT_HELD, not_held
from sequela.sources.omop_write import write_omop

from .omop_databases import Engine, rich_records, same, table

ZERO = date(2000, 1, 1)
LOST_TABLES = {loss.table for loss in NOT_HELD if not loss.column}
LOST = {(loss.table, loss.column) for loss in NOT_HELD if loss.column not in ("", "last_contact")}


def there_and_back(engine: Engine, records: Records, connection: str = "") -> Records:
    connection = connection or engine.empty()
    write_omop(records, connection, day_zero=ZERO)
    return OmopSource(connection).read()


def test_every_column_but_those_listed_survives(engine):
    records = rich_records()
    back = there_and_back(engine, records)
    assert back.quarantine.is_empty()
    for name, declared in TABLES.items():
        given = records.table(name)
        for column in declared.names:
            if name in LOST_TABLES:
                assert back.table(name).is_empty() and not given.is_empty()
            elif (name, column) in LOST:
                assert back.table(name)[column].is_null().all() and given[column].count()
            else:
                assert back.table(name)[column].equals(given[column]), f"{name}.{column}"
    assert back.incomplete.equals(records.incomplete)
    assert (back.kind, back.title, back.citation) == (records.kind, records.title, records.citation)


def test_the_list_of_losses_counts_what_is_lost(duck):
    records = rich_records()
    written = write_omop(records, duck.empty(), day_zero=ZERO)
    assert written.losses == not_held(records)
    assert {(loss.table, loss.column): loss.values for loss in written.losses} == {
        ("diagnoses", "resectable"): 1,
        ("biomarkers", "assay"): 1,
        ("assessments", "method"): 1,
        ("assessments", "basis"): 1,
        ("lesions", ""): 1,
        ("measurements", ""): 1,
    }
    assert written.rows["person"] == 3 and written.rows["drug_exposure"] == 5
    late = records.table("patients").with_columns(last_contact=pl.lit(2000, pl.Int32))
    assert not_held(replace(records, tables={**records.tables, "patients": late}))[0].column == "last_contact"


def test_both_engines_hold_the_same(duck, postgres):
    first = there_and_back(duck, rich_records())
    # No schema is named: the tables lie in the one a server takes by itself.
    second = there_and_back(postgres, rich_records(), postgres.server.format("postgres"))
    assert all(first.table(name).equals(second.table(name)) for name in TABLES)
    assert first.sources == second.sources
    assert first.notices.equals(second.notices)


def test_an_unknown_calendar_stays_unknown(duck):
    records = rich_records()
    with pytest.raises(RecordsError, match="1 patients have no date for their day 0"):
        write_omop(records, duck.empty())
    back = there_and_back(duck, records)
    assert back.table("patients")["origin_date"].to_list() == [date(2014, 3, 1), None, date(2016, 2, 29)]


def test_nothing_is_overwritten(engine):
    connection = engine.empty()
    write_omop(rich_records(), connection, day_zero=ZERO)
    with pytest.raises(RecordsError, match="there are tables of OMOP already"):
        write_omop(rich_records(), connection, day_zero=ZERO)


def test_a_schema_is_made_where_it_is_absent(engine):
    connection = engine.empty()
    connection = f"duckdb:{connection}?schema=cdm" if engine.name == "duckdb" else connection
    write_omop(rich_records(), connection, day_zero=ZERO)
    back = OmopSource(connection).read()
    assert same(back.table("exposures"), rich_records().table("exposures"))


def test_the_page_lists_the_losses():
    page = (Path(__file__).parents[2] / "docs" / "omop.md").read_text(encoding="utf-8")
    lines = [
        f"| {f'`{loss.table}.{loss.column}`' if loss.column else f'`{loss.table}`'} | {loss.reason} |"
        for loss in NOT_HELD
    ]
    assert [line for line in lines if line not in page] == []
    columns = [f"`{name}.{column}`" for name in TABLES if name not in LOST_TABLES for column in TABLES[name].names]
    assert [column for column in columns if column not in page and not column.endswith("patient_id`")] == []


DAYS = st.integers(0, 400)
WORDS = st.sampled_from(["a", "IIB", "x, y", "é'\"", "3+", "20", "0.5", "1e3", "positive", "Negative", "-", "inf"])


def maybe(strategy):
    return st.none() | strategy


@st.composite
def any_records(draw):
    """Records that are valid, one table at a time drawn from what its columns allow."""
    ids = draw(st.lists(st.sampled_from(["1", "2", "P 3", "é"]), min_size=1, max_size=3, unique=True))
    person = st.tuples(
        maybe(st.dates(date(1990, 1, 1), date(2020, 1, 1))),
        maybe(st.integers(-30_000, -9_000)),
        maybe(st.floats(18, 90).map(lambda age: round(age, 1))),
        maybe(st.sampled_from(["female", "male"])),
        maybe(WORDS),
        maybe(st.integers(-50, 0)),
        st.integers(400, 500),
        maybe(st.integers(500, 600)),
    )
    days = {
        "diagnoses": (maybe(DAYS), st.sampled_from(["primary", "recurrence", "metastatic"]), *[maybe(WORDS)] * 3),
        "exposures": (
            st.sampled_from(["docetaxel", "pertuzumab + trastuzumab", "zzz unknown"]),
            st.integers(0, 100),
            maybe(st.integers(100, 400)),
            maybe(st.sampled_from(SETTINGS)),
            maybe(st.sampled_from(REASONS_STOPPED)),
            maybe(st.floats(0, 900)),
            maybe(WORDS),
        ),
        "procedures": (maybe(DAYS), st.sampled_from(["surgery", "radiotherapy"]), maybe(WORDS)),
        "biomarkers": (maybe(DAYS), st.sampled_from(["ER", "HER2", "zzz"]), WORDS, *[maybe(WORDS)] * 2, st.none()),
        "metastases": (DAYS, st.sampled_from(["liver", "lymph node", "x, y"])),
        "assessments": (DAYS, st.none(), maybe(st.sampled_from(RESPONSES)), st.none(), maybe(WORDS)),
        "performance": (DAYS, st.integers(0, 5)),
    }
    tables = {"patients": [(name, *draw(person)) for name in ids]}
    for name, cells in days.items():
        tables[name] = [
            (who, *line) for who in ids for line in draw(st.lists(st.tuples(*cells), max_size=3, unique=True))
        ]
    return {name: table(name, *lines) for name, lines in tables.items()}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(tables=any_records())
def test_whatever_is_valid_survives(tables, tmp_path_factory):
    records = Records(tables, kind=Kind.SIMULATED)
    back = there_and_back(Engine("duckdb", tmp_path_factory.mktemp("round")), records)
    assert back.quarantine.is_empty()
    for name in tables:
        assert same(back.table(name), records.table(name)), name
