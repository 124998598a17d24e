"""Groups made alike: the null recovered where the truth is known, the numbers of the estimators, what is refused."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Status
from sequela.analyses.wording import ratio, with_interval
from sequela.audit.card import audited
from sequela.errors import StudyError
from sequela.records.bundle import Records
from sequela.report.checklist_evidence import _estimates
from sequela.report.methods import methods_paragraph
from sequela.report.page import drawings, figures_of, page
from sequela.report.tables import tables_of
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of, studies_of
from sequela.scenarios.worlds import WORLDS
from sequela.stats.cox import cox
from sequela.stats.logistic import logistic
from sequela.stats.propensity import balancing_weights
from sequela.study.cohort import build_cohort
from sequela.study.spec import Study
from tests.audit.simulated import cohort as patients_of
from tests.report.read_drawing import corners, parts, texts
from tests.study.studies import load, study

ASKED = {"propensity": "pfs.ema", "by": ["ecog"], "horizon": 12, "bootstrap": 50}
GROUPS = {"P": "received pertuzumab before first trastuzumab emtansine", "T": "otherwise"}


@pytest.fixture(scope="module")
def world():
    """Frail patients are spared pertuzumab and fare worse; the drug changes nothing."""
    return records_of(simulate_cohort(WORLDS["C1"], np.random.default_rng(5), 600))


def run(records, analyses=(), **more):
    asked = Study(**{**studies_of(WORLDS["C1"])["naive"], "analyses": list(analyses), **more})
    return answer(asked, records, build_cohort(asked, records))


def only(records, **changes):
    (found,) = run(records, [{**ASKED, **changes}]).analyses
    return found, found.comparisons[0]


@pytest.fixture(scope="module")
def plain(world):
    return only(world)


def estimates(one):
    return {how: found.estimate for how, found in one.ratios}


def test_the_page_tells_what_comes_out(world):
    page = (Path(__file__).parents[2] / "docs" / "propensity.md").read_text(encoding="utf-8")
    _, one = only(world, bootstrap=200)
    crude, weighted = (estimates(one)[how] for how in ("crude", "weighted, limits of the bootstrap"))
    for estimate in (crude, weighted):
        assert with_interval(estimate, ratio) in page


@pytest.mark.parametrize("weights", ["overlap", "ate", "att", "matching"])
def test_weighting_recovers_what_is_true_and_the_crude_ratio_does_not(world, weights):
    _, one = only(world, weights=weights)
    assert estimates(one)["crude"].high < 1
    for how in ("weighted, robust limits", "weighted, limits of the bootstrap"):
        assert estimates(one)[how].low < 1 < estimates(one)[how].high
    differences = [one.survival_difference, one.mean_difference, one.augmented_survival, one.augmented_mean]
    for difference in filter(None, differences):
        assert difference.low < 0 < difference.high
    assert (one.augmented_mean is None) == (weights == "matching")
    assert abs(one.balance[0].before) > 1 and abs(one.balance[0].after) < 0.1


def test_the_numbers_are_those_of_the_estimators(world, plain):
    found, one = plain
    status = world.table("performance").sort("patient_id")["ecog"].to_numpy()
    given = world.table("exposures").filter(pl.col("drug") == "pertuzumab")["patient_id"]
    exposed = world.table("patients").sort("patient_id")["patient_id"].is_in(given.to_list()).to_numpy()
    last = world.table("assessments").sort("patient_id", "day").group_by("patient_id", maintain_order=True).last()
    start = world.table("exposures").filter(pl.col("drug") == "trastuzumab emtansine").sort("patient_id")["start"]
    death = world.table("patients").sort("patient_id")["death"]
    progressed, died = (last["response"] == "PD").to_numpy(), death.is_not_null().to_numpy()
    end = np.where(progressed | ~died, last["day"].to_numpy(), death.fill_null(-1).to_numpy())
    days, event = (end - start.to_numpy()).astype(float), progressed | died
    weights = balancing_weights(logistic(exposed, status).fitted, exposed)
    fit = cox(days, event, exposed.astype(float), weights=weights, cluster=np.arange(600))
    robust = dict(one.ratios)["weighted, robust limits"]
    assert robust.estimate.value == pytest.approx(np.exp(fit.coefficients[0]), rel=1e-9)
    assert np.log(robust.estimate.high / robust.estimate.low) == pytest.approx(2 * 1.959964 * fit.std_errors[0], 1e-6)
    assert [group.n for group in one.groups] == [int(exposed.sum()), int((~exposed).sum())]
    assert one.groups[0].effective == pytest.approx(weights[exposed].sum() ** 2 / (weights[exposed] ** 2).sum())
    values = found.results.filter(pl.col("statistic") == "hazard_ratio")["value"].to_list()
    assert values == [item.value for item in estimates(one).values()]


def test_the_same_seed_gives_the_same_numbers(world, plain):
    again, _ = only(world)
    assert again.results.equals(plain[0].results)


def test_a_score_that_is_fitted_again_has_limits_of_its_own(world, plain):
    robust, resampled = list(estimates(plain[1]).values())[1:]
    assert robust.value == pytest.approx(resampled.value) and robust.low != resampled.low
    assert "50 bootstrap samples of patients, score fitted again" in resampled.method


def test_patients_without_a_covariate_are_left_out_and_counted(world):
    tables = {**world.tables, "performance": world.table("performance").head(500)}
    found, one = only(Records(tables, world.kind))
    assert found.left_out == 100 and sum(group.n for group in one.groups) == 500
    assert "100 of 600 patients (16.7%) are left out of the score" in found.cautions[0]


def test_a_curve_balances_what_a_line_does_not():
    """Those with a middling time before get the drug: no line tells the groups apart, a curve does."""
    rng = np.random.default_rng(8)
    before = rng.integers(20, 400, 400)
    given = rng.random(400) < np.where(np.abs(before - 210) < 90, 0.75, 0.25)
    rows_ = [
        {"group": "P" if p else "T", "days": int(rng.integers(200, 900)), "died": True, "before": int(b)}
        for b, p in zip(before, given, strict=True)
    ]
    records = patients_of(rows_)
    score = {**ASKED, "propensity": "os", "horizon": 8, "by": ["duration of trastuzumab"], "weights": "ate"}
    ratios = []
    for curved in ([], ["duration of trastuzumab"]):
        asked = study(groups=GROUPS, reference="T", analyses=[{**score, "curved": curved}])
        (found,) = answer(asked, records, build_cohort(asked, records)).analyses
        ratios.append(found.comparisons[0].balance[0].variance_ratio)
    assert ratios[0] < 0.7 < 0.85 < ratios[1] < 1.2
    assert found.covariates == ("Duration of trastuzumab (as a curve)",)


def test_trimmed_patients_are_counted(world):
    _, one = only(world, by=["ecog", "duration of trastuzumab"], trim=0.1)
    assert sum(group.left for group in one.groups) > 0
    assert all(group.n + group.left == group.score.size for group in one.groups)


def test_centres_are_clusters(world):
    """Frailty and outcome go with the centre, so that its patients tell less than as many strangers."""
    ecog = world.table("performance").sort("patient_id")["ecog"]
    people = world.table("patients").sort("patient_id")
    centre = pl.Series("centre", [f"c{2 * (i % 6) + e}" for i, e in enumerate(ecog)])
    tables = {**world.tables, "patients": people.with_columns(centre)}
    found, one = only(Records(tables, world.kind), cluster="centre")
    assert "12 centres" in found.cautions[0] and found.cluster == "centre"
    assert "samples of centres" in estimates(one)["weighted, limits of the bootstrap"].method
    single = {**world.tables, "patients": people.with_columns(pl.lit("one").alias("centre"))}
    assert "1 centre in the records" in run(Records(single, world.kind), [{**ASKED, "cluster": "centre"}]).withheld[0]


def rows(n, frail_p, frail_t, seed=1):
    rng = np.random.default_rng(seed)
    return [
        {
            "group": "P" if k % 2 else "T",
            "days": int(rng.integers(200, 900)),
            "died": k % 3 > 0,
            "ecog": int(rng.random() < (frail_p if k % 2 else frail_t)),
        }
        for k in range(n)
    ]


@pytest.mark.parametrize(
    ("given", "changes", "said"),
    [
        (rows(16, 0.8, 0.2), {}, "8 patients with every covariate in the smaller group, and a score of 1 column"),
        (rows(60, 1.0, 0.0), {}, "tell the two outcomes apart"),
        (rows(60, 0.6, 0.4), {"horizon": 28}, "of P still followed at 28 months, expected 10"),
        (rows(60, 0.6, 0.4), {"by": ["hormone_receptor"]}, "no score without a covariate that varies"),
        (rows(60, 0.6, 0.4), {"curved": ["ecog"]}, "too few different values to enter as a curve"),
    ],
)
def test_what_the_data_do_not_support_is_withheld_with_its_reason(given, changes, said):
    asked = study(groups=GROUPS, reference="T", analyses=[{**ASKED, "propensity": "os", "horizon": 6, **changes}])
    records = patients_of(given)
    result = answer(asked, records, build_cohort(asked, records))
    assert not result.analyses and said in result.withheld[0]


def test_of_three_groups_each_is_held_against_the_reference():
    before = {"before": "first trastuzumab emtansine"}
    groups = {
        "P": {"received": "pertuzumab", **before},
        "L": {"received": "lapatinib", **before},
        "X": {"received": "letrozole", **before},
        "T": "otherwise",
    }
    records = patients_of(rows(200, 0.6, 0.4))
    given = records.table("exposures")
    others = given.filter(pl.col("drug") == "trastuzumab", pl.col("patient_id").str.slice(1).cast(pl.Int32) % 2 == 0)
    drugs = ["lapatinib" if i < 40 else "letrozole" for i in range(43)]
    tables = {**records.tables, "exposures": pl.concat([given, others.head(43).with_columns(pl.Series("drug", drugs))])}
    records = Records(tables, records.kind)
    asked = study(groups=groups, reference="T", analyses=[{**ASKED, "propensity": "os", "horizon": 6}])
    result = answer(asked, records, build_cohort(asked, records))
    (found,) = result.analyses
    assert [(one.groups[0].name, one.groups[0].n) for one in found.comparisons] == [("P", 100), ("L", 40)]
    assert all((one.groups[1].name, one.groups[1].n) == ("T", 57) for one in found.comparisons)
    assert any("Weighting of X against T is not supportable: 3 patients" in text for text in found.cautions)


def test_a_clock_that_starts_too_early_is_not_weighted_away():
    asked = studies_of(WORLDS["C1"])["naive"]
    late = {**asked, "time_zero": "metastatic diagnosis", "population": [{"received": "trastuzumab emtansine"}]}
    of = records_of(simulate_cohort(WORLDS["C1"], np.random.default_rng(1), 200))
    made = Study(**{**late, "analyses": [{**ASKED, "propensity": "os"}]})
    result = answer(made, of, build_cohort(made, of))
    assert not result.analyses and result.withheld


def test_a_score_on_a_consequence_is_named_by_the_audit(world):
    score = {**ASKED, "by": ["ecog", "duration of trastuzumab"]}
    result = audited(run(world, [{"survival": "pfs.ema"}, score]))
    item = result.card.named("post_exposure_covariates")
    assert item.status is Status.WARN and "A propensity score rests on" in item.finding
    assert result.card.named("several_comparisons").measures[0].value == 2
    without = audited(run(world, [{"survival": "pfs.ema"}, ASKED]))
    assert without.card.named("post_exposure_covariates").status is Status.OK


def test_it_stands_in_the_report(world):
    matching = {**ASKED, "propensity": "os", "weights": "matching"}
    result = audited(run(world, [{"survival": "pfs.ema"}, ASKED, matching]))
    names = [table.name for table in tables_of(result.analyses) if table.name.startswith(("propensity", "balance"))]
    assert names == ["propensity-pfs-ema", "balance-pfs-ema", "propensity-os", "balance-os"]
    figures = figures_of(result)
    drawn = {figure.name: figure.figure for figure in figures}
    said = texts(drawn["propensity-pfs-ema"])
    assert any("weighted median" in text for text in said) and "Weight still at risk (patients)" in said
    (panel,) = drawn["propensity-pfs-ema"].panels
    found = next(item for item in result.analyses if getattr(item, "comparisons", ()))
    for mark, group in zip(parts(drawn["propensity-pfs-ema"], "curve"), found.comparisons[0].groups, strict=True):
        steps = [(panel.x.number(x), panel.y.number(y)) for x, y in corners(mark)]
        assert np.allclose(steps, np.column_stack([group.curve.time / 30.4375, group.curve.survival]))
    assert "ECOG performance status" in texts(drawn["balance-pfs-ema"])
    (before,), (after,) = (parts(drawn["balance-pfs-ema"], when) for when in ("before", "after"))
    assert before.x > after.points[1][0]
    upper, lower = (parts(drawn["balance-pfs-ema"], group.name) for group in found.comparisons[0].groups)
    assert max(bar.top + bar.height for bar in upper) == pytest.approx(min(bar.top for bar in lower))
    assert max(bar.top for bar in upper) < min(bar.top + bar.height for bar in lower)
    text = methods_paragraph(result).text
    assert "fitted by logistic regression on ECOG" in text and "patients who might have been in either group" in text
    assert "50 bootstrap samples of matched pairs, pairs as formed" in text
    assert "Beside them groups made alike in ECOG performance status." in _estimates(result)
    html = page(result, tables_of(result.analyses), figures, drawings(figures))
    assert 'id="figure-balance-os"' in html and "Only what was measured is made alike" in html
    shown = next(table for table in tables_of(result.analyses) if table.name == "propensity-os")
    assert "Hazard ratio, matched, robust limits (95% CI)" in [row.cells[0] for row in shown.rows]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("{propensity: os, by: [ecog], horizon: 12}", "propensity of a study without groups"),
        ("{propensity: os, by: [nonsense], horizon: 12}", "nonsense"),
        ("{propensity: os, by: [ecog], horizon: 12, weights: matching, cluster: centre}", "matched pairs are clusters"),
        ("{propensity: os, by: [ecog]}", "horizon"),
        ("{propensity: os, by: [ecog], horizon: 12, trim: 0.5}", "trim"),
        ("{propensity: os, by: [ecog], horizon: 12, curved: [age]}", "'age' is to enter as a curve and is not in 'by'"),
    ],
)
def test_a_file_that_cannot_be_answered_is_refused(tmp_path, extra, words):
    with pytest.raises(StudyError, match=words):
        load(tmp_path, f"version: 1\ntitle: x\nrecords: r\ntime_zero: first T-DM1\nanalyses:\n  - {extra}\n")


@pytest.mark.slow
def test_limits_cover_the_truth_as_often_as_they_say():
    """Sixty cohorts without any effect: 95 % limits leave out the truth in about three; nine is beyond chance."""
    missed = {"ratio": 0, "mean": 0}
    for seed in range(60):
        records = records_of(simulate_cohort(WORLDS["C1"], np.random.default_rng(1000 + seed), 300))
        _, one = only(records, bootstrap=100)
        found = estimates(one)["weighted, limits of the bootstrap"]
        missed["ratio"] += not found.low < 1 < found.high
        missed["mean"] += not one.augmented_mean.low < 0 < one.augmented_mean.high
    assert max(missed.values()) <= 8


@settings(max_examples=10, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(12, 120),
    st.sampled_from(["overlap", "ate", "att", "matching"]),
    st.sampled_from([0.0, 0.05, 0.3]),
    st.sampled_from([1, 6, 20]),
)
def test_any_cohort_is_answered_or_told_why_not(seed, n, weights, trim, horizon):
    rng = np.random.default_rng(seed)
    given_ = [
        {
            "group": "P" if k % 3 else "T",
            "days": int(rng.integers(1, 900)),
            "died": bool(rng.random() < 0.6),
            "ecog": int(rng.integers(0, 3)) if rng.random() < 0.9 else None,
            "before": int(rng.integers(10, 300)),
        }
        for k in range(n)
    ]
    score = {"by": ["ecog", "duration of trastuzumab"], "weights": weights, "trim": trim, "horizon": horizon}
    asked = study(groups=GROUPS, reference="T", analyses=[{**ASKED, "propensity": "os", **score}])
    records = patients_of(given_)
    result = answer(asked, records, build_cohort(asked, records))
    if not result.analyses:
        assert "not supportable" in result.withheld[0] or "no score without" in result.withheld[0]
        return
    (one,) = result.analyses[0].comparisons
    assert all(0 < found.estimate.value < np.inf for how, found in one.ratios if how != "crude")
    assert all(group.n + group.left == group.score.size for group in one.groups)
    assert all(1 <= group.effective <= group.n + 1e-9 for group in one.groups)


def test_exact_ties_are_efrons_in_a_weighted_ratio(world):
    exact = run(world, [ASKED], ties="exact").analyses[0].comparisons[0]
    assert "exact ties" in estimates(exact)["crude"].method
    assert "Efron ties" in estimates(exact)["weighted, robust limits"].method
