"""The story of one patient says what, when, why, and by which rule."""

from datetime import date

import polars as pl
import pytest

from sequela.derive.rules import BREAST
from sequela.derive.story import ENDINGS, patient_story
from sequela.errors import RecordsError
from sequela.records.bundle import Records

from .histories import given, history, table, together


@pytest.fixture
def discordant():
    """Liver in remission while the skin progresses."""
    records = history(
        given("docetaxel", -900, -800, "early"),
        given("trastuzumab", -900, -400, "early"),
        [given(drug, 0, 250) for drug in ("pertuzumab", "trastuzumab")],
        given("docetaxel", 0, 150),
        given("letrozole", 170, 250),
        given("Kadcyla", 280, 400),
        metastatic=-10,
        last_contact=410,
    )
    seen = [(-20, "PD", "liver"), (105, "PR", "liver"), (252, "CR", "liver"), (260, "PD", "skin"), (340, "PR", None)]
    rows = [{"patient_id": "P1", "day": d, "response": r, "organ": o} for d, r, o in seen]
    return Records({**records.tables, "assessments": table("assessments", rows)}, kind=records.kind)


def test_responses_stand_under_the_line_in_which_they_were_seen_by_site(discordant):
    story = patient_story(discordant, "P1")
    first, second = story.lines
    assert [(site.organ, site.responses) for site in first.sites] == [
        ("liver", ((105, "PR"), (252, "CR"))),
        ("skin", ((260, "PD"),)),
    ]
    assert [(site.organ, site.responses) for site in second.sites] == [("all sites", ((340, "PR"),))]


def test_the_parts_of_the_story(discordant):
    story = patient_story(discordant, "P1")
    assert story.lot == "LoT 3 (1+2)"
    assert [(course.drug, course.start, course.stop) for course in story.curative] == [
        ("docetaxel", -900, -800),
        ("trastuzumab", -900, -400),
    ]
    first, second = story.lines
    assert first.also_given == ("letrozole",)
    assert first.maintenance == 151
    assert [rule for rule, _ in first.started] == ["L01", "L19"]
    assert {"L06", "L07"} <= {rule for rule, _ in first.within}
    assert [rule for rule, _ in second.started] == ["L15"]
    assert (first.reason_ended, first.progression) == ("PD", 260)


def test_without_an_origin_days_and_months_are_printed(discordant):
    text = patient_story(discordant, "P1").text()
    assert text.startswith("Patient P1 (transcribed records): LoT 3 (1+2)\n")
    assert "Line 1: docetaxel + pertuzumab + trastuzumab\n" in text
    assert "  when       day 0 (month 0.0) to day 271 (month 8.9), 8.9 months\n" in text
    assert "  response   liver: PR day 105 (month 3.4), CR day 252 (month 8.3)\n" in text
    assert "  ends       progression, documented day 260 (month 8.5)\n" in text
    assert max(map(len, text.splitlines())) <= 100
    sentence = BREAST.rule("L15").meaning
    assert " ".join(f"L15 {sentence}".split()) in " ".join(text.split())


def test_with_an_origin_calendar_dates_are_printed(discordant):
    patients = discordant.table("patients").with_columns(origin_date=pl.lit(date(2014, 1, 1)))
    dated = Records({**discordant.tables, "patients": patients}, kind=discordant.kind)
    text = patient_story(dated, "P1").text()
    assert "documented 2014-09-18" in text
    assert "day 0" not in text


def test_only_this_patient_is_told(discordant):
    other = history(given("lapatinib", 0, 100), patient="P2", metastatic=0)
    both = together(discordant, other)
    assert [line.regimen for line in patient_story(both, "P2").lines] == ["lapatinib"]
    assert "lapatinib" not in patient_story(both, "P1").text()


def test_a_line_opened_by_a_changed_rule_says_so(discordant):
    story = patient_story(discordant, "P1", BREAST.replacing(L07="new line"))
    assert [rule for rule, _ in story.lines[1].started] == ["L07"]


def test_a_patient_without_palliative_treatment():
    story = patient_story(history(given("docetaxel", None, None, "early")), "P1")
    assert story.text().endswith("curative   docetaxel, day not known\n\nNo palliative line.\n")


def test_an_unknown_patient_is_refused_without_naming_anyone(discordant):
    with pytest.raises(RecordsError) as caught:
        patient_story(discordant, "P9")
    assert "P1" not in str(caught.value)
    assert "P9" not in str(caught.value)


def test_every_reason_has_words():
    from sequela.derive.lines import _LABELS

    assert set(_LABELS) == set(ENDINGS)
