"""Sites worked by hand: the two patients of the skin paper with synthetic millimetres, and how far sites move apart."""

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.derive.recist_lesions import OTHER_SITE, SITES
from sequela.derive.recist_rules import RECIST_1_1
from sequela.derive.recist_sites import (
    DIED,
    DISAGREEMENT_COLUMNS,
    PROGRESSION,
    best_by_site,
    site_responses,
    site_times,
    soft_limit,
    without_site,
)
from sequela.derive.recist_time_points import read_visits, time_points
from sequela.records.organs import organ

from .lesions import bundle, followed, zero

NEVER = pl.DataFrame(schema={"patient_id": pl.String, "day": pl.Int32})
SKIN = "skin and soft tissue"

# Liver 40 mm, 24 mm after 5 cycles, gone after 12, when the skin progressed and the other breast was involved.
FIRST = {"t_liver": "40, 24, -", "x_skin": "+, +, ++", "n_breast": ", , +"}
# Bone without measurable soft tissue, skin nodules with new ones at 12 cycles.
SECOND = {"x_bone": "+, +, +", "x_skin_1": "+, +, ++", "n_skin_2": ", , +"}


def read(days=(0, 105, 252), **lesions):
    points = time_points(bundle(followed(days=days, **lesions)), zero())
    return points, site_responses(points)


def states(**lesions):
    _, found = read(**lesions)
    last = found.visits.filter(pl.col("time_point") == pl.col("time_point").max())
    return dict(last.select("site", "overall").iter_rows())


def test_case_1_liver_complete_while_the_skin_progresses():
    points, found = read(**FIRST)
    assert points.table["overall"].to_list() == ["PR", "PD"]
    assert states(**FIRST) == {"liver": "CR", SKIN: "PD", "breast and chest wall": "PD"}
    last = found.disagreement.row(-1, named=True)
    assert last["responding"] == ["liver"] and last["progressing"] == ["breast and chest wall", SKIN]
    assert last["strict"] and last["confined"]
    assert found.disagreement["strict"].to_list() == [False, True]
    best = best_by_site(found, zero(), NEVER).select("site", "best", "progression").rows()
    assert best == [("breast and chest wall", "PD", 252), ("liver", "CR", None), (SKIN, "NON-CR/NON-PD", 252)]


def test_case_2_bone_without_soft_tissue_is_no_response():
    points, found = read(**SECOND)
    assert points.table["overall"].to_list() == ["NON-CR/NON-PD", "PD"]
    assert states(**SECOND) == {"bone": "NON-CR/NON-PD", SKIN: "PD"}
    assert found.disagreement["strict"].to_list() == [False, False]
    assert found.disagreement["confined"].to_list() == [False, False]


def test_case_2_with_measurable_soft_tissue_around_the_bone_is_a_response():
    _, found = read(**{**SECOND, "t_bone_2": "30, 15, 15"})
    last = found.disagreement.row(-1, named=True)
    assert last["strict"] and last["confined"] and last["responding"] == ["bone"]


def test_a_site_is_read_by_its_own_sum_and_nadir():
    points, found = read(t_liver="60, 30, 30", t_lung="20, 20, 26")
    # together 80, 50, 56: 12 % above the nadir; the lung alone 30 % and 6 mm above its own
    assert points.table["target"].to_list() == ["PR", "PR"]
    assert found.visits.filter(site="lung and pleura")["overall"].to_list() == ["SD", "PD"]
    assert found.visits.filter(site="liver")["overall"].to_list() == ["PR", "PR"]
    assert found.disagreement["strict"].to_list() == [False, True]
    assert not found.disagreement["confined"].any()  # overall there is no progression


def test_the_spread_and_the_index_by_hand():
    _, found = read(t_liver="45, -", t_lung="20, 25")
    row = found.disagreement.row(0, named=True)
    down, up = math.log(5 / 50), math.log(30 / 25)
    assert row["spread"] == pytest.approx(up - down)
    assert row["index"] == pytest.approx((up - down) / math.sqrt(2))
    assert row["soft"]


def test_the_soft_limit_is_the_way_from_partial_response_to_progression():
    assert soft_limit() == pytest.approx(math.log(1.2 / 0.7)) == pytest.approx(0.539, abs=5e-4)
    # with the 5 mm added: 100 to 70 and 100 to 120, exactly the limit
    _, found = read(t_liver="95, 65", t_lung="95, 115")
    assert found.disagreement["spread"][0] == pytest.approx(soft_limit())
    _, found = read(t_liver="95, 66", t_lung="95, 115")
    assert found.disagreement["soft"].to_list() == [False]


def test_one_site_cannot_disagree():
    _, found = read(t_liver="40, 20, 60")
    assert found.disagreement.select("strict", "spread", "soft", "index").rows() == [(None, None, None, None)] * 2
    _, found = read(t_liver="40, 20", x_skin="+, ?")
    assert found.disagreement["strict"].to_list() == [None]


def test_a_site_without_disease_waits_for_it():
    _, found = read(t_liver="40, 20, 20", n_brain=", , +")
    assert found.visits.filter(site="brain and meninges")["overall"].to_list() == ["NED", "PD"]
    assert dict(found.sites.select("site", "at_baseline").iter_rows()) == {"brain and meninges": False, "liver": True}


def without(points, site):
    return read_visits(without_site(points.followed, site), RECIST_1_1)


def test_progression_free_without_the_skin():
    points, _ = read(**FIRST)
    assert without(points, SKIN)["overall"].to_list() == ["PR", "PD"]  # the breast remains
    only_skin = {name: course for name, course in FIRST.items() if "breast" not in name}
    points, _ = read(**only_skin)
    assert points.table["overall"].to_list() == ["PR", "PD"]
    assert without(points, SKIN)["overall"].to_list() == ["PR", "CR"]
    assert without(points, "liver")["overall"].to_list() == ["NON-CR/NON-PD", "PD"]


def test_what_follows_the_next_line_does_not_count():
    _, found = read(**FIRST)
    until = pl.DataFrame({"patient_id": ["a"], "day": [200]}, schema=NEVER.schema)
    assert best_by_site(found, zero(), until).select("site", "best", "progression").rows() == [
        ("liver", "PR", None),
        (SKIN, "NON-CR/NON-PD", None),
    ]


def test_every_organ_of_a_site_is_an_organ_of_the_vocabulary_and_in_one_site_only():
    organs = [name for names in SITES.values() for name in names]
    assert len(organs) == len(set(organs)) and OTHER_SITE not in SITES
    assert all(organ(name) == name for name in organs)


def test_the_columns_are_those_the_page_names():
    _, found = read(t_liver="40, 20")
    assert dict(found.disagreement.schema) == DISAGREEMENT_COLUMNS


COURSE = st.lists(st.sampled_from(["-", "8", "12", "20", "30", "45", "?"]), min_size=2, max_size=2)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["12", "20", "40"]), COURSE), min_size=1, max_size=2))
def test_a_patient_with_one_site_is_read_as_the_site(people):
    lesions = {f"t_liver_{i}": ", ".join([base, *course]) for i, (base, course) in enumerate(people)}
    points, found = read(**lesions)
    assert found.visits.drop("site").equals(points.table)
    assert without(points, "bone").equals(points.table)
    assert without(points, "liver").is_empty()


def times(record, *patients):
    points = time_points(record, zero(*patients))
    table = site_times(record, zero(*patients), points, site_responses(points))
    return {
        (row["patient_id"], row["site"]): (row["days"], row["cause"], row["row"]) for row in table.iter_rows(named=True)
    }


def test_the_time_to_progression_of_a_site_with_death_in_its_way():
    people = [{"patient_id": name, "death": death} for name, death in (("a", 400), ("b", 300), ("c", None), ("d", 100))]
    record = bundle(
        followed("a", t_liver="40, 20, 20", x_skin="+, +, ++"),
        followed("b", t_liver="40, 20", x_skin="+, +"),
        followed("c", t_liver="40, 20, ?", x_skin="+, +, ?"),
        followed("d", t_liver=", 20"),
        patients=people,
    )
    assert times(record, "a", "b", "c", "d") == {
        ("a", "liver"): (400, DIED, None),
        ("a", SKIN): (120, PROGRESSION, "measurements:7"),
        ("b", "liver"): (300, DIED, None),
        ("b", SKIN): (300, DIED, None),
        ("c", "liver"): (60, 0, None),  # the last visit that could be evaluated
        ("c", SKIN): (60, 0, None),
    }  # d has no baseline


def test_a_progression_on_the_day_of_death_was_seen_alive():
    record = bundle(followed(t_liver="40, 60"), patients=[{"patient_id": "a", "death": 60}])
    assert times(record)["a", "liver"] == (60, PROGRESSION, "measurements:3")
