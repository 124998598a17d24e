"""How often SePHER's pattern arises, against the table of the simulation it comes from (another program, NumPy)."""

import datetime

import numpy as np
import pytest

from sequela.errors import NotEstimableError, UsageError
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.pattern import SEPHER, Calendar, p_value_of, pattern_share, read_condition, world_of
from sequela.scenarios.worlds import WORLDS

PRINTED = {"N0": 0.03, "N1": 0.76, "N2": 0.66, "N3": 0.0, "N4": 0.0, "E1": 0.75}
"""Share of 500 cohorts with SePHER's pattern of p-values."""
RUNS = 120
OPENED, CLOSED = datetime.date(2003, 1, 1), datetime.date(2018, 9, 1)
AS_IN_EUROPE = Calendar(OPENED, CLOSED, datetime.date(2013, 10, 1), datetime.date(2013, 7, 1))


@pytest.mark.parametrize("name", PRINTED)
def test_the_pattern_is_as_likely_as_in_the_printed_simulation(name):
    found = pattern_share(WORLDS[name], SEPHER, np.random.default_rng(3), RUNS)
    spread = 3.5 * np.sqrt(max(PRINTED[name] * (1 - PRINTED[name]), 0.01) * (1 / RUNS + 1 / 500))
    assert abs(found.hits / found.runs - PRINTED[name]) < spread
    assert found.low <= found.hits / found.runs <= found.high


def test_one_condition_alone_is_the_level_of_the_test_where_nothing_is_different():
    found = pattern_share(WORLDS["N1"], (read_condition("pfs.index < 0.05"),), np.random.default_rng(4), 300)
    assert found.low < 0.05 < found.high


def test_a_pattern_is_rarer_than_each_of_its_conditions():
    found = pattern_share(WORLDS["N2"], SEPHER, np.random.default_rng(5), 60)
    assert found.hits / found.runs <= min(share for _, share in found.each)


def test_the_calendar_of_a_study_is_that_of_the_worlds_where_it_is_theirs():
    world = world_of(WORLDS["N1"], AS_IN_EUROPE)
    months = (world.cut_off, world.tdm1_available, world.pertuzumab_available)
    assert months == pytest.approx((188, 126, 129), abs=0.1)


def test_where_both_drugs_were_always_there_no_date_of_theirs_counts():
    world = world_of(WORLDS["N3"], AS_IN_EUROPE)
    assert (world.tdm1_available, world.pertuzumab_available) == (0, 0)


def test_a_drug_that_came_before_the_first_diagnosis_was_always_there():
    early = Calendar(OPENED, CLOSED, datetime.date(2001, 1, 1), datetime.date(2000, 1, 1))
    assert world_of(WORLDS["N1"], early).pertuzumab_available == 0


def test_records_that_close_before_the_drug_came_are_refused():
    closed = Calendar(OPENED, datetime.date(2013, 6, 1), datetime.date(2013, 10, 1), datetime.date(2013, 7, 1))
    with pytest.raises(NotEstimableError, match="close on 2013-06-01"):
        world_of(WORLDS["N1"], closed)


@pytest.mark.parametrize("text", ["os.diagnosis", "os.diagnosis = 0.05", "os.diagnosis < 5", "< 0.05", ""])
def test_what_is_no_condition_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match=r"os\.diagnosis < 0\.05"):
        read_condition(text)


def test_an_unknown_comparison_is_refused_with_those_that_are_known():
    with pytest.raises(UsageError, match=r"pfs\.first_line"):
        read_condition("ttp < 0.05")


def test_a_condition_reads_back_as_it_was_written():
    assert str(read_condition(" os.index>.05 ")) == "os.index > 0.05"
    assert read_condition("os.index > 0.05").holds(0.05)
    assert not read_condition("os.index < 0.05").holds(0.05)


def test_a_real_difference_is_told_from_none():
    rng = np.random.default_rng(6)
    harmed, spared = (simulate_cohort(WORLDS[name], rng, 4000) for name in ("E1", "N1"))
    assert p_value_of(harmed, "pfs.index") < 1e-4 < p_value_of(spared, "pfs.index")


@pytest.mark.parametrize("after", [0, 20, -1])
def test_a_group_without_a_patient_is_refused(after):
    with pytest.raises(NotEstimableError, match="each group"):
        simulate_cohort(WORLDS["N1"], np.random.default_rng(1), 20, after)


def test_the_sizes_of_the_groups_are_those_asked_for():
    cohort = simulate_cohort(WORLDS["N1"], np.random.default_rng(1), 50, 8)
    assert int(cohort.pertuzumab.sum()) == 8
    assert cohort.pertuzumab.size == 50
