"""The page of a replicated paper: its first sentence, its verdicts, and nothing from elsewhere."""

from dataclasses import replace

import pytest

from sequela.analyses.report_card import Status
from sequela.records.bundle import Kind
from sequela.report.display_table import DisplayTable, Row
from sequela.report.replication_page import ComparedRow, ReplicationPage, StudyAnswer, is_page, replication_page

from . import inputs
from .test_write import outline

AGREES = ComparedRow("A-1", "Table 1", "age > 60", "12", "12", "agrees", "", Status.OK)
CONTRADICTS = ComparedRow("A-2", "Results", "total", "10", "9", "paper contradicts itself", "4 + 5 = 9.", Status.ERROR)
BACK = replace(AGREES, id="A-3", quantity="sex")
PAGE = ReplicationPage(
    name="paper-2000",
    title="A paper & its title",
    citation="Author A. A journal 2000;1:1-2.",
    doi="10.1000/1",
    kinds=(Kind.TRANSCRIBED, Kind.RECONSTRUCTED),
    sentences=("The paper cannot tell.", "This is why."),
    refused=True,
    rows=(AGREES, CONTRADICTS, BACK),
    apart=(
        ("paper contradicts itself", "It contradicts itself"),
        ("differs", "Another is computed"),
    ),
    card=inputs.LATE_CARD,
    several=False,
    tables=(DisplayTable("clocks", "Survival under each clock", ("Clock", "Median"), (Row(("from entry", "7")),)),),
    figures=(),
    notes=("Records: reconstructed.",),
    links=(("paper-2000.csv", "Every row"),),
    studies=(StudyAnswer("A study", "Not settled.", "Read it so.", Status.WARN, "report/index.html", "version: 1"),),
)


def test_the_first_sentence_of_the_page_is_the_verdict():
    parsed = outline(replication_page(PAGE, {}))
    words = [text.strip() for text in parsed.text if text.strip()]
    assert words.index("The paper cannot tell.") < words.index("This is why.") < words.index("3 printed quantities")
    assert ("p", {"class": "answer withheld"}) in parsed.tags
    assert 'class="answer"' in replication_page(replace(PAGE, refused=False), {})


def test_contradictions_stand_apart_and_every_row_once_under_its_place():
    parsed = outline(replication_page(PAGE, {}))
    assert [one for one in parsed.ids if one.startswith("A-")] == ["A-1", "A-3", "A-2"]
    assert ("a", {"href": "#A-2"}) in parsed.tags and ("a", {"href": "#A-1"}) not in parsed.tags
    text = "".join(parsed.text)
    assert "It contradicts itself" in text and "Another is computed" not in text
    assert text.index("from entry") < text.index("4 + 5 = 9.") < text.index("The audit's card") < text.index("age > 60")


def test_ids_are_unique_and_nothing_is_loaded_from_elsewhere():
    page = replication_page(PAGE, {})
    parsed = outline(page)
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert "A paper &amp; its title" in page
    outside = [value for _, given in parsed.tags for name, value in given.items() if name in ("href", "src")]
    assert [value for value in outside if "//" in value] == ["https://doi.org/10.1000/1"]


@pytest.mark.parametrize(("kinds", "banner"), [(PAGE.kinds, True), ((Kind.TRANSCRIBED,), False)])
def test_a_banner_says_that_patients_are_not_real(kinds, banner):
    page = replication_page(replace(PAGE, kinds=kinds), {})
    assert ("These are not real patients" in page) is banner
    assert ('<body class="unreal">' in page) is banner


def test_each_study_stands_there_with_its_answer_and_its_grade():
    parsed = outline(replication_page(PAGE, {}))
    text = "".join(parsed.text)
    assert text.index("Not settled.") < text.index("Read it so.") < text.index("It contradicts itself")
    assert ("a", {"href": "report/index.html"}) in parsed.tags
    assert "What each study file answers" not in replication_page(replace(PAGE, studies=()), {})


def test_a_case_report_has_no_card():
    text = "".join(outline(replication_page(replace(PAGE, card=None, tables=(), doi=""), {})).text)
    assert "The audit's card" not in text and "under each clock" not in text and "doi:" not in text


def test_a_page_is_recognised():
    assert is_page(replication_page(PAGE, {}))
    assert not is_page("<html><title>Mine</title></html>")
