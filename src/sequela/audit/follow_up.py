"""B.4: whether every group was followed equally long.

Reverse Kaplan-Meier: Schemper & Smith (1996), doi:10.1016/0197-2456(96)00075-X.
"""

from dataclasses import replace

import numpy as np

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Premise, Status, resting_on
from sequela.analyses.wording import listed, months, rounded, share
from sequela.audit.comparisons import hazard_ratios
from sequela.audit.material import Material
from sequela.audit.thresholds import AT_RISK_FOR_A_MEDIAN, FOLLOW_UP_RATIO
from sequela.audit.waiting import entered, entered_rows
from sequela.errors import NotEstimableError
from sequela.stats.kaplan_meier import Quantile, kaplan_meier, quantile, survival_at
from sequela.stats.reverse_kaplan_meier import reverse_kaplan_meier

ID, NAME, TITLE = "B4", "follow_up", "Length of follow-up"


def follow_up(data: Material) -> CardItem:
    """B.4: compare the reverse Kaplan-Meier medians of the groups; the median observed time is never called that."""
    if data.endpoint is None:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No time-to-event endpoint was asked for.")
    found = [(group, _followed(data, index)) for index, group in enumerate(data.groups)]
    measures = tuple(
        Measure(
            "follow_up_days", median.value, group, median.low, median.high, f"reverse Kaplan-Meier, {median.method}"
        )
        for group, median in found
        if median is not None
    )
    known = {group: median.value for group, median in found if median is not None and np.isfinite(median.value)}
    if len(known) < len(found):
        missing = listed([group for group, _ in found if group not in known])
        finding = f"The median follow-up of {missing} is not reached: most patients had the event before it ended."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding, measures=measures)
    each = listed([f"{months(days)} months in {group}" for group, days in known.items()])
    finding = f"{_late(data)}Median follow-up by reverse Kaplan-Meier: {each}."
    shortest, longest = min(known.values()), max(known.values())
    if len(known) < 2 or longest <= FOLLOW_UP_RATIO.value * shortest:
        return CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures)
    who = max(known, key=lambda group: known[group])
    times = f", {rounded(longest / shortest, 1)} times" if shortest else ""
    read, answers, more = _up_to_the_common_horizon(data)
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        f"{finding} {who} was followed longest{times}.{read}",
        f"Late events could be seen in {who} only; the later part of the curves compares unlike times.",
        "Read the curves only as far as every group was followed; compare survival at a fixed time before that.",
        (*measures, *more),
        answers,
    )


def _up_to_the_common_horizon(data: Material) -> tuple[str, tuple[AnswerUnder, ...], tuple[Measure, ...]]:
    """Compare the groups only as long as each has enough patients at risk: the ratio, and the share without event."""
    base, group = entered(data), data.group[entered_rows(data)]
    least = int(AT_RISK_FOR_A_MEDIAN.value)
    sizes = [int((group == index).sum()) for index in range(len(data.groups))]
    if min(sizes) < least:
        return "", (), ()
    horizon = min(float(np.sort(base.stop[group == index])[-least]) for index in range(len(data.groups)))
    if horizon <= 0:
        return "", (), ()
    cut = replace(base, stop=np.minimum(base.stop, horizon), event=base.event & (base.stop <= horizon))
    curves = [kaplan_meier(base.stop[group == index], base.event[group == index]) for index in range(len(data.groups))]
    free = [float(survival_at(curve, np.array([horizon])).survival[0]) for curve in curves]
    measures = [Measure("common_horizon_days", horizon, method=f"every group has {least} at risk")]
    measures += [Measure("event_free_at_it", value, name) for value, name in zip(free, data.groups, strict=True)]
    each = listed([f"{share(value, 0)}% of {name}" for value, name in zip(free, data.groups, strict=True)])
    shared = hazard_ratios(data, cut, f"up to {months(horizon)} months, where every group has {least} at risk")
    answers = (
        *hazard_ratios(data, base, "from entry" if (data.admitted > 0).any() else "as asked"),
        *resting_on(Premise.PART, shared),
    )
    return (
        f" Without event at {months(horizon)} months, the last with {least} at risk in each: {each}.",
        answers,
        tuple(measures),
    )


def _late(data: Material) -> str:
    """Say why follow-up is counted from entry where patients entered after their clock had started."""
    if not (data.admitted > 0).any():
        return ""
    return (
        f"Follow-up from {data.result.study.time_zero} is refused under delayed entry: the censored times of late "
        "entrants are not those of everyone. It is counted from entry. "
    )


def _followed(data: Material, index: int) -> Quantile | None:
    chosen = (data.group == index) & (data.days > data.admitted)
    try:
        return quantile(reverse_kaplan_meier((data.days - data.admitted)[chosen], data.event[chosen]), 0.5)
    except NotEstimableError:
        return None
