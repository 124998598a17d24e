"""Rows that name the same thing twice, and rows that name something nobody declared."""

import polars as pl

from sequela.records.reading import Reading

ROWS_AT_ONCE = 250_000
"""Rows that are compared at once."""


def refuse_repeats(reading: Reading, key: tuple[str, ...], compared: list[str]) -> Reading:
    """Refuse rows that share a key: repeats where `compared` agrees, all of them where it does not.

    A null in the key matches nothing.
    """
    frame = reading.frame
    whole = pl.all_horizontal(pl.col(key).is_not_null())
    shared = frame.filter(whole & pl.struct(key).is_duplicated())
    if shared.is_empty():
        return reading
    versions = shared.unique([*key, *compared]).group_by(key).agg(versions=pl.len())
    shared = shared.join(versions, on=key, how="left", maintain_order="left").sort("row")
    conflicting = shared.filter(pl.col("versions") > 1)["row"]
    repeats = shared.filter((pl.col("versions") == 1) & ~pl.struct(key).is_first_distinct())["row"]
    found = pl.concat_str(key, separator=", ")
    reading = reading.refuse("conflicting_rows", _among("row", conflicting), key[0], found)
    return reading.refuse("duplicate_row", _among("row", repeats), key[0], found)


def refuse_copies(reading: Reading, columns: list[str]) -> Reading:
    """Refuse rows that agree with an earlier one in all columns; empty cells agree with each other."""
    # A hash finds the few rows that may agree; only they are compared cell by cell.
    same = _given_twice(_hashes(reading.frame, columns))
    if not same.any():
        return reading
    likely = reading.frame.filter(same).sort("row")
    copies = likely.filter(~pl.struct(columns).is_first_distinct())["row"]
    return reading.refuse("duplicate_row", _among("row", copies))


def _hashes(frame: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Return a hash of each row, made of so many rows at a time as bound the memory it takes."""
    parts = [part.select(hash=pl.struct(columns).hash()).to_series() for part in frame.iter_slices(ROWS_AT_ONCE)]
    return pl.concat(parts) if parts else pl.Series("hash", [], pl.UInt64)


def _given_twice(values: pl.Series) -> pl.Series:
    """Return which values are there more than once; sorting takes less memory than a table of all of them."""
    if len(values) <= ROWS_AT_ONCE and values.n_unique() == len(values):
        return pl.repeat(False, len(values), eager=True)
    ordered = values.sort()
    return values.is_in(ordered.filter(ordered == ordered.shift(1)).unique().implode())


def refuse_strangers(reading: Reading, given: pl.Series) -> Reading:
    """Refuse rows of patients who are not in the table patients."""
    return reading.refuse("unknown_patient", ~_among("patient_id", given), "patient_id")


def refuse_followers(reading: Reading, gone: pl.Series) -> Reading:
    """Refuse rows of patients whose row in the table patients was refused."""
    return reading.refuse("patient_refused", _among("patient_id", gone), "patient_id") if len(gone) else reading


def refuse_unknown_lesions(measurements: Reading, lesions: Reading) -> Reading:
    """Refuse measurements of lesions that the same patient does not have."""
    key = ["patient_id", "lesion_id"]
    declared = lesions.frame.select(key).unique().with_columns(declared=pl.lit(True))
    frame = measurements.frame.join(declared, on=key, how="left", maintain_order="left")
    judged = measurements.with_frame(frame).refuse("unknown_lesion", pl.col("declared").is_null(), "lesion_id")
    return judged.with_frame(judged.frame.drop("declared"))


def _among(column: str, values: pl.Series) -> pl.Expr:
    return pl.col(column).is_in(values.implode())
