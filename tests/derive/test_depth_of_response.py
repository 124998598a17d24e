"""The deepest change of each line, worked by hand."""

import pytest

from sequela.derive.depth_of_response import NEVER_MEASURED, NO_TARGETS, depth_of_response
from sequela.derive.response_by_line import responses_by_line

from .lesions import bundle, followed


def depth(*patients, drugs=()):
    people = [{"patient_id": each["lesions"][0]["patient_id"], "last_contact": 900} for each in patients]
    given = [
        {"patient_id": name, "drug": drug, "start": start, "stop": stop, "setting": "metastatic"}
        for name, drug, start, stop in drugs
    ]
    return depth_of_response(responses_by_line(bundle(*patients, patients=people, exposures=given)))


def one(patient, **more):
    return depth(patient, **more).row(0, named=True)


@pytest.mark.parametrize(
    ("course", "change", "day"),
    [
        ("50, 25, 30", -50.0, 60),  # 25 of 50
        ("50, 40, 20, 22", -60.0, 120),  # 20 of 50, the visit after does not undo it
        ("50, 55", 10.0, 60),
        ("50, 40, 40", -20.0, 60),  # equal changes: the earlier
        ("50, 25, 40, 5", -50.0, 60),  # 40 is progression from 25; what shrinks afterwards is another matter
        ("50, 70, 20", 40.0, 60),  # progression at once: its own change counts
        ("50, -", -100.0, 60),
    ],
)
def test_up_to_the_first_progression(course, change, day):
    found = one(followed(t_liver=course))
    assert found["change_percent"] == pytest.approx(change, abs=1e-12) and found["day"] == day
    assert found["row"].startswith("measurements:") and found["missing"] is None


def test_a_new_lesion_is_marked_though_the_targets_shrank():
    found = one(followed(t_liver="50, 20", n_bone=", +"))
    assert (found["change_percent"], found["trigger"], found["best"]) == (-60.0, "N1", "PD")


def test_a_visit_without_every_target_has_no_change():
    found = one(followed(t_liver="50, ", t_lung="30, 10"))
    assert (found["change_percent"], found["missing"]) == (None, NEVER_MEASURED)


def test_without_targets_there_is_nothing_to_measure():
    found = one(followed(x_bone="+, +"))
    assert (found["change_percent"], found["missing"]) == (None, NO_TARGETS)


def test_each_line_has_its_own_baseline_and_the_largest_growth_comes_first():
    lines = [("a", "T-DM1", 0, 100), ("a", "lapatinib", 110, 400)]
    found = depth(followed("a", days=(0, 60, 105, 180), t_liver="50, 20, 40, 30"), drugs=lines)
    assert found.select("line", "change_percent", "day").rows() == [(2, -25.0, 180), (1, -60.0, 60)]
