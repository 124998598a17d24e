"""The first screen: the answer in words that only associate."""

import math
import re
from dataclasses import replace

import pytest

from sequela.analyses.report_card import CardItem, ReportCard, Status
from sequela.analyses.results import Estimate
from sequela.records.bundle import Kind
from sequela.report.answer import answer, card_summary, group_sizes, released
from sequela.report.checks import UNASSESSED, checks
from sequela.report.gate import TOO_EARLY
from sequela.study.cohort import FlowStep

from . import inputs

NAN = math.nan
CAUSAL = re.compile(
    r"\b(caus\w+|reduc\w+|improv\w+|impair\w+|effect\w*|affect\w*|due to|lead\w* to|benefit\w*)\b", re.I
)


def with_ratio(value, low, high, **changes):
    ratio = replace(inputs.CRUDE, estimate=Estimate(value, low, high, "Wald"))
    survival = replace(inputs.SURVIVAL, hazard_ratios=(ratio,), **changes)
    return replace(inputs.RESULT, analyses=(survival,))


def test_the_sentence_has_direction_size_and_uncertainty():
    assert answer(inputs.RESULT).sentence == (
        "Time to radiologic progression was shorter in the Tmab/Pmab group than in the Tmab group: "
        "median 2.8 months (95% CI 1.7–4.8) against 7.8 months (95% CI 5.5–15.9), "
        "hazard ratio 2.83 (95% CI 1.37–5.89)."
    )


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ((0.5, 0.3, 0.9), "was longer in the Tmab/Pmab group"),
        ((2.0, 1.1, 3.0), "was shorter in the Tmab/Pmab group"),
        ((1.5, 0.9, 3.0), "Whether time to radiologic progression differs between"),
        ((0.8, 0.4, 1.6), "is not settled by these data"),
        ((1.0, 1.0, 1.0), "is not settled by these data"),
        ((NAN, NAN, NAN), "could not be compared"),
        ((3.0, NAN, 4.0), "could not be compared"),
    ],
)
def test_the_direction_follows_the_interval(limits, words):
    assert words in answer(with_ratio(*limits)).sentence


def test_a_median_that_is_not_reached_is_said():
    unreached = replace(inputs.SINGLE, median=Estimate(NAN, 300.0, NAN, "log-log"))
    sentence = answer(with_ratio(2.0, 1.1, 3.0, groups=(inputs.DOUBLE, unreached))).sentence
    assert "against not reached (95% CI 9.9–NE)" in sentence


def test_plain_words_and_numbers_accompany_the_sentence():
    found = answer(inputs.RESULT)
    assert "2.83 times the rate of the group Tmab" in found.gloss[0] and "from 1.37 to 5.89 times" in found.gloss[0]
    assert "association" in found.gloss[-1]
    numbers = {number.label: (number.value, number.detail) for number in found.numbers}
    assert numbers["Adjusted hazard ratio"][0] == "3.07" and "visceral disease" in numbers["Adjusted hazard ratio"][1]
    assert numbers["Log-rank test"][0] == "p = 0.003"
    assert numbers["Median, Tmab"] == ("7.8 months", "95% CI 5.5–15.9; 20 events in 24 patients")


@pytest.mark.parametrize("kind", [Kind.RECONSTRUCTED, Kind.SIMULATED])
def test_patients_that_are_not_real_are_named_in_the_sentence(kind):
    sentence = answer(replace(inputs.RESULT, records=inputs.records(kind))).sentence
    assert sentence.startswith(f"In {kind.value}, not real, patients: time to")


def test_three_groups_are_one_sentence():
    third = replace(inputs.SINGLE, name="Neither")
    ratios = (inputs.CRUDE, replace(inputs.CRUDE, group="Neither", estimate=Estimate(1.1, 0.7, 1.9, "Wald")))
    survival = replace(inputs.SURVIVAL, groups=(inputs.DOUBLE, inputs.SINGLE, third), hazard_ratios=ratios)
    found = answer(replace(inputs.RESULT, analyses=(survival,)))
    assert found.sentence.count(".") - len(re.findall(r"\d\.\d", found.sentence)) == 1
    assert "; whether it differs between Neither and Tmab is not settled" in found.sentence
    assert {"Hazard ratio Tmab/Pmab vs Tmab", "Hazard ratio Neither vs Tmab"} <= {n.label for n in found.numbers}


def test_a_single_group_is_described():
    survival = replace(inputs.SURVIVAL, groups=(inputs.SINGLE,), hazard_ratios=(), test=None)
    alone = inputs.cohort(sizes=(("Tmab", 24),), reference="")
    found = answer(replace(inputs.RESULT, analyses=(survival,), cohort=alone))
    assert found.sentence == "Time to radiologic progression: median 7.8 months (95% CI 5.5–15.9) in Tmab."
    assert found.gloss == ()


def test_without_times_the_response_answers():
    found = answer(replace(inputs.RESULT, analyses=(inputs.CHARACTERISTICS, inputs.RESPONSE)))
    assert found.sentence.startswith("Tumour response rate did not clearly differ between the groups (p = 0.3")
    assert "2 of 18, 11.1% (95% CI 1.4–34.7), in Tmab/Pmab" in found.sentence


def test_without_outcomes_the_patients_are_described():
    assert answer(replace(inputs.RESULT, analyses=())).sentence == "42 patients described, no outcome reported."


def test_a_clock_that_starts_too_early_is_shown_beside_the_others_and_called_no_answer():
    found = answer(replace(inputs.RESULT, cohort=inputs.cohort(guard=inputs.LATE), card=inputs.LATE_CARD))
    assert found.sentence == (
        "What was seen is not an answer, because the clock starts before the event that puts a patient into the "
        "cohort: for time to radiologic progression from first trastuzumab emtansine the hazard ratio of Tmab/Pmab "
        "against Tmab is 2.83 (95% CI 1.37–5.89) as asked and 1.07 (95% CI 0.61–1.71) with delayed entry. "
        "These patients can tell of time to radiologic progression from entry on, not from first trastuzumab emtansine."
    )
    assert [number.label for number in found.numbers][:2] == [
        "Hazard ratio, as asked",
        "Hazard ratio, with delayed entry",
    ]
    assert not {"shorter", "longer", "works"} & set(found.sentence.split())


def test_a_clock_that_starts_too_early_is_answered_first_and_nothing_is_compared():
    late = replace(inputs.RESULT, cohort=inputs.cohort(guard=inputs.LATE), card=ReportCard((inputs.FINE,)))
    found = answer(late)
    assert found.sentence == TOO_EARLY and found.gloss[0] == inputs.LATE.reason
    labels = " ".join(number.label for number in found.numbers)
    assert "azard" not in labels and "test" not in labels and labels
    for analysis in released(late)[1:]:
        assert not set(analysis.results["statistic"]) & {"hazard_ratio", "p_value"}
    assert released(late)[0].variables[0].test is not None


def test_what_could_not_be_answered_is_said():
    found = answer(replace(inputs.RESULT, analyses=(), withheld=("os: nobody was followed",)))
    assert found.sentence == "Not answered. os: nobody was followed."


def test_no_sentence_speaks_of_causes():
    results = [inputs.RESULT, with_ratio(0.5, 0.3, 0.9), with_ratio(1.5, 0.9, 3.0), with_ratio(NAN, NAN, NAN)]
    for result in results:
        found = answer(result)
        assert not CAUSAL.search(" ".join((found.sentence, *found.gloss)))


def test_groups_keep_their_order():
    assert group_sizes(inputs.RESULT) == inputs.GROUP_SIZES


def graded(result):
    return {check.title: check for check in checks(result)}


def test_checks_carry_the_numbers_that_decided_them():
    found = graded(inputs.RESULT)
    assert found["Partial dates"].finding.startswith("3 dates") and "2 in exposures" in found["Partial dates"].finding
    assert (
        found["Refused rows"].finding == "3 of 1062 rows were refused: 2 by stop_before_start and 1 by unknown_patient."
    )
    assert found["Caution"].finding == inputs.CHARACTERISTICS.cautions[0]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Status.ERROR, "The comparison is not an answer, because of time zero (2 items examined)."),
        (Status.WARN, "Read the answer with time zero in mind (2 items examined)."),
        (Status.NOT_ASSESSABLE, "Nothing was found, but time zero could not be assessed (2 items examined)."),
        (Status.OK, "Nothing was found that would bend the answer (2 items examined)."),
    ],
)
def test_the_card_in_one_sentence(status, sentence):
    items = (CardItem("B1", "time_zero", "Time zero", status, "Found."), inputs.FINE)
    assert card_summary(ReportCard(items)) == sentence


def test_records_without_fault_are_said_to_be_so():
    clean = inputs.records(quarantine=inputs.quarantine(), imputations=inputs.imputations())
    found = checks(replace(inputs.RESULT, records=clean, analyses=(inputs.SURVIVAL,)))
    assert {check.status for check in found} == {Status.OK}


def test_the_worst_comes_first():
    late = replace(inputs.RESULT, cohort=inputs.cohort(guard=inputs.LATE), withheld=("a reason",))
    ranks = [check.status.rank for check in checks(late)]
    assert ranks[0] == Status.ERROR.rank and ranks == sorted(ranks, reverse=True)


def test_undecidable_patients_are_counted_with_their_criterion():
    flow = (*inputs.FLOW[:3], FlowStep("HER2 positive", 47, 2, 3, 42))
    check = graded(replace(inputs.RESULT, cohort=inputs.cohort(flow=flow)))["Patients not decidable"]
    assert (
        check.status is Status.WARN and "3 patients (4.9%)" in check.finding and "3 on “HER2 positive”" in check.finding
    )


def test_ratios_on_opposite_sides_are_pointed_out():
    opposite = replace(inputs.ADJUSTED, estimate=Estimate(0.8, 0.4, 1.6, "Wald"))
    survival = replace(inputs.SURVIVAL, hazard_ratios=(inputs.CRUDE, opposite))
    assert "Adjustment, Tmab/Pmab" in graded(replace(inputs.RESULT, analyses=(survival,)))
    assert "Adjustment, Tmab/Pmab" not in graded(inputs.RESULT)


def test_what_is_not_assessed_is_named_with_its_reason():
    assert len({item.title for item in UNASSESSED}) == len(UNASSESSED)
    assert all(item.why for item in UNASSESSED)
