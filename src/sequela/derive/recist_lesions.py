"""From recorded lesions to what RECIST follows: sightings, the baseline of a treatment, visits as time points.

A lesion has one role in the records but may be followed through several lines, so what it
is for one treatment is read from that treatment's baseline: a lesion that was new on the
line before is a non-target lesion now. Days count from the patient's origin.
"""

from itertools import pairwise

import numpy as np
import polars as pl

from sequela.derive.recist_rules import RecistRules
from sequela.frozen import frozen
from sequela.records.bundle import Records

TARGET, NON_TARGET, NEW, LATE = "target", "non-target", "new", "late"
"""How a lesion is followed; late lesions were there before they were first measured, so they have no baseline."""

NODE = "lymph node"
LESION = ["patient_id", "lesion_id"]

SITES: dict[str, tuple[str, ...]] = {
    "skin and soft tissue": ("skin", "soft tissue"),
    "lymph nodes": (NODE,),
    "breast and chest wall": ("breast", "chest wall"),
    "bone": ("bone", "bone marrow"),
    "liver": ("liver",),
    "lung and pleura": ("lung", "pleura"),
    "brain and meninges": ("brain", "meninges"),
}
"""Organs that make one site; every other organ is in "other". An expert default: there is no standard."""

OTHER_SITE = "other"


@frozen
class Followed:
    """The lesions of one treatment.

    Attributes
    ----------
    lesions : DataFrame
        patient_id, lesion_id, organ, site, nodal, role, followed, base_day, base_mm, base_seen, base_row,
        base_method, zero.
    rows : DataFrame
        Sightings after the baseline: patient_id, lesion_id, site, nodal, followed, day, mm (null
        where not evaluable), seen (null where not evaluable), progressed, method, row, time_point.
    points : DataFrame
        patient_id, time_point (from 1), first, last (days).
    sightings : DataFrame
        Every measurement of the patients asked about, before and after; `check` names what is wrong with it.
    barred : DataFrame
        patient_id, check: patients in whom only progression can be seen.
    """

    lesions: pl.DataFrame
    rows: pl.DataFrame
    points: pl.DataFrame
    sightings: pl.DataFrame
    barred: pl.DataFrame


def follow(records: Records, at: pl.DataFrame, rules: RecistRules) -> Followed:
    """Gather what RECIST follows from time zero on.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day of time zero.
    """
    seen = sightings(records, at, rules)
    zeros = at.select("patient_id", pl.col("day").alias("zero")).unique("patient_id", maintain_order=True)
    lesions = _with_baseline(_lesions(records).join(zeros, on="patient_id", how="inner"), seen, rules)
    after = seen.filter(pl.col("day") > pl.col("zero") + rules["baseline_after_days"])
    rows = after.join(lesions.select(*LESION, "followed"), on=LESION, how="inner", maintain_order="left")
    rows = with_time_points(rows, int(rules["time_point_days"]))
    points = rows.group_by("patient_id", "time_point").agg(
        pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
    )
    points = points.sort("patient_id", "time_point")
    return Followed(lesions, rows, points, seen, _barred(records, zeros, lesions, seen))


def site_of(organ: str = "organ") -> pl.Expr:
    """Return the site of an organ."""
    sites = {organ: site for site, organs in SITES.items() for organ in organs}
    return pl.col(organ).replace_strict(sites, default=OTHER_SITE, return_dtype=pl.String)


def _lesions(records: Records) -> pl.DataFrame:
    table = records.table("lesions").unique(LESION, keep="first", maintain_order=True)
    nodal = pl.coalesce("nodal", pl.col("organ") == NODE).alias("nodal")
    return table.select(*LESION, "organ", site_of().alias("site"), "role", nodal)


def sightings(records: Records, at: pl.DataFrame, rules: RecistRules) -> pl.DataFrame:
    """Return each measurement as RECIST reads it.

    Returns
    -------
    DataFrame
        patient_id, lesion_id, organ, site, nodal, role, zero, day, mm, seen, progressed, method,
        unit, row, check; one row per lesion and day. A state that contradicts its diameter, and
        two results on one day, are not evaluable (mm null) and named in `check`.
    """
    zeros = at.select("patient_id", pl.col("day").alias("zero")).unique("patient_id")
    rows = records.table("measurements").join(_lesions(records), on=LESION, how="inner", maintain_order="left")
    rows = rows.join(zeros, on="patient_id", how="inner", maintain_order="left")
    wrong = _contradicted(rules)
    read = rows.with_columns(
        pl.when(~wrong).then(_millimetres(rules)).alias("mm"),
        _seen(wrong).alias("seen"),
        (pl.col("state") == "unequivocal progression").fill_null(value=False).alias("progressed"),
        pl.when(wrong).then(pl.lit("B16")).alias("check"),
    )
    return _one_a_day(read)


def _contradicted(rules: RecistRules) -> pl.Expr:
    state, diameter = pl.col("state"), pl.col("diameter_mm")
    wrong = (
        ((state == "absent") & (diameter > 0))
        | (state.is_in(["present", "unequivocal progression"]) & (diameter == 0))
        | ((state == "too small") & (diameter >= rules["target_mm"]))
        | ((state == "not evaluable") & diameter.is_not_null())
    )
    return wrong.fill_null(value=False)


def _millimetres(rules: RecistRules) -> pl.Expr:
    """Return the length that enters a sum; a merged lesion without a diameter is measured with its partner."""
    nothing = {"absent": 0.0, "merged": 0.0, "too small": rules["too_small_mm"]}
    by_state = pl.col("state").replace_strict(nothing, default=None, return_dtype=pl.Float64)
    return pl.coalesce("diameter_mm", by_state)


def _seen(wrong: pl.Expr) -> pl.Expr:
    by_state = {"absent": False, "present": True, "unequivocal progression": True, "too small": True}
    by_state |= {"merged": True, "split": True}
    state = pl.col("state").replace_strict(by_state, default=None, return_dtype=pl.Boolean)
    return pl.when(~wrong).then(pl.coalesce(pl.col("diameter_mm") > 0, state))


def _one_a_day(rows: pl.DataFrame) -> pl.DataFrame:
    """Merge the rows of a lesion on one day; where they disagree the day cannot be evaluated."""
    key = [*LESION, "day"]
    several = pl.struct(key).is_duplicated()
    single, repeated = rows.filter(~several), rows.filter(several)
    if repeated.is_empty():
        merged = repeated
    else:
        agreed = (pl.col("mm").n_unique() == 1) & (pl.col("seen").n_unique() == 1)
        merged = (
            repeated.sort("row")
            .group_by(key, maintain_order=True)
            .agg(
                pl.when(agreed).then(pl.col("mm").first()).alias("mm"),
                pl.when(pl.col("seen").n_unique() == 1).then(pl.col("seen").first()).alias("seen"),
                pl.col("progressed").any(),
                pl.when(agreed).then(pl.col("check").first()).otherwise(pl.lit("B17")).alias("check"),
                pl.exclude("mm", "seen", "progressed", "check").first(),
            )
        )
    columns = ("organ", "site", "nodal", "role", "zero", "mm", "seen", "progressed", "method", "unit", "row", "check")
    return pl.concat([frame.select(*key, *columns) for frame in (single, merged)]).sort(*key)


def _with_baseline(lesions: pl.DataFrame, seen: pl.DataFrame, rules: RecistRules) -> pl.DataFrame:
    """Join each lesion's baseline, and say how it is followed."""
    first = pl.col("zero") - rules["baseline_oldest_days"]
    before = seen.filter(pl.col("day") <= pl.col("zero") + rules["baseline_after_days"])
    inside = before.filter(pl.col("day") >= first).sort(pl.col("seen").is_not_null(), "day")
    base = inside.group_by(LESION).agg(
        pl.col(name).last().alias(f"base_{name}") for name in ("day", "mm", "seen", "row", "method")
    )
    older = before.filter((pl.col("day") < first) & pl.col("seen")).select(LESION).unique()
    older = older.with_columns(pl.lit(value=True).alias("known_before"))
    joined = lesions.join(base, on=LESION, how="left", maintain_order="left")
    joined = joined.join(older, on=LESION, how="left", maintain_order="left")
    return joined.with_columns(_followed(rules).alias("followed")).drop("known_before")


def _followed(rules: RecistRules) -> pl.Expr:
    normal = (pl.col("nodal") & (pl.col("base_mm") < rules["normal_node_mm"])).fill_null(value=False)
    unknown, called_new = pl.col("base_day").is_null(), pl.col("role") == NEW
    first_now = called_new & pl.col("known_before").is_null()
    # A merged lesion has no length of its own, so it is no target of the next treatment.
    measured = (pl.col("role") == TARGET) & pl.col("base_seen") & (pl.col("base_mm") > 0)
    return (
        pl.when(unknown)
        .then(pl.when(first_now).then(pl.lit(NEW)).otherwise(pl.lit(LATE)))
        .when(~pl.col("base_seen") | normal)
        .then(pl.lit(NEW))
        .when(measured)
        .then(pl.lit(TARGET))
        .otherwise(pl.lit(NON_TARGET))
    )


def with_time_points(rows: pl.DataFrame, window: int) -> pl.DataFrame:
    """Give visits their numbers: days up to `window` after the first day of one belong to it, until a repeat.

    Parameters
    ----------
    rows : DataFrame
        patient_id, lesion_id (whatever is looked at once a visit), day.

    Returns
    -------
    DataFrame
        The rows sorted by patient, day and lesion, with time_point (Int32, from 1).
    """
    rows = rows.sort("patient_id", "day", "lesion_id")
    before = rows.with_columns(pl.col("day").shift(1).over(LESION, order_by="day").alias("before"))
    days = before.group_by("patient_id", "day").agg(pl.col("before").max()).sort("patient_id", "day")
    numbered = days.select("patient_id", "day", pl.Series("time_point", _numbered(days, window), dtype=pl.Int32))
    return rows.join(numbered, on=["patient_id", "day"], how="left", maintain_order="left")


def _numbered(days: pl.DataFrame, window: int) -> np.ndarray:
    """Go through the first days of all patients at once, then through the second, and so on."""
    patient = days["patient_id"].rle_id().to_numpy().astype(np.int64)
    day = days["day"].to_numpy().astype(float)
    before = days["before"].cast(pl.Float64).fill_null(-np.inf).to_numpy()
    first = np.searchsorted(patient, patient)
    rank = np.arange(len(patient)) - first
    order = np.argsort(rank, kind="stable")
    bounds = np.searchsorted(rank[order], np.arange(rank.max(initial=-1) + 2))
    start = np.full(patient.max(initial=-1) + 1, -np.inf)
    count = np.zeros(len(start), dtype=np.int32)
    found = np.zeros(len(patient), dtype=np.int32)
    for low, high in pairwise(bounds):
        chosen = order[low:high]
        who = patient[chosen]
        opens = (day[chosen] - start[who] > window) | (before[chosen] >= start[who])
        start[who[opens]] = day[chosen][opens]
        count[who[opens]] += 1
        found[chosen] = count[who]
    return found


def _barred(records: Records, asked: pl.DataFrame, lesions: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Return the patients in whom only progression can be seen, and why."""
    measured = lesions.filter(pl.col("base_day").is_not_null())["patient_id"].unique()
    without = lesions.filter(~pl.col("patient_id").is_in(measured.implode()))
    silent = lesions.filter(pl.col("role") == NEW).join(seen, on=LESION, how="anti")
    lost = asked.filter(pl.col("patient_id").is_in(records.incomplete_patients("lesions").implode()))
    parts = (("B01", without), ("B15", silent), ("B19", lost))
    return pl.concat(
        [
            frame.select("patient_id").unique(maintain_order=True).with_columns(pl.lit(name).alias("check"))
            for name, frame in parts
        ]
    )
