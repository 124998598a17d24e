"""A clock that starts too early is an ERROR, with the answer under every other clock beside it."""

import pytest

from sequela.analyses.report_card import Status
from tests.golden.read import number, rows
from tests.golden.tolerances import NEWTON, ROOT
from tests.hand_made import records
from tests.study.studies import patients, study

from .studies import examined

GROUPS = {"P": "received pertuzumab before first trastuzumab emtansine", "T": "otherwise"}
DRUG = "trastuzumab"
"""Stands for the transplant: what counts is that it is given after the clock has started."""


def stanford():
    tables = {"patients": [], "diagnoses": [], "exposures": []}
    for patient in rows("stanford_heart", "data"):
        name, days = f"s{patient['id']}", int(patient["days"])
        end = {"death": days} if patient["death"] == "1" else {"last_contact": days}
        tables["patients"].append({"patient_id": name, **end})
        tables["diagnoses"].append({"patient_id": name, "day": 0, "kind": "metastatic"})
        if patient["transplant"]:
            given = {"patient_id": name, "drug": DRUG, "start": int(patient["transplant"])}
            tables["exposures"].append(given)
    return records(**tables)


def agrees(found, witness, tolerance=NEWTON):
    for name in ("value", "low", "high"):
        assert getattr(found.estimate, name) == pytest.approx(number(witness[name]), rel=tolerance)


def test_stanford_heart_transplants_are_harmless_only_as_a_time_dependent_covariate():
    groups = {"Transplant": f"received {DRUG}", "Waiting": "otherwise"}
    asked = study(groups=groups, reference="Waiting", time_zero="metastatic diagnosis")
    card = examined(asked, stanford()).card
    naive, dependent = rows("stanford_heart", "expected")
    item = card.named("immortal_time")
    assert item.status is Status.ERROR
    agrees(item.answers[0], naive)
    agrees(item.answers[1], dependent)
    assert [answer.label for answer in item.answers] == ["as asked", "with the group as a time-dependent covariate"]
    assert "0.27 as asked and 1.14 with the group as a time-dependent covariate" in item.finding
    assert "most in Transplant" in item.direction
    assert card.grade is Status.ERROR and card.named("time_zero").status is Status.OK


def test_myeloma_seen_late_lives_shorter_once_entry_counts():
    tables = {"patients": [], "diagnoses": []}
    for patient in rows("myeloma", "data"):
        end = {"death": int(patient["futime"])} if patient["death"] == "1" else {"last_contact": int(patient["futime"])}
        name = f"m{patient['id']}"
        tables["patients"].append({"patient_id": name, "observed_from": int(patient["entry"]), **end})
        tables["diagnoses"].append({"patient_id": name, "day": 0, "kind": "metastatic"})
    card = examined(study(time_zero="metastatic diagnosis"), records(**tables)).card
    item = card.named("time_zero")
    assert item.status is Status.ERROR
    for found, witness in zip(item.answers, rows("myeloma", "expected"), strict=True):
        assert found.label == witness["label"]
        agrees(found, witness, ROOT)


def test_an_early_risk_set_that_empties_conditions_the_median():
    """One patient, watched from day 0, dies on day 9; twelve enter on day 20 and die on days 30, 40, ... 140."""
    late = [{"patient_id": f"l{i}", "observed_from": 20, "death": 30 + 10 * i} for i in range(12)]
    people = [{"patient_id": "first", "observed_from": 0, "death": 9}, *late]
    diagnoses = [{"patient_id": one["patient_id"], "day": 0, "kind": "metastatic"} for one in people]
    card = examined(study(time_zero="metastatic diagnosis"), records(patients=people, diagnoses=diagnoses)).card
    entered = next(a for a in card.named("time_zero").answers if a.label.startswith("with delayed entry"))
    # Half of the twelve are dead after day 80, where the curve rests until day 90.
    assert entered.estimate.value == 85 and entered.estimate.method.endswith("of those event-free at 20")
    assert entered.label == "with delayed entry of those event-free at 0.7 months, everyone at risk before being gone"
    assert entered.label in card.named("time_zero").finding


def test_follow_up_under_delayed_entry_is_refused_and_counted_from_entry():
    """Three enter on day 100 and are watched to days 200, 300 and 400: 100, 200 and 300 days from entry."""
    people = [{"patient_id": f"l{i}", "observed_from": 100, "last_contact": 200 + 100 * i} for i in range(3)]
    diagnoses = [{"patient_id": one["patient_id"], "day": 0, "kind": "metastatic"} for one in people]
    card = examined(study(time_zero="metastatic diagnosis"), records(patients=people, diagnoses=diagnoses)).card
    item = card.named("follow_up")
    assert [measure.value for measure in item.measures] == [200]
    assert "Follow-up from metastatic diagnosis is refused" in item.finding and "delayed entry" in item.finding


def test_guaranteed_time_by_hand():
    # P waits 300 of 1000 days, T 100 of 1000; nobody dies.
    of = patients(metastatic=0, p=[("pertuzumab", 10), ("T-DM1", 300)], t=[("docetaxel", 10), ("T-DM1", 100)])
    asked = study(["received trastuzumab emtansine"], GROUPS, time_zero="metastatic diagnosis")
    item = examined(asked, of).card.named("immortal_time")
    assert {(m.group, m.value) for m in item.measures} == {("P", 0.3), ("T", 0.1)}
    assert item.status is Status.ERROR and "most in P" in item.direction


def test_unequal_only_a_little_is_a_warning():
    of = patients(metastatic=0, p=[("pertuzumab", 10), ("T-DM1", 130)], t=[("docetaxel", 10), ("T-DM1", 100)])
    asked = study(["received trastuzumab emtansine"], GROUPS, time_zero="metastatic diagnosis")
    assert examined(asked, of).card.named("immortal_time").status is Status.WARN


def test_a_clock_that_starts_in_time_is_fine():
    of = patients(p=[("pertuzumab", 10), ("T-DM1", 300)], t=[("docetaxel", 10), ("T-DM1", 100)])
    card = examined(study(["received trastuzumab emtansine"], GROUPS), of).card
    assert card.named("time_zero").status is Status.OK
    assert card.named("immortal_time").status is Status.OK
    assert card.named("time_zero").answers == ()


def test_without_an_endpoint_immortal_time_is_not_assessable():
    of = patients(p=[("pertuzumab", 10), ("T-DM1", 300)], t=[("docetaxel", 10), ("T-DM1", 100)])
    asked = study(["received trastuzumab emtansine"], GROUPS, analyses=[{"characteristics": ["age"]}])
    assert examined(asked, of).card.named("immortal_time").status is Status.NOT_ASSESSABLE


def test_who_died_before_the_group_was_known_counts_in_the_reference():
    # a is exposed on day 40 and dies on day 100; b, c and d never are and die on days 90, 30 and 35. Days 30 and 35:
    # only unexposed at risk, which tells nothing. Day 90: one exposed and one unexposed at risk, the unexposed dies.
    # Day 100: only the exposed at risk. The likelihood 1 / (1 + hazard ratio) is largest at 0.
    people = {"a": 100, "b": 90, "c": 30, "d": 35}
    of = records(
        patients=[{"patient_id": name, "death": day} for name, day in people.items()],
        diagnoses=[{"patient_id": name, "day": 0, "kind": "metastatic"} for name in people],
        exposures=[{"patient_id": "a", "drug": DRUG, "start": 40}],
    )
    groups = {"Given": f"received {DRUG}", "Not": "otherwise"}
    dependent = examined(study(groups=groups, reference="Not", time_zero="metastatic diagnosis"), of).card
    answer = dependent.named("immortal_time").answers[1]
    assert answer.estimate.value == 0 and answer.events == 4 and answer.n == 4


def test_numbers_of_the_card_are_in_the_tidy_results():
    of = patients(metastatic=0, p=[("pertuzumab", 10), ("T-DM1", 300)], t=[("docetaxel", 10), ("T-DM1", 100)])
    asked = study(["received trastuzumab emtansine"], GROUPS, time_zero="metastatic diagnosis")
    card = examined(asked, of).card
    table = card.results
    assert set(table["analysis"]) == {"audit"}
    for item in card.items:
        lines = table.filter(variable=item.name)
        assert set(lines["level"]) == {item.status.value}
        for measure in item.measures:
            assert measure.value in lines.filter(statistic=measure.name)["value"].to_list()
