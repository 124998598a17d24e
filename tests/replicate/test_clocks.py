"""Survival under each clock, against R's survival on the same patients."""

import csv
import math

import polars as pl
import pytest

from sequela.analyses.results import Estimate
from sequela.analyses.wording import DAYS_PER_MONTH, median_months, p_value, ratio, with_interval
from sequela.replicate.catalogue import replicate
from sequela.replicate.clocks import clocks_table
from sequela.replicate.paper import PAPERS
from tests.golden.read import numbers, rows

GROUPS = {"Group 1": "Without pertuzumab", "Group 3": "With pertuzumab"}


@pytest.fixture(scope="module")
def result():
    return replicate("sepher-2020").result


def witness(row, name):
    values = [float(row[f"{name}_{part}"] or math.nan) for part in ("value", "low", "high")]
    return Estimate(*values, "R")


def test_the_witness_saw_the_stored_patients():
    stored = pl.read_csv(PAPERS / "sepher-2020" / "cohort" / "reconstructed_patients.csv")
    seen = stored.filter(pl.col("group").is_in(list(GROUPS))).select(
        "patient_id",
        pl.col("group").replace(GROUPS),
        pl.col("days_to_index").alias("entry"),
        pl.col("days_to_end").alias("time"),
        pl.col("death").cast(pl.Int64).alias("event"),
    )
    given = rows("sepher_clocks", "data")
    assert [row["group"] for row in given] == seen["group"].to_list()
    for column in ("entry", "time", "event"):
        assert numbers(given, column).tolist() == seen[column].to_list()


def test_each_clock_prints_what_r_computes(result):
    table = clocks_table(result)
    assert [row.cells[0] for row in table.rows] == [
        "from metastatic diagnosis, as asked",
        "from metastatic diagnosis, with delayed entry",
        "from entry",
    ]
    for row, expected in zip(table.rows, rows("sepher_clocks", "expected"), strict=True):
        in_days = [witness(expected, name) for name in ("with", "without")]
        in_days = [Estimate(*(v * DAYS_PER_MONTH for v in (e.value, e.low, e.high)), e.method) for e in in_days]
        assert row.cells[1:] == (
            *map(median_months, in_days),
            with_interval(witness(expected, "ratio"), ratio),
            p_value(float(expected["p"])),
            expected["events"],
            expected["patients"],
        )


def test_the_notes_count_who_was_at_risk_at_the_first_event(result):
    with open(PAPERS / "sepher-2020" / "cohort" / "reconstructed_patients.csv", newline="") as file:
        people = [one for one in csv.DictReader(file) if one["group"] == "Group 3"]
    first = min(int(one["days_to_end"]) for one in people if one["death"] == "true")
    present = sum(int(one["days_to_index"]) < first <= int(one["days_to_end"]) for one in people)
    assert f"{present} patients of With pertuzumab" in " ".join(clocks_table(result).notes)


def test_a_study_whose_clock_starts_at_entry_has_no_such_table():
    assert clocks_table(replicate("noda-narita-2019").result) is None
