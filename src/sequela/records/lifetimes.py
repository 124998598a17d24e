"""What must hold along one patient's life: courses that start before they stop, nothing after death."""

import polars as pl

from sequela.records.origins import Readings, counted_columns
from sequela.records.reading import Reading

_PARTIAL = ("month", "year")


def _partial(name: str) -> pl.Expr:
    return pl.col(f"{name}.precision").is_in(_PARTIAL)


def order_courses(exposures: Reading) -> Reading:
    """Refuse courses that stop before they start.

    A partial stop is not taken before the start; a partial start is not taken after the last day
    the stop can mean.
    """
    start, stop, latest = pl.col("start.day"), pl.col("stop.day"), pl.col("stop.late")
    earlier = pl.max_horizontal(stop, "start.early")
    frame = exposures.frame.with_columns(
        pl.when(_partial("start") & (start > latest)).then(earlier).otherwise(start).alias("start.day")
    )
    later = pl.min_horizontal(pl.max_horizontal(start, stop), latest)
    frame = frame.with_columns(pl.when(_partial("stop")).then(later).otherwise(stop).alias("stop.day"))
    written = pl.concat_str("start", pl.lit(" to "), "stop")
    return exposures.with_frame(frame).refuse("stop_before_start", stop < start, "stop", written)


def refuse_missing_starts(exposures: Reading) -> Reading:
    """Refuse courses without a start, unless they belong to the early setting."""
    late_setting = (pl.col("setting.value") != "early").fill_null(True)
    return exposures.refuse("start_missing", pl.col("start.day").is_null() & late_setting, "start")


def refuse_unfollowed(patients: Reading) -> Reading:
    """Refuse patients of whom neither the last contact nor the death is known."""
    unknown = pl.col("last_contact.day").is_null() & pl.col("death.day").is_null()
    return patients.refuse("last_contact_missing", unknown, "last_contact")


def last_records(readings: Readings, apart_from: tuple[str, ...]) -> pl.DataFrame:
    """Return per patient the latest of his records, by the first day each can mean.

    Columns patient_id, early, address ("exposures:12"); `apart_from` names columns of the
    table patients that are no records of the patient alive.
    """
    parts = [pl.DataFrame(schema={"patient_id": pl.String, "early": pl.Int32, "address": pl.String})]
    for reading in readings.values():
        for name in counted_columns(reading.table):
            if reading.table.name == "patients" and name in apart_from:
                continue
            latest = (
                reading.frame.filter(pl.col(f"{name}.early").is_not_null())
                .group_by("patient_id")
                .agg(pl.col(f"{name}.early", "row").sort_by(f"{name}.early", "row").last())
            )
            address = pl.concat_str(pl.lit(reading.table.name + ":"), "row")
            parts.append(latest.select("patient_id", early=f"{name}.early", address=address))
    return (
        pl.concat(parts).sort("patient_id", "early", "address").unique("patient_id", keep="last", maintain_order=True)
    )


def refuse_records_after_death(readings: Readings) -> Reading:
    """Refuse patients whose death lies before another of their records, and return the table patients."""
    patients = readings["patients"]
    latest = last_records(readings, ("death",)).select("patient_id", "early", "address")
    frame = patients.frame.join(latest, on="patient_id", how="left", maintain_order="left")
    found = pl.concat_str("death", pl.lit(", but a later record at "), "address")
    after = pl.col("early") > pl.col("death.late")
    judged = patients.with_frame(frame).refuse("death_before_event", after, "death", found)
    return judged.with_frame(judged.frame.drop("early", "address"))


def bound_partial_dates(readings: Readings) -> dict[str, Reading]:
    """Move partial dates inside what they can mean: death after all records, records before death.

    A partial last contact is not taken before a record that falls into its month or year.
    """
    patients = readings["patients"]
    alive = last_records(readings, ("death",)).select("patient_id", last_alive="early")
    frame = patients.frame.join(alive, on="patient_id", how="left", maintain_order="left")
    death = pl.max_horizontal("death.day", "last_alive")
    frame = frame.with_columns(pl.when(_partial("death")).then(death).otherwise("death.day").alias("death.day"))
    bounded = {**readings, "patients": patients.with_frame(frame.drop("last_alive"))}
    bounded["patients"] = _bound_last_contact(bounded)
    deaths = bounded["patients"].frame.select("patient_id", died="death.day").filter(pl.col("died").is_not_null())
    return {name: _before_death(reading, deaths) for name, reading in bounded.items()}


def _bound_last_contact(readings: Readings) -> Reading:
    patients = readings["patients"]
    vague = patients.frame.filter(_partial("last_contact")).select(
        "patient_id", "last_contact.early", "last_contact.late"
    )
    if vague.is_empty():
        return patients
    within = [pl.DataFrame(schema={"patient_id": pl.String, "seen": pl.Int32})]
    for reading in readings.values():
        for name in counted_columns(reading.table):
            if name not in ("death", "last_contact"):
                seen = reading.frame.select("patient_id", seen=f"{name}.early").join(vague, on="patient_id")
                inside = pl.col("seen").is_between("last_contact.early", "last_contact.late")
                within.append(seen.filter(inside).select("patient_id", "seen"))
    seen = pl.concat(within).group_by("patient_id").agg(pl.col("seen").max())
    frame = patients.frame.join(seen, on="patient_id", how="left", maintain_order="left")
    later = pl.max_horizontal("last_contact.day", "seen").alias("last_contact.day")
    return patients.with_frame(frame.with_columns(later).drop("seen"))


def _before_death(reading: Reading, deaths: pl.DataFrame) -> Reading:
    names = [name for name in counted_columns(reading.table) if name != "death"]
    if not any(reading.frame.select(_partial(name).any()).item() for name in names):
        return reading
    frame = reading.frame.join(deaths, on="patient_id", how="left", maintain_order="left")
    earlier = [
        pl.when(_partial(name))
        .then(pl.min_horizontal(f"{name}.day", "died"))
        .otherwise(f"{name}.day")
        .alias(f"{name}.day")
        for name in names
    ]
    return reading.with_frame(frame.with_columns(earlier).drop("died"))


def notice_records_after_last_contact(readings: Readings) -> Reading:
    """Add a notice for patients, not known to have died, with records after their last contact."""
    patients = readings["patients"]
    latest = last_records(readings, ("death", "last_contact")).select("patient_id", "early", "address")
    frame = patients.frame.join(latest, on="patient_id", how="left", maintain_order="left")
    later = pl.col("death.day").is_null() & (pl.col("early") > pl.col("last_contact.late"))
    noticed = patients.with_frame(frame).notice(
        later,
        "last_contact",
        pl.col("address"),
        "the patient has a record after the last contact",
        pl.lit("Give the last day known alive."),
    )
    return noticed.with_frame(patients.frame)
