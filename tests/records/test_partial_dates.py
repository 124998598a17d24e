"""Partial dates are completed, moved only inside what they can mean, and counted."""

from datetime import date, timedelta

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources.tables import read, refused

ORIGIN = date(2010, 1, 1)


def read_one(folder, death="", last_contact="", exposures=(), assessments=()):
    """Return the records of one patient whose day 0 is 1 January 2010."""
    patients = f"patient_id,origin_date,last_contact,death\nA,{ORIGIN},{last_contact},{death}\n"
    courses = "patient_id,drug,start,stop,setting\n" + "".join(f"A,docetaxel,{a},{b},early\n" for a, b in exposures)
    visits = "patient_id,day\n" + "".join(f"A,{day}\n" for day in assessments)
    given = {"exposures": courses if exposures else None, "assessments": visits if assessments else None}
    for path in folder.glob("*.csv"):
        path.unlink()
    return read(folder, patients=patients, **{name: table for name, table in given.items() if table})


def dated(records, table, column):
    return [None if day is None else ORIGIN + timedelta(day) for day in records.table(table)[column]]


def test_the_fifteenth_and_the_first_of_july(tmp_path):
    records = read_one(tmp_path, last_contact="2019", exposures=[("2015-03", "2016")])
    assert dated(records, "exposures", "start") == [date(2015, 3, 15)]
    assert dated(records, "exposures", "stop") == [date(2016, 7, 1)]
    assert dated(records, "patients", "last_contact") == [date(2019, 7, 1)]
    lines = records.imputations.select("table", "row", "column", "found", "precision").rows()
    assert lines == [
        ("patients", 2, "last_contact", "2019", "year"),
        ("exposures", 2, "start", "2015-03", "month"),
        ("exposures", 2, "stop", "2016", "year"),
    ]
    span = records.imputations.select(pl.col("earliest", "latest")).row(1)
    assert [ORIGIN + timedelta(day) for day in span] == [date(2015, 3, 1), date(2015, 3, 31)]


def test_a_partial_stop_is_not_before_the_start(tmp_path):
    records = read_one(tmp_path, last_contact="2019", exposures=[("2015-03-20", "2015-03"), ("2015-09-01", "2015")])
    assert dated(records, "exposures", "stop") == [date(2015, 3, 20), date(2015, 9, 1)]


def test_a_partial_start_is_not_after_the_stop(tmp_path):
    records = read_one(tmp_path, last_contact="2019", exposures=[("2015", "2015-03-10"), ("2015-03", "2015-03-02")])
    assert dated(records, "exposures", "start") == [date(2015, 3, 10), date(2015, 3, 2)]
    assert refused(records) == []


def test_a_stop_that_cannot_be_after_the_start(tmp_path):
    records = read_one(tmp_path, last_contact="2019", exposures=[("2015-03-20", "2015-02"), ("2015", "2014-12-31")])
    assert refused(records) == [
        ("exposures:2", "stop_before_start", "2015-03-20 to 2015-02"),
        ("exposures:3", "stop_before_start", "2015 to 2014-12-31"),
    ]


def test_a_partial_death_is_not_before_the_last_record(tmp_path):
    records = read_one(tmp_path, death="2016", assessments=["2016-10-20", "2016-02-01"])
    assert dated(records, "patients", "death") == [date(2016, 10, 20)]


def test_a_partial_last_contact_is_not_before_a_record_it_may_follow(tmp_path):
    records = read_one(tmp_path, last_contact="2016-05", assessments=["2016-05-28", "2016-09-01"])
    assert dated(records, "patients", "last_contact") == [date(2016, 5, 28)]
    assert records.notices["meaning"].to_list() == ["the patient has a record after the last contact"]


def test_a_partial_record_is_not_after_the_death(tmp_path):
    records = read_one(tmp_path, death="2016-03-03", last_contact="2016", assessments=["2016-03", "2016"])
    assert dated(records, "assessments", "day") == [date(2016, 3, 3)] * 2
    assert dated(records, "patients", "last_contact") == [date(2016, 3, 3)]


def test_a_partial_record_that_must_be_after_the_death_refuses_the_patient(tmp_path):
    records = read_one(tmp_path, death="2016-03-03", assessments=["2016-04"])
    assert [rule for _, rule, _ in refused(records)] == ["death_before_event", "patient_refused"]


partial = st.builds(
    lambda day, length: day.isoformat()[:length],
    st.dates(date(2014, 1, 1), date(2017, 12, 31)),
    st.sampled_from([4, 7, 10]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    death=partial | st.just(""),
    last=partial,
    courses=st.lists(st.tuples(partial, partial), max_size=4),
    visits=st.lists(partial, max_size=4),
)
def test_what_is_completed_stays_inside_what_was_written(tmp_path, death, last, courses, visits):
    records = read_one(tmp_path, death, last, courses, visits)
    lines = records.imputations
    assert lines.filter((pl.col("day") < pl.col("earliest")) | (pl.col("day") > pl.col("latest"))).is_empty()
    exposures = records.table("exposures")
    assert exposures.filter(pl.col("stop") < pl.col("start")).is_empty()
    if records.table("patients").height and records.table("patients")["death"][0] is not None:
        died = records.table("patients")["death"][0]
        days = [exposures["start"], exposures["stop"], records.table("assessments")["day"]]
        assert all(day is None or day <= died for column in days for day in column)
