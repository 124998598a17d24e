"""B.15: patients whose records do not say to which group they belong, such as those without a second biopsy.

Nobody is guessed into a group; the answer is shown as if all of them belonged to each in turn.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.assessed import assessed
from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Premise, Status, resting_on
from sequela.analyses.results import Estimate
from sequela.analyses.wording import counted, percent, ratio
from sequela.audit.comparisons import FollowedTime, as_asked, hazard_ratios
from sequela.audit.material import Material
from sequela.audit.thresholds import UNDECIDED, UNDECIDED_ODDS, UNDECIDED_PATIENTS
from sequela.derive.endpoint_times import time_to_event
from sequela.stats.distributions import normal_quantile
from sequela.study.cohort import undecided
from sequela.study.spec import SurvivalAnalysis

ID, NAME, TITLE = "B15d", "group_not_known", "Patients whose group is not known"
MEMBERSHIPS, NOISES = 100, 100
"""Draws of who belonged to which group, and of chance in each: ten thousand in all."""
DRAWN = "if each belonged to a group about as often as the others, odds up to twice theirs or half"


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
    bounds = [item for item in others if item.label != DRAWN]
    turned = any(_holds_one(item.estimate) != _holds_one(_of(answers, item)) for item in bounds)
    item = CardItem(ID, NAME, TITLE, Status.OK, said, measures=measures, answers=answers)
    if left <= UNDECIDED.value * number and not turned:
        return item
    return item.warned(
        "Whose group is recorded may hang on how he does: a second biopsy is taken from those well enough for it.",
        "Find out what decides it. The answer is shown as if all of them belonged to each group in turn.",
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
    # Of patients without a group no weight is known to stand beside those of the others.
    base = replace(as_asked(data), cases=None)
    supposed: list[AnswerUnder] = []
    for index, group in enumerate(data.groups):
        joined = _joined(data, base, times, np.full(times.height, index))
        supposed += hazard_ratios(data, joined, f"if all of them belonged to {group}")
    supposed += _drawn(data, base, times)
    return (*hazard_ratios(data, base, "as asked"), *resting_on(Premise.SUPPOSED, supposed))


def _joined(data: Material, base: FollowedTime, times: pl.DataFrame, group: np.ndarray) -> FollowedTime:
    """Return everyone, each patient without a known group in the one that is given, as an index."""
    exposed = np.column_stack([group == data.groups.index(name) for name in data.others]).astype(float)
    return FollowedTime(
        np.concatenate([base.start, np.zeros(times.height)]),
        np.concatenate([base.stop, times["days"].to_numpy().astype(float)]),
        np.concatenate([base.event, times["event"].to_numpy()]),
        np.vstack([base.exposed, exposed]),
        base.patients + times.height,
    )


def _drawn(data: Material, base: FollowedTime, times: pl.DataFrame) -> list[AnswerUnder]:
    """Return the answer with each of them in a group by chance, about as often as those whose group is known.

    The odds of each group are drawn for all of them together, then the group of each, then chance in the answer.
    """
    if base.patients > UNDECIDED_PATIENTS.value:
        return []
    rng = np.random.default_rng([data.result.study.seed, MEMBERSHIPS])
    counts = np.bincount(data.group, minlength=len(data.groups))
    drawn = []
    for _ in range(MEMBERSHIPS):
        group = rng.choice(counts.size, times.height, p=drawn_shares(counts, rng))
        answers = hazard_ratios(data, _joined(data, base, times, group), DRAWN)
        if all(item.estimate.low > 0 and np.isfinite(item.estimate.high) for item in answers):
            drawn.append(answers)
    if len(drawn) < MEMBERSHIPS / 2:
        return []
    return [_summary(each, rng) for each in zip(*drawn, strict=True)]


def drawn_shares(counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a draw of the share of each group among patients whose group is not known, shape (k,).

    The odds of any two groups are log-normal about those of the counts.
    """
    spread = float(np.log(UNDECIDED_ODDS.value)) / normal_quantile(0.975)
    weight: np.ndarray = counts * np.exp(rng.normal(0, spread / np.sqrt(2), counts.size))
    return weight / weight.sum()


def _summary(each: tuple[AnswerUnder, ...], rng: np.random.Generator) -> AnswerUnder:
    logs = np.log([item.estimate.value for item in each])
    errors = np.log([item.estimate.high / item.estimate.low for item in each]) / (2 * normal_quantile(0.975))
    noisy = logs + errors * rng.standard_normal((NOISES, logs.size))
    value, low, high = (float(np.exp(x)) for x in np.quantile(noisy, [0.5, 0.025, 0.975]))
    method = f"median and 95% of {noisy.size} draws of membership and chance"
    return replace(each[0], estimate=Estimate(value, low, high, method))


def _of(answers: tuple[AnswerUnder, ...], item: AnswerUnder) -> Estimate:
    return next(other.estimate for other in answers if other.label == "as asked" and other.group == item.group)


def _holds_one(estimate: Estimate) -> bool:
    return bool(estimate.low <= 1 <= estimate.high)
