"""Each check of a baseline: a record that fails it and nothing else of its kind, and one just inside the limit."""

import pytest

from sequela.derive.recist_rules import CHECKS
from sequela.derive.recist_time_points import time_points
from sequela.records.bundle import Records

from .lesions import bundle, followed, zero


def checks(record):
    return time_points(record, zero()).checks.select("check", "lesion_id", "row").rows()


def named(record):
    return [name for name, _, _ in checks(record)]


def of(**lesions):
    return bundle(followed(**lesions))


def test_a_baseline_by_the_book_has_no_breach():
    record = of(
        t_liver_1="30, 20", t_liver_2="10, 8", t_node_1="15, 9", t_node_2="20, 9", t_lung="12, -", x_node_3="12, 9"
    )
    assert checks(record) == []


@pytest.mark.parametrize(
    ("lesions", "expected"),
    [
        ({"t_liver": ", 20"}, ["B01", "B14"]),
        ({"t_liver": "9.9, 20"}, ["B04"]),
        ({"t_node": "14.9, 20"}, ["B05"]),
        ({f"t_{o}": "20, 20" for o in ("liver", "lung", "skin", "brain", "node", "spleen")}, ["B06"]),
        ({"t_liver_1": "20", "t_liver_2": "20", "t_liver_3": "20"}, ["B07"]),
        ({"t_bone": "20, 20"}, ["B08"]),
        ({"t_liver": "20, 20", "x_node": "9, 9"}, ["B10"]),
        ({"t_liver": "20, 20", "t_node": "9.9, 9"}, ["B10"]),
        ({"t_liver": "20, 20", "t_node": "10, 9"}, ["B05"]),
        ({"t_liver": "20, 20", "n_lung": "+, +"}, ["B11"]),
        ({"t_liver": "20, 20", "x_lung": "-, +"}, ["B12"]),
        ({"t_liver": "20, 20", "t_lung": "+, 20"}, ["B13"]),
        ({"t_liver": "20, 20", "x_lung": ", +"}, ["B14"]),
        ({"t_liver": "20, 20", "n_lung": ""}, ["B15"]),
        ({"t_liver": "20, ++"}, ["B18"]),
        ({"t_liver": "4, 3, 2"}, ["B04", "B21"]),
        ({"t_liver": "20, 400.1"}, ["B22"]),
        ({"t_liver": "20, 20", "x_lung": "12, 10, 15"}, ["B27"]),
        ({"t_liver": "20, 20", "x_lung": "12, 10, 14.9"}, []),
        ({"t_liver": "20, 20", "x_lung": "40, 40, 47.9"}, []),
        ({"t_liver": "20, 20", "x_lung": "12, 20, ++"}, []),
        ({"t_liver": "20, 20", "x_node": "10, 4, 9"}, []),
        ({"t_liver": "23, 21, 2.1"}, ["B23"]),
        ({"t_liver": "23, 21, 210"}, ["B23"]),
        ({"t_liver": "40, <"}, []),
        ({"t_liver": "23, 21, 3"}, []),
    ],
)
def test_each_check(lesions, expected):
    assert named(of(**lesions)) == expected


def test_five_targets_and_two_in_an_organ_are_allowed_and_all_nodes_are_one_organ():
    assert named(of(**{f"t_{o}": "20" for o in ("liver", "lung", "skin", "brain", "node")})) == []
    assert named(of(t_node_1="20", t_node_2="20", t_node_3="20")) == ["B07"]


@pytest.mark.parametrize(
    ("days_before", "expected"), [(28, []), (29, ["B02"]), (35, ["B02"]), (36, ["B03"]), (92, ["B01", "B14"])]
)
def test_the_age_of_the_baseline(days_before, expected):
    record = bundle(followed(days=(-days_before, 60), t_liver="20, 20"))
    assert named(record) == expected


def test_an_x_ray_needs_twenty_millimetres():
    assert named(bundle(followed(method="chest X-ray", t_lung="19.9"))) == ["B04"]
    assert named(bundle(followed(method="chest X-ray", t_lung="20"))) == []
    assert named(bundle(followed(method="CT", t_lung="19.9"))) == []


def irradiated(day, **tables):
    beam = [{"patient_id": "a", "day": day, "kind": "radiotherapy", "organ": "liver"}]
    return bundle(followed(t_liver="20, 20"), procedures=beam, **tables)


def test_an_irradiated_organ_unless_it_progressed_since():
    assert named(irradiated(-100)) == ["B09"]
    assert named(irradiated(10)) == []
    worse = [{"patient_id": "a", "day": -50, "response": "PD"}]
    assert named(irradiated(-100, assessments=worse)) == []
    earlier = [{"patient_id": "a", "day": -150, "response": "PD"}]
    assert named(irradiated(-100, assessments=earlier)) == ["B09"]


def measured(*rows):
    table = [{"patient_id": "a", "lesion_id": "l", "organ": "liver", "role": "target"}]
    return bundle({"lesions": table, "measurements": [{"patient_id": "a", "lesion_id": "l", **row} for row in rows]})


def test_a_state_that_contradicts_its_diameter_cannot_be_evaluated():
    record = measured({"day": 0, "diameter_mm": 20.0}, {"day": 60, "diameter_mm": 12.0, "state": "absent"})
    assert checks(record) == [("B16", "l", "measurements:3")]
    assert time_points(record, zero()).table["overall"].to_list() == ["NE"]


def test_a_lesion_measured_twice_on_a_day_with_two_results_cannot_be_evaluated_that_day():
    twice = {"day": 0, "diameter_mm": 20.0}, {"day": 60, "diameter_mm": 12.0}, {"day": 60, "diameter_mm": 15.0}
    assert checks(measured(*twice)) == [("B17", "l", "measurements:3")]
    assert time_points(measured(*twice), zero()).table["overall"].to_list() == ["NE"]
    same = twice[0], twice[1], twice[1]
    assert checks(measured(*same)) == []
    assert time_points(measured(*same), zero()).table["overall"].to_list() == ["PR"]


def test_refused_rows_are_pointed_out_and_those_of_lesions_leave_only_progression():
    import polars as pl

    whole = of(t_liver="20, 10")
    for table, check, overall in (("lesions", "B19", "NE"), ("measurements", "B20", "PR")):
        lost = Records(whole.tables, whole.kind, incomplete=pl.DataFrame({"patient_id": ["a"], "table": [table]}))
        assert named(lost) == [check]
        assert time_points(lost, zero()).table["overall"].to_list() == [overall]


@pytest.mark.parametrize(
    ("organ", "nodal", "expected"),
    [("lymph node", False, ["B24"]), ("liver", True, ["B24"]), ("lymph node", None, []), ("lymph node", True, [])],
)
def test_a_flag_that_contradicts_the_organ(organ, nodal, expected):
    row = {"patient_id": "a", "lesion_id": "l", "day": 0, "diameter_mm": 20.0}
    lesion = {"patient_id": "a", "lesion_id": "l", "organ": organ, "role": "target", "nodal": nodal}
    assert named(bundle({"lesions": [lesion], "measurements": [row]})) == expected


@pytest.mark.parametrize(
    ("course", "method", "expected"),
    [
        ("+, -, -", None, [("B25", "x_skin", "measurements:3")]),
        ("+, -, -", "photography", []),
        ("+, ?, -", "examination", [("B25", "x_skin", "measurements:4")]),
        ("+, ++, ++", "examination", [("B26", "x_skin", "measurements:3")]),
        ("+, ++, ++", "examination and biopsy", []),
        ("+, +, +", None, []),
    ],
)
def test_skin_that_cleared_or_progressed_needs_something_to_show_for_it(course, method, expected):
    assert checks(bundle(followed(method=method, x_skin=course))) == expected


@pytest.mark.parametrize(("day", "expected"), [(0, []), (120, []), (121, ["B26"]), (-1, ["B26"])])
def test_a_biopsy_of_the_skin_backs_its_progression(day, expected):
    taken = [{"patient_id": "a", "day": day, "marker": "HER2", "value": "positive", "specimen": "skin metastasis"}]
    record = bundle(followed(t_liver="20, 20", x_skin="+, +", n_skin=", +"), biomarkers=taken)
    assert named(record) == expected
    other = [{**taken[0], "day": 60, "specimen": "liver"}]
    assert named(bundle(followed(t_liver="20, 20", n_skin=", +"), biomarkers=other)) == ["B26"]


def test_every_check_is_tried_here():
    from pathlib import Path

    text = Path(__file__).read_text(encoding="utf-8")
    assert not [name for name in CHECKS if f'"{name}"' not in text]
