"""The page on the paper checker: its example is run, its output is what the page shows, each check is on it."""

import re
from pathlib import Path

from sequela.evidence.check_paper import CHECKS, check_paper, subjects
from sequela.evidence.load_paper_tables import load_paper_tables
from sequela.evidence.paper_findings import to_text

PAGE = (Path(__file__).parents[2] / "docs" / "paper-checker.md").read_text(encoding="utf-8")


def test_the_worked_example_prints_what_the_page_shows(tmp_path):
    written = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1]
    shown = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)[1]
    path = tmp_path / "tables.yaml"
    path.write_text(written, encoding="utf-8")
    paper = load_paper_tables(path)
    assert to_text(check_paper(paper), paper.citation, subjects(paper)) == shown


def test_every_check_has_its_line_on_the_page():
    for number, (asked, _) in CHECKS.items():
        assert f"| {number} | {asked} |" in PAGE
