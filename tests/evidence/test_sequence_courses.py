"""What a reconstructed patient is given, and which rule for lines decides on it: three courses worked by hand."""

import polars as pl
import pytest

from sequela.derive.lines import lines_of_therapy
from sequela.derive.rules import BREAST
from sequela.errors import StudyError
from sequela.evidence.load_sequences import load_sequences
from sequela.evidence.patients import Rows
from sequela.evidence.sequence_courses import Course, Stretch, write_course
from sequela.records.bundle import Kind, Records

from .test_sequence_reconstruct import PRINTED

T_DM1 = "trastuzumab emtansine"
TWO = [Stretch(1, 10, 410, True, False, True), Stretch(2, 440, 600, True, False, True)]
# Line 2 begins 150 days after line 1 ended.
THREE = [
    Stretch(1, 10, 300, True, False, True),
    Stretch(2, 450, 600, True, False, True),
    Stretch(3, 630, 800, False, False, False),
]
FIRST, BEYOND = ("trastuzumab", "docetaxel"), ("trastuzumab", "capecitabine")
DOUBLE = ("trastuzumab", "pertuzumab", "docetaxel")


def written(stretches, course):
    rows = Rows()
    rows.add("patients", patient_id="A", last_contact=900)
    rows.add("diagnoses", patient_id="A", day=0, kind="metastatic")
    write_course(rows, "A", stretches, course, T_DM1)
    return Records(rows.frames(), Kind.RECONSTRUCTED)


def line_of_t_dm1(records, **rules):
    lines = lines_of_therapy(records, BREAST.replacing(**rules))
    return lines.filter(pl.col("ingredients").list.contains(T_DM1))["line"].to_list()


def courses_of(records, *columns):
    return records.table("exposures").select("drug", *columns).rows()


def test_the_partner_of_an_antibody_ends_after_six_cycles_and_maintenance_follows():
    records = written(TWO, Course((DOUBLE,), "letrozole", False))
    assert courses_of(records, "start", "stop", "reason_stopped") == [
        ("trastuzumab", 10, 410, "progression"),
        ("pertuzumab", 10, 410, "progression"),
        ("docetaxel", 10, 115, "completed"),
        ("letrozole", 129, 410, "progression"),
        (T_DM1, 440, 600, "progression"),
    ]


def test_a_line_that_ends_before_its_partner_has_no_maintenance():
    assert "letrozole" not in str(written([TWO[0]._replace(stop=218), TWO[1]], Course((DOUBLE,), "letrozole", False)))
    short = [TWO[0]._replace(stop=100), TWO[1]]
    records = written(short, Course((DOUBLE,), "letrozole", False))
    assert courses_of(records, "stop") == [(drug, 100) for drug in DOUBLE] + [(T_DM1, 600)]


def test_endocrine_maintenance_is_decided_by_l07():
    records = written(TWO, Course((DOUBLE,), "letrozole", False))
    assert line_of_t_dm1(records) == [2]
    assert line_of_t_dm1(records, L07="new line") == [3]


def test_trastuzumab_beyond_progression_is_decided_by_l09():
    soon = [THREE[0], THREE[1]._replace(start=330), THREE[2]]
    records = written(soon, Course((FIRST, BEYOND), "", False))
    assert line_of_t_dm1(records) == [3]
    assert line_of_t_dm1(records, L09="same line") == [2]


def test_a_holiday_is_decided_by_l03():
    records = written(THREE, Course((FIRST, FIRST), "", True))
    assert courses_of(records, "start", "reason_stopped")[:4] == [
        ("trastuzumab", 10, "toxicity"),
        ("docetaxel", 10, "completed"),
        ("trastuzumab", 450, "progression"),
        ("docetaxel", 450, "progression"),
    ]
    assert records.table("assessments").select("day", "response").rows()[:2] == [(300, "SD"), (600, "PD")]
    assert line_of_t_dm1(records) == [3]
    assert line_of_t_dm1(records, L03=180) == [2]
    # The same gap after a progression is a new line however long a gap is tolerated (L14).
    progressed = written(THREE, Course((FIRST, FIRST), "", False))
    assert line_of_t_dm1(progressed, L03=180) == [3]


INVENTED = """
  instead: {Late: {percent: 50, lines: [[trastuzumab, docetaxel], [trastuzumab, capecitabine]]}}
  maintenance: {percent: 40, drug: letrozole, of: {receptors: [both]}}
  holiday: {percent: 100, from: 121, to: 180}
"""


def test_invented_courses_are_read(tmp_path):
    path = tmp_path / "printed.yaml"
    path.write_text(PRINTED.read_text() + INVENTED)
    found = load_sequences(path).invented
    assert found.instead["Late"].share == 0.5 and found.instead["Late"].lines[1] == BEYOND
    assert (found.maintenance.drug, found.maintenance.of) == ("letrozole", ("receptors", ("both",)))
    assert found.holiday.days == (121, 180)
    assert load_sequences(PRINTED).invented.holiday is None


def test_problems_of_invented_courses_come_at_once(tmp_path):
    path = tmp_path / "printed.yaml"
    text = INVENTED.replace("Late", "Later").replace("receptors", "receptor").replace("percent: 100", "percent: 101")
    path.write_text(PRINTED.read_text() + text)
    with pytest.raises(StudyError) as raised:
        load_sequences(path)
    assert [problem.where for problem in raised.value.problems] == [f"printed.yaml:{n}" for n in (67, 68, 68, 69)]
