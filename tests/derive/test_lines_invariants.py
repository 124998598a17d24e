"""What must hold for lines of any patient, however odd his records."""

from itertools import pairwise
from random import Random

import polars as pl
from hypothesis import example, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sequela.derive.lines import line_summary, lines_of_therapy
from sequela.derive.rules import BREAST
from sequela.records.bundle import Records

from .histories import crowd, table

seeds = st.integers(0, 2**32 - 1)
brief = settings(max_examples=20, deadline=None)


def with_tables(records, **tables):
    return Records({**records.tables, **tables}, kind=records.kind, drugs=records.drugs)


def with_exposures(records, exposures):
    return with_tables(records, exposures=exposures)


def structure(lines):
    """Return what a change of names or dates must leave alone."""
    return lines.select("patient_id", "line", "regimen", "ingredients", "reason_ended", "confidence")


@brief
@drawn(seeds)
def test_lines_are_numbered_from_one_in_the_order_of_their_starts(seed):
    lines = lines_of_therapy(crowd(seed))
    for _, own in lines.group_by("patient_id"):
        assert own["line"].to_list() == list(range(1, own.height + 1))
        assert own["start"].is_sorted()
        assert own["start"].n_unique() == own.height
        assert (own["start"][1:] > own["stop"][:-1]).all()
    assert (lines["start"] <= lines["stop"]).all()


@brief
@drawn(seeds)
def test_every_anticancer_administration_is_early_or_in_exactly_one_line(seed):
    records = crowd(seed)
    lines = lines_of_therapy(records)
    listed = lines.explode("rows")["rows"].str.strip_prefix("exposures:").cast(pl.Int32)
    assert listed.n_unique() == len(listed)
    exposures = records.table("exposures").filter(~pl.col("drug").is_in(["denosumab", "goserelin"]))
    missing = exposures.filter(~pl.col("row").is_in(listed.to_list()))
    assert set(listed) <= set(exposures["row"])
    assert not (missing["setting"] == "metastatic").any()
    dates = (
        records.table("diagnoses")
        .filter(pl.col("kind") == "metastatic")
        .group_by("patient_id")
        .agg(pl.col("day").min())
    )
    unlabelled = missing.filter(pl.col("setting").is_null()).join(dates, on="patient_id", how="left")
    assert (unlabelled["start"] < unlabelled["day"]).sum() + unlabelled["day"].null_count() == unlabelled.height


@brief
@drawn(seeds)
def test_a_row_recorded_twice_changes_nothing(seed):
    records = crowd(seed)
    exposures = records.table("exposures")
    twice = pl.concat([exposures, exposures.with_columns(pl.col("row") + 10_000)])
    once, doubled = lines_of_therapy(records), lines_of_therapy(with_exposures(records, twice))
    assert_frame_equal(once.drop("rows"), doubled.drop("rows"))


@brief
@drawn(seeds, st.randoms(use_true_random=False))
@example(684740, Random(2))  # one drug on one day in two rows, one of them labelled metastatic
def test_the_order_of_the_table_decides_nothing(seed, random):
    records = crowd(seed)
    order = random.sample(range(records.table("exposures").height), records.table("exposures").height)
    shuffled = with_exposures(records, records.table("exposures")[order])
    found, expected = lines_of_therapy(shuffled), lines_of_therapy(records)
    assert_frame_equal(found.drop("rows"), expected.drop("rows"))
    assert_frame_equal(found.select(pl.col("rows").list.sort()), expected.select(pl.col("rows").list.sort()))


@brief
@drawn(seeds, st.integers(-4000, 4000))
def test_other_dates_at_the_same_distances_give_the_same_lines(seed, days):
    records = crowd(seed)
    columns = ("day", "start", "stop", "last_contact", "death")
    moved = {
        name: frame.with_columns((pl.col(c) + days).cast(pl.Int32) for c in columns if c in frame.columns)
        for name, frame in records.tables.items()
    }
    found = lines_of_therapy(with_tables(records, **moved))
    dated = ("start", "stop", "last_given", "maintenance", "progression")
    expected = lines_of_therapy(records).with_columns((pl.col(c) + days).cast(pl.Int32) for c in dated)
    assert_frame_equal(found, expected)


@brief
@drawn(seeds)
def test_brands_and_biosimilars_give_the_same_lines(seed):
    records = crowd(seed)
    other = {"trastuzumab": "Herceptin", "T-DM1": "Kadcyla", "docetaxel": "Taxotere", "pertuzumab": "Perjeta"}
    renamed = records.table("exposures").with_columns(pl.col("drug").replace(other))
    assert_frame_equal(lines_of_therapy(with_exposures(records, renamed)), lines_of_therapy(records))


@brief
@drawn(seeds)
def test_supportive_drugs_change_nothing(seed):
    records = crowd(seed)
    exposures = records.table("exposures")
    support = exposures.with_columns(
        drug=pl.lit("zoledronic acid"), row=pl.col("row") + 10_000, start=pl.col("start") + 7
    )
    added = with_exposures(records, pl.concat([support, exposures]))
    assert_frame_equal(lines_of_therapy(added), lines_of_therapy(records))
    assert_frame_equal(line_summary(added, lines_of_therapy(added)), line_summary(records, lines_of_therapy(records)))


@brief
@drawn(seeds)
def test_a_longer_tolerated_gap_never_makes_more_lines(seed):
    records = crowd(seed, patients=150)
    counts = []
    for gap in (60, 90, 120, 180, "never"):
        lines = lines_of_therapy(records, BREAST.replacing(L03=gap))
        counted = lines.group_by("patient_id").len("lines")
        everyone = records.table("patients").select("patient_id").join(counted, on="patient_id", how="left")
        counts.append(everyone["lines"].fill_null(0))
    assert all((more >= fewer).all() for more, fewer in pairwise(counts))
    assert counts[0].sum() > counts[-1].sum()


@brief
@drawn(seeds)
def test_a_palliative_drug_is_in_a_line_from_one(seed):
    lines = lines_of_therapy(crowd(seed))
    with_tdm1 = lines.filter(pl.col("ingredients").list.contains("trastuzumab emtansine"))
    assert (with_tdm1["line"] >= 1).all()


@brief
@drawn(seeds)
def test_the_summary_adds_up(seed):
    records = crowd(seed)
    lines = lines_of_therapy(records)
    summary = line_summary(records, lines)
    assert summary["patient_id"].to_list() == records.table("patients")["patient_id"].sort().to_list()
    assert summary["palliative_lines"].sum() == lines.height
    total, curative, palliative = (
        summary["lot"].str.extract(r"LoT (\d+) \((\d+)\+(\d+)\)", group).cast(pl.Int32) for group in (1, 2, 3)
    )
    assert (total == curative + palliative).all()
    assert (curative == summary["curative_lines"]).all()


def test_no_records_give_no_lines_with_the_same_columns():
    empty = Records({}, kind=crowd(0, 1).kind)
    none, some = lines_of_therapy(empty), lines_of_therapy(crowd(1))
    assert none.height == 0
    assert none.schema == some.schema
    assert line_summary(empty, none).height == 0


def test_exposures_of_a_patient_without_a_row_of_his_own_are_not_lost():
    records = crowd(2)
    nobody = with_tables(records, patients=table("patients", []))
    assert lines_of_therapy(nobody)["patient_id"].n_unique() == lines_of_therapy(records)["patient_id"].n_unique()
