"""Points of survival curves, patients at risk, events and person-time; every expectation worked by hand."""

import pytest

from sequela.errors import StudyError
from tests.evidence.papers import findings, loaded, reported

HEAD = "paper_tables: 1\ncitation: invented\nyear: 2024\npatients: 60\ngroups: {A: 36, B: 24}\n"


def curve(group, times="[12, 24]", extra=""):
    return f"curves:\n  - {{where: p 4, endpoint: OS, times: {times}, groups: {{A: {{{group}}}}}{extra}}}\n"


def graded(tmp_path, text, head=HEAD):
    return [(check, grade, words) for check, grade, words in reported(tmp_path, text, head)]


def kinds(tmp_path, text, head=HEAD):
    return [(check, grade) for check, grade, _ in reported(tmp_path, text, head)]


@pytest.mark.parametrize(
    ("group", "found"),
    [
        ("survival: [80.0, 60.0]", []),
        ("survival: [60.0, 60.0]", []),
        ("survival: [60.0, 60.1]", []),  # 60.05, rounded either way
        ("survival: [60.0, 60.2]", [("CC-25", "contradiction")]),
        ("survival: [104, 60]", [("CC-25", "contradiction")]),
        ("survival: [80 (82-90), 60]", [("CC-15", "contradiction")]),
        ("survival: [80 (82-NE), 60]", [("CC-15", "contradiction")]),
        ("survival: [80, 60], median: 30", []),
        ("survival: [80, 51], median: 20", [("CC-25", "contradiction")]),  # above one half after the median
        ("survival: [80, 50], median: 20", []),
        ("survival: [80, 40], median: 30", [("CC-25", "contradiction")]),  # below one half before it
        ("survival: [80, 40], median: 24.4", []),  # 24 stands for 23.5 to 24.5
        ("survival: [80, 40], median: NR", [("CC-25", "unclear")]),
        ("survival: [80, NR], median: 30", []),
    ],
)
def test_points_of_a_curve(tmp_path, group, found):
    assert kinds(tmp_path, curve(group)) == found


def test_a_median_that_is_said_to_be_not_reached(tmp_path):
    assert kinds(tmp_path, "nr: not reached\n" + curve("survival: [80, 40], median: NR")) == [
        ("CC-25", "contradiction")
    ]


def test_the_median_printed_elsewhere(tmp_path):
    medians = "medians:\n  - {where: p 3, endpoint: OS, groups: {A: 20 (15-25), B: 11}}\n"
    ((check, grade, words),) = graded(tmp_path, medians + curve("survival: [80, 51]"))
    assert (check, grade) == ("CC-25", "contradiction")
    assert words == "survival is 51% at 24, one half at 20: the median is later than 24"


def test_an_interval_no_patients_can_have(tmp_path):
    """50% of 36: standard error sqrt(0.25/36) = 8.3 points, so that the plain interval is 33.7 to 66.3."""
    assert kinds(tmp_path, curve("survival: [80, 50 (34-66)]")) == []
    assert kinds(tmp_path, curve("survival: [80, 50 (42-58)]")) == [("CC-25", "unlikely")]  # one standard error
    assert kinds(tmp_path, curve("survival: [80, 50 (42-58)], patients: 200")) == []


@pytest.mark.parametrize(
    ("group", "found"),
    [
        ("at_risk: [36, 20]", []),
        ("at_risk: [20, 21]", [("CC-26", "contradiction")]),
        ("at_risk: [37, 20]", [("CC-26", "contradiction")]),
        ("at_risk: [30, 20], longest: 23.4", [("CC-26", "contradiction")]),
        ("at_risk: [30, 20], longest: 23.5", []),
        ("events: 37", [("CC-26", "contradiction")]),
        # 20 of 36 at risk are 55.6%
        ("survival: [80, 56], at_risk: [28, 20]", []),
        ("survival: [80, 50], at_risk: [28, 20]", [("CC-26", "unlikely")]),
        # 19 left at 60%: 19 x 0.395/0.605 = 12.4, so 13 events; 36 x 0.405 = 14 events and 20 to come are 34
        ("survival: [80, 60], at_risk: [28, 20], events: 13", []),
        ("survival: [80, 60], at_risk: [28, 20], events: 12", [("CC-26", "unlikely")]),
        ("survival: [80, 60], at_risk: [28, 20], events: 34", []),
        ("survival: [80, 60], at_risk: [28, 20], events: 35", [("CC-26", "contradiction")]),
        ("median: 20, events: 0", [("CC-26", "contradiction")]),
        ("median: NR, events: 18", []),
        ("median: NR, events: 19", [("CC-26", "unclear")]),
    ],
)
def test_patients_at_risk_and_events(tmp_path, group, found):
    assert kinds(tmp_path, curve(group)) == found


def test_late_entry_lets_numbers_at_risk_rise(tmp_path):
    group = "survival: [80, 50], at_risk: [20, 28], events: 30"
    assert kinds(tmp_path, curve(group, extra=", late_entry: yes")) == []
    assert kinds(tmp_path, curve(group))
    assert kinds(tmp_path, curve("events: 37", extra=", late_entry: yes")) == [("CC-26", "contradiction")]


def test_everyone_is_at_risk_at_the_start(tmp_path):
    assert kinds(tmp_path, curve("at_risk: [36, 20]", "[0, 24]")) == []
    assert kinds(tmp_path, curve("at_risk: [35, 20]", "[0, 24]")) == [("CC-26", "unclear")]


def test_events_of_a_ratio_and_of_its_curves(tmp_path):
    """A 20 and B 15 are 35 events."""
    curves = "curves:\n  - {where: p 4, endpoint: OS, groups: {A: {events: 20}, B: {events: 15}}}\n"
    ratio = "ratios:\n  - {where: p 3, endpoint: OS, groups: [A, B], hazard: 1.50 (0.75-3.00), events: %s}\n"
    assert kinds(tmp_path, curves + ratio % 35) == []
    assert graded(tmp_path, curves + ratio % 36) == [("CC-26", "contradiction", "20 + 15 = 35 (p 4)")]
    assert ("CC-26", "contradiction") in kinds(tmp_path, ratio % "61, patients: 60")


def person(text):
    return f"person_time:\n  - {{where: p 5, name: relapse, {text}}}\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # 100 x 45/312.4 = 14.405; R's poisson.test: 10.51 to 19.27
        ("time: 312.4 years, events: 45, rate: 14.4 (10.5-19.3), per: 100", []),
        ("time: 312.4 years, events: 45, rate: 14.4, per: 100", []),
        ("time: 312.4 years, events: 45, rate: 14.4 (10.8-19.3), per: 100", []),  # exp(1.96/sqrt 45) = 1.339
        ("time: 312.4 years, events: 45, rate: 14.4 (10.2-18.6), per: 100", []),  # 1.96 x 6.71/3.124 = 4.21
        ("time: 312.4 years, events: 45, rate: 14.4 (12.0-17.0), per: 100", ["unlikely"]),
        ("time: 312.4 years, events: 45, rate: 14.4 (12.0-17.0), per: 1000", ["contradiction"]),
        ("time: 312.4 years, events: 54, rate: 14.4, per: 100", ["contradiction"]),
        ("time: 312 years, events: 45, rate: 14.42, per: 100", []),  # 45/312.5 = 14.40 to 45/311.5 = 14.45
        ("time: 10 years, events: 0, rate: 0.00 (0.00-0.37)", []),  # -log 0.025/10 = 0.369
        ("time: 100 years, events: 5, rate: NR", []),
        # 36 patients with 19.3 months on average: 36 x 19.3/12 = 57.9 years
        ("time: 57.9 years, patients: 36, mean: 19.3 months", []),
        ("time: 75.9 years, patients: 36, mean: 19.3 months", ["contradiction"]),
        ("time: 695 months, patients: 36, mean: 19.3 months", []),
        ("time: 82 years, patients: 36, longest: 26 months", ["contradiction"]),  # 36 x 26.5/12 = 79.5
        ("time: 70 years, patients: 36, longest: 26 months", []),
        ("time: 60 years, patients: 36, longest: 26 months, median: 28 months", ["contradiction"]),
        ("time: 60 years, patients: 36, events: 40", ["contradiction"]),
        ("time: 60 years, patients: 36, events: 40, once: no", []),
    ],
)
def test_person_time(tmp_path, text, found):
    assert [(check, grade) for check, grade in kinds(tmp_path, person(text))] == [("CC-27", grade) for grade in found]


def test_limits_of_a_rate_lie_around_it(tmp_path):
    text = person("time: 312.4 years, events: 45, rate: 14.4 (15.0-17.0), per: 100")
    assert kinds(tmp_path, text) == [("CC-15", "contradiction")]


def test_the_rate_that_follows_is_proposed(tmp_path):
    found = [f for f in findings(tmp_path, person("time: 312.4 years, events: 54, rate: 14.4, per: 100"), HEAD)]
    (wrong,) = (f for f in found if f.grade == "contradiction")
    assert wrong.proposal == "17.3" and wrong.recomputed.startswith("100 x 54/312.4 = 17.28")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (person("time: 312.4"), "a length of time"),
        (curve("survival: [80, 60]", "[24, 12]"), "ascending times"),
        (curve("survival: [80]"), "1 cells"),
        (curve("events: many"), "'many'"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path, text, words):
    with pytest.raises(StudyError) as raised:
        loaded(tmp_path, HEAD + text)
    assert words in str(raised.value) and "paper.yaml:" in str(raised.value)
