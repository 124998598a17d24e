"""What a table can print instead of a number: each is stated, none is guessed."""

import pytest

from sequela.errors import StudyError
from sequela.evidence.paper_findings import to_csv
from tests.evidence.papers import findings, loaded, reported, rows


def said(tmp_path, text):
    """Return check, grade and words of everything that does not simply agree."""
    return [(f.check, f.grade, f.recomputed) for f in findings(tmp_path, text) if f.grade != "agrees"]


def ratio(text):
    return f"ratios:\n  - {{where: p 3, name: PFS, endpoint: PFS, groups: [A, B], {text}}}\n"


def medians(cells, extra=""):
    return f"medians:\n  - {{where: p 4, endpoint: PFS, groups: {{{cells}}}{extra}}}\n"


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        (rows("Old: {count: [-, 10 (41.7)]}"), ("CC-03", "not checked", "nothing is printed there")),
        (rows("Old: {count: ['', 10 (41.7)]}"), ("CC-03", "not checked", "nothing is printed there")),
        (rows("Old: {count: [NR, 10], p: 0.20}"), ("CC-05", "not checked", "a count is not printed")),
        (rows("Old: {count: [20, 10], p: –}"), ("CC-05", "not checked", "no p-value is printed as a number")),
        (rows("Old: {count: [0 (-), 10 (41.7)]}"), ("CC-02", "not checked", "- stands in the place of a percentage")),
        (
            rows('Old: {count: ["20 (55.6)†", 10]}'),
            ("CC-22", "not checked", "the footnote † is not taken into account"),
        ),
        (
            'proportions:\n  - {where: p 2, percent: "NR", of: 20}\n',
            ("CC-02", "not checked", "no percentage is printed as a number"),
        ),
        (ratio("hazard: NR, p: 0.03"), ("CC-09", "not checked", "no interval, or no p-value as a number")),
        (ratio("hazard: 1.00 (ref)"), ("CC-08", "not checked", "no interval is printed")),
        (
            ratio("hazard: 1.79 (range 1.23-2.61), p: 0.002"),
            ("CC-08", "not checked", "the paper calls it a range, not an interval"),
        ),
        (
            ratio("hazard: OR 2.00 (1.00-4.00)"),
            ("CC-22", "unclear", "the cell says OR, it is reported as hazard ratio"),
        ),
        (ratio("hazard: 4.50 (1.00-4.00)"), ("CC-08", "contradiction", "4.50 lies outside 1.00 to 4.00")),
        (ratio("hazard: 0.90 (1.00-NE)"), ("CC-08", "contradiction", "0.90 lies outside its limit 1.00")),
        (medians("A: 5.0 (6.1-NR)"), ("CC-15", "contradiction", "5.0 lies outside its limit 6.1")),
        (medians("A: NR (6.1-NR)"), ("CC-15", "not checked", "a limit without a number between")),
        (
            rows("Response: {count: [18, 0]}") + ratio("odds: 3.0, counts: [T, Response]"),
            ("CC-08", "not checked", "a cell is zero, so the ratio of the counts is zero or infinite"),
        ),
        (
            rows("Old: {count: [0, 0], p: 0.50}"),
            ("CC-05", "not checked", "no test of these counts is possible"),
        ),
        (
            "durations:\n  - {where: p 7, same: [some time, 60 weeks]}\n",
            ("CC-20", "not checked", "no two lengths of time could be read"),
        ),
    ],
)
def test_what_is_no_number_is_stated(tmp_path, text, stated):
    assert stated in said(tmp_path, text)


def test_nothing_is_taken_from_a_range(tmp_path):
    """As an interval 1.79 (1.23-2.61) is z 3.0, and p 0.9 would be wrong."""
    assert reported(tmp_path, ratio("hazard: 1.79 (range 1.23-2.61), p: 0.90, log_rank: 0.90")) == []
    pair = ", pairs: [{groups: [A, B], log_rank: 0.90}]"
    assert reported(tmp_path, medians("A: 5 (range 4.6-5.4), B: 10 (range 9.6-10.4)", pair)) == []


def test_the_level_a_cell_prints_counts(tmp_path):
    """log 2 / (log 4 / 3.92) is z 1.96, p 0.050; of a 90% interval log 2 / (log 4 / 3.29) is z 1.645, p 0.100."""
    assert reported(tmp_path, ratio("hazard: 2.00 (90% CI 1.00-4.00), p: 0.100, p_test: Wald")) == []
    assert reported(tmp_path, ratio("hazard: 2.00 (90% CI 1.00-4.00), p: 0.050, p_test: Wald"))


def test_a_percentage_without_a_count(tmp_path):
    """7/24 = 29.2, 8/24 = 33.3: 31.5 is none; 29.2 is, and no count is filled in for the p-value."""
    assert [c for c, _, _ in reported(tmp_path, rows('Old: {count: ["25.0%", "31.5%"]}'))] == ["CC-03"]
    found = said(tmp_path, rows('Old: {count: ["25.0%", "29.2%"], p: 0.04}'))
    assert found == [("CC-05", "not checked", "a count is not printed")]


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        ("a: [<5, 12], b: [30, 12]", []),  # 30 to 35 of 36: somebody may be in no level
        ("a: [<5, 12], b: [33, 12]", []),  # 33 to 38
        ("a: [<5, 12], b: [37, 12]", ["37 to 42", "contradiction"]),
        ("a: [<5, 12], b: [25, 10], unknown: [2, 2]", ["27 to 32", "contradiction"]),
    ],
)
def test_suppressed_counts_are_intervals(tmp_path, levels, found):
    given = reported(tmp_path, rows(f"Old: {{levels: {{{levels}}}}}"))
    assert [(check, grade) for check, grade, _ in given] == ([("CC-01", found[1])] if found else [])
    assert all(words.endswith(found[0]) for _, _, words in given)


def test_not_significant_is_a_bound(tmp_path):
    """18/36 against 6/24: p 0.053 by Pearson; 30/36 against 4/24: p < 0.0001 by every test."""
    assert reported(tmp_path, rows("Old: {count: [18, 6], p: NS}")) == []
    ((check, grade, words),) = reported(tmp_path, rows("Old: {count: [30, 4], p: NS}"))
    assert (check, grade) == ("CC-05", "unlikely") and words.startswith("every test is below 0.05")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (rows("Old: {count: [p = 0.03, 10]}"), "'p = 0.03'"),
        (rows("Old: {count: ['1,79', 10]}"), "Write decimals with a point"),
        (rows("Age: {median: [61 (range 34-80), 58 (IQR 50-66)]}"), "iqr and range in one row"),
        (rows("Age: {median: [61 (range 34-80), 58], spread: iqr}"), "iqr and range in one row"),
        (ratio("hazard: 2.00 (1.00-4.00), p: 2.00 (1.00-4.00)"), "between 0 and 1"),
        (ratio("hazard: p 0.03"), "'p 0.03'"),
        (ratio("hazard: 2.00 (1.00-4.00), odds: 2.00"), "hazard and odds of them"),
        ("proportions:\n  - {where: p 2, percent: 14.3}\n", "'of' is missing"),
    ],
)
def test_what_is_in_the_wrong_place_is_refused_with_its_line(tmp_path, text, words):
    with pytest.raises(StudyError) as raised:
        loaded(tmp_path, "paper_tables: 1\ncitation: invented\n" + text)
    assert words in str(raised.value)
    assert all(problem.where.startswith("paper.yaml:") for problem in raised.value.problems)


def test_csv_has_a_line_for_each_finding(tmp_path):
    found = findings(tmp_path, ratio("hazard: 4.50 (1.00-4.00)") + rows("Old: {count: [-, 31 (55.6)]}"))
    head, *lines = to_csv(found).splitlines()
    assert head == "check,location,printed,recomputed,grade,proposal"
    assert lines[0] == 'CC-01,"T, Old, B",N = 24,31 of 24,contradiction,'
    assert len(lines) == len(
        reported(tmp_path, ratio("hazard: 4.50 (1.00-4.00)") + rows("Old: {count: [-, 31 (55.6)]}"))
    )


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("63.8a", "Write the letter of a footnote behind a caret"),
        ("33,3 (1)", "Write decimals with a point"),
        ("20 (33", "A bracket is missing"),
        ("3)", "A bracket is missing"),
        ("0.21 (chi2)", "Write the name of a test under test"),
        ("1.2 0.8-1.7", "a number with its limits in brackets"),
        ("14 patients", "Write the number alone"),
        ("HR=0.71, 95% CI 0.52-0.98; P=0.036", "Write the p-value by itself"),
        ("63.8", "Write 63.8% if it is a percentage"),
    ],
)
def test_a_cell_that_cannot_be_read_says_what_to_write(tmp_path, cell, advice):
    with pytest.raises(StudyError, match=advice):
        loaded(tmp_path, rows(f'Old: {{count: ["{cell}", 10]}}'))


def test_the_end_of_a_sentence_in_a_cell_is_no_part_of_it(tmp_path):
    assert reported(tmp_path, rows('Old: {count: ["20 (55.6).", "10 (41.7);"]}')) == []
