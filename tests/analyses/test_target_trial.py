"""The emulated trial where the truth is known, and what it refuses."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.curves_compared import event_ratio
from sequela.analyses.results import TargetTrial
from sequela.errors import StudyError
from sequela.records.bundle import Kind, Records
from sequela.report.drawing.marks import Scale
from sequela.report.figures.strategies import strategies_figure
from sequela.report.methods import methods_paragraph
from sequela.report.tables import tables_of
from sequela.run import run_and_report
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of, write_scenario
from sequela.scenarios.worlds import WORLDS
from sequela.study.cohort import build_cohort
from tests.report.read_drawing import parts
from tests.study.studies import load, study

TRIAL = {"start": "pertuzumab", "within": 90, "endpoint": "pfs.ema", "horizon": 18, "bootstrap": 60, "landmarks": [3]}


def asked(**changes):
    return study(time_zero="first trastuzumab emtansine", analyses=[{"target_trial": {**TRIAL, **changes}}])


@pytest.fixture(scope="module")
def patients():
    return records_of(simulate_cohort(WORLDS["I1"], np.random.default_rng(3), 700))


def emulated(patients, **changes):
    return answer(asked(**changes), patients, build_cohort(asked(**changes), patients))


def test_a_drug_that_does_nothing_is_found_to_do_nothing(patients):
    """In this world those who ever got the drug have a hazard ratio of about 0.35."""
    result = emulated(patients)
    (trial,) = result.analyses
    assert isinstance(trial, TargetTrial)
    for difference in (trial.survival_difference, trial.mean_difference):
        assert difference.low < 0 < difference.high
    assert abs(trial.survival_difference.value) < 0.1
    assert trial.landmarks[0].hazard_ratio.low < 1 < trial.landmarks[0].hazard_ratio.high
    start, other = trial.strategies
    assert start.clones == other.clones == 700
    assert 0 < start.left < 700 and 0 < other.left < 700
    assert trial.landmarks[0].lost + trial.landmarks[0].started + trial.landmarks[0].others == 700


def test_the_ratio_of_risks_is_that_of_the_shares_with_the_event(patients):
    """Shares without the event of 3/4 and 2/3 are risks of 1/4 and 1/3; nobody with it in either group has no ratio."""
    (trial,) = emulated(patients).analyses
    start, other = (item.survival.value for item in trial.strategies)
    assert trial.risk_ratio.value == pytest.approx((1 - start) / (1 - other))
    assert trial.risk_ratio.low < 1 < trial.risk_ratio.high
    found = event_ratio(np.array([[0.75, 9, 2 / 3, 9, 0, 0], [1, 9, 1, 9, 0, 0]]))
    assert found[0] == pytest.approx(0.75) and np.isnan(found[1])


def test_the_figure_shades_the_grace_period_and_ends_at_the_horizon(patients):
    (trial,) = emulated(patients).analyses
    drawing = strategies_figure(trial, Kind.SIMULATED)
    (grace,) = parts(drawing, "grace period")
    ticks = parts(drawing, "ticks")[0].points
    months = Scale(0, 2, ticks[0][0], ticks[1][0])
    assert months.number(grace.left + grace.width) == pytest.approx(90 / 30.4375)
    percent = Scale(0, 1, grace.top + grace.height, grace.top)
    for curve, item in zip(parts(drawing, "curve"), trial.strategies, strict=True):
        x, y = curve.points[-1]
        assert months.number(x) == pytest.approx(18) and percent.number(y) == pytest.approx(item.survival.value)
        assert all(b[1] >= a[1] for a, b in pairwise(curve.points))


def test_the_same_seed_gives_the_same_numbers(patients):
    first, again = (emulated(patients).analyses[0].results for _ in range(2))
    assert first.equals(again)


def test_who_had_the_drug_before_is_left_out_and_counted(patients):
    given = patients.table("exposures")
    before = given.filter(pl.col("drug") == "trastuzumab").head(30).with_columns(pl.lit("pertuzumab").alias("drug"))
    tables = {**patients.tables, "exposures": pl.concat([given, before])}
    (trial,) = emulated(Records(tables, patients.kind)).analyses
    assert trial.strategies[0].clones == 670
    assert "30 patients who had pertuzumab before left out" in trial.protocol[0].emulation


def test_the_protocol_and_the_strategies_are_printed(patients):
    result = emulated(patients, covariates=["ecog"])
    names = [table.name for table in tables_of(result.analyses)]
    assert names == ["target-trial", "protocol"]
    items = [row.cells[0] for row in tables_of(result.analyses)[1].rows]
    assert items[:3] == ["Eligibility", "Strategies", "Assignment"] and items[-1] == "Assumptions"
    assert "A target trial was emulated" in methods_paragraph(result).text
    assert any("No covariate explains who starts" in text for text in result.analyses[0].cautions)
    assert any(text.startswith("Asked for and not used") and "ecog" in text for text in result.analyses[0].cautions)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"horizon": 2}, "the horizon lies within the grace period"),
        ({"horizon": 900}, "the longest follow-up is"),
        ({"start": "lapatinib"}, "0 patients had started"),
    ],
)
def test_what_is_no_trial_is_withheld_with_its_reason(patients, changes, said):
    result = emulated(patients, **changes)
    assert not result.analyses
    assert said in result.withheld[0]


def test_a_wrong_name_is_refused_with_its_line(tmp_path):
    base = "version: 1\ntitle: x\nrecords: r\ntime_zero: first trastuzumab emtansine\nanalyses:\n"
    with pytest.raises(StudyError) as found:
        load(tmp_path, base + "  - target_trial: {start: pertuzumap, endpoint: os, horizon: 0, bootstrap: 3}\n")
    assert len(found.value.problems) == 3


def test_the_report_shows_the_trial(tmp_path):
    cohort = simulate_cohort(WORLDS["I1"], np.random.default_rng(3), 300)
    folder = write_scenario(cohort, tmp_path / "i1", 3)
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    lines = "\n- target_trial: {start: pertuzumab, within: 90, endpoint: os, horizon: 18, bootstrap: 50}\n"
    (folder / "trial.yaml").write_text(text.rstrip() + lines, encoding="utf-8")
    _, page = run_and_report(folder / "trial.yaml", tmp_path / "report")
    html = page.read_text(encoding="utf-8")
    assert "Target trial and emulation" in html
    assert (tmp_path / "report" / "figures" / "target-trial.svg").is_file()
