"""Another cancer is a data file: lung patients followed by hand, and every problem of a file at once."""

import pytest

from sequela.derive.line_rule_sets import RULE_SETS, read_rule_set, roles_in_words, rule_set
from sequela.derive.lines import lines_of_therapy
from sequela.derive.rules import BREAST
from sequela.errors import StudyError, UsageError

from .histories import cycles, given, history

LUNG = rule_set("lung")
WRONG = """\
title: Wrong
colour: red
classes:
  backbone: [trastuzumab]
  directed: HER2 antibody
  ignored: [nothing]
rules:
  L99: {value: 1, source: x}
  L03: {value: soon}
  L07: 3
  L05: {value: new line, sauce: x, source: y}
"""


def lines(rules, *exposures, **more):
    found = lines_of_therapy(history(*exposures, metastatic=0, **more), rules)
    return [(row["start"], row["regimen"]) for row in found.iter_rows(named=True)]


def test_pemetrexed_and_pembrolizumab_after_platinum_are_maintenance_of_one_line():
    first = [*cycles("carboplatin", 5, 4), *cycles("pemetrexed", 5, 16), *cycles("pembrolizumab", 5, 16)]
    found = lines_of_therapy(history(first, cycles("docetaxel", 360, 4), metastatic=0, progression=[345]), LUNG)
    assert found["start"].to_list() == [5, 360]
    assert found["regimen"].to_list() == ["carboplatin + pembrolizumab + pemetrexed", "docetaxel"]
    # Carboplatin was last given on day 68, pemetrexed and pembrolizumab next on day 89.
    assert found["maintenance"].to_list() == [89, None]


def test_pemetrexed_alone_is_maintenance_in_lung_cancer_and_chemotherapy_elsewhere():
    course = history(cycles("cisplatin", 0, 4), cycles("pemetrexed", 0, 12), metastatic=0)
    assert lines_of_therapy(course, LUNG)["maintenance"].to_list() == [84]
    assert lines_of_therapy(course, BREAST)["maintenance"].to_list() == [None]
    without_platinum = history(cycles("pemetrexed", 0, 12), metastatic=0)
    assert lines_of_therapy(without_platinum, LUNG)["maintenance"].to_list() == [None]


def test_a_pause_of_150_days_closes_a_line_of_breast_cancer_only():
    course = [given("osimertinib", 0, 300), given("osimertinib", 450, 700)]
    assert len(lines(LUNG, *course)) == 1
    assert len(lines(BREAST, *course)) == 2


def test_a_pause_of_190_days_closes_a_line_of_lung_cancer_too():
    assert len(lines(LUNG, given("osimertinib", 0, 300), given("osimertinib", 490, 700))) == 2


def test_chemotherapy_changed_for_toxicity_beside_a_checkpoint_antibody_stays_in_the_line():
    course = [
        cycles("pembrolizumab", 0, 12),
        given("pemetrexed", 0, 60, reason="toxicity"),
        given("gemcitabine", 84, 200),
    ]
    assert [start for start, _ in lines(LUNG, *course)] == [0]
    # Pembrolizumab is no backbone of breast cancer, so there the new chemotherapy is a line.
    assert [start for start, _ in lines(BREAST, *course)] == [0, 84]


def test_one_checkpoint_antibody_for_another_stays_in_the_line_and_a_driver_drug_does_not():
    assert len(lines(LUNG, cycles("nivolumab", 0, 6, every=14), cycles("pembrolizumab", 84, 6))) == 1
    assert len(lines(LUNG, given("gefitinib", 0, 200), given("osimertinib", 201, 500))) == 2


def test_printed_rules_say_what_is_in_force_and_what_else_there_is():
    row = next(line for line in LUNG.markdown().splitlines() if line.startswith("| L03"))
    assert "| 180 days |" in row and "120, 60, 90, never" in row and "lung cancer" in row
    assert "PD-1 antibody" in dict(roles_in_words(LUNG.roles))["continued in maintenance and beyond progression"]


@pytest.mark.parametrize("name", RULE_SETS)
def test_every_rule_has_a_source_or_says_that_it_has_none(name):
    for rule in rule_set(name).rules:
        assert rule.citation.strip()


def test_a_file_of_the_user(tmp_path):
    path = tmp_path / "gastric.yaml"
    path.write_text(
        "name: gastric\ntitle: Gastric cancer\nrules:\n  L03: {value: 90, source: expert default}\n"
        "classes:\n  backbone: [HER2 antibody, VEGFR TKI]\n"
    )
    found = read_rule_set(path)
    assert found.value("L03") == 90 and found.value("L02") == 28 and found.title == "Gastric cancer"
    assert found.roles.backbone == ("HER2 antibody", "VEGFR TKI") and found.roles.directed == BREAST.roles.directed
    assert found.replacing(L03=180).value("L03") == 180


def test_every_problem_of_a_file_at_once(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG)
    with pytest.raises(StudyError) as caught:
        read_rule_set(path)
    assert [problem.where for problem in caught.value.problems] == [
        "wrong.yaml: colour",
        "wrong.yaml",
        "wrong.yaml: classes.backbone",
        "wrong.yaml: classes.directed",
        "wrong.yaml: classes.ignored",
        "wrong.yaml: rules.L99",
        "wrong.yaml: rules.L03",
        "wrong.yaml: rules.L03.value",
        "wrong.yaml: rules.L07",
        "wrong.yaml: rules.L05: sauce",
        "wrong.yaml: rules.L05.value",
    ]


@pytest.mark.parametrize(
    "text", ["a: [", "- one", "", "name: x\ntitle: y\nrules: 3\n", "name: x\ntitle: y\nclasses: []\n"]
)
def test_a_file_that_is_no_rule_set(tmp_path, text):
    path = tmp_path / "none.yaml"
    path.write_text(text)
    with pytest.raises(StudyError, match=r"none\.yaml"):
        read_rule_set(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match=r"gone\.yaml: the file cannot be read"):
        read_rule_set(tmp_path / "gone.yaml")
