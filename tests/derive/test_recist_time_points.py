"""Visits read by RECIST 1.1: every limit worked by hand, and whole courses against a reading one lesion at a time."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.derive.recist_rules import RECIST_1_1, TIME_POINT_TABLE
from sequela.derive.recist_time_points import TIME_POINT_COLUMNS, time_points

from .lesions import bundle, followed, zero

RULES = RECIST_1_1


def visits(*columns, rules=RULES, strict=False, days=(0, 60, 120, 180, 240, 300, 360), **lesions):
    table = time_points(bundle(followed(days=days, **lesions)), zero(), rules, strict=strict).table
    return table[columns[0]].to_list() if len(columns) == 1 else table.select(columns).rows()


@pytest.mark.parametrize(
    ("course", "expected"),
    [  # base 100: 70 is 30 % below it, 70.1 is not
        ("100, 70", "PR"),
        ("100, 70.1", "SD"),
        # nadir 50: 60 is 20 % and 10 mm above; 59.9 is 19.8 %
        ("100, 50, 60", "PD"),
        ("100, 50, 59.9", "PR"),
        # nadir 20: 25 is 25 % and 5 mm above; 24.9 is 24.5 % but 4.9 mm
        ("30, 20, 24.9", "SD"),
        ("30, 20, 25", "PD"),
        ("40, 30, 35.9", "SD"),  # 19.7 %, 5.9 mm
        ("100, 119.9", "SD"),
        ("100, 120", "PD"),
        ("100, 10, -", "CR"),
        ("100, <", "PR"),
        ("100, ?", "NE"),
        ("10.1, 7.07", "PR"),  # exactly 0.7, which binary numbers miss
        ("11, 11, 16", "PD"),
    ],
)
def test_one_target(course, expected):
    assert visits("target", t_liver=course)[-1] == expected


def test_the_nadir_is_the_smallest_sum_before_and_baseline_is_one():
    assert visits("nadir_mm", "sum_mm", t_liver_1="50, 40, 20, 30, 22", t_liver_2="30, 20, 10, ?, 20") == [
        (80.0, 60.0),
        (60.0, 30.0),
        (30.0, None),  # one of the two was not measured, so there is no sum
        (30.0, 42.0),
    ]


def test_nodes_at_normal_size_and_the_others_gone_are_complete_although_the_sum_is_not_zero():
    rows = visits("target", "sum_mm", "overall", t_node="15, 9", t_liver="20, -")
    assert rows == [("CR", 9.0, "CR")]
    assert visits("target", t_node="15, 10", t_liver="20, -") == ["PR"]


def test_the_sum_of_what_was_measured_can_be_progression_and_nothing_else():
    assert visits("target", "rule", t_liver="50, 90", t_lung="20, ?") == [("PD", "TP01")]
    assert visits("target", "rule", t_liver="50, 50", t_lung="20, ?") == [("NE", "TP08")]


def test_a_target_there_again_after_all_had_gone_is_progression_below_five_millimetres_too():
    assert visits("target_rule", "trigger", t_liver="50, -, 4", x_bone="+, +, +") == [("T1", None), ("T3", "T3")]


@pytest.mark.parametrize(
    ("target", "other", "new", "overall"),
    [  # RECIST 1.1, tables 1 and 2
        ("40, -", "+, -", "", "CR"),
        ("40, -", "+, +", "", "PR"),
        ("40, -", "+, ?", "", "PR"),
        ("40, 20", "+, +", "", "PR"),
        ("40, 20", "+, -", "", "PR"),
        ("40, 20", "+, ?", "", "PR"),
        ("40, 38", "+, +", "", "SD"),
        ("40, 38", "+, ?", "", "SD"),
        ("40, ?", "+, -", "", "NE"),
        ("40, 60", "+, -", "", "PD"),
        ("40, -", "+, ++", "", "PD"),
        ("40, -", "+, -", ", 12", "PD"),
        (None, "+, -", "", "CR"),
        (None, "+, +", "", "NON-CR/NON-PD"),
        (None, "+, ?", "", "NE"),
        (None, "+, ++", "", "PD"),
        (None, "+, -", ", +", "PD"),
        ("40, -", None, "", "CR"),
    ],
)
def test_the_time_point_table(target, other, new, overall):
    lesions = {"t_liver": target, "x_bone": other, "n_brain": new or None}
    assert visits("overall", **{name: course for name, course in lesions.items() if course}) == [overall]


def test_no_lesion_at_baseline_is_no_disease_until_one_appears():
    assert visits("overall", x_liver="-, -, -", n_brain=", , +") == ["NED", "PD"]


def test_every_row_of_the_table_is_reached():
    courses = [
        {"t_liver": t, "x_bone": x, "n_brain": n}
        for t in ("40, 60", "40, -", "40, 20", "40, 38", "40, ?", "-, -")
        for x in ("+, ++", "+, -", "+, +", "+, ?", "-, -")
        for n in ("", ", +")
    ]
    written = [
        followed(f"p{i}", **{name: course for name, course in each.items() if course}) for i, each in enumerate(courses)
    ]
    table = time_points(bundle(*written), zero(*(f"p{i}" for i in range(len(courses))))).table
    assert set(table["rule"]) == {row.id for row in TIME_POINT_TABLE}


def test_an_equivocal_new_lesion_dates_the_progression_once_it_is_confirmed():
    confirmed = visits("overall", "day", "new", t_liver="40, 38, 36, 36", n_lung=", ?, ?, 9")
    assert confirmed == [("PD", 60, True), ("PD", 120, True), ("PD", 180, True)]
    assert visits("overall", t_liver="40, 38, 36, 36", n_lung=", ?, -, 9") == ["SD", "SD", "PD"]
    assert visits("overall", t_liver="40, 38, 36", n_lung=", ?, ?") == ["SD", "SD"]


def test_a_new_node_of_normal_size_is_none():
    assert visits("overall", t_liver="40, 38, 36", n_node=", 9, 14") == ["SD", "PD"]
    assert visits("overall", t_liver="40, 38", n_node=", 10") == ["PD"]
    assert visits("overall", t_liver="40, 38, 36", n_node=", 9, 13.9") == ["SD", "SD"]


def test_a_node_normal_at_baseline_is_no_disease_and_new_where_it_grows():
    assert visits("overall", "rule", t_node="8, 8, 9, 13") == [("NED", "TP12"), ("NED", "TP12"), ("PD", "TP03")]
    assert visits("overall", t_liver="40, 20, 20", x_node="9, 9, 12") == ["PR", "PR"]


def test_after_a_complete_response_whatever_is_there_again_is_progression():
    assert visits("overall", "rule", t_liver="40, -, -", x_bone="+, -, +")[-1] == ("PD", "N3")
    assert visits("overall", t_liver="40, 20, 20", x_bone="+, -, +")[-1] == "PR"


def test_a_node_after_a_complete_response_must_also_exceed_both_limits():
    assert visits("overall", t_node="16, 9, 11")[-1] == "PR"  # 22 %, but 2 mm
    assert visits("overall", "rule", t_node="16, 9, 14")[-1] == ("PD", "TP01")
    assert visits("overall", "rule", t_node="16, 9, 9", x_node_2="12, 9, 15")[-1] == ("PD", "N3")
    assert visits("overall", "rule", t_node="16, 9, 9", x_node_2="12, 9, 13")[-1] == ("PR", "TP05")


def test_progression_is_dated_by_the_first_day_that_shows_it_and_response_by_the_last_of_the_visit():
    record = bundle(
        {
            "lesions": [
                {"patient_id": "a", "lesion_id": name, "organ": organ, "role": "target"}
                for name, organ in (("l", "liver"), ("s", "skin"))
            ],
            "measurements": [
                {"patient_id": "a", "lesion_id": name, "day": day, "diameter_mm": float(mm)}
                for name, day, mm in (
                    *(("l", 0, 40), ("s", 0, 20)),
                    *(("l", 60, 25), ("s", 65, 10)),
                    *(("l", 120, 45), ("s", 127, 10)),
                )
            ],
        }
    )
    table = time_points(record, zero()).table
    assert table.select("first", "last", "day", "overall").rows() == [(60, 65, 65, "PR"), (120, 127, 120, "PD")]
    assert table.select("row", "rows").rows() == [
        ("measurements:4", ["measurements:4", "measurements:5"]),
        ("measurements:6", ["measurements:6", "measurements:7"]),
    ]


def test_merged_lesions_are_measured_as_one_and_parts_are_added():
    assert visits("sum_mm", t_liver_1="30, 55", t_liver_2="20, merged") == [55.0]
    assert visits("target", t_liver_1="30, -", t_liver_2="20, merged") == ["NE"]
    assert visits("target", t_liver="30, 18", t_lung="20, merged") == ["NE"]


def test_too_small_to_measure_is_a_number_of_the_rules():
    assert visits("sum_mm", t_liver="30, <") == [5.0]
    assert visits("sum_mm", t_liver="30, <", rules=RULES.replacing(too_small_mm=3)) == [3.0]


def test_a_lesion_without_baseline_leaves_only_progression_from_then_on():
    assert visits("overall", "rule", t_liver="40, 20, 20, 60", x_bone=", , +, +") == [
        ("PR", "TP06"),
        ("NE", "U1"),
        ("PD", "TP01"),
    ]
    assert visits("overall", t_liver="40, 20", x_bone=", ++") == ["PD"]


def test_a_strict_reading_evaluates_no_baseline_that_breaches():
    assert visits("overall", "rule", strict=True, t_liver="9, 5") == [("NE", "U2")]
    assert visits("overall", strict=True, t_liver="9, 15") == ["PD"]
    assert visits("overall", strict=True, t_liver="10, 5") == ["PR"]


def test_visits_out_of_order_and_lesion_names_shared_by_patients_change_nothing():
    one = followed("a", t_liver="50, 30, 36", x_bone="+, +, -")
    two = followed("b", t_liver="20, 22, -", x_bone="+, -, -")
    both = bundle(one, two)
    shuffled = bundle(
        {name: sorted(two[name] + one[name], key=lambda row: -row.get("day", 0)) for name in one},
    )
    drop = ["row", "rows"]
    expected = time_points(both, zero("a", "b")).table.drop(drop)
    assert time_points(shuffled, zero("b", "a")).table.drop(drop).equals(expected)
    alone = time_points(bundle(two), zero("b")).table.drop(drop)
    assert expected.filter(patient_id="b").equals(alone)
    assert alone["overall"].to_list() == ["SD", "CR"]


def test_the_columns_are_those_the_page_names():
    table = time_points(bundle(followed(t_liver="40, 20")), zero()).table
    assert dict(table.schema) == TIME_POINT_COLUMNS
    assert time_points(bundle(), zero()).table.schema == table.schema


MM = st.sampled_from(["-", "<", "?", "5", "8", "10", "12", "15", "18", "25", "30", "40", ""])
STATE = st.sampled_from(["+", "-", "?", "++", ""])
COURSE = st.lists(MM, min_size=3, max_size=3)


@st.composite
def courses(draw):
    found = {f"t_liver_{i}": [draw(st.sampled_from(["12", "20", "40"])), *draw(COURSE)] for i in range(2)}
    found["t_node"] = [draw(st.sampled_from(["15", "20"])), *draw(COURSE)]
    found["x_bone"] = ["+", *draw(st.lists(STATE, min_size=3, max_size=3))]
    found["n_lung"] = ["", *draw(st.lists(st.sampled_from(["", "", "+", "-"]), min_size=3, max_size=3))]
    return {name: course for name, course in found.items() if name == "t_liver_0" or draw(st.booleans())}


def slow(lesions):
    """Read one patient visit by visit, as one would on paper; the second witness."""
    value = {"-": 0.0, "<": 5.0}
    targets = [name for name in lesions if name.startswith("t_")]
    base = sum(float(lesions[name][0]) for name in targets)
    smallest = {name: float(lesions[name][0]) for name in targets}
    nadir, complete, found = base, False, []
    for visit in range(1, 4):
        if not any(course[visit] for course in lesions.values()):
            continue
        seen = {name: lesions[name][visit] for name in lesions}
        mm = {n: None if seen[n] in ("?", "") else float(value.get(seen[n], seen[n])) for n in targets}
        known = [size for size in mm.values() if size is not None]
        total = sum(known)
        gone = all(size is not None and (size < 10 if "node" in n else size == 0) for n, size in mm.items())
        there = any(size is not None and (size >= 10 if "node" in n else size > 0) for n, size in mm.items())
        if gone:
            target = "CR"
        elif (nadir > 0 and total >= 1.2 * nadir - 1e-9 and total - nadir >= 5) or (nadir == 0 and there):
            target = "PD"
        elif len(known) < len(mm):
            target = "NE"
        else:
            target = "PR" if total <= 0.7 * base + 1e-9 else "SD"
        bone = seen.get("x_bone", "none")
        other = {"+": "NON", "-": "CR", "++": "PD", "none": "none"}.get(bone, "NE")
        again = complete and (
            any(size and "node" not in n for n, size in mm.items())
            or bone in ("+", "++")
            or any(
                size is not None
                and "node" in n
                and size >= 10
                and size >= 1.2 * smallest[n]
                and size - smallest[n] >= 5
                for n, size in mm.items()
            )
        )
        if target == "PD" or other == "PD" or seen.get("n_lung") == "+" or again:
            overall = "PD"
        elif target == "CR":
            overall = "CR" if other in ("CR", "none") else "PR"
        else:
            overall = target
        complete |= overall == "CR"
        nadir = min(nadir, total) if len(known) == len(mm) else nadir
        smallest = {n: min(smallest[n], mm[n]) if mm[n] is not None else smallest[n] for n in targets}
        found.append(overall)
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(courses(), min_size=1, max_size=8))
def test_a_cohort_is_read_as_each_patient_alone_on_paper(people):
    names = [f"p{i}" for i in range(len(people))]
    written = [
        followed(name, **{lesion: ", ".join(course) for lesion, course in person.items()})
        for name, person in zip(names, people, strict=True)
    ]
    table = time_points(bundle(*written), zero(*names)).table
    for name, person in zip(names, people, strict=True):
        # A new lesion declared but never measured leaves only progression (B15), which paper does not see.
        if any(person.get("n_lung", ["+"])):
            assert table.filter(patient_id=name)["overall"].to_list() == slow(person), person


@settings(max_examples=15, deadline=None)
@given(courses(), st.floats(0.5, 4))
def test_only_millimetre_limits_know_the_scale(person, factor):
    """Doubling every length and every limit in millimetres changes no status."""
    person = {name: course for name, course in person.items() if "n_lung" not in name}
    written = followed(**{lesion: ", ".join(course) for lesion, course in person.items()})
    scaled = [
        {**row, "diameter_mm": row["diameter_mm"] * factor} if row.get("diameter_mm") else row
        for row in written["measurements"]
    ]
    lengths = ("progression_increase_mm", "too_small_mm", "normal_node_mm", "target_node_mm", "target_mm")
    rules = RULES.replacing(**{name: RULES[name] * factor for name in lengths})
    columns = ["time_point", "target", "non_target", "overall", "trigger"]
    plain = time_points(bundle(written), zero()).table.select(columns)
    larger = time_points(bundle({**written, "measurements": scaled}), zero(), rules).table.select(columns)
    assert plain.equals(larger)


def test_a_missing_visit_is_no_visit():
    table = time_points(bundle(followed(t_liver="40, , 20")), zero()).table
    assert table.select("time_point", "day").rows() == [(1, 120)]
    assert table["rows"].explode().n_unique() == 1 and isinstance(table, pl.DataFrame)
