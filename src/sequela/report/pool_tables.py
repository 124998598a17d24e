"""The tables of a pool: its studies, how it moves with each choice, and what was left out."""

import math

from sequela.analyses.wording import NOT_ESTIMABLE, interval, p_statement, ratio, rounded, share
from sequela.evidence.pooled_proportion import PooledProportion
from sequela.evidence.pooling import Pooled
from sequela.evidence.readings import HAZARD_RATIO, MEDIAN, contradictions
from sequela.evidence.register import GROUP, REFERENCE, Result
from sequela.evidence.synthesis import INSTEAD, METHOD, READ, WITHOUT, StudyRow, Synthesis
from sequela.report.display_table import DisplayTable, Row
from sequela.report.own_study import OwnStudy

PUBLISHED = "published"
"""What stands where a table of patients names the kind of its records."""
POOLED, PREDICTION, OWN = "Pooled", "A new study, prediction", "Own study"
KINDS = {
    WITHOUT: "without {}",
    READ: "reading {}",
    INSTEAD: "taking {}",
    METHOD: "{}",
}
AGAINST = " against "
"""Between group and reference in the comparison of a register."""
LARGEST = 100
"""A ratio or a median beyond it says no more than the bound."""
NAMES = {
    "pfs": "progression-free survival",
    "os": "overall survival",
    "duration": "duration of treatment",
    "response": "response",
    "disease_control": "disease control",
    "clinical_benefit": "clinical benefit",
}


def written(value: float, measure: str) -> str:
    """Write a ratio, months or a percentage of a pool; only the bound above 100."""
    if math.isnan(value):
        return NOT_ESTIMABLE
    if measure not in (HAZARD_RATIO, MEDIAN):
        return share(value)
    if value > LARGEST:
        return f">{LARGEST}"
    return ratio(value) if measure == HAZARD_RATIO else rounded(value, 1)


def with_limits(value: float, low: float, high: float, measure: str) -> str:
    """Write a number with its interval: `1.80 (0.59–5.47)`."""
    limits = interval(low, high, lambda limit: written(limit, measure))
    return f"{written(value, measure)} ({limits})"


def prediction(synthesis: Synthesis) -> str:
    """Write where a new study would lie: `0.39–8.40`, `0.01 to >100`."""
    ends = (synthesis.prediction_low, synthesis.prediction_high)
    low, high = (written(end, synthesis.selection.measure) for end in ends)
    return f"{low} to {high}" if {low[0], high[0]} & set("<>") else f"{low}–{high}"


def unit(measure: str) -> str:
    """Return what the numbers are, as the head of a column."""
    heads = {HAZARD_RATIO: "Hazard ratio (95% CI)", MEDIAN: "Median, months (95% CI)"}
    return heads.get(measure, "Patients, % (95% CI)")


def title(synthesis: Synthesis) -> str:
    """Return what was pooled, in words."""
    chosen = synthesis.selection
    clock = f", from {chosen.clock}" if chosen.clock else ""
    who = chosen.comparison if chosen.measure == HAZARD_RATIO else chosen.comparison.partition(AGAINST)[0]
    return f"{NAMES[chosen.endpoint].capitalize()}{clock}: {who}"


def study_table(synthesis: Synthesis, own: OwnStudy | None = None) -> DisplayTable:
    """Print the studies of the pool, the pool, where a new study would lie, and the user's own study last."""
    measure = synthesis.selection.measure
    rows = [_study_row(row, measure) for row in synthesis.rows]
    if synthesis.pooled is not None:
        number = with_limits(synthesis.value, synthesis.low, synthesis.high, measure)
        rows.append(Row((POOLED, "", number, "", "", "", "")))
        if not math.isnan(synthesis.prediction_low):
            limits = prediction(synthesis)
            rows.append(Row((PREDICTION, "", limits, "", "", "", "")))
    if own is not None:
        number = with_limits(own.value, own.low, own.high, measure)
        how = f"{own.group}, adjusted for {own.adjusted_for}" if own.adjusted_for else f"{own.group}, crude"
        where = f"{own.endpoint}; records {own.kind}"
        rows.append(Row((f"{OWN}: {own.label}", "", number, "", how, str(own.patients), where)))
    columns = ("Study", "Printed", unit(measure), "Weight, %", "Read from", "Patients", "Where")
    return DisplayTable(
        "pool", title(synthesis), columns, tuple(rows), (*heterogeneity_lines(synthesis), *_notes(synthesis))
    )


def sensitivity_table(synthesis: Synthesis) -> DisplayTable:
    """Print how the pool moves: without each study, by other readings, by other choices, by other methods."""
    measure = synthesis.selection.measure
    rows = tuple(
        Row((KINDS[other.kind].format(other.words), with_limits(other.value, other.low, other.high, measure)))
        for other in synthesis.others
    )
    reasons = [
        f"{item.result.label}: {reason}."
        for item in synthesis.selection.chosen
        for reason in contradictions(item.result)
    ]
    return DisplayTable("sensitivity", "How the pool moves", ("Changed", unit(measure)), rows, tuple(reasons))


def left_out_table(synthesis: Synthesis) -> DisplayTable:
    """Print every result of the endpoint that is not in the pool, and why."""
    rows = tuple(
        Row((item.result.label, printed(item.result), item.reason, item.result.location))
        for item in synthesis.selection.left_out
    )
    return DisplayTable("left_out", "Left out", ("Study", "Printed", "Why", "Where"), rows)


def heterogeneity_lines(synthesis: Synthesis) -> tuple[str, ...]:
    """Return what the studies say about each other, in sentences."""
    match synthesis.pooled:
        case Pooled() as pooled:
            spread = pooled.heterogeneity
            q = f"Q = {rounded(spread.q, 2)} on {spread.degrees_of_freedom} df, {p_statement(spread.p_value)}"
            tau = f"τ² = {rounded(spread.tau2, 3)} (Q-profile {rounded(spread.low, 3)}–{rounded(spread.high, 3)})"
            lines = [
                f"{len(synthesis.rows)} studies, {pooled.method}, {pooled.interval} interval.",
                f"Heterogeneity: {q}; I² = {rounded(100 * spread.i2, 0)}%; {tau}.",
            ]
            if synthesis.small_studies is not None:
                found = p_statement(synthesis.small_studies.p_value)
                lines.append(f"Small studies differ from large ones (Egger's regression): {found}.")
            return tuple(lines)
        case PooledProportion() as share_of:
            test = f"{p_statement(share_of.p_value)} on {share_of.degrees_of_freedom} df"
            return (
                f"{len(synthesis.rows)} studies, {share_of.method}.",
                f"Heterogeneity: likelihood ratio {rounded(share_of.g, 2)}, {test}; τ² = {rounded(share_of.tau2, 3)}.",
            )
    return (f"{'One study' if synthesis.rows else 'No study'}; nothing was pooled.",)


def other_limits(synthesis: Synthesis) -> str:
    """Say which papers print other limits than the pooled ones, which are symmetric; empty where none does."""
    found = []
    for row in synthesis.rows:
        result, measure = row.candidate.result, synthesis.selection.measure
        number = {HAZARD_RATIO: result.hazard_ratio, MEDIAN: result.median.get(GROUP)}.get(measure)
        if number is None or number.low is None or number.high is None:
            continue
        limits = ((row.low, number.low.text), (row.high, number.high.text))
        if any(rounded(value, len(text.partition(".")[2])) != text for value, text in limits):
            found.append(f"{result.label} {number.low.text}–{number.high.text}")
    return f"Limits are as pooled, symmetric on the log scale; printed are {', '.join(found)}." if found else ""


def printed(result: Result) -> str:
    """Return the numbers of a result as the paper has them."""
    parts = []
    if result.hazard_ratio:
        parts.append(f"HR {result.hazard_ratio.text}")
    pairs = [result.median[name].text for name in (GROUP, REFERENCE) if name in result.median]
    if pairs:
        parts.append(f"median {' v '.join(pairs)} months")
    counts = ["/".join(map(str, result.count[name])) for name in (GROUP, REFERENCE) if name in result.count]
    if counts:
        parts.append(" v ".join(counts))
    if result.p:
        parts.append(f"p = {result.p.text}")
    if result.log_rank_p:
        parts.append(f"log-rank p = {result.log_rank_p.text}")
    return ", ".join(parts)


def _study_row(row: StudyRow, measure: str) -> Row:
    result = row.candidate.result
    weight = "" if math.isnan(row.weight) else rounded(100 * row.weight, 1)
    how = row.candidate.reading.words if row.candidate.readings else "count of patients"
    patients = " v ".join(str(result.patients[name]) for name in (GROUP, REFERENCE) if name in result.patients)
    number = with_limits(row.value, row.low, row.high, measure)
    where = f"{result.location} ({result.certainty})"
    return Row((result.label, printed(result), number, weight, how, patients, where))


def _notes(synthesis: Synthesis) -> tuple[str, ...]:
    notes = []
    for row in synthesis.rows:
        result = row.candidate.result
        assumed = row.candidate.reading.effect.assumed if row.candidate.readings else ""
        parts = (result.definition, assumed and f"assumed: {assumed}", result.note.rstrip("."))
        text = "; ".join(part for part in parts if part)
        if text:
            notes.append(f"{result.label}: {text}.")
    return tuple(notes)
