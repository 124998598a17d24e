"""Control outcomes, unrecorded treatment, competing events, and what the study says of its design."""

import numpy as np
import pytest

from sequela.analyses.report_card import Status
from sequela.errors import StudyError
from sequela.stats.cox import cox, wald_interval
from tests.golden.tolerances import NEWTON
from tests.hand_made import records
from tests.study.studies import load, study

from . import worlds
from .studies import examined

GROUPS = {"P": "received pertuzumab", "T": "otherwise"}


def asked(**more):
    return study(groups=GROUPS, reference="T", **more)


def people(n=120, recurrence=(1000, 1000), ratio=1.0, unrecorded=0.0, seed=5):
    """T-DM1 on day 0; `recurrence` is the mean time from primary to metastatic disease without and with pertuzumab."""
    rng = np.random.default_rng(seed)
    tables = {"patients": [], "exposures": [], "diagnoses": []}
    truth = []
    for number in range(n):
        given = number % 2 == 1
        days = 1 + int(rng.exponential(300 / (ratio if given else 1)))
        free = 1 + int(rng.exponential(recurrence[given]))
        name = f"x{number:04d}"
        tables["patients"].append({"patient_id": name, "death": days})
        tables["diagnoses"].append({"patient_id": name, "day": -600 - free, "kind": "primary"})
        tables["diagnoses"].append({"patient_id": name, "day": -600, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
        tables["exposures"].append({"patient_id": name, "drug": "trastuzumab", "start": -500, "stop": -9})
        written = given and rng.random() >= unrecorded
        if written:
            tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -500, "stop": -9})
        truth.append((days, free, given, written))
    return records(**tables), np.array(truth, dtype=float)


def test_a_disease_that_ran_faster_before_the_drug_is_pointed_out_with_its_size():
    found, truth = people(recurrence=(2000, 500))
    item = examined(asked(), found).card.named("control_outcomes")
    fit = cox(truth[:, 1], np.ones(len(truth), dtype=bool), truth[:, 2])
    limits = wald_interval(fit)
    measure = item.measures[0]
    assert item.status is Status.WARN and "ran faster in P" in item.direction
    assert (measure.value, measure.low, measure.high) == pytest.approx(
        tuple(np.exp([fit.coefficients[0], limits.low[0], limits.high[0]])), rel=NEWTON
    )


def test_a_disease_that_ran_alike_is_no_alarm():
    found, _ = people(recurrence=(1000, 1000))
    assert examined(asked(), found).card.named("control_outcomes").status is Status.OK


def test_the_direction_of_a_slower_disease_is_its_own():
    found, _ = people(recurrence=(500, 2000))
    assert "ran slower in P" in examined(asked(), found).card.named("control_outcomes").direction


def test_de_novo_patients_have_no_time_to_recurrence():
    found, _ = people(n=16)
    item = examined(asked(), found).card.named("control_outcomes")
    assert item.status is Status.NOT_ASSESSABLE and "primary diagnos" in item.finding


def test_the_line_before_the_drug_is_a_control_and_the_line_with_it_is_not():
    # World N1 gives pertuzumab in the first line, so no line before it exists; below it is given in the second.
    assert worlds.examined("N1").named("control_outcomes").status is Status.NOT_ASSESSABLE
    rng = np.random.default_rng(2)
    tables = {"patients": [], "exposures": [], "diagnoses": [], "assessments": []}
    for number in range(80):
        given, name = number % 2 == 1, f"y{number:03d}"
        first = 30 + int(rng.exponential(100 if given else 400))
        start = -first - 300
        tables["patients"].append({"patient_id": name, "death": 1 + int(rng.exponential(300))})
        tables["diagnoses"].append({"patient_id": name, "day": start - 1, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "trastuzumab", "start": start, "stop": -301})
        tables["exposures"].append({"patient_id": name, "drug": "docetaxel", "start": start, "stop": -301})
        tables["assessments"].append({"patient_id": name, "day": -301, "response": "PD"})
        tables["exposures"].append({"patient_id": name, "drug": "lapatinib", "start": -299, "stop": -5})
        if given:
            tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -299, "stop": -5})
        tables["assessments"].append({"patient_id": name, "day": -4, "response": "PD"})
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
    item = examined(asked(), records(**tables)).card.named("control_outcomes")
    assert item.status is Status.WARN
    assert "progression on line 1" in item.finding and item.measures[0].value > 1.5


def test_courses_nobody_recorded_make_the_groups_look_alike():
    found, _ = people(n=600, ratio=2.0, unrecorded=0.2, seed=8)
    item = examined(asked(), found).card.named("unrecorded_treatment")
    recorded, *corrected = (answer.estimate.value for answer in item.answers)
    assert recorded < corrected[0] < corrected[1] < corrected[2]


def test_the_correction_is_turned_where_the_rest_is_not_the_reference():
    found, _ = people(n=600, ratio=2.0, unrecorded=0.2, seed=8)
    forth = examined(asked(), found).card.named("unrecorded_treatment").answers[-1].estimate
    back = examined(study(groups=GROUPS, reference="P"), found).card.named("unrecorded_treatment").answers[-1].estimate
    assert back.value == pytest.approx(1 / forth.value, rel=NEWTON)
    assert back.low == pytest.approx(1 / forth.high, rel=NEWTON)


def test_recording_as_the_study_file_describes_it_gives_the_true_ratio_back():
    """A fifth of the courses was not recorded, and the study file says so; the truth is 2."""
    found, _ = people(n=3000, ratio=2.0, unrecorded=0.2, seed=8)
    item = examined(asked(recording={"sensitivity": [0.75, 0.85]}), found).card.named("unrecorded_treatment")
    drawn, fixed = item.answers[-1], next(a for a in item.answers if a.label.startswith("if 20%"))
    assert drawn.label == "if 75 to 85% of the courses were recorded and 100% of the others had none recorded"
    assert drawn.estimate.low < 2 < drawn.estimate.high
    assert drawn.estimate.value == pytest.approx(fixed.estimate.value, rel=0.03)
    assert np.log(drawn.estimate.high / drawn.estimate.low) > 0.95 * np.log(fixed.estimate.high / fixed.estimate.low)


def test_drawn_recording_is_the_same_from_either_side():
    found, _ = people(n=600, ratio=2.0, unrecorded=0.1, seed=9)
    forth = examined(asked(), found).card.named("unrecorded_treatment").answers[-1].estimate
    back = examined(study(groups=GROUPS, reference="P"), found).card.named("unrecorded_treatment").answers[-1].estimate
    assert (1 / back.value, 1 / back.high) == pytest.approx((forth.value, forth.low), rel=NEWTON)


def test_recording_in_a_study_file(tmp_path):
    base = "version: 1\ntitle: x\nrecords: r\ntime_zero: first trastuzumab emtansine\nanalyses: [survival: os]\n"
    found = load(tmp_path, base + "recording: {sensitivity: [0.8, 0.95], specificity: 0.99}\n").recording
    assert str(found) == "sensitivity 0.8 to 0.95, specificity 0.99"
    for wrong in ("{sensitivity: 0.4}", "{sensitivity: [0.9, 0.8]}", "{specificity: 1.2}", "{share: 0.9}"):
        with pytest.raises(StudyError):
            load(tmp_path, base + f"recording: {wrong}\n")


def test_an_answer_that_hangs_on_complete_records_says_so():
    for seed in range(40):
        found, _ = people(n=120, ratio=1.45, unrecorded=0.1, seed=seed)
        item = examined(asked(), found).card.named("unrecorded_treatment")
        held = [answer.estimate.low <= 1 <= answer.estimate.high for answer in item.answers]
        assert (item.status is Status.WARN) == (held[0] != held[2])
        if item.status is Status.WARN:
            return
    raise AssertionError("no cohort at the edge was drawn")


def test_two_recorded_groups_leave_no_rest_to_look_into():
    found, _ = people()
    two = study(groups={"P": "received pertuzumab", "T": "not received pertuzumab"}, reference="T")
    item = examined(two, found).card.named("unrecorded_treatment")
    assert item.status is Status.NOT_ASSESSABLE and "none is the rest" in item.finding


def competing(deaths_first, n=60):
    """Deaths before progression in a share of each group: (without, with pertuzumab)."""
    rng = np.random.default_rng(4)
    tables = {"patients": [], "exposures": [], "diagnoses": [], "assessments": []}
    for number in range(n):
        given, name = number % 2 == 1, f"z{number:03d}"
        days = 20 + int(rng.exponential(200))
        dies = (number // 2) / (n / 2) < deaths_first[given]
        tables["diagnoses"].append({"patient_id": name, "day": -600, "kind": "metastatic"})
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
        if given:
            tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -500, "stop": -9})
        if dies:
            tables["patients"].append({"patient_id": name, "death": days})
        else:
            tables["patients"].append({"patient_id": name, "last_contact": days + 50})
            tables["assessments"].append({"patient_id": name, "day": days, "response": "PD"})
    return records(**tables)


@pytest.mark.parametrize(("shares", "status"), [((0.1, 0.5), Status.WARN), ((0.2, 0.2), Status.OK)])
def test_deaths_before_progression_are_counted_by_group(shares, status):
    asked_for = asked(analyses=[{"survival": "ttp"}])
    item = examined(asked_for, competing(shares)).card.named("competing_events")
    assert item.status is status
    assert [measure.value for measure in item.measures] == pytest.approx([shares[1], shares[0]], abs=0.04)
    assert [answer.quantity for answer in item.answers] == ["hazard ratio", "subdistribution hazard ratio"]


def test_death_ends_survival_and_nothing_else_does():
    found, _ = people()
    item = examined(asked(), found).card.named("competing_events")
    assert item.status is Status.OK and "No other event" in item.finding


def test_the_design_is_named_for_what_it_is():
    found, _ = people()
    card = examined(asked(), found).card
    assert card.named("later_changes").status is Status.OK
    trial = card.named("target_trial")
    assert trial.status is Status.NOT_ASSESSABLE and "not ways of treating" in trial.finding


def test_groups_made_by_what_came_later_are_a_warning():
    card = worlds.examined("I1", "naive")
    assert card.named("later_changes").status is Status.WARN
