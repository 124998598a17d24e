"""What endpoints are read from, as arrays: one entry per patient, one per assessment, a key for every day and row.

A key packs a day, a table and a row into one integer, so that the smallest key is the earliest row, and each
value can name the row it came from.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sequela.derive.endpoint_parts import LINE, RESPONSES
from sequela.derive.endpoints import Endpoint
from sequela.derive.events import clinical, radiologic, source_row
from sequela.derive.lines import LINE_SCHEMA, lines_of_therapy
from sequela.derive.rules import LineRules
from sequela.frozen import frozen
from sequela.records.bundle import Records
from sequela.records.schema import TABLES

Keys = NDArray[np.int64]
Days = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER = np.int64(2**62)
"""The key, or the day, of what did not happen."""

_TABLES = tuple(TABLES)
_ROWS, _KINDS = 2**32, 16
_STEP = _ROWS * _KINDS


def key_of(day: Days, table: str | Days, row: Days) -> Keys:
    """Return days, tables (one name, or the place of each in `_TABLES`) and rows as keys; `NEVER` where the day is."""
    code = _TABLES.index(table) if isinstance(table, str) else table
    known = day < NEVER
    packed = (np.where(known, day, 0) * _KINDS + code) * _ROWS + row
    return np.where(known, packed, NEVER)


def day_of(key: Keys) -> Days:
    """Return the days of keys; `NEVER` stays."""
    return np.where(key < NEVER, key // _STEP, NEVER)


def source_of(key: Keys) -> pl.Series:
    """Return the rows of keys as text (`assessments:31`); null where there is none."""
    known = key < NEVER
    place = np.where(known, key, 0)
    frame = pl.DataFrame({"table": (place // _ROWS) % _KINDS, "row": place % _ROWS, "known": known})
    names = pl.col("table").replace_strict(dict(enumerate(_TABLES)), default=None, return_dtype=pl.String)
    return frame.select(pl.when("known").then(pl.format("{}:{}", names, "row"))).to_series()


@frozen
class Assessments:
    """The tumour assessments of the patients, in any order.

    Attributes
    ----------
    patient : int array, shape (m,)
    day : int array, shape (m,)
    key : int array, shape (m,)
    evaluable, progressed, radiologic, clinical, seen : bool array, shape (m,)
        Whether a response other than NE is recorded; whether it is PD; on imaging; clinically or by pathology;
        and whether the tumour was looked at (no response recorded, as at baseline, counts; NE does not).
    """

    patient: NDArray[np.intp]
    day: Days
    key: Keys
    evaluable: Flags
    progressed: Flags
    radiologic: Flags
    clinical: Flags
    seen: Flags


@frozen
class LineUnderWay:
    """The line of therapy under way at the start, and the two after it; one entry per patient.

    Attributes
    ----------
    known : bool array
        Whether a line was under way.
    last_dose, next_start, second_start, next_last_dose : int array
        Keys; `NEVER` where there is none.
    ended, next_ended : str array
        Why each ended, as in `lines_of_therapy`; empty where there is none.
    """

    known: Flags
    last_dose: Keys
    next_start: Keys
    second_start: Keys
    next_last_dose: Keys
    ended: NDArray[np.str_]
    next_ended: NDArray[np.str_]


@frozen
class Histories:
    """What is known of the patients whose time started.

    Attributes
    ----------
    patient_id : Series
    start : int array, shape (n,)
        Day.
    death, last_contact : int array, shape (n,)
        Keys.
    origin : int array, shape (n,)
        Calendar day of day 0; `NEVER` where it is not known.
    last_record : int
        Calendar day of the last contact or death in the records of all patients; `NEVER` without a calendar.
    assessments : Assessments
    line : LineUnderWay
    """

    patient_id: pl.Series
    start: Days
    death: Keys
    last_contact: Keys
    origin: Days
    last_record: int
    assessments: Assessments
    line: LineUnderWay

    @property
    def size(self) -> int:
        """Return the number of patients."""
        return len(self.start)


def days_in(column: pl.Series) -> Days:
    """Return days as integers, `NEVER` for null."""
    return column.cast(pl.Int64).fill_null(int(NEVER)).to_numpy()


def last_record(records: Records) -> int:
    """Return the last calendar day on which anybody was known, `NEVER` where no day has a date."""
    about = records.table("patients")
    ends = about.select(pl.col("origin_date").cast(pl.Int32) + pl.max_horizontal("last_contact", "death")).to_series()
    last = ends.max()
    assert last is None or isinstance(last, int)
    return int(NEVER) if last is None else last


def histories(records: Records, started: pl.DataFrame, lines: pl.DataFrame, last: int) -> Histories:
    """Gather what endpoints read.

    Parameters
    ----------
    records : Records
    started : DataFrame
        patient_id, day of the start; one row per patient.
    lines : DataFrame
        Of `lines_of_therapy`; may be empty where the endpoint needs none.
    last : int
        Of `last_record`, of everybody: these records may be some patients only.
    """
    base = started.select("patient_id", pl.col("day").alias("zero")).with_row_index("i")
    about = records.table("patients").select("patient_id", "origin_date", "last_contact", "death", "row")
    people = base.join(about.unique("patient_id"), on="patient_id", how="left", maintain_order="left")
    row = people["row"].cast(pl.Int64).fill_null(0).to_numpy()
    calendar = people["origin_date"].cast(pl.Int32)
    return Histories(
        patient_id=base["patient_id"],
        start=days_in(base["zero"]),
        death=key_of(days_in(people["death"]), "patients", row),
        last_contact=key_of(days_in(people["last_contact"]), "patients", row),
        origin=days_in(calendar),
        last_record=last,
        assessments=_assessments(records, base),
        line=_line_under_way(base, lines),
    )


def _assessments(records: Records, base: pl.DataFrame) -> Assessments:
    table = records.table("assessments")
    rows = table.join(base.select("patient_id", "i"), on="patient_id", how="inner")
    rows = rows.select(
        "i",
        "day",
        *_origins(table),
        evaluable=(pl.col("response") != "NE").fill_null(value=False),
        progressed=(pl.col("response") == "PD").fill_null(value=False),
        radiologic=radiologic(),
        clinical=clinical(),
        seen=(pl.col("response") != "NE").fill_null(value=True),
    )
    day = days_in(rows["day"])
    key = key_of(day, rows["table"].to_numpy(), rows["row"].to_numpy())
    names = ("evaluable", "progressed", "radiologic", "clinical", "seen")
    flags = {name: rows[name].to_numpy() for name in names}
    return Assessments(rows["i"].to_numpy().astype(np.intp), day, key, **flags)


def _origins(assessments: pl.DataFrame) -> tuple[pl.Expr, pl.Expr]:
    """Return the table, by its place in `_TABLES`, and the row that each assessment comes from."""
    if "source" not in assessments.columns:
        return pl.lit(_TABLES.index("assessments"), pl.Int64).alias("table"), pl.col("row").cast(pl.Int64)
    source = source_row(assessments, "assessments").str.split(":")
    place = source.list.first().replace_strict(_TABLES, range(len(_TABLES)), return_dtype=pl.Int64)
    return place.alias("table"), source.list.last().cast(pl.Int64).alias("row")


def lines_needed(records: Records, endpoint: Endpoint, rules: LineRules) -> pl.DataFrame:
    """Return the lines of therapy where an endpoint reads them, none otherwise."""
    read = endpoint.needs_line or endpoint.start.startswith(LINE) or endpoint.start in RESPONSES
    return lines_of_therapy(records, rules) if read else pl.DataFrame(schema=LINE_SCHEMA)


def _line_under_way(base: pl.DataFrame, lines: pl.DataFrame) -> LineUnderWay:
    rows = lines.select(
        "patient_id",
        "start",
        "stop",
        ended="reason_ended",
        last_dose="last_given",
        first_row=_row_number(pl.col("rows").list.first()),
        last_row=_row_number(pl.col("rows").list.last()),
    ).with_columns(*_following(1, "next", _OF_LINE), *_following(2, "second", ("start", "first_row")))
    joined = base.join(rows, on="patient_id", how="inner", maintain_order="left_right")
    under_way = joined.filter(pl.col("zero").is_between("start", "stop")).unique("i", keep="last", maintain_order=True)
    found = base.select("i").join(under_way, on="i", how="left", maintain_order="left")

    def key(day: str, row: str) -> Keys:
        return key_of(days_in(found[day]), "exposures", found[row].fill_null(0).to_numpy())

    return LineUnderWay(
        known=found["start"].is_not_null().to_numpy(),
        last_dose=key("last_dose", "last_row"),
        next_start=key("next_start", "next_first_row"),
        second_start=key("second_start", "second_first_row"),
        next_last_dose=key("next_last_dose", "next_last_row"),
        ended=found["ended"].fill_null("").to_numpy().astype(np.str_),
        next_ended=found["next_ended"].fill_null("").to_numpy().astype(np.str_),
    )


_OF_LINE = ("start", "ended", "last_dose", "first_row", "last_row")


def _following(lines: int, label: str, names: tuple[str, ...]) -> list[pl.Expr]:
    """Return what is known of a later line of the patient; lines come by patient and start."""
    same = pl.col("patient_id") == pl.col("patient_id").shift(-lines)
    return [pl.when(same).then(pl.col(name).shift(-lines)).alias(f"{label}_{name}") for name in names]


def _row_number(reference: pl.Expr) -> pl.Expr:
    return reference.str.strip_prefix("exposures:").cast(pl.Int64)
