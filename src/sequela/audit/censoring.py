"""B.5: whether patients who were lost differ from those who stayed, and how far they could move the answer.

Bounds and delta adjustment: Jackson et al. (2014), Statistics in Medicine 33:4681.
"""

from dataclasses import replace

import numpy as np

from sequela.analyses.ratio_estimate import ratio_estimate
from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Premise, Status, resting_on
from sequela.analyses.results import Estimate
from sequela.analyses.wording import listed, p_statement, percent, ratio, rounded
from sequela.audit.comparisons import FollowedTime, hazard_ratios
from sequela.audit.loss_weights import weighted_for_loss
from sequela.audit.material import Material
from sequela.audit.thresholds import LOSS_P, LOSS_SHIFT, LOST_BEFORE_CLOSE
from sequela.audit.waiting import entered, entered_rows, waiting
from sequela.errors import NotEstimableError
from sequela.stats.cox import cox, wald_interval, wald_test
from sequela.stats.delta_adjustment import Loss, delta_adjusted_ratio

ID, NAME, TITLE = "B5", "censoring", "Who was lost"
DELTAS = (1.0, 1.5, 2.0, 3.0)
"""Factors of the hazard after loss that are tried (Jackson 2014)."""


def censoring(data: Material) -> CardItem:
    """B.5: compare loss to follow-up between groups, weight for it, and bound what the lost could do to the answer."""
    if not data.compares:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    lost = lost_to_follow_up(data)
    if lost is None:
        return _without_calendar(data)
    counts = [(int((lost & (data.group == g)).sum()), int((data.group == g).sum())) for g in range(len(data.groups))]
    measures = [
        Measure("share_lost", count / size, group) for (count, size), group in zip(counts, data.groups, strict=True)
    ]
    each = listed(
        [f"{n} of {size} ({percent(n, size)}%) in {name}" for (n, size), name in zip(counts, data.groups, strict=True)]
    )
    finding = f"Lost before the records closed, without the event: {each}."
    if not lost.any():
        return CardItem(ID, NAME, TITLE, Status.OK, finding, measures=tuple(measures))
    unlike = _hazard_of_loss(data, lost)
    weighted = weighted_for_loss(data, entered(data), entered_rows(data), lost[entered_rows(data)])
    measures += [item for pair in unlike for item in pair] + list(weighted.measures)
    worst = min((pair for pair in unlike), key=lambda pair: pair[1].value, default=None)
    answers = (*_bounds(data, lost), *weighted.answers)
    said, bent, done = [finding, weighted.finding], [], []
    if worst is not None and worst[1].value < LOSS_P.value:
        hazard, p = worst
        more = "longer" if hazard.value > 1 else "shorter"
        against = f"Hazard of being lost in {hazard.group} against {data.result.cohort.reference}"
        said.insert(1, f"{against}: {ratio(hazard.value)}, {p_statement(p.value)}.")
        bent.append(
            f"If those who leave are about to have the event, times in {hazard.group} look {more} than they are."
        )
        done.append(
            "The answer is shown with every lost patient counted as having had the event when last seen, and with "
            f"hazards after loss up to {rounded(DELTAS[-1])} times as high. Find out why patients left."
        )
    if weighted.shift > LOSS_SHIFT.value:
        moved = (
            f"{ratio(weighted.answers[0].estimate.value)} when those who stayed stand for the lost who were like them"
        )
        bent.append(f"The hazard ratio becomes {moved}.")
        done.append("Weights mend the loss that measured covariates explain; what else made patients leave stays.")
    status = Status.WARN if bent else Status.OK
    finding, direction, remedy = (" ".join(filter(None, part)) for part in (said, bent, done))
    tip, tipped = _tipping(answers, data.others[0])
    return CardItem(ID, NAME, TITLE, status, finding, direction, remedy, (*measures, *tip), answers, more=tipped)


def _after_loss(group: str, delta: float) -> str:
    size = "that" if delta == 1 else f"{delta:g} times that"
    return f"if the hazard after loss in {group} is {size} of those who stayed"


def _tipping(answers: tuple[AnswerUnder, ...], group: str) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
    """Return the smallest factor of the hazard after loss that changes whether the interval holds 1, and say so."""
    under = {item.label: item.estimate for item in answers}
    tried = [(delta, under[label]) for delta in DELTAS if (label := _after_loss(group, delta)) in under]
    if not tried:
        return (), ()
    holds = answers[0].estimate.low <= 1 <= answers[0].estimate.high
    for delta, estimate in tried:
        if (estimate.low <= 1 <= estimate.high) != holds:
            left = "leave out" if holds else "hold"
            said = f"From a hazard after loss {delta:g} times as high on, the interval would {left} 1."
            return (Measure("tipping_factor", delta, group, method="hazard after loss"),), (said,)
    return (), (f"No hazard after loss up to {tried[-1][0]:g} times as high changes whether the interval holds 1.",)


def _without_calendar(data: Material) -> CardItem:
    """Weight for every end of follow-up without the event, since nobody can tell loss from the close of the records."""
    rows = entered_rows(data)
    weighted = weighted_for_loss(data, entered(data), rows, ~data.event[rows])
    finding = "Without calendar dates nobody can tell patients who were lost from patients still followed."
    if weighted.answers:
        finding += " For the weights every end of follow-up without the event counts as a loss."
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.NOT_ASSESSABLE,
        f"{finding} {weighted.finding}".strip(),
        remedy="Give 'origin_date' in the table of patients.",
        measures=weighted.measures,
        answers=weighted.answers,
    )


def lost_to_follow_up(data: Material) -> np.ndarray | None:
    """Return who was censored long before the records closed, shape (n,); None without a calendar."""
    found = waiting(data)
    last = found.index - data.admitted + data.days
    if not np.isfinite(last).mean() > 0.5:
        return None
    with np.errstate(invalid="ignore"):
        return ~data.event & (found.closed - last > LOST_BEFORE_CLOSE.value)


def _hazard_of_loss(data: Material, lost: np.ndarray) -> list[tuple[Measure, Measure]]:
    """Return per group the hazard ratio of being lost against the reference, and its p-value."""
    rows = entered_rows(data)
    followed, lost = entered(data), lost[rows]
    # An event on the day of a loss leaves first.
    later = followed.stop + np.where(lost, 0.25, 0.0)
    try:
        fit = cox(later, lost, followed.exposed)
    except NotEstimableError:
        return []
    limits, tests, found = wald_interval(fit), wald_test(fit), []
    for index, group in enumerate(data.others):
        if fit.diverging[index]:
            continue
        lost_by = ratio_estimate(fit.coefficients, limits, index, "Cox")
        found.append(
            (
                Measure("hazard_ratio_of_loss", lost_by.value, group, lost_by.low, lost_by.high, lost_by.method),
                Measure("p_value_of_loss", float(tests.p_value[index]), group),
            )
        )
    return found


def _bounds(data: Material, lost: np.ndarray) -> tuple[AnswerUnder, ...]:
    rows, base = entered_rows(data), entered(data)
    lost, group = lost[rows], data.group[rows]
    asked = hazard_ratios(data, base, "from entry" if (data.admitted > 0).any() else "as asked")
    found: list[AnswerUnder] = []
    for index, name in enumerate(data.groups):
        label = f"if all lost in {name} had the event when last seen"
        found += hazard_ratios(data, replace(base, event=base.event | (lost & (group == index))), label)
    found += hazard_ratios(data, replace(base, event=base.event | lost), "if all lost had the event when last seen")
    if len(data.groups) == 2:
        found += _delta_adjusted(data, base, lost)
    return (*asked, *resting_on(Premise.SUPPOSED, found))


def _delta_adjusted(data: Material, base: FollowedTime, lost: np.ndarray) -> list[AnswerUnder]:
    """Return the answer with the hazard after loss in the group, not the reference, times each factor."""
    exposed, calendar = base.exposed[:, 0] > 0, waiting(data)
    left = (calendar.closed - calendar.index)[entered_rows(data)]
    until = np.fmax(base.stop, left)
    loss = Loss(base.stop, base.event, exposed, lost, until)
    rng = np.random.default_rng(data.result.study.seed)
    found = []
    for delta in DELTAS:
        try:
            item = delta_adjusted_ratio(loss, np.where(exposed, delta, 1.0), rng)
        except NotEstimableError:
            continue
        estimate = Estimate(item.value, item.low, item.high, f"{item.imputations} imputations from the group's curve")
        found.append(
            AnswerUnder(
                _after_loss(data.others[0], delta),
                data.others[0],
                data.result.cohort.reference,
                estimate,
                base.patients,
                int(base.event.sum()),
            )
        )
    return found
