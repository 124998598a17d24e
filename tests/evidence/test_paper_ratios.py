"""Ratios, p-values, events and medians of printed papers; every expectation worked by hand."""

import pytest

from sequela.evidence.consistency import deviation_possible
from tests.evidence.papers import findings, reported, rows

HEAD = "paper_tables: 1\ncitation: invented\nyear: 2024\npatients: 60\ngroups: {A: 36, B: 24}\n"
SPSS = HEAD + "program: SPSS 21\n"


def ratio(text):
    return f"ratios:\n  - {{where: p 3, name: PFS, endpoint: PFS, groups: [A, B], {text}}}\n"


def graded(tmp_path, text, head=HEAD):
    return [(check, grade) for check, grade, _ in reported(tmp_path, text, head)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hazard: 2.00 (1.00-4.00), p: 0.050", []),  # z = log 2 / (log 4 / 3.92) = 1.96
        ("hazard: 4.50 (1.00-4.00)", [("CC-08", "contradiction")]),
        ("hazard: 2.00 (1.30-4.60)", [("CC-08", "unlikely")]),  # the middle is 2.45
        ("hazard: 2.00 (1.00-9.00)", []),  # the middle is 3, but 13 events would do
        ("hazard: 2.00 (1.00-4.00), p: 0.30", [("CC-09", "unlikely")]),
        ("hazard: 2.00 (1.20-3.33), p: 0.008, p_test: Wald", []),  # log 2 / (log 2.775 / 3.92) = 2.66, p 0.0078
        ("hazard: 2.00 (1.20-3.33), p: 0.08, p_test: Wald", [("CC-09", "contradiction")]),
        ("hazard: 2.00 (1.60-2.50)", [("CC-10", "contradiction")]),  # se 0.114: 309 events, 60 patients
        ("hazard: 2.00 (1.60-2.50), adjusted: yes", [("CC-10", "unlikely")]),
        ("hazard: 2.00 (1.00-4.00), log_rank: 0.049", []),
        ("hazard: 2.00 (1.00-4.00), log_rank: 0.0001", [("CC-11", "unlikely")]),
        ("hazard: 2.00 (1.00-4.00), log_rank: <0.05", []),
        ("hazard: 2.00", []),
        ("hazard: NR, p: 0.3", []),
    ],
)
def test_ratios(tmp_path, text, found):
    assert graded(tmp_path, ratio(text)) == found


def test_limits_by_profile_likelihood_need_not_lie_evenly(tmp_path):
    """3.07 (1.46-6.54): the middle is 3.09; off by 0.01 half-widths, and by all a Wald interval may not be."""
    text = ratio("hazard: 3.07 (1.46-6.54)")
    assert graded(tmp_path, text) == []
    assert graded(tmp_path, text, SPSS) == [("CC-08", "unlikely")]


EVEN = (
    "1.000 (0.500-2.000)",
    "2.000 (1.000-4.000)",
    "0.500 (0.250-1.000)",
    "3.000 (1.500-6.000)",
    "1.500 (0.500-4.500)",
)


def of_one_table(*hazards):
    lines = [
        f"  - {{where: Table 3, name: {name}, hazard: {text}}}" for name, text in zip("abcdefg", hazards, strict=False)
    ]
    return "ratios:\n" + "\n".join(lines) + "\n"


def test_one_ratio_off_the_middle_where_all_others_lie_in_it(tmp_path):
    """2.700 (1.000-9.000): the middle is 3.000, off by 0.096 half-widths; alone, 13 events would do."""
    off = "2.700 (1.000-9.000)"
    assert graded(tmp_path, of_one_table(*EVEN, "0.200 (0.100-0.400)", off)) == [("CC-08", "unlikely")]
    assert graded(tmp_path, of_one_table(*EVEN, off)) == []  # five others are too few
    assert graded(tmp_path, of_one_table(*EVEN, "1.300 (0.500-4.500)", off)) == []  # two are off: another method


def test_the_one_number_that_mends_a_ratio(tmp_path):
    """1.5 squared over 1.00 is 2.25: log 1.5 / (log 2.25 / 3.92) = 1.96."""
    (found,) = (f for f in findings(tmp_path, ratio("hazard: 1.50 (1.00-2.85), p: 0.050")) if f.check == "CC-08")
    assert "upper limit 2.25 instead of 2.85" in found.proposal and found.proposal.endswith("also gives p 0.050")


def test_an_odds_ratio_called_a_hazard_ratio(tmp_path):
    """18/36 against 6/24: odds ratio 1/(1/3) = 3, risk ratio 2."""
    counts = rows("Response: {count: [18, 6]}")

    def of(kind, value):
        return counts + ratio(f"{kind}: {value}, counts: [T, Response]")

    assert graded(tmp_path, of("odds", "3.00")) == graded(tmp_path, of("odds", "0.33")) == []
    assert graded(tmp_path, of("risk", "2.0")) == graded(tmp_path, of("hazard", "2.4")) == []
    assert graded(tmp_path, of("hazard", "3.00")) == []  # by chance
    # log 3 -+ 1.96 sqrt(1/18 + 1/18 + 1/6 + 1/18): 0.97 to 9.30
    assert graded(tmp_path, of("hazard", "3.00 (1.03-8.70)")) == []
    found = [f for f in findings(tmp_path, of("hazard", "3.00 (0.97-9.30)")) if f.grade == "unclear"]
    assert [f.proposal for f in found] == ["call it odds ratio"]
    assert graded(tmp_path, of("odds", "5.0")) == [("CC-08", "unlikely")]
    zero = rows("Response: {count: [18, 0]}") + ratio("odds: 3.0, counts: [T, Response]")
    assert [f.recomputed for f in findings(tmp_path, zero) if "zero" in f.recomputed]


def test_an_adjusted_model_has_no_more_patients(tmp_path):
    def both(patients):
        text = ratio("hazard: 2.00 (1.00-4.00), patients: 60")
        return text + ratio(f"hazard: 2.00 (1.00-4.00), adjusted: yes, patients: {patients}").removeprefix("ratios:\n")

    assert graded(tmp_path, both(58)) == []
    assert graded(tmp_path, both(61)) == [("CC-21", "contradiction")]


def medians(cells, extra=""):
    return f"medians:\n  - {{where: p 4, endpoint: PFS, groups: {{{cells}}}{extra}}}\n"


def test_medians_and_hazard_ratio(tmp_path):
    near = medians("A: 5.0 (4.0-6.2), B: 10.0 (8.0-12.5)") + ratio("hazard: 2.00 (1.00-4.00)")
    assert graded(tmp_path, near) == []
    far = medians("A: 10.0 (9.0-11.1), B: 5.0 (4.5-5.6)") + ratio("hazard: 2.00 (1.20-3.33)")
    assert graded(tmp_path, far) == [("CC-12", "unclear")]


def test_medians_and_log_rank_test(tmp_path):
    """5 (4.6-5.4) and 10 (9.6-10.4): standard errors 0.2, z 17; a p of 0.9 is z 0.1."""
    pair = ", pairs: [{groups: [A, B], log_rank: 0.90}]"
    assert graded(tmp_path, medians("A: 5 (4.6-5.4), B: 10 (9.6-10.4)", pair)) == [("CC-16", "unclear")]
    assert graded(tmp_path, medians("A: 5 (4.6-5.4), B: 5 (4.0-6.0)", pair)) == []


def test_a_median_beyond_the_last_observation(tmp_path):
    assert graded(tmp_path, medians("A: 12.4 (8-20)", ", longest: {A: 12.2}")) == [("CC-18", "contradiction")]
    assert graded(tmp_path, medians("A: 12.2 (8-20)", ", longest: {A: 12.2}")) == []


def test_limits(tmp_path):
    assert graded(tmp_path, medians("A: 11 (13-20)")) == [("CC-15", "contradiction")]
    assert graded(tmp_path, rows("Age: {median: [61 (34-80), 81 (29-77)]}")) == [("CC-15", "contradiction")]
    assert graded(tmp_path, medians("A: 7 (0-14)")) == [("CC-15", "unclear")]


def test_one_interval_unlike_all_others(tmp_path):
    alike = ", ".join(
        f"{name}: {value} ({value - 2}-{value + 2})" for name, value in zip("ABCDEFGHIJ", range(5, 15), strict=True)
    )
    assert graded(tmp_path, medians(alike + ", K: 8 (1-19)")) == [("CC-15", "unlikely")]
    assert graded(tmp_path, medians(alike + ", K: 8 (1-19), L: 9 (8-20)")) == []
    assert graded(tmp_path, medians("A: 8 (1-19)")) == []
    assert graded(tmp_path, medians("A: 8 (1-19)"), SPSS) == [("CC-15", "unlikely")]


def test_the_whole_lies_between_its_parts(tmp_path):
    assert graded(tmp_path, rows("Age: {median: [61 (34-80), 58 (29-77)], all: 60 (29-80)}")) == []
    assert graded(tmp_path, rows("Age: {median: [61 (34-80), 58 (29-77)], all: 63}")) == [("CC-14", "contradiction")]
    assert graded(tmp_path, rows("Age: {median: [61 (34-80), 58 (29-77)], all: 60 (34-80)}")) == [
        ("CC-14", "contradiction")
    ]


@pytest.mark.parametrize(
    ("nr", "cells", "grade"),
    [
        ("", "4, 6, NR", ["unclear"]),
        ("nr: not reached\n", "4, 6, NR", ["unlikely"]),
        ("nr: not reported\n", "4, 6, NR", ["unclear"]),
        ("nr: not reached\n", "9, 6, NR", []),
        ("nr: not reported\n", "9, 6, NR", ["unclear"]),
        ("", "7, 6, 8", []),
        ("", "12, 6, 8", ["unlikely"]),
        ("", "9.2, 6, 8", []),  # censoring can do this
        ("", "9, NR, NR", []),
    ],
)
def test_strata(tmp_path, nr, cells, grade):
    text = nr + medians(f"A: [{cells}]", ", strata: [all, young, old]")
    assert [g for check, g in graded(tmp_path, text)] == grade


def test_clocks(tmp_path):
    text = "clocks:\n  - {where: p 5, group: A, earlier: 74 (52-97), later: %s, between: 10}\n"
    assert graded(tmp_path, text % "34") == [("CC-17", "unlikely")]
    assert graded(tmp_path, text % "60") == graded(tmp_path, text % "not reached") == []


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([("0.0006", "0.001"), ("0.22", "0.44"), ("0.03", "0.06")], []),  # twice
        ([("0.22", "0.39")], []),  # 1 - 0.78 squared: Sidak
        ([("0.60", "0.99")], []),  # twice 0.6 is more than one
        ([("0.22", "0.44"), ("0.03", "0.09")], ["unclear", "unclear"]),
        ([("0.22", "0.10")], ["contradiction"]),
        ([("<0.001", "<0.002")], []),
    ],
)
def test_adjusted_p_values(tmp_path, pairs, found):
    text = "adjusted:\n" + "".join(f"  - {{where: p 6, raw: {a}, adjusted: {b}}}\n" for a, b in pairs)
    assert [grade for _, grade in graded(tmp_path, text)] == found


def test_means_of_whole_numbers(tmp_path):
    """Of 24 whole numbers: 3.04 = 73/24, 3.05 is none. Of 36: 3.06 = 110/36."""
    assert graded(tmp_path, rows("Lines: {mean: [3.06 (1.20), 3.04 (1.20)], whole: yes}")) == []
    assert graded(tmp_path, rows("Lines: {mean: [3.06 (1.20), 3.05 (1.20)], whole: yes}")) == [
        ("CC-03", "contradiction")
    ]
    assert graded(tmp_path, rows("Lines: {median: [2, 2.3], whole: yes}")) == [("CC-03", "contradiction")]


def test_deviations_of_whole_numbers_against_every_sample():
    """All samples of five numbers from 0 to 4: what some sample prints is possible; what none does is not."""
    from itertools import combinations_with_replacement, product

    import numpy as np

    samples = np.array(list(combinations_with_replacement(range(5), 5)))
    printed = {(f"{s.mean():.1f}", f"{s.std(ddof=d):.2f}") for s in samples for d in (0, 1)}
    assert all(deviation_possible(5, mean, deviation).holds for mean, deviation in printed)
    wide = np.array(list(product(range(-1, 7), repeat=5)))[::5]
    near = {(f"{s.mean():.1f}", f"{s.std(ddof=d):.2f}") for s in wide for d in (0, 1)} | printed
    impossible = [f"{value / 100:.2f}" for value in range(0, 200) if ("2.0", f"{value / 100:.2f}") not in near]
    assert "0.10" in impossible and not deviation_possible(5, "2.0", "0.10").holds
    assert sum(not deviation_possible(5, "2.0", text).holds for text in impossible) > 0.8 * len(impossible)


def test_t_tests_of_printed_means(tmp_path):
    """R: means 60.0 and 54.0, deviations 9.0 and 8.0, n 36 and 24: Student p 0.0106, Welch p 0.0091."""
    line = "Age: {mean: [60.0 (9.0), 54.0 (8.0)], p: %s}"
    (found,) = (f for f in findings(tmp_path, rows(line % "0.0106")) if f.check == "CC-05")
    assert found.grade == "agrees" and "Student" in found.recomputed
    assert graded(tmp_path, rows(line % "0.02")) == [("CC-05", "unclear")]
    assert graded(tmp_path, rows(line % "0.80")) == [("CC-05", "unlikely")]


def test_lengths_of_time(tmp_path):
    """45 cycles of 3 weeks are 135 weeks; 17 of them are 51 weeks, and 9 months later it is 90, not 60."""
    text = "durations:\n  - {where: p 7, same: [45 cycles of 3 weeks, 135 weeks]}\n"
    assert graded(tmp_path, text) == []
    text = "durations:\n  - {where: p 7, same: [17 cycles of 3 weeks and 9 months, 60 weeks]}\n"
    assert graded(tmp_path, text) == [("CC-20", "unlikely")]
    assert graded(tmp_path, "durations:\n  - {where: p 7, same: [some time, 60 weeks]}\n") == []


def test_references_titles_and_endpoints(tmp_path):
    text = "doi: 10.1186/s13046-020-01797-3\nendpoints: [PFS, OS]\nreferences:\n  1: J. 2012;367:1783-91.\n"
    text += "  2: J. 2012;367:1783-891.\n  3: J. 2031;1:1-2.\n  4: J. 2012;3:91-85.\n"
    text += "tables:\n  T: {n: 600, columns: {A: 36, B: 24}, labels: [on drug, on the drug]}\n"
    text += ratio("hazard: 2.00 (1.00-4.00)")
    assert graded(tmp_path, text) == [
        ("CC-22", "contradiction"),
        ("CC-22", "unlikely"),
        ("CC-23", "unclear"),
        ("CC-24", "unlikely"),
        ("CC-24", "contradiction"),
        ("CC-24", "contradiction"),
        ("CC-24", "unlikely"),
    ]


def test_a_range_is_no_interval(tmp_path):
    """5 (4.6-5.4) and 10 (9.6-10.4) are far apart as intervals; as ranges they say nothing about p 0.9."""
    pair = ", pairs: [{groups: [A, B], log_rank: 0.90}], spread: range"
    text = medians("A: 5 (4.6-5.4), B: 10 (9.6-10.4)", pair)
    assert graded(tmp_path, text) == []
    assert "a range stands there, no interval" in [f.recomputed for f in findings(tmp_path, text)]
    assert graded(tmp_path, medians("A: 11 (13-20)", ", spread: range")) == [("CC-15", "contradiction")]


def test_footnotes_are_said_not_read(tmp_path):
    found = findings(tmp_path, rows("Old: {count: [20 (55.6)*, 10 (41.7)]}"))
    assert [f.printed for f in found if "footnote *" in f.recomputed] == ["20 (55.6)*"]
