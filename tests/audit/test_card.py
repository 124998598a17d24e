"""The grade of a card is its worst item."""

import pytest

from sequela.analyses.report_card import CardItem, ReportCard, Status
from sequela.audit import thresholds
from sequela.audit.thresholds import Threshold


def card(*statuses):
    return ReportCard(
        tuple(CardItem(f"B{i}", f"item_{i}", "Item", status, "Found.") for i, status in enumerate(statuses))
    )


@pytest.mark.parametrize(
    ("statuses", "grade"),
    [
        ((Status.OK, Status.OK), Status.OK),
        ((Status.OK, Status.NOT_ASSESSABLE), Status.NOT_ASSESSABLE),
        ((Status.WARN, Status.NOT_ASSESSABLE), Status.WARN),
        ((Status.WARN, Status.ERROR, Status.OK), Status.ERROR),
        ((), Status.NOT_ASSESSABLE),
    ],
)
def test_the_worst_item_decides(statuses, grade):
    assert card(*statuses).grade is grade


def test_what_stops_the_reader_comes_first_and_ties_keep_their_order():
    shown = card(Status.OK, Status.WARN, Status.ERROR, Status.WARN).worst_first()
    assert [item.id for item in shown] == ["B2", "B1", "B3", "B0"]


def test_every_threshold_says_what_it_is_and_why():
    found = [value for value in vars(thresholds).values() if isinstance(value, Threshold)]
    assert found
    for threshold in found:
        assert threshold.meaning and threshold.reason
