"""The growth modulation index by group, described and never compared."""

from collections.abc import Iterable

import polars as pl

from sequela.analyses.assessed import Assessed
from sequela.analyses.characteristics import EVERYONE
from sequela.analyses.conventions import CONVENTIONS, Conventions
from sequela.analyses.results import Estimate, GrowthGroup, GrowthModulation
from sequela.analyses.tidy import Row, estimate_row, row, tidy
from sequela.analyses.wording import counted
from sequela.derive.baseline import DEFAULT_DEFINITIONS, Definitions
from sequela.derive.endpoints import Endpoint
from sequela.derive.growth_modulation import WARNING, growth_modulation
from sequela.errors import NotEstimableError
from sequela.records.bundle import Records
from sequela.stats.kaplan_meier import kaplan_meier, quantile, survival_at
from sequela.study.cohort import Cohort

NAN = float("nan")


def growth(
    cohort: Cohort,
    records: Records,
    endpoint: Endpoint,
    above: Iterable[float],
    definitions: Definitions = DEFAULT_DEFINITIONS,
    conventions: Conventions = CONVENTIONS["default"],
    read: Assessed | None = None,
) -> GrowthModulation:
    """Describe how long the line of time zero held the disease, divided by how long the line before it did.

    The share of patients above a limit is the Kaplan-Meier estimate of the index, censored where the later time is.

    Parameters
    ----------
    cohort, records, definitions, conventions, read
        As in `sequela.analyses.survival.survival`.
    endpoint : Endpoint
        By which both lines are measured.
    above : iterable of float
        Limits of the index.

    Raises
    ------
    NotEstimableError
        Where nobody has an index.
    """
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    found = growth_modulation(records, at, endpoint, definitions.line_rules, None if read is None else read.instead)
    found = found.with_columns(cohort.patients["group"])
    limits = tuple(above)
    if not found["index"].count():
        raise NotEstimableError(f"growth_modulation: nobody has an index ({'; '.join(_left_out(found))}).")
    groups = tuple(_group(found.filter(group=name), name, limits, conventions) for name in cohort.groups)
    groups = (*groups, _group(found, EVERYONE, limits, conventions))
    cautions = (WARNING, *(f"{text}." for text in _left_out(found)), *_censored(found))
    label = endpoint.label.partition(" of line")[0]
    return GrowthModulation(label, limits, groups, tidy(_rows(groups, limits)), cautions)


def _group(found: pl.DataFrame, name: str, limits: tuple[float, ...], conventions: Conventions) -> GrowthGroup:
    valued = found.filter(pl.col("index").is_not_null())
    if valued.is_empty():
        return GrowthGroup(name, found.height, 0, 0, Estimate(NAN, NAN, NAN, "nobody has an index"), ())
    curve = kaplan_meier(valued["index"].to_numpy(), valued["event"].to_numpy(), interval=conventions.interval)
    median = quantile(curve, 0.5)
    longest = float(curve.time[-1])
    read = survival_at(curve, [limit for limit in limits if limit <= longest])
    method = f"Kaplan-Meier, {curve.interval}"
    shares = [
        Estimate(float(s), float(low), float(high), method)
        for s, low, high in zip(read.survival, read.low, read.high, strict=True)
    ]
    # Beyond the largest index nobody is left; where that one is censored the share is not known.
    rest = Estimate(0.0 if curve.survival[-1] == 0 else NAN, NAN, NAN, method)
    shares += [rest] * (len(limits) - len(shares))
    return GrowthGroup(
        name,
        found.height,
        valued.height,
        int(valued["event"].sum()),
        Estimate(median.value, median.low, median.high, median.method),
        tuple(shares),
    )


def _left_out(found: pl.DataFrame) -> list[str]:
    gone = found.filter(pl.col("index").is_null()).group_by("outcome", "reason").len().sort("outcome", "reason")
    total = counted(found.height, "patient")
    return [f"{n} of {total} without an index: {outcome}, {reason}" for outcome, reason, n in gone.iter_rows()]


def _censored(found: pl.DataFrame) -> tuple[str, ...]:
    censored = int((found["outcome"] == "censored").sum())
    if not censored:
        return ()
    return (
        f"The index of {counted(censored, 'patient')} is censored. A long earlier time makes a censored index small: "
        "censoring depends on the index itself, and shares may be too low or too high.",
    )


def _rows(groups: tuple[GrowthGroup, ...], limits: tuple[float, ...]) -> list[Row]:
    rows: list[Row] = []
    for group in groups:
        place = {"group": group.name, "n": group.indices, "events": group.complete}
        rows.append(row("growth_modulation", "patients", group.n, **place))
        rows.append(estimate_row("growth_modulation", "median_index", group.median, **place))
        for limit, share in zip(limits, group.shares, strict=False):
            rows.append(estimate_row("growth_modulation", "share_above", share, level=f"{limit:g}", **place))
    return rows
