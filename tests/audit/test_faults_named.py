"""Covariates that say the same, endpoints on several clocks or of another drug, tests of groups and subgroups."""

import pytest

from sequela.analyses.report_card import Status
from tests.hand_made import records
from tests.study.studies import study

from .simulated import cohort
from .studies import examined
from .test_smaller_items import asked, people

TDM1 = "trastuzumab emtansine"


@pytest.mark.parametrize(("alike", "status"), [(True, Status.WARN), (False, Status.OK)])
def test_two_covariates_of_one_thing(alike, status):
    """Where alike, whoever is frail had her earlier therapy 400 days longer: each column tells the other."""
    rows = people(80, ecog=lambda i, rng: 2 * (i // 2 % 2))
    for i, row in enumerate(rows):
        row["before"] = 50 + (400 * (row["ecog"] > 0) if alike else 7 * (i % 13))
    item = examined(asked(["ecog", "prior_lines", "duration_of_her2_therapy"]), cohort(rows)).card
    found = item.named("covariates_together")
    assert found.status is status
    if alike:
        assert "completely" in found.finding and "ECOG" in found.finding
    assert "None was chosen by its p-value here" in found.finding


def test_nothing_adjusted_says_nothing_twice():
    assert examined(asked(), cohort(people(20))).card.named("covariates_together").status is Status.OK


def story(name, second, death):
    """Line 1 of trastuzumab from day 0, line 2 of one drug from day 200, T-DM1 from day 400 where it was not that."""
    drugs = [{"drug": "trastuzumab", "start": 0, "stop": 190, "reason_stopped": "progression"}]
    drugs += [{"drug": second, "start": 200, "stop": 390, "reason_stopped": "progression"}]
    drugs += [{"drug": TDM1, "start": 400, "stop": 500}] if second != TDM1 else []
    return {
        "patients": [{"patient_id": name, "death": death}],
        "diagnoses": [{"patient_id": name, "day": 0, "kind": "metastatic"}],
        "exposures": [{"patient_id": name, **drug} for drug in drugs],
        "assessments": [{"patient_id": name, "day": day, "response": "PD"} for day in (195, 395)],
    }


def stories(seconds):
    parts = [story(f"s{k}", second, 600 + 10 * k) for k, second in enumerate(seconds)]
    return records(**{table: [row for part in parts for row in part[table]] for table in parts[0]})


def test_progression_on_line_2_is_not_always_a_time_on_the_index_drug():
    given = stories([TDM1, "lapatinib"] * 6)
    groups = {"Late": {"received": "lapatinib"}, "Second": "otherwise"}
    second = study(groups=groups, reference="Second", analyses=[{"survival": "pfs_line_2"}, {"survival": "os"}])
    item = examined(second, given).card.named("several_clocks")
    assert item.status is Status.WARN
    assert "0 of 6 (0%) of Late and 6 of 6 (100%) of Second only" in item.finding
    assert "from start of line 2" in item.finding and "from first trastuzumab emtansine" in item.finding
    assert {m.group: m.value for m in item.measures if m.group} == {"Late": 0.0, "Second": 1.0}


def test_one_clock_and_one_drug_are_no_alarm():
    item = examined(asked(), cohort(people(20))).card.named("several_clocks")
    assert item.status is Status.OK and "first trastuzumab emtansine" in item.finding


def three_groups(**more):
    rows = people(90, ecog=lambda i, rng: i % 3)
    groups = {f"ECOG {k}": {"ecog": str(k)} for k in (0, 1)} | {"ECOG 2": "otherwise"}
    return examined(study(groups=groups, reference="ECOG 0", analyses=[{"survival": "os", **more}]), cohort(rows)).card


def test_one_test_of_three_groups_belongs_to_no_pair():
    item = three_groups().named("tests_of_parts")
    assert item.status is Status.WARN and "One test compares all 3 groups" in item.finding
    assert three_groups(pairwise="holm").named("tests_of_parts").status is Status.OK


def test_subgroups_are_read_by_their_interaction():
    rows = people(200, ratio=2.0, ecog=lambda i, rng: i // 2 % 2)
    wanted = asked(analyses=[{"survival": "os"}, {"subgroups": {"endpoint": "os", "by": ["ecog"]}}])
    item = examined(wanted, cohort(rows)).card.named("tests_of_parts")
    assert item.status is Status.WARN and "are not shown to differ" in item.finding
    for row in rows:
        if row["ecog"] and row["group"] == "P":
            row["days"] = 1 + row["days"] // 8
    item = examined(wanted, cohort(rows)).card.named("tests_of_parts")
    assert item.status is Status.OK and "differ between subgroups" in item.finding
