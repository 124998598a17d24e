"""Sums, shares, sets and copied cells of printed tables; every expectation worked by hand."""

import pytest

from tests.evidence.papers import findings, reported, rows

SEX = "Sex: {levels: {female: [20 (55.6), 10 (41.7)], male: [16 (44.4), 14 (58.3)]}}"


def test_a_table_that_agrees(tmp_path):
    assert reported(tmp_path, rows(SEX)) == []
    agreeing = {f.check for f in findings(tmp_path, rows(SEX)) if f.grade == "agrees"}
    assert agreeing == {"CC-01", "CC-02", "CC-07"}


def test_levels_that_exceed_their_column(tmp_path):
    found = findings(tmp_path, rows(SEX.replace("16 (44.4)", "61 (44.4)")))
    total = next(f for f in found if f.check == "CC-01" and f.grade == "contradiction")
    assert (total.location, total.printed) == ("T, Sex, A", "N = 36")
    assert total.recomputed == "20 + 61 = 81" and total.proposal == "male 16 instead of 61"


def test_levels_that_may_overlap(tmp_path):
    """20 + 19 = 39 of 36, and 20/36 = 55.6, 19/36 = 52.8: nobody can know whether a patient is in both."""
    text = "Site: {levels: {bone: [20 (55.6), 10 (41.7)], liver: [19 (52.8), 9 (37.5)]}%s}"
    words = "20 + 19 = 39; nothing else is against it, as where levels overlap"
    assert reported(tmp_path, rows(text % "")) == [("CC-01", "unclear", words)]
    assert reported(tmp_path, rows(text % ", exclusive: no")) == []
    bare = "Site: {levels: {bone: [20, %s], liver: [19, 9]}}"
    assert [grade for _, grade, _ in reported(tmp_path, rows(bare % 10))] == ["unclear"]
    assert [grade for _, grade, _ in reported(tmp_path, rows(bare % 15))] == ["contradiction"]  # 15 + 9 are all 24
    closed = rows("Site: {levels: {bone: [20, 10], liver: [19, 9], unknown: [1, 1]}}")
    assert {grade for _, grade, _ in reported(tmp_path, closed)} == {"contradiction"}


def test_patients_of_unknown_value_are_not_missed(tmp_path):
    """14 + 12 = 26 of 36 known; 14/26 = 53.8, 12/26 = 46.2; 6/24 of all 24."""
    text = rows("Grade: {levels: {1: [14 (53.8), 6 (25)], 2: [12 (46.2), 12 (50)]}}")
    assert reported(tmp_path, text) == []
    whole = rows("Grade: {complete: yes, levels: {1: [14 (53.8), 12 (50)], 2: [12 (46.2), 12 (50)]}}")
    assert reported(tmp_path, whole) == [("CC-01", "contradiction", "14 + 12 = 26")]


def test_an_unknown_level_closes_the_sum(tmp_path):
    text = rows("Grade: {levels: {1: [20, 12], 2: [10, 11], unknown: [5, 1]}}")
    assert reported(tmp_path, text) == [("CC-01", "contradiction", "20 + 10 + 5 = 35")]


def test_percentages_of_the_row(tmp_path):
    """20 of 30 women in A: 66.7."""
    text = rows("Sex: {levels: {female: [20 (66.7), 10 (33.3)], male: [16 (53.3), 14 (46.7)]}}")
    assert reported(tmp_path, text) == []


def test_a_table_that_cuts_off_is_a_convention(tmp_path):
    """20/36 = 55.56, 10/24 = 41.67, 16/36 = 44.44, 14/24 = 58.33."""
    cut = "Sex: {levels: {female: [20 (55.5), 10 (41.6)], male: [16 (44.4), 14 (58.3)]}}"
    assert reported(tmp_path, rows(cut)) == []
    mixed = rows(SEX, "Old: {count: [7 (19.4), 4 (16.7)]}", "Late: {count: [11 (30.5), 4 (16.7)]}")
    assert reported(tmp_path, mixed) == [("CC-02", "contradiction", "11/36 = 30.6%; truncated, where the table rounds")]


def test_percentages_no_patients_can_have(tmp_path):
    """7/24 = 29.2, 8/24 = 33.3."""
    text = rows('Old: {count: ["25.0%", "31.5%"]}')
    assert reported(tmp_path, text) == [
        ("CC-03", "contradiction", "no whole number of 24 patients: 7/24 = 29.2%, 8/24 = 33.3%")
    ]


UNION = """unions:
  - where: T
    either: [[T, ER, pos], [T, PR, pos]]
    both: [T, Type, both]
    neither: [T, Type, none]
    one: [T, Type, one]
"""


def test_overlapping_sets(tmp_path):
    """A: 20 + 15 - 12 = 23 = 36 - 13. B: 14 + 10 - 8 = 16, but 24 - 10 = 14: two too many with neither."""
    levels = "levels: {both: [12, 8], one: [11, 6], none: [13, 10]}"
    text = rows("ER: {levels: {pos: [20, 14], neg: [16, 10]}}", "PR: {levels: {pos: [15, 10], neg: [21, 14]}}")
    text += f"      Type: {{{levels}}}\n{UNION}"
    union = [f for f in findings(tmp_path, text) if f.check == "CC-06"]
    assert [f.grade for f in union] == ["agrees", "contradiction"]
    assert union[1].recomputed == "one or both: 14 + 10 - 8 = 16; all but neither: 24 - 10 = 14"
    assert union[1].proposal == "8 with neither and 8 with one of them"


def test_more_with_both_than_with_one(tmp_path):
    levels = "levels: {both: [22, 8], one: [1, 8], none: [13, 8]}"
    text = rows("ER: {levels: {pos: [20, 14], neg: [16, 10]}}", "PR: {levels: {pos: [15, 10], neg: [21, 14]}}")
    found = reported(tmp_path, text + f"      Type: {{{levels}}}\n{UNION}")
    assert ("CC-06", "contradiction", "22 have both, more than the 15 who have one of them") in found


def test_a_cell_copied_from_the_other_column(tmp_path):
    """20/36 = 55.6 stands again among 24 patients, where it would be 83.3."""
    found = findings(tmp_path, rows("Sex: {levels: {female: [20 (55.6), 4 (16.7)], male: [16 (44.4), 20 (55.6)]}}"))
    copied = [f for f in found if f.check == "CC-07"]
    assert [(f.location, f.grade, f.proposal) for f in copied] == [("T, Sex, male, B", "unlikely", "copied from there")]


def test_rows_alike_in_every_column(tmp_path):
    """Four levels, six pairs, in columns of 300 and 200 patients: by chance once in ten thousand such tables."""
    head = "paper_tables: 1\ncitation: invented\n"
    alike = "      Old: {count: [120, 84]}\n      Late: {count: [120, 84]}\n"
    rare = "      Rare: {count: [2, 1]}\n      Other: {count: [2, 1]}\n"
    large = "tables:\n  T:\n    columns: {A: 300, B: 200}\n    rows:\n" + alike + rare
    assert [(check, grade) for check, grade, _ in reported(tmp_path, large, head)] == [("CC-07", "unclear")]
    small = rows("Old: {count: [20, 14]}", "Late: {count: [20, 14]}", "C: {count: [1, 2]}", "D: {count: [3, 4]}")
    assert reported(tmp_path, small) == []


@pytest.mark.parametrize(
    ("says", "extra", "found"),
    [
        ("20 of the 36 patients (56%)", "", []),
        ("Twenty of 36 women (55.6%)", "", []),
        ("55.6% (20/36 patients)", "", []),
        ("20 of the 36 patients (65%)", "", [("CC-02", "contradiction", "20/36 = 56%")]),
        ("30 of the 60 patients (50%)", ", is: [T, Sex, female]", []),
        ("33 of the 60 patients (55%)", ", is: [T, Sex, female]", [("CC-19", "contradiction", "20 + 10 = 30")]),
        ("20 (56%) in A", ", of: 36, is: [T, Sex, female, A]", []),
        ("55.6% of all", ", of: 60, is: [T, Sex, female]", "CC-03 CC-19"),
        ("17.3% had it", ", of: 40", "CC-03"),
    ],
)
def test_sentences(tmp_path, says, extra, found):
    text = rows(SEX) + f'text:\n  - {{where: p 1, says: "{says}"{extra}}}\n'
    given = reported(tmp_path, text)
    assert given == found if isinstance(found, list) else " ".join(check for check, _, _ in given) == found


def test_a_percentage_of_one_group_said_of_everyone(tmp_path):
    """41.7 is 10 of 24; 30 of 60 are 50.0."""
    text = rows(SEX) + 'text:\n  - {where: p 1, says: "41.7% were women", of: 60, is: [T, Sex, female]}\n'
    found = next(f for f in findings(tmp_path, text) if f.check == "CC-19")
    assert found.recomputed == "30/60 = 50.0%" and found.proposal == "said of B only"


def test_the_median_lies_in_the_level_of_the_middle_patient(tmp_path):
    """Of 36, 20 are below 50 and 16 not: the median cannot be 52. Of 24, 10 are: it cannot be 47."""
    levels = rows('Age group: {levels: {"< 50": [20, 10], 50-64: [9, 8], "≥ 65": [7, 6]}, cut: yes}')
    text = levels + "cuts:\n  - {where: T, levels: [T, Age group], medians: [%s]}\n"
    assert reported(tmp_path, text % "48, 53") == reported(tmp_path, text % "50, NR") == []
    assert reported(tmp_path, text % "52, 53") == [("CC-28", "contradiction", "20 of 36 are < 50, more than half")]
    assert reported(tmp_path, text % "48, 47") == [("CC-28", "contradiction", "10 of 24 are < 50, less than half")]
    assert reported(tmp_path, text % "48, 66") == [("CC-28", "contradiction", "18 of 24 are 50-64, more than half")]


def test_levels_in_another_unit(tmp_path):
    """3 years are 36 months: 66 of 141 below, so that the median is 36 months or more."""
    levels = rows('DFI: {levels: {"< 3 years": [16, 12], "≥ 3 years": [20, 12]}, cut: yes}')
    text = levels + "cuts:\n  - {where: T, unit: month, levels: [T, DFI], medians: [%s]}\n"
    assert reported(tmp_path, text % "40, 36") == []
    assert [check for check, _, _ in reported(tmp_path, text % "28, 36")] == ["CC-28"]


def test_levels_that_are_no_numbers_are_not_compared(tmp_path):
    text = rows("Site: {levels: {bone: [16, 12], liver: [20, 12]}}")
    text += "cuts:\n  - {where: T, levels: [T, Site], medians: [28, 36]}\n"
    assert [f.recomputed for f in findings(tmp_path, text) if f.check == "CC-28"] == [
        "no ascending levels could be read"
    ]


def test_footnotes_and_their_marks(tmp_path):
    table = "tables:\n  T:\n    columns: {A: 36}\n    footnotes: {%s}\n    rows:\n      Old: {count: [20], mark: a}\n"
    assert reported(tmp_path, table % "a: at diagnosis") == []
    assert [f for f in reported(tmp_path, table % "b: at diagnosis") if f[0] == "CC-22"] == [
        ("CC-22", "unclear", "the mark of Old is not explained under the table"),
        ("CC-22", "unclear", "no row bears it: at diagnosis"),
    ]


def test_definitions_in_words(tmp_path):
    text = "repeated:\n  start of OS: {Methods: diagnosis of metastases, Discussion: %s}\n"
    assert reported(tmp_path, text % "Diagnosis of metastases.") == []
    assert reported(tmp_path, text % "start of first line") == [
        ("CC-19", "unclear", "Discussion says start of first line")
    ]


def total(rows_):
    head = "tables:\n  T:\n    columns: {A: 36, B: 24, All: 60}\n    total: All\n    rows:\n"
    return head + "".join(f"      {line}\n" for line in rows_)


def test_the_column_of_everyone_is_the_sum_of_the_others(tmp_path):
    """20 + 10 = 30 of 60; the p-value is that of A against B: Pearson 0.2904."""
    row = "Sex: {levels: {female: [20 (55.6), 10 (41.7), %s], male: [16 (44.4), 14 (58.3), %s]}, p: 0.29}"
    assert reported(tmp_path, total([row % ("30 (50.0)", "30 (50.0)")])) == []
    found = reported(tmp_path, total([row % ("31 (51.7)", "29 (48.3)")]))
    assert found == [("CC-01", "contradiction", "20 + 10 = 30"), ("CC-01", "contradiction", "16 + 14 = 30")]
    assert [f[0] for f in reported(tmp_path, total([row % ("30 (55.0)", "30 (50.0)")]))] == ["CC-02"]
    ages = "Age: {median: [61 (34-80), 58 (29-77), %s]}"
    assert reported(tmp_path, total([ages % "60 (29-80)"])) == []
    assert [f[0] for f in reported(tmp_path, total([ages % "63 (29-80)"]))] == ["CC-14"]
    assert [f[0] for f in reported(tmp_path, total([ages % "60 (29-80)"]).replace("All: 60", "All: 61"))] == ["CC-01"]


def test_sums_and_parts(tmp_path):
    text = rows(SEX) + (
        "sums:\n  - {where: flow, parts: [5, 60], total: 66}\n"
        "  - {where: flow, parts: [[T, Sex, female]], at_most: 29}\n"
        "  - {where: flow, parts: [[T, Sex, female, A], 10], total: [T, Sex, female]}\n"
    )
    assert reported(tmp_path, text) == [
        ("CC-01", "contradiction", "5 + 60 = 65"),
        ("CC-21", "contradiction", "30, more than 29"),
    ]


def test_what_cannot_be_compared_is_said(tmp_path):
    text = rows("Old: {count: [-, 10 (41.7)], p: 0.04}", "Site: {count: [NR, 4], p: NS}")
    unchecked = [f for f in findings(tmp_path, text) if f.grade == "not checked"]
    assert {f.location for f in unchecked} == {"T, Old, A", "T, Old, p", "T, Site, p"}
    assert reported(tmp_path, text) == []
