"""B.15: how far the answer would move if some patients had the earlier drug and nobody wrote it down.

Bias analysis of misclassified exposure: Fox, Lash & Greenland (2005), Int J Epidemiol 34:1370.
"""

from dataclasses import replace

import numpy as np

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Premise, Status
from sequela.analyses.results import Estimate
from sequela.analyses.wording import listed, percent, ratio
from sequela.audit.comparisons import FollowedTime, hazard_ratios
from sequela.audit.material import Material
from sequela.audit.thresholds import RECORDING_PATIENTS
from sequela.audit.waiting import entered
from sequela.errors import NotEstimableError
from sequela.stats.hidden_confounder import DRAWS
from sequela.stats.misclassification import corrected_ratio
from sequela.stats.misclassification_draws import Recording, drawn_ratio
from sequela.study.names import OTHERWISE

ID, NAME, TITLE = "B15", "unrecorded_treatment", "Treatment nobody recorded"
MISSED = (5, 10, 20)
"""Per cent of the patients with the earlier drug whose records are assumed not to say so."""
SENSITIVITY, SPECIFICITY = (0.8, 1.0), (0.97, 1.0)
"""Between which the shares are drawn evenly where the study file does not say (house rule)."""
JUDGED = 10
"""The share at which the answer should still stand (house rule: registries miss about that many courses)."""


def unrecorded_treatment(data: Material) -> CardItem:
    """B.15: the answer if some who had the earlier drug stood in the other group, and some of the others in theirs."""
    why_not = _why_not(data)
    if why_not:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, why_not)
    # The draws count patients, so the answer beside them does.
    followed = replace(entered(data), cases=None)
    first = hazard_ratios(data, followed, "as recorded")[0]
    answers = {missed: _answer(data, followed, missed) for missed in MISSED}
    shown = [item for item in answers.values() if np.isfinite(item.estimate.value)]
    if not shown or not np.isfinite(first.estimate.value):
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "The hazard ratio has no finite estimate.")
    many = followed.patients > RECORDING_PATIENTS.value and data.result.study.recording is None
    drawn = [] if many else [_drawn(data, followed)]
    shown += [item for item in drawn if np.isfinite(item.estimate.value)]
    each = listed([f"{ratio(item.estimate.value)} {item.label}" for item in shown])
    finding = f"Hazard ratio {ratio(first.estimate.value)} as recorded; {each}."
    measures = tuple(
        Measure("corrected_hazard_ratio", item.estimate.value, item.group, method=item.label) for item in shown
    )
    judged = [answers[JUDGED].estimate, *(item.estimate for item in drawn if data.result.study.recording)]
    item = CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures, answers=(first, *shown))
    if not any(np.isfinite(one.value) and _holds_one(first.estimate) != _holds_one(one) for one in judged):
        return item
    return item.warned(
        "Patients who had the earlier drug elsewhere stand in the wrong group and make the groups look alike.",
        "Look for the earlier drug in the records of the other group, above all of those who came from elsewhere.",
    )


def _drawn(data: Material, followed: FollowedTime) -> AnswerUnder:
    """Return the answer over many draws of how well the drug was recorded."""
    group, reference, described = data.others[0], data.result.cohort.reference, data.result.study.recording
    limits = (described.sensitivity, described.specificity) if described else (SENSITIVITY, SPECIFICITY)
    rng = np.random.default_rng([data.result.study.seed, DRAWS])
    turned = data.result.study.groups.get(reference) != OTHERWISE
    exposed = (followed.exposed[:, 0] > 0) != turned
    entry = followed.start if followed.start.any() else None
    recording = Recording(*(rng.uniform(*pair, DRAWS) for pair in limits))
    words = [f"{100 * low:g}" + (f" to {100 * high:g}" if high > low else "") for low, high in limits]
    label = f"if {words[0]}% of the courses were recorded and {words[1]}% of the others had none recorded"
    try:
        found = drawn_ratio(followed.stop, followed.event, exposed, recording, rng, entry=entry)
        value, low, high = found.value, found.low, found.high
        value, low, high = (1 / value, 1 / high, 1 / low) if turned else (value, low, high)
        estimate = Estimate(value, low, high, f"median and 95% of {found.draws} draws of recording and chance")
    except NotEstimableError as problem:
        estimate = Estimate(np.nan, np.nan, np.nan, f"not estimable: {problem}")
    return AnswerUnder(
        label, group, reference, estimate, followed.patients, int(followed.event.sum()), premise=Premise.SUPPOSED
    )


def _why_not(data: Material) -> str:
    if not data.compares:
        return "No comparison of times is reported."
    if len(data.groups) != 2:
        return "More than two groups are compared."
    if OTHERWISE not in data.result.study.groups.values():
        return "Both groups are made of what is recorded; none is the rest."
    return ""


def _answer(data: Material, followed: FollowedTime, missed: int) -> AnswerUnder:
    """Return the hazard ratio if the group that is not the rest had been recorded for all but this share."""
    group, reference = data.others[0], data.result.cohort.reference
    turned = data.result.study.groups.get(reference) != OTHERWISE
    exposed = followed.exposed[:, 0] > 0
    rng = np.random.default_rng([data.result.study.seed, missed])
    entry = followed.start if followed.start.any() else None
    label = f"if {missed}% of the courses were not recorded"
    events = int(followed.event.sum())
    try:
        found = corrected_ratio(followed.stop, followed.event, exposed != turned, 1 - missed / 100, rng, entry=entry)
        value, low, high = found.value, found.low, found.high
        if turned:
            value, low, high = 1 / value, 1 / high, 1 / low
        method = f"expected {percent(round(found.expected), exposed.size)}% of all patients moved, EM, 10 imputations"
        estimate = Estimate(value, low, high, method)
    except NotEstimableError as problem:
        estimate = Estimate(np.nan, np.nan, np.nan, f"not estimable: {problem}")
    return AnswerUnder(label, group, reference, estimate, followed.patients, events, premise=Premise.SUPPOSED)


def _holds_one(estimate: Estimate) -> bool:
    return bool(estimate.low <= 1 <= estimate.high)
