"""Who changes line or group when a line rule is read another way: patients a clinician can follow by hand."""

import pytest

from sequela.analyses.line_sensitivity import OUTSIDE, study_moves
from sequela.derive.line_alternatives import alternatives, line_moves
from sequela.derive.rules import BREAST
from sequela.report.line_sensitivity import line_moves_table, study_moves_table, two_way_table
from sequela.study.cohort import build_cohort, membership
from tests.derive.histories import cycles, given, history, together
from tests.derive.ward import ward
from tests.study.studies import study

TDM1 = "trastuzumab emtansine"
ONE, TWO, THREE, FOUR = (
    "Group 1: no pertuzumab, line 2",
    "Group 2: no pertuzumab, line 3+",
    "Group 3: pertuzumab, line 2",
    "Group 4: pertuzumab, line 3+",
)
SEPHER = study(time_zero=f"first {TDM1} in any line", groups="sepher_2020")


def letrozole():
    antibodies = [cycles(drug, 0, 24) for drug in ("pertuzumab", "trastuzumab")]
    later = [given("letrozole", 126, 500), cycles(TDM1, 520, 5)]
    return history(
        cycles("docetaxel", 0, 6), *antibodies, *later, metastatic=-5, progression=[510], patient="letrozole"
    )


def beyond():
    first = [cycles("trastuzumab", 0, 30), cycles("docetaxel", 0, 8), cycles("capecitabine", 315, 15)]
    return history(*first, cycles(TDM1, 650, 4), metastatic=-3, progression=[310, 640], patient="beyond")


def holiday():
    drugs = ("trastuzumab", "pertuzumab", "docetaxel")
    courses = [given(drug, start, stop) for start, stop in ((0, 120), (270, 400)) for drug in drugs]
    return history(courses, given(TDM1, 430, 500), metastatic=0, progression=[420], patient="holiday")


def plain():
    courses = [given(drug, 0, 300) for drug in ("trastuzumab", "docetaxel")]
    return history(courses, given(TDM1, 320, 500), metastatic=0, progression=[310], patient="plain")


THREE_PATIENTS = together(letrozole(), beyond(), holiday(), plain())


@pytest.fixture(scope="module")
def moves():
    return {(one.alternative.rule, one.alternative.value): one for one in study_moves(SEPHER, THREE_PATIENTS)}


@pytest.mark.parametrize(
    ("rule", "value", "before", "after"),
    [
        ("L07", "new line", THREE, FOUR),
        ("L09", "same line", TWO, ONE),
        ("L03", 180, FOUR, THREE),
        ("L03", "never", FOUR, THREE),
    ],
)
def test_letrozole_capecitabine_and_the_holiday_move_one_patient_each(moves, rule, value, before, after):
    found = moves[rule, value]
    assert (found.patients, found.group_moved, found.line_moved, found.problem) == (4, 1, 1, "")
    assert [row for row in found.table if row[0] != row[1]] == [(before, after, 1)]
    assert sum(count for _, _, count in found.table) == 4


def test_no_other_rule_moves_anybody(moves):
    moved = {key for key, found in moves.items() if found.group_moved or found.line_moved}
    assert moved == {("L07", "new line"), ("L09", "same line"), ("L03", 180), ("L03", "never")}


def test_every_other_value_of_every_rule_is_tried(moves):
    expected = {(rule.id, value) for rule in BREAST.rules for value in rule.alternatives}
    assert set(moves) == expected and len(moves) == len(alternatives())
    changed = {(one.rule, one.value, one.in_force) for one in alternatives(BREAST.replacing(L03=180))}
    assert ("L03", 120, 180) in changed and ("L03", 180, 180) not in changed
    assert all(one.rules.value("L03") == 180 for one in alternatives(BREAST.replacing(L03=180)) if one.rule != "L03")


def test_the_same_moves_from_the_records_alone():
    found = {(one.alternative.rule, one.alternative.value): one for one in line_moves(THREE_PATIENTS)}
    for key, lines in ((("L07", "new line"), 11), (("L09", "same line"), 9), (("L03", 180), 9)):
        # 2 + 3 + 3 + 2 lines under the rules in force.
        assert (found[key].patients, found[key].moved, found[key].recounted) == (4, 1, 1)
        assert (found[key].lines, found[key].lines_then) == (10, lines)
    still = found["L25", "last administration"]
    assert (still.moved, still.recounted, still.lines_then) == (0, 0, 10)


def test_who_leaves_or_enters_is_counted_and_an_empty_group_is_no_error():
    asked = study(
        ["second line"],
        {"Dual": "received pertuzumab before time zero", "Others": "otherwise"},
        f"first {TDM1} in any line",
    )
    found = {(one.alternative.rule, one.alternative.value): one for one in study_moves(asked, THREE_PATIENTS)}
    # In line 2 by the rules in force: letrozole (dual) and plain; by L07 letrozole's T-DM1 is line 3, nobody dual.
    assert found["L07", "new line"].table == (("Dual", OUTSIDE, 1), ("Others", "Others", 1))
    assert found["L07", "new line"].group_moved == 1 and found["L07", "new line"].problem == ""
    assert found["L09", "same line"].table == (("Dual", "Dual", 1), ("Others", "Others", 1), (OUTSIDE, "Others", 1))


def test_membership_is_the_cohort():
    records = ward(5)
    cohort = build_cohort(SEPHER, records).patients
    assert membership(SEPHER, records).rows() == cohort.select("patient_id", "time_zero", "group").rows()
    described = study(["line >= 2"], time_zero=f"first {TDM1} in any line")
    assert (
        membership(described, records)["patient_id"].to_list()
        == build_cohort(described, records).patients["patient_id"].to_list()
    )


def test_the_answer_under_an_alternative_is_the_answer_of_that_study():
    records = ward(6)
    groups = {"After dual": "received pertuzumab, line: 1", "Others": "otherwise"}
    groups["After dual"] = {"received": "pertuzumab", "line": 1, "before": "time zero"}
    asked = study(["line >= 2"], groups, f"first {TDM1} in any line")
    found = {(one.alternative.rule, one.alternative.value): one for one in study_moves(asked, records)}
    from sequela.analyses.answer import answer

    other = asked.model_copy(update={"lines": {"L09": "same line"}})
    for changed, place in ((asked, 2), (other, 3)):
        ratio = answer(changed, records, build_cohort(changed, records)).analyses[0].hazard_ratios[0]
        assert found["L09", "same line"].hazard_ratios[0][:2] == ("os", "After dual")
        assert found["L09", "same line"].hazard_ratios[0][place] == ratio.estimate.value


def test_the_ratio_of_a_study_with_two_endpoints_is_that_of_the_first(monkeypatch):
    monkeypatch.setattr("sequela.analyses.line_sensitivity.alternatives", lambda rules: alternatives(rules)[:1])
    groups = {"After dual": {"received": "pertuzumab", "line": 1, "before": "time zero"}, "Others": "otherwise"}
    clock, both = f"first {TDM1} in any line", [{"survival": "os"}, {"survival": "ttf"}]
    one, two = (
        study_moves(study(["line >= 2"], groups, clock, analyses=asked), ward(6))[0] for asked in (both[:1], both)
    )
    assert one.hazard_ratios == two.hazard_ratios and one.hazard_ratios[0][0] == "os"


def test_printed(moves):
    table = study_moves_table(tuple(moves.values()))
    cells = next(row.cells for row in table.rows if row.cells[0].startswith("L07"))
    assert cells[1:5] == ("same line", "new line", "1 of 4", "1 of 4")
    both = two_way_table(moves["L07", "new line"])
    assert both.columns == ("", ONE, TWO, THREE, FOUR, "Group 5: line 1", OUTSIDE)
    assert both.rows[-1].cells == (OUTSIDE, "0", "0", "0", "0", "0", "")
    row = next(row.cells for row in both.rows if row.cells[0] == THREE)
    assert dict(zip(both.columns, row, strict=True))[FOUR] == "1"
    lines = line_moves_table(line_moves(THREE_PATIENTS))
    assert next(row.cells for row in lines.rows if row.cells[0].startswith("L09"))[3:] == ("1 of 4", "1", "10 → 9")
