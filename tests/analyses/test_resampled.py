"""Bootstrap limits beside hazard ratios, medians and mean times, as a study file asks for them."""

import numpy as np
import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.comparisons import Asked, GroupTimes
from sequela.analyses.conventions import CONVENTIONS
from sequela.analyses.resampled import curve_limits
from sequela.errors import StudyError
from sequela.records.dates import DAYS_PER_MONTH
from sequela.report.methods import methods_paragraph
from sequela.report.tables import survival_table
from sequela.stats.bootstrap_limits import drawn_counts
from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.restricted_mean import restricted_mean
from sequela.study.cohort import build_cohort
from tests.golden.tolerances import ROOT, SUMMATION
from tests.study.studies import load, study

from .kinds import GROUPS
from .test_clustered import CENTRE, DAYS, ECOG, EVENT, EXPOSED, patients, run

SAMPLES = 250
STREAM = 23


def limits(values):
    return [np.quantile(values, 0.025, method="lower"), np.quantile(values, 0.975, method="higher")]


@pytest.fixture(scope="module")
def result():
    return run(bootstrap=SAMPLES, rmst=12, adjust=["ecog"])


def test_hazard_ratios_are_those_of_the_repeated_patients(result):
    survival = result.analyses[0]
    for place, covariates in enumerate((EXPOSED[:, None], np.column_stack([EXPOSED, ECOG]))):
        counts = drawn_counts(np.random.default_rng([1, STREAM, place]), DAYS.size, SAMPLES)
        refits = [
            cox(np.repeat(DAYS, count), np.repeat(EVENT, count), np.repeat(covariates, count, axis=0)).coefficients[0]
            for count in counts
        ]
        percentile, corrected = survival.hazard_ratios[place].bootstrap
        assert [percentile.low, percentile.high] == pytest.approx(np.exp(limits(refits)), rel=ROOT)
        assert percentile.method == f"bootstrap percentiles, {SAMPLES} samples of patients"
        assert "(BCa)" in corrected.method and corrected.value == percentile.value
        assert corrected.low != percentile.low or corrected.high != percentile.high


def test_medians_and_means_are_those_of_the_repeated_patients(result):
    horizon = 12 * DAYS_PER_MONTH
    counts = drawn_counts(np.random.default_rng([1, STREAM, 2]), DAYS.size, SAMPLES)
    medians, means = [], []
    for count in counts:
        curves = [
            kaplan_meier(np.repeat(DAYS[of], count[of]), np.repeat(EVENT[of], count[of]))
            for of in (EXPOSED == 1, EXPOSED == 0)
        ]
        medians.append(quantile(curves[0]).value - quantile(curves[1]).value)
        means.append(restricted_mean(curves[0], horizon).value - restricted_mean(curves[1], horizon).value)
    found = {item.measure: item for item in result.analyses[0].contrasts}
    median = found["median difference"]
    assert [median.estimate.low, median.estimate.high] == limits(medians) and median.bootstrap == ()
    groups = {group.name: group.median.value for group in result.analyses[0].groups}
    assert median.estimate.value == groups["P"] - groups["T"]
    percentile, corrected = found["restricted mean difference"].bootstrap
    assert [percentile.low, percentile.high] == pytest.approx(limits(means), rel=SUMMATION)
    assert percentile.low <= found["restricted mean difference"].estimate.value <= percentile.high
    assert corrected.low < corrected.high


def test_centres_are_drawn_whole():
    survival = run(bootstrap=SAMPLES, cluster="centre").analyses[0]
    counts = drawn_counts(np.random.default_rng([1, STREAM, 0]), 6, SAMPLES)[
        :, np.unique(CENTRE, return_inverse=True)[1]
    ]
    refits = [cox(np.repeat(DAYS, count), np.repeat(EVENT, count), np.repeat(EXPOSED, count)) for count in counts]
    percentile = survival.hazard_ratios[0].bootstrap[0]
    expected = np.exp(limits([fit.coefficients[0] for fit in refits]))
    assert [percentile.low, percentile.high] == pytest.approx(expected, rel=ROOT)
    assert percentile.method.endswith("samples of centres")


def test_the_table_the_methods_and_the_results_say_which(result):
    table = survival_table(result.analyses[0])
    labels = [row.cells[0] for row in table.rows]
    assert labels.count("bootstrap percentiles (95% CI)") == 3
    assert labels.count("bootstrap, bias-corrected and accelerated (BCa) (95% CI)") == 3
    place = labels.index("Difference of medians, bootstrap percentiles, months (95% CI)")
    assert "p " not in table.rows[place].cells[1]
    paragraph = methods_paragraph(result)
    said = (
        f"{SAMPLES} samples of patients were drawn with replacement for percentile limits of hazard ratios, differences"
    )
    assert said in paragraph.text and "differences of medians and bias-corrected" in paragraph.text
    assert {"10.1214/aos/1176344552", "10.1080/01621459.1987.10478410"} <= {item.doi for item in paragraph.references}
    rows = result.analyses[0].results
    assert rows.filter(pl.col("statistic") == "adjusted_hazard_ratio_bootstrap").height == 2
    assert (
        rows.filter(pl.col("statistic") == "restricted_mean_difference_days_bootstrap")["level"].to_list()
        == ["12 months"] * 2
    )
    assert rows.filter(pl.col("statistic") == "median_difference_days_p_value").is_empty()


def test_the_same_study_draws_the_same_patients(result):
    again = run(bootstrap=SAMPLES, rmst=12, adjust=["ecog"])
    assert again.analyses[0].results.equals(result.analyses[0].results)


def test_what_cannot_be_drawn_is_said():
    asked = study(
        **{"groups": GROUPS, "reference": "T", "ties": "exact", "dialect": "SPSS"},
        analyses=[{"survival": {"endpoint": "pfs.ema", "bootstrap": SAMPLES}}],
    )
    found = answer(asked, patients(), build_cohort(asked, patients())).analyses[0]
    assert found.hazard_ratios[0].bootstrap == () and found.contrasts == ()
    assert any("The bootstrap of the crude model has no limits: fit: exact ties" in text for text in found.cautions)
    assert "No bootstrap of medians is made in the dialect SPSS." in found.cautions
    late = GroupTimes(None, np.zeros(2), DAYS[:2], EVENT[:2], entry=np.zeros(2))
    kept, cautions = curve_limits(late, (), (), None, CONVENTIONS["default"], Asked(samples=SAMPLES))
    assert kept == () and "under delayed entry" in cautions[0]


def test_too_few_samples_are_refused(tmp_path):
    text = "version: 1\ntitle: x\nrecords: r\ntime_zero: first T-DM1\nanalyses:\n"
    with pytest.raises(StudyError, match="greater than or equal to 200"):
        load(tmp_path, text + "  - survival: {endpoint: os, bootstrap: 50}\n")
