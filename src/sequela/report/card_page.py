"""The page beside a report that explains each item of its card, and the document made from the same text."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from sequela.frozen import frozen
from sequela.records.plain_yaml import plain_yaml
from sequela.report.schematics import schematic
from sequela.report.templates import template

PAGE = "card.html"
"""Name of the page inside the folder of a report."""


@frozen
class Explanation:
    """What an item of the card looks at.

    Attributes
    ----------
    id, name, title : str
        As in the card.
    text : str
        Paragraphs, with links and code as in Markdown.
    svg : str
        A picture; empty without one.
    shows : str
        The picture in words.
    """

    id: str
    name: str
    title: str
    text: str
    svg: str = ""
    shows: str = ""


@cache
def _written() -> dict[str, Any]:
    text = (files("sequela.report") / "card_explained.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = plain_yaml(text)
    return found


@cache
def explanations() -> tuple[Explanation, ...]:
    """Return the explanation of every item, in the order of the card."""
    return tuple(
        Explanation(
            item["id"],
            item["name"],
            item["title"],
            item["text"].strip(),
            schematic(item["picture"], item["shows"]) if "picture" in item else "",
            item.get("shows", ""),
        )
        for item in _written()["items"]
    )


def card_page() -> str:
    """Return the page that explains the report card; the same bytes every time."""
    content = {
        "opening": _paragraphs(_written()["opening"]),
        "closing": _paragraphs(_written()["closing"]),
        "items": [
            {"item": each, "paragraphs": _paragraphs(each.text), "svg": Markup(each.svg)} for each in explanations()
        ],
    }
    return template("card.html").render(content)


def card_document() -> str:
    """Return the same as a Markdown document, with its pictures under `images/`."""
    parts = ["# The report card", _written()["opening"].strip()]
    for each in explanations():
        parts += [f"## {each.id} {each.title}", each.text]
        parts += [f"![{each.shows}](images/card-{each.name}.svg)"] if each.svg else []
    parts += ["## What no item looks at", _written()["closing"].strip()]
    return "\n\n".join(parts) + "\n"


def _paragraphs(text: str) -> list[Markup]:
    """Turn Markdown's links into their words and its code into code."""
    found = []
    for paragraph in text.strip().split("\n\n"):
        plain = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", paragraph)
        safe = str(escape(plain))
        found.append(Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)))
    return found
