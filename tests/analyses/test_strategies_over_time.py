"""Strategies over time from records: a world where treatment follows what it changes, and what is refused."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Status
from sequela.audit.card import audited
from sequela.records.bundle import Records
from sequela.report.answer import answer as in_words
from sequela.report.methods import methods_paragraph
from sequela.report.tables import tables_of
from sequela.run import run_and_report
from sequela.scenarios.cohort import simulate_cohort, simulate_starters
from sequela.scenarios.records import records_of, write_scenario
from sequela.scenarios.worlds import WORLDS
from sequela.stats.cox import cox, wald_interval
from sequela.study.cohort import build_cohort
from tests.study.studies import study

TRIAL = {
    "start": "pertuzumab",
    "design": "marginal structural model",
    "within": 61,
    "endpoint": "pfs.ema",
    "covariates": ["ecog"],
    "horizon": 12,
    "bootstrap": 50,
}


def asked(**changes):
    return study(time_zero="first trastuzumab emtansine", analyses=[{"target_trial": {**TRIAL, **changes}}])


def cohort_of(n, seed=3, **numbers):
    return simulate_cohort(WORLDS["V1"].with_values(**numbers), np.random.default_rng(seed), n)


@pytest.fixture(scope="module")
def patients():
    return records_of(cohort_of(600))


def emulated(patients, **changes):
    return answer(asked(**changes), patients, build_cohort(asked(**changes), patients))


@pytest.fixture(scope="module")
def result(patients):
    return audited(emulated(patients))


def test_no_effect_is_found_as_none_by_both_answers(result):
    (trial,) = result.analyses
    assert [each.name for each in trial.over_time.comparisons] == ["marginal structural model", "parametric g-formula"]
    for each in trial.over_time.comparisons:
        for difference in (each.survival_difference, each.mean_difference):
            assert difference.low < 0 < difference.high
    assert trial.over_time.comparisons[0].hazard_ratio.low < 1 < trial.over_time.comparisons[0].hazard_ratio.high
    assert trial.over_time.natural_course < 0.02


@pytest.mark.slow
def test_other_analyses_of_the_same_patients_find_an_effect():
    """Pertuzumab is added when the status gets worse, and makes it better; it does nothing to progression.

    Who ever got it had to live until then. Counted from its start it looks harmful, for the ill get it; adjusted for
    the status of the moment, which it improves, it looks more harmful still; adjusted for that at the start of
    T-DM1 too.
    """
    cohort = cohort_of(4000)
    end = np.minimum(cohort.progression, cohort.end) - cohort.tdm1
    event, added = cohort.progression <= cohort.end, cohort.added >= 0
    ever = cox(end.astype(float), event, added[:, None].astype(float))
    assert np.exp(wald_interval(ever).high[0]) < 0.8
    start, stop, happened, columns = [], [], [], []
    wait = np.where(added, cohort.added - cohort.tdm1, 10**6)
    for patient in range(end.size):
        edges = {0, int(end[patient])} | {int(k * 30.4375) for k in range(1, 24)} | {int(wait[patient])}
        cuts = sorted(edge for edge in edges if edge <= end[patient])
        for low, high in pairwise(cuts):
            start.append(low)
            stop.append(high)
            happened.append(event[patient] and high == end[patient])
            visit = min(int(low / 30.4375 + 0.04), cohort.status.shape[1] - 1)
            columns.append((wait[patient] <= low, cohort.status[patient, visit] == 2, cohort.frail[patient]))
    columns = np.array(columns, float)
    crude, now, first = (
        cox(np.array(stop, float), np.array(happened), columns[:, chosen], entry=np.array(start, float))
        for chosen in ([0], [0, 1], [0, 2])
    )
    for fit in (crude, now, first):
        assert np.exp(wald_interval(fit).low[0]) > 1.05
    records = records_of(cohort)
    blind, seeing = (
        emulated(records, covariates=names, bootstrap=50).analyses[0].over_time.comparisons[0]
        for names in ([], ["ecog"])
    )
    assert blind.mean_difference.high < 0
    assert seeing.mean_difference.low < 0 < seeing.mean_difference.high
    assert abs(seeing.mean_difference.value) < 0.3 * 30.4375


def test_a_drug_that_works_is_found_to_work():
    """With status 2 no more than a nuisance, the drug is added at random; twice the time is found by both answers."""
    cohort = cohort_of(600, second_drug=0.15, second_drug_worse=0.15)
    wait = np.where(cohort.added >= 0, cohort.added, cohort.progression)
    cohort.progression[:] = wait + 3 * (cohort.progression - wait)
    cohort.death[:] = cohort.progression + 30
    (trial,) = emulated(records_of(cohort)).analyses
    for each in trial.over_time.comparisons:
        assert each.mean_difference.low > 0.5 * 30.4375


def test_the_same_seed_gives_the_same_numbers(patients, result):
    assert result.analyses[0].results.equals(emulated(patients).analyses[0].results)


def test_the_page_says_what_was_done(result):
    tables = tables_of(result.analyses)
    labels = [row.cells[0] for row in tables[0].rows]
    assert "Parametric g-formula: event-free at 12 months, % (95% CI)" in labels
    assert "Parametric g-formula: hazard ratio (95% CI)" not in labels
    assert any("before they are cut" in note for note in tables[0].notes)
    assert any("With treatment as it was given" in note for note in tables[0].notes)
    items = {row.cells[0]: row.cells[2] for row in tables[1].rows}
    assert "in whole steps: within 61 days" in items["Strategies"] and "at each step" in items["Assignment"]
    text = methods_paragraph(result).text
    assert "within 61 days of time zero or never" in text and "parametric g-formula was the second answer" in text
    assert "as uncertain as a mean of" in text and any("patients who count alike" in note for note in tables[0].notes)
    said = in_words(result)
    assert "pertuzumab started within 61 days" in said.sentence and "not settled" in said.sentence
    assert said.numbers[-1].label.endswith("parametric g-formula")


def test_the_card_looks_at_the_weights_and_at_the_natural_course(result):
    item = result.card.named("later_changes")
    assert item.status is Status.WARN and "count as" in item.finding and "simulated courses" in item.finding
    names = {measure.name for measure in item.measures}
    assert names == {"mean_weight", "largest_weight", "effective_share", "equal_patients", "natural_course_difference"}
    (fewest,) = (measure.value for measure in item.measures if measure.name == "equal_patients")
    assert 5 < fewest < 60 and f"a mean of {fewest:.0f} patients" in item.finding
    shares = [measure.value for measure in item.measures if measure.name == "effective_share"]
    assert min(shares) < 0.5 < max(shares)


def test_a_covariate_that_changes_without_levels_is_held_and_said(patients):
    ages = np.random.default_rng(1).integers(30, 80, 600)
    people = patients.table("patients").with_columns(pl.Series("age_at_origin", ages).cast(pl.Float64))
    older = Records({**patients.tables, "patients": people}, patients.kind)
    (trial,) = emulated(older, covariates=["ecog", "age"]).analyses
    assert any(text.startswith("Held at the value of time zero") and "age" in text for text in trial.cautions)
    (alone,) = emulated(patients, covariates=["sex"]).analyses
    assert any("No covariate explains who starts" in text for text in alone.cautions)
    assert any(text.startswith("Asked for and not used") and "sex" in text for text in alone.cautions)
    assert not any(text.startswith("Asked for and not used") for text in trial.cautions)


def test_who_lacks_a_covariate_at_time_zero_is_left_out_and_counted(patients):
    seen = patients.table("performance")
    first = seen.group_by("patient_id").agg(pl.col("day").min()).sort("patient_id").head(40)
    fewer = seen.join(first, on=["patient_id", "day"], how="anti")
    (trial,) = emulated(Records({**patients.tables, "performance": fewer}, patients.kind)).analyses
    assert trial.over_time.patients == 560
    assert "40 with a covariate not known at time zero left out" in trial.protocol[0].emulation


@pytest.mark.parametrize("design", ["clone censor weight", "sequential trials", "marginal structural model"])
def test_every_design_asks_of_the_second_line_at_first_progression(design):
    """In this world nobody dies fast before T-DM1 and some do on it: by its law, not by a trial's, it looks harmful."""
    records = records_of(*simulate_starters(WORLDS["N3"], np.random.default_rng(3), 700))
    trial = {"start": "trastuzumab emtansine", "endpoint": "os", "horizon": 18, "bootstrap": 50, "design": design}
    asked_for = study(time_zero="first progression", analyses=[{"target_trial": {**trial, "covariates": ["ecog"]}}])
    (found,) = answer(asked_for, records, build_cohort(asked_for, records)).analyses
    assert found.mean_difference.high < 0
    assert "first progression" in " ".join(item.emulation + item.target for item in found.protocol)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"horizon": 2}, "the horizon lies within the grace period"),
        ({"horizon": 900}, "the longest follow-up is"),
        ({"start": "lapatinib"}, "0 patients start lapatinib within the grace period"),
        ({"covariates": ["duration of trastuzumab emtansine"]}, "0 patients start pertuzumab"),
        ({"endpoint": "pfs_line_1"}, "does not start at time zero"),
    ],
)
def test_what_is_no_trial_is_withheld_with_its_reason(patients, changes, said):
    result = emulated(patients, **changes)
    assert not result.analyses
    assert said in result.withheld[0]


def test_the_world_runs_from_its_folder(tmp_path):
    folder = write_scenario(cohort_of(150), tmp_path / "v1", 3)
    assert "marginal structural model" in (folder / "study.yaml").read_text(encoding="utf-8")
    result, page = run_and_report(folder / "study.yaml", tmp_path / "report")
    assert not result.withheld
    assert "Marginal structural model: event-free at 12 months" in page.read_text(encoding="utf-8")
    assert (tmp_path / "report" / "figures" / "target-trial.svg").is_file()
