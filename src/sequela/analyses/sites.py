"""Response by site and group: which sites responded and progressed, how often they disagreed, and what that decided."""

from dataclasses import replace

import numpy as np
import polars as pl

from sequela.analyses.assessed import Assessed, assessed
from sequela.analyses.characteristics import EVERYONE
from sequela.analyses.conventions import CONVENTIONS, INCIDENCE_ERRORS, Conventions
from sequela.analyses.response import members, proportion, proportion_rows, window
from sequela.analyses.results import Estimate, Proportion, SiteOutcome, Sites, Survival
from sequela.analyses.survival import survival
from sequela.analyses.tidy import Row, estimate_row, row, tidy
from sequela.derive.best_response import ORDER
from sequela.derive.covariate import DEFAULT_DEFINITIONS, Definitions
from sequela.derive.endpoint_files import PROFILES
from sequela.derive.recist_assessments import with_visits
from sequela.derive.recist_lesions import OTHER_SITE, SITES
from sequela.derive.recist_sites import (
    DIED,
    PROGRESSION,
    best_by_site,
    site_responses,
    site_times,
    soft_limit,
    without_site,
)
from sequela.derive.recist_time_points import read_visits
from sequela.errors import NotEstimableError
from sequela.records.bundle import Records
from sequela.records.dates import DAYS_PER_MONTH
from sequela.stats.competing_risks import cumulative_incidence, incidence_at
from sequela.study.cohort import Cohort
from sequela.study.questions import MILESTONES

ENDPOINT = "pfs.ema"
"""The endpoint that is read with and without a site."""


def sites(
    cohort: Cohort,
    records: Records,
    without: tuple[str, ...] = (),
    definitions: Definitions = DEFAULT_DEFINITIONS,
    conventions: Conventions = CONVENTIONS["default"],
) -> Sites:
    """Describe the response of each site from lesions, and how often the sites of one patient disagree.

    Parameters
    ----------
    cohort : Cohort
    records : Records
    without : tuple of str
        Sites without which progression-free survival is read once more; exploratory.
    definitions : Definitions
    conventions : Conventions

    Raises
    ------
    NotEstimableError
        Where nobody has a lesion measured at baseline.
    """
    read = assessed(records, cohort, "lesions", definitions)
    points = read.points
    if points is None or points.table.is_empty():
        raise NotEstimableError("sites: no patient of the study has lesions followed after time zero.")
    found = site_responses(points, definitions.recist)
    best = best_by_site(found, *window(cohort, records, definitions))
    patients, member = cohort.patients["patient_id"], members(cohort)
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    times = site_times(records, at, points, found)
    outcomes = tuple(
        replace(outcome, incidence=_incidence(times.filter(site=site), patients, member, conventions))
        for site in (*SITES, OTHER_SITE)
        if (outcome := _outcome(site, best.filter(site=site), patients, member)) is not None
    )
    apart = _apart(found.disagreement, patients, member, soft_limit(definitions.recist))
    free = _progression_free(cohort, records, read, without, (definitions, conventions))
    groups = (*cohort.groups, EVERYONE)
    rows = _rows(groups, outcomes, apart, free)
    confined = _confined(found.disagreement)
    return Sites(groups, tuple(int(m.sum()) for m in member), outcomes, apart, free, confined, rows, read.cautions)


def _outcome(site: str, best: pl.DataFrame, patients: pl.Series, member: list[np.ndarray]) -> SiteOutcome | None:
    """Return what became of one site; None where nobody has disease there."""
    if best.is_empty():
        return None
    here = pl.DataFrame({"patient_id": patients}).join(best, on="patient_id", how="left", maintain_order="left")
    followed = here["at_baseline"].fill_null(value=False).to_numpy()
    inside = [chosen & followed for chosen in member]
    response = here["best"].to_numpy()
    counts = tuple((level, tuple(int((response[chosen] == level).sum()) for chosen in inside)) for level in ORDER)
    responded = here["best"].is_in(["CR", "PR"]).fill_null(value=False)
    progressed = here["progression"].is_not_null()
    return SiteOutcome(
        site=site,
        followed=tuple(int(chosen.sum()) for chosen in inside),
        best=counts,
        responded=proportion("site_response", site, "complete or partial response of the site", responded, inside),
        progressed=tuple(int((progressed.to_numpy() & chosen).sum()) for chosen in member),
    )


def _incidence(
    times: pl.DataFrame, patients: pl.Series, member: list[np.ndarray], conventions: Conventions
) -> tuple[tuple[tuple[float, Estimate], ...], ...]:
    """Return per group the probability of progression in one site at the milestones that somebody reached."""
    here = pl.DataFrame({"patient_id": patients}).join(times, on="patient_id", how="left", maintain_order="left")
    found: list[tuple[tuple[float, Estimate], ...]] = []
    for chosen in member:
        own = here.filter(pl.Series(chosen) & pl.col("days").is_not_null())
        days, cause = own["days"].to_numpy().astype(float), own["cause"].to_numpy()
        reached = [
            month * DAYS_PER_MONTH for month in MILESTONES if own.height and month * DAYS_PER_MONTH <= days.max()
        ]
        if not reached:
            found.append(())
            continue
        curve = cumulative_incidence(
            days, cause, variance=conventions.incidence, interval=conventions.interval, causes=(PROGRESSION, DIED)
        )
        read = incidence_at(curve, PROGRESSION, reached)
        values = zip(read.time, read.incidence, read.low, read.high, strict=True)
        method = f"Aalen-Johansen, {curve.interval}{INCIDENCE_ERRORS[curve.variance]}"
        found.append(
            tuple((float(t), Estimate(float(f), float(low), float(high), method)) for t, f, low, high in values)
        )
    return tuple(found)


def _apart(table: pl.DataFrame, patients: pl.Series, member: list[np.ndarray], limit: float) -> tuple[Proportion, ...]:
    """Return how many patients disagreed with themselves, among those in whom it could be seen."""
    worse = pl.col("overall") == "PD"
    seen = table.group_by("patient_id").agg(
        pl.col("strict").any(ignore_nulls=True),
        pl.col("strict").is_not_null().any().alias("strict_known"),
        pl.col("soft").any(ignore_nulls=True),
        pl.col("soft").is_not_null().any().alias("soft_known"),
        pl.col("confined").any(),
        worse.any().alias("confined_known"),
    )
    here = pl.DataFrame({"patient_id": patients}).join(seen, on="patient_id", how="left", maintain_order="left")
    meanings = {
        "strict": "one site responds while another progresses at one visit, up to the first progression; among "
        "patients with two sites that could be evaluated at one visit",
        "soft": "the log ratios of two sites' sums to their baselines, 5 mm added to each, differ by at least "
        f"{limit:.3f}; among patients with two measured sites",
        "confined": "at the first progression another site responds; among patients with progression",
    }
    labels = {
        "strict": "Sites disagree, strictly",
        "soft": "Sites disagree, softly",
        "confined": "Progression confined to some sites while another responds",
    }
    found = []
    for name, label in labels.items():
        known = here[f"{name}_known"].fill_null(value=False).to_numpy()
        inside = [chosen & known for chosen in member]
        found.append(proportion(name, label, meanings[name], here[name].fill_null(value=False), inside))
    return tuple(found)


def _confined(table: pl.DataFrame) -> tuple[tuple[tuple[str, ...], tuple[str, ...], int], ...]:
    """Return (progressing sites, responding sites, patients) of the progressions that left a response behind."""
    rows = table.filter("confined").select("progressing", "responding").rows()
    counts: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    for worse, better in rows:
        key = (tuple(worse), tuple(better))
        counts[key] = counts.get(key, 0) + 1
    return tuple((*key, counts[key]) for key in sorted(counts, key=lambda key: (-counts[key], key)))


def _progression_free(
    cohort: Cohort,
    records: Records,
    read: Assessed,
    without: tuple[str, ...],
    conventions: tuple[Definitions, Conventions],
) -> tuple[tuple[str, Survival], ...]:
    """Return progression-free survival with every site, and without each that is asked for."""
    if not without or read.points is None:
        return ()
    definitions, how = conventions
    at = cohort.patients.select("patient_id", pl.col("time_zero").alias("day"))
    found = []
    for site in ("", *without):
        seen = read
        if site:
            rest = without_site(read.points.followed, site)
            table = read_visits(rest, definitions.recist, refused=read.points.refused)
            made = with_visits(records, at, rest, table)
            seen = Assessed(made, f"{read.reading}, without {site}")
        result = survival(cohort, records, PROFILES[ENDPOINT], (), definitions, how, read=seen)
        found.append((f"without {site}" if site else "all sites", result))
    return tuple(found)


def _rows(
    groups: tuple[str, ...],
    outcomes: tuple[SiteOutcome, ...],
    apart: tuple[Proportion, ...],
    free: tuple[tuple[str, Survival], ...],
) -> pl.DataFrame:
    rows: list[Row] = []
    for outcome in outcomes:
        for level, counts in outcome.best:
            for group, size, count in zip(groups, outcome.followed, counts, strict=True):
                place = {"variable": "best_response", "level": f"{outcome.site}: {level}", "group": group, "n": size}
                rows.append(row("sites", "count", count, **place))
        rows += [{**line, "level": outcome.site} for line in proportion_rows("sites", outcome.responded, groups)]
        for group, read in zip(groups, outcome.incidence, strict=True):
            for day, estimate in read:
                level = f"{outcome.site}: {day / DAYS_PER_MONTH:g} months"
                rows.append(
                    estimate_row("sites", "incidence", estimate, variable="site_progression", level=level, group=group)
                )
        for group, count in zip(groups, outcome.progressed, strict=True):
            rows.append(row("sites", "count", count, variable="site_progression", level=outcome.site, group=group))
    for item in apart:
        rows += proportion_rows("sites", item, groups)
    for label, result in free:
        for arm in result.groups:
            place = {"endpoint": f"{ENDPOINT} from lesions", "level": label, "group": arm.name}
            rows.append(estimate_row("sites", "median_days", arm.median, n=arm.n, events=arm.events, **place))
    return tidy(rows)
