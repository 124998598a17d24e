"""Who was lost, and how often patients were seen."""

import numpy as np
import polars as pl
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Status
from sequela.audit.censoring import censoring
from sequela.audit.material import material
from sequela.records.bundle import Records
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of
from sequela.scenarios.worlds import WORLDS
from sequela.stats.cox import cox
from sequela.study.cohort import build_cohort
from tests.hand_made import records
from tests.study.studies import study

from .studies import examined as examined_study
from .worlds import examined, records_in, study_of


def answer_under(item, label):
    return next(answer.estimate.value for answer in item.answers if label in answer.label)


def test_patients_who_leave_before_progression_are_found_and_bounded():
    item = examined("K1").named("censoring")
    assert item.status is Status.WARN
    assert "Pertuzumab look longer" in item.direction
    asked = answer_under(item, "as asked")
    assert asked < answer_under(item, "2 times") < answer_under(item, "3 times")
    assert answer_under(item, "all lost in No pertuzumab") < asked < answer_under(item, "all lost in Pertuzumab")


def test_equal_losses_raise_no_alarm_and_the_bounds_are_there_all_the_same():
    item = examined("N3", patients=1000).named("censoring")
    assert item.status is Status.OK
    assert len(item.answers) == 8
    shares = [measure.value for measure in item.measures if measure.name == "share_lost"]
    assert shares == pytest.approx([shares[0]] * 2, abs=0.06)


def test_loss_that_a_measured_covariate_explains_is_mended_by_weights():
    """The same patients without the loss of the frail say where the ratio should be; weights go most of the way."""
    asked = study_of("K2", "naive")

    def item(world):
        records = records_of(simulate_cohort(world, np.random.default_rng(2), 3000))
        return censoring(material(answer(asked, records, build_cohort(asked, records))))

    lost, kept = item(WORLDS["K2"]), item(WORLDS["K2"].with_values(frail_loss=0.0))
    truth = np.log(answer_under(kept, "as asked"))
    crude, weighted = (np.log(answer_under(lost, label)) - truth for label in ("as asked", "weighted for who was lost"))
    assert crude < -0.05 and abs(weighted) < 0.5 * abs(crude)
    assert "Loss goes with ECOG performance status." in lost.finding
    assert "No measured covariate goes with loss." in kept.finding
    assert answer_under(kept, "weighted for who was lost") == pytest.approx(np.exp(truth), rel=0.01)


def test_few_lost_patients_carry_no_weights():
    item = examined("K2", patients=40).named("censoring")
    assert "Weights for loss are not supportable" in item.finding
    assert not any("weighted for" in answer.label for answer in item.answers)


def test_without_a_calendar_every_end_of_follow_up_counts_as_a_loss_for_the_weights():
    records = records_in("K2", patients=400)
    tables = {**records.tables, "patients": records.table("patients").with_columns(origin_date=pl.lit(None, pl.Date))}
    asked = study_of("K2", availability={})
    item = examined_study(asked, Records(tables, records.kind)).card.named("censoring")
    assert item.status is Status.NOT_ASSESSABLE and "every end of follow-up" in item.finding
    assert [answer.label for answer in item.answers] == ["weighted for who was lost, by ECOG performance status"]


def test_a_close_of_the_records_is_no_loss():
    item = examined("N3", patients=400, seed=8).named("censoring")
    assert all(measure.value < 0.3 for measure in item.measures if measure.name == "share_lost")


def seen(every_p, every_t, patients=12):
    tables = {"patients": [], "exposures": [], "diagnoses": [], "assessments": []}
    for number in range(2 * patients):
        name, after = f"v{number:03d}", number % 2
        tables["patients"].append({"patient_id": name, "last_contact": 700})
        tables["diagnoses"].append({"patient_id": name, "day": -400, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
        if after:
            tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -300, "stop": -50})
        end = 400 + 10 * number
        for day in np.arange(0, end, every_p if after else every_t).tolist():
            tables["assessments"].append({"patient_id": name, "day": int(day), "response": "SD"})
        tables["assessments"].append({"patient_id": name, "day": end, "response": "PD", "basis": "radiologic"})
    return records(**tables)


@pytest.mark.parametrize(("every_p", "status"), [(40, Status.WARN), (84, Status.OK), (150, Status.WARN)])
def test_the_group_that_is_seen_more_often_is_named(every_p, status):
    groups = {"P": "received pertuzumab before first trastuzumab emtansine", "T": "otherwise"}
    asked = study(
        groups=groups, reference="T", time_zero="first trastuzumab emtansine", analyses=[{"survival": "pfs.ema"}]
    )
    item = examined_study(asked, seen(every_p, 84)).card.named("visits")
    assert item.status is status
    if status is Status.WARN:
        assert item.direction.startswith("P " if every_p < 84 else "T ")


def dated(since_p, since_t):
    """Progressions of P found this long after the visit before, of T likewise; all of one course otherwise."""
    tables = {"patients": [], "exposures": [], "diagnoses": [], "assessments": []}
    for number in range(60):
        name, after = f"v{number:03d}", number % 2
        end = 200 + 10 * (number // 2)
        tables["patients"].append({"patient_id": name, "last_contact": 900})
        tables["diagnoses"].append({"patient_id": name, "day": -400, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
        if after:
            tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -300, "stop": -50})
        for day in (20, end - (since_p if after else since_t)):
            tables["assessments"].append({"patient_id": name, "day": day, "response": "SD"})
        tables["assessments"].append({"patient_id": name, "day": end, "response": "PD", "basis": "radiologic"})
    return records(**tables)


def dating(since_p, since_t):
    groups = {"P": "received pertuzumab before first trastuzumab emtansine", "T": "otherwise"}
    asked = study(
        groups=groups, reference="T", time_zero="first trastuzumab emtansine", analyses=[{"survival": "pfs.ema"}]
    )
    return examined_study(asked, dated(since_p, since_t)).card.named("visits")


def test_progressions_dated_earlier_where_the_visit_before_lies_far_back():
    """P and T progress on the same days; T was last seen 10 days before, P 160: midway, P came 75 days earlier."""
    item = dating(160, 10)
    asked, midway, drawn = (answer.estimate for answer in item.answers)
    assert asked.value == pytest.approx(1.0) and midway.value > 1.3
    assert drawn.value > 1.3 and np.log(drawn.high / drawn.low) > np.log(midway.high / midway.low)
    days = np.array([200 + 10 * (k // 2) for k in range(60)], dtype=float)
    exposed = np.arange(60) % 2
    fit = cox(days - np.where(exposed == 1, 80.0, 5.0), np.ones(60, bool), exposed.astype(float))
    assert midway.value == pytest.approx(float(np.exp(fit.coefficients[0])))


def test_equal_gaps_move_nothing():
    asked, midway, _ = (answer.estimate for answer in dating(60, 60).answers)
    assert midway.value == pytest.approx(asked.value)


def test_the_factor_from_which_the_interval_changes_sides_is_said():
    item = examined("K1", seed=7).named("censoring")
    under = {answer.label: answer.estimate for answer in item.answers}
    asked = under["as asked"]
    tipped = [m.value for m in item.measures if m.name == "tipping_factor"]
    assert asked.high < 1 and len(tipped) == 1
    size = "that" if tipped[0] == 1 else f"{tipped[0]:g} times that"
    estimate = under[f"if the hazard after loss in Pertuzumab is {size} of those who stayed"]
    assert estimate.low <= 1 <= estimate.high
    assert item.more == (f"From a hazard after loss {tipped[0]:g} times as high on, the interval would hold 1.",)
