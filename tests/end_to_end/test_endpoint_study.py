"""A study with endpoints of every kind, from files to the report folder, as a user runs it."""

import json

import polars as pl
import pytest

from sequela.records.write import write_records
from tests.derive.ward import ward

from .folders import not_on_the_page, sequela

STUDY = """\
version: 1
title: T-DM1 after trastuzumab with or without pertuzumab, under every endpoint
records: records/
time_zero: first trastuzumab emtansine in any line
groups:
  Pertuzumab: {received: pertuzumab, before: time zero}
  None: otherwise
analyses:
  - survival: ttnt
  - survival: {endpoint: ttnt, with: {next_line: censors, end: last_contact}}
  - survival: ttp
  - survival: ttd
  - survival: {endpoint: rwpfs, with: {ignore_days: 30}}
  - survival: own.yaml
  - survival: pfs_line_1
  - growth_modulation: {endpoint: ttnt, above: [1, 1.5]}
"""
OWN = "name: switch\nbased_on: ttnt\ntitle: Time to a switch\nevents: [next_line]\ncompeting: [death]\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("endpoints")
    write_records(ward(5, 200), place / "records")
    (place / "study.yaml").write_text(STUDY, encoding="utf-8")
    (place / "own.yaml").write_text(OWN, encoding="utf-8")
    code, out, err = sequela("run", place / "study.yaml", "--out", place / "report")
    assert code == 0, out + err
    return place / "report"


def test_every_endpoint_reaches_the_results_and_the_definitions(folder):
    results = pl.read_parquet(folder / "results.parquet")
    found = set(results["endpoint"].drop_nulls())
    own = "ttnt (next_line censors, end last_contact)"
    assert found >= {"ttnt", own, "ttp", "ttd", "rwpfs (ignore_days 30)", "switch"}
    assert "pfs_line_1" not in found
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "later than 30 days after the start" in page and "Time to a switch" in page
    assert (folder / "tables" / "definition-switch.csv").is_file()


def test_every_table_is_on_the_page(folder):
    assert (folder / "tables" / "growth-modulation.csv").is_file() and not_on_the_page(folder) <= {"flow"}


def test_the_rules_of_each_group_add_up_to_its_patients(folder):
    results = pl.read_parquet(folder / "results.parquet")
    ended = results.filter(pl.col("statistic") == "ended_by")
    sums = ended.group_by("endpoint", "group").agg(pl.col("value").sum())
    sizes = dict(sums.filter(pl.col("endpoint") == "ttp").select("group", "value").iter_rows())
    assert sizes["All"] == sizes["Pertuzumab"] + sizes["None"] > 0
    assert all(sizes[group] == total for _, group, total in sums.iter_rows())
    switch = ended.filter((pl.col("endpoint") == "switch") & (pl.col("group") == "All"))
    died = dict(switch.select("variable", "value").iter_rows())["O1"]
    events = dict(
        ended.filter((pl.col("endpoint") == "ttnt") & (pl.col("group") == "All"))
        .select("variable", "value")
        .iter_rows()
    )
    assert died == events["E2"] > 0


def test_a_line_that_began_before_the_cohort_is_withheld(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (reason,) = manifest["withheld"]
    assert reason.startswith("pfs_line_1: its clock, the start of line 1, starts before the patient entered the cohort")


def test_the_study_is_told_with_its_changes(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert "survival: endpoint rwpfs; with ignore_days 30" in manifest["study"]["understood"]


def test_the_growth_modulation_index_is_described_with_its_trap(folder):
    results = pl.read_parquet(folder / "results.parquet").filter(analysis="growth_modulation")
    above = results.filter(statistic="share_above", group="All")
    assert above["level"].to_list() == ["1", "1.5"] and 0 < above["value"][1] < above["value"][0] < 1
    assert not results["statistic"].str.contains("p_value|ratio").any()
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "must not be compared between groups" in page and "growth modulation index is the time of the line" in page
