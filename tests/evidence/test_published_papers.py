"""The papers that come with the checker: what is wrong in them is found, and nothing else is claimed."""

from sequela.evidence.check_paper import check_paper, load_paper
from sequela.evidence.paper_findings import AGREES, NOT_CHECKED, to_csv


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
