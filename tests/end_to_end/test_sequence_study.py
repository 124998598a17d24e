"""A study of sequences from files to the report folder, as a user runs it."""

import json

import polars as pl
import pytest

from sequela.records.write import write_records
from tests.derive.ward import ward

from .folders import sequela

STUDY = """\
version: 1
title: The five sequence groups of SePHER, counted from T-DM1
records: records/
time_zero: first trastuzumab emtansine in any line
groups: sepher_2020
reference: "Group 1: no pertuzumab, line 2"
analyses:
  - characteristics:
      - line_of_time_zero
      - sequence_group
      - setting of pertuzumab
      - duration of pertuzumab
      - interval since pertuzumab
      - reason stopped pertuzumab
  - survival: os
  - sequence: {lines: 3}
  - sequence: {lines: 2, by: regimen}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("sequences")
    write_records(ward(3, 200), place / "records")
    (place / "study.yaml").write_text(STUDY, encoding="utf-8")
    for name in ("report", "again"):
        code, out, err = sequela("run", place / "study.yaml", "--pdf", "--out", place / name)
        assert code == 0, out + err
    return place


def test_check_accepts_the_study(folder):
    code, _, err = sequela("check", folder / "study.yaml")
    # The ward holds courses that outlive the last contact; the study itself has no problem.
    assert "study.yaml" not in err and code in (0, 4)


def test_the_folder_holds_tables_links_figures_and_numbers(folder):
    files = {str(path.relative_to(folder / "report")) for path in (folder / "report").rglob("*") if path.is_file()}
    names = ("sequence", "sequence-2")
    assert {f"tables/{name}.csv" for name in (*names, "transitions", "transitions-2")} <= files
    assert {f"figures/{name}.{form}" for name in names for form in ("svg", "pdf")} <= files
    page = (folder / "report" / "index.html").read_text(encoding="utf-8")
    assert page.count("From line to line</h2>") == 2
    assert 'id="figure-sequence"' in page and 'id="transitions"' not in page
    assert "first 3 lines for metastatic disease were counted by treatment" in page


def test_links_add_up_to_the_patients_of_each_group(folder):
    links = pl.read_csv(folder / "report" / "tables" / "transitions.csv")
    sizes = dict(links.filter(pl.col("Line") == 1).group_by("Group").agg(pl.col("Patients").sum()).iter_rows())
    numbers = pl.read_parquet(folder / "report" / "results.parquet")
    events = numbers.filter(pl.col("statistic") == "median_days", pl.col("endpoint") == "os")
    for group, size in events.select("group", "n").iter_rows():
        # Whoever is in a sequence group had a line.
        assert sizes[group] == size
    assert sizes["All"] == sum(size for group, size in sizes.items() if group != "All")
    tidy = numbers.filter(pl.col("analysis") == "sequence", pl.col("variable").str.starts_with("line 1"))
    assert tidy.filter(pl.col("group") == "All")["value"].sum() == 2 * sizes["All"]


def test_the_covariate_is_the_group(folder):
    numbers = pl.read_parquet(folder / "report" / "results.parquet")
    rows = numbers.filter(
        (pl.col("variable") == "sequence_group") & (pl.col("statistic") == "count") & (pl.col("group") != "All")
    )
    assert rows.filter(pl.col("level") == pl.col("group"))["value"].min() > 0
    assert rows.filter(pl.col("level") != pl.col("group"))["value"].sum() == 0
    lines = numbers.filter((pl.col("variable") == "line_of_time_zero") & (pl.col("statistic") == "count"))
    fifth = lines.filter(pl.col("group") == "Group 5: line 1", pl.col("value") > 0)
    assert fifth["level"].to_list() == ["1"]


def test_the_same_bytes_again(folder):
    first, second = (
        json.loads((folder / name / "manifest.json").read_text())["outputs"] for name in ("report", "again")
    )
    assert first == second
