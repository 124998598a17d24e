"""A pattern of p-values in worlds without an effect, asked from a study file and from the command line."""

import datetime

import numpy as np
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.results import NullWorlds
from sequela.report.methods import methods_paragraph
from sequela.report.null_world_tables import null_world_table, summary_of
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of
from sequela.scenarios.worlds import WORLDS
from sequela.study.cohort import build_cohort
from tests.end_to_end.folders import sequela
from tests.study.studies import study

PATTERN = ["os.diagnosis < 0.05", "os.index > 0.05", "pfs.first_line > 0.05"]
ASKED = {"pattern": PATTERN, "earlier": "pertuzumab", "later": "trastuzumab emtansine", "runs": 60}
EUROPE = {"pertuzumab": "2013-10-01", "trastuzumab emtansine": "2013-07-01"}


@pytest.fixture(scope="module")
def patients():
    return records_of(simulate_cohort(WORLDS["N1"], np.random.default_rng(8), 371))


def answered(patients, availability=EUROPE, **more):
    found = study(
        time_zero="first trastuzumab emtansine",
        groups={"P": {"received": "pertuzumab", "before": "first trastuzumab emtansine"}, "T": "otherwise"},
        reference="T",
        availability=availability,
        analyses=[{"null_worlds": {**ASKED, **more}}],
    )
    return answer(found, patients, build_cohort(found, patients))


def test_calendar_and_sizes_are_those_of_the_records(patients):
    found = answered(patients).analyses[0]
    assert isinstance(found, NullWorlds)
    assert found.sizes == (194, 177)
    assert found.calendar.opened.year == 2003 and found.calendar.closed.year == 2018
    by_name = {item.world.name: item.hits / item.runs for item in found.shares}
    assert by_name["N3"] < 0.1 < 0.5 < by_name["N1"]
    assert list(by_name) == ["N0", "N1", "N2", "N3", "N4", "E1"]


def test_the_reader_is_told_that_the_pattern_is_evidence_of_neither(patients):
    found = answered(patients).analyses[0]
    assert "evidence of neither" in " ".join(summary_of(found))
    table = null_world_table(found)
    assert table.columns[-3:] == tuple(PATTERN)
    assert all(len(row.cells) == len(table.columns) for row in table.rows)


def test_a_pattern_that_harm_explains_and_nothing_else_is_said_to_be_rarer_without_it(patients):
    found = answered(patients, pattern="pfs.index < 0.01").analyses[0]
    assert "much rarer without harm" in " ".join(summary_of(found))


def test_what_was_done_stands_in_the_methods(patients):
    text = " ".join(sentence for sentence, _ in methods_paragraph(answered(patients)).sentences)
    assert "60 cohorts of each of 6 simulated worlds" in text


def test_the_same_seed_gives_the_same_rows(patients):
    once, again = (answered(patients).analyses[0].results for _ in range(2))
    assert once.equals(again)
    assert once.filter(once["statistic"] != "probability").is_empty()


def test_a_drug_without_a_date_withholds_the_analysis_with_a_remedy(patients):
    found = answered(patients, availability={"pertuzumab": "2013-10-01"})
    assert found.analyses == ()
    assert "no date for 'later'" in found.withheld[0] and "availability" in found.withheld[0]


def test_dates_of_the_study_file_come_before_those_of_the_records(patients):
    found = answered(patients, opened="2010-01-01", closed="2017-01-01").analyses[0]
    assert found.calendar.opened == datetime.date(2010, 1, 1)
    assert found.calendar.closed == datetime.date(2017, 1, 1)


def test_a_condition_that_is_none_is_refused_when_the_study_is_read(patients):
    with pytest.raises(ValueError, match="is no condition"):
        answered(patients, pattern=["os.diagnosis is small"])


def test_the_command_says_the_same_from_numbers_alone():
    code, out, _ = sequela("simulate", "pattern", "--runs", "50", "--groups", "60,40")
    assert code == 0
    assert "Cohorts of 60 and 40 patients" in out


@pytest.mark.parametrize(
    ("option", "text"),
    [("--opened", "2003"), ("--available", "2013-10-01"), ("--groups", "many"), ("--where", "os.index < 5")],
)
def test_the_command_refuses_what_it_cannot_read(option, text):
    code, _, err = sequela("simulate", "pattern", "--runs", "50", option, text)
    assert code == 2
    assert text in err and "Traceback" not in err
