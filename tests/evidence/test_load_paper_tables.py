"""Files of printed tables: what a cell can be, and every mistake at once with its line."""

import re

import pytest

from sequela.errors import StudyError, UsageError
from sequela.evidence.check_paper import load_paper, published
from sequela.evidence.printed_cells import read_cell
from sequela.evidence.printed_words import spoken
from tests.evidence.papers import HEAD, loaded, rows


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("13 (72)", ("13", "72", None, None)),
        ("371 (66.8%)", ("371", "66.8", None, None)),
        ("1,234 (56.1 %)*", ("1234", "56.1", None, None)),
        ("3/18 (16.7)", ("3", "16.7", None, None)),
        ("96.7%", (None, "96.7", None, None)),
        ("53 (43–73)", ("53", None, "43", "73")),
        ("1.79 (95% CI 1.23-2.61)", ("1.79", None, "1.23", "2.61")),
        ("2.0 [1.0, 4.0]", ("2.0", None, "1.0", "4.0")),
        ("15.1 ± 3.2", ("15.1", "3.2", None, None)),
        ("0.0030", ("0.0030", None, None, None)),
        ("7 (0-14)", ("7", None, "0", "14")),
        ("72.2% (13)", ("13", "72.2", None, None)),
        ("72% (13/18)", ("13", "72", None, None)),
        ("n=13 (72%)", ("13", "72", None, None)),
        ("1·79 (95% CI 1·23–2·61)", ("1.79", None, "1.23", "2.61")),
        ("1.79, 95% CI 1.23 to 2.61", ("1.79", None, "1.23", "2.61")),
        ("9.6 months (8.2–NE)", ("9.6", None, "8.2", None)),
        ("9.6 (8.2, not reached)", ("9.6", None, "8.2", None)),
        ("NR (12.3-NR)", (None, None, "12.3", None)),
        ("p = .05", ("0.05", None, None, None)),
        ("4.2 × 10−5", ("0.000042", None, None, None)),
        ("4.2e-5", ("0.000042", None, None, None)),
        ("0 (-)", ("0", None, None, None)),
        ("64.0 (34\u201087)", ("64.0", None, "34", "87")),  # a hyphen as some publishers' pages write it
        ("172 (9\u22c54)", ("172", "9.4", None, None)),
        ("13\uff0872\uff09", ("13", "72", None, None)),
    ],
)
def test_cells(text, parts):
    cell = read_cell(text)
    assert tuple(x.text if x else None for x in (cell.value, cell.second, cell.low, cell.high)) == parts


def test_what_a_cell_says_of_itself():
    cell = read_cell("aHR: 1.79 (90% CI 1.23-2.61)")
    assert (cell.label, cell.kind, cell.level) == ("AHR", "ci", 0.9)
    assert read_cell("54 years (range 26-87)").kind == "range" and read_cell("54 (IQR, 48-61)").kind == "iqr"
    assert read_cell("<5").span == (0, 5) and read_cell("5").span == (5, 5) and read_cell("NR").span is None
    assert read_cell("0 (<1%)").unread == "<1%" and read_cell("P<.001").ends == (0.0, 0.001)


def test_cells_without_a_number():
    assert read_cell("1.00 (ref)").state == read_cell("Reference").state == "word"
    assert read_cell("-").state == read_cell("–").state == read_cell("").state == "missing"
    assert read_cell("N.R.").state == read_cell("NS").state == "word"
    assert read_cell("<0.0001").ends == (0.0, 0.0001) and read_cell("12^a").marks == "^a"
    assert read_cell("12 (3)\u00b9").marks == "\u00b9" and read_cell("0.04¶").value.text == "0.04"
    assert read_cell("0.50").holds(0.5) and not read_cell("-").holds(0.0)


@pytest.mark.parametrize("text", ["1,5", "12 (3", "abc", "1e5", "5 (3-4", "nan"])
def test_what_is_no_cell(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        read_cell(text)


def test_every_mistake_at_once_with_its_line(tmp_path):
    text = rows(
        "Sex: {levels: {f: [20 (55.6), x], m: [16]}, p: 1.2}",
        "Age: {median: [60 (3-9), 5], count: [1, 2]}",
        "Old: {count: [1, 2], compleet: yes, test: magic}",
    )
    text += "text:\n  - {where: p 1, says: words, is: [T, Sexx, f]}\n  - {where: p 1, says: words, is: [T, Sex]}\n"
    text += "sums:\n  - {where: p 1, parts: [1, 2]}\nratios:\n  - {where: p 2}\n"
    with pytest.raises(StudyError) as raised:
        loaded(tmp_path, HEAD + text)
    words = str(raised.value)
    assert all(part in words for part in ("'x'", "1 cells", "p = 1.2", "count and median", "compleet", "magic"))
    assert all(
        part in words for part in ("Did you mean 'Sex'", "without a level", "'total' is missing", "one of hazard")
    )
    assert all(problem.where.startswith("paper.yaml:") for problem in raised.value.problems)
    lines = [int(problem.where.rpartition(":")[2]) for problem in raised.value.problems]
    assert lines == sorted(lines) and lines[0] == 10


def test_a_paper_nobody_knows():
    assert "noda-narita-2019" in published()
    with pytest.raises(UsageError, match="noda-narita-2019"):
        load_paper("noda")


def test_quantities_of_a_sentence():
    first = spoken("A total of 33 of the 42 patients (79%) had visceral disease")[0]
    assert (first.count, first.of, first.percent.text) == (33, 42, "79")
    assert [(q.count, q.of) for q in spoken("Eleven of the 18 patients (61%) and 10 of the 24 patients (42%)")] == [
        (11, 18),
        (10, 24),
    ]
    assert spoken("PD (n = 38, 95%)")[0].count == 38
    assert spoken("T-DM1 after pertuzumab") == ()
