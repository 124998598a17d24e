"""The simulated patients as records, and the studies that come with them."""

import datetime

import numpy as np
import polars as pl
import pytest
import yaml

from sequela.analyses.answer import answer
from sequela.audit.card import audited
from sequela.records.bundle import Kind
from sequela.run import run_study
from sequela.scenarios.cohort import simulate_cohort, simulate_starters
from sequela.scenarios.records import JANUARY_2003, records_of, studies_of, write_scenario
from sequela.scenarios.worlds import WORLDS
from sequela.sources.folder import FolderSource
from sequela.stats.cox import cox
from sequela.study.cohort import build_cohort
from sequela.study.spec import Study
from tests.end_to_end.folders import sequela
from tests.golden.tolerances import NEWTON


def _written(name, folder, seed=4, n=120):
    cohort = simulate_cohort(WORLDS[name], np.random.default_rng(seed), n)
    return cohort, write_scenario(cohort, folder / name, seed)


@pytest.mark.parametrize("name", WORLDS)
def test_nothing_of_the_records_is_refused_and_both_studies_run(name, tmp_path):
    cohort, folder = _written(name, tmp_path)
    records = FolderSource(folder / "records").read()
    assert records.kind is Kind.SIMULATED
    assert records.quarantine.height == 0
    assert records.tables["patients"].height == cohort.tdm1.size
    for study in ("study", "naive"):
        result = run_study(folder / f"{study}.yaml")
        assert result.card.items


@pytest.mark.parametrize("name", ["N1", "S1"])
def test_records_of_everybody_with_a_first_line_are_refused_nowhere(name, tmp_path):
    cohort, never = simulate_starters(WORLDS[name], np.random.default_rng(4), 300)
    folder = write_scenario(cohort, tmp_path / name, 4, never)
    records = FolderSource(folder / "records").read()
    assert records.quarantine.height == 0
    assert records.tables["patients"].height == 300
    with_tdm1 = records.tables["exposures"].filter(pl.col("drug") == "trastuzumab emtansine")["patient_id"].n_unique()
    assert with_tdm1 == cohort.tdm1.size
    assert yaml.safe_load((folder / "truth.yaml").read_text())["patients_who_started_a_first_line"] == 300
    assert run_study(folder / "study.yaml").card.items


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    _, first = _written("N2", tmp_path / "first")
    _, again = _written("N2", tmp_path / "again")
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(names) > 8
    assert all((first / name).read_bytes() == (again / name).read_bytes() for name in names)


def test_the_study_finds_in_the_records_what_happened_in_the_arrays(tmp_path):
    cohort, folder = _written("N3", tmp_path, n=300)
    result = run_study(folder / "study.yaml")
    end = np.minimum(cohort.progression, cohort.end)
    fit = cox(
        (end - cohort.tdm1).astype(float), cohort.progression <= cohort.end, cohort.pertuzumab[:, None].astype(float)
    )
    shown = next(item for item in result.analyses if getattr(item, "endpoint", None) == "pfs.ema")
    assert shown.hazard_ratios[0].estimate.value == pytest.approx(float(np.exp(fit.coefficients[0])), rel=NEWTON)


def test_the_calendar_is_in_the_records_and_indolence_is_not(tmp_path):
    cohort, folder = _written("N2", tmp_path)
    patients = FolderSource(folder / "records").read().tables["patients"]
    expected = [JANUARY_2003 + datetime.timedelta(days=int(days)) for days in cohort.diagnosed]
    assert patients["origin_date"].to_list() == expected
    text = "".join(path.read_text(encoding="utf-8") for path in (folder / "records").glob("*.csv"))
    assert "indolence" not in text
    truth = yaml.safe_load((folder / "truth.yaml").read_text(encoding="utf-8"))
    assert truth["hazard_ratio_of_progression_on_tdm1"] == 1.0
    assert "indolence" in truth["unmeasured"]


def test_an_added_drug_and_an_interim_line_are_in_the_exposures():
    added = records_of(simulate_cohort(WORLDS["I1"], np.random.default_rng(5), 200))
    assert added.tables["exposures"].filter(pl.col("drug") == "pertuzumab").height > 20
    between = records_of(simulate_cohort(WORLDS["L1"], np.random.default_rng(5), 200))
    assert between.tables["exposures"].filter(pl.col("drug") == "capecitabine").height > 10


def test_the_command_writes_a_world_and_tells_the_truth(tmp_path):
    code, out, _ = sequela("simulate", "scenario", "E1", tmp_path / "e1", "--patients", 50, "--seed", 9)
    assert code == 0
    assert "the hazard ratio is 1.38" in out
    assert (tmp_path / "e1" / "study.yaml").is_file()
    code, out, _ = sequela("simulate", "worlds")
    assert code == 0
    assert all(name in out for name in WORLDS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("N9", "new"), "there is no world called 'N9'"),
        (("N1", "."), "there is something of that name already"),
        (("N1", "new", "--set", "tdm1_median"), "is no name with a number"),
        (("N1", "new", "--set", "given_after=2"), "a share from 0 to 1"),
    ],
)
def test_the_command_says_what_is_wrong(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").write_text("", encoding="utf-8")
    code, _, err = sequela("simulate", "scenario", *words)
    assert code == 2
    assert said in err
    assert "Traceback" not in err


def test_the_command_changes_a_number_of_the_world(tmp_path):
    code, _, _ = sequela("simulate", "scenario", "N1", tmp_path / "w", "--patients", 40, "--set", "tdm1_median=30")
    assert code == 0
    truth = yaml.safe_load((tmp_path / "w" / "truth.yaml").read_text(encoding="utf-8"))
    assert truth["numbers"]["tdm1_median"] == 30


def test_the_study_of_immortal_time_asks_for_its_trial_and_finds_no_difference():
    cohort = simulate_cohort(WORLDS["I1"], np.random.default_rng(1), 371)
    study = Study(**studies_of(WORLDS["I1"])["study"])
    records = records_of(cohort)
    trial = answer(study, records, build_cohort(study, records), "").analyses[-1]
    assert trial.mean_difference.low < 0 < trial.mean_difference.high
    assert abs(trial.survival_difference.value) < 0.1
    naive = Study(**studies_of(WORLDS["I1"])["naive"])
    misled = answer(naive, records, build_cohort(naive, records), "")
    ratio = audited(misled).card.named("immortal_time").answers[0].estimate
    assert ratio.high < 0.6
