"""B.8: whether another event came first, and whether it did so more often in one group."""

from dataclasses import replace

import numpy as np

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Status
from sequela.analyses.results import Estimate
from sequela.analyses.wording import listed, percent
from sequela.audit.comparisons import as_asked, hazard_ratios, said_of
from sequela.audit.material import Material
from sequela.audit.thresholds import COMPETING_DIFFERENCE
from sequela.errors import NotEstimableError

ID, NAME, TITLE = "B8", "competing_events", "Other events first"


def competing_events(data: Material) -> CardItem:
    """B.8: count the events after which the one of interest no longer came, by group."""
    if not data.compares or data.endpoint is None:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    if not data.competed.any():
        finding = (
            "No other event ends the time to this endpoint."
            if not data.endpoint.competing
            else "No patient had another event first."
        )
        return CardItem(ID, NAME, TITLE, Status.OK, finding)
    counts = [
        (int(data.competed[data.group == index].sum()), int((data.group == index).sum()))
        for index in range(len(data.groups))
    ]
    shares = [number / size for number, size in counts]
    measures = tuple(
        Measure("share_with_another_event_first", share, group)
        for share, group in zip(shares, data.groups, strict=True)
    )
    each = listed(
        [
            f"{number} of {size} ({percent(number, size)}%) in {group}"
            for (number, size), group in zip(counts, data.groups, strict=True)
        ]
    )
    finding = f"Another event came first, after which this one could not come: {each}."
    answers = (*hazard_ratios(data, as_asked(data), "among those without any event"), *_of_incidence(data))
    item = CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures, answers=answers)
    if max(shares) - min(shares) <= COMPETING_DIFFERENCE.value:
        return item
    return item.warned(
        "A group that loses more patients to another event has fewer left for this one, without being better off.",
        "Ask for 'competing' in the study: it shows how often each kind of event came first.",
    )


def _of_incidence(data: Material) -> tuple[AnswerUnder, ...]:
    """Return the subdistribution hazard ratios, which compare how often the event of interest came at all."""
    from sequela.stats.fine_gray import (  # noqa: PLC0415 (few endpoints have competing events)
        fine_gray,
        subdistribution_interval,
    )

    cause = np.where(data.event, 1, np.where(data.competed, 2, 0))
    try:
        fit = fine_gray(data.days, cause, data.indicators(), entry=data.entry)
    except NotEstimableError:
        return ()
    limits = subdistribution_interval(fit)
    values = np.exp(np.column_stack([fit.coefficients, limits.low, limits.high]))
    return tuple(
        AnswerUnder(
            said_of(data, replace(as_asked(data), cases=None), "of the incidence (Fine-Gray)"),
            group,
            data.result.cohort.reference,
            Estimate(float(value), float(low), float(high), "Fine-Gray"),
            fit.n,
            fit.events,
            "subdistribution hazard ratio",
        )
        for group, (value, low, high) in zip(data.others, values, strict=True)
    )
