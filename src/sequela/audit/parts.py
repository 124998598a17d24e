"""B.16: one test of several groups, and subgroups without a test of whether they differ."""

import math

from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.results import Subgroups, Survival
from sequela.analyses.wording import counted, inside_sentence, listed, p_statement
from sequela.audit.material import Material

ID, NAME, TITLE = "B16h", "tests_of_parts", "Tests of several groups and of subgroups"
LEVEL = 0.05


def tests_of_parts(data: Material) -> CardItem:
    """B.16: say what a test of all groups does not say of two, and whether subgroups differ from each other."""
    survivals = [item for item in data.result.analyses if isinstance(item, Survival) and item.test is not None]
    divided = [item for item in data.result.analyses if isinstance(item, Subgroups)]
    if not survivals and not divided:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No test of groups is reported.")
    whole = [item for item in survivals if len(item.groups) > 2 and not item.pairs]
    said = [_of_all(item) for item in whole]
    interactions = [_of_subgroups(item) for item in divided]
    measures = tuple(
        Measure("interaction_p_value_holm", tested.adjusted_p_value, method=tested.variable)
        for item in divided
        for tested in item.interactions
    )
    finding = " ".join([*said, *interactions]) or "Two groups, one test each; no subgroup is read."
    if not whole and not divided:
        return CardItem(ID, NAME, TITLE, Status.OK, finding)
    apart = any(value.value < LEVEL for value in measures)
    if not whole and apart:
        return CardItem(ID, NAME, TITLE, Status.OK, finding, measures=measures)
    reasons = ["A small p-value of all groups together belongs to no pair of them."] if whole else []
    reasons += ["A ratio that is significant in one subgroup and not in the other is no difference."] if divided else []
    remedies = ["Ask for 'pairwise: holm'."] if whole else []
    remedies += ["Read the ratio of everyone in each subgroup."] if divided and not apart else []
    return CardItem(ID, NAME, TITLE, Status.WARN, finding, " ".join(reasons), " ".join(remedies), measures)


def _of_all(item: Survival) -> str:
    test = item.test
    tested = f", {p_statement(test.p_value)}" if test is not None else ""
    return f"One test compares all {len(item.groups)} groups in {inside_sentence(item.label)}{tested}."


def _of_subgroups(item: Subgroups) -> str:
    tested = [one for one in item.interactions if math.isfinite(one.adjusted_p_value)]
    if not tested:
        return (
            f"Subgroups by {listed([inside_sentence(one.variable) for one in item.interactions])} could not be tested."
        )
    least = min(tested, key=lambda one: one.adjusted_p_value)
    verdict = "differ" if least.adjusted_p_value < LEVEL else "are not shown to differ"
    return (
        f"The ratios {verdict} between subgroups: {counted(len(tested), 'test')} of interaction, smallest "
        f"{p_statement(least.adjusted_p_value)} by Holm ({inside_sentence(least.variable)})."
    )
