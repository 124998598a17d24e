"""Kinds of event told apart: by hand, against the estimators, and what is said where something is missing."""

import numpy as np
import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.results import Competing
from sequela.errors import StudyError
from sequela.stats.cox import cox
from sequela.stats.fine_gray import fine_gray
from sequela.stats.gray_test import gray_test
from sequela.study.cohort import build_cohort
from tests.study.studies import load, study

from .kinds import GROUPS, drawn, kinds

HAND = [("P", "PD", 30), ("P", "death", 60), ("P", "censored", 90), ("P", "PD", 120)]
HAND += [("T", "death", 45), ("T", "PD", 75), ("T", "PD", 100), ("T", "censored", 150)]


def competing(rows, dialect="default", **more):
    asked = study(
        groups=GROUPS, reference="T", dialect=dialect, analyses=[{"competing": {"endpoint": "pfs.ema", **more}}]
    )
    records = kinds(rows)
    result = answer(asked, records, build_cohort(asked, records))
    return next(item for item in result.analyses if isinstance(item, Competing))


def test_incidences_by_hand():
    # P: progression 1/4 on day 30, death 1/4 on day 60, then nobody until the last of two progresses.
    found = competing(HAND, milestones=[2, 3.5])
    assert [kind.rule for kind in found.kinds] == ["E1", "E2"]
    assert [group.events for group in found.groups] == [(2, 1), (2, 1)]
    two_months = {group.name: [e.value for e in group.milestones[0][1]] for group in found.groups}
    assert two_months == {"P": [0.25, 0.25], "T": [0, 0.25]}
    later = {group.name: [e.value for e in group.milestones[1][1]] for group in found.groups}
    assert later == {"P": [0.25, 0.25], "T": [0.5, 0.25]}


def test_every_number_is_that_of_its_estimator():
    rows = drawn()
    found = competing(rows)
    days = np.array([row[2] for row in rows], float)
    cause = np.array([{"PD": 1, "death": 2, "censored": 0}[row[1]] for row in rows])
    exposed = np.array([row[0] == "P" for row in rows])
    for code, comparison in enumerate(found.comparisons, 1):
        assert comparison.gray.p_value == pytest.approx(gray_test(days, cause, exposed, interest=code).p_value)
        specific, of_incidence = comparison.cause_specific[0], comparison.subdistribution[0]
        coefficient = cox(days, cause == code, exposed.astype(float)).coefficients[0]
        assert specific.estimate.value == pytest.approx(np.exp(coefficient), rel=1e-9)
        fit = fine_gray(days, cause, exposed.astype(float), interest=code)
        assert of_incidence.estimate.value == pytest.approx(np.exp(fit.coefficients[0]), rel=1e-9)
        assert (of_incidence.group, of_incidence.reference, of_incidence.events) == ("P", "T", fit.events)
    progression, death = found.comparisons
    assert progression.cause_specific[0].estimate.low > 1
    # A faster progression leaves fewer patients to die of something else: the incidence of death falls with it.
    assert death.subdistribution[0].estimate.value < death.cause_specific[0].estimate.value


def test_each_dialect_names_its_standard_error():
    # P by two months: 1/4 by the delta method, root of 3/64; counting processes divide by one less, 1/16.
    errors = {}
    for dialect in ("default", "R", "SAS"):
        found = competing(HAND, dialect, milestones=[2])
        group = next(group for group in found.groups if group.name == "P")
        estimate = group.milestones[0][1][0]
        errors[dialect] = (estimate.method, group.curve.std_error[0, 0])
    assert errors["default"] == ("Aalen-Johansen, log-log", pytest.approx(np.sqrt(3) / 8))
    assert errors["R"] == ("Aalen-Johansen, log, robust variance", pytest.approx(np.sqrt(3) / 8))
    assert errors["SAS"] == ("Aalen-Johansen, log-log, Aalen's variance", pytest.approx(1 / 4))


def test_the_ratio_of_cmprsk_where_it_is_asked_for():
    rows = [(group, what, day // 30 * 30 + 30, *others) for group, what, day, *others in drawn()]
    days = np.array([row[2] for row in rows], float)
    cause = np.array([{"PD": 1, "death": 2, "censored": 0}[row[1]] for row in rows])
    exposed = np.array([row[0] == "P" for row in rows], float)
    ratio = competing(rows, subdistribution="crr").comparisons[0].subdistribution[0].estimate
    assert ratio.value == pytest.approx(np.exp(fine_gray(days, cause, exposed, ties="crr").coefficients[0]), rel=1e-9)
    assert ratio.method == "Fine-Gray, Wald, robust standard error, Breslow ties, as cmprsk's crr"
    usual = competing(rows).comparisons[0].subdistribution[0].estimate
    assert usual.method.endswith("Efron ties") and usual.value != pytest.approx(ratio.value, rel=1e-4)


def test_the_ratio_of_cmprsk_knows_no_delayed_entry(tmp_path):
    asked = "{endpoint: pfs.ema, subdistribution: crr, entry: delayed}"
    with pytest.raises(StudyError, match="crr knows no delayed entry"):
        load(tmp_path, f"title: t\ntime_zero: first trastuzumab emtansine\nanalyses:\n- competing: {asked}\n")


def test_adjusted_ratios_stand_beside_the_crude_ones():
    found = competing(drawn(), adjust=["ecog"])
    ratios = found.comparisons[0].subdistribution
    assert [bool(item.adjusted_for) for item in ratios] == [False, True]
    rows = found.results.filter(pl.col("statistic") == "adjusted_subdistribution_hazard_ratio")
    assert rows["level"].unique().to_list() == ["ECOG performance status"] and len(rows) == 2


def test_every_number_is_in_the_tidy_results():
    found = competing(drawn())
    incidence = found.results.filter(pl.col("statistic") == "incidence", pl.col("level") == "12 months")
    assert set(incidence["variable"]) == {kind.what for kind in found.kinds} and len(incidence) == 4
    shown = {(kind.what, group.name) for kind in found.kinds for group in found.groups}
    assert shown == set(incidence.select("variable", "group").iter_rows())
    assert set(found.results["analysis"]) == {"competing"}


def test_a_kind_that_never_occurs_is_left_out_and_said():
    found = competing([row for row in HAND if row[1] != "death"])
    assert len(found.kinds) == 1 and "the only kind of event that occurs" in found.cautions[0]


def test_a_kind_in_one_group_only_has_curves_and_a_caution():
    found = competing([row for row in HAND if row[:2] != ("T", "death")])
    assert [group.events for group in found.groups] == [(2, 1), (2, 0)]
    assert any("subdistribution hazard ratio of death" in caution for caution in found.cautions)
    assert found.comparisons[1].subdistribution == ()


def test_nobody_with_any_event_is_refused():
    asked = study(groups=GROUPS, reference="T", analyses=[{"competing": "pfs.ema"}])
    records = kinds([(group, "censored", 50 + i) for i in range(4) for group in "PT"])
    result = answer(asked, records, build_cohort(asked, records))
    assert result.analyses == () and "nobody had an event of any kind" in result.withheld[0]


def test_one_group_is_described():
    asked = study(analyses=[{"competing": "pfs.ema"}])
    records = kinds(HAND)
    result = answer(asked, records, build_cohort(asked, records)).analyses[0]
    assert result.comparisons == () and result.groups[0].events == (4, 2)


def test_a_clock_that_starts_too_early_withholds_it():
    asked = study(
        ["received trastuzumab emtansine"], GROUPS, "metastatic diagnosis", analyses=[{"competing": "pfs.ema"}]
    )
    records = kinds(HAND)
    result = answer(asked, records, build_cohort(asked, records))
    assert result.analyses == () and result.withheld


def test_an_endpoint_with_one_kind_of_event_is_refused_when_the_file_is_read(tmp_path):
    text = "version: 1\ntitle: x\nrecords: r\ntime_zero: first T-DM1\nanalyses:\n  - competing: os\n"
    with pytest.raises(StudyError, match="one kind of event: death"):
        load(tmp_path, text)


def test_a_milestone_beyond_everyone_is_not_read():
    assert competing(HAND, milestones=[2, 60]).groups[0].milestones[-1][0] == pytest.approx(2 * 30.4375)
