"""The explanation of the report card: every item, on the page beside the report and in the documents."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sequela.report.card_page import card_document, card_page, explanations
from sequela.report.schematics import BARS, MARKS, schematic
from tests.audit import worlds

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


def test_every_item_of_the_card_is_explained_under_its_own_title_and_in_its_order():
    card = worlds.examined("N1").items
    assert [(each.id, each.name, each.title) for each in explanations()] == [
        (item.id, item.name, item.title) for item in card
    ]


def test_nearly_every_item_has_a_picture_that_is_also_put_into_words():
    drawn = [each for each in explanations() if each.svg]
    assert len(drawn) >= len(explanations()) - 2
    assert all(len(each.shows) > 30 for each in drawn)


@pytest.mark.parametrize("each", [item for item in explanations() if item.svg], ids=lambda each: each.name)
def test_a_picture_is_sound_and_stays_inside_its_frame(each):
    root = ElementTree.fromstring(each.svg)
    _, _, width, height = (float(number) for number in root.attrib["viewBox"].split())
    assert root.find(f"{SVG}title").text == each.shows
    for text in root.iter(f"{SVG}text"):
        if "transform" in text.attrib:
            continue
        x, length = float(text.attrib["x"]), 7.2 * len(text.text)
        start = {"start": x, "middle": x - length / 2, "end": x - length}[text.attrib["text-anchor"]]
        assert start > -12 and start + length < width + 12
        assert 0 < float(text.attrib["y"]) < height


def test_the_legend_names_what_is_drawn_and_nothing_else():
    drawn = schematic({"lanes": [{"label": "a", "bars": [{"from": 0, "to": 9, "kind": "followed"}]}]}, "a patient")
    assert BARS["followed"][1] in drawn
    assert BARS["waiting"][1] not in drawn and MARKS["event"] not in drawn


def test_a_picture_of_no_known_kind_is_refused():
    with pytest.raises(ValueError, match="lanes, boxes or curves"):
        schematic({"rings": []}, "nothing")


def test_the_page_has_an_anchor_for_every_item_and_links_back():
    page = card_page()
    HTMLParser().feed(page)
    assert all(f'id="{each.name}"' in page for each in explanations())
    assert 'href="index.html"' in page and "](" not in page and "`" not in page
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))


def test_the_document_and_its_pictures_are_made_from_the_same_text():
    assert (DOCS / "audit.md").read_text(encoding="utf-8") == card_document(), "run: make docs"
    for each in explanations():
        if each.svg:
            stored = (DOCS / "images" / f"card-{each.name}.svg").read_text(encoding="utf-8")
            assert stored == each.svg, "run: make docs"
