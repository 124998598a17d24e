"""Best response and the rates drawn from it, by group, with exact intervals."""

import numpy as np
import polars as pl

from sequela.analyses.characteristics import EVERYONE, table_tests
from sequela.analyses.results import Estimate, Proportion, Response, Test
from sequela.analyses.tidy import Row, estimate_row, row, tidy
from sequela.derive.baseline import DEFAULT_DEFINITIONS, Definitions
from sequela.derive.lines import lines_of_therapy
from sequela.derive.response import ORDER, RECIST, ResponseRules, best_response
from sequela.records.bundle import Records
from sequela.stats.proportions import exact_interval
from sequela.study.cohort import Cohort


def response(
    cohort: Cohort, records: Records, rules: ResponseRules = RECIST, definitions: Definitions = DEFAULT_DEFINITIONS
) -> Response:
    """Describe the best response to the line of time zero, and compare the rates.

    Everybody counts in the denominator; a patient without an evaluable assessment (NE) is
    neither a response nor disease control. Clopper & Pearson (1934) doi:10.1093/biomet/26.4.404.
    """
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    lines = lines_of_therapy(records, definitions.line_rules)
    later = at.join(lines.rename({"start": "begins"}), on="patient_id").filter(pl.col("begins") > pl.col("day"))
    until = later.group_by("patient_id").agg(pl.col("begins").min().alias("day"))
    found = best_response(records, at, until, rules)
    groups = (*cohort.groups, EVERYONE)
    member = [cohort.patients["group"].to_numpy() == name for name in cohort.groups]
    member.append(np.ones(len(found), dtype=bool))
    sizes = tuple(int(chosen.sum()) for chosen in member)
    best = found["best"].to_numpy()
    counts = tuple((level, tuple(int((best[chosen] == level).sum()) for chosen in member)) for level in ORDER)
    rates = (
        _proportion(
            "objective_response", "Objective response", "complete or partial response", found["responded"], member
        ),
        _proportion("disease_control", "Disease control", _control(rules), found["controlled"], member),
    )
    rows = _rows(groups, sizes, counts, rates)
    unseen = dict(counts)["NE"][-1]
    cautions = (f"{unseen} of {sizes[-1]} patients have no evaluable assessment.",) if unseen else ()
    return Response(groups, sizes, counts, rates, rows, cautions)


def _control(rules: ResponseRules) -> str:
    return f"complete or partial response, or stable disease for more than {rules.control_months:g} months"


def _proportion(name: str, label: str, definition: str, reached: pl.Series, member: list[np.ndarray]) -> Proportion:
    hit = reached.to_numpy()
    counts = tuple(int(hit[chosen].sum()) for chosen in member)
    sizes = tuple(int(chosen.sum()) for chosen in member)
    estimates = tuple(_exact(count, size) for count, size in zip(counts, sizes, strict=True))
    table = np.array([[count, size - count] for count, size in zip(counts[:-1], sizes[:-1], strict=True)]).T
    tests: tuple[Test, ...] = tuple(table_tests(table)) if len(member) > 2 else ()
    return Proportion(name, label, definition, counts, sizes, estimates, tests)


def _exact(count: int, size: int) -> Estimate:
    limits = exact_interval(count, size)
    return Estimate(count / size, limits.low, limits.high, "Clopper-Pearson exact")


def _rows(groups: tuple, sizes: tuple, counts: tuple, rates: tuple[Proportion, ...]) -> pl.DataFrame:
    rows: list[Row] = []
    for level, line in counts:
        for group, size, count in zip(groups, sizes, line, strict=True):
            rows.append(row("response", "count", count, variable="best_response", level=level, group=group, n=size))
    for rate in rates:
        for group, size, count, estimate in zip(groups, rate.sizes, rate.counts, rate.estimates, strict=True):
            place = {"variable": rate.name, "group": group, "n": size, "events": count}
            rows.append(row("response", "count", count, **place))
            rows.append(estimate_row("response", "proportion", estimate, **place))
        rows += [row("response", "p_value", test.p_value, variable=rate.name, method=test.name) for test in rate.tests]
    return tidy(rows)
