"""From tables of text to records: every row is kept, typed, or refused with a reason.

The order matters: a row is judged by its own cells first, then by its patient, then by its
time, then by the patient's whole life. A row that is refused never vanishes: it is in the
quarantine, and its patient in `Records.incomplete`, so that nobody becomes untreated or
alive because a row could not be read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import polars as pl

from sequela.frozen import frozen
from sequela.records.bundle import IMPUTATION_SCHEMA, INCOMPLETE_SCHEMA, Kind, Records, SourceFile
from sequela.records.cells import clean, read_values
from sequela.records.dates import DAY_LOOKUP, read_days
from sequela.records.drugs import DrugVocabulary, default_vocabulary
from sequela.records.judged import (
    Judged,
    by_patient,
    join_imputations,
    join_incomplete,
    join_notices,
    join_quarantine,
    join_sources,
    join_tables,
)
from sequela.records.keys import (
    refuse_copies,
    refuse_followers,
    refuse_repeats,
    refuse_strangers,
    refuse_unknown_lesions,
)
from sequela.records.lengths import in_millimetres
from sequela.records.lifetimes import (
    bound_partial_dates,
    notice_records_after_last_contact,
    order_courses,
    partial_columns,
    refuse_missing_starts,
    refuse_records_after_death,
    refuse_unfollowed,
)
from sequela.records.normalise import name_drugs, name_markers, name_organs, notice_her2
from sequela.records.origins import (
    TimeSeen,
    TimeStyle,
    count_from_origins,
    leans_on_others,
    settle_years,
    time_seen,
)
from sequela.records.reading import Reading
from sequela.records.refusals import NO_LOSS
from sequela.records.schema import POLARS_TYPE, TABLES, Column


@frozen
class Provenance:
    """What the records are, apart from their rows.

    Attributes
    ----------
    kind : Kind
    title, citation : str
        One line each; empty where not given.
    time : TimeStyle
        What bare numbers from 1900 to 2099 mean, where the file says so.
    drugs : DrugVocabulary
    """

    kind: Kind = Kind.OBSERVED
    title: str = ""
    citation: str = ""
    time: TimeStyle = ""
    drugs: DrugVocabulary | None = None


def validate(readings: Mapping[str, Reading], provenance: Provenance) -> Records:
    """Judge every row of the tables read and return the records.

    Tables that were not given are empty; `patients` must be among the readings. For each
    file rows read are rows kept plus rows quarantined.
    """
    return validate_parts((lambda: readings,), provenance)


def validate_parts(parts: Sequence[Callable[[], Mapping[str, Reading]]], provenance: Provenance) -> Records:
    """Judge the tables one part of the patients after the other and return the records.

    Parameters
    ----------
    parts : sequence of callable
        Each returns the readings of some patients: all their rows of all tables, refused ones included,
        under the same names in each part. Notices that were there before belong into one of the parts. Nobody
        may be in two parts; the identifiers of a part come after those of the part before it.
    provenance : Provenance

    Returns
    -------
    Records
        Where there is one part its rows keep their order; else the tables are sorted by patient, each
        patient's rows in the order of the file. Nothing else depends on the cuts.
    """
    drugs = provenance.drugs or default_vocabulary()
    placed = by_patient if len(parts) > 1 else _as_it_is
    judged = [placed(_judge(part(), provenance.time, drugs)) for part in parts]
    everybody = TimeSeen(any(one.seen.dates for one in judged), any(one.seen.days for one in judged))
    for place, one in enumerate(judged):
        # Only numbers like 2014 in the rows of a patient without other dates or days lean on everybody's.
        if one.leans_on_others and one.seen.usual != everybody.usual:
            judged[place] = placed(_judge(parts[place](), provenance.time, drugs, everybody))
    return Records(
        tables=MappingProxyType(join_tables(judged)),
        kind=provenance.kind,
        title=provenance.title,
        citation=provenance.citation,
        sources=join_sources(judged),
        quarantine=join_quarantine(judged),
        imputations=join_imputations(judged),
        notices=join_notices(judged, drugs),
        incomplete=join_incomplete(judged),
        drugs=drugs,
    )


def _as_it_is(part: Judged) -> Judged:
    return part


def _judge(
    readings: Mapping[str, Reading], style: TimeStyle, drugs: DrugVocabulary, everybody: TimeSeen | None = None
) -> Judged:
    """Judge the tables of some patients; `everybody` says what the cells of all patients are, these alone if None."""
    # What was noticed before stands first, whatever the part.
    bare = {name: replace(reading, notices=reading.notices.clear()) for name, reading in readings.items()}
    cells = _judge_cells(bare, style)
    seen = time_seen(cells)
    leans = not style and leans_on_others(cells)
    judged = settle_years(cells, style, (everybody or seen).usual)
    if "exposures" in judged:
        # A course with its dates exchanged must not lend its patient an origin.
        judged["exposures"] = order_courses(judged["exposures"])
    judged = _judge_lives(_judge_rows(count_from_origins(judged)))
    judged = {name: _refuse_copies(reading) for name, reading in _name(judged, drugs).items()}
    return Judged(
        tables={name: _canonical(reading) for name, reading in judged.items()},
        sources=tuple(_source(judged[name]) for name in TABLES if name in judged),
        quarantine={name: reading.quarantine() for name, reading in judged.items()},
        imputations={name: _imputed(reading) for name, reading in judged.items()},
        noticed_before={name: reading.notices for name, reading in readings.items()},
        notices={name: reading.notices for name, reading in judged.items()},
        incomplete=_incomplete(judged),
        seen=seen,
        leans_on_others=leans,
    )


def _judge_cells(readings: Mapping[str, Reading], style: TimeStyle) -> dict[str, Reading]:
    cleaned_readings = {name: _clean(reading) for name, reading in readings.items()}
    patients = cleaned_readings["patients"]
    given = _given(patients)
    columns = [name for name in patients.table.names if name != "patient_id"]
    patients = refuse_repeats(patients, patients.table.key, columns)
    ragged = patients.refused.filter(rule="field_count")["patient_id"].drop_nulls()
    # A second row that cannot be taken apart may say anything, a death as well.
    patients = patients.refuse("conflicting_rows", pl.col("patient_id").is_in(ragged.implode()), "patient_id")
    cleaned_readings["patients"] = patients
    days = _days_written(cleaned_readings, style)
    typed = {name: _type(reading, days) for name, reading in cleaned_readings.items()}
    if "measurements" in typed:
        typed["measurements"] = in_millimetres(typed["measurements"])
    known = {
        name: reading if name == "patients" else refuse_strangers(reading, given) for name, reading in typed.items()
    }
    return _follow_patients(known, given)


def _given(patients: Reading) -> pl.Series:
    """Return every identifier that stands in the table patients, kept or refused."""
    return pl.concat([patients.frame["patient_id"], patients.refused["patient_id"]]).drop_nulls().unique()


def _clean(reading: Reading) -> Reading:
    return reading.with_frame(clean(reading.frame, reading.table.names))


def _days_written(readings: Mapping[str, Reading], style: TimeStyle) -> pl.DataFrame:
    """Return what each text in a column of time says, whatever its column."""
    written = [
        reading.frame.get_column(column.name)
        for reading in readings.values()
        for column in reading.table.columns
        if column.content in ("day", "date")
    ]
    texts = pl.concat([column.rename("text").unique() for column in written])
    return read_days(texts.unique(), serial_dates=style != "days")


def _type(reading: Reading, days: pl.DataFrame) -> Reading:
    """Read every cell, then refuse the rows with cells that cannot be read or must not be empty."""
    required = [column.name for column in reading.table.columns if column.required]
    reading = reading.refuse_in_turn([("missing_value", pl.col(name).is_null(), name) for name in required])
    plain, read = [], {}
    for column in reading.table.columns:
        texts = reading.frame.get_column(column.name)
        if column.content == "text" and not column.numeric_text:
            plain.append(pl.col(column.name).alias(f"{column.name}.value"))
        elif texts.null_count() == len(texts):
            plain += _nothing(column)
        else:
            read[column.name] = _read(texts.unique(), column, days)
    frame = reading.frame.with_columns(plain)
    for name, lookup in read.items():
        named = lookup.rename({part: f"{name}.{part}" for part in lookup.columns if part != "text"})
        frame = frame.join(named, left_on=name, right_on="text", how="left", maintain_order="left")
    refused = [
        (rule, pl.col(f"{name}.rule") == rule, name)
        for name, lookup in read.items()
        for rule in sorted(set(lookup["rule"].drop_nulls()))
    ]
    reading = reading.with_frame(frame).refuse_in_turn(refused)
    return reading.with_frame(reading.frame.drop(f"{name}.rule" for name in read))


def _read(texts: pl.Series, column: Column, days: pl.DataFrame) -> pl.DataFrame:
    """Return what each text says in this column: `text`, the typed parts, and `rule` where it is refused."""
    if column.content not in ("day", "date"):
        return read_values(texts, column)
    lookup = days.filter(pl.col("text").is_in(texts.implode()))
    return lookup if column.content == "day" else _full_date(lookup)


def _nothing(column: Column) -> list[pl.Expr]:
    """Return the typed columns of a column that is empty throughout."""
    types = DAY_LOOKUP if column.content == "day" else {"value": POLARS_TYPE[column.content]}
    return [
        pl.lit(None, kind).alias(f"{column.name}.{part}")
        for part, kind in types.items()
        if part not in ("text", "rule")
    ]


def _full_date(days: pl.DataFrame) -> pl.DataFrame:
    partial = pl.col("text").is_not_null() & pl.col("rule").is_null() & (pl.col("precision") != "day").fill_null(True)
    rule = pl.when(partial).then(pl.lit("partial_origin")).otherwise("rule")
    return days.select("text", value=pl.col("day").cast(pl.Date), rule=rule)


def _follow_patients(readings: Mapping[str, Reading], given: pl.Series) -> dict[str, Reading]:
    """Refuse the rows of patients, of those given, who are no longer in the table patients."""
    gone = given.filter(~given.is_in(readings["patients"].frame["patient_id"].implode()))
    return {
        name: reading if name == "patients" else refuse_followers(reading, gone) for name, reading in readings.items()
    }


def _judge_rows(readings: Mapping[str, Reading]) -> dict[str, Reading]:
    judged = dict(readings)
    if "exposures" in judged:
        judged["exposures"] = order_courses(refuse_missing_starts(judged["exposures"]))
    for name, reading in judged.items():
        if reading.table.key and name != "patients":
            judged[name] = _refuse_typed_repeats(reading)
    lesions = judged.get("lesions") or Reading(TABLES["lesions"], "", "", 0, TABLES["lesions"].empty())
    if "measurements" in judged:
        judged["measurements"] = refuse_unknown_lesions(judged["measurements"], lesions)
    return judged


def _refuse_typed_repeats(reading: Reading) -> Reading:
    typed = {column.name: _typed_name(column) for column in reading.table.columns}
    key = tuple(typed[name] for name in reading.table.key)
    return refuse_repeats(reading, key, [name for name in typed.values() if name not in key])


def _refuse_copies(reading: Reading) -> Reading:
    """Refuse the rows of a table without a key that say what an earlier row says, in every column.

    Drugs, organs and markers are compared by their canonical names, dates with how precise they are.
    """
    compared = [_typed_name(column) for column in reading.table.columns]
    compared += [f"{column.name}.precision" for column in reading.table.day_columns]
    return reading if reading.table.key else refuse_copies(reading, compared)


def _typed_name(column: Column) -> str:
    return f"{column.name}.day" if column.content == "day" else f"{column.name}.value"


def _judge_lives(readings: Mapping[str, Reading]) -> dict[str, Reading]:
    judged = dict(readings)
    given = _given(judged["patients"])
    judged["patients"] = refuse_unfollowed(judged["patients"])
    judged = _follow_patients(judged, given)
    judged["patients"] = refuse_records_after_death(judged)
    judged = _follow_patients(judged, given)
    judged = bound_partial_dates(judged)
    judged["patients"] = notice_records_after_last_contact(judged)
    return judged


def _name(readings: Mapping[str, Reading], drugs: DrugVocabulary) -> dict[str, Reading]:
    named = name_organs(readings)
    if "exposures" in named:
        named["exposures"] = name_drugs(named["exposures"], drugs)
    if "biomarkers" in named:
        named["biomarkers"] = notice_her2(name_markers(named["biomarkers"]))
    return named


def _canonical(reading: Reading) -> pl.DataFrame:
    columns = [
        pl.col(_typed_name(column)).cast(POLARS_TYPE[column.content]).alias(column.name)
        for column in reading.table.columns
    ]
    return reading.frame.select(*columns, pl.col("row").cast(pl.Int32))


def _imputed(reading: Reading) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=IMPUTATION_SCHEMA)]
    for name in partial_columns(reading):
        partial = reading.frame.filter(pl.col(f"{name}.precision").is_in(("month", "year")))
        parts.append(
            partial.select(
                pl.lit(reading.table.name).alias("table"),
                "row",
                pl.lit(name).alias("column"),
                pl.col(name).alias("found"),
                *(pl.col(f"{name}.{part}").alias(part) for part in ("precision", "day", "early", "late")),
            ).rename({"early": "earliest", "late": "latest"})
        )
    if len(parts) == 1:
        return parts[0]
    order = {column.name: place for place, column in enumerate(reading.table.columns)}
    by_column = pl.col("column").replace_strict(order, return_dtype=pl.Int32)
    return pl.concat(parts).sort("row", by_column)


def _source(reading: Reading) -> SourceFile:
    return SourceFile(
        table=reading.table.name,
        name=reading.file,
        sha256=reading.sha256,
        rows_read=reading.rows_read,
        rows_kept=reading.frame.height,
        rows_quarantined=reading.refused.height,
    )


def _incomplete(readings: Mapping[str, Reading]) -> pl.DataFrame:
    """Return the kept patients who lost rows, table by table; a repeated row is no loss."""
    kept = readings["patients"].frame["patient_id"]
    parts = [
        reading.refused.filter(~pl.col("rule").is_in(NO_LOSS)).select("patient_id", table=pl.lit(name))
        for name, reading in readings.items()
        if reading.refused.height
    ]
    if not parts:
        return pl.DataFrame(schema=INCOMPLETE_SCHEMA)
    lost = pl.concat([pl.DataFrame(schema=INCOMPLETE_SCHEMA), *parts]).filter(
        pl.col("patient_id").is_in(kept.implode())
    )
    return lost.unique().sort("patient_id", "table")
