"""Rows that say what an earlier row says, found however few rows are compared at once."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequela.records import keys
from sequela.records.keys import refuse_copies
from sequela.records.reading import Reading
from sequela.records.schema import TABLES

CELLS = st.tuples(
    st.sampled_from(["A", "B", None]), st.sampled_from(["docetaxel", "", None]), st.sampled_from([0, None])
)


def reading(rows):
    schema = {"patient_id": pl.String, "drug.value": pl.String, "start.day": pl.Int32}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("row", 2).cast({"row": pl.Int32})
    return Reading(TABLES["exposures"], "exposures.csv", "", len(rows), frame)


@pytest.mark.parametrize("at_once", [1, 2, 250_000])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(CELLS, max_size=12))
def test_the_first_stays_and_every_copy_goes(monkeypatch, at_once, rows):
    monkeypatch.setattr(keys, "ROWS_AT_ONCE", at_once)
    judged = refuse_copies(reading(rows), ["patient_id", "drug.value", "start.day"])
    copies = [place + 2 for place, row in enumerate(rows) if row in rows[:place]]
    assert judged.refused["row"].to_list() == copies
    assert judged.frame.height + judged.refused.height == len(rows)
    assert set(judged.refused["rule"]) <= {"duplicate_row"}


def test_a_copy_far_below_is_found(monkeypatch):
    monkeypatch.setattr(keys, "ROWS_AT_ONCE", 1000)
    rows = [("A", "docetaxel", day) for day in range(5000)] + [("A", "docetaxel", 17)]
    assert refuse_copies(reading(rows), ["patient_id", "drug.value", "start.day"]).refused["row"].to_list() == [5002]
