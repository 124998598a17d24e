"""Printed quantities that a run of the paper's study computes.

Each function takes the material and what `rows.yaml` gives it. A selector is a mapping of
columns of the tidy results (`variable`, `level`, `group`, `statistic`, ...) to a value, or to a
list of values whose counts are added.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import polars as pl

from sequela.analyses.study_result import StudyResult
from sequela.errors import StudyError
from sequela.records.dates import DAYS_PER_MONTH
from sequela.replicate.material import Computed, Material
from sequela.replicate.printed_numbers import Number

_SELECTABLE = ("analysis", "endpoint", "variable", "level", "group", "statistic", "method")


def _result(material: Material) -> StudyResult:
    if material.result is None:
        raise StudyError(f"{material.paper.name}: a row asks for the run of a study, but there is no study.yaml")
    return material.result


def _tidy(material: Material) -> pl.DataFrame:
    return pl.concat([analysis.results for analysis in _result(material).analyses])


def _select(material: Material, selector: Mapping[str, Any]) -> pl.DataFrame:
    """Return the rows of the tidy results that a selector names; at least one, and one per listed value."""
    chosen = _tidy(material)
    expected = 1
    for column in _SELECTABLE:
        if column in selector:
            wanted = selector[column] if isinstance(selector[column], list) else [selector[column]]
            expected *= len(wanted)
            chosen = chosen.filter(pl.col(column).is_in([str(value) for value in wanted]))
    if len(chosen) != expected:
        raise StudyError(f"{material.paper.name}: {dict(selector)} names {len(chosen)} results; expected {expected}")
    return chosen


def _count(material: Material, selector: Mapping[str, Any]) -> tuple[int, int]:
    """Return a count, added over listed levels, and its denominator."""
    rows = _select(material, {"statistic": "count", **selector})
    return round(rows["value"].sum()), int(rows["n"][0])


def counts(material: Material, selectors: list[Mapping[str, Any]]) -> Computed:
    """Return one count per selector."""
    found = [_count(material, selector) for selector in selectors]
    return Computed(tuple(count for count, _ in found), note=", ".join(f"{k} of {n}" for k, n in found))


def counts_of(material: Material, selectors: list[Mapping[str, Any]]) -> Computed:
    """Return count and denominator per selector."""
    return Computed(tuple(number for selector in selectors for number in _count(material, selector)))


def count_and_percent(material: Material, selector: Mapping[str, Any]) -> Computed:
    """Return a count and its percentage."""
    count, size = _count(material, selector)
    return Computed((count, Fraction(100 * count, size)), note=f"{count} of {size} patients of the run")


def percent(material: Material, selector: Mapping[str, Any]) -> Computed:
    """Return a count as an exact percentage of the patients with a value."""
    count, size = _count(material, selector)
    return Computed((Fraction(100 * count, size),), of=f"{count}/{size}")


def total(material: Material, selectors: list[Mapping[str, Any]]) -> Computed:
    """Return the sum of counts."""
    parts = [_count(material, selector)[0] for selector in selectors]
    return Computed((sum(parts),), note=" + ".join(map(str, parts)) + f" = {sum(parts)}")


def difference(material: Material, selectors: Mapping[str, list[Mapping[str, Any]]]) -> Computed:
    """Return counts minus other counts, and tell whether each lies between none and a limit.

    Keys `of`, `without` and `at_most`, each a list of selectors of the same length.
    """
    lists = (selectors["of"], selectors["without"], selectors["at_most"])
    sides = [[_count(material, selector)[0] for selector in side] for side in lists]
    left = [whole - part for whole, part in zip(sides[0], sides[1], strict=True)]
    holds = all(0 <= count <= limit for count, limit in zip(left, sides[2], strict=True))
    note = "; ".join(
        f"{whole} - {part} = {rest} of {limit}"
        for whole, part, rest, limit in zip(sides[0], sides[1], left, sides[2], strict=True)
    )
    return Computed(tuple(left), note=note, holds=holds)


def values(material: Material, selectors: list[Mapping[str, Any]]) -> Computed:
    """Return numbers of the tidy results.

    A selector may add `part` (value, low, high, or a list of them) and `unit: months`, which
    divides days by 30.4375.
    """
    found: list[Number] = []
    for selector in selectors:
        row = _select(material, selector).row(0, named=True)
        parts = selector.get("part", "value")
        divisor = DAYS_PER_MONTH if selector.get("unit") == "months" else 1
        found += [_divided(row[part], divisor) for part in (parts if isinstance(parts, list) else [parts])]
    return Computed(tuple(found))


def _divided(value: float | None, divisor: float) -> float:
    return float("nan") if value is None else value / divisor


def flow(material: Material, what: str) -> Computed:
    """Return the patients who remain at the end of the cohort's flow; `what` is `remaining`."""
    if what != "remaining":
        raise StudyError(f"{material.paper.name}: flow knows 'remaining', not {what!r}")
    steps = _result(material).cohort.flow
    lost = [step.excluded + step.undecidable for step in steps]
    note = " - ".join(map(str, [steps[0].before, *(number for number in lost if number)]))
    return Computed((steps[-1].after,), note=f"{note} = {steps[-1].after}")


def group_sizes(material: Material, what: str) -> Computed:
    """Return the sum of the group sizes; `what` is `sum`."""
    if what != "sum":
        raise StudyError(f"{material.paper.name}: group_sizes knows 'sum', not {what!r}")
    cohort = _result(material).cohort
    sizes = [int((cohort.patients["group"] == name).sum()) for name in cohort.groups]
    return Computed((sum(sizes),), note=" + ".join(map(str, sizes)) + f" = {sum(sizes)}")


def reason_stopped(material: Material, given: Mapping[str, str]) -> Computed:
    """Return, of the patients who stopped the drug begun at time zero, the percentage with a reason.

    Keys `drug` and `reason`. A patient still on treatment has no reason and does not count.
    """
    zero = _result(material).cohort.patients.select("patient_id", pl.col("time_zero").alias("start"))
    courses = material.records.table("exposures").filter(pl.col("drug") == given["drug"])
    reasons = zero.join(courses, on=["patient_id", "start"], how="inner")["reason_stopped"].drop_nulls().to_list()
    if not reasons:
        raise StudyError(f"{material.paper.name}: nobody has a reason for stopping {given['drug']}")
    count = reasons.count(given["reason"])
    return Computed((Fraction(100 * count, len(reasons)),), of=f"{count}/{len(reasons)}")
