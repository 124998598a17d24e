"""B.1 and B.2: whether the clock starts before the event that put the patient into the cohort, or into his group.

Left truncation: Tsai (1990), Martin & Betensky (2005). Immortal time: Suissa (2008),
doi:10.1093/aje/kwm324.
"""

import numpy as np

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Status
from sequela.analyses.wording import listed, median_months, ratio, share
from sequela.audit.comparisons import as_asked, compared, from_entry, hazard_ratios, time_dependent, with_delayed_entry
from sequela.audit.material import Material
from sequela.audit.thresholds import GUARANTEED_DIFFERENCE

ALIKE = 0.01
"""Difference of guaranteed shares that prints as next to none."""


def time_zero(data: Material) -> CardItem:
    """B.1: compare time zero with each patient's entry, and show the comparison with entry respected."""
    late, number = int((data.admitted > 0).sum()), data.group.size
    if not late:
        finding = f"No clock starts before its patient entered: 0 of {number} patients."
        return CardItem("B1", "time_zero", "Time zero and entry", Status.OK, finding, measures=_late(0, number))
    answers: tuple[AnswerUnder, ...] = ()
    if data.delayed or (data.endpoint is None and data.result.cohort.guard.late and not data.result.too_early):
        return _declared(data, late)
    if data.endpoint is not None:
        answers = (
            *compared(data, as_asked(data), "as asked"),
            *compared(data, with_delayed_entry(data), "with delayed entry"),
            *compared(data, from_entry(data), "from entry"),
        )
    finding = f"{late} of {number} patients entered the cohort only after their clock had started."
    return CardItem(
        "B1",
        "time_zero",
        "Time zero and entry",
        Status.ERROR,
        f"{finding}{_in_words(answers)}",
        _direction(data),
        "The comparison is not reported as an answer. Start the clock at the event that defines entry; patients are "
        "at risk only from then on. Delayed entry is shown as a description: it needs entry and outcome to be "
        "independent, and no test can prove that.",
        (*_late(late, number), *_left_out(data)),
        answers,
    )


def _declared(data: Material, late: int) -> CardItem:
    """Say what rests on delayed entry where the study declares it: that who came when tells nothing of what comes."""
    number, (gone, events) = data.group.size + data.left_out[0], data.left_out
    finding = (
        f"{late} of {data.group.size} patients came into the cohort after their clock had started and are at risk from "
        "then on, as the study declares"
    )
    answers: tuple[AnswerUnder, ...] = ()
    left: tuple[Measure, ...] = ()
    if data.endpoint is not None:
        finding += f"; {gone} of {number}, {events} of them with the event, were followed no longer"
        answers = (*compared(data, as_asked(data), "as asked"), *compared(data, from_entry(data), "from entry"))
        how = "left out under delayed entry"
        left = tuple(
            Measure(name, float(value), method=how)
            for name, value in (("followed_to_entry_only", gone), ("events_before_entry", events))
        )
    return CardItem(
        "B1",
        "time_zero",
        "Time zero and entry",
        Status.WARN,
        f"{finding}.{_in_words(answers)}",
        "Delayed entry is right only if the day of entry tells nothing of the time still to come; who came late "
        "because he did well bends it, and no test can show that nobody did.",
        "Read the selection by the wait beside it, and the comparison with the clock set to entry.",
        (*_late(late, number), *left),
        answers,
    )


def immortal_time(data: Material) -> CardItem:
    """B.2: the share of follow-up during which a group's patients could not die, and the time-dependent remedy."""
    if data.endpoint is None:
        return _not_assessable("No time-to-event endpoint was asked for.")
    if data.delayed:
        finding = "Nobody is at risk before entry, so no time without risk is counted as survival."
        return CardItem("B2", "immortal_time", "Immortal time", Status.OK, finding)
    shares = guaranteed_shares(data)
    measures = tuple(Measure("guaranteed_share", value, group) for group, value in shares)
    values = [value for _, value in shares]
    each = listed([f"{share(value, 0)}% in {group}" for group, value in shares])
    finding = f"Share of the follow-up during which nobody could have the event: {each}."
    if not any(values):
        return CardItem("B2", "immortal_time", "Immortal time", Status.OK, finding, measures=measures)
    unequal = max(values) - min(values) > GUARANTEED_DIFFERENCE.value
    answers: tuple[AnswerUnder, ...] = ()
    if data.compares and (data.group_known > data.admitted).any():
        answers = (
            *hazard_ratios(data, as_asked(data), "as asked"),
            *hazard_ratios(data, time_dependent(data), "with the group as a time-dependent covariate"),
        )
    return CardItem(
        "B2",
        "immortal_time",
        "Immortal time",
        Status.ERROR if unequal else Status.WARN,
        f"{finding}{_in_words(answers)}",
        f"Guaranteed time counts as survival, most in {max(shares, key=lambda pair: pair[1])[0]}.",
        "A patient belongs to a group only from the day that puts him there; before it he counts in the reference.",
        measures,
        answers,
    )


def guaranteed_shares(data: Material) -> tuple[tuple[str, float], ...]:
    """Return per group the time before entry or before the group was known, divided by all follow-up."""
    waited = np.minimum(np.maximum(data.admitted, data.group_known), data.days)
    found = []
    for index, group in enumerate(data.groups):
        chosen = data.group == index
        total = data.days[chosen].sum()
        found.append((group, float(waited[chosen].sum() / total) if total else 0.0))
    return tuple(found)


def _not_assessable(finding: str) -> CardItem:
    return CardItem("B2", "immortal_time", "Immortal time", Status.NOT_ASSESSABLE, finding)


def _late(late: int, number: int) -> tuple[Measure, ...]:
    return (Measure("patients_entering_late", float(late)), Measure("patients", float(number)))


def _left_out(data: Material) -> tuple[Measure, ...]:
    if data.endpoint is None:
        return ()
    ended = (data.admitted >= data.days) & (data.admitted > 0)
    return (
        Measure("followed_to_entry_only", float(ended.sum()), method="left out under delayed entry"),
        Measure("events_before_entry", float((ended & data.event).sum()), method="left out under delayed entry"),
    )


def _direction(data: Material) -> str:
    shares = dict(data.result.cohort.guard.guaranteed_share)
    if len(shares) < 2:
        return "Survival from time zero is too long: who died early could not enter."
    longest, shortest = max(shares, key=lambda name: shares[name]), min(shares, key=lambda name: shares[name])
    if shares[longest] - shares[shortest] < ALIKE:
        return "Survival from time zero is too long in every group."
    return f"It flatters {longest}: its patients had to live longer before they could be counted."


def _in_words(answers: tuple[AnswerUnder, ...]) -> str:
    """Say how the hazard ratio of the first group moves."""
    first = [item for item in answers if item.group == answers[0].group] if answers else []
    if not first:
        return ""
    if first[0].reference:
        parts = [f"{ratio(item.estimate.value)} {item.label}" for item in first]
        return f" Hazard ratio of {first[0].group} against {first[0].reference}: {listed(parts)}."
    parts = [f"{median_months(item.estimate)} {item.label}" for item in first]
    return f" Median in months: {listed(parts)}."
