"""Follow-up of unequal length is a WARN; without a median it is not assessable."""

import pytest

from sequela.analyses.report_card import Status
from tests.hand_made import records
from tests.study.studies import study

from .studies import examined

GROUPS = {"P": "received pertuzumab", "T": "otherwise"}


def followed(p, t):
    """Everyone starts T-DM1 on day 0 and is censored on these days."""
    people = [("p", i, days) for i, days in enumerate(p)] + [("t", i, days) for i, days in enumerate(t)]
    given = [{"patient_id": f"{k}{i}", "drug": "T-DM1", "start": 0} for k, i, _ in people]
    given += [{"patient_id": f"{k}{i}", "drug": "pertuzumab", "start": -50} for k, i, _ in people if k == "p"]
    return records(patients=[{"patient_id": f"{k}{i}", "last_contact": days} for k, i, days in people], exposures=given)


def item(p, t):
    return examined(study(groups=GROUPS), followed(p, t)).card.named("follow_up")


def test_a_quarter_longer_is_still_equal():
    assert item([100, 125, 150], [80, 100, 120]).status is Status.OK


def test_more_than_a_quarter_longer_is_not():
    found = item([100, 126, 150], [80, 100, 120])
    assert found.status is Status.WARN
    assert [(m.group, m.value) for m in found.measures] == [("P", 126.0), ("T", 100.0)]
    assert "P was followed longest" in found.finding and "seen in P only" in found.direction


def test_the_other_way_round():
    assert "T was followed longest" in item([80, 100, 120], [100, 126, 150]).finding


def test_the_comparison_up_to_where_ten_are_at_risk_in_each_group():
    """An event on every tenth day of 30 in each; P ends from day 100 on, at 100 + k: ten are at risk until day 120."""
    tables = {"patients": [], "exposures": []}
    for group, last in (("P", 100), ("T", 400)):
        for k in range(30):
            days = 10 * (k + 1)
            end = {"death": days} if days < min(last, 200) else {"last_contact": last + k}
            name = f"{group}{k:02d}"
            tables["patients"].append({"patient_id": name, **end})
            tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": 0})
            if group == "P":
                tables["exposures"].append({"patient_id": name, "drug": "pertuzumab", "start": -50})
    item = examined(study(groups=GROUPS, reference="T"), records(**tables)).card.named("follow_up")
    found = {m.name: m.value for m in item.measures if not m.group}
    assert item.status is Status.WARN and found["common_horizon_days"] == 120
    free = {m.group: m.value for m in item.measures if m.name == "event_free_at_it"}
    assert free == pytest.approx({"P": 21 / 30, "T": 18 / 30})
    whole, cut = item.answers
    assert (whole.events, cut.events) == (9 + 19, 9 + 12)
