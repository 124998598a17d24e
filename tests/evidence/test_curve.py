"""Curves back to patients: known truth from R, simulated truth, published trials, and laws."""

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.errors import NotEstimableError, UsageError
from sequela.evidence.curve import (
    APPROXIMATE,
    FROM_EVENTS,
    FROM_TABLE,
    patients_table,
    reconstruct_curves,
    records_of,
    residuals_table,
    write_curve,
)
from sequela.evidence.digitised import STEPS, Digitised, falling, patients_of_curve, survival_of
from sequela.records.bundle import Kind
from sequela.sources.folder import FolderSource
from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier, quantile, survival_at
from tests.golden import read
from tests.golden.tolerances import DIGITISED_MEDIAN, DIGITISED_RATIO, PUBLISHED_RATIO, SUMMATION

KMDATA = Path(__file__).parents[3] / "shared" / "data" / "kmdata"
TRIALS = {
    "CLEOPATRA_2A": (0.68, "control"),
    "CLEOPATRA_3A": (0.68, "control"),
    "TH3RESA_2A": (0.528, "physicians_choice"),
    "TH3RESA_4": (0.552, "physicians_choice"),
}
"""Published hazard ratio and reference: Swain 2015 (N Engl J Med 372:724), overall survival and progression as seen
by the investigators; Krop 2014 (Lancet Oncol 15:689), progression and the first look at overall survival."""


def ratio(groups):
    time, event = (np.concatenate([getattr(group, name) for group in groups]) for name in ("time", "event"))
    member = np.repeat(np.arange(len(groups)), [group.time.size for group in groups])
    return float(np.exp(cox(time, event, member.astype(float)).coefficients[0]))


def median(time, event):
    return quantile(kaplan_meier(time, event)).value


def digitised(time, event, rng, *, every, noise=0.002, places=100, total=True):
    """Read a curve as a person with a mouse would, and the table below it."""
    grid = np.linspace(0, time.max(), places)
    exact = survival_at(kaplan_meier(time, event), grid).survival
    survival = np.clip(exact + rng.uniform(-noise, noise, places), 0, 1)
    at = np.arange(0, time.max(), every)
    return Digitised(grid, survival, at, (time >= at[:, None]).sum(axis=1), int(event.sum()) if total else None)


def golden_curves(number, events):
    rows, found = read.rows("digitised_curves", "data"), {}
    for group in ("men", "women"):
        points = [r for r in rows if r["group"] == group and r["what"] == "points" and r["round"] == number]
        table = [r for r in rows if r["group"] == group and r["what"] == "at_risk"]
        at_risk = read.numbers(table, "value").astype(int)
        columns = (read.numbers(points, "time"), read.numbers(points, "value"), read.numbers(table, "time"), at_risk)
        found[group] = Digitised(*columns, events.get(group))
    return found


EXPECTED = {row["quantity"]: read.number(row["value"]) for row in read.rows("digitised_curves", "expected")}
TOTALS = {group: int(EXPECTED[f"events {group}"]) for group in ("men", "women")}


@pytest.mark.parametrize("number", ["1", "2", "3", "4", "5"])
@pytest.mark.parametrize("events", [TOTALS, {}], ids=["with the total of events", "without"])
def test_the_lung_curves_of_r_give_back_ratio_and_medians(number, events):
    found = reconstruct_curves(golden_curves(number, events), unit="days")
    groups = {group.name: group for group in found.groups}
    computed = float(np.exp(found.ratio.coefficients[0]))
    assert abs(computed / EXPECTED["hazard ratio"] - 1) < DIGITISED_RATIO
    for name, group in groups.items():
        assert abs(group.median / EXPECTED[f"median {name}"] - 1) < DIGITISED_MEDIAN
        assert group.fit.good and group.fit.at_risk == 0 and group.basis == FROM_TABLE
        if events:
            assert int(group.patients.event.sum()) == TOTALS[name]
        else:
            assert abs(int(group.patients.event.sum()) - TOTALS[name]) <= 2


def test_the_golden_folder_says_where_its_numbers_come_from():
    names = {path.name for path in (read.HERE / "digitised_curves").iterdir()}
    assert names == {"data.csv", "make.R", "expected.csv", "session.txt"}


@pytest.mark.parametrize("seed", range(8))
def test_simulated_trials_give_back_ratio_and_medians(seed):
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for scale in (300.0, 450.0):
        latent, censoring = rng.weibull(1.3, 250) * scale, rng.uniform(200, 1200, 250)
        time, event = np.ceil(np.minimum(latent, censoring)), latent <= censoring
        truth.append((time, event))
        found.append(patients_of_curve(digitised(time, event, rng, every=100)))
    real = ratio([type("Group", (), {"time": t, "event": e}) for t, e in truth])
    assert abs(ratio(found) / real - 1) < DIGITISED_RATIO
    for (time, event), group in zip(truth, found, strict=True):
        assert abs(median(group.time, group.event) / median(time, event) - 1) < DIGITISED_MEDIAN


def trial(name):
    path = KMDATA / f"{name}.csv"
    if not path.exists():
        pytest.skip("the collection of published trials is not beside the repository")
    with open(path, newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", TRIALS)
def test_published_trials_give_back_their_published_ratio(name):
    rows, (published, reference) = trial(name), TRIALS[name]
    rng, found = np.random.default_rng(1), []
    for of_reference in (True, False):
        part = [row for row in rows if (row["arm"] == reference) == of_reference]
        time, event = read.numbers(part, "time"), read.numbers(part, "event") == 1
        found.append(patients_of_curve(digitised(time, event, rng, every=4, places=150)))
    assert abs(ratio(found) / published - 1) < PUBLISHED_RATIO


def test_a_curve_without_noise_read_at_its_steps_comes_back_whole():
    """Ten patients, no censoring: times and events are the curve's own."""
    time = np.array([2.0, 3, 3, 5, 8, 13, 21, 34, 55, 89])
    at = np.unique(time)
    survival = (time > at[:, None]).mean(axis=1)
    curve = Digitised(np.append(0.0, at), np.append(1.0, survival), np.zeros(1), np.array([10]))
    found = patients_of_curve(curve, STEPS)
    assert np.array_equal(found.time, time) and found.event.all()


def test_one_censored_patient_by_hand():
    """Four patients; S falls to 3/4 at 1 and to 3/8 at 3: one of the other three was censored between."""
    curve = Digitised(
        np.array([0.0, 1, 3]), np.array([1.0, 0.75, 0.375]), np.array([0.0, 2, 4]), np.array([4, 2, 1]), None
    )
    found = patients_of_curve(curve, STEPS)
    assert found.time.tolist() == [1.0, 1.0, 3.0, 4.0] and found.event.tolist() == [True, False, True, False]
    assert survival_of(found.time, found.event, np.array([0.5, 1, 3, 9])).tolist() == [1, 0.75, 0.375, 0.375]


def test_a_total_of_events_stands_in_for_the_table():
    rng = np.random.default_rng(4)
    latent, censoring = rng.exponential(10, 200), rng.uniform(0, 20, 200)
    time, event = np.minimum(latent, censoring), latent <= censoring
    full = digitised(time, event, rng, every=1e9)
    by_total = reconstruct_curves({"all": full}).groups[0]
    alone = reconstruct_curves({"all": Digitised(full.time, full.survival, full.risk_time, full.at_risk)}).groups[0]
    assert by_total.basis == FROM_EVENTS and int(by_total.patients.event.sum()) == int(event.sum())
    assert alone.basis == APPROXIMATE and int(alone.patients.event.sum()) > int(event.sum())


def test_a_total_that_contradicts_the_curve_is_not_forced_on_it():
    rng = np.random.default_rng(4)
    time = rng.exponential(10, 100)
    curve = digitised(time, np.ones(100, dtype=bool), rng, every=5)
    forced = Digitised(curve.time, curve.survival, curve.risk_time, curve.at_risk, 40)
    found = reconstruct_curves({"all": forced}).groups[0]
    assert int(found.patients.event.sum()) > 80


CURVES = st.integers(0, 10_000).map(
    lambda seed: digitised(
        *(lambda rng: (np.minimum(t := rng.exponential(10, 60), c := rng.uniform(0, 30, 60)), t <= c))(
            np.random.default_rng(seed)
        ),
        np.random.default_rng(seed + 1),
        every=4,
        noise=0.01,
    )
)


@settings(max_examples=30, deadline=None)
@given(CURVES)
def test_patients_are_as_many_as_the_table_says_at_every_time(curve):
    found = patients_of_curve(curve)
    assert found.time.size == curve.at_risk[0] and (np.diff(found.time) >= 0).all() and (found.time >= 0).all()
    still = [int((found.time >= at).sum()) for at in curve.risk_time]
    assert still == curve.at_risk.tolist()
    assert np.abs(survival_of(found.time, found.event, curve.time) - curve.survival).max() < 0.12
    again = patients_of_curve(curve)
    assert np.array_equal(found.time, again.time) and np.array_equal(found.event, again.event)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_repair_never_rises_keeps_the_mean_and_leaves_a_falling_curve_alone(values):
    repaired = falling(np.array(values))
    assert (np.diff(repaired) <= 0).all() and abs(repaired.mean() - np.mean(values)) < 1e-9
    assert np.array_equal(falling(repaired), repaired)


def test_the_repair_by_hand():
    assert falling(np.array([1.0, 0.5, 0.75, 0.25])).tolist() == [1.0, 0.625, 0.625, 0.25]


def test_survival_is_the_product_limit_of_the_statistics_room():
    rng = np.random.default_rng(0)
    time, event = np.sort(rng.exponential(10, 50)), rng.random(50) < 0.6
    curve = kaplan_meier(time, event)
    assert np.abs(survival_of(time, event, curve.time) - curve.survival).max() < SUMMATION


def test_records_of_deaths_and_of_progressions(tmp_path):
    found = reconstruct_curves(golden_curves("1", TOTALS), unit="days", source="points.csv")
    written = write_curve(found, tmp_path / "out")
    records = FolderSource(written / "records").read()
    assert records.kind == Kind.RECONSTRUCTED and records.quarantine.is_empty()
    patients = records.table("patients")
    assert patients.height == 228 and patients["death"].drop_nulls().len() == sum(TOTALS.values())
    assert all(name.startswith("reconstructed-") for name in patients["patient_id"])
    assert "assessments" in set(records.incomplete["table"])
    progressions = records_of(found, "pfs")
    assert progressions.table("assessments").height == sum(TOTALS.values())
    assert progressions.table("patients")["death"].is_null().all()
    names = {path.name for path in written.iterdir()}
    assert names == {"records", "reconstructed_patients.csv", "residuals.csv", "reconstruction.yaml"}
    assert "never evidence" in (written / "reconstruction.yaml").read_text()


def test_a_group_named_as_a_drug_is_given_it():
    curve = Digitised(np.array([0.0, 1, 2]), np.array([1.0, 0.5, 0.25]), np.zeros(1), np.array([4]))
    found = reconstruct_curves({"T-DM1": curve, "control": curve})
    given = records_of(found).table("exposures")
    assert given["drug"].unique().to_list() == ["trastuzumab emtansine"] and given.height == 4
    everyone = records_of(found, drug="Kadcyla").table("exposures")
    assert everyone["drug"].unique().to_list() == ["trastuzumab emtansine"] and everyone.height == 8
    with pytest.raises(UsageError, match="vocabulary"):
        records_of(found, drug="moonshine")


def test_residuals_are_what_the_patients_give():
    found = reconstruct_curves(golden_curves("2", TOTALS), unit="days")
    table = residuals_table(found)
    assert table.height == 200
    off = float((table.filter(group="men")["difference"] ** 2).mean()) ** 0.5
    assert off == pytest.approx(found.groups[0].fit.root_mean_square)
    assert patients_table(found).group_by("group").len().sort("group")["len"].to_list() == [138, 90]


def test_options_that_are_not_known():
    curve = Digitised(np.array([0.0, 1, 2]), np.array([1.0, 0.5, 0.25]), np.zeros(1), np.array([4]))
    with pytest.raises(UsageError, match="fortnights"):
        reconstruct_curves({"all": curve}, unit="fortnights")
    with pytest.raises(UsageError, match="dfs"):
        records_of(reconstruct_curves({"all": curve}), "dfs")
    with pytest.raises(NotEstimableError, match="anywhere"):
        patients_of_curve(curve, "anywhere")
    with pytest.raises(NotEstimableError, match="5 events"):
        patients_of_curve(Digitised(curve.time, curve.survival, curve.risk_time, curve.at_risk, 5))


STUDY = """\
version: 1
title: A curve as a study
records: out/records
time_zero: first trastuzumab emtansine
groups:
  Women: {biomarker: curve, is: women}
  Men: {biomarker: curve, is: men}
reference: Men
endpoints: [os]
analyses:
  - survival: os
"""


def test_a_study_runs_on_the_patients_and_gives_the_ratio_back(tmp_path):
    from sequela.run import run_study

    found = reconstruct_curves(golden_curves("3", TOTALS), unit="days", source="points.csv")
    write_curve(found, tmp_path / "out", drug="T-DM1")
    (tmp_path / "study.yaml").write_text(STUDY)
    result = run_study(tmp_path / "study.yaml")
    table = pl.concat([analysis.results for analysis in result.analyses])
    value = table.filter(statistic="hazard_ratio")["value"].item()
    assert abs(value / EXPECTED["hazard ratio"] - 1) < DIGITISED_RATIO
