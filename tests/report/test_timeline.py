"""One patient's timeline."""

from dataclasses import replace

import polars as pl
import pytest

from sequela.errors import NotEstimableError
from sequela.records.bundle import Kind
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.timeline import (
    DrugBar,
    LineSpan,
    PatientTimeline,
    SiteResponse,
    patient_timeline,
    timeline_figure,
)
from tests.hand_made import records

from .read_drawing import inside, parts, texts

TIMELINE = PatientTimeline(
    "A-17",
    (
        DrugBar("trastuzumab", 0, 420),
        DrugBar("docetaxel", 0, 126),
        DrugBar("trastuzumab emtansine", 440, 520),
        DrugBar("lapatinib", 540, None),
    ),
    (LineSpan("line 1", 0, 420), LineSpan("line 2", 440, 520), LineSpan("line 3", 540, None)),
    (
        SiteResponse("skin", 60, "CR"),
        SiteResponse("overall", 60, "PR"),
        SiteResponse("overall", 425, "PD"),
        SiteResponse("liver", 515, "NON-CR/NON-PD"),
    ),
    (425, 515),
    last_contact=700,
)


def test_the_figure_names_drugs_lines_sites_and_marks():
    said = texts(timeline_figure(TIMELINE, Kind.TRANSCRIBED))
    assert {"trastuzumab", "trastuzumab\nemtansine", "line 1", "response: overall", "response: skin", "PD"} <= {
        *said,
        *(text.replace(" emtansine", "\nemtansine") for text in said),
    }
    assert any("▼ progression" in text and "| last contact" in text and "▶ goes on" in text for text in said)


def test_bars_stand_where_their_courses_were():
    drawing = timeline_figure(TIMELINE, Kind.OBSERVED)
    first, taxane, conjugate, _ = parts(drawing, "course")
    assert first.left == taxane.left < conjugate.left
    assert first.top < taxane.top < conjugate.top
    assert taxane.width / first.width == pytest.approx(126 / 420)
    progressions = [line.points[0][0] for line in parts(drawing, "progression")]
    day = first.width / 420
    assert [(x - first.left) / day for x in progressions] == pytest.approx([425, 515])
    assert (parts(drawing, "last contact")[0].points[0][0] - first.left) / day == pytest.approx(700)


def test_the_same_timeline_has_the_same_bytes():
    assert svg_bytes(timeline_figure(TIMELINE, Kind.OBSERVED)) == svg_bytes(timeline_figure(TIMELINE, Kind.OBSERVED))


@pytest.mark.parametrize(
    "timeline",
    [
        TIMELINE,
        PatientTimeline("x", (DrugBar("a drug with a name that is far too long for its margin", 0, 0),)),
        replace(TIMELINE, patient="p" * 60, death=710),
        PatientTimeline("many", tuple(DrugBar(f"drug {i}", 10 * i, 10 * i + 5) for i in range(30))),
    ],
)
def test_timelines_stay_within_the_figure(timeline):
    assert inside(timeline_figure(timeline, Kind.SIMULATED))


def frames():
    bundle = records(
        patients=[{"patient_id": "a", "last_contact": 300, "death": 310}, {"patient_id": "b", "last_contact": 9}],
        assessments=[
            {"patient_id": "a", "day": 60, "response": "PR"},
            {"patient_id": "a", "day": 200, "response": "PD", "organ": "liver"},
            {"patient_id": "b", "day": 5, "response": "PD"},
        ],
    )
    administrations = pl.DataFrame(
        {
            "patient_id": ["a", "a", "b", "a"],
            "ingredient": ["pertuzumab", "trastuzumab", "lapatinib", "tamoxifen"],
            "start": [3, 0, 0, None],
            "stop": [200, None, 9, None],
        }
    )
    lines = pl.DataFrame({"patient_id": ["a"], "line": [1], "start": [0], "stop": [200]})
    return bundle, administrations, lines


def test_a_timeline_is_made_from_frames_of_one_patient():
    timeline = patient_timeline(*frames(), "a")
    assert timeline.bars == (DrugBar("trastuzumab", 0, None), DrugBar("pertuzumab", 3, 200))
    assert timeline.lines == (LineSpan("line 1", 0, 200),)
    assert timeline.responses == (SiteResponse("overall", 60, "PR"), SiteResponse("liver", 200, "PD"))
    assert (timeline.progressions, timeline.last_contact, timeline.death) == ((200,), 300, 310)
    assert (timeline.first_day, timeline.last_day) == (0, 310)


def test_a_patient_without_a_dated_drug_has_no_timeline():
    with pytest.raises(NotEstimableError, match="no drug"):
        patient_timeline(*frames(), "nobody")


def test_drugs_without_dates_are_named_under_the_figure():
    undated = replace(TIMELINE, undated=("cyclophosphamide", "epirubicin"))
    said = texts(timeline_figure(undated, Kind.TRANSCRIBED))
    assert any("Given earlier, without dates: cyclophosphamide, epirubicin" in text for text in said)
    assert not any("without dates" in text for text in texts(timeline_figure(TIMELINE, Kind.TRANSCRIBED)))
