"""The papers that come with the checker: what is wrong in them is found, and nothing else is claimed."""

import re
from pathlib import Path

import pytest

from sequela.evidence.check_paper import check_paper, load_paper, subjects
from sequela.evidence.paper_findings import AGREES, NOT_CHECKED, to_csv, to_text
from sequela.evidence.paper_tables import CountRow

PRINTED = Path(__file__).parents[3] / "shared" / "papers"


def graded(name):
    return [f for f in check_paper(load_paper(name)) if f.grade not in (AGREES, NOT_CHECKED)]


def test_the_five_contradictions_of_noda_narita():
    found = graded("noda-narita-2019")
    assert [(f.check, f.grade) for f in found] == [
        ("CC-02", "contradiction"),
        ("CC-03", "contradiction"),
        ("CC-05", "contradiction"),
        ("CC-19", "contradiction"),
        ("CC-19", "contradiction"),
    ]
    words = [f.recomputed for f in found]
    assert words[0].startswith("16/18 = 88.9%") and words[1].endswith("75/78 = 96.2%, 76/78 = 97.4%")
    assert "Pearson 0.2123" in words[2] and "12/12 in Tmab (Pearson gives 0.4740)" in found[2].proposal
    assert words[3] == "13 + 18 = 31" and "79%" in found[3].printed
    assert words[4] == "18/42 = 42.9%" and found[4].proposal == "said of Tmab/Pmab only"


def test_csv_has_exactly_the_columns():
    text = to_csv(check_paper(load_paper("noda-narita-2019")))
    assert text.splitlines()[0] == "check,location,printed,recomputed,grade,proposal"
    assert len(text.splitlines()) == 6


SEPHER = {
    ("CC-01", "unlikely"): "63 + 76 = 139",
    ("CC-02", "contradiction"): "76/177 = 42.9%",
    ("CC-02", "unlikely"): "63/555 = 11.4%",
    ("CC-05", "contradiction"): "Pearson 0.5241 Pearson 0.2619",
    ("CC-05", "unclear"): "Pearson 0.0400 Pearson 0.3724",
    ("CC-06", "contradiction"): "353 + 258 - 244 = 367 132 + 91 - 87 = 136 114 + 85 - 81 = 118",
    ("CC-07", "unlikely"): "where 76/194 = 39.2%",
    ("CC-08", "unlikely"): "1.287 to 1.297",
    ("CC-09", "contradiction"): "p 0.1012 to 0.1267",
    ("CC-11", "unlikely"): "1.11 to 1.15 1.29 to 1.47",
    ("CC-14", "unclear"): "4 lies below the medians of all its strata",
    ("CC-15", "unlikely"): "7 below, 11 above",
    ("CC-15", "unclear"): "reaches zero",
    ("CC-17", "unlikely"): "34 + 10 = 44",
    ("CC-19", "unclear"): "Discussion says start of the first-line",
    ("CC-22", "unclear"): "the mark of Neo-/adjuvant treatment and Neo-/adjuvant trastuzumab",
    ("CC-22", "contradiction"): "244 + 109 + 202 = 555",
    ("CC-22", "unlikely"): "the label",
    ("CC-23", "unclear"): "nowhere reported",
    ("CC-24", "unlikely"): "109 pages",
}
"""Every finding in SePHER 2020: check and grade, and the arithmetic of each, in order."""


def test_what_is_found_in_sepher_and_nothing_else():
    found = graded("sepher-2020")
    assert {(f.check, f.grade) for f in found} == set(SEPHER)
    for (check, grade), words in SEPHER.items():
        texts = " ".join(f.recomputed for f in found if (f.check, f.grade) == (check, grade))
        at = 0
        for part in re.split(r" (?=Pearson|\d+ \+|1\.29)", words):
            at = texts.find(part, at)
            assert at >= 0, (check, grade, part, texts)
    assert len(found) == 25


def test_findings_about_one_row_stand_together():
    """The copied cell shows in four checks, the receptors in three, PFS2 in three: 25 findings in 18 places."""
    paper = load_paper("sepher-2020")
    text = to_text(check_paper(paper), paper.citation, subjects(paper))
    numbered = re.findall(r"^\d+\. ", text, re.MULTILINE)
    assert numbered == [f"{number}. " for number in range(1, 19)]
    assert text.splitlines()[-1].endswith("8 contradictions, 10 unlikely, 7 unclear, in 18 places. 10 not checked.")
    first = text.split("2. CC-05")[0]
    assert [check for check in re.findall(r"CC-\d\d", first)] == ["CC-02", "CC-05", "CC-01", "CC-07"]
    assert len(text.splitlines()) < 80 and max(map(len, text.splitlines())) < 260


def test_misprints_proposed_for_sepher():
    proposals = {(f.check, f.printed): f.proposal for f in graded("sepher-2020")}
    assert proposals["CC-05", "0.48"].startswith("114 instead of 76 in No")
    assert "87/49/58, 81/37/59 (Pearson gives 0.57)" in proposals["CC-05", "0.57"]
    assert proposals["CC-06", "202"] == "188 with neither and 123 with one of them"
    assert "upper limit 1.51 instead of 1.67" in proposals["CC-08", "1.23 (1.00-1.67)"]
    assert proposals["CC-15", "8 (1-19)"] == "upper limit 15"
    assert proposals["CC-22", "N 5555"] == "555"


def plain(text):
    text = re.sub(r"[–—−]", "-", text)
    return re.sub(r"\s+", " ", re.sub(r"(?<=\w)-\n", "", text).replace("\n", " "))


@pytest.mark.parametrize("name", ["noda-narita-2019", "sepher-2020"])
def test_every_printed_cell_and_sentence_stands_in_the_paper(name):
    if not (PRINTED / f"{name}.txt").exists():
        pytest.skip("the papers are not here")
    text, paper = plain((PRINTED / f"{name}.txt").read_text(encoding="utf-8")), load_paper(name)
    rows = [row for table in paper.tables for row in table.rows]
    lists = [cells for row in rows for cells in (row.levels.values() if isinstance(row, CountRow) else [row.cells])]
    lists += [cells for medians in paper.medians for cells in medians.groups.values()]
    cells = [cell for group in lists for cell in group] + [row.p for row in rows if row.p]
    cells += [ratio.p for ratio in paper.ratios if ratio.p]
    printed = {cell.text for cell in cells if cell.state == "printed"}
    assert not [c for c in printed if c not in text and not all(n in text for n in re.findall(r"[\d.]+", c))]
    assert not [s.says for s in paper.statements if plain(s.says) not in text]
    assert not [r.text for r in paper.references if bare(r.text) not in bare(text)]


def bare(text):
    return re.sub(r"[\s*]", "", text)
