"""Centres, unmeasured confounding, consequences of the earlier drug, and faults of the model."""

import numpy as np
import pytest

from sequela.analyses.report_card import Status
from sequela.audit.consequences import consequence
from sequela.derive.baseline import COVARIATES
from sequela.report.answer import answer as worded
from sequela.stats.cox import cox, wald_interval
from tests.study.studies import study

from . import worlds
from .simulated import cohort
from .studies import examined

GROUPS = {"P": "received pertuzumab", "T": "otherwise"}


def asked(adjust=(), **more):
    return study(groups=GROUPS, reference="T", adjust=list(adjust), **more)


def people(n=80, ratio=1.0, seed=3, **columns):
    """Two groups in turn, exponential times, everyone dies unless `died` says otherwise."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        group = "P" if i % 2 else "T"
        days = 1 + int(rng.exponential(300 / (ratio if group == "P" else 1)))
        row = {"group": group, "days": days, "died": True, **{name: make(i, rng) for name, make in columns.items()}}
        rows.append(row)
    return rows


def test_patients_of_one_centre_repeated_are_one_witness():
    # Each patient stands ten times in the records of his centre: the clustered interval sees as many witnesses as
    # there are centres, the plain one ten times as many.
    few = people(12, ratio=1.6, seed=11)
    rows = [{**row, "centre": f"c{i}"} for i, row in enumerate(few) for _ in range(10)]
    item = examined(asked(), cohort(rows)).card.named("centres")
    assert item.status is Status.WARN and "interval contains 1" in item.finding
    plain, clustered = item.answers[0].estimate, item.answers[1].estimate
    assert clustered.value == pytest.approx(plain.value) and clustered.low < 1 < clustered.high
    assert plain.high < 1


def test_a_difference_between_centres_is_not_one_within_them():
    # Centre A treats with P mostly and its patients die early, centre B the other way round; within each the
    # groups have the same times.
    rows = []
    for centre, days, more in (("A", 100, 4), ("B", 400, 1)):
        for day in range(10):
            rows += [{"group": "P", "days": days + day, "died": True, "centre": centre}] * more
            rows += [{"group": "T", "days": days + day, "died": True, "centre": centre}] * (5 - more)
    item = examined(asked(), cohort(rows)).card.named("centres")
    found = {answer.label: answer.estimate for answer in item.answers}
    asked_for, within = found["as asked"], found["within centres (centre as stratum)"]
    frail = found["within centres (centre as frailty)"]
    assert within.value < frail.value < asked_for.value and "Median hazard ratio between two centres" in item.finding
    assert item.status is Status.WARN and within.value == pytest.approx(1.0, abs=0.05) and asked_for.value > 1.5


def test_few_centres_are_drawn_again_whole():
    # Thirty centres of four copies of one patient: the percentiles are those of thirty patients drawn again.
    few = people(30, ratio=1.6, seed=11)
    rows = [{**row, "centre": f"c{i:02d}"} for i, row in enumerate(few) for _ in range(4)]
    found = {a.label: a.estimate for a in examined(asked(), cohort(rows)).card.named("centres").answers}
    drawn, plain = found["centres drawn again, whole"], found["as asked"]
    assert drawn.value == plain.value and drawn.low < plain.low and drawn.high > plain.high
    rng, logs = np.random.default_rng(1), []
    days, exposed = np.array([row["days"] for row in few]), np.array([row["group"] == "P" for row in few])
    while len(logs) < 400:
        chosen = rng.integers(0, 30, 30)
        fit = cox(days[chosen].repeat(4), np.ones(120, bool), exposed[chosen].repeat(4).astype(float))
        logs.append(fit.coefficients[0])
    assert np.log([drawn.low, drawn.high]) == pytest.approx(np.quantile(logs, [0.025, 0.975]), abs=0.3)


def test_many_centres_need_no_bootstrap():
    rows = people(90, ratio=1.6, centre=lambda i, rng: f"c{i // 2}")
    labels = [answer.label for answer in examined(asked(), cohort(rows)).card.named("centres").answers]
    assert "errors clustered by centre" in labels and "centres drawn again, whole" not in labels


@pytest.mark.parametrize(
    ("centre", "status", "words"),
    [
        (lambda i, rng: None, Status.NOT_ASSESSABLE, "do not say"),
        (lambda i, rng: "one", Status.OK, "one centre"),
        (lambda i, rng: f"c{i % 4}" if i else None, Status.NOT_ASSESSABLE, "1 patient is not recorded"),
        (lambda i, rng: f"c{i // 2 % 4}", Status.OK, "4 centres, 4 of them"),
    ],
)
def test_centres_that_tell_nothing(centre, status, words):
    item = examined(asked(), cohort(people(centre=centre))).card.named("centres")
    assert item.status is status and words in item.finding


def test_the_e_value_is_that_of_the_answer():
    rows = people(200, ratio=2.0)
    item = examined(asked(), cohort(rows)).card.named("unmeasured_confounding")
    fit = cox([r["days"] for r in rows], [True] * 200, [float(r["group"] == "P") for r in rows])
    low = float(np.exp(wald_interval(fit).low[0]))
    risk = (1 - 0.5 ** np.sqrt(low)) / (1 - 0.5 ** np.sqrt(1 / low))
    found = {m.name: m.value for m in item.measures}
    assert found["e_value_of_limit"] == pytest.approx(risk + np.sqrt(risk * (risk - 1)), rel=1e-9)
    assert item.status is Status.WARN and "No covariate was measured" in item.finding


def test_the_e_value_is_held_against_the_strongest_covariate():
    rows = people(300, ratio=2.0, ecog=lambda i, rng: i // 2 % 2)
    for row in rows:
        row["days"] = 1 + row["days"] // (4 if row["ecog"] else 1)
    item = examined(asked(["ecog"]), cohort(rows)).card.named("unmeasured_confounding")
    found = {m.name: m for m in item.measures}
    strongest = found["strongest_measured_ratio"]
    exposed, frail = np.array([[row["group"] == "P", row["ecog"]] for row in rows], dtype=float).T
    fit = cox([row["days"] for row in rows], np.ones(300, bool), np.column_stack([exposed, frail]))
    hazard = float(np.exp(fit.coefficients[1]))
    risk = (1 - 0.5 ** np.sqrt(hazard)) / (1 - 0.5 ** np.sqrt(1 / hazard))
    assert strongest.method == "ECOG performance status" and strongest.value == pytest.approx(risk, rel=1e-6)
    assert found["its_ratio_between_groups"].value == found["bounding_factor"].value == pytest.approx(1, abs=0.02)
    assert item.status is Status.WARN


def test_a_confounder_that_was_measured_and_not_adjusted_for_shows_what_is_usual():
    """Of P 120 of 150 are frail, of T 60: a ratio of 2 between the groups."""
    rows = people(300, ratio=2.0, ecog=lambda i, rng: int(i // 2 % 5 < (4 if i % 2 else 2)))
    for row in rows:
        row["days"] = 1 + row["days"] // (4 if row["ecog"] else 1)
    item = examined(asked(), cohort(rows)).card.named("unmeasured_confounding")
    found = {m.name: m.value for m in item.measures}
    assert found["its_ratio_between_groups"] == pytest.approx(2)
    tie = found["strongest_measured_ratio"]
    assert found["bounding_factor"] == pytest.approx(2 * tie / (1 + tie))
    assert "to the group by 2.00: another as strong as that could move" in item.finding


def test_what_chose_the_patients_is_held_against_the_strongest_covariate():
    """The bound, at the covariate's tie and at the choice that is needed, is the risk ratio of the limit."""
    rows = people(300, ratio=2.0, ecog=lambda i, rng: i // 2 % 2)
    for row in rows:
        row["days"] = 1 + row["days"] // (4 if row["ecog"] else 1)
    item = examined(asked(["ecog"]), cohort(rows)).card.named("unmeasured_confounding")
    found = {m.name: m.value for m in item.measures}
    needed, tie = found["selection_that_explains_the_limit"], found["strongest_measured_ratio"]
    e_value = found["e_value_of_limit"]
    limit = e_value**2 / (2 * e_value - 1)
    assert (needed * tie / (needed + tie - 1)) ** 2 == pytest.approx(limit, rel=1e-9)
    alike = found["selection_e_value_of_limit"]
    assert (alike**2 / (2 * alike - 1)) ** 2 == pytest.approx(limit, rel=1e-9)
    assert "What goes with the event as strongly as ECOG performance status" in item.more[0]


def test_an_emulated_trial_has_an_e_value_of_its_ratio_and_so_of_its_difference():
    """In I1 the drug that is added changes nothing."""
    item = worlds.examined("I1").named("unmeasured_confounding")
    found = {m.name: m for m in item.measures}
    shown = found["trial_risk_ratio"]
    assert item.status is Status.OK and shown.low < 1 < shown.high
    assert found["e_value_of_the_trials_limit"].value == 1
    risk = max(shown.value, 1 / shown.value)
    assert found["e_value_of_the_trial"].value == pytest.approx(risk + np.sqrt(risk * (risk - 1)), rel=1e-9)


def test_no_difference_needs_no_confounder():
    item = examined(asked(), cohort(people(60, ratio=1.0))).card.named("unmeasured_confounding")
    assert item.status is Status.OK and "no confounder is needed" in item.finding


def test_adjusting_for_what_the_earlier_drug_did_is_refused():
    rows = people(100, before=lambda i, rng: 30 + int(rng.integers(300)))
    result = examined(asked(["duration_of_her2_therapy"]), cohort(rows))
    item = result.card.named("post_exposure_covariates")
    assert item.status is Status.ERROR and result.card.grade is Status.ERROR
    days = [r["days"] for r in rows]
    exposed = np.array([float(r["group"] == "P") for r in rows])
    crude = cox(days, [True] * 100, exposed)
    assert item.answers[1].label == "without them"
    assert item.answers[1].estimate.value == pytest.approx(float(np.exp(crude.coefficients[0])), rel=1e-9)
    assert item.answers[0].estimate.value != pytest.approx(item.answers[1].estimate.value, rel=1e-6)
    sentence = worded(result).sentence
    assert "is not an answer, because the model adjusts for consequences of the earlier drug" in sentence


@pytest.mark.parametrize("name", ["duration of pertuzumab", "interval since trastuzumab", "reason stopped taxane"])
def test_consequences_of_any_drug_are_known(name):
    assert consequence(name)


def test_what_was_so_before_is_no_consequence():
    before = {"age", "sex", "centre", "ecog", "visceral", "hormone_receptor", "de_novo", "ki67", "prior_lines"}
    assert before <= set(COVARIATES) and not any(consequence(name) for name in before)


def test_events_per_coefficient_by_hand():
    rows = people(30, ecog=lambda i, rng: i // 2 % 2)
    for row in rows[:14]:
        row["died"] = False
    item = examined(asked(["ecog"]), cohort(rows)).card.named("events_per_coefficient")
    assert item.measures[0].value == 16 / 2 and item.status is Status.WARN
    many = examined(asked(["ecog"]), cohort(people(30, ecog=lambda i, rng: i // 2 % 2))).card
    assert many.named("events_per_coefficient").status is Status.OK


def test_lost_patients_are_counted_by_group():
    rows = people(40, ecog=lambda i, rng: i // 2 % 2)
    for row in (rows[1], rows[3], rows[4]):
        row["ecog"] = None
    item = examined(asked(["ecog"]), cohort(rows)).card.named("complete_case_loss")
    assert {m.group: m.value for m in item.measures} == {"P": 2.0, "T": 1.0}
    assert item.status is Status.WARN and "3 of 40 patients (7.5%)" in item.finding
    one = people(40, ecog=lambda i, rng: i // 2 % 2)
    one[0]["ecog"] = None
    assert examined(asked(["ecog"]), cohort(one)).card.named("complete_case_loss").status is Status.OK


def test_a_median_with_few_behind_it():
    # 18 of T die on days 10 to 27, 18 of P likewise: at the median 9 + 1 are still at risk; with 20 it is 11.
    def both(n):
        return [{"group": g, "days": 10 + i, "died": True} for g in "PT" for i in range(n)]

    thin = examined(asked(), cohort(both(16))).card.named("median_beyond_follow_up")
    assert thin.status is Status.WARN and {m.value for m in thin.measures} == {8.0}
    fine = examined(asked(), cohort(both(24))).card.named("median_beyond_follow_up")
    assert fine.status is Status.OK


def test_several_comparisons():
    twice = asked(analyses=[{"survival": "os"}, {"survival": "ttnt"}])
    item = examined(twice, cohort(people(30))).card.named("several_comparisons")
    assert item.status is Status.WARN and item.measures[0].value == 2 and "10%" in item.finding
    assert examined(asked(), cohort(people(30))).card.named("several_comparisons").status is Status.OK


def test_adjusting_for_the_first_lines_survival_is_refused_as_the_main_answer():
    card = worlds.examined("N4", adjust=("first_line_pfs",))
    item = card.named("post_exposure_covariates")
    assert item.status is Status.ERROR
    assert "progression-free survival of the first line" in item.finding
    assert [answer.label for answer in item.answers] == ["as asked", "without them"]
