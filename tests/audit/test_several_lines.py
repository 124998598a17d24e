"""Patients of several lines: counted by group, compared within lines, and tested for a difference between them."""

import numpy as np
import pytest

from sequela.analyses.report_card import Status
from sequela.stats.cox import cox, likelihood_ratio_test
from tests.hand_made import records
from tests.study.studies import study

from .studies import examined

GROUPS = {"P": {"received": "pertuzumab", "before": "first trastuzumab emtansine"}, "T": "otherwise"}


def treated(patients):
    """Each: (with pertuzumab, lines before T-DM1, days to death). Line k begins on day 200 (k - 1)."""
    tables = {"patients": [], "diagnoses": [], "exposures": []}
    others = ["lapatinib", "vinorelbine", "capecitabine"]
    for number, (after, before, days) in enumerate(patients):
        name, start = f"l{number:03d}", 200 * before
        tables["patients"].append({"patient_id": name, "death": start + days})
        tables["diagnoses"].append({"patient_id": name, "day": 0, "kind": "metastatic"})
        for line in range(before):
            drugs = (["trastuzumab"] + ["pertuzumab"] * after) if line == 0 else [others[line - 1]]
            window = {"start": 200 * line, "stop": 200 * line + 150, "reason_stopped": "progression"}
            tables["exposures"] += [{"patient_id": name, "drug": drug, **window} for drug in drugs]
        tables["exposures"].append({"patient_id": name, "drug": "T-DM1", "start": start})
    return records(**tables)


def item_of(patients):
    return examined(study(groups=GROUPS, reference="T"), treated(patients)).card.named("several_lines")


def drawn(share_p, share_t, ratio_second=1.0, ratio_third=1.0, n=160, seed=4):
    """A share of each group is in line 3, where everyone dies three times as fast."""
    rng, found = np.random.default_rng(seed), []
    for number in range(n):
        after = number % 2
        third = rng.random() < (share_p if after else share_t)
        rate = (3.0 if third else 1.0) * ((ratio_third if third else ratio_second) if after else 1.0)
        found.append((after, 2 if third else 1, 1 + int(rng.exponential(400 / rate))))
    return found


def test_everyone_in_the_second_line():
    item = item_of(drawn(0.0, 0.0))
    assert item.status is Status.OK and item.finding == "All patients are in line 2."


def test_more_of_one_group_in_a_later_line_is_named_and_taken_away():
    patients = drawn(0.8, 0.2)
    item = item_of(patients)
    found = {answer.label: answer.estimate for answer in item.answers}
    assert item.status is Status.WARN and "Later lines fare worse" in item.direction
    after, before, days = (np.array(column) for column in zip(*patients, strict=True))
    fit = cox(days.astype(float), np.ones(days.size, bool), after.astype(float), strata=before)
    assert found["within lines (line as stratum)"].value == pytest.approx(float(np.exp(fit.coefficients[0])))
    assert found["as asked"].low > 1 > found["within lines (line as stratum)"].low
    second = before == 1
    alone = cox(days[second].astype(float), np.ones(second.sum(), bool), after[second].astype(float))
    assert found["in line 2"].value == pytest.approx(float(np.exp(alone.coefficients[0])))
    shares = {(m.group, m.method): m.value for m in item.measures if m.name == "share_in_the_line"}
    assert shares["P", "line 3"] == pytest.approx((before[after == 1] == 2).mean())


def test_ratios_that_differ_between_lines_are_tested():
    patients = drawn(0.5, 0.5, ratio_second=0.4, ratio_third=2.5)
    item = item_of(patients)
    after, before, days = (np.array(column).astype(float) for column in zip(*patients, strict=True))
    products = np.column_stack([after, after * (before == 2)])
    fit = cox(days, np.ones(days.size, bool), products, strata=before)
    test = next(m.value for m in item.measures if m.name == "interaction_p_value")
    assert test == pytest.approx(likelihood_ratio_test(fit, [1]).p_value)
    assert item.status is Status.WARN and "an average of unlike ones" in item.direction


def test_alike_groups_in_two_lines_are_no_alarm():
    item = item_of([(number % 2, 1 + (number // 2) % 2, 100 + 10 * (number // 4)) for number in range(160)])
    assert item.status is Status.OK and "40 of 80 patients (50.0%) of P" in item.finding
