"""Who never reached the later drug, counted by the earlier one."""

import pytest

from sequela.analyses.report_card import Status
from tests.hand_made import records
from tests.study.studies import study

from .studies import examined

GROUPS = {"P": {"received": "pertuzumab", "before": "first trastuzumab emtansine"}, "T": "otherwise"}


def everyone(with_it, without):
    """(patients, who reached T-DM1) with pertuzumab and without; it is begun on day 300 and ends in death."""
    tables = {"patients": [], "diagnoses": [], "exposures": []}
    for drug, (patients, reached) in (("pertuzumab", with_it), ("docetaxel", without)):
        for number in range(patients):
            name = f"{drug[0]}{number:03d}"
            tables["patients"].append({"patient_id": name, "death": 400 + number})
            tables["diagnoses"].append({"patient_id": name, "day": 0, "kind": "metastatic"})
            tables["exposures"].append({"patient_id": name, "drug": drug, "start": 5, "stop": 200})
            if number < reached:
                tables["exposures"].append({"patient_id": name, "drug": "Kadcyla", "start": 300})
    return records(**tables)


def item_of(given, **more):
    return examined(study(groups=GROUPS, reference="T", **more), given).card.named("never_reached")


@pytest.mark.parametrize(
    ("with_it", "status"), [((40, 10), Status.WARN), ((40, 25), Status.OK), ((40, 40), Status.WARN)]
)
def test_the_shares_are_counted_by_hand(with_it, status):
    item = item_of(everyone(with_it, (30, 18)))
    assert item.status is status
    assert [measure.value for measure in item.measures if measure.name == "share_reached"] == [with_it[1] / 40, 18 / 30]
    assert (
        f"{with_it[1]} of 40 ({with_it[1] / 0.4:.1f}%) with pertuzumab and 18 of 30 (60.0%) without it" in item.finding
    )


def test_pertuzumab_after_the_later_drug_is_no_earlier_drug():
    given = everyone((20, 10), (20, 10))
    late = [{"patient_id": "d000", "drug": "pertuzumab", "start": 350}]
    exposures = given.tables["exposures"].to_dicts() + late
    tables = {name: given.tables[name].to_dicts() for name in ("patients", "diagnoses")}
    item = item_of(records(**tables, exposures=exposures))
    assert "10 of 20 (50.0%) with pertuzumab and 10 of 20 (50.0%) without it" in item.finding


def test_records_of_the_later_drug_alone_hold_nobody_else():
    item = item_of(everyone((20, 20), (20, 20)))
    assert item.status is Status.NOT_ASSESSABLE and "only patients who reached" in item.finding


def test_another_clock_is_not_assessable():
    item = item_of(everyone((20, 10), (20, 10)), time_zero="metastatic diagnosis")
    assert item.status is Status.NOT_ASSESSABLE
