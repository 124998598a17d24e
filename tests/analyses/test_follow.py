"""Who has a value of an endpoint, who has none and why, and when groups are not compared."""

from dataclasses import replace

import polars as pl
import pytest

from sequela.analyses.follow import follow
from sequela.analyses.survival import survival
from sequela.derive.endpoint_files import PROFILES
from sequela.derive.rules import BREAST
from sequela.errors import NotEstimableError
from sequela.records.bundle import INCOMPLETE_SCHEMA

from .twelve import PATIENTS, bundle, cohort

SECOND_LINE = [
    {"patient_id": name, "drug": "lapatinib", "start": day}
    for name, day in (("a5", 35), ("a6", 30), ("b4", 40), ("b5", 50))
]


def without_a1():
    gone = pl.DataFrame({"patient_id": ["a1"], "table": ["assessments"]}, schema=INCOMPLETE_SCHEMA)
    return replace(bundle(), incomplete=gone)


def with_second_line():
    of_two = bundle()
    given = of_two.table("exposures")
    more = pl.DataFrame(
        [{column: row.get(column) for column in given.columns} | {"row": 100 + i} for i, row in enumerate(SECOND_LINE)],
        schema=given.schema,
    )
    return replace(of_two, tables={**of_two.tables, "exposures": pl.concat([given, more])})


def test_who_lost_rows_leaves_and_is_counted():
    followed = follow(cohort(), without_a1(), PROFILES["pfs.ema"], BREAST)
    assert len(followed.days) == 11 and "a1" not in followed.cohort.patients["patient_id"]
    left = followed.decisions[-1]
    assert (left.role, left.counts) == ("not decidable", (1, 0, 1))
    assert any(caution.startswith("1 of 12 patients are left out") for caution in followed.cautions)
    per_group = [
        sum(column) for column in zip(*(line.counts for line in followed.decisions if line.counts), strict=True)
    ]
    assert per_group == [6, 6, 12]


def test_a_line_after_time_zero_is_compared_among_those_who_reached_it():
    result = survival(cohort(), with_second_line(), PROFILES["ttnt"], ())
    assert result.test is not None
    # Two patients of each group, all of whom died after their second line began.
    second = survival(cohort(), with_second_line(), PROFILES["pfs_line_2"], ())
    assert [(g.n, g.events) for g in second.groups] == [(2, 2), (2, 2)]
    assert any("lived to reach it" in caution for caution in second.cautions)
    assert any("8 of 12 patients are left out: not reached" in caution for caution in second.cautions)


def test_a_clock_before_entry_is_withheld():
    late = cohort()
    late = replace(late, patients=late.patients.with_columns(pl.lit(5, dtype=pl.Int32).alias("entry")))
    with pytest.raises(NotEstimableError, match="starts before the patient entered the cohort in 12 of 12"):
        follow(late, bundle(), PROFILES["pfs_line_1"], BREAST)


def test_responders_are_described_and_not_compared():
    people = {name: PATIENTS[name] for name in ("a1", "a2", "b1", "b2")}
    of_four = bundle(people)
    answers = [(name, 9, "PR") for name in people] + [(name, 14, "PD") for name in people]
    rows = [{"patient_id": name, "day": day, "response": what, "row": i} for i, (name, day, what) in enumerate(answers)]
    schema = of_four.table("assessments").schema
    table = pl.DataFrame([{c: row.get(c) for c in schema} for row in rows], schema=schema)
    of_four = replace(of_four, tables={**of_four.tables, "assessments": table})
    result = survival(cohort(people), of_four, PROFILES["dor"], ())
    assert result.test is None and not result.hazard_ratios
    assert [g.n for g in result.groups] == [2, 2]
    assert any("Responders only" in caution for caution in result.cautions)


def test_a_group_without_any_value_is_said():
    with pytest.raises(NotEstimableError, match="nobody of A, B has a value"):
        follow(cohort(), bundle(), PROFILES["pfs_line_3"], BREAST)


NEEDS = {name: PROFILES[name].needs_assessments for name in PROFILES}


def test_what_rests_on_progressions_is_withheld_where_nobody_was_assessed():
    empty = bundle().table("assessments").clear()
    unseen = replace(bundle(), tables={**bundle().tables, "assessments": empty})
    assert {name for name, needs in NEEDS.items() if not needs} == {"os", "ttnt", "ttd"}
    for name in ("pfs.ema", "rwpfs", "ttf", "ttp.noda_2019", "pfs2.ema", "dor"):
        with pytest.raises(NotEstimableError, match=f"{name}: the records hold no assessments"):
            follow(cohort(), unseen, PROFILES[name], BREAST)
    for name in ("os", "ttnt"):
        assert len(follow(cohort(), unseen, PROFILES[name], BREAST).days)
