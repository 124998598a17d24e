"""Whatever is derived of patients does not depend on how they are cut into partitions."""

import polars as pl
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sequela.derive.baseline import COVARIATES
from sequela.derive.covariate import DEFAULT_DEFINITIONS
from sequela.derive.endpoint_files import PROFILES
from sequela.derive.endpoint_times import time_to_event
from sequela.derive.lines import columns_of_lines, line_summary, lines_of_therapy
from sequela.derive.rules import BREAST
from sequela.records import partitions as cutting
from sequela.records.partitions import by_patient, partitions

from .histories import crowd
from .ward import ward

seeds = st.integers(0, 2**32 - 1)
brief = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def cut(monkeypatch):
    return lambda patients: monkeypatch.setattr(cutting, "PATIENTS_AT_ONCE", patients)


def dated(records):
    """Return the records with calendar dates, so that the last day of anybody's records is known."""
    origin = pl.date(2010, 1, 1) + pl.duration(days=20 * pl.int_range(pl.len()))
    patients = records.table("patients").with_columns(origin_date=origin)
    return type(records)({**records.tables, "patients": patients}, kind=records.kind)


CROWDS = (dated(ward(7, 40)), dated(crowd(7, 30)))


def zeros(records, day=200):
    """Return a day for each patient, in an order that is not theirs."""
    names = records.table("patients")["patient_id"].unique().sort(descending=True)
    return pl.DataFrame({"patient_id": names, "day": pl.repeat(day, len(names), dtype=pl.Int32, eager=True)})


@brief
@drawn(seed=seeds, patients=st.integers(1, 70))
def test_partitions_hold_everybody_once_with_all_rows(cut, seed, patients):
    records = crowd(seed)
    cut(patients)
    parts = [part for _, part in partitions(records)]
    assert all(part.table("patients").height <= patients for part in parts)
    for name, table in records.tables.items():
        joined = pl.concat(part.table(name) for part in parts)
        assert_frame_equal(joined, table if len(parts) == 1 else table.sort("patient_id", maintain_order=True))
        owners = [set(part.table(name)["patient_id"]) for part in parts]
        assert sum(map(len, owners)) == len(set().union(*owners))


def test_rows_of_patients_that_no_table_of_patients_names_are_in_a_partition_too(cut):
    records = crowd(2)
    some = {**records.tables, "patients": records.table("patients")[10:40:2]}
    records = type(records)(some, kind=records.kind)
    cut(4)
    found = pl.concat(part.table("exposures") for _, part in partitions(records))
    assert found.height == records.table("exposures").height


@brief
@drawn(seed=seeds, patients=st.integers(1, 70))
def test_lines_of_therapy(cut, seed, patients):
    records = by_patient(crowd(seed))
    cut(10**6)
    whole = lines_of_therapy(records)
    summary = line_summary(records, whole)
    cut(patients)
    assert_frame_equal(lines_of_therapy(records), whole)
    assert_frame_equal(columns_of_lines(records, BREAST, "line", "start"), whole.select("line", "start"))
    assert_frame_equal(line_summary(records, whole), summary)


@pytest.mark.parametrize("name", sorted(COVARIATES))
def test_covariates(cut, name):
    for records in CROWDS:
        at = zeros(records)
        whole = COVARIATES[name].derive(records, at, DEFAULT_DEFINITIONS)
        cut(7)
        assert_frame_equal(COVARIATES[name].derive(records, at, DEFAULT_DEFINITIONS), whole)
        cut(10**6)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_times_to_events(cut, name):
    for records in CROWDS:
        at = zeros(records)
        whole = time_to_event(records, at, PROFILES[name])
        cut(7)
        assert_frame_equal(time_to_event(records, at, PROFILES[name]), whole)
        cut(10**6)
