"""B.6: whether the answer rests on how lines of therapy were counted."""

import numpy as np

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Status
from sequela.analyses.specifications import IN_FORCE, estimated, line_ways, specified
from sequela.analyses.wording import counted, ratio
from sequela.audit.material import Material
from sequela.audit.thresholds import LINE_RULE_PATIENTS, LINE_RULE_SHIFT
from sequela.study.contradictions import asks_for_lines

ID, NAME, TITLE = "B6", "line_counting", "How lines were counted"


def line_counting(data: Material) -> CardItem:
    """B.6: answer the study again under every other value of every line rule, one change at a time."""
    refused, endpoint = _not_tried(data), data.endpoint
    if refused is not None or endpoint is None:
        return refused or CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No endpoint was asked for.")
    study = data.result.study
    found = specified(study, data.result.records, line_ways(study, endpoint, ()))
    answered, own = estimated(found), found.specifications[0]
    if len(answered) < 2 or not np.isfinite(own.estimate.value):
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No hazard ratio under the line rules in force.")
    lowest, highest = answered[0], answered[-1]
    shift = max(abs(np.log(item.estimate.value / own.estimate.value)) for item in (lowest, highest))
    turned = [item for item in answered if (item.p_value < 0.05) != (own.p_value < 0.05)]
    finding = (
        f"Under {counted(len(answered) - 1, 'other rule')} the hazard ratio of {found.group} lies between "
        f"{ratio(lowest.estimate.value)} and {ratio(highest.estimate.value)}; in force: {ratio(own.estimate.value)}."
    )
    measures = (
        Measure("lowest_hazard_ratio", lowest.estimate.value, found.group, method=lowest.choices[1]),
        Measure("highest_hazard_ratio", highest.estimate.value, found.group, method=highest.choices[1]),
        Measure("rules_that_turn_the_test", float(len(turned)), found.group, method="p on the other side of 0.05"),
    )
    answers = tuple(
        AnswerUnder(
            "as asked" if item.choices[1] == IN_FORCE else f"with {item.choices[1]}",
            found.group,
            found.reference,
            item.estimate,
            item.n,
            item.events,
        )
        for item in dict.fromkeys((own, lowest, highest, *turned))
    )
    if shift <= LINE_RULE_SHIFT.value and not turned:
        return CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures, answers=answers[:3])
    rules = sorted({item.choices[1] for item in (lowest, highest, *turned) if item.choices[1] != IN_FORCE})
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        finding + (f" {counted(len(turned), 'rule')} would turn the test: {', '.join(rules)}." if turned else ""),
        "Who counts as second line depends on a rule that others set otherwise.",
        "Say which rules were followed, and why; `sequela lines --sensitivity --study` shows who moves.",
        measures,
        answers[:8],
    )


def _not_tried(data: Material) -> CardItem | None:
    """Return the item where there is nothing to try; None where the rules are tried."""
    study, unknown = data.result.study, Status.NOT_ASSESSABLE
    if not data.compares or data.endpoint is None:
        return CardItem(ID, NAME, TITLE, unknown, "No comparison of times is reported.")
    if not asks_for_lines(study):
        return CardItem(ID, NAME, TITLE, Status.OK, "Nothing in the study asks for lines of therapy.")
    if data.result.too_early:
        return CardItem(ID, NAME, TITLE, unknown, "The clock starts too early for any comparison.")
    if data.days.size > LINE_RULE_PATIENTS.value:
        finding = f"Not tried: more than {LINE_RULE_PATIENTS.value:g} patients, and every rule counts all lines again."
        return CardItem(ID, NAME, TITLE, unknown, finding, remedy="Ask for 'specifications' in the study.")
    return None
