"""Ki-67 as a number and by a cut-off, from what laboratories write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequela.derive.ki67 import SEPHER_KI67, ki67_at, sepher_ki67_at
from sequela.derive.percent import percent

from ..hand_made import at, records


@pytest.mark.parametrize(
    ("text", "number", "side"),
    [
        ("20", 20.0, "<= 20"),
        ("20.1", 20.1, "> 20"),
        ("20,1 %", 20.1, "> 20"),
        ("> 20 %", None, "> 20"),
        ("≥ 20", None, None),
        ("<= 20", None, "<= 20"),
        ("< 20 %", None, "<= 20"),
        ("10-15", None, "<= 20"),
        ("15-25 %", None, None),
        ("0", 0.0, "<= 20"),
    ],
)
def test_number_and_side(text, number, side):
    bundle = records(biomarkers=[{"patient_id": "a", "day": 0, "marker": "Ki-67", "value": text}])
    assert ki67_at(bundle, at(a=0))["value"].to_list() == [number]
    assert sepher_ki67_at(bundle, at(a=0))["value"].to_list() == [side] == [SEPHER_KI67.classify(text)]


@pytest.mark.parametrize("text", ["high", "120", "-5", "", "20 30", "30-10", "1e1", "20 % of cells"])
def test_what_is_no_share(text):
    assert percent(text) is None


def test_the_latest_one_that_is_a_share():
    values = [(None, "70"), (0, "30"), (5, "not done"), (9, "50")]
    bundle = records(
        biomarkers=[{"patient_id": "a", "day": day, "marker": "Ki-67", "value": text} for day, text in values]
    )
    assert ki67_at(bundle, at(a=8)).rows() == [("a", 30.0, "biomarkers:3")]
    assert ki67_at(bundle, at(a=-1))["value"].to_list() == [70.0]


@given(st.text(max_size=10))
def test_a_share_lies_between_nothing_and_all(text):
    found = percent(text)
    assert found is None or 0 <= found.low <= found.high <= 100
