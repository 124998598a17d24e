"""Best response, the rates drawn from it and how long responses lasted, by group, with exact intervals."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.assessed import Assessed
from sequela.analyses.characteristics import EVERYONE
from sequela.analyses.conventions import CONVENTIONS, Conventions
from sequela.analyses.results import Estimate, Proportion, Response, ResponseDuration, Test
from sequela.analyses.table_tests import category_tests
from sequela.analyses.tidy import Row, estimate_row, row, tidy
from sequela.derive.best_response import ORDER, READINGS, RECIST, ResponseRules
from sequela.derive.covariate import DEFAULT_DEFINITIONS, Definitions
from sequela.derive.lines import columns_of_lines
from sequela.derive.response import best_response
from sequela.errors import NotEstimableError
from sequela.records.bundle import Records
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from sequela.stats.proportion_difference import (
    ProportionDifference,
    exact_difference,
    miettinen_nurminen_difference,
    newcombe_difference,
    wald_difference,
)
from sequela.stats.proportions import exact_interval
from sequela.study.cohort import Cohort

NAN = float("nan")
DIFFERENCES: dict[str, Callable[..., ProportionDifference]] = {
    "score": miettinen_nurminen_difference,
    "newcombe": newcombe_difference,
    "exact": exact_difference,
    "wald": wald_difference,
}
"""Limits of a difference of two rates, by the name a study gives them."""


def response(
    cohort: Cohort,
    records: Records,
    rules: ResponseRules = RECIST,
    definitions: Definitions = DEFAULT_DEFINITIONS,
    conventions: Conventions = CONVENTIONS["default"],
    read: Assessed | None = None,
    difference: str = "score",
) -> Response:
    """Describe the best response to the line of time zero, and compare the rates.

    Everybody counts in the denominator; a patient without an evaluable assessment (NE) is
    neither a response nor disease control. Clopper & Pearson (1934) doi:10.1093/biomet/26.4.404.
    Rates of each group less that of the reference have limits by `difference`, one of `DIFFERENCES`.
    Assessments come from `read`, else from the records as they are; lines always from the records.
    Where they come from lesions, who has none at baseline is left out and counted, and so is in any case
    whose assessments lost rows to the quarantine.

    Raises
    ------
    NotEstimableError
        Where a group has no patient whose lesions tell the response.
    """
    read = read or Assessed(records)
    everyone = len(cohort.patients)
    cohort = _decidable(cohort, read)
    found = best_response(read.records, *window(cohort, records, definitions), rules)
    groups = (*cohort.groups, EVERYONE)
    member = members(cohort)
    sizes = tuple(int(chosen.sum()) for chosen in member)
    best = found["best"].to_numpy()
    counts = tuple((level, tuple(int((best[chosen] == level).sum()) for chosen in member)) for level in ORDER)
    rates = tuple(
        proportion(name, label, meaning, found[column], member, conventions)
        for name, label, meaning, column in (
            ("objective_response", "Objective response", _objective(rules), "responded"),
            ("disease_control", "Disease control", _control(rules), "controlled"),
            ("clinical_benefit", "Clinical benefit", _benefit(rules), "benefited"),
        )
    )
    rates = tuple(replace(rate, differences=differences(rate, cohort, difference)) for rate in rates)
    durations = tuple(_duration(found.filter(pl.Series(chosen)), conventions) for chosen in member)
    rows = _rows(groups, sizes, counts, rates, durations)
    if read.reading:
        rows = rows.with_columns(pl.lit("from lesions").alias("endpoint"))
    cautions = (*_left_out(everyone, cohort, read), *_cautions(found, rules), *read.cautions)
    return Response(groups, sizes, counts, rates, rows, cautions, durations, reading(rules), read.reading)


def _decidable(cohort: Cohort, read: Assessed) -> Cohort:
    """Leave out the patients whose response cannot be known; a response that nobody looked for is not a no."""
    if read.instead is None and read.records.table("assessments").is_empty():
        raise NotEstimableError("response: the records hold no assessments.")
    unread = read.records.incomplete_patients("assessments")
    patients = cohort.patients.filter(~pl.col("patient_id").is_in(unread.implode()))
    empty = [group for group in cohort.groups if group not in set(patients["group"])]
    if empty:
        has = "has assessments none of which were refused"
        if read.instead is not None:
            has = "has a lesion measured at baseline"
        asked = "response" if read.instead is None else "response from lesions"
        raise NotEstimableError(f"{asked}: nobody of {' and '.join(empty)} {has}.")
    return replace(cohort, patients=patients)


def _left_out(everyone: int, cohort: Cohort, read: Assessed) -> tuple[str, ...]:
    missing = everyone - len(cohort.patients)
    if not missing:
        return ()
    why = "which refused rows of assessments leave open"
    if read.instead is not None:
        why = "which their lesions cannot tell: no baseline that is accepted, a new lesion that was never measured, or "
        why += "refused rows"
    return (f"{missing} of {everyone} patients are left out of the response, {why}.",)


def window(cohort: Cohort, records: Records, definitions: Definitions) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (patient_id, day of time zero) and (patient_id, day on which the next line starts)."""
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    lines = columns_of_lines(records, definitions.line_rules, "patient_id", "start")
    later = at.join(lines.rename({"start": "begins"}), on="patient_id").filter(pl.col("begins") > pl.col("day"))
    return at, later.group_by("patient_id").agg(pl.col("begins").min().alias("day"))


def members(cohort: Cohort) -> list[np.ndarray]:
    """Return who belongs to each group, and everybody."""
    member = [cohort.patients["group"].to_numpy() == name for name in cohort.groups]
    return [*member, np.ones(len(cohort.patients), dtype=bool)]


def reading(rules: ResponseRules) -> str:
    """Say how best responses are read, without a full stop."""
    if not rules.confirmed:
        return "A complete or partial response counts without confirmation"
    text = f"A complete or partial response counts where a second assessment at least {rules.confirmation_days} days "
    return f"{text}later confirms it; of a partial response after a complete one, {_named(rules)}"


def _named(rules: ResponseRules) -> str:
    return READINGS[rules.complete_then_partial]


def _objective(rules: ResponseRules) -> str:
    return "confirmed complete or partial response" if rules.confirmed else "complete or partial response"


def _control(rules: ResponseRules) -> str:
    if rules.control_months:
        return f"{_objective(rules)}, or stable disease for more than {rules.control_months:g} months"
    return f"{_objective(rules)}, or stable disease at least {rules.stable_days} days after time zero"


def _benefit(rules: ResponseRules) -> str:
    return f"{_objective(rules)}, or stable disease for at least {rules.benefit_weeks:g} weeks"


def _cautions(found: pl.DataFrame, rules: ResponseRules) -> tuple[str, ...]:
    total, unseen, disputed = len(found), int((found["best"] == "NE").sum()), int(found["disputed"].sum())
    cautions = [f"{unseen} of {total} patients have no evaluable assessment."] if unseen else []
    if disputed:
        name = rules.complete_then_partial
        cautions.append(
            f"In {disputed} of {total} patients a partial response follows a complete one; it was read {name}."
        )
    return tuple(cautions)


def proportion(
    name: str,
    label: str,
    definition: str,
    reached: pl.Series,
    member: list[np.ndarray],
    conventions: Conventions = CONVENTIONS["default"],
) -> Proportion:
    """Return how many of each group, then of everyone, reached something, with exact intervals and tests.

    A group without anybody has no proportion, and then nothing is tested.
    """
    hit = reached.to_numpy()
    counts = tuple(int(hit[chosen].sum()) for chosen in member)
    sizes = tuple(int(chosen.sum()) for chosen in member)
    estimates = tuple(_exact(count, size) for count, size in zip(counts, sizes, strict=True))
    table = np.array([[count, size - count] for count, size in zip(counts[:-1], sizes[:-1], strict=True)]).T
    tests: tuple[Test, ...] = tuple(category_tests(table, conventions)) if len(member) > 2 and all(sizes) else ()
    return Proportion(name, label, definition, counts, sizes, estimates, tests)


def differences(rate: Proportion, cohort: Cohort, method: str) -> tuple[tuple[str, Estimate | None], ...]:
    """Return the rate of each group less that of the reference, which has none."""
    if cohort.reference not in cohort.groups or len(cohort.groups) < 2:
        return ()
    place = cohort.groups.index(cohort.reference)
    against = (rate.counts[place], rate.sizes[place])
    pairs = zip(cohort.groups, rate.counts[:-1], rate.sizes[:-1], strict=True)
    return tuple(
        (group, None if group == cohort.reference else _less((count, size), against, method))
        for group, count, size in pairs
    )


def _less(first: tuple[int, int], second: tuple[int, int], method: str) -> Estimate:
    try:
        found = DIFFERENCES[method](*first, *second)
    except NotEstimableError as problem:
        return Estimate(NAN, NAN, NAN, f"not estimable: {problem}")
    return Estimate(found.value, found.low, found.high, found.method)


def _exact(count: int, size: int) -> Estimate:
    if not size:
        return Estimate(NAN, NAN, NAN, "nobody")
    limits = exact_interval(count, size)
    return Estimate(count / size, limits.low, limits.high, "Clopper-Pearson exact")


def _duration(found: pl.DataFrame, conventions: Conventions) -> ResponseDuration:
    responders = found.filter("responded")
    if responders.is_empty():
        nothing = Estimate(NAN, NAN, NAN, "no response")
        return ResponseDuration(0, 0, nothing, nothing)
    days, event = responders["lasted_days"].to_numpy().astype(float), responders["lasted_event"].to_numpy()
    median = quantile(kaplan_meier(days, event, interval=conventions.interval), 0.5, dialect=conventions.median)
    soon = responders["response_days"].to_numpy().astype(float)
    return ResponseDuration(
        n=len(days),
        events=int(event.sum()),
        median=Estimate(median.value, median.low, median.high, median.method),
        until_response=Estimate(float(np.median(soon)), float(soon.min()), float(soon.max()), "median, range"),
    )


def _rows(
    groups: tuple, sizes: tuple, counts: tuple, rates: tuple[Proportion, ...], durations: tuple[ResponseDuration, ...]
) -> pl.DataFrame:
    rows: list[Row] = []
    for level, line in counts:
        for group, size, count in zip(groups, sizes, line, strict=True):
            rows.append(row("response", "count", count, variable="best_response", level=level, group=group, n=size))
    for rate in rates:
        rows += proportion_rows("response", rate, groups)
    for group, lasted in zip(groups, durations, strict=True):
        place = {"group": group, "n": lasted.n, "events": lasted.events}
        rows.append(estimate_row("response", "median_days", lasted.median, variable="duration_of_response", **place))
        rows.append(estimate_row("response", "days", lasted.until_response, variable="time_to_response", **place))
    return tidy(rows)


def proportion_rows(analysis: str, rate: Proportion, groups: tuple[str, ...]) -> list[Row]:
    """Return the counts, proportions and p-values of a rate as rows of the tidy table."""
    rows: list[Row] = []
    for group, size, count, estimate in zip(groups, rate.sizes, rate.counts, rate.estimates, strict=True):
        place = {"variable": rate.name, "group": group, "n": size, "events": count}
        rows.append(row(analysis, "count", count, **place))
        rows.append(estimate_row(analysis, "proportion", estimate, **place))
    for group, less in rate.differences:
        if less is not None:
            rows.append(estimate_row(analysis, "proportion_difference", less, variable=rate.name, group=group))
    return rows + [row(analysis, "p_value", test.p_value, variable=rate.name, method=test.name) for test in rate.tests]
