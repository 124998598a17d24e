"""Every DOI that is printed stands in one list with what confirmed it; a DOI nobody confirmed is not printed."""

import csv
import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'`,;|<>\]}]+")
WRITTEN = (".py", ".yaml", ".csv", ".md", ".html")
FILES = [*(ROOT / "src").rglob("*"), *(ROOT / "docs").rglob("*"), *ROOT.glob("*.md")]
HOW = {
    "citations in public code and documentation",
    "its page at the publisher, PubMed or PubMed Central",
    "the text of a paper of this project",
}


def dois(text):
    """Yield the DOIs of a text without the punctuation of the sentence around them."""
    for found in DOI.findall(text):
        doi = found
        while doi[-1] in ".:)" and (doi[-1] != ")" or doi.count(")") > doi.count("(")):
            doi = doi[:-1]
        yield doi


def test_every_doi_is_in_the_list_and_the_list_holds_no_other():
    with (HERE / "dois.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    listed = [row["doi"] for row in rows]
    assert len(set(listed)) == len(listed)
    assert all(row["work"] and row["confirmed_by"] in HOW for row in rows)
    texts = [path.read_text(encoding="utf-8") for path in FILES if path.is_file() and path.suffix in WRITTEN]
    printed = {doi for text in texts for doi in dois(text)}
    assert printed - set(listed) == set(), "confirm it, then add it to tests/house/dois.csv"
    assert set(listed) - printed == set(), "no longer printed: take it out of tests/house/dois.csv"


def test_brackets_of_a_doi_are_kept_and_those_around_it_are_not():
    text = "(1986, doi:10.1016/0197-2456(86)90046-2). See doi:10.1002/sim.3697; (doi:10.1186/1471-2288-12-9)."
    assert list(dois(text)) == ["10.1016/0197-2456(86)90046-2", "10.1002/sim.3697", "10.1186/1471-2288-12-9"]
