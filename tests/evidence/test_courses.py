"""Earlier courses laid out so that printed counts and durations come back, days worked by hand."""

import numpy as np
import pytest

from sequela.evidence.courses import Drugs, deal_partners, past_of
from sequela.evidence.dealing import deal_lines
from sequela.evidence.template import History

TMAB = History(
    backbone="trastuzumab",
    replaced_by="lapatinib",
    replaced_partner="capecitabine",
    partners=("vinorelbine", "capecitabine", "eribulin"),
)
PMAB = History(backbone="trastuzumab", added="pertuzumab", partners=("vinorelbine",))


def rows(past):
    return [(course.drug, course.start, course.stop, course.setting) for course in past.courses]


def test_two_lines_under_one_antibody():
    """400 days end 21 before day 0: -421 to -21, the second line from the middle, -221."""
    past = past_of(TMAB, Drugs(400, 0, 0, 2, first_partner="docetaxel"))
    assert rows(past) == [
        ("trastuzumab", -421, -21, "metastatic"),
        ("docetaxel", -421, -295, "metastatic"),
        ("vinorelbine", -221, -95, "metastatic"),
    ]
    assert past.progressions == (-228, -7)
    assert past.metastatic == -442


def test_lapatinib_is_one_more_line_after_the_antibody():
    """210 days of lapatinib before -21, so the antibody ends on -231; its partner is not given twice."""
    past = past_of(TMAB, Drugs(300, 0, 210, 3, first_partner="docetaxel"))
    assert rows(past) == [
        ("trastuzumab", -531, -231, "metastatic"),
        ("docetaxel", -531, -405, "metastatic"),
        ("vinorelbine", -381, -255, "metastatic"),
        ("lapatinib", -231, -21, "metastatic"),
        ("capecitabine", -231, -21, "metastatic"),
    ]
    assert past.progressions == (-388, -238, -7)


def test_pertuzumab_fills_the_last_line():
    past = past_of(PMAB, Drugs(500, 200, 0, 2, added_partner="docetaxel"))
    assert ("pertuzumab", -221, -21, "metastatic") in rows(past)
    assert ("docetaxel", -221, -95, "metastatic") in rows(past)
    assert ("vinorelbine", -521, -395, "metastatic") in rows(past)


def test_relapse_on_adjuvant_treatment_has_no_line():
    past = past_of(TMAB, Drugs(55, 0, 0, 0, first_partner="paclitaxel"))
    assert rows(past) == [("trastuzumab", -76, -21, "early"), ("paclitaxel", -76, -21, "early")]
    assert past.progressions == ()


def test_longer_histories_take_more_lines():
    dealt = deal_lines(np.array([100, 900, 500, 300]), np.array([0, 0, 0, 2]), np.array([1, 4, 2, 0]))
    assert dealt.tolist() == [0, 4, 1, 2]


@pytest.mark.parametrize("seed", range(5))
def test_partners_go_to_as_many_patients_as_printed(seed):
    dealt = deal_partners({"docetaxel": 10, "paclitaxel": 14}, list(range(24)), np.random.default_rng(seed))
    assert sorted(dealt.values()) == ["docetaxel"] * 10 + ["paclitaxel"] * 14
