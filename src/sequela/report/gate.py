"""What the page may say while the report card stands at ERROR: what was seen, and why it is not an answer."""

from sequela.analyses.report_card import AnswerUnder, CardItem, ReportCard, Status
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import inside_sentence, listed, months, ratio, worded
from sequela.frozen import frozen

TOO_EARLY = "No comparison is reported: the clock starts before the event that puts a patient into the cohort."
REASONS = {
    "time_zero": "the clock starts before the event that puts a patient into the cohort",
    "immortal_time": "the clock starts before the event that puts a patient into a group",
    "post_exposure_covariates": "the model adjusts for consequences of the earlier drug",
}
"""Why an item of the card in ERROR leaves no answer."""
BOTH_CLOCKS = "the clock starts before the events that put a patient into the cohort and into a group"
LEVEL = "95%"
CLOCKS = ("time_zero", "immortal_time")
"""Items of the card whose answers differ in their clock."""


@frozen
class Seen:
    """What was seen under each clock.

    Attributes
    ----------
    sentence : str
        For the head of the page.
    numbers : tuple of (str, str, str)
        Label, value and interval of each clock.
    """

    sentence: str
    numbers: tuple[tuple[str, str, str], ...]


def seen(result: StudyResult, endpoint: str) -> Seen:
    """Return what the comparison shows under each clock, for a study whose clock starts too early.

    Parameters
    ----------
    result : StudyResult
    endpoint : str
        The label of the endpoint; empty where none was asked for.
    """
    items = [item for item in result.card.of(Status.ERROR) if item.name in CLOCKS and item.answers]
    if not items or not endpoint:
        return Seen(TOO_EARLY, ())
    # The group as a time-dependent covariate respects entry as well, so it is the better description.
    shown = _of_first_group(max(items, key=lambda item: CLOCKS.index(item.name)))
    parts = [f"{_worded(answer)} {answer.label}" for answer in shown]
    first = shown[0]
    what = f"{inside_sentence(endpoint)} from {result.study.time_zero}"
    quantity = f"the hazard ratio of {first.group} against {first.reference}" if first.reference else "the median"
    numbers = tuple(_number(answer) for answer in shown)
    seen_so = f"{not_an_answer(result.card)}: for {what} {quantity} is {listed(parts)}."
    tell = f"These patients can tell of {inside_sentence(endpoint)} from entry on, not from {result.study.time_zero}."
    return Seen(f"{seen_so} {tell}", numbers)


def not_an_answer(card: ReportCard) -> str:
    """Return why what was seen is no answer, for the head of a sentence."""
    names = [item.name for item in card.of(Status.ERROR)]
    reasons = [REASONS[name] for name in REASONS if name in names]
    if set(CLOCKS) <= set(names):
        reasons = [BOTH_CLOCKS, *(reason for reason in reasons if reason not in map(REASONS.get, CLOCKS))]
    titles = [inside_sentence(item.title) for item in card.of(Status.ERROR) if item.name not in REASONS]
    reasons += [f"the audit found an error ({listed(titles)})"] if titles else []
    return f"What was seen is not an answer, because {listed(list(dict.fromkeys(reasons)))}"


def _of_first_group(item: CardItem) -> list[AnswerUnder]:
    return [answer for answer in item.answers if answer.group == item.answers[0].group]


def _worded(answer: AnswerUnder) -> str:
    if answer.reference:
        return worded(answer.estimate, ratio, LEVEL)
    return worded(answer.estimate, months, LEVEL, "months")


def _number(answer: AnswerUnder) -> tuple[str, str, str]:
    value, _, limits = _worded(answer).partition(" (")
    quantity = "Hazard ratio" if answer.reference else "Median"
    return f"{quantity}, {inside_sentence(answer.label)}", value, limits.removesuffix(")")
