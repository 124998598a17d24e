"""B.6: patients who begin the drug in different lines of therapy, compared together and line by line."""

import numpy as np

from sequela.analyses.report_card import AnswerUnder, CardItem, Measure, Premise, Status, resting_on
from sequela.analyses.results import Estimate
from sequela.analyses.wording import counted, listed, p_statement, percent, ratio
from sequela.audit.comparisons import as_asked, hazard_ratios, part_of
from sequela.audit.material import Material
from sequela.audit.thresholds import COVARIATE_KNOWN, INTERACTION_P, LEAST_CONTROL_EVENTS, LINE_RULE_SHIFT, LINE_SHARES
from sequela.derive.baseline import covariate_named
from sequela.errors import NotEstimableError
from sequela.stats.chi_square import ChiSquareTest
from sequela.stats.cox import cox, likelihood_ratio_test

ID, NAME, TITLE = "B6b", "several_lines", "Patients of several lines"
LAST = 4
"""The line from which later ones are taken together."""
WITHIN = "within lines (line as stratum)"


def several_lines(data: Material) -> CardItem:
    """B.6: count in which line each group is, and compare within lines; never as if the line did not matter."""
    if not data.compares or data.result.cohort.guard.late:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    line = _lines(data)
    known = np.isfinite(line)
    if known.mean() < COVARIATE_KNOWN.value:
        finding = "The records do not say for enough patients in which line they are."
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, finding)
    present = np.unique(line[known])
    if present.size == 1:
        return CardItem(ID, NAME, TITLE, Status.OK, f"All patients are in {_named(present[0])}.")
    shares = {
        group: [float((line[known & (data.group == index)] == each).mean()) for each in present]
        for index, group in enumerate(data.groups)
    }
    measures = [
        Measure("share_in_the_line", value, group, method=_named(each))
        for group, values in shares.items()
        for each, value in zip(present, values, strict=True)
    ]
    answers, within = _answers(data, line, known, present)
    test = _interaction(data, line, known, present)
    measures += (
        [Measure("interaction_p_value", test.p_value, method="likelihood ratio, groups by lines")] if test else []
    )
    columns = np.array(list(shares.values()))
    apart = columns.max(axis=0) - columns.min(axis=0)
    shown = present[int(apart.argmax())] if apart.max() > 0 else present[0]
    lines = f"{len(present)} lines, from {_named(present[0])} to {_named(present[-1])}."
    finding = f"{lines} {_counts(data, line, known, shown)}{_said(answers, within)}"
    finding += f" Ratios between lines: {p_statement(test.p_value)} for a difference." if test else ""
    reasons = _reasons(float(apart.max()), answers, within, test)
    item = CardItem(ID, NAME, TITLE, Status.OK, finding, measures=tuple(measures), answers=answers)
    if not reasons:
        return item
    return item.warned(
        " ".join(reasons),
        "Restrict the population to one line, or give 'strata: [prior_lines]' to the survival analysis.",
    )


def _lines(data: Material) -> np.ndarray:
    """Return the line each patient begins at time zero, from 1 to `LAST`; nan where it is not known."""
    covariate = covariate_named("prior_lines", data.result.records.drugs)
    if covariate is None:
        return np.full(data.days.size, np.nan)
    patients = data.result.cohort.patients
    at = patients.select("patient_id", day="time_zero")
    values = covariate.derive(data.result.records, at, data.result.definitions)["value"]
    before = np.array([np.nan if value is None else float(value) for value in values.to_list()])
    return np.minimum(before + 1, LAST)


def _named(line: float) -> str:
    return f"line {line:.0f}" if line < LAST else f"line {LAST} or later"


def _counts(data: Material, line: np.ndarray, known: np.ndarray, shown: float) -> str:
    """Say how many of each group are in one line."""
    each = []
    for index, group in enumerate(data.groups):
        own = line[known & (data.group == index)]
        inside = int((own == shown).sum())
        each.append(f"{inside} of {counted(own.size, 'patient')} ({percent(inside, own.size)}%) of {group}")
    return f"In {_named(shown)}: {listed(each)}."


def _answers(
    data: Material, line: np.ndarray, known: np.ndarray, present: np.ndarray
) -> tuple[tuple[AnswerUnder, ...], tuple[AnswerUnder, ...]]:
    """Return all answers, and those within lines."""
    base = as_asked(data)
    found = [*hazard_ratios(data, base, "as asked")]
    within = _stratified(data, line, known)
    for each in present:
        rows = known & (line == each)
        least = min(int((base.event & rows & (data.group == index)).sum()) for index in range(len(data.groups)))
        if least >= LEAST_CONTROL_EVENTS.value:
            found += resting_on(Premise.PART, hazard_ratios(data, part_of(base, rows), f"in {_named(each)}"))
    first = len(data.others)
    return (*found[:first], *within, *found[first:]), within


def _stratified(data: Material, line: np.ndarray, known: np.ndarray) -> tuple[AnswerUnder, ...]:
    return hazard_ratios(data, part_of(as_asked(data), known), WITHIN, strata=line[known])


def _interaction(data: Material, line: np.ndarray, known: np.ndarray, present: np.ndarray) -> ChiSquareTest | None:
    """Test whether the ratios differ between lines: products of groups and lines beside both, lines as strata."""
    exposed, levels = data.indicators(known), (line[known][:, None] == present[1:]).astype(float)
    products = (exposed[:, :, None] * levels[:, None, :]).reshape(exposed.shape[0], -1)
    try:
        fit = cox(data.days[known], data.event[known], np.hstack([exposed, products]), strata=line[known])
        return likelihood_ratio_test(fit, np.arange(exposed.shape[1], fit.coefficients.size))
    except NotEstimableError:
        return None


def _said(answers: tuple[AnswerUnder, ...], within: tuple[AnswerUnder, ...]) -> str:
    if not within or not np.isfinite(within[0].estimate.value):
        return ""
    return f" Hazard ratio {ratio(answers[0].estimate.value)} as asked, {ratio(within[0].estimate.value)} within lines."


def _reasons(
    apart: float,
    answers: tuple[AnswerUnder, ...],
    within: tuple[AnswerUnder, ...],
    test: ChiSquareTest | None,
) -> list[str]:
    reasons = []
    if apart > LINE_SHARES.value:
        reasons.append("Later lines fare worse whatever came before: the group with more of them looks worse.")
    asked = {item.group: item.estimate for item in answers if item.label == "as asked"}
    moved = [abs(np.log(item.estimate.value / asked[item.group].value)) for item in within]
    if any(value > LINE_RULE_SHIFT.value for value in moved):
        reasons.append("The ratio within lines is another.")
    if any(_holds_one(item.estimate) and not _holds_one(asked[item.group]) for item in within):
        reasons.append("Within lines the interval holds 1.")
    if test is not None and test.p_value < INTERACTION_P.value:
        reasons.append("One ratio for all lines is an average of unlike ones.")
    return reasons


def _holds_one(estimate: Estimate) -> bool:
    return bool(estimate.low <= 1 <= estimate.high)
