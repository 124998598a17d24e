"""A study that names its test, strata, pairs, milestones and horizon, from files to the report folder."""

import polars as pl
import pytest

from sequela.records.write import write_records
from tests.derive.ward import ward

from .folders import not_on_the_page, sequela

STUDY = """\
version: 1
title: The five sequence groups of SePHER, compared in every way the language knows
records: records/
time_zero: first trastuzumab emtansine in any line
groups: sepher_2020
reference: "Group 1: no pertuzumab, line 2"
analyses:
  - survival:
      endpoint: os
      test: fleming-harrington(0, 1)
      stratify: [received lapatinib]
      pairwise: holm
      trend: true
      milestones: [6, 12]
      rmst: 12
      transform: logit
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("compared")
    write_records(ward(3, 200), place / "records")
    (place / "study.yaml").write_text(STUDY, encoding="utf-8")
    code, out, err = sequela("run", place / "study.yaml", "--out", place / "report")
    assert code == 0, out + err
    return place


def test_tables_hold_pairs_differences_and_means(folder):
    pairs = pl.read_csv(folder / "report" / "tables" / "pairs-os.csv")
    assert pairs.height == 10 and pairs.columns[:3] == ["Groups", "p", "p, adjusted"]
    labels = pl.read_csv(folder / "report" / "tables" / "survival-os.csv")["Quantity"].to_list()
    for label in (
        "Mean up to 12 months, months (95% CI)",
        "Difference at 12 months, percentage points (95% CI)",
        "Difference of means up to 12 months, months (95% CI)",
        "Ratio of means up to 12 months (95% CI)",
        "Stratified Fleming-Harrington (0, 1) test",
        "Fleming-Harrington (0, 1) trend test",
    ):
        assert label in labels


def test_every_table_is_on_the_page(folder):
    assert not_on_the_page(folder / "report") <= {"flow"}


def test_numbers_are_tidy(folder):
    numbers = pl.read_parquet(folder / "report" / "results.parquet").filter(pl.col("analysis") == "survival")
    counts = dict(numbers.group_by("statistic").len().iter_rows())
    assert counts["pair_p_value"] == counts["pair_adjusted_p_value"] == 10
    assert counts["restricted_mean_days"] == 5 and counts["survival_difference"] == 8
    both = [numbers.filter(pl.col("statistic") == name)["value"] for name in ("pair_p_value", "pair_adjusted_p_value")]
    assert (both[0] <= both[1]).all()
    means = numbers.filter(pl.col("statistic") == "restricted_mean_days")
    assert (means["value"] < 12 * 30.4375).all() and (means["low"] < means["value"]).all()


def test_the_methods_paragraph_says_what_ran(folder):
    page = (folder / "report" / "index.html").read_text(encoding="utf-8")
    for words in (
        "rest on the logit of the survival function",
        "the Fleming-Harrington test, rho 0 and gamma 1, stratified by received lapatinib",
        "p-values adjusted by Holm&#39;s method for 10 comparisons",
        "not corrected for their number, those of pairs of groups apart",
        "Mean times up to 12 months were computed as the area under the curve",
        "A trend was tested across the groups in the order",
    ):
        assert words in page, words
