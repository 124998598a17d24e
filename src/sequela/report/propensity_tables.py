"""The groups made alike as printed tables: what the comparison found, and how alike they became."""

from sequela.analyses.propensity_results import BalanceOf, MadeAlike, Propensity, WeightedGroup
from sequela.analyses.results import HazardRatio
from sequela.analyses.wording import (
    DAYS_PER_MONTH,
    counted,
    explained,
    inside_sentence,
    listed,
    median_months,
    months,
    p_statement,
    ratio,
    rounded,
    share,
    with_interval,
)
from sequela.report.display_table import DisplayTable, Row, slug

POPULATIONS = {
    "overlap": "patients who might have been in either group (overlap weights)",
    "ate": "all patients of both groups (weights for the average effect, cut at the 1st and 99th percentile of each "
    "group)",
    "att": "patients like those of {} (weights for the effect in the treated, cut at the 1st and 99th percentile of "
    "each group)",
    "matching": "patients of {} who have a match (pairs within 0.2 standard deviations of the logit of the score)",
}
"""Whom a comparison speaks of, by its weights; the group stands in the brackets."""
SOURCES = {
    "overlap": ("li_2018",),
    "ate": ("austin_stuart_2015",),
    "att": ("austin_stuart_2015",),
    "matching": ("austin_2011",),
}
"""Where each way of weighting comes from."""
DOUBLY_ROBUST = (
    "Score and outcome model together (the outcome regressed on the same covariates, in pseudo-values of each group's "
    "curve): right where one of the two models is."
)
AUGMENTED = (
    "Score and outcome model together (the outcome regressed on the same covariates, in pseudo-values of each group's "
    "curve). Where the outcome model is right and the score is not, this is the difference in the patients whom that "
    "score weights."
)
MEASURED = "Only what was measured is made alike. What was not measured, the wait and the clock are as they were."


def propensity_tables(result: Propensity) -> tuple[DisplayTable, ...]:
    """Return, for each comparison, the table of what it found and the table of balance."""
    return tuple(table for item in result.comparisons for table in (_found(result, item), _balance(result, item)))


def compared(item: MadeAlike) -> str:
    """Return who is compared with whom."""
    return f"{item.groups[0].name} against {item.groups[1].name}"


def population(result: Propensity, item: MadeAlike) -> str:
    """Return whom the comparison speaks of."""
    return POPULATIONS[result.weights].format(item.groups[0].name)


def propensity_sentences(analysis: Propensity) -> list[tuple[str, tuple[str, ...]]]:
    """Return what a methods section says of the analysis, each sentence with the keys of its references."""
    given = listed([inside_sentence(label) for label in analysis.covariates])
    score = (
        f"The probability of being in a group rather than in the reference was fitted by logistic regression on {given}"
    )
    left = f"; {counted(analysis.left_out, 'patient')} without one of them left out" if analysis.left_out else ""
    trimmed = f"; scores below {analysis.trim:g} or above {1 - analysis.trim:g} were left out" if analysis.trim else ""
    whom = population(analysis, analysis.comparisons[0])
    again = "pairs as formed" if analysis.weights == "matching" else "the score fitted again in each"
    of = "centres" if analysis.cluster else "matched pairs" if analysis.weights == "matching" else "patients"
    sentences: list[tuple[str, tuple[str, ...]]] = [
        (score + left + trimmed, ("rosenbaum_rubin_1983",)),
        (f"The comparison speaks of {whom}", SOURCES[analysis.weights]),
        (
            "Weighted curves, the weighted log-rank test and the weighted hazard ratio have robust variances; limits "
            f"marked so are percentiles of {analysis.bootstrap} bootstrap samples of {of}, {again}",
            ("lin_wei_1989",),
        ),
    ]
    if analysis.weights != "matching":
        text = "Differences were also estimated from score and outcome model together, the outcome as pseudo-values"
        sentences.append((text, ("robins_1994", "andersen_2003")))
    return sentences


def _found(result: Propensity, item: MadeAlike) -> DisplayTable:
    horizon = f"{result.horizon_days / DAYS_PER_MONTH:g}"
    paired = result.weights == "matching"
    rows = [
        _row("Patients compared", [str(group.n) for group in item.groups]),
        _row("Not compared (trimmed, or without a match)", [str(group.left) for group in item.groups]),
        _row("Events", [str(group.events) for group in item.groups]),
        _row("Effective number of patients", [rounded(group.effective) for group in item.groups]),
        _row("Largest weight", [rounded(group.heaviest, 1) for group in item.groups]),
        _row(f"{_made(paired)} median, months (95% CI)", [median_months(group.median) for group in item.groups]),
        _row(
            f"{_made(paired)} event-free at {horizon} months, % (95% CI)",
            [with_interval(group.survival, share) for group in item.groups],
            with_interval(item.survival_difference, share),
        ),
        _row(
            f"{_made(paired)} mean event-free months up to {horizon} (95% CI)",
            [with_interval(group.mean, months) for group in item.groups],
            with_interval(item.mean_difference, months),
        ),
    ]
    for label, estimate, write in (
        (f"Event-free at {horizon} months, score and outcome model (95% CI)", item.augmented_survival, share),
        (f"Mean event-free months up to {horizon}, score and outcome model (95% CI)", item.augmented_mean, months),
    ):
        rows += [_row(label, ["", ""], with_interval(estimate, write))] if estimate else []
    made = _made(paired).lower()
    for how, found in item.ratios:
        rows.append(_row(f"Hazard ratio, {how.replace('weighted', made)} (95% CI)", ["", ""], _ratio(found)))
    if item.log_rank:
        rows.append(_row(f"Log-rank test, {made}", ["", ""], p_statement(item.log_rank.p_value)))
    columns = ("", *(group.name for group in item.groups), "Difference, ratio or test")
    notes = [*_notes(result, item), *explained([cell for row in rows for cell in row.cells[1:]])]
    title = f"{result.label}: {compared(item)}, made alike"
    return DisplayTable(f"propensity-{slug(result.endpoint)}", title, columns, tuple(rows), tuple(notes))


def _notes(result: Propensity, item: MadeAlike) -> list[str]:
    score = f"The score is the probability of {item.groups[0].name} given"
    covariates = listed([inside_sentence(label) for label in result.covariates])
    trim = f" Scores below {result.trim:g} or above {1 - result.trim:g} were left out." if result.trim else ""
    drawn = "matched pairs" if result.weights == "matching" else "centres" if result.cluster else "patients"
    again = ", pairs as formed" if result.weights == "matching" else ", the score fitted again in each"
    notes = [
        f"Speaks of {population(result, item)}. {score} {covariates} (logistic regression).{trim}",
        f"Limits are percentiles of {result.bootstrap} bootstrap samples of {drawn}{again}, unless the row says "
        "robust; limits of medians are robust.",
    ]
    if item.augmented_mean is not None:
        notes.append(AUGMENTED if result.weights == "overlap" else DOUBLY_ROBUST)
    return [*notes, MEASURED, *result.cautions]


def _balance(result: Propensity, item: MadeAlike) -> DisplayTable:
    names = [group.name for group in item.groups]
    after = "matched" if result.weights == "matching" else "weighted"
    columns = ("Covariate", *names, "Difference", *(f"{name}, {after}" for name in names), "Difference after")
    rows = tuple(Row((*_cells(line), _variances(line))) for line in item.balance)
    total = sum(group.score.size for group in item.groups)
    notes = (
        "Means, or percentages. Differences are in standard deviations of both groups before weighting; below 0.1 "
        "they hardly matter.",
        "The ratio of variances should lie between 0.5 and 2; beyond, the groups are alike in the mean only.",
        f"{item.outside} of {counted(total, 'patient')} have a score below 0.05 or above 0.95: next to nobody of the "
        "other group is like them.",
    )
    title = f"How alike {names[0]} and {names[1]} became"
    return DisplayTable(f"balance-{slug(result.endpoint)}", title, (*columns, "Variance ratio"), rows, notes)


def _cells(line: BalanceOf) -> tuple[str, ...]:
    def mean(value: float) -> str:
        return f"{share(value)}%" if line.binary else rounded(value, 1)

    before, after = (tuple(mean(value) for value in means) for means in (line.means_before, line.means_after))
    return (line.label, *before, rounded(line.before, 2), *after, rounded(line.after, 2))


def _variances(line: BalanceOf) -> str:
    return "" if line.binary else rounded(line.variance_ratio, 2)


def _made(paired: bool) -> str:
    return "Matched" if paired else "Weighted"


def _row(label: str, cells: list[str], last: str = "") -> Row:
    return Row((label, *cells, last))


def _ratio(found: HazardRatio) -> str:
    text = with_interval(found.estimate, ratio)
    return text if found.p_value != found.p_value else f"{text}, {p_statement(found.p_value)}"


def curve_in_words(item: MadeAlike) -> str:
    """Return what the weighted curves show, for those who do not see them."""
    return "; ".join(f"{group.name}: {_described(group)}" for group in item.groups)


def _described(group: WeightedGroup) -> str:
    return f"weighted median {median_months(group.median)} months, {counted(group.events, 'event')} in {group.n}"
