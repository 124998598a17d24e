"""Verdicts, and the table that carries them."""

import csv
import io

import pytest

from sequela.errors import StudyError
from sequela.replicate.compare import Verdict, compare, tally, to_csv, to_text
from sequela.replicate.computations import COMPUTATIONS
from sequela.replicate.material import Computed
from sequela.replicate.paper import Claim, PrintedRow, load_rows


@pytest.fixture
def run(monkeypatch):
    """Let the computation `percent` return what it is given, as if a run had found it."""

    def set_to(*values, **more):
        monkeypatch.setitem(COMPUTATIONS, "percent", lambda _, given: Computed(values, **more))

    return set_to


def one(claim, **more):
    (row,) = compare([PrintedRow("R-1", "Table 1", "a quantity", claim, **more)], None)
    return row


def test_a_value_that_rounds_to_the_print_agrees(run):
    run(61.11, of="11/18")
    row = one(Claim("61", "percent", {}, of="11/18"))
    assert (row.computed, row.verdict, row.reason) == ("61", Verdict.AGREES, "")


def test_a_value_that_does_not_differs(run):
    run(66.67, of="12/18")
    row = one(Claim("61", "percent", {}, of="11/18"))
    assert (row.computed, row.verdict) == ("67", Verdict.DIFFERS)
    assert row.reason == "12/18 in the run, 11/18 printed."


def test_the_count_must_agree_even_where_the_percentage_does(run):
    run(50.0, of="9/18")
    assert one(Claim("50", "percent", {}, of="10/20")).verdict is Verdict.DIFFERS


def test_a_printed_percentage_that_is_not_its_count_is_the_papers_contradiction(run):
    run(88.888, of="16/18")
    row = one(Claim("88.8", "percent", {}, of="16/18"))
    assert (row.computed, row.verdict) == ("88.9", Verdict.CONTRADICTS)
    assert "truncated" in row.reason


def test_a_failed_check_is_the_papers_contradiction_even_where_the_run_agrees(run):
    run(42)
    check = Claim("", "sum_of", {"parts": [13, 18], "total": 33})
    assert one(Claim("42", "percent", {}), checks=(check,)).verdict is Verdict.CONTRADICTS
    held = Claim("", "sum_of", {"parts": [13, 20], "total": 33})
    assert one(Claim("42", "percent", {}), checks=(held,)).verdict is Verdict.AGREES


def test_a_failed_remark_decides_nothing(run):
    run(42)
    remark = Claim("", "sum_of", {"parts": [13, 18], "total": 33})
    row = one(Claim("42", "percent", {}), remarks=(remark,))
    assert row.verdict is Verdict.AGREES
    assert row.reason == "13 + 18 = 31, printed 33."


def test_every_further_number_must_agree(run):
    run(42)
    further = Claim("43", "percent", {})
    row = one(Claim("42", "percent", {}), also=(further,))
    assert (row.computed, row.verdict) == ("42", Verdict.DIFFERS)
    assert row.reason == "43 printed, 42 computed."


def test_a_difference_inside_the_paper_is_its_contradiction(run):
    run(42, within_paper=True)
    assert one(Claim("43", "percent", {})).verdict is Verdict.CONTRADICTS


def test_words_are_compared_as_words(run):
    run("PD")
    assert one(Claim("overall PD", "percent", {}, form="overall {}")).verdict is Verdict.AGREES
    assert one(Claim("overall PR", "percent", {}, form="overall {}")).verdict is Verdict.DIFFERS
    assert one(Claim("all", "percent", {}, expects="PD", form="{}")).verdict is Verdict.AGREES


def test_csv_has_exactly_the_five_columns(run):
    run(61.11)
    text = to_csv([one(Claim("61", "percent", {}))])
    assert text.splitlines()[0] == "id,quantity,printed,computed,verdict"
    assert list(csv.reader(io.StringIO(text)))[1] == ["R-1", "a quantity", "61", "61", "agrees"]
    assert text.endswith("\n") and "\r" not in text


def test_text_carries_the_reason(run):
    run(66.67, of="12/18")
    text = to_text([one(Claim("61", "percent", {}, of="11/18"))])
    assert "R-1  differs: printed 61, computed 67" in text
    assert "12/18 in the run" in text


def test_tally_counts_every_verdict(run):
    run(61.11)
    rows = [one(Claim("61", "percent", {})), one(Claim("62", "percent", {}))]
    assert tally(rows) == {Verdict.AGREES: 1, Verdict.DIFFERS: 1, Verdict.CONTRADICTS: 0}


def test_every_problem_of_a_rows_file_is_said_at_once(tmp_path):
    (tmp_path / "rows.yaml").write_text(
        "- {id: A, where: T, quantity: q, printed: 1, percent: {}, count: 3}\n"
        "- {id: B, where: T, quantity: q, printed: 1, no_such: {}}\n"
        "- {id: C, where: T, quantity: q, printed: 1, percent: {}}\n"
        "- {id: C, where: T, quantity: q, printed: 1, percent: {}}\n"
    )
    with pytest.raises(StudyError) as raised:
        load_rows(tmp_path, COMPUTATIONS)
    assert [problem.where.split()[-1] for problem in raised.value.problems] == ["A", "B", "C"]
