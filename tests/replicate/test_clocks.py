"""Survival under each clock, against R's survival on the same patients."""

import csv
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.analyses.results import Estimate
from sequela.analyses.wording import DAYS_PER_MONTH, median_months, p_value, ratio, with_interval
from sequela.replicate.clocks import clocks_table, delayed_entry_curves, with_entries
from sequela.replicate.paper import PAPERS
from sequela.stats.kaplan_meier import kaplan_meier, survival_at
from tests.golden.read import numbers, rows

from .replicated import replicated

GROUPS = {"Group 1": "Without pertuzumab", "Group 3": "With pertuzumab"}


@pytest.fixture(scope="module")
def result():
    return replicated("sepher-2020").result


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
    shown = rows("sepher_clocks", "data")
    assert [row["group"] for row in shown] == seen["group"].to_list()
    for column in ("entry", "time", "event"):
        assert numbers(shown, column).tolist() == seen[column].to_list()


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
    noda = replicated("noda-narita-2019").result
    assert clocks_table(noda) is None and delayed_entry_curves(noda) is None


def test_the_curves_with_delayed_entry_are_those_of_r(result):
    found = delayed_entry_curves(result)
    expected = next(row for row in rows("sepher_clocks", "expected") if row["clock"] == "delayed")
    for group, name in zip(found.groups, ("with", "without"), strict=True):
        assert group.median.value / DAYS_PER_MONTH == pytest.approx(float(expected[f"{name}_value"]))
    assert found.hazard_ratios[0].estimate.value == pytest.approx(float(expected["ratio_value"]))
    assert found.test.p_value == pytest.approx(float(expected["p"]))


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 12), st.booleans()), min_size=1, max_size=12))
def test_a_point_at_each_entry_moves_no_curve_and_counts_who_is_there(people):
    entry = np.array([start for start, _, _ in people], dtype=float)
    stop = entry + np.array([after for _, after, _ in people])
    curve = kaplan_meier(stop, [event for _, _, event in people], entry=entry)
    drawn = with_entries(curve, entry, stop)
    assert drawn.at_risk.tolist() == [int(((entry < t) & (t <= stop)).sum()) for t in drawn.time]
    assert (drawn.events.sum(), drawn.censored.sum()) == (curve.events.sum(), curve.censored.sum())
    days = np.arange(0, 25, 0.5)
    for one, other in ((curve, drawn),):
        np.testing.assert_array_equal(survival_at(one, days).survival, survival_at(other, days).survival)
