"""Sequential trials from records: no effect is found as none, entries are counted, what is no trial is withheld."""

import numpy as np
import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.covariates_over_time import covariates_over_time
from sequela.analyses.report_card import Status
from sequela.audit.card import audited
from sequela.derive.baseline import DEFAULT_DEFINITIONS
from sequela.errors import StudyError
from sequela.records.bundle import Kind, Records
from sequela.report.answer import answer as in_words
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

TRIAL = {
    "start": "pertuzumab",
    "design": "sequential trials",
    "endpoint": "pfs.ema",
    "horizon": 12,
    "trials": 9,
    "bootstrap": 50,
}


def asked(**changes):
    trial = {key: value for key, value in {**TRIAL, **changes}.items() if value is not None}
    return study(time_zero="first trastuzumab emtansine", analyses=[{"target_trial": trial}])


@pytest.fixture(scope="module")
def patients():
    return records_of(simulate_cohort(WORLDS["I1"], np.random.default_rng(3), 400))


def emulated(patients, **changes):
    return answer(asked(**changes), patients, build_cohort(asked(**changes), patients))


@pytest.fixture(scope="module")
def result(patients):
    return audited(emulated(patients))


def test_the_figure_goes_straight_through_the_ends_of_intervals(result):
    (trial,) = result.analyses
    drawing = strategies_figure(trial, Kind.SIMULATED)
    ticks = parts(drawing, "ticks")[0].points
    months = Scale(0, 2, ticks[0][0], ticks[1][0])
    for curve, item in zip(parts(drawing, "curve"), trial.strategies, strict=True):
        percent = Scale(1, 0, curve.points[0][1], ticks[0][1] - 1.75)
        inside = item.curve.time <= trial.horizon_days
        known = [(months.number(x), percent.number(y)) for x, y in curve.points[1:-1]]
        assert np.allclose(known, np.column_stack([item.curve.time[inside] / 30.4375, item.curve.survival[inside]]))
    assert not parts(drawing, "grace period")


def test_a_drug_that_does_nothing_is_found_to_do_nothing(result):
    """In this world those who ever got the drug have a hazard ratio of about 0.35."""
    (trial,) = result.analyses
    assert [each.name for each in trial.over_time.comparisons] == ["intention to treat", "per protocol"]
    for each in trial.over_time.comparisons:
        for difference in (each.survival_difference, each.mean_difference):
            assert difference.low < 0 < difference.high
        assert each.hazard_ratio.low < 1 < each.hazard_ratio.high
        assert 0.8 < each.hazard_ratio.value < 1.25
    assigned, followed = trial.over_time.comparisons
    assert assigned.strategies[1].left == 0 < followed.strategies[1].left
    assert followed.strategies[1].events < assigned.strategies[1].events


def test_entries_are_those_counted_from_the_records(patients, result):
    (trial,) = result.analyses
    given = patients.table("exposures")
    zero = given.filter(pl.col("drug") == "trastuzumab emtansine").select("patient_id", pl.col("start").alias("zero"))
    added = given.filter(pl.col("drug") == "pertuzumab").join(zero, on="patient_id")
    wait = (added["start"] - added["zero"]).to_numpy()
    assert trial.over_time.starters == (wait < 9 * 30.4375).sum()
    assert trial.over_time.patients == 400 and trial.over_time.trials == 9


def test_the_same_seed_gives_the_same_numbers(patients, result):
    assert result.analyses[0].results.equals(emulated(patients).analyses[0].results)


def test_the_page_says_that_the_trials_were_a_sequence(result):
    tables = tables_of(result.analyses)
    assert [table.name for table in tables] == ["target-trial", "protocol"]
    assert any(row.cells[0] == "Per protocol: hazard ratio (95% CI)" for row in tables[0].rows)
    items = {row.cells[0]: row.cells[2] for row in tables[1].rows}
    assert "judged anew each month" in items["Eligibility"] and "the day the trial opens" in items["Time zero"]
    text = methods_paragraph(result).text
    assert "A sequence of 9 target trials, 1 month apart" in text and "Danaei" in " ".join(
        str(item) for item in methods_paragraph(result).references
    )
    said = in_words(result)
    assert "pertuzumab started at entry" in said.sentence and "not settled" in said.sentence
    assert said.numbers[-1].label.endswith("per protocol")
    item = result.card.named("later_changes")
    assert item.status is Status.OK and "read anew" in item.finding


def test_covariates_are_read_on_the_day_and_hold_until_the_next(patients):
    zero = patients.table("exposures").filter(pl.col("drug") == "trastuzumab emtansine")
    at = zero.select("patient_id", pl.col("start").alias("day")).sort("patient_id").head(3)
    names, first = at["patient_id"].to_list(), at["day"].to_list()
    seen = pl.DataFrame(
        {
            "patient_id": [names[0], names[0], names[1]],
            "day": [first[0], first[0] + 40, first[1] + 100],
            "ecog": [1, 2, 1],
            "row": [2, 3, 4],
        },
        schema=patients.table("performance").schema,
    )
    people = Records({**patients.tables, "performance": seen}, patients.kind)
    moments, until = np.array([0.0, 30, 60, 90, 120, 150]), np.array([131.0, 200, 200])
    found = covariates_over_time(
        ("ecog",), people, at, DEFAULT_DEFINITIONS, moments, until, np.array([50.0, 99.0, np.inf])
    )
    nan = np.nan
    expected = [[1, 1, 2, 2, 2, nan], [nan, nan, nan, nan, 1, 1], [nan] * 6]
    np.testing.assert_array_equal(found.at_moments[:, :, 0], expected)
    np.testing.assert_array_equal(found.at_start[:, 0], [2, nan, nan])
    assert found.carried[0][1] == 0
    late = covariates_over_time(
        ("ecog",), people, at, DEFAULT_DEFINITIONS, moments + 60, until + 100, np.array([np.inf, 140.0, 1.0])
    )
    # 132 and 162 days after the last status of the first patient nothing is known within 90 days: the last one holds.
    np.testing.assert_array_equal(late.at_moments[0, :, 0], [2, 2, 2, 2, 2, 2])
    assert late.carried[0][1] > 0 and late.at_start[1, 0] == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"horizon": 900, "trials": 3}, "the longest follow-up is"),
        ({"start": "lapatinib"}, "0 patients start lapatinib"),
        ({"endpoint": "pfs2.ema", "start": "docetaxel"}, "patients start docetaxel"),
    ],
)
def test_what_is_no_trial_is_withheld_with_its_reason(patients, changes, said):
    result = emulated(patients, **changes)
    assert not result.analyses
    assert said in result.withheld[0]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("within: 30", "'within' belongs to the design 'clone censor weight'"),
        ("landmarks: [3]", "'landmarks' belongs to"),
        ("interval: 12", "the interval is longer than the horizon"),
        ("interval: 0", "interval"),
        ("trials: 0", "trials"),
    ],
)
def test_an_option_of_the_other_design_is_refused(tmp_path, written, said):
    base = "version: 1\ntitle: x\nrecords: r\ntime_zero: first trastuzumab emtansine\nanalyses:\n"
    trial = f"  - target_trial: {{start: pertuzumab, design: sequential trials, endpoint: os, horizon: 6, {written}}}\n"
    with pytest.raises(StudyError) as found:
        load(tmp_path, base + trial)
    assert said in str(found.value)


def test_an_interval_belongs_to_sequential_trials(tmp_path):
    base = "version: 1\ntitle: x\nrecords: r\ntime_zero: first trastuzumab emtansine\nanalyses:\n"
    with pytest.raises(StudyError, match="belongs to the design 'sequential trials'"):
        load(tmp_path, base + "  - target_trial: {start: pertuzumab, endpoint: os, horizon: 6, interval: 1}\n")


def test_the_report_draws_the_trials(tmp_path):
    folder = write_scenario(simulate_cohort(WORLDS["I1"], np.random.default_rng(3), 300), tmp_path / "i1", 3)
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    lines = (
        "\n- target_trial: {start: pertuzumab, design: sequential trials, endpoint: os, horizon: 12, bootstrap: 50}\n"
    )
    (folder / "trial.yaml").write_text(text.rstrip() + lines, encoding="utf-8")
    _, page = run_and_report(folder / "trial.yaml", tmp_path / "report")
    html = page.read_text(encoding="utf-8")
    assert "Entries into trials" in html and "by intention to treat" in html and "Target trial and emulation" in html
    assert (tmp_path / "report" / "figures" / "target-trial-2.svg").is_file()
