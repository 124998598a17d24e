"""The answer in one sentence: direction, size, uncertainty, in words of association only."""

import math
from dataclasses import replace

import polars as pl

from sequela.analyses.report_card import ReportCard, Status
from sequela.analyses.results import HazardRatio, Proportion, Response, Sites, Survival, TargetTrial
from sequela.analyses.study_result import Analysis, StudyResult
from sequela.analyses.wording import (
    counted,
    inside_sentence,
    interval,
    listed,
    months,
    p_statement,
    ratio,
    share,
    worded,
)
from sequela.frozen import frozen
from sequela.records.bundle import Kind
from sequela.report.gate import not_an_answer, seen
from sequela.report.moves import in_short, moves
from sequela.report.table_words import name_of_test
from sequela.report.tables import confidence
from sequela.report.trial_answer import of_trial
from sequela.study.spec import SurvivalAnalysis

SIGNIFICANT = 0.05
COMPARING = ("hazard_ratio", "p_value", "chi_square", "test_statistic", "difference", "ratio")
"""Statistics that compare groups; a name that contains one of them is left out of withheld results."""

MOST_NAMED = 6
"""Items that a sentence names; more are counted."""

IN_WHOM = {
    Kind.OBSERVED: "",
    Kind.TRANSCRIBED: "In patients transcribed from case reports: ",
    Kind.RECONSTRUCTED: "In reconstructed, not real, patients: ",
    Kind.SIMULATED: "In simulated, not real, patients: ",
}


@frozen
class MainNumber:
    """One of the numbers beside the answer.

    Attributes
    ----------
    label, value, detail : str
        What it is, the number, its interval or test.
    """

    label: str
    value: str
    detail: str = ""


@frozen
class Answer:
    """What the first screen says.

    Attributes
    ----------
    sentence : str
        The answer.
    gloss : tuple of str
        What it means for a reader who does not read hazard ratios, and what it does not mean.
    numbers : tuple of MainNumber
    """

    sentence: str
    gloss: tuple[str, ...]
    numbers: tuple[MainNumber, ...]


def released(result: StudyResult) -> tuple[Analysis, ...]:
    """Return the analyses that may be shown: where the clock starts too early, outcomes without a comparison.

    The patients at time zero stay compared: how the groups differ is part of the reason.
    """
    if not result.too_early:
        return result.analyses
    return tuple(_without_comparison(analysis) for analysis in result.analyses)


def answer(result: StudyResult) -> Answer:
    """Return the answer to the study's question.

    The first time-to-event analysis answers it; without one the first response analysis; without
    either the patients are described. A hazard ratio whose interval contains 1 is not called a
    difference. Where the clock starts too early, the answer is why there is none.
    """
    analyses = released(result)
    survival = next((item for item in analyses if isinstance(item, Survival)), None)
    response = next((item for item in analyses if isinstance(item, Response)), None)
    who = IN_WHOM[result.records.kind]
    trial = next((item for item in analyses if isinstance(item, TargetTrial)), None)
    compared = survival is not None and len(survival.groups) > 1
    if trial is not None and not compared:
        sentence, gloss, numbers = _of_trial(trial)
    elif survival is not None:
        sentence, gloss, numbers = _of_survival(survival)
    elif response is not None:
        sentence, gloss, numbers = _of_response(response)
    else:
        total = counted(sum(size for _, size in group_sizes(result)), "patient")
        sentence, gloss, numbers = f"{total} described, no outcome reported.", (), ()
    reasons = " ".join(_sentence(reason) for reason in result.withheld)
    if result.too_early:
        return _too_early(result, who, sentence, numbers)
    if reasons and not numbers:
        return Answer(f"Not answered. {reasons}", (), ())
    if (survival or trial) is not None and result.card.grade is Status.ERROR:
        sentence = f"{not_an_answer(result.card)}: {inside_sentence(sentence)}"
    if who:
        sentence = who + inside_sentence(sentence)
    moved = moves(result)
    numbers = (*numbers, *(MainNumber(*in_short(found, len(moved) > 1)) for found in moved))
    if len(result.cohort.groups) > 1:
        gloss = (*gloss, "This is an association: the groups were not assigned at random.")
    return Answer(sentence, gloss, numbers)


def _too_early(result: StudyResult, who: str, remains: str, numbers: tuple[MainNumber, ...]) -> Answer:
    """Say what was seen under each clock, that it is no answer, and what remains."""
    asked = next((item for item in result.study.analyses if isinstance(item, SurvivalAnalysis)), None)
    found = seen(result, short_label(asked.definition.label) if asked else "")
    clocks = tuple(MainNumber(*number) for number in found.numbers)
    sentence = who + inside_sentence(found.sentence) if who else found.sentence
    gloss = (_sentence(result.cohort.guard.reason), f"What remains: {remains}")
    return Answer(sentence, gloss, (*clocks, *numbers))


def card_summary(card: ReportCard) -> str:
    """Return the audit in one sentence: the worst items by name, and how many were looked at."""
    worst = [inside_sentence(item.title) for item in card.of(card.grade)]
    looked = f"{counted(len(card.items), 'item')} examined"
    if len(worst) > MOST_NAMED and card.grade is Status.NOT_ASSESSABLE:
        return f"Nothing was found, but {len(worst)} of {counted(len(card.items), 'item')} could not be assessed."
    match card.grade:
        case Status.ERROR:
            return f"The comparison is not an answer, because of {listed(worst)} ({looked})."
        case Status.WARN:
            return f"Read the answer with {listed(worst)} in mind ({looked})."
        case Status.OK:
            return f"Nothing was found that would bend the answer ({looked})."
        case _:
            return f"Nothing was found, but {listed(worst)} could not be assessed ({looked})."


def group_sizes(result: StudyResult) -> tuple[tuple[str, int], ...]:
    """Return each group and its patients, in the order of the study file."""
    members = result.cohort.patients["group"].to_list()
    return tuple((group, members.count(group)) for group in result.cohort.groups)


def ratios(survival: Survival, adjusted: bool) -> tuple[HazardRatio, ...]:
    """Return the crude or the adjusted hazard ratios."""
    return tuple(item for item in survival.hazard_ratios if bool(item.adjusted_for) == adjusted)


def short_label(label: str) -> str:
    """Return the name of an endpoint without what stands in brackets after it."""
    return label.split(" (")[0]


def _without_comparison(analysis: Analysis) -> Analysis:
    match analysis:
        case Survival():
            alone = replace(analysis, test=None, trend=None, hazard_ratios=(), pairs=(), contrasts=(), imputed=None)
            return replace(alone, results=_outcomes(analysis.results))
        case Response():
            proportions = tuple(replace(item, tests=()) for item in analysis.proportions)
            return replace(analysis, proportions=proportions, results=_outcomes(analysis.results))
        case Sites():
            proportions = tuple(replace(item, tests=()) for item in analysis.proportions)
            outcomes = tuple(replace(o, responded=replace(o.responded, tests=())) for o in analysis.outcomes)
            results = _outcomes(analysis.results).filter(pl.col("statistic") != "median_days")
            return replace(analysis, proportions=proportions, outcomes=outcomes, progression_free=(), results=results)
        case _:
            return analysis


def _outcomes(results: pl.DataFrame) -> pl.DataFrame:
    return results.filter(~pl.col("statistic").str.contains("|".join(COMPARING)))


def _of_survival(survival: Survival) -> tuple[str, tuple[str, ...], tuple[MainNumber, ...]]:
    level = confidence(survival)
    shown = ratios(survival, adjusted=False) or ratios(survival, adjusted=True)
    label = short_label(survival.label)
    if shown:
        parts = [_compared(survival, item, label if index == 0 else "it") for index, item in enumerate(shown)]
        sentence = "; ".join(parts) + "."
        gloss = tuple(line for item in shown if (line := _in_plain_words(item, level)))
    else:
        medians = [f"{worded(group.median, months, level, 'months')} in {group.name}" for group in survival.groups]
        sentence, gloss = f"{label}: median {listed(medians)}.", ()
    return sentence, gloss, _survival_numbers(survival)


def _of_trial(trial: TargetTrial) -> tuple[str, tuple[str, ...], tuple[MainNumber, ...]]:
    sentence, gloss, numbers = of_trial(trial)
    return sentence, (gloss,), tuple(MainNumber(*number) for number in numbers)


def _compared(survival: Survival, item: HazardRatio, label: str) -> str:
    level = confidence(survival)
    medians = {group.name: worded(group.median, months, level, "months") for group in survival.groups}
    size = f"median {medians[item.group]} against {medians[item.reference]}"
    size += f", hazard ratio {worded(item.estimate, ratio, level)}"
    match _direction(item):
        case "shorter" | "longer" as direction:
            return f"{label} was {direction} in the {item.group} group than in the {item.reference} group: {size}"
        case "unclear":
            whether = f"whether {inside_sentence(label)} differs between {item.group} and {item.reference}"
            text = f"{whether} is not settled by these data: {size}"
        case _:
            text = f"{inside_sentence(label)} in {item.group} and {item.reference} could not be compared: {size}"
    return text if label == "it" else text[:1].upper() + text[1:]


def _direction(item: HazardRatio) -> str:
    estimate = item.estimate
    if math.isnan(estimate.value) or math.isnan(estimate.low) or math.isnan(estimate.high):
        return "unknown"
    if estimate.low > 1:
        return "shorter"
    return "longer" if estimate.high < 1 else "unclear"


def _in_plain_words(item: HazardRatio, level: str) -> str:
    """Say what a hazard ratio means at a moment of follow-up."""
    if _direction(item) == "unknown":
        return ""
    value, low, high = (ratio(number) for number in (item.estimate.value, item.estimate.low, item.estimate.high))
    return (
        f"In plain words: among patients still without the event, the group {item.group} came to it at {value} times "
        f"the rate of the group {item.reference}; the data fit anything from {low} to {high} times "
        f"({level} confidence)."
    )


def _survival_numbers(survival: Survival) -> tuple[MainNumber, ...]:
    level = confidence(survival)
    several = len(survival.groups) > 2
    numbers = []
    for item in survival.hazard_ratios:
        who = f" {item.group} vs {item.reference}" if several else ""
        limits = f"{level} CI {interval(item.estimate.low, item.estimate.high, ratio)}"
        how = (
            f"adjusted for {listed([inside_sentence(part) for part in item.adjusted_for])}" if item.adjusted_for else ""
        )
        label = "Adjusted hazard ratio" if item.adjusted_for else "Hazard ratio"
        detail = "; ".join(part for part in (limits, how) if part)
        numbers.append(MainNumber(f"{label}{who}", ratio(item.estimate.value), detail))
    if survival.test is not None:
        name = name_of_test(survival.test)
        numbers.append(MainNumber(name, p_statement(survival.test.p_value), "two-sided"))
    for group in survival.groups:
        value, _, limits = worded(group.median, months, level, "months").partition(" (")
        events = f"{counted(group.events, 'event')} in {counted(group.n, 'patient')}"
        detail = "; ".join(part for part in (limits.removesuffix(")"), events) if part)
        numbers.append(MainNumber(f"Median, {group.name}", value, detail))
    return tuple(numbers)


def _of_response(response: Response) -> tuple[str, tuple[str, ...], tuple[MainNumber, ...]]:
    if not response.proportions:
        return f"Best response of {counted(response.sizes[-1], 'patient')}.", (), ()
    rate = response.proportions[0]
    groups = response.groups[:-1]
    reached = [
        f"{count} of {size}, {worded(estimate, share, '95%', '%').replace(' %', '%')}, in {name}"
        for name, count, size, estimate in zip(
            groups, rate.counts[:-1], rate.sizes[:-1], rate.estimates[:-1], strict=True
        )
    ]
    sentence = f"{_rate_direction(rate)}{listed(reached)}."
    numbers = tuple(
        MainNumber(
            f"{item.label}, {name}",
            f"{share(estimate.value)}%",
            f"95% CI {interval(estimate.low, estimate.high, share)}",
        )
        for item in response.proportions
        for name, estimate in zip(groups, item.estimates[:-1], strict=True)
    )
    return sentence, (), numbers


def _rate_direction(rate: Proportion) -> str:
    if not rate.tests:
        return f"{rate.label}: "
    p = rate.tests[0].p_value
    found = "differed between the groups" if p < SIGNIFICANT else "did not clearly differ between the groups"
    return f"{rate.label} {found} ({p_statement(p)}, {inside_sentence(name_of_test(rate.tests[0]))}): "


def _sentence(text: str) -> str:
    return text.strip().rstrip(".") + "."


def cautions(result: StudyResult) -> tuple[str, ...]:
    """Return what the cohort and the analyses warn of, each once, in order."""
    found = [*result.cohort.cautions, *(text for analysis in result.analyses for text in analysis.cautions)]
    return tuple(dict.fromkeys(_sentence(text) for text in found))
