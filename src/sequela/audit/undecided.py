"""B.15: patients whose records do not say to which group they belong, such as those without a second biopsy.

Nobody is guessed into a group; the answer is shown as if all of them belonged to each in turn.
"""

from dataclasses import replace

import numpy as np

from sequela.analyses.assessed import assessed
from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Status
from sequela.analyses.results import Estimate
from sequela.analyses.wording import counted, percent, ratio
from sequela.audit.comparisons import FollowedTime, as_asked, hazard_ratios
from sequela.audit.material import Material
from sequela.audit.thresholds import UNDECIDED
from sequela.derive.endpoint_times import time_to_event
from sequela.study.cohort import undecided
from sequela.study.spec import SurvivalAnalysis

ID, NAME, TITLE = "B15d", "group_not_known", "Patients whose group is not known"


def group_not_known(data: Material) -> CardItem:
    """B.15: bound the answer by putting every patient without a known group into one group, then into the other."""
    if len(data.groups) < 2:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No groups are compared.")
    step = data.result.cohort.flow[-1]
    left, number = step.undecidable, step.before
    if not left:
        return CardItem(
            ID, NAME, TITLE, Status.OK, f"The records decide the group of all {counted(number, 'patient')}."
        )
    of_all = f"{left} of {counted(number, 'patient')} ({percent(left, number)}%)"
    said = f"The group of {of_all} is not known; they are left out."
    measures = (Measure("share_without_a_group", left / number), Measure("patients_without_a_group", float(left)))
    answers = _bounds(data)
    asked = [item.estimate for item in answers if item.label == "as asked"]
    others = [item for item in answers if item.label != "as asked"]
    if others:
        values = [item.estimate.value for item in others if item.group == others[0].group]
        between = f"from {ratio(min(values))} to {ratio(max(values))} with them"
        said += f" Hazard ratio {ratio(asked[0].value)} as asked, {between}."
    turned = any(_holds_one(item.estimate) != _holds_one(_of(answers, item)) for item in others)
    if left <= UNDECIDED.value * number and not turned:
        return CardItem(ID, NAME, TITLE, Status.OK, said, measures=measures, answers=answers)
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        said,
        "Whose group is recorded may hang on how he does: a second biopsy is taken from those well enough for it.",
        "Find out what decides it. The answer is shown as if all of them belonged to each group in turn.",
        measures,
        answers,
    )


def _bounds(data: Material) -> tuple[AnswerUnder, ...]:
    asked = next((item for item in data.result.study.analyses if isinstance(item, SurvivalAnalysis)), None)
    if asked is None or data.endpoint is None or data.result.cohort.guard.late:
        return ()
    at = undecided(data.result.study, data.result.records)
    patients = replace(data.result.cohort, patients=at.rename({"day": "time_zero"}))
    read = assessed(data.result.records, patients, asked.source, data.result.definitions)
    times = time_to_event(data.result.records, at, data.endpoint, data.result.definitions.line_rules, read.instead)
    times = times.filter(times["days"].is_not_null())
    if times.is_empty():
        return ()
    base = as_asked(data)
    found = [*hazard_ratios(data, base, "as asked")]
    for group in data.groups:
        column = [float(group == other) for other in data.others]
        joined = FollowedTime(
            np.concatenate([base.start, np.zeros(times.height)]),
            np.concatenate([base.stop, times["days"].to_numpy().astype(float)]),
            np.concatenate([base.event, times["event"].to_numpy()]),
            np.vstack([base.exposed, np.tile(column, (times.height, 1))]),
            base.patients + times.height,
        )
        found += hazard_ratios(data, joined, f"if all of them belonged to {group}")
    return tuple(found)


def _of(answers: tuple[AnswerUnder, ...], item: AnswerUnder) -> Estimate:
    return next(other.estimate for other in answers if other.label == "as asked" and other.group == item.group)


def _holds_one(estimate: Estimate) -> bool:
    return bool(estimate.low <= 1 <= estimate.high)
