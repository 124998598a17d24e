"""Maintenance as a sub-line: `1m` is a part of line 1, and no line of its own."""

import polars as pl
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sequela.derive.baseline import COVARIATES
from sequela.derive.covariate import Definitions
from sequela.derive.line_alternatives import line_moves
from sequela.derive.line_parts import line_parts
from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.derive.rules import BREAST

from .histories import crowd, cycles, given, history

SUB_LINES = BREAST.replacing(L06="separate sub-line")
LETROZOLE = history(
    cycles("docetaxel", 0, 6),
    *(cycles(drug, 0, 24) for drug in ("pertuzumab", "trastuzumab")),
    given("letrozole", 126, 500),
    cycles("Kadcyla", 520, 5),
    metastatic=-5,
    progression=[510],
)


def parts_of(records, rules=SUB_LINES):
    return line_parts(records, lines_of_therapy(records, rules), rules)


def test_maintenance_is_apart_and_t_dm1_is_still_the_second_line():
    induction, maintenance, second = parts_of(LETROZOLE).rows(named=True)
    assert [part["part"] for part in (induction, maintenance, second)] == ["1", "1m", "2"]
    assert [part["line"] for part in (induction, maintenance, second)] == [1, 1, 2]
    assert (induction["start"], induction["stop"], induction["last_given"]) == (0, 125, 105)
    assert (maintenance["start"], maintenance["stop"], maintenance["last_given"]) == (126, 504, 500)
    assert induction["regimen"] == "docetaxel + pertuzumab + trastuzumab"
    assert maintenance["regimen"] == "letrozole + pertuzumab + trastuzumab"
    assert induction["classes"] == ["HER2 antibody", "taxane"]
    assert maintenance["classes"] == ["HER2 antibody", "aromatase inhibitor"]
    assert (induction["reason_ended"], maintenance["reason_ended"]) == ("maintenance", "PD")
    assert (induction["progression"], maintenance["progression"]) == (None, 510)
    # 6 of docetaxel, 6 of each antibody up to day 105; then 18 of each, and letrozole.
    assert (len(induction["rows"]), len(maintenance["rows"])) == (18, 37)


def test_an_antibody_recorded_as_one_course_is_in_both_parts_and_its_row_in_one():
    records = history(
        given("trastuzumab", 0, 500), given("docetaxel", 0, 105), given("Kadcyla", 520), metastatic=0, progression=[510]
    )
    induction, maintenance, _ = parts_of(records).rows(named=True)
    assert maintenance["start"] == 106
    assert (induction["ingredients"], maintenance["ingredients"]) == (["docetaxel", "trastuzumab"], ["trastuzumab"])
    assert sorted(induction["rows"]) == ["exposures:2", "exposures:3"]
    assert maintenance["rows"] == []


def test_without_the_alternative_every_line_is_one_part():
    lines = lines_of_therapy(LETROZOLE)
    parts = line_parts(LETROZOLE, lines)
    assert parts["part"].to_list() == ["1", "2"]
    assert_frame_equal(parts.drop("part"), lines)


def test_sensitivity_counts_who_has_a_sub_line_and_no_further_line():
    found = {(one.alternative.rule, one.alternative.value): one for one in line_moves(LETROZOLE)}
    sub_line = found["L06", "separate sub-line"]
    assert (sub_line.moved, sub_line.recounted, sub_line.lines, sub_line.lines_then) == (1, 0, 2, 2)


def test_whatever_counts_lines_does_not_see_sub_lines():
    at = pl.DataFrame({"patient_id": ["P1"], "day": [520]}, schema={"patient_id": pl.String, "day": pl.Int32})
    for name, expected in (("prior_lines", 1.0), ("line_of_time_zero", "2"), ("sequence_group", "Group 3")):
        for rules in (BREAST, SUB_LINES):
            value = COVARIATES[name].derive(LETROZOLE, at, Definitions(line_rules=rules))["value"][0]
            assert str(value).startswith(str(expected)), name


def test_lines_that_do_not_count_are_not_prior_lines():
    records = history(
        given("letrozole", 0, 900), given("trastuzumab", 0, 900), given("Kadcyla", 920), metastatic=0, progression=[905]
    )
    at = pl.DataFrame({"patient_id": ["P1"], "day": [920]}, schema={"patient_id": pl.String, "day": pl.Int32})
    rules = BREAST.replacing(L08="does not count")
    for chosen, prior, line, recounted in ((BREAST, 1.0, "2", 2), (rules, 0.0, "1", 1)):
        definitions = Definitions(line_rules=chosen)
        assert COVARIATES["prior_lines"].derive(records, at, definitions)["value"].to_list() == [prior]
        assert COVARIATES["line_of_time_zero"].derive(records, at, definitions)["value"].to_list() == [line]
        assert line_summary(records, lines_of_therapy(records, chosen), chosen)["palliative_lines"][0] == recounted
    found = {(one.alternative.rule, one.alternative.value): one for one in line_moves(records)}
    assert (found["L08", "does not count"].recounted, found["L08", "does not count"].lines_then) == (1, 1)


@settings(max_examples=20, deadline=None)
@drawn(st.integers(0, 2**32 - 1))
def test_parts_cover_their_line_and_hold_each_administration_once(seed):
    records = crowd(seed)
    lines = lines_of_therapy(records, SUB_LINES)
    assert_frame_equal(lines, lines_of_therapy(records))
    parts = line_parts(records, lines, SUB_LINES)
    assert parts.height == lines.height + lines["maintenance"].count()
    together = parts.group_by("patient_id", "line", maintain_order=True).agg(
        pl.col("start").min(),
        pl.col("stop").max(),
        (pl.col("stop") - pl.col("start") + 1).sum().alias("days"),
        pl.col("rows").list.explode().sort(),
        pl.col("ingredients").list.explode().unique().sort(),
    )
    assert (together["days"] == together["stop"] - together["start"] + 1).all()
    whole = lines.select("patient_id", "line", "start", "stop", pl.col("rows").list.sort(), "ingredients")
    assert_frame_equal(together.drop("days"), whole, check_row_order=False)
