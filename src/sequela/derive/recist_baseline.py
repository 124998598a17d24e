"""What is wrong with a baseline or a measurement: every check of RECIST 1.1 that fails, with its lesion and row."""

from collections.abc import Iterator

import polars as pl

from sequela.derive.recist_lesions import LATE, LESION, NEW, NODE, NON_TARGET, TARGET, Followed
from sequela.derive.recist_rules import CHECKS, CLINICAL_ORGANS, RARELY_MEASURABLE, RecistRules
from sequela.records.bundle import Records

SHOWN = r"(?i)photo|biops"
"""Methods that leave something to look at again."""
BIOPSY, SKIN = r"(?i)biops", r"(?i)skin|cutan"
X_RAY = r"(?i)\b(?:x-?ray|radiograph\w*)\b"

CHECK_COLUMNS: dict[str, type[pl.DataType]] = {
    "patient_id": pl.String,
    "check": pl.String,
    "lesion_id": pl.String,
    "day": pl.Int32,
    "row": pl.String,
}
"""Columns of the table of checks; lesion, day and row are null where the check is of the patient."""


def baseline_checks(records: Records, followed: Followed, rules: RecistRules) -> pl.DataFrame:
    """Return the checks that fail, one row per check and lesion, or per check and patient.

    Returns
    -------
    DataFrame
        See `CHECK_COLUMNS`; `row` is `measurements:12`. Sorted by patient, in the order of `CHECKS`.
    """
    found = [
        *_of_patients(records, followed, rules),
        *_of_baseline(followed, rules),
        *_of_roles(followed),
        ("B09", _irradiated(records, followed)),
        *_of_measurements(followed, rules),
        *_of_skin(records, followed, rules),
    ]
    order = {name: place for place, name in enumerate(CHECKS)}
    rank = pl.col("check").replace_strict(order, return_dtype=pl.Int32)
    table = pl.concat([_as_checks(name, rows) for name, rows in found]).unique(maintain_order=True)
    return table.sort("patient_id", rank, "lesion_id", "day")


def _as_checks(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows as checks, whatever of lesion, day and row they have."""
    given = {"day": "base_day", "row": "base_row"}
    columns = []
    for column, content in CHECK_COLUMNS.items():
        source = column if column in rows.columns else given.get(column, "")
        value = pl.col(source) if source in rows.columns else pl.lit(None)
        value = pl.format("measurements:{}", value) if column == "row" and source in rows.columns else value
        value = pl.lit(name) if column == "check" else value
        columns.append(value.cast(content).alias(column))
    return rows.select(columns)


def _of_patients(records: Records, followed: Followed, rules: RecistRules) -> Iterator[tuple[str, pl.DataFrame]]:
    for name in ("B01", "B15", "B19"):
        yield name, followed.barred.filter(pl.col("check") == name).select("patient_id")
    targets = followed.lesions.filter(pl.col("followed") == TARGET)
    yield "B06", _more(targets, ["patient_id"], rules["most_targets"])
    organ = pl.when("nodal").then(pl.lit(NODE)).otherwise("organ").alias("organ")
    yield "B07", _more(targets.with_columns(organ), ["patient_id", "organ"], rules["most_targets_per_organ"])
    people = pl.concat([followed.lesions.select("patient_id"), followed.barred.select("patient_id")]).unique()
    lost = records.incomplete_patients("measurements")
    yield "B20", people.filter(pl.col("patient_id").is_in(lost.implode()))
    longest = followed.sightings.filter(pl.col("role") == TARGET).group_by("patient_id").agg(pl.col("mm").max())
    yield "B21", longest.filter(pl.col("mm") < rules["target_mm"]).select("patient_id")


def _more(targets: pl.DataFrame, key: list[str], most: float) -> pl.DataFrame:
    return targets.group_by(key).len().filter(pl.col("len") > most).select("patient_id").unique()


def _of_baseline(followed: Followed, rules: RecistRules) -> Iterator[tuple[str, pl.DataFrame]]:
    lesions = followed.lesions
    age = pl.col("zero") - pl.col("base_day")
    old, late = age > rules["baseline_days"], age > rules["baseline_late_days"]
    used = pl.col("followed").is_in([TARGET, NON_TARGET])
    yield "B02", lesions.filter(used & old & ~late)
    yield "B03", lesions.filter(used & late)
    targets = lesions.filter(pl.col("followed") == TARGET)
    x_ray = pl.col("base_method").fill_null("").str.contains(X_RAY)
    shortest = pl.when(x_ray).then(rules["target_x_ray_mm"]).otherwise(rules["target_mm"])
    yield "B04", targets.filter(~pl.col("nodal") & (pl.col("base_mm") < shortest))
    yield "B05", targets.filter(pl.col("nodal") & (pl.col("base_mm") < rules["target_node_mm"]))
    yield "B08", targets.filter(pl.col("organ").is_in(RARELY_MEASURABLE))
    yield "B10", lesions.filter((pl.col("role") != NEW) & (pl.col("followed") == NEW) & pl.col("base_seen"))


def _of_roles(followed: Followed) -> Iterator[tuple[str, pl.DataFrame]]:
    lesions = followed.lesions
    role, read_as = pl.col("role"), pl.col("followed")
    yield "B11", lesions.filter((role == NEW) & (read_as == NON_TARGET))
    yield "B12", lesions.filter((role != NEW) & (read_as == NEW) & ~pl.col("base_seen"))
    yield "B13", lesions.filter((role == TARGET) & (read_as == NON_TARGET))
    late = followed.rows.filter(pl.col("followed") == LATE).sort("day").unique(LESION, keep="first")
    yield "B14", late.sort("patient_id", "lesion_id")
    yield "B24", lesions.filter(pl.col("nodal") != (pl.col("organ") == NODE)).select("patient_id", "lesion_id")


def _irradiated(records: Records, followed: Followed) -> pl.DataFrame:
    """Return targets in an organ irradiated before the baseline, without a progression in between."""
    targets = followed.lesions.filter(pl.col("followed") == TARGET)
    given = records.table("procedures").filter(pl.col("kind") == "radiotherapy")
    given = given.select("patient_id", "organ", pl.col("day").alias("irradiated")).drop_nulls()
    rows = targets.join(given, on=["patient_id", "organ"], how="inner")
    rows = rows.filter(pl.col("irradiated") <= pl.col("base_day"))
    last = rows.group_by(*LESION, "base_day", "base_row").agg(pl.col("irradiated").max())
    worse = records.table("assessments").filter(pl.col("response") == "PD")
    worse = worse.select("patient_id", pl.col("day").alias("worse"))
    since = last.join(worse, on="patient_id", how="inner")
    since = since.filter((pl.col("worse") > pl.col("irradiated")) & (pl.col("worse") <= pl.col("base_day")))
    return last.join(since, on=LESION, how="anti")


def _of_measurements(followed: Followed, rules: RecistRules) -> Iterator[tuple[str, pl.DataFrame]]:
    for name in ("B16", "B17"):
        yield name, followed.sightings.filter(pl.col("check") == name).drop("check")
    yield "B27", _grown(followed, rules)
    written = followed.rows.filter((pl.col("followed") == TARGET) & pl.col("progressed"))
    yield "B18", written
    seen = followed.sightings.drop("check")
    yield "B22", seen.filter(pl.col("mm") > rules["longest_mm"])
    measured = seen.filter(pl.col("mm") > 0).sort(*LESION, "day")
    ratio = pl.col("mm") / pl.col("mm").shift(1).over(LESION, order_by="day")
    fold = pl.max_horizontal(ratio, 1 / ratio)
    # 5 mm for what is too small to measure is a convention, no measurement.
    yield (
        "B23",
        measured.filter(
            fold.is_between(rules["tenfold_from"], rules["tenfold_to"]) & (pl.col("mm") != rules["too_small_mm"])
        ),
    )


def _grown(followed: Followed, rules: RecistRules) -> pl.DataFrame:
    """Return the first measurement of each non-target lesion that exceeds its smallest size by both limits unsaid."""
    bases = followed.lesions.filter(pl.col("followed") == NON_TARGET).select(*LESION, "base_mm")
    rows = followed.rows.join(bases, on=LESION, how="inner").sort(*LESION, "day")
    before = pl.col("mm").cum_min().forward_fill().shift(1).over(LESION, order_by="day")
    rows = rows.with_columns(pl.min_horizontal("base_mm", before).alias("smallest"))
    larger = pl.col("mm") >= (1 + rules["progression_increase_percent"] / 100) * pl.col("smallest")
    by_length = pl.col("mm") - pl.col("smallest") >= rules["progression_increase_mm"]
    disease = ~pl.col("nodal") | (pl.col("mm") >= rules["normal_node_mm"])
    said = pl.col("progressed").any().over(LESION)
    return rows.filter(larger & by_length & disease & ~said).unique(LESION, keep="first", maintain_order=True)


def _of_skin(records: Records, followed: Followed, rules: RecistRules) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield skin that cleared with nothing to show for it, and skin that progressed without a biopsy."""
    skin = followed.lesions.filter(pl.col("organ").is_in(CLINICAL_ORGANS)).select(*LESION, "base_seen")
    rows = followed.rows.join(skin, on=LESION, how="inner").sort(*LESION, "day")
    method = pl.col("method").fill_null("")
    cleared = rows.filter(~pl.col("seen") & pl.col("base_seen"))
    yield "B25", cleared.unique(LESION, keep="first", maintain_order=True).filter(~method.str.contains(SHOWN))
    worse = rows.filter(pl.col("progressed") | ((pl.col("followed") == NEW) & pl.col("seen")))
    worse = worse.unique(LESION, keep="first", maintain_order=True).filter(~method.str.contains(BIOPSY))
    taken = records.table("biomarkers").filter(pl.col("specimen").str.contains(SKIN))
    near = worse.join(taken.select("patient_id", pl.col("day").alias("taken")), on="patient_id", how="inner")
    near = near.filter((pl.col("taken") - pl.col("day")).abs() <= rules["biopsy_days"])
    yield "B26", worse.join(near, on=LESION, how="anti")
