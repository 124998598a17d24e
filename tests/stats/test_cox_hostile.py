"""Cox's regression and its diagnostics on data at the edge of what numbers can hold, beside R."""

from functools import cache

import numpy as np
import pytest

from sequela.errors import NotEstimableError
from sequela.stats import partial_likelihood
from sequela.stats.concordance import concordance
from sequela.stats.contingency import pearson_chi_square
from sequela.stats.cox import cox, joint_wald_test
from sequela.stats.cox_residuals import deviance_residuals, influence, martingale_residuals, score_residuals
from sequela.stats.fitted_risks import fitted_risks
from sequela.stats.frailty import frailty
from sequela.stats.paired_tables import mcnemar
from sequela.stats.proportion_difference import barnard_exact
from sequela.stats.proportional_hazards import TRANSFORMS, proportional_hazards_test
from sequela.stats.standardised_difference import categorical_difference
from sequela.stats.standardised_survival import standardised_survival
from tests.golden import read
from tests.golden.tolerances import FAR_APART, NEWTON


@cache
def _patients():
    table = read.parts(read.rows("cox_hostile", "data"), "set")
    return {
        name: {column: read.numbers(rows, column) for column in rows[0] if column != "set"}
        for (name,), rows in table.items()
    }


def _fitted(name, ties):
    d = _patients()[name]
    given = {"entry": d["entry"], "strata": d["stratum"], "weights": d["weight"]}
    x = np.column_stack([d["x1"], d["x2"]])
    fit = cox(d["time"], d["event"], x, **given, ties=ties, offset=d["offset"], cluster=d["cluster"])
    return d, x, given, fit, fitted_risks(fit, d["time"], d["event"], x, **given)


def _numbers(name, ties):
    """Return what R was asked for, by its name there."""
    d, x, given, fit, risks = _fitted(name, ties)
    yield "coefficient", fit.coefficients
    yield "std_error", fit.std_errors
    yield "model_std_error", np.sqrt(np.diag(fit.model_covariance))
    yield "log_likelihood", [fit.log_likelihood_null, fit.log_likelihood]
    yield "score", [fit.score_statistic]
    yield "wald", [joint_wald_test(fit).statistic]
    risk = x @ fit.coefficients + d["offset"]
    found = concordance(d["time"], d["event"], risk, **given)
    yield "concordance", [found.value, found.std_error]
    found = concordance(d["time"], d["event"], risk, **given, cluster=d["cluster"])
    yield "concordance, clustered", [found.std_error]
    yield "martingale", martingale_residuals(risks)
    yield "deviance", deviance_residuals(risks)
    yield "score residual", score_residuals(risks).T.ravel()
    yield "dfbeta", influence(risks).T.ravel()
    for transform in TRANSFORMS:
        test = proportional_hazards_test(risks, transform=transform)
        yield transform, [*(term.statistic for term in test.terms), test.overall.statistic]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("name", sorted(_patients()))
def test_hostile_data_give_the_numbers_of_r(name, ties):
    expected = read.parts(read.rows("cox_hostile", "expected"), "set", "ties", "statistic")
    compared = 0
    for statistic, values in _numbers(name, ties):
        rows = expected.get((name, ties, statistic))
        if rows is None:
            assert name in ("units far apart", "hazards far apart", "one patient outweighs all")
            continue
        witness = read.numbers(rows, "value")
        values = np.asarray(values, dtype=float)
        blocks = 2 if statistic in ("score residual", "dfbeta") else 1
        size = np.abs(witness.reshape(blocks, -1)).max(axis=1).repeat(witness.size // blocks)
        scale = np.abs(witness) if statistic in ("coefficient", "std_error", "model_std_error") else size
        assert (np.abs(values - witness) <= FAR_APART * scale).all(), statistic
        compared += values.size
    assert compared > 90


def test_one_cluster_is_refused_because_its_standard_error_would_be_zero():
    d = _patients()["near ties"]
    x, one = d["x1"], np.zeros(d["time"].size)
    with pytest.raises(NotEstimableError, match="one cluster"):
        cox(d["time"], d["event"], x, cluster=one)
    with pytest.raises(NotEstimableError, match="one cluster"):
        cox(d["time"], d["event"], x, cluster=d["cluster"], weights=d["cluster"] == 3)
    with pytest.raises(NotEstimableError, match="one cluster"):
        concordance(d["time"], d["event"], x, cluster=one)
    with pytest.raises(NotEstimableError, match="one cluster"):
        concordance(d["time"], d["event"], x, cluster=d["cluster"], weights=d["cluster"] == 3)


def test_two_clusters_cannot_test_two_coefficients_together():
    d = _patients()["near ties"]
    fit = cox(d["time"], d["event"], np.column_stack([d["x1"], d["x2"]]), cluster=d["cluster"] > 6)
    with pytest.raises(NotEstimableError, match="more clusters than coefficients"):
        joint_wald_test(fit)
    assert joint_wald_test(fit, [1]).statistic == pytest.approx((fit.coefficients[1] / fit.std_errors[1]) ** 2)


def test_a_joint_test_does_not_depend_on_the_units():
    _, x, _, fit, _ = _fitted("a gap", "efron")
    d = _patients()["a gap"]
    given = {"entry": d["entry"], "strata": d["stratum"], "weights": d["weight"], "cluster": d["cluster"]}
    other = cox(d["time"], d["event"], x * [1e-9, 1e9], **given)
    assert joint_wald_test(other).statistic == pytest.approx(joint_wald_test(fit).statistic, rel=FAR_APART)


@pytest.mark.parametrize("forgotten", ["entry", "strata", "weights"])
def test_diagnostics_of_other_arrays_than_those_of_the_fit_are_refused(forgotten):
    d, x, given, fit, _ = _fitted("a gap" if forgotten == "entry" else "weights far apart", "efron")
    with pytest.raises(NotEstimableError, match="not what the model was fitted to"):
        fitted_risks(fit, d["time"], d["event"], x, **{name: of for name, of in given.items() if name != forgotten})
    with pytest.raises(NotEstimableError, match="not what the model was fitted to"):
        fitted_risks(fit, d["time"], d["event"], x[:, ::-1], **given)


def test_an_offset_moves_the_predicted_survival_of_its_patient():
    """Efron's hazard by hand, times what the offset says of each patient."""
    d = _patients()["near ties"]
    time, event, offset = d["time"], d["event"], d["offset"]
    x = np.column_stack([d["x1"], d["x2"]])
    fit = cox(time, event, x, offset=offset)
    risks = fitted_risks(fit, time, event, x)
    found = standardised_survival(risks, [x], [3.5]).survival[0, 0]
    predictor = x @ fit.coefficients + offset
    hazard = 0.0
    for cell in range(risks.sets.cells):
        day = risks.cell_time[cell]
        if day > 3.5:
            continue
        at_risk, gone = (
            np.exp(predictor[time > day - 0.5]).sum(),
            np.exp(predictor[(np.abs(time - day) < 0.5) & (event > 0)]),
        )
        hazard += sum(1 / (at_risk - k / gone.size * gone.sum()) for k in range(gone.size))
    assert found == pytest.approx(np.exp(-hazard * np.exp(predictor)).mean(), rel=NEWTON)


def test_strata_whose_offsets_differ_by_thousands_are_like_any(monkeypatch):
    """The likelihood does not know what a whole stratum has in common; both paths must not either."""
    d = _patients()["hazards far apart"]
    x = np.column_stack([d["x1"], d["x2"]])
    plain = cox(d["time"], d["event"], x, strata=d["stratum"])
    for numbers in (partial_likelihood.PLAIN_NUMBERS, 0):
        monkeypatch.setattr(partial_likelihood, "PLAIN_NUMBERS", numbers)
        far = cox(d["time"], d["event"], x, strata=d["stratum"], offset=1000 * d["stratum"])
        assert far.coefficients == pytest.approx(plain.coefficients, rel=NEWTON)
        assert far.log_likelihood == pytest.approx(plain.log_likelihood, rel=NEWTON)


def test_offsets_beside_which_others_vanish_are_refused():
    with pytest.raises(NotEstimableError, match="the risk of others vanishes"):
        cox([1, 2, 3, 4], [1, 1, 1, 1], [0.3, 0.1, 0.4, 0.2], offset=[2000, 2000, -2000, -2000])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_martingale_residuals_of_hazards_far_apart_keep_their_law(ties):
    """One is the most there is, and the observed events of each stratum are those expected."""
    d, _, _, _, risks = _fitted("hazards far apart", ties)
    residuals = martingale_residuals(risks)
    assert residuals.max() <= 1
    sums = np.bincount(d["stratum"].astype(int), weights=d["weight"] * residuals)
    assert sums == pytest.approx(0, abs=FAR_APART)


def test_more_covariates_than_the_events_can_tell_diverge_and_do_not_crash():
    chance = np.random.default_rng(2)
    days = np.arange(1, 21)
    for _ in range(6):
        fit = cox(days, np.ones(20), chance.normal(size=(20, 19)))
        assert fit.diverging.all()
        assert np.isnan(fit.std_errors).all()


def test_frailty_beside_an_order_without_exception_is_refused():
    days = np.arange(1, 21)
    with pytest.raises(NotEstimableError):
        frailty(cox(days, np.ones(20), -days), days % 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cox([1, 2, 3], [1, 1, 1], [1, 3, 2], strata=np.array(["a", 1, 2], dtype=object)), "several kinds"),
        (lambda: concordance([1, 2], [1, 1], ["a", "b"]), "not numbers"),
        (lambda: concordance([1, 2], [1, 1], [1, 2], weights=["a", "b"]), "not numbers"),
        (lambda: concordance([1, 2], [1, 1], [1, 2], weights=[1, -1]), "negative weight"),
        (lambda: pearson_chi_square([["a", "b"], ["c", "d"]]), "not numbers"),
        (lambda: pearson_chi_square([[1, 2], [3]]), "not numbers"),
        (lambda: mcnemar([["a", "b"], ["c", "d"]]), "not numbers"),
        (lambda: barnard_exact([["a", "b"], ["c", "d"]]), "not numbers"),
        (lambda: categorical_difference(["a"], ["b"]), "not numbers"),
    ],
)
def test_words_are_refused_by_name(call, words):
    with pytest.raises(NotEstimableError, match=words):
        call()


def test_scenarios_of_another_shape_are_refused():
    _, _, _, _, risks = _fitted("near ties", "efron")
    for scenario in ([1.0, 2.0], [["a", "b"]], np.ones((60, 3))):
        with pytest.raises(NotEstimableError):
            standardised_survival(risks, [scenario], [3.0])


def test_scores_that_vanish_have_no_robust_standard_error():
    """All those at risk but one are alike, and he had his event with all others: the score is zero by cluster."""
    weights = [0.0285, 340.2, 94.5, 274.1, 0.0224, 448.3]
    fit = cox(
        [3, 3, 1, 2, 1, 3], np.ones(6), [1, 2, 2, 2, 2, 2], entry=[2, 2, 0, 0, 0, 0], weights=weights, cluster=range(6)
    )
    assert fit.model_covariance[0, 0] > 1
    assert np.isnan(fit.std_errors).all()
    with pytest.raises(NotEstimableError):
        joint_wald_test(fit)


def test_residuals_of_strata_that_lie_e_to_the_hundreds_apart_are_finite():
    """A patient alone in his stratum tells nothing, however far from the others his covariate is."""
    days, event = np.array([58, 1, 293, 6, 79, 146, 20.0]), np.ones(7)
    x = np.array([900, 0.1, 0.9, 0.3, 1.1, 0.2, 0.4])
    strata = np.array([1, 2, 3, 3, 3, 2, 3])
    fit, near = cox(days, event, x, strata=strata), cox(days[1:], event[1:], x[1:], strata=strata[1:])
    assert np.abs(fit.coefficients[0]) * 900 > 400
    assert fit.coefficients == pytest.approx(near.coefficients, rel=1e3 * NEWTON)
    found = score_residuals(fitted_risks(fit, days, event, x, strata=strata))
    witness = score_residuals(fitted_risks(near, days[1:], event[1:], x[1:], strata=strata[1:]))
    assert found[0] == pytest.approx(0, abs=FAR_APART)
    assert found[1:] == pytest.approx(witness, abs=FAR_APART)
