"""Sites by group, counted by hand: who responded where, who disagreed, and what the skin decided."""

import math

import polars as pl
import pytest

from sequela.analyses.sites import sites
from sequela.errors import NotEstimableError

from ..derive.lesions import bundle, followed
from ..hand_made import records
from .twelve import cohort

SKIN = "skin and soft tissue"
DAYS = (0, 60, 120)
COURSES = {
    "a1": {"t_liver": "40, 20, -", "x_skin": "+, +, ++"},  # strict and confined on day 120
    "a2": {"t_liver": "40, 20, 20", "t_skin": "20, 20, 14"},  # both respond, not at once
    "a3": {"t_liver": "40, 80", "t_skin": "20, 10"},  # strict and confined on day 60: progression in the liver
    "a4": {"t_skin": "20, 30"},  # one site
    "b1": {"t_liver": "40, 38, 38", "x_bone": "+, +, +"},  # nothing happens
    "b2": {"t_liver": "40, 50", "t_skin": "20, 25"},  # both progress
    "b3": {"t_liver": "40, 20, 20", "n_brain": ", , +"},  # the brain is new: confined
}


def answered(**options):
    written = [followed(name, days=DAYS, **lesions) for name, lesions in COURSES.items()]
    people = [{"patient_id": name, "last_contact": 300} for name in cohort().patients["patient_id"]]
    return sites(cohort(), bundle(*written, patients=people), **options)


def outcome(result, site):
    return next(item for item in result.outcomes if item.site == site)


def test_each_site_by_group_and_everybody():
    result = answered()
    assert [item.site for item in result.outcomes] == [SKIN, "bone", "liver", "brain and meninges"]
    liver, skin, brain = (outcome(result, name) for name in ("liver", SKIN, "brain and meninges"))
    assert liver.followed == (3, 3, 6) and skin.followed == (4, 1, 5) and brain.followed == (0, 0, 0)
    assert liver.responded.counts == (2, 1, 3)  # a1, a2; b3
    assert dict(liver.best)["CR"] == (1, 0, 1) and dict(liver.best)["PD"] == (1, 1, 2)
    assert skin.responded.counts == (2, 0, 2)  # a2, a3
    assert skin.progressed == (2, 1, 3) and brain.progressed == (0, 1, 1)  # a1, a4; b2; b3
    assert math.isnan(brain.responded.estimates[0].value) and not brain.responded.tests


def test_disagreement_is_of_the_patients_in_whom_it_could_be_seen():
    strict, soft, confined = answered().proportions
    assert (strict.counts, strict.sizes) == ((2, 1, 3), (3, 3, 6))  # a4 has one site
    # a2: liver 45 to 25 mm while the skin stays, 5 mm added, log 1.8 = 0.59; a3; not b2, log(55/45) and log(30/25)
    assert (soft.counts, soft.sizes) == ((2, 0, 2), (2, 1, 3))
    assert (confined.counts, confined.sizes) == ((2, 1, 3), (3, 2, 5))


def test_what_progressed_while_what_responded():
    assert answered().confined == (
        (("brain and meninges",), ("liver",), 1),
        (("liver",), (SKIN,), 1),
        ((SKIN,), ("liver",), 1),
    )


def test_progression_free_survival_without_the_skin():
    whole, without = answered(without=(SKIN,)).progression_free
    assert [label for label, _ in (whole, without)] == ["all sites", f"without {SKIN}"]
    assert [group.events for group in whole[1].groups] == [3, 2]  # a1 a3 a4; b2 b3
    assert [group.events for group in without[1].groups] == [1, 2]  # the liver of a3; b2, b3
    assert [group.n for group in without[1].groups] == [3, 3]  # a4 has nothing but skin; a5, a6, b4 to b6 no lesion
    table = answered(without=(SKIN,)).results
    assert table.filter(pl.col("level") == f"without {SKIN}")["events"].to_list() == [1, 2]


def test_the_probability_of_progression_in_the_skin_against_r():
    """Days 120, 240 progression, 150, 90 death, 400, 360 neither; R: survfit(Surv(t, cause) ~ 1), log-log limits."""
    days = {"a1": 120, "a2": 150, "a3": 240, "a4": 400, "a5": 90, "a6": 360}
    ends = {"a1": "++", "a3": "++", "a4": "+", "a6": "+"}
    written = [
        followed(name, days=(0, 30, days[name]), x_skin=f"+, +, {ends.get(name, '')}", t_liver="40, 30, 30")
        for name in days
    ]
    dead = ("a2", "a5")
    written += [followed(name, days=(0, 500), t_liver="40, 30") for name in ("b1", "b2", "b3", "b4", "b5", "b6")]
    names = cohort().patients["patient_id"]
    people = [{"patient_id": name, "death": days[name] if name in dead else None} for name in names]
    result = sites(cohort(), bundle(*written, patients=people))
    read = outcome(result, SKIN).incidence[0]
    assert [day for day, _ in read] == [6 * 30.4375, 12 * 30.4375]
    found = [(item.value, item.low, item.high) for _, item in read]
    assert found[0] == pytest.approx((1 / 6, 0.007723104, 0.5168018), rel=1e-6)
    assert found[1] == pytest.approx((1 / 3, 0.046082243, 0.6755644), rel=1e-6)
    assert outcome(result, SKIN).incidence[1][0][1].value == 0


def test_records_without_lesions_have_no_sites():
    people = [{"patient_id": name, "last_contact": 300} for name in cohort().patients["patient_id"]]
    with pytest.raises(NotEstimableError, match="no patient of the study has lesions"):
        sites(cohort(), records(patients=people))
