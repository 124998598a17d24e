"""What was derived of records is kept as long as they are: a question asked again is answered at once."""

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

import polars as pl

from sequela.records.bundle import Records

Found = TypeVar("Found")
Question = tuple[object, ...]

MOST_ROWS = 100_000
"""Rows of the tallest table up to which anything is kept; of more patients memory matters more than time."""


class KeptAnswers(Generic[Found]):
    """The last answers to one kind of question about the same records.

    Parameters
    ----------
    most : int
        Answers kept of the same records; the oldest are forgotten first.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: WeakKeyDictionary[Records, tuple[tuple[Question, Found], ...]] = WeakKeyDictionary()

    def found(self, records: Records, question: Question, find: Callable[[], Found]) -> Found:
        """Return the answer kept of these very records, or find it and keep it.

        Parameters
        ----------
        records : Records
            Equal only to themselves, so that changed records are other records.
        question : tuple
            All that the answer rests on beside the records, compared by value; it must not hold the records.
        find : callable
        """
        if max(table.height for table in records.tables.values()) > MOST_ROWS:
            return find()
        for asked, answer in self._kept.get(records, ()):
            if len(asked) == len(question) and all(map(_same, asked, question)):
                return answer
        answer = find()
        # Looked up again: finding it may have asked questions of the same kind.
        self._kept[records] = (*self._kept.get(records, ())[-self.most + 1 :], (question, answer))
        return answer

    def answers_of(self, records: Records) -> int:
        """Return how many answers are kept of these records."""
        return len(self._kept.get(records, ()))


def _same(one: object, other: object) -> bool:
    if isinstance(one, pl.DataFrame) and isinstance(other, pl.DataFrame):
        return one.schema == other.schema and one.equals(other)
    return one is other or one == other
