"""From followed lesions to the response of each visit: sums, nadir, target, non-target and new lesions, overall.

The same reading serves a whole patient and, with `by="site"`, each site of a patient.
Eisenhauer 2009, doi:10.1016/j.ejca.2008.10.026.
"""

import polars as pl

from sequela.derive.recist_baseline import baseline_checks
from sequela.derive.recist_lesions import LATE, LESION, NEW, NON_TARGET, TARGET, Followed, follow
from sequela.derive.recist_rules import (
    CHECKS,
    NON,
    NONE,
    RECIST_1_1,
    STRICT,
    TIME_POINT_TABLE,
    TRIGGERS,
    UNSURE,
    RecistRules,
    TableRow,
)
from sequela.frozen import frozen
from sequela.records.bundle import Records

ROUNDING_MM = 1e-6
"""Sums closer to a limit than this reach it: 0.7 times 10.1 is not exactly 7.07 in binary numbers."""

TIME_POINT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "patient_id": pl.String,
    "time_point": pl.Int32,
    "first": pl.Int32,
    "last": pl.Int32,
    "day": pl.Int32,
    "baseline_mm": pl.Float64,
    "nadir_mm": pl.Float64,
    "sum_mm": pl.Float64,
    "change_percent": pl.Float64,
    "target": pl.String,
    "target_rule": pl.String,
    "non_target": pl.String,
    "new": pl.Boolean,
    "overall": pl.String,
    "rule": pl.String,
    "trigger": pl.String,
    "row": pl.String,
    "rows": pl.List(pl.String),
}
"""Columns of the table of time points; the page on response explains each."""


@frozen
class TimePoints:
    """The visits of patients followed by lesions, read by RECIST.

    Attributes
    ----------
    table : DataFrame
        One row per patient and visit after the baseline; see `TIME_POINT_COLUMNS`. With
        `by="site"` a column site stands after patient_id. `nadir_mm` is the smallest complete sum before the
        visit, the baseline included; `sum_mm` is null where a target was not measured; `day` is
        the first day that shows progression, else the last of the visit; `row` the measurement that decided,
        `rows` all of the visit.
    checks : DataFrame
        patient_id, check (see `CHECKS`), lesion_id (null for a patient), row, day.
    followed : Followed
    refused : tuple of str
        Patients whose baseline the strict reading does not accept.
    """

    table: pl.DataFrame
    checks: pl.DataFrame
    followed: Followed
    refused: tuple[str, ...] = ()


def time_points(
    records: Records, at: pl.DataFrame, rules: RecistRules = RECIST_1_1, *, strict: bool = False
) -> TimePoints:
    """Read every visit after time zero by RECIST 1.1.

    Parameters
    ----------
    records : Records
    at : DataFrame
        patient_id, day of time zero; one row per patient.
    rules : RecistRules
    strict : bool
        Whether a baseline that breaches RECIST leaves nothing but progression to be evaluated (U2).
    """
    followed = follow(records, at, rules)
    checks = baseline_checks(records, followed, rules)
    breached = [name for name, check in CHECKS.items() if check.grade == "breach"]
    found = checks.filter(pl.col("check").is_in(breached))["patient_id"].unique(maintain_order=True)
    refused = tuple(found) if strict else ()
    return TimePoints(read_visits(followed, rules, refused=refused), checks, followed, refused)


def read_visits(
    followed: Followed, rules: RecistRules, *, by: str | None = None, refused: tuple[str, ...] = ()
) -> pl.DataFrame:
    """Return the table of time points of each patient, or of each site of a patient.

    Parameters
    ----------
    followed : Followed
    rules : RecistRules
    by : {None, "site"}
    refused : tuple of str
        As in `TimePoints`.
    """
    key = ["patient_id", *([by] if by else [])]
    grid = _grid(followed, rules)
    visits = _visits(followed, grid, key)
    table = _targets(visits, grid.filter(pl.col("followed") == TARGET), key, rules)
    table = _unsure(_non_targets(table, grid, key), followed, grid, key, refused)
    appeared = _appeared(grid, key)
    new = pl.struct([*key, "time_point"]).is_in(appeared.select(pl.struct([*key, "time_point"])).to_series().implode())
    table = table.with_columns(new.alias("new"))
    shown = pl.concat([appeared, _worse(grid, key), _grown(table, grid, key, rules)])
    again = _again(_overall(table, _first(shown, key), key), grid, key)
    return _printed(_overall(table, _first(pl.concat([shown, again]), key), key), grid, key)


def _grid(followed: Followed, rules: RecistRules) -> pl.DataFrame:
    """Return every lesion at every visit of its patient; what was not looked at is null.

    `there` says whether disease was seen: a node below the normal limit is none. `risen` is false where a
    node that was measured before does not exceed its own smallest size by both limits of progression.
    """
    known = ("organ", "site", "nodal", "followed", "base_mm")
    grid = followed.lesions.select(*LESION, *known).join(followed.points, on="patient_id", how="inner")
    rows = followed.rows.select(*LESION, "time_point", "day", "mm", "seen", "progressed", "row")
    grid = grid.join(rows, on=[*LESION, "time_point"], how="left")
    normal = (pl.col("nodal") & (pl.col("mm") < rules["normal_node_mm"])).fill_null(value=False)
    there = pl.when(normal).then(pl.lit(value=False)).otherwise("seen").alias("there")
    grid = grid.with_columns(there, pl.col("progressed").fill_null(value=False)).sort(*LESION, "time_point")
    smallest = pl.col("mm").cum_min().forward_fill().shift(1).over(LESION, order_by="time_point")
    risen = _above(pl.col("mm"), pl.min_horizontal("base_mm", smallest), rules).fill_null(value=True)
    return _measured_with_partner(grid.with_columns((~pl.col("nodal") | risen).alias("risen")))


def _measured_with_partner(grid: pl.DataFrame) -> pl.DataFrame:
    """Leave the length of a merged target unknown where no other target of its organ carries it at that visit."""
    merged = (pl.col("mm") == 0) & pl.col("seen") & (pl.col("followed") == TARGET)
    carried = ((pl.col("mm") > 0) & (pl.col("followed") == TARGET)).fill_null(value=False)
    partner = carried.any().over("patient_id", "organ", "time_point")
    return grid.with_columns(pl.when(~(merged & ~partner).fill_null(value=False)).then("mm").alias("mm"))


def _visits(followed: Followed, grid: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return the visits of each key: a site is there where it has a lesion at baseline, or later."""
    seen = grid.filter((pl.col("followed").is_in([TARGET, NON_TARGET])) | pl.col("there").fill_null(value=False))
    present = seen.select(key).unique()
    if key == ["patient_id"]:
        return followed.points
    return present.join(followed.points, on="patient_id", how="inner").sort(*key, "time_point")


def _targets(visits: pl.DataFrame, grid: pl.DataFrame, key: list[str], rules: RecistRules) -> pl.DataFrame:
    """Join the sum, its nadir before the visit, and what the targets are by T1 to T6."""
    sums = grid.group_by(*key, "time_point").agg(
        pl.col("base_mm").sum().alias("baseline_mm"),
        pl.col("mm").sum().alias("measured_mm"),
        pl.col("mm").is_not_null().all().alias("complete"),
        (~pl.col("there")).fill_null(value=False).all().alias("gone"),
        pl.col("there").fill_null(value=False).any().alias("present"),
    )
    table = visits.join(sums, on=[*key, "time_point"], how="left").sort(*key, "time_point")
    table = table.with_columns(pl.when("complete").then("measured_mm").alias("sum_mm"))
    before = pl.col("sum_mm").cum_min().forward_fill().shift(1).over(key, order_by="time_point")
    table = table.with_columns(pl.min_horizontal("baseline_mm", before).alias("nadir_mm"))
    table = table.with_columns(_target_rule(rules).alias("target_rule"))
    status = {"T1": "CR", "T2": "PD", "T3": "PD", "T4": "NE", "T5": "PR", "T6": "SD"}
    change = pl.when(pl.col("baseline_mm") > 0).then(100 * (pl.col("sum_mm") / pl.col("baseline_mm") - 1))
    return table.with_columns(
        pl.col("target_rule").replace_strict(status, default=NONE, return_dtype=pl.String).alias("target"),
        change.alias("change_percent"),
    )


def _target_rule(rules: RecistRules) -> pl.Expr:
    smaller = 1 - rules["partial_decrease_percent"] / 100
    partial = pl.col("sum_mm") <= smaller * pl.col("baseline_mm") + ROUNDING_MM
    return (
        pl.when(pl.col("baseline_mm").is_null())
        .then(None)
        .when("gone")
        .then(pl.lit("T1"))
        .when((pl.col("nadir_mm") > 0) & _above(pl.col("measured_mm"), pl.col("nadir_mm"), rules))
        .then(pl.lit("T2"))
        .when((pl.col("nadir_mm") == 0) & pl.col("present"))
        .then(pl.lit("T3"))
        .when(pl.col("sum_mm").is_null())
        .then(pl.lit("T4"))
        .when(partial)
        .then(pl.lit("T5"))
        .otherwise(pl.lit("T6"))
    )


def _above(value: pl.Expr, smallest: pl.Expr, rules: RecistRules) -> pl.Expr:
    """Return whether a length exceeds the smallest one before by both limits of progression."""
    larger = 1 + rules["progression_increase_percent"] / 100
    by_share = value >= larger * smallest - ROUNDING_MM
    return by_share & (value - smallest >= rules["progression_increase_mm"] - ROUNDING_MM)


def _non_targets(table: pl.DataFrame, grid: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Join what the non-target lesions are: progression is unequivocal, and written as such.

    A lesion without baseline tells of nothing but progression.
    """
    gone = (~pl.col("there")).fill_null(value=False).all()
    status = (
        pl.when(pl.col("progressed").any())
        .then(pl.lit("PD"))
        .when(gone)
        .then(pl.lit("CR"))
        .when(pl.col("there").is_null().any())
        .then(pl.lit("NE"))
        .otherwise(pl.lit(NON))
    )
    late = (pl.col("followed") == LATE) & pl.col("progressed")
    judged = grid.filter((pl.col("followed") == NON_TARGET) | late)
    found = judged.group_by(*key, "time_point").agg(status.alias("non_target"))
    joined = table.join(found, on=[*key, "time_point"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("non_target").fill_null(NONE))


def _unsure(
    table: pl.DataFrame, followed: Followed, grid: pl.DataFrame, key: list[str], refused: tuple[str, ...]
) -> pl.DataFrame:
    """Join the rule that leaves nothing but progression to be evaluated, where one applies."""
    looked = pl.col("day").is_not_null() & pl.col("there").fill_null(value=True)
    late = grid.filter((pl.col("followed") == LATE) & looked)
    since = late.group_by(key).agg(pl.col("time_point").min().alias("unsure_from"))
    table = table.join(since, on=key, how="left", maintain_order="left")
    barred = pl.col("patient_id").is_in(followed.barred["patient_id"].implode())
    strict = pl.col("patient_id").is_in(refused)
    unsure = barred | (pl.col("time_point") >= pl.col("unsure_from")).fill_null(value=False)
    rule = pl.when(strict).then(pl.lit(STRICT)).when(unsure).then(pl.lit(UNSURE))
    return table.with_columns(rule.alias("unsure"))


def _as_triggers(rows: pl.DataFrame, key: list[str], name: str) -> pl.DataFrame:
    return rows.select(*key, "time_point", pl.lit(name).alias("trigger"), "day", "row")


def _appeared(grid: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return the sightings of new lesions, from the first appearance on that was later confirmed (N1)."""
    rows = grid.filter((pl.col("followed") == NEW) & pl.col("day").is_not_null())
    rows = rows.with_columns(pl.col("there") & pl.col("risen"))
    confirmed = pl.col("day").filter(pl.col("there")).min().over(LESION)
    before = ~pl.col("there") & (pl.col("day") < confirmed)
    absent = pl.col("day").filter(before).max().over(LESION)
    leading = (pl.col("day") <= confirmed) & (pl.col("day") > absent).fill_null(value=True)
    # Equivocal after it was confirmed adds nothing; equivocal just before it is the first appearance.
    return _as_triggers(rows.filter(pl.col("there").fill_null(value=False) | leading), key, "N1")


def _worse(grid: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return unequivocal progressions of lesions that are no targets (N2)."""
    return _as_triggers(grid.filter(pl.col("followed").is_in([NON_TARGET, LATE]) & pl.col("progressed")), key, "N2")


def _grown(table: pl.DataFrame, grid: pl.DataFrame, key: list[str], rules: RecistRules) -> pl.DataFrame:
    """Return the measurements by which the targets measured so far showed progression (T2, T3)."""
    place = [*key, "time_point"]
    judged = table.filter(pl.col("target") == "PD").select(*place, "nadir_mm", "target_rule")
    rows = grid.filter((pl.col("followed") == TARGET) & pl.col("day").is_not_null())
    rows = rows.join(judged, on=place, how="inner").sort(*place, "day", "row")
    so_far = pl.col("mm").fill_null(0.0).cum_sum().over(place)
    shows = _above(so_far, pl.col("nadir_mm"), rules)
    shows = pl.when(pl.col("target_rule") == "T2").then(shows).otherwise(pl.col("there").fill_null(value=False))
    rows = rows.filter(shows)
    return rows.select(*place, pl.col("target_rule").alias("trigger"), "day", "row")


def _again(table: pl.DataFrame, grid: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return what is there again after an overall complete response (N3)."""
    complete = table.filter(pl.col("overall") == "CR").group_by(key).agg(pl.col("time_point").min().alias("complete"))
    rows = grid.filter(pl.col("followed") != NEW).join(complete, on=key, how="inner")
    after = (pl.col("time_point") > pl.col("complete")) & pl.col("there").fill_null(value=False)
    return _as_triggers(rows.filter(after & pl.col("risen")), key, "N3")


def _first(triggers: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return the first trigger of each visit by day, on one day by the order of `TRIGGERS`."""
    rank = pl.col("trigger").replace_strict({name: i for i, name in enumerate(TRIGGERS)}, return_dtype=pl.Int32)
    ordered = triggers.with_columns(rank.alias("rank")).sort(*key, "time_point", "day", "rank", "row")
    return ordered.unique([*key, "time_point"], keep="first", maintain_order=True).drop("rank")


def _overall(table: pl.DataFrame, shown: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Join the trigger and read the time-point table; a row of it that applies earlier wins."""
    joined = table.join(shown, on=[*key, "time_point"], how="left", maintain_order="left")
    rule = pl.coalesce(pl.when(_applies(row)).then(pl.lit(row.id)) for row in TIME_POINT_TABLE)
    again = (pl.col("trigger") == "N3") & ~rule.is_in([row.id for row in TIME_POINT_TABLE if row.overall == "PD"])
    joined = joined.with_columns(pl.when(again.fill_null(value=False)).then(pl.lit("N3")).otherwise(rule).alias("rule"))
    response = {row.id: row.overall for row in TIME_POINT_TABLE} | {"N3": "PD"}
    overall = pl.col("rule").replace_strict(response, return_dtype=pl.String)
    joined = joined.with_columns(overall.alias("overall"))
    held = (pl.col("overall") != "PD") & pl.col("unsure").is_not_null()
    return joined.with_columns(
        pl.when(held).then(pl.lit("NE")).otherwise("overall").alias("overall"),
        pl.when(held).then("unsure").otherwise("rule").alias("rule"),
        pl.coalesce("day", "last").alias("day"),
    )


def _applies(row: TableRow) -> pl.Expr:
    conditions = [pl.col(name).is_in(states) for name, states in _states(row) if states]
    if row.new is not None:
        conditions.append(pl.col("new") == row.new)
    return pl.all_horizontal(conditions)


def _states(row: TableRow) -> tuple[tuple[str, list[str]], ...]:
    return (("target", list(row.target)), ("non_target", list(row.non_target)))


def _printed(table: pl.DataFrame, grid: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Name the source rows, and put the columns in order."""
    place = [*key, "time_point"]
    rows = grid.filter(pl.col("row").is_not_null()).sort(*place, "row")
    named = rows.group_by(place, maintain_order=True).agg(pl.format("measurements:{}", "row").alias("rows"))
    first = pl.col("rows").list.first()
    own = pl.when(pl.col("row").is_not_null()).then(pl.format("measurements:{}", "row"))
    table = table.join(named, on=place, how="left", maintain_order="left")
    table = table.with_columns(pl.coalesce(own, first).alias("row"))
    columns = [name for name in TIME_POINT_COLUMNS if name not in key]
    return table.select(*key, *(pl.col(name).cast(TIME_POINT_COLUMNS[name]) for name in columns)).sort(place)
