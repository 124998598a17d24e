"""Response site by site: which sites respond while others progress, and by how much they differ.

There is no standard. A site is a group of organs (`SITES`); each is read by the rules and limits of
RECIST 1.1 on its own lesions. Whether a patient's sites disagree is said in three ways: strictly (one
responds while another progresses), softly (their sums moved apart by more than the limits of PR and PD are
apart), and by an index (the standard deviation of their changes).
"""

import math

import polars as pl

from sequela.derive.best_response import RECIST, ResponseRules, best_overall
from sequela.derive.events import deaths
from sequela.derive.recist_lesions import NON_TARGET, TARGET, Followed
from sequela.derive.recist_rules import NO_DISEASE, RECIST_1_1, RecistRules
from sequela.derive.recist_time_points import TimePoints, read_visits
from sequela.frozen import frozen
from sequela.records.bundle import Records

RESPONDING = ("CR", "PR")
PROGRESSION, DIED = 1, 2
FLOOR_MM = 5.0
"""Added to both sums before their ratio is taken, so that a site that vanished has one; expert default."""

DISAGREEMENT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "patient_id": pl.String,
    "time_point": pl.Int32,
    "day": pl.Int32,
    "overall": pl.String,
    "responding": pl.List(pl.String),
    "progressing": pl.List(pl.String),
    "strict": pl.Boolean,
    "spread": pl.Float64,
    "soft": pl.Boolean,
    "index": pl.Float64,
    "confined": pl.Boolean,
}
"""Columns of the table of disagreement; the page on response explains each."""


def soft_limit(rules: RecistRules = RECIST_1_1) -> float:
    """Return how far apart the log ratios of two sites must be: from the limit of PR to that of PD, 0.539."""
    larger, smaller = 1 + rules["progression_increase_percent"] / 100, 1 - rules["partial_decrease_percent"] / 100
    return math.log(larger / smaller)


@frozen
class SiteResponses:
    """The sites of each patient at each visit.

    Attributes
    ----------
    visits : DataFrame
        As `TimePoints.table`, with a column site: one row per patient, visit and site that has a lesion at baseline
        or later. A site without a lesion yet is NED.
    disagreement : DataFrame
        See `DISAGREEMENT_COLUMNS`: one row per patient and visit up to the first overall progression.
        responding, progressing : sites in CR or PR, and in PD, at that visit.
        strict : one responds and another progresses; null where fewer than two sites could be evaluated.
        spread : range over sites of log((sum + 5) / (baseline + 5)); null with fewer than two measured sites.
        soft : the spread reaches `soft_limit`; null as the spread.
        index : standard deviation (n - 1) over sites of the same log ratios.
        confined : the visit is the overall progression, and another site responds.
    sites : DataFrame
        patient_id, site, at_baseline (whether the site had a target or non-target lesion then).
    """

    visits: pl.DataFrame
    disagreement: pl.DataFrame
    sites: pl.DataFrame


def site_responses(points: TimePoints, rules: RecistRules = RECIST_1_1) -> SiteResponses:
    """Read each site on its own lesions, and say where the sites of a patient disagree."""
    visits = read_visits(points.followed, rules, by="site", refused=points.refused)
    lesions = points.followed.lesions.with_columns(pl.col("followed").is_in([TARGET, NON_TARGET]).alias("at_baseline"))
    sites = lesions.group_by("patient_id", "site").agg(pl.col("at_baseline").any()).sort("patient_id", "site")
    return SiteResponses(visits, _disagreement(points.table, visits, soft_limit(rules)), sites)


def _disagreement(table: pl.DataFrame, visits: pl.DataFrame, limit: float) -> pl.DataFrame:
    place = ["patient_id", "time_point"]
    first = table.filter(pl.col("overall") == "PD").group_by("patient_id").agg(pl.col("time_point").min().alias("end"))
    whole = table.join(first, on="patient_id", how="left", maintain_order="left")
    whole = whole.filter(pl.col("end").is_null() | (pl.col("time_point") <= pl.col("end")))
    responds, worse = pl.col("overall").is_in(RESPONDING), pl.col("overall") == "PD"
    apart = visits.group_by(place).agg(
        pl.col("site").filter(responds).sort().alias("responding"),
        pl.col("site").filter(worse).sort().alias("progressing"),
        (~pl.col("overall").is_in(["NE", NO_DISEASE])).sum().alias("evaluable"),
        *_spread(),
    )
    joined = whole.select(*place, "day", "overall").join(apart, on=place, how="left", maintain_order="left")
    both = (pl.col("responding").list.len() > 0) & (pl.col("progressing").list.len() > 0)
    joined = joined.with_columns(
        pl.when(pl.col("evaluable") > 1).then(both).alias("strict"),
        (pl.col("spread") >= limit).alias("soft"),
        (both & (pl.col("overall") == "PD")).fill_null(value=False).alias("confined"),
    )
    return joined.select(pl.col(name).cast(content) for name, content in DISAGREEMENT_COLUMNS.items())


def _spread() -> tuple[pl.Expr, pl.Expr]:
    ratio = ((pl.col("sum_mm") + FLOOR_MM) / (pl.col("baseline_mm") + FLOOR_MM)).log().drop_nulls()
    measured = ratio.len() > 1
    return (
        pl.when(measured).then(ratio.max() - ratio.min()).alias("spread"),
        pl.when(measured).then(ratio.std()).alias("index"),
    )


def best_by_site(
    found: SiteResponses, at: pl.DataFrame, until: pl.DataFrame, rules: ResponseRules = RECIST
) -> pl.DataFrame:
    """Return the best response of each site of each patient, and when it first progressed.

    Parameters
    ----------
    found : SiteResponses
    at, until : DataFrame
        patient_id, day: time zero, and the start of the next line (patients without one are not listed). What
        is seen later does not count.
    rules : ResponseRules

    Returns
    -------
    DataFrame
        patient_id, site, at_baseline, best, row, progression (day; null). Sites without a lesion in the window that
        had none at baseline either are left out.
    """
    key = ["patient_id", "site"]
    # Each site of a patient is read as a patient of its own.
    sites = found.sites.with_row_index("number").with_columns(pl.col("number").cast(pl.String))
    ends = until.select("patient_id", pl.col("day").alias("close"))
    rows = found.visits.join(sites.select(*key, "number"), on=key, how="inner")
    rows = rows.join(ends, on="patient_id", how="left").sort(*key, "day")
    rows = rows.filter(pl.col("close").is_null() | (pl.col("day") <= pl.col("close")))
    response = pl.col("overall").replace(NO_DISEASE, "NE").alias("response")
    seen = rows.select(pl.col("number").alias("patient_id"), "day", response, "row")
    zeros = sites.join(at, on="patient_id", how="inner").select(pl.col("number").alias("patient_id"), "day")
    best = best_overall(seen, zeros, rules).select(pl.col("patient_id").alias("number"), "best", "row")
    worse = rows.filter(pl.col("overall") == "PD").group_by(key).agg(pl.col("day").min().alias("progression"))
    result = sites.join(best, on="number", how="inner", maintain_order="left")
    result = result.join(worse, on=key, how="left", maintain_order="left")
    result = result.filter(pl.col("at_baseline") | pl.col("progression").is_not_null())
    return result.select(*key, "at_baseline", "best", "row", "progression")


def site_times(records: Records, at: pl.DataFrame, points: TimePoints, found: SiteResponses) -> pl.DataFrame:
    """Return for each patient and site the time to the first progression there; death before it competes.

    Patients with none of these are censored at their last visit that could be evaluated. Who has no lesion at
    baseline, or a new one that was never measured, or a baseline that is refused, is left out: his visits do
    not tell.

    Returns
    -------
    DataFrame
        patient_id, site (every site that any patient has), days (from time zero), cause (0 censored, `PROGRESSION`,
        `DIED`), row (of the progression; null otherwise).
    """
    barred, refused = points.followed.barred["patient_id"], list(points.refused)
    known = points.followed.lesions.filter(pl.col("base_day").is_not_null())["patient_id"]
    who = at.select("patient_id", pl.col("day").alias("zero")).filter(
        pl.col("patient_id").is_in(known.implode())
        & ~pl.col("patient_id").is_in(barred.implode())
        & ~pl.col("patient_id").is_in(refused)
    )
    seen = points.table.filter(pl.col("overall") != "NE").group_by("patient_id").agg(pl.col("day").max().alias("seen"))
    died = deaths(records).group_by("patient_id").agg(pl.col("day").min().alias("died"))
    worse = found.visits.filter(pl.col("overall") == "PD").sort("patient_id", "site", "day")
    worse = worse.unique(["patient_id", "site"], keep="first", maintain_order=True)
    rows = who.join(found.sites.select("site").unique().sort("site"), how="cross")
    rows = rows.join(
        worse.select("patient_id", "site", pl.col("day").alias("worse"), "row"), on=["patient_id", "site"], how="left"
    )
    rows = rows.join(died, on="patient_id", how="left").join(seen, on="patient_id", how="left")
    dead = pl.col("died") >= pl.col("zero")
    # On one day the progression comes first: it was seen alive.
    cause = (
        pl.when(pl.col("worse").is_not_null() & (~dead | (pl.col("worse") <= pl.col("died"))).fill_null(value=True))
        .then(PROGRESSION)
        .when(dead)
        .then(DIED)
        .otherwise(0)
    )
    rows = rows.with_columns(cause.alias("cause"))
    end = pl.when(pl.col("cause") == PROGRESSION).then("worse").when(pl.col("cause") == DIED).then("died")
    days = pl.coalesce(end, "seen", "zero") - pl.col("zero")
    kept = pl.when(pl.col("cause") == PROGRESSION).then("row").alias("row")
    return rows.select("patient_id", "site", days.alias("days"), "cause", kept).sort("site", "patient_id")


def without_site(followed: Followed, site: str) -> Followed:
    """Return what RECIST follows as if one site had never been looked at; exploratory.

    Visits that looked at nothing else are left out, and a patient whose only disease is there has no baseline.
    """
    other = pl.col("site") != site
    rows = followed.rows.filter(other)
    points = rows.group_by("patient_id", "time_point").agg(
        pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
    )
    return Followed(
        followed.lesions.filter(other),
        rows,
        points.sort("patient_id", "time_point"),
        followed.sightings.filter(other),
        followed.barred,
    )
