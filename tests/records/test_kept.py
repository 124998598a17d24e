"""Answers are kept of the very records and question they belong to, as long as the records, and not without end."""

import gc
from dataclasses import replace
from weakref import ref

import polars as pl

from sequela.records import kept
from sequela.records.bundle import Kind, Records
from sequela.records.kept import KeptAnswers


def asked(days):
    return pl.DataFrame({"patient_id": ["a", "b"], "day": days}, schema_overrides={"day": pl.Int32})


class Finder:
    """Counts how often it had to look."""

    def __init__(self):
        self.looked = 0

    def __call__(self):
        self.looked += 1
        return self.looked


def test_the_same_question_is_answered_once_and_another_anew():
    records, answers, find = Records({}, Kind.OBSERVED), KeptAnswers(3), Finder()
    assert answers.found(records, ("sex", asked([1, 2])), find) == 1
    assert answers.found(records, ("sex", asked([1, 2])), find) == 1
    assert answers.found(records, ("age", asked([1, 2])), find) == 2
    assert answers.found(records, ("sex", asked([1, 3])), find) == 3
    assert answers.found(records, ("sex", asked([1, None])), find) == 4
    assert answers.found(records, ("sex",), find) == 5


def test_a_frame_is_another_question_with_another_name_or_type_of_a_column():
    records, answers, find = Records({}, Kind.OBSERVED), KeptAnswers(5), Finder()
    at = asked([1, 2])
    for question in (at, at.rename({"day": "start"}), at.with_columns(pl.col("day").cast(pl.Int64)), at.head(1)):
        answers.found(records, (question,), find)
    assert find.looked == 4
    assert answers.found(records, (at.clone(),), find) == 1


def test_changed_records_are_other_records():
    records, answers, find = Records({}, Kind.OBSERVED), KeptAnswers(3), Finder()
    answers.found(records, (), find)
    assert answers.found(replace(records, title="another"), (), find) == 2
    assert answers.found(records, (), find) == 1


def test_the_oldest_answers_are_forgotten_first():
    records, answers, find = Records({}, Kind.OBSERVED), KeptAnswers(2), Finder()
    for question in "abc":
        answers.found(records, (question,), find)
    assert answers.answers_of(records) == 2
    assert answers.found(records, ("c",), find) == 3
    assert answers.found(records, ("a",), find) == 4


def test_an_answer_that_needs_another_answer_forgets_neither():
    records, answers = Records({}, Kind.OBSERVED), KeptAnswers(2)
    answers.found(records, ("outer",), lambda: 1 + answers.found(records, ("inner",), lambda: 1))
    assert answers.found(records, ("inner",), lambda: 99) == 1
    assert answers.found(records, ("outer",), lambda: 99) == 2


def test_answers_go_with_their_records_and_large_tables_keep_none(monkeypatch):
    records, answers, find = Records({}, Kind.OBSERVED), KeptAnswers(2), Finder()
    answers.found(records, (), find)
    gone = ref(records)
    del records
    gc.collect()
    assert gone() is None
    monkeypatch.setattr(kept, "MOST_ROWS", -1)
    records = Records({}, Kind.OBSERVED)
    assert [answers.found(records, (), find) for _ in range(2)] == [2, 3]
    assert answers.answers_of(records) == 0
