"""Controls that a study names: another drug, another outcome, and the answer calibrated by several of them."""

import numpy as np
import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Status
from sequela.audit.card import audited
from sequela.errors import StudyError
from sequela.records.bundle import Kind, Records
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of, studies_of
from sequela.scenarios.worlds import WORLDS
from sequela.stats.cox import cox, wald_interval
from sequela.stats.empirical_calibration import calibrated, systematic_error
from sequela.study.cohort import build_cohort
from sequela.study.controls import with_drug_instead
from sequela.study.grammar import Not, Received
from sequela.study.phrases import Moment, moment
from sequela.study.spec import Study
from tests.golden.tolerances import NEWTON, SIMULATED_RATIO
from tests.study.studies import load, study

HARM = WORLDS["N2"].with_values(tdm1_after_pertuzumab=0.7)
"""As N2, where an indolence nobody measured chose the patients, and T-DM1 works less long after pertuzumab."""
OTHERS = ("lapatinib", "neratinib", "tucatinib", "trastuzumab deruxtecan", "margetuximab")


def on(drug, world, patients, seed):
    """Return patients of a world who were given another drug in the place of T-DM1, and what happened to them."""
    cohort = simulate_cohort(world, np.random.default_rng(seed), patients)
    made = records_of(cohort)
    named = {name: table.with_columns(pl.col("patient_id") + f" {drug}") for name, table in made.tables.items()}
    named["exposures"] = named["exposures"].with_columns(pl.col("drug").replace("trastuzumab emtansine", drug))
    return named, cohort


def together(*parts):
    tables = {name: pl.concat([part[name] for part in parts]) for name in parts[0]}
    renumbered = {
        name: table.sort("patient_id", maintain_order=True).with_columns(
            pl.int_range(2, pl.len() + 2, dtype=pl.Int32).alias("row")
        )
        for name, table in tables.items()
    }
    return Records(renumbered, Kind.SIMULATED)


def item_of(records, **more):
    asked = Study(**{**studies_of(WORLDS["N2"])["study"], **more})
    return audited(answer(asked, records, build_cohort(asked, records), "")).card.named("control_outcomes")


def of_arrays(cohort):
    """Return the hazard ratio of progression on the drug with its limits, from what was simulated."""
    end = np.minimum(cohort.progression, cohort.end)
    event = cohort.progression <= cohort.end
    fit = cox((end - cohort.tdm1).astype(float), event, cohort.pertuzumab.astype(float))
    limits = wald_interval(fit)
    return [float(np.exp(x[0])) for x in (fit.coefficients, limits.low, limits.high)]


def test_another_drug_shows_the_selection_and_what_is_left_is_the_harm():
    """Harm of 1.38 stands beside a selection that shows on lapatinib as well; their ratio is near the harm."""
    (main, first), (other, second) = on("trastuzumab emtansine", HARM, 4000, 3), on("lapatinib", WORLDS["N2"], 4000, 4)
    item = item_of(together(main, other), controls=({"drug": "lapatinib", "because": "another way to act"},))
    measure = item.measures[-1]
    expected = of_arrays(second)
    assert measure.method == "progression-free survival (EMA) on lapatinib"
    assert [measure.value, measure.low, measure.high] == pytest.approx(expected, rel=NEWTON)
    assert item.status is Status.WARN
    assert "ran faster in Pertuzumab on lapatinib too, of which that was not expected" in item.direction
    asked, beyond = item.answers
    assert asked.estimate.value == pytest.approx(of_arrays(first)[0], rel=NEWTON)
    assert beyond.label == "beyond what the groups differ by on lapatinib"
    assert beyond.estimate.value == pytest.approx(asked.estimate.value / measure.value, rel=NEWTON)
    assert beyond.estimate.value == pytest.approx(HARM.hazard_ratio, rel=2 * SIMULATED_RATIO)
    assert asked.estimate.value > 1.1 * HARM.hazard_ratio
    width = np.hypot(*(np.log(x.high / x.low) for x in (asked.estimate, measure)))
    assert np.log(beyond.estimate.high / beyond.estimate.low) == pytest.approx(width, rel=NEWTON)
    assert "5 are needed to calibrate by" in item.more[0]


def test_another_drug_after_the_later_one_is_not_the_same_question():
    """Nobody who had T-DM1 before lapatinib is in the control."""
    main = on("trastuzumab emtansine", WORLDS["N3"], 300, 5)[0]
    others, second = on("lapatinib", WORLDS["N3"], 300, 6)
    rows = main["exposures"].filter(pl.col("drug") == "trastuzumab emtansine")
    after = rows.with_columns(pl.lit("lapatinib").alias("drug"), pl.col("start") + 1)
    main["exposures"] = pl.concat([main["exposures"], after])
    item = item_of(together(main, others), controls=("lapatinib",))
    assert item.measures[-1].value == pytest.approx(of_arrays(second)[0], rel=NEWTON)


def test_five_controls_calibrate_the_answer_as_the_formula_does():
    parts = [on("trastuzumab emtansine", HARM, 371, 7)]
    parts += [on(drug, WORLDS["N2"], 371, 10 + number) for number, drug in enumerate(OTHERS)]
    item = item_of(together(*(tables for tables, _ in parts)), controls=OTHERS)
    main, *others = (of_arrays(cohort) for _, cohort in parts)
    logs = [np.log(value) for value, _, _ in others]
    width = 2 * 1.959963984540054
    error = systematic_error(logs, [np.log(high / low) / width for _, low, high in others])
    wanted = calibrated(np.log(main[0]), np.log(main[2] / main[1]) / width, error)
    shown = item.answers[-1]
    assert shown.label == "calibrated by the controls"
    assert [shown.estimate.value, shown.estimate.low, shown.estimate.high] == pytest.approx(
        [wanted.value, wanted.low, wanted.high], rel=100 * NEWTON
    )
    assert item.more[0].startswith("5 controls of Pertuzumab miss what is known by a factor of ")


def test_a_known_ratio_is_held_against_and_not_one():
    """On lapatinib the harm is the same and said to be known, so nothing is unlike; as a negative control it is."""
    parts = [on(drug, WORLDS["E1"], 1500, seed)[0] for seed, drug in ((1, "trastuzumab emtansine"), (2, "lapatinib"))]
    known = item_of(together(*parts), controls=({"drug": "lapatinib", "hazard_ratio": 1.38},))
    assert known.status is Status.OK and "where 1.38 is known" in known.finding
    assert item_of(together(*parts), controls=("lapatinib",)).status is Status.WARN


def test_another_outcome_is_compared_in_the_same_patients():
    records = records_of(simulate_cohort(WORLDS["N3"], np.random.default_rng(1), 500))
    asked = Study(**{**studies_of(WORLDS["N3"])["study"], "controls": ({"endpoint": "os"},)})
    result = audited(answer(asked, records, build_cohort(asked, records), ""))
    shown = next(found for found in result.analyses if getattr(found, "endpoint", "") == "os").hazard_ratios[0].estimate
    measure = result.card.named("control_outcomes").measures[-1]
    assert (measure.value, measure.low) == pytest.approx((shown.value, shown.low), rel=NEWTON)


def test_a_control_that_nobody_was_given_says_so():
    records = records_of(simulate_cohort(WORLDS["N3"], np.random.default_rng(1), 100))
    item = item_of(records, controls=("lapatinib",))
    assert "lapatinib" in item.more[-1] and item.more[-1].startswith("No answer from ")


def test_one_drug_stands_for_another_wherever_it_is_named():
    rule = Not(criterion=Received(received=("T-DM1", "lapatinib"), before=moment("first T-DM1")))
    found = with_drug_instead({"a": (rule, Moment("time zero"), "T-DM1")}, lambda name: name == "T-DM1", "neratinib")
    changed, zero, text = found["a"]
    assert str(changed) == "not received neratinib or lapatinib before first neratinib"
    assert (zero, text) == (Moment("time zero"), "T-DM1")


def test_controls_in_a_study_file(tmp_path):
    base = "version: 1\ntitle: x\nrecords: r\ntime_zero: first trastuzumab emtansine\nanalyses: [survival: os]\n"
    found = load(tmp_path, base + "controls: [lapatinib, {endpoint: pfs.ema, because: no reason}]\n").controls
    assert [str(control) for control in found] == ["lapatinib", "pfs.ema (no reason)"]
    for wrong in (
        "[lapatinip]",
        "[{because: x}]",
        "[{drug: lapatinib, endpoint: os}]",
        "[{drug: lapatinib, hazard_ratio: 0}]",
    ):
        with pytest.raises(StudyError):
            load(tmp_path, base + f"controls: {wrong}\n")
    assert study(controls=("lapatinib",)).controls[0].hazard_ratio == 1
