"""The CD8/FOXP3 ratio: low below 3, infinite and high without FOXP3, nothing where neither cell was seen."""

import math

import pytest

from sequela.derive.biomarkers import receptor_status
from sequela.derive.cd8_foxp3 import DIECI_2018, cd8_foxp3_classes, ratio_of

from ..hand_made import at, records


def bundle(*rows):
    names = ("day", "specimen", "unit", "marker", "value")
    return records(biomarkers=[{"patient_id": "a", **dict(zip(names, row, strict=True))} for row in rows])


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(1.93, "low"), (2.999, "low"), (3.0, "high"), (math.inf, "high"), (None, None), (math.nan, None), (0.0, "low")],
)
def test_both_sides_of_the_cut_off(ratio, expected):
    assert DIECI_2018.classify(ratio) == expected


def test_the_ratio_of_two_counts():
    assert ratio_of(6, 2) == 3
    assert ratio_of(6, 0) == math.inf
    assert ratio_of(0, 0) is None


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([(0, "skin", "%", "CD8/FOXP3", "1,93")], "low"),
        ([(0, "skin", "%", "CD8/FOXP3", "ratio 3")], "high"),
        ([(0, "skin", "%", "CD8", "10"), (0, "skin", "%", "FOXP3", "5 %")], "low"),
        ([(0, "skin", "%", "CD8", "10"), (0, "skin", "%", "FOXP3", "0")], "high"),
        ([(0, "skin", "%", "CD8", "0"), (0, "skin", "%", "FOXP3", "0")], None),
        ([(0, "skin", "%", "CD8", "30"), (0, "liver", "%", "FOXP3", "5")], None),
        ([(0, "skin", "%", "CD8", "30"), (0, "skin", "cells/mm2", "FOXP3", "5")], None),
        ([(0, "skin", "%", "CD8", "30"), (1, "skin", "%", "FOXP3", "5")], None),
        ([(0, "skin", "%", "CD8", "many"), (0, "skin", "%", "FOXP3", "5")], None),
        ([(0, "skin", "%", "CD8", "30"), (0, "skin", "%", "CD8", "10"), (0, "skin", "%", "FOXP3", "5")], None),
        ([(0, "skin", "%", "CD8/FOXP3", "1"), (0, "skin", "%", "CD8", "30"), (0, "skin", "%", "FOXP3", "5")], "low"),
    ],
)
def test_a_ratio_needs_one_area_and_one_unit(rows, status):
    assert receptor_status(bundle(*rows), "cd8_foxp3", at(a=5))["status"].to_list() == [status]


def test_an_infinite_ratio_says_so():
    found = cd8_foxp3_classes(bundle((0, "skin", "%", "CD8", "10"), (0, "skin", "%", "FOXP3", "0")))
    assert found.select("ratio", "rule").rows() == [(math.inf, "CD8/FOXP3 infinite, no FOXP3")]
