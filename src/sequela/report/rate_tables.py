"""Rates as printed tables: best response, response by site, where the sites of a patient disagree."""

from dataclasses import replace

from sequela.analyses.results import Proportion, Response, SiteOutcome, Sites
from sequela.analyses.wording import (
    count_percent,
    explained,
    median_months,
    months,
    p_value,
    share,
    with_interval,
)
from sequela.report.display_table import DisplayTable, Row
from sequela.report.table_words import labelled_row, name_of_test, sentence, sized, test_cells

BEST_RESPONSE = {
    "CR": "Complete response (CR)",
    "PR": "Partial response (PR)",
    "SD": "Stable disease (SD)",
    "NON-CR/NON-PD": "Neither CR nor PD",
    "PD": "Progressive disease (PD)",
    "NE": "Not evaluable (NE)",
}


def response_table(result: Response) -> DisplayTable:
    """Print best response and the rates drawn from it, with exact intervals and named tests."""
    compared = any(proportion.tests for proportion in result.proportions)
    columns = ("Best response, n (%)", *sized(result.groups, result.sizes)) + (("p", "Test") if compared else ())
    blank = ("", "") if compared else ()
    rows = [
        Row(
            (
                BEST_RESPONSE.get(name, name),
                *(count_percent(count, size) for count, size in zip(counts, result.sizes, strict=True)),
                *blank,
            )
        )
        for name, counts in result.best
    ]
    for proportion in result.proportions:
        rows += _proportion_rows(proportion, compared)
    rows += [Row((*cells, *blank)) for cells in _duration_rows(result)]
    notes = [sentence(result.reading)] if result.reading else []
    notes += [f"{item.label}: {sentence(item.definition)}" for item in result.proportions if item.definition]
    notes += explained([cell for row in rows for cell in row.cells[1:]])
    title = "Best response and response rates" + (f", read from {result.read_from}" if result.read_from else "")
    return DisplayTable("response", title, columns, tuple(rows), tuple(notes))


def sites_table(result: Sites) -> DisplayTable:
    """Print each site: patients followed there, best responses, response rate, progressions."""
    rows: list[Row] = []
    for outcome in result.outcomes:
        rows.append(labelled_row(f"{sentence(outcome.site, stop='')}, patients followed", map(str, outcome.followed)))
        for level, counts in outcome.best:
            if any(counts):
                pairs = zip(counts, outcome.followed, strict=True)
                cells = (count_percent(count, size) if size else "–" for count, size in pairs)
                rows.append(Row((BEST_RESPONSE.get(level, level), *cells), indent=1))
        rows += [
            replace(line, indent=1) for line in _proportion_rows(replace(outcome.responded, label="Response"), False)
        ]
        rows.append(Row(("progression there, all patients", *map(str, outcome.progressed)), indent=1))
        rows += _site_incidence_rows(outcome)
    notes = (
        "Each site is read from its own lesions by the limits of RECIST 1.1; there is no standard for this.",
        "Best responses are of the patients with a lesion there at baseline.",
        "Probability of progression there: of all patients with lesions, by Aalen-Johansen, death before it competing.",
    )
    return DisplayTable("sites", "Response by site", ("Site", *sized(result.groups, result.sizes)), tuple(rows), notes)


def _site_incidence_rows(outcome: SiteOutcome) -> list[Row]:
    days = sorted({day for read in outcome.incidence for day, _ in read})
    rows = []
    for day in days:
        cells = (next((with_interval(e, share) for at, e in read if at == day), "–") for read in outcome.incidence)
        rows.append(
            Row((f"progression there by {months(day).removesuffix('.0')} months, % (95% CI)", *cells), indent=1)
        )
    return rows


def disagreement_table(result: Sites) -> DisplayTable:
    """Print how often the sites of a patient disagree, and progression-free survival without a site."""
    compared = any(item.tests for item in result.proportions)
    columns = ("", *sized(result.groups, result.sizes)) + (("p", "Test") if compared else ())
    blank = ("", "") if compared else ()
    rows = [row for item in result.proportions for row in _proportion_rows(item, compared)]
    for worse, better, count in result.confined:
        cells = (*("" for _ in result.groups[:-1]), str(count), *blank)
        rows.append(Row((f"progression in {', '.join(worse)}; response in {', '.join(better)}", *cells), indent=1))
    for label, survival in result.progression_free:
        cells = (*(median_months(group.median) for group in survival.groups), "", *blank)
        rows.append(Row((f"Progression-free survival, {label}, median, months (95% CI)", *cells)))
    notes = [f"{item.label}: {sentence(item.definition)}" for item in result.proportions]
    if result.progression_free:
        notes.append("Progression-free survival without a site is exploratory: it is no endpoint of any guideline.")
    notes += explained([cell for row in rows for cell in row.cells[1:]])
    return DisplayTable("disagreement", "Where the sites of a patient disagree", columns, tuple(rows), tuple(notes))


def _proportion_rows(proportion: Proportion, compared: bool) -> list[Row]:
    cells = tuple(
        f"{count} of {size}; {with_interval(estimate, share)}"
        for count, size, estimate in zip(proportion.counts, proportion.sizes, proportion.estimates, strict=True)
    )
    label = f"{proportion.label}, % (exact CI)"
    if not compared:
        return [Row((label, *cells))]
    apart = [_difference_row(proportion, len(cells))] if proportion.differences else []
    first = test_cells(proportion.tests[0]) if proportion.tests else ("", "")
    others = [
        Row(("by another test", *("" for _ in cells), p_value(test.p_value), name_of_test(test)), indent=1)
        for test in proportion.tests[1:]
    ]
    return [Row((label, *cells, *first)), *apart, *others]


def _difference_row(proportion: Proportion, columns: int) -> Row:
    """Print each group less the reference under its own column."""
    cells = [with_interval(less, share) if less else "reference" for _, less in proportion.differences]
    blank = ("",) * (columns - len(cells))
    return Row(("difference from the reference, percentage points (95% CI)", *cells, *blank, "", ""), indent=1)


def _duration_rows(result: Response) -> list[tuple[str, ...]]:
    if not any(item.n for item in result.durations):
        return []
    lasted = (median_months(item.median) if item.n else "–" for item in result.durations)
    soon = (with_interval(item.until_response, months) if item.n else "–" for item in result.durations)
    return [
        ("Responders with progression or death since", *(f"{i.events} of {i.n}" for i in result.durations)),
        ("Duration of response, median, months (95% CI)", *lasted),
        ("Time to response, median, months (range)", *soon),
    ]
