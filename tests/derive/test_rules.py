"""Rules are data: printable, changeable by id, each with its source."""

from pathlib import Path

import pytest

from sequela.derive.rules import BREAST
from sequela.errors import StudyError


def test_the_ids_run_from_l01_to_l28():
    assert [rule.id for rule in BREAST.rules] == [f"L{number:02d}" for number in range(1, 29)]


def test_every_rule_is_a_sentence_with_a_source():
    for rule in BREAST.rules:
        assert rule.meaning.endswith("."), rule.id
        assert rule.parameter, rule.id
        assert rule.citation, rule.id


def test_a_value_is_replaced_and_the_set_stays_as_it_was():
    changed = BREAST.replacing(L03=180, L07="new line")
    assert (changed.value("L03"), changed.value("L07")) == (180, "new line")
    assert BREAST.value("L03") == 120
    assert changed.replacing(L03=120, L07="same line") == BREAST


def test_never_closing_a_gap_can_be_written_as_infinity():
    assert BREAST.replacing(L03=float("inf")).value("L03") == "never"
    assert BREAST.replacing(L03="never").days("L03") > 365 * 150


def test_all_problems_are_reported_at_once():
    with pytest.raises(StudyError) as caught:
        BREAST.replacing(L03=30, L99=1, L21="apart", L06="separate line", L07="maybe", L02=1.5)
    where = [problem.where for problem in caught.value.problems]
    assert where == ["lines.L03", "lines.L99", "lines.L21", "lines.L06", "lines.L07", "lines.L02"]
    expected = {problem.where: problem.expected for problem in caught.value.problems}
    assert expected["lines.L03"].startswith("at least 56 days")
    assert expected["lines.L21"] == "'metastatic' or 'separate stratum'"
    assert expected["lines.L07"] == "'same line' or 'new line'"


def test_every_alternative_is_accepted():
    for rule in BREAST.rules:
        for value in rule.alternatives:
            assert BREAST.replacing(**{rule.id: value}).value(rule.id) == value


def test_rule_sets_can_be_keys():
    assert hash(BREAST.replacing(L03=90)) == hash(BREAST.replacing(L03=90))


def test_the_documented_table_is_the_table_in_force():
    text = (Path(__file__).parents[2] / "docs" / "lines.md").read_text(encoding="utf-8")
    begin, end = text.index("a test compares) -->\n") + len("a test compares) -->\n"), text.index("<!-- rules: end -->")
    assert text[begin:end] == BREAST.markdown()


def test_the_table_shows_the_values_in_force():
    assert "| 180 days |" in BREAST.replacing(L03=180).markdown()
