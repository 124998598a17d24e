"""Assessments made from lesions stand where recorded ones stood, and say which measurement they are."""

import pytest

from sequela.derive.recist_assessments import read_from_lesions

from .lesions import bundle, followed, zero


def made(record):
    table = read_from_lesions(record, zero()).records.table("assessments")
    return table.select("day", "response", "basis", "source").rows()


def test_what_was_recorded_before_stays_and_what_came_after_is_read_from_the_lesions():
    recorded = [
        {"patient_id": "a", "day": day, "response": what, "basis": "clinical"}
        for day, what in ((-30, "PD"), (60, "PD"))
    ]
    record = bundle(followed(days=(-5, 60, 120), t_liver="40, 20, 30", method="CT"), assessments=recorded)
    assert made(record) == [
        (-30, "PD", "clinical", "assessments:2"),
        (-5, None, "radiologic", "measurements:2"),
        (60, "PR", "radiologic", "measurements:3"),
        (120, "PD", "radiologic", "measurements:4"),
    ]


@pytest.mark.parametrize(
    ("organ", "method", "basis"),
    [
        ("skin", None, "clinical"),
        ("skin", "photography with ruler", "clinical"),
        ("skin", "MRI", "radiologic"),
        ("liver", None, "radiologic"),
        ("node", "calipers", "clinical"),
        ("node", "CT", "radiologic"),
    ],
)
def test_what_an_assessment_rests_on(organ, method, basis):
    record = bundle(followed(method=method, **{f"t_{organ}": "20, 40"}))
    assert made(record)[-1] == (60, "PD", basis, "measurements:3")


def test_patients_who_are_not_asked_about_have_no_assessment_left():
    record = bundle(followed("a", t_liver="40, 20"), assessments=[{"patient_id": "b", "day": 5, "response": "PR"}])
    read = read_from_lesions(record, zero())
    assert set(read.records.table("assessments")["patient_id"]) == {"a"}
    assert read.points.table["overall"].to_list() == ["PR"]


def undecidable(record, **options):
    return read_from_lesions(record, zero(), **options).records.incomplete_patients("assessments").to_list()


def test_who_has_no_baseline_or_an_unmeasured_new_lesion_is_incomplete():
    assert undecidable(bundle(followed(t_liver="40, 20"))) == []
    assert undecidable(bundle(followed(t_liver=", 20"))) == ["a"]
    assert undecidable(bundle(followed(t_liver="40, 20", n_lung=""))) == ["a"]
    assert undecidable(bundle(followed(x_liver="-, -"))) == []
    assert undecidable(bundle()) == ["a"]


def test_a_baseline_that_the_strict_reading_refuses_is_none():
    breach = bundle(followed(t_liver="9, 8"))
    assert undecidable(breach) == [] and undecidable(breach, strict=True) == ["a"]
