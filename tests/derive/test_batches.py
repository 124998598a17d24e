"""The Arrow door: the result does not depend on how the stream is cut, and any engine may cut it."""

import importlib.util
from itertools import pairwise

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sequela.derive import batches as door
from sequela.derive.batches import batches_of, derive_batches, lines_of_batches
from sequela.derive.endpoint_files import PROFILES
from sequela.derive.endpoint_times import time_to_event
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.derive.metastases import metastatic_from
from sequela.derive.rules import BREAST
from sequela.derive.sequences import prior_exposure
from sequela.errors import RecordsError, UsageError
from sequela.records import partitions as cutting
from sequela.records.bundle import IMPUTATION_SCHEMA, INCOMPLETE_SCHEMA, Records
from sequela.records.partitions import by_patient

from .histories import crowd

seeds = st.integers(0, 2**32 - 1)
brief = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told(batches):
    """Return record batches as one table."""
    batches = list(batches)
    assert all(isinstance(batch, pa.RecordBatch) for batch in batches)
    return pl.concat(pl.DataFrame(batch) for batch in batches)


def recut(records, places):
    """Return the stream of some records, cut at other places."""
    stream = told(batches_of(records))
    edges = [0, *sorted(min(place, stream.height) for place in places), stream.height]
    return [stream[low:high].to_arrow() for low, high in pairwise(edges)]


def batches(tables):
    return [batch for table in tables for batch in table.to_batches()]


@brief
@drawn(seed=seeds, places=st.lists(st.integers(0, 900), max_size=12), at_once=st.sampled_from([1, 40, 10**6]))
def test_lines_do_not_depend_on_how_the_stream_is_cut(monkeypatch, seed, places, at_once):
    monkeypatch.setattr(door, "ROWS_AT_ONCE", at_once)
    records = crowd(seed)
    rules = BREAST.replacing(L03=90, L21="separate stratum")
    found = told(lines_of_batches(batches(recut(records, places)), rules))
    assert_frame_equal(found, lines_of_therapy(by_patient(records), rules))


def test_the_stream_itself_does_not_depend_on_the_partitions(monkeypatch):
    whole = told(batches_of(crowd(5)))
    monkeypatch.setattr(cutting, "PATIENTS_AT_ONCE", 7)
    parts = list(batches_of(crowd(5)))
    assert len(parts) > 5
    assert_frame_equal(pl.concat(pl.DataFrame(part) for part in parts), whole)


@brief
@drawn(seed=seeds, places=st.lists(st.integers(0, 900), max_size=6))
def test_other_derivations_come_through_the_same_door(monkeypatch, seed, places):
    monkeypatch.setattr(door, "ROWS_AT_ONCE", 50)
    records = by_patient(crowd(seed))

    def zero(known):
        return metastatic_from(known).select("patient_id", "day")

    derivations = {
        "prior": lambda known: prior_exposure(known, "pertuzumab", zero(known)),
        "os": lambda known: time_to_event(known, zero(known), PROFILES["os"]),
        "summary": lambda known: line_summary(known, lines_of_therapy(known)),
    }
    for name, derivation in derivations.items():
        found = told(derive_batches(derivation, batches(recut(records, places))))
        assert_frame_equal(found, derivation(records)), name


def test_lost_rows_and_partial_dates_travel_with_their_patient():
    records = crowd(5)
    exposure = records.table("exposures").row(3, named=True)
    partial = pl.DataFrame(
        [("exposures", exposure["row"], "start", "2014-03", "month", exposure["start"], 0, 4000)],
        schema=IMPUTATION_SCHEMA,
        orient="row",
    )
    lost = pl.DataFrame([("P007", "exposures")], schema=INCOMPLETE_SCHEMA, orient="row")
    records = Records(records.tables, records.kind, imputations=partial, incomplete=lost)
    at = pl.DataFrame({"patient_id": ["P007", exposure["patient_id"]], "day": [400, exposure["start"] + 1]})

    def before(known):
        asked = at.join(known.table("patients"), on="patient_id", how="semi").sort("patient_id")
        return prior_exposure(known, exposure["drug"], asked.cast({"day": pl.Int32}))

    found = told(derive_batches(before, batches_of(records)))
    assert_frame_equal(found, before(records))
    assert found["incomplete"].any()
    unsure = found.filter(patient_id=exposure["patient_id"])
    assert unsure["received"].to_list() != before(Records(records.tables, records.kind))["received"].to_list()[-1:]


@pytest.mark.parametrize("rows_per_batch", [1, 7, 100_000])
def test_a_stream_may_come_from_duckdb(rows_per_batch):
    records = crowd(11)
    connection = duckdb.connect()
    for name, table in records.tables.items():
        connection.register(f"{name}_arrow", table.drop("row").to_arrow())
    parts = (
        f"select '{name}' as \"table\", * from {name}_arrow" for name, table in records.tables.items() if len(table)
    )
    query = f"from ({' union all by name '.join(parts)}) order by patient_id"
    reader = connection.sql(query).to_arrow_reader(rows_per_batch)
    found = told(lines_of_batches(reader))
    assert_frame_equal(found.drop("rows"), lines_of_therapy(records).drop("rows"))


def test_a_stream_that_takes_a_patient_apart_is_refused():
    stream = told(batches_of(crowd(4)))
    for pieces in ([stream[50:], stream[:50]], [stream[::-1]]):
        with pytest.raises(RecordsError, match="sorted by patient_id"):
            list(lines_of_batches(batches(piece.to_arrow() for piece in pieces)))


def test_what_is_no_such_stream_is_refused():
    exposures = crowd(4).table("exposures")
    with pytest.raises(RecordsError, match="no column table"):
        list(lines_of_batches([exposures]))
    with pytest.raises(RecordsError, match="a table nobody knows"):
        list(lines_of_batches([exposures.with_columns(table=pl.lit("drugs"))]))


def test_no_rows_give_no_batches():
    stream = told(batches_of(crowd(4)))
    assert list(lines_of_batches([])) == []
    assert list(lines_of_batches([stream[:0]])) == []


def test_a_drug_and_a_day_are_enough():
    bare = crowd(3).table("exposures").select("patient_id", "drug", "start", table=pl.lit("exposures"))
    lines = told(lines_of_batches([bare.sort("patient_id")]))
    assert lines.height > 0
    assert lines["rows"].explode().drop_nulls().is_empty()


def test_without_pyarrow_the_door_says_what_to_install(monkeypatch):
    monkeypatch.setattr(door, "find_spec", lambda name: None)
    assert importlib.util.find_spec("pyarrow") is not None
    with pytest.raises(UsageError, match=r"sequela\[arrow\]"):
        list(lines_of_batches([]))
