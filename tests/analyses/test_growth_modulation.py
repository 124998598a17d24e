"""The growth modulation index by group: shares by Kaplan-Meier on paper, and never a comparison."""

import math

import pytest

from sequela.analyses.growth_modulation import growth
from sequela.derive.endpoint_files import PROFILES
from sequela.errors import NotEstimableError
from sequela.report.growth_modulation import growth_table
from sequela.study.clock import ClockGuard
from sequela.study.cohort import Cohort

from ..derive.test_growth_modulation import WARD, bundle
from ..hand_made import at


def cohort(groups):
    import polars as pl

    frame = at(**dict.fromkeys(groups, 200)).rename({"day": "time_zero"})
    frame = frame.with_columns(pl.Series("group", list(groups.values())), pl.col("time_zero").alias("entry"))
    names = tuple(dict.fromkeys(groups.values()))
    return Cohort(frame, names, names[0], (), ClockGuard(0, tuple((name, 0.0) for name in names), ""))


GROUPS = {"halved": "A", "doubled": "A", "never seen": "A", "still held": "B", "died": "B"}


@pytest.fixture
def result():
    return growth(cohort(GROUPS), bundle(), PROFILES["pfs_line_1"], (1, 1.3))


def test_shares_on_paper(result):
    a, b, everyone = result.groups
    # A: indices 0.5 and 2, both complete; one half is above 1 and above 1.3. One patient has no index.
    assert (a.n, a.indices, a.complete) == (3, 2, 2)
    assert [share.value for share in a.shares] == [0.5, 0.5]
    # B: 1.5 complete and 1.5 censored: everyone is above 1.3.
    assert (b.n, b.indices, b.complete) == (2, 2, 1)
    assert [share.value for share in b.shares] == [1, 1]
    # All: 0.5, 1.5, 1.5+, 2: after 0.5 three quarters are left.
    assert [share.value for share in everyone.shares] == [0.75, 0.75]
    # At 1.5 one of three leaves by an event: one half is left until 2.
    assert everyone.median.value == 1.75


def test_nothing_is_compared_and_the_reason_is_printed(result):
    statistics = set(result.results["statistic"])
    assert statistics == {"patients", "median_index", "share_above"}
    text = "\n".join(growth_table(result).notes)
    assert "must not be compared between groups" in text
    assert "1 of 5 patients without an index: not decidable" in text and "The index of 1 patient is censored" in text


def test_the_table_prints_each_limit(result):
    table = growth_table(result)
    assert table.columns == ("", "A", "B", "All")
    cells = {row.cells[0]: row.cells[1:] for row in table.rows}
    assert cells["with an index (%)"] == ("2 (66.7)", "2 (100.0)", "4 (80.0)")
    assert cells["Index above 1.3, % (95% CI)"][0].startswith("50.0 (")


def test_a_limit_beyond_a_censored_largest_index_is_not_known():
    known = growth(cohort(GROUPS), bundle(), PROFILES["pfs_line_1"], (3,))
    assert [share.value for share in known.groups[0].shares] == [0]
    alone = growth(cohort({"still held": "B"}), bundle(), PROFILES["pfs_line_1"], (3,))
    assert math.isnan(alone.groups[0].shares[0].value)


def test_nobody_with_an_index_is_said():
    with pytest.raises(NotEstimableError, match="nobody has an index"):
        growth(cohort({"never seen": "A"}), bundle(), PROFILES["pfs_line_1"], (1,))


def test_the_ward_is_all_used():
    assert set(GROUPS) == set(WARD)
