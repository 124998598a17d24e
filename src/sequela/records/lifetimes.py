"""What must hold along one patient's life: courses that start before they stop, nothing after death."""

import polars as pl

from sequela.records.origins import Readings, counted_columns
from sequela.records.reading import Reading

_PARTIAL = ("month", "year")


def _partial(name: str) -> pl.Expr:
    return pl.col(f"{name}.precision").is_in(_PARTIAL)


def partial_columns(reading: Reading) -> list[str]:
    """Return the columns of days in which some date lacks its day or its month."""
    names = [column.name for column in reading.table.day_columns]
    if not names:
        return []
    some = reading.frame.select(_partial(name).any().alias(name) for name in names).row(0)
    return [name for name, partial in zip(names, some, strict=True) if partial]


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
    """Return per patient the first day that the latest of his records can mean: patient_id, early.

    `apart_from` names columns of the table patients that are left out.
    """
    parts = [pl.DataFrame(schema={"patient_id": pl.String, "early": pl.Int32})]
    for reading in readings.values():
        days = [pl.col(f"{name}.early").max() for _, name in _dated_columns({"": reading}, apart_from)]
        if days:
            latest = reading.frame.group_by("patient_id").agg(days)
            parts.append(latest.select("patient_id", early=pl.max_horizontal(pl.exclude("patient_id"))))
    return pl.concat(parts).group_by("patient_id").agg(pl.col("early").max()).drop_nulls()


def _dated_columns(readings: Readings, apart_from: tuple[str, ...]) -> list[tuple[Reading, str]]:
    return [
        (reading, name)
        for reading in readings.values()
        for name in counted_columns(reading.table)
        if not (reading.table.name == "patients" and name in apart_from)
    ]


def _addresses(readings: Readings, records: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id and address ("exposures:12") of the first row that holds the day `early`."""
    parts = [pl.DataFrame(schema={"patient_id": pl.String, "address": pl.String})]
    if records.is_empty():
        return parts[0]
    for reading, name in _dated_columns(readings, ("death", "last_contact")):
        key = ["patient_id", "early"]
        dated = reading.frame.select("patient_id", "row", early=f"{name}.early").join(records, on=key)
        address = pl.concat_str(pl.lit(reading.table.name + ":"), "row")
        parts.append(dated.sort("row").select("patient_id", address=address))
    return pl.concat(parts).unique("patient_id", keep="first", maintain_order=True)


def _with_later_records(readings: Readings, apart_from: tuple[str, ...], than: str) -> Reading:
    """Return the table patients with `address`, a record later than a day of theirs; null where none is."""
    patients = readings["patients"]
    latest = last_records(readings, apart_from)
    compared = patients.frame.select("patient_id", than).join(latest, on="patient_id")
    later = compared.filter(pl.col("early") > pl.col(than)).select("patient_id", "early")
    found = _addresses(readings, later).rename({"address": "record"})
    frame = patients.frame.join(later, on="patient_id", how="left", maintain_order="left")
    frame = frame.join(found, on="patient_id", how="left", maintain_order="left")
    written = pl.when(pl.col("early").is_not_null()).then(pl.coalesce("record", pl.lit("last_contact")))
    return patients.with_frame(frame.with_columns(address=written).drop("early", "record"))


def refuse_records_after_death(readings: Readings) -> Reading:
    """Refuse patients whose death lies before another of their records, and return the table patients."""
    patients = _with_later_records(readings, ("death",), "death.late")
    found = pl.concat_str("death", pl.lit(", but a later record at "), "address")
    judged = patients.refuse("death_before_event", pl.col("address").is_not_null(), "death", found)
    return judged.with_frame(judged.frame.drop("address"))


def bound_partial_dates(readings: Readings) -> dict[str, Reading]:
    """Move partial dates inside what they can mean: death after all records, records before death.

    A partial last contact is not taken before a record that falls into its month or year.
    """
    bounded = {**readings, "patients": _bound_death(readings)}
    bounded["patients"] = _bound_last_contact(bounded)
    deaths = bounded["patients"].frame.select("patient_id", died="death.day").filter(pl.col("died").is_not_null())
    return {name: _before_death(reading, deaths) for name, reading in bounded.items()}


def _bound_death(readings: Readings) -> Reading:
    patients = readings["patients"]
    if "death" not in partial_columns(patients):
        return patients
    alive = last_records(readings, ("death",)).select("patient_id", last_alive="early")
    frame = patients.frame.join(alive, on="patient_id", how="left", maintain_order="left")
    death = pl.max_horizontal("death.day", "last_alive")
    frame = frame.with_columns(pl.when(_partial("death")).then(death).otherwise("death.day").alias("death.day"))
    return patients.with_frame(frame.drop("last_alive"))


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
    if not set(names).intersection(partial_columns(reading)):
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
    patients = _with_later_records(readings, ("death", "last_contact"), "last_contact.late")
    later = pl.col("death.day").is_null() & pl.col("address").is_not_null()
    meaning = "the patient has a record after the last contact"
    remedy = pl.lit("Give the last day known alive.")
    noticed = patients.notice(later, "last_contact", pl.col("address"), meaning, remedy)
    return noticed.with_frame(noticed.frame.drop("address"))
