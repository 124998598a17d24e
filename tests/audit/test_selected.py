"""Weights for who reached the later drug: who counts as a starter, where weights repair, and where they cannot."""

import datetime

import numpy as np
import pytest

from sequela.analyses.answer import answer
from sequela.analyses.report_card import Status
from sequela.audit.material import material
from sequela.audit.starters import starters
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.worlds import WORLDS
from sequela.stats.cox import cox
from sequela.stats.kaplan_meier import kaplan_meier, quantile, survival_at
from sequela.stats.selection_weights import selection_weights
from sequela.study.cohort import build_cohort
from tests.golden.tolerances import NEWTON
from tests.hand_made import records
from tests.study.studies import study

from .studies import examined as result_of
from .worlds import examined, records_of_starters, study_of

GROUPS = {"P": {"received": "pertuzumab", "before": "first trastuzumab emtansine"}, "T": "otherwise"}
FIRST = datetime.date(2015, 1, 1)
JANUARY = (FIRST - datetime.date(1970, 1, 1)).days


def person(name, drug, first, reached=None, *, died=None, last=None, her2="positive"):
    """A patient metastatic on day 0 of a calendar that starts with 2015."""
    given = [{"patient_id": name, "drug": one, "start": first, "stop": first + 99} for one in ("trastuzumab", *drug)]
    if reached is not None:
        given.append({"patient_id": name, "drug": "T-DM1", "start": reached})
    return {
        "patients": [{"patient_id": name, "origin_date": FIRST, "death": died, "last_contact": last}],
        "diagnoses": [{"patient_id": name, "day": 0, "kind": "metastatic"}],
        "exposures": given,
        "biomarkers": [{"patient_id": name, "day": 0, "marker": "HER2", "value": her2}],
    }


def together(people):
    return records(**{table: [row for one in people for row in one[table]] for table in people[0]})


PEOPLE = [
    person("a", ["pertuzumab"], 10, 400, died=700),
    person("b", [], 10, 300, last=2000),
    person("c", ["pertuzumab"], 20, died=150),
    person("d", [], 30, last=330),
    person("e", [], 30, last=2000),
    person("f", [], 40, her2="negative", last=900),
    person("g", [], 40, 40, last=900),
]


def found_in(people, **more):
    asked = study(
        groups=GROUPS, reference="T", availability={"trastuzumab emtansine": datetime.date(2015, 6, 1)}, **more
    )
    return starters(material(result_of(asked, together(people))))


def test_starters_by_hand():
    """g had T-DM1 as first line; f is HER2 negative. c died and stays until the close on day 2000, d is lost."""
    found = found_in(PEOPLE, population=["HER2 positive", {"received": "trastuzumab", "before": "time zero"}])
    assert found.patients["patient_id"].to_list() == ["a", "b", "c", "d", "e"]
    assert found.patients["group"].to_list() == ["P", "T", "P", "T", "T"]
    assert found.came.tolist() == [True, True, False, False, False]
    assert found.time.tolist() == [390, 290, 1980, 300, 1970]
    assert found.closed.tolist() == [1990, 1990, 1980, 1970, 1970]
    assert found.began.tolist() == [JANUARY + day for day in (10, 10, 20, 30, 30)]
    # From the first line to the evening before the first of June, the 151st day after the first of January.
    assert found.opened.tolist() == [150 - day for day in (10, 10, 20, 30, 30)]
    assert found.criteria == ("HER2 positive", "received trastuzumab before time zero")


def test_criteria_of_the_later_drug_are_not_asked_of_everybody():
    found = found_in(PEOPLE, population=[{"received": "T-DM1"}, "line >= 1"])
    assert found.criteria == ()
    assert found.patients["patient_id"].to_list() == list("abcdef")


def test_records_of_those_who_reached_it_hold_nobody_to_compare_with():
    assert "only patients who reached" in found_in(PEOPLE[:2])


def test_weights_repair_a_choice_by_what_was_measured():
    """In S1 frail patients seldom live to T-DM1 after pertuzumab, which flatters it; the truth is 1."""
    item = examined("S1", starters=2000, adjust=()).named("never_reached")
    assert item.status is Status.WARN
    plain, weighted = (under.estimate for under in item.answers[:2])
    assert plain.high < 1
    assert weighted.low < 1 < weighted.high
    assert "weighted for who did, by ECOG performance status and the date of the first line" in item.more[0]
    assert item.more[1].startswith("Weights repair what ECOG performance status")


def test_weights_do_not_repair_a_choice_by_what_nobody_measured_and_the_card_says_so():
    """In N2 an indolence that nobody measured chose the patients; the truth is 1."""
    card = examined("N2", starters=3000)
    item = card.named("never_reached")
    weighted = item.answers[1].estimate
    assert weighted.value > item.answers[0].estimate.value > 1
    assert "something that was not measured chose the patients too, and weights do not repair that" in item.more[1]
    assert card.named("availability").status is Status.WARN
    assert set(item.more[:2]) <= set(card.named("availability").more)


def test_the_weighted_answer_is_that_of_the_model_of_everybody():
    """Fitted here once more, from the arrays of the starters and the times of the cohort."""
    asked, given = study_of("N3"), records_of_starters("N3", 2000)
    data = material(answer(asked, given, build_cohort(asked, given), ""))
    all_of_them = starters(data)
    years = (all_of_them.began - all_of_them.began.mean()) / 365.25
    weights = selection_weights(
        *(all_of_them.opened, all_of_them.time, all_of_them.came, all_of_them.closed),
        (all_of_them.patients["group"] == "Pertuzumab").to_numpy(),
        np.column_stack([years, years**2]),
    ).weight
    of = dict(zip(all_of_them.patients["patient_id"], weights, strict=True))
    mine = np.array([of[name] for name in data.result.cohort.patients["patient_id"]])
    exposed = (data.result.cohort.patients["group"] == "Pertuzumab").to_numpy().astype(float)
    fit = cox(data.days, data.event, exposed, weights=mine, cluster=np.arange(mine.size))
    shown = examined("N3", starters=2000).named("never_reached").answers[1].estimate
    assert shown.value == pytest.approx(float(np.exp(fit.coefficients[0])), rel=NEWTON)


def test_patients_chosen_by_their_event_are_weighed_out_by_counts():
    """The difference that is said to be choice alone is that: counted at half of the events, and turned back."""
    item = examined("E1", patients=1500).named("never_reached")
    assert item.status is Status.NOT_ASSESSABLE
    asked, drawn = (under.estimate for under in item.answers)
    explains = next(measure.value for measure in item.measures if measure.name == "choice_that_explains")
    cohort = simulate_cohort(WORLDS["E1"], np.random.default_rng(7), 1500)
    end = np.minimum(cohort.progression, cohort.end) - cohort.tdm1
    event = cohort.progression <= cohort.end
    half = quantile(kaplan_meier(end.astype(float), event), 0.5).value
    seen = cohort.pertuzumab
    risk = 1 - survival_at(kaplan_meier(end[seen].astype(float), event[seen]), [half]).survival[0]
    everybody = risk / (risk + explains * (1 - risk))
    assert np.log1p(-risk) / np.log1p(-everybody) == pytest.approx(asked.value, rel=100 * NEWTON)
    assert drawn.low < asked.low < asked.high < drawn.high
    assert drawn.value == pytest.approx(asked.value, rel=0.03)
    assert "those with the event by" in item.more[0] and "had come alike" in item.more[0]


def test_where_nearly_everybody_came_choice_can_do_little():
    """Of 60 patients with and without all but one came; nobody can have come more often than always."""

    def width(everybody):
        people = [
            person(f"{drug}{number}", [drug], 5, 300 if number < 59 else None, died=400 + 7 * number % 53 + number)
            for drug in ("pertuzumab", "docetaxel")
            for number in range(60 if everybody else 59)
        ]
        item = result_of(study(groups=GROUPS, reference="T"), together(people)).card.named("never_reached")
        found = next(measure for measure in item.measures if measure.name == "range_by_choice_alone")
        return np.log(found.high / found.low)

    assert 0 < width(True) < width(False) / 3


def test_where_the_records_hold_only_the_cohort_the_card_says_what_cannot_be_done():
    said = examined("N1").named("availability").more[-1]
    assert "weights for who reached the later drug (the records hold only patients who reached trastuzumab" in said


def test_few_patients_carry_no_model_of_who_reached_the_drug():
    item = examined("N1", starters=300).named("never_reached")
    assert [under.label for under in item.answers][:1] == ["as asked"]
    assert "carry no model of" in item.more[0]
